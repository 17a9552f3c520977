/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/alloc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The fault injector of the tests; relaxed, since a test arms it before it starts its threads. */
static _Atomic long fail_at = -1;
static _Atomic bool fail_sticky;
static _Atomic long asked;

static bool refused(void)
{
	long at = atomic_load_explicit(&fail_at, memory_order_relaxed);

	if (__builtin_expect(at < 0, 1))
		return false;
	long n = atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed);
	bool refuse = n == at || (n > at && atomic_load_explicit(&fail_sticky, memory_order_relaxed));

	if (refuse)
		errno = ENOMEM;
	return refuse;
}

void alloc_fail_at(long n, bool sticky)
{
	atomic_store_explicit(&asked, 0, memory_order_relaxed);
	atomic_store_explicit(&fail_sticky, sticky, memory_order_relaxed);
	atomic_store_explicit(&fail_at, n, memory_order_relaxed);
}

long alloc_count(void)
{
	return atomic_load_explicit(&asked, memory_order_relaxed);
}

void *alloc_array(size_t n, size_t size)
{
	size_t bytes;

	if (!alloc_mul(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	if (refused())
		return NULL;
	return calloc(1, bytes ? bytes : 1);
}

void *alloc_resize(void *old, size_t n, size_t size)
{
	size_t bytes;

	if (!alloc_mul(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	if (refused())
		return NULL;
	return realloc(old, bytes ? bytes : 1);
}

int alloc_room_of(void *items, size_t *capacity, size_t need, size_t size)
{
	void *grown;
	size_t want = *capacity + *capacity / 2;

	/* A pointer of any type. */
	memcpy(&grown, items, sizeof(grown));
	if (need <= *capacity && grown)
		return 0;
	if (want < need)
		want = need;
	if (want < 16)
		want = 16;
	grown = alloc_resize(grown, want, size);
	if (!grown)
		return -ENOMEM;
	memcpy(items, &grown, sizeof(grown));
	*capacity = want;
	return 0;
}

char *alloc_copy(const void *bytes, size_t n)
{
	if (n == SIZE_MAX || refused())
		return NULL;
	char *copy = malloc(n + 1);

	if (!copy)
		return NULL;
	if (n)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	return copy;
}

char *alloc_text(const char *text)
{
	return alloc_copy(text, strlen(text));
}

char *alloc_print(const char *format, ...)
{
	char *text;
	va_list args;

	if (refused())
		return NULL;
	va_start(args, format);
	int length = vasprintf(&text, format, args);

	va_end(args);
	return length < 0 ? NULL : text;
}

ssize_t alloc_line(char **line, size_t *capacity, FILE *file)
{
	return refused() ? -1 : getline(line, capacity, file);
}
