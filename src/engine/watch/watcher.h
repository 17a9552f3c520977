/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_WATCHER_H
#define ENGINE_WATCH_WATCHER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "engine/watch/root_guard.h"
#include "engine/watch/live_growth.h"
#include "engine/watch/notify.h"
#include "engine/scan/scan.h"

/*
 * The applier: a thread that keeps a complete tree true.  dirty queue → re-stat or list → compare → edit.h → batch to
 * the sink.
 * Events only say where to look; the truth is always re-read (the eleven steps: docs/ARCHITECTURE.md).
 *
 * Life: watcher_create() before the scan (the scan's workers add watches through it), watcher_run() once the scan is
 * complete; then it owns the tree's changes.
 */

/** One applied change of an entry. */
enum change_kind {
	CHANGE_CREATE,
	CHANGE_DELETE,
	CHANGE_MODIFY,
	CHANGE_RENAME,
	CHANGE_MANY /* past 64 names in one directory: one for the directory */
};

struct change {
	enum change_kind kind;
	bool is_dir;
	char *path;                  /* absolute, raw */
	char *old_path;              /* RENAME: where it was; else NULL */
	dev_t dev;
	uint64_t ino;                /* 0 = not known: of a plain file that is gone */
	uint64_t old_bytes, new_bytes; /* allocated; a directory's: its subtree's */
	const char *by;              /* who was seen doing it: a name, a list (writers.h); NULL = nobody */
};

/** One directory whose totals changed in a batch. */
struct change_dir {
	dir_id dir;                  /* DIR_NONE when gone */
	char *path;
	bool gone;
	/* of a new one 0, also where it came by moving; but what lies below one that moved has what it had */
	uint64_t old_bytes, old_apparent_bytes;
	uint64_t bytes, apparent_bytes, items, files;
	uint32_t errors; /* unreadable at or below */
};

struct batch {
	uint64_t number;
	int64_t time_s;
	const struct change *changes;  size_t change_count;
	const struct change_dir *dirs; size_t dir_count; /* changed directories, ancestors included */
	int64_t delta_bytes;         /* of the root */
	uint64_t events;             /* coalesced into this batch */
	uint32_t overflows;          /* seen since the last batch */
	bool incomplete;             /* memory ran out: the tree is right, this account of it is not whole */
};

struct watcher_options {
	enum notify_backend backend;
	const char *root;            /* the folder: an absolute path without symbolic links */
	unsigned share_percent;
	int tick_ms;                 /* 50 in the browser, 250 in `watch` (--debounce): the leading edge is at once */
	int rename_wait_ms;          /* 200: struct apply_options; tests lengthen it, since their machine may be busy */
	int recheck_s;               /* 40: names written to are looked at again after so long; tests shorten it */
	struct scan_counting counting;
	/*
	 * path of our database without symbolic links, or NULL: it, its companions and the folder of its indexes
	 * (NAME.index) make no batch and are not told; copied
	 */
	const char *own_db;
	/* Applier's thread; the batch is valid during the call.  May block: the queue coalesces meanwhile. */
	void (*sink)(void *context, const struct batch *batch);
	void *context;
	/*
	 * Applier's thread, once: the root is not there any more, or another folder.  The tree stays as it was, and
	 * there are no more batches.  May be NULL.
	 */
	void (*root_gone)(void *context);
	/* nobody keeps a dir_id across batches: that of a directory that went may become another's */
	bool reuse_dirs;
	/* written after each batch, when events were lost, and when the root went or is back; or -1 */
	int wake_fd;
};

struct watcher;

int watcher_create(const struct watcher_options *options, struct watcher **out, struct err *err);

/** Have a scan of the folder tell the watcher what it opens and finds: to be called for its options right before it. */
void watcher_listen(struct watcher *watcher, struct scan_options *options);

/** The scan is complete: start applying to `tree` (what was marked during the scan first). */
int watcher_run(struct watcher *watcher, struct tree *tree, struct err *err);

/**
 * Hold the applier between two batches (a snapshot is being copied); events go on being collected.  watcher_hold()
 * returns when it stands still.
 */
void watcher_hold(struct watcher *watcher);
void watcher_release(struct watcher *watcher);

/** The same without waiting: false when a batch is under way. */
bool watcher_try_hold(struct watcher *watcher);

/**
 * Apply nothing any more, for good; what is under way ends where it is.  False: so it did, and the tree, consistent as
 * it is, is that of no moment.
 */
bool watcher_halt(struct watcher *watcher);

/** Does the kernel tell of changes in this directory?  Else it is polled.  Any thread. */
bool watcher_watched(const struct watcher *watcher, dir_id dir);

/** Nothing dirty, nothing in limbo, nothing `?` (settling excepted). */
bool watcher_quiet(const struct watcher *watcher);
/** Is any part unknown (`?`) just now: after an overflow, until read again? */
bool watcher_unsettled(const struct watcher *watcher);

/**
 * Live growth since it was set to zero (live_growth.h), allocated and apparent bytes.  Of a directory's subtree,
 * wherever it lay; and of what has a name in it, where directories count only by what went from there and came: a row's
 * figure is both together.
 */
struct live_growth *watcher_live(const struct watcher *watcher);

/** Have this directory read again now (r; what is shown but only polled). */
void watcher_look(struct watcher *watcher, dir_id dir, bool below);

struct watcher_status {
	struct notify_status notify;
	uint64_t directories;        /* of the tree */
	uint64_t polled;             /* of them without a watch */
	uint64_t batches, changes;
	bool running, unsettled;
	/* of the root; but for ROOT_THERE the tree is as of gone_s, and nothing is applied any more */
	enum root_fate fate;
	int64_t gone_s;              /* Unix seconds */
	bool back;                   /* there is a folder at the root's path again; it was not read */
};
void watcher_status(const struct watcher *watcher, struct watcher_status *out);

/** Last batch, then stop; the tree stays. */
void watcher_destroy(struct watcher *watcher);

#endif
