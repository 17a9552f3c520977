/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads: everything here runs on the loop's thread but the run() functions of jobs (store's thread) and tasks (their
 * own).  Those read what they were given: paths copied, the tree under pins, images, which never change.  What they
 * made is taken over in done(), on the loop's thread.
 * The tree is changed by one task at a time (reading again); while it runs, or a snapshot is being saved, nothing else
 * that walks the whole tree starts.
 */
#include "ui/model/model.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/index/index.h"
#include "store/record/warm_source.h"
#include "ui/model/model_breakdown.h"
#include "ui/model/model_flat.h"
#include "ui/model/model_log.h"
#include "ui/model/model_remove.h"
#include "ui/model/model_state.h"
#include "ui/model/model_causes.h"
#include "ui/model/model_timeline.h"
#include "ui/model/model_volumes.h"

#define BASELINE_WAIT_NS 150000000 /* how long the scan waits to hear of a baseline */
#define END_WAIT_NS 2000000000     /* the folders being read when a scan is ended have so long to be read whole */
#define FOLLOW_END_NS 1000000000   /* what the follower has not written by then is lost, as in a crash */
/* an image of so many is there before anybody waits: with an index to be shown at once, no other is waited for */
#define QUICK_DIRS 50000
/* and longer for its image, when there is one: without it neither growth nor time left is shown before the scan ends */
#define IMAGE_WAIT_NS 1850000000

static void start_scan(struct model *model)
{
	struct model_state *state = model->state;
	struct scan_options options = model->start->scan;
	struct err err = {0};

	state->scan_by_ns = 0;
	options.wake_fd = model->wake_fd;
	model_live_prepare(model, &options);
	options.baseline = model->baseline ? model->baseline->image : state->index;
	options.known = state->newest ? state->newest : options.baseline != state->index ? state->index : NULL;
	if (state->warm_source && warm_source_image(state->warm_source) == options.baseline)
		options.warm = state->warm_source;
	model->scan = scan_start(state->root, &options, &err);
	if (!model->scan) {
		model->scan_failed = err;
		model->quit_status = 1;
		return;
	}
	if (options.baseline) {
		state->scan_image = model->baseline ? model->baseline->image : state->index;
		state->scan_image_id = model->baseline ? model->baseline->id : 0;
		state->scan_match_valid = true;
	}
	if (model->baseline) {
		model->baseline->match = scan_match(model->scan);
		state->wanted[TREE_MATCH] = !model->baseline->match;
	}
	if (state->newest || state->index)
		model_set_remembered(model, state->newest ? state->newest : state->index,
		                     options.known ? scan_known(model->scan) : scan_match(model->scan),
		                     state->newest_at);
	else if (model->baseline)
		model_set_remembered(model, state->scan_image, scan_match(model->scan), model->baseline->taken_at);
	model->tree = scan_tree(model->scan);
	model->scanning = true;
	model->save = model->start->store && model->worker ? SAVE_WAITING : SAVE_NONE;
	model_changed(model);
}

static void scan_ended(struct model *model)
{
	struct model_state *state = model->state;

	model->scanning = false;
	state->started_at = model->progress.started_wall_s;
	state->finished_at = model->progress.finished_wall_s;
	if (model->progress.state == SCAN_DONE) {
		warm_source_free(state->warm_source);
		state->warm_source = NULL;
		if (model->save == SAVE_WAITING)
			model_save(model);
	} else {
		model->save = SAVE_NONE;
		if (model->progress.state == SCAN_FAILED) {
			model->scan_failed = *scan_error(model->scan);
			model_say(model, true, "%s", model->scan_failed.text);
		}
	}
	if (model->settings.shared != SHARED_OFF && !model->partial)
		model_want_shared(model);
	state->usage_wanted = state->usage_path != NULL;
	model_changed(model);
}

void model_end_scan(struct model *model)
{
	if (!model->scanning || !model->scan)
		return;
	model->partial = true;
	model->save = SAVE_NONE;
	scan_cancel(model->scan);
	model_changed(model);
}

int model_start(struct model *model, const struct ui_start *start, struct err *err)
{
	struct model_state *state = alloc_zero(struct model_state);
	struct buf options = {0}, path = {0};
	int rc;

	model->start = start;
	model->settings = start->settings;
	model->quit_status = -1;
	model->written_window_s = 24 * 3600;
	model->state = state;
	model->tasks = tasks_create(model->wake_fd);
	if (!state || !model->tasks)
		return err_no_memory(err);
	state->root = start->tree ? alloc_text(tree_root_path(start->tree)) : realpath(start->path, NULL);
	if (!state->root) {
		int error = errno;

		text_safe(&path, start->path ? start->path : "", start->path ? strlen(start->path) : 0, model->ascii);
		err_set(err, -error, "%.400s: %s", path.data ? path.data : "", strerror(error));
		buf_free(&path);
		return -error;
	}
	rc = scan_counting_describe(&start->scan.counting, &options);
	state->options = options.data ? options.data : alloc_text("");
	if (rc || !state->options)
		return err_no_memory(err);
	if (!start->tree_name) {
		rc = start->db ? buf_str(&path, start->db) : store_default_path(NULL, &path);
		if (!rc)
			model->worker = worker_start(path.data, start->store ? STORE_CREATE : 0, model->wake_fd);
	}
	model_read_rules(model);
	model->baseline_known = !model->worker;
	model->history_known = !model->worker;
	if (model->worker && !start->tree)
		model_open_index(model, path.data);
	else
		model_find_baseline(model);
	buf_free(&path);
	if (start->tree) {
		model->tree = start->tree;
		state->started_at = state->finished_at = start->tree_time ? start->tree_time : clock_wall_s();
		if (start->store && !start->tree_name) {
			model->save = SAVE_WAITING;
			model_save(model);
		}
	} else {
		state->scan_by_ns = clock_mono_ns() + BASELINE_WAIT_NS;
	}
	model_want_usage(model, state->root);
	return 0;
}

