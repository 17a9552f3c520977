/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs of the store's thread, what their answers change, and saving. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/model/model_jobs.h"

#define SAVE_RETRY_NS 5000000000

/* ---- jobs of the store's thread ---- */

static void free_job(struct job *job)
{
	free(job->root);
	free(job->options);
	free(job->text);
	snapshot_list_clear(&job->list);
	snapshot_list_clear(&job->differing);
	snapshot_list_clear(&job->removed);
	file_list_clear(&job->files);
	image_free(job->loaded);
	remembered_free(job->remembered);
	free(job);
}

/** The snapshots of the chain that `id` belongs to. */
static int load_chain(struct job *job, struct store *store, int64_t id)
{
	struct snapshot snapshot;
	int status = snapshot_get(store, id, &snapshot, &job->err);

	if (status)
		return status;
	job->taken_at = snapshot.finished_at;
	status = snapshot_list(store, snapshot.scan_root, snapshot.host, snapshot.options, &job->list, &job->err);
	job->listed = !status;
	snapshot_clear(&snapshot);
	return status;
}

/** Those of the root that were counted with other options. */
static void load_differing(struct job *job, struct store *store)
{
	struct snapshot_list *list = &job->differing;
	size_t kept = 0;

	if (job->status || snapshot_list(store, job->root, store_host(), NULL, list, NULL))
		return;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].options, job->options))
			list->items[kept++] = list->items[i];
		else
			snapshot_clear(&list->items[i]);
	list->count = kept;
}

/** What a warm scan goes by: it knows what has been seen to change since the snapshot, and brings that one's image. */
static void load_remembered(struct job *job, struct store *store)
{
	struct snapshot newest = {0};
	int status = remembered_newest(store, job->root, job->options, REMEMBER_ROWS, &newest, &job->loaded,
	                               &job->remembered, NULL);

	if (status || newest.id != job->id) { /* the baseline is one of a folder above */
		remembered_free(job->remembered);
		image_free(job->loaded);
		job->remembered = NULL;
		job->loaded = NULL;
		if (!snapshot_image(store, job->id, &job->loaded, NULL))
			remembered_load(store, job->loaded, &job->list, true, &job->remembered, NULL);
	}
	snapshot_clear(&newest);
}

/** What the new snapshot has grown since the one before it. */
static void load_step(struct job *job, struct store *store)
{
	struct snapshot stored, before;

	if (snapshot_get(store, job->id, &stored, NULL))
		return;
	if (stored.since_id && !snapshot_get(store, stored.since_id, &before, NULL)) {
		job->since_id = before.id;
		job->since = snapshot_growth(&before, &stored);
		snapshot_clear(&before);
	}
	snapshot_clear(&stored);
}

static void run_job(struct worker_job *worker_job, struct store *store)
{
	struct job *job = (struct job *)worker_job;
	struct snapshot snapshot;
	struct node root;

	switch (job->kind) {
	case JOB_BASELINE:
		job->status = snapshot_baseline(store, job->root, job->options, &job->id, &job->other, &job->err);
		if (!job->status && job->id)
			job->status = load_chain(job, store, job->id);
		load_differing(job, store);
		if (job->warm && !job->status && job->id)
			load_remembered(job, store);
		job->same = !job->status && job->id && !job->loaded && job->id == job->given &&
		            snapshot_is(store, job->id, job->index);
		if (!job->status && job->id && !job->loaded && !job->same) {
			atomic_store_explicit(&job->model->private->baseline_found, true, memory_order_relaxed);
			job->status = snapshot_image(store, job->id, &job->loaded, &job->err);
		}
		break;
	case JOB_COMPARE:
	case JOB_VIEW:
	case JOB_VIEW_BASE:
		job->status = snapshot_get(store, job->id, &snapshot, &job->err);
		if (!job->status) {
			job->taken_at = snapshot.finished_at;
			snapshot_clear(&snapshot);
			job->status = snapshot_image(store, job->id, &job->loaded, &job->err);
		}
		break;
	case JOB_HISTORY:
		if (job->id)
			job->status = load_chain(job, store, job->id);
		if (!job->id || job->status == -ENOENT)
			job->status = snapshot_list(store, job->root, store_host(), job->options, &job->list,
			                            &job->err);
		job->listed = !job->status;
		load_differing(job, store);
		break;
	case JOB_EVERYTHING:
		job->status = snapshot_list(store, NULL, NULL, NULL, &job->list, &job->err);
		job->listed = !job->status;
		break;
	case JOB_LABEL:
		job->status = snapshot_label(store, job->id, job->text, &job->err);
		break;
	case JOB_DELETE:
		job->status = snapshot_delete(store, job->id, &job->err);
		break;
	case JOB_FILES:
		job->status = file_list_read(store, job->image, job->dir, &job->files, &job->err);
		break;
	case JOB_SAVE:
		if (job->watcher) {
			struct watcher_status status;

			watcher_hold(job->watcher);
			watcher_status(job->watcher, &status);
			job->meta.trusted = model_watches_short(&status);
			tree_sum(job->tree);
		}
		tree_dir_node(job->tree, DIR_ROOT, &root);
		job->meta.trusted |= (root.dir_flags & DIR_TRUSTED) != 0;
		if (job->on_disk && guard_fate(job->tree) != ROOT_THERE)
			job->status = err_set(&job->err, -ENOENT, "%s", _("the folder is gone: nothing was stored"));
		else if (store_mode(store) == STORE_MEMORY)
			job->status = err_set(&job->err, -EROFS, "%s",
			                      store_banner(store) ? store_banner(store)
			                                          : _("the database cannot be opened"));
		else
			job->status = snapshot_save(store, job->tree, &job->meta, &worker_job->cancel, &job->id,
			                            &job->err);
		if (!job->status)
			job->elsewhere = model_follow_stored(job->model, store, job->tree, &job->meta, job->id,
			                                     job->follow) == -EWOULDBLOCK;
		if (job->watcher)
			watcher_release(job->watcher);
		if (!job->status)
			load_step(job, store);
		if (!job->status && job->retain)
			snapshot_retain(store, &job->retention, clock_wall_s(), &job->removed, NULL);
		break;
	}
	job->bytes = store_bytes(store);
}

