/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing the overlay.  A tombstone deletes the rows below it when it is written, so whatever is found below one is
 * newer; a directory that comes again where one was becomes AGAIN, which goes on hiding the index's.  Rows that the
 * index covers are deleted before anything is written: a covered AGAIN row must not live on in the row that replaces
 * it, for it would hide what the index has known since.
 */
#include "store/index/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "store/db/handle.h"
#include "store/db/schema.h"

/* ---- the chain ---- */

static void bind_chain(sqlite3_stmt *statement, const struct overlay_chain *chain)
{
	sqlite3_bind_blob(statement, 1, chain->root, (int)strlen(chain->root), SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, store_host(), -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, chain->options ? chain->options : "", -1, SQLITE_STATIC);
}

int overlay_status(struct store *store, const struct overlay_chain *chain, bool count, struct overlay_status *out,
                   struct err *err)
{
	static const char sql[] =
		"SELECT id, overlay_seq, pruned_seq, overlay_time,"
		" CASE WHEN ?4 THEN (SELECT count(*) FROM overlay o WHERE o.root_id=r.id AND o.seq>r.pruned_seq) END"
		" FROM roots r WHERE scan_root=?1 AND host=?2 AND options=?3 AND source=''";
	sqlite3_stmt *row = store_prepare(store, sql, err);

	*out = (struct overlay_status){0};
	bind_chain(row, chain);
	sqlite3_bind_int(row, 4, count);
	int rc = store_step(store, row, err);

	if (rc == 1)
		*out = (struct overlay_status){
			.root_id = sqlite3_column_int64(row, 0),
			.seq = (uint64_t)sqlite3_column_int64(row, 1),
			.pruned_seq = (uint64_t)sqlite3_column_int64(row, 2),
			.time_s = sqlite3_column_int64(row, 3),
			.rows = (uint64_t)sqlite3_column_int64(row, 4),
		};
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

/* In a transaction: the chain's row, made when it is missing. */
static int need_chain(struct store *store, const struct overlay_chain *chain, struct overlay_status *status,
                      struct err *err)
{
	int rc = overlay_status(store, chain, false, status, err);

	if (rc || status->root_id)
		return rc;
	sqlite3_stmt *add = store_prepare(
		store, "INSERT INTO roots(" SCHEMA_ROOT ", sum) VALUES(?1, ?2, ?3, '', row_sum(?1, ?2, ?3, ''))", err);

