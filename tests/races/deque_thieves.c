/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The deque under ThreadSanitizer: what the owner wrote before a push, whoever takes the item must see; and each item
 * once.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/scan/deque.h"

#define ITEMS 60000
#define THIEVES 3

static struct deque deque;
static uint64_t payload[ITEMS + 1]; /* plain: the deque must order it */
static _Atomic unsigned char taken[ITEMS + 1];
static _Atomic bool done;
static _Atomic int wrong;

static void take(uint64_t item)
{
	if (payload[item] != item * 3)
		atomic_fetch_add(&wrong, 1);
	payload[item] = 0;
	atomic_fetch_add(&taken[item], 1);
}

static void *thief(void *unused)
{
	(void)unused;
	for (;;) {
		bool last = atomic_load(&done);
		uint64_t item = deque_steal(&deque);

		if (item)
			take(item);
		else if (last)
			return NULL;
	}
}

int main(void)
{
	pthread_t threads[THIEVES];
	unsigned random = 1;

	if (deque_init(&deque))
		return 1;
	for (int i = 0; i < THIEVES; i++)
		if (pthread_create(&threads[i], NULL, thief, NULL))
			return 1;
	for (uint64_t item = 1; item <= ITEMS; item++) {
		payload[item] = item * 3;
		if (deque_push(&deque, item))
			return 1;
		random = random * 1664525u + 1013904223u;
		/* Long runs now and then, so that the ring grows; mostly near empty, where it is hard. */
		for (unsigned n = (item / 2000) % 3 ? random >> 30 : 0; n; n--) {
			uint64_t popped = deque_pop(&deque);

			if (popped)
				take(popped);
		}
	}
	for (uint64_t popped; (popped = deque_pop(&deque));)
		take(popped);
	atomic_store(&done, true);
	for (int i = 0; i < THIEVES; i++)
		pthread_join(threads[i], NULL);
	int missed = 0;

	for (int i = 1; i <= ITEMS; i++)
		missed += taken[i] != 1;
	deque_destroy(&deque);
	printf("%d passed, %d failed\n", !missed + !wrong, !!missed + !!wrong);
	return missed || wrong;
}
