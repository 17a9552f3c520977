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

/* ---- work ---- */

struct work_task {
	struct task task;
	struct model_work *work;
	int rc;
};

static void run_work_task(struct task *base)
{
	struct work_task *task = (struct work_task *)base;

	task->rc = task->work->run(task->work, NULL, NULL);
}

static void work_task_done(struct task *base)
{
	struct work_task *task = (struct work_task *)base;

	task->work->done(task->work, task->rc);
	free(task);
}

struct work_job {
	struct job job;
	struct model_work *work;
};

static int run_work_job(struct job *base, struct store *store)
{
	struct work_job *job = (struct work_job *)base;

	return job->work->run(job->work, store, &base->err);
}

static void work_job_done(struct job *base)
{
	struct work_job *job = (struct work_job *)base;

	base->model->readers--;
	if (base->rc && base->rc != -ECANCELED && *base->err.text)
		model_say(base->model, true, "%s", base->err.text);
	job->work->done(job->work, base->rc);
}

static const struct job_kind work_kind = {.size = sizeof(struct work_job), .run = run_work_job, .done = work_job_done};

void model_start_work(struct model_work *work, enum work_place place)
{
	struct model *model = work->model;
	struct work_task *task = place == WORK_TASK && model->tasks ? alloc_zero(struct work_task) : NULL;
	struct work_job *job = place == WORK_STORE ? model_new_job(model, &work_kind, 0) : NULL;

	if (task) {
		task->work = work;
		tasks_start(model->tasks, &task->task, run_work_task, work_task_done);
	} else if (job) {
		job->work = work;
		model->readers++;
		model_post(&job->job);
	} else {
		work->done(work, place == WORK_STORE ? -ENOENT : work->run(work, NULL, NULL));
	}
}
