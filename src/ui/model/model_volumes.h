/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_VOLUMES_H
#define UI_MODEL_MODEL_VOLUMES_H

#include "engine/system/volumes.h"
#include "store/record/volume_growth.h"
#include "ui/model/model.h"

/* All file systems, for the screen that lists them (V): each local one is asked by a task of its own. */
struct model_volumes {
	struct volumes list;
	struct volume_growth *growth; /* of each local one; NULL until the store's thread has said */
	size_t waiting;               /* that have not answered yet */
	bool grown;                   /* the growth was asked for */
	uint64_t asked;               /* answers to older questions are dropped */
};

/** model->volumes is filled from now on.  Returns at once. */
void model_want_volumes(struct model *model);

/** Ask for the growth once all have answered; `anyway`: those that have not yet are not waited for any more. */
void model_want_volume_growth(struct model *model, bool anyway);

void model_drop_volumes(struct model *model);

#endif
