/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SCAN_DEQUE_H
#define ENGINE_SCAN_DEQUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A work-stealing deque (Chase and Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005; in C11 after Lê, Pop, Cohen
 * and Zappa Nardelli, "Correct and Efficient Work-Stealing for Weak Memory Models", PPoPP 2013, without its fences).
 * One owner pushes and pops at the bottom, last in first out; any other thread steals at the top, first in first out.
 * Items are words; 0 is not an item.
 */

struct deque_ring;

struct deque {
	_Atomic int64_t top;             /* thieves and the owner's last pop: CAS seq_cst */
	char pad[56];                    /* apart from what the owner writes all the time */
	_Atomic int64_t bottom;          /* the owner: seq_cst in push and pop; thieves load seq_cst */
	struct deque_ring *_Atomic ring; /* the owner: release; thieves: acquire */
	struct deque_ring *old;          /* outgrown, freed at the end: a thief may still read one.  The owner's */
};

/** 0 or -ENOMEM. */
int deque_init(struct deque *deque);
void deque_destroy(struct deque *deque);

/** Thread: the owner.  0 or -ENOMEM: the item is not in it then. */
int deque_push(struct deque *deque, uint64_t item);

/** The item pushed last, or 0.  Thread: the owner. */
uint64_t deque_pop(struct deque *deque);

/** The item pushed first, or 0: empty, or somebody else was faster.  Any thread. */
uint64_t deque_steal(struct deque *deque);

/** Items, as of some moment. */
size_t deque_size(const struct deque *deque);

#endif
