/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/writers.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

#define SEPARATOR ", "

const char *writers_text(const struct writers *writers, writers_id of)
{
	return of == WRITERS_NONE ? NULL : writers->texts[of - 1];
}

/* Length of the name that a list begins with, and where the next one does; NULL behind the last. */
static size_t first(const char *list, const char **next)
{
	const char *end = strstr(list, SEPARATOR);

	*next = end ? end + strlen(SEPARATOR) : NULL;
	return end ? (size_t)(end - list) : strlen(list);
}

bool writers_has(const char *list, const char *name, size_t length)
{
	for (const char *at = list, *next; at; at = next)
		if (first(at, &next) == length && !memcmp(at, name, length))
			return true;
	return false;
}

static writers_id intern(struct writers *writers, const char *text, size_t length)
{
	uint32_t hash = hash_bytes(0, text, length);

	HASH_EACH (&writers->by_text, hash, i)
		if (!strncmp(writers->texts[i], text, length) && !writers->texts[i][length])
			return (writers_id)(i + 1);
	if (writers->count >= UINT16_MAX || alloc_room(&writers->texts, &writers->capacity, writers->count + 1))
		return WRITERS_NONE;
	char *copy = alloc_copy(text, length);

	if (!copy || hash_add(&writers->by_text, hash, (uint32_t)writers->count)) {
		free(copy);
		return WRITERS_NONE;
	}
	writers->texts[writers->count++] = copy;
	return (writers_id)writers->count;
}

static int compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

static bool is_others(const char *name, size_t length)
{
	return length == strlen(WRITERS_OTHERS) && !memcmp(name, WRITERS_OTHERS, length);
}

/* The list with one name more, at its place. */
static writers_id add_one(struct writers *writers, writers_id to, const char *name, size_t length)
{
	const char *list = writers_text(writers, to);
	struct buf text = {0};
	size_t count = 0;
	bool done = false;

	if (!list)
		return intern(writers, name, length);
	if (writers_has(list, name, length))
		return to;
	for (const char *at = list, *next; at; at = next) {
		size_t n = first(at, &next);

		if (is_others(at, n) && count >= WRITERS_MOST)
			return to;
		count++;
	}
	if (count >= WRITERS_MOST) {
		name = WRITERS_OTHERS;
		length = strlen(name);
	}
	for (const char *at = list, *next; at; at = next) {
		size_t n = first(at, &next);

		if (!done && count < WRITERS_MOST && compare(name, length, at, n) < 0) {
			buf_add(&text, name, length);
			buf_str(&text, SEPARATOR);
			done = true;
		}
		buf_add(&text, at, n);
		if (next)
			buf_str(&text, SEPARATOR);
	}
	if (!done) {
		buf_str(&text, SEPARATOR);
		buf_add(&text, name, length);
	}
	writers_id both = text.failed ? WRITERS_NONE : intern(writers, text.data, text.length);

	buf_free(&text);
	return both == WRITERS_NONE ? to : both;
}

writers_id writers_add(struct writers *writers, writers_id to, const char *by)
{
	if (!by)
		return to;
	if (to == WRITERS_NONE || !strcmp(writers_text(writers, to), by)) {
		writers_id same = intern(writers, by, strlen(by));

		return same == WRITERS_NONE ? to : same;
	}
	for (const char *next; by; by = next) {
		size_t length = first(by, &next);

		to = add_one(writers, to, by, length);
	}
	return to;
}

void writers_clear(struct writers *writers)
{
	while (writers->count)
		free(writers->texts[--writers->count]);
	hash_clear(&writers->by_text);
}

void writers_free(struct writers *writers)
{
	writers_clear(writers);
	free(writers->texts);
	hash_free(&writers->by_text);
	*writers = (struct writers){0};
}
