/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Direct files of remembered directories: read by the store's thread, the last ones kept. */
#include <stdlib.h>

#include "base/alloc.h"
#include "ui/model/model_jobs.h"

#define FILE_LISTS 64 /* kept in memory */

static void destroy_files(void *object)
{
	struct files *files = object;

	file_list_clear(&files->list);
	free(files);
}

/**
 * Lists of an image that goes; one that is still being read is dropped by its job's done(), which finds no place for
 * it.
 */
void model_drop_files(struct model *model, const struct image *image)
{
	for (struct files **link = &model->state->files; *link;) {
		struct files *files = *link;

		if (files->image == image) {
			*link = files->next;
			model_retire(model, files, destroy_files);
		} else {
			link = &files->next;
		}
	}
}

static struct files *find_files(const struct model *model, const struct image *image, uint32_t dir)
{
	struct files *files = model->state->files;

	while (files && (files->image != image || files->dir != dir))
		files = files->next;
	return files;
}

/** Forget the list that was used longest ago when there are many. */
static void trim_files(struct model *model)
{
	struct files **oldest = NULL;
	size_t count = 0;

	for (struct files **link = &model->state->files; *link; link = &(*link)->next) {
		count++;
		if (((*link)->ready || (*link)->failed) && (!oldest || (*link)->used < (*oldest)->used))
			oldest = link;
	}
	if (count > FILE_LISTS && oldest) {
		struct files *files = *oldest;

		*oldest = files->next;
		model_retire(model, files, destroy_files);
	}
}

struct files_job {
	struct job job;
	const struct image *image;
	uint32_t dir;
	struct file_list list;
};

static int run_files(struct job *base, struct store *store)
{
	struct files_job *job = (struct files_job *)base;

	return file_list_read(store, job->image, job->dir, &job->list, &base->err);
}

static void files_done(struct job *base)
{
	struct files_job *job = (struct files_job *)base;
	struct files *files = find_files(base->model, job->image, job->dir);

	base->model->readers--;
	if (!files)
		return;
	files->list = job->list;
	job->list = (struct file_list){0};
	files->failed = base->rc != 0;
	files->ready = true;
	model_changed(base->model);
}

static void clear_job(struct job *job)
{
	file_list_clear(&((struct files_job *)job)->list);
}

static const struct job_kind files_kind = {.size = sizeof(struct files_job),
                                           .run = run_files,
                                           .done = files_done,
                                           .clear = clear_job};

const struct files *model_files(struct model *model, const struct image *image, uint32_t dir)
{
	struct files *files = model->state ? find_files(model, image, dir) : NULL;
	struct files_job *job;

	if (files || !model->state) {
		if (files)
			files->used = ++model->state->files_used;
		return files;
	}
	trim_files(model);
	files = alloc_zero(struct files);
	if (!files)
		return NULL;
	files->image = image;
	files->dir = dir;
	files->used = ++model->state->files_used;
	job = model_new_job(model, &files_kind, 0);
	if (job) {
		job->image = image;
		job->dir = dir;
		model->readers++;
		model_post(&job->job);
	} else {
		files->failed = files->ready = true;
	}
	files->next = model->state->files;
	model->state->files = files;
	return files;
}

void model_clear_files(struct model *model)
{
	while (model->state->files) {
		struct files *files = model->state->files;

		model->state->files = files->next;
		destroy_files(files);
	}
}
