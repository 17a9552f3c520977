/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_RECORD_RECORDER_H
#define STORE_RECORD_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/watch/watcher.h"
#include "store/db/store.h"

/*
 * The one process that follows a root (`watch` or a browser) keeps what others read: overlay, index, mutation log,
 * event log, deltas.  It holds the index lock, and has a thread and a connection of its own, which the applier's
 * batches are handed to.  What is not written yet is lost in a crash, nothing else:
 * index and overlay are the state of the last flush.
 */
struct recorder;

struct recorder_options {
	const char *db;            /* path of the database */
	const char *root;          /* absolute, raw */
	const char *options;       /* counting options */
	bool log;                  /* mutation_log, fs_events, dir_deltas too; else overlay and index only */
	int64_t keep_rows, keep_s; /* of the logs; 0 = 500,000 rows and 7 days */
	uint64_t keep_bytes;       /* 0 = journal_bytes() */
};

/**
 * Take the lock, open the database.  -EWOULDBLOCK with a sentence when another process follows the root; -EROFS and
 * others when nothing can be kept.
 * Where the folder of indexes is not to be believed, 0 with the sentence of that: then only the logs are kept, and
 * others are answered from snapshots.
 */
int recorder_start(const struct recorder_options *options, struct recorder **out, struct err *err);

/**
 * The watcher's sink: `context` is the struct recorder.  Applier's thread; copies and returns; waits only while far too
 * much waits to be taken over.
 * Nothing is noted before the first recorder_rebase().
 */
void recorder_sink(void *context, const struct batch *batch);

/**
 * Make the tree, which is complete and true, the root's index, and drop the overlay.  `snapshot_id`: as which it was
 * stored just now, 0 = not.
 * `trusted`: parts were not read.  Blocks; call it while the watcher is held, or before it runs, so that the tree and
 * what was handed in belong together.
 * Fails with a sentence: the older index and its overlay stay, and go on being true; recorder_wants_rebase() asks for
 * another try, which is best made some seconds later.
 */
int recorder_rebase(struct recorder *recorder, const struct tree *tree, int64_t snapshot_id, bool trusted,
                    struct err *err);

/** Is it time for a recorder_rebase(): the overlay is over 5 % of the index, or an account not whole?  Any thread. */
bool recorder_wants_rebase(const struct recorder *recorder);

/** Wait until everything handed in is on disk.  Fails with a sentence; it is tried again later. */
int recorder_flush(struct recorder *recorder, struct err *err);

/**
 * Is every folder watched?  Where some are only looked at in turn, others must not take what is known for live.  Any
 * thread; cheap when nothing changes.
 */
void recorder_watched(struct recorder *recorder, bool whole);

/** What keeps the thread from writing just now, "" = all is well.  Any thread; the sentence stays valid. */
const char *recorder_trouble(const struct recorder *recorder);

/** Flush, compact when that is quickly done, note the clean end, give the lock back. */
void recorder_stop(struct recorder *recorder);

/* ---- reconciling: what has to be read before what is stored of a root is true again ---- */

enum reconcile_kind {
	RECONCILE_NOTHING, /* somebody follows it */
	/* a warm scan, with the directories that the log names read in any case (warm_source_newest()) */
	RECONCILE_LAZY,
	RECONCILE_FULL,
};

/** What a root needs, from watch_state and the log.  `why` gets a sentence for FULL. */
int reconcile_need(struct store *store, const char *root, enum reconcile_kind *kind, struct buf *why, struct err *err);

/**
 * The directories that the log names since the last reconcile, absolute and sorted; there may be files among them.  The
 * caller frees each and the list.
 */
int reconcile_paths(struct store *store, const char *root, char ***paths, size_t *count, struct err *err);

/** Note that the root was read again, by somebody who does not go on following it. */
int reconcile_done(struct store *store, const char *root, int64_t snapshot_id, int64_t now_s, struct err *err);

#endif
