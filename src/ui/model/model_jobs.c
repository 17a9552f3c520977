/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/model/model_jobs.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

static void run_job(struct worker_job *worker_job, struct store *store)
{
	struct job *job = (struct job *)worker_job;

	job->rc = job->kind->run(job, store);
	job->store_bytes = store_bytes(store);
}

static void free_job(struct job *job)
{
	if (job->kind->clear)
		job->kind->clear(job);
	free(job);
}

static void finish_job(struct worker_job *worker_job)
{
	struct job *job = (struct job *)worker_job;

	if (job->store_bytes)
		job->model->store_bytes = job->store_bytes;
	job->kind->done(job);
	free_job(job);
}

void *model_new_job(struct model *model, const struct job_kind *kind, int64_t id)
{
	struct job *job = model->state && model->worker && !model->state->stopping ? alloc_array(1, kind->size) : NULL;

	if (!job)
		return NULL;
	job->worker_job.run = run_job;
	job->worker_job.done = finish_job;
	job->kind = kind;
	job->model = model;
	job->id = id;
	job->rc = -ECANCELED;
	return job;
}

void model_post(struct job *job)
{
	worker_post(job->model->worker, &job->worker_job, !job->kind->patient);
}

bool model_job_succeeded(const struct job *job)
{
	if (job->rc && job->rc != -ECANCELED)
		model_say(job->model, true, "%s", job->err.text);
	return job->rc == 0;
}

void model_post_new(struct model *model, const struct job_kind *kind, int64_t id)
{
	struct job *job = model_new_job(model, kind, id);

	if (job)
		model_post(job);
}
