/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_JOBS_H
#define UI_MODEL_MODEL_JOBS_H

#include "ui/model/model_state.h"

/*
 * Jobs of the store's thread.  A kind of job is a const struct job_kind and a struct that begins with a struct job;
 * both stand in the file that posts it: model_baseline.c, model_files.c, model_history.c, model_save.c and others.
 */
struct job {
	struct worker_job worker_job; /* first: the worker knows only this */
	const struct job_kind *kind;
	struct model *model;
	int64_t id; /* of a snapshot, 0 = none */
	int rc;     /* of run(); -ECANCELED when it never ran, too */
	struct err err;
	uint64_t store_bytes;
};

struct job_kind {
	size_t size;  /* of the struct that begins with the job */
	bool patient; /* others go before it */
	/* The store's thread.  Of the model it may read the root, the options, and what is atomic. */
	int (*run)(struct job *job, struct store *store);
	/* The loop's thread.  What it wants to keep it takes out of the job. */
	void (*done)(struct job *job);
	/* Frees what is left in the job, not the job itself; NULL = there is nothing. */
	void (*clear)(struct job *job);
};

/** Zeroed but for the struct job at its beginning; NULL when there is no store or no memory. */
void *model_new_job(struct model *model, const struct job_kind *kind, int64_t id);

/** Hand it to the store's thread, and free it behind its done(). */
void model_post(struct job *job);

/** False when it failed, which is said, or never ran. */
bool model_job_succeeded(const struct job *job);

/** One that needs nothing but an id; without memory nothing happens. */
void model_post_new(struct model *model, const struct job_kind *kind, int64_t id);

/* ---- a question that either thread answers ---- */

/** Begins the struct of what works on it. */
struct model_work {
	struct model *model;
	/* Any thread.  `store` NULL: it is a task, or done at once; else the store's thread, with a sentence. */
	int (*run)(struct model_work *work, struct store *store, struct err *err);
	/* The loop's thread, with what run() returned, or -ENOENT where there is no store; frees it. */
	void (*done)(struct model_work *work, int rc);
};

/** Where: at once, by a task (at once, too, where none can be had), or by the store's thread. */
enum work_place { WORK_HERE, WORK_TASK, WORK_STORE };
void model_start_work(struct model_work *work, enum work_place place);

/* ---- model_history.c ---- */

/** The snapshots of a root, as a job has read them. */
struct history {
	bool known;                     /* `chain` was read */
	struct snapshot_list chain;     /* that the job's snapshot belongs to */
	struct snapshot_list differing; /* of the root, counted with other options */
	int64_t taken_at;               /* the job's snapshot */
};

/** The chain of the job's snapshot.  The store's thread. */
int model_read_chain(struct job *job, struct store *store, struct history *history);

/** What was counted differently; without it nothing is shown of it. */
void model_read_differing(const struct job *job, struct store *store, struct history *history);

/** The model's lists are these from now on. */
void model_take_history(struct model *model, struct history *history);
void model_clear_history(struct history *history);

/* ---- model_baseline.c ---- */

/** An old snapshot's image. */
struct image_job {
	struct job job;
	struct image *image;
	int64_t taken_at;
};

int model_read_image(struct job *job, struct store *store);
void model_clear_image(struct job *job);

/** A baseline of what the job has read, for `root`, as below. */
struct baseline *model_take_image(struct image_job *job, const char *root);

/** The tree is compared with another snapshot from now on; NULL = with none. */
void model_set_baseline(struct model *model, struct baseline *baseline);

/** It, and its image, are freed when nobody reads them any more. */
void model_drop_baseline(struct model *model, struct baseline *baseline, bool keep_image);
void model_drop_image(struct model *model, struct image *image);

/** Compare the tree, not the old snapshot that is looked at. */
void model_compare_tree(struct model *model, int64_t id);

/* ---- model_files.c ---- */

/** Lists of an image that goes. */
void model_drop_files(struct model *model, const struct image *image);
void model_clear_files(struct model *model);

/* ---- model_other_users.c ---- */

/** Root has no snapshots here: who worked without sudo before finds his again. */
void model_find_other_users(struct model *model);

#endif
