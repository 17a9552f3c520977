/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/model/model_timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ui/model/model_jobs.h"

struct timeline_job {
	struct job job; /* its id: the snapshot of this scan, 0 = none yet */
	char *path;
	bool has_now;
	struct timeline_point now;
	struct model_timeline answer;
};

/* The snapshot of this scan says it already. */
static bool says_the_same(const struct timeline_job *job)
{
	const struct timeline *line = &job->answer.line;
	const struct timeline_point *last = line->count ? &line->points[line->count - 1] : NULL, *now = &job->now;

	return last && last->snapshot_id == job->job.id && last->what == now->what && last->bytes == now->bytes &&
	       last->apparent_bytes == now->apparent_bytes && last->items == now->items;
}

static int add_now(struct timeline_job *job)
{
	struct timeline *line = &job->answer.line;
	const struct timeline_point *last = line->count ? &line->points[line->count - 1] : NULL;

	if (!job->has_now || says_the_same(job))
		return 0;
	job->now.at_s = job->now.time_s;
	if (last && last->at_s > job->now.at_s) /* of a clock that was wrong, then or now */
		job->now.at_s = last->at_s;
	return timeline_add(line, &job->now);
}

static int run_timeline(struct job *base, struct store *store)
{
	struct timeline_job *job = (struct timeline_job *)base;
	struct model_timeline *answer = &job->answer;
	int rc = timeline_read(store, job->path, &answer->line, &base->err);

	if (!rc && add_now(job))
		rc = err_no_memory(&base->err);
	for (enum timeline_measure measure = TIMELINE_BYTES; !rc && measure <= TIMELINE_ITEMS; measure++)
		if (timeline_trend(&answer->line, measure, TREND_WINDOW_S, &answer->trends[measure]))
			rc = err_no_memory(&base->err);
	return rc;
}

static void timeline_done(struct job *base)
{
	struct timeline_job *job = (struct timeline_job *)base;
	struct model_timeline *timeline = base->model->timeline;

	if (!timeline || timeline->asked != job->answer.asked)
		return;
	timeline->failed = !model_job_succeeded(base);
	timeline->ready = true;
	timeline_clear(&timeline->line);
	timeline->line = job->answer.line;
	job->answer.line = (struct timeline){0};
	memcpy(timeline->trends, job->answer.trends, sizeof(timeline->trends));
	model_changed(base->model);
}

static void clear_timeline(struct job *base)
{
	struct timeline_job *job = (struct timeline_job *)base;

	timeline_clear(&job->answer.line);
	free(job->path);
}

static const struct job_kind timeline_kind = {.size = sizeof(struct timeline_job),
                                              .run = run_timeline,
                                              .done = timeline_done,
                                              .clear = clear_timeline};

void model_drop_timeline(struct model *model)
{
	if (!model->timeline)
		return;
	timeline_clear(&model->timeline->line);
	free(model->timeline->path);
	free(model->timeline);
	model->timeline = NULL;
}

void model_want_timeline(struct model *model, const char *path, const struct timeline_point *now)
{
	uint64_t asked = model->timeline ? model->timeline->asked + 1 : 1;
	struct model_timeline *timeline = alloc_zero(struct model_timeline);
	struct timeline_job *job = model_new_job(model, &timeline_kind, model->saved_id);

	model_drop_timeline(model);
	if (timeline)
		timeline->path = alloc_text(path);
	if (job)
		job->path = alloc_text(path);
	if (!timeline || !timeline->path || (job && !job->path)) {
		if (timeline)
			free(timeline->path);
		free(timeline);
		free(job);
		return;
	}
	timeline->asked = asked;
	timeline->ready = timeline->failed = !job; /* without a database there are no snapshots */
	model->timeline = timeline;
	if (!job)
		return;
	job->answer.asked = asked;
	job->has_now = now != NULL;
	if (now)
		job->now = *now;
	model_post(&job->job);
}
