/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_TREE_STATE_H
#define ENGINE_TREE_TREE_STATE_H

#include "base/figure.h"
#include "engine/tree/arena.h"
#include "engine/tree/fingerprint.h"
#include "engine/tree/links.h"
#include "engine/tree/slack.h"
#include "engine/tree/totals.h"
#include "engine/tree/tree.h"

/*
 * The inside of a tree, for the engine's own files: what fills one (scan.c, build.c).
 *
 * A directory is filled in three steps, by one thread:
 *
 *   block_begin()    the directory's NodeCold exists: the root's from tree_plant(), any other from block_add() in
 *                    its parent
 *   block_add()      each entry; a subdirectory that will be entered gets its NodeCold here (*child)
 *   block_publish()  block built and visible, the draft's totals added to this directory's own NodeCold
 *
 * Then its totals must reach the ancestors: a scan calls tree_add_up() at once; a builder, depth-first, adds them to
 * the parent's open draft (totals_add()) and so never climbs.  Hard links need neither: block_add() counts them up
 * the chain by itself.
 *
 * Last, tree_lower(dir) gives back the unit of `pending` that a directory holds for itself; at 0 its hash goes into its
 * parent's Σ, and so on upwards.  The hash needs the name, so the parent's block must be published first: a builder
 * publishes the directory it leaves and then lowers each *entered child of it*; the root is lowered at the very end.
 * (publish(dir) raises dir's pending by its children.)
 */

#define TREE_FS_SLOTS 65536

/** Allocation cursors of one filling thread.  Zero it before filler_init(). */
struct filler {
	struct tree *tree;
	struct arena_cursor blocks; /* units */
	struct arena_cursor colds;
	struct arena_cursor wide;
	uint32_t *tags; /* memory of the writer's */
	size_t tag_slots;
};

struct tree {
	char *root_path;
	size_t root_length;
	struct arena_range colds; /* struct node_cold, by dir_id */
	struct arena_range units; /* blocks, in units of 8 bytes */
	struct arena_range wide;  /* struct wide: figures that do not fit into a row */
	struct links links;
	struct epochs epochs;
	struct tree_fs *fs;        /* TREE_FS_SLOTS reserved; entries below fs_count never change */
	_Atomic uint32_t fs_count; /* stored (release) under fs_lock */
	pthread_mutex_t fs_lock;
	bool extended;
	/* the applier is at work: sums and shared bytes are not worked out after each re-read */
	bool lazy;
	uint64_t seed; /* of hashes of names: nobody can prepare some that collide */
	/* tree_oddities(); any worker adds, relaxed */
	struct {
		_Atomic uint32_t count;
		_Atomic dir_id first;
	} odd[TREE_ODDITIES];
	bool kept; /* never freed: a worker hangs in a system call and may write to it */
	struct node_extended extended_root;
	struct shared_table *_Atomic shared; /* tree_compute_shared() */
	struct retired *retired;             /* blocks that wait for their pins; the owner's */
	struct {
		pthread_mutex_t lock;
		dir_id *items;
		size_t count, capacity;
	} spare_dirs;         /* tree_give_dir() */
	struct filler filler; /* for changes in place; the owner's */
	struct slack slack;
	/*
	 * Called by tree_lower() for each directory that became complete, its fingerprint final; may be NULL.  Set
	 * before threads start.
	 */
	void (*completed)(void *context, dir_id dir, const uint64_t fingerprint[2]);
	void *completed_context;
	/*
	 * Called before that for a directory with a rest: Σ, which is then only that of its rows, becomes the
	 * fingerprint itself.
	 */
	void (*rest_fingerprint)(void *context, dir_id dir);
	/*
	 * Called for each directory that names a linked inode before the inode's figures change (subtree.c), or NULL.
	 * The owner's.
	 */
	void (*changing)(void *context, dir_id dir);
	void *changing_context;
};

/** Flags of a NodeCold that only the engine's own files know. */
enum dir_private_flag {
	DIR_NUMBERS = 1 << 7,  /* some of its names have numbers that their file system does not know (unique.c), */
	DIR_NUMBERED = 1 << 8, /* and that of this directory is one of them */
	/* far below the root, and not complete: its totals are not its ancestors' yet, see tree_add_up() */
	DIR_FAR = 1 << 9,
	DIR_REST = 1 << 10,   /* tree_rest(); once it is complete Σ is its fingerprint */
	DIR_DEEPER = 1 << 11, /* of one with a rest: a subdirectory is not what it was */
	/* its Σ, or one below, does not say what is there now; then its ancestors have it too */
	DIR_UNSUMMED = 1 << 12,
	DIR_LISTED = 1 << 13,  /* its subdirectories may be claimed */
	DIR_DEAD = 1 << 14,    /* replaced by a re-read */
	DIR_CLAIMED = 1 << 15, /* somebody reads it */
	DIR_PUBLIC_FLAGS = (1 << 7) - 1,
};

