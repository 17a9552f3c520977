/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saving a tree as the next snapshot of its chain:
 *
 *   tree ──image_from_tree()──> fresh ┐
 *   head of the chain (kept, or read) ┴─save_plan_make()──> what to write ──BEGIN IMMEDIATE … COMMIT──> rows
 *
 * Reading and comparing happen before the transaction, so that another program is kept waiting only while rows are
 * written.  If the head has moved by then, it is compared again, inside.  Nothing is seen by anybody before the commit;
 * whatever fails rolls back.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "config.h"
#include "store/db/bulk_insert.h"
#include "store/snapshot/save_plan.h"
#include "store/files/chunk_ids.h"
#include "store/files/file_chunk.h"
#include "store/db/schema.h"
#include "store/snapshot/snapshot_private.h"

struct save {
	struct store *store;
	const struct tree *tree;
	const struct snapshot_meta *meta;
	const _Atomic bool *cancel;
	struct err *err;
	struct image *fresh;
	struct save_plan plan;
	int64_t root_id, head_id;      /* compared with; 0 = there is none */
	int64_t id;                    /* the new snapshot */
	int64_t last_dir, last_chunk;  /* ids given */
	struct bulk_insert dirs, chunks, versions, growth;
	struct file_chunks pack;
	struct chunk_ids ids, old_ids;
	XXH128_hash_t *old_hashes;     /* of the chunks old_ids */
	size_t old_capacity;
	unsigned char *blob;
	size_t blob_capacity;
	struct buf path;
};

static int cancelled(struct save *save)
{
	if (save->cancel && atomic_load_explicit(save->cancel, memory_order_relaxed))
		return err_set(save->err, -ECANCELED, _("cancelled"));
	return 0;
}

/* ---- before the transaction ---- */

static const char *host_of(const struct save *save)
{
	return save->meta->host ? save->meta->host : store_host();
}

static void bind_chain(const struct save *save, sqlite3_stmt *statement)
{
	const char *root = save->fresh->root_path;

	sqlite3_bind_blob(statement, 1, root, (int)strlen(root), SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, host_of(save), -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, save->meta->options ? save->meta->options : "", -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, save->meta->source ? save->meta->source : "", -1, SQLITE_STATIC);
}

static int find_chain(struct save *save, int64_t *root_id, int64_t *head_id)
{
	sqlite3_stmt *find = store_statement(save->store, ST_ROOT_FIND, save->err);

	if (!find)
		return store_failed(save->store, save->err);
	bind_chain(save, find);
	int rc = store_step(save->store, find, save->err);

	*root_id = rc == 1 ? sqlite3_column_int64(find, 0) : 0;
	*head_id = rc == 1 ? sqlite3_column_int64(find, 1) : 0;
	sqlite3_reset(find);
	return rc < 0 ? rc : 0;
}

/* Have the head of the chain at hand.  -ENOENT: another program has just deleted it. */
static int need_head(struct save *save)
{
	struct head *head = &save->store->head;

	if (!save->head_id || (head->snapshot_id == save->head_id && head->root_id == save->root_id))
		return 0;
	store_forget_head(save->store);
	struct snapshot snapshot;
	int rc = snapshot_get(save->store, save->head_id, &snapshot, save->err);

	if (rc)
		return rc;
	head->image = snapshot_mapped(save->store, &snapshot);
	snapshot_clear(&snapshot);
	if (!head->image)
		rc = snapshot_image(save->store, save->head_id, &head->image, save->err);
	if (!rc) {
		head->root_id = save->root_id;
		head->snapshot_id = save->head_id;
	}
	return rc;
}

/* Rows of `dirs` of the head; NULL = not at hand. */
static const int64_t *head_dirs(const struct save *save)
{
	const struct head *head = &save->store->head;

	return head->dirs ? head->dirs : head->image->store_id;
}

static int compare(struct save *save)
{
	const struct head *head = &save->store->head;
	const struct image *image = save->head_id ? head->image : NULL;

	save_plan_free(&save->plan);
	int rc = save_plan_make(image, image ? head_dirs(save) : NULL, save->fresh, save->cancel, &save->plan);

	if (rc)
		return rc == -ECANCELED ? cancelled(save) : err_no_memory(save->err);
	return 0;
}

