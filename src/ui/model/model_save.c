/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scan becomes a snapshot. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "ui/model/model_jobs.h"

#define SAVE_RETRY_NS 5000000000

struct save_job {
	struct job job;
	struct tree *tree;
	struct watcher *watcher; /* holds still meanwhile; NULL = the tree does */
	bool follow;             /* and begin to follow the root */
	/* the tree was read from there: if its root is gone by now, it may be half of it, and is not stored */
	bool on_disk;
	struct snapshot_meta meta;
	bool retain; /* and remove what is not kept */
	struct prune_policy retention;
	/* answers */
	struct snapshot_list removed;
	int64_t since_id; /* the snapshot before it, 0 = none, */
	struct growth_figure since;
	bool other_records; /* another process follows the root */
};

/** What the new snapshot has grown since the one before it. */
static void read_step(struct save_job *job, struct store *store)
{
	struct snapshot stored, before;

	if (snapshot_get(store, job->job.id, &stored, NULL))
		return;
	if (stored.since_id && !snapshot_get(store, stored.since_id, &before, NULL)) {
		job->since_id = before.id;
		job->since = snapshot_growth(&before, &stored);
		snapshot_clear(&before);
	}
	snapshot_clear(&stored);
}

static int store_tree(struct save_job *job, struct store *store)
{
	struct job *base = &job->job;
	struct node root;

	tree_dir_node(job->tree, DIR_ROOT, &root);
	job->meta.trusted |= (root.dir_flags & DIR_TRUSTED) != 0;
	if (job->on_disk && root_guard_fate(job->tree) != ROOT_THERE)
		return err_set(&base->err, -ENOENT, "%s", _("the folder is gone: nothing was stored"));
	if (store_mode(store) == STORE_MEMORY)
		return err_set(&base->err, -EROFS, "%s",
		               store_banner(store) ? store_banner(store) : _("the database cannot be opened"));
	return snapshot_save(store, job->tree, &job->meta, &base->worker_job.cancel, &base->id, &base->err);
}

static int run_save(struct job *base, struct store *store)
{
	struct save_job *job = (struct save_job *)base;
	struct watcher_status status;
	int rc;

	if (job->watcher) {
		watcher_hold(job->watcher);
		watcher_status(job->watcher, &status);
		job->meta.trusted = model_watches_short(&status);
		tree_sum(job->tree);
	}
	rc = store_tree(job, store);
	if (!rc)
		job->other_records = model_follow_stored(base->model, store, job->tree, &job->meta, base->id,
		                                         job->follow) == -EWOULDBLOCK;
	watcher_release(job->watcher);
	if (!rc)
		read_step(job, store);
	if (!rc && job->retain)
		snapshot_retain(store, &job->retention, clock_wall_s(), &job->removed, NULL);
	return rc;
}

/** The steps of a session add up, as long as all could be compared. */
static void note_step(struct model_state *state, const struct save_job *job, int64_t before)
{
	struct growth_figure *growth = &state->saved_growth;

	if (before && job->since_id == before && state->saved_since && growth->known && !growth->unknown_entries &&
	    job->since.known && !job->since.unknown_entries) {
		growth->bytes += job->since.bytes;
	} else {
		state->saved_since = job->since_id;
		*growth = job->since;
	}
}

/** Told on leaving: the list takes them over. */
static void note_removed(struct model *model, struct snapshot_list *removed)
{
	struct snapshot_list *list = &model->state->removed;
	struct snapshot *items = removed->count
	                               ? alloc_resize(list->items, list->count + removed->count, sizeof(*items))
	                               : NULL;

	if (!items)
		return;
	memcpy(items + list->count, removed->items, removed->count * sizeof(*items));
	list->items = items;
	list->count += removed->count;
	removed->count = 0;
}

static void saved(struct save_job *job)
{
	struct model *model = job->job.model;
	struct model_state *state = model->state;
	int64_t before = model->saved_id;

	model->save = SAVE_DONE;
	note_step(state, job, before);
	model->saved_id = job->job.id;
	model->banner[0] = 0;
	note_removed(model, &job->removed);
	/* The title says that it is saved; a sentence would hide what the status line has to say. */
	if (!model->message[0] && !model->baseline && !before)
		model_say(model, false, _("saved as #%lld; next time d shows what grew"), (long long)model->saved_id);
	if (job->other_records && !state->other_recorder_said && !model->message[0]) {
		state->other_recorder_said = true;
		model_say(model, false, "%s",
		          _("another disktracker follows this folder, and keeps the record of what changes"));
	}
	/* A first session has no earlier snapshot but its own. */
	if (!model->baseline && before)
		model_compare_tree(model, before);
	model_request_history(model, false);
}

static void retry_later(struct model *model, const char *why)
{
	model->save = SAVE_RETRY;
	model->state->save_retry_ns = model->now_ns + SAVE_RETRY_NS;
	snprintf(model->banner, sizeof(model->banner), "%s", why);
}

static void save_done(struct job *base)
{
	struct model *model = base->model;

	model->state->save_job = NULL;
	model->state->usage_wanted = model->state->usage_path != NULL;
	switch (base->rc) {
	case 0: saved((struct save_job *)base); break;
	case -ECANCELED: model->save = SAVE_NONE; break;
	case -ENOSPC:
	case -EDQUOT: retry_later(model, _("disk full: this scan is not saved yet; earlier snapshots work")); break;
	case -EBUSY:
	case -EAGAIN:
		retry_later(model, _("another program is writing to the database: this scan is not saved yet"));
		break;
	default:
		model->save = SAVE_FAILED;
		snprintf(model->banner, sizeof(model->banner), _("not saved: %s"), base->err.text);
		break;
	}
	model_changed(model);
}

static void clear_save(struct job *job)
{
	snapshot_list_clear(&((struct save_job *)job)->removed);
}

static const struct job_kind save_kind = {.size = sizeof(struct save_job),
                                          .patient = true,
                                          .run = run_save,
                                          .done = save_done,
                                          .clear = clear_save};

void model_save(struct model *model)
{
	struct model_state *state = model->state;
	struct save_job *job;

	if (state->save_job || !model->worker || !model->tree || model->scanning)
		return;
	if (state->tree_task && model->rereading) {
		state->save_after_reread = true;
		return;
	}
	job = model_new_job(model, &save_kind, 0);
	if (!job) {
		model->save = SAVE_FAILED;
		return;
	}
	job->tree = model->tree;
	job->watcher = model->live ? model->watcher : NULL;
	job->follow = model->watcher && !state->live_failed;
	job->on_disk = model->scan != NULL;
	if (model->live)
		state->finished_at = clock_wall_s(); /* the tree is one of now */
	job->meta = (struct snapshot_meta){
		.options = state->options,
		.started_at = state->started_at,
		.finished_at = state->finished_at,
	};
	if (model->start->retention) { /* but not what the screen compares with */
		job->retain = true;
		job->retention = *model->start->retention;
		job->retention.in_use = model->baseline ? model->baseline->id : 0;
	}
	state->save_job = &job->job.worker_job;
	model->save = SAVE_RUNNING;
	model_post(&job->job);
	model_changed(model);
}

void model_save_reread(struct model *model)
{
	if (!model->state->save_after_reread)
		return;
	model->state->save_after_reread = false;
	model->state->finished_at = clock_wall_s();
	model_save(model);
}

void model_save_again(struct model *model)
{
	if (model->state && model->save == SAVE_RETRY)
		model_save(model);
}

void model_cancel_save(struct model *model)
{
	if (model->state && model->state->save_job)
		atomic_store_explicit(&model->state->save_job->cancel, true, memory_order_relaxed);
}
