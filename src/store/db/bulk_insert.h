/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DB_BULK_INSERT_H
#define STORE_DB_BULK_INSERT_H

#include "store/db/handle.h"

/*
 * Rows of one table, inserted many at a time: beginning and ending a statement costs as much as a small row.  A row
 * that is not full yet waits here, so nothing may look for it in the table before bulk_insert_flush().  Start with
 * {0} and its table.
 */
struct bulk_insert {
	const char *table;
	const char *names; /* of its columns; the first is NOT NULL.  A column `sum` is filled besides */
	int columns;
	int rows; /* waiting */
	struct sqlite3_stmt *statement;
};

/**
 * Begin the next row: *first is the number of its first parameter; the caller binds all its columns (blobs as
 * SQLITE_TRANSIENT) before the next call.  0, or -errno with a sentence.
 */
int bulk_insert_row(struct bulk_insert *insert, struct store *store, int *first, struct err *err);

/** Insert what waits. */
int bulk_insert_flush(struct bulk_insert *insert, struct store *store, struct err *err);

void bulk_insert_close(struct bulk_insert *insert);

#endif
