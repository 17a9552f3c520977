/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_RECORD_OVERLAY_QUEUE_H
#define STORE_RECORD_OVERLAY_QUEUE_H

#include "store/index/overlay.h"

/*
 * The overlay rows that wait to be written: one a directory, the latest word counts.  A directory that goes and comes
 * again meanwhile becomes OVERLAY_AGAIN, and what was noted below it before it went counts no more.  One thread.
 */
struct overlay_queue;

struct overlay_queue *overlay_queue_create(void);
void overlay_queue_destroy(struct overlay_queue *queue);

/** Take one in; `path` is relative and is copied.  0 or -ENOMEM. */
int overlay_queue_add(struct overlay_queue *queue, const char *path, size_t length, const struct overlay_row *figures,
                      bool gone);

size_t overlay_queue_count(const struct overlay_queue *queue);

/** The rows for overlay_flush(), valid until the next change; NULL without memory. */
const struct overlay_row *overlay_queue_rows(struct overlay_queue *queue, size_t *count);

void overlay_queue_clear(struct overlay_queue *queue);

#endif
