/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/record/overlay_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"

/*
 * An open hash of paths.  Nothing is taken out: each word has a number, and a word about something below a directory
 * that went later than that is left out when the rows are asked for, by walking up the path.  So a tombstone costs
 * nothing, however much has been noted below it.
 */
struct noted {
	size_t path; /* offset in `paths` */
	uint64_t hash;
	uint64_t told, went;    /* numbers of the latest word, and of the latest tombstone (0 = none) */
	struct overlay_row row; /* its path and kind are made by overlay_queue_rows() */
	bool gone;
};

struct overlay_queue {
	struct noted *noted;
	size_t count, capacity;
	uint32_t *slots; /* index + 1 in noted; 0 = free */
	size_t mask;
	struct buf paths;
	uint64_t number;
	size_t tombstones;
	struct overlay_row *rows;
	size_t row_capacity;
};

struct overlay_queue *overlay_queue_create(void)
{
	return alloc_zero(struct overlay_queue);
}

void overlay_queue_destroy(struct overlay_queue *queue)
{
	if (!queue)
		return;
	free(queue->noted);
	free(queue->slots);
	free(queue->rows);
	buf_free(&queue->paths);
	free(queue);
}

size_t overlay_queue_count(const struct overlay_queue *queue)
{
	return queue->count;
}

void overlay_queue_clear(struct overlay_queue *queue)
{
	queue->count = queue->tombstones = 0;
	buf_clear(&queue->paths);
	if (queue->slots)
		memset(queue->slots, 0, (queue->mask + 1) * sizeof(*queue->slots));
}

/* The slot of a path: of what is noted of it, or a free one. */
static uint32_t *slot_of(const struct overlay_queue *queue, const char *path, size_t length, uint64_t hash)
{
	size_t i = hash & queue->mask;

	for (; queue->slots[i]; i = (i + 1) & queue->mask) {
		const struct noted *noted = &queue->noted[queue->slots[i] - 1];

		if (noted->hash == hash && noted->row.length == length &&
		    (!length || !memcmp(queue->paths.data + noted->path, path, length)))
			break;
	}
	return &queue->slots[i];
}

static int grow(struct overlay_queue *queue)
{
	size_t slots = queue->slots ? (queue->mask + 1) * 2 : 256;
	uint32_t *fresh;

	if (queue->slots && queue->count < queue->mask / 4 * 3)
		return 0;
	if (queue->count >= UINT32_MAX - 1 || !(fresh = alloc_array(slots, sizeof(*fresh))))
		return -ENOMEM;
	free(queue->slots);
	queue->slots = fresh;
	queue->mask = slots - 1;
	for (size_t i = 0; i < queue->count; i++) {
		size_t at = queue->noted[i].hash & queue->mask;

		while (fresh[at])
			at = (at + 1) & queue->mask;
		fresh[at] = (uint32_t)i + 1;
	}
	return 0;
}

int overlay_queue_add(struct overlay_queue *queue, const char *path, size_t length, const struct overlay_row *figures,
                      bool gone)
{
	uint64_t hash = XXH3_64bits(path, length);

	if (grow(queue))
		return -ENOMEM;
	uint32_t *slot = slot_of(queue, path, length, hash);

	if (!*slot) {
		struct noted *noted = alloc_grow(queue->noted, &queue->capacity, queue->count + 1, sizeof(*noted));
		size_t at = queue->paths.length;

		if (!noted)
			return -ENOMEM;
		queue->noted = noted;
		if (length && buf_add(&queue->paths, path, length)) {
			queue->paths.failed = false; /* what is in it is whole */
			return -ENOMEM;
		}
		noted[queue->count++] = (struct noted){.path = at, .hash = hash};
		*slot = (uint32_t)queue->count;
	}
	struct noted *noted = &queue->noted[*slot - 1];

	noted->row = *figures;
	noted->row.length = length;
	noted->gone = gone;
	noted->told = ++queue->number;
	if (gone) {
		noted->went = noted->told;
		queue->tombstones++;
	}
	return 0;
}

/* Has a directory above it gone since it was told of? */
static bool hidden(const struct overlay_queue *queue, const struct noted *noted)
{
	const char *path = queue->paths.data + noted->path;

	for (size_t length = noted->row.length; length;) {
		const char *slash = memrchr(path, '/', length);

		length = slash ? (size_t)(slash - path) : 0;
		uint32_t slot = *slot_of(queue, path, length, XXH3_64bits(path, length));

		if (slot && queue->noted[slot - 1].went > noted->told)
			return true;
	}
	return false;
}

const struct overlay_row *overlay_queue_rows(struct overlay_queue *queue, size_t *count)
{
	struct overlay_row *rows = alloc_grow(queue->rows, &queue->row_capacity, queue->count + 1, sizeof(*rows));

	*count = 0;
	if (!rows)
		return NULL;
	queue->rows = rows;
	for (size_t i = 0; i < queue->count; i++) {
		const struct noted *noted = &queue->noted[i];

		if (queue->tombstones && hidden(queue, noted))
			continue;
		rows[*count] = noted->row;
		rows[*count].path = queue->paths.data ? queue->paths.data + noted->path : "";
		rows[(*count)++].kind = noted->gone ? OVERLAY_GONE : noted->went ? OVERLAY_AGAIN : OVERLAY_CHANGED;
	}
	return rows;
}
