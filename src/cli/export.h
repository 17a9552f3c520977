/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "cli/options.h"
#include "cli/target.h"
#include "engine/image/image.h"
#include "engine/tree/tree.h"
#include "store/snapshot/snapshot.h"

/**
 * Write a tree as ncdu's JSON to the target and finish it.  0; -EPIPE without a sentence; -errno with one, then the
 * target is to be abandoned.
 */
int export_tree(const struct tree *tree, const struct options *options, int64_t timestamp, struct target *target,
                struct err *err);

/** The same for a snapshot, in the format asked for. */
int export_snapshot(struct store *store, const struct snapshot *snapshot, const struct options *options,
                    struct target *target, struct err *err);

#endif
