/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_GROWTH_H
#define STORE_SNAPSHOT_GROWTH_H

#include "store/diff/diff.h"
#include "store/snapshot/snapshot.h"

/* What a snapshot keeps of its growth since the one before; snapshot_growth() tells it. */

/** Keep what the snapshot `newer` has grown since `older`, its neighbour. */
int growth_keep(struct store *store, int64_t older, int64_t newer, const struct diff *diff, struct err *err);

/**
 * In a transaction: an import has been stored, whose date may be older than that of its chain's newest.  Its step
 * begins at the one before it by date, that of the next one at it; what that changes growth_complete() is to compute.
 */
int growth_place(struct store *store, int64_t id, struct err *err);

/** In a transaction, before that snapshot goes: its step becomes part of the next one's. */
int growth_join(struct store *store, int64_t id, struct err *err);

/** Behind a deletion or an import: compute some of the steps that are open.  Failing costs nothing but a `?`. */
void growth_complete(struct store *store);

#endif
