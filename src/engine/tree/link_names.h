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
	char *path;            /* absolute, raw: of a name, or of a folder that holds some */
	uint64_t alloc_bytes;  /* of a folder: what of the place has names in it, each inode once */
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

#endif
