/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SCAN_SCAN_RULES_H
#define ENGINE_SCAN_SCAN_RULES_H

#include "engine/scan/mounts.h"
#include "engine/scan/scan.h"
#include "engine/tree/tree_state.h"

/*
 * By which rules a tree is filled: what of it is counted, what is entered, who is told.  A scan has them, and so has
 * whoever keeps its tree true afterwards.
 */
struct scan_rules {
	struct tree *tree;
	struct scan_options options;
	/*
	 * below the tree's root, whatever part of it is scanned: of two that show the same files it decides for the
	 * tree
	 */
	struct mounts *mounts;
	mount_node top_node; /* of what is being scanned, in them */
	dir_id top;          /* that: DIR_ROOT, or a detached directory */
	char *top_path;      /* its absolute path */
	const char *named;   /* what patterns, images and the tree call that */
	bool by_name_only;   /* exclusion needs no paths */
};

/** For DIR_ROOT, without mounts.  0 or -ENOMEM, to be freed in any case. */
int scan_rules_init(struct scan_rules *rules, struct tree *tree, const char *top_path,
                    const struct scan_options *options);
void scan_rules_free(struct scan_rules *rules);

/** Go by this table from now on; takes it over.  Nothing must be under way. */
void scan_rules_use_mounts(struct scan_rules *rules, struct mounts *mounts);

/** The mount node of a directory, found by its path. */
mount_node scan_rules_node(const struct scan_rules *rules, dir_id dir);

#endif
