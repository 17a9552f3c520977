/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/live.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

/* Both tables hold only what changed, under one lock that nobody holds for longer than a look-up. */

#define FILES_MOST 262144u

struct live_dir {
	dir_id dir;              /* DIR_NONE = free slot */
	int64_t alloc_bytes, apparent_bytes;
};

struct live_file {
	dir_id dir;              /* DIR_NONE = free slot */
	uint8_t length;
	char *name;
	int64_t alloc_bytes, apparent_bytes;
};

struct live {
	pthread_mutex_t lock;
	struct live_dir *dirs;
	size_t dir_slots, dir_count;
	struct live_file *files;
	size_t file_slots, file_count;
	int64_t since;
	bool whole;
};

struct live *live_create(void)
{
	struct live *live = alloc_zero(struct live);

	if (!live)
		return NULL;
	pthread_mutex_init(&live->lock, NULL);
	live->since = clock_wall_s();
	live->whole = true;
	return live;
}

static void forget(struct live *live)
{
	for (size_t i = 0; i < live->file_slots; i++)
		free(live->files[i].name);
	free(live->files);
	free(live->dirs);
	live->files = NULL;
	live->dirs = NULL;
	live->dir_slots = live->dir_count = live->file_slots = live->file_count = 0;
}

void live_destroy(struct live *live)
{
	if (!live)
		return;
	forget(live);
	pthread_mutex_destroy(&live->lock);
	free(live);
}

static size_t hash_of(dir_id dir, const void *name, size_t length)
{
	const unsigned char *at = name;
	uint64_t x = dir * 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < length; i++)
		x = (x ^ at[i]) * 0x100000001b3u;
	return (size_t)(x ^ x >> 31);
}

static struct live_dir *dir_slot(struct live_dir *dirs, size_t slots, dir_id dir)
{
	size_t i = hash_of(dir, NULL, 0) & (slots - 1);

	while (dirs[i].dir != DIR_NONE && dirs[i].dir != dir)
		i = (i + 1) & (slots - 1);
	return &dirs[i];
}

static struct live_file *file_slot(struct live_file *files, size_t slots, dir_id dir, const void *name, size_t length)
{
	size_t i = hash_of(dir, name, length) & (slots - 1);

	while (files[i].dir != DIR_NONE && (files[i].dir != dir || files[i].length != length || memcmp(files[i].name, name, length)))
		i = (i + 1) & (slots - 1);
	return &files[i];
}

static bool room_for_dir(struct live *live)
{
	if (live->dir_count * 4 < live->dir_slots * 3)
		return true;
	size_t slots = live->dir_slots ? live->dir_slots * 2 : 256;
	struct live_dir *grown = alloc_array(slots, sizeof *grown);

	if (!grown)
		return false;
	for (size_t i = 0; i < live->dir_slots; i++)
		if (live->dirs[i].dir != DIR_NONE)
			*dir_slot(grown, slots, live->dirs[i].dir) = live->dirs[i];
	free(live->dirs);
	live->dirs = grown;
	live->dir_slots = slots;
	return true;
}

static bool room_for_file(struct live *live)
{
	if (live->file_count >= FILES_MOST)
		return false;
	if (live->file_count * 4 < live->file_slots * 3)
		return true;
	size_t slots = live->file_slots ? live->file_slots * 2 : 256;
	struct live_file *grown = alloc_array(slots, sizeof *grown);

	if (!grown)
		return false;
	for (size_t i = 0; i < live->file_slots; i++) {
		const struct live_file *file = &live->files[i];

		if (file->dir != DIR_NONE)
			*file_slot(grown, slots, file->dir, file->name, file->length) = *file;
	}
	free(live->files);
	live->files = grown;
	live->file_slots = slots;
	return true;
}

void live_add_dir(struct live *live, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes)
{
	if (!alloc_bytes && !apparent_bytes)
		return;
	pthread_mutex_lock(&live->lock);
	if (room_for_dir(live)) {
		struct live_dir *at = dir_slot(live->dirs, live->dir_slots, dir);

		live->dir_count += at->dir == DIR_NONE;
		at->dir = dir;
		at->alloc_bytes += alloc_bytes;
		at->apparent_bytes += apparent_bytes;
	} else {
		live->whole = false;
	}
	pthread_mutex_unlock(&live->lock);
}

void live_add_file(struct live *live, dir_id dir, const void *name, size_t length, int64_t alloc_bytes, int64_t apparent_bytes)
{
	if (!alloc_bytes && !apparent_bytes)
		return;
	pthread_mutex_lock(&live->lock);
	bool room = room_for_file(live);
	struct live_file *at = room ? file_slot(live->files, live->file_slots, dir, name, length) : NULL;

	if (at && at->dir == DIR_NONE) {
		at->name = alloc_copy(name, length);
		if (at->name) {
			at->dir = dir;
			at->length = (uint8_t)length;
			live->file_count++;
		} else {
			at = NULL;
		}
	}
	if (at) {
		at->alloc_bytes += alloc_bytes;
		at->apparent_bytes += apparent_bytes;
	} else {
		live->whole = false;
	}
	pthread_mutex_unlock(&live->lock);
}

bool live_dir(struct live *live, dir_id dir, int64_t *alloc_bytes, int64_t *apparent_bytes)
{
	bool found = false;

	pthread_mutex_lock(&live->lock);
	if (live->dirs) {
		const struct live_dir *at = dir_slot(live->dirs, live->dir_slots, dir);

		found = at->dir != DIR_NONE;
		*alloc_bytes = at->alloc_bytes;
		*apparent_bytes = at->apparent_bytes;
	}
	pthread_mutex_unlock(&live->lock);
	return found;
}

bool live_file(struct live *live, dir_id dir, const void *name, size_t length, int64_t *alloc_bytes, int64_t *apparent_bytes)
{
	bool found = false;

	pthread_mutex_lock(&live->lock);
	if (live->files) {
		const struct live_file *at = file_slot(live->files, live->file_slots, dir, name, length);

		found = at->dir != DIR_NONE;
		*alloc_bytes = at->alloc_bytes;
		*apparent_bytes = at->apparent_bytes;
	}
	pthread_mutex_unlock(&live->lock);
	return found;
}

void live_zero(struct live *live)
{
	pthread_mutex_lock(&live->lock);
	forget(live);
	live->since = clock_wall_s();
	live->whole = true;
	pthread_mutex_unlock(&live->lock);
}

int64_t live_since(struct live *live)
{
	pthread_mutex_lock(&live->lock);
	int64_t since = live->since;

	pthread_mutex_unlock(&live->lock);
	return since;
}

bool live_whole(struct live *live)
{
	pthread_mutex_lock(&live->lock);
	bool whole = live->whole;

	pthread_mutex_unlock(&live->lock);
	return whole;
}
