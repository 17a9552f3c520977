/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_INDEX_OVERLAY_H
#define STORE_INDEX_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/image/image.h"
#include "store/index/index.h"
#include "store/db/store.h"

/*
 * What changed since the index was written: absolute figures, one row per changed directory, and tombstones.  A
 * look-up asks the overlay, then the index; both together are the state of the last flush.  Only the holder of the
 * index lock writes; anyone reads.
 *
 * Rows belong to a chain of scans (root, counting options, this machine).  All rows of a flush get the next sequence
 * number; an index covers those up to its covers_seq, and a row that is covered means nothing any more, whether it has
 * been deleted yet or not.
 */

/** Stored in column `gone`: numbers never change. */
enum overlay_kind {
	OVERLAY_CHANGED,
	OVERLAY_GONE,  /* tombstone: the index's directory and all below it are not there any more */
	OVERLAY_AGAIN, /* there, but nothing of what the index knows below it: it was gone in between */
};

#define OVERLAY_ERRORS_UNKNOWN (-1) /* an earlier version did not note them */

struct overlay_row {
	const char *path; /* relative to the root, "" = the root; raw, not terminated */
	size_t length;
	uint64_t bytes, apparent_bytes, items, files;
	int64_t errors; /* unreadable at or below; OVERLAY_ERRORS_UNKNOWN: as the index has it */
	enum overlay_kind kind;
};

/** Is a directory of these figures one that could not be read itself?  It has nothing then. */
static inline bool overlay_unreadable(uint64_t items, int64_t errors)
{
	return !items && errors > 0;
}

/** Whose overlay. */
struct overlay_chain {
	const char *root;    /* absolute, raw */
	const char *options; /* counting options */
};

struct overlay_status {
	int64_t root_id; /* 0 = the chain is not known yet */
	uint64_t seq;    /* last number given */
	/* rows up to this are in an index and gone: a reader of an index that covers less opens it again */
	uint64_t pruned_seq;
	uint64_t rows;  /* that are not pruned; only with `count` */
	int64_t time_s; /* index and overlay were last known to be true then; 0 = never written */
};

/**
 * Write rows as one transaction, which they describe whole: a directory that is in no row is as before, and what lies
 * below a GONE or AGAIN row is only what other rows of this and later flushes tell.  `covers_seq`: of the index on
 * disk; what it covers is deleted on the way.  *seq = the rows' number.
 * -ENOSPC, -EBUSY, -EROFS, -errno with a sentence: nothing is written.
 */
int overlay_flush(struct store *store, const struct overlay_chain *chain, uint64_t covers_seq, int64_t time_s,
                  const struct overlay_row *rows, size_t count, uint64_t *seq, struct err *err);

int overlay_status(struct store *store, const struct overlay_chain *chain, bool count, struct overlay_status *out,
                   struct err *err);

/**
 * Index and overlay as one image (to compact, to open at once).  Changed directories carry IMAGE_TRUSTED, no
 * fingerprint and no ctime, so that nothing takes them for known; what they hold themselves follows from the totals:
 * exact where no links are shared anew between their subdirectories.
 */
int overlay_merge(struct store *store, const struct image *base, const struct index_meta *meta, struct image **out,
                  uint64_t *covers_seq, struct err *err);

/**
 * The same in a moment, at any size of the base, to be looked at only: its directories, with their figures of now.  New
 * ones are not in it, and what is gone holds nothing (bytes and items are 0).  The image borrows from the base.
 */
int overlay_glance(struct store *store, const struct image *base, const struct index_meta *meta, struct image **out,
                   struct err *err);

/**
 * Behind index_write() of an image that covers `seq`: delete the rows in it, and all of the root's other chains, whose
 * index it replaced.
 */
int overlay_prune(struct store *store, const struct overlay_chain *chain, uint64_t seq, int64_t time_s,
                  struct err *err);

/**
 * Make the image, in which everything flushed so far is contained, the root's index.  meta's covers_seq is that of the
 * index before (0 = none), and afterwards that of the index that is there, failed or not.  For the holder of the lock.
 */
int overlay_rebase(struct store *store, const struct image *image, struct index_meta *meta, struct err *err);

/** Merge, write, prune.  Nothing to do without rows.  For the holder of the lock. */
int overlay_compact(struct store *store, const char *root, struct err *err);

/**
 * In a transaction: the chain has no snapshot any more.  Its rows go, and the index of its root when no other chain
 * needs it: it is full of names.  Not while somebody follows the root (*followed): then the chain has to stay, too.
 */
int overlay_forget(struct store *store, int64_t root_id, bool *followed, struct err *err);

/** Column `running` of watch_state: how the one who holds the lock follows the root, or held it when it died. */
enum overlay_following {
	OVERLAY_UNFOLLOWED,
	OVERLAY_FOLLOWED,
	OVERLAY_UNSURE, /* its account has a gap until it has read the root again */
	OVERLAY_READ    /* nobody has followed it since it was read: what happened since then is not known */
};

/** Does somebody follow the root, so that index and overlay are what is true now? */
int overlay_live(struct store *store, const char *root, bool *live, struct err *err);

/** What the one that follows it says of itself: enum index_word, or'ed. */
int overlay_words(struct store *store, const char *root, unsigned *words, struct err *err);

#endif
