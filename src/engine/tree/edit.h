/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_EDIT_H
#define ENGINE_TREE_EDIT_H

#include "engine/tree/tree_state.h"

/*
 * Changing a complete tree in place.  Thread: the tree's one owner after the scan (the applier).  Readers go on reading
 * without a lock: a row's word is one atomic, creations use the block's slack, deletions set ROW_GONE, and a block is
 * replaced (and retired) only when its slack is gone.
 *
 * Every call carries its difference up to the root at once: totals, counts, errors, and of hard links just what each
 * ancestor must count.  Sums, and so fingerprints, follow lazily: tree_sum() before they are asked for.  After that
 * every directory is what a scan of the same entries would have made.
 */

/**
 * What lies at a row is this now: figures, type, times, another inode altogether.  Not for directories that have a
 * NodeCold, neither before nor after.
 * 0, or -ENOMEM: nothing changed.
 */
int edit_file(struct tree *tree, dir_id dir, uint32_t row, const struct entry *entry);

/** The directory's own inode changed: size, blocks, times. */
void edit_own(struct tree *tree, dir_id dir, const struct entry *entry);

/**
 * A new entry: a file or a leaf.  (A directory comes as a leaf row with ROW_ERROR, which scan_again() then enters.)  0
 * with *row, or -ENOMEM.
 */
int edit_insert(struct tree *tree, dir_id dir, const struct entry *entry, uint32_t *row);

/**
 * Remove a row; a directory goes with everything below, its dir_ids are dead from then on.  0 or -ENOMEM: nothing
 * changed.
 */
int edit_remove(struct tree *tree, dir_id dir, uint32_t row);

/**
 * Move a directory with its subtree to another parent and name; the dir_ids below stay.  0, -ENOMEM, or -ELOOP (into
 * itself): nothing changed.
 */
int edit_move(struct tree *tree, dir_id moved, dir_id parent, const char *name, size_t length);

#endif
