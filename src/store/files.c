/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/handle.h"
#include "store/lists.h"
#include "store/pack.h"

/* Bytes of all chunks, one behind the other, and where each ends. */
struct chunks {
	struct buf bytes;
	size_t *ends;
	size_t count, capacity;
};

static int read_chunk(struct store *store, int64_t id, struct chunks *chunks, struct err *err)
{
	sqlite3_stmt *get = store_statement(store, ST_CHUNK_GET, err);

	if (!get)
		return store_failed(store, err);
	sqlite3_bind_int64(get, 1, id);
	int rc = store_step(store, get, err);

	if (rc <= 0)
		return rc ? rc : store_damaged(store, "a list of files is missing", err);
	const void *bytes = sqlite3_column_blob(get, 0);
	size_t length = (size_t)sqlite3_column_bytes(get, 0);
	size_t *ends = alloc_grow(chunks->ends, &chunks->capacity, chunks->count + 1, sizeof(*ends));

	rc = ends && (!length || bytes) ? buf_add(&chunks->bytes, bytes, length) : -ENOMEM;
	if (ends) {
		chunks->ends = ends;
		ends[chunks->count++] = chunks->bytes.length;
	}
	sqlite3_reset(get);
	return rc ? err_set(err, rc, "out of memory") : 0;
}

/* The chunks' ids that the version valid at the snapshot names. */
static int read_ids(struct store *store, int64_t dir, int64_t snapshot, struct list_ids *ids, struct err *err)
{
	sqlite3_stmt *at = store_statement(store, ST_VERSION_AT, err);

	if (!at)
		return store_failed(store, err);
	sqlite3_bind_int64(at, 1, dir);
	sqlite3_bind_int64(at, 2, snapshot);
	int rc = store_step(store, at, err);

	if (rc <= 0)
		return rc ? rc : err_set(err, -ENOENT, "snapshot %lld is not there any more", (long long)snapshot);
	rc = list_ids_read(ids, sqlite3_column_blob(at, 0), (size_t)sqlite3_column_bytes(at, 0));
	sqlite3_reset(at);
	if (rc == -EINVAL)
		return store_damaged(store, "a list of files is garbled", err);
	return rc ? err_set(err, rc, "out of memory") : 0;
}

int files_read(struct store *store, const struct image *image, uint32_t dir, struct file_list *out, struct err *err)
{
	struct list_ids ids = {0};
	struct chunks chunks = {0};
	size_t capacity = 0, start = 0;
	int rc;

	*out = (struct file_list){0};
	if (!image->store_id || dir >= image->count)
		return err_set(err, -EINVAL, "files are known only of stored snapshots");
	rc = read_ids(store, image->store_id[dir], image->snapshot_id, &ids, err);
	for (size_t i = 0; !rc && i < ids.count; i++)
		rc = read_chunk(store, ids.items[i], &chunks, err);
	out->memory = chunks.bytes.data;
	for (size_t i = 0; !rc && i < chunks.count; start = chunks.ends[i++]) {
		rc = unpack_chunk((unsigned char *)chunks.bytes.data + start, chunks.ends[i] - start, out, &capacity);
		if (rc)
			rc = rc == -EINVAL ? store_damaged(store, "a list of files is garbled", err) : err_set(err, rc, "out of memory");
	}
	free(ids.items);
	free(chunks.ends);
	if (rc)
		file_list_clear(out);
	return rc;
}
