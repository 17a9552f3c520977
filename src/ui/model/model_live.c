/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree is kept true once it has been scanned and stored: the watcher is there before the scan (its workers watch
 * each directory before they list it), and its applier owns the tree's changes from the moment it runs.  Whoever needs
 * the tree to stand still meanwhile (a snapshot, a match) holds the watcher; that is done on the job's and the tasks'
 * threads, never on the loop's.
 */
#include <stdlib.h>

#include "base/i18n.h"
#include "store/db/location.h"
#include "ui/model/model_state.h"

#define MATCH_AGAIN_NS 500000000 /* new folders are looked up in the baseline at most so often, */
#define SHARED_AGAIN_NS 2000000000
#define UNWATCHED_AGAIN_NS 2000000000
#define MATCH_SHARE 20        /* and for this part of the time */
#define LIVE_END_NS 500000000 /* an applier that does not stop by then hangs in the kernel */

void model_live_prepare(struct model *model, struct scan_options *options)
{
	struct err err = {0};
	char *db = model->start->db ? location_resolve(model->start->db) : NULL;
	const struct watcher_options watching = {
		.backend = model->start->backend,
		.root = model->state->root,
		.share_percent = 50,
		.tick_ms = 50,
		.recheck_s = 40,
		.counting = options->counting,
		.own_db = db,
		.sink = model_follow_sink,
		.context = model,
		.wake_fd = model->wake_fd,
	};
	int rc = watcher_create(&watching, &model->watcher, &err);

	free(db);
	if (rc) {
		model->watcher = NULL;
		model_say(model, false, _("not followed live: %s"), err.text);
		return;
	}
	watcher_listen(model->watcher, options);
}

/** Run, once nobody else needs the tree as the scan left it. */
static void begin(struct model *model)
{
	struct model_state *state = model->state;
	struct err err = {0};

	if (model->progress.state != SCAN_DONE || model->save == SAVE_WAITING || model->save == SAVE_RUNNING ||
	    state->tree_task || state->wanted[TREE_REREAD])
		return;
	if (watcher_run(model->watcher, model->tree, &err)) {
		state->live_failed = true;
		model_follow_end(model, false);
		model_say(model, true, _("not followed live: %s"), err.text);
		return;
	}
	live_growth_zero(watcher_live(model->watcher));
	model->live = true;
	model_changed(model);
}

bool model_live_limited(const struct model *model)
{
	return model_watches_short(&model->live_status);
}

bool model_hold(struct model *model)
{
	return model->live && watcher_try_hold(model->watcher);
}

void model_release(struct model *model)
{
	watcher_release(model->watcher);
}

static void destroy_unwatched(void *unwatched)
{
	unwatched_destroy(unwatched);
}

void model_set_unwatched(struct model *model, struct unwatched *unwatched)
{
	model_retire(model, model->unwatched, destroy_unwatched);
	model->unwatched = unwatched;
	model_changed(model);
}

/** Which folders have no watch is looked up now and then, where there are some. */
static int64_t keep_unwatched(struct model *model, int64_t now_ns)
{
	struct model_state *state = model->state;
	const struct watcher_status *status = &model->live_status;

	if (!model_live_limited(model)) {
		if (model->unwatched)
			model_set_unwatched(model, NULL);
		return INT64_MAX;
	}
	if ((model->unwatched && state->unwatched_at_watches == status->notify.watched &&
	     state->unwatched_at_batches == status->batches) ||
	    state->wanted[TREE_UNWATCHED])
		return INT64_MAX;
	if (model->unwatched && now_ns < state->unwatched_ns + UNWATCHED_AGAIN_NS)
		return state->unwatched_ns + UNWATCHED_AGAIN_NS;
	state->unwatched_ns = now_ns;
	state->unwatched_at_watches = status->notify.watched;
	state->unwatched_at_batches = status->batches;
	state->wanted[TREE_UNWATCHED] = true;
	return INT64_MAX;
}

/** Shared bytes, where they are shown, follow now and then. */
static int64_t keep_shared(struct model *model, int64_t now_ns)
{
	struct model_state *state = model->state;

	if (!state->shared_old || model->settings.shared == SHARED_OFF)
		return INT64_MAX;
	if (now_ns < state->shared_ns + SHARED_AGAIN_NS)
		return state->shared_ns + SHARED_AGAIN_NS;
	state->shared_old = false;
	state->shared_ns = now_ns;
	state->wanted[TREE_SHARED] = true;
	return INT64_MAX;
}

static bool is_matching(const struct model_state *state)
{
	return state->wanted[TREE_MATCH] || state->tree_task == TREE_MATCH;
}

int64_t model_live_update(struct model *model, int64_t now_ns)
{
	struct model_state *state = model->state;
	uint64_t batches = model->live_status.batches;
	int64_t next_ns;

	if (!model->watcher || model->scanning || !model->scan || state->live_failed)
		return INT64_MAX;
	if (!model->live)
		begin(model);
	if (!model->live)
		return INT64_MAX;
	watcher_status(model->watcher, &model->live_status);
	model_gone_update(model);
	if (model->live_status.batches != batches) {
		model_refresh_usage(model, now_ns);
		state->shared_old = model->shared_known;
		model->marks_old = true;
		model_changed(model);
	}
	next_ns = keep_shared(model, now_ns);
	next_ns = earlier(next_ns, model_follow_update(model, now_ns));
	next_ns = earlier(next_ns, keep_unwatched(model, now_ns));
	if (model_live_limited(model) && !state->unwatched_said) {
		state->unwatched_said = true;
		if (!model->message[0])
			model_say(model, false, "%s",
			          _("too few watches for every folder: the rest is looked at in turn (help: ? 3)"));
	}
	/*
	 * On a disk where something always happens it is never quiet: the batch under way then was another one, the
	 * next took the look.
	 */
	if (state->looking && !model->live_status.unsettled &&
	    (watcher_quiet(model->watcher) || model->live_status.batches >= state->looking_batches + 2)) {
		state->looking = model->rereading = false;
		model->reread++;
		model_save_reread(model);
		model_changed(model);
	}
	if (state->want_rematch && model->baseline && !is_matching(state)) {
		int64_t due_ns = state->matched_ns + (state->match_cost_ns * MATCH_SHARE > MATCH_AGAIN_NS
		                                              ? state->match_cost_ns * MATCH_SHARE
		                                              : MATCH_AGAIN_NS);

		if (now_ns < due_ns)
			return earlier(due_ns, next_ns);
		state->want_rematch = false;
		state->wanted[TREE_MATCH] = true;
	}
	return next_ns;
}

bool model_want_rematch(struct model *model)
{
	struct model_state *state = model->state;

	if (!state || !model->live || state->want_rematch || is_matching(state))
		return false;
	state->want_rematch = true;
	return true;
}

static void destroy_watcher(void *watcher)
{
	watcher_destroy(watcher);
}

bool model_live_stop(struct model *model)
{
	/*
	 * Whoever still reads directories would add watches: a worker that hangs in the kernel keeps the watcher to the
	 * end of the process.
	 */
	struct watcher *watcher = !model->scan || scan_wait(model->scan, 200000000) ? model->watcher : NULL;

	model->watcher = NULL;
	model->live = false;
	if (watcher && tasks_call(model->tasks, destroy_watcher, watcher))
		return tasks_stop(model->tasks, LIVE_END_NS);
	watcher_destroy(watcher);
	return true;
}
