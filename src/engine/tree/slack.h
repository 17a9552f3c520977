/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_SLACK_H
#define ENGINE_TREE_SLACK_H

#include "base/hash.h"
#include "engine/tree/node.h"

/*
 * What blocks that change have room for.  A block is as large as its rows and names, until it is to grow; then it is
 * made anew with slack:
 *
 *     | dir | count | rows … | free rows | names … | free bytes |
 *                                                  ↑ name_next  ↑ name_end
 *
 * Thread: the tree's owner.
 */

struct tree;

/** A block with slack, or one in which rows died. */
struct block_slack {
	dir_id dir;
	uint32_t unit, units; /* the block; another one since = the entry is old */
	uint32_t rows;        /* room for so many */
	uint32_t name_next, name_end;
	uint32_t dead;
};

/** Those of a tree.  {0} is empty. */
struct slack {
	struct hash by_dir;
	struct block_slack *blocks;
	size_t count, capacity;
};

/** What is known of the directory's block, until the next call; NULL without memory. */
struct block_slack *slack_of(struct tree *tree, dir_id dir);

/** Another directory will have this dir_id. */
void slack_forget(struct tree *tree, dir_id dir);

/** Units that a block takes, with its slack. */
uint32_t slack_units(const struct tree *tree, const struct node_block *block);

void slack_free(struct slack *slack);

#endif
