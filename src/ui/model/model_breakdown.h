/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_BREAKDOWN_H
#define UI_MODEL_MODEL_BREAKDOWN_H

#include "engine/query/breakdown.h"
#include "ui/model/model.h"

/* What lies below a folder, and lay there then (B), added up in the background. */

struct breakdown_question {
	dir_id dir;                /* of the live tree, or DIR_NONE: */
	const struct image *image; /* of this */
	uint32_t image_dir;
	const struct image *base; /* what it is compared with; NULL = with nothing */
	uint32_t base_dir;        /* the folder there, IMAGE_NONE = it is new */
};

#define BREAKDOWN_OWNER_BYTES 40

struct breakdown_owner {
	uint32_t uid;
	char name[BREAKDOWN_OWNER_BYTES]; /* safe */
};

struct breakdown_answer {
	struct breakdown *now; /* NULL = nothing yet */
	bool failed;           /* nor will there be: it was said why */
	struct breakdown *then;
	bool then_known, then_failed; /* what it is compared with was added up (`then` NULL: it is new); it cannot be */
	struct breakdown_owner *owners;
	size_t owner_count;
	uint64_t changes; /* counts answers */
};

/** As far as it is known; NULL without memory.  Of a tree that changes it is added up again now and then. */
const struct breakdown_answer *model_breakdown(struct model *model, const struct breakdown_question *question);

/** Nobody looks at it any more. */
void model_breakdown_close(struct model *model);

/** Before the threads end, and behind that. */
void model_breakdown_stop(struct model *model);
void model_breakdown_free(struct model *model);

#endif
