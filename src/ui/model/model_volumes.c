/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/model/model_volumes.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/model/model_jobs.h"

/* ---- how full they are: a thread each, as any may hang ---- */

struct volume_task {
	struct task task;
	struct model *model;
	uint64_t asked;
	char *point;
	bool known;
	struct file_system_usage usage;
};

static void run_task(struct task *base)
{
	struct volume_task *task = (struct volume_task *)base;

	task->known = volumes_ask(task->point, &task->usage);
}

static void task_done(struct task *base)
{
	struct volume_task *task = (struct volume_task *)base;
	struct model_volumes *volumes = task->model->volumes;

	for (size_t i = 0; volumes && volumes->asked == task->asked && i < volumes->list.local; i++) {
		struct volume_entry *entry = &volumes->list.items[i];

		if (strcmp(entry->point, task->point))
			continue;
		entry->known = task->known;
		entry->usage = task->usage;
		volumes->waiting--;
		break;
	}
	if (volumes && volumes->asked == task->asked) {
		/* The figures of growth are by place in the list: it keeps its order once they are there. */
		if (!volumes->grown)
			volumes_sort(&volumes->list);
		model_changed(task->model);
	}
	free(task->point);
	free(task);
}

static void ask(struct model *model, const struct volume_entry *entry, uint64_t asked)
{
	struct volume_task *task = alloc_zero(struct volume_task);
	char *point = alloc_text(entry->point);

	if (!task || !point) {
		free(task);
		free(point);
		return;
	}
	task->model = model;
	task->asked = asked;
	task->point = point;
	model->volumes->waiting++;
	tasks_start(model->tasks, &task->task, run_task, task_done);
}

/* ---- what they have grown ---- */

struct growth_job {
	struct job job;
	uint64_t asked;
	struct volume_asked *points;
	size_t count;
	struct volume_growth *growth;
};

static int run_growth(struct job *base, struct store *store)
{
	struct growth_job *job = (struct growth_job *)base;

	return volume_growth(store, job->points, job->count, job->growth, &base->err);
}

static void growth_done(struct job *base)
{
	struct growth_job *job = (struct growth_job *)base;
	struct model_volumes *volumes = base->model->volumes;

	if (!model_job_succeeded(base) || !volumes || volumes->asked != job->asked)
		return;
	free(volumes->growth);
	volumes->growth = job->growth;
	job->growth = NULL;
	model_changed(base->model);
}

static void clear_growth(struct job *base)
{
	struct growth_job *job = (struct growth_job *)base;

	for (size_t i = 0; job->points && i < job->count; i++)
		free((char *)job->points[i].point);
	free(job->points);
	free(job->growth);
}

static const struct job_kind growth_kind = {
	.size = sizeof(struct growth_job),
	.patient = true,
	.run = run_growth,
	.done = growth_done,
	.clear = clear_growth,
};

void model_want_volume_growth(struct model *model, bool anyway)
{
	struct model_volumes *volumes = model->volumes;
	struct growth_job *job;

	if (!volumes || volumes->grown || (volumes->waiting && !anyway) || !volumes->list.local)
		return;
	job = model_new_job(model, &growth_kind, 0);
	volumes->grown = true;
	if (!job)
		return;
	job->asked = volumes->asked;
	job->points = alloc_array(volumes->list.local, sizeof(*job->points));
	job->growth = alloc_array(volumes->list.local, sizeof(*job->growth));
	bool whole = job->points && job->growth;

	for (; whole && job->count < volumes->list.local; job->count++) {
		const struct volume_entry *entry = &volumes->list.items[job->count];

		job->points[job->count] = (struct volume_asked){
			.point = alloc_text(entry->point),
			.known = entry->known,
			.available_bytes = entry->usage.available_bytes,
		};
		whole = job->points[job->count].point;
	}
	if (whole) {
		model_post(&job->job);
		return;
	}
	clear_growth(&job->job);
	free(job);
}

/* ---- both ---- */

void model_drop_volumes(struct model *model)
{
	if (!model->volumes)
		return;
	volumes_free(&model->volumes->list);
	free(model->volumes->growth);
	free(model->volumes);
	model->volumes = NULL;
}

void model_want_volumes(struct model *model)
{
	uint64_t asked = model->volumes ? model->volumes->asked + 1 : 1;
	struct model_volumes *volumes = alloc_zero(struct model_volumes);

	model_drop_volumes(model);
	if (!volumes || volumes_list(&volumes->list, NULL)) {
		free(volumes);
		model_say(model, true, "%s", _("out of memory"));
		return;
	}
	volumes->asked = asked;
	model->volumes = volumes;
	for (size_t i = 0; model->tasks && i < volumes->list.local; i++)
		ask(model, &volumes->list.items[i], asked);
}
