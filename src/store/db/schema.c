/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables and views.  Their names are a contract (anyone may query them with the sqlite3 shell); docs/ARCHITECTURE.md
 * explains them.
 *
 *   roots ──< snapshots ──< devices     a root is one chain of snapshots: same folder, host, counting options, source
 *     └─────< dirs ──< dir_versions ─ ─> file_chunks
 *
 * A directory's row in `dirs` is its identity at a path; a row in `dir_versions` says what was true of it from snapshot
 * first_id to snapshot last_id of its chain, both included; the sentinel 2⁶³−1 means still.  `lists` of a version names
 * its chunks of direct files (chunk_ids.h).
 */
#include "store/db/schema.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/i18n.h"

static const char version_1[] =
	"CREATE TABLE roots("
	" id INTEGER PRIMARY KEY, scan_root BLOB NOT NULL, host TEXT NOT NULL, options TEXT NOT NULL,"
	" source TEXT NOT NULL, head_id INT,"
	" UNIQUE(scan_root, host, options, source));"

	"CREATE TABLE snapshots("
	" id INTEGER PRIMARY KEY AUTOINCREMENT, scan_root TEXT NOT NULL, started_at INT NOT NULL,"
	" finished_at INT NOT NULL,"
	" total_files INT NOT NULL, total_bytes INT NOT NULL, error_count INT NOT NULL, host TEXT NOT NULL,"
	" root_id INT NOT NULL REFERENCES roots, label TEXT UNIQUE, apparent_bytes INT NOT NULL,"
	" total_items INT NOT NULL,"
	" trusted INT NOT NULL, program TEXT NOT NULL);"
	"CREATE INDEX idx_snapshots_root ON snapshots(root_id);"
	"CREATE INDEX idx_snapshots_time ON snapshots(finished_at);"

	"CREATE TABLE devices("
	" snapshot_id INT NOT NULL REFERENCES snapshots ON DELETE CASCADE, fs INT NOT NULL, dev INT NOT NULL,"
	" PRIMARY KEY(snapshot_id, fs)) WITHOUT ROWID;"

	"CREATE TABLE dirs("
	" id INTEGER PRIMARY KEY, root_id INT NOT NULL, path BLOB NOT NULL, fs INT, ino INT, btime INT,"
	" depth INT, utf8 INT);"
	"CREATE INDEX idx_dir_path_bytes ON dirs(path, root_id);"
	"CREATE INDEX idx_dir_identity ON dirs(ino, root_id);"
	"CREATE INDEX idx_dir_snapshot_id ON dirs(root_id);"

	/* own_*: the directory's own inode (apparent NULL = the same); mtime_ns: below the second; ctime_ns: − mtime */
	"CREATE TABLE dir_versions("
	" dir_id INT, first_id INT, last_id INT NOT NULL DEFAULT " SCHEMA_LAST ", total_bytes INT,"
	" apparent_bytes INT, file_count INT,"
	" item_count INT, mtime INT, fingerprint_lo INT, fingerprint_hi INT, direct_bytes INT, child_count INT,"
	" error_count INT, flags INT,"
	" lists BLOB, own_bytes INT, own_apparent_bytes INT, mtime_ns INT, ctime_ns INT,"
	" PRIMARY KEY(dir_id, first_id)) WITHOUT ROWID;"

	"CREATE TABLE file_chunks(id INTEGER PRIMARY KEY, entries BLOB NOT NULL);"

	"CREATE VIEW dir_snapshots AS SELECT (s.id<<32)|p.id AS id, s.id AS snapshot_id, p.path AS path_blob,"
	" CASE WHEN p.utf8 THEN CAST(p.path AS TEXT) END AS path_utf8, p.depth, v.total_bytes, v.file_count, v.mtime,"
	" (SELECT d.dev FROM devices d WHERE d.snapshot_id=s.id AND d.fs=p.fs) AS dev, p.ino, v.fingerprint_lo,"
	" v.fingerprint_hi,"
	" v.direct_bytes, v.child_count"
	" FROM snapshots s JOIN dirs p ON p.root_id=s.root_id JOIN dir_versions v ON v.dir_id=p.id"
	" AND v.first_id<=s.id AND v.last_id>=s.id;"

	"CREATE TABLE diff_rows("
	" snapshot_a INT, snapshot_b INT, dir_id INT, bytes_a INT, bytes_b INT, delta_bytes INT,"
	" PRIMARY KEY(snapshot_a, snapshot_b, dir_id)) WITHOUT ROWID;"
	"CREATE INDEX idx_diff_delta ON diff_rows(snapshot_a, snapshot_b, delta_bytes);"
	"CREATE VIEW diff_cache AS SELECT (r.snapshot_b<<32)|r.dir_id AS id, r.snapshot_a, r.snapshot_b,"
	" p.path AS path_blob, r.bytes_a, r.bytes_b,"
	" r.delta_bytes FROM diff_rows r JOIN dirs p ON p.id=r.dir_id;"

	"CREATE TABLE fs_events("
	" id INTEGER PRIMARY KEY, timestamp INT NOT NULL, event_type INT NOT NULL, path_blob BLOB,"
	" delta_bytes INT, is_dir INT);"
	"CREATE INDEX idx_fs_events_time ON fs_events(timestamp);"

	"CREATE TABLE dir_deltas("
	" id INTEGER PRIMARY KEY, snapshot_id INT, path_blob BLOB NOT NULL, path_utf8 TEXT, previous_bytes INT,"
	" current_bytes INT,"
	" delta_bytes INT, recorded_at INT NOT NULL);"
	"CREATE INDEX idx_dir_deltas_snapshot ON dir_deltas(snapshot_id);"
	"CREATE INDEX idx_dir_deltas_path ON dir_deltas(path_blob, recorded_at);"

	"CREATE TABLE watch_state("
	" id INTEGER PRIMARY KEY, watch_root BLOB NOT NULL UNIQUE, last_event_time INT,"
	" last_reconcile_time INT, last_snapshot_id INT,"
	" needs_full INT NOT NULL DEFAULT 0);"

	"CREATE TABLE mutation_log("
	" id INTEGER PRIMARY KEY, timestamp INT NOT NULL, mutation_type INT NOT NULL, dev INT, ino INT,"
	" path_blob BLOB, old_size INT,"
	" new_size INT, old_path_blob BLOB);"
	"CREATE INDEX idx_mutation_log_time ON mutation_log(timestamp);"
	"CREATE INDEX idx_mutation_log_identity ON mutation_log(dev, ino);"

	"CREATE TABLE overlay("
	" root_id INT NOT NULL, path BLOB NOT NULL, seq INT NOT NULL, bytes INT, apparent_bytes INT, items INT,"
	" files INT,"
	" gone INT NOT NULL DEFAULT 0, PRIMARY KEY(root_id, path)) WITHOUT ROWID;"
	"CREATE INDEX idx_overlay_seq ON overlay(root_id, seq);";

