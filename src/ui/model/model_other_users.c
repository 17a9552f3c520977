/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose snapshots there are of a folder that root has none of. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/db/other_users.h"
#include "ui/model/model_jobs.h"

struct other_users_task {
	struct task task;
	struct model *model;
	char *root;
	struct other_history found;
};

static void run_other_users(struct task *base)
{
	struct other_users_task *task = (struct other_users_task *)base;

	other_users_find(task->root, &task->found);
}

static void finish_other_users(struct task *base)
{
	struct other_users_task *task = (struct other_users_task *)base;
	struct buf root = {0}, user = {0}, path = {0};

	if (task->found.count && !text_safe(&root, task->root, strlen(task->root), task->model->ascii) &&
	    !text_safe(&user, task->found.user, strlen(task->found.user), task->model->ascii) &&
	    !text_safe(&path, task->found.path.data, task->found.path.length, task->model->ascii))
		model_say(task->model, false, _("root has no snapshots of %s; %s has %lld: --db %s"), root.data,
		          user.data, (long long)task->found.count, path.data);
	buf_free(&root);
	buf_free(&user);
	buf_free(&path);
	buf_free(&task->found.path);
	free(task->root);
	free(task);
}

/** Root has no snapshots here: who worked with sudo now and without it before finds his again. */
void model_find_other_users(struct model *model)
{
	struct other_users_task *task = NULL;
	struct buf usual = {0};

	if (geteuid() == 0 && model->tasks && store_default_path(NULL, &usual) == 0 &&
	    (!model->start->db || !strcmp(model->start->db, usual.data)))
		task = alloc_zero(struct other_users_task);
	buf_free(&usual);
	if (!task)
		return;
	task->model = model;
	task->root = alloc_copy(model->state->root, strlen(model->state->root));
	if (task->root)
		tasks_start(model->tasks, &task->task, run_other_users, finish_other_users);
	else
		free(task);
}
