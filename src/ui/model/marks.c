/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/model/marks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"

static uint32_t hash_of(const struct marked_entry *mark)
{
	return hash_bytes(mark->dir, mark->name, mark->name_length);
}

static uint32_t find(const struct marks *marks, uint32_t hash, dir_id dir, const void *name, size_t length)
{
	HASH_EACH (&marks->by_name, hash, i) {
		const struct marked_entry *mark = &marks->items[i];

		if (mark->dir == dir && mark->name_length == length && !memcmp(mark->name, name, length))
			return i;
	}
	return HASH_NONE;
}

bool marks_has(const struct marks *marks, dir_id dir, const void *name, size_t length)
{
	return marks->count && find(marks, hash_bytes(dir, name, length), dir, name, length) != HASH_NONE;
}

int marks_reserve(struct marks *marks, size_t count)
{
	int rc = alloc_room(&marks->items, &marks->capacity, marks->count + count);

	return rc ? rc : hash_reserve(&marks->by_name, marks->count + count);
}

int marks_add(struct marks *marks, const struct marked_entry *mark, const void *name)
{
	uint32_t hash = hash_bytes(mark->dir, name, mark->name_length);

	if (find(marks, hash, mark->dir, name, mark->name_length) != HASH_NONE)
		return 0;
	if (alloc_room(&marks->items, &marks->capacity, marks->count + 1))
		return -ENOMEM;
	marks->items[marks->count] = *mark;
	marks->items[marks->count].name = alloc_copy(name, mark->name_length);
	if (!marks->items[marks->count].name)
		return -ENOMEM;
	if (hash_add(&marks->by_name, hash, (uint32_t)marks->count)) {
		free(marks->items[marks->count].name);
		return -ENOMEM;
	}
	marks->count++;
	return 0;
}

/** The last one takes its place. */
static void remove_at(struct marks *marks, uint32_t i)
{
	uint32_t last = (uint32_t)marks->count - 1;

	hash_remove(&marks->by_name, hash_of(&marks->items[i]), i);
	free(marks->items[i].name);
	if (i != last) {
		hash_remove(&marks->by_name, hash_of(&marks->items[last]), last);
		marks->items[i] = marks->items[last];
		hash_add(&marks->by_name, hash_of(&marks->items[i]), i); /* in a place that came free just now */
	}
	marks->count = last;
}

void marks_remove(struct marks *marks, dir_id dir, const void *name, size_t length)
{
	uint32_t i = find(marks, hash_bytes(dir, name, length), dir, name, length);

	if (i != HASH_NONE)
		remove_at(marks, i);
}

void marks_clear(struct marks *marks)
{
	for (size_t i = 0; i < marks->count; i++)
		free(marks->items[i].name);
	free(marks->items);
	free(marks->folders);
	hash_free(&marks->by_name);
	hash_free(&marks->by_folder);
	*marks = (struct marks){0};
}

/** Is it what was marked?  Then its figures are taken. */
static bool take(struct marked_entry *mark, const struct node *node)
{
	if ((node->flags & ROW_GONE) || (node->type == NODE_DIR) != mark->is_dir || node->dir != mark->self)
		return false;
	if (node->dir == DIR_NONE && mark->ino && (node->ino != mark->ino || node->fs != mark->fs))
		return false;
	mark->alloc_bytes = node->alloc_bytes;
	mark->apparent_bytes = node->apparent_bytes;
	return true;
}

/** Those of one folder, in one pass over its rows. */
static void refresh_folder(struct marks *marks, const struct tree *tree, dir_id dir, bool *there)
{
	const struct node_block *block = tree_alive(tree, dir) ? tree_block(tree, dir) : NULL;
	uint32_t count = block ? tree_count(block) : 0;

	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *name = (const unsigned char *)block + block->rows[i].name;
		uint32_t at = find(marks, hash_bytes(dir, name + 1, *name), dir, name + 1, *name);
		struct node node;

		if (at == HASH_NONE)
			continue;
		tree_node(tree, block, i, &node);
		there[at] |= take(&marks->items[at], &node);
	}
}

