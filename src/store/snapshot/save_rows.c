/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of a snapshot that is saved: of the chain, the snapshot, its directories, their versions, what has grown. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "config.h"
#include "store/db/schema.h"
#include "store/snapshot/growth.h"
#include "store/snapshot/save_state.h"

int save_cancelled(const struct save *save)
{
	if (save->cancel && atomic_load_explicit(save->cancel, memory_order_relaxed))
		return err_set(save->err, -ECANCELED, _("cancelled"));
	return 0;
}

/* ---- the chain ---- */

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

int save_find_chain(struct save *save, int64_t *root_id, int64_t *head_id)
{
	sqlite3_stmt *find = store_statement(save->store, ST_ROOT_FIND, save->err);

	bind_chain(save, find);
	int rc = store_step(save->store, find, save->err);

	*root_id = rc == 1 ? sqlite3_column_int64(find, 0) : 0;
	*head_id = rc == 1 ? sqlite3_column_int64(find, 1) : 0;
	sqlite3_reset(find);
	return rc < 0 ? rc : 0;
}

/* ---- directories ---- */

const int64_t *save_head_dirs(const struct save *save)
{
	const struct head *head = &save->store->head;

	return head->dirs ? head->dirs : head->image->store_id;
}

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

	sqlite3_bind_blob(find, 1, save->path.data, (int)save->path.length, SQLITE_STATIC);
	store_bind(find, 2, NUMBERS(save->root_id, image->fs[i], (int64_t)image->ino[i], image->birth[i]));
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
	store_bind(add, first, NUMBERS(*dir, save->root_id));
	sqlite3_bind_blob(add, first + 2, save->path.data, (int)save->path.length, SQLITE_TRANSIENT);
	store_bind(add, first + 3,
	           NUMBERS(fresh->fs[b], (int64_t)fresh->ino[b], fresh->birth[b], image_depth(fresh, b),
	                   text_is_utf8(save->path.data, save->path.length)));
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
	int rc = store_run_kept(save->store, ST_VERSION_CLOSE, NUMBERS(dir, save->id - 1), save->err);

	if (!rc && sqlite3_changes(save->store->db) != 1)
		rc = store_damaged(save->store, _("a directory of the newest snapshot has no open version"), save->err);
	return rc;
}

/* What the head has and the new tree has not. */
static int close_old(struct save *save, uint32_t a)
{
	const int64_t *dirs = save_head_dirs(save);
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

	store_bind(add, first,
	           NUMBERS(dir, save->id, (int64_t)fresh->alloc_bytes[b], (int64_t)fresh->apparent_bytes[b],
	                   (int64_t)fresh->files[b], (int64_t)fresh->items[b], seconds,
	                   (int64_t)fresh->fingerprint[b][0], (int64_t)fresh->fingerprint[b][1],
	                   (int64_t)image_direct_bytes(fresh, b), fresh->child_count[b], fresh->errors[b],
	                   fresh->flags[b] | (planned->folded ? IMAGE_FOLDED : 0)));
	/* NULL pointer: NULL */
	sqlite3_bind_blob64(add, first + 13, list_length ? save->blob : NULL, list_length, SQLITE_TRANSIENT);
	sqlite3_bind_int64(add, first + 14, (int64_t)fresh->own_bytes[b]);
	if (fresh->own_apparent_bytes[b] != fresh->own_bytes[b])
		sqlite3_bind_int64(add, first + 15, (int64_t)fresh->own_apparent_bytes[b]);
	else
		sqlite3_bind_null(add, first + 15);
	store_bind(add, first + 16, NUMBERS(below, (int64_t)((uint64_t)ctime_ns - (uint64_t)fresh->mtime_ns[b])));
	return 0;
}

static int write_dir(struct save *save, const struct planned_dir *planned)
{
	int64_t *dir = &save->plan.dirs[planned->b];
	bool known = planned->same;
	size_t list_length = 0;
	int rc = save_cancelled(save);

	if (!rc && planned->same)
		rc = old_dir(save, save->fresh, planned->b, *dir, dir);
	else if (!rc)
		rc = need_dir(save, planned->b, dir, &known);
	if (!rc && tree_rest(save->tree, save->fresh->dir[planned->b]))
		rc = save_remembered_list(save, *dir, &list_length);
	else if (!rc)
		rc = save_list(save, planned->b, *dir, known, &list_length);
	if (!rc && planned->same)
		rc = close_version(save, *dir);
	return rc ? rc : add_version(save, planned, *dir, list_length);
}

