/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DIFF_DIFF_H
#define STORE_DIFF_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/image/image.h"
#include "store/files/file_list.h"

/*
 * Growth between two images: fingerprint-pruned descent, its cost follows what changed.
 *
 * Entries form the tree of the newer image, with what is gone below its former parent.  An entry's delta is its
 * subtree's; its direct delta is that without its subdirectories' entries, so that the direct deltas add up to the
 * root's delta, exactly.  A moved directory is compared with what it was elsewhere: its delta is only its own growth,
 * and the bytes that it took along show in the direct deltas of the two folders.
 * Unknown (unreadable, not mounted, or left out on one side): delta and direct delta 0, and nothing of it in
 * any ancestor's; nothing below it is an entry.  A directory whose total is beyond 2⁶⁴ is unknown as well, but what is
 * below it is told.  With `store`, single files that could not be read on one side are found and treated so, too.
 */

enum diff_status {
	DIFF_NEW,
	DIFF_DELETED,
	DIFF_GREW,
	DIFF_SHRANK,
	DIFF_MOVED,
	DIFF_UNKNOWN,
	DIFF_CHANGED /* delta 0, but not that of all its parts */
};

const char *diff_status_name(enum diff_status status);

/** Why two states of an entry cannot be compared: what it was on one side only. */
enum diff_reason {
	DIFF_COMPARABLE, /* it is none of these */
	DIFF_UNREADABLE,
	DIFF_UNMOUNTED, /* or not entered */
	DIFF_LEFT_OUT,  /* by a pattern, or as a cache */
	DIFF_BEYOND     /* its size is more than can be told */
};

const char *diff_reason_name(enum diff_reason reason);

struct diff_entry {
	char *path;                /* absolute, raw */
	char *path_from;           /* moved: where it was; else NULL */
	enum diff_status status;
	enum diff_reason reason; /* of DIFF_UNKNOWN */
	bool is_dir;
	uint64_t bytes_a, bytes_b; /* 0 where absent */
	int64_t delta_bytes, direct_delta_bytes;
	uint32_t a, b;             /* directories in the images, IMAGE_NONE where absent */
};

struct diff {
	/*
	 * directories (and files with `with_files`) whose figures differ; sorted by |delta_bytes| descending, then path
	 */
	struct diff_entry *entries;
	size_t count;
	/* = Σ direct_delta_bytes + omitted_bytes; FIGURE_UNKNOWN (base/figure.h) where a total is beyond 2⁶⁴ */
	int64_t net_bytes;
	uint64_t unknown_entries, unknown_bytes; /* the bytes as known on the side that knows more */
	/* below max_depth, and their direct deltas: Σ direct_delta_bytes + omitted_bytes = net_bytes */
	uint64_t omitted_entries;
	int64_t omitted_bytes;
};

/** What is compared: `bytes` stands for any of them. */
enum diff_measure {
	DIFF_ALLOCATED,
	DIFF_APPARENT,
	DIFF_ITEMS /* a folder with itself */
};

struct diff_options {
	enum diff_measure measure;
	const char *prefix_a, *prefix_b; /* folder to compare, relative to each image's root; "" = the root */
	/*
	 * files with their own deltas, which leave their folder's direct delta; a linked inode counts at its first
	 * name.  Needs `store`
	 */
	bool with_files;
	bool sums_only;            /* no entries: net_bytes, unknown_entries and unknown_bytes */
	int max_depth;             /* -1 = any; deeper changes are still in net_bytes and their ancestors */
	struct store *store;
	const struct tree *tree;   /* the newer image was made of it: its lists of files; NULL = of none */
};

/** 0, -ENOENT when neither image has the folder, -ENOMEM, or the store's error. */
int diff_compute(const struct image *a, const struct image *b, const struct diff_options *options, struct diff *out,
                 struct err *err);
void diff_clear(struct diff *diff);

#endif
