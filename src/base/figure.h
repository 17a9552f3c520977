/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_FIGURE_H
#define BASE_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sizes add up beyond 2⁶⁴: a sparse file may say that it holds 8 EiB, and four of them are more than 64 bits count.  A
 * sum is kept exact while it is made (struct figure); what is told, stored and compared is 64 bits, in which the
 * largest number says "at least so much" (FIGURE_BEYOND).
 */

#define FIGURE_BEYOND UINT64_MAX
#define FIGURE_UNKNOWN INT64_MIN /* of a difference; ±INT64_MAX: at least so much */

/** high · 2⁶⁴ + low: a sum of sizes, or a difference of sums. */
struct figure {
	uint64_t low;
	int32_t high;
};

static inline struct figure figure_of(uint64_t bytes)
{
	return (struct figure){ .low = bytes };
}

static inline void figure_add(struct figure *to, struct figure more)
{
	to->high += more.high + __builtin_add_overflow(to->low, more.low, &to->low);
}

static inline void figure_take(struct figure *from, struct figure less)
{
	from->high -= less.high + __builtin_sub_overflow(from->low, less.low, &from->low);
}

/** after − before */
static inline struct figure figure_difference(uint64_t after, uint64_t before)
{
	struct figure figure = figure_of(after);

	figure_take(&figure, figure_of(before));
	return figure;
}

static inline void figure_add_bytes(struct figure *to, uint64_t bytes)
{
	to->high += __builtin_add_overflow(to->low, bytes, &to->low);
}

static inline bool figure_is_zero(struct figure figure)
{
	return !figure.low && !figure.high;
}

/** What is told of a sum. */
static inline uint64_t figure_told(struct figure figure)
{
	return figure.high > 0 ? FIGURE_BEYOND : figure.high < 0 ? 0 : figure.low;
}

/** The sum of two that are told. */
static inline uint64_t figure_sum(uint64_t a, uint64_t b)
{
	return __builtin_add_overflow(a, b, &a) ? FIGURE_BEYOND : a;
}

/** A difference as it is told: what is beyond ±(2⁶³ − 1) is that. */
static inline int64_t figure_told_delta(struct figure delta)
{
	if (delta.high == 0 && delta.low <= INT64_MAX)
		return (int64_t)delta.low;
	if (delta.high == -1 && delta.low > (uint64_t)INT64_MAX + 1)
		return (int64_t)delta.low;
	return delta.high < 0 ? -INT64_MAX : INT64_MAX;
}

/** The sum of two differences as told.  What was beyond, or unknown, once stays so: nobody knows by how much. */
static inline int64_t figure_delta_sum(int64_t a, int64_t b)
{
	int64_t sum;

	if (a == FIGURE_UNKNOWN || b == FIGURE_UNKNOWN)
		return FIGURE_UNKNOWN;
	if (a == INT64_MAX || a == -INT64_MAX)
		return a;
	if (__builtin_add_overflow(a, b, &sum) || sum == INT64_MIN)
		return b < 0 ? -INT64_MAX : INT64_MAX;
	return sum;
}

/**
 * How much larger `after` is than `before`, both as told; FIGURE_UNKNOWN where one of them is known only to be beyond
 * 2⁶⁴.
 */
static inline int64_t figure_growth(uint64_t before, uint64_t after)
{
	if (before == FIGURE_BEYOND || after == FIGURE_BEYOND)
		return FIGURE_UNKNOWN;
	return figure_told_delta(figure_difference(after, before));
}

static inline int64_t figure_negative(int64_t delta)
{
	return delta == FIGURE_UNKNOWN ? delta : -delta;
}

/** A total that has grown by so much since. */
static inline uint64_t figure_grown(uint64_t before, int64_t growth)
{
	struct figure figure = { .low = (uint64_t)growth, .high = growth < 0 ? -1 : 0 };

	if (before == FIGURE_BEYOND || growth == FIGURE_UNKNOWN || growth == INT64_MAX)
		return FIGURE_BEYOND;
	figure_add_bytes(&figure, before);
	return figure_told(figure);
}

/**
 * Bytes of that many blocks of 512.  Some file systems in user space give what is no number of blocks: they are taken
 * for none.
 */
static inline uint64_t figure_of_blocks(uint64_t blocks)
{
	return blocks > INT64_MAX / 512 ? 0 : blocks * 512;
}

#endif
