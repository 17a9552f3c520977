/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_PRIVATE_H
#define STORE_SNAPSHOT_PRIVATE_H

#include "store/handle.h"
#include "store/snapshot.h"

/** Is the label free and not of the form of another REF?  -EEXIST, -EINVAL with a sentence. */
int snapshot_check_label(struct store *store, const char *label, struct err *err);

/** Make the row's checksum anew. */
int snapshot_sum(struct store *store, int64_t id, struct err *err);

/** Bind a path as text where it is valid UTF-8 (it is then easy to ask for in the shell), as a blob otherwise. */
int snapshot_bind_path(struct sqlite3_stmt *statement, int index, const char *path);

#endif
