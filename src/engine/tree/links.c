/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/far.h"

/*
 * Threads: any worker adds; the inode's shard lock covers finding it, its parents, and the climb that decides who
 * counts it.
 * Publication: a link's key and figures are written under the lock before its index is handed out; rows carry it to
 * readers (release), who read only those.  Totals: relaxed adds to NodeColds, before the directory's own unit of
 * pending is given back.
 *
 * Who counts a new name in P?  The inode's parents so far are P1…Pk, so the union of their ancestors counts it already:
 * what is new is the path from P up to its first ancestor that is one of Pi's too, the deepest of the lowest common
 * ancestors.
 *
 *            root                     parents so far: A
 *           /    \                    a name in B adds the inode to B and C, not to root
 *          A      C                   a name in C then adds nothing
 *                  \
 *                   B
 *
 * Past LINK_MANY parents that comparison would make thousands of names quadratic; then the directories that count it
 * are kept as a set.
 */

#define LINK_MANY 16
#define LINK_CHUNK 16

static uint32_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 32;
	return (uint32_t)x;
}

/* ---- climbing ---- */

static dir_id parent_of(struct tree *tree, dir_id dir)
{
	return tree_cold_mutable(tree, dir)->parent;
}

static uint32_t depth_of(struct tree *tree, dir_id dir)
{
	uint32_t depth = 0;

	for (; dir != DIR_NONE; dir = parent_of(tree, dir))
		depth++;
	return depth;
}

/* Depth (root 1) of the lowest common ancestor; 0 when they are in different trees (one is being read detached). */
static uint32_t common_depth(struct tree *tree, dir_id a, uint32_t depth_a, dir_id b)
{
	uint32_t depth_b = depth_of(tree, b);

	for (; depth_a > depth_b; depth_a--)
		a = parent_of(tree, a);
	for (; depth_b > depth_a; depth_b--)
		b = parent_of(tree, b);
	while (a != b) {
		a = parent_of(tree, a);
		b = parent_of(tree, b);
		depth_a--;
	}
	return depth_a;
}

static void add_figures(struct tree *tree, dir_id dir, uint64_t alloc_bytes, uint64_t apparent_bytes)
{
	cold_add_figures(tree_cold_mutable(tree, dir), figure_of(alloc_bytes), figure_of(apparent_bytes));
}

/* Put `dir` and its ancestors into the set, up to the first that is there: *stop, DIR_NONE when there is none. */
static int count_up(struct tree *tree, struct link *link, dir_id dir, dir_id *stop)
{
	for (; dir != DIR_NONE; dir = parent_of(tree, dir)) {
		if (hash_find(link->counted, hash_u32(dir)) != HASH_NONE)
			break;
		if (hash_add(link->counted, hash_u32(dir), dir))
			return -ENOMEM;
	}
	*stop = dir;
	return 0;
}

/*
 * Add the figures to `dir` and its ancestors below `stop` (DIR_NONE = all).  What is far passes them on: so `stop` must
 * not get them from there.
 */
static int add_between(struct tree *tree, dir_id dir, dir_id stop, const struct link_figures *figures)
{
	if (dir != stop && far_is(tree, dir)) {
		dir_id top = dir;

		while (stop != DIR_NONE && parent_of(tree, top) != stop && far_is(tree, parent_of(tree, top)))
			top = parent_of(tree, top);
		if (stop != DIR_NONE && far_counted(tree, top, figures->alloc_bytes, figures->apparent_bytes))
			return -ENOMEM;
		add_figures(tree, dir, figures->alloc_bytes, figures->apparent_bytes);
		dir = stop == DIR_NONE ? stop : parent_of(tree, top);
	}
	for (; dir != stop; dir = parent_of(tree, dir))
		add_figures(tree, dir, figures->alloc_bytes, figures->apparent_bytes);
	return 0;
}

static void forget_counted(struct link *link)
{
	if (link->counted)
		hash_free(link->counted);
	free(link->counted);
	link->counted = NULL;
}

/* Make the set of directories that count it. */
static int count_all(struct tree *tree, struct link *link)
{
	const dir_id *parents = link_parents(link);

	link->counted = alloc_zero(struct hash);
	if (!link->counted)
		return -ENOMEM;
	for (uint32_t i = 0; i < link->parent_count; i++) {
		dir_id stop;

		if (count_up(tree, link, parents[i], &stop)) {
			forget_counted(link); /* it is not whole */
			return -ENOMEM;
		}
	}
	return 0;
}

