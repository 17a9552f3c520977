/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/link_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "engine/tree/tree_state.h"

/* Linked inodes are told apart by what their rows hold: the index into the table of links. */
struct search {
	const struct tree *tree;
	dir_id dir;
	const atomic_bool *cancel;
	unsigned char *wanted; /* one bit for each index */
	size_t wanted_capacity;
	uint32_t *seen; /* indexes in the folder at hand */
	size_t seen_capacity;
	struct link_names *out;
};

static bool cancelled(const struct search *search)
{
	return search->cancel && atomic_load_explicit(search->cancel, memory_order_relaxed);
}

static bool is_link(uint64_t word)
{
	return row_type(word) != NODE_DIR && (row_flags(word) & (ROW_LINK | ROW_GONE)) == ROW_LINK;
}

static int want(struct search *search, uint32_t index)
{
	size_t before = search->wanted_capacity;

	if (index / 8 >= before) {
		if (alloc_room(&search->wanted, &search->wanted_capacity, index / 8 + 1))
			return -ENOMEM;
		memset(search->wanted + before, 0, search->wanted_capacity - before);
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
		dir = atomic_load_explicit(&tree_cold(search->tree, dir)->parent, memory_order_relaxed);
	return dir == search->dir;
}

static struct link_name *add(struct search *search, dir_id dir)
{
	struct link_names *out = search->out;
	struct buf path = {0};

	if (alloc_room(&out->items, &out->capacity, out->count + 1) || tree_path(search->tree, dir, &path)) {
		buf_free(&path);
		return NULL;
	}
	out->items[out->count] = (struct link_name){.path = path.data};
	return &out->items[out->count++];
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

/** Names of wanted inodes in one folder; with `row` those other than that one, each by itself. */
static int look_in(struct search *search, dir_id dir, int64_t row)
{
	const struct node_block *block = tree_block(search->tree, dir);
	struct link_name *folder = NULL;
	size_t seen = 0;
	int rc = 0;

	for (uint32_t i = 0, count = block ? tree_count(block) : 0; i < count && !rc; i++) {
		uint64_t word = row_word(block, i);
		struct node node;

		if (!is_link(word) || !is_wanted(search, (uint32_t)row_payload(word)))
			continue;
		if (row >= 0) {
			tree_node(search->tree, block, i, &node);
			if (dir != search->dir || i != row)
				rc = add_name(search, dir, &node);
			continue;
		}
		if (alloc_room(&search->seen, &search->seen_capacity, 2 * (seen + 1)))
			return -ENOMEM;
		search->seen[2 * seen] = (uint32_t)row_payload(word);
		search->seen[2 * seen++ + 1] = i;
	}
	if (!seen || rc)
		return rc;
	folder = add(search, dir);
	if (!folder)
		return -ENOMEM;
	qsort(search->seen, seen, 2 * sizeof(*search->seen), links_order);
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
	int rc = 0;

	if (row >= 0) {
		block = tree_block(search->tree, search->dir);
		if (!block || row >= tree_count(block) || !is_link(row_word(block, (uint32_t)row)))
			return 0;
		return want(search, (uint32_t)row_payload(row_word(block, (uint32_t)row)));
	}
	for (dir_id dir = DIR_ROOT; dir < tree_dir_limit(search->tree) && !rc; dir++) {
		bool asked = false;

		if (cancelled(search))
			return -ECANCELED;
		block = tree_alive(search->tree, dir) ? tree_block(search->tree, dir) : NULL;
		for (uint32_t i = 0, count = block ? tree_count(block) : 0; i < count && !rc; i++) {
			uint64_t word = row_word(block, i);

			if (!is_link(word))
				continue;
			if (!asked && !inside(search, dir))
				break;
			asked = true;
			rc = want(search, (uint32_t)row_payload(word));
		}
	}
	return rc;
}

int link_names_find(const struct tree *tree, dir_id dir, int64_t row, const atomic_bool *cancel, struct link_names *out)
{
	struct search search = {.tree = tree, .dir = dir, .cancel = cancel, .out = out};
	unsigned pin = tree_pin(tree);
	int rc;

	*out = (struct link_names){0};
	rc = want_all(&search, row);
	for (dir_id at = DIR_ROOT; at < tree_dir_limit(tree) && !rc && search.wanted; at++) {
		if (cancelled(&search))
			rc = -ECANCELED;
		else if (tree_alive(tree, at) && (row >= 0 || !inside(&search, at)))
			rc = look_in(&search, at, row);
	}
	tree_unpin(tree, pin);
	free(search.wanted);
	free(search.seen);
	if (rc)
		link_names_clear(out);
	else if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), row >= 0 ? by_path : by_size);
	return rc;
}

void link_names_clear(struct link_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].path);
	free(names->items);
	*names = (struct link_names){0};
}

/* ---- rows ---- */

void link_names_each(const struct tree *tree, uint32_t index, void (*each)(void *context, dir_id dir, uint32_t row),
                     void *context)
{
	struct link *link = links_at(&tree->links, index);
	const dir_id *parents = link_parents(link);

	for (uint32_t p = 0; p < link->parent_count; p++) {
		const struct node_block *block = tree_block(tree, parents[p]);
		bool seen = false;

		for (uint32_t q = 0; q < p && !seen; q++)
			seen = parents[q] == parents[p];
		for (uint32_t i = 0; !seen && block && i < tree_count(block); i++) {
			uint64_t word = row_word(block, i);

			if (is_link(word) && row_payload(word) == index)
				each(context, parents[p], i);
		}
	}
}

static uint32_t hash_figures(uint64_t alloc_bytes, uint64_t apparent_bytes, int64_t mtime_s)
{
	return hash_u64(apparent_bytes ^ (alloc_bytes + (uint64_t)mtime_s) * 0xd6e8feb86659fd93u);
}

int link_names_find_plain(const struct tree *tree, const struct link_wanted *wanted, size_t n,
                          void (*found)(void *context, size_t which, dir_id dir, uint32_t row), void *context)
{
	struct hash by_figures = {0};
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++)
		rc = hash_add(&by_figures,
		              hash_figures(wanted[i].alloc_bytes, wanted[i].apparent_bytes, wanted[i].mtime_s),
		              (uint32_t)i);
	for (dir_id dir = DIR_ROOT, limit = tree_dir_limit(tree); dir < limit && !rc; dir++) {
		const struct node_block *block = tree_alive(tree, dir) ? tree_block(tree, dir) : NULL;

		for (uint32_t row = 0, count = block ? tree_count(block) : 0; row < count; row++) {
			uint64_t word = row_word(block, row);
			struct node node;

			if (row_type(word) == NODE_DIR || row_flags(word) & (ROW_LINK | ROW_GONE | ROW_LEAF))
				continue;
			tree_node(tree, block, row, &node);
			HASH_EACH (&by_figures, hash_figures(node.alloc_bytes, node.apparent_bytes, node.mtime_s), i)
				if (wanted[i].alloc_bytes == node.alloc_bytes &&
				    wanted[i].apparent_bytes == node.apparent_bytes &&
				    wanted[i].mtime_s == node.mtime_s)
					found(context, i, dir, row);
		}
	}
	hash_free(&by_figures);
	return rc;
}
