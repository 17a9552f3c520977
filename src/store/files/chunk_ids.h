/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_CHUNK_IDS_H
#define STORE_SNAPSHOT_CHUNK_IDS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Column `lists` of dir_versions: the ids of the file_chunks that hold the directory's files, in order, as
 * zigzag varints of their difference from the one before (the first: from 0).  NULL where there are no files.
 */
struct chunk_ids {
	int64_t *items;
	size_t count, capacity;
};

/** Append.  0 or -ENOMEM. */
int chunk_ids_add(struct chunk_ids *ids, int64_t id);

/** Append those of a blob; -EINVAL when it cannot be right, -ENOMEM. */
int chunk_ids_read(struct chunk_ids *ids, const void *blob, size_t length);

/** Bytes that chunk_ids_write() may need. */
size_t chunk_ids_room(const struct chunk_ids *ids);

/** Write the blob; its length. */
size_t chunk_ids_write(const struct chunk_ids *ids, unsigned char *out);

#endif
