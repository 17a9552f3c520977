/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_ROW_SUMS_H
#define ENGINE_TREE_ROW_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/figure.h"
#include "engine/tree/tree.h"

/*
 * Summing the rows of one block: what its directory holds directly.  Inline, because images, growth and the figures of
 * written files pass over every row of a tree.
 */

/** Apparent and allocated bytes of a plain file's row (neither ROW_LINK nor ROW_WIDE). */
static inline uint64_t row_apparent_bytes(uint64_t word)
{
	return row_payload(word) & ((UINT64_C(1) << ROW_SIZE_BITS) - 1);
}

static inline uint64_t row_alloc_bytes(uint64_t word)
{
	int64_t more = (int64_t)word >> (64 - ROW_BLOCKS_BITS); /* signed: the top bits */
	int64_t blocks = (int64_t)((row_apparent_bytes(word) + 511) / 512) + more;

	return (uint64_t)blocks * 512;
}

static_assert(ROW_PAYLOAD_SHIFT + ROW_SIZE_BITS + ROW_BLOCKS_BITS == 64, "the blocks are the top bits");

struct row_sums {
	uint64_t alloc_bytes, apparent_bytes; /* of the direct files that are not linked */
	uint32_t entries;                     /* of every kind */
	bool links;                           /* linked files are there: tree_direct_bytes() counts them */
};

/** Add row i, whose word was loaded before. */
static inline void row_sums_add(struct row_sums *sums, const struct tree *tree, const struct node_block *block,
                                uint32_t i, uint64_t word)
{
	unsigned flags = row_flags(word);

	if (flags & ROW_GONE)
		return;
	sums->entries++;
	if (row_type(word) == NODE_DIR)
		return;
	if (__builtin_expect(!(flags & (ROW_LINK | ROW_WIDE)), 1)) {
		sums->alloc_bytes = figure_sum(sums->alloc_bytes, row_alloc_bytes(word));
		sums->apparent_bytes = figure_sum(sums->apparent_bytes, row_apparent_bytes(word));
	} else if (flags & ROW_LINK) {
		sums->links = true;
	} else {
		struct node node;

		tree_node(tree, block, i, &node);
		sums->alloc_bytes = figure_sum(sums->alloc_bytes, node.alloc_bytes);
		sums->apparent_bytes = figure_sum(sums->apparent_bytes, node.apparent_bytes);
	}
}

#endif
