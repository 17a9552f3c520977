/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_MODIFIED_H
#define ENGINE_TREE_MODIFIED_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/tree/tree.h"

/**
 * Bytes in files modified within a window, per directory: what stands in for growth while there is no earlier snapshot.
 */
struct modified;

/** Sums over all listed directories; a pass over the arena, for a background thread.  NULL + errno. */
struct modified *modified_compute(const struct tree *tree, int64_t since_unix_s);
void modified_destroy(struct modified *modified);

/**
 * Does the tree know when anything was modified?  An export need not say so: then nothing is known of what was written.
 */
bool modified_known(const struct modified *modified);

/** Allocated bytes; false when the directory was not listed when it was computed. */
bool modified_bytes(const struct modified *modified, dir_id dir, uint64_t *bytes);

/**
 * When the newest of the files below a directory was modified (Unix seconds); INT64_MIN = there is none.  A pass over
 * the subtree under a pin, for a background thread, which `cancel` (may be NULL) ends early.  0, -ECANCELED or -ENOMEM.
 */
int modified_newest(const struct tree *tree, dir_id dir, const _Atomic bool *cancel, int64_t *newest_s);

#endif