/** A sentence of the store's own (read-only, disk full, set aside), once. */
static void show_banner(struct model *model)
{
	const struct store *store = model->worker && !model->state->banner_seen ? worker_store(model->worker) : NULL;

	if (!store)
		return;
	model->state->banner_seen = true;
	if (store_banner(store)) {
		snprintf(model->banner, sizeof(model->banner), "%s", store_banner(store));
		model_changed(model);
	}
}

/** Which folder is being read, and for how long already. */
static void note_reading(struct model *model, int64_t now_ns)
{
	struct buf path = {0};

	if (scan_reading(model->scan, &path) || path.length != model->reading.length ||
	    (path.length && memcmp(path.data, model->reading.data, path.length))) {
		buf_free(&model->reading);
		model->reading = path;
		model->reading_ns = now_ns;
	} else {
		buf_free(&path);
	}
}

/** Until when the scan waits for something to compare with, or to show at once. */
static int64_t scan_start_ns(const struct model *model, int64_t now_ns)
{
	const struct model_state *state = model->state;

	if (state->index && !model->start->warm)
		return state->index_whole               ? now_ns
		     : state->index->count > QUICK_DIRS ? state->scan_by_ns - BASELINE_WAIT_NS
		                                        : state->scan_by_ns + IMAGE_WAIT_NS;
	if (state->index_task || model->start->warm ||
	    atomic_load_explicit(&state->baseline_found, memory_order_relaxed))
		return state->scan_by_ns + IMAGE_WAIT_NS;
	return state->scan_by_ns;
}

/** How far the scan has come.  Returns when to come again. */
static int64_t update_scan(struct model *model, int64_t now_ns, int64_t interval_ns)
{
	int64_t next_ns = INT64_MAX;

	scan_progress(model->scan, &model->progress);
	note_reading(model, now_ns);
	model_changed(model);
	/* Of one that is ended early the folders being read are still to come, unless they hang. */
	if (model->progress.state != SCAN_RUNNING &&
	    (!model->partial || scan_wait(model->scan, 0) || now_ns - model->last_key_ns > END_WAIT_NS))
		scan_ended(model);
	else
		next_ns = now_ns + interval_ns;
	model_refresh_usage(model, now_ns);
	return next_ns;
}

int64_t model_update(struct model *model, int64_t now_ns)
{
	struct model_state *state = model->state;
	int64_t next_ns = INT64_MAX, interval_ns;

	if (!state)
		return next_ns;
	interval_ns = (int64_t)(model->settings.update_ms > 50 ? model->settings.update_ms : 50) * 1000000;
	if (model->worker)
		worker_collect(model->worker);
	show_banner(model);
	tasks_collect(model->tasks);
	state->frame++;
	model_free_retired(model, false);
	/* Figures of the whole session may come from it: none is worth showing. */
	if (state->index && image_lost(state->index) && model->quit_status < 0) {
		index_lost(state->index, &model->scan_failed);
		model->quit_status = 1;
	}
	if (state->scan_by_ns) {
		int64_t start_ns = scan_start_ns(model, now_ns);

		if (model->baseline_known || now_ns >= start_ns)
			start_scan(model);
		else
			next_ns = start_ns;
	}
	if (model->scanning)
		next_ns = update_scan(model, now_ns, interval_ns);
	if (model->save == SAVE_RETRY) {
		if (now_ns >= state->save_retry_ns)
			model_save(model);
		else
			next_ns = earlier(next_ns, state->save_retry_ns);
	}
	next_ns = earlier(next_ns, model_live_update(model, now_ns));
	next_ns = earlier(next_ns, model_remove_update(model, now_ns));
	next_ns = earlier(next_ns, model_refresh_marks(model, now_ns));
	model_start_tree_task(model);
	model_start_usage(model);
	return model->rereading ? earlier(next_ns, now_ns + interval_ns) : next_ns;
}

void model_stop(struct model *model)
{
	struct model_state *state = model->state;
	bool ended, whole;

	if (!state)
		return;
	state->stopping = true;
	model_stop_deleting(model);
	model_drop_causes(model);
	if (model->scan)
		scan_cancel(model->scan);
	model_flat_stop(model);
	model_breakdown_stop(model);
	ended = !model->tasks || tasks_stop(model->tasks, 300000000);
	worker_stop(model->worker);
	if (!ended)
		/* a task hangs in the kernel and still reads: what it reads is left to the end of the process */
		return;
	whole = model_follow_rest(model);
	if (!model_live_stop(model))
		return;
	model_follow_end(model, whole);
	/* else its task has them until the process ends */
	if (!model->tasks || tasks_stop(model->tasks, FOLLOW_END_NS))
		tasks_destroy(model->tasks);
	model_clear_snapshots(model);
	model_free_rules(model);
	model_drop_timeline(model);
	model_drop_log(model);
	model_drop_volumes(model);
	model_flat_free(model);
	model_breakdown_free(model);
	model_clear_deletion(model);
	model_free_retired(model, true);
	modified_destroy(model->written);
	identities_destroy(model->identities);
	moved_destroy(model->moved);
	unwatched_destroy(model->unwatched);
	buf_free(&model->reading);
	if (model->scan)
		scan_destroy(model->scan);
	else
		tree_destroy(model->tree);
	model_clear_index(model);
	free(state->root);
	free(state->options);
	free(state->usage_path);
	free(model->shell_path);
	free(model->open_path);
	buf_free(&model->copy);
	free(model->shell_note);
	free(model->go_path);
	free(state);
	model->state = NULL;
}
