/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/record/warm_source.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/path.h"
#include "store/record/recorder.h"
#include "store/db/handle.h"
#include "store/files/chunk_ids.h"
#include "store/index/overlay.h"
#include "store/files/file_chunk.h"

/*
 * With rows: one pass over the versions valid at the snapshot; each directory's chunks, with their lengths before them,
 * lie behind one another:
 *
 *   at[dir] → | length u32 | chunk | length u32 | chunk | 0 u32 |
 *
 * Without rows: the few lists that are wanted are read when they are.  Threads: the scan's workers, one at a time on
 * the store's connection.
 */

#define TRUSTED_MOST 6 /* one after the other; the next scan is exact */

/* File lists one behind the other. */
struct packed {
	unsigned char *bytes;
	size_t length, capacity;
};

struct stored_source {
	struct warm_source source; /* what callers hold; its context is this */
	const struct image *image;
	uint64_t *forced;          /* a bit each; NULL = none */
	/* With rows. */
	uint64_t *at;              /* of each directory of the image, + 1; 0 = not known */
	struct packed all;
	/* Without: under the lock. */
	pthread_mutex_t lock;
	struct store *store;
	sqlite3_stmt *find;        /* lists of the directory at a path */
	struct buf path;
	struct chunk_ids ids;
};

static int out_of_memory(struct err *err)
{
	return err_no_memory(err);
}

static int append(struct packed *packed, const void *bytes, uint32_t length, struct err *err)
{
	if (alloc_room(&packed->bytes, &packed->capacity, packed->length + sizeof(length) + length))
		return out_of_memory(err);
	memcpy(packed->bytes + packed->length, &length, sizeof(length));
	if (length)
		memcpy(packed->bytes + packed->length + sizeof(length), bytes, length);
	packed->length += sizeof(length) + length;
	return 0;
}

static int add_chunk(struct packed *packed, struct store *store, int64_t id, struct err *err)
{
	sqlite3_stmt *get = store_statement(store, ST_CHUNK_GET, err);

	sqlite3_bind_int64(get, 1, id);
	int rc = store_step(store, get, err);

	if (rc <= 0)
		return rc ? rc : store_damaged(store, _("a list of files is missing"), err);
	const void *bytes = sqlite3_column_blob(get, 0);
	int length = sqlite3_column_bytes(get, 0);

	if (!bytes || length <= 0)
		rc = store_damaged(store, _("a list of files is garbled"), err);
	else
		rc = append(packed, bytes, (uint32_t)length, err);
	sqlite3_reset(get);
	return rc;
}

/* The chunks that a column of a row names. */
static int add_lists(struct packed *packed, struct store *store, sqlite3_stmt *row, int column, struct chunk_ids *ids,
                     struct err *err)
{
	ids->count = 0;
	int rc = chunk_ids_read(ids, sqlite3_column_blob(row, column), (size_t)sqlite3_column_bytes(row, column));

	if (rc)
		return rc == -EINVAL ? store_damaged(store, _("a list of files is garbled"), err) : out_of_memory(err);
	for (size_t i = 0; !rc && i < ids->count; i++)
		rc = add_chunk(packed, store, ids->items[i], err);
	return rc ? rc : append(packed, NULL, 0, err);
}

/* ---- all lists ---- */

/* A row: path of a directory, its version's lists. */
static int add_row(struct stored_source *stored, struct store *store, sqlite3_stmt *row, struct chunk_ids *ids,
                   struct err *err)
{
	const struct image *image = stored->image;
	const char *path = sqlite3_column_blob(row, 0);
	size_t length = (size_t)sqlite3_column_bytes(row, 0), root = strlen(image->root_path);

	if (!path || length < root)
		return 0;
	path += root;
	length -= root;
	if (length && *path == '/') {
		path++;
		length--;
	}
	uint32_t dir = image_lookup(image, path, length);

	if (dir == IMAGE_NONE)
		return 0;
	stored->at[dir] = stored->all.length + 1;
	return add_lists(&stored->all, store, row, 1, ids, err);
}

/* CROSS JOIN: the order of the tables is meant; there are no statistics to choose it by. */
static const char lists_sql[] =
	"SELECT p.path, v.lists FROM snapshots s CROSS JOIN dirs p ON p.root_id=s.root_id"
	" CROSS JOIN dir_versions v ON v.dir_id=p.id AND v.first_id<=s.id AND v.last_id>=s.id WHERE s.id=?1";

