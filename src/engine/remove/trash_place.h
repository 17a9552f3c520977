/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_REMOVE_TRASH_PLACE_H
#define ENGINE_REMOVE_TRASH_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A trash folder: which one, and the files that tell what is in it. */

struct trash_place {
	char *path; /* absolute, raw; NULL: the home trash, which may be anywhere */
	/* of a file system's own trash: its mount point, from which paths are told; NULL: they are absolute */
	char *top;
	int dir, files, info; /* -1 = not open */
};

/**
 * The trash for what lies in the open folder `at`, whose path this is: opened, and made if need be.
 * 0; -EXDEV: none can be had there; or -errno.
 */
int trash_open(struct trash_place *trash, int at, const char *path);

/** The one that is at this path already; for taking something out of it. */
int trash_open_again(struct trash_place *trash, const char *path);
void trash_close(struct trash_place *trash);

/**
 * Make the note of a thing that is to be called *name in the trash: a name like that of the thing which nothing there
 * has.  To be freed.  0 or -errno.
 */
int trash_write_note(const struct trash_place *trash, const char *path, const char *thing, char **name);
void trash_remove_note(const struct trash_place *trash, const char *name);

/** A folder in the trash, for its cache of sizes. */
struct trash_size {
	const char *name;
	uint64_t bytes;
};

/** Enter folders into `directorysizes`, whose lines of things that are gone are dropped.  0 or -errno. */
int trash_note_sizes(const struct trash_place *trash, const struct trash_size *sizes, size_t count);

#endif