/* Depth of the deepest ancestor of `dir` that is one of a parent's, too. */
static uint32_t counted_depth(struct tree *tree, struct link *link, dir_id dir, uint32_t depth)
{
	const dir_id *parents = link_parents(link);
	uint32_t deepest = 0;

	for (uint32_t i = 0; i < link->parent_count && deepest < depth; i++) {
		uint32_t common = common_depth(tree, dir, depth, parents[i]);

		if (common > deepest)
			deepest = common;
	}
	return deepest;
}

/* Add the link's figures where a name in `dir` makes them count; it is not among the names yet. */
static int count_name(struct tree *tree, struct link *link, dir_id dir)
{
	if (!link->counted && link->parent_count >= LINK_MANY && count_all(tree, link))
		return -ENOMEM;
	const struct link_figures figures = link_figures(link);
	dir_id stop = DIR_NONE;

	if (link->counted) {
		if (count_up(tree, link, dir, &stop)) {
			forget_counted(link);
			return -ENOMEM;
		}
	} else if (link->parent_count) {
		uint32_t depth = depth_of(tree, dir), counted = counted_depth(tree, link, dir, depth);

		for (stop = dir; depth > counted; depth--)
			stop = parent_of(tree, stop);
	}
	return add_between(tree, dir, stop, &figures);
}

