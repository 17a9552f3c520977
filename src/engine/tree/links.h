/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_LINKS_H
#define ENGINE_TREE_LINKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/figure.h"
#include "base/hash.h"
#include "engine/tree/arena.h"
#include "engine/tree/node.h"

/*
 * Hard links: inodes with more than one name.  Each counts once in every directory that contains one of its names, that
 * is in the union of the ancestors of its parents, whoever comes first.
 *
 * The table is cut into shards by (file system, inode), each with its lock; it is touched only for nlink > 1.
 */

struct tree;

#define LINK_SHARDS 64
#define LINK_INLINE 2 /* parents kept in the entry itself */

/** One inode.  The key is fixed when the first row that names it is published; parents belong to the shard's lock. */
struct link {
	uint64_t ino;
	/*
	 * Written by whoever makes the link and, when a re-read finds it changed, by the tree's owner; read by anyone
	 * (relaxed).
	 */
	_Atomic uint64_t alloc_bytes, apparent_bytes;
	_Atomic int64_t mtime_s;
	_Atomic uint32_t nlink;
	uint16_t fs;
	uint32_t parent_count;    /* of names found: a directory is in it once per name in it */
	uint32_t parent_capacity; /* LINK_INLINE, or of the list */
	/* nlink for which all names below the root have been looked for (link_search.c); the owner's */
	uint32_t searched;
	union {
		dir_id inline_parents[LINK_INLINE];
		dir_id *parents;
	};
	struct hash *counted; /* past LINK_MANY parents: every directory that counts it; else NULL */
};

struct link_shard {
	pthread_mutex_t lock;
	struct hash by_inode; /* indexes of links */
	struct arena_cursor cursor;
};

/** Figures that a re-read found, and that count from its attachment on. */
struct link_change {
	uint32_t index;
	uint32_t nlink;
	uint64_t alloc_bytes, apparent_bytes;
	int64_t mtime_s;
};

/** What the parents of far directories (far.h) have got of linked inodes ahead of time.  Zeroed = empty. */
struct far_links {
	pthread_mutex_t lock;
	struct hash by_dir;
	struct far_link {
		struct figure alloc, apparent;
	} * items;
	size_t count, capacity;
};

struct links {
	struct arena_range range; /* struct link */
	struct link_shard shards[LINK_SHARDS];
	struct far_links far;
	_Atomic bool any;
	bool note_changes;           /* a re-read is under way: see `changes`.  Set before its threads start */
	pthread_mutex_t change_lock; /* of the changes */
	struct link_change *changes;
	size_t change_count, change_capacity;
};

struct link_key {
	uint64_t ino;
	uint16_t fs;
	uint32_t nlink;
	uint64_t alloc_bytes, apparent_bytes; /* the first to come decides */
	int64_t mtime_s;
};

void links_init(struct links *links);

/** The range that it fills: reserved with those of the tree. */
struct arena_wish links_wish(struct links *links);
void links_destroy(struct links *links);

/**
 * A name of the inode was found in `dir`: remember it and add the figures to those of dir's ancestors (itself included)
 * that did not count them.
 * Any thread.  0 with *index, or -ENOMEM.
 */
int links_add(struct tree *tree, const struct link_key *key, dir_id dir, uint32_t *index);

/** Figures of an inode as they are kept. */
struct link_figures {
	uint64_t alloc_bytes, apparent_bytes;
	int64_t mtime_s;
	uint32_t nlink;
};

static inline struct link_figures link_figures(const struct link *link)
{
	return (struct link_figures){
		.alloc_bytes = atomic_load_explicit(&link->alloc_bytes, memory_order_relaxed),
		.apparent_bytes = atomic_load_explicit(&link->apparent_bytes, memory_order_relaxed),
		.mtime_s = atomic_load_explicit(&link->mtime_s, memory_order_relaxed),
		.nlink = atomic_load_explicit(&link->nlink, memory_order_relaxed),
	};
}

/** Order of indexes of links, for qsort(). */
int links_order(const void *a, const void *b);

/** Where names of the inode were found, `parent_count` of them.  Under the lock, or when nobody adds. */
static inline dir_id *link_parents(struct link *link)
{
	return link->parent_capacity > LINK_INLINE ? link->parents : link->inline_parents;
}

/*
 * For a re-read (rescan.c), whose thread is alone with the table.
 */

/**
 * Take one name in `dir` away, or (with `instead`) say that it is in that directory now.  Who counts it is not changed:
 * the caller does that.
 */
void links_forget(struct links *links, uint32_t index, dir_id dir, dir_id instead);

/** Directories that count it have moved: what was remembered of them no longer holds. */
void links_uncount(struct links *links, uint32_t index);

/** Depth (the root is 1) down to which the ancestors of `dir` count the inode for its other names; 0 = none does. */
uint32_t links_counted_depth(struct tree *tree, uint32_t index, dir_id dir);

/** Let new figures count, wherever the old ones did. */
int links_change(struct tree *tree, const struct link_change *change);

static inline struct link *links_at(const struct links *links, uint32_t index)
{
	return arena_at(&links->range, index);
}

#endif
