/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_NODE_H
#define ENGINE_TREE_NODE_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The live tree in memory.
 *
 *   colds   one NodeCold per directory, indexed by dir_id, never moves
 *   blocks  one contiguous block per listed directory, in units of 8 bytes:
 *
 *     | dir u32 | count u32 | row 0 | row 1 | ... | row count-1 | len name | len name | ... |
 *                            16 B each (NodeHot)               1 + len bytes each
 *
 * A name is found at (char *)block + row->name: one length byte, then the raw bytes, no NUL.
 */

typedef uint32_t dir_id; /* index of a NodeCold: stable while the directory exists */

#define DIR_NONE 0u /* no directory; slot 0 is never used */
#define DIR_ROOT 1u

/** What an entry is.  Three bits of the row's word. */
enum node_type {
	NODE_DIR = 0,
	NODE_REG = 1,
	NODE_SYMLINK = 2,
	NODE_SPECIAL = 3, /* device, fifo, socket */
};

/** Flags of a row.  Seven bits of the row's word; they are part of the directory's fingerprint. */
enum row_flag {
	ROW_LINK = 1 << 0,     /* payload = index into the link table (nlink > 1, not a directory) */
	ROW_WIDE = 1 << 1,     /* payload = index into the table of figures and times that do not fit */
	ROW_ERROR = 1 << 2,    /* could not be stat-ed: figures 0 */
	ROW_EXCLUDED = 1 << 3, /* by a pattern: not stat-ed, not entered, figures 0 */
	ROW_OTHERFS = 1 << 4,  /* a mount that is shown, not entered: figures 0 */
	ROW_KERNFS = 1 << 5,   /* a kernel file system, likewise */
	ROW_GONE = 1 << 6,     /* deleted since the block was written: readers skip it */
};

/** Rows of type NODE_DIR with one of these have no NodeCold (payload 0). */
#define ROW_LEAF (ROW_EXCLUDED | ROW_OTHERFS | ROW_KERNFS | ROW_ERROR)

/**
 * NodeHot: one entry.  word, from bit 0: type 3, flags 7, then 54 bits of payload:
 *   plain file  apparent size 36 bits, then (blocks of 512 − ceil(size / 512)) as 18 signed bits
 *   directory   its dir_id
 *   ROW_LINK, ROW_WIDE  an index
 * One 64-bit load gives an untorn row.
 */
struct node_row {
	uint32_t name;           /* offset in bytes from the start of the block */
	/* seconds since 1970; clamped to 0…2³²−1 where ROW_WIDE, or the link, has the true ones */
	uint32_t mtime;
	/* The owner of the directory stores (release), readers load (acquire). */
	_Atomic uint64_t word;
};

struct node_block {
	dir_id dir;              /* whose children these are */
	_Atomic uint32_t count;  /* rows; stored before the block is published */
	struct node_row rows[];
};

enum dir_flag {
	DIR_READ_ERROR = 1 << 0, /* could not be opened, or the listing broke off: what is there is partial */
	DIR_MOUNT = 1 << 1,      /* root of another file system that was entered */
	DIR_CACHE = 1 << 2,      /* has a CACHEDIR.TAG and was left out for it: no children, figures 0 */
	DIR_TRUSTED = 1 << 3,    /* figures come from an image (warm scan): old */
	DIR_STALE = 1 << 4,      /* events were lost: unknown until read again */
	/* has the identity of a directory above it, and is not entered: no children, figures 0; DIR_READ_ERROR, too */
	DIR_LOOP = 1 << 5,
};

/**
 * NodeCold: one directory.  Totals = own inode + everything below.
 * Fixed by the worker that published the parent's block, before that block is visible: parent, row, inode, times, own
 * figures, fs.
 * Atomics marked "chain" are added to by every worker below (relaxed); exact once `pending` has been seen 0 with
 * acquire.
 */
struct node_cold {
	_Atomic uint64_t alloc_bytes;    /* chain; whole subtree, modulo 2⁶⁴ */
	_Atomic uint64_t apparent_bytes; /* chain; likewise */
	/* chain; how often 2⁶⁴ (figure.h): cold_alloc(), cold_apparent() put them together */
	_Atomic int32_t alloc_high;
	_Atomic int32_t apparent_high;   /* chain */
	_Atomic uint64_t counts;         /* chain; items | files << 32, itself not counted */
	/* chain; Σ of the entries' hashes, two lanes.  fingerprint.h makes the fingerprint of it */
	_Atomic uint64_t sum[2];
	uint64_t ino;
	int64_t mtime_ns;                /* see node_seconds() */
	int64_t ctime_ns;                /* what it cannot say is the largest or smallest there is: never trusted */
	uint64_t own_alloc_bytes;
	uint64_t own_apparent_bytes;
	int32_t mtime_era;
	uint32_t birth;                  /* birth time (ns) folded to 32 bits, 0 = unknown.  Identity only */
	/* unit index of its block, 0 = not listed yet.  Owner: release; readers: acquire */
	_Atomic uint32_t block;
	/*
	 * Where it hangs; atomic because a live directory may move (the tree's owner stores, anybody loads).  A row
	 * index may be an old one: tree_own_row().
	 */
	_Atomic dir_id parent;           /* DIR_NONE for the root */
	_Atomic uint32_t row;            /* index in the parent's block */
	/* itself + unfinished children; lowered acq_rel; 0 read with acquire = complete */
	_Atomic uint32_t pending;
	_Atomic uint32_t errors;         /* chain; unreadable directories and entries at or below */
	_Atomic uint16_t flags;          /* enum dir_flag */
	uint16_t fs;                     /* slot in the tree's table of file systems */
};