/*
 * Following (overlay.c).  overlay_seq: the last number given to overlay rows; pruned_seq: rows up to this are in the
 * index and gone; overlay_time: when index and overlay together were last known to be true; running: enum
 * overlay_following.
 */
static const char version_2[] =
	"ALTER TABLE roots ADD COLUMN overlay_seq INT NOT NULL DEFAULT 0;"
	"ALTER TABLE roots ADD COLUMN pruned_seq INT NOT NULL DEFAULT 0;"
	"ALTER TABLE roots ADD COLUMN overlay_time INT NOT NULL DEFAULT 0;"
	"ALTER TABLE watch_state ADD COLUMN running INT NOT NULL DEFAULT 0;";

/* What tells this database from every other: an index names it.  One row. */
static const char version_3[] =
	"CREATE TABLE identity(id BLOB NOT NULL);"
	"INSERT INTO identity VALUES(randomblob(16));";

/* A checksum of the row (SCHEMA_ROOT and so on), NULL in rows that an earlier version has written. */
static const char version_4[] =
	"ALTER TABLE roots ADD COLUMN sum INT;"
	"ALTER TABLE snapshots ADD COLUMN sum INT;"
	"ALTER TABLE devices ADD COLUMN sum INT;"
	"ALTER TABLE dirs ADD COLUMN sum INT;"
	"ALTER TABLE dir_versions ADD COLUMN sum INT;"
	"ALTER TABLE file_chunks ADD COLUMN sum INT;"
	"ALTER TABLE diff_rows ADD COLUMN sum INT;";

