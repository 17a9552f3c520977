/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/files/file_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "store/db/handle.h"
#include "store/files/chunk_ids.h"
#include "store/files/file_chunk.h"

/* ---- one list ---- */

struct appender {
	struct file_list *list;
	size_t *capacity;
};

static int append(void *taker, const struct file_entry *entry)
{
	const struct appender *appender = taker;
	struct file_list *list = appender->list;

	if (alloc_room(&list->items, appender->capacity, list->count + 1))
		return -ENOMEM;
	const struct file_entry *last = list->count ? &list->items[list->count - 1] : NULL;

	if (last && file_names_compare(last->name, last->name_length, entry->name, entry->name_length) >= 0)
		return -EINVAL;
	list->items[list->count++] = *entry;
	return 0;
}

int file_list_unpack(const unsigned char *chunk, size_t length, struct file_list *list, size_t *capacity)
{
	return file_chunk_each(chunk, length, append, &(struct appender){list, capacity});
}

const struct file_entry *file_list_find(const struct file_list *list, const void *name, size_t length)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct file_entry *entry = &list->items[middle];
		int order = file_names_compare(name, length, entry->name, entry->name_length);

		if (!order)
			return entry;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

void file_list_clear(struct file_list *list)
{
	free(list->items);
	free(list->memory);
	*list = (struct file_list){0};
}

int file_list_of_tree(const struct tree *tree, dir_id dir, struct file_list *out)
{
	struct file_chunks chunks = {0};
	size_t capacity = 0, start = 0;
	int rc = file_chunks_pack(&chunks, tree, dir);

	*out = (struct file_list){0};
	for (size_t i = 0; !rc && i < chunks.count; start = chunks.ends[i++])
		rc = file_list_unpack(chunks.bytes + start, chunks.ends[i] - start, out, &capacity);
	/* The names point into the bytes. */
	out->memory = chunks.bytes;
	chunks.bytes = NULL;
	file_chunks_free(&chunks);
	if (rc)
		file_list_clear(out);
	return rc;
}

/* ---- from the database ---- */

/* Bytes of all chunks, one behind the other, and where each ends. */
struct packed_list {
	struct buf bytes;
	size_t *ends;
	size_t count, capacity;
};

static int read_chunk(struct store *store, int64_t id, struct packed_list *packed, struct err *err)
{
	sqlite3_stmt *get = store_statement(store, ST_CHUNK_GET, err);

	sqlite3_bind_int64(get, 1, id);
	int rc = store_step(store, get, err);

	if (rc <= 0)
		return rc ? rc : store_damaged(store, _("a list of files is missing"), err);
	const void *bytes = sqlite3_column_blob(get, 0);
	size_t length = (size_t)sqlite3_column_bytes(get, 0);

	rc = alloc_room(&packed->ends, &packed->capacity, packed->count + 1);
	if (!rc)
		rc = !length || bytes ? buf_add(&packed->bytes, bytes, length) : -ENOMEM;
	if (!rc)
		packed->ends[packed->count++] = packed->bytes.length;
	sqlite3_reset(get);
	return rc ? err_no_memory(err) : 0;
}

/* The chunks' ids that the version valid at the snapshot names. */
static int read_ids(struct store *store, int64_t dir, int64_t snapshot, struct chunk_ids *ids, struct err *err)
{
	sqlite3_stmt *at = store_statement(store, ST_VERSION_AT, err);

	sqlite3_bind_int64(at, 1, dir);
	sqlite3_bind_int64(at, 2, snapshot);
	int rc = store_step(store, at, err);

	if (rc <= 0)
		return rc ? rc : err_set(err, -ENOENT, _("snapshot %lld is not there any more"), (long long)snapshot);
	rc = chunk_ids_read(ids, sqlite3_column_blob(at, 0), (size_t)sqlite3_column_bytes(at, 0));
	sqlite3_reset(at);
	if (rc == -EINVAL)
		return store_damaged(store, _("a list of files is garbled"), err);
	return rc ? err_no_memory(err) : 0;
}

