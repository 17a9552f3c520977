/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include <stdbool.h>

/* Where the database lies: its path and the folder around it.  store_default_path() is here, too. */

/** Absolute and without symbolic links as far as it exists: SQLite puts -wal and -shm beside the file that a link leads to.  NULL: no memory. */
char *place_resolve(const char *path);

/** Make the folders above a path, each its parent's owner's; the last one, for the database, is for him alone.  0 or -errno. */
int place_make(const char *path);

/** Does the folder of a path belong to another user? */
bool place_is_foreign(const char *path);

/** Take the lock of the folder of a path, waiting for it.  Advisory, between our own programs; where it cannot be had (NFS) we go on without: -1. */
int place_lock(const char *path);
void place_unlock(int lock);

/** Does it lie on a file system whose shared memory does not reach the other machines? */
bool place_on_network(const char *path);

#endif
