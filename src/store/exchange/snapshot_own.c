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

void snapshot_own(const struct image *image, uint32_t dir, const struct file_list *files, uint64_t *alloc_bytes,
                  uint64_t *apparent_bytes)
{
	*alloc_bytes = image->own_bytes[dir];
	*apparent_bytes = image->own_apparent_bytes[dir];
	if (!(image->flags[dir] & IMAGE_FOLDED))
		return;
	uint64_t alloc = image_direct_bytes(image, dir) - image->own_bytes[dir], apparent = 0;

	for (size_t i = 0; i < files->count; i++)
		apparent = figure_sum(apparent, files->items[i].apparent_bytes);
	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++) {
		alloc = figure_sum(alloc, image->alloc_bytes[image->children[i]]);
		apparent = figure_sum(apparent, image->apparent_bytes[image->children[i]]);
	}
	if (image->alloc_bytes[dir] > figure_sum(alloc, *alloc_bytes))
		*alloc_bytes = image->alloc_bytes[dir] - alloc;
	if (image->apparent_bytes[dir] > figure_sum(apparent, *apparent_bytes))
		*apparent_bytes = image->apparent_bytes[dir] - apparent;
}
