/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DB_HEADER_H
#define STORE_DB_HEADER_H

#include "store/db/handle.h"

/**
 * Is the file that the connection has open ours?  Asked before SQLite reads or locks it, so that a file of others stays
 * as it is, with nothing beside it.
 * 0; -EINVAL with a sentence that names whose it is; -EIO.
 */
int header_check(struct store *store, struct err *err);

/** Make an empty file a database of ours, without a table yet: from its first page on it bears our name. */
int header_write(struct store *store, struct err *err);

#endif
