/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/dirty.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "engine/tree/tree.h"

/*
 * Threads: any number mark, under one lock held for a hash look-up; the taker swaps the two halves under the same lock
 * and reads its half without it.
 *
 *   filling  ← marks            taken  → the applier
 *      └──────── dirty_take() swaps ───────┘
 *
 * A half is an array of slots in order of arrival with a hash over it.  Once the root is to be read again whole, every
 * mark is already covered by it:
 * that is how the queue stays bounded, and what memory running out turns into.
 */

#define NAMES_MAX 64
#define RENAMES_MAX 1024 /* kept at once */
#define RENAMES_BACK 64  /* how many of the last are looked at for one that goes on */
#define DEFAULT_CAP 65536u
#define NAMES_BYTES_PER_ITEM 512u /* of the cap, on average */

struct slot {
	struct dirty_item item;
	unsigned char *names;
	size_t used, capacity;
	writers_id *by;          /* NAMES_MAX, of each name; memory is kept as well */
	bool signed_names;       /* `by` is in use */
};

struct half {
	struct slot *slots; /* never shrinks, memory of names is kept for the next round */
	size_t count, capacity;
	struct hash by_dir;
	size_t names_bytes;
	struct dirty_rename *renames;
	size_t rename_count, rename_capacity;
	struct writers writers;
};

struct dirty {
	pthread_mutex_t lock;
	struct half halves[2];
	struct half *filling, *taken;
	uint32_t cap;
	int wake_fd;
	bool everything;         /* the root is DIRTY_TREE in `filling` */
	uint64_t swallowed;      /* events that came while it was */
	struct dirty_item *out;  /* what dirty_take() hands out */
	size_t out_capacity;
	struct dirty_item root;  /* the answer when there is no memory for another */
};

/* Slot of a directory, or NULL. */
static struct slot *find(const struct half *half, dir_id dir)
{
	uint32_t i = hash_find(&half->by_dir, hash_u32(dir));

	return i == HASH_NONE ? NULL : &half->slots[i];
}

/* A new slot, or NULL without memory. */
static struct slot *append(struct half *half, dir_id dir)
{
	size_t old = half->capacity;

	if (hash_reserve(&half->by_dir, half->count + 1) || alloc_room(&half->slots, &half->capacity, half->count + 1))
		return NULL;
	if (half->capacity != old)
		memset(half->slots + old, 0, (half->capacity - old) * sizeof(*half->slots));
	struct slot *slot = &half->slots[half->count];

	slot->item = (struct dirty_item){ .dir = dir, .kind = DIRTY_NAMES };
	slot->used = 0;
	slot->signed_names = false;
	hash_add(&half->by_dir, hash_u32(dir), (uint32_t)half->count++);
	return slot;
}

static void empty_half(struct half *half)
{
	half->count = 0;
	half->names_bytes = 0;
	half->rename_count = 0;
	writers_clear(&half->writers);
	hash_clear(&half->by_dir);
}

static void free_half(struct half *half)
{
	for (size_t i = 0; i < half->capacity; i++) {
		free(half->slots[i].names);
		free(half->slots[i].by);
	}
	free(half->slots);
	hash_free(&half->by_dir);
	free(half->renames);
	writers_free(&half->writers);
}

/* Everything has to be read again. */
static void collapse(struct dirty *dirty)
{
	for (size_t i = 0; i < dirty->filling->count; i++)
		dirty->swallowed += dirty->filling->slots[i].item.events;
	empty_half(dirty->filling);
	dirty->everything = true;
}

/* Its place among the slot's names, or -1. */
static int find_name(const struct slot *slot, const void *name, size_t length)
{
	int index = 0;

	for (size_t at = 0; at < slot->used; at += 1u + slot->names[at], index++) {
		if (slot->names[at] == length && memcmp(slot->names + at + 1, name, length) == 0)
			return index;
	}
	return -1;
}

/* Somebody wrote to the name at this place.  Without memory nobody was seen. */
static void sign(struct half *half, struct slot *slot, uint32_t index, const char *by)
{
	if (!by || (!slot->by && !(slot->by = alloc_array(NAMES_MAX, sizeof(*slot->by)))))
		return;
	if (!slot->signed_names)
		memset(slot->by, 0, NAMES_MAX * sizeof(*slot->by));
	slot->signed_names = true;
	slot->by[index] = writers_add(&half->writers, slot->by[index], by);
}

/* Its names are not needed any more. */
static void list_whole(struct half *half, struct slot *slot, enum dirty_kind kind)
{
	for (uint32_t i = 0; slot->signed_names && i < slot->item.name_count; i++)
		slot->item.by = writers_add(&half->writers, slot->item.by, writers_text(&half->writers, slot->by[i]));
	slot->signed_names = false;
	slot->item.kind = kind;
	slot->item.names_lost |= slot->item.name_count > 0;
	slot->item.name_count = 0;
	half->names_bytes -= slot->used;
	slot->used = 0;
}

