/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_REMOVE_TRASH_H
#define ENGINE_REMOVE_TRASH_H

#include "engine/remove/remove.h"

/*
 * The trash of the freedesktop.org Trash specification 1.0: on the same file system only, since what is copied to
 * another disk frees nothing and takes as much there.  The home trash for what lies beside it, else $topdir/.Trash/$uid
 * (a folder with the sticky bit, no link), else $topdir/.Trash-$uid.
 *
 * Everything is done relative to open folders.  The note is written and synced before its thing is renamed, so that
 * after a crash there is nothing in files/ without one.
 */

/** What went into the trash, and can be taken out again. */
struct trashed {
	char *path;        /* where it was: absolute, raw */
	char *trash;       /* the trash folder, absolute, raw */
	char *name;        /* in files/, and of the note in info/ */
	uint64_t ino, dev; /* of it, and of the folder that it was in */
	uint64_t parent_ino, parent_dev;
};

struct trash_result {
	struct trashed *items;
	size_t count, capacity;
	uint64_t bytes, entries; /* of all of them, as chosen */
};

/**
 * Move all that was chosen into the trash, each entry by one rename; not what something is mounted below.  Counters,
 * `cancel` and errors of the removal as in removal_run(); -EXDEV among the errors: there is no trash on its file
 * system.  0 or -ENOMEM.
 */
int trash_run(struct removal *removal, struct trash_result *result);

/**
 * Put everything back where it was, unless something else bears its name by now.  What could not be is an error of
 * `errors`, and stays in the result; the rest is gone from it.
 */
void trash_undo(struct trash_result *result, struct removal_errors *errors);
void trash_result_clear(struct trash_result *result);

#endif
