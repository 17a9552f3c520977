/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot read back: every version valid at its id, built into an image.  Nothing the database holds is trusted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "store/db/handle.h"
#include "store/snapshot/snapshot.h"

/* Columns of the query below. */
enum {
	COL_DIR,
	COL_PATH,
	COL_FS,
	COL_INO,
	COL_BTIME,
	COL_TOTAL,
	COL_APPARENT,
	COL_ITEMS,
	COL_FILES,
	COL_DIRECT,
	COL_OWN,
	COL_OWN_APPARENT,
	COL_LO,
	COL_HI,
	COL_MTIME,
	COL_MTIME_NS,
	COL_CTIME_NS,
	COL_ERRORS,
	COL_CHILDREN,
	COL_FLAGS,
};

/* CROSS JOIN: the order of the tables is meant; there are no statistics to choose it by. */
static const char load_sql[] =
	"SELECT p.id, p.path, p.fs, p.ino, p.btime, v.total_bytes, v.apparent_bytes, v.item_count,"
	" v.file_count, v.direct_bytes, v.own_bytes,"
	" v.own_apparent_bytes, v.fingerprint_lo, v.fingerprint_hi, v.mtime, v.mtime_ns, v.ctime_ns,"
	" v.error_count, v.child_count, v.flags"
	" FROM dirs p CROSS JOIN dir_versions v ON v.dir_id=p.id AND v.first_id<=?1 AND v.last_id>=?1"
	" WHERE p.root_id=?2";

static uint64_t number(sqlite3_stmt *row, int column)
{
	return (uint64_t)sqlite3_column_int64(row, column);
}

/* One row into the builder; -EINVAL when it cannot be right. */
static int add_row(struct image_builder *builder, const char *root, size_t root_length, sqlite3_stmt *row)
{
	const char *path = sqlite3_column_blob(row, COL_PATH);
	size_t length = (size_t)sqlite3_column_bytes(row, COL_PATH);
	int64_t seconds = sqlite3_column_int64(row, COL_MTIME), below = sqlite3_column_int64(row, COL_MTIME_NS);
	uint64_t fs = number(row, COL_FS), birth = number(row, COL_BTIME), errors = number(row, COL_ERRORS);
	uint64_t children = number(row, COL_CHILDREN), flags = number(row, COL_FLAGS), own = number(row, COL_OWN);
	int64_t mtime_ns = node_time(seconds, (uint32_t)below);

	if (!path || length < root_length || memcmp(path, root, root_length))
		return -EINVAL;
	if (fs > UINT16_MAX || birth > UINT32_MAX || errors > UINT32_MAX || children > UINT32_MAX || flags > UINT16_MAX)
		return -EINVAL;
	if (below < 0 || below >= 1000000000)
		return -EINVAL;
	path += root_length;
	length -= root_length;
	if (length && root_length > 1) { /* "/": its slash is the separator */
		if (*path != '/' || length == 1)
			return -EINVAL;
		path++;
		length--;
	}
	struct image_record record = {
		.path = path,
		.length = length,
		.alloc_bytes = number(row, COL_TOTAL),
		.apparent_bytes = number(row, COL_APPARENT),
		.items = number(row, COL_ITEMS),
		.files = number(row, COL_FILES),
		.direct_bytes = number(row, COL_DIRECT),
		.own_bytes = own,
		.own_apparent_bytes = sqlite3_column_type(row, COL_OWN_APPARENT) == SQLITE_NULL
	                                    ? own
	                                    : number(row, COL_OWN_APPARENT),
		.fingerprint = {number(row, COL_LO), number(row, COL_HI)},
		.ino = number(row, COL_INO),
		.mtime_ns = mtime_ns,
		.mtime_era = node_era(seconds, mtime_ns),
		.ctime = node_fold_time((int64_t)((uint64_t)mtime_ns + number(row, COL_CTIME_NS))),
		.birth = (uint32_t)birth,
		.errors = (uint32_t)errors,
		.child_count = (uint32_t)children,
		.fs = (uint16_t)fs,
		.flags = (uint16_t)flags,
		.store_id = sqlite3_column_int64(row, COL_DIR),
	};
	return image_builder_add(builder, &record);
}

/* A hint for the builder; whatever is stored, it may not make us ask for gigabytes. */
static size_t expected(uint64_t directories)
{
	return directories < 1 << 20 ? (size_t)directories : 1 << 20;
}

static int load_rows(struct store *store, const struct snapshot *snapshot, struct image_builder *builder, size_t *count,
                     struct err *err)
{
	sqlite3_stmt *rows = store_prepare(store, load_sql, err);
	size_t root_length = strlen(snapshot->scan_root);
	int rc;

	sqlite3_bind_int64(rows, 1, snapshot->id);
	sqlite3_bind_int64(rows, 2, snapshot->root_id);
	for (*count = 0; (rc = store_step(store, rows, err)) == 1; ++*count) {
		rc = add_row(builder, snapshot->scan_root, root_length, rows);
		if (rc == -ENOMEM)
			err_no_memory(err);
		else if (rc)
			rc = store_damaged(store, _("a directory of a snapshot is garbled"), err);
		if (rc)
			break;
	}
	sqlite3_finalize(rows);
	return rc;
}

int snapshot_image(struct store *store, int64_t id, struct image **out, struct err *err)
{
	struct snapshot snapshot;
	size_t count = 0;
	int rc = snapshot_get(store, id, &snapshot, err);

	*out = NULL;
	if (rc)
		return rc;
	struct image_builder *builder = image_builder_create(snapshot.scan_root,
	                                                     expected(snapshot.total_items - snapshot.total_files + 1));

	rc = builder ? load_rows(store, &snapshot, builder, &count, err) : err_no_memory(err);
	if (rc) {
		image_builder_destroy(builder);
	} else if (!(*out = image_builder_finish(builder))) {
		if (errno == ENOMEM)
			rc = err_no_memory(err);
		else if (!count) /* deleted by another program between the two reads */
			rc = err_set(err, -ENOENT, _("snapshot %lld is not there any more"), (long long)id);
		else
			rc = store_damaged(store, _("the directories of a snapshot do not make a tree"), err);
	} else {
		(*out)->snapshot_id = id;
		(*out)->taken_at = snapshot.finished_at;
	}
	snapshot_clear(&snapshot);
	return rc;
}
