/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_LOG_H
#define UI_MODEL_MODEL_LOG_H

#include "store/record/mutation_log.h"
#include "ui/model/model.h"

/* What happened to a path, for the screen that shows it: read by the store's thread. */
struct model_log {
	char *path;
	int64_t since_s;    /* as asked; INT64_MIN = all there is */
	bool ready, failed; /* what is below is of now; it was said why not */
	bool followed;      /* has anybody noted anything here? */
	struct log_list list;
	uint64_t asked;     /* answers to older questions are dropped */
	bool waits;         /* for one; what is there is of the one before */
};

/** model->log is of this path from now on, `ready` when it has been read; of the same path it stays until then. */
void model_want_log(struct model *model, const char *path, int64_t since_s);

void model_drop_log(struct model *model);

#endif
