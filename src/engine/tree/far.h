/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_FAR_H
#define ENGINE_TREE_FAR_H

#include "engine/tree/tree_state.h"

/*
 * Totals of directories far below the root.  If each directory added its sums to all its ancestors, a chain of n
 * directories would cost n² steps.  So one that lies more than FAR_LEVELS down has DIR_FAR while it is not complete:
 * what is added to it goes no further (tree_add_up()), and when it is complete, it passes its total on to its parent,
 * less what the parent has of it already:
 *
 *      level 64   near      has its rows and the own figures of its subdirectories, as ever, and the total of `far`
 *                 once that is complete
 *            65   far       has its rows, and the totals of those of its subdirectories that are complete
 *
 * So figures near the root are those of the moment, but for what is read far down just now.
 *
 * Threads: the worker that claims a directory sets the flag before anything below exists; the one who sees its
 * `pending` turn 0, and so all that was added to it, passes it on and clears the flag before it lowers the parent's:
 * nobody else adds to a complete directory.
 */

#define FAR_LEVELS 64

/** Is it far from the root of what is being read?  Then it gets the flag.  Thread: the worker that claimed it. */
void far_begin(struct tree *tree, dir_id dir);

/** Has it the flag? */
static inline bool far_is(const struct tree *tree, dir_id dir)
{
	const struct node_cold *cold = arena_at(&tree->colds, dir);

	return atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_FAR;
}

/** The parent of this far directory has these bytes already.  0 or -ENOMEM.  Any worker that reads below it. */
int far_counted(struct tree *tree, dir_id dir, uint64_t alloc_bytes, uint64_t apparent_bytes);

/** It is complete: pass its total on.  Thread: who lowered its `pending` to 0. */
void far_pass(struct tree *tree, dir_id dir);

/** All is complete, or given up: what was counted is forgotten. */
void far_forget(struct tree *tree);

#endif
