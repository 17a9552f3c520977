/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/image.h"

/*
 * An image on disk: one memory-mapped file per root, index/<hash of the root>.mmap beside the database (DESIGN §5; format: index.c).
 * No content of the file can make the program read outside it: it is refused (-EINVAL with a sentence) unless every section, order and checksum holds.
 */

struct index_meta {
	char *root;                 /* absolute, raw; owned (index_meta_clear) */
	char *options;              /* counting options */
	int64_t snapshot_id;
	int64_t taken_at;           /* Unix seconds: end of the scan, or of the compaction */
	uint64_t covers_seq;        /* overlay rows up to this are in it */
	bool trusted;               /* parts were not read again (--warm, polled) */
};
void index_meta_clear(struct index_meta *meta);

/** Append path of the index (or its lock) of a root, beside database `db`. */
int index_path(const char *db, const char *root, struct buf *out);
int index_lock_path(const char *db, const char *root, struct buf *out);

/** NAME.tmp, written, fsynced, renamed, folder fsynced.  On failure the old file stays. */
int index_write(const char *path, const struct image *image, const struct index_meta *meta, struct err *err);

/** Map and check everything.  Refused, too, unless it is the index of this root (NULL = of any). */
int index_open(const char *path, const char *root, struct image **out, struct index_meta *meta, struct err *err);

/** Take the lock of the one process that follows the root: descriptor, or -EWOULDBLOCK (somebody does), -errno.  Released by close(). */
int index_lock(const char *path, struct err *err);

/** Does a process hold it just now? */
bool index_locked(const char *path);

#endif
