/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/remove/remove_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

#define CHECK_NS 10000000
#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

struct folder *folder_create(struct folder *parent, uint32_t number, const char *name, size_t length)
{
	struct folder *folder = alloc_array(1, sizeof(*folder) + length + 1);

	if (!folder)
		return NULL;
	folder->parent = parent;
	folder->number = number;
	folder->fd = -1;
	folder->name_length = (uint8_t)length;
	memcpy(folder->name, name, length);
	atomic_init(&folder->pending, 1);
	return folder;
}

/** Is it the one that was chosen?  Else it is closed.  The descriptor, or -errno. */
static int checked(const struct folders *folders, const struct folder *folder, int fd)
{
	struct statx st;

	if (fd < 0)
		return fd;
	if (!statx(fd, "", AT_EMPTY_PATH, CHOICE_STATX, &st) &&
	    choice_is_dir(&folders->choice->dirs[folder->number], &st))
		return fd;
	close(fd);
	return -ESTALE;
}

static int take_open(struct folders *folders, struct folder *folder)
{
	int fd;

	pthread_mutex_lock(&folders->lock);
	fd = folder->fd;
	folder->users += fd >= 0;
	pthread_mutex_unlock(&folders->lock);
	return fd;
}

void folder_give(struct folders *folders, struct folder *folder)
{
	int shut = -1;

	pthread_mutex_lock(&folders->lock);
	/* Too many are open: this one is not needed while its subfolders are worked on. */
	if (!--folder->users && folders->open > FOLDERS_OPEN) {
		shut = folder->fd;
		folder->fd = -1;
		folders->open--;
	}
	pthread_mutex_unlock(&folders->lock);
	if (shut >= 0)
		close(shut);
}

/** It is open now, or was so already. */
static int keep(struct folders *folders, struct folder *folder, int fd)
{
	int shut = -1;

	pthread_mutex_lock(&folders->lock);
	if (folder->fd >= 0) {
		shut = fd;
	} else {
		folder->fd = fd;
		folders->open++;
	}
	fd = folder->fd;
	folder->users++;
	pthread_mutex_unlock(&folders->lock);
	if (shut >= 0)
		close(shut);
	return fd;
}

int folder_open(struct folders *folders, struct folder *folder, int parent)
{
	int fd = checked(folders, folder, choice_open_below(parent, folder->name));

	return fd >= 0 ? keep(folders, folder, fd) : fd;
}

/** From the nearest folder above that is open, step by step. */
static int open_from_above(struct folders *folders, struct folder *folder)
{
	struct folder *at = folder, **steps;
	size_t depth = 0;
	int fd, next;

	for (const struct folder *above = folder; above->parent; above = above->parent)
		depth++;
	steps = alloc_array(depth + 1, sizeof(struct folder *));
	if (!steps)
		return -ENOMEM;
	for (depth = 0; (fd = take_open(folders, at)) < 0 && at->parent; at = at->parent)
		steps[depth++] = at;
	if (fd < 0) {
		fd = checked(folders, at, choice_open(folders->choice, at->number));
		if (fd >= 0)
			fd = keep(folders, at, fd);
	}
	while (fd >= 0 && depth) {
		struct folder *below = steps[--depth];

		next = folder_open(folders, below, fd);
		folder_give(folders, at);
		at = below;
		fd = next;
	}
	free(steps);
	return fd;
}

int folder_take(struct folders *folders, struct folder *folder, int child)
{
	int fd = take_open(folders, folder);

	if (fd >= 0)
		return fd;
	if (child >= 0)
		fd = checked(folders, folder, openat(child, "..", OPEN_FLAGS));
	return fd >= 0 ? keep(folders, folder, fd) : open_from_above(folders, folder);
}

void folder_free(struct folders *folders, struct folder *folder)
{
	if (folder->fd >= 0) {
		pthread_mutex_lock(&folders->lock);
		folders->open--;
		pthread_mutex_unlock(&folders->lock);
		close(folder->fd);
	}
	if (!folder->parent)
		free((char *)folder->path);
	free(folder);
}

bool folder_in_place(struct folders *folders, struct folder *folder, int fd)
{
	int64_t now_ns = clock_mono_ns();
	struct folder *at = folder;
	bool in_place = true;

	/* Up to one that was looked at just now, or is not open. */
	for (int above = fd; in_place && above >= 0 && at->parent;) {
		const struct choice_dir *parent = &folders->choice->dirs[at->parent->number];
		struct statx st;

		if (now_ns - atomic_load_explicit(&at->checked_ns, memory_order_relaxed) < CHECK_NS)
			break;
		in_place = !statx(above, "..", AT_SYMLINK_NOFOLLOW, CHOICE_STATX, &st) && choice_is_dir(parent, &st);
		atomic_store_explicit(&at->checked_ns, in_place ? now_ns : 0, memory_order_relaxed);
		if (at != folder)
			folder_give(folders, at);
		at = at->parent;
		above = at->parent && in_place ? take_open(folders, at) : -1;
		if (above < 0)
			return in_place;
	}
	if (at != folder)
		folder_give(folders, at);
	return in_place;
}

char *folder_path(const struct folder *folder, const char *name)
{
	size_t length = name ? strlen(name) + 1 : 0;
	const struct folder *at;
	char *path, *end;

	for (at = folder; !at->path; at = at->parent)
		length += (size_t)at->name_length + 1;
	length += strlen(at->path);
	path = alloc_array(length + 1, 1);
	if (!path)
		return NULL;
	memcpy(path, at->path, strlen(at->path));
	end = path + length;
	if (name) {
		end -= strlen(name);
		memcpy(end, name, strlen(name));
		*--end = '/';
	}
	for (at = folder; !at->path; at = at->parent) {
		end -= at->name_length;
		memcpy(end, at->name, at->name_length);
		*--end = '/';
	}
	return path;
}