	bind_chain(add, chain);
	rc = store_step_done(store, add, err);
	sqlite3_finalize(add);
	status->root_id = sqlite3_last_insert_rowid(store->db);
	return rc;
}

/* Path of the root's lock; none where the database is in memory. */
static int lock_path(struct store *store, const char *root, struct buf *path, struct err *err)
{
	bool none = store_mode(store) == STORE_MEMORY;

	return !none && index_lock_path(store_path(store), root, path) ? err_no_memory(err) : 0;
}

int overlay_live(struct store *store, const char *root, bool *live, struct err *err)
{
	struct buf path = {0};
	int rc = lock_path(store, root, &path, err);

	*live = !rc && path.length && index_locked(path.data);
	buf_free(&path);
	if (rc || !*live)
		return rc;
	sqlite3_stmt *row = store_prepare(store, "SELECT running FROM watch_state WHERE watch_root=?1", err);

	sqlite3_bind_blob(row, 1, root, (int)strlen(root), SQLITE_STATIC);
	rc = store_step(store, row, err);
	*live = rc == 1 && sqlite3_column_int(row, 0) == OVERLAY_FOLLOWED;
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

int overlay_words(struct store *store, const char *root, unsigned *words, struct err *err)
{
	struct buf path = {0};
	int rc = lock_path(store, root, &path, err);

	*words = !rc && path.length ? index_lock_words(path.data) : 0;
	buf_free(&path);
	return rc;
}

int overlay_forget(struct store *store, int64_t root_id, bool *followed, struct err *err)
{
	static const char sql[] =
		"SELECT r.scan_root, (SELECT count(*) FROM roots o WHERE o.scan_root=r.scan_root"
		" AND o.host=r.host AND o.source='' AND o.id<>r.id)"
		" FROM roots r WHERE r.id=?1 AND r.host=?2 AND r.source=''";
	sqlite3_stmt *row = store_prepare(store, sql, err);
	struct buf lock = {0}, index = {0};
	char *root = NULL;
	bool others = false;

	*followed = false;
	sqlite3_bind_int64(row, 1, root_id);
	sqlite3_bind_text(row, 2, store_host(), -1, SQLITE_STATIC);
	int rc = store_step(store, row, err);

	if (rc == 1) {
		const void *path = sqlite3_column_blob(row, 0);

		root = path ? alloc_copy(path, (size_t)sqlite3_column_bytes(row, 0)) : NULL;
		others = sqlite3_column_int64(row, 1) != 0;
		rc = !root || index_lock_path(store_path(store), root, &lock) ||
		                     index_path(store_path(store), root, &index)
		           ? err_no_memory(err)
		           : 0;
		*followed = !rc && index_locked(lock.data);
	}
	sqlite3_finalize(row);
	if (!rc && !*followed) /* the id may be given again: nothing may be left under it */
		rc = store_run(store, "DELETE FROM overlay WHERE root_id=?1", NUMBERS(root_id), err);
	/*
	 * If this comes to nothing after all, the snapshots answer.  The lock's file stays: somebody may just be taking
	 * it.
	 */
	if (!rc && root && !*followed && !others && store_mode(store) == STORE_READ_WRITE)
		index_remove(index.data);
	free(root);
	buf_free(&lock);
	buf_free(&index);
	return rc;
}

/* ---- flush ---- */

/* Forget the rows below a directory. */
static int delete_below(sqlite3_stmt *delete, struct store *store, const struct overlay_row *row, struct buf *from,
                        struct buf *to, struct err *err)
{
	/* Everything that begins with "path/" lies in ["path/", "path0"); below the root, everything but the root. */
	buf_clear(from);
	buf_clear(to);
	if (row->length) {
		buf_add(from, row->path, row->length);
		buf_char(from, '/');
		buf_add(to, row->path, row->length);
		buf_char(to, '/' + 1);
	} else {
		buf_char(from, '\0');
	}
	if (from->failed || to->failed)
		return err_no_memory(err);
	sqlite3_bind_blob(delete, 2, from->data, (int)from->length, SQLITE_STATIC);
	if (row->length)
		sqlite3_bind_blob(delete, 3, to->data, (int)to->length, SQLITE_STATIC);
	else
		sqlite3_bind_null(delete, 3);
	return store_step_done(store, delete, err);
}

static int hide(struct store *store, int64_t root_id, const struct overlay_row *rows, size_t count, struct err *err)
{
	sqlite3_stmt *delete = NULL;
	struct buf from = {0}, to = {0};
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++) {
		if (rows[i].kind == OVERLAY_CHANGED)
			continue;
		if (!delete) {
			delete = store_prepare(
				store, "DELETE FROM overlay WHERE root_id=?1 AND path>=?2 AND (?3 IS NULL OR path<?3)",
				err);
			if (!delete)
				return store_failed(store, err);
			sqlite3_bind_int64(delete, 1, root_id);
		}
		rc = delete_below(delete, store, &rows[i], &from, &to, err);
	}
	sqlite3_finalize(delete);
	buf_free(&from);
	buf_free(&to);
	return rc;
}

/* There again where it was gone. */
#define AGAIN "CASE WHEN excluded.gone=0 AND gone<>0 THEN 2 ELSE excluded.gone END"

static int write_rows(struct store *store, int64_t root_id, uint64_t seq, const struct overlay_row *rows, size_t count,
                      struct err *err)
{
	static const char sql[] =
		"INSERT INTO overlay(" SCHEMA_OVERLAY
		", sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, row_sum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))"
		" ON CONFLICT(root_id, path) DO UPDATE SET seq=excluded.seq, bytes=excluded.bytes,"
		" apparent_bytes=excluded.apparent_bytes,"
		" items=excluded.items, files=excluded.files, gone=" AGAIN
		", errors=excluded.errors, sum=row_sum(?1, ?2, ?3, ?4, ?5, ?6, ?7, " AGAIN ", ?9)";
	sqlite3_stmt *add = count ? store_prepare(store, sql, err) : NULL;
	int rc = 0;