/*
 * Figures are 64 bits without a sign, SQLite's have one: the tables hold them as they are, the view what a person's
 * query can add and sort, so that 2⁶³ − 1 says "at least so much".
 */
#define SIGNED(column) "CASE WHEN " column "<0 THEN 9223372036854775807 ELSE " column " END"
static const char version_5[] =
	"DROP VIEW dir_snapshots;"
	"CREATE VIEW dir_snapshots AS SELECT (s.id<<32)|p.id AS id, s.id AS snapshot_id, p.path AS path_blob,"
	" CASE WHEN p.utf8 THEN CAST(p.path AS TEXT) END AS path_utf8, p.depth,"
	" " SIGNED("v.total_bytes") " AS total_bytes, v.file_count, v.mtime,"
	" (SELECT d.dev FROM devices d WHERE d.snapshot_id=s.id AND d.fs=p.fs) AS dev, p.ino, v.fingerprint_lo,"
	" v.fingerprint_hi,"
	" " SIGNED("v.direct_bytes") " AS direct_bytes, v.child_count"
	" FROM snapshots s JOIN dirs p ON p.root_id=s.root_id JOIN dir_versions v ON v.dir_id=p.id"
	" AND v.first_id<=s.id AND v.last_id>=s.id;"
	"DROP VIEW diff_cache;"
	"CREATE VIEW diff_cache AS SELECT (r.snapshot_b<<32)|r.dir_id AS id, r.snapshot_a, r.snapshot_b,"
	" p.path AS path_blob,"
	" " SIGNED("r.bytes_a") " AS bytes_a, " SIGNED("r.bytes_b") " AS bytes_b, r.delta_bytes"
	" FROM diff_rows r JOIN dirs p ON p.id=r.dir_id;";
#undef SIGNED

static const char version_6[] = "ALTER TABLE overlay ADD COLUMN sum INT;";

/*
 * Growth since the snapshot before in the chain, as diff tells it (growth.c); since_unknown: entries that could not be
 * compared, NULL = not computed.  Of older snapshots only those are given it in which all was read.
 */
static const char version_7[] =
	"ALTER TABLE snapshots ADD COLUMN since_id INT;"
	"ALTER TABLE snapshots ADD COLUMN since_bytes INT;"
	"ALTER TABLE snapshots ADD COLUMN since_unknown INT;"
	"UPDATE snapshots SET since_id=(SELECT max(p.id) FROM snapshots p WHERE p.root_id=snapshots.root_id"
	" AND p.id<snapshots.id);"
	"UPDATE snapshots SET since_unknown=0, since_bytes=total_bytes-(SELECT p.total_bytes FROM snapshots p"
	" WHERE p.id=snapshots.since_id)"
	" WHERE error_count=0 AND EXISTS(SELECT 1 FROM snapshots p WHERE p.id=snapshots.since_id AND p.error_count=0);"
	"UPDATE snapshots SET sum=NULL;";

/* What could not be read at or below a directory since; NULL in rows of an earlier version. */
static const char version_8[] = "ALTER TABLE overlay ADD COLUMN errors INT;"
				"UPDATE overlay SET sum=NULL;";

/*
 * Who was seen doing it: a name, or several with ", " between them; NULL = nobody.  Of rows of an earlier version what
 * they are of is known only to their event.
 */
static const char version_9[] = "ALTER TABLE mutation_log ADD COLUMN \"by\" TEXT;"
				"ALTER TABLE mutation_log ADD COLUMN is_dir INT;";

/* Step i takes a database from version i to i + 1. */
static const char *const migrations[] = {version_1, version_2, version_3, version_4,
                                         version_5, version_6, version_7, version_8, version_9};

static_assert(sizeof(migrations) / sizeof(migrations[0]) == SCHEMA_VERSION, "one migration a version");

