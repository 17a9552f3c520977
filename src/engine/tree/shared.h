/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_SHARED_H
#define ENGINE_TREE_SHARED_H

#include <stdlib.h>

#include "base/hash.h"

/*
 * The table of shared bytes.  tree_compute_shared() and tree_shared() of tree.h live in shared.c; the tree owns the
 * table and frees it.
 */

struct shared_bytes {
	uint64_t alloc_bytes, apparent_bytes;
	uint32_t names; /* of the inode at hand, while it is computed */
};

struct shared_table {
	struct hash by_dir;
	struct shared_bytes *items;
	size_t capacity;
	uint64_t retired;          /* epoch of its replacement */
	struct shared_table *next; /* older ones, replaced and not yet freed */
};

static inline void shared_table_free(struct shared_table *table)
{
	hash_free(&table->by_dir);
	free(table->items);
	free(table);
}

#endif
