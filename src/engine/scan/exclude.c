/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/scan/exclude.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "base/text.h"
#include "engine/scan/pattern.h"

/*
 * What decides first is always the last part against the entry's name.  So the patterns are filed by their last part:
 * literal ones in a hash table, globs in a list; thousands of names cost one hash.
 */

#define PATTERN_MAX_BYTES 32768u

struct exclude {
	struct pattern **patterns; /* all, owned */
	size_t count, capacity;
	struct pattern **globs; /* whose last part is one; borrowed */
	size_t glob_count, glob_capacity;
	struct hash by_name; /* the others, by their last part */
	size_t path_count;   /* patterns that need more than the name */
};

struct exclude *exclude_create(void)
{
	return alloc_zero(struct exclude);
}

void exclude_destroy(struct exclude *exclude)
{
	if (!exclude)
		return;
	for (size_t i = 0; i < exclude->count; i++)
		pattern_free(exclude->patterns[i]);
	free(exclude->patterns);
	free(exclude->globs);
	hash_free(&exclude->by_name);
	free(exclude);
}

static uint32_t name_hash(const void *name, size_t length)
{
	return (uint32_t)XXH3_64bits(name, length);
}

/* File it by its last part.  0 or -ENOMEM. */
static int file_pattern(struct exclude *exclude, struct pattern *pattern)
{
	const struct part *last = pattern_last(pattern);

	if (!last->tokens)
		return hash_add(&exclude->by_name, name_hash(last->bytes, last->head), (uint32_t)exclude->count);
	if (alloc_room(&exclude->globs, &exclude->glob_capacity, exclude->glob_count + 1))
		return -ENOMEM;
	exclude->globs[exclude->glob_count++] = pattern;
	return 0;
}

int exclude_add(struct exclude *exclude, const char *text, struct err *err)
{
	size_t length = strlen(text);
	size_t backslashes = 0;

	if (length == 0)
		return 0; /* as ncdu: it matches nothing */
	if (length > PATTERN_MAX_BYTES)
		return err_set(err, -EINVAL, _("exclude pattern of %zu bytes: at most %u are allowed"), length,
		               PATTERN_MAX_BYTES);
	if (strspn(text, "/") == length)
		return err_set(err, -EINVAL, _("exclude pattern '%s' names the root itself"), text);
	while (backslashes < length && text[length - 1 - backslashes] == '\\')
		backslashes++;
	if (backslashes % 2)
		return err_set(err, -EINVAL,
		               _("exclude pattern ends in a backslash with nothing behind it to take literally"));

	struct pattern *pattern = pattern_create(text, length);

	if (!pattern || alloc_room(&exclude->patterns, &exclude->capacity, exclude->count + 1) ||
	    file_pattern(exclude, pattern)) {
		pattern_free(pattern);
		return err_no_memory(err);
	}
	exclude->patterns[exclude->count++] = pattern;
	exclude->path_count += pattern_needs_path(pattern);
	return 0;
}

static int file_error(struct err *err, int code, const char *path, const char *what)
{
	struct buf safe = {0};

	text_safe(&safe, path, strlen(path), false);
	err_set(err, code, _("exclude file %s: %s"), safe.failed || !safe.data ? "" : safe.data, what);
	buf_free(&safe);
	return code;
}

int exclude_add_file(struct exclude *exclude, const char *path, struct err *err)
{
	struct err why = {""};
	struct buf text = {0};
	size_t at = 0, length, number = 0;
	int rc = file_read_text(path, &text, &why);

	if (rc)
		file_error(err, rc, path, why.text);
	for (char *line; !rc && (line = file_next_line(&text, &at, &length));) {
		number++;
		if (strlen(line) != length)
			rc = file_error(err, -EINVAL, path, _("a line holds a NUL byte, which no name can"));
		else if (*line != '#' && (rc = exclude_add(exclude, line, &why))) {
			char what[1200];

			snprintf(what, sizeof(what), _("line %zu: %s"), number, why.text);
			file_error(err, rc, path, what);
		}
	}
	buf_free(&text);
	return rc;
}

bool exclude_empty(const struct exclude *exclude)
{
	return exclude->count == 0;
}

bool exclude_names_only(const struct exclude *exclude)
{
	return exclude->path_count == 0;
}

/* ---- matching ---- */

/** `path` is without the name; NULL: only patterns for which the name is enough. */
static bool fits(const struct pattern *pattern, const char *name, size_t length, bool is_dir, const char *path,
                 size_t path_length)
{
	if ((pattern->dir_only && !is_dir) || !pattern_part_matches(pattern_last(pattern), name, length))
		return false;
	return !pattern_needs_path(pattern) || (path && pattern_matches_above(pattern, path, path_length));
}

static bool any_matches(const struct exclude *exclude, const char *name, size_t length, bool is_dir, const char *path,
                        size_t path_length)
{
	if (exclude->by_name.count)
		HASH_EACH (&exclude->by_name, name_hash(name, length), i)
			if (fits(exclude->patterns[i], name, length, is_dir, path, path_length))
				return true;
	for (size_t i = 0; i < exclude->glob_count; i++)
		if (fits(exclude->globs[i], name, length, is_dir, path, path_length))
			return true;
	return false;
}

bool exclude_name(const struct exclude *exclude, const char *name, size_t length, bool is_dir)
{
	return any_matches(exclude, name, length, is_dir, NULL, 0);
}

bool exclude_path(const struct exclude *exclude, const char *path, size_t length, bool is_dir)
{
	while (length && path[length - 1] == '/')
		length--;
	const char *slash = memrchr(path, '/', length);
	size_t start = slash ? (size_t)(slash - path) + 1 : 0;

	return length && any_matches(exclude, path + start, length - start, is_dir, path, start);
}

/* ---- patterns without effect ---- */

const char *exclude_idle(const struct exclude *exclude, const char *root, size_t *at)
{
	while (*at < exclude->count) {
		const struct pattern *pattern = exclude->patterns[(*at)++];

		if (pattern_is_idle(pattern, root))
			return pattern->text;
	}
	return NULL;
}

/* ---- describing ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp((*(struct pattern *const *)a)->text, (*(struct pattern *const *)b)->text);
}

int exclude_describe(const struct exclude *exclude, struct buf *out)
{
	if (exclude->count == 0)
		return 0;
	struct pattern **sorted = alloc_array(exclude->count, sizeof(struct pattern *));
	bool any = false;

	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, exclude->patterns, exclude->count * sizeof(struct pattern *));
	qsort(sorted, exclude->count, sizeof(struct pattern *), by_text);
	for (size_t i = 0; i < exclude->count; i++) {
		if (i && strcmp(sorted[i]->text, sorted[i - 1]->text) == 0)
			continue;
		if (any)
			buf_char(out, ' ');
		any = true;
		for (const unsigned char *c = (const unsigned char *)sorted[i]->text; *c; c++) {
			if (*c <= ' ' || *c >= 0x7f || *c == '%')
				buf_printf(out, "%%%02X", *c);
			else
				buf_char(out, (char)*c);
		}
	}
	free(sorted);
	return out->failed ? -ENOMEM : 0;
}