static int prepare(struct save *save)
{
	int rc = find_chain(save, &save->root_id, &save->head_id);

	if (!rc)
		rc = need_head(save);
	return rc ? rc : compare(save);
}

/* ---- file lists ---- */

/*
 * Hashes of the chunks that the directory's newest version names: those of the new list that are among them are not
 * written again.
 */
static int read_old_list(struct save *save, int64_t dir)
{
	struct store *store = save->store;
	sqlite3_stmt *head = store_statement(store, ST_VERSION_HEAD, save->err);

	save->old_ids.count = 0;
	if (!head)
		return store_failed(store, save->err);
	sqlite3_bind_int64(head, 1, dir);
	int rc = store_step(store, head, save->err);

	if (rc <= 0)
		return rc;
	rc = chunk_ids_read(&save->old_ids, sqlite3_column_blob(head, 1), (size_t)sqlite3_column_bytes(head, 1));
	sqlite3_reset(head);
	if (rc)
		return rc == -ENOMEM ? err_no_memory(save->err)
		                     : store_damaged(store, _("a list of files is garbled"), save->err);

	XXH128_hash_t *hashes = alloc_grow(save->old_hashes, &save->old_capacity, save->old_ids.count, sizeof(*hashes));

	if (!hashes)
		return err_no_memory(save->err);
	save->old_hashes = hashes;
	for (size_t i = 0; i < save->old_ids.count; i++) {
		sqlite3_stmt *get = store_statement(store, ST_CHUNK_GET, save->err);

		if (!get)
			return store_failed(store, save->err);
		sqlite3_bind_int64(get, 1, save->old_ids.items[i]);
		rc = store_step(store, get, save->err);
		if (rc <= 0)
			return rc ? rc : store_damaged(store, _("a list of files is missing"), save->err);
		hashes[i] = XXH3_128bits(sqlite3_column_blob(get, 0), (size_t)sqlite3_column_bytes(get, 0));
		sqlite3_reset(get);
	}
	return 0;
}

/* Id of an old chunk of the same content, or 0.  Both lists are in name order: *next is nearly always the one. */
static int64_t old_chunk(const struct save *save, XXH128_hash_t hash, size_t *next)
{
	for (size_t i = 0; i < save->old_ids.count; i++) {
		size_t at = (*next + i) % save->old_ids.count;

		if (XXH128_isEqual(save->old_hashes[at], hash)) {
			*next = at + 1;
			return save->old_ids.items[at];
		}
	}
	return 0;
}

static int add_chunk(struct save *save, const unsigned char *bytes, size_t length, int64_t *id)
{
	int first, rc = bulk_insert_row(&save->chunks, save->store, &first, save->err);

	if (rc)
		return rc;
	*id = ++save->last_chunk;
	sqlite3_bind_int64(save->chunks.statement, first, *id);
	sqlite3_bind_blob64(save->chunks.statement, first + 1, bytes, length, SQLITE_TRANSIENT);
	return 0;
}

/*
 * Pack the directory's files, store the chunks that are new, and make the blob that names them all.  `known`: it has
 * had versions before.
 */
static int make_list(struct save *save, uint32_t b, int64_t dir, bool known, size_t *length)
{
	size_t start = 0, next = 0;
	int rc = file_chunks_pack(&save->pack, save->tree, save->fresh->dir[b]) ? err_no_memory(save->err) : 0;

	save->ids.count = save->old_ids.count = 0;
	if (!rc && known && save->pack.count)
		rc = read_old_list(save, dir);
	for (size_t i = 0; !rc && i < save->pack.count; start = save->pack.ends[i++]) {
		const unsigned char *bytes = save->pack.bytes + start;
		size_t size = save->pack.ends[i] - start;
		int64_t id = save->old_ids.count ? old_chunk(save, XXH3_128bits(bytes, size), &next) : 0;

		if (!id)
			rc = add_chunk(save, bytes, size, &id);
		if (!rc && chunk_ids_add(&save->ids, id))
			rc = err_no_memory(save->err);
	}
	if (rc)
		return rc;
	unsigned char *blob = alloc_grow(save->blob, &save->blob_capacity, chunk_ids_room(&save->ids), 1);

	if (!blob)
		return err_no_memory(save->err);
	save->blob = blob;
	*length = chunk_ids_write(&save->ids, blob);
	return 0;
}

