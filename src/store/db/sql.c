/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statements and errors of the connection: what SQLite says becomes -errno and a sentence. */
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/db/handle.h"
#include "store/db/schema.h"

static const char *const statement_sql[ST_COUNT] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_COMMIT] = "COMMIT",
	[ST_ROOT_FIND] = "SELECT id, head_id FROM roots WHERE scan_root=?1 AND host=?2 AND options=?3 AND source=?4",
	[ST_ROOT_ADD] = "INSERT INTO roots(" SCHEMA_ROOT ", sum) VALUES(?1, ?2, ?3, ?4, row_sum(?1, ?2, ?3, ?4))",
	[ST_ROOT_HEAD] = "UPDATE roots SET head_id=?2 WHERE id=?1",
	[ST_SNAPSHOT_ADD] = "INSERT INTO snapshots(scan_root, started_at, finished_at, total_files, total_bytes,"
			    " error_count, host, root_id, label,"
			    " apparent_bytes, total_items, trusted, program) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
			    " ?10, ?11, ?12, ?13)",
	[ST_SNAPSHOT_SUM] = "UPDATE snapshots SET sum=row_sum(" SCHEMA_SNAPSHOT ") WHERE id=?1",
	[ST_DEVICE_ADD] = "INSERT INTO devices(" SCHEMA_DEVICE ", sum) VALUES(?1, ?2, ?3, row_sum(?1, ?2, ?3))",
	[ST_DIR_FIND] = "SELECT id FROM dirs WHERE path=?1 AND root_id=?2 AND fs=?3 AND ino=?4 AND btime=?5",
	[ST_DIR_DELETE] = "DELETE FROM dirs WHERE id=?1",
	[ST_VERSION_HEAD] = "SELECT first_id, lists FROM dir_versions WHERE dir_id=?1 ORDER BY first_id DESC LIMIT 1",
	[ST_VERSION_CLOSE] =
		"UPDATE dir_versions SET last_id=?2 WHERE dir_id=?1"
		" AND first_id=(SELECT max(first_id) FROM dir_versions WHERE dir_id=?1) AND last_id=" SCHEMA_LAST,
	[ST_DIR_AT] =
		"SELECT p.id FROM snapshots s CROSS JOIN dirs p ON p.path=?2 AND p.root_id=s.root_id"
		" CROSS JOIN dir_versions v ON v.dir_id=p.id AND v.first_id<=s.id AND v.last_id>=s.id WHERE s.id=?1",
	[ST_VERSION_AT] = "SELECT lists FROM dir_versions WHERE dir_id=?1 AND first_id<=?2 AND last_id>=?2"
			  " ORDER BY first_id DESC LIMIT 1",
	[ST_VERSION_LISTS] = "SELECT lists FROM dir_versions WHERE dir_id=?1",
	[ST_VERSION_DELETE] = "DELETE FROM dir_versions WHERE dir_id=?1 AND first_id=?2",
	[ST_CHUNK_GET] = "SELECT entries FROM file_chunks WHERE id=?1",
	[ST_CHUNK_DELETE] = "DELETE FROM file_chunks WHERE id=?1",
	/* Eight pairs: the newest snapshot and the eight before it. */
	[ST_DIFF_TRIM] = "DELETE FROM diff_rows WHERE snapshot_a IN"
			 " (SELECT id FROM snapshots WHERE root_id=?1 ORDER BY id DESC LIMIT -1 OFFSET 9)",
};

/*
 * row_sum(…): 32 bits of the XXH3 of its arguments, each as its type and its bytes.  What a command would read wrong is
 * found by it, whatever the column: a bit that fell over on the disk is one error in four thousand million that goes
 * unseen.
 */
