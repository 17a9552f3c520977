/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_RECORD_OVERLAY_QUEUE_H
#define STORE_RECORD_OVERLAY_QUEUE_H

#include "store/index/overlay.h"

/*
 * The overlay rows that wait to be written: one a directory, the latest word counts.  A directory that goes and comes
 * again meanwhile becomes OVERLAY_AGAIN, and what was noted below it before it went counts no more.  One thread.
 */
struct pending;

struct pending *pending_create(void);
void pending_destroy(struct pending *pending);

/** Take one in; `path` is relative and is copied.  0 or -ENOMEM. */
int pending_add(struct pending *pending, const char *path, size_t length, const struct overlay_row *figures, bool gone);

size_t pending_count(const struct pending *pending);

/** The rows for overlay_flush(), valid until the next change; NULL without memory. */
const struct overlay_row *pending_rows(struct pending *pending, size_t *count);

void pending_clear(struct pending *pending);

#endif
