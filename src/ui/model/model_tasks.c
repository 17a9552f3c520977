/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What walks or changes the whole tree in the background, one at a time; and how full the file system is. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
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

/* ---- tasks on the tree ---- */

enum tree_task_kind {
	TASK_MATCH,
	TASK_IDENTITIES,
	TASK_MOVED,
	TASK_SHARED,
	TASK_WRITTEN,
	TASK_UNWATCHED,
	TASK_REREAD,
	TASK_REBASE
};

struct tree_task {
	struct task task;
	struct model *model;
	enum tree_task_kind kind;
	struct tree *tree;
	struct watcher *watcher; /* holds still meanwhile; NULL = the tree does */
	struct follow *follow;   /* REBASE */
	int64_t began_ns;
	struct baseline *baseline; /* MATCH: compared by address only in done() */
	const struct image *image;
	char *prefix;
	int64_t since;
	dir_id dir, fresh;
	int64_t row;
	struct scan_options options;
	int status;
	struct match *match;
	struct modified *written;
	struct identities *identities;
	const struct match *matched; /* MOVED: by this, with those identities */
	const struct identities *given;
	struct moved *moved;
	struct unwatched *unwatched;
};

static void run_tree_task(struct task *base)
{
	struct tree_task *task = (struct tree_task *)base;

	if (task->watcher)
		watcher_hold(task->watcher);
	switch (task->kind) {
	case TASK_MATCH:
		task->match = match_create_complete(task->tree, task->image, task->prefix);
		task->status = task->match ? 0 : -errno;
		break;
	case TASK_IDENTITIES:
		task->identities = identities_create(task->image);
		break;
	case TASK_MOVED:
		task->moved = moved_compute(task->tree, task->matched, task->given);
		break;
	case TASK_SHARED:
		task->status = tree_compute_shared(task->tree);
		break;
	case TASK_WRITTEN:
		task->written = modified_compute(task->tree, task->since);
		task->status = task->written ? 0 : -errno;
		break;
	case TASK_UNWATCHED:
		task->unwatched = unwatched_create(task->tree, task->watcher);
		break;
	case TASK_REREAD:
		task->status = scan_again(task->tree, task->dir, task->row, &task->options, &base->cancel,
		                          &task->fresh);
		break;
	case TASK_REBASE:
		task->status = model_follow_rebase(task->follow, task->tree, task->watcher);
		break;
	}
	if (task->watcher)
		watcher_release(task->watcher);
}

static void finish_tree_task(struct task *base)
{
	struct tree_task *task = (struct tree_task *)base;
	struct model *model = task->model;
	struct model_state *state = model->state;

	state->tree_task = false;
	switch (task->kind) {
	case TASK_MATCH:
		model->readers--;
		state->matching = false;
		state->matched_ns = clock_mono_ns();
		state->match_cost_ns = state->matched_ns - task->began_ns;
		if (task->match && model->baseline == task->baseline) {
			model_matched(model, task->match);
			task->match = NULL;
		} else if (task->status) {
			model_say(model, true, _("growth cannot be shown: %s"), strerror(-task->status));
		}
		match_destroy(task->match);
		break;
	case TASK_IDENTITIES:
		model->readers--;
		if (task->identities && model->baseline && model->baseline->image == task->image) {
			model_retire(model, model->identities, destroy_identities);
			model->identities = task->identities;
		} else {
			identities_destroy(task->identities); /* without it a moved folder is shown as new */
		}
		break;
	case TASK_MOVED:
		model->readers--;
		state->finding_moved = false;
		model_retire(model, model->moved, destroy_moved);
		model->moved = task->moved; /* without it F may be led by what was moved */
		break;
	case TASK_SHARED:
		model->shared_known = task->status == 0;
		break;
	case TASK_WRITTEN:
		if (task->written) {
			model_retire(model, model->written, destroy_written);
			model->written = task->written;
			model->written_since = task->since;
		}
		break;
	case TASK_UNWATCHED:
		if (task->unwatched)
			model_set_unwatched(model, task->unwatched);
		break;
	case TASK_REREAD:
		model->rereading = false;
		model->reread++;
		if (task->status == -ENOENT)
			model_say(model, false, _("it is not there any more"));
		else if (task->status && task->status != -ECANCELED)
			model_say(model, true, _("it could not be read again: %s"), strerror(-task->status));
		state->scan_match_valid = false;
		state->want_match = model->baseline != NULL;
		if (model->shared_known)
			state->want_shared = true;
		if (state->save_after_reread && !task->status) {
			state->save_after_reread = false;
			state->finished_at = clock_wall_s();
			model_save(model);
		}
		if (state->usage_path)
			state->usage_wanted = true;
		break;
	case TASK_REBASE: /* if not, it is wanted again */
		break;
	}
	model_changed(model);
	free(task->prefix);
	free(task);
}

