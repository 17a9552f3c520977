/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_SUBTREE_H
#define ENGINE_TREE_SUBTREE_H

#include "engine/tree/tree_state.h"

/*
 * Taking subtrees out of a complete tree and putting others in: what that changes for the directories above.  Thread:
 * the tree's owner.
 */

/** A name of a linked inode. */
struct subtree_link {
	uint32_t index; /* first: links_order() */
	dir_id dir;
};

/** What lies in a subtree. */
struct subtree_survey {
	dir_id *dirs; /* itself first */
	size_t dir_count, dir_capacity;
	struct subtree_link *links; /* sorted by index */
	size_t link_count, link_capacity;
	struct totals totals; /* of the subtree; bytes of linked inodes taken out */
};

/** Start with a zeroed survey.  0 or -ENOMEM; subtree_survey_free() either way. */
int subtree_survey_take(struct subtree_survey *survey, struct tree *tree, dir_id top);
void subtree_survey_free(struct subtree_survey *survey);

/** Forget the subtree's names of linked inodes: it is going for good. */
void subtree_forget_links(const struct subtree_survey *survey, struct tree *tree);

/**
 * Changes of the totals of `above` and its ancestors, collected and then made at once.  Of each hard link that has
 * names in a subtree it works out up to which ancestor it matters: above, its other names make it count before and
 * after alike.
 */
struct subtree_delta {
	struct tree *tree;
	dir_id above; /* nearest ancestor; DIR_NONE: nothing is above */
	uint32_t levels;
	/* Bytes as differences from one level to the next, level 0 = the nearest; levels + 1 of them. */
	struct figure *alloc_step, *apparent_step;
	int64_t items, files, errors;
};

/** 0 or -ENOMEM: nothing else can fail. */
int subtree_delta_begin(struct subtree_delta *delta, struct tree *tree, dir_id above);

/** Plain figures, of one row or a subtree. */
void subtree_delta_totals(struct subtree_delta *delta, const struct totals *totals, int sign);

/**
 * An inode comes (sign 1) or goes (-1) with all its names in a subtree.  Those names must not be found above just now:
 * forgotten, or their subtree hangs in the air.
 */
void subtree_delta_link(struct subtree_delta *delta, uint32_t index, int sign);

/** A whole subtree with its own row: both of the above, and one item. */
void subtree_delta_whole(struct subtree_delta *delta, const struct subtree_survey *survey, int sign);

/** Let it count. */
void subtree_delta_commit(struct subtree_delta *delta);
void subtree_delta_end(struct subtree_delta *delta);

/**
 * Give the blocks of a subtree back, once no pin can see them, and mark its directories dead (the root's NodeCold
 * stays).
 */
void subtree_bury(struct tree *tree, const struct subtree_survey *survey);

/** Where the blocks of a subtree lie now, for tree_retire(); NULL without memory (then they stay). */
struct arena_span *subtree_spans(struct tree *tree, const struct subtree_survey *survey, size_t *n);

/**
 * An inode's new figures: totals of all that count it, and the sums of those that name it (tree_unsum()).  0 or
 * -ENOMEM: nothing changed.
 */
int subtree_change_link(struct tree *tree, const struct link_change *change);

#endif
