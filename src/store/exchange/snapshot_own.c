/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/exchange/snapshot_own.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"

int snapshot_devices_read(struct store *store, int64_t snapshot_id, struct snapshot_devices *out, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = store_handle(store);
	int error = 0;

	if (sqlite3_prepare_v2(db, "SELECT fs, dev FROM devices WHERE snapshot_id = ?", -1, &statement, NULL) !=
	    SQLITE_OK)
		return err_set(err, -EIO, _("the database cannot be read: %s"), sqlite3_errmsg(db));
	sqlite3_bind_int64(statement, 1, snapshot_id);
	while (!error && sqlite3_step(statement) == SQLITE_ROW) {
		size_t slot = (size_t)sqlite3_column_int64(statement, 0);

		if (slot > UINT16_MAX)
			continue;
		if (slot >= out->count) {
			if (alloc_room(&out->dev, &out->capacity, slot + 1)) {
				error = err_no_memory(err);
				break;
			}
			memset(out->dev + out->count, 0, (slot + 1 - out->count) * sizeof(*out->dev));
			out->count = slot + 1;
		}
		out->dev[slot] = (uint64_t)sqlite3_column_int64(statement, 1);
	}
	sqlite3_finalize(statement);
	return error;
}

void snapshot_devices_clear(struct snapshot_devices *devices)
{
	free(devices->dev);
	*devices = (struct snapshot_devices){0};
}

