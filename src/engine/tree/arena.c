/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"

/*
 * Threads: any number take chunks (under the range's lock, once per chunk) and bump along in them without one.
 * Publication: an index reaches other threads only through a release store of whoever filled the element.
 * What is given back may have been seen by readers: waiting for them is the business of the range's user (epochs).
 */

#define COMMIT_STEP ((size_t)4 << 20)   /* bytes made accessible at a time; neighbours merge into one mapping */
#define POPULATE_MOST ((size_t)1 << 20) /* larger takes fill their pages as they go */
#define PAGE ((size_t)4096)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Reserve one range with its limit halved `halvings` times. */
static int reserve(const struct arena_wish *wish, unsigned halvings)
{
	struct arena_range *range = wish->range;
	uint32_t limit = wish->limit >> halvings;
	size_t bytes = wish->element * limit;

	memset(range, 0, sizeof *range);
	/* PROT_NONE costs nothing but addresses: strict overcommit does not count it, unlike MAP_NORESERVE. */
	range->base = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (range->base == MAP_FAILED)
		return -ENOMEM;
	if (pthread_mutex_init(&range->lock, NULL)) {
		munmap(range->base, bytes);
		return -ENOMEM;
	}
	range->element = wish->element;
	range->limit = limit;
	range->chunk = wish->chunk;
	atomic_init(&range->used, 1);
	range->ready = true;
	return 0;
}

static int reserve_all(const struct arena_wish *wishes, size_t count, unsigned halvings)
{
	for (size_t i = 0; i < count; i++)
		if (reserve(&wishes[i], halvings)) {
			while (i--)
				arena_range_destroy(wishes[i].range);
			return -ENOMEM;
		}
	return 0;
}

/* Below a few chunks there is no point in going on. */
static bool least(const struct arena_wish *wishes, size_t count, unsigned halvings)
{
	for (size_t i = 0; i < count; i++)
		if (wishes[i].limit >> halvings < 4 * wishes[i].chunk)
			return true;
	return false;
}

int arena_reserve(const struct arena_wish *wishes, size_t count)
{
	for (unsigned halvings = 0; !halvings || !least(wishes, count, halvings); halvings++) {
		if (reserve_all(wishes, count, halvings))
			continue;
		/* All that there was, or nearly: threads, the database and everybody else need some of it, too. */
		if (halvings && !least(wishes, count, halvings + 1)) {
			for (size_t i = 0; i < count; i++)
				arena_range_destroy(wishes[i].range);
			return reserve_all(wishes, count, halvings + 1);
		}
		return 0;
	}
	errno = ENOMEM;
	return -ENOMEM;
}

void arena_range_destroy(struct arena_range *range)
{
	if (!range->ready)
		return;
	munmap(range->base, (size_t)range->limit * range->element);
	free(range->free);
	pthread_mutex_destroy(&range->lock);
	memset(range, 0, sizeof *range);
}

/* Make bytes [0, end) of the range accessible.  Under the lock. */
static bool commit(struct arena_range *range, size_t end)
{
	if (end <= range->committed)
		return true;
	size_t all = (size_t)range->limit * range->element;
	size_t to = (end + COMMIT_STEP - 1) / COMMIT_STEP * COMMIT_STEP;

	if (to > all)
		to = (all + PAGE - 1) / PAGE * PAGE;
	if (mprotect(range->base + range->committed, to - range->committed, PROT_READ | PROT_WRITE))
		return false;
	range->committed = to;
	return true;
}

#define REUSE_LEAST 64 /* elements; smaller spans are not worth a cursor's while */

/*
 * Take from what was given back: *n elements at most, `least` at least.  Under the lock.  0 when there is nothing
 * fitting.
 */
static uint32_t reuse(struct arena_range *range, uint32_t least, uint32_t *n)
{
	for (size_t i = 0; i < range->free_count; i++) {
		struct arena_span *span = &range->free[i];

		if (span->n < least)
			continue;
		uint32_t at = span->first;

		if (*n > span->n)
			*n = span->n;
		span->first += *n;
		span->n -= *n;
		if (span->n < REUSE_LEAST)
			*span = range->free[--range->free_count];
		return at;
	}
	return 0;
}

static void keep(struct arena_range *range, struct arena_span span)
{
	if (span.n < REUSE_LEAST)
		return;
	pthread_mutex_lock(&range->lock);
	/* Without memory for it the span is lost until the range is destroyed. */
	if (!alloc_room(&range->free, &range->free_capacity, range->free_count + 1))
		range->free[range->free_count++] = span;
	pthread_mutex_unlock(&range->lock);
}

