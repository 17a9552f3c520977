/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is remembered of the folder is shown before anything of it is read: the root's index is mapped by a task (milliseconds, at any size of tree, when it
 * lies in memory), given to the scan as its image, and shown until the scan has come by.  SQLite is asked meanwhile which snapshot is the baseline; when
 * the index holds that very one, its image need not be loaded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/index.h"
#include "store/remembered.h"
#include "ui/model_private.h"

struct index_task {
	struct task task;
	struct model *model;
	char *db;
	char *root;                 /* the model's; it outlives the task */
	char *options;
	struct image *image;
	struct index_meta meta;
	struct err err;
	int status;
};

char *model_prefix_below(const char *outer, const char *root)
{
	size_t length = strlen(outer);

	while (length && outer[length - 1] == '/')
		length--;
	if (strncmp(outer, root, length) || (root[length] && root[length] != '/'))
		return NULL;
	root += length;
	while (*root == '/')
		root++;
	return strdup(root);
}

static void run_index(struct task *base)
{
	struct index_task *task = (struct index_task *)base;
	struct buf path = {0};

	task->status = index_path(task->db, task->root, &path);
	if (!task->status)
		task->status = index_open(path.data, &task->image, &task->meta, &task->err);
	buf_free(&path);
	if (task->status)
		return;
	/* Counted differently, its figures would jump as they are validated. */
	if (strcmp(task->meta.root, task->root) || strcmp(task->meta.options, task->options)) {
		image_free(task->image);
		task->image = NULL;
	}
}

static void finish_index(struct task *base)
{
	struct index_task *task = (struct index_task *)base;
	struct model *model = task->model;
	struct model_private *private = model->private;

	private->index_task = false;
	if (task->status && task->status != -ENOENT && task->status != -ENOTDIR)
		model_say(model, true, "%s", task->err.text); /* damaged: it is written anew at the end of the scan */
	if (task->image && private->scan_by_ns) {
		private->index = task->image;
		private->index_id = task->meta.snapshot_id;
		task->image = NULL;
	}
	image_free(task->image); /* too late: the scan has begun without it */
	model_find_baseline(model);
	index_meta_clear(&task->meta);
	free(task->db);
	free(task);
}

void model_find_last(struct model *model, const char *db)
{
	struct index_task *task = alloc_zero(struct index_task);

	if (task)
		task->db = strdup(db);
	if (!task || !task->db) {
		free(task);
		model_find_baseline(model);
		return;
	}
	task->task.run = run_index;
	task->task.done = finish_index;
	task->model = model;
	task->root = model->private->root;
	task->options = model->private->options;
	model->private->index_task = true;
	tasks_start(model->tasks, &task->task);
}

bool model_opening(const struct model *model)
{
	return model->private && model->private->index_task;
}

void model_set_last(struct model *model, int64_t id, int64_t taken_at)
{
	struct baseline *last = alloc_zero(struct baseline);
	struct image *image = model->private->scan_image;

	if (!last)
		return; /* without it only what has been read is shown */
	last->id = id;
	last->taken_at = taken_at;
	last->image = image;
	last->prefix = model_prefix_below(image->root_path, model->private->root);
	last->root = last->prefix ? image_lookup(image, last->prefix, strlen(last->prefix)) : IMAGE_NONE;
	last->match = scan_match(model->scan);
	if (last->root == IMAGE_NONE || !last->match) {
		free(last->prefix);
		free(last);
		return;
	}
	model->last = last;
}

const struct baseline *model_last(const struct model *model)
{
	return model->scanning ? model->last : NULL;
}

void model_last_clear(struct model *model)
{
	if (model->last) {
		free(model->last->prefix);
		free(model->last);
		model->last = NULL;
	}
	remembered_free(model->private->remembered);
	image_free(model->private->index);
	image_free(model->private->scan_image);
}