static int remember_parent(struct link *link, dir_id dir)
{
	if (link->parent_count == link->parent_capacity) {
		bool listed = link->parent_capacity > LINK_INLINE;
		uint32_t capacity = link->parent_capacity * 2;
		dir_id *grown = alloc_resize(listed ? link->parents : NULL, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		if (!listed)
			memcpy(grown, link->inline_parents, sizeof(link->inline_parents));
		link->parents = grown;
		link->parent_capacity = capacity;
	}
	link_parents(link)[link->parent_count++] = dir;
	return 0;
}

/* ---- the table ---- */

static uint32_t key_hash(uint16_t fs, uint64_t ino)
{
	return mix(ino + ((uint64_t)fs << 48));
}

/* Index of the inode, made if need be; 0 without memory.  Under the lock. */
static uint32_t find_or_make(struct links *links, struct link_shard *shard, const struct link_key *key)
{
	/* The low bits chose the shard. */
	uint32_t hash = key_hash(key->fs, key->ino) / LINK_SHARDS;
	struct link *link;

	HASH_EACH (&shard->by_inode, hash, i) {
		link = links_at(links, i);
		if (link->ino == key->ino && link->fs == key->fs)
			return i;
	}
	if (hash_reserve(&shard->by_inode, shard->by_inode.count + 1u))
		return 0;
	uint32_t index = arena_take(&links->range, &shard->cursor, 1);

	if (!index)
		return 0;
	link = links_at(links, index);

	link->ino = key->ino;
	link->fs = key->fs;
	atomic_store_explicit(&link->nlink, key->nlink, memory_order_relaxed);
	atomic_store_explicit(&link->alloc_bytes, key->alloc_bytes, memory_order_relaxed);
	atomic_store_explicit(&link->apparent_bytes, key->apparent_bytes, memory_order_relaxed);
	atomic_store_explicit(&link->mtime_s, key->mtime_s, memory_order_relaxed);
	link->parent_capacity = LINK_INLINE;
	hash_add(&shard->by_inode, hash, index);
	return index;
}

void links_init(struct links *links)
{
	memset(links, 0, sizeof(*links));
	pthread_mutex_init(&links->change_lock, NULL); /* cannot fail without attributes */
	pthread_mutex_init(&links->far.lock, NULL);
	for (unsigned i = 0; i < LINK_SHARDS; i++)
		pthread_mutex_init(&links->shards[i].lock, NULL);
}

struct arena_wish links_wish(struct links *links)
{
	return (struct arena_wish){&links->range, sizeof(struct link), (uint32_t)1 << 28, LINK_CHUNK};
}

void links_destroy(struct links *links)
{
	if (!links->range.ready)
		return;
	for (unsigned s = 0; s < LINK_SHARDS; s++) {
		struct link_shard *shard = &links->shards[s];

		HASH_ALL (&shard->by_inode, i) {
			struct link *link = links_at(links, i);

			if (link->parent_capacity > LINK_INLINE)
				free(link->parents);
			forget_counted(link);
		}
		hash_free(&shard->by_inode);
		pthread_mutex_destroy(&shard->lock);
	}
	pthread_mutex_destroy(&links->change_lock);
	pthread_mutex_destroy(&links->far.lock);
	hash_free(&links->far.by_dir);
	free(links->far.items);
	free(links->changes);
	arena_range_destroy(&links->range);
}

/* A re-read met figures that are not the kept ones. */
static int note_change(struct links *links, uint32_t index, const struct link_key *key)
{
	struct link_figures now = link_figures(links_at(links, index));
	int rc = 0;

	if (now.nlink == key->nlink && now.alloc_bytes == key->alloc_bytes &&
	    now.apparent_bytes == key->apparent_bytes && now.mtime_s == key->mtime_s)
		return 0;
	pthread_mutex_lock(&links->change_lock);
	if (!alloc_room(&links->changes, &links->change_capacity, links->change_count + 1)) {
		links->changes[links->change_count++] = (struct link_change){
			.index = index,
			.nlink = key->nlink,
			.alloc_bytes = key->alloc_bytes,
			.apparent_bytes = key->apparent_bytes,
			.mtime_s = key->mtime_s,
		};
	} else {
		rc = -ENOMEM;
	}
	pthread_mutex_unlock(&links->change_lock);
	return rc;
}

int links_add(struct tree *tree, const struct link_key *key, dir_id dir, uint32_t *index)
{
	struct links *links = &tree->links;
	struct link_shard *shard = &links->shards[key_hash(key->fs, key->ino) % LINK_SHARDS];
	int rc = -ENOMEM;

	pthread_mutex_lock(&shard->lock);
	*index = find_or_make(links, shard, key);
	if (*index) {
		struct link *link = links_at(links, *index);

		rc = count_name(tree, link, dir);
		if (!rc)
			rc = remember_parent(link, dir);
	}
	pthread_mutex_unlock(&shard->lock);
	if (!rc && links->note_changes)
		rc = note_change(links, *index, key);
	if (!rc && !atomic_load_explicit(&links->any, memory_order_relaxed))
		atomic_store_explicit(&links->any, true, memory_order_relaxed);
	return rc;
}

void links_uncount(struct links *links, uint32_t index)
{
	struct link *link = links_at(links, index);

	forget_counted(link); /* made again when it is needed */
}

void links_forget(struct links *links, uint32_t index, dir_id dir, dir_id instead)
{
	struct link *link = links_at(links, index);
	dir_id *parents = link_parents(link);

	links_uncount(links, index);
	for (uint32_t i = 0; i < link->parent_count; i++) {
		if (parents[i] != dir)
			continue;
		parents[i] = instead != DIR_NONE ? instead : parents[--link->parent_count];
		return;
	}
}

uint32_t links_counted_depth(struct tree *tree, uint32_t index, dir_id dir)
{
	return counted_depth(tree, links_at(&tree->links, index), dir, depth_of(tree, dir));
}

int links_change(struct tree *tree, const struct link_change *change)
{
	struct link *link = links_at(&tree->links, change->index);
	struct link_figures old = link_figures(link);
	struct figure alloc = figure_difference(change->alloc_bytes, old.alloc_bytes),
		      apparent = figure_difference(change->apparent_bytes, old.apparent_bytes);
	bool few = !link->counted;

	if (few && count_all(tree, link))
		return -ENOMEM;
	HASH_ALL (link->counted, dir)
		cold_add_figures(tree_cold_mutable(tree, dir), alloc, apparent);
	atomic_store_explicit(&link->nlink, change->nlink, memory_order_relaxed);
	atomic_store_explicit(&link->alloc_bytes, change->alloc_bytes, memory_order_relaxed);
	atomic_store_explicit(&link->apparent_bytes, change->apparent_bytes, memory_order_relaxed);
	atomic_store_explicit(&link->mtime_s, change->mtime_s, memory_order_relaxed);
	if (few) {
		forget_counted(link);
	}
	return 0;
}

int links_order(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}