static void row_sum(sqlite3_context *context, int count, sqlite3_value **values)
{
	XXH3_state_t *state = XXH3_createState();

	if (!state || XXH3_64bits_reset(state) == XXH_ERROR) {
		sqlite3_result_error_nomem(context);
	} else {
		for (int i = 0; i < count; i++) {
			int type = sqlite3_value_type(values[i]);
			uint64_t head[2] = {(uint64_t)type, 0};
			const void *bytes = NULL;

			if (type == SQLITE_INTEGER) {
				head[1] = (uint64_t)sqlite3_value_int64(values[i]);
			} else if (type != SQLITE_NULL) {
				bytes = sqlite3_value_blob(values[i]);
				head[1] = (uint64_t)sqlite3_value_bytes(values[i]);
			}
			for (int k = 0; k < 2; k++)
				head[k] = htole64(head[k]);
			XXH3_64bits_update(state, head, sizeof(head));
			if (bytes)
				XXH3_64bits_update(state, bytes, le64toh(head[1]));
		}
		sqlite3_result_int64(context, (sqlite3_int64)(XXH3_64bits_digest(state) & UINT32_MAX));
	}
	XXH3_freeState(state);
}

int store_functions(struct store *store, struct err *err)
{
	if (sqlite3_create_function(store->db, "row_sum", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, row_sum, NULL,
	                            NULL) != SQLITE_OK)
		return store_failed(store, err);
	return 0;
}

/* A full disk shows itself as FULL, or as an I/O error whose cause is the system's errno. */
static bool is_full(int rc, int cause)
{
	return (rc & 0xff) == SQLITE_FULL || cause == ENOSPC || cause == EDQUOT;
}

int store_failed(struct store *store, struct err *err)
{
	int rc = sqlite3_extended_errcode(store->db);
	int cause = (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN ? sqlite3_system_errno(store->db) : 0;
	const char *path = store->safe_path;
	struct rlimit limit;

	if (is_full(rc, cause))
		return err_set(err, -ENOSPC, _("no space left on the disk that holds %s"), path);
	if ((rc & 0xff) == SQLITE_ERROR && store->older)
		return err_set(
			err, -EROFS,
			_("%s was written by an earlier version, which did not keep this, and cannot be brought up to"
		          " date where it lies: make it writable, or copy it"),
			path);
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return err_no_memory(err);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, -EBUSY, _("%s is being written by another program; try again"), path);
	case SQLITE_READONLY:
		return err_set(err, -EROFS, _("%s cannot be written"), path);
	case SQLITE_INTERRUPT:
		return err_set(err, -ECANCELED, _("cancelled"));
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return store_damaged(store, sqlite3_errmsg(store->db), err);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		if (cause == EMFILE || cause == ENFILE)
			return err_set(err, -cause, _("%s cannot be opened (%s): allow more open files (ulimit -n)"),
			               path, strerror(cause));
		/* SQLite does not always keep the system's reason. */
		if (cause == EFBIG || (!cause && rc == SQLITE_IOERR_WRITE && !getrlimit(RLIMIT_FSIZE, &limit) &&
		                       limit.rlim_cur != RLIM_INFINITY))
			return err_set(err, -EFBIG,
			               _("%s cannot be written: no file may grow beyond a size (ulimit -f)"), path);
		return err_set(err, -EIO, "%s: %s", path, cause ? strerror(cause) : sqlite3_errmsg(store->db));
	default:
		return err_set(err, -EIO, "%s: %s", path, sqlite3_errmsg(store->db));
	}
}

int store_damaged(struct store *store, const char *what, struct err *err)
{
	store->damaged = true;
	return err_set(err, -EIO, _("%s is damaged (%s); move it away to begin a new history"), store->safe_path, what);
}

struct sqlite3_stmt *store_prepare(struct store *store, const char *sql, struct err *err)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		store_failed(store, err);
	return statement;
}

struct sqlite3_stmt *store_statement(struct store *store, enum statement which, struct err *err)
{
	sqlite3_stmt **kept = &store->statements[which];

	if (*kept)
		sqlite3_reset(*kept);
	else if (sqlite3_prepare_v3(store->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT, kept, NULL) !=
	         SQLITE_OK)
		store_failed(store, err);
	return *kept;
}

void store_finalize(struct store *store)
{
	for (int i = 0; i < ST_COUNT; i++) {
		sqlite3_finalize(store->statements[i]);
		store->statements[i] = NULL;
	}
}

int store_exec(struct store *store, const char *sql, struct err *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_failed(store, err);
	return 0;
}

