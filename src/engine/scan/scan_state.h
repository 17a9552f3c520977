/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SCAN_SCAN_STATE_H
#define ENGINE_SCAN_SCAN_STATE_H

#include <limits.h>
#include <pthread.h>

#include "engine/scan/deque.h"
#include "engine/scan/dirfd.h"
#include "engine/image/match.h"
#include "engine/raw/raw.h"
#include "engine/scan/examine.h"

/*
 * The scanner's inside, from the ground up: scan_rules.h, pool.c (threads, who does which work), buffers.c, examine.h
 * (one entry), publish.c (the end of a directory), warm.c (what changed since the baseline, and what need not be read
 * again), ahead.c (a tree that is not in memory), tables.c (what need not be asked of the kernel), reader.c (one
 * directory), scan.c (life, progress), rescan.c (one subtree again).
 */

#define SCAN_BUFFER_BYTES 65536

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

/** A getdents64 buffer: the entries are turned into records where they lie. */
struct buffer {
	struct buffer *newer, *older; /* all there are */
	struct buffer *next;          /* free ones; or the next of its huge directory */
	struct huge *huge;            /* a slice's */
	size_t used;                  /* bytes of data */
	struct block_draft listing;
	_Alignas(8) char data[];
};

#define BUFFER_ROOM (SCAN_BUFFER_BYTES - sizeof(struct buffer))

/** A directory that needs more than one buffer: each full one is a slice that any worker may stat. */
struct huge {
	dir_id dir;
	int fd;
	mount_node node;
	bool broken;                 /* the listing failed part-way.  The lister's, before it lowers `unfinished` */
	struct buffer *first, *last; /* in the order of the listing; the lister's, then the finisher's */
	struct huge *left;           /* scan_free(): those that were not finished */
	/* slices, and the listing itself; lowered acq_rel: who makes it 0 builds the block */
	_Atomic uint32_t unfinished;
};

/** Against the baseline; numbers of struct scan_progress. */
enum warm_class { WARM_TRUSTED, WARM_SHALLOW, WARM_DEEP, WARM_MISMATCH, WARM_UNKNOWN, WARM_CLASSES };

/** A record's inode and its place in the buffer. */
struct record_order {
	uint64_t ino;
	uint32_t at;
};

struct scan_worker {
	_Alignas(64) struct scan *scan;
	struct filler filler;
	struct buffer *buffer;
	struct buf path;               /* of the directory being read, when patterns need it */
	struct block_draft remembered; /* a warm scan's */
	struct record_order *order;    /* for stat in inode order */
	size_t order_capacity;
	struct raw_room raw_room;
	unsigned unlooked; /* directories since the last look at `sectors`: what it has read from disks */
	long sectors;
	pthread_t thread;
	_Atomic int tid;         /* its number while it runs, else 0; relaxed: read to see whether it hangs */
	uint32_t random;         /* whom to steal from */
	_Atomic dir_id reading;  /* for the status line: the worker stores (release), anyone loads (acquire) */
	_Atomic uint64_t listed; /* directories; written by the worker, sampled (relaxed), as is the next */
	_Atomic uint64_t raw_listed;
	struct deque deque;
};

struct scan {
	struct scan_rules rules;
	struct dirfds fds;
	struct match *match, *known;
	uint64_t expected, expected_items; /* directories and entries, by the baseline; 0 = unknown */
	dev_t dev;
	/*
	 * The tables of the top's file system, or NULL.  Set by who reads the top, before that is published; gone when
	 * the last worker leaves.
	 */
	struct raw *raw;
	struct err raw_refused;  /* why not; of a scan that ended */
	_Atomic bool prefetched; /* relaxed, for scan_progress() */
	_Atomic bool ahead; /* reading ahead may be worth it, and nobody has: relaxed, who takes it does it */
	bool rotational;

