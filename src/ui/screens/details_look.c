/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/details_look.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/kernel.h"
#include "base/text.h"
#include "engine/tree/modified.h"

/* \040 and friends of mountinfo. */
static void unescape(char *text)
{
	char *out = text;

	for (char *in = text; *in; in++) {
		if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' && in[3] >= '0' &&
		    in[3] <= '7') {
			*out++ = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'));
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

static void find_mount(struct look *look)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t capacity = 0;

	if (!file)
		return;
	while (getline(&line, &capacity, file) > 0) {
		unsigned long long id;
		unsigned major, minor;
		char mount[512], type[64], *dash;

		if (sscanf(line, "%llu %*u %u:%u %*s %511s", &id, &major, &minor, mount) != 4)
			continue;
		dash = strstr(line, " - ");
		if (!dash || sscanf(dash, " - %63s", type) != 1)
			continue;
		/*
		 * The number of the mount is exact; kernels before 5.8 only tell the device, which a bind mount shares.
		 */
		if (statx_mount(&look->st) ? id != statx_mount(&look->st)
		                           : major != look->st.stx_dev_major || minor != look->st.stx_dev_minor)
			continue;
		unescape(mount);
		snprintf(look->mount, sizeof(look->mount), "%s", mount);
		snprintf(look->fs_type, sizeof(look->fs_type), "%s", type);
		break;
	}
	free(line);
	fclose(file);
}

static void copy_safe(char out[LOOK_NAME_BYTES], const char *name)
{
	struct buf safe = {0};

	if (!text_safe(&safe, name, strlen(name), false) && safe.data)
		snprintf(out, LOOK_NAME_BYTES, "%s", safe.data);
	buf_free(&safe);
}

static void find_owner(struct look *look)
{
	char memory[4096];
	struct passwd user, *user_found = NULL;
	struct group group, *group_found = NULL;

	if (!getpwuid_r(look->st.stx_uid, &user, memory, sizeof(memory), &user_found) && user_found)
		copy_safe(look->user, user.pw_name);
	if (!getgrgid_r(look->st.stx_gid, &group, memory, sizeof(memory), &group_found) && group_found)
		copy_safe(look->group, group.gr_name);
}

static void look_run(struct task *task)
{
	struct look *look = (struct look *)task;

	if (statx(AT_FDCWD, look->path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
	          STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &look->st)) {
		look->error = errno;
		return;
	}
	if (S_ISLNK(look->st.stx_mode))
		look->target_length = readlink(look->path, look->target, sizeof(look->target));
	if (look->unreadable && S_ISDIR(look->st.stx_mode)) {
		int fd = open(look->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0)
			close(fd);
		else
			look->read_error = errno;
	}
	find_mount(look);
	find_owner(look);
	if (look->dir != DIR_NONE && !modified_newest(look->tree, look->dir, &task->cancel, &look->newest_s))
		look->newest_known = look->newest_s != INT64_MIN;
}

void look_free(struct look *look)
{
	if (look)
		free(look->path);
	free(look);
}

void look_leave(struct look *look)
{
	if (!look)
		return;
	look->owner = NULL; /* its done() frees it */
	look->task.cancel = true;
}

static void look_done(struct task *task)
{
	struct look *look = (struct look *)task;

	if (look->owner)
		look->done(look->owner, look);
	else
		look_free(look);
}

struct look *look_start(struct model *model, const struct row *row, const char *path,
                        void (*done)(void *owner, struct look *look), void *owner)
{
	struct look *look;

	if (!model->tasks || !model->start || model->start->tree || row->origin != ROW_LIVE)
		return NULL;
	look = alloc_zero(struct look);
	if (!look)
		return NULL; /* the lines it would bring are missing, no more */
	look->path = alloc_copy(path, strlen(path));
	if (!look->path) {
		free(look);
		return NULL;
	}
	look->unreadable = (row->dir_flags & DIR_READ_ERROR) || (row->flags & ROW_ERROR);
	look->tree = model->tree;
	look->dir = row->dir;
	look->done = done;
	look->owner = owner;
	look->task.run = look_run;
	look->task.done = look_done;
	tasks_start(model->tasks, &look->task);
	return look;
}

/* ---- other names ---- */

static void search_run(struct task *task)
{
	struct name_search *search = (struct name_search *)task;

	search->status = link_names_find(search->tree, search->dir, search->row, &task->cancel, &search->names);
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
	search->task.run = search_run;
	search->task.done = search_done;
	tasks_start(model->tasks, &search->task);
	return search;
}
