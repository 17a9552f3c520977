/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no rule takes: of a million directories only the largest are told. */
#include "store/causes/causes_walk.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

static uint64_t magnitude(int64_t bytes)
{
	return bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes;
}

static int by_size(const void *left, const void *right)
{
	const struct rest_item *a = left, *b = right;
	uint64_t x = magnitude(a->bytes), y = magnitude(b->bytes);

	if (x != y)
		return x > y ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static void trim(struct rest *rest)
{
	if (rest->count)
		qsort(rest->items, rest->count, sizeof(*rest->items), by_size);
	while (rest->count > rest->most) {
		struct rest_item *last = &rest->items[--rest->count];

		rest->omitted++;
		rest->omitted_bytes = (int64_t)((uint64_t)rest->omitted_bytes + (uint64_t)last->bytes);
		free(last->file);
	}
}

int rest_add(struct rest *rest, uint32_t at, int64_t bytes, char *file)
{
	rest->bytes = (int64_t)((uint64_t)rest->bytes + (uint64_t)bytes);
	if (!bytes) {
		free(file);
		return 0;
	}
	if (alloc_room(&rest->items, &rest->capacity, rest->count + 1)) {
		free(file);
		return -ENOMEM;
	}
	rest->items[rest->count++] = (struct rest_item){bytes, at, file};
	if (rest->count >= 4 * rest->most + 1000) /* seldom: sorting costs */
		trim(rest);
	return 0;
}

void rest_finish(struct rest *rest)
{
	trim(rest);
}

void rest_clear(struct rest *rest)
{
	for (size_t i = 0; i < rest->count; i++)
		free(rest->items[i].file);
	free(rest->items);
	*rest = (struct rest){0};
}
