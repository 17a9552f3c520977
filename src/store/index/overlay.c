/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing the overlay, and bringing it into the index:
 *
 *   index (covers_seq = 7)   overlay: seq 6, 6, 8, 9        a crash left the two rows of 6: covered, they mean nothing
 *        └──── merge ───────────────────────┘
 *   NAME.mmap.tmp ──rename──> index (covers_seq = 9)        rows still there mean nothing from here on
 *   one transaction: rows ≤ 9 deleted, pruned_seq = 9       a reader that still maps the older index sees that it is
 *                                                           too old
 *
 * A tombstone deletes the rows below it when it is written, so whatever is found below one is newer; a directory that
 * comes again where one was becomes AGAIN, which goes on hiding the index's.  Covered rows are deleted before anything
 * is written: a covered AGAIN row must not live on in the row that replaces it, for it would hide what the index has
 * known since.
 */
#include "store/index/overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	if (!row)
		return store_failed(store, err);
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

/* Run a statement with up to three numbers. */
static int run(struct store *store, const char *sql, int64_t a, int64_t b, int64_t c, struct err *err)
{
	sqlite3_stmt *statement = store_prepare(store, sql, err);

	if (!statement)
		return store_failed(store, err);
	const int64_t numbers[] = {a, b, c};
	int wanted = sqlite3_bind_parameter_count(statement);

	for (int i = 0; i < wanted && i < 3; i++)
		sqlite3_bind_int64(statement, i + 1, numbers[i]);
	int rc = store_step_done(store, statement, err);

	sqlite3_finalize(statement);
	return rc;
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

	if (!add)
		return store_failed(store, err);
	bind_chain(add, chain);
	rc = store_step_done(store, add, err);
	sqlite3_finalize(add);
	status->root_id = sqlite3_last_insert_rowid(store->db);
	return rc;
}

