/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lists of snapshots: of the root and of everything. */
#include <errno.h>
#include <string.h>

#include "ui/model/model_jobs.h"

int model_read_chain(struct job *job, struct store *store, struct history *history)
{
	struct snapshot snapshot;
	int rc = snapshot_get(store, job->id, &snapshot, &job->err);

	if (rc)
		return rc;
	history->taken_at = snapshot.finished_at;
	rc = snapshot_list(store, snapshot.scan_root, snapshot.host, snapshot.options, &history->chain, &job->err);
	history->known = !rc;
	snapshot_clear(&snapshot);
	return rc;
}

void model_read_differing(const struct job *job, struct store *store, struct history *history)
{
	const struct model_state *state = job->model->state;
	struct snapshot_list *list = &history->differing;
	size_t kept = 0;

	if (snapshot_list(store, state->root, store_host(), NULL, list, NULL))
		return;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].options, state->options))
			list->items[kept++] = list->items[i];
		else
			snapshot_clear(&list->items[i]);
	list->count = kept;
}

static void take_list(struct snapshot_list *to, struct snapshot_list *from)
{
	snapshot_list_clear(to);
	*to = *from;
	*from = (struct snapshot_list){0};
}

void model_take_history(struct model *model, struct history *history)
{
	if (history->known) {
		take_list(&model->history, &history->chain);
		model->history_known = true;
	}
	take_list(&model->differing, &history->differing);
	model_changed(model);
}

void model_clear_history(struct history *history)
{
	snapshot_list_clear(&history->chain);
	snapshot_list_clear(&history->differing);
}

/* ---- the jobs ---- */

struct history_job {
	struct job job;
	struct history history;
};

static int run_history(struct job *base, struct store *store)
{
	struct history *history = &((struct history_job *)base)->history;
	const struct model_state *state = base->model->state;
	int rc = base->id ? model_read_chain(base, store, history) : -ENOENT;

	if (rc == -ENOENT)
		rc = snapshot_list(store, state->root, store_host(), state->options, &history->chain, &base->err);
	history->known = !rc;
	if (!rc)
		model_read_differing(base, store, history);
	return rc;
}

static void history_done(struct job *base)
{
	if (base->rc != -ECANCELED)
		model_take_history(base->model, &((struct history_job *)base)->history);
	model_job_succeeded(base);
}

static int run_everything(struct job *base, struct store *store)
{
	return snapshot_list(store, NULL, NULL, NULL, &((struct history_job *)base)->history.chain, &base->err);
}

static void everything_done(struct job *base)
{
	struct model *model = base->model;

	if (!model_job_succeeded(base))
		return;
	take_list(&model->everything, &((struct history_job *)base)->history.chain);
	model->everything_known = true;
	model_changed(model);
}

static void clear_history(struct job *base)
{
	model_clear_history(&((struct history_job *)base)->history);
}

static const struct job_kind history_kind = {.size = sizeof(struct history_job),
                                             .run = run_history,
                                             .done = history_done,
                                             .clear = clear_history};

static const struct job_kind everything_kind = {.size = sizeof(struct history_job),
                                                .run = run_everything,
                                                .done = everything_done,
                                                .clear = clear_history};

void model_request_history(struct model *model, bool everything)
{
	if (everything)
		model_post_new(model, &everything_kind, 0);
	else
		model_post_new(model, &history_kind, model->baseline ? model->baseline->id : 0);
}

static const struct snapshot *find(const struct snapshot_list *list, int64_t id)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].id == id)
			return &list->items[i];
	return NULL;
}

const struct snapshot *model_snapshot(const struct model *model, int64_t id)
{
	const struct snapshot *found = find(&model->history, id);

	if (!found)
		found = find(&model->everything, id);
	return found ? found : find(&model->differing, id);
}
