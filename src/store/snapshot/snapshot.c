/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots as rows: listing, finding, labelling.  Saving, reading back and deleting have files of their own. */
#include "store/snapshot/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/db/handle.h"
#include "store/snapshot/ref_grammar.h"

/* Half of the root's fingerprint. */
#define FINGERPRINT(half) \
	"(SELECT v.fingerprint_" half " FROM dirs p CROSS JOIN dir_versions v ON v.dir_id=p.id" \
	" WHERE p.path=r.scan_root AND p.root_id=r.id" \
	" AND v.first_id<=s.id AND v.last_id>=s.id)"

/* A database that cannot be written may be of a version before these. */
#define SINCE ", s.since_id, s.since_bytes, s.since_unknown"
#define NO_SINCE ", NULL, NULL, NULL"

#define COLUMNS(since) \
	"SELECT s.id, s.root_id, r.scan_root, r.host, r.options, r.source, s.label, s.started_at," \
	" s.finished_at, s.total_bytes, s.apparent_bytes, s.total_files, s.total_items, s.error_count," \
	" s.trusted, s.program, " FINGERPRINT("lo") ", " FINGERPRINT("hi") since \
	" FROM snapshots s JOIN roots r ON r.id=s.root_id"

static bool has_fingerprint(const struct snapshot *snapshot)
{
	return snapshot->fingerprint[0] || snapshot->fingerprint[1];
}

bool snapshot_equal(const struct snapshot *a, const struct snapshot *b)
{
	if (has_fingerprint(a) && has_fingerprint(b))
		return a->fingerprint[0] == b->fingerprint[0] && a->fingerprint[1] == b->fingerprint[1];
	return a->total_bytes == b->total_bytes && a->apparent_bytes == b->apparent_bytes &&
	       a->total_items == b->total_items && a->total_files == b->total_files && a->error_count == b->error_count;
}

void snapshot_clear(struct snapshot *snapshot)
{
	free(snapshot->scan_root);
	free(snapshot->host);
	free(snapshot->options);
	free(snapshot->source);
	free(snapshot->label);
	free(snapshot->program);
	*snapshot = (struct snapshot){0};
}

void snapshot_list_clear(struct snapshot_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		snapshot_clear(&list->items[i]);
	free(list->items);
	*list = (struct snapshot_list){0};
}

/* NULL only when there is no memory: an absent value reads as "". */
static char *copy_column(sqlite3_stmt *row, int column)
{
	const void *bytes = sqlite3_column_blob(row, column);

	return alloc_copy(bytes, (size_t)sqlite3_column_bytes(row, column));
}

static int read_row(sqlite3_stmt *row, struct snapshot *out)
{
	*out = (struct snapshot){
		.id = sqlite3_column_int64(row, 0),
		.root_id = sqlite3_column_int64(row, 1),
		.scan_root = copy_column(row, 2),
		.host = copy_column(row, 3),
		.options = copy_column(row, 4),
		.source = copy_column(row, 5),
		.started_at = sqlite3_column_int64(row, 7),
		.finished_at = sqlite3_column_int64(row, 8),
		.total_bytes = (uint64_t)sqlite3_column_int64(row, 9),
		.apparent_bytes = (uint64_t)sqlite3_column_int64(row, 10),
		.total_files = (uint64_t)sqlite3_column_int64(row, 11),
		.total_items = (uint64_t)sqlite3_column_int64(row, 12),
		.error_count = (uint32_t)sqlite3_column_int64(row, 13),
		.trusted = sqlite3_column_int(row, 14) != 0,
		.program = copy_column(row, 15),
		.fingerprint = {(uint64_t)sqlite3_column_int64(row, 16), (uint64_t)sqlite3_column_int64(row, 17)},
		.since_id = sqlite3_column_int64(row, 18),
		.since_bytes = sqlite3_column_int64(row, 19),
		.since_unknown = sqlite3_column_type(row, 20) == SQLITE_NULL ? -1 : sqlite3_column_int64(row, 20),
	};
	bool labelled = sqlite3_column_type(row, 6) != SQLITE_NULL;

	if (labelled)
		out->label = copy_column(row, 6);
	if (out->scan_root && out->host && out->options && out->source && out->program && (out->label || !labelled))
		return 0;
	snapshot_clear(out);
	return -ENOMEM;
}

