/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_DISK_H
#define TESTS_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/tree/tree.h"

/*
 * Trees on disk, and what a slow and obvious walk finds in them: the oracle of the scanner.  Needs no test framework,
 * so that the race programs use it, too.  What fails in making a tree ends the program; what differs is printed to
 * stderr and counted.
 */

/** A new empty folder under $TMPDIR (default /tmp); to be freed. */
char *disk_folder(void);

/** Remove it with all below, however deep, and free the path. */
void disk_remove(char *folder);

uint64_t disk_random(uint64_t *seed, uint64_t below);

/**
 * About `size` entries: folders, files (sparse and huge ones among them), links of both kinds, pipes, names of any
 * bytes.
 */
void disk_fill(const char *folder, uint64_t seed, int size);

/**
 * `changes` random ones anywhere below: files come, grow, go, get and lose names; folders come, move, go.  `linked`:
 * files with several names, too.
 */
void disk_change(const char *folder, uint64_t seed, int changes, bool linked);

/** A file of n written bytes; an empty folder; both by path. */
void disk_file(const char *folder, const char *name, size_t bytes);
void disk_dir(const char *folder, const char *name);

/** n empty files `prefix000001`... in a folder. */
void disk_many(const char *folder, const char *prefix, int n);

/** A chain of folders named `name`; 0 files. */
void disk_chain(const char *folder, const char *name, int depth);

/** `du -s -B1 [option] folder`. */
uint64_t disk_du(const char *folder, const char *option);

/** Random folder below (or `folder` itself), its path relative to it; to be freed. */
char *disk_random_dir(const char *folder, uint64_t *seed);

/** Compare a complete tree with a walk of its root: every entry, every total.  The number of differences. */
int disk_check(const struct tree *tree);

/**
 * Does a complete tree agree with itself: totals, direct bytes and fingerprints with its rows?  The number of
 * differences.
 */
int disk_consistent(const struct tree *tree);

/** Compare two complete trees of the same folder, fingerprints too.  `shared`: tree_shared() as well. */
int disk_compare(const struct tree *a, const struct tree *b, bool shared);

#endif
