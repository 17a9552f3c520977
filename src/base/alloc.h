/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * Checked allocation.  Every allocation of the program goes through here (arena ranges and libraries aside),
 * so that a test can make the n-th one fail.  All return NULL with errno = ENOMEM on failure, and free() releases.
 */

/** n × size bytes, zeroed; fails on overflow of the product. */
void *alloc_array(size_t n, size_t size);

/** One zeroed object. */
#define alloc_zero(type) ((type *)alloc_array(1, sizeof(type)))

/** realloc with a checked product; the old memory stays valid on failure. */
void *alloc_resize(void *old, size_t n, size_t size);

/**
 * Make room for at least `need` items in the array *items, growing by half; *capacity is updated.
 * 0, or -ENOMEM: the array is then as it was.
 */
#define alloc_room(items, capacity, need) alloc_room_of(items, capacity, need, sizeof(**(items)))
int alloc_room_of(void *items, size_t *capacity, size_t need, size_t size);

/** A copy of n bytes with a NUL behind them. */
char *alloc_copy(const void *bytes, size_t n);

/** A copy of a string. */
char *alloc_text(const char *text);

/** Text as by printf. */
char *alloc_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** As getline(): -1 at the end, or with errno = ENOMEM. */
ssize_t alloc_line(char **line, size_t *capacity, FILE *file);

/** *product = a × b; false on overflow. */
static inline bool alloc_mul(size_t a, size_t b, size_t *product)
{
	return !__builtin_mul_overflow(a, b, product);
}

/** Tests only: let the n-th allocation from now fail (0 = the next one), and all after it when `sticky`; -1 = never. */
void alloc_fail_at(long n, bool sticky);

/** Tests only: allocations asked for since the last alloc_fail_at(). */
long alloc_count(void);

#endif