void arena_give(struct arena_range *range, struct arena_span span)
{
	size_t first = ((size_t)span.first * range->element + PAGE - 1) / PAGE * PAGE;
	size_t end = ((size_t)span.first + span.n) * range->element / PAGE * PAGE;

	if (end > first)
		(void)madvise(range->base + first, end - first, MADV_DONTNEED);
	keep(range, span);
}

void arena_end(struct arena_range *range, struct arena_cursor *cursor)
{
	keep(range, (struct arena_span){ .first = cursor->next, .n = cursor->end - cursor->next });
	*cursor = (struct arena_cursor){0};
}

uint32_t arena_refill(struct arena_range *range, struct arena_cursor *cursor, uint32_t n)
{
	/* A large one is taken by itself, so that the rest of the chunk is not lost. */
	bool alone = n > range->chunk / 4;
	uint32_t take = alone ? n : range->chunk;
	uint32_t at = 0;

	pthread_mutex_lock(&range->lock);
	uint32_t used = atomic_load_explicit(&range->used, memory_order_relaxed);

	if (range->free_count)
		at = reuse(range, alone ? n : n > REUSE_LEAST ? n : REUSE_LEAST, &take);
	if (take > range->limit - used)
		take = n;
	if (!at && take <= range->limit - used && commit(range, ((size_t)used + take) * range->element)) {
		at = used;
		atomic_store_explicit(&range->used, used + take, memory_order_release);
	}
	pthread_mutex_unlock(&range->lock);
	if (!at) {
		errno = ENOMEM;
		return 0;
	}

	/* One call instead of a fault per page; what it cannot do, the faults will. */
	size_t first = (size_t)at * range->element / PAGE * PAGE;
	size_t end = (((size_t)at + take) * range->element + PAGE - 1) / PAGE * PAGE;

	if (end - first <= POPULATE_MOST && end <= (size_t)range->limit * range->element) {
		int saved = errno;

		(void)madvise(range->base + first, end - first, MADV_POPULATE_WRITE);
		errno = saved;
	}
	if (!alone) {
		cursor->next = at + n;
		cursor->end = at + take;
	}
	return at;
}

uint64_t arena_memory(const struct arena_range *range)
{
	if (!range->ready)
		return 0;
	struct arena_range *locked = (struct arena_range *)(uintptr_t)range;
	uint64_t n = arena_used(range);

	pthread_mutex_lock(&locked->lock);
	for (size_t i = 0; i < range->free_count; i++)
		n -= range->free[i].n;
	pthread_mutex_unlock(&locked->lock);
	return n * range->element;
}

void epochs_init(struct epochs *epochs)
{
	memset(epochs, 0, sizeof *epochs);
	atomic_init(&epochs->now, 1);
}

unsigned epochs_pin(struct epochs *epochs)
{
	for (unsigned i = 0; i < EPOCH_SLOTS; i++) {
		uint64_t none = 0;

		if (atomic_load_explicit(&epochs->slot[i], memory_order_relaxed))
			continue;
		uint64_t now = atomic_load_explicit(&epochs->now, memory_order_acquire);

		if (atomic_compare_exchange_strong_explicit(&epochs->slot[i], &none, now, memory_order_acq_rel,
		                                            memory_order_relaxed))
			return i;
	}
	atomic_fetch_add_explicit(&epochs->crowd, 1, memory_order_acq_rel);
	return EPOCH_SLOTS;
}

void epochs_unpin(struct epochs *epochs, unsigned pin)
{
	if (pin < EPOCH_SLOTS)
		atomic_store_explicit(&epochs->slot[pin], 0, memory_order_release);
	else
		atomic_fetch_sub_explicit(&epochs->crowd, 1, memory_order_release);
}

uint64_t epochs_retire(struct epochs *epochs)
{
	return atomic_fetch_add_explicit(&epochs->now, 1, memory_order_acq_rel);
}

bool epochs_passed(struct epochs *epochs, uint64_t number)
{
	if (atomic_fetch_add_explicit(&epochs->crowd, 0, memory_order_acq_rel))
		return false;
	for (unsigned i = 0; i < EPOCH_SLOTS; i++) {
		uint64_t pin = atomic_fetch_add_explicit(&epochs->slot[i], 0, memory_order_acq_rel);

		if (pin && pin <= number)
			return false;
	}
	return true;
}
