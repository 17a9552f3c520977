/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REPORT_TREE_H
#define CLI_REPORT_TREE_H

#include "cli/document.h"
#include "engine/image/image.h"
#include "store/db/store.h"

/*
 * The few entries of a tree that hold most of it: a folder is opened while it is among the largest, and of what is in
 * it that is shown which is worth it.
 */

#define REPORT_TREE_MOST 240 /* entries */

struct report_cell {
	uint32_t parent;       /* a cell; of the first it is itself */
	uint32_t first, count; /* cells in it, the largest first */
	uint32_t dir;          /* in the image; IMAGE_NONE = a file */
	size_t name;           /* offset in `names`, NUL-terminated; of the first its absolute path */
	unsigned depth;
	uint64_t bytes, items;
	uint64_t rest_bytes; /* of one with cells in it: what they do not hold */
};

struct report_tree {
	struct report_cell *cells; /* the folder itself is the first */
	size_t count;
	struct buf names;
};

/**
 * Of a directory of an image; its files come from the store, within the caller's read transaction.  `path` is its
 * absolute one.  -errno with a sentence; to be cleared in any case.
 */
int report_tree_make(struct store *store, const struct image *image, uint32_t dir, const char *path,
                     struct report_tree *out, struct err *err);
void report_tree_clear(struct report_tree *tree);

/** Append the absolute path of a cell. */
void report_tree_path(const struct report_tree *tree, size_t cell, struct buf *out);

/** The member `tree`, in an object that is open. */
void report_tree_json(struct document *json, const struct report_tree *tree);

#endif