/* Of a directory with a rest: as it was in the snapshot that this was taken from. */
static int take_list(struct save *save, int64_t dir, size_t *length)
{
	sqlite3_stmt *at = store_statement(save->store, ST_VERSION_AT, save->err);

	if (!at)
		return store_failed(save->store, save->err);
	sqlite3_bind_int64(at, 1, dir);
	sqlite3_bind_int64(at, 2, save->meta->remembered);
	int rc = store_step(save->store, at, save->err);

	if (rc <= 0)
		return rc ? rc
		          : err_set(save->err, -ENOENT, _("snapshot %lld is not there any more"),
		                    (long long)save->meta->remembered);
	const void *blob = sqlite3_column_blob(at, 0);
	size_t bytes = (size_t)sqlite3_column_bytes(at, 0);
	unsigned char *grown = alloc_grow(save->blob, &save->blob_capacity, bytes, 1);

	if (grown) {
		save->blob = grown;
		if (bytes)
			memcpy(grown, blob, bytes);
		*length = bytes;
	}
	sqlite3_reset(at);
	return grown ? 0 : err_no_memory(save->err);
}

/* ---- rows ---- */

/* Put the absolute path of an image's directory into save->path. */
static int path_of(struct save *save, const struct image *image, uint32_t i)
{
	buf_clear(&save->path);
	buf_str(&save->path, image->root_path);
	if (i != IMAGE_ROOT) {
		if (save->path.length > 1)
			buf_char(&save->path, '/');
		if (image_relative(image, i, &save->path))
			save->path.failed = true;
	}
	return save->path.failed ? err_no_memory(save->err) : 0;
}

/* The row of `dirs` for what an image has at save->path; *dir = 0 when there is none. */
static int find_dir(struct save *save, const struct image *image, uint32_t i, int64_t *dir)
{
	sqlite3_stmt *find = store_statement(save->store, ST_DIR_FIND, save->err);

	if (!find)
		return store_failed(save->store, save->err);
	sqlite3_bind_blob(find, 1, save->path.data, (int)save->path.length, SQLITE_STATIC);
	sqlite3_bind_int64(find, 2, save->root_id);
	sqlite3_bind_int64(find, 3, image->fs[i]);
	sqlite3_bind_int64(find, 4, (int64_t)image->ino[i]);
	sqlite3_bind_int64(find, 5, image->birth[i]);
	int rc = store_step(save->store, find, save->err);

	*dir = rc == 1 ? sqlite3_column_int64(find, 0) : 0;
	sqlite3_reset(find);
	return rc < 0 ? rc : 0;
}

static int add_dir(struct save *save, uint32_t b, int64_t *dir)
{
	const struct image *fresh = save->fresh;
	int first, rc = bulk_insert_row(&save->dirs, save->store, &first, save->err);
	sqlite3_stmt *add = save->dirs.statement;

	if (rc)
		return rc;
	*dir = ++save->last_dir;
	sqlite3_bind_int64(add, first, *dir);
	sqlite3_bind_int64(add, first + 1, save->root_id);
	sqlite3_bind_blob(add, first + 2, save->path.data, (int)save->path.length, SQLITE_TRANSIENT);
	sqlite3_bind_int64(add, first + 3, fresh->fs[b]);
	sqlite3_bind_int64(add, first + 4, (int64_t)fresh->ino[b]);
	sqlite3_bind_int64(add, first + 5, fresh->birth[b]);
	sqlite3_bind_int64(add, first + 6, image_depth(fresh, b));
	sqlite3_bind_int64(add, first + 7, text_is_utf8(save->path.data, save->path.length));
	return 0;
}

