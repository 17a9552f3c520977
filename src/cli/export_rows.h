/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_EXPORT_ROWS_H
#define CLI_EXPORT_ROWS_H

#include "cli/options.h"
#include "engine/image/image.h"
#include "store/snapshot/snapshot.h"

/**
 * Write a snapshot as csv or ndjson: one row per entry, directories before what is in them, siblings in the order of
 * their bytes; what a table-minded program (ClickHouse, DuckDB, a spreadsheet) loads as it is.  The read transaction is
 * the caller's.  0, -EPIPE, or -errno, with a sentence where it is not about writing.
 */
int export_rows(struct store *store, const struct image *image, const struct snapshot *snapshot,
                const struct options *options, int fd, struct err *err);

#endif
