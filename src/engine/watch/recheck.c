/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/recheck.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define MOST 65536u

/* Every wait is equally long, so that a ring in order of arrival is in order of time. */
struct waiting {
	dir_id dir;
	uint8_t length;
	char *name;
	int64_t due_ns;
};

struct settle {
	pthread_mutex_t lock;
	int64_t delay_ns;
	struct waiting *ring;    /* MOST of them, allocated at first use */
	uint32_t *hash;          /* ring index + 1; MOST * 2 slots */
	uint32_t first, count;
	int64_t all_ns;          /* when everything is read again since the ring was full; 0 = not */
};

struct settle *settle_create(int64_t delay_ns)
{
	struct settle *settle = alloc_zero(struct settle);

	if (settle) {
		settle->delay_ns = delay_ns;
		pthread_mutex_init(&settle->lock, NULL);
	}
	return settle;
}

void settle_destroy(struct settle *settle)
{
	if (!settle)
		return;
	for (uint32_t i = 0; i < settle->count; i++)
		free(settle->ring[(settle->first + i) % MOST].name);
	free(settle->ring);
	free(settle->hash);
	pthread_mutex_destroy(&settle->lock);
	free(settle);
}

static uint32_t home(dir_id dir, const void *name, size_t length)
{
	const unsigned char *at = name;
	uint64_t x = dir * 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < length; i++)
		x = (x ^ at[i]) * 0x100000001b3u;
	return (uint32_t)(x ^ x >> 31) & (MOST * 2 - 1);
}

static uint32_t *slot_of(const struct settle *settle, dir_id dir, const void *name, size_t length)
{
	uint32_t i = home(dir, name, length);

	for (; settle->hash[i]; i = (i + 1) & (MOST * 2 - 1)) {
		const struct waiting *at = &settle->ring[settle->hash[i] - 1];

		if (at->dir == dir && at->length == length && !memcmp(at->name, name, length))
			break;
	}
	return &settle->hash[i];
}

/* Take a slot out of the hash; what follows it moves up. */
static void empty_slot(struct settle *settle, uint32_t *slot)
{
	uint32_t hole = (uint32_t)(slot - settle->hash), i = hole;

	for (;;) {
		i = (i + 1) & (MOST * 2 - 1);
		if (!settle->hash[i])
			break;
		const struct waiting *at = &settle->ring[settle->hash[i] - 1];
		uint32_t from = home(at->dir, at->name, at->length);

		if (((i - from) & (MOST * 2 - 1)) < ((i - hole) & (MOST * 2 - 1)))
			continue;
		settle->hash[hole] = settle->hash[i];
		hole = i;
	}
	settle->hash[hole] = 0;
}

static void note(struct settle *settle, dir_id dir, const void *name, size_t length, int64_t now_ns)
{
	if (!settle->ring) {
		settle->ring = alloc_array(MOST, sizeof *settle->ring);
		settle->hash = alloc_array((size_t)MOST * 2, sizeof *settle->hash);
		if (!settle->ring || !settle->hash) {
			free(settle->ring);
			free(settle->hash);
			settle->ring = NULL;
			settle->hash = NULL;
			goto all;
		}
	}
	uint32_t *slot = slot_of(settle, dir, name, length);

	/* It changed once more: whoever looks at it then sees that, and notes it again. */
	if (*slot)
		return;
	char *copy = settle->count < MOST ? alloc_copy(name, length) : NULL;

	if (copy) {
		uint32_t at = (settle->first + settle->count++) % MOST;

		settle->ring[at] = (struct waiting){.dir = dir,
		                                    .length = (uint8_t)length,
		                                    .name = copy,
		                                    .due_ns = now_ns + settle->delay_ns};
		*slot = at + 1;
		return;
	}
all:
	if (!settle->all_ns)
		settle->all_ns = now_ns + settle->delay_ns;
}

void settle_note(struct settle *settle, dir_id dir, const void *name, size_t length, int64_t now_ns)
{
	pthread_mutex_lock(&settle->lock);
	note(settle, dir, name, length, now_ns);
	pthread_mutex_unlock(&settle->lock);
}

int64_t settle_run(struct settle *settle, struct dirty *dirty, int64_t now_ns)
{
	pthread_mutex_lock(&settle->lock);
	if (settle->all_ns && settle->all_ns <= now_ns) {
		settle->all_ns = 0;
		dirty_tree(dirty, DIR_ROOT);
	}
	while (settle->count && settle->ring[settle->first].due_ns <= now_ns) {
		struct waiting due = settle->ring[settle->first];

		empty_slot(settle, slot_of(settle, due.dir, due.name, due.length));
		settle->first = (settle->first + 1) % MOST;
		settle->count--;
		dirty_name(dirty, due.dir, due.name, due.length);
		free(due.name);
	}
	int64_t next = settle->count ? settle->ring[settle->first].due_ns : INT64_MAX;

	if (settle->all_ns && settle->all_ns < next)
		next = settle->all_ns;
	pthread_mutex_unlock(&settle->lock);
	return next;
}