static_assert(sizeof(struct node_row) == 16, "NodeHot");
static_assert(sizeof(struct node_block) == 8, "block header");
static_assert(sizeof(struct node_cold) == 120, "NodeCold");
static_assert(offsetof(struct node_row, word) == 8, "NodeHot");

#define ROW_TYPE_BITS 3
#define ROW_FLAG_BITS 7
#define ROW_PAYLOAD_SHIFT (ROW_TYPE_BITS + ROW_FLAG_BITS)
#define ROW_SIZE_BITS 36
#define ROW_BLOCKS_BITS 18

/** The word of a row.  Pairs with the store of whoever owns the directory: what it leads to is there. */
static inline uint64_t row_word(const struct node_block *block, uint32_t i)
{
	return atomic_load_explicit(&block->rows[i].word, memory_order_acquire);
}

static inline enum node_type row_type(uint64_t word)
{
	return (enum node_type)(word & 7);
}

static inline unsigned row_flags(uint64_t word)
{
	return (unsigned)(word >> ROW_TYPE_BITS) & 0x7f;
}

static inline uint64_t row_payload(uint64_t word)
{
	return word >> ROW_PAYLOAD_SHIFT;
}

/** Does the row lead to a NodeCold? */
static inline bool row_enters(uint64_t word)
{
	static_assert(NODE_DIR == 0, "no bit of the type is set");
	return !(word & (7 | (uint64_t)ROW_LEAF << ROW_TYPE_BITS));
}

/*
 * Times in nanoseconds since 1970 have 64 bits for 1677 to 2262; file systems hold others.  So a time is kept modulo
 * 2⁶⁴, which is enough to see whether it changed, beside its era: how often 2⁶⁴ ns (18,446,744,073.709551616 s) were
 * taken off.  Nearly always 0.
 */
#define NODE_ERA_S INT64_C(18446744073)
#define NODE_ERA_NS INT64_C(709551616)

/** The second, whole: rounded down. */
static inline int64_t node_seconds(int64_t ns, int32_t era)
{
	int64_t rest = ns % 1000000000, s = ns / 1000000000 - (rest < 0);

	if (__builtin_expect(!era, 1))
		return s;
	int64_t below = rest + (rest < 0 ? 1000000000 : 0) + era * NODE_ERA_NS;
	int64_t carry = below / 1000000000 - (below % 1000000000 < 0);

	return (int64_t)((uint64_t)s + (uint64_t)era * (uint64_t)NODE_ERA_S + (uint64_t)carry);
}

/** Seconds and nanoseconds (0 to 999,999,999) modulo 2⁶⁴. */
static inline int64_t node_time(int64_t s, uint32_t ns)
{
	return (int64_t)((uint64_t)s * 1000000000 + ns);
}

/** The era of node_time(s, any). */
static inline int32_t node_era(int64_t s, int64_t time)
{
	int32_t guess = (int32_t)(s / NODE_ERA_S), era = guess - 1;

	if (__builtin_expect(s > INT64_MIN / 1000000000 && s < INT64_MAX / 1000000000, 1))
		return 0;
	while (era <= guess && node_seconds(time, era) != s)
		era++;
	return era;
}

/** A time of which no era is kept: what 64 bits cannot say is the largest or the smallest they can. */
static inline int64_t node_time_clamped(int64_t s, uint32_t ns)
{
	return s >= INT64_MAX / 1000000000 ? INT64_MAX : s <= INT64_MIN / 1000000000 ? INT64_MIN : node_time(s, ns);
}

/** A time (ns) that is only ever asked whether it is the same: 32 bits of it, never 0 for a known one.  0 = unknown. */
static inline uint32_t node_fold_time(int64_t ns)
{
	uint32_t folded = (uint32_t)((uint64_t)ns * 0x9e3779b97f4a7c15u >> 32);

	if (ns == INT64_MAX || ns == INT64_MIN)
		return 0;
	return ns && !folded ? 1 : folded;
}

#endif
