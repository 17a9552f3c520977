/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_LIVE_WRITERS_H
#define ENGINE_WATCH_LIVE_WRITERS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/tree/tree.h"

/**
 * Who made live growth, where that is known: per directory's subtree, and per name in a directory, as in live_growth.h.
 * The applier adds, anybody reads.  What finds no room is claimed by nobody.
 */
struct live_writers;

struct live_writer {
	char by[64]; /* a name or a list (writers.h), cut to what there is room for */
	int64_t alloc_bytes, apparent_bytes;
};

struct live_writers *live_writers_create(void);
void live_writers_destroy(struct live_writers *live);

/**
 * Somebody changed `name` in `dir` by so many bytes, or (NULL) what lies at and below `dir`: it goes to that, and to
 * every directory up to the root.
 */
void live_writers_add(struct live_writers *live, const struct tree *tree, dir_id dir, const void *name, size_t length,
                      const char *by, int64_t alloc_bytes, int64_t apparent_bytes);

/**
 * Who changed the subtree of `is` (DIR_NONE: it is no directory) and the name in `dir`; those who changed most first,
 * at most so many.  How many.
 */
size_t live_writers_of(struct live_writers *live, dir_id is, dir_id dir, const void *name, size_t length,
                       struct live_writer *out, size_t most);

/** Begin anew. */
void live_writers_zero(struct live_writers *live);

#endif
