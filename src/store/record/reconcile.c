/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "store/record/recorder.h"
#include "store/db/handle.h"
#include "store/index/overlay.h"

static sqlite3_stmt *prepare(struct store *store, const char *sql, const char *root, struct err *err)
{
	sqlite3_stmt *statement = store_prepare(store, sql, err);

	if (statement)
		sqlite3_bind_blob(statement, 1, root, (int)strlen(root), SQLITE_STATIC);
	return statement;
}

int reconcile_need(struct store *store, const char *root, enum reconcile_kind *kind, struct buf *why, struct err *err)
{
	sqlite3_stmt *row = prepare(
		store, "SELECT running, needs_full, last_reconcile_time FROM watch_state WHERE watch_root=?1", root,
		err);
	struct buf path = {0};
	const char *reason = NULL;
	bool locked;
	int rc;

	rc = store_step(store, row, err);
	int running = rc == 1 ? sqlite3_column_int(row, 0) : 0;
	bool needs_full = rc == 1 && sqlite3_column_int(row, 1);
	bool never = rc == 0 || (rc == 1 && sqlite3_column_type(row, 2) == SQLITE_NULL);

	sqlite3_finalize(row);
	if (rc < 0)
		return rc;
	if (index_lock_path(store_path(store), root, &path)) {
		buf_free(&path);
		return err_no_memory(err);
	}
	locked = index_locked(path.data);
	buf_free(&path);
	*kind = RECONCILE_LAZY;
	if (locked && running == OVERLAY_FOLLOWED)
		*kind = RECONCILE_NOTHING;
	else if (never)
		reason = _("nobody has followed this folder so far: everything is read");
	else if (running == OVERLAY_FOLLOWED)
		reason = _("whoever followed this folder did not come to an end: everything is read");
	else if (running == OVERLAY_READ)
		reason = _("nobody has followed this folder since it was last read: everything is read");
	else if (needs_full || running)
		reason = _("the log of changes is not whole: everything is read");
	if (reason)
		*kind = RECONCILE_FULL;
	if (reason && why && buf_str(why, reason))
		return err_no_memory(err);
	return 0;
}

struct list {
	char **items;
	size_t count, capacity;
};

static int add_path(struct list *list, const char *path, size_t length)
{
	if (alloc_room(&list->items, &list->capacity, list->count + 1))
		return -ENOMEM;
	list->items[list->count] = alloc_copy(path, length);
	return list->items[list->count] ? (list->count++, 0) : -ENOMEM;
}

/*
 * The directory that holds what the log names; and what it names itself when it was changed, which may be a directory
 * with many changes.
 */
static int add_named(struct list *list, const char *root, const void *bytes, size_t length, bool itself)
{
	char *path = bytes ? alloc_copy(bytes, length) : NULL;
	int rc = bytes && !path ? -ENOMEM : 0;

	if (path && path_below(path, root)) {
		const char *slash = strrchr(path, '/');

		if (itself)
			rc = add_path(list, path, length);
		if (!rc && *path_below(path, root))
			rc = add_path(list, path, slash == path ? 1 : (size_t)(slash - path));
	}
	free(path);
	return rc;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int reconcile_paths(struct store *store, const char *root, char ***paths, size_t *count, struct err *err)
{
	sqlite3_stmt *rows = prepare(
		store,
		"SELECT DISTINCT path_blob, old_path_blob, mutation_type FROM mutation_log"
		" WHERE timestamp>=ifnull((SELECT last_reconcile_time FROM watch_state WHERE watch_root=?1), 0)",
		root, err);
	struct list list = {0};
	size_t kept = 0;
	int rc;

	*paths = NULL;
	*count = 0;
	while ((rc = store_step(store, rows, err)) == 1) {
		bool modify = sqlite3_column_int(rows, 2) == 2;

		if (add_named(&list, root, sqlite3_column_blob(rows, 0), (size_t)sqlite3_column_bytes(rows, 0),
		              modify) ||
		    add_named(&list, root, sqlite3_column_blob(rows, 1), (size_t)sqlite3_column_bytes(rows, 1),
		              false)) {
			rc = err_no_memory(err);
			break;
		}
	}
	sqlite3_finalize(rows);
	if (!rc && list.count)
		qsort(list.items, list.count, sizeof(*list.items), by_bytes);
	for (size_t i = 0; i < list.count; i++) {
		if (rc || (kept && !strcmp(list.items[kept - 1], list.items[i])))
			free(list.items[i]);
		else
			list.items[kept++] = list.items[i];
	}
	if (rc) {
		free(list.items);
		return rc;
	}
	*paths = list.items;
	*count = kept;
	return 0;
}

int reconcile_done(struct store *store, const char *root, int64_t snapshot_id, int64_t now_s, struct err *err)
{
	static const char sql[] =
		"INSERT INTO watch_state(watch_root, last_reconcile_time, last_snapshot_id, running)"
		" VALUES(?1, ?2, ?3, ?4) ON CONFLICT(watch_root) DO UPDATE"
		" SET last_reconcile_time=excluded.last_reconcile_time, last_snapshot_id=excluded.last_snapshot_id,"
		" needs_full=0, running=excluded.running";
	int rc = store_writable(store, err);
	sqlite3_stmt *row = rc ? NULL : prepare(store, sql, root, err);

	if (rc)
		return rc;
	if (!row)
		return store_failed(store, err);
	sqlite3_bind_int64(row, 2, now_s);
	if (snapshot_id)
		sqlite3_bind_int64(row, 3, snapshot_id);
	sqlite3_bind_int(row, 4, OVERLAY_READ);
	rc = store_step_done(store, row, err);
	sqlite3_finalize(row);
	return rc;
}