/* The columns of read_row() and what follows them. */
static sqlite3_stmt *prepare_rows(struct store *store, const char *tail, struct err *err)
{
	static const char *const columns[] = {COLUMNS(SINCE), COLUMNS(NO_SINCE)};
	sqlite3_stmt *rows = NULL;

	for (size_t i = 0; i < 2 && !rows; i++) {
		char *sql = sqlite3_mprintf("%s%s", columns[i], tail);

		if (!sql) {
			err_no_memory(err);
			return NULL;
		}
		rows = store_prepare(store, sql, err);
		sqlite3_free(sql);
		if (!rows && sqlite3_errcode(store->db) != SQLITE_ERROR)
			break;
	}
	return rows;
}

/* Bind NULL for "any". */
static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
	if (text)
		sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

int snapshot_list(struct store *store, const char *scan_root, const char *host, const char *options,
                  struct snapshot_list *out, struct err *err)
{
	static const char tail[] =
		" WHERE (?1 IS NULL OR r.scan_root=?1) AND (?2 IS NULL OR r.host=?2) AND (?3 IS NULL OR r.options=?3)"
		" ORDER BY r.source<>'', CASE WHEN r.source='' THEN s.id ELSE s.finished_at END DESC, s.id DESC";
	sqlite3_stmt *rows = prepare_rows(store, tail, err);
	size_t capacity = 0;
	int rc;

	*out = (struct snapshot_list){0};
	if (scan_root)
		sqlite3_bind_blob(rows, 1, scan_root, (int)strlen(scan_root), SQLITE_STATIC);
	bind_text(rows, 2, host);
	bind_text(rows, 3, options);
	while ((rc = store_step(store, rows, err)) == 1) {
		if (alloc_room(&out->items, &capacity, out->count + 1) || read_row(rows, &out->items[out->count])) {
			rc = err_no_memory(err);
			break;
		}
		out->count++;
	}
	sqlite3_finalize(rows);
	if (!rc && snapshot_doubt_dates(out, clock_wall_s()))
		rc = err_no_memory(err);
	if (rc)
		snapshot_list_clear(out);
	return rc;
}

int snapshot_get(struct store *store, int64_t id, struct snapshot *out, struct err *err)
{
	sqlite3_stmt *row = prepare_rows(store, " WHERE s.id=?1", err);

	*out = (struct snapshot){0};
	sqlite3_bind_int64(row, 1, id);
	int rc = store_step(store, row, err);

	if (rc == 1)
		rc = read_row(row, out) ? err_no_memory(err) : 0;
	else if (!rc)
		rc = err_set(err, -ENOENT, _("there is no snapshot %lld"), (long long)id);
	sqlite3_finalize(row);
	return rc;
}

/* ---- the baseline ---- */

/*
 * The newest snapshot of this folder that holds `path` (which is the folder itself or lies below it); 0 when there is
 * none.
 */
