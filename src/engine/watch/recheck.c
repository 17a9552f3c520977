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

struct recheck {
	pthread_mutex_t lock;
	int64_t delay_ns;
	struct waiting *ring;    /* MOST of them, allocated at first use */
	uint32_t *hash;          /* ring index + 1; MOST * 2 slots */
	uint32_t first, count;
	int64_t all_ns;          /* when everything is read again since the ring was full; 0 = not */
};

struct recheck *recheck_create(int64_t delay_ns)
{
	struct recheck *recheck = alloc_zero(struct recheck);

	if (recheck) {
		recheck->delay_ns = delay_ns;
		pthread_mutex_init(&recheck->lock, NULL);
	}
	return recheck;
}

void recheck_destroy(struct recheck *recheck)
{
	if (!recheck)
		return;
	for (uint32_t i = 0; i < recheck->count; i++)
		free(recheck->ring[(recheck->first + i) % MOST].name);
	free(recheck->ring);
	free(recheck->hash);
	pthread_mutex_destroy(&recheck->lock);
	free(recheck);
}

static uint32_t home(dir_id dir, const void *name, size_t length)
{
	const unsigned char *at = name;
	uint64_t x = dir * 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < length; i++)
		x = (x ^ at[i]) * 0x100000001b3u;
	return (uint32_t)(x ^ x >> 31) & (MOST * 2 - 1);
}

static uint32_t *slot_of(const struct recheck *recheck, dir_id dir, const void *name, size_t length)
{
	uint32_t i = home(dir, name, length);

	for (; recheck->hash[i]; i = (i + 1) & (MOST * 2 - 1)) {
		const struct waiting *at = &recheck->ring[recheck->hash[i] - 1];

		if (at->dir == dir && at->length == length && !memcmp(at->name, name, length))
			break;
	}
	return &recheck->hash[i];
}

/* Take a slot out of the hash; what follows it moves up. */
static void empty_slot(struct recheck *recheck, uint32_t *slot)
{
	uint32_t hole = (uint32_t)(slot - recheck->hash), i = hole;

	for (;;) {
		i = (i + 1) & (MOST * 2 - 1);
		if (!recheck->hash[i])
			break;
		const struct waiting *at = &recheck->ring[recheck->hash[i] - 1];
		uint32_t from = home(at->dir, at->name, at->length);

		if (((i - from) & (MOST * 2 - 1)) < ((i - hole) & (MOST * 2 - 1)))
			continue;
		recheck->hash[hole] = recheck->hash[i];
		hole = i;
	}
	recheck->hash[hole] = 0;
}

static void note(struct recheck *recheck, dir_id dir, const void *name, size_t length, int64_t now_ns)
{
	if (!recheck->ring) {
		recheck->ring = alloc_array(MOST, sizeof *recheck->ring);
		recheck->hash = alloc_array((size_t)MOST * 2, sizeof *recheck->hash);
		if (!recheck->ring || !recheck->hash) {
			free(recheck->ring);
			free(recheck->hash);
			recheck->ring = NULL;
			recheck->hash = NULL;
			goto all;
		}
	}
	uint32_t *slot = slot_of(recheck, dir, name, length);

	/* It changed once more: whoever looks at it then sees that, and notes it again. */
	if (*slot)
		return;
	char *copy = recheck->count < MOST ? alloc_copy(name, length) : NULL;

	if (copy) {
		uint32_t at = (recheck->first + recheck->count++) % MOST;

		recheck->ring[at] = (struct waiting){.dir = dir,
		                                     .length = (uint8_t)length,
		                                     .name = copy,
		                                     .due_ns = now_ns + recheck->delay_ns};
		*slot = at + 1;
		return;
	}
all:
	if (!recheck->all_ns)
		recheck->all_ns = now_ns + recheck->delay_ns;
}

void recheck_note(struct recheck *recheck, dir_id dir, const void *name, size_t length, int64_t now_ns)
{
	pthread_mutex_lock(&recheck->lock);
	note(recheck, dir, name, length, now_ns);
	pthread_mutex_unlock(&recheck->lock);
}

int64_t recheck_run(struct recheck *recheck, struct dirty *dirty, int64_t now_ns)
{
	pthread_mutex_lock(&recheck->lock);
	if (recheck->all_ns && recheck->all_ns <= now_ns) {
		recheck->all_ns = 0;
		dirty_tree(dirty, DIR_ROOT);
	}
	while (recheck->count && recheck->ring[recheck->first].due_ns <= now_ns) {
		struct waiting due = recheck->ring[recheck->first];

		empty_slot(recheck, slot_of(recheck, due.dir, due.name, due.length));
		recheck->first = (recheck->first + 1) % MOST;
		recheck->count--;
		dirty_name(dirty, due.dir, due.name, due.length);
		free(due.name);
	}
	int64_t next = recheck->count ? recheck->ring[recheck->first].due_ns : INT64_MAX;

	if (recheck->all_ns && recheck->all_ns < next)
		next = recheck->all_ns;
	pthread_mutex_unlock(&recheck->lock);
	return next;
}
