/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_TIMELINE_H
#define UI_MODEL_MODEL_TIMELINE_H

#include "store/snapshot/timeline.h"
#include "ui/model/model.h"

/* One path through the snapshots, for the screen that shows it (T): read by the store's thread. */
struct model_timeline {
	char *path;
	bool ready, failed; /* what is below is of now; it was said why not */
	struct timeline line;
	struct trend trends[TIMELINE_ITEMS + 1]; /* by measure */
	uint64_t asked;                          /* answers to older questions are dropped */
};

/**
 * model->timeline is of this path from now on, `ready` when it has been read.  `now`: what is there now, the last
 * point; NULL = not known.
 */
void model_want_timeline(struct model *model, const char *path, const struct timeline_point *now);

void model_drop_timeline(struct model *model);

#endif