static int load(struct stored_source *stored, struct store *store, struct err *err)
{
	sqlite3_stmt *rows = store_prepare(store, lists_sql, err);
	struct chunk_ids ids = {0};
	int rc;

	sqlite3_bind_int64(rows, 1, stored->image->snapshot_id);
	while ((rc = store_step(store, rows, err)) == 1) {
		rc = add_row(stored, store, rows, &ids, err);
		if (rc)
			break;
	}
	sqlite3_finalize(rows);
	free(ids.items);
	return rc;
}

static int load_all(struct stored_source *stored, struct store *store, struct err *err)
{
	stored->at = alloc_array(stored->image->count, sizeof(*stored->at));
	if (!stored->at)
		return out_of_memory(err);
	store_read_begin(store);
	int rc = load(stored, store, err);

	store_read_end(store);
	return rc;
}

/* ---- one list ---- */

static const char list_sql[] =
	"SELECT v.lists FROM snapshots s CROSS JOIN dirs p ON p.path=?2 AND p.root_id=s.root_id"
	" CROSS JOIN dir_versions v ON v.dir_id=p.id AND v.first_id<=s.id AND v.last_id>=s.id WHERE s.id=?1";

/* Until warm_source_free() the database is as it is now. */
static int prepare_one(struct stored_source *stored, struct store *store, struct err *err)
{
	store_read_begin(store);
	stored->store = store;
	stored->find = store_prepare(store, list_sql, err);
	return stored->find ? 0 : store_failed(store, err);
}

/* Under the lock. */
static int load_one(struct stored_source *stored, uint32_t dir, struct packed *packed)
{
	const struct image *image = stored->image;
	struct buf *path = &stored->path;

	buf_clear(path);
	buf_str(path, image->root_path);
	if (dir != IMAGE_ROOT && path->length && path->data[path->length - 1] != '/')
		buf_char(path, '/');
	if (image_relative(image, dir, path) || path->failed)
		return -ENOMEM;
	sqlite3_bind_int64(stored->find, 1, image->snapshot_id);
	sqlite3_bind_blob(stored->find, 2, path->data, (int)path->length, SQLITE_STATIC);
	int rc = store_step(stored->store, stored->find, NULL);

	rc = rc == 1 ? add_lists(packed, stored->store, stored->find, 0, &stored->ids, NULL) : rc ? rc : -ENOENT;
	sqlite3_reset(stored->find);
	return rc;
}

/* ---- for the scan ---- */

struct taker {
	int (*take)(void *taker, const struct warm_file *file);
	void *taker;
};

static int take_entry(void *context, const struct file_entry *entry)
{
	const struct taker *taker = context;
	const struct warm_file file = {
		.name = entry->name,
		.name_length = entry->name_length,
		.type = entry->type,
		.flags = entry->flags,
		.alloc_bytes = entry->alloc_bytes,
		.apparent_bytes = entry->apparent_bytes,
		.mtime_s = entry->mtime_s,
		.nlink = entry->nlink,
	};

	return taker->take(taker->taker, &file);
}

static int take_all(const unsigned char *at, struct taker *each)
{
	int rc = 0;

	while (!rc) {
		uint32_t length;

		memcpy(&length, at, sizeof(length));
		if (!length)
			break;
		at += sizeof(length);
		rc = file_chunk_each(at, length, take_entry, each);
		at += length;
	}
	return rc;
}

static int files_with_rows(void *context, uint32_t dir, int (*take)(void *taker, const struct warm_file *file),
                           void *taker)
{
	const struct stored_source *stored = context;
	uint64_t at = stored->at[dir];

	return at ? take_all(stored->all.bytes + at - 1, &(struct taker){.take = take, .taker = taker}) : -ENOENT;
}

static int files_without_rows(void *context, uint32_t dir, int (*take)(void *taker, const struct warm_file *file),
                              void *taker)
{
	struct stored_source *stored = context;
	struct packed packed = {0};

	pthread_mutex_lock(&stored->lock);
	int rc = load_one(stored, dir, &packed);

	pthread_mutex_unlock(&stored->lock);
	if (!rc)
		rc = take_all(packed.bytes, &(struct taker){.take = take, .taker = taker});
	free(packed.bytes);
	return rc;
}

/* ---- which snapshot ---- */

/* When did the image's scan and the last exact one begin?  False: the next one is exact. */
static bool may_trust(struct warm_source *source, int64_t id, const struct snapshot_list *history)
{
	size_t i = 0, trusted = 0;

	while (i < history->count && history->items[i].id != id)
		i++;
	if (i == history->count)
		return false;
	source->taken_s = history->items[i].started_at;
	for (; i < history->count && trusted <= TRUSTED_MOST; i++) {
		const struct snapshot *snapshot = &history->items[i];

		if (snapshot->source && *snapshot->source)
			continue; /* an import tells nothing */
		source->exact_s = snapshot->started_at;
		if (!snapshot->trusted)
			return trusted < TRUSTED_MOST;
		trusted++;
	}
	return false;
}

