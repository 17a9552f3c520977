/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DB_CONNECT_H
#define STORE_DB_CONNECT_H

#include "store/db/handle.h"

/* One way of having the file open: what store.c tries in turn. */

enum way { WAY_SHARED, WAY_EXCLUSIVE, WAY_READ_ONLY, WAY_IMMUTABLE, WAY_MEMORY };

/** Open the file, and no more: nothing of it is read.  0, or -errno with a sentence. */
int connect_open(struct store *store, enum way way, struct err *err);

/**
 * Open it in one way, and read enough of it to know that this way works.  -EINVAL: it is not ours; -EAGAIN: it has just
 * been replaced, or whoever was making it died, and what there was of it has just been rolled back.
 */
int store_connect(struct store *store, enum way way, struct err *err);
void store_disconnect(struct store *store);

/** Open it as well as it can be, as store_open() does. */
int store_open_any(struct store *store, struct err *err);

#endif
