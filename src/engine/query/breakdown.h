/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_QUERY_BREAKDOWN_H
#define ENGINE_QUERY_BREAKDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/query/kinds.h"
#include "engine/tree/tree.h"

/*
 * What a folder holds, by type, extension, age and owner: one pass gathers all four.  Every entry is in one group of
 * each, a linked inode counts once (as the entry that is met first; its other names are items without bytes), and a
 * directory's own inode is in a group of its own: the groups' sums are the folder's totals.
 *
 * Thread: whoever makes it; any thread asks for groups of one that is done.
 */

enum breakdown_by { BREAKDOWN_TYPE, BREAKDOWN_EXTENSION, BREAKDOWN_AGE, BREAKDOWN_OWNER, BREAKDOWN_WAYS };

/** Ages: modified within so long, and not within the age before; the last are older, and not known. */
#define BREAKDOWN_AGES 9

#define BREAKDOWN_KINDS_EXTENSIONS 4 /* that hold most of a type */

struct breakdown_sum {
	uint64_t alloc_bytes, apparent_bytes, items;
};

/** One group; what it is of follows from how it was asked for. */
struct breakdown_group {
	enum file_kind kind; /* TYPE; EXTENSION: of those that have none */
	/* EXTENSION: it, "" = those of a kind without one; TYPE: those that hold most, "" behind them */
	char extensions[BREAKDOWN_KINDS_EXTENSIONS][EXTENSION_BYTES];
	unsigned age;     /* AGE */
	bool owner_known; /* OWNER */
	uint32_t uid;
	struct breakdown_sum sum;
};

struct breakdown_entry {
	const void *name;
	size_t length;
	enum node_type type;
	uint64_t alloc_bytes, apparent_bytes; /* a directory: its own inode's */
	int64_t mtime_s;                      /* 0 = not known */
	bool owner_known;
	uint32_t uid;
	bool again; /* another name of an inode that was counted */
	bool top;   /* the directory that was asked for: bytes, and no item of its own */
};

struct breakdown;

/** Ages count from now_s.  NULL without memory. */
struct breakdown *breakdown_create(int64_t now_s);
void breakdown_destroy(struct breakdown *breakdown);

/** 0 or -ENOMEM. */
int breakdown_add(struct breakdown *breakdown, const struct breakdown_entry *entry);

/** Is this the first entry met of a linked inode?  `key` names it (with its file system).  1, 0 or -ENOMEM. */
int breakdown_first(struct breakdown *breakdown, uint64_t key, uint16_t fs);

/** A directory of a live tree and everything below it.  0, -ECANCELED, -ENOMEM. */
int breakdown_tree(struct breakdown *breakdown, const struct tree *tree, dir_id dir, const _Atomic bool *cancel);

enum breakdown_measure { BREAKDOWN_ALLOCATED, BREAKDOWN_APPARENT, BREAKDOWN_ITEMS };

/** Of a sum. */
uint64_t breakdown_measured(const struct breakdown_sum *sum, enum breakdown_measure measure);

/** The groups that hold something, largest first; the caller frees *out.  0 or -ENOMEM. */
int breakdown_groups(const struct breakdown *breakdown, enum breakdown_by by, enum breakdown_measure measure,
                     struct breakdown_group **out, size_t *count);

/** Everything. */
struct breakdown_sum breakdown_total(const struct breakdown *breakdown);

/** Is the owner of anything known? */
bool breakdown_owners(const struct breakdown *breakdown);

/** Of those groups the one that is of the same, or NULL. */
const struct breakdown_group *breakdown_find(enum breakdown_by by, const struct breakdown_group *groups, size_t count,
                                             const struct breakdown_group *group);

/** The word of a group in JSON: "code", "rs", "1y", "1000"; in `out`. */
const char *breakdown_word(enum breakdown_by by, const struct breakdown_group *group, char out[16]);

/** What a person reads of an age; untranslated: _() where shown. */
const char *breakdown_age_title(unsigned age);

/** The terms (terms.h) that list the files of a group, "" = there are none. */
const char *breakdown_terms(enum breakdown_by by, const struct breakdown_group *group, char out[48]);

#endif
