/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <pthread.h>
#include <stdlib.h>

#include "disk.h"
#include "engine/scan/deque.h"

/* Against an array: last in first out at the bottom, first in first out at the top. */
Test(deque, like_an_array)
{
	enum { MOST = 5000 };
	static uint64_t model[MOST];
	struct deque deque;
	size_t first = 0, end = 0;
	uint64_t seed = 1, next = 1;

	cr_assert_eq(deque_init(&deque), 0);
	cr_assert_eq(deque_pop(&deque), 0);
	cr_assert_eq(deque_steal(&deque), 0);
	while (end < MOST) {
		cr_assert_eq(deque_size(&deque), end - first);
		switch (disk_random(&seed, 5)) {
		case 0:
			cr_assert_eq(deque_pop(&deque), first < end ? model[--end] : 0);
			break;
		case 1:
			cr_assert_eq(deque_steal(&deque), first < end ? model[first++] : 0);
			break;
		default:
			cr_assert_eq(deque_push(&deque, next), 0);
			model[end++] = next++;
		}
	}
	deque_destroy(&deque);
}

#define ITEMS 200000
#define THIEVES 3

static struct deque shared;
static _Atomic unsigned char taken[ITEMS + 1];
static _Atomic bool done;

static void *thief(void *unused)
{
	(void)unused;
	for (;;) {
		bool last = atomic_load(&done);
		uint64_t item = deque_steal(&shared);

		if (item)
			atomic_fetch_add(&taken[item], 1);
		else if (last)
			return NULL;
	}
}

Test(deque, every_item_is_taken_once)
{
	pthread_t threads[THIEVES];
	uint64_t seed = 3;

	cr_assert_eq(deque_init(&shared), 0);
	for (int i = 0; i < THIEVES; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, thief, NULL), 0);
	for (uint64_t item = 1; item <= ITEMS; item++) {
		cr_assert_eq(deque_push(&shared, item), 0);
		/* Mostly near empty: the last item is the hard one. */
		while (disk_random(&seed, 3) == 0) {
			uint64_t popped = deque_pop(&shared);

			if (popped)
				atomic_fetch_add(&taken[popped], 1);
		}
	}
	for (uint64_t popped; (popped = deque_pop(&shared));)
		atomic_fetch_add(&taken[popped], 1);
	atomic_store(&done, true);
	for (int i = 0; i < THIEVES; i++)
		pthread_join(threads[i], NULL);
	for (int i = 1; i <= ITEMS; i++)
		cr_assert_eq(taken[i], 1, "item %d: %d times", i, taken[i]);
	deque_destroy(&shared);
}