static void finish_job(struct worker_job *worker_job);

/** NULL when there is no store or no memory. */
struct job *model_new_job(struct model *model, enum job_kind kind, int64_t id)
{
	struct job *job = model->private && model->worker && !model->private->stopping ? alloc_zero(struct job) : NULL;

	if (!job)
		return NULL;
	job->worker_job.run = run_job;
	job->worker_job.done = finish_job;
	job->model = model;
	job->kind = kind;
	job->id = id;
	job->root = strdup(model->private->root);
	job->options = strdup(model->private->options);
	if (!job->root || !job->options) {
		free_job(job);
		return NULL;
	}
	return job;
}

void model_post(struct model *model, struct job *job, bool urgent)
{
	model->private->jobs++;
	worker_post(model->worker, &job->worker_job, urgent);
}

void model_post_simple(struct model *model, enum job_kind kind, int64_t id)
{
	struct job *job = model_new_job(model, kind, id);

	if (job)
		model_post(model, job, true);
}

/* ---- what the screens ask of the store ---- */

void model_request_history(struct model *model, bool everything)
{
	if (!model->private)
		return;
	model_post_simple(model, everything ? JOB_EVERYTHING : JOB_HISTORY,
	                  everything || !model->baseline ? 0 : model->baseline->id);
}

void model_label_snapshot(struct model *model, int64_t id, const char *label)
{
	struct job *job = model_new_job(model, JOB_LABEL, id);

	if (!job)
		return;
	job->text = label ? strdup(label) : NULL;
	if (label && !job->text)
		free_job(job);
	else
		model_post(model, job, true);
}

void model_delete_snapshot(struct model *model, int64_t id)
{
	model_post_simple(model, JOB_DELETE, id);
}

/* ---- saving ---- */

void model_save(struct model *model)
{
	struct model_private *private = model->private;
	struct job *job;

	if (private->save_job || !model->worker || !model->tree || model->scanning)
		return;
	if (private->tree_task && model->rereading) {
		private->save_after_reread = true;
		return;
	}
	job = model_new_job(model, JOB_SAVE, 0);
	if (!job) {
		model->save = SAVE_FAILED;
		return;
	}
	job->tree = model->tree;
	job->watcher = model->live ? model->watcher : NULL;
	job->follow = model->watcher && !private->live_failed;
	job->on_disk = model->scan != NULL;
	if (model->live)
		private->finished_at = clock_wall_s(); /* the tree is one of now */
	job->meta = (struct snapshot_meta){
		.options = job->options, .started_at = private->started_at, .finished_at = private->finished_at,
	};
	if (model->start->retention) { /* but not what the screen compares with */
		job->retain = true;
		job->retention = *model->start->retention;
		job->retention.in_use = model->baseline ? model->baseline->id : 0;
	}
	private->save_job = &job->worker_job;
	model->save = SAVE_RUNNING;
	model_post(model, job, false);
	model_changed(model);
}

void model_save_again(struct model *model)
{
	if (model->private && model->save == SAVE_RETRY)
		model_save(model);
}