/*
 * The row of `dirs` for a directory that the head does not have: one of the same identity may have been at that path
 * earlier.
 */
static int need_dir(struct save *save, uint32_t b, int64_t *dir, bool *known)
{
	int rc = path_of(save, save->fresh, b);

	*dir = 0;
	if (!rc && save->head_id)
		rc = find_dir(save, save->fresh, b, dir);
	*known = *dir != 0;
	return rc || *known ? rc : add_dir(save, b, dir);
}

/* The row of `dirs` of a directory that the head has; *dir = 0: too deep to have one. */
static int old_dir(struct save *save, const struct image *image, uint32_t i, int64_t given, int64_t *dir)
{
	*dir = given;
	if (given)
		return 0;
	int rc = path_of(save, image, i);

	if (!rc && save->path.length <= IMAGE_PATH_MAX) {
		rc = find_dir(save, image, i, dir);
		if (!rc && !*dir)
			rc = store_damaged(save->store, _("a directory of the newest snapshot has no row"), save->err);
	}
	return rc;
}

static int close_version(struct save *save, int64_t dir)
{
	sqlite3_stmt *close = store_statement(save->store, ST_VERSION_CLOSE, save->err);

	if (!close)
		return store_failed(save->store, save->err);
	sqlite3_bind_int64(close, 1, dir);
	sqlite3_bind_int64(close, 2, save->id - 1);
	int rc = store_step_done(save->store, close, save->err);

	if (!rc && sqlite3_changes(save->store->db) != 1)
		rc = store_damaged(save->store, _("a directory of the newest snapshot has no open version"), save->err);
	return rc;
}

/* What the head has and the new tree has not. */
static int close_old(struct save *save, uint32_t a)
{
	const int64_t *dirs = head_dirs(save);
	int64_t dir;
	int rc = old_dir(save, save->store->head.image, a, dirs ? dirs[a] : 0, &dir);

	return rc || !dir ? rc : close_version(save, dir);
}

static int add_version(struct save *save, const struct planned_dir *planned, int64_t dir, size_t list_length)
{
	const struct image *fresh = save->fresh;
	uint32_t b = planned->b;
	int64_t seconds = image_mtime_s(fresh, b),
		below = (int64_t)((uint64_t)fresh->mtime_ns[b] - (uint64_t)seconds * 1000000000);
	int first, rc = bulk_insert_row(&save->versions, save->store, &first, save->err);
	sqlite3_stmt *add = save->versions.statement;

	if (rc)
		return rc;
	int64_t ctime_ns = tree_cold(save->tree, fresh->dir[b])->ctime_ns; /* an image has no more than a fold of it */

	sqlite3_bind_int64(add, first, dir);
	sqlite3_bind_int64(add, first + 1, save->id);
	sqlite3_bind_int64(add, first + 2, (int64_t)fresh->alloc_bytes[b]);
	sqlite3_bind_int64(add, first + 3, (int64_t)fresh->apparent_bytes[b]);
	sqlite3_bind_int64(add, first + 4, (int64_t)fresh->files[b]);
	sqlite3_bind_int64(add, first + 5, (int64_t)fresh->items[b]);
	sqlite3_bind_int64(add, first + 6, seconds);
	sqlite3_bind_int64(add, first + 7, (int64_t)fresh->fingerprint[b][0]);
	sqlite3_bind_int64(add, first + 8, (int64_t)fresh->fingerprint[b][1]);
	sqlite3_bind_int64(add, first + 9, (int64_t)image_direct_bytes(fresh, b));
	sqlite3_bind_int64(add, first + 10, fresh->child_count[b]);
	sqlite3_bind_int64(add, first + 11, fresh->errors[b]);
	sqlite3_bind_int64(add, first + 12, fresh->flags[b] | (planned->folded ? IMAGE_FOLDED : 0));
	/* NULL pointer: NULL */
	sqlite3_bind_blob64(add, first + 13, list_length ? save->blob : NULL, list_length, SQLITE_TRANSIENT);
	sqlite3_bind_int64(add, first + 14, (int64_t)fresh->own_bytes[b]);
	if (fresh->own_apparent_bytes[b] != fresh->own_bytes[b])
		sqlite3_bind_int64(add, first + 15, (int64_t)fresh->own_apparent_bytes[b]);
	else
		sqlite3_bind_null(add, first + 15);
	sqlite3_bind_int64(add, first + 16, below);
	sqlite3_bind_int64(add, first + 17, (int64_t)((uint64_t)ctime_ns - (uint64_t)fresh->mtime_ns[b]));
	return 0;
}