/* 0, or -ENOMEM. */
static int add_name(struct half *half, struct slot *slot, const void *name, size_t length, const char *by)
{
	int known = slot->item.kind == DIRTY_NAMES ? find_name(slot, name, length) : -1;

	if (known >= 0) {
		sign(half, slot, (uint32_t)known, by);
		return 0;
	}
	if (slot->item.kind != DIRTY_NAMES || slot->item.name_count == NAMES_MAX) {
		list_whole(half, slot, slot->item.kind > DIRTY_LIST ? slot->item.kind : DIRTY_LIST);
		slot->item.names_lost = true;
		slot->item.by = writers_add(&half->writers, slot->item.by, by);
		return 0;
	}
	if (alloc_room(&slot->names, &slot->capacity, slot->used + 1 + length))
		return -ENOMEM;
	slot->names[slot->used] = (unsigned char)length;
	memcpy(slot->names + slot->used + 1, name, length);
	slot->used += 1 + length;
	half->names_bytes += 1 + length;
	if (slot->signed_names)
		slot->by[slot->item.name_count] = WRITERS_NONE;
	sign(half, slot, slot->item.name_count++, by);
	return 0;
}

/* Under the lock. */
static void mark(struct dirty *dirty, dir_id dir, enum dirty_kind kind, const void *name, size_t length, const char *by)
{
	struct half *half = dirty->filling;

	if (dirty->everything) {
		dirty->swallowed++;
		return;
	}
	struct slot *slot = find(half, dir);

	if (!slot && half->count < dirty->cap)
		slot = append(half, dir);
	if (!slot) {
		collapse(dirty);
		dirty->swallowed++;
		return;
	}
	slot->item.events++;
	if (kind > slot->item.kind)
		list_whole(half, slot, kind);
	if ((name && add_name(half, slot, name, length, by) < 0) ||
	    half->names_bytes > (size_t)dirty->cap * NAMES_BYTES_PER_ITEM || (dir == DIR_ROOT && kind == DIRTY_TREE))
		collapse(dirty);
}

static bool begin(struct dirty *dirty)
{
	pthread_mutex_lock(&dirty->lock);
	return dirty->filling->count == 0 && !dirty->everything;
}

