/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CMD_DIFF_H
#define CLI_CMD_DIFF_H

#include "cli/comparison.h"
#include "cli/document.h"

/* What `diff` says of a comparison, for whoever compares two snapshots; ids that are 0 are of none that was kept. */

/** The members of its document, in an object that is open. */
void diff_json(struct document *json, const struct options *options, const struct comparison *comparison);

/** A path below the folder compared, else as it is. */
const char *diff_relative_path(const struct comparison *comparison, const char *path);

/** One entry, an element of an array that is open. */
void diff_entry_json(struct document *json, const struct comparison *comparison, const struct diff_entry *entry);

/** `/home/ana  #40 2026-11-17 22:40 -> #41 2026-11-18 09:02 (10 h)  +1.1 GiB`, a line. */
void diff_title(struct buf *out, const struct options *options, const struct comparison *comparison);

/**
 * Which entries say nothing of their own because one entry directly below owns 90 % of their growth.  That one has to
 * be shown in their place, so it must pass the filters.  To be freed; NULL when out of memory.
 */
bool *diff_fold(const struct comparison *comparison, const struct diff *diff, int depth, uint64_t min_delta);

/** The rows of some of its entries, with the line below; `head` = of the names. */
void diff_rows(struct buf *out, const struct options *options, const struct comparison *comparison,
               const struct diff *diff, const char *head, enum paint color);

/** The title and the rows of all.  `out->failed` when memory is short. */
void diff_table(struct buf *out, const struct options *options, const struct comparison *comparison, enum paint color);

#endif