	unsigned threads; /* workers there are */
	unsigned started; /* of them with a thread */
	struct scan_worker *workers;
	void *workers_memory;
	const struct pool_work *work;

	/* How it ends.  stop: 0, or the state it ends in; set once (CAS acq_rel), read by everybody, often. */
	_Atomic int stop;
	_Atomic uint32_t alive; /* workers that have not left; lowered acq_rel */
	pthread_mutex_t lock;   /* of what follows */
	pthread_cond_t left;    /* alive became 0 */
	struct err error;
	struct buffer *buffers, *free_buffers;
	unsigned free_count;
	int64_t started_wall_s, finished_wall_s;
	_Atomic bool given_up; /* somebody hangs, and was said to: that stays so */
	int64_t started_ns, finished_ns, cancelled_ns;
	bool taken, joined;

	/* Parking: see pool.c. */
	_Alignas(64) _Atomic uint32_t idle;
	_Atomic uint32_t event;
	/* dir_id << 32 | next row to look at; 0 = nothing to do.  Set by any thread, moved on by CAS */
	_Atomic uint64_t focus;
	_Atomic bool first_seen; /* the wake-up for the first folder was sent */
	_Atomic uint64_t warm[WARM_CLASSES];
};

/* ---- items of work: a slice's address with bit 63 set; else directory, parent's descriptor + 1, mount node ---- */

#define ITEM_SLICE ((uint64_t)1 << 63)
#define ITEM_FD_BITS 20
#define ITEM_FD_SHIFT 32
#define ITEM_NODE_SHIFT (ITEM_FD_SHIFT + ITEM_FD_BITS)

static_assert(ITEM_NODE_SHIFT + MOUNT_NODE_BITS <= 63, "an item is one word");

/* parent_fd -1: open by path. */
static inline uint64_t work_dir(dir_id dir, int parent_fd, mount_node node)
{
	return dir | (uint64_t)(uint32_t)(parent_fd + 1) << ITEM_FD_SHIFT | (uint64_t)node << ITEM_NODE_SHIFT;
}

static inline uint64_t work_slice(struct buffer *buffer)
{
	return ITEM_SLICE | (uint64_t)(uintptr_t)buffer;
}

static inline struct buffer *work_is_slice(uint64_t item)
{
	return item & ITEM_SLICE ? (struct buffer *)(uintptr_t)(item & ~ITEM_SLICE) : NULL;
}

/* ---- pool.c ---- */

/** What workers do.  `urgent` comes before any item: true when it did something. */
struct pool_work {
	bool (*urgent)(struct scan_worker *worker);
	void (*run)(struct scan_worker *worker, uint64_t item);
};

/** Start `scan->threads` workers.  0 or -errno; fewer threads than asked for are not a failure. */
int pool_start(struct scan *scan, const struct pool_work *work, uint64_t first);

/** Offer work.  Thread: the worker's.  On -ENOMEM the scan is failed already. */
int pool_push(struct scan_worker *worker, uint64_t item);

/** Wake sleepers for `n` new items. */
void pool_wake(struct scan *scan, uint32_t n);

/** Wake the loop of who started the scan, through options.wake_fd. */
void pool_wake_loop(const struct scan *scan);

/** End the scan in this state; the first one wins. */
void pool_stop(struct scan *scan, enum scan_state state);

/** Fail: -ENOMEM, or what a warm source answered. */
void pool_fail(struct scan *scan, int error);

/** Wait until all workers left, or until `deadline_ns` (monotonic; -1 = for ever). */
bool pool_wait(struct scan *scan, int64_t deadline_ns);

/**
 * Has a worker of a scan that was stopped then not come back from the kernel?  (Waiting for a processor is not
 * hanging.)
 */
bool pool_hangs(const struct scan *scan, int64_t stopped_ns);

static inline bool pool_stopped(const struct scan *scan)
{
	return atomic_load_explicit(&((struct scan *)(uintptr_t)scan)->stop, memory_order_relaxed) != 0;
}

