/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_LIVE_GROWTH_H
#define ENGINE_WATCH_LIVE_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "engine/tree/node.h"
#include "engine/watch/live_writers.h"

/** Growth since a moment ("live"), per directory and per name in it that changed.  The applier adds, anybody reads. */
struct live_growth;

/** `writers`: it is also kept who made it (live_writers.h). */
struct live_growth *live_growth_create(bool writers);
void live_growth_destroy(struct live_growth *live);

/** Without memory a figure is lost. */
void live_growth_add_dir(struct live_growth *live, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes);
void live_growth_add_entry(struct live_growth *live, dir_id dir, const void *name, size_t length, bool is_dir,
                           int64_t alloc_bytes, int64_t apparent_bytes, bool there);

/** Of this tree from now on; before the applier runs. */
void live_growth_follow(struct live_growth *live, const struct tree *tree);

/** As apply_options.entry and apply_options.made, of which it is the context. */
void live_growth_changed(void *live, dir_id dir, const void *name, size_t length, dir_id is, int64_t alloc_bytes,
                         int64_t apparent_bytes, bool there, const char *by);
void live_growth_made(void *live, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes, const char *by);

/** As live_writers_of(). */
size_t live_growth_writers(const struct live_growth *live, dir_id is, dir_id dir, const void *name, size_t length,
                           struct live_writer *out, size_t most);

/** False: it has not changed. */
bool live_growth_dir(struct live_growth *live, dir_id dir, int64_t *alloc_bytes, int64_t *apparent_bytes);
bool live_growth_entry(struct live_growth *live, dir_id dir, const void *name, size_t length, int64_t *alloc_bytes,
                       int64_t *apparent_bytes);

/** Entries of a directory that were there at that moment and are not any more. */
struct live_growth_gone {
	struct live_growth_gone_entry {
		size_t name;             /* offset in `names` */
		uint8_t length;
		bool is_dir;
		int64_t alloc_bytes, apparent_bytes; /* negative: what there was */
	} * items;
	size_t count, capacity;
	struct buf names;
};
int live_growth_gone(struct live_growth *live, dir_id dir,
                     struct live_growth_gone *out); /* 0 or -ENOMEM; to be cleared in any case */
void live_growth_gone_clear(struct live_growth_gone *gone);

/** Begin anew. */
void live_growth_zero(struct live_growth *live);
int64_t live_growth_since(struct live_growth *live); /* Unix seconds */

#endif