/** What a folder looks like now; whatever comes, goes or grows in it changes some of that. */
static struct marked_folder folder_now(const struct tree *tree, dir_id dir)
{
	struct marked_folder folder = {.dir = dir};
	const struct node_cold *cold = tree_cold(tree, dir);
	const struct node_block *block = tree_alive(tree, dir) ? tree_block(tree, dir) : NULL;

	if (!block)
		return folder;
	folder.block = atomic_load_explicit(&cold->block, memory_order_relaxed);
	folder.rows = tree_count(block);
	folder.alloc_bytes = atomic_load_explicit(&cold->alloc_bytes, memory_order_relaxed);
	folder.apparent_bytes = atomic_load_explicit(&cold->apparent_bytes, memory_order_relaxed);
	folder.counts = atomic_load_explicit(&cold->counts, memory_order_relaxed);
	return folder;
}

/** Its number among the folders with marks, or HASH_NONE without memory. */
static uint32_t folder_of(struct marks *marks, dir_id dir)
{
	uint32_t at = hash_find(&marks->by_folder, hash_u32(dir));

	if (at != HASH_NONE)
		return at;
	if (alloc_room(&marks->folders, &marks->folder_capacity, marks->folder_count + 1))
		return HASH_NONE;
	if (hash_add(&marks->by_folder, hash_u32(dir), (uint32_t)marks->folder_count))
		return HASH_NONE;
	marks->folders[marks->folder_count] = (struct marked_folder){.dir = dir};
	return (uint32_t)marks->folder_count++;
}

static bool folder_equal(const struct marked_folder *a, const struct marked_folder *b)
{
	return a->block && a->block == b->block && a->rows == b->rows && a->alloc_bytes == b->alloc_bytes &&
	       a->apparent_bytes == b->apparent_bytes && a->counts == b->counts;
}

int marks_refresh(struct marks *marks, const struct tree *tree)
{
	bool *there = alloc_array(marks->count ? marks->count : 1, sizeof(*there));
	int rc = there ? 0 : -ENOMEM;
	unsigned pin;

	for (size_t i = 0; i < marks->count && !rc; i++)
		if (folder_of(marks, marks->items[i].dir) == HASH_NONE)
			rc = -ENOMEM;
	if (rc) {
		free(there);
		return rc;
	}
	pin = tree_pin(tree);
	for (size_t i = 0; i < marks->folder_count; i++) {
		struct marked_folder now = folder_now(tree, marks->folders[i].dir);

		now.same = folder_equal(&now, &marks->folders[i]);
		marks->folders[i] = now;
		if (!now.same)
			refresh_folder(marks, tree, now.dir, there);
	}
	tree_unpin(tree, pin);
	for (size_t i = marks->count; i-- > 0;)
		if (!there[i] && !marks->folders[folder_of(marks, marks->items[i].dir)].same)
			remove_at(marks, (uint32_t)i);
	marks_sum(marks, tree);
	free(there);
	return 0;
}

void marks_sum(struct marks *marks, const struct tree *tree)
{
	struct hash folders = {0};

	marks->alloc_bytes = marks->apparent_bytes = 0;
	for (size_t i = 0; i < marks->count; i++)
		if (marks->items[i].self != DIR_NONE)
			hash_add(&folders, hash_u32(marks->items[i].self), 0); /* without memory some count twice */
	for (size_t i = 0; i < marks->count; i++) {
		const struct marked_entry *mark = &marks->items[i];
		bool inside = false;

		if (tree_alive(tree, mark->dir))
			for (dir_id dir = mark->dir; dir != DIR_NONE && folders.count && !inside;
			     dir = tree_cold(tree, dir)->parent)
				inside = hash_find(&folders, hash_u32(dir)) != HASH_NONE;
		if (inside)
			continue;
		marks->alloc_bytes = figure_sum(marks->alloc_bytes, mark->alloc_bytes);
		marks->apparent_bytes = figure_sum(marks->apparent_bytes, mark->apparent_bytes);
	}
	hash_free(&folders);
}
