/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REPORT_REASONS_H
#define CLI_REPORT_REASONS_H

#include "cli/report.h"

/* Parts of the page: why it grew, and where the used bytes of its file system are; with what other parts share. */

#define REPORT_PATH_CELLS 200 /* of a path in a table */

/** Nothing where the rules could not be read. */
void report_causes(struct buf *out, const struct report *report);

/** Nothing where the folder is not here. */
void report_account(struct buf *out, const struct report *report);

/** The bar of a growth, as long as it is a part of the largest. */
void report_growth_bar(struct buf *out, int64_t bytes, int64_t most);

/** A path below the folder, else as it is. */
const char *report_below(const struct report *report, const char *path);

/** How many of so many entries of a part are told. */
size_t report_shown(const struct report *report, size_t count);

#endif