static void end(struct dirty *dirty, bool was_empty)
{
	uint64_t one = 1;

	pthread_mutex_unlock(&dirty->lock);
	/* A full counter is a wake-up already. */
	if (was_empty && dirty->wake_fd >= 0 && write(dirty->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		return;
}

static void mark_one(struct dirty *dirty, dir_id dir, enum dirty_kind kind, const void *name, size_t length,
                     const char *by)
{
	bool was_empty = begin(dirty);

	mark(dirty, dir, kind, name, length, by);
	end(dirty, was_empty);
}

static bool same_name(const void *a, size_t a_length, const void *b, size_t b_length)
{
	return a_length == b_length && !memcmp(a, b, a_length);
}

/*
 * Told just now: did something come to the place it leaves?  Then it came here from where that came from.  Given back:
 * did something leave the place that it came to since?
 */
static struct dirty_rename *joined(struct half *half, const struct dirty_rename *rename)
{
	for (size_t i = half->rename_count; i-- && half->rename_count - i <= RENAMES_BACK;) {
		struct dirty_rename *at = &half->renames[i];

		if (!rename->until_ns && at->to == rename->from &&
		    same_name(at->to_name, at->to_length, rename->from_name, rename->from_length)) {
			at->to = rename->to;
			at->to_length = rename->to_length;
			memcpy(at->to_name, rename->to_name, rename->to_length);
			return at;
		}
		if (rename->until_ns && at->from == rename->to &&
		    same_name(at->from_name, at->from_length, rename->to_name, rename->to_length)) {
			at->from = rename->from;
			at->from_length = rename->from_length;
			memcpy(at->from_name, rename->from_name, rename->from_length);
			return at;
		}
	}
	return NULL;
}

/* Without memory what came is new. */
static void keep_rename(struct half *half, const struct dirty_rename *rename, const char *by)
{
	struct dirty_rename *at = joined(half, rename);

	if (at) {
		at->until_ns = 0;
		at->by = writers_add(&half->writers, at->by, by);
		return;
	}
	if (half->rename_count == RENAMES_MAX ||
	    alloc_room(&half->renames, &half->rename_capacity, half->rename_count + 1))
		return;
	half->renames[half->rename_count] = *rename;
	half->renames[half->rename_count++].by = writers_add(&half->writers, WRITERS_NONE, by);
}

static void mark_rename(struct dirty *dirty, const struct dirty_rename *rename, const char *by)
{
	bool was_empty = begin(dirty);

	mark(dirty, rename->from, DIRTY_NAMES, rename->from_name, rename->from_length, by);
	mark(dirty, rename->to, DIRTY_NAMES, rename->to_name, rename->to_length, by);
	if (!dirty->everything)
		keep_rename(dirty->filling, rename, by);
	end(dirty, was_empty);
}

void dirty_rename(struct dirty *dirty, dir_id from, const void *from_name, size_t from_length, dir_id to,
                  const void *to_name, size_t to_length, const char *by)
{
	struct dirty_rename rename = {.from = from,
	                              .to = to,
	                              .from_length = (uint8_t)from_length,
	                              .to_length = (uint8_t)to_length};

	memcpy(rename.from_name, from_name, from_length);
	memcpy(rename.to_name, to_name, to_length);
	mark_rename(dirty, &rename, by);
}

void dirty_rename_again(struct dirty *dirty, const struct dirty_rename *of, int64_t until_ns)
{
	struct dirty_rename rename = *of;

	rename.until_ns = until_ns;
	mark_rename(dirty, &rename, dirty_by(dirty, of->by));
}

writers_id dirty_both(struct dirty *dirty, writers_id a, writers_id b)
{
	return writers_add(&dirty->taken->writers, a, dirty_by(dirty, b));
}

const char *dirty_by(const struct dirty *dirty, writers_id by)
{
	return writers_text(&dirty->taken->writers, by);
}

const struct dirty_rename *dirty_renames(const struct dirty *dirty, size_t *count)
{
	*count = dirty->taken->rename_count;
	return dirty->taken->renames;
}

struct dirty *dirty_create(uint32_t cap, int wake_fd)
{
	struct dirty *dirty = alloc_zero(struct dirty);

	if (!dirty)
		return NULL;
	pthread_mutex_init(&dirty->lock, NULL);
	dirty->filling = &dirty->halves[0];
	dirty->taken = &dirty->halves[1];
	dirty->cap = cap ? cap : DEFAULT_CAP;
	dirty->wake_fd = wake_fd;
	return dirty;
}

void dirty_destroy(struct dirty *dirty)
{
	if (!dirty)
		return;
	free_half(&dirty->halves[0]);
	free_half(&dirty->halves[1]);
	free(dirty->out);
	pthread_mutex_destroy(&dirty->lock);
	free(dirty);
}

void dirty_name_by(struct dirty *dirty, dir_id dir, const void *name, size_t length, const char *by)
{
	mark_one(dirty, dir, DIRTY_NAMES, length && length <= 255 ? name : NULL, length, by);
}

void dirty_name(struct dirty *dirty, dir_id dir, const void *name, size_t length)
{
	dirty_name_by(dirty, dir, name, length, NULL);
}

void dirty_list(struct dirty *dirty, dir_id dir)
{
	mark_one(dirty, dir, DIRTY_LIST, NULL, 0, NULL);
}

void dirty_tree(struct dirty *dirty, dir_id dir)
{
	mark_one(dirty, dir, DIRTY_TREE, NULL, 0, NULL);
}

/* Is a directory above it to be read again whole? */
static bool covered(const struct half *half, const struct tree *tree, dir_id dir)
{
	for (dir_id up = tree_cold(tree, dir)->parent; up != DIR_NONE; up = tree_cold(tree, up)->parent) {
		const struct slot *slot = find(half, up);

		if (slot && slot->item.kind == DIRTY_TREE)
			return true;
	}
	return false;
}

const struct dirty_item *dirty_take(struct dirty *dirty, const struct tree *tree, size_t *count)
{
	struct half *half = dirty->filling;
	uint64_t swallowed;
	bool everything, trees = false;

	pthread_mutex_lock(&dirty->lock);
	everything = dirty->everything;
	swallowed = dirty->swallowed;
	dirty->everything = false;
	dirty->swallowed = 0;
	half = dirty->filling;
	dirty->filling = dirty->taken;
	dirty->taken = half;
	pthread_mutex_unlock(&dirty->lock);

	*count = 0;
	if (!everything && alloc_room(&dirty->out, &dirty->out_capacity, half->count)) {
		/* No room to hand out a list: read all of it again. */
		everything = true;
		for (size_t i = 0; i < half->count; i++)
			swallowed += half->slots[i].item.events;
	}
	if (everything) {
		dirty->root = (struct dirty_item){ .dir = DIR_ROOT, .kind = DIRTY_TREE, .events = swallowed };
		*count = 1;
		return &dirty->root;
	}
	for (size_t i = 0; i < half->count; i++)
		trees |= half->slots[i].item.kind == DIRTY_TREE;
	for (size_t i = 0; i < half->count; i++) {
		struct slot *slot = &half->slots[i];

		if (trees && tree && covered(half, tree, slot->item.dir))
			continue;
		slot->item.names = slot->names;
		slot->item.name_by = slot->signed_names ? slot->by : NULL;
		dirty->out[(*count)++] = slot->item;
	}
	return dirty->out;
}

void dirty_release(struct dirty *dirty)
{
	empty_half(dirty->taken);
}

bool dirty_empty(const struct dirty *dirty)
{
	return dirty_waiting(dirty) == 0;
}

uint64_t dirty_waiting(const struct dirty *dirty)
{
	pthread_mutex_t *lock = &((struct dirty *)dirty)->lock;

	pthread_mutex_lock(lock);
	uint64_t n = dirty->everything ? 1 : dirty->filling->count;

	pthread_mutex_unlock(lock);
	return n;
}