static int write_dir(struct save *save, const struct planned_dir *planned)
{
	int64_t *dir = &save->plan.dirs[planned->b];
	bool known = planned->same;
	size_t list_length = 0;
	int rc = cancelled(save);

	if (!rc && planned->same)
		rc = old_dir(save, save->fresh, planned->b, *dir, dir);
	else if (!rc)
		rc = need_dir(save, planned->b, dir, &known);
	if (!rc && tree_rest(save->tree, save->fresh->dir[planned->b]))
		rc = take_list(save, *dir, &list_length);
	else if (!rc)
		rc = make_list(save, planned->b, *dir, known, &list_length);
	if (!rc && planned->same)
		rc = close_version(save, *dir);
	return rc ? rc : add_version(save, planned, *dir, list_length);
}

static int write_growth(struct save *save, const struct planned_growth *growth)
{
	const int64_t *dirs = head_dirs(save);
	bool is = growth->b != IMAGE_NONE;
	int64_t dir;
	int first, rc = is ? old_dir(save, save->fresh, growth->b, save->plan.dirs[growth->b], &dir)
	                   : old_dir(save, save->store->head.image, growth->a, dirs ? dirs[growth->a] : 0, &dir);
	if (rc || !dir)
		return rc;
	rc = bulk_insert_row(&save->growth, save->store, &first, save->err);
	sqlite3_stmt *add = save->growth.statement;

	if (rc)
		return rc;
	sqlite3_bind_int64(add, first, save->head_id);
	sqlite3_bind_int64(add, first + 1, save->id);
	sqlite3_bind_int64(add, first + 2, dir);
	if (growth->unknown) {
		for (int i = 3; i <= 5; i++)
			sqlite3_bind_null(add, first + i);
	} else {
		sqlite3_bind_int64(add, first + 3, (int64_t)growth->bytes_a);
		sqlite3_bind_int64(add, first + 4, (int64_t)growth->bytes_b);
		sqlite3_bind_int64(add, first + 5, growth->delta_bytes);
	}
	return 0;
}

int snapshot_bind_path(struct sqlite3_stmt *statement, int index, const char *path)
{
	size_t length = strlen(path);

	if (text_is_utf8(path, length))
		return sqlite3_bind_text(statement, index, path, (int)length, SQLITE_STATIC);
	return sqlite3_bind_blob(statement, index, path, (int)length, SQLITE_STATIC);
}

static int write_snapshot(struct save *save)
{
	const struct image *fresh = save->fresh;
	const struct snapshot_meta *meta = save->meta;
	sqlite3_stmt *add = store_statement(save->store, ST_SNAPSHOT_ADD, save->err);

	if (!add)
		return store_failed(save->store, save->err);
	snapshot_bind_path(add, 1, fresh->root_path);
	sqlite3_bind_int64(add, 2, meta->started_at);
	sqlite3_bind_int64(add, 3, meta->finished_at);
	sqlite3_bind_int64(add, 4, (int64_t)fresh->files[IMAGE_ROOT]);
	sqlite3_bind_int64(add, 5, (int64_t)fresh->alloc_bytes[IMAGE_ROOT]);
	sqlite3_bind_int64(add, 6, fresh->errors[IMAGE_ROOT]);
	sqlite3_bind_text(add, 7, host_of(save), -1, SQLITE_STATIC);
	sqlite3_bind_int64(add, 8, save->root_id);
	sqlite3_bind_text(add, 9, meta->label, -1, SQLITE_STATIC); /* NULL pointer: NULL */
	sqlite3_bind_int64(add, 10, (int64_t)fresh->apparent_bytes[IMAGE_ROOT]);
	sqlite3_bind_int64(add, 11, (int64_t)fresh->items[IMAGE_ROOT]);
	sqlite3_bind_int64(add, 12, meta->trusted);
	sqlite3_bind_text(add, 13, PACKAGE_STRING, -1, SQLITE_STATIC);
	int rc = store_step_done(save->store, add, save->err);

	save->id = sqlite3_last_insert_rowid(save->store->db);
	return rc ? rc : snapshot_sum(save->store, save->id, save->err);
}