/** The steps of a session add up, as long as all could be compared. */
static void note_step(struct model_private *private, const struct job *job, int64_t before)
{
	struct growth_figure *growth = &private->saved_growth;

	if (before && job->since_id == before && private->saved_since && growth->known && !growth->unknown_entries &&
	    job->since.known && !job->since.unknown_entries) {
		growth->bytes += job->since.bytes;
	} else {
		private->saved_since = job->since_id;
		*growth = job->since;
	}
}

/** Told on leaving: the list takes them over. */
static void note_removed(struct model *model, struct snapshot_list *removed)
{
	struct snapshot_list *list = &model->private->removed;
	struct snapshot *items = removed->count ? alloc_resize(list->items, list->count + removed->count, sizeof *items)
	                                        : NULL;

	if (!items)
		return;
	memcpy(items + list->count, removed->items, removed->count * sizeof *items);
	list->items = items;
	list->count += removed->count;
	removed->count = 0;
}

static void saved(struct model *model, struct job *job)
{
	struct model_private *private = model->private;
	int64_t before = model->saved_id;

	private->save_job = NULL;
	private->usage_wanted = private->usage_path != NULL;
	switch (job->status) {
	case 0:
		model->save = SAVE_DONE;
		note_step(private, job, before);
		model->saved_id = job->id;
		model->banner[0] = 0;
		note_removed(model, &job->removed);
		/* The title says that it is saved; a sentence would hide what the status line has to say. */
		if (!model->message[0] && !model->baseline && !before)
			model_say(model, false, _("saved as #%lld; next time d shows what grew"), (long long)job->id);
		if (job->elsewhere && !private->elsewhere_said && !model->message[0]) {
			private->elsewhere_said = true;
			model_say(model, false, "%s",
			          _("another disktracker follows this folder, and keeps the record of what changes"));
		}
		/* A first session has no earlier snapshot but its own. */
		if (!model->baseline && before)
			model_compare_tree(model, before);
		model_request_history(model, false);
		break;
	case -ECANCELED:
		model->save = SAVE_NONE;
		break;
	case -ENOSPC:
	case -EDQUOT:
		model->save = SAVE_RETRY;
		private->save_retry_ns = model->now_ns + SAVE_RETRY_NS;
		snprintf(model->banner, sizeof model->banner, "%s",
		         _("disk full: this scan is not saved yet; earlier snapshots work"));
		break;
	case -EBUSY:
	case -EAGAIN:
		model->save = SAVE_RETRY;
		private->save_retry_ns = model->now_ns + SAVE_RETRY_NS;
		snprintf(model->banner, sizeof model->banner, "%s",
		         _("another program is writing to the database: this scan is not saved yet"));
		break;
	default:
		model->save = SAVE_FAILED;
		snprintf(model->banner, sizeof model->banner, _("not saved: %.200s"), job->err.text);
		break;
	}
	model_changed(model);
}

/* ---- answers of the store ---- */