static int newest_holding(struct store *store, const char *folder, size_t length, const char *path, const char *options,
                          int64_t *id, struct err *err)
{
	static const char sql[] =
		"SELECT s.id FROM snapshots s JOIN roots r ON r.id=s.root_id WHERE r.scan_root=?1 AND r.host=?2"
		" AND r.options=?3 AND r.source=''"
		" AND (?1=?4 OR EXISTS(SELECT 1 FROM dirs p JOIN dir_versions v ON v.dir_id=p.id"
		" AND v.first_id<=s.id AND v.last_id>=s.id"
		" WHERE p.path=?4 AND p.root_id=r.id)) ORDER BY s.id DESC LIMIT 1";
	sqlite3_stmt *row = store_prepare(store, sql, err);

	*id = 0;
	sqlite3_bind_blob(row, 1, folder, (int)length, SQLITE_STATIC);
	bind_text(row, 2, store_host());
	bind_text(row, 3, options);
	sqlite3_bind_blob(row, 4, path, (int)strlen(path), SQLITE_STATIC);
	int rc = store_step(store, row, err);

	if (rc == 1)
		*id = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

static int count_others(struct store *store, const char *root, const char *options, unsigned *other, struct err *err)
{
	static const char sql[] = "SELECT count(*) FROM snapshots s JOIN roots r ON r.id=s.root_id"
				  " WHERE r.scan_root=?1 AND r.host=?2 AND r.options<>?3 AND r.source=''";
	sqlite3_stmt *row = store_prepare(store, sql, err);

	sqlite3_bind_blob(row, 1, root, (int)strlen(root), SQLITE_STATIC);
	bind_text(row, 2, store_host());
	bind_text(row, 3, options);
	int rc = store_step(store, row, err);

	*other = rc == 1 ? (unsigned)sqlite3_column_int64(row, 0) : 0;
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

/* Length of the folder above a path of this length; 0 above "/". */
static size_t parent_length(const char *path, size_t length)
{
	if (length <= 1)
		return 0;
	while (length > 1 && path[length - 1] != '/')
		length--;
	return length > 1 ? length - 1 : 1;
}

int snapshot_baseline(struct store *store, const char *root, const char *options, int64_t *id, unsigned *other,
                      struct err *err)
{
	int rc = count_others(store, root, options, other, err);

	*id = 0;
	for (size_t length = strlen(root); !rc && !*id && length; length = parent_length(root, length))
		rc = newest_holding(store, root, length, root, options, id, err);
	return rc;
}

bool snapshot_is(struct store *store, int64_t id, const struct image *image)
{
	static const char sql[] =
		"SELECT 1 FROM snapshots s CROSS JOIN roots r ON r.id=s.root_id"
		" CROSS JOIN dirs p ON p.path=r.scan_root AND p.root_id=r.id"
		" CROSS JOIN dir_versions v ON v.dir_id=p.id AND v.first_id<=s.id AND v.last_id>=s.id"
		" WHERE s.id=?1 AND r.scan_root=?2 AND v.fingerprint_lo=?3 AND v.fingerprint_hi=?4";
	const uint64_t *fingerprint = image->fingerprint[IMAGE_ROOT];
	/* A directory that has changed since its image was made has none. */
	sqlite3_stmt *row = fingerprint[0] || fingerprint[1] ? store_prepare(store, sql, NULL) : NULL;

	if (!row)
		return false;
	sqlite3_bind_int64(row, 1, id);
	sqlite3_bind_blob(row, 2, image->root_path, (int)strlen(image->root_path), SQLITE_STATIC);
	sqlite3_bind_int64(row, 3, (int64_t)fingerprint[0]);
	sqlite3_bind_int64(row, 4, (int64_t)fingerprint[1]);
	bool is = store_step(store, row, NULL) == 1;

	sqlite3_finalize(row);
	return is;
}

/* ---- labels ---- */

int snapshot_check_label(struct store *store, const char *label, struct err *err)
{
	struct buf safe = {0};
	int rc = ref_check_label(label, err);
	sqlite3_stmt *row = rc ? NULL : store_prepare(store, "SELECT id FROM snapshots WHERE label=?1", err);

	if (!row)
		return rc ? rc : store_failed(store, err);
	bind_text(row, 1, label);
	rc = store_step(store, row, err);
	if (rc == 1) {
		long long id = sqlite3_column_int64(row, 0);

		text_safe(&safe, label, strlen(label), false);
		rc = err_set(
			err, -EEXIST,
			_("snapshot %lld is already called \"%s\"; 'disktracker label %lld --remove' takes that away"),
			id, safe.data ? safe.data : "?", id);
	}
	sqlite3_finalize(row);
	buf_free(&safe);
	return rc;
}

/* Is it this snapshot that has the label already? */
static bool has_label(struct store *store, int64_t id, const char *label)
{
	struct snapshot snapshot;
	bool yes = label && !snapshot_get(store, id, &snapshot, NULL);

	if (yes) {
		yes = snapshot.label && !strcmp(snapshot.label, label);
		snapshot_clear(&snapshot);
	}
	return yes;
}

static int set_label(struct store *store, int64_t id, const char *label, struct err *err)
{
	int rc = label ? snapshot_check_label(store, label, err) : 0;
	sqlite3_stmt *update = rc ? NULL : store_prepare(store, "UPDATE snapshots SET label=?2 WHERE id=?1", err);

	if (!update)
		return rc ? rc : store_failed(store, err);
	sqlite3_bind_int64(update, 1, id);
	bind_text(update, 2, label);
	rc = store_step_done(store, update, err);
	if (!rc && !sqlite3_changes(store->db))
		rc = err_set(err, -ENOENT, _("there is no snapshot %lld"), (long long)id);
	sqlite3_finalize(update);
	return rc ? rc : store_run_kept(store, ST_SNAPSHOT_SUM, NUMBERS(id), err);
}

int snapshot_label(struct store *store, int64_t id, const char *label, struct err *err)
{
	if (has_label(store, id, label))
		return 0;
	int rc = store_writable(store, err);

	if (!rc)
		rc = store_begin(store, err);
	if (rc)
		return rc;
	rc = set_label(store, id, label, err);
	if (!rc)
		return store_commit(store, err);
	store_rollback(store);
	return rc;
}
