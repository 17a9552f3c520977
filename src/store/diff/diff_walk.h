/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DIFF_DIFF_WALK_H
#define STORE_DIFF_DIFF_WALK_H

/*
 * The inside of a diff.  diff.c makes rows of what corresponds and leads; below it diff_unknown.c (what cannot be
 * compared), diff_entries.c (rows become entries) and diff_files.c (so do files); diff_walk.c serves them all.
 */

#include "base/buf.h"
#include "store/diff/diff.h"
#include "store/diff/diff_match.h"

#define DIFF_ROW_NONE UINT32_MAX

struct diff_row {
	uint32_t a, b;   /* IMAGE_NONE where absent */
	uint32_t parent; /* row, DIFF_ROW_NONE at the top */
	uint32_t depth;
	uint32_t path_length; /* of its absolute path, IMAGE_PATH_MAX at most: deeper ones are part of their row */
	bool moved;
	enum diff_reason unknown; /* DIFF_COMPARABLE: it is not */
	bool equal;           /* same fingerprint: nothing below was looked at */
	bool parts;           /* something below it is told */
	int64_t delta, below; /* of itself; of the rows directly below */
	int64_t files;        /* of its file entries */
};

/* A file known on one side only. */
struct diff_lost_file {
	uint32_t row;
	char *name;
	uint64_t bytes_a, bytes_b;
	enum diff_reason reason;
};

/* A file that is on one side only, until all are known. */
struct diff_file {
	struct diff_entry entry;
	uint32_t row;
	size_t name; /* where it begins in the path */
	enum node_type type;
	bool paired;
	uint64_t apparent_bytes, ino; /* 0 = not known */
	int64_t mtime_s;
};

/*
 * Unknown bytes.  `at` = 2 × directory for a subtree that is unknown as a whole, + 1 for entries of a known one: a
 * directory's own sum takes the latter and what is below it.
 */
struct diff_correction {
	uint64_t at;
	int64_t bytes;
};

struct diff_corrections {
	struct diff_correction *items;
	int64_t *sums; /* count + 1 */
	size_t count, capacity;
};

struct diff_walk {
	const struct image *a, *b;
	const struct diff_options *options;
	struct diff *out;
	struct err *err;
	struct diff_match match;
	uint64_t *taken; /* bit per directory of a: some row has it */
	struct diff_row *rows;
	size_t count, capacity;
	uint32_t *stack; /* rows to descend */
	size_t depth, stack_capacity;
	struct diff_lost_file *lost;
	size_t lost_count, lost_capacity;
	struct diff_corrections before, after;
	/* File lists of the row in work, read when first asked for. */
	struct file_list list_a, list_b;
	uint32_t listed_a, listed_b;
	size_t entry_capacity;
	struct diff_file *files;
	size_t file_count, file_capacity;
};

/**
 * Rows with their deltas, for diff.c and whoever makes something else of them than entries; no rows where nothing
 * changed.  `out` is the walk's.  0 or -errno, for diff_failed().  Ended in any case.
 */
int diff_walk_begin(struct diff_walk *walk, const struct image *a, const struct image *b,
                    const struct diff_options *options, struct diff *out, struct err *err);
void diff_walk_end(struct diff_walk *walk);

/** A sentence for a failure that has none yet.  Returns it. */
int diff_failed(int e, struct err *err);

/**
 * Fill walk->list_a, list_b with the files of a directory; empty where the image has none stored.  0, -ENOMEM, or the
 * store's error.
 */
int diff_list_a(struct diff_walk *walk, uint32_t x);
int diff_list_b(struct diff_walk *walk, uint32_t y);

/** Was the entry shown only, so that nothing is known of it? */
static inline bool diff_is_lost(const struct file_entry *entry)
{
	return entry && (entry->flags & ROW_LEAF);
}

/** Why nothing is known of an entry that was shown only. */
static inline enum diff_reason diff_lost_reason(const struct file_entry *entry)
{
	return entry->flags & ROW_ERROR    ? DIFF_UNREADABLE
	     : entry->flags & ROW_EXCLUDED ? DIFF_LEFT_OUT
	                                   : DIFF_UNMOUNTED;
}

/** When all rows are there: collect the unknown bytes of both sides, and the files that were lost. */
int diff_correct(struct diff_walk *walk);

/** Unknown bytes in the subtree of a known directory. */
uint64_t diff_unknown_below(const struct diff_corrections *list, const struct image *image, uint32_t dir);

/** Take an entry up, unless it lies deeper than is asked for.  Takes the strings over, also on failure. */
int diff_add_entry(struct diff_walk *walk, struct diff_entry entry, uint32_t depth);

/** Append the absolute path of a directory of an image. */
void diff_image_path(const struct image *image, uint32_t dir, struct buf *out);

/** Path of a row, the caller's: that of the newer image; of what is gone its name below its parent row's. */
char *diff_row_path(const struct diff_walk *walk, uint32_t row);

/** Path of a name in the folder of a row, the caller's; NULL without memory. */
char *diff_file_path(const struct diff_walk *walk, uint32_t row, const void *name, size_t length);

/** When all deltas are there: the entries of files, and what of each row's delta they tell. */
int diff_list_files(struct diff_walk *walk);

/** When all deltas are there: the entries, sorted. */
int diff_list_entries(struct diff_walk *walk);

#endif
