/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_CAUSES_H
#define UI_MODEL_MODEL_CAUSES_H

#include "store/causes/causes.h"
#include "ui/model/model.h"

/*
 * Why a folder grew, or what lies in it, for the screen that explains it (x): worked out by the store's thread, which
 * has the lists of files, on the tree as it is or on an old snapshot.
 */

struct causes_job;

struct model_causes {
	char *path;       /* absolute, raw */
	bool growth;      /* else what lies there now */
	int64_t since_id; /* of growth: the snapshot it is counted from, */
	int64_t since_s;  /* its time */
	int64_t at_s;     /* when all this was true */
	bool ready;
	struct err failed; /* sentence, "" = it did not fail */
	struct causes causes;
	struct causes_job *job; /* under way, NULL = none */
};

/** The folder: of the live tree, or of the old snapshot that is browsed. */
struct causes_subject {
	const char *path;
	dir_id dir; /* DIR_NONE = of an image */
	const struct image *image;
	uint32_t image_dir;
};

/** Can growth be explained: is there something to compare with? */
bool model_can_explain_growth(const struct model *model);

/**
 * model->causes is of this folder from now on, `ready` when it is known.  False: nothing can be told of it now, and it
 * was said why.
 */
bool model_want_causes(struct model *model, const struct causes_subject *subject, bool growth);

void model_drop_causes(struct model *model);

/** The cause of an entry of a live folder, *name the model's until the next call; NULL = none is known. */
const struct cause_rule *model_cause(const struct model *model, dir_id folder, const void *entry, size_t length,
                                     bool is_dir, const char **name);
void model_read_rules(struct model *model);
void model_free_rules(struct model *model);

#endif
