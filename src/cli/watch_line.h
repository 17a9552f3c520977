/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_WATCH_LINE_H
#define CLI_WATCH_LINE_H

#include "base/buf.h"
#include "cli/options.h"
#include "engine/watch/watcher.h"
#include "store/snapshot/snapshot.h"

/**
 * Append what a batch changed as one line: for a person (when, how much, how many entries, the largest of them), or
 * with --json as an object.
 */
int watch_line(struct buf *out, const struct batch *batch, const struct tree *tree, const struct options *options);

/** Append that snapshots were removed by the retention, as an object on a line.  0 or -ENOMEM. */
int watch_removed_line(struct buf *out, const struct snapshot_list *removed, int64_t time_s);

/** Say on stderr what is watched, and how; `quiet`: only if that is not all. */
void watch_begin_note(const char *path, const struct watcher_status *status, bool quiet);

/** The sentence of a folder that is not there any more, or another one: -ENOENT. */
int watch_gone(const char *path, enum root_fate fate, struct err *err);

#endif
