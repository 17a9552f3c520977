/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What walks or changes the whole tree in the background, one at a time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "ui/model/model_flat.h"
#include "ui/model/model_remove.h"
#include "ui/model/model_state.h"

static void destroy_identities(void *identities)
{
	identities_destroy(identities);
}

static void destroy_moved(void *moved)
{
	moved_destroy(moved);
}

static void destroy_written(void *written)
{
	modified_destroy(written);
}

struct tree_task {
	struct task task;
	struct model *model;
	enum tree_task_kind kind;
	struct tree *tree;
	struct watcher *watcher; /* holds still meanwhile; NULL = the tree does */
	int64_t began_ns;
	int rc;
	struct recorder *follow;           /* REBASE */
	const struct baseline *baseline; /* MATCH: compared by address only in finish_tree_task() */
	char *prefix;
	struct match *match;
	const struct image *image; /* MATCH, IDENTITIES */
	struct identities *identities;
	const struct match *matched; /* MOVED: by this, with those identities */
	const struct identities *given;
	struct moved *moved;
	int64_t since; /* WRITTEN */
	struct modified *written;
	struct unwatched *unwatched; /* UNWATCHED */
	dir_id dir, fresh;           /* REREAD */
	int64_t row;
	struct scan_options options;
};

/** What is replaced or dropped meanwhile is not freed. */
static bool reads_image(enum tree_task_kind kind)
{
	return kind == TREE_MATCH || kind == TREE_IDENTITIES || kind == TREE_MOVED;
}

static void run_tree_task(struct task *base)
{
	struct tree_task *task = (struct tree_task *)base;

	watcher_hold(task->watcher);
	switch (task->kind) {
	case TREE_NONE: break;
	case TREE_MATCH:
		task->match = match_create_complete(task->tree, task->image, task->prefix);
		task->rc = task->match ? 0 : -errno;
		break;
	case TREE_IDENTITIES: task->identities = identities_create(task->image); break;
	case TREE_MOVED: task->moved = moved_compute(task->tree, task->matched, task->given); break;
	case TREE_SHARED: task->rc = tree_compute_shared(task->tree); break;
	case TREE_WRITTEN:
		task->written = modified_compute(task->tree, task->since);
		task->rc = task->written ? 0 : -errno;
		break;
	case TREE_UNWATCHED: task->unwatched = unwatched_create(task->tree, task->watcher); break;
	case TREE_REREAD:
		task->rc = scan_again(task->tree, task->dir, task->row, &task->options, &base->cancel, &task->fresh);
		break;
	case TREE_REBASE: task->rc = model_follow_rebase(task->follow, task->tree, task->watcher); break;
	}
	watcher_release(task->watcher);
}

static void finish_tree_task(struct task *base)
{
	struct tree_task *task = (struct tree_task *)base;
	struct model *model = task->model;
	struct model_state *state = model->state;

	state->tree_task = TREE_NONE;
	model->readers -= reads_image(task->kind);
	switch (task->kind) {
	case TREE_NONE: break;
	case TREE_MATCH:
		state->matched_ns = clock_mono_ns();
		state->match_cost_ns = state->matched_ns - task->began_ns;
		if (task->match && model->baseline == task->baseline) {
			model_set_match(model, task->match);
			task->match = NULL;
		} else if (task->rc) {
			model_say(model, true, _("growth cannot be shown: %s"), strerror(-task->rc));
		}
		match_destroy(task->match);
		break;
	case TREE_IDENTITIES:
		if (task->identities && model->baseline && model->baseline->image == task->image) {
			model_retire(model, model->identities, destroy_identities);
			model->identities = task->identities;
		} else {
			identities_destroy(task->identities); /* without it a moved folder is shown as new */
		}
		break;
	case TREE_MOVED:
		model_retire(model, model->moved, destroy_moved);
		model->moved = task->moved; /* without it F may be led by what was moved */
		break;
	case TREE_SHARED: model->shared_known = task->rc == 0; break;
	case TREE_WRITTEN:
		if (task->written) {
			model_retire(model, model->written, destroy_written);
			model->written = task->written;
			model->written_since = task->since;
		}
		break;
	case TREE_UNWATCHED:
		if (task->unwatched)
			model_set_unwatched(model, task->unwatched);
		break;
	case TREE_REREAD:
		model->rereading = false;
		model->reread++;
		model->marks_old = true;
		if (task->rc == -ENOENT)
			model_say(model, false, _("it is not there any more"));
		else if (task->rc && task->rc != -ECANCELED)
			model_say(model, true, _("it could not be read again: %s"), strerror(-task->rc));
		state->scan_match_valid = false;
		state->wanted[TREE_MATCH] = model->baseline != NULL;
		state->wanted[TREE_SHARED] |= model->shared_known;
		if (!task->rc)
			model_save_reread(model);
		state->usage_wanted = state->usage_path != NULL;
		break;
	case TREE_REBASE: /* if not, it is wanted again */ break;
	}
	model_changed(model);
	free(task->prefix);
	free(task);
}

