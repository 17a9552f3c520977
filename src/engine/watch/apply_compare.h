/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_APPLY_COMPARE_H
#define ENGINE_WATCH_APPLY_COMPARE_H

#include "engine/watch/apply_state.h"

/**
 * Look at what is dirty, and compare the tree with it: files that changed are edited, what is new and what is missing
 * becomes pending, what could not be reached comes to `later`.  The root is open.  0 or -errno.
 */
int apply_compare(struct apply *apply, const struct dirty_item *items, size_t count);

/** A file's row against what is there now.  0 or -errno. */
int apply_compare_file(struct apply *apply, dir_id dir, uint32_t row, const struct entry *entry);

#endif