/* Of a directory that grew, or of which that is not known. */
static int write_growth(struct save *save, const struct diff_entry *entry)
{
	const int64_t *dirs = save_head_dirs(save);
	bool unknown = entry->status == DIFF_UNKNOWN;
	int64_t dir;
	int first, rc;

	if (!entry->is_dir || (!entry->delta_bytes && !unknown))
		return 0;
	if (entry->b != IMAGE_NONE)
		rc = old_dir(save, save->fresh, entry->b, save->plan.dirs[entry->b], &dir);
	else
		rc = old_dir(save, save->store->head.image, entry->a, dirs ? dirs[entry->a] : 0, &dir);
	if (!rc && dir)
		rc = bulk_insert_row(&save->growth, save->store, &first, save->err);
	if (rc || !dir)
		return rc;
	sqlite3_stmt *add = save->growth.statement;

	store_bind(add, first, NUMBERS(save->head_id, save->id, dir));
	if (unknown) {
		for (int i = 3; i <= 5; i++)
			sqlite3_bind_null(add, first + i);
	} else {
		store_bind(add, first + 3,
		           NUMBERS((int64_t)entry->bytes_a, (int64_t)entry->bytes_b, entry->delta_bytes));
	}
	return 0;
}

/* As text where it is valid UTF-8 (it is then easy to ask for in the shell), as a blob otherwise. */
static int bind_path(sqlite3_stmt *statement, int index, const char *path)
{
	size_t length = strlen(path);

	if (text_is_utf8(path, length))
		return sqlite3_bind_text(statement, index, path, (int)length, SQLITE_STATIC);
	return sqlite3_bind_blob(statement, index, path, (int)length, SQLITE_STATIC);
}

/* Growth since the head, as diff tells it.  Behind the rows of the snapshot: lists of files are read of it. */
static int write_since(struct save *save)
{
	const struct diff_options how = {.prefix_a = "", .prefix_b = "", .max_depth = -1, .store = save->store};
	struct image *head = save->store->head.image;
	struct diff diff;

	if (!save->head_id)
		return 0;
	head->snapshot_id = save->head_id;
	save->fresh->snapshot_id = save->id;
	int rc = diff_compute(head, save->fresh, &how, &diff, save->err);

	for (size_t i = 0; !rc && i < diff.count; i++)
		rc = write_growth(save, &diff.entries[i]);
	if (!rc)
		rc = bulk_insert_flush(&save->growth, save->store, save->err);
	if (!rc)
		rc = growth_keep(save->store, save->head_id, save->id, &diff, save->err);
	diff_clear(&diff);
	return rc;
}

static int write_snapshot(struct save *save)
{
	const struct image *fresh = save->fresh;
	const struct snapshot_meta *meta = save->meta;
	sqlite3_stmt *add = store_statement(save->store, ST_SNAPSHOT_ADD, save->err);

	bind_path(add, 1, fresh->root_path);
	store_bind(add, 2,
	           NUMBERS(meta->started_at, meta->finished_at, (int64_t)fresh->files[IMAGE_ROOT],
	                   (int64_t)fresh->alloc_bytes[IMAGE_ROOT], fresh->errors[IMAGE_ROOT]));
	sqlite3_bind_text(add, 7, host_of(save), -1, SQLITE_STATIC);
	sqlite3_bind_int64(add, 8, save->root_id);
	sqlite3_bind_text(add, 9, meta->label, -1, SQLITE_STATIC); /* NULL pointer: NULL */
	store_bind(
		add, 10,
		NUMBERS((int64_t)fresh->apparent_bytes[IMAGE_ROOT], (int64_t)fresh->items[IMAGE_ROOT], meta->trusted));
	sqlite3_bind_text(add, 13, PACKAGE_STRING, -1, SQLITE_STATIC);
	int rc = store_step_done(save->store, add, save->err);

	save->id = sqlite3_last_insert_rowid(save->store->db);
	return rc ? rc : store_run_kept(save->store, ST_SNAPSHOT_SUM, NUMBERS(save->id), save->err);
}

static int write_root(struct save *save)
{
	sqlite3_stmt *add = store_statement(save->store, ST_ROOT_ADD, save->err);

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

	for (size_t slot = 0; !rc && slot < count && slot <= UINT16_MAX; slot++)
		rc = store_run_kept(save->store, ST_DEVICE_ADD,
		                    NUMBERS(save->id, (int64_t)slot, (int64_t)tree_fs(save->tree, (uint16_t)slot).dev),
		                    save->err);
	return rc;
}

/* Ids of rows are given here, in the transaction, so that a row may wait in its bulk_insert. */
static int last_ids(struct save *save)
{
	int rc = store_ask(save->store, "SELECT max(id) FROM dirs", NULL, 0, &save->last_dir, save->err);

	return rc ? rc
	          : store_ask(save->store, "SELECT max(id) FROM file_chunks", NULL, 0, &save->last_chunk, save->err);
}

static int flush(struct save *save)
{
	struct bulk_insert *const inserts[] = {&save->dirs, &save->chunks, &save->versions};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(inserts) / sizeof(*inserts); i++)
		rc = bulk_insert_flush(inserts[i], save->store, save->err);
	return rc;
}

int save_rows(struct save *save)
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
	if (!rc)
		rc = flush(save);
	if (!rc)
		rc = write_since(save);
	if (!rc && save->meta->source && *save->meta->source)
		rc = growth_place(save->store, save->id, save->err);
	if (!rc)
		rc = store_run_kept(save->store, ST_ROOT_HEAD, NUMBERS(save->root_id, save->id), save->err);
	return rc ? rc : store_run_kept(save->store, ST_DIFF_TRIM, NUMBERS(save->root_id), save->err);
}