static int write_root(struct save *save)
{
	sqlite3_stmt *add = store_statement(save->store, ST_ROOT_ADD, save->err);

	if (!add)
		return store_failed(save->store, save->err);
	bind_chain(save, add);
	int rc = store_step_done(save->store, add, save->err);

	save->root_id = sqlite3_last_insert_rowid(save->store->db);
	return rc;
}

/* st_dev of each file-system slot: it changes over reboots, the slot does not. */
static int write_devices(struct save *save)
{
	size_t count = tree_fs_count(save->tree);
	int rc = 0;

	for (size_t slot = 0; !rc && slot < count && slot <= UINT16_MAX; slot++) {
		sqlite3_stmt *add = store_statement(save->store, ST_DEVICE_ADD, save->err);

		if (!add)
			return store_failed(save->store, save->err);
		sqlite3_bind_int64(add, 1, save->id);
		sqlite3_bind_int64(add, 2, (int64_t)slot);
		sqlite3_bind_int64(add, 3, (int64_t)tree_fs(save->tree, (uint16_t)slot).dev);
		rc = store_step_done(save->store, add, save->err);
	}
	return rc;
}

/* A statement on the chain, with the snapshot's id where it wants one. */
static int finish_chain(struct save *save, enum statement which)
{
	sqlite3_stmt *statement = store_statement(save->store, which, save->err);

	if (!statement)
		return store_failed(save->store, save->err);
	sqlite3_bind_int64(statement, 1, save->root_id);
	if (which == ST_ROOT_HEAD)
		sqlite3_bind_int64(statement, 2, save->id);
	return store_step_done(save->store, statement, save->err);
}

/* Ids of rows are given here, in the transaction, so that a row may wait in its bulk_insert. */
static int last_ids(struct save *save)
{
	static const char sql[] =
		"SELECT (SELECT ifnull(max(id), 0) FROM dirs), (SELECT ifnull(max(id), 0) FROM file_chunks)";
	sqlite3_stmt *row = store_prepare(save->store, sql, save->err);

	if (!row)
		return store_failed(save->store, save->err);
	int rc = store_step(save->store, row, save->err);

	if (rc == 1) {
		save->last_dir = sqlite3_column_int64(row, 0);
		save->last_chunk = sqlite3_column_int64(row, 1);
	}
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

static int flush(struct save *save)
{
	struct bulk_insert *const inserts[] = {&save->dirs, &save->chunks, &save->versions, &save->growth};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(inserts) / sizeof(*inserts); i++)
		rc = bulk_insert_flush(inserts[i], save->store, save->err);
	return rc;
}

static int write_rows(struct save *save)
{
	const struct save_plan *plan = &save->plan;
	int rc = save->meta->label ? snapshot_check_label(save->store, save->meta->label, save->err) : 0;

	if (!rc && !save->root_id)
		rc = write_root(save);
	if (!rc)
		rc = write_snapshot(save);
	if (!rc)
		rc = last_ids(save);
	if (!rc)
		rc = write_devices(save);
	for (size_t i = 0; !rc && i < plan->change_count; i++)
		rc = write_dir(save, &plan->changes[i]);
	for (size_t i = 0; !rc && i < plan->closed_count; i++)
		rc = close_old(save, plan->closed[i]);
	for (size_t i = 0; !rc && i < plan->growth_count; i++)
		rc = write_growth(save, &plan->growth[i]);
	if (!rc)
		rc = flush(save);
	if (!rc)
		rc = finish_chain(save, ST_ROOT_HEAD);
	return rc ? rc : finish_chain(save, ST_DIFF_TRIM);
}

