/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How full the file system of the folder shown is: asked by a task, since a network's may not answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "ui/model/model_state.h"

#define AGAIN_NS 5000000000 /* while the tree changes */

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
		snprintf(usage->mount, sizeof(usage->mount), "%s", shown.data);
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

void model_start_usage(struct model *model)
{
	struct model_state *state = model->state;
	struct usage_task *task;

	if (!state->usage_wanted || state->usage_running)
		return;
	state->usage_wanted = false;
	task = alloc_zero(struct usage_task);
	if (!task)
		return;
	task->model = model;
	task->path = alloc_text(state->usage_path);
	if (!task->path) {
		free(task);
		return;
	}
	state->usage_running = true;
	tasks_start(model->tasks, &task->task, run_usage, finish_usage);
}

void model_want_usage(struct model *model, const char *path)
{
	char *copy;

	if (!model->state)
		return;
	if (model->state->usage_path && !strcmp(model->state->usage_path, path) &&
	    clock_mono_ns() - model->state->usage_ns < 2000000000)
		return;
	copy = alloc_text(path);
	if (!copy)
		return;
	free(model->state->usage_path);
	model->state->usage_path = copy;
	model->state->usage_wanted = true;
}

void model_refresh_usage(struct model *model, int64_t now_ns)
{
	if (!model->state->usage_running && now_ns - model->state->usage_ns > AGAIN_NS)
		model->state->usage_wanted = model->state->usage_path != NULL;
}
