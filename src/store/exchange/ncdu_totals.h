/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_NCDU_TOTALS_H
#define STORE_EXCHANGE_NCDU_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/figure.h"
#include "base/hash.h"

/*
 * What directories come to while a tree goes by depth-first, each told when it is left: an inode counts once in every
 * directory with a name of it, and is shared where it has names outside.  Memory: the open directories, and the inodes
 * with several names.
 */

struct totals_pair {
	struct figure apparent, alloc;
};

struct totals_dir {
	uint64_t entered; /* on the clock of entries */
	uint64_t dev;
	uint64_t items;
	struct totals_pair sum;    /* itself and everything below, each inode once */
	struct totals_pair linked; /* of that the inodes with several names, */
	struct totals_pair whole;  /* and of those the ones that have all their names here */
	bool error;                /* something below could not be read */
};

struct ncdu_totals {
	struct totals_dir *dirs; /* the open ones */
	size_t depth, capacity;
	struct hash by_inode;
	struct totals_link *links;
	size_t link_capacity;
	uint64_t clock;
};

/** Zeroed = empty. */
void ncdu_totals_free(struct ncdu_totals *totals);

/** Open a directory with its own figures; `dev`: 0 = as its parent.  0 or -ENOMEM. */
int ncdu_totals_enter(struct ncdu_totals *totals, uint64_t dev, uint64_t apparent_bytes, uint64_t alloc_bytes);

/** Close the innermost one; what it came to. */
struct totals_dir ncdu_totals_leave(struct ncdu_totals *totals);

/** A file in it, or an entry without figures. */
void ncdu_totals_file(struct ncdu_totals *totals, uint64_t apparent_bytes, uint64_t alloc_bytes, bool error);

/** A name of an inode with several.  0 or -ENOMEM. */
int ncdu_totals_link(struct ncdu_totals *totals, uint64_t dev, uint64_t ino, uint32_t nlink, uint64_t apparent_bytes,
                     uint64_t alloc_bytes);

#endif
