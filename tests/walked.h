/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_WALKED_H
#define TESTS_WALKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A folder walked the slow and obvious way: the oracle of everything that claims to know its totals.  It shares no line
 * with the program under test, and needs no test framework.  An inode counts once in every directory that has a name of
 * it below; symbolic links are not followed, mounts not entered.
 * Without memory, or when the folder itself cannot be opened, the program ends.
 */

struct walked_dir {
	char *path;                  /* as bytes; begins with what was given as root */
	uint64_t alloc_bytes, apparent_bytes;
	uint64_t items, files;       /* below: all entries; those that are no directories */
	bool unreadable;             /* only its own figures are known */
};

struct walked {
	struct walked_dir *dirs;     /* sorted by the bytes of their paths */
	size_t count, capacity;
};

struct walked walked_take(const char *root);
void walked_free(struct walked *walked);

/** The directory of that path, or NULL. */
const struct walked_dir *walked_find(const struct walked *walked, const char *path);

/** Are both the same, directory by directory? */
int walked_equal(const struct walked *a, const struct walked *b);

#endif
