/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/db/connect.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "store/db/header.h"
#include "store/db/location.h"
#include "store/db/schema.h"

#define USE_LOG_NS 5000000000

void store_disconnect(struct store *store)
{
	store_forget_head(store); /* its ids are this database's */
	store_finalize(store);
	if (!store->db)
		return;
	if (store->damaged) /* its log goes aside with it, unmerged */
		sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(store->db);
	store->db = NULL;
}

/* "file:" URI with every byte escaped that could mean something in it. */
static int immutable_uri(const char *path, struct buf *out)
{
	buf_str(out, "file:");
	for (const unsigned char *c = (const unsigned char *)path; *c; c++) {
		if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
		    strchr("/._-", *c))
			buf_char(out, (char)*c);
		else
			buf_printf(out, "%%%02X", *c);
	}
	return buf_str(out, "?immutable=1");
}

int connect_open(struct store *store, enum way way, struct err *err)
{
	struct buf uri = {0};
	int flags = SQLITE_OPEN_NOMUTEX;
	const char *name = store->path;

	if (way == WAY_MEMORY) {
		name = ":memory:";
		flags |= SQLITE_OPEN_READWRITE;
	} else if (way == WAY_IMMUTABLE) {
		if (immutable_uri(store->path, &uri)) {
			buf_free(&uri);
			return err_no_memory(err);
		}
		name = uri.data;
		flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
	} else {
		flags |= way == WAY_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	}
	int rc = sqlite3_open_v2(name, &store->db, flags, NULL);

	buf_free(&uri);
	if (!store->db)
		return err_no_memory(err);
	sqlite3_extended_result_codes(store->db, 1);
	store_patience(store);
	return rc == SQLITE_OK ? store_functions(store, err) : store_failed(store, err);
}

/* A file without a single page.  A failure shows itself at the next statement. */
static bool is_empty(struct store *store)
{
	sqlite3_stmt *statement;
	bool yes = !sqlite3_prepare_v2(store->db, "PRAGMA page_count", -1, &statement, NULL) &&
	           sqlite3_step(statement) == SQLITE_ROW && !sqlite3_column_int64(statement, 0);

	sqlite3_finalize(statement);
	return yes;
}

/*
 * Whoever changes a new file over to a log while others do is refused at once: SQLite does not ask the busy handler
 * where it holds a lock already.  So it is tried again for as long as a lock is waited for.
 */
static int use_log(struct store *store, struct err *err)
{
	int64_t end_ns = clock_mono_ns() + USE_LOG_NS;

	for (;;) {
		int rc = store_exec(store, "PRAGMA journal_mode=WAL", err);

		if (rc != -EBUSY || clock_mono_ns() >= end_ns)
			return rc;
		poll(NULL, 0, 10);
	}
}

int store_connect(struct store *store, enum way way, struct err *err)
{
	static const char settings[] =
		"PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
		" PRAGMA temp_store=MEMORY;"
		"PRAGMA foreign_keys=ON; PRAGMA journal_size_limit=4194304; PRAGMA secure_delete=FAST";

	store->newer = store->older = store->in_place = false;
	store->file = (struct file_identity){0};
	store_disconnect(store);
	int rc = connect_open(store, way, err);

	if (!rc && way != WAY_MEMORY)
		rc = header_check(store, err);
	if (!rc && way == WAY_EXCLUSIVE)
		rc = store_exec(store, "PRAGMA locking_mode=EXCLUSIVE", err);
	if (!rc && way != WAY_MEMORY && is_empty(store))
		rc = -EAGAIN;
	if (!rc && way <= WAY_EXCLUSIVE)
		rc = use_log(store, err);
	if (!rc)
		rc = store_exec(store, settings, err);
	if (!rc)
		rc = schema_migrate(store, &store->newer, err);
	if (!rc)
		rc = store_exec(store, "SELECT max(id) FROM snapshots; SELECT max(id) FROM roots", err);
	if (!rc)
		rc = schema_read_id(store, err);
	if (!rc && way != WAY_MEMORY)
		rc = location_identify(store->path, &store->file, &store->folder) ? -EAGAIN : 0;
	if (rc)
		return rc;
	store->opened += store->file.inode && !location_same(&store->file, &store->last);
	if (store->file.inode)
		store->last = store->file;
	store_set_mode(store, way == WAY_MEMORY                     ? STORE_MEMORY
	                      : store->newer || way > WAY_EXCLUSIVE ? STORE_READ_ONLY
	                                                            : STORE_READ_WRITE);
	if (store->newer) {
		struct err text;

		err_set(&text, 0,
		        _("%s was written by a newer version of this program: opened read-only, nothing is saved"),
		        store->safe_path);
		store_set_banner(store, text.text);
		rc = store_exec(store, "PRAGMA query_only=ON", err);
	}
	return rc;
}
