/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_ROOT_GUARD_H
#define ENGINE_WATCH_ROOT_GUARD_H

#include "engine/tree/tree.h"

/*
 * Is a folder that is followed still the one it was: not removed, replaced, moved away, unmounted or mounted over?  Its
 * own watch does not tell of all that: the folder that it lies in does, and the table of mounts (mounts_notify()).
 * inotify keeps nothing busy, so a medium can be unmounted meanwhile.
 */

/** What became of it. */
enum root_fate {
	ROOT_THERE,
	ROOT_REMOVED,   /* nothing is at its path, or nothing that can be reached */
	ROOT_REPLACED,  /* something else is */
	ROOT_UNMOUNTED, /* the folder that its file system was mounted on is */
	ROOT_COVERED,   /* another file system was mounted there */
};

/** Any thread. */
enum root_fate root_guard_fate(const struct tree *tree);

/**
 * A descriptor that is readable when something may have happened to the folder of that absolute path, or, where there
 * is none, when it may be there; the caller closes it.  -errno: it cannot be told.
 */
int root_guard_open(const char *path);

/** Take away what was told: readable again with the next. */
void root_guard_take(int guard);

#endif
