/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_DIR_INDEX_H
#define ENGINE_WATCH_DIR_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "engine/tree/tree_state.h"

/**
 * The directories of a tree by identity, to see that one has moved.  Thread: the applier.  Zeroed = not filled; those
 * that die are passed over.
 */
struct dir_index {
	struct hash by_identity; /* dir_ids; those that died and became another are told apart by who they are */
	size_t most;             /* of them, until the dead are taken out */
	bool filled;
};

/** A directory has come; before the table is filled nothing is done.  0 or -ENOMEM. */
int dir_index_add(struct dir_index *index, const struct tree *tree, dir_id dir);

/**
 * The living directory of the entry's identity, or DIR_NONE.  The first call fills the table; without memory nothing is
 * known, and moves are read anew.
 */
dir_id dir_index_find(struct dir_index *index, struct tree *tree, const struct entry *entry);

/** Is it that very directory (identity.h)? */
bool dir_index_same(const struct tree *tree, dir_id dir, const struct entry *entry);

void dir_index_free(struct dir_index *index);

#endif
