/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/live_growth.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/figure.h"
#include "base/hash.h"

/* Both tables hold only what changed, under one lock that nobody holds for longer than a look-up. */

#define ENTRIES_MOST 262144u

struct live_dir {
	dir_id dir;
	int64_t alloc_bytes, apparent_bytes;
};

struct live_entry {
	dir_id dir;
	uint8_t length;
	bool gone, is_dir;
	char *name;
	int64_t alloc_bytes, apparent_bytes;
};

struct live_growth {
	pthread_mutex_t lock;
	struct live_dir *dirs;
	size_t dir_count, dir_capacity;
	struct hash by_dir;
	struct live_entry *entries;
	size_t entry_count, entry_capacity, gone_count;
	struct hash by_name;
	int64_t since;
	struct live_writers *writers; /* NULL: nobody asks */
	const struct tree *tree;      /* the applier's */
};

struct live_growth *live_growth_create(bool writers)
{
	struct live_growth *live = alloc_zero(struct live_growth);

	if (!live)
		return NULL;
	/* Without memory nobody is known. */
	live->writers = writers ? live_writers_create() : NULL;
	pthread_mutex_init(&live->lock, NULL);
	live->since = clock_wall_s();
	return live;
}

static void forget(struct live_growth *live)
{
	for (size_t i = 0; i < live->entry_count; i++)
		free(live->entries[i].name);
	free(live->entries);
	free(live->dirs);
	live->entries = NULL;
	live->dirs = NULL;
	live->dir_count = live->dir_capacity = live->entry_count = live->entry_capacity = live->gone_count = 0;
	hash_free(&live->by_dir);
	hash_free(&live->by_name);
}

void live_growth_destroy(struct live_growth *live)
{
	if (!live)
		return;
	forget(live);
	live_writers_destroy(live->writers);
	pthread_mutex_destroy(&live->lock);
	free(live);
}

static struct live_dir *find_dir(const struct live_growth *live, dir_id dir)
{
	uint32_t at = hash_find(&live->by_dir, hash_u32(dir));

	return at == HASH_NONE ? NULL : &live->dirs[at];
}

static struct live_entry *find_entry(const struct live_growth *live, dir_id dir, const void *name, size_t length)
{
	HASH_EACH (&live->by_name, hash_bytes(dir, name, length), i) {
		struct live_entry *entry = &live->entries[i];

		if (entry->dir == dir && entry->length == length && !memcmp(entry->name, name, length))
			return entry;
	}
	return NULL;
}

/* NULL without memory. */
static struct live_dir *need_dir(struct live_growth *live, dir_id dir)
{
	struct live_dir *found = find_dir(live, dir);

	if (found)
		return found;
	if (alloc_room(&live->dirs, &live->dir_capacity, live->dir_count + 1) ||
	    hash_add(&live->by_dir, hash_u32(dir), (uint32_t)live->dir_count))
		return NULL;
	live->dirs[live->dir_count] = (struct live_dir){.dir = dir};
	return &live->dirs[live->dir_count++];
}

static struct live_entry *add_entry(struct live_growth *live, dir_id dir, const void *name, size_t length)
{
	if (live->entry_count >= ENTRIES_MOST ||
	    alloc_room(&live->entries, &live->entry_capacity, live->entry_count + 1))
		return NULL;
	char *copy = alloc_copy(name, length);

	if (!copy || hash_add(&live->by_name, hash_bytes(dir, name, length), (uint32_t)live->entry_count)) {
		free(copy);
		return NULL;
	}
	live->entries[live->entry_count] = (struct live_entry){.dir = dir, .length = (uint8_t)length, .name = copy};
	return &live->entries[live->entry_count++];
}

void live_growth_add_dir(struct live_growth *live, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes)
{
	if (!alloc_bytes && !apparent_bytes)
		return;
	pthread_mutex_lock(&live->lock);
	struct live_dir *at = need_dir(live, dir);

	if (at) {
		at->alloc_bytes = figure_delta_sum(at->alloc_bytes, alloc_bytes);
		at->apparent_bytes = figure_delta_sum(at->apparent_bytes, apparent_bytes);
	}
	pthread_mutex_unlock(&live->lock);
}

void live_growth_add_entry(struct live_growth *live, dir_id dir, const void *name, size_t length, bool is_dir,
                           int64_t alloc_bytes, int64_t apparent_bytes, bool there)
{
	pthread_mutex_lock(&live->lock);
	struct live_entry *at = find_entry(live, dir, name, length);

	if (!at && !alloc_bytes && !apparent_bytes)
		goto done; /* nothing to be told of it so far */
	if (!at)
		at = add_entry(live, dir, name, length);
	if (at) {
		live->gone_count += !there;
		live->gone_count -= at->gone;
		at->gone = !there;
		at->is_dir = is_dir;
		at->alloc_bytes = figure_delta_sum(at->alloc_bytes, alloc_bytes);
		at->apparent_bytes = figure_delta_sum(at->apparent_bytes, apparent_bytes);
	}
done:
	pthread_mutex_unlock(&live->lock);
}