static bool has_identities(const struct model *model)
{
	return model->identities && identities_image(model->identities) == model->baseline->image;
}

/** What it works on; false when there is nothing to be done for it any more. */
static bool prepare(struct tree_task *task)
{
	struct model *model = task->model;
	const struct baseline *base = model->baseline;

	switch (task->kind) {
	case TREE_MATCH:
		task->baseline = base;
		task->image = base ? base->image : NULL;
		task->prefix = base ? alloc_text(base->prefix) : NULL;
		return task->prefix != NULL;
	case TREE_IDENTITIES: task->image = base ? base->image : NULL; return base && !has_identities(model);
	case TREE_MOVED:
		task->matched = base ? base->match : NULL;
		task->given = model->identities;
		return task->matched && has_identities(model);
	case TREE_REREAD:
		task->dir = model->state->reread_dir;
		task->row = model->state->reread_row;
		task->options = model->start->scan;
		task->options.baseline = NULL;
		task->options.wake_fd = -1;
		if (model->watcher)
			watcher_listen(model->watcher, &task->options);
		return true;
	default: return true;
	}
}

static void start_tree_task(struct model *model, enum tree_task_kind kind)
{
	struct tree_task *task = alloc_zero(struct tree_task);

	if (!task)
		return;
	task->model = model;
	task->kind = kind;
	task->tree = model->tree;
	task->watcher = model->live && kind != TREE_IDENTITIES ? model->watcher : NULL;
	task->follow = model_follower(model);
	task->began_ns = clock_mono_ns();
	task->since = clock_wall_s() - model->written_window_s;
	if (!prepare(task)) {
		free(task);
		return;
	}
	model->readers += reads_image(kind);
	model->state->tree_task = kind;
	tasks_start(model->tasks, &task->task, run_tree_task, finish_tree_task);
}

/** Can it be done now? */
static bool is_ready(const struct model *model, enum tree_task_kind kind)
{
	bool complete = !model->scanning && !model->partial;

	switch (kind) {
	case TREE_REREAD:
		return complete && model->save != SAVE_RUNNING && !model_flat_searches(model) &&
		       !model_is_choosing(model) && !model->state->tree_readers;
	case TREE_REBASE: return model->live && model->save != SAVE_RUNNING;
	case TREE_UNWATCHED: return model->live;
	case TREE_IDENTITIES:
	case TREE_WRITTEN: return true;
	default: return complete;
	}
}

void model_start_tree_task(struct model *model)
{
	struct model_state *state = model->state;

	if (state->tree_task || !model->tree)
		return;
	for (enum tree_task_kind kind = TREE_NONE + 1; kind <= TREE_WRITTEN; kind++)
		if (state->wanted[kind] && is_ready(model, kind)) {
			state->wanted[kind] = false;
			start_tree_task(model, kind);
			return;
		}
}

void model_reread(struct model *model, dir_id dir, int64_t row)
{
	struct model_state *state = model->state;

	if (!state || model->rereading || model_gone(model))
		return;
	model->rereading = true;
	model->reading_dir = dir;
	if (dir == DIR_ROOT && row < 0 && model->save != SAVE_NONE) {
		state->save_after_reread = true;
		state->started_at = clock_wall_s();
	}
	if (row < 0 && model->live) {
		watcher_status(model->watcher, &model->live_status);
		state->looking_batches = model->live_status.batches;
		watcher_look(model->watcher, dir, true);
		state->looking = true;
	} else {
		state->wanted[TREE_REREAD] = true;
		state->reread_dir = dir;
		state->reread_row = row;
	}
	model_changed(model);
}

void model_want_shared(struct model *model)
{
	if (model->state && !model->shared_known)
		model->state->wanted[TREE_SHARED] = true;
}

void model_want_moved(struct model *model)
{
	const struct baseline *base = model->baseline;

	if (model->state && model->tasks && base && (!model->moved || moved_match(model->moved) != base->match))
		model->state->wanted[TREE_MOVED] = true;
}

bool model_finding_moved(const struct model *model)
{
	return model->state && !model->scanning && !model->partial &&
	       (model->state->wanted[TREE_MOVED] || model->state->tree_task == TREE_MOVED);
}

void model_want_written(struct model *model)
{
	if (model->state)
		model->state->wanted[TREE_WRITTEN] = true;
}
