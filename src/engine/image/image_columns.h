/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_IMAGE_IMAGE_COLUMNS_H
#define ENGINE_IMAGE_IMAGE_COLUMNS_H

#include "engine/image/image.h"

/*
 * The columns of an image while they are written, for its two makers (image_builder.c, image_from_tree.c).
 * IMAGE_FIGURES and IMAGE_SHAPE name them once for declaring, allocating, permuting, freeing.
 */

typedef uint64_t lanes[2];

/* What is known of each directory by itself. */
#define IMAGE_FIGURES(X)                                                                                               \
	X(uint64_t, alloc_bytes)                                                                                       \
	X(uint64_t, apparent_bytes)                                                                                    \
	X(uint32_t, items)                                                                                             \
	X(uint32_t, files)                                                                                             \
	X(uint64_t, own_bytes)                                                                                         \
	X(uint64_t, own_apparent_bytes)                                                                                \
	X(lanes, fingerprint)                                                                                          \
	X(uint64_t, ino)                                                                                               \
	X(int64_t, mtime_ns)                                                                                           \
	X(int32_t, mtime_era)                                                                                          \
	X(uint32_t, ctime)                                                                                             \
	X(uint32_t, birth)                                                                                             \
	X(uint32_t, errors)                                                                                            \
	X(uint32_t, newest)                                                                                            \
	X(uint32_t, child_count)                                                                                       \
	X(uint16_t, fs)                                                                                                \
	X(uint16_t, flags)                                                                                             \
	X(uint32_t, dir)                                                                                               \
	X(int64_t, store_id)

/* How they hang together. */
#define IMAGE_SHAPE(X)                                                                                                 \
	X(uint32_t, parent)                                                                                            \
	X(uint32_t, end)                                                                                               \
	X(uint32_t, child_first)                                                                                       \
	X(uint32_t, children)                                                                                          \
	X(uint32_t, name_offset)

/**
 * The columns while they are written; afterwards what image->memory points to.  `dir` and `store_id` exist in one maker
 * each, `direct` while it is made.
 */
struct image_columns {
#define DECLARE(type, name) type *name;
	IMAGE_FIGURES(DECLARE)
	IMAGE_SHAPE(DECLARE)
#undef DECLARE
	char *names;
	size_t names_capacity;
	uint64_t *direct;
	uint32_t *odd;
	int64_t *odd_bytes;
	uint32_t odd_count;
};

enum image_maker { MADE_OF_RECORDS, MADE_OF_TREE };

/** Room for `capacity` directories in every column of figures that this maker fills.  0 or -ENOMEM. */
int image_columns_resize_figures(struct image_columns *columns, enum image_maker maker, size_t capacity);

/** The same for the shape, whose offsets need one more. */
int image_columns_resize_shape(struct image_columns *columns, size_t capacity);

/** Subtree ends and children, from the parents. */
void image_columns_shape(struct image_columns *columns, uint32_t count);

/**
 * The finished image: takes the columns over, which are zeroed then; on failure they stay the caller's.  What is odd
 * comes from what each directory holds directly or (`odd_given`) stands there already.  NULL + errno.
 */
struct image *image_columns_finish(struct image_columns *columns, uint32_t count, bool odd_given,
                                   const char *root_path);
void image_columns_free(struct image_columns *columns);

#endif
