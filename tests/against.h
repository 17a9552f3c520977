/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_AGAINST_H
#define TESTS_AGAINST_H

#include <stdbool.h>

#include "walked.h"

/*
 * What the program under test says, held against a walk: every directory, allocated and apparent bytes and items.  Each
 * returns the number of differences and writes the first of them to stderr if `tell`.
 */

/**
 * Run `PROGRAM size --json`.  Of directories in `before` (may be NULL) where nothing is any more it must know nothing.
 */
int against_size(const char *program, const struct walked *walked, const struct walked *before, bool tell);

/** The newest snapshot of a database whose only root is the one walked; its files, too, and no directory more. */
int against_snapshot(const char *db, const struct walked *walked, bool tell);

/**
 * What was walked, a line a directory: allocated and apparent bytes, items, files, path (control bytes and backslashes
 * as \ooo).
 */
void against_print(const struct walked *walked);

#endif
