/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include "base/buf.h"
#include "cli/options.h"
#include "engine/image/image.h"
#include "store/snapshot/snapshot.h"

/**
 * Append a snapshot as a file for the textfile collector of Prometheus' node_exporter: text format 0.0.4, which a
 * reader of OpenMetrics takes as well.  The read transaction is the caller's.  0, or -errno with a sentence.
 */
int metrics_write(struct store *store, const struct image *image, const struct snapshot *snapshot,
                  const struct options *options, struct buf *out, struct err *err);

#endif
