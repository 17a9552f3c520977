/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CMD_EXPLAIN_H
#define CLI_CMD_EXPLAIN_H

#include "cli/document.h"
#include "cli/explanation.h"
#include "cli/options.h"

/* What `explain` says of an explanation, for others that have one. */

/** The members `causes` to `omitted_other`, in an object that is open. */
void explain_json(struct document *json, const struct options *options, const struct explanation *explanation);

/** Its table, with the lines below. */
void explain_rows(struct buf *out, const struct options *options, const struct explanation *explanation);

#endif