static int read_lists(struct store *store, int64_t dir, int64_t snapshot, struct file_list *out, struct err *err)
{
	struct chunk_ids ids = {0};
	struct packed_list packed = {0};
	size_t capacity = 0, start = 0;
	int rc = read_ids(store, dir, snapshot, &ids, err);

	*out = (struct file_list){0};
	for (size_t i = 0; !rc && i < ids.count; i++)
		rc = read_chunk(store, ids.items[i], &packed, err);
	out->memory = packed.bytes.data;
	for (size_t i = 0; !rc && i < packed.count; start = packed.ends[i++]) {
		rc = file_list_unpack((unsigned char *)packed.bytes.data + start, packed.ends[i] - start, out,
		                      &capacity);
		if (rc)
			rc = rc == -EINVAL ? store_damaged(store, "a list of files is garbled", err)
			                   : err_no_memory(err);
	}
	free(ids.items);
	free(packed.ends);
	if (rc)
		file_list_clear(out);
	return rc;
}

/* Row of `dirs` of a path in a snapshot. */
static int find_dir(struct store *store, int64_t snapshot, const void *path, size_t length, int64_t *dir,
                    struct err *err)
{
	sqlite3_stmt *row = store_statement(store, ST_DIR_AT, err);

	sqlite3_bind_int64(row, 1, snapshot);
	sqlite3_bind_blob(row, 2, path, (int)length, SQLITE_STATIC);
	int rc = store_step(store, row, err);

	*dir = rc == 1 ? sqlite3_column_int64(row, 0) : 0;
	sqlite3_reset(row);
	if (!rc)
		return err_set(err, -ENOENT, "the folder is not in snapshot %lld", (long long)snapshot);
	return rc < 0 ? rc : 0;
}

int file_list_at(struct store *store, int64_t snapshot, const void *path, size_t length, struct file_list *out,
                 struct err *err)
{
	int64_t dir = 0;
	int rc = find_dir(store, snapshot, path, length, &dir, err);

	*out = (struct file_list){0};
	return rc ? rc : read_lists(store, dir, snapshot, out, err);
}

int file_list_read(struct store *store, const struct image *image, uint32_t dir, struct file_list *out, struct err *err)
{
	*out = (struct file_list){0};
	if (!image->snapshot_id || dir >= image->count)
		return err_set(err, -EINVAL, "files are known only of stored snapshots");
	if (image->store_id)
		return read_lists(store, image->store_id[dir], image->snapshot_id, out, err);

	/* Of a mapped index: by its path. */
	struct buf path = {0};

	buf_str(&path, image->root_path);
	if (dir != IMAGE_ROOT) {
		if (path.length && path.data[path.length - 1] != '/')
			buf_char(&path, '/');
		if (image_relative(image, dir, &path))
			path.failed = true;
	}
	int rc = path.failed ? err_no_memory(err)
	                     : file_list_at(store, image->snapshot_id, path.data, path.length, out, err);

	buf_free(&path);
	return rc;
}

void file_list_own(const struct image *image, uint32_t dir, const struct file_list *files, uint64_t *alloc_bytes,
                   uint64_t *apparent_bytes)
{
	*alloc_bytes = image->own_bytes[dir];
	*apparent_bytes = image->own_apparent_bytes[dir];
	if (!(image->flags[dir] & IMAGE_FOLDED))
		return;
	uint64_t alloc = image_direct_bytes(image, dir) - image->own_bytes[dir], apparent = 0;

	for (size_t i = 0; i < files->count; i++)
		apparent = figure_sum(apparent, files->items[i].apparent_bytes);
	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++) {
		alloc = figure_sum(alloc, image->alloc_bytes[image->children[i]]);
		apparent = figure_sum(apparent, image->apparent_bytes[image->children[i]]);
	}
	if (image->alloc_bytes[dir] > figure_sum(alloc, *alloc_bytes))
		*alloc_bytes = image->alloc_bytes[dir] - alloc;
	if (image->apparent_bytes[dir] > figure_sum(apparent, *apparent_bytes))
		*apparent_bytes = image->apparent_bytes[dir] - apparent;
}
