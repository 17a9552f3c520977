/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is remembered of the folder is shown before anything of it is read: the root's index is mapped by a task
 * (milliseconds, at any size of tree, when it lies in memory), with what was noted since merged into it, and shown
 * until the scan has come by.  SQLite is asked meanwhile which snapshot is the baseline; when the index holds that very
 * one, its image need not be loaded.
 *
 * So the scan may get two images: the one that growth is worked out from, and what was known last.  Mostly they are the
 * same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/index/index.h"
#include "store/index/overlay.h"
#include "store/record/warm_source.h"
#include "ui/model/model_state.h"

#define REOPENINGS 3       /* of an index that is written anew while its overlay is read */
#define MERGED_MOST 100000 /* directories: the merged image is made in some 20 ms; of more, a glance has to do */

struct index_task {
	struct task task;
	struct model *model;
	char *db;
	char *root; /* the model's; it outlives the task */
	char *options;
	struct image *image, *newest; /* the index; and with its overlay, NULL = that is empty */
	struct index_meta meta;
	int64_t newest_at;
	struct err err;
	int rc;
};

/*
 * What was noted since the index was written.  If it cannot be had, the index is what is remembered.  -ESTALE: the
 * index is another one now.
 */
static int read_overlay(struct index_task *task, const char *path)
{
	const struct overlay_chain chain = {task->root, task->options};
	struct overlay_status status = {0};
	struct store *store;
	bool live = false;
	uint64_t seq;
	int rc = store_open(task->db, STORE_STRICT, &store, NULL);

	task->newest_at = task->meta.taken_at;
	if (rc)
		return 0;
	if (!index_is_of(&task->meta, store)) {
		store_close(store);
		return task->rc = index_of_another(path, &task->err);
	}
	rc = overlay_status(store, &chain, true, &status, NULL);
	if (!rc && status.rows)
		rc = task->image->count <= MERGED_MOST
		           ? overlay_merge(store, task->image, &task->meta, &task->newest, &seq, NULL)
		           : overlay_glance(store, task->image, &task->meta, &task->newest, NULL);
	if (!rc && status.time_s > task->newest_at)
		task->newest_at = status.time_s;
	if (!rc && !overlay_live(store, task->root, &live, NULL) && live)
		task->newest_at = clock_wall_s();
	store_close(store);
	return rc == -ESTALE ? rc : 0;
}

static void close_index(struct index_task *task)
{
	image_free(task->image);
	image_free(task->newest);
	task->image = task->newest = NULL;
}

static void run_index(struct task *base)
{
	struct index_task *task = (struct index_task *)base;
	struct buf path = {0};

	task->rc = index_path(task->db, task->root, &path);
	for (int i = 0; !task->rc && i < REOPENINGS; i++) {
		close_index(task);
		index_meta_clear(&task->meta);
		task->rc = index_open(path.data, task->root, &task->image, &task->meta, &task->err);
		if (task->rc)
			break;
		/* Counted differently, its figures would jump as they are validated. */
		if (strcmp(task->meta.options, task->options))
			close_index(task);
		else if (read_overlay(task, path.data) == -ESTALE)
			continue;
		if (task->rc)
			close_index(task);
		break;
	}
	buf_free(&path);
}

static void finish_index(struct task *base)
{
	struct index_task *task = (struct index_task *)base;
	struct model *model = task->model;
	struct model_state *state = model->state;

	state->index_task = false;
	if (task->rc && task->rc != -ENOENT)
		model_say(model, true, "%s", task->err.text); /* damaged: it is written anew at the end of the scan */
	if (task->image && state->scan_by_ns) {
		state->index = task->image;
		state->index_id = task->meta.snapshot_id;
		state->index_whole = task->image->fingerprint[IMAGE_ROOT][0] || task->image->fingerprint[IMAGE_ROOT][1];
		state->newest = task->newest;
		state->newest_at = task->newest_at;
		task->image = task->newest = NULL;
	}
	close_index(task); /* too late: the scan has begun without it */
	model_find_baseline(model);
	index_meta_clear(&task->meta);
	free(task->db);
	free(task);
}

void model_open_index(struct model *model, const char *db)
{
	struct index_task *task = alloc_zero(struct index_task);

	if (task)
		task->db = alloc_text(db);
	if (!task || !task->db) {
		free(task);
		model_find_baseline(model);
		return;
	}
	task->model = model;
	task->root = model->state->root;
	task->options = model->state->options;
	model->state->index_task = true;
	tasks_start(model->tasks, &task->task, run_index, finish_index);
}

bool model_opening(const struct model *model)
{
	const struct model_state *state = model->state;

	return state && (state->index_task || (state->index && state->scan_by_ns));
}

void model_set_remembered(struct model *model, struct image *image, const struct match *match, int64_t taken_at)
{
	/* Without it only what has been read is shown. */
	if (match)
		model->remembered = model_make_baseline(model, image, model->state->root, 0, taken_at);
	if (model->remembered)
		model->remembered->match = match;
}

const struct baseline *model_remembered(const struct model *model)
{
	return model->scanning ? model->remembered : NULL;
}

void model_clear_index(struct model *model)
{
	if (model->remembered)
		model_destroy_baseline(model->remembered);
	model->remembered = NULL;
	warm_source_free(model->state->warm_source);
	if (model->state->scan_image != model->state->index)
		image_free(model->state->scan_image);
	image_free(model->state->index);
	image_free(model->state->newest);
}