/* Its schema's version; 0 = it is still empty.  Within a transaction: another program may be filling it just now. */
static int read_version(struct store *store, int64_t *version, struct err *err)
{
	int64_t tables;

	int rc = store_ask(store, "PRAGMA user_version", NULL, 0, version, err);

	if (!rc)
		rc = store_ask(store, "SELECT count(*) FROM sqlite_schema", NULL, 0, &tables, err);
	if (rc)
		return rc;
	if (*version < 0 || (*version && !tables))
		return store_damaged(store, _("its schema is missing"), err);
	return 0;
}

static int migrate_one(struct store *store, int64_t from, struct err *err)
{
	char stamp[128];
	int64_t version;
	int rc = store_begin(store, err);

	if (rc)
		return rc;
	rc = read_version(store, &version, err);
	if (!rc && version == from) { /* else another program was faster */
		sqlite3_snprintf(sizeof(stamp), stamp, "PRAGMA application_id=%d; PRAGMA user_version=%d",
		                 SCHEMA_APPLICATION, (int)from + 1);
		rc = store_exec(store, migrations[from], err);
		if (!rc)
			rc = store_exec(store, stamp, err);
	}
	if (!rc)
		return store_commit(store, err);
	store_rollback(store);
	return rc;
}

int schema_migrate(struct store *store, bool *newer, struct err *err)
{
	int64_t version;

	*newer = false;
	for (;;) {
		store_read_begin(store);
		int rc = read_version(store, &version, err);

		store_read_end(store);
		if (rc)
			return rc;
		if (version >= SCHEMA_VERSION) {
			*newer = version > SCHEMA_VERSION;
			return 0;
		}
		rc = migrate_one(store, version, err);
		/* Steps have only added so far: what cannot be written now can be read, but for what they added. */
		if ((rc == -EROFS || rc == -ENOSPC) && version) {
			store->older = true;
			return 0;
		}
		if (rc)
			return rc;
	}
}

int schema_read_id(struct store *store, struct err *err)
{
	int64_t tables;
	int rc = store_ask(store, "SELECT count(*) FROM sqlite_schema WHERE name='identity'", NULL, 0, &tables, err);

	memset(store->id, 0, sizeof(store->id));
	if (rc || !tables) /* an earlier version's, and it cannot be written */
		return rc;
	sqlite3_stmt *row = store_prepare(store, "SELECT id FROM identity", err);

	rc = store_step(store, row, err);
	if (rc == 1 && sqlite3_column_bytes(row, 0) == sizeof(store->id))
		memcpy(store->id, sqlite3_column_blob(row, 0), sizeof(store->id));
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

static int find_different(struct store *store, sqlite3 *model, struct buf *name, struct err *err)
{
	static const char sql[] = "SELECT 1 FROM sqlite_schema WHERE type=?1 AND name=?2 AND tbl_name=?3 AND sql IS ?4";
	sqlite3_stmt *want = NULL, *have = store_prepare(store, sql, err);
	int rc = 0;

	if (!have)
		return store_failed(store, err);
	if (sqlite3_prepare_v2(model, "SELECT type, name, tbl_name, sql FROM sqlite_schema", -1, &want, NULL) !=
	    SQLITE_OK)
		rc = err_no_memory(err);
	while (!rc && sqlite3_step(want) == SQLITE_ROW) {
		sqlite3_reset(have);
		for (int i = 0; i < 4; i++)
			sqlite3_bind_value(have, i + 1, sqlite3_column_value(want, i));
		rc = store_step(store, have, err);
		if (!rc)
			buf_str(name, (const char *)sqlite3_column_text(want, 1));
		rc = rc < 0 ? rc : !rc;
	}
	sqlite3_finalize(want);
	sqlite3_finalize(have);
	return rc;
}

int schema_differs(struct store *store, struct buf *name, struct err *err)
{
	sqlite3 *model = NULL;
	int rc = sqlite3_open(":memory:", &model) == SQLITE_OK ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < sizeof(migrations) / sizeof(*migrations); i++)
		rc = sqlite3_exec(model, migrations[i], NULL, NULL, NULL) == SQLITE_OK ? 0 : -ENOMEM;
	rc = rc ? err_no_memory(err) : find_different(store, model, name, err);
	sqlite3_close(model);
	return rc;
}
