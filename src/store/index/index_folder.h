/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_INDEX_INDEX_FOLDER_H
#define STORE_INDEX_INDEX_FOLDER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Where the indexes of a database lie: NAME.index/ beside the database NAME, 0700.  It is believed only where nobody
 * else can have written: folder and files must be ours (the effective user's) or root's, and not writable by group or
 * others.  Anything else is refused (-EPERM) with a sentence, never followed, waited for, or written to, and the
 * program does without an index.
 */

struct store;

/**
 * Append the path of the folder of database `db`, with a slash behind it; of the index of a root in it; of its lock.
 */
int index_folder_path(const char *db, struct buf *out);
int index_path(const char *db, const char *root, struct buf *out);
int index_lock_path(const char *db, const char *root, struct buf *out);

/**
 * The folder of a file in it, by descriptor.  `make`: made when it is missing, unless the database is another user's.
 * -ENOENT: there is none.  -EPERM: not to be believed.  Both, like others, with a sentence.
 */
int index_folder_open(const char *path, bool make, struct err *err);

/** A file of the open folder `folder`, by its whole path: regular and to be believed, else -EPERM.  Never blocks. */
int index_file_open(int folder, const char *path, int flags, struct err *err);

/** Its name in the folder. */
const char *index_file_name(const char *path);

/** Remove a file, if the folder is to be believed.  0 or -errno. */
int index_remove(const char *path);

/**
 * Take the lock of the one process that follows the root: descriptor, or -EWOULDBLOCK (somebody does), -errno.
 * Released by close().
 */
int index_lock(const char *path, struct err *err);

/** Does a process hold it just now? */
bool index_locked(const char *path);

/**
 * What the holder of the lock says of itself, in locks beside it: that needs no disk, is true at once, and goes with
 * the process.
 */
enum index_word {
	INDEX_BEHIND = 1 << 0,  /* what it knows cannot be written just now */
	INDEX_POLLING = 1 << 1, /* not every folder is watched: some are looked at in turn */
};
void index_lock_say(int lock_fd, enum index_word word, bool is);

/** What the holder says, enum index_word or'ed; 0 where nobody holds it. */
unsigned index_lock_words(const char *path);

/**
 * Remove what an earlier version left in index/ beside the database: the files named for this database and the roots
 * that it knows, and the folder when it is empty then.  What other databases have there stays.
 */
void index_drop_older(struct store *store);

#endif
