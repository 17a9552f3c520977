/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_FLAT_H
#define UI_MODEL_MODEL_FLAT_H

#include "engine/query/flat.h"
#include "ui/model/model.h"

/* The entries of everything below a folder (f), found in the background, and shown as far as found while it goes on. */

struct flat_question {
	dir_id dir;                /* of the live tree, or DIR_NONE: */
	const struct image *image; /* of this */
	uint32_t image_dir;
	bool grown;              /* files that grew since model_base(); else the best by the order */
	uint32_t base_dir;       /* grown, of an image: the folder in the baseline's, IMAGE_NONE = it is new there */
	char filter[TERMS_TEXT]; /* what the query's terms were read from */
	struct flat_query query;
};

struct flat_list {
	struct flat_question question;
	struct flat flat;
	bool complete; /* false: the search goes on */
};

/**
 * What is found of it, of now or of a moment ago; NULL = nothing yet.  While letters are typed what was found for those
 * before stays.  Stays until the second model_update() behind a newer one, and while there are readers.
 */
const struct flat_list *model_flat(struct model *model, const struct flat_question *question);

/** Is it being searched just now?  Then a frame should follow. */
bool model_flat_searches(const struct model *model);

/** Nobody looks at it any more. */
void model_flat_close(struct model *model);

/** Before the threads end, and behind that. */
void model_flat_stop(struct model *model);
void model_flat_free(struct model *model);

#endif
