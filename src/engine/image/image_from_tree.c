/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/image/image.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/image/identity.h"
#include "engine/image/image_columns.h"
#include "engine/tree/row_sums.h"
#include "engine/tree/tree_state.h"

/* They are copied as they are; DIR_STALE has no place in an image. */
static_assert((int)IMAGE_READ_ERROR == (int)DIR_READ_ERROR && (int)IMAGE_MOUNT == (int)DIR_MOUNT, "flags");
static_assert((int)IMAGE_CACHE == (int)DIR_CACHE && (int)IMAGE_TRUSTED == (int)DIR_TRUSTED, "flags");
#define COPIED_FLAGS (IMAGE_READ_ERROR | IMAGE_MOUNT | IMAGE_CACHE | IMAGE_TRUSTED)

/** A directory on its way: the next in preorder is the last of the stack. */
struct pending_dir {
	uint64_t key;              /* first 8 bytes of the name, big-endian: decides most comparisons */
	const unsigned char *name; /* in its parent's block */
	dir_id dir;
	uint32_t parent; /* in the image */
	uint8_t length;
};

struct image_walk {
	const struct tree *tree;
	struct image_columns columns;
	/*
	 * of each directory's inode and files; NULL where there are no links, which alone make it differ from what the
	 * totals say
	 */
	uint64_t *apparent;
	size_t count, capacity;
	size_t names; /* bytes of them */
	struct pending_dir *stack;
	size_t depth, stack_capacity;
};

/** Greatest first. */
static int by_name_descending(const void *a, const void *b)
{
	const struct pending_dir *left = a, *right = b;

	if (left->key != right->key)
		return left->key < right->key ? 1 : -1;
	int order = memcmp(left->name, right->name, left->length < right->length ? left->length : right->length);

	return order ? -order : (int)right->length - (int)left->length;
}

