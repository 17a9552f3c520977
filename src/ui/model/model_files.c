/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Direct files of remembered directories: read by the store's thread, the last ones kept. */
#include <stdlib.h>

#include "base/alloc.h"
#include "ui/model/model_jobs.h"

#define FILE_LISTS 64              /* kept in memory */

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
	for (struct files **link = &model->private->files; *link;) {
		struct files *files = *link;

		if (files->image == image) {
			*link = files->next;
			model_retire(model, files, destroy_files);
		} else {
			link = &files->next;
		}
	}
}

struct files *model_find_files(const struct model *model, const struct image *image, uint32_t dir)
{
	struct files *files = model->private->files;

	while (files && (files->image != image || files->dir != dir))
		files = files->next;
	return files;
}

/** Forget the list that was used longest ago when there are many. */
static void trim_files(struct model *model)
{
	struct files **oldest = NULL;
	size_t count = 0;

	for (struct files **link = &model->private->files; *link; link = &(*link)->next) {
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

const struct files *model_files(struct model *model, const struct image *image, uint32_t dir)
{
	struct files *files = model->private ? model_find_files(model, image, dir) : NULL;
	struct job *job;

	if (files || !model->private) {
		if (files)
			files->used = ++model->private->files_used;
		return files;
	}
	trim_files(model);
	files = alloc_zero(struct files);
	if (!files)
		return NULL;
	files->image = image;
	files->dir = dir;
	files->used = ++model->private->files_used;
	job = model_new_job(model, JOB_FILES, 0);
	if (job) {
		job->image = image;
		job->dir = dir;
		model->readers++;
		model_post(model, job, true);
	} else {
		files->failed = files->ready = true;
	}
	files->next = model->private->files;
	model->private->files = files;
	return files;
}

void model_files_clear(struct model *model)
{
	while (model->private->files) {
		struct files *files = model->private->files;

		model->private->files = files->next;
		destroy_files(files);
	}
}
