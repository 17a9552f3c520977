/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_IMAGE_MATCH_TABLE_H
#define ENGINE_IMAGE_MATCH_TABLE_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/image/match.h"
#include "engine/tree/tree_state.h"

/*
 * The inside of a match, for match.c (filling and reading) and match_unknown.c (what cannot be compared).
 *
 * Beside each dir_id lies a word (which remembered directory, what kind) and, during a scan, the growth seen so far
 * below it.  Both lie in chunks that are allocated when first needed and published by compare-and-swap; they never
 * move.
 *
 * Threads.  The worker that lists D looks D's subdirectories up among the children of D's remembered directory and
 * writes their words; whoever lists a subdirectory got it through a deque (release, acquire), so it reads its word
 * plainly.  Screens read words and sums relaxed: figures of the moment.  What must be exact is read only of complete
 * directories, whose pending count (acquire) orders all of it.
 *
 * Growth of a complete directory = total − remembered total − what unknown directories below it put into either.  Those
 * are few, so they hang in a sparse tree of branches, one per live directory that has any below; it is made and summed
 * under a lock.
 *
 *      home                branch 1: home
 *      ├─ ana              branch 2: ana          unknown: lost+found (live 4 KiB, remembered 16 KiB)
 *      │  └─ lost+found    (unreadable since)
 *      └─ ben              (no branch: growth is a plain difference)
 *
 * Growth so far = direct parts listed so far (own inode and files, new − old) − ghosts, added up the ancestors as the
 * totals are:
 * once per directory, and not at all where nothing changed.
 */

#define CHUNK_BITS 14
#define CHUNK_DIRS (1u << CHUNK_BITS)
#define CHUNKS (1u << (32 - CHUNK_BITS))

/* A directory's word: remembered directory (32 bits), kind (4), flags (4), branch (24, 0 = none). */
#define KIND_SHIFT 32
#define WORD_UNKNOWN (UINT64_C(1) << 36) /* cannot be compared: the topmost of what is unknown */
#define WORD_INSIDE (UINT64_C(1) << 37)  /* below such a one */
#define BRANCH_SHIFT 40
#define BRANCH_MAX ((1u << 24) - 1)

enum { ALLOC, APPARENT, ITEMS, FIGURES };

struct sums {
	_Atomic int64_t figure[FIGURES]; /* workers add, screens read, relaxed */
};

struct match_chunk {
	_Atomic uint64_t words[CHUNK_DIRS];
	struct sums sums[]; /* CHUNK_DIRS of them during a scan, else none */
};

/**
 * A pair that cannot be compared: a live directory (or a leaf row of its parent, or nothing) and a remembered one (or
 * none).
 */
struct unknown {
	dir_id dir;
	bool leaf;
	uint32_t old;
	uint32_t next; /* of the same branch, 0 = none */
};

/** A live directory with unknown ones below. */
struct branch {
	dir_id dir;
	uint32_t parent, child, next; /* branches, 0 = none */
	uint32_t unknown;             /* first, directly in this directory (or in a ghost in it) */
	bool final;                   /* `figure` is the sum of everything below and will not change */
	int64_t figure[FIGURES];
};

struct match {
	const struct tree *tree;
	const struct image *image;
	uint32_t root;     /* remembered root, or IMAGE_NONE */
	bool live;         /* fed by a scan: sums are kept */
	_Atomic bool lost; /* no memory: growth cannot be told any more.  Set once, relaxed */
	/* of the image's [root, end): apparent − children's, or UNCERTAIN.  NULL when not live */
	int64_t *direct_apparent;
	uint32_t *odd; /* remembered directories that are unknown when absent (mounts), ascending */
	size_t odd_count;
	_Atomic(struct match_chunk *) *chunks; /* CHUNKS; published by compare-and-swap (release), read acquire */

	pthread_mutex_t lock;    /* of what follows */
	struct branch *branches; /* [0] unused */
	size_t branch_count, branch_capacity;
	struct unknown *unknowns; /* [0] unused */
	size_t unknown_count, unknown_capacity;
};

static inline _Atomic uint64_t *word_of(const struct match *match, dir_id dir)
{
	struct match_chunk *chunk = atomic_load_explicit(&match->chunks[dir >> CHUNK_BITS], memory_order_acquire);

	return chunk ? &chunk->words[dir & (CHUNK_DIRS - 1)] : NULL;
}

static inline uint64_t load_word(const struct match *match, dir_id dir)
{
	_Atomic uint64_t *word = word_of(match, dir);

	return word ? atomic_load_explicit(word, memory_order_relaxed) : 0;
}

static inline enum match_kind kind_of(uint64_t word)
{
	return (enum match_kind)(word >> KIND_SHIFT & 15);
}

static inline uint32_t old_of(uint64_t word)
{
	return (uint32_t)word;
}

static inline void add_live(const struct match *match, dir_id dir, int64_t figure[FIGURES])
{
	const struct node_cold *cold = tree_cold(match->tree, dir);

	figure[ALLOC] += (int64_t)atomic_load_explicit(&cold->alloc_bytes, memory_order_relaxed);
	figure[APPARENT] += (int64_t)atomic_load_explicit(&cold->apparent_bytes, memory_order_relaxed);
	figure[ITEMS] += (int64_t)(atomic_load_explicit(&cold->counts, memory_order_relaxed) & UINT32_MAX);
}

static inline void subtract_old(const struct match *match, uint32_t old, int64_t figure[FIGURES])
{
	figure[ALLOC] -= (int64_t)match->image->alloc_bytes[old];
	figure[APPARENT] -= (int64_t)match->image->apparent_bytes[old];
	figure[ITEMS] -= (int64_t)match->image->items[old];
}

/** The chunk of a directory, made if need be; NULL without memory (the match is then lost).  Any thread. */
struct match_chunk *match_table_chunk(struct match *match, dir_id dir);

/* ---- match_unknown.c ---- */

/** List the remembered directories that are unknown when absent.  0 or -ENOMEM. */
int match_collect_odd(struct match *match);

/** Note a pair that contributes 0 to `parent` (a live directory) and everything above.  Any thread. */
void match_add_unknown(struct match *match, dir_id parent, dir_id dir, bool leaf, uint32_t old);

/** Sum of the unknown pairs below a complete directory, by its branch.  Any thread. */
void match_sum_unknown(struct match *match, uint32_t branch, int64_t figure[FIGURES]);

/**
 * Take what a vanished directory held from `figure`, but for what was unknown in it; itself as an item is the caller's.
 * With `parent`, the unknown ones are noted there.
 */
void match_take_ghost(struct match *match, uint32_t ghost, dir_id parent, int64_t figure[FIGURES]);

#endif