	if (count && !add)
		return store_failed(store, err);
	for (size_t i = 0; !rc && i < count; i++) {
		const struct overlay_row *row = &rows[i];
		bool gone = row->kind == OVERLAY_GONE;

		sqlite3_bind_int64(add, 1, root_id);
		sqlite3_bind_blob(add, 2, row->length ? row->path : "", (int)row->length, SQLITE_STATIC);
		store_bind(add, 3,
		           NUMBERS((int64_t)seq, gone ? 0 : (int64_t)row->bytes,
		                   gone ? 0 : (int64_t)row->apparent_bytes, gone ? 0 : (int64_t)row->items,
		                   gone ? 0 : (int64_t)row->files, row->kind, gone ? 0 : row->errors));
		rc = store_step_done(store, add, err);
	}
	sqlite3_finalize(add);
	return rc;
}

/* In a transaction. */
static int prune(struct store *store, int64_t root_id, uint64_t covers_seq, struct err *err)
{
	static const char sql[] =
		"UPDATE roots SET pruned_seq=?2, overlay_seq=max(overlay_seq, ?2) WHERE id=?1 AND pruned_seq<?2";
	int rc = store_run(store, "DELETE FROM overlay WHERE root_id=?1 AND seq<=?2",
	                   NUMBERS(root_id, (int64_t)covers_seq), err);

	return rc ? rc : store_run(store, sql, NUMBERS(root_id, (int64_t)covers_seq), err);
}

int overlay_flush(struct store *store, const struct overlay_chain *chain, uint64_t covers_seq, int64_t time_s,
                  const struct overlay_row *rows, size_t count, uint64_t *seq, struct err *err)
{
	struct overlay_status status;
	int rc = store_begin(store, err);

	if (rc)
		return rc;
	rc = need_chain(store, chain, &status, err);
	if (!rc && covers_seq)
		rc = prune(store, status.root_id, covers_seq, err);
	/* A chain that was deleted and made again counts from 0: the index's number is the later one then. */
	*seq = (status.seq > covers_seq ? status.seq : covers_seq) + (count != 0);
	if (!rc)
		rc = hide(store, status.root_id, rows, count, err);
	if (!rc)
		rc = write_rows(store, status.root_id, *seq, rows, count, err);
	if (!rc)
		rc = store_run(store, "UPDATE roots SET overlay_seq=?2, overlay_time=?3 WHERE id=?1",
		               NUMBERS(status.root_id, (int64_t)*seq, time_s), err);
	if (!rc)
		return store_commit(store, err);
	store_rollback(store);
	return rc;
}

int overlay_prune(struct store *store, const struct overlay_chain *chain, uint64_t seq, int64_t time_s, struct err *err)
{
	struct overlay_status status;
	int rc = store_begin(store, err);

	if (rc)
		return rc;
	rc = need_chain(store, chain, &status, err);
	if (!rc)
		rc = prune(store, status.root_id, seq, err);
	if (!rc)
		rc = store_run(store, "UPDATE roots SET overlay_time=?2 WHERE id=?1", NUMBERS(status.root_id, time_s),
		               err);
	if (!rc) /* there is one index for the root: it is this chain's now */
		rc = store_run(
			store,
			"DELETE FROM overlay WHERE root_id IN (SELECT o.id FROM roots o"
			" JOIN roots r ON o.scan_root=r.scan_root AND o.host=r.host"
			" WHERE r.id=?1 AND o.id<>r.id)",
			NUMBERS(status.root_id), err);
	if (!rc)
		return store_commit(store, err);
	store_rollback(store);
	return rc;
}