static void sort_descending(struct pending_dir *items, size_t n)
{
	if (n > 24) {
		qsort(items, n, sizeof(*items), by_name_descending);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct pending_dir item = items[i];
		size_t at = i;

		for (; at > 0 && by_name_descending(&items[at - 1], &item) > 0; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

static int walk_grow(struct image_walk *walk)
{
	size_t capacity = walk->capacity ? walk->capacity + walk->capacity / 2 : tree_dir_limit(walk->tree);

	if (image_columns_resize_figures(&walk->columns, MADE_OF_TREE, capacity) ||
	    image_columns_resize_shape(&walk->columns, capacity))
		return -ENOMEM;
	if (tree_has_links(walk->tree)) {
		uint64_t *apparent = alloc_resize(walk->apparent, capacity, sizeof(*apparent));

		if (!apparent)
			return -ENOMEM;
		walk->apparent = apparent;
	}
	walk->capacity = capacity;
	return 0;
}

/**
 * Has a warm scan to look at this entry whatever its directory says?  If not, what it makes of struct image's `newest`.
 */
static bool look_at(uint64_t word, uint32_t mtime, uint32_t *newest)
{
	unsigned flags = row_flags(word);

	if (flags & (ROW_GONE | ROW_EXCLUDED))
		return false;
	if (flags & (ROW_LEAF | ROW_LINK | ROW_WIDE))
		return true;
	if (row_type(word) == NODE_REG && mtime > *newest)
		*newest = mtime;
	return row_type(word) == NODE_REG && row_alloc_bytes(word) >= IMAGE_LARGE_BYTES;
}

/** Put the subdirectories of image directory i on the stack; its direct figures into the columns. */
static int walk_rows(struct image_walk *walk, dir_id dir, uint32_t i)
{
	const struct node_block *block = tree_block(walk->tree, dir);
	uint32_t count = block ? tree_count(block) : 0;
	const struct tree_rest *rest = tree_rest(walk->tree, dir);
	size_t first = walk->depth;
	struct row_sums sums = {0};
	uint32_t newest = rest ? rest->newest : 1;
	bool look = walk->columns.alloc_bytes[i] == FIGURE_BEYOND || walk->columns.apparent_bytes[i] == FIGURE_BEYOND;

	for (uint32_t r = 0; r < count; r++) {
		uint64_t word = row_word(block, r);

		row_sums_add(&sums, walk->tree, block, r, word);
		look |= look_at(word, __atomic_load_n(&block->rows[r].mtime, __ATOMIC_RELAXED), &newest);
		if (row_type(word) != NODE_DIR || row_flags(word) & (ROW_LEAF | ROW_GONE))
			continue;
		if (alloc_room(&walk->stack, &walk->stack_capacity, walk->depth + 1))
			return -ENOMEM;
		const unsigned char *name = (const unsigned char *)block + block->rows[r].name;
		struct pending_dir *item = &walk->stack[walk->depth++];

		item->length = *name;
		item->name = name + 1;
		item->dir = (dir_id)row_payload(word);
		item->parent = i;
		item->key = 0;
		for (unsigned k = 0; k < 8; k++)
			item->key = item->key << 8 | (k < item->length ? item->name[k] : 0);
	}
	sort_descending(walk->stack + first, walk->depth - first);
	if (rest) {
		sums.entries += rest->entries;
		sums.alloc_bytes = figure_sum(sums.alloc_bytes, rest->alloc_bytes);
		sums.apparent_bytes = figure_sum(sums.apparent_bytes, rest->apparent_bytes);
	}
	walk->columns.newest[i] = look ? 0 : newest;
	if (walk->apparent)
		walk->apparent[i] = walk->columns.own_apparent_bytes[i] + sums.apparent_bytes;
	walk->columns.child_count[i] = sums.entries;
	walk->columns.direct[i] = sums.links ? tree_direct_bytes(walk->tree, dir)
	                                     : figure_sum(walk->columns.own_bytes[i], sums.alloc_bytes);
	return 0;
}

static int walk_visit(struct image_walk *walk, const struct pending_dir *item)
{
	struct image_columns *columns = &walk->columns;
	const struct node_cold *cold = tree_cold(walk->tree, item->dir);

	if (walk->count >= IMAGE_NONE - 1 || walk->names + item->length > UINT32_MAX)
		return -EOVERFLOW;
	if (walk->count == walk->capacity && walk_grow(walk))
		return -ENOMEM;
	if (alloc_room(&columns->names, &columns->names_capacity, walk->names + item->length))
		return -ENOMEM;
	uint32_t i = (uint32_t)walk->count++;
	uint64_t counts = atomic_load_explicit(&cold->counts, memory_order_relaxed);

	columns->parent[i] = item->parent;
	columns->name_offset[i] = (uint32_t)walk->names;
	if (item->length)
		memcpy(columns->names + walk->names, item->name, item->length);
	walk->names += item->length;
	columns->alloc_bytes[i] = figure_told(cold_alloc(cold));
	columns->apparent_bytes[i] = figure_told(cold_apparent(cold));
	columns->items[i] = (uint32_t)counts;
	columns->files[i] = (uint32_t)(counts >> 32);
	columns->own_bytes[i] = cold->own_alloc_bytes;
	columns->own_apparent_bytes[i] = cold->own_apparent_bytes;
	tree_fingerprint(walk->tree, item->dir, columns->fingerprint[i]);
	columns->ino[i] = cold->ino;
	columns->mtime_ns[i] = cold->mtime_ns;
	columns->mtime_era[i] = cold->mtime_era;
	columns->ctime[i] = node_fold_time(cold->ctime_ns);
	columns->birth[i] = cold->birth;
	columns->errors[i] = atomic_load_explicit(&cold->errors, memory_order_relaxed);
	columns->fs[i] = cold->fs;
	columns->flags[i] = (uint16_t)(atomic_load_explicit(&cold->flags, memory_order_relaxed) & COPIED_FLAGS);
	if (tree_fs(walk->tree, cold->fs).fleeting)
		columns->flags[i] |= IMAGE_FLEETING;
	columns->dir[i] = item->dir;
	return walk_rows(walk, item->dir, i);
}

/**
 * A warm scan takes a directory's own part from the totals: where inodes that several subdirectories share stand in
 * between, it has to look.
 */
static void look_where_links_meet(struct image_walk *walk)
{
	struct image_columns *columns = &walk->columns;

	for (uint32_t i = 0; walk->apparent && i < walk->count; i++) {
		walk->apparent[i] -= columns->apparent_bytes[i];
		if (i)
			walk->apparent[columns->parent[i]] += columns->apparent_bytes[i];
	}
	for (uint32_t i = 0; walk->apparent && i < walk->count; i++)
		if (walk->apparent[i])
			columns->newest[i] = 0;
}

struct image *image_from_tree(const struct tree *tree)
{
	struct image_walk walk = {.tree = tree};
	struct pending_dir item = {.dir = DIR_ROOT, .parent = IMAGE_NONE};
	struct image *image = NULL;
	unsigned pin = tree_pin(tree);
	int rc = tree_complete(tree, DIR_ROOT) ? walk_visit(&walk, &item) : -EAGAIN;

	while (!rc && walk.depth) {
		item = walk.stack[--walk.depth];
		/* Their memory is scattered: ask for what comes soon. */
		if (walk.depth >= 4)
			__builtin_prefetch(tree_cold(tree, walk.stack[walk.depth - 4].dir));
		if (walk.depth >= 2)
			__builtin_prefetch(tree_block(tree, walk.stack[walk.depth - 2].dir));
		rc = walk_visit(&walk, &item);
	}
	tree_unpin(tree, pin);
	if (!rc) {
		walk.columns.name_offset[walk.count] = (uint32_t)walk.names;
		image_columns_shape(&walk.columns, (uint32_t)walk.count);
		rc = image_columns_resize_figures(&walk.columns, MADE_OF_TREE, walk.count);
	}
	if (!rc)
		rc = image_columns_resize_shape(&walk.columns, walk.count);
	if (!rc) {
		look_where_links_meet(&walk);
		image = image_columns_finish(&walk.columns, (uint32_t)walk.count, false, tree_root_path(tree));
		rc = -ENOMEM;
	}
	free(walk.stack);
	free(walk.apparent);
	if (!image) {
		image_columns_free(&walk.columns);
		errno = -rc;
	}
	return image;
}