/* ---- buffers.c ---- */

struct buffer *buffer_get(struct scan *scan);
void buffer_put(struct scan *scan, struct buffer *buffer);

/** All of them, with the huge directories that a scan left when it was stopped. */
void buffers_free(struct scan *scan);

/* ---- examine.c ---- */

/** As reading_begin(), for a worker. */
void reading_begin_work(struct reading *reading, struct scan_worker *worker, dir_id dir, int fd, mount_node node);

/**
 * What a directory on the same file system says of itself, by a path of several names.  Symbolic links among them are
 * followed, to wherever: the answer is good only if it is what was expected, to the inode and its times.  0,
 * -ECANCELED, or another -errno.
 */
int reading_stat_beneath(const struct reading *reading, int fd, const char *path, struct entry *entry);

#define READING_UNOPENED INT_MIN

/** Open a directory; -errno.  `parent_fd` -1 = by path. */
int reading_open(struct scan_worker *worker, dir_id dir, int parent_fd);

/** The result of looking at entries: does the scan go on?  (-ENOMEM ends it.) */
bool reading_goes_on(struct scan *scan, int result);

/* ---- publish.c ---- */

/**
 * Publish a directory and offer its subdirectories: totals, block, match, the unit it holds of `pending`.  Takes over
 * reading->fd (-1 = none).
 */
void reading_publish(const struct reading *reading, struct block_writer *writer, const struct block_draft *all);

/**
 * Build the block of what the buffers hold and publish it.  Takes over the descriptor (-1 = none).  True: and a huge
 * directory's buffers, too.
 */
bool reading_finish(const struct reading *reading, struct buffer *first, bool broken);

/* ---- warm.c ---- */

/**
 * For tree->completed: compare a directory that became complete with what the baseline remembers of it.  `context` is
 * the scan.
 */
void warm_count(void *context, dir_id dir, const uint64_t fingerprint[2]);

/** For tree->rest_fingerprint. */
void warm_rest_fingerprint(void *context, dir_id dir);

/**
 * Make the directory of what is remembered of it, if it can be trusted.  True: that is done (or the scan ended); false:
 * read it.  *fd is then the directory, options.opened having been told, or -errno, or READING_UNOPENED.
 */
bool warm_read(struct scan_worker *worker, dir_id dir, int parent_fd, mount_node node, int *fd);

/* ---- tables.c ---- */

/** Before the top is read: the tables are used from now on, if that is wanted and can be. */
void tables_begin(struct scan *scan);

/** May this directory's entries come from the tables? */
bool tables_have(const struct scan_worker *worker, dir_id dir, mount_node node);

/** As statx(2), of an entry of a directory that was not opened.  0 or an errno. */
int tables_stat(const struct reading *reading, const struct entry *entry, unsigned mask, struct statx *out);

/* ---- ahead.c ---- */

/** Is it worth reading ahead, should the tree not be in memory?  Before the workers start. */
void ahead_begin(struct scan *scan, dev_t dev);

/** Behind each directory: read ahead when it is found that the scan waits for the disk. */
void ahead_look(struct scan_worker *worker);

/* ---- reader.c ---- */

/** Start workers that read what is below scan->top.  As pool_start(). */
int reading_start(struct scan *scan);

/* ---- scan.c ---- */

/** A scan of the directory open as `fd` into a tree; both are taken over.  NULL + errno: neither is. */
struct scan *scan_create(struct tree *tree, const char *path, int fd, const struct scan_options *options);

/**
 * Let it run: `top` is that directory, on device `dev`.  `mounts` are those below the tree's root, taken over (NULL:
 * -ENOMEM).  0 or -errno.
 */
int scan_begin(struct scan *scan, dir_id top, dev_t dev, struct mounts *mounts);

/** Free a scan without threads; the tree too unless it was taken. */
void scan_free(struct scan *scan);

#endif
