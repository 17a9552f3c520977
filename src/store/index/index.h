/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_INDEX_INDEX_H
#define STORE_INDEX_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/image/image.h"
#include "store/index/index_folder.h"
#include "store/db/store.h"

#define INDEX_MAGIC "DSKTRKMM"

/*
 * An image on disk: one file per root, NAME.index/<hash of the root>.mmap beside the database NAME (index_folder.h;
 * format: index_format.h).
 * No content of the file can make the program read outside it: it is refused (-EINVAL with a sentence) unless every
 * section, order and checksum holds.
 */

struct index_meta {
	const char *root;    /* absolute, raw */
	const char *options; /* counting options */
	char *memory;        /* both, where an index was read: index_meta_clear() */
	int64_t snapshot_id;
	int64_t taken_at;                 /* Unix seconds: end of the scan, or of the compaction */
	uint64_t covers_seq;              /* overlay rows up to this are in it */
	bool trusted;                     /* parts were not read again (--warm, polled) */
	uint8_t database[STORE_ID_BYTES]; /* store_id() of the database */
};
void index_meta_clear(struct index_meta *meta);

/** NAME.tmp, written, fsynced, renamed, folder fsynced.  On failure the old file stays. */
int index_write(const char *path, const struct image *image, const struct index_meta *meta, struct err *err);

/**
 * Check everything.  A large one is mapped, see image_lost().  Refused, too, unless it is the index of this root (NULL
 * = of any); of which database, the caller asks (index_is_of()).
 */
int index_open(const char *path, const char *root, struct image **out, struct index_meta *meta, struct err *err);

/** Does the index name this database? */
bool index_is_of(const struct index_meta *meta, const struct store *store);

/** -EINVAL, with the sentence for an index that is not. */
int index_of_another(const char *path, struct err *err);

/** -EIO, with the sentence for an index of which something was lost while it was used (image_lost()). */
int index_lost(const struct image *image, struct err *err);

/**
 * The index of a root in memory, if it is one of this database; else -EINVAL with a sentence, -ENOENT when there is
 * none, or as index_open().
 */
int index_load(const struct store *store, const char *root, struct image **out, struct index_meta *meta,
               struct err *err);

/** The same for who looks up a few figures in it: a large one is mapped, see image_lost(). */
int index_map(const struct store *store, const char *root, struct image **out, struct index_meta *meta,
              struct err *err);

#endif
