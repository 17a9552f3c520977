/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_RETAIN_H
#define CLI_RETAIN_H

#include "cli/document.h"
#include "cli/options.h"
#include "store/snapshot/snapshot.h"

/* Which snapshots the options and the configuration keep, and the retention that runs behind a scan. */

/**
 * The rules that were given in place of the default ones, if any were.  `by_itself`: behind a scan, where equal
 * neighbours are folded in any case.
 */
void retain_policy(const struct options *options, bool by_itself, struct prune_policy *policy);

/**
 * Behind a snapshot that was stored: remove what is not kept, and say so on stderr.  Nothing with --no-prune; a failure
 * costs nothing but room.  `removed`: what went.
 */
void retain_run(struct store *store, const struct options *options, struct snapshot_list *removed);

/** The member `removed`: their ids. */
void retain_json(struct document *json, const struct snapshot_list *removed);

#endif
