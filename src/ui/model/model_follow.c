/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The browser as the one that follows its root (store/record/recorder.h): what changes while the tree is live goes into
 * overlay, index and logs, so that other processes know it and the next session opens with it.  It begins behind the
 * first snapshot that is stored, before the watcher runs or while it is held; whoever holds the lock already (a
 * `watch`, another browser) goes on keeping the record, and this session only reads.
 *
 *   applier         model_follow_sink()    hands batches to the recorder's own thread: SQLite, index
 *   store's thread  model_follow_stored()  behind each snapshot
 *   a task          model_follow_rebase()  when too much has gathered
 *   a task          stop()                 at the end
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "store/record/recorder.h"
#include "store/snapshot/snapshot.h"
#include "ui/model/model_state.h"

#define REBASE_NS 10000000000 /* the index is written anew no more often */
#define QUIET_MS 15           /* at the end: nothing came within this time, three times, so nothing is under way */
#define REST_NS 400000000     /* and a tree that keeps changing is not waited for */

/* Pairs with the release in model_follow_stored(). */
static struct recorder *follow_of(const struct model_state *state)
{
	return atomic_load_explicit(&state->follow, memory_order_acquire);
}

void model_follow_sink(void *context, const struct batch *batch)
{
	struct recorder *follow = follow_of(((const struct model *)context)->state);

	if (follow)
		recorder_sink(follow, batch);
}

int model_follow_stored(struct model *model, struct store *store, const struct tree *tree,
                        const struct snapshot_meta *meta, int64_t id, bool begin)
{
	struct model_state *state = model->state;
	struct recorder *follow = follow_of(state);
	int rc;

	if (!follow && begin) {
		const struct recorder_options options = {.db = store_path(store),
		                                       .root = state->root,
		                                       .options = state->options,
		                                       .log = true};

		rc = recorder_start(&options, &follow, NULL);
		if (rc == -EWOULDBLOCK)
			return rc;
		if (!rc)
			atomic_store_explicit(&state->follow, follow, memory_order_release);
	}
	/* Failing is no failure of the scan: the older index stays, and is made anew later. */
	if (follow)
		return recorder_rebase(follow, tree, id, meta->trusted, NULL);
	rc = snapshot_make_index(store, tree, meta, id, NULL);
	if (!rc && !meta->trusted)
		rc = reconcile_done(store, state->root, id, meta->finished_at, NULL);
	return rc;
}

struct recorder *model_follower(const struct model *model)
{
	return follow_of(model->state);
}

int model_follow_rebase(struct recorder *follow, struct tree *tree, const struct watcher *watcher)
{
	struct watcher_status status;

	watcher_status(watcher, &status);
	if (status.unsettled || root_guard_fate(tree) != ROOT_THERE)
		return -EAGAIN;
	tree_sum(tree);
	return recorder_rebase(follow, tree, 0, model_watches_short(&status), NULL);
}

int64_t model_follow_update(struct model *model, int64_t now_ns)
{
	struct model_state *state = model->state;
	struct recorder *follow = follow_of(state);

	if (!follow)
		return INT64_MAX;
	recorder_watched(follow, !model_watches_short(&model->live_status));
	if (!state->trouble_said && *recorder_trouble(follow)) {
		state->trouble_said = true;
		model_say(model, true, "%s", recorder_trouble(follow));
	}
	if (!recorder_wants_rebase(follow) || state->wanted[TREE_REBASE])
		return INT64_MAX;
	if (now_ns < state->rebase_ns)
		return state->rebase_ns;
	state->rebase_ns = now_ns + REBASE_NS;
	state->wanted[TREE_REBASE] = true;
	return INT64_MAX;
}

/* ---- the end ---- */

bool model_follow_rest(const struct model *model)
{
	int64_t end_ns = clock_mono_ns() + REST_NS;
	int still = 0;

	if (!follow_of(model->state) || !model->live)
		return false;
	while (still < 3 && clock_mono_ns() < end_ns) {
		poll(NULL, 0, QUIET_MS);
		still = watcher_quiet(model->watcher) ? still + 1 : 0;
	}
	return still == 3;
}

static void stop(void *follow)
{
	recorder_stop(follow);
}

void model_follow_end(struct model *model, bool whole)
{
	const struct batch missing = {.time_s = clock_wall_s(), .incomplete = true};
	struct recorder *follow = follow_of(model->state);

	if (!follow)
		return;
	atomic_store_explicit(&model->state->follow, NULL, memory_order_relaxed);
	if (!whole)
		recorder_sink(follow, &missing);
	tasks_call(model->tasks, stop, follow); /* without memory it ends as in a crash */
}