int store_step(struct store *store, struct sqlite3_stmt *statement, struct err *err)
{
	int rc = statement ? sqlite3_step(statement) : SQLITE_MISUSE;

	if (rc == SQLITE_ROW)
		return 1;
	int code = rc == SQLITE_DONE ? 0 : store_failed(store, err);

	sqlite3_reset(statement);
	return code;
}

int store_step_done(struct store *store, struct sqlite3_stmt *statement, struct err *err)
{
	int rc = store_step(store, statement, err);

	if (rc == 1)
		sqlite3_reset(statement);
	return rc < 0 ? rc : 0;
}

void store_bind(struct sqlite3_stmt *statement, int first, const int64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sqlite3_bind_int64(statement, first + (int)i, numbers[i]);
}

int store_run_kept(struct store *store, enum statement which, const int64_t *numbers, size_t count, struct err *err)
{
	sqlite3_stmt *statement = store_statement(store, which, err);

	store_bind(statement, 1, numbers, count);
	return store_step_done(store, statement, err);
}

int store_ask(struct store *store, const char *sql, const int64_t *numbers, size_t count, int64_t *answer,
              struct err *err)
{
	sqlite3_stmt *statement = store_prepare(store, sql, err);

	*answer = 0;
	store_bind(statement, 1, numbers, count);
	int rc = store_step(store, statement, err);

	if (rc == 1)
		*answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return rc < 0 ? rc : 0;
}

int store_run(struct store *store, const char *sql, const int64_t *numbers, size_t count, struct err *err)
{
	int64_t nothing;

	return store_ask(store, sql, numbers, count, &nothing, err);
}

#define PATIENCE_MS 5000
#define STEP_MS 50

/* Of SQLite, where somebody holds the lock. */
static int busy(void *context, int times)
{
	struct store *store = context;

	if (times >= STORE_WAIT_MS / STEP_MS || !store->wait(store->wait_context, store->safe_path, times * STEP_MS))
		return 0;
	poll(NULL, 0, STEP_MS);
	return 1;
}

void store_patience(struct store *store)
{
	if (store->wait)
		sqlite3_busy_handler(store->db, busy, store);
	else
		sqlite3_busy_timeout(store->db, PATIENCE_MS);
}

void store_wait_with(struct store *store, store_wait *wait, void *context)
{
	store->wait = wait;
	store->wait_context = context;
	store_patience(store);
}

int store_begin(struct store *store, struct err *err)
{
	sqlite3_stmt *begin = store_statement(store, ST_BEGIN, err);

	return store_step_done(store, begin, err);
}

void store_rollback(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

int store_commit(struct store *store, struct err *err)
{
	sqlite3_stmt *commit = store_statement(store, ST_COMMIT, err);
	int rc = store_step_done(store, commit, err);

	if (rc)
		store_rollback(store);
	return rc;
}

void store_read_begin(struct store *store)
{
	if (!store->reading++)
		/* should it fail, each read is a transaction of its own */
		sqlite3_exec(store->db, "BEGIN", NULL, NULL, NULL);
}

void store_read_end(struct store *store)
{
	if (!--store->reading && !sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
}

void store_checkpoint(struct store *store)
{
	/* A reader elsewhere is not waited for: the next one who writes will cut the log. */
	sqlite3_busy_timeout(store->db, 0);
	sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	store_patience(store);
}

int store_room(struct store *store, uint64_t bytes, struct err *err)
{
	struct statvfs fs;
	char need[TEXT_FIGURE], have[TEXT_FIGURE];
	char *folder = alloc_copy(store->path, strlen(store->path));
	char *slash = folder ? strrchr(folder, '/') : NULL;

	if (slash)
		slash[slash == folder] = '\0';
	bool known = slash && !statvfs(folder, &fs);

	free(folder);
	if (!known || (store_mode(store) == STORE_MEMORY && !store->wait_for_room))
		return 0; /* the write itself will tell */
	uint64_t blocks = geteuid() ? fs.f_bavail : fs.f_bfree;
	uint64_t room = blocks * fs.f_frsize;

	if (room >= bytes)
		return 0;
	return err_set(err, -ENOSPC, _("%s needed and %s free on the disk that holds %s: nothing was saved"),
	               text_size(need, bytes, false), text_size(have, room, false), store->safe_path);
}
