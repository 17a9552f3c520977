/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/scan/deque.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

/*
 *        top                      bottom
 *         v                         v
 *     ... | a | b | c | d | e | f |  ...      thieves take a, the owner takes f
 *
 * Both ends only grow, but for the owner's pop, which lowers bottom first and then looks at top.  They meet at the last
 * item:
 *
 *     owner                              thief
 *       bottom = b         (seq_cst)       t = top            (seq_cst)
 *       t = top            (seq_cst)       b = bottom         (seq_cst)
 *       t < b: f is ours                   t < b: read item t
 *       t = b: CAS top t → t+1             CAS top t → t+1; only then it is ours
 *
 * In the single order of the seq_cst operations either the thief sees the lowered bottom, or the owner sees the raised
 * top; for the last item the CAS decides.  ThreadSanitizer does not model fences, so there are none: the orders are on
 * the operations.
 * A slot is overwritten only after top has passed it, so a thief's CAS fails when it read a reused one.
 */

#define RING_FIRST 256

struct deque_ring {
	struct deque_ring *next;
	int64_t mask;
	_Atomic uint64_t items[]; /* relaxed: bottom and top order them */
};

static struct deque_ring *ring_create(size_t n)
{
	size_t bytes;

	if (!alloc_mul(n, sizeof(uint64_t), &bytes))
		return NULL;
	struct deque_ring *ring = alloc_array(1, sizeof(*ring) + bytes);

	if (ring)
		ring->mask = (int64_t)n - 1;
	return ring;
}

int deque_init(struct deque *deque)
{
	struct deque_ring *ring = ring_create(RING_FIRST);

	if (!ring)
		return -ENOMEM;
	atomic_init(&deque->top, 0);
	atomic_init(&deque->bottom, 0);
	atomic_init(&deque->ring, ring);
	deque->old = NULL;
	return 0;
}

void deque_destroy(struct deque *deque)
{
	free(atomic_load_explicit(&deque->ring, memory_order_relaxed));
	while (deque->old) {
		struct deque_ring *next = deque->old->next;

		free(deque->old);
		deque->old = next;
	}
	atomic_store_explicit(&deque->ring, NULL, memory_order_relaxed);
}

static struct deque_ring *grow(struct deque *deque, struct deque_ring *ring, int64_t top, int64_t bottom)
{
	struct deque_ring *grown = ring_create(((size_t)ring->mask + 1) * 2);

	if (!grown)
		return NULL;
	for (int64_t i = top; i < bottom; i++)
		atomic_store_explicit(&grown->items[i & grown->mask],
		                      atomic_load_explicit(&ring->items[i & ring->mask], memory_order_relaxed),
		                      memory_order_relaxed);
	ring->next = deque->old;
	deque->old = ring;
	atomic_store_explicit(&deque->ring, grown, memory_order_release);
	return grown;
}

int deque_push(struct deque *deque, uint64_t item)
{
	int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
	/* Pairs with the thieves' CAS: their reads of a slot are over before it is written again. */
	int64_t top = atomic_load_explicit(&deque->top, memory_order_acquire);
	struct deque_ring *ring = atomic_load_explicit(&deque->ring, memory_order_relaxed);

	if (bottom - top > ring->mask) {
		ring = grow(deque, ring, top, bottom);
		if (!ring)
			return -ENOMEM;
	}
	atomic_store_explicit(&ring->items[bottom & ring->mask], item, memory_order_relaxed);
	/* Publishes the item and all that was written before it. */
	atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_seq_cst);
	return 0;
}

uint64_t deque_pop(struct deque *deque)
{
	int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed) - 1;
	struct deque_ring *ring = atomic_load_explicit(&deque->ring, memory_order_relaxed);

	/*
	 * Often empty when a directory has no subdirectories: spare the expensive store.  Only the owner raises bottom.
	 */
	if (atomic_load_explicit(&deque->top, memory_order_relaxed) > bottom)
		return 0;
	atomic_store_explicit(&deque->bottom, bottom, memory_order_seq_cst);
	int64_t top = atomic_load_explicit(&deque->top, memory_order_seq_cst);
	uint64_t item = 0;

	if (top <= bottom) {
		item = atomic_load_explicit(&ring->items[bottom & ring->mask], memory_order_relaxed);
		if (top < bottom)
			return item;
		/* The last one: race the thieves for it. */
		if (!atomic_compare_exchange_strong_explicit(&deque->top, &top, top + 1, memory_order_seq_cst,
		                                             memory_order_relaxed))
			item = 0;
	}
	atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_seq_cst);
	return item;
}

uint64_t deque_steal(struct deque *deque)
{
	int64_t top = atomic_load_explicit(&deque->top, memory_order_seq_cst);
	int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_seq_cst);

	if (top >= bottom)
		return 0;
	struct deque_ring *ring = atomic_load_explicit(&deque->ring, memory_order_acquire);
	uint64_t item = atomic_load_explicit(&ring->items[top & ring->mask], memory_order_relaxed);

	if (!atomic_compare_exchange_strong_explicit(&deque->top, &top, top + 1, memory_order_seq_cst,
	                                             memory_order_relaxed))
		return 0;
	return item;
}

size_t deque_size(const struct deque *deque)
{
	struct deque *d = (struct deque *)(uintptr_t)deque;
	int64_t top = atomic_load_explicit(&d->top, memory_order_relaxed);
	int64_t bottom = atomic_load_explicit(&d->bottom, memory_order_relaxed);

	return bottom > top ? (size_t)(bottom - top) : 0;
}
