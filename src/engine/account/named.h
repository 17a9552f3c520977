/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_ACCOUNT_NAMED_H
#define ENGINE_ACCOUNT_NAMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/image/image.h"
#include "engine/scan/scan.h"
#include "engine/system/file_system.h"

/* What has a name in a file system: below a path, and beside it. */
struct named_bytes {
	uint64_t tree_bytes; /* at and below the path, in its file system only; each inode once */
	bool tree_known;
	uint64_t outside_bytes; /* what no name below the path leads to */
	bool outside_known;
	bool partial;            /* a part was taken as it had been, or is being read */
	int64_t as_of;           /* Unix seconds */
	uint64_t unreadable;     /* folders and entries, */
	char **unreadable_paths; /* the first of them; absolute */
	size_t unreadable_path_count, unreadable_path_capacity;
};

#define NAMED_UNREADABLE_MOST 1000 /* paths that are kept */

/**
 * Who scans: a folder to the end.  *out is the ended scan.  0; -ECANCELED; -errno with a sentence.
 */
struct named_scanner {
	int (*scan)(void *context, const char *path, const struct scan_options *options, struct scan **out,
	            struct err *err);
	void *context;
};

/**
 * Read the whole file system, by the mounts that show most of it: subvolumes and bind mounts, each part once.
 * 0; what the scanner returned; -ENOMEM.
 */
int named_scan(const struct fs_info *fs, const struct named_scanner *scanner, struct named_bytes *out, struct err *err);

/**
 * What a complete tree says of the file system that its directory `dir` lies in: what other file systems hold below it
 * is left out.  What is outside is known only when `dir` is the root of all.
 * What changes meanwhile may be in it or not.  `cancel` is polled; may be NULL.  0, -ECANCELED, -ENOMEM.
 */
int named_tree(const struct fs_info *fs, const struct tree *tree, dir_id dir, const _Atomic bool *cancel,
               struct named_bytes *out);

/** The same of a directory of a stored tree, as it was then. */
void named_image(const struct fs_info *fs, const struct image *image, uint32_t dir, int64_t as_of,
                 struct named_bytes *out);

/** Is the table's mount `of` one of those that together show all that can be seen, each part once? */
bool named_shows(const struct fs_info *fs, size_t of);

void named_clear(struct named_bytes *named);

#endif
