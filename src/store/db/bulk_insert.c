/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/db/bulk_insert.h"

#include <errno.h>

#include "base/buf.h"
#include "base/i18n.h"

#define ROWS 32

/*
 *     INSERT OR ROLLBACK INTO table(columns, sum)
 *     SELECT *, row_sum(column1, ...) FROM (VALUES(?, ...), (?, ...), ...) WHERE column1 NOT NULL
 *
 * Rows that the last flush has no use for are bound NULL in their first column and so left out.  OR ROLLBACK: a
 * conflict would end the whole transaction anyhow, and so SQLite need not keep a journal of the statement (an eighth
 * of the time).
 */
static struct sqlite3_stmt *prepare(const struct bulk_insert *insert, struct store *store, struct err *err)
{
	struct buf sql = {0};
	sqlite3_stmt *statement = NULL;

	buf_printf(&sql, "INSERT OR ROLLBACK INTO %s(%s, sum) SELECT *, row_sum(", insert->table, insert->names);
	for (int column = 1; column <= insert->columns; column++)
		buf_printf(&sql, column > 1 ? ",column%d" : "column%d", column);
	buf_str(&sql, ") FROM (VALUES");
	for (int row = 0; row < ROWS; row++)
		for (int column = 0; column < insert->columns; column++)
			buf_str(&sql, column ? ",?" : row ? "),(?" : "(?");
	buf_str(&sql, ")) WHERE column1 NOT NULL");
	if (sql.failed)
		err_no_memory(err);
	else
		statement = store_prepare(store, sql.data, err);
	buf_free(&sql);
	return statement;
}

int bulk_insert_row(struct bulk_insert *insert, struct store *store, int *first, struct err *err)
{
	int rc = insert->rows == ROWS ? bulk_insert_flush(insert, store, err) : 0;

	if (rc)
		return rc;
	if (!insert->statement && !(insert->statement = prepare(insert, store, err)))
		return sqlite3_errcode(store->db) == SQLITE_OK ? -ENOMEM : store_failed(store, err);
	*first = 1 + insert->rows++ * insert->columns;
	return 0;
}

int bulk_insert_flush(struct bulk_insert *insert, struct store *store, struct err *err)
{
	if (!insert->rows)
		return 0;
	for (int row = insert->rows; row < ROWS; row++)
		sqlite3_bind_null(insert->statement, 1 + row * insert->columns);
	insert->rows = 0;
	return store_step_done(store, insert->statement, err);
}

void bulk_insert_close(struct bulk_insert *insert)
{
	sqlite3_finalize(insert->statement);
	insert->statement = NULL;
	insert->rows = 0;
}