static int source_of(struct store *store, const struct image *image, struct warm_source source,
                     struct warm_source **out, struct err *err)
{
	struct stored_source *stored = alloc_zero(struct stored_source);

	if (!stored)
		return out_of_memory(err);
	stored->source = source;
	stored->source.context = stored;
	stored->image = image;
	pthread_mutex_init(&stored->lock, NULL);
	int rc = source.rows ? load_all(stored, store, err) : prepare_one(stored, store, err);

	if (rc)
		warm_source_free(&stored->source);
	else
		*out = &stored->source;
	return rc;
}

int warm_source_load(struct store *store, const struct image *image, const struct snapshot_list *history, bool rows,
                     struct warm_source **out, struct err *err)
{
	struct warm_source source = {.files = rows ? files_with_rows : files_without_rows, .rows = rows};

	*out = NULL;
	return may_trust(&source, image->snapshot_id, history) ? source_of(store, image, source, out, err) : 0;
}

void warm_source_free(struct warm_source *source)
{
	struct stored_source *stored = source ? source->context : NULL;

	if (!stored)
		return;
	sqlite3_finalize(stored->find);
	if (stored->store)
		store_read_end(stored->store);
	pthread_mutex_destroy(&stored->lock);
	buf_free(&stored->path);
	free(stored->ids.items);
	free(stored->forced);
	free(stored->at);
	free(stored->all.bytes);
	free(stored);
}

/* ---- what is read in any case ---- */

static int force(struct stored_source *stored, uint32_t dir, struct err *err)
{
	if (dir == IMAGE_NONE)
		return 0; /* new since, and so not trusted anyway */
	if (!stored->forced)
		stored->forced = alloc_array(((size_t)stored->image->count + 63) / 64, sizeof(*stored->forced));
	if (!stored->forced)
		return out_of_memory(err);
	stored->source.forced = stored->forced;
	stored->forced[dir / 64] |= UINT64_C(1) << dir % 64;
	return 0;
}

/* What the log names since the last reconcile. */
static int force_logged(struct stored_source *stored, struct store *store, struct err *err)
{
	const struct image *image = stored->image;
	char **paths;
	size_t count;
	int rc = reconcile_paths(store, image->root_path, &paths, &count, err);

	for (size_t i = 0; i < count; i++) {
		const char *relative = path_below(paths[i], image->root_path);

		if (!rc && relative)
			rc = force(stored, image_lookup(image, relative, strlen(relative)), err);
		free(paths[i]);
	}
	free(paths);
	return rc;
}

/* What was noted since the index was written. */
static int force_overlaid(struct stored_source *stored, struct store *store, struct err *err)
{
	static const char sql[] =
		"SELECT o.path FROM snapshots s CROSS JOIN overlay o ON o.root_id=s.root_id WHERE s.id=?1";
	const struct image *image = stored->image;
	sqlite3_stmt *rows = store_prepare(store, sql, err);
	int rc;

	sqlite3_bind_int64(rows, 1, image->snapshot_id);
	while ((rc = store_step(store, rows, err)) == 1) {
		const char *path = sqlite3_column_blob(rows, 0);

		rc = force(stored, image_lookup(image, path ? path : "", (size_t)sqlite3_column_bytes(rows, 0)), err);
		if (rc)
			break;
	}
	sqlite3_finalize(rows);
	return rc;
}

/* What is too far down to be named by itself, once anything was. */
static int force_folded(struct stored_source *stored, struct err *err)
{
	const struct image *image = stored->image;
	size_t root = strlen(image->root_path);
	uint32_t *lengths = stored->forced ? alloc_array(image->count, sizeof(*lengths)) : NULL;
	int rc = stored->forced && !lengths ? out_of_memory(err) : 0;

	for (uint32_t i = 0; lengths && !rc && i < image->count; i++) {
		size_t length = i         ? (size_t)lengths[image->parent[i]] + 1 + image_name_length(image, i)
		              : root == 1 ? 0
		                          : root;

		lengths[i] = length > IMAGE_PATH_MAX ? IMAGE_PATH_MAX : (uint32_t)length;
		if (length > IMAGE_PATH_MAX)
			rc = force(stored, i, err);
	}
	free(lengths);
	return rc;
}

