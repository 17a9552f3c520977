/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_LINK_NAMES_H
#define ENGINE_TREE_LINK_NAMES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/tree/tree.h"

/* Where else the hard-linked files of a place have names. */

struct link_name {
	char *path;           /* absolute, raw: of a name, or of a folder that holds some */
	uint64_t alloc_bytes; /* of a folder: what of the place has names in it, each inode once */
	uint64_t apparent_bytes;
};

struct link_names {
	struct link_name *items; /* names by path; folders by what they hold, the largest first */
	size_t count, capacity;
};

/**
 * row ≥ 0: the other names of that file of `dir`.  Else the folders outside `dir` that hold names of files below it.
 * One pass over all rows of the tree, under a pin: for a thread of its own, which `cancel` (may be NULL) ends early.
 * 0, -ECANCELED or -ENOMEM.
 */
int link_names_find(const struct tree *tree, dir_id dir, int64_t row, const atomic_bool *cancel,
                    struct link_names *out);
void link_names_clear(struct link_names *names);

/** Call `each` for every row that names a linked inode, given by what its rows hold.  Thread: the tree's owner. */
void link_names_each(const struct tree *tree, uint32_t index, void (*each)(void *context, dir_id dir, uint32_t row),
                     void *context);

/** A file's figures, to look for its row without knowing where it is. */
struct link_wanted {
	uint64_t alloc_bytes, apparent_bytes;
	int64_t mtime_s;
};

/**
 * Find plain (not linked) rows of files of any kind with these figures: a new hard link's other name is among them,
 * since linking changes none of the three.
 * One pass over the tree, whatever n is.  Thread: the tree's owner.  0 or -ENOMEM.
 */
int link_names_find_plain(const struct tree *tree, const struct link_wanted *wanted, size_t n,
                          void (*found)(void *context, size_t which, dir_id dir, uint32_t row), void *context);

#endif
