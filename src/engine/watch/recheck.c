/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/recheck.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

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
	struct hash by_name;     /* places in the ring */
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
	hash_free(&recheck->by_name);
	pthread_mutex_destroy(&recheck->lock);
	free(recheck);
}

static bool is_noted(const struct recheck *recheck, uint32_t hash, dir_id dir, const void *name, size_t length)
{
	HASH_EACH (&recheck->by_name, hash, i) {
		const struct waiting *at = &recheck->ring[i];

		if (at->dir == dir && at->length == length && !memcmp(at->name, name, length))
			return true;
	}
	return false;
}

static void note(struct recheck *recheck, dir_id dir, const void *name, size_t length, int64_t now_ns)
{
	uint32_t hash = hash_bytes(dir, name, length);

	if (!recheck->ring)
		recheck->ring = alloc_array(MOST, sizeof *recheck->ring);
	if (!recheck->ring)
		goto all;
	/* It changed once more: whoever looks at it then sees that, and notes it again. */
	if (is_noted(recheck, hash, dir, name, length))
		return;
	char *copy = recheck->count < MOST ? alloc_copy(name, length) : NULL;

	uint32_t at = (recheck->first + recheck->count) % MOST;

	if (copy && !hash_add(&recheck->by_name, hash, at)) {
		recheck->count++;
		recheck->ring[at] = (struct waiting){.dir = dir,
		                                     .length = (uint8_t)length,
		                                     .name = copy,
		                                     .due_ns = now_ns + recheck->delay_ns};
		return;
	}
	free(copy);
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

		hash_remove(&recheck->by_name, hash_bytes(due.dir, due.name, due.length), recheck->first);
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
