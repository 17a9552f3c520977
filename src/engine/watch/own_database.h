/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_OWN_DATABASE_H
#define ENGINE_WATCH_OWN_DATABASE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/tree/tree.h"
#include "engine/watch/dirty.h"

/*
 * Our own database, where it lies in the tree that is followed: the file, its companions, and the folder of its
 * indexes.  What is written there tells of batches; if it made batches, that would never end.  So it waits for the next
 * batch that anybody else caused.  Thread: the applier.
 */

#define OWN_DIRS_MOST 64

struct own_database {
	char *path;                    /* NULL = there is none */
	dir_id folder, index;          /* DIR_NONE = not there */
	dir_id waiting[OWN_DIRS_MOST]; /* in them: dirty */
	unsigned waiting_count;
};

/** `path` NULL: there is none.  Without memory there is none either. */
void own_database_init(struct own_database *own, const char *path);
void own_database_free(struct own_database *own);

/** Where it lies in the tree: looked for anew, since it can be made while it is followed. */
void own_database_find(struct own_database *own, const struct tree *tree);

/** Is this entry of it? */
bool own_database_has(const struct own_database *own, dir_id dir, const void *name, size_t length);

/** Nothing but our own doing?  Then it waits.  False: there is something to be done, or too much to keep in mind. */
bool own_database_defer(struct own_database *own, const struct dirty_item *items, size_t count);

/** What has waited.  How many. */
size_t own_database_take(struct own_database *own, struct dirty_item items[OWN_DIRS_MOST]);

#endif
