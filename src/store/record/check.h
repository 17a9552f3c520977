/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_RECORD_CHECK_H
#define STORE_RECORD_CHECK_H

#include <stdbool.h>

#include "base/err.h"
#include "store/db/store.h"

/* Is what lasts on disk as it should be?  `doctor` asks. */

enum check_state {
	CHECK_GOOD,
	CHECK_HINT,     /* works, but worth knowing */
	CHECK_WRONG,
	CHECK_REPAIRED, /* was wrong */
};

/** Told of each finding: what was looked at (one word, not translated yet), and a sentence. */
typedef void check_found(void *context, const char *what, enum check_state state, const char *sentence);

/**
 * The database: pages, schema, checksums of the rows, references, chains.  `full`: also the content of its indexes, and
 * every snapshot, rebuilt from its rows and held against the fingerprints: the tree, its totals, its lists of files.
 * 0, or -errno with a sentence when it could not be looked at.
 */
int check_database(struct store *store, bool full, check_found *found, void *context, struct err *err);

/**
 * The indexes of all folders that were scanned on this machine, and what was noted of followed ones.  `repair`: an
 * index that is missing, damaged or older than it should be is made anew from the newest snapshot; what a crash left
 * behind or belongs to no folder any more is removed.  An index that somebody follows is left to them.  0, or -errno
 * with a sentence.
 */
int check_indexes(struct store *store, bool repair, check_found *found, void *context, struct err *err);

#endif