static void start_tree_task(struct model *model, enum tree_task_kind kind)
{
	struct model_state *state = model->state;
	struct tree_task *task = alloc_zero(struct tree_task);

	if (!task)
		return;
	task->task.run = run_tree_task;
	task->task.done = finish_tree_task;
	task->model = model;
	task->kind = kind;
	task->tree = model->tree;
	task->watcher = model->live && kind != TASK_IDENTITIES ? model->watcher : NULL;
	task->follow = model_follower(model);
	task->began_ns = clock_mono_ns();
	task->since = clock_wall_s() - model->written_window_s;
	if (kind == TASK_MATCH) {
		task->baseline = model->baseline;
		task->image = model->baseline->image;
		task->prefix = strdup(model->baseline->prefix);
		if (!task->prefix) {
			free(task);
			return;
		}
		state->matching = true;
		model->readers++;
	} else if (kind == TASK_MOVED) {
		task->matched = model->baseline->match;
		task->given = model->identities;
		state->finding_moved = true;
		model->readers++;
	} else if (kind == TASK_IDENTITIES) {
		task->image = model->baseline->image;
		model->readers++;
	} else if (kind == TASK_REREAD) {
		task->dir = state->reread_dir;
		task->row = state->reread_row;
		task->options = model->start->scan;
		task->options.baseline = NULL;
		task->options.wake_fd = -1;
		if (model->watcher)
			watcher_listen(model->watcher, &task->options);
	}
	state->tree_task = true;
	tasks_start(model->tasks, &task->task);
}

/** The next thing that walks the whole tree, if nothing does. */
static void start_wanted(struct model *model)
{
	struct model_state *state = model->state;
	bool complete = model->tree && !model->scanning && !model->partial;

	if (state->tree_task || !model->tree)
		return;
	if (state->want_reread && complete && model->save != SAVE_RUNNING) {
		state->want_reread = false;
		start_tree_task(model, TASK_REREAD);
	} else if (state->want_rebase && model->live && model->save != SAVE_RUNNING) {
		state->want_rebase = false;
		start_tree_task(model, TASK_REBASE);
	} else if (state->want_unwatched && model->live) {
		state->want_unwatched = false;
		start_tree_task(model, TASK_UNWATCHED);
	} else if (state->want_match && complete) {
		state->want_match = false;
		if (model->baseline)
			start_tree_task(model, TASK_MATCH);
	} else if (state->want_shared && complete) {
		state->want_shared = false;
		start_tree_task(model, TASK_SHARED);
	} else if (state->want_identities) {
		state->want_identities = false;
		if (model->baseline &&
		    (!model->identities || identities_image(model->identities) != model->baseline->image))
			start_tree_task(model, TASK_IDENTITIES);
	} else if (state->want_moved && complete) {
		state->want_moved = false;
		if (model->baseline && model->baseline->match && model->identities &&
		    identities_image(model->identities) == model->baseline->image)
			start_tree_task(model, TASK_MOVED);
	} else if (state->want_written) {
		state->want_written = false;
		start_tree_task(model, TASK_WRITTEN);
	}
}

void model_reread(struct model *model, dir_id dir, int64_t row)
{
	struct model_state *state = model->state;

	if (!state || model->rereading || model_gone(model))
		return;
	model->reading_dir = dir;
	if (row < 0 && model_look(model, dir))
		return;
	model->rereading = true;
	state->want_reread = true;
	state->reread_dir = dir;
	state->reread_row = row;
	if (dir == DIR_ROOT && row < 0 && model->save != SAVE_NONE) {
		state->save_after_reread = true;
		state->started_at = clock_wall_s();
	}
	model_changed(model);
}