/* An index that is not just the snapshot knows later things: where it has something else. */
static int force_indexed(struct stored_source *stored, struct store *store, struct err *err)
{
	const struct image *image = stored->image;
	struct index_meta meta;
	struct image *index = NULL;
	uint32_t *at = NULL;
	int rc = 0;

	if (!index_load(store, image->root_path, &index, &meta, NULL)) {
		at = alloc_array(image->count, sizeof(*at));
		rc = at ? 0 : out_of_memory(err);
	}
	for (uint32_t i = 0; at && !rc && i < image->count;) {
		uint32_t parent = i ? at[image->parent[i]] : IMAGE_NONE;

		at[i] = !i ? IMAGE_ROOT
		      : parent == IMAGE_NONE
		              ? IMAGE_NONE
		              : image_child(index, parent, image_name(image, i), image_name_length(image, i));
		if (at[i] != IMAGE_NONE &&
		    !memcmp(image->fingerprint[i], index->fingerprint[at[i]], sizeof(*image->fingerprint))) {
			i = image->end[i];
			continue;
		}
		rc = force(stored, i++, err);
	}
	if (index) {
		index_meta_clear(&meta);
		image_free(index);
	}
	free(at);
	return rc;
}

/* ---- the newest scan ---- */

static int load_newest(struct store *store, const struct snapshot_list *history, const struct snapshot *newest,
                       enum warm_source_need how, struct image **image, struct warm_source **out, struct err *err)
{
	struct image *mapped = *image = snapshot_mapped(store, newest);
	int rc = mapped ? 0 : snapshot_image(store, newest->id, image, err);

	if (rc || how == WARM_SOURCE_IMAGE)
		return rc;
	/* Only the index knows which directories need no rows. */
	rc = warm_source_load(store, *image, history, how == WARM_SOURCE_ROWS || !mapped, out, err);
	if (rc || !*out)
		return rc;
	struct stored_source *stored = (*out)->context;

	rc = force_logged(stored, store, err);
	if (!rc)
		rc = force_overlaid(stored, store, err);
	if (!rc && !mapped)
		rc = force_indexed(stored, store, err);
	return rc ? rc : force_folded(stored, err);
}

int warm_source_newest(struct store *store, const char *root, const char *options, enum warm_source_need how,
                       struct snapshot *before, struct image **image, struct warm_source **out, struct err *err)
{
	struct snapshot_list list;
	size_t newest = 0;
	int rc = snapshot_list(store, root, store_host(), options, &list, err);

	*before = (struct snapshot){0};
	*image = NULL;
	*out = NULL;
	if (rc)
		return rc;
	while (newest < list.count && list.items[newest].source && *list.items[newest].source)
		newest++;
	if (newest < list.count) {
		if (how != WARM_SOURCE_NOTHING)
			rc = load_newest(store, &list, &list.items[newest], how, image, out, err);
		*before = list.items[newest];
		list.items[newest] = (struct snapshot){0};
	}
	snapshot_list_clear(&list);
	if (rc) {
		warm_source_free(*out);
		*out = NULL;
	}
	return rc;
}

/*
 * States of one folder keep its inodes and times whichever of them was read first, so the nearest by date is the one
 * that has most in common; an earlier one where there is one.
 */
static const struct snapshot *find_nearest(const struct snapshot_list *list, const char *source, int64_t at,
                                           int64_t *exact_s)
{
	const struct snapshot *nearest = NULL;
	size_t i = 0;

	for (; i < list->count; i++) {
		if (strcmp(list->items[i].source, source))
			continue;
		nearest = &list->items[i];
		if (nearest->finished_at <= at)
			break;
	}
	*exact_s = nearest ? nearest->started_at : 0;
	for (; i < list->count; i++) {
		if (strcmp(list->items[i].source, source))
			continue;
		*exact_s = list->items[i].started_at;
		if (!list->items[i].trusted)
			break;
	}
	return nearest;
}

int warm_source_declared(struct store *store, const char *root, const char *options, const char *source, int64_t at,
                         bool warm, struct snapshot *before, struct image **image, struct warm_source **out,
                         struct err *err)
{
	struct warm_source how = {.files = files_without_rows};
	struct snapshot_list list;
	int rc = snapshot_list(store, root, store_host(), options, &list, err);

	*before = (struct snapshot){0};
	*image = NULL;
	*out = NULL;
	if (rc)
		return rc;
	const struct snapshot *nearest = find_nearest(&list, source, at, &how.exact_s);

	if (nearest) {
		how.taken_s = nearest->started_at;
		rc = snapshot_image(store, nearest->id, image, err);
		if (!rc && warm)
			rc = source_of(store, *image, how, out, err);
		*before = *nearest;
		list.items[nearest - list.items] = (struct snapshot){0};
	}
	snapshot_list_clear(&list);
	return rc;
}

const struct image *warm_source_image(const struct warm_source *source)
{
	return ((const struct stored_source *)source->context)->image;
}
