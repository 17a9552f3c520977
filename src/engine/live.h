/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_LIVE_H
#define ENGINE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/node.h"

/** Growth since a moment ("live"), per directory and per file that changed.  The applier adds, anybody reads. */
struct live;

struct live *live_create(void);
void live_destroy(struct live *live);

/** Without memory a figure is lost and live_whole() turns false. */
void live_add_dir(struct live *live, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes);
void live_add_file(struct live *live, dir_id dir, const void *name, size_t length, int64_t alloc_bytes, int64_t apparent_bytes);

/** False: it has not changed. */
bool live_dir(struct live *live, dir_id dir, int64_t *alloc_bytes, int64_t *apparent_bytes);
bool live_file(struct live *live, dir_id dir, const void *name, size_t length, int64_t *alloc_bytes, int64_t *apparent_bytes);

/** Begin anew. */
void live_zero(struct live *live);
int64_t live_since(struct live *live); /* Unix seconds */
bool live_whole(struct live *live);

#endif
