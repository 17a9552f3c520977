/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SCAN_EXCLUDE_H
#define ENGINE_SCAN_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Exclusion patterns with ncdu's grammar (ncdu 2 manual, --exclude): a shell glob; without a slash (but at its end) it
 * matches a name anywhere, with one it matches the end of a path from any component on, with a leading slash the
 * absolute path; a trailing slash: directories only.
 * No wildcard matches a slash.  `?` and `[...]` take a UTF-8 character, or one byte where there is none; an unclosed
 * `[` stands for itself.
 * Immutable once built; then any number of threads match.
 */
struct exclude;

struct exclude *exclude_create(void);
void exclude_destroy(struct exclude *exclude);

/** 0, -ENOMEM, or -EINVAL with a sentence (NULL err allowed). */
int exclude_add(struct exclude *exclude, const char *pattern, struct err *err);

/**
 * Lines of a file (file_read_text()), with LF or CR LF: blank ones and those that begin with # are skipped.  -errno
 * with a sentence.
 */
int exclude_add_file(struct exclude *exclude, const char *path, struct err *err);

bool exclude_empty(const struct exclude *exclude);

/** True when no pattern has a slash in it: a name alone decides, exclude_name() is then enough. */
bool exclude_names_only(const struct exclude *exclude);

bool exclude_name(const struct exclude *exclude, const char *name, size_t length, bool is_dir);

/** `path` is absolute and ends with the entry's name; NUL-terminated. */
bool exclude_path(const struct exclude *exclude, const char *path, size_t length, bool is_dir);

/**
 * The next pattern, from *at (0 at first) on, that can match nothing below this absolute root: it has a part "." or
 * "..", or is anchored elsewhere (not asked where `root` is NULL).  NULL: no more.
 */
const char *exclude_idle(const struct exclude *exclude, const char *root, size_t *at);

/**
 * Append a canonical text of all patterns (sorted, unique, one space between, every byte that is no visible ASCII as
 * %XX):
 * part of a snapshot's counting options.
 */
int exclude_describe(const struct exclude *exclude, struct buf *out);

#endif
