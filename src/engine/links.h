/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_LINKS_H
#define ENGINE_LINKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/arena.h"
#include "engine/node.h"

/*
 * Hard links: inodes with more than one name.  Each counts once in every directory that contains one of its names, that is in the union
 * of the ancestors of its parents, whoever comes first.
 *
 * The table is cut into shards by (file system, inode), each with its lock; it is touched only for nlink > 1.
 */

struct tree;

#define LINK_SHARDS 64
#define LINK_INLINE 2 /* parents kept in the entry itself */

/** One inode.  Key and figures are fixed when the first row that names it is published; parents belong to the shard's lock. */
struct link {
	uint64_t ino;
	uint64_t alloc_bytes, apparent_bytes;
	uint32_t nlink;
	uint16_t fs;
	uint32_t parent_count;      /* of names found: a directory is in it once per name in it */
	uint32_t parent_capacity;   /* LINK_INLINE, or of the list */
	union {
		dir_id inline_parents[LINK_INLINE];
		dir_id *parents;
	};
	struct dir_set *counted;    /* past LINK_MANY parents: every directory that counts it; else NULL */
};

struct link_shard {
	pthread_mutex_t lock;
	uint32_t *slots;            /* open addressing, indexes of links, 0 = free */
	uint32_t mask;              /* slots − 1 */
	uint32_t count;
	struct arena_cursor cursor;
};

struct links {
	struct arena_range range;   /* struct link */
	struct link_shard shards[LINK_SHARDS];
	_Atomic bool any;
};

struct link_key {
	uint64_t ino;
	uint16_t fs;
	uint32_t nlink;
	uint64_t alloc_bytes, apparent_bytes; /* the first to come decides */
};

int links_init(struct links *links);
void links_destroy(struct links *links);

/**
 * A name of the inode was found in `dir`: remember it and add the figures to those of dir's ancestors (itself included) that did not count them.
 * Any thread.  0 with *index, or -ENOMEM.
 */
int links_add(struct tree *tree, const struct link_key *key, dir_id dir, uint32_t *index);

static inline struct link *links_at(const struct links *links, uint32_t index)
{
	return arena_at(&links->range, index);
}

#endif