/** A row's figures where 36 + 18 bits are not enough, or its time where 32 are not. */
struct wide {
	uint64_t alloc_bytes, apparent_bytes;
	int64_t mtime_s;
};

void filler_init(struct filler *filler, struct tree *tree);

/** It fills no more: others get what its cursors have left. */
void filler_end(struct filler *filler);

/** What is known of one entry before it is part of the tree. */
struct entry {
	const char *name;
	size_t length; /* 1…255 */
	enum node_type type;
	/*
	 * ROW_ERROR, ROW_EXCLUDED, ROW_OTHERFS, ROW_KERNFS; of a directory: it is a leaf then, without NodeCold.
	 * Figures are taken as 0
	 */
	unsigned flags;
	/* enum dir_flag of a directory that gets a NodeCold.  DIR_READ_ERROR counts as one error */
	unsigned dir_flags;
	uint64_t alloc_bytes, apparent_bytes; /* own figures */
	int64_t mtime_ns, ctime_ns;           /* node.h: the first modulo 2⁶⁴, with its era; the other clamped */
	int32_t mtime_era;
	uint32_t birth; /* folded by node_fold_time(), 0 = unknown */
	uint64_t ino;
	uint32_t nlink; /* files: > 1 makes a linked row */
	uint16_t fs;    /* slot, tree_fs_slot() */
	struct node_extended extended;
};

/**
 * An entry as it waits for its block: shaped like the kernel's linux_dirent64, so that the scanner turns one into the
 * other in place:
 * the row takes the place of d_ino and d_off, the name's length that of d_type.  length 0 = to be skipped ("." and
 * "..").
 */
struct record {
	uint32_t spare;
	uint32_t mtime;
	uint64_t word;
	uint16_t size;  /* of the record: step to the next one */
	uint8_t length; /* of the name */
	char name[];    /* NUL-terminated */
};

static_assert(offsetof(struct record, name) == 19, "as linux_dirent64");

/** Entries of one directory, or of a slice of a huge one, on their way into a block.  One thread at a time. */
struct block_draft {
	struct filler *filler;
	dir_id dir;
	uint32_t count;       /* rows */
	uint32_t dirs;        /* of them with a NodeCold */
	uint64_t name_bytes;  /* of all names, with their length bytes */
	struct totals totals; /* of the rows: own figures of subdirectories included, linked inodes not */
	uint64_t sum[2];      /* hashes of the rows without a NodeCold */
	/* Records in memory of the draft's own, for block_add(); the scanner brings its own buffers instead. */
	char *records;
	size_t used, capacity;
	/* Owner and mode of each row, when the tree keeps them. */
	struct node_owner *owners;
	size_t owner_capacity;
};

/** As kept in a block: behind the names, one per row, only in trees read with `extended`. */
struct node_owner {
	uint32_t uid, gid;
	uint16_t mode, known;
};

static inline struct node_owner node_owner(const struct node_extended *extended)
{
	return (struct node_owner){.uid = extended->uid,
	                           .gid = extended->gid,
	                           .mode = extended->mode,
	                           .known = extended->known};
}

/** Begin (or begin again: memory is kept) with directory `dir`. */
void block_begin(struct block_draft *draft, struct filler *filler, dir_id dir);

/**
 * Append an entry.  *child (may be NULL) = its dir_id, or DIR_NONE for files and leaves.  0 or -ENOMEM: nothing was
 * added then.
 */
int block_add(struct block_draft *draft, const struct entry *entry, dir_id *child);

/**
 * Build the block of what was added and publish it, with the draft's totals added to the directory's own NodeCold
 * (not to its ancestors).
 * 0 or -ENOMEM: the directory then stays without a block.
 */
int block_publish(struct block_draft *draft);

/** Free the memory of a draft. */
void block_end(struct block_draft *draft);

/*
 * The parts of the two above, for the scanner, whose records lie in the kernel's buffers, several of them for a huge
 * directory.
 */

/**
 * Turn an entry into its record (mtime, word, length are written; name and size are there already) and count it.  0 or
 * -ENOMEM.
 */
int block_record(struct block_draft *draft, const struct entry *entry, struct record *record, dir_id *child);

struct block_writer {
	struct filler *filler;
	struct node_block *block;
	uint32_t unit, units, row;
	uint32_t name, owners; /* offsets in the block */
	uint32_t *tags;        /* hashes of names so far; the filler's */
	unsigned tag_shift;
	bool alike; /* two of them are equal: the names may be, too */
};

