/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/model/model_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ui/model/model_jobs.h"

#define ENTRIES 2000 /* more nobody reads */

struct log_job {
	struct job job;
	char *path;
	int64_t since_s;
	uint64_t asked;
	bool followed;
	struct log_list list;
};

static int run_log(struct job *base, struct store *store)
{
	struct log_job *job = (struct log_job *)base;
	const struct log_filter filter = {.path = job->path, .since_s = job->since_s};
	int followed = log_followed(store, job->path, &base->err);

	job->followed = followed > 0;
	job->list.most = ENTRIES;
	return followed < 0 ? followed : log_list_read(store, &filter, &job->list, &base->err);
}

static void log_done(struct job *base)
{
	struct log_job *job = (struct log_job *)base;
	struct model_log *log = base->model->log;

	if (!log || log->asked != job->asked)
		return;
	log->failed = !model_job_succeeded(base);
	log->ready = true;
	log->waits = false;
	log->followed = job->followed;
	log->since_s = job->since_s;
	log_list_clear(&log->list);
	log->list = job->list;
	job->list = (struct log_list){0};
	model_changed(base->model);
}

static void clear_log(struct job *base)
{
	struct log_job *job = (struct log_job *)base;

	log_list_clear(&job->list);
	free(job->path);
}

static const struct job_kind log_kind = {
	.size = sizeof(struct log_job), .run = run_log, .done = log_done, .clear = clear_log};

void model_drop_log(struct model *model)
{
	if (!model->log)
		return;
	log_list_clear(&model->log->list);
	free(model->log->path);
	free(model->log);
	model->log = NULL;
}

/* A question about this path; NULL without memory. */
static struct model_log *log_of(struct model *model, const char *path)
{
	uint64_t asked = model->log ? model->log->asked : 0;

	if (!model->log || strcmp(model->log->path, path)) {
		model_drop_log(model);
		model->log = alloc_zero(struct model_log);
		if (model->log && !(model->log->path = alloc_text(path)))
			model_drop_log(model);
	}
	if (model->log)
		model->log->asked = asked + 1;
	return model->log;
}

void model_want_log(struct model *model, const char *path, int64_t since_s)
{
	struct model_log *log = log_of(model, path);
	struct log_job *job = log ? model_new_job(model, &log_kind, 0) : NULL;

	if (job && !(job->path = alloc_text(path))) {
		free(job);
		job = NULL;
	}
	if (!log)
		return;
	log->waits = job != NULL;
	if (!job) {
		log->ready = log->failed = true; /* there is no database, or no memory */
		return;
	}
	job->since_s = since_s;
	job->asked = log->asked;
	model_post(&job->job);
}
