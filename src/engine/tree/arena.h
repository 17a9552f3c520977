/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_ARENA_H
#define ENGINE_TREE_ARENA_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Address ranges reserved up front and committed piece by piece: what lies in them is named by an index and never
 * moves, so that readers need no lock.  Each filling thread takes chunks of a range through a cursor of its own and
 * bumps along in it.
 *
 * Index 0 is never handed out: it means "none".
 */

/** Elements in a row. */
struct arena_span {
	uint32_t first, n;
};

struct arena_range {
	char *base;
	size_t element;          /* bytes of one element */
	uint32_t limit;          /* elements reserved */
	uint32_t chunk;          /* elements a cursor takes at a time */
	pthread_mutex_t lock;    /* of the two below */
	size_t committed;        /* bytes readable and writable, from base */
	/*
	 * elements handed to cursors, element 0 among them; written under the lock (release), read by anyone (acquire)
	 */
	_Atomic uint32_t used;
	struct arena_span *free; /* given back; under the lock */
	size_t free_count, free_capacity;
	bool ready;
};

/** A thread's place in a range.  Zeroed = empty. */
struct arena_cursor {
	uint32_t next, end;
};

struct arena_wish {
	struct arena_range *range;
	size_t element;          /* bytes */
	uint32_t limit, chunk;   /* elements */
};

/**
 * Reserve room for what ranges that are filled together may need.  Where addresses are scarce (ulimit -v, valgrind) all
 * of them are halved alike until they fit, and once more, so that others find some.  0 or -ENOMEM, and none is
 * reserved.
 */
int arena_reserve(const struct arena_wish *wishes, size_t count);

void arena_range_destroy(struct arena_range *range);

/**
 * Take n elements in a row, from the range itself: the way of arena_take() when its chunk is used up.  0 when there is
 * no memory.
 */
uint32_t arena_refill(struct arena_range *range, struct arena_cursor *cursor, uint32_t n);

/**
 * Take n elements in a row, zeroed unless the range is one where some are given back.  Thread: the cursor's.  The index
 * of the first; 0 with errno ENOMEM when there is no memory.
 */
static inline uint32_t arena_take(struct arena_range *range, struct arena_cursor *cursor, uint32_t n)
{
	uint32_t at = cursor->next;

	if (__builtin_expect(n > cursor->end - at, 0))
		return arena_refill(range, cursor, n);
	cursor->next = at + n;
	return at;
}

/**
 * Give elements back for others to take; nobody may be looking at them any more.  Whole pages among them return to the
 * system.  Any thread.
 */
void arena_give(struct arena_range *range, struct arena_span span);

/** Give back what a cursor has left; its pages stay.  Thread: the cursor's, which is empty then. */
void arena_end(struct arena_range *range, struct arena_cursor *cursor);

static inline void *arena_at(const struct arena_range *range, uint32_t index)
{
	return range->base + (size_t)index * range->element;
}

/** Elements in use plus the ones waiting in cursors: every index is below. */
static inline uint32_t arena_used(const struct arena_range *range)
{
	return atomic_load_explicit(&((struct arena_range *)range)->used, memory_order_acquire);
}

/** Bytes handed out and not given back. */
uint64_t arena_memory(const struct arena_range *range);

/*
 * Epochs.  A reader pins before it looks at a block and unpins when it is done.  Who replaces a block first makes the
 * new one visible, then retires the old one with the epoch's number, and frees it when every pin of that epoch or an
 * older one is gone.
 *
 *     reader                              owner
 *       slot: 0 → epoch (RMW)               block = new (release)
 *       load block (acquire)                e = epoch++ (RMW)
 *       ...                                 every slot: RMW by +0; free when all are 0 or > e
 *       slot = 0 (release)
 *
 * Both sides use read-modify-writes on the slot, so that either the owner sees the pin, or the reader's RMW comes after
 * the owner's and sees the new block.
 */
#define EPOCH_SLOTS 62

struct epochs {
	_Atomic uint64_t now;                /* starts at 1 */
	_Atomic uint32_t crowd;              /* pins that found no slot: nothing is freed while there are any */
	_Atomic uint64_t slot[EPOCH_SLOTS];  /* epoch of the pin, 0 = free */
};

void epochs_init(struct epochs *epochs);
unsigned epochs_pin(struct epochs *epochs);
void epochs_unpin(struct epochs *epochs, unsigned pin);

/** Number what was just replaced.  Thread: the owner. */
uint64_t epochs_retire(struct epochs *epochs);

/** May what was retired with this number be freed?  Thread: the owner. */
bool epochs_passed(struct epochs *epochs, uint64_t number);

#endif
