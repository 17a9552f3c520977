/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/live_writers.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/hash.h"
#include "engine/watch/writers.h"

/* One lock, which nobody holds for longer than it takes to go up to the root. */

#define ITEMS_MOST 262144u
#define LISTS_MOST 4096u        /* further ones are "others" */
#define GONE "gone"             /* all programs that ended too early, whatever their number */

struct live_writers_item {
	dir_id dir;
	writers_id by;
	uint8_t length;                 /* 0 = of its subtree */
	char *name;
	int64_t alloc_bytes, apparent_bytes;
};

struct live_writers {
	pthread_mutex_t lock;
	struct live_writers_item *items;
	size_t count, capacity;
	struct hash by_place;           /* all writers of a place under one hash */
	struct writers writers;
};

struct live_writers *live_writers_create(void)
{
	struct live_writers *live = alloc_zero(struct live_writers);

	if (live)
		pthread_mutex_init(&live->lock, NULL);
	return live;
}

static void forget(struct live_writers *live)
{
	while (live->count)
		free(live->items[--live->count].name);
	hash_clear(&live->by_place);
	writers_clear(&live->writers);
}

void live_writers_destroy(struct live_writers *live)
{
	if (!live)
		return;
	forget(live);
	free(live->items);
	hash_free(&live->by_place);
	writers_free(&live->writers);
	pthread_mutex_destroy(&live->lock);
	free(live);
}

void live_writers_zero(struct live_writers *live)
{
	pthread_mutex_lock(&live->lock);
	forget(live);
	pthread_mutex_unlock(&live->lock);
}

/* The number of a list, in which those that are gone are one. */
static writers_id list_of(struct live_writers *live, const char *by)
{
	writers_id list = WRITERS_NONE;

	if (live->writers.count >= LISTS_MOST)
		return writers_add(&live->writers, WRITERS_NONE, WRITERS_OTHERS);
	if (!strstr(by, GONE " ("))
		return writers_add(&live->writers, WRITERS_NONE, by);
	for (const char *at = by, *next; at; at = next) {
		const char *end = strstr(at, ", ");
		char name[128];

		next = end ? end + 2 : NULL;
		snprintf(name, sizeof(name), "%.*s", end ? (int)(end - at) : (int)strlen(at), at);
		list = writers_add(&live->writers, list, strncmp(name, GONE " (", strlen(GONE " (")) ? name : GONE);
	}
	return list;
}

static bool same_place(const struct live_writers_item *item, dir_id dir, const void *name, size_t length)
{
	return item->dir == dir && item->length == length && (!length || !memcmp(item->name, name, length));
}

/* What this list changed at a place, or NULL. */
static struct live_writers_item *find(const struct live_writers *live, dir_id dir, const void *name, size_t length,
                                      writers_id by)
{
	HASH_EACH (&live->by_place, hash_bytes(dir, name, length), i)
		if (live->items[i].by == by && same_place(&live->items[i], dir, name, length))
			return &live->items[i];
	return NULL;
}

static void add(struct live_writers *live, dir_id dir, const void *name, size_t length, writers_id by,
                int64_t alloc_bytes, int64_t apparent_bytes)
{
	uint32_t hash = hash_bytes(dir, name, length);
	struct live_writers_item *item = find(live, dir, name, length, by);

	if (!item) {
		if (live->count >= ITEMS_MOST || alloc_room(&live->items, &live->capacity, live->count + 1))
			return;
		char *copy = length ? alloc_copy(name, length) : NULL;

		if ((length && !copy) || hash_add(&live->by_place, hash, (uint32_t)live->count)) {
			free(copy);
			return;
		}
		item = &live->items[live->count++];
		*item = (struct live_writers_item){.dir = dir, .by = by, .length = (uint8_t)length, .name = copy};
	}
	item->alloc_bytes = figure_delta_sum(item->alloc_bytes, alloc_bytes);
	item->apparent_bytes = figure_delta_sum(item->apparent_bytes, apparent_bytes);
}

void live_writers_add(struct live_writers *live, const struct tree *tree, dir_id dir, const void *name, size_t length,
                      const char *by, int64_t alloc_bytes, int64_t apparent_bytes)
{
	if (!alloc_bytes && !apparent_bytes)
		return;
	pthread_mutex_lock(&live->lock);
	writers_id list = list_of(live, by);

	if (list != WRITERS_NONE && length)
		add(live, dir, name, length, list, alloc_bytes, apparent_bytes);
	for (; list != WRITERS_NONE && dir != DIR_NONE; dir = tree_cold(tree, dir)->parent)
		add(live, dir, NULL, 0, list, alloc_bytes, apparent_bytes);
	pthread_mutex_unlock(&live->lock);
}

static uint64_t magnitude(int64_t bytes)
{
	return bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes;
}

/* Put one among the largest so far. */
static size_t place(struct live_writer *out, size_t count, size_t most, const struct live_writer *one)
{
	size_t at = count;

	while (at && magnitude(out[at - 1].alloc_bytes) < magnitude(one->alloc_bytes))
		at--;
	if (at == most)
		return count;
	count += count < most;
	memmove(&out[at + 1], &out[at], (count - at - 1) * sizeof(*out));
	out[at] = *one;
	return count;
}

/* One list's part, of a place or of two. */
static size_t tell(const struct live_writers *live, const struct live_writers_item *item,
                   const struct live_writers_item *more, struct live_writer *out, size_t count, size_t most)
{
	struct live_writer one = {.alloc_bytes = item->alloc_bytes, .apparent_bytes = item->apparent_bytes};

	if (more) {
		one.alloc_bytes = figure_delta_sum(one.alloc_bytes, more->alloc_bytes);
		one.apparent_bytes = figure_delta_sum(one.apparent_bytes, more->apparent_bytes);
	}
	snprintf(one.by, sizeof(one.by), "%s", writers_text(&live->writers, item->by));
	return one.alloc_bytes || one.apparent_bytes ? place(out, count, most, &one) : count;
}

size_t live_writers_of(struct live_writers *live, dir_id is, dir_id dir, const void *name, size_t length,
                       struct live_writer *out, size_t most)
{
	size_t count = 0;

	pthread_mutex_lock(&live->lock);
	HASH_EACH (&live->by_place, hash_bytes(is, NULL, 0), i) {
		const struct live_writers_item *item = &live->items[i];

		if (is != DIR_NONE && same_place(item, is, NULL, 0))
			count = tell(live, item, find(live, dir, name, length, item->by), out, count, most);
	}
	HASH_EACH (&live->by_place, hash_bytes(dir, name, length), i)
		/* Whoever changed both was told of. */
		if (same_place(&live->items[i], dir, name, length) &&
		    (is == DIR_NONE || !find(live, is, NULL, 0, live->items[i].by)))
			count = tell(live, &live->items[i], NULL, out, count, most);
	pthread_mutex_unlock(&live->lock);
	return count;
}
