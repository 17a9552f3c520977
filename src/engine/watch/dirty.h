/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_DIRTY_H
#define ENGINE_WATCH_DIRTY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/tree/node.h"
#include "engine/watch/writers.h"

/*
 * The dirty queue: which directories have to be looked at again.  A set: a directory waits once however many events
 * name it.  Any thread marks (the reader, above all), one thread takes (the applier).  Names of a directory are kept up
 * to 64, then it is "list it whole"; DIRTY_TREE ("read everything below again") on a parent swallows its children as
 * they are taken.  Bounded: past its cap everything becomes DIRTY_TREE at the root.
 *
 * Where the kernel says that one name became another one, both wait together, and that they belong together is kept:
 * what is there is looked at all the same, but a file's row does not say which inode it is.
 *
 * Who was seen writing is kept by name, and where names are not, by directory; of what is read again with all below it
 * nobody knows.
 */

enum dirty_kind {
	DIRTY_NAMES, /* stat these names, and the directory itself */
	DIRTY_LIST,  /* list the directory and compare */
	DIRTY_TREE,  /* list it and everything below */
};

struct dirty_item {
	dir_id dir;
	enum dirty_kind kind;
	bool names_lost;          /* DIRTY_LIST: entries were named, but not kept */
	uint64_t events;          /* coalesced into it, for fs_events */
	uint32_t name_count;      /* DIRTY_NAMES; may be 0: the directory itself only */
	const unsigned char *names; /* name_count × { length u8, bytes }: borrowed until dirty_release() */
	const writers_id *name_by;  /* name_count × who: dirty_by(); NULL = nobody was seen.  Borrowed likewise */
	writers_id by;              /* DIRTY_LIST: whoever wrote in it */
};

struct dirty_rename {
	dir_id from, to;
	uint8_t from_length, to_length;
	writers_id by;            /* who renamed it */
	/* given back, and no word since of where it went: it is waited for so long; 0 = not yet */
	int64_t until_ns;
	char from_name[255], to_name[255];
};

struct dirty;

/**
 * `cap` = directories; 0 = default (65,536 items, 32 MiB of names).  `wake_fd`: eventfd written when it turns
 * non-empty, or -1.
 */
struct dirty *dirty_create(uint32_t cap, int wake_fd);
void dirty_destroy(struct dirty *dirty);

/** Never fail: out of memory they become DIRTY_TREE at the root.  `by`: who did it (writers.h); NULL = not known. */
void dirty_name_by(struct dirty *dirty, dir_id dir, const void *name, size_t length, const char *by);
void dirty_name(struct dirty *dirty, dir_id dir, const void *name, size_t length);
void dirty_list(struct dirty *dirty, dir_id dir);
void dirty_tree(struct dirty *dirty, dir_id dir);

/**
 * What was `from_name` is `to_name` now; lengths 1…255.  Both are marked at once: a batch that took only one of them
 * would see it go, and the next one come.  Of too many at once only the names are kept.
 */
void dirty_rename(struct dirty *dirty, dir_id from, const void *from_name, size_t from_length, dir_id to,
                  const void *to_name, size_t to_length, const char *by);

/**
 * Take everything: items with parents of DIRTY_TREE dropped (without a tree, whose ancestry that needs, none).  *count
 * items, owned by the queue until dirty_release().
 */
struct tree;
const struct dirty_item *dirty_take(struct dirty *dirty, const struct tree *tree, size_t *count);

/**
 * It is at neither place: it went on meanwhile, and that is told with what is taken soon.  Until then it is to be
 * looked for again.
 */
void dirty_rename_again(struct dirty *dirty, const struct dirty_rename *rename, int64_t until_ns);

/** Both of what was taken; the taker only. */
writers_id dirty_both(struct dirty *dirty, writers_id a, writers_id b);

/** Who that is, of what was taken; NULL = nobody was seen.  Valid until dirty_release(). */
const char *dirty_by(const struct dirty *dirty, writers_id by);

/* that were taken with it: from where it was to where it went at last */
const struct dirty_rename *dirty_renames(const struct dirty *dirty, size_t *count);
void dirty_release(struct dirty *dirty);

bool dirty_empty(const struct dirty *dirty);
uint64_t dirty_waiting(const struct dirty *dirty);

#endif
