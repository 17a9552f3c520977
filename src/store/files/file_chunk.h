/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_FILE_CHUNK_H
#define STORE_SNAPSHOT_FILE_CHUNK_H

#include <stdint.h>

#include "engine/tree/tree.h"
#include "store/files/file_list.h"

/*
 * The packed form of a directory's files, one chunk:
 *
 *   format u8 = 1 | entry | entry | ...                        entries by the bytes of their names
 *
 *   entry: what u8 | length u8 | name | apparent | allocated | mtime | (ino | nlink)
 *
 *   what       bits 0-1 type (0 directory, 1 file, 2 symbolic link, 3 other), then one bit each: linked, allocated in
 *              bytes,
 *              error, excluded, other file system, kernel file system
 *   apparent   varint, bytes
 *   allocated  zigzag varint: blocks of 512 less those that the apparent size needs; or a varint in bytes, if that bit
 *   is set
 *   mtime      zigzag varint: seconds since the entry before (the first: since 1970)
 *   ino, nlink varints, of linked entries only
 *
 * A chunk ends behind an entry the hash of whose name has 10 zero bits, so that the others stay as they are when one
 * entry comes or goes.
 */

/**
 * Chunks of one directory; used again for the next one, so that a whole tree is packed in a few allocations.  Start
 * with {0}.
 */
struct file_chunks {
	unsigned char *bytes;
	size_t length, capacity;
	size_t *ends; /* of each chunk, in bytes */
	size_t count, ends_capacity;
	struct chunk_name *names; /* scratch */
	size_t names_capacity;
};

/** Pack the direct entries of a listed directory that are not entered directories.  Takes a pin.  0 or -ENOMEM. */
int file_chunks_pack(struct file_chunks *chunks, const struct tree *tree, dir_id dir);
void file_chunks_free(struct file_chunks *chunks);

/**
 * Hand the entries of a chunk to `take` one by one (names point into the bytes), until a call does not return 0: what
 * it returned is the answer.
 * -EINVAL when the bytes cannot be right.
 */
int file_chunk_each(const unsigned char *bytes, size_t length, int (*take)(void *taker, const struct file_entry *entry),
                    void *taker);

/** The order of entries: by the bytes of their names, a shorter one before those it begins. */
int file_names_compare(const void *a, size_t a_length, const void *b, size_t b_length);

#endif