static void finish_job(struct worker_job *worker_job)
{
	struct job *job = (struct job *)worker_job;
	struct model *model = job->model;
	struct model_private *private = model->private;
	bool dropped = atomic_load_explicit(&worker_job->cancel, memory_order_relaxed) && job->kind != JOB_SAVE;
	struct baseline *baseline = NULL;
	struct files *files;
	char when[TEXT_FIGURE];

	private->jobs--;
	if (job->bytes)
		model->store_bytes = job->bytes;
	if (job->listed && !dropped) {
		bool everything = job->kind == JOB_EVERYTHING;
		struct snapshot_list *list = everything ? &model->everything : &model->history;

		snapshot_list_clear(list);
		*list = job->list;
		job->list = (struct snapshot_list){0};
		if (everything)
			model->everything_known = true;
		else
			model->history_known = true;
		model_changed(model);
	}
	if (!dropped && (job->kind == JOB_HISTORY || job->kind == JOB_BASELINE)) {
		snapshot_list_clear(&model->differing);
		model->differing = job->differing;
		job->differing = (struct snapshot_list){0};
	}
	switch (job->kind) {
	case JOB_BASELINE:
		if (dropped)
			break;
		model->baseline_known = true;
		if (private->scan_by_ns) {
			private->remembered = job->remembered;
			job->remembered = NULL;
		}
		model->counted_differently = job->other;
		if (job->status && job->status != -ENOENT)
			model_say(model, true, "%s", job->err.text);
		else if (!job->id && !job->other && !job->status)
			model_look_elsewhere(model);
		else if (!job->id && job->other)
			model_say(model, false,
			          ngettext("%u snapshot of this folder was counted with other options: not compared",
			                   "%u snapshots of this folder were counted with other options: not compared",
			                   job->other),
			          job->other);
		else if (model->history.count && model->history.items[0].doubtful_date &&
		         clock_is_ahead(model->history.items[0].finished_at, clock_wall_s()))
			model_say(model, true,
			          _("#%lld is dated %s: a clock was wrong; snapshots keep their order all the same"),
			          (long long)model->history.items[0].id,
			          text_time(when, model->history.items[0].finished_at));
		if (!job->listed)
			model->history_known = true; /* there is none */
		if (job->same) {
			job->loaded = private->index;
			if (private->scan_image == private->index)
				private->scan_image_id = job->id;
		}
		if (job->loaded) {
			baseline = model_make_baseline(model, job->loaded, job->id, job->taken_at);
			job->loaded = NULL;
			private->compare_id = job->id;
			if (baseline)
				model_set_baseline(model, baseline);
			else
				snapshot_list_clear(&model->history); /* a history that this folder is no part of */
		}
		model_changed(model);
		break;
	case JOB_COMPARE:
		if (dropped || private->compare_id != job->id)
			break;
		if (job->loaded) {
			baseline = model_make_baseline(model, job->loaded, job->id, job->taken_at);
			job->loaded = NULL;
			if (baseline)
				model_set_baseline(model, baseline);
			else
				model_say(model, true, _("#%lld does not contain this folder"), (long long)job->id);
		} else {
			model_say(model, true, "%s", job->err.text);
		}
		break;
	case JOB_VIEW:
		if (dropped || private->view_id != job->id)
			break;
		if (job->loaded) {
			struct view *view = alloc_zero(struct view);

			if (!view)
				break;
			model_drop_view(model);
			view->id = job->id;
			view->taken_at = job->taken_at;
			view->image = job->loaded;
			job->loaded = NULL;
			model->view = view;
			model_changed(model);
			model_compare_with(model, 0);
		} else {
			model_say(model, true, "%s", job->err.text);
		}
		break;
	case JOB_VIEW_BASE:
		if (dropped || !model->view || private->compare_id != job->id)
			break;
		if (job->loaded) {
			baseline = alloc_zero(struct baseline);
			if (!baseline)
				break;
			baseline->id = job->id;
			baseline->taken_at = job->taken_at;
			baseline->image = job->loaded;
			baseline->prefix = strdup("");
			baseline->root = IMAGE_ROOT;
			job->loaded = NULL;
			model_set_view_baseline(model, baseline);
		} else {
			model_say(model, true, "%s", job->err.text);
		}
		break;
	case JOB_HISTORY:
	case JOB_EVERYTHING:
		if (job->status && !dropped)
			model_say(model, true, "%s", job->err.text);
		break;
	case JOB_LABEL:
	case JOB_DELETE:
		if (dropped)
			break;
		if (job->status)
			model_say(model, true, "%s", job->err.text);
		else if (job->kind == JOB_DELETE) {
			model_say(model, false, _("deleted #%lld"), (long long)job->id);
			model_leave_deleted(model, job->id);
			if (job->id == model->saved_id) { /* this scan's own: it is kept no more */
				model->saved_id = 0;
				model->save = SAVE_NONE;
			}
		}
		if (model->everything_known)
			model_request_history(model, true);
		model_request_history(model, false);
		break;
	case JOB_FILES:
		model->readers--;
		files = model_find_files(model, job->image, job->dir);
		if (files) {
			files->list = job->files;
			job->files = (struct file_list){0};
			files->failed = job->status != 0 || dropped;
			files->ready = true;
			model_changed(model);
		}
		break;
	case JOB_SAVE:
		saved(model, job);
		break;
	}
	free_job(job);
}

void model_find_baseline(struct model *model)
{
	struct job *job = model_new_job(model, JOB_BASELINE, 0);

	if (!job)
		return;
	job->warm = model->start->warm;
	if (model->private->index) {
		job->given = model->private->index_id;
		job->index = model->private->index;
	}
	model_post(model, job, true);
}

void model_cancel_save(struct model *model)
{
	if (model->private && model->private->save_job)
		atomic_store_explicit(&model->private->save_job->cancel, true, memory_order_relaxed);
}

void model_store_clear(struct model *model)
{
	model_drop_view(model);
	model_drop_baseline(model, model->baseline, false);
	model->baseline = NULL;
	model_files_clear(model);
	snapshot_list_clear(&model->history);
	snapshot_list_clear(&model->everything);
	snapshot_list_clear(&model->differing);
	snapshot_list_clear(&model->private->removed);
}