int overlay_live(struct store *store, const char *root, bool *live, struct err *err)
{
	struct buf path = {0};
	sqlite3_stmt *row = NULL;
	int rc = store_mode(store) != STORE_MEMORY && index_lock_path(store_path(store), root, &path)
	               ? err_no_memory(err)
	               : 0;

	*live = !rc && path.length && index_locked(path.data);
	buf_free(&path);
	if (rc || !*live)
		return rc;
	row = store_prepare(store, "SELECT running FROM watch_state WHERE watch_root=?1", err);
	if (!row)
		return store_failed(store, err);
	sqlite3_bind_blob(row, 1, root, (int)strlen(root), SQLITE_STATIC);
	rc = store_step(store, row, err);
	*live = rc == 1 && sqlite3_column_int(row, 0) == OVERLAY_FOLLOWED;
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

int overlay_words(struct store *store, const char *root, unsigned *words, struct err *err)
{
	struct buf path = {0};
	int rc = store_mode(store) != STORE_MEMORY && index_lock_path(store_path(store), root, &path)
	               ? err_no_memory(err)
	               : 0;

	*words = !rc && path.length ? index_lock_words(path.data) : 0;
	buf_free(&path);
	return rc;
}

int overlay_forget(struct store *store, int64_t root_id, bool *followed, struct err *err)
{
	static const char sql[] =
		"SELECT r.scan_root, (SELECT count(*) FROM roots o WHERE o.scan_root=r.scan_root AND o.host=r.host AND o.source='' AND o.id<>r.id)"
		" FROM roots r WHERE r.id=?1 AND r.host=?2 AND r.source=''";
	sqlite3_stmt *row = store_prepare(store, sql, err);
	struct buf lock = {0}, index = {0};
	char *root = NULL;
	bool others = false;

	*followed = false;
	if (!row)
		return store_failed(store, err);
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
		rc = run(store, "DELETE FROM overlay WHERE root_id=?1", root_id, 0, 0, err);
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
		", sum) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, row_sum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))"
		" ON CONFLICT(root_id, path) DO UPDATE SET seq=excluded.seq, bytes=excluded.bytes, apparent_bytes=excluded.apparent_bytes,"
		" items=excluded.items, files=excluded.files, gone=" AGAIN
		", sum=row_sum(?1, ?2, ?3, ?4, ?5, ?6, ?7, " AGAIN ")";
	sqlite3_stmt *add = count ? store_prepare(store, sql, err) : NULL;
	int rc = 0;

	if (count && !add)
		return store_failed(store, err);
	for (size_t i = 0; !rc && i < count; i++) {
		const struct overlay_row *row = &rows[i];

		sqlite3_bind_int64(add, 1, root_id);
		sqlite3_bind_blob(add, 2, row->length ? row->path : "", (int)row->length, SQLITE_STATIC);
		sqlite3_bind_int64(add, 3, (int64_t)seq);
		if (row->kind == OVERLAY_GONE) {
			for (int column = 4; column <= 7; column++)
				sqlite3_bind_int64(add, column, 0);
		} else {
			sqlite3_bind_int64(add, 4, (int64_t)row->bytes);
			sqlite3_bind_int64(add, 5, (int64_t)row->apparent_bytes);
			sqlite3_bind_int64(add, 6, (int64_t)row->items);
			sqlite3_bind_int64(add, 7, (int64_t)row->files);
		}
		sqlite3_bind_int(add, 8, (int)row->kind);
		rc = store_step_done(store, add, err);
	}
	sqlite3_finalize(add);
	return rc;
}

/* In a transaction. */
static int prune(struct store *store, int64_t root_id, uint64_t covers_seq, struct err *err)
{
	int rc = run(store, "DELETE FROM overlay WHERE root_id=?1 AND seq<=?2", root_id, (int64_t)covers_seq, 0, err);

	return rc ? rc
	          : run(store,
	                "UPDATE roots SET pruned_seq=?2, overlay_seq=max(overlay_seq, ?2) WHERE id=?1 AND pruned_seq<?2",
	                root_id, (int64_t)covers_seq, 0, err);
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
		rc = run(store, "UPDATE roots SET overlay_seq=?2, overlay_time=?3 WHERE id=?1", status.root_id,
		         (int64_t)*seq, time_s, err);
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
		rc = run(store, "UPDATE roots SET overlay_time=?2 WHERE id=?1", status.root_id, time_s, 0, err);
	if (!rc) /* there is one index for the root: it is this chain's now */
		rc = run(
			store,
			"DELETE FROM overlay WHERE root_id IN (SELECT o.id FROM roots o JOIN roots r ON o.scan_root=r.scan_root AND o.host=r.host"
			" WHERE r.id=?1 AND o.id<>r.id)",
			status.root_id, 0, 0, err);
	if (!rc)
		return store_commit(store, err);
	store_rollback(store);
	return rc;
}

/* ---- merge ---- */

struct merge {
	const struct image *base;
	struct overlay_row *rows;
	size_t count, capacity;
	uint32_t *row_of;        /* base directory -> row + 1 */
	unsigned char *placed;   /* of a row: it is a directory of the base that nothing hides */
	struct buf paths;        /* of the rows */
	struct image_builder *builder;
};

static int read_rows(struct store *store, int64_t root_id, uint64_t covers_seq, struct merge *merge, struct err *err)
{
	sqlite3_stmt *rows = store_prepare(
		store,
		"SELECT path, bytes, apparent_bytes, items, files, gone FROM overlay WHERE root_id=?1 AND seq>?2", err);
	int rc;

	if (!rows)
		return store_failed(store, err);
	sqlite3_bind_int64(rows, 1, root_id);
	sqlite3_bind_int64(rows, 2, (int64_t)covers_seq);
	while ((rc = store_step(store, rows, err)) == 1) {
		struct overlay_row *grown = alloc_grow(merge->rows, &merge->capacity, merge->count + 1, sizeof(*grown));
		const void *path = sqlite3_column_blob(rows, 0);
		size_t length = (size_t)sqlite3_column_bytes(rows, 0);

		if (!grown || (length && (!path || buf_add(&merge->paths, path, length)))) {
			rc = err_no_memory(err);
			break;
		}
		merge->rows = grown;
		int kind = sqlite3_column_int(rows, 5);

		grown[merge->count++] = (struct overlay_row){
			.length = length,
			.bytes = (uint64_t)sqlite3_column_int64(rows, 1),
			.apparent_bytes = (uint64_t)sqlite3_column_int64(rows, 2),
			.items = (uint64_t)sqlite3_column_int64(rows, 3),
			.files = (uint64_t)sqlite3_column_int64(rows, 4),
			.kind = kind == OVERLAY_CHANGED || kind == OVERLAY_GONE ? (enum overlay_kind)kind
		                                                                : OVERLAY_AGAIN,
		};
	}
	sqlite3_finalize(rows);
	size_t at = 0;

	for (size_t i = 0; i < merge->count; i++) {
		merge->rows[i].path = merge->paths.data ? merge->paths.data + at : "";
		at += merge->rows[i].length;
	}
	return rc < 0 ? rc : 0;
}

/* Status and rows as of one moment. */
static int read_overlay(struct store *store, const struct index_meta *meta, struct merge *merge, uint64_t *seq,
                        struct err *err)
{
	struct overlay_chain chain = {meta->root, meta->options};
	struct overlay_status status;
	int rc = store_exec(store, "BEGIN", err);

	if (rc)
		return rc;
	rc = overlay_status(store, &chain, false, &status, err);
	if (!rc && status.root_id && meta->covers_seq < status.pruned_seq)
		rc = err_set(err, -ESTALE, _("the index is older than its overlay: it has been written anew"));
	if (!rc && status.root_id)
		rc = read_rows(store, status.root_id, meta->covers_seq, merge, err);
	*seq = status.seq > meta->covers_seq ? status.seq : meta->covers_seq;
	store_rollback(store);
	return rc;
}

static int add_base(struct merge *merge, uint32_t i, const struct buf *path, bool folded)
{
	const struct image *base = merge->base;
	const struct overlay_row *row = merge->row_of[i] ? &merge->rows[merge->row_of[i] - 1] : NULL;
	struct image_record record = {
		.path = path->data ? path->data : "",
		.length = path->length,
		.alloc_bytes = base->alloc_bytes[i],
		.apparent_bytes = base->apparent_bytes[i],
		.items = base->items[i],
		.files = base->files[i],
		.direct_bytes = (uint64_t)image_odd_bytes(base, i),
		.fingerprint = {base->fingerprint[i][0], base->fingerprint[i][1]},
		.ino = base->ino[i],
		.mtime_ns = base->mtime_ns[i],
		.mtime_era = base->mtime_era[i],
		.ctime = base->ctime[i],
		.birth = base->birth[i],
		.errors = base->errors[i],
		.child_count = base->child_count[i],
		.fs = base->fs[i],
		.flags = (uint16_t)(base->flags[i] | (folded ? IMAGE_FOLDED : 0)),
	};

	if (row) {
		record.alloc_bytes = row->bytes;
		record.apparent_bytes = row->apparent_bytes;
		record.items = row->items;
		record.files = row->files;
		record.fingerprint[0] = record.fingerprint[1] = 0;
		record.ctime = 0;
		record.flags |= IMAGE_TRUSTED;
		if (row->kind == OVERLAY_AGAIN)
			record.direct_bytes = 0;
	}
	return image_builder_add(merge->builder, &record);
}

/* Relative length of a child's path. */
static size_t length_below(const struct image *base, const struct buf *path, uint32_t child)
{
	return path->length + (path->length > 0) + image_name_length(base, child);
}

static bool too_long(const struct image *base, size_t relative)
{
	size_t root = strlen(base->root_path);

	return (root == 1 ? 0 : root) + 1 + relative > IMAGE_PATH_MAX;
}

/* Has it subdirectories that are folded into it? */
static bool folds(const struct image *base, const struct buf *path, uint32_t i)
{
	for (uint32_t c = base->child_first[i]; c < base->child_first[i + 1] && too_long(base, path->length + 1 + 255);
	     c++)
		if (too_long(base, length_below(base, path, base->children[c])))
			return true;
	return false;
}

/*
 * The base's directories that nothing hides, in its order; their paths grow and shrink with the walk.  Followers do not
 * tell of what is folded: here it goes.
 */
static int add_kept(struct merge *merge)
{
	const struct image *base = merge->base;
	uint32_t *lengths = alloc_array(base->count, sizeof(*lengths)), i = 0;
	struct buf path = {0};
	int rc = lengths ? 0 : -ENOMEM;

	while (!rc && i < base->count) {
		const struct overlay_row *row = merge->row_of[i] ? &merge->rows[merge->row_of[i] - 1] : NULL;

		if (row && row->kind == OVERLAY_GONE) {
			i = base->end[i];
			continue;
		}
		path.length = i ? lengths[base->parent[i]] : 0;
		if (i && too_long(base, length_below(base, &path, i))) {
			i = base->end[i];
			continue;
		}
		if (path.length)
			buf_char(&path, '/');
		buf_add(&path, image_name(base, i), image_name_length(base, i));
		lengths[i] = (uint32_t)path.length;
		rc = path.failed ? -ENOMEM : add_base(merge, i, &path, folds(base, &path, i));
		if (row)
			merge->placed[merge->row_of[i] - 1] = 1;
		i = row && row->kind == OVERLAY_AGAIN ? base->end[i] : i + 1;
	}
	free(lengths);
	buf_free(&path);
	return rc;
}

static int by_path(const void *a, const void *b)
{
	const struct overlay_row *x = *(const struct overlay_row *const *)a, *y = *(const struct overlay_row *const *)b;
	int order = memcmp(x->path, y->path, x->length < y->length ? x->length : y->length);

	return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* Does the merged tree have the directory that would hold this one? */
static bool has_parent(const struct merge *merge, const struct overlay_row *const *added, size_t count,
                       const struct overlay_row *row)
{
	const char *slash = memrchr(row->path, '/', row->length);
	struct overlay_row parent = {.path = row->path, .length = slash ? (size_t)(slash - row->path) : 0};
	const struct overlay_row *key = &parent;

	if (count && bsearch(&key, added, count, sizeof(*added), by_path))
		return true;
	uint32_t at = image_lookup(merge->base, parent.path, parent.length);

	/* Of the base: then nothing on the way up may hide it. */
	if (at == IMAGE_NONE || (merge->row_of[at] && merge->rows[merge->row_of[at] - 1].kind == OVERLAY_GONE))
		return false;
	for (uint32_t up = merge->base->parent[at]; up != IMAGE_NONE; up = merge->base->parent[up])
		if (merge->row_of[up] && merge->rows[merge->row_of[up] - 1].kind != OVERLAY_CHANGED)
			return false;
	return true;
}

/* Directories that the base does not have.  One whose parent is not told either is not there: it cannot be. */
static int add_new(struct merge *merge)
{
	const struct overlay_row **fresh = alloc_array(merge->count + 1, sizeof(*fresh));
	size_t count = 0, kept = 0;
	int rc = fresh ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < merge->count; i++)
		if (!merge->placed[i] && merge->rows[i].kind != OVERLAY_GONE && merge->rows[i].length)
			fresh[count++] = &merge->rows[i];
	/* Plain byte order puts a parent before what is below it: those kept so far are in order, too. */
	if (!rc)
		qsort(fresh, count, sizeof(*fresh), by_path);
	for (size_t i = 0; !rc && i < count; i++) {
		const struct overlay_row *row = fresh[i];

		if (!has_parent(merge, fresh, kept, row))
			continue;
		struct image_record record = {
			.path = row->path,
			.length = row->length,
			.alloc_bytes = row->bytes,
			.apparent_bytes = row->apparent_bytes,
			.items = row->items,
			.files = row->files,
			.flags = IMAGE_TRUSTED,
		};

		rc = image_builder_add(merge->builder, &record);
		fresh[kept++] = row;
	}
	free(fresh);
	return rc;
}

/* How many entries a changed directory has, from the totals. */
static void count_entries(struct image *image)
{
	uint32_t *entries = (uint32_t *)(uintptr_t)image->child_count;

	for (uint32_t i = 0; i < image->count; i++) {
		uint64_t items = 0;

		if (!(image->flags[i] & IMAGE_TRUSTED) || image->fingerprint[i][0] || image->fingerprint[i][1])
			continue;
		for (uint32_t c = image->child_first[i]; c < image->child_first[i + 1]; c++)
			items += image->items[image->children[c]];
		entries[i] = image->items[i] > items ? (uint32_t)(image->items[i] - items) : 0;
	}
}

int overlay_merge(struct store *store, const struct image *base, const struct index_meta *meta, struct image **out,
                  uint64_t *covers_seq, struct err *err)
{
	struct merge merge = {.base = base};
	int rc = read_overlay(store, meta, &merge, covers_seq, err);

	*out = NULL;
	if (rc)
		goto done;
	merge.row_of = alloc_array(base->count, sizeof(*merge.row_of));
	merge.placed = alloc_array(merge.count + 1, 1);
	merge.builder = image_builder_create(base->root_path, base->count + merge.count);
	rc = merge.row_of && merge.placed && merge.builder ? 0 : -ENOMEM;
	for (size_t i = 0; !rc && i < merge.count; i++) {
		uint32_t at = image_lookup(base, merge.rows[i].path, merge.rows[i].length);

		if (at != IMAGE_NONE && !(at == IMAGE_ROOT && merge.rows[i].kind == OVERLAY_GONE))
			merge.row_of[at] = (uint32_t)i + 1;
	}
	if (!rc) {
		image_builder_take_odd(merge.builder);
		rc = add_kept(&merge);
	}
	if (!rc)
		rc = add_new(&merge);
	if (!rc) {
		*out = image_builder_finish(merge.builder);
		merge.builder = NULL;
		rc = *out ? 0 : -errno;
	}
	if (!rc) {
		count_entries(*out);
		/* Not in an index, and nothing that the builder was told. */
		(*out)->store_id = NULL;
		(*out)->own_bytes = (*out)->own_apparent_bytes = NULL;
		(*out)->snapshot_id = base->snapshot_id;
		(*out)->taken_at = base->taken_at;
	} else if (rc == -EINVAL || rc == -EOVERFLOW) {
		rc = err_set(err, -EIO, _("what was noted of %s since its index was written cannot be right"),
		             store->safe_path);
	} else {
		err_no_memory(err);
	}
	if (!rc && image_lost(base)) {
		image_free(*out);
		*out = NULL;
		rc = index_lost(base, err);
	}
done:
	image_builder_destroy(merge.builder);
	free(merge.row_of);
	free(merge.placed);
	free(merge.rows);
	buf_free(&merge.paths);
	return rc;
}

/* ---- a glance ---- */

/* The figures that change, copied from the base; all else is the base's. */
struct glance {
	uint64_t *bytes, *apparent_bytes;
	uint32_t *items, *files;
};

static void release_glance(struct image *image)
{
	free(image->memory);
	free(image);
}

static struct image *copy_figures(const struct image *base, struct glance *glance)
{
	struct image *image = alloc_zero(struct image);
	size_t n = base->count;
	uint64_t *memory = alloc_array(n, 2 * sizeof(uint64_t) + 2 * sizeof(uint32_t));

	if (!image || !memory) {
		free(image);
		free(memory);
		return NULL;
	}
	*glance = (struct glance){memory, memory + n, (uint32_t *)(memory + 2 * n), (uint32_t *)(memory + 2 * n) + n};
	memcpy(glance->bytes, base->alloc_bytes, n * sizeof(uint64_t));
	memcpy(glance->apparent_bytes, base->apparent_bytes, n * sizeof(uint64_t));
	memcpy(glance->items, base->items, n * sizeof(uint32_t));
	memcpy(glance->files, base->files, n * sizeof(uint32_t));
	*image = *base;
	image->alloc_bytes = glance->bytes;
	image->apparent_bytes = glance->apparent_bytes;
	image->items = glance->items;
	image->files = glance->files;
	image->memory = memory;
	image->release = release_glance;
	image->lost = NULL; /* the base is asked */
	return image;
}

static uint32_t clamped(uint64_t n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static void glance_past(const struct glance *glance, const struct image *base, const struct overlay_row *row)
{
	uint32_t at = image_lookup(base, row->path, row->length), end = at == IMAGE_NONE ? at : base->end[at];

	for (; at < end; at++)
		glance->bytes[at] = glance->apparent_bytes[at] = glance->items[at] = glance->files[at] = 0;
}

static void glance_at(const struct glance *glance, const struct image *base, const struct overlay_row *row)
{
	uint32_t at = image_lookup(base, row->path, row->length);

	if (at == IMAGE_NONE)
		return;
	glance->bytes[at] = row->bytes;
	glance->apparent_bytes[at] = row->apparent_bytes;
	glance->items[at] = clamped(row->items);
	glance->files[at] = clamped(row->files);
}

int overlay_glance(struct store *store, const struct image *base, const struct index_meta *meta, struct image **out,
                   struct err *err)
{
	struct merge merge = {.base = base};
	struct glance glance = {0};
	uint64_t seq;
	int rc = read_overlay(store, meta, &merge, &seq, err);

	*out = NULL;
	if (!rc && !(*out = copy_figures(base, &glance)))
		rc = err_no_memory(err);
	/* What hides what the base knows goes first: rows below it are newer. */
	for (size_t i = 0; !rc && i < merge.count; i++)
		if (merge.rows[i].kind != OVERLAY_CHANGED)
			glance_past(&glance, base, &merge.rows[i]);
	for (size_t i = 0; !rc && i < merge.count; i++)
		if (merge.rows[i].kind != OVERLAY_GONE)
			glance_at(&glance, base, &merge.rows[i]);
	if (!rc && image_lost(base)) {
		image_free(*out);
		*out = NULL;
		rc = index_lost(base, err);
	}
	free(merge.rows);
	buf_free(&merge.paths);
	return rc;
}

/* ---- the index anew ---- */

int overlay_rebase(struct store *store, const struct image *image, struct index_meta *meta, struct err *err)
{
	struct overlay_chain chain = {meta->root, meta->options};
	struct overlay_status status;
	struct buf path = {0};
	uint64_t before = meta->covers_seq;
	int rc = index_path(store_path(store), meta->root, &path) ? err_no_memory(err) : 0;

	memcpy(meta->database, store_id(store), sizeof(meta->database));
	if (!rc)
		rc = overlay_status(store, &chain, false, &status, err);
	if (!rc) {
		/* Never fewer than the index that is there: rows that it covers may still lie about. */
		if (meta->covers_seq < status.seq)
			meta->covers_seq = status.seq;
		rc = index_write(path.data, image, meta, err);
		if (rc) /* the one before stays, and covers what it covered */
			meta->covers_seq = before;
	}
	if (!rc) {
		index_drop_older(store);
		rc = overlay_prune(store, &chain, meta->covers_seq, meta->taken_at, err);
	}
	buf_free(&path);
	return rc;
}

int overlay_compact(struct store *store, const char *root, struct err *err)
{
	struct index_meta meta = {0};
	struct image *base = NULL, *merged = NULL;
	struct overlay_status status;
	struct buf path = {0};
	uint64_t covers;
	int rc = index_load(store, root, &base, &meta, err);

	if (!rc)
		rc = overlay_status(store, &(struct overlay_chain){meta.root, meta.options}, true, &status, err);
	if (!rc && status.rows) {
		rc = overlay_merge(store, base, &meta, &merged, &covers, err);
		if (!rc) {
			meta.covers_seq = covers;
			meta.trusted = true; /* not what a scan has read */
			if (status.time_s > meta.taken_at)
				meta.taken_at = status.time_s;
			rc = index_path(store_path(store), root, &path) ? err_no_memory(err)
			                                                : index_write(path.data, merged, &meta, err);
		}
		if (!rc)
			rc = overlay_prune(store, &(struct overlay_chain){meta.root, meta.options}, covers,
			                   meta.taken_at, err);
	}
	image_free(merged);
	image_free(base);
	index_meta_clear(&meta);
	buf_free(&path);
	return rc;
}

int overlay_scanned(struct store *store, const struct tree *tree, const struct snapshot_meta *meta, int64_t id,
                    struct err *err)
{
	/*
	 * What the store has kept for the next comparison is the very image that is wanted, unless deep directories
	 * were folded.
	 */
	struct image *own = store->head.snapshot_id == id && store->head.image ? NULL : image_from_tree(tree);
	const struct image *image = own ? own : store->head.snapshot_id == id ? store->head.image : NULL;
	struct buf lock_path = {0};
	int rc, lock = -1;

	if (!image)
		return errno == ENOMEM ? err_no_memory(err) : err_set(err, -errno, _("the scan is not complete"));
	if (store_mode(store) != STORE_READ_WRITE)
		rc = err_set(err, -EROFS, _("the database cannot be written"));
	else if (index_lock_path(store_path(store), image->root_path, &lock_path))
		rc = err_no_memory(err);
	else
		rc = lock = index_lock(lock_path.data, err);
	if (rc >= 0) {
		struct index_meta index = {
			.root = image->root_path,
			.options = (char *)(uintptr_t)(meta->options ? meta->options : ""),
			.snapshot_id = id,
			.taken_at = meta->finished_at,
			.trusted = meta->trusted,
		};

		rc = overlay_rebase(store, image, &index, err);
		close(lock);
	}
	buf_free(&lock_path);
	image_free(own);
	return rc;
}