static int write_since(struct save *save)
{
	if (!save->head_id)
		return 0;
	save->store->head.image->snapshot_id = save->head_id;
	save->fresh->snapshot_id = save->id; /* files are read of it */
	return growth_keep(save->store, save->store->head.image, save->fresh, save->err);
}

/* In the transaction: the head must still be the one that was compared. */
static int check_head(struct save *save)
{
	int64_t root_id, head_id;
	int rc = find_chain(save, &root_id, &head_id);

	if (rc || (root_id == save->root_id && head_id == save->head_id))
		return rc;
	rc = prepare(save);
	if (rc == -ENOENT)
		rc = store_damaged(save->store, _("the newest snapshot of the folder is missing"), save->err);
	return rc;
}

/* What was saved is the head of the next one. */
static void keep_head(struct save *save)
{
	store_forget_head(save->store);
	if (save->plan.folded)
		return; /* it is not what is stored */
	save->store->head = (struct head){.root_id = save->root_id,
	                                  .snapshot_id = save->id,
	                                  .image = save->fresh,
	                                  .dirs = save->plan.dirs};
	save->fresh = NULL;
	save->plan.dirs = NULL;
}

static int save_tree(struct save *save)
{
	struct store *store = save->store;
	int rc;

	save->fresh = image_from_tree(save->tree);
	if (!save->fresh)
		return errno == ENOMEM ? err_no_memory(save->err)
		     : errno == EAGAIN ? err_set(save->err, -EAGAIN, _("the scan is not complete: nothing to store"))
		                       : err_set(save->err, -errno, _("the tree has more folders than can be stored"));
	rc = prepare(save);
	if (rc == -ENOENT) { /* another program has just deleted the head: it is looked for again in the transaction */
		save->head_id = -1;
		rc = 0;
	}
	if (!rc)
		rc = store_room(store, save->plan.write_bytes / 2 * 5, save->err);
	if (!rc)
		rc = store_begin(store, save->err);
	if (rc)
		return rc;
	rc = check_head(save);
	if (!rc)
		rc = write_rows(save);
	if (!rc)
		rc = write_since(save);
	if (!rc)
		rc = cancelled(save);
	if (!rc)
		rc = store_commit(store, save->err);
	else
		store_rollback(store);
	if (!rc)
		keep_head(save);
	return rc;
}

int snapshot_save(struct store *store, const struct tree *tree, const struct snapshot_meta *meta,
                  const _Atomic bool *cancel, int64_t *id, struct err *err)
{
	struct save save = {
		.store = store, .tree = tree, .meta = meta, .cancel = cancel, .err = err,
		.dirs = {.table = "dirs", .names = SCHEMA_DIR, .columns = 8},
		.chunks = {.table = "file_chunks", .names = SCHEMA_CHUNK, .columns = 2},
		.versions = {.table = "dir_versions", .names = SCHEMA_VERSION_OF_DIR, .columns = 18},
		.growth = {.table = "diff_rows", .names = SCHEMA_GROWTH, .columns = 6},
	};
	int rc = store_writable(store, err);

	if (!rc)
		rc = save_tree(&save);
	if (!rc) {
		*id = save.id;
		store_checkpoint(store);
	}
	if (rc == -ENOSPC || rc == -EBUSY) {
		struct err cause = err ? *err : (struct err){{0}};

		err_set(err, rc, _("nothing was saved: %.900s"), cause.text);
	}
	if (!rc || rc == -ENOSPC)
		store_disk_full(store, rc != 0);
	bulk_insert_close(&save.dirs);
	bulk_insert_close(&save.chunks);
	bulk_insert_close(&save.versions);
	bulk_insert_close(&save.growth);
	image_free(save.fresh);
	save_plan_free(&save.plan);
	file_chunks_free(&save.pack);
	free(save.ids.items);
	free(save.old_ids.items);
	free(save.old_hashes);
	free(save.blob);
	buf_free(&save.path);
	return rc;
}
