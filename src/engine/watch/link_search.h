/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_LINK_SEARCH_H
#define ENGINE_WATCH_LINK_SEARCH_H

#include "base/hash.h"
#include "engine/watch/dirty.h"
#include "engine/tree/link_names.h"
#include "engine/tree/tree_state.h"

/*
 * Names of linked inodes that no event tells of.  A file that gets a second name was a plain row, without an inode
 * number: its row is found by its figures and mtime, which linking does not change.  If it was written to as well,
 * nothing but its inode number finds it: through listings, without stat.
 * What is found is marked dirty.  Thread: the applier.  Zeroed = nothing is wanted.
 *
 * Either way all of the tree is passed over, at most for a twentieth of the time: whoever makes links all the time has
 * them looked for together.
 */
struct link_search {
	/* By figures: one pass over the rows for all that has gathered. */
	struct link_wanted *wanted;
	size_t wanted_count, wanted_capacity;
	int64_t pass_ns;         /* the next one not before that */
	/* By number: links of which not all names are known, from then on. */
	uint32_t *links;
	size_t link_count, link_capacity;
	int64_t due_ns;
	/* Under way: what is looked for (NULL = nothing), and where next. */
	uint64_t *inos;
	struct hash by_ino;
	dir_id at;
	int64_t begun_ns;
};

/** A name of a linked inode came into this row: want the others, unless all are known.  0 or -ENOMEM. */
int link_search_row(struct link_search *search, const struct tree *tree, dir_id dir, uint32_t row);

/** The same for all rows of a directory. */
int link_search_rows(struct link_search *search, const struct tree *tree, dir_id dir);

/** The end of a batch: mark the plain rows that have the figures wanted, unless that has to wait.  0 or -ENOMEM. */
int link_search_end(struct link_search *search, struct tree *tree, struct dirty *dirty, int64_t now_ns);

/** When link_search_run() has something to do: INT64_MIN at once, INT64_MAX never. */
int64_t link_search_due(const struct link_search *search);

/**
 * Between batches: what had to wait, and on looking for inode numbers, some directories at a time, once for each link
 * count.  `root`: O_PATH.
 * Returns when to come again (monotonic ns), INT64_MAX when there is nothing to do.
 */
int64_t link_search_run(struct link_search *search, struct tree *tree, int root, struct dirty *dirty, int64_t now_ns);

void link_search_free(struct link_search *search);

#endif
