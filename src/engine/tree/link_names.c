/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/link_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Linked inodes are told apart by what their rows hold: the index into the table of links. */
struct search {
	const struct tree *tree;
	dir_id dir;
	const atomic_bool *cancel;
	unsigned char *wanted;   /* one bit for each index */
	size_t wanted_capacity;
	uint32_t *seen;          /* indexes in the folder at hand */
	size_t seen_capacity;
	struct link_names *out;
};

static bool cancelled(const struct search *search)
{
	return search->cancel && atomic_load_explicit((atomic_bool *)(uintptr_t)search->cancel, memory_order_relaxed);
}

static bool is_link(uint64_t word)
{
	return row_type(word) != NODE_DIR && (row_flags(word) & (ROW_LINK | ROW_GONE)) == ROW_LINK;
}

static uint64_t word_of(const struct node_block *block, uint32_t i)
{
	return atomic_load_explicit(&((struct node_block *)(uintptr_t)block)->rows[i].word, memory_order_acquire);
}

static int want(struct search *search, uint32_t index)
{
	size_t before = search->wanted_capacity;

	if (index / 8 >= before) {
		unsigned char *grown = alloc_grow(search->wanted, &search->wanted_capacity, index / 8 + 1, 1);

		if (!grown)
			return -ENOMEM;
		search->wanted = grown;
		memset(grown + before, 0, search->wanted_capacity - before);
	}
	search->wanted[index / 8] |= (unsigned char)(1u << index % 8);
	return 0;
}

static bool is_wanted(const struct search *search, uint32_t index)
{
	return index / 8 < search->wanted_capacity && search->wanted[index / 8] >> index % 8 & 1;
}

static bool inside(const struct search *search, dir_id dir)
{
	while (dir != DIR_NONE && dir != search->dir)
		dir = atomic_load_explicit(&((struct node_cold *)(uintptr_t)tree_cold(search->tree, dir))->parent,
		                           memory_order_relaxed);
	return dir == search->dir;
}

static struct link_name *add(struct search *search, dir_id dir)
{
	struct link_names *out = search->out;
	struct link_name *grown = alloc_grow(out->items, &out->capacity, out->count + 1, sizeof *grown);
	struct buf path = {0};

	if (!grown)
		return NULL;
	out->items = grown;
	if (tree_path(search->tree, dir, &path)) {
		buf_free(&path);
		return NULL;
	}
	grown += out->count++;
	*grown = (struct link_name){.path = path.data};
	return grown;
}

static int add_name(struct search *search, dir_id dir, const struct node *node)
{
	struct link_name *name = add(search, dir);
	struct buf path = {0};

	if (!name)
		return -ENOMEM;
	buf_str(&path, name->path);
	if (!path.length || path.data[path.length - 1] != '/')
		buf_char(&path, '/');
	buf_add(&path, node->name, node->name_length);
	if (path.failed) {
		buf_free(&path);
		return -ENOMEM;
	}
	free(name->path);
	name->path = path.data;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/** Names of wanted inodes in one folder; with `row` those other than that one, each by itself. */
static int look_in(struct search *search, dir_id dir, int64_t row)
{
	const struct node_block *block = tree_block(search->tree, dir);
	struct link_name *folder = NULL;
	size_t seen = 0;
	int status = 0;

	for (uint32_t i = 0, count = block ? tree_count(block) : 0; i < count && !status; i++) {
		uint64_t word = word_of(block, i);
		struct node node;
		uint32_t *grown;

		if (!is_link(word) || !is_wanted(search, (uint32_t)row_payload(word)))
			continue;
		if (row >= 0) {
			tree_node(search->tree, block, i, &node);
			if (dir != search->dir || i != row)
				status = add_name(search, dir, &node);
			continue;
		}
		grown = alloc_grow(search->seen, &search->seen_capacity, 2 * (seen + 1), sizeof *grown);
		if (!grown)
			return -ENOMEM;
		search->seen = grown;
		grown[2 * seen] = (uint32_t)row_payload(word);
		grown[2 * seen++ + 1] = i;
	}
	if (!seen || status)
		return status;
	folder = add(search, dir);
	if (!folder)
		return -ENOMEM;
	qsort(search->seen, seen, 2 * sizeof *search->seen, by_number);
	for (size_t i = 0; i < seen; i++) {
		struct node node;

		if (i && search->seen[2 * i] == search->seen[2 * i - 2])
			continue;
		tree_node(search->tree, block, search->seen[2 * i + 1], &node);
		folder->alloc_bytes += node.alloc_bytes;
		folder->apparent_bytes += node.apparent_bytes;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct link_name *)a)->path, ((const struct link_name *)b)->path);
}

static int by_size(const void *a, const void *b)
{
	const struct link_name *left = a, *right = b;

	if (left->alloc_bytes != right->alloc_bytes)
		return left->alloc_bytes < right->alloc_bytes ? 1 : -1;
	return by_path(a, b);
}

/** The inodes that other names are looked for. */
static int want_all(struct search *search, int64_t row)
{
	const struct node_block *block;
	int status = 0;

	if (row >= 0) {
		block = tree_block(search->tree, search->dir);
		if (!block || row >= tree_count(block) || !is_link(word_of(block, (uint32_t)row)))
			return 0;
		return want(search, (uint32_t)row_payload(word_of(block, (uint32_t)row)));
	}
	for (dir_id dir = DIR_ROOT; dir < tree_dir_limit(search->tree) && !status; dir++) {
		bool asked = false;

		if (cancelled(search))
			return -ECANCELED;
		block = tree_alive(search->tree, dir) ? tree_block(search->tree, dir) : NULL;
		for (uint32_t i = 0, count = block ? tree_count(block) : 0; i < count && !status; i++) {
			uint64_t word = word_of(block, i);

			if (!is_link(word))
				continue;
			if (!asked && !inside(search, dir))
				break;
			asked = true;
			status = want(search, (uint32_t)row_payload(word));
		}
	}
	return status;
}

int link_names_find(const struct tree *tree, dir_id dir, int64_t row, const atomic_bool *cancel, struct link_names *out)
{
	struct search search = {.tree = tree, .dir = dir, .cancel = cancel, .out = out};
	unsigned pin = tree_pin(tree);
	int status;

	*out = (struct link_names){0};
	status = want_all(&search, row);
	for (dir_id at = DIR_ROOT; at < tree_dir_limit(tree) && !status && search.wanted; at++) {
		if (cancelled(&search))
			status = -ECANCELED;
		else if (tree_alive(tree, at) && (row >= 0 || !inside(&search, at)))
			status = look_in(&search, at, row);
	}
	tree_unpin(tree, pin);
	free(search.wanted);
	free(search.seen);
	if (status)
		link_names_clear(out);
	else if (out->count)
		qsort(out->items, out->count, sizeof *out->items, row >= 0 ? by_path : by_size);
	return status;
}

void link_names_clear(struct link_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].path);
	free(names->items);
	*names = (struct link_names){0};
}
