/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DB_LOCATION_H
#define STORE_DB_LOCATION_H

#include <stdbool.h>

struct file_identity;

#include "store/db/handle.h"

/* Where the database lies: its path and the folder around it.  store_default_path() is here, too. */

/**
 * Absolute and without symbolic links as far as it exists: SQLite puts -wal and -shm beside the file that a link leads
 * to.  NULL: no memory.
 */
char *location_resolve(const char *path);

/**
 * Make the folders above a path, each its parent's owner's; the last one, for the database, is for him alone.  0 or
 * -errno.
 */
int location_make(const char *path);

/** Does the folder of a path belong to another user? */
bool location_is_foreign(const char *path);

/**
 * Take the lock of the folder of a path, waiting for it.  Advisory, between our own programs; where it cannot be had
 * (NFS) we go on without: -1.
 */
int location_lock(const char *path);
void location_unlock(int lock);

/** Which file lies there, and which folder around it.  0, or -errno when there is no file. */
int location_identify(const char *path, struct file_identity *file, struct file_identity *folder);
bool location_same(const struct file_identity *a, const struct file_identity *b);

/** Does it lie on a file system whose shared memory does not reach the other machines? */
bool location_on_network(const char *path);

#endif
