/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/remembered.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "store/handle.h"
#include "store/lists.h"
#include "store/overlay.h"
#include "store/pack.h"

/*
 * One pass over the versions valid at the snapshot; each directory's chunks, with their lengths before them, lie behind one another:
 *
 *   at[dir] → | length u32 | chunk | length u32 | chunk | 0 u32 |
 */

#define TRUSTED_MOST 6 /* one after the other; the next scan is exact */

struct remembered {
	struct warm_source source;
	const struct image *image;
	uint64_t *at;              /* of each directory of the image, + 1; 0 = not known */
	unsigned char *bytes;
	size_t length, capacity;
};

static int out_of_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "%s", _("out of memory"));
}

static int append(struct remembered *remembered, const void *bytes, uint32_t length, struct err *err)
{
	unsigned char *grown = alloc_grow(remembered->bytes, &remembered->capacity, remembered->length + sizeof(length) + length, 1);

	if (!grown)
		return out_of_memory(err);
	remembered->bytes = grown;
	memcpy(grown + remembered->length, &length, sizeof(length));
	if (length)
		memcpy(grown + remembered->length + sizeof(length), bytes, length);
	remembered->length += sizeof(length) + length;
	return 0;
}

static int add_chunk(struct remembered *remembered, struct store *store, int64_t id, struct err *err)
{
	sqlite3_stmt *get = store_statement(store, ST_CHUNK_GET, err);

	if (!get)
		return store_failed(store, err);
	sqlite3_bind_int64(get, 1, id);
	int rc = store_step(store, get, err);

	if (rc <= 0)
		return rc ? rc : store_damaged(store, _("a list of files is missing"), err);
	const void *bytes = sqlite3_column_blob(get, 0);
	int length = sqlite3_column_bytes(get, 0);

	if (!bytes || length <= 0)
		rc = store_damaged(store, _("a list of files is garbled"), err);
	else
		rc = append(remembered, bytes, (uint32_t)length, err);
	sqlite3_reset(get);
	return rc;
}

/* A row: path of a directory, its version's lists. */
static int add_row(struct remembered *remembered, struct store *store, sqlite3_stmt *row, struct list_ids *ids, struct err *err)
{
	const struct image *image = remembered->image;
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
	ids->count = 0;
	int rc = list_ids_read(ids, sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1));

	if (rc == -EINVAL)
		return store_damaged(store, _("a list of files is garbled"), err);
	if (rc)
		return out_of_memory(err);
	remembered->at[dir] = remembered->length + 1;
	for (size_t i = 0; !rc && i < ids->count; i++)
		rc = add_chunk(remembered, store, ids->items[i], err);
	return rc ? rc : append(remembered, NULL, 0, err);
}

/* CROSS JOIN: the order of the tables is meant; there are no statistics to choose it by. */
static const char lists_sql[] = "SELECT p.path, v.lists FROM snapshots s CROSS JOIN dirs p ON p.root_id=s.root_id"
				" CROSS JOIN dir_versions v ON v.dir_id=p.id AND v.first_id<=s.id AND v.last_id>=s.id WHERE s.id=?1";

static int load(struct remembered *remembered, struct store *store, struct err *err)
{
	sqlite3_stmt *rows = store_prepare(store, lists_sql, err);
	struct list_ids ids = {0};
	int rc;

	if (!rows)
		return store_failed(store, err);
	sqlite3_bind_int64(rows, 1, remembered->image->snapshot_id);
	while ((rc = store_step(store, rows, err)) == 1) {
		rc = add_row(remembered, store, rows, &ids, err);
		if (rc)
			break;
	}
	sqlite3_finalize(rows);
	free(ids.items);
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

static int files(void *context, uint32_t dir, int (*take)(void *taker, const struct warm_file *file), void *taker)
{
	const struct remembered *remembered = context;
	struct taker each = {.take = take, .taker = taker};
	uint64_t at = remembered->at[dir];
	int rc = at ? 0 : -ENOENT;

	for (at--; !rc;) {
		uint32_t length;

		memcpy(&length, remembered->bytes + at, sizeof(length));
		if (!length)
			break;
		at += sizeof(length);
		rc = unpack_each(remembered->bytes + at, length, take_entry, &each);
		at += length;
	}
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

int remembered_load(struct store *store, const struct image *image, const struct snapshot_list *history, struct remembered **out, struct err *err)
{
	struct warm_source source = {.files = files};

	*out = NULL;
	if (!may_trust(&source, image->snapshot_id, history))
		return 0;
	struct remembered *remembered = alloc_zero(struct remembered);

	if (!remembered)
		return out_of_memory(err);
	remembered->source = source;
	remembered->source.context = remembered;
	remembered->image = image;
	remembered->at = alloc_array(image->count, sizeof(*remembered->at));
	store_read_begin(store);
	int rc = remembered->at ? load(remembered, store, err) : out_of_memory(err);

	store_read_end(store);
	if (rc)
		remembered_free(remembered);
	else
		*out = remembered;
	return rc;
}

void remembered_free(struct remembered *remembered)
{
	if (!remembered)
		return;
	free(remembered->at);
	free(remembered->bytes);
	free(remembered);
}

const struct warm_source *remembered_source(const struct remembered *remembered)
{
	return &remembered->source;
}

const struct image *remembered_image(const struct remembered *remembered)
{
	return remembered->image;
}
