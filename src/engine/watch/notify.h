/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_NOTIFY_H
#define ENGINE_WATCH_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/watch/dirty.h"
#include "engine/tree/node.h"

/*
 * What the kernel tells of a tree: (directory, names) on the dirty queue.  Two backends behind one interface, each with
 * one reader thread that drains and copies and never stats: fanotify (one mark per file system; root only;
 * notify_fanotify.c) and inotify (a watch per directory, through libinotifytools; notify_inotify.c).  One instance per
 * process, since that library's state is.  Directories are added by whoever holds them open (a scanner's worker, the
 * applier), before they are listed: "watch first, then list".
 *
 * What is marked:
 *   an entry came, went, changed      its name in its directory
 *   the directory itself changed, was moved or deleted     the directory, without a name
 *   its watch is lost (deleted)       the directory, to be listed; it is unwatched from then on
 *   it was unmounted                  DIRTY_TREE at the directory; it is unwatched from then on
 *   the kernel's queue overflowed     DIRTY_TREE at the root, after `overflows` has grown
 *   the reader had to stop            DIRTY_TREE at the root, after `failed` is set; nothing is watched from then on
 *
 * What only fanotify marks: writing to a file that has no name any more.  What only inotify marks: the name of a
 * directory in its parent when its own figures changed.
 */
struct notify;

enum notify_backend { NOTIFY_AUTO, NOTIFY_INOTIFY, NOTIFY_FANOTIFY };

struct notify_options {
	enum notify_backend backend; /* AUTO: fanotify where `root` is given and allows it, else inotify */
	const char *root;            /* the tree's top: does fanotify work there?  NULL = not asked */
	unsigned share_percent;      /* of max_user_watches: 50 in the browser, 90 in `watch` */
	struct dirty *dirty;         /* where it marks; outlives it */
	/* reader: `overflows` or `failed` has just changed; NULL = nobody is to be told.  Must not block */
	void (*lost)(void *context);
	void *context;               /* of lost() */
};

/**
 * Begin; nothing is watched yet.  Call it before the scanner opens files: the library cannot live with descriptors ≥
 * 1024.
 * Fails with a sentence: -EBUSY (one runs already), -EMFILE (no instance or no low descriptor left), -ENOSYS (fanotify
 * of this kernel, or no /proc), -ENOMEM, ...; for NOTIFY_FANOTIFY also -EPERM (not root), -EOPNOTSUPP (not on the file
 * system of `root`).
 */
int notify_start(const struct notify_options *options, struct notify **out, struct err *err);

/**
 * Stop the reader and give every watch back.  Nobody may be inside notify_add() or call anything afterwards.  NULL is
 * fine.
 */
void notify_stop(struct notify *notify);

/**
 * Watch the directory behind this open descriptor (not O_PATH) as `dir`.  Any thread.  Idempotent for the same
 * directory; a `dir` that has become another directory leaves its old watch; an inode that was watched as another `dir`
 * is this one's from now on, and that other one is unwatched without a mark (the events of its parent tell of a move).
 * What happens to the directory once this has returned is marked; what happens while a new watch is being entered is
 * marked, or seen by the listing that follows.
 * 0, -ENOSPC (the share or the kernel's limit is used up: it will be polled), -errno.
 */
int notify_add(struct notify *notify, dir_id dir, int fd);

/**
 * Its directory is gone, or is not followed any more: give its watch back, unless another directory has taken it over.
 * Applier only.
 */
void notify_remove(struct notify *notify, dir_id dir);

/** Any thread. */
bool notify_watched(const struct notify *notify, dir_id dir);

struct notify_status {
	enum notify_backend backend; /* in use; NOTIFY_FANOTIFY: with inotify for what that does not cover */
	/* NOTIFY_AUTO: why fanotify is not in use, "" = it is, or was not asked; valid until notify_stop() */
	const char *why_not;
	uint64_t watched, limit;     /* limit: our share of max_user_watches, or UINT64_MAX */
	uint64_t refused;            /* directories that asked for a watch and have none */
	uint64_t events;             /* read so far */
	uint32_t overflows;          /* epoch: grows with each overflow */
	int failed;                  /* -errno when the reader had to stop */
};
/** Any thread; each figure is right by itself. */
void notify_status(const struct notify *notify, struct notify_status *out);

#endif
