/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/details_tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/kernel.h"
#include "base/mountinfo.h"
#include "base/text.h"
#include "engine/tree/modified.h"

static void find_mount(struct disk_check *check)
{
	FILE *file = fopen(MOUNTINFO, "re");
	char *line = NULL;
	size_t capacity = 0;

	if (!file)
		return;
	while (alloc_line(&line, &capacity, file) > 0) {
		struct mountinfo info;

		/*
		 * The number of the mount is exact; kernels before 5.8 only tell the device, which a bind mount shares.
		 */
		if (!mountinfo_split(line, &info) ||
		    (statx_mount(&check->st) ? info.id != statx_mount(&check->st)
		                            : info.dev != makedev(check->st.stx_dev_major, check->st.stx_dev_minor)))
			continue;
		snprintf(check->mount, sizeof(check->mount), "%s", info.point);
		snprintf(check->fs_type, sizeof(check->fs_type), "%s", info.type);
		break;
	}
	free(line);
	fclose(file);
}

static void copy_safe(char out[OWNER_NAME_BYTES], const char *name)
{
	struct buf safe = {0};

	if (!text_safe(&safe, name, strlen(name), false) && safe.data)
		snprintf(out, OWNER_NAME_BYTES, "%s", safe.data);
	buf_free(&safe);
}

static void find_owner(struct disk_check *check)
{
	char memory[4096];
	struct passwd user, *user_found = NULL;
	struct group group, *group_found = NULL;

	if (!getpwuid_r(check->st.stx_uid, &user, memory, sizeof(memory), &user_found) && user_found)
		copy_safe(check->user, user.pw_name);
	if (!getgrgid_r(check->st.stx_gid, &group, memory, sizeof(memory), &group_found) && group_found)
		copy_safe(check->group, group.gr_name);
}

static void disk_check_run(struct task *task)
{
	struct disk_check *check = (struct disk_check *)task;

	if (statx(AT_FDCWD, check->path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
	          STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &check->st)) {
		check->error = errno;
		return;
	}
	if (S_ISLNK(check->st.stx_mode))
		check->target_length = readlink(check->path, check->target, sizeof(check->target));
	if (check->unreadable && S_ISDIR(check->st.stx_mode)) {
		int fd = open(check->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0)
			close(fd);
		else
			check->read_error = errno;
	}
	find_mount(check);
	find_owner(check);
	if (check->dir != DIR_NONE && !modified_newest(check->tree, check->dir, &task->cancel, &check->newest_s))
		check->newest_known = check->newest_s != INT64_MIN;
}

void disk_check_free(struct disk_check *check)
{
	if (check)
		free(check->path);
	free(check);
}

void disk_check_leave(struct disk_check *check)
{
	if (!check)
		return;
	check->owner = NULL; /* its done() frees it */
	check->task.cancel = true;
}

static void disk_check_done(struct task *task)
{
	struct disk_check *check = (struct disk_check *)task;

	if (check->owner)
		check->done(check->owner, check);
	else
		disk_check_free(check);
}

struct disk_check *disk_check_start(struct model *model, const struct row *row, const char *path,
                                    void (*done)(void *owner, struct disk_check *check), void *owner)
{
	struct disk_check *check;

	if (!model->tasks || !model->start || model->start->tree || row->origin != ROW_LIVE)
		return NULL;
	check = alloc_zero(struct disk_check);
	if (!check)
		return NULL; /* the lines it would bring are missing, no more */
	check->path = alloc_copy(path, strlen(path));
	if (!check->path) {
		free(check);
		return NULL;
	}
	check->unreadable = (row->dir_flags & DIR_READ_ERROR) || (row->flags & ROW_ERROR);
	check->tree = model->tree;
	check->dir = row->dir;
	check->done = done;
	check->owner = owner;
	tasks_start(model->tasks, &check->task, disk_check_run, disk_check_done);
	return check;
}

/* ---- other names ---- */

static void search_run(struct task *task)
{
	struct name_search *search = (struct name_search *)task;

	search->rc = link_names_find(search->tree, search->dir, search->row, &task->cancel, &search->names);
}

void name_search_free(struct name_search *search)
{
	if (search)
		link_names_clear(&search->names);
	free(search);
}

void name_search_leave(struct name_search *search)
{
	if (!search)
		return;
	search->owner = NULL;
	search->task.cancel = true;
}

static void search_done(struct task *task)
{
	struct name_search *search = (struct name_search *)task;

	if (search->owner)
		search->done(search->owner, search);
	else
		name_search_free(search);
}

struct name_search *name_search_start(struct model *model, const struct row *row, dir_id folder,
                                      void (*done)(void *owner, struct name_search *search), void *owner)
{
	struct name_search *search = model->tasks ? alloc_zero(struct name_search) : NULL;

	if (!search)
		return NULL;
	search->tree = model->tree;
	search->dir = row->is_dir ? row->dir : folder;
	search->row = row->is_dir ? -1 : row->block_row;
	search->done = done;
	search->owner = owner;
	tasks_start(model->tasks, &search->task, search_run, search_done);
	return search;
}
