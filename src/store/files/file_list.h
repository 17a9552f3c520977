/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_FILE_LIST_H
#define STORE_SNAPSHOT_FILE_LIST_H

#include <stdint.h>

#include "base/err.h"
#include "engine/image/image.h"
#include "engine/tree/tree.h"
#include "store/db/store.h"

/*
 * File lists: the direct entries of a directory that are not entered directories (files, links, devices, leaf mounts,
 * excluded names), packed, sorted by the bytes of the name, cut into chunks in name order where the hash of a name has
 * 10 zero bits.  Format: file_chunk.h.
 */
struct file_entry {
	const unsigned char *name; /* borrowed from the list */
	uint8_t name_length;
	enum node_type type;
	unsigned flags; /* enum row_flag */
	uint64_t alloc_bytes, apparent_bytes;
	int64_t mtime_s;
	uint64_t ino; /* linked files, else 0 */
	uint32_t nlink;
};

struct file_list {
	struct file_entry *items; /* sorted by name bytes */
	size_t count;
	void *memory;
};

/**
 * Files of directory `dir` of an image: from snapshot_image() of this store, or mapped from an index beside it
 * (-ENOENT: its snapshot has no such directory).
 */
int file_list_read(struct store *store, const struct image *image, uint32_t dir, struct file_list *out,
                   struct err *err);

/** Files of the directory at an absolute path in a snapshot; -ENOENT. */
int file_list_at(struct store *store, int64_t snapshot, const void *path, size_t length, struct file_list *out,
                 struct err *err);

/** Files of a listed directory of a tree, as a snapshot would have them.  Takes a pin.  0 or -ENOMEM. */
int file_list_of_tree(const struct tree *tree, dir_id dir, struct file_list *out);
void file_list_clear(struct file_list *list);

/**
 * What stands for the directory itself, its files being these: its inode, and where deeper directories were too long to
 * be stored and are folded into it, those too (allocated bytes: the rest of its total; there is no such rest for the
 * apparent ones of a linked file, hence at least its own).  Not of a mapped index.
 */
void file_list_own(const struct image *image, uint32_t dir, const struct file_list *files, uint64_t *alloc_bytes,
                   uint64_t *apparent_bytes);

/**
 * Append the entries of a chunk (file_chunk.h) to a list whose `memory` holds its bytes.  -EINVAL when they cannot be
 * right, -ENOMEM.
 */
int file_list_unpack(const unsigned char *chunk, size_t length, struct file_list *list, size_t *capacity);

/** Entry of that name, or NULL.  Binary search. */
const struct file_entry *file_list_find(const struct file_list *list, const void *name, size_t length);

#endif
