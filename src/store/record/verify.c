/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the database hold what was put into it?  Every row has a checksum (schema.h), which finds what fell over on the
 * disk.  What it cannot find, rows that are whole and do not belong together, and rows of earlier versions, which have
 * none, `full` finds: each snapshot is built as a command would build it, and from the files up every fingerprint and
 * figure is made again:
 *
 *   lists of files ── Σ files ──┐
 *   children's fingerprints ────┴── own inode ──▶ fingerprint of the directory, and so on up to the root
 *
 * The lists are read once a version; what each came to is kept by the directory's row until the next.
 */
#include "store/record/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "engine/tree/fingerprint.h"
#include "store/db/handle.h"
#include "store/files/chunk_ids.h"
#include "store/files/file_chunk.h"
#include "store/db/schema.h"
#include "store/snapshot/snapshot.h"

enum { TOLD = 5 }; /* as many of a kind as a person reads */

/* What the files of a version come to. */
struct files_sum {
	uint64_t sum[2];
	uint64_t alloc_bytes, apparent_bytes;
	uint32_t entries, files, errors;
	bool linked, garbled;
};

struct verify {
	struct store *store;
	check_found *found;
	void *context;
	struct err *err;
	struct files_sum *sums; /* by row of `dirs` */
	int64_t last_dir;
	struct chunk_ids ids;
	int wrong;              /* snapshots' folders that are */
	bool any_wrong;
};

static const char *const what = N_("database");

