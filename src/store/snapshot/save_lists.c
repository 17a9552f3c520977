/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lists of files of what is saved: a chunk that the list before has too is named again, not written. */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "store/snapshot/save_state.h"

/*
 * Hashes of the chunks that the directory's newest version names: those of the new list that are among them are not
 * written again.
 */
static int read_old_list(struct save *save, int64_t dir)
{
	struct store *store = save->store;
	sqlite3_stmt *head = store_statement(store, ST_VERSION_HEAD, save->err);

	save->old_ids.count = 0;
	sqlite3_bind_int64(head, 1, dir);
	int rc = store_step(store, head, save->err);

	if (rc <= 0)
		return rc;
	rc = chunk_ids_read(&save->old_ids, sqlite3_column_blob(head, 1), (size_t)sqlite3_column_bytes(head, 1));
	sqlite3_reset(head);
	if (rc)
		return rc == -ENOMEM ? err_no_memory(save->err)
		                     : store_damaged(store, _("a list of files is garbled"), save->err);

	if (alloc_room(&save->old_hashes, &save->old_capacity, save->old_ids.count))
		return err_no_memory(save->err);
	for (size_t i = 0; i < save->old_ids.count; i++) {
		sqlite3_stmt *get = store_statement(store, ST_CHUNK_GET, save->err);

		sqlite3_bind_int64(get, 1, save->old_ids.items[i]);
		rc = store_step(store, get, save->err);
		if (rc <= 0)
			return rc ? rc : store_damaged(store, _("a list of files is missing"), save->err);
		save->old_hashes[i] = XXH3_128bits(sqlite3_column_blob(get, 0), (size_t)sqlite3_column_bytes(get, 0));
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

int save_list(struct save *save, uint32_t b, int64_t dir, bool known, size_t *length)
{
	size_t start = 0, next = 0;
	int rc = file_chunks_pack(&save->packed, save->tree, save->fresh->dir[b]) ? err_no_memory(save->err) : 0;

	save->ids.count = save->old_ids.count = 0;
	if (!rc && known && save->packed.count)
		rc = read_old_list(save, dir);
	for (size_t i = 0; !rc && i < save->packed.count; start = save->packed.ends[i++]) {
		const unsigned char *bytes = save->packed.bytes + start;
		size_t size = save->packed.ends[i] - start;
		int64_t id = save->old_ids.count ? old_chunk(save, XXH3_128bits(bytes, size), &next) : 0;

		if (!id)
			rc = add_chunk(save, bytes, size, &id);
		if (!rc && chunk_ids_add(&save->ids, id))
			rc = err_no_memory(save->err);
	}
	if (rc)
		return rc;
	if (alloc_room(&save->blob, &save->blob_capacity, chunk_ids_room(&save->ids)))
		return err_no_memory(save->err);
	*length = chunk_ids_write(&save->ids, save->blob);
	return 0;
}

int save_remembered_list(struct save *save, int64_t dir, size_t *length)
{
	sqlite3_stmt *at = store_statement(save->store, ST_VERSION_AT, save->err);

	sqlite3_bind_int64(at, 1, dir);
	sqlite3_bind_int64(at, 2, save->meta->remembered);
	int rc = store_step(save->store, at, save->err);

	if (rc <= 0)
		return rc ? rc
		          : err_set(save->err, -ENOENT, _("snapshot %lld is not there any more"),
		                    (long long)save->meta->remembered);
	const void *blob = sqlite3_column_blob(at, 0);
	size_t bytes = (size_t)sqlite3_column_bytes(at, 0);

	rc = alloc_room(&save->blob, &save->blob_capacity, bytes);
	if (!rc && bytes)
		memcpy(save->blob, blob, bytes);
	*length = bytes;
	sqlite3_reset(at);
	return rc ? err_no_memory(save->err) : 0;
}
