/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_QUERY_TERMS_H
#define ENGINE_QUERY_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/query/kinds.h"

/*
 * What is to be shown, as a person types it: words with blanks between them, all of which must hold.
 *
 *   >100M <4k         larger or smaller than that
 *   older:90d         modified at least so long ago
 *   newer:7d          modified within that time
 *   type:video,audio  one of these kinds of files (kinds.h)
 *   ext:iso,img       one of these extensions
 *   owner:ana         a name or a number; only where owners were read
 *   grew:>1G          grew by more than that; without `>` by at least that
 *   anything else     a pattern for the name: * ? [ as in a shell; without them it may be anywhere in the name;
 *                     without capitals, both cases are meant
 *
 * A folder has no type and no extension, and is modified whenever something in it is made or removed: a term on one of
 * these says nothing of what it holds, so that the screen lists no folder by them (terms_name_folders()).
 */

#define TERMS_TEXT 256 /* bytes, with the NUL */
#define TERMS_GLOBS 16 /* patterns in one text */
#define TERMS_NAMES 16 /* extensions in one text */

struct terms_glob {
	uint8_t at, length; /* in `text` */
	bool wild, capitals;
	bool plain; /* ASCII without [ and \: matched here, not by fnmatch(3), which is ten times slower */
};

struct terms {
	char text[TERMS_TEXT]; /* its words, each terminated */
	struct terms_glob globs[TERMS_GLOBS];
	unsigned glob_count;
	bool over, under; /* > and < were given: */
	uint64_t over_bytes, under_bytes;
	bool older, newer; /* modified at or before, at or after (Unix seconds): */
	int64_t older_s, newer_s;
	unsigned kinds; /* bits of enum file_kind, 0 = any */
	char extensions[TERMS_NAMES][EXTENSION_BYTES];
	unsigned extension_count;
	bool owner;
	uint32_t uid;
	bool grew;
	int64_t grew_bytes; /* at least */
};

/** What terms are held against. */
struct terms_entry {
	const void *name;
	size_t length;
	enum node_type type;
	uint64_t bytes;  /* by the measure shown */
	int64_t mtime_s; /* 0 = not known: no term on times holds */
	bool growth_known;
	int64_t growth_bytes;
	bool owner_known;
	uint32_t uid;
};

/**
 * Read a text; older: and newer: count from now_s.  0; -EINVAL with a sentence that names the word: `out` then holds
 * those that are right.  Looks names of owners up: getpwnam(3).
 */
int terms_parse(const char *text, int64_t now_s, struct terms *out, struct err *err);

/** Does the name alone hold?  Any thread. */
bool terms_match_name(const struct terms *terms, const void *name, size_t length);

/** Do all hold?  Any thread. */
bool terms_match(const struct terms *terms, const struct terms_entry *entry);

/** Is there any word? */
static inline bool terms_any(const struct terms *terms)
{
	return terms->glob_count || terms->over || terms->under || terms->older || terms->newer || terms->kinds ||
	       terms->extension_count || terms->owner || terms->grew;
}

/** Does it name folders to be listed as a whole: by a pattern, and by nothing that only files have? */
static inline bool terms_name_folders(const struct terms *terms)
{
	return terms->glob_count && !terms->older && !terms->newer && !terms->kinds && !terms->extension_count;
}

#endif