static void __attribute__((format(printf, 3, 4)))
tell(struct verify *verify, enum check_state state, const char *format, ...)
{
	char sentence[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	verify->any_wrong |= state == CHECK_WRONG;
	verify->found(verify->context, what, state, sentence);
}

/* ---- rows ---- */

/* Tell of each row of a statement that should have none, its first column behind `wrong`; `good` when there is none. */
static int check_rows(struct verify *verify, const char *sql, const char *wrong, const char *good)
{
	sqlite3_stmt *rows = store_prepare(verify->store, sql, verify->err);
	int count = 0, rc;

	while ((rc = store_step(verify->store, rows, verify->err)) == 1) {
		const char *text = (const char *)sqlite3_column_text(rows, 0);
		struct buf safe = {0};

		if (text && !strcmp(text, "ok"))
			continue;
		if (text)
			text_safe(&safe, text, strlen(text), false);
		if (++count <= TOLD)
			tell(verify, CHECK_WRONG, "%s: %s", wrong, safe.data && !safe.failed ? safe.data : "?");
		buf_free(&safe);
	}
	sqlite3_finalize(rows);
	if (rc < 0)
		return rc;
	if (count > TOLD)
		tell(verify, CHECK_WRONG, _("%s: %d more"), wrong, count - TOLD);
	if (!count && good)
		tell(verify, CHECK_GOOD, "%s", good);
	return 0;
}

/* *known: of every column it is known what should be in it. */
static int check_schema(struct verify *verify, bool *known)
{
	struct buf name = {0}, safe = {0};
	int rc;

	*known = false;
	if (store_newer(verify->store)) {
		tell(verify, CHECK_WRONG, "%s", store_banner(verify->store));
		return 0;
	}
	rc = schema_differs(verify->store, &name, verify->err);
	*known = !rc;
	text_safe(&safe, name.data ? name.data : "?", name.data ? name.length : 1, false);
	if (rc == 1)
		tell(verify, CHECK_WRONG, _("the schema is not this program's: %s is missing or another"),
		     safe.data ? safe.data : "?");
	else if (!rc)
		tell(verify, CHECK_GOOD, "%s", _("its schema is this program's"));
	buf_free(&name);
	buf_free(&safe);
	return rc < 0 ? rc : 0;
}

#define BAD_SUMS(table, name, columns)                                                                                 \
	"SELECT '" table " ' || " name " FROM " table " WHERE sum IS NOT NULL AND sum IS NOT row_sum(" columns ")"

static int check_sums(struct verify *verify)
{
	static const char sql[] =
		BAD_SUMS("roots", "id", SCHEMA_ROOT)
		" UNION ALL "
		BAD_SUMS("snapshots", "id", SCHEMA_SNAPSHOT)
		" UNION ALL "
		BAD_SUMS("devices", "snapshot_id", SCHEMA_DEVICE)
		" UNION ALL "
		BAD_SUMS("dirs", "id", SCHEMA_DIR)
		" UNION ALL "
		BAD_SUMS("dir_versions", "dir_id || ' of snapshot ' || first_id", SCHEMA_VERSION_OF_DIR)
		" UNION ALL "
		BAD_SUMS("file_chunks", "id", SCHEMA_CHUNK)
		" UNION ALL "
		BAD_SUMS("overlay", "root_id", SCHEMA_OVERLAY)
		" UNION ALL "
		BAD_SUMS("diff_rows", "dir_id || ' of snapshot ' || snapshot_b", SCHEMA_GROWTH);
	static const char unknown[] =
		"SELECT 1 FROM snapshots WHERE sum IS NULL UNION ALL SELECT 1 FROM dir_versions WHERE sum IS NULL"
		" LIMIT 1";
	sqlite3_stmt *row;
	int rc = check_rows(verify, sql, _("a row is not what was written"), _("every row is what was written"));

	if (rc)
		return rc;
	row = store_prepare(verify->store, unknown, verify->err);
	rc = store_step(verify->store, row, verify->err);
	sqlite3_finalize(row);
	if (rc == 1)
		tell(verify, CHECK_HINT, "%s",
		     _("some snapshots are of an earlier version, which made no checksums: `disktracker doctor"
		       " --full` holds them"
		       " against their fingerprints"));
	return rc < 0 ? rc : 0;
}

/* What must hold between rows, whatever the folders hold. */
static int check_chains(struct verify *verify)
{
	static const char totals[] =
		"SELECT 'snapshot ' || s.id FROM snapshots s JOIN roots r ON r.id=s.root_id"
		" WHERE NOT EXISTS(SELECT 1 FROM dirs p JOIN dir_versions v ON v.dir_id=p.id AND v.first_id<=s.id"
		" AND v.last_id>=s.id"
		" WHERE p.root_id=s.root_id AND p.path=CAST(r.scan_root AS BLOB) AND v.total_bytes=s.total_bytes AND"
		" v.file_count=s.total_files"
		" AND v.item_count=s.total_items AND v.apparent_bytes=s.apparent_bytes)"
		" OR CAST(s.scan_root AS BLOB)<>CAST(r.scan_root AS BLOB) OR s.host<>r.host";
	static const char heads[] =
		"SELECT 'chain ' || r.id FROM roots r WHERE r.head_id IS NOT (SELECT max(s.id) FROM snapshots s"
		" WHERE s.root_id=r.id)";
	/* A version ends when the next begins, or with its chain's last snapshot that knew it. */
	static const char intervals[] =
		"SELECT 'directory ' || v.dir_id FROM dir_versions v WHERE v.last_id<v.first_id"
		" OR (SELECT min(w.first_id) FROM dir_versions w WHERE w.dir_id=v.dir_id AND"
		" w.first_id>v.first_id)<=v.last_id"
		" OR NOT EXISTS(SELECT 1 FROM dirs p WHERE p.id=v.dir_id)";
	int rc = check_rows(verify, totals, _("does not add up"), _("every snapshot adds up to its total"));

	if (!rc)
		rc = check_rows(verify, heads, _("its newest snapshot is not its head"), NULL);
	if (!rc)
		rc = check_rows(verify, intervals, _("its states overlap"),
		                _("the states of a directory follow each other"));
	return rc;
}

/* ---- snapshots ---- */

static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

static int add_entry(void *taker, const struct file_entry *entry)
{
	struct files_sum *sum = taker;
	bool leaf = entry->type == NODE_DIR;
	const struct fingerprint_entry in = {
		.alloc_bytes = leaf ? 0 : entry->alloc_bytes,
		.apparent_bytes = leaf ? 0 : entry->apparent_bytes,
		.mtime_s = leaf ? 0 : (uint64_t)entry->mtime_s,
		.ino = entry->ino,
		.nlink = leaf ? 0 : entry->nlink,
		.type = (uint8_t)entry->type,
		.flags = (uint8_t)(entry->flags & FINGERPRINT_ROW_FLAGS),
	};
	struct fingerprint print = fingerprint_file(&in, entry->name, entry->name_length);

	sum->sum[0] += print.lo;
	sum->sum[1] += print.hi;
	sum->entries++;
	sum->files += !leaf;
	sum->errors += (entry->flags & ROW_ERROR) != 0;
	sum->linked |= entry->nlink > 1;
	sum->alloc_bytes = add(sum->alloc_bytes, in.alloc_bytes);
	sum->apparent_bytes = add(sum->apparent_bytes, in.apparent_bytes);
	return 0;
}

static int add_chunk(const struct verify *verify, int64_t id, struct files_sum *sum)
{
	sqlite3_stmt *get = store_statement(verify->store, ST_CHUNK_GET, verify->err);

	sqlite3_bind_int64(get, 1, id);
	int rc = store_step(verify->store, get, verify->err);

	if (rc <= 0) {
		sum->garbled = true;
		return rc;
	}
	sum->garbled |= file_chunk_each(sqlite3_column_blob(get, 0), (size_t)sqlite3_column_bytes(get, 0), add_entry,
	                            sum) != 0;
	sqlite3_reset(get);
	return 0;
}

/* The lists of the versions that begin with this snapshot of the chain; `before` is the one before it, or 0. */
static int read_lists(struct verify *verify, const struct snapshot *snapshot, int64_t before)
{
	static const char sql[] =
		"SELECT v.dir_id, v.lists FROM dirs p CROSS JOIN dir_versions v ON v.dir_id=p.id AND v.first_id>?2"
		" AND v.first_id<=?3"
		" AND v.last_id>=?3 WHERE p.root_id=?1";
	sqlite3_stmt *rows = store_prepare(verify->store, sql, verify->err);
	int rc;

	sqlite3_bind_int64(rows, 1, snapshot->root_id);
	sqlite3_bind_int64(rows, 2, before);
	sqlite3_bind_int64(rows, 3, snapshot->id);
	while ((rc = store_step(verify->store, rows, verify->err)) == 1) {
		int64_t dir = sqlite3_column_int64(rows, 0);

		if (dir <= 0 || dir > verify->last_dir)
			continue;
		struct files_sum *sum = &verify->sums[dir];

		*sum = (struct files_sum){0};
		verify->ids.count = 0;
		rc = chunk_ids_read(&verify->ids, sqlite3_column_blob(rows, 1), (size_t)sqlite3_column_bytes(rows, 1));
		if (rc == -ENOMEM) {
			err_no_memory(verify->err);
			break;
		}
		sum->garbled = rc != 0;
		rc = 0;
		for (size_t i = 0; !rc && i < verify->ids.count; i++)
			rc = add_chunk(verify, verify->ids.items[i], sum);
		if (rc)
			break;
	}
	sqlite3_finalize(rows);
	return rc;
}

static void tell_folder(struct verify *verify, const struct snapshot *snapshot, const struct image *image, uint32_t dir,
                        const char *wrong)
{
	struct buf path = {0}, safe = {0};

	if (++verify->wrong > TOLD)
		return;
	buf_str(&path, snapshot->scan_root);
	if (dir != IMAGE_ROOT)
		buf_char(&path, '/');
	image_relative(image, dir, &path);
	text_safe(&safe, path.data ? path.data : "?", path.data ? path.length : 1, false);
	tell(verify, CHECK_WRONG, _("snapshot #%" PRId64 ": %s: %s"), snapshot->id, safe.data ? safe.data : "?", wrong);
	buf_free(&path);
	buf_free(&safe);
}

/*
 * What a directory comes to from what it holds.  Linked inodes count once in each folder above: there the fingerprints
 * must do.
 */
struct figures {
	uint64_t alloc_bytes, apparent_bytes, items, files, errors;
	bool linked;
};

static void check_directory(struct verify *verify, const struct snapshot *snapshot, const struct image *image,
                            uint32_t dir, struct figures *all)
{
	const struct files_sum *files = &verify->sums[image->store_id[dir]];
	struct figures *sum = &all[dir];
	struct fingerprint_dir in = {
		.ino = image->ino[dir],
		.alloc_bytes = image->own_bytes[dir],
		.apparent_bytes = image->own_apparent_bytes[dir],
		.mtime_s = image_mtime_s(image, dir),
		.flags = image->flags[dir] & FINGERPRINT_DIR_FLAGS,
		.entries = files->entries,
		.sum = {files->sum[0], files->sum[1]},
	};

	*sum = (struct figures){
		.alloc_bytes = add(in.alloc_bytes, files->alloc_bytes),
		.apparent_bytes = add(in.apparent_bytes, files->apparent_bytes),
		.items = files->entries,
		.files = files->files,
		.errors = files->errors + (image->flags[dir] & IMAGE_READ_ERROR ? 1 : 0),
		.linked = files->linked,
	};
	for (uint32_t k = image->child_first[dir]; k < image->child_first[dir + 1]; k++) {
		uint32_t child = image->children[k];
		struct fingerprint of = {.lo = image->fingerprint[child][0], .hi = image->fingerprint[child][1]};
		struct fingerprint print = fingerprint_subdir(of, image_name(image, child),
		                                              (uint8_t)image_name_length(image, child));

		in.sum[0] += print.lo;
		in.sum[1] += print.hi;
		in.entries++;
		sum->alloc_bytes = add(sum->alloc_bytes, all[child].alloc_bytes);
		sum->apparent_bytes = add(sum->apparent_bytes, all[child].apparent_bytes);
		sum->items += all[child].items + 1;
		sum->files += all[child].files;
		sum->errors += all[child].errors;
		sum->linked |= all[child].linked;
	}
	struct fingerprint print = fingerprint_dir(&in);

	if (files->garbled)
		tell_folder(verify, snapshot, image, dir, _("its list of files is garbled"));
	else if (image->flags[dir] & IMAGE_FOLDED) /* more is in it than is stored */
		*sum = (struct figures){image->alloc_bytes[dir], image->apparent_bytes[dir], image->items[dir],
		                        image->files[dir],       image->errors[dir],         true};
	else if (print.lo != image->fingerprint[dir][0] || print.hi != image->fingerprint[dir][1] ||
	         in.entries != image->child_count[dir])
		tell_folder(verify, snapshot, image, dir, _("what it holds is not what it held"));
	else if (sum->items != image->items[dir] || sum->files != image->files[dir] ||
	         sum->errors != image->errors[dir] ||
	         (!sum->linked &&
	          (sum->alloc_bytes != image->alloc_bytes[dir] || sum->apparent_bytes != image->apparent_bytes[dir])))
		tell_folder(verify, snapshot, image, dir, _("its figures do not add up"));
}

static int check_snapshot(struct verify *verify, const struct snapshot *snapshot, int64_t before)
{
	struct image *image = NULL;
	int rc = snapshot_image(verify->store, snapshot->id, &image, verify->err);

	if (rc == -EIO) { /* of a tree that it makes no more; the next may be whole */
		tell(verify, CHECK_WRONG, _("snapshot #%" PRId64 ": %s"), snapshot->id, verify->err->text);
		verify->wrong++;
		verify->store->damaged = false;
		return 0;
	}
	if (rc)
		return rc;
	struct figures *figures = alloc_array(image->count, sizeof(*figures));

	rc = figures ? read_lists(verify, snapshot, before) : err_no_memory(verify->err);
	/* Children lie behind their parents. */
	for (uint32_t i = image->count; !rc && i--;)
		check_directory(verify, snapshot, image, i, figures);
	free(figures);
	image_free(image);
	return rc;
}

static int compare_snapshots(const void *left, const void *right)
{
	const struct snapshot *a = left, *b = right;

	if (a->root_id != b->root_id)
		return a->root_id < b->root_id ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static int check_snapshots(struct verify *verify)
{
	struct snapshot_list list = {0};
	sqlite3_stmt *row = store_prepare(verify->store, "SELECT ifnull(max(id), 0) FROM dirs", verify->err);
	int rc = store_step(verify->store, row, verify->err);

	verify->last_dir = rc == 1 ? sqlite3_column_int64(row, 0) : 0;
	sqlite3_finalize(row);
	if (rc >= 0)
		rc = snapshot_list(verify->store, NULL, NULL, NULL, &list, verify->err);
	if (!rc && !(verify->sums = alloc_array((size_t)verify->last_dir + 1, sizeof(*verify->sums))))
		rc = err_no_memory(verify->err);
	if (!rc && list.count)
		qsort(list.items, list.count, sizeof(*list.items), compare_snapshots);
	for (size_t i = 0; !rc && i < list.count; i++)
		rc = check_snapshot(verify, &list.items[i],
		                    i && list.items[i - 1].root_id == list.items[i].root_id ? list.items[i - 1].id : 0);
	if (!rc && verify->wrong > TOLD)
		tell(verify, CHECK_WRONG, _("%d more of this kind"), verify->wrong - TOLD);
	if (!rc && !verify->wrong)
		tell(verify, CHECK_GOOD, "%s", _("every snapshot is what its fingerprints say, down to its files"));
	snapshot_list_clear(&list);
	free(verify->ids.items);
	free(verify->sums);
	return rc;
}

int check_database(struct store *store, bool full, check_found *found, void *context, struct err *err)
{
	struct verify verify = {.store = store, .found = found, .context = context, .err = err};
	int rc = check_rows(&verify, full ? "PRAGMA integrity_check(20)" : "PRAGMA quick_check(20)", _("damaged"),
	                    _("its pages are whole"));

	bool known = false;

	if (!rc)
		rc = check_schema(&verify, &known);
	if (!rc && known)
		rc = check_sums(&verify);
	if (!rc)
		rc = check_rows(&verify,
		                "SELECT \"table\" || ' row ' || ifnull(rowid, '?') FROM pragma_foreign_key_check",
		                _("refers to what is not there"), _("all references lead somewhere"));
	if (!rc)
		rc = check_chains(&verify);
	if (!rc && full)
		rc = check_snapshots(&verify);
	if (!rc && verify.any_wrong && !store_newer(store))
		tell(&verify, CHECK_HINT,
		     _("a damaged snapshot goes with `disktracker forget REF`; to begin a new history, move %s away"),
		     store->safe_path);
	return rc;
}
