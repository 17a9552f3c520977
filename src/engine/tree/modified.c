/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/modified.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "engine/tree/links.h"
#include "engine/tree/row_sums.h"

/*
 * One pass: directories breadth first into an order in which parents come before their children, each with what its own
 * files add; then backwards, each sum into the parent's.  A linked inode counts once in a directory, but again in every
 * other that names it:
 * the figure stands in for growth, it is not a part of a total.
 *
 * Thread: one of its own; workers may be filling the tree meanwhile.  What is not listed yet is left out.
 */

#define NOT_LISTED UINT64_MAX
#define MOST (UINT64_MAX - 1) /* or more */

static uint64_t sum(uint64_t a, uint64_t b)
{
	uint64_t bytes = figure_sum(a, b);

	return bytes > MOST ? MOST : bytes;
}

struct modified {
	dir_id limit;
	bool times;       /* something was modified at a time */
	uint64_t bytes[]; /* by dir_id */
};

struct pass {
	const struct tree *tree;
	struct modified *modified;
	dir_id *order;
	size_t count;
	uint32_t since; /* as rows hold times */
	uint32_t *seen; /* linked inodes of the directory at hand, by their row's payload */
	size_t seen_capacity;
};

/** Allocated bytes of a linked row. */
static uint64_t link_bytes(const struct tree *tree, const struct node_block *block, uint32_t i)
{
	struct node node;

	tree_node(tree, block, i, &node);
	return node.alloc_bytes;
}

/** What the directory's own files add; its subdirectories go to the end of the order. */
static int visit(struct pass *pass, dir_id dir)
{
	const struct node_block *block = tree_block(pass->tree, dir);
	uint32_t rows = block ? tree_count(block) : 0;
	struct row_sums sums = {0};
	size_t links = 0;

	pass->modified->times |= tree_cold(pass->tree, dir)->mtime_ns != 0;
	if (!block && !tree_complete(pass->tree, dir))
		return 0;
	for (uint32_t i = 0; i < rows; i++) {
		uint64_t word = row_word(block, i);
		unsigned flags = row_flags(word);

		pass->modified->times |= block->rows[i].mtime != 0;
		if (row_type(word) == NODE_DIR) {
			dir_id child = (dir_id)row_payload(word);

			if (!(flags & (ROW_LEAF | ROW_GONE)) && child < pass->modified->limit)
				pass->order[pass->count++] = child;
		} else if (block->rows[i].mtime >= pass->since) {
			if (!(flags & ROW_LINK)) {
				row_sums_add(&sums, pass->tree, block, i, word);
			} else if (!(flags & ROW_GONE)) {
				if (alloc_room(&pass->seen, &pass->seen_capacity, 2 * (links + 1)))
					return -ENOMEM;
				pass->seen[2 * links] = (uint32_t)row_payload(word);
				pass->seen[2 * links + 1] = i;
				links++;
			}
		}
	}
	if (links)
		qsort(pass->seen, links, 2 * sizeof(*pass->seen), links_order);
	for (size_t l = 0; l < links; l++)
		if (l == 0 || pass->seen[2 * l] != pass->seen[2 * l - 2])
			sums.alloc_bytes = figure_sum(sums.alloc_bytes,
			                              link_bytes(pass->tree, block, pass->seen[2 * l + 1]));
	pass->modified->bytes[dir] = sum(sums.alloc_bytes, 0);
	return 0;
}

struct modified *modified_compute(const struct tree *tree, int64_t since_unix_s)
{
	dir_id limit = tree_dir_limit(tree);
	struct pass pass = {.tree = tree,
	                    .since = since_unix_s < 0          ? 0
	                           : since_unix_s > UINT32_MAX ? UINT32_MAX
	                                                       : (uint32_t)since_unix_s};
	size_t bytes;
	int rc = -ENOMEM;

	if (alloc_mul(limit, sizeof(pass.modified->bytes[0]), &bytes))
		pass.modified = alloc_resize(NULL, 1, sizeof(*pass.modified) + bytes);
	pass.order = alloc_resize(NULL, limit, sizeof(*pass.order));
	if (!pass.modified || !pass.order)
		goto out;
	pass.modified->limit = limit;
	pass.modified->times = false;
	for (dir_id dir = 0; dir < limit; dir++)
		pass.modified->bytes[dir] = NOT_LISTED;

	unsigned pin = tree_pin(tree);

	pass.order[pass.count++] = DIR_ROOT;
	rc = 0;
	for (size_t at = 0; at < pass.count && !rc; at++)
		rc = visit(&pass, pass.order[at]);
	tree_unpin(tree, pin);
	while (!rc && pass.count > 1) {
		dir_id dir = pass.order[--pass.count];

		uint64_t *above = &pass.modified->bytes[tree_cold(tree, dir)->parent];

		if (pass.modified->bytes[dir] != NOT_LISTED)
			*above = sum(*above, pass.modified->bytes[dir]);
	}
out:
	free(pass.order);
	free(pass.seen);
	if (rc) {
		free(pass.modified);
		errno = -rc;
		return NULL;
	}
	return pass.modified;
}

bool modified_known(const struct modified *modified)
{
	return modified->times;
}

void modified_destroy(struct modified *modified)
{
	free(modified);
}

bool modified_bytes(const struct modified *modified, dir_id dir, uint64_t *bytes)
{
	if (dir >= modified->limit || modified->bytes[dir] == NOT_LISTED)
		return false;
	*bytes = modified->bytes[dir] == MOST ? FIGURE_BEYOND : modified->bytes[dir];
	return true;
}

int modified_newest(const struct tree *tree, dir_id dir, const _Atomic bool *cancel, int64_t *newest_s)
{
	dir_id *stack = NULL;
	size_t capacity = 0, depth = 0;
	unsigned pin = tree_pin(tree);
	int rc = 0;

	*newest_s = INT64_MIN;
	for (dir_id at = dir;; at = stack[--depth]) {
		const struct node_block *block = tree_block(tree, at);

		if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
			rc = -ECANCELED;
		for (uint32_t i = 0, count = block ? tree_count(block) : 0; i < count && !rc; i++) {
			struct node node;

			tree_node(tree, block, i, &node);
			if (node.flags & (ROW_GONE | ROW_LEAF))
				continue;
			if (node.type != NODE_DIR) {
				*newest_s = node.mtime_s > *newest_s ? node.mtime_s : *newest_s;
			} else {
				rc = alloc_room(&stack, &capacity, depth + 1);
				if (!rc)
					stack[depth++] = node.dir;
			}
		}
		if (rc || !depth)
			break;
	}
	tree_unpin(tree, pin);
	free(stack);
	return rc;
}
