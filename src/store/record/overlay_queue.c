/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/record/overlay_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

/*
 * Paths by their hash.  Nothing is taken out: each word has a number, and a word about something below a directory
 * that went later than that is left out when the rows are asked for, by walking up the path.  So a tombstone costs
 * nothing, however much has been noted below it.
 */
struct noted {
	size_t path;            /* offset in `paths` */
	uint64_t told, went;    /* numbers of the latest word, and of the latest tombstone (0 = none) */
	struct overlay_row row; /* its path and kind are made by overlay_queue_rows() */
	bool gone;
};

struct overlay_queue {
	struct noted *noted;
	size_t count, capacity;
	struct hash by_path; /* index in noted */
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
	hash_free(&queue->by_path);
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
	hash_clear(&queue->by_path);
}

/* What is noted of a path of that hash, or NULL. */
static struct noted *find(const struct overlay_queue *queue, uint32_t hash, const char *path, size_t length)
{
	HASH_EACH (&queue->by_path, hash, i) {
		struct noted *noted = &queue->noted[i];

		if (noted->row.length == length && (!length || !memcmp(queue->paths.data + noted->path, path, length)))
			return noted;
	}
	return NULL;
}

int overlay_queue_add(struct overlay_queue *queue, const char *path, size_t length, const struct overlay_row *figures,
                      bool gone)
{
	uint32_t hash = hash_bytes(0, path, length);
	struct noted *noted = find(queue, hash, path, length);

	if (!noted) {
		size_t at = queue->paths.length;

		if (alloc_room(&queue->noted, &queue->capacity, queue->count + 1))
			return -ENOMEM;
		if (hash_reserve(&queue->by_path, queue->count + 1))
			return -ENOMEM;
		if (length && buf_add(&queue->paths, path, length)) {
			queue->paths.failed = false; /* what is in it is whole */
			return -ENOMEM;
		}
		hash_add(&queue->by_path, hash, (uint32_t)queue->count);
		noted = &queue->noted[queue->count++];
		*noted = (struct noted){.path = at};
	}
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
	uint64_t state = HASH_START;

	for (size_t i = 0; i < noted->row.length; i++) {
		if (i == 0 || path[i] == '/') {
			const struct noted *above = find(queue, hash_end(state), path, i);

			if (above && above->went > noted->told)
				return true;
		}
		state = hash_more(state, (unsigned char)path[i]);
	}
	return false;
}

const struct overlay_row *overlay_queue_rows(struct overlay_queue *queue, size_t *count)
{
	*count = 0;

	if (alloc_room(&queue->rows, &queue->row_capacity, queue->count + 1))
		return NULL;
	for (size_t i = 0; i < queue->count; i++) {
		const struct noted *noted = &queue->noted[i];

		if (queue->tombstones && hidden(queue, noted))
			continue;
		queue->rows[*count] = noted->row;
		queue->rows[*count].path = queue->paths.data ? queue->paths.data + noted->path : "";
		queue->rows[(*count)++].kind = noted->gone ? OVERLAY_GONE
		                             : noted->went ? OVERLAY_AGAIN
		                                           : OVERLAY_CHANGED;
	}
	return queue->rows;
}