void model_want_shared(struct model *model)
{
	if (model->state && !model->shared_known)
		model->state->want_shared = true;
}

void model_want_moved(struct model *model)
{
	const struct baseline *base = model->baseline;

	if (model->state && model->tasks && base && (!model->moved || moved_match(model->moved) != base->match))
		model->state->want_moved = true;
}

bool model_finding_moved(const struct model *model)
{
	return model->state && !model->scanning && !model->partial &&
	       (model->state->want_moved || model->state->finding_moved);
}

void model_want_written(struct model *model)
{
	if (model->state)
		model->state->want_written = true;
}

/* ---- how full the file system is ---- */

struct usage_task {
	struct task task;
	struct model *model;
	char *path;
	struct usage usage;
};

/** Shorten a path in place to its last folder that is still on the same file system: the mount point. */
static void to_mount_point(char *path)
{
	struct stat here, above;

	if (stat(path, &here))
		return;
	while (path[1]) {
		char *slash = strrchr(path, '/'), kept;

		if (!slash)
			return;
		kept = slash == path ? slash[1] : *slash;
		slash[slash == path] = 0;
		if (stat(path, &above) || above.st_dev != here.st_dev) {
			slash[slash == path] = kept;
			return;
		}
	}
}

static void run_usage(struct task *base)
{
	struct usage_task *task = (struct usage_task *)base;
	struct usage *usage = &task->usage;
	struct buf safe = {0}, shown = {0};
	struct statvfs fs;
	uint64_t used, usable;

	if (statvfs(task->path, &fs) || !fs.f_blocks)
		return;
	used = fs.f_blocks - fs.f_bfree;
	usable = used + fs.f_bavail;
	usage->percent = usable ? (int)((used * 100 + usable - 1) / usable) : 100;
	usage->free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (fs.f_files) {
		uint64_t used_inodes = fs.f_files - fs.f_ffree, usable_inodes = used_inodes + fs.f_favail;

		usage->inode_percent = usable_inodes ? (int)((used_inodes * 100 + usable_inodes - 1) / usable_inodes)
		                                     : 100;
		usage->free_inodes = fs.f_favail;
	}
	to_mount_point(task->path);
	if (text_safe(&safe, task->path, strlen(task->path), task->model->ascii) == 0 &&
	    text_shorten(&shown, safe.data, safe.length, 24) == 0)
		snprintf(usage->mount, sizeof usage->mount, "%s", shown.data);
	buf_free(&safe);
	buf_free(&shown);
	usage->known = true;
}

static void finish_usage(struct task *base)
{
	struct usage_task *task = (struct usage_task *)base;

	task->model->state->usage_running = false;
	task->model->state->usage_ns = clock_mono_ns();
	if (task->usage.known) {
		task->model->usage = task->usage;
		model_changed(task->model);
	}
	free(task->path);
	free(task);
}

static void start_usage(struct model *model)
{
	struct model_state *state = model->state;
	struct usage_task *task = alloc_zero(struct usage_task);

	state->usage_wanted = false;
	if (!task)
		return;
	task->task.run = run_usage;
	task->task.done = finish_usage;
	task->model = model;
	task->path = strdup(state->usage_path);
	if (!task->path) {
		free(task);
		return;
	}
	state->usage_running = true;
	tasks_start(model->tasks, &task->task);
}

void model_want_usage(struct model *model, const char *path)
{
	char *copy;

	if (!model->state)
		return;
	if (model->state->usage_path && !strcmp(model->state->usage_path, path) &&
	    clock_mono_ns() - model->state->usage_ns < 2000000000)
		return;
	copy = strdup(path);
	if (!copy)
		return;
	free(model->state->usage_path);
	model->state->usage_path = copy;
	model->state->usage_wanted = true;
}

void model_start_tasks(struct model *model)
{
	start_wanted(model);
	if (model->state->usage_wanted && !model->state->usage_running)
		start_usage(model);
}