bool live_growth_dir(struct live_growth *live, dir_id dir, int64_t *alloc_bytes, int64_t *apparent_bytes)
{
	pthread_mutex_lock(&live->lock);
	const struct live_dir *at = find_dir(live, dir);

	if (at) {
		*alloc_bytes = at->alloc_bytes;
		*apparent_bytes = at->apparent_bytes;
	}
	pthread_mutex_unlock(&live->lock);
	return at != NULL;
}

bool live_growth_entry(struct live_growth *live, dir_id dir, const void *name, size_t length, int64_t *alloc_bytes,
                       int64_t *apparent_bytes)
{
	pthread_mutex_lock(&live->lock);
	const struct live_entry *at = find_entry(live, dir, name, length);

	if (at) {
		*alloc_bytes = at->alloc_bytes;
		*apparent_bytes = at->apparent_bytes;
	}
	pthread_mutex_unlock(&live->lock);
	return at != NULL;
}

void live_growth_follow(struct live_growth *live, const struct tree *tree)
{
	live->tree = tree;
}

void live_growth_changed(void *context, dir_id dir, const void *name, size_t length, dir_id is, int64_t alloc_bytes,
                         int64_t apparent_bytes, bool there, const char *by)
{
	struct live_growth *live = context;
	int64_t alloc_since = 0, apparent_since = 0;

	if (by && live->writers)
		live_writers_add(live->writers, live->tree, dir, name, length, by, alloc_bytes, apparent_bytes);
	/*
	 * What lies in the place of a directory has changed by what that had at zero; what it has grown by since is its
	 * own, wherever it lies.
	 */
	if (is != DIR_NONE && live_growth_dir(live, is, &alloc_since, &apparent_since)) {
		alloc_bytes -= there ? alloc_since : -alloc_since;
		apparent_bytes -= there ? apparent_since : -apparent_since;
	}
	live_growth_add_entry(live, dir, name, length, is != DIR_NONE, alloc_bytes, apparent_bytes, there);
}

void live_growth_made(void *context, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes, const char *by)
{
	struct live_growth *live = context;

	if (by && live->writers)
		live_writers_add(live->writers, live->tree, dir, NULL, 0, by, alloc_bytes, apparent_bytes);
}

size_t live_growth_writers(const struct live_growth *live, dir_id is, dir_id dir, const void *name, size_t length,
                           struct live_writer *out, size_t most)
{
	return live->writers ? live_writers_of(live->writers, is, dir, name, length, out, most) : 0;
}

static int add_gone(struct live_growth_gone *out, const struct live_entry *entry)
{
	if (alloc_room(&out->items, &out->capacity, out->count + 1))
		return -ENOMEM;
	out->items[out->count++] = (struct live_growth_gone_entry){
		.name = out->names.length,
		.length = entry->length,
		.is_dir = entry->is_dir,
		.alloc_bytes = entry->alloc_bytes,
		.apparent_bytes = entry->apparent_bytes,
	};
	return buf_add(&out->names, entry->name, entry->length);
}

int live_growth_gone(struct live_growth *live, dir_id dir, struct live_growth_gone *out)
{
	int result = 0;

	*out = (struct live_growth_gone){0};
	pthread_mutex_lock(&live->lock);
	for (size_t i = 0; live->gone_count && i < live->entry_count && !result; i++) {
		const struct live_entry *entry = &live->entries[i];

		if (entry->dir == dir && entry->gone && (entry->alloc_bytes < 0 || entry->apparent_bytes < 0))
			result = add_gone(out, entry);
	}
	pthread_mutex_unlock(&live->lock);
	return result;
}

void live_growth_gone_clear(struct live_growth_gone *gone)
{
	free(gone->items);
	buf_free(&gone->names);
	*gone = (struct live_growth_gone){0};
}

void live_growth_zero(struct live_growth *live)
{
	pthread_mutex_lock(&live->lock);
	forget(live);
	live->since = clock_wall_s();
	pthread_mutex_unlock(&live->lock);
	if (live->writers)
		live_writers_zero(live->writers);
}

int64_t live_growth_since(struct live_growth *live)
{
	pthread_mutex_lock(&live->lock);
	int64_t since = live->since;

	pthread_mutex_unlock(&live->lock);
	return since;
}

