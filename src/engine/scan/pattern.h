/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SCAN_PATTERN_H
#define ENGINE_SCAN_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One exclusion pattern, compiled; the grammar is in exclude.h.  Immutable; any number of threads match. */

struct part {
	char *bytes;         /* a literal: the whole name; a glob: its literal head, then its literal tail */
	uint32_t head, tail; /* lengths */
	uint32_t *tokens;    /* a glob's tokens between them; NULL in a literal */
	size_t count;
};

struct pattern {
	char *text; /* normalised: no doubled slashes */
	struct part *parts;
	size_t count;
	bool anchored, dir_only;
};

/** Of n bytes.  NULL + errno (ENOMEM). */
struct pattern *pattern_create(const char *text, size_t n);
void pattern_free(struct pattern *pattern);

/** What decides first: the part that is held against the entry's own name. */
static inline const struct part *pattern_last(const struct pattern *pattern)
{
	return &pattern->parts[pattern->count - 1];
}

bool pattern_part_matches(const struct part *part, const char *name, size_t n);

/** A name alone does not decide. */
bool pattern_needs_path(const struct pattern *pattern);

/** Do the parts before the last fit `path`, which ends before the entry's own name? */
bool pattern_matches_above(const struct pattern *pattern, const char *path, size_t n);

/** Can it match nothing below that root (NULL: any)? */
bool pattern_is_idle(const struct pattern *pattern, const char *root);

#endif
