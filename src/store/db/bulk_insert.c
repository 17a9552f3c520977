/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/db/bulk_insert.h"

#include <errno.h>

#include "base/buf.h"
#include "base/i18n.h"

#define BATCH_ROWS 32

/*
 * INSERT OR ROLLBACK INTO table(columns, sum) SELECT *, row_sum(column1, ...) FROM (VALUES(?, ...), (?, ...), ...)
 * WHERE column1 NOT NULL Rows that the last batch has no use for are bound NULL in their first column and so left out.
 * OR ROLLBACK: a conflict would end the whole transaction anyhow, and so SQLite need not keep a journal of the
 * statement (an eighth of the time).
 */
static struct sqlite3_stmt *prepare(const struct batch *batch, struct store *store, struct err *err)
{
	struct buf sql = {0};
	sqlite3_stmt *statement = NULL;

	buf_printf(&sql, "INSERT OR ROLLBACK INTO %s(%s, sum) SELECT *, row_sum(", batch->table, batch->names);
	for (int column = 1; column <= batch->columns; column++)
		buf_printf(&sql, column > 1 ? ",column%d" : "column%d", column);
	buf_str(&sql, ") FROM (VALUES");
	for (int row = 0; row < BATCH_ROWS; row++)
		for (int column = 0; column < batch->columns; column++)
			buf_str(&sql, column ? ",?" : row ? "),(?" : "(?");
	buf_str(&sql, ")) WHERE column1 NOT NULL");
	if (sql.failed)
		err_set(err, -ENOMEM, _("out of memory"));
	else
		statement = store_prepare(store, sql.data, err);
	buf_free(&sql);
	return statement;
}

int batch_row(struct batch *batch, struct store *store, int *first, struct err *err)
{
	int rc = batch->rows == BATCH_ROWS ? batch_flush(batch, store, err) : 0;

	if (rc)
		return rc;
	if (!batch->insert && !(batch->insert = prepare(batch, store, err)))
		return sqlite3_errcode(store->db) == SQLITE_OK ? -ENOMEM : store_failed(store, err);
	*first = 1 + batch->rows++ * batch->columns;
	return 0;
}

int batch_flush(struct batch *batch, struct store *store, struct err *err)
{
	if (!batch->rows)
		return 0;
	for (int row = batch->rows; row < BATCH_ROWS; row++)
		sqlite3_bind_null(batch->insert, 1 + row * batch->columns);
	batch->rows = 0;
	return store_step_done(store, batch->insert, err);
}

void batch_close(struct batch *batch)
{
	sqlite3_finalize(batch->insert);
	batch->insert = NULL;
	batch->rows = 0;
}
