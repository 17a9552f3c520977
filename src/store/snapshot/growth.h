/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_GROWTH_H
#define STORE_SNAPSHOT_GROWTH_H

#include "store/snapshot/snapshot.h"

/* What a snapshot keeps of its growth since the one before; snapshot_growth() tells it. */

/** In the transaction that stores `newer`: what it has grown since `older`.  Both images know their snapshots' ids. */
int growth_keep(struct store *store, const struct image *older, const struct image *newer, struct err *err);

/** In a transaction, before that snapshot goes: its step becomes part of the next one's. */
int growth_join(struct store *store, int64_t id, struct err *err);

/** Behind a deletion: compute some of the steps that could not be joined.  Failing costs nothing but a `?`. */
void growth_complete(struct store *store);

#endif
