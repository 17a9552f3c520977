/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SCAN_SCAN_H
#define ENGINE_SCAN_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/scan/exclude.h"
#include "engine/image/image.h"
#include "engine/tree/tree.h"

/* The parallel scanner: threads of its own fill a tree that others read meanwhile. */

/** How things are counted.  Part of a snapshot's identity: two snapshots compare only with equal counting options. */
struct scan_counting {
	bool same_fs;                  /* -x */
	bool same_volume;              /* the same, with all subvolumes: what statvfs() speaks of.  Never stored */
	bool cross_fs;                 /* --cross-file-system: network, FUSE, overlay and memory file systems too */
	bool kernfs;                   /* --include-kernfs */
	bool follow_links;             /* -L: files that links point to, never directories */
	bool exclude_caches;           /* CACHEDIR.TAG */
	const struct exclude *exclude; /* NULL = none; borrowed, outlives the scan and the tree's re-reads */
};

/** Append the canonical text of the options ("" for the defaults): equal texts count alike. */
int scan_counting_describe(const struct scan_counting *counting, struct buf *out);

/** A remembered entry that is not a directory which is entered. */
struct warm_file {
	const unsigned char *name; /* not terminated */
	uint8_t name_length;
	enum node_type type;
	unsigned flags; /* enum row_flag */
	uint64_t alloc_bytes, apparent_bytes;
	int64_t mtime_s;
	uint32_t nlink;
};

/**
 * For a warm scan: what an unchanged directory held.  A directory whose inode, mtime and ctime are the baseline's, and
 * older than its scan, is not listed: its entries are the remembered ones.  Stat-ed are its subdirectories, and of its
 * files those that have other names, are large (IMAGE_LARGE_BYTES) or were modified lately: the others are missed if
 * they changed in place, or got a name in another folder, since.  Everything is listed with `extended` or
 * `follow_links`.
 */
struct warm_source {
	/*
	 * Hand the entries of directory `dir` of the baseline to `take` until one call does not return 0; what it
	 * returned is the answer.  -errno: not known, and the directory is listed.  Any worker, several at once.
	 */
	int (*files)(void *context, uint32_t dir, int (*take)(void *taker, const struct warm_file *file), void *taker);
	void *context;
	/*
	 * every file has its row.  Else the tree is good for its directories only: what was trusted may be a
	 * tree_rest()
	 */
	bool rows;
	/* directories of the baseline that are listed in any case, a bit each; NULL = none */
	const uint64_t *forced;
	int64_t taken_s; /* the baseline's scan began: nothing it knows is older */
	int64_t exact_s; /* the last scan that trusted nothing began */
};

struct scan_options {
	struct scan_counting counting;
	unsigned threads; /* 0 = default (4 × processors, 8…32; few on a rotational disk) */
	/*
	 * as root on ext2, ext3, ext4: directories and inodes from its own tables (engine/raw/raw.h); where that cannot
	 * be, scan_raw_refused() says why, and all is as ever
	 */
	bool raw;
	bool no_prefetch; /* never read ahead, as root, what is not in memory */
	bool extended;    /* keep owner and mode of every entry (12 bytes each) */
	const char *as;   /* the tree is named so: what lies here is a state of that folder; NULL = itself */
	/* for matching (match.h) and a denominator; NULL = none; borrowed until the scan is destroyed */
	const struct image *baseline;
	/* of later than the baseline: matched, too; NULL = nothing is.  Borrowed likewise */
	const struct image *known;
	/* trust what seems unchanged since the baseline; NULL = read all.  Borrowed until the scan ends */
	const struct warm_source *warm;
	/*
	 * Called when a directory has been opened and is about to be listed, to watch it first; NULL = nobody does.
	 * Any worker.
	 */
	void (*opened)(void *context, dir_id dir, int fd);
	/*
	 * Called for a regular file that changed after `written_since_ns`: its blocks may change once more, of which
	 * nobody tells.  NULL = nobody asks.  Any worker.
	 */
	void (*written)(void *context, dir_id dir, const void *name, size_t length);
	int64_t written_since_ns; /* its ctime, since 1970 */
	void *opened_context;     /* of both */
	int wake_fd;              /* eventfd written when the scan ends or the first folder is there, or -1 */
};

enum scan_state { SCAN_RUNNING, SCAN_DONE, SCAN_CANCELLED, SCAN_FAILED };

struct scan_progress {
	enum scan_state state;
	uint64_t items, directories, files;
	uint64_t alloc_bytes, apparent_bytes;
	uint32_t errors;
	int64_t started_wall_s, finished_wall_s;
	int64_t elapsed_ns;
	bool prefetched; /* it was read ahead */
	uint64_t raw_directories; /* that were read from the tables */
	double fraction; /* 0…1 by the baseline's directories, negative when there is none */
	unsigned threads;
	/* against the baseline */
	struct {
		uint64_t trusted, shallow_changed, deep_changed, identity_mismatch, unknown;
	} warm;
};

struct scan;

/**
 * Start scanning.  The path is resolved (realpath); the tree exists, with its root's own figures, when this returns.
 * Fails: NULL with a sentence: does not exist, not a directory, unreadable, out of memory.
 */
struct scan *scan_start(const char *path, const struct scan_options *options, struct err *err);

/** The tree being filled; owned by the scan until scan_take_tree(). */
struct tree *scan_tree(const struct scan *scan);

/**
 * The match against options.baseline, owned by the scan and fed by its workers; NULL without a baseline.  Gone with
 * scan_destroy().
 */
struct match;
struct match *scan_match(const struct scan *scan);

/** The same against options.known. */
struct match *scan_known(const struct scan *scan);

void scan_progress(const struct scan *scan, struct scan_progress *out);

/** A directory being read just now, for the status line: appends its path; nothing when idle. */
int scan_reading(const struct scan *scan, struct buf *out);

/**
 * Read this directory and its children before anything else (what is on the screen).  Any thread; cheap; latest wins.
 */
void scan_focus(struct scan *scan, dir_id dir);

/** Ask it to stop; returns at once.  Workers stop within 100 ms. */
void scan_cancel(struct scan *scan);

/** Wait until it ended or the time is over (-1 = for ever).  True when ended. */
bool scan_wait(struct scan *scan, int64_t timeout_ns);

/** Why options.raw was asked for in vain, of a scan that ended; NULL: it was not. */
const char *scan_raw_refused(const struct scan *scan);

/** The sentence of a failed scan (out of memory, …). */
const struct err *scan_error(const struct scan *scan);

/** Hand the tree over; the scan must have ended. */
struct tree *scan_take_tree(struct scan *scan);

/**
 * Cancels if need be, and frees all.  A worker stuck in the kernel is abandoned after 200 ms; its memory is then kept.
 */
void scan_destroy(struct scan *scan);

/**
 * Read one directory of a complete tree again, whole or (for a leaf mount row) for the first time: scanned detached
 * with its own workers, attached in one step, totals of the ancestors corrected.  Blocks the calling thread (not the
 * UI's).  One at a time per tree.
 * `row` names a leaf row of `dir` to enter across its mount, or -1 for `dir` itself.  `cancel` is polled; may be NULL.
 * Returns 0, -ECANCELED, -ENOENT when it is gone (its row is then marked gone and its figures subtracted), or -errno;
 * *fresh = the new dir_id.
 */
int scan_again(struct tree *tree, dir_id dir, int64_t row, const struct scan_options *options,
               const _Atomic bool *cancel, dir_id *fresh);

#endif
