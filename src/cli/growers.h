/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_GROWERS_H
#define CLI_GROWERS_H

#include "cli/comparison.h"

/**
 * The folders of a comparison that grew, the largest growth first, without the one compared itself, and without those
 * whose growth is that of one below them which grew by `least` at least.  Entries are the comparison's; free the array.
 * 0 or -ENOMEM.
 */
int growers_find(const struct comparison *comparison, uint64_t least, struct diff *out);

/**
 * Who is to blame for a folder's size: what grew most between the two, else the folder deepest below that holds half of
 * it.  Appends an absolute path, nothing when there is none; *growth = by how much, or FIGURE_UNKNOWN.
 */
int growers_blame(struct store *store, const struct comparison *comparison, struct buf *out, int64_t *growth,
                  struct err *err);

#endif
