/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_WATCH_LINE_H
#define CLI_WATCH_LINE_H

#include "base/buf.h"
#include "cli/options.h"
#include "engine/watch/watcher.h"

/**
 * Append what a batch changed as one line: for a person (when, how much, how many entries, the largest of them), or
 * with --json as an object.
 */
int watch_line(struct buf *out, const struct batch *batch, const struct tree *tree, const struct options *options);

#endif
