/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_JOBS_H
#define UI_MODEL_MODEL_JOBS_H

#include "store/record/warm_source.h"
#include "ui/model/model_state.h"

/*
 * Jobs of the store's thread (model_store.c), and what their answers change (model_baseline.c, model_files.c).  The
 * loop's thread, but for run().
 */

enum job_kind {
	JOB_BASELINE,
	JOB_COMPARE,
	JOB_VIEW,
	JOB_VIEW_BASE,
	JOB_HISTORY,
	JOB_EVERYTHING,
	JOB_LABEL,
	JOB_DELETE,
	JOB_FILES,
	JOB_SAVE
};

struct job {
	struct worker_job worker_job; /* first: the worker knows only this */
	struct model *model;
	enum job_kind kind;
	char *root, *options, *text;
	int64_t id;
	const struct image *image;
	uint32_t dir;
	struct tree *tree;
	struct watcher *watcher;   /* SAVE: holds still meanwhile; NULL = the tree does */
	bool follow;               /* and begin to follow the root */
	/* the tree was read from there: if its root is gone by now, it may be half of it, and is not stored */
	bool on_disk;
	struct snapshot_meta meta;
	bool retain;               /* SAVE: and remove what is not kept: */
	struct prune_policy retention;
	struct snapshot_list removed; /* answers */
	int64_t since_id;
	struct growth_figure since;
	int64_t given;             /* BASELINE: the root's index was made with that snapshot; 0 = there is none */
	const struct image *index; /* it, */
	bool warm;                 /* and the files are wanted, too */
	/* answers */
	bool same;                 /* BASELINE: the index is the baseline's image */
	struct remembered *remembered;
	bool elsewhere;            /* SAVE: another process follows the root */
	int status;
	struct err err;
	unsigned other;
	struct image *loaded;
	int64_t taken_at;
	struct snapshot_list list, differing;
	bool listed;
	struct file_list files;
	uint64_t bytes;
};

/** NULL when there is no store or no memory. */
struct job *model_new_job(struct model *model, enum job_kind kind, int64_t id);
void model_post(struct model *model, struct job *job, bool urgent);

/** One that needs nothing but an id; without memory nothing happens. */
void model_post_simple(struct model *model, enum job_kind kind, int64_t id);

/* ---- model_baseline.c ---- */

/** A baseline around an image; takes the image over.  NULL when out of memory or of another place. */
struct baseline *model_make_baseline(struct model *model, struct image *image, int64_t id, int64_t taken_at);

/** The tree, or the old snapshot that is looked at, is compared with another one from now on; NULL = with none. */
void model_set_baseline(struct model *model, struct baseline *baseline);
void model_set_view_baseline(struct model *model, struct baseline *baseline);

void model_drop_baseline(struct model *model, struct baseline *baseline, bool keep_image);
void model_drop_view(struct model *model);

/** Compare the tree, not the old snapshot that is looked at. */
void model_compare_tree(struct model *model, int64_t id);

/** A snapshot is gone: what was compared with it is compared with the one beside it, and it is looked at no more. */
void model_leave_deleted(struct model *model, int64_t id);

/* ---- model_files.c ---- */

struct files *model_find_files(const struct model *model, const struct image *image, uint32_t dir);

/** Lists of an image that goes. */
void model_drop_files(struct model *model, const struct image *image);
void model_files_clear(struct model *model);

/* ---- model_elsewhere.c ---- */

/** Root has no snapshots here: who worked without sudo before finds his again. */
void model_look_elsewhere(struct model *model);

#endif