int writer_begin(struct block_writer *writer, struct filler *filler, dir_id dir, uint32_t count, uint64_t name_bytes);
void writer_copy(struct block_writer *writer, const char *records, size_t bytes, const struct node_owner *owners);

/** Give a block, begun with so many rows more than it gets, a rest in their place. */
#define REST_ROWS 2
void writer_rest(struct block_writer *writer, const struct tree_rest *rest);

/**
 * If names are alike, before that: those that are there twice get numbers.  May put another block in the writer's
 * place.  0 or -ENOMEM.
 */
int unique_names(struct block_writer *writer, struct block_draft *of);

/** Something odd was met so many times, in `dir`.  Any thread. */
void tree_odd(struct tree *tree, enum tree_oddity oddity, dir_id dir, uint32_t times);

/** Make it visible; `of` says how many children wait and what the rows' hashes add up to. */
void writer_publish(struct block_writer *writer, const struct block_draft *of);

/** The raw bytes of a row's name. */
static inline const unsigned char *row_name(const struct node_block *block, uint32_t i, uint8_t *length)
{
	const unsigned char *at = (const unsigned char *)block + block->rows[i].name;

	*length = at[0];
	return at + 1;
}

/** Where the owners begin in a block whose names end there. */
static inline uint32_t block_owners_at(uint32_t names_end)
{
	return (names_end + 3) / 4 * 4;
}

/** A NodeCold with the entry's own figures, waiting for itself (pending 1).  DIR_NONE without memory. */
dir_id cold_create(struct filler *filler, const struct entry *entry, dir_id parent);

/**
 * A dead directory's dir_id may become another one's: nobody keeps it any more, in no batch, screen or match.  Thread:
 * the owner.
 */
void tree_give_dir(struct tree *tree, dir_id dir);

/**
 * Blocks that readers may still look at, though nothing leads to them any more: they are freed by a later
 * tree_reclaim(), when all pins of now are gone.  Thread: the tree's owner.  Without memory they stay until the tree is
 * destroyed.
 */
void tree_retire(struct tree *tree, const struct arena_span *spans, size_t n);
void tree_reclaim(struct tree *tree);

/**
 * The directory's own inode says this now: size, blocks, times.  Its totals and its ancestors' follow.  True when
 * something was otherwise.
 */
bool cold_own(struct tree *tree, dir_id dir, const struct entry *entry);

/**
 * Give back the directory's own unit of `pending`, see above.  Returns true when that completed the root of what is
 * being filled.
 */
bool tree_lower(struct tree *tree, dir_id dir);

/** Make the root (DIR_ROOT): its NodeCold with `entry`'s figures; the name is ignored.  0 or -ENOMEM. */
int tree_plant(struct tree *tree, struct filler *filler, const struct entry *entry);

/**
 * Set flags (enum dir_flag) of a directory that is not complete yet.  DIR_READ_ERROR, the first time, counts one error
 * up the chain.
 */
void tree_flag(struct tree *tree, dir_id dir, unsigned flags);

/**
 * A directory turned out to be gone before it was read: its row is marked so, and its own figures are taken back.
 * Thread: who claimed it.
 */
void tree_vanish(struct tree *tree, dir_id dir);

/**
 * Slot of a device; the first ever asked for is 0, the root's.  -ENOMEM, -EOVERFLOW (65,536 file systems).  Any thread.
 */
int tree_fs_slot(struct tree *tree, dev_t dev, uint64_t magic);

/** Keep owners and modes.  Before the first entry. */
void tree_keep_extended(struct tree *tree);
void tree_set_extended_root(struct tree *tree, const struct node_extended *extended);

/** For the engine's own files; the dir_id must be valid. */
static inline struct node_cold *tree_cold_mutable(struct tree *tree, dir_id dir)
{
	return arena_at(&tree->colds, dir);
}

/**
 * What changes the entries or the own record of a directory of a complete tree calls this: Σ follows lazily,
 * tree_sum().  Thread: the tree's owner.
 */
void tree_unsum(struct tree *tree, dir_id dir);

/**
 * Row of a directory in its parent's block, or -1 when it is not there.  Its NodeCold says which; where rows have moved
 * since (a block was replaced between two loads) it is looked for.
 */
int64_t tree_own_row(const struct node_block *block, uint32_t hint, dir_id dir);

/** What a complete directory's fingerprint is made of. */
void tree_fingerprint_input(const struct tree *tree, dir_id dir, struct fingerprint_dir *out);

/** Hash of a row as its directory's Σ holds it.  A subdirectory must be complete. */
struct fingerprint row_hash(const struct tree *tree, const struct node_block *block, uint32_t i);

#endif
