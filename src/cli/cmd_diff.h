/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CMD_DIFF_H
#define CLI_CMD_DIFF_H

#include "cli/comparison.h"
#include "cli/document.h"

/* What `diff` says of a comparison, for whoever compares two snapshots; ids that are 0 are of none that was kept. */

/** The members of its document, in an object that is open. */
void diff_json(struct document *json, const struct options *options, const struct comparison *comparison);

/** Its table, with the line above and the one below.  `out->failed` when memory is short. */
void diff_table(struct buf *out, const struct options *options, const struct comparison *comparison, bool color);

#endif
