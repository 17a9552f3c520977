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
	size_t path;              /* offset in `paths` */
	uint64_t hash;
	uint64_t told, went;      /* numbers of the latest word, and of the latest tombstone (0 = none) */
	struct overlay_row row;   /* its path and kind are made by pending_rows() */
	bool gone;
};

struct pending {
	struct noted *noted;
	size_t count, capacity;
	uint32_t *slots;          /* index + 1 in noted; 0 = free */
	size_t mask;
	struct buf paths;
	uint64_t number;
	size_t tombstones;
	struct overlay_row *rows;
	size_t row_capacity;
};

struct pending *pending_create(void)
{
	return alloc_zero(struct pending);
}

void pending_destroy(struct pending *pending)
{
	if (!pending)
		return;
	free(pending->noted);
	free(pending->slots);
	free(pending->rows);
	buf_free(&pending->paths);
	free(pending);
}

size_t pending_count(const struct pending *pending)
{
	return pending->count;
}

void pending_clear(struct pending *pending)
{
	pending->count = pending->tombstones = 0;
	buf_clear(&pending->paths);
	if (pending->slots)
		memset(pending->slots, 0, (pending->mask + 1) * sizeof(*pending->slots));
}

/* The slot of a path: of what is noted of it, or a free one. */
static uint32_t *slot_of(const struct pending *pending, const char *path, size_t length, uint64_t hash)
{
	size_t i = hash & pending->mask;

	for (; pending->slots[i]; i = (i + 1) & pending->mask) {
		const struct noted *noted = &pending->noted[pending->slots[i] - 1];

		if (noted->hash == hash && noted->row.length == length &&
		    (!length || !memcmp(pending->paths.data + noted->path, path, length)))
			break;
	}
	return &pending->slots[i];
}

static int grow(struct pending *pending)
{
	size_t slots = pending->slots ? (pending->mask + 1) * 2 : 256;
	uint32_t *fresh;

	if (pending->slots && pending->count < pending->mask / 4 * 3)
		return 0;
	if (pending->count >= UINT32_MAX - 1 || !(fresh = alloc_array(slots, sizeof(*fresh))))
		return -ENOMEM;
	free(pending->slots);
	pending->slots = fresh;
	pending->mask = slots - 1;
	for (size_t i = 0; i < pending->count; i++) {
		size_t at = pending->noted[i].hash & pending->mask;

		while (fresh[at])
			at = (at + 1) & pending->mask;
		fresh[at] = (uint32_t)i + 1;
	}
	return 0;
}

int pending_add(struct pending *pending, const char *path, size_t length, const struct overlay_row *figures, bool gone)
{
	uint64_t hash = XXH3_64bits(path, length);

	if (grow(pending))
		return -ENOMEM;
	uint32_t *slot = slot_of(pending, path, length, hash);

	if (!*slot) {
		struct noted *noted = alloc_grow(pending->noted, &pending->capacity, pending->count + 1,
		                                 sizeof(*noted));
		size_t at = pending->paths.length;

		if (!noted)
			return -ENOMEM;
		pending->noted = noted;
		if (length && buf_add(&pending->paths, path, length)) {
			pending->paths.failed = false; /* what is in it is whole */
			return -ENOMEM;
		}
		noted[pending->count++] = (struct noted){.path = at, .hash = hash};
		*slot = (uint32_t)pending->count;
	}
	struct noted *noted = &pending->noted[*slot - 1];

	noted->row = *figures;
	noted->row.length = length;
	noted->gone = gone;
	noted->told = ++pending->number;
	if (gone) {
		noted->went = noted->told;
		pending->tombstones++;
	}
	return 0;
}

/* Has a directory above it gone since it was told of? */
static bool hidden(const struct pending *pending, const struct noted *noted)
{
	const char *path = pending->paths.data + noted->path;

	for (size_t length = noted->row.length; length;) {
		const char *slash = memrchr(path, '/', length);

		length = slash ? (size_t)(slash - path) : 0;
		uint32_t slot = *slot_of(pending, path, length, XXH3_64bits(path, length));

		if (slot && pending->noted[slot - 1].went > noted->told)
			return true;
	}
	return false;
}

const struct overlay_row *pending_rows(struct pending *pending, size_t *count)
{
	struct overlay_row *rows = alloc_grow(pending->rows, &pending->row_capacity, pending->count + 1, sizeof(*rows));

	*count = 0;
	if (!rows)
		return NULL;
	pending->rows = rows;
	for (size_t i = 0; i < pending->count; i++) {
		const struct noted *noted = &pending->noted[i];

		if (pending->tombstones && hidden(pending, noted))
			continue;
		rows[*count] = noted->row;
		rows[*count].path = pending->paths.data ? pending->paths.data + noted->path : "";
		rows[(*count)++].kind = noted->gone ? OVERLAY_GONE : noted->went ? OVERLAY_AGAIN : OVERLAY_CHANGED;
	}
	return rows;
}
