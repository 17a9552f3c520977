/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/files/chunk_ids.h"

#include <errno.h>

#include "base/alloc.h"
#include "store/files/varint.h"

int chunk_ids_add(struct chunk_ids *ids, int64_t id)
{
	if (alloc_room(&ids->items, &ids->capacity, ids->count + 1))
		return -ENOMEM;
	ids->items[ids->count++] = id;
	return 0;
}

int chunk_ids_read(struct chunk_ids *ids, const void *blob, size_t length)
{
	const unsigned char *at = blob, *end = at + length;
	uint64_t id = 0, step;

	if (!blob)
		return length ? -EINVAL : 0;
	while (at < end) {
		if (!varint_get(&at, end, &step))
			return -EINVAL;
		id += unzigzag(step);
		if (!id || id > INT64_MAX)
			return -EINVAL;
		if (chunk_ids_add(ids, (int64_t)id))
			return -ENOMEM;
	}
	return 0;
}

size_t chunk_ids_room(const struct chunk_ids *ids)
{
	return ids->count * VARINT_MAX;
}

size_t chunk_ids_write(const struct chunk_ids *ids, unsigned char *out)
{
	unsigned char *at = out;
	uint64_t last = 0;

	for (size_t i = 0; i < ids->count; i++) {
		at = varint_put(at, zigzag((uint64_t)ids->items[i] - last));
		last = (uint64_t)ids->items[i];
	}
	return (size_t)(at - out);
}
