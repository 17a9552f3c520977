/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_RAW_RAW_H
#define ENGINE_RAW_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Directories and inodes of a mounted ext2, ext3 or ext4, from its own tables instead of by system calls; docs/RAW.md
 * says why that is right.  What it answers is what getdents64() and statx() would say.  Where it cannot be sure of that
 * it answers RAW_ASK: ask the kernel.  That is so of all that changed lately.
 *
 * Threads: any number, at once.  The tables are read piece by piece as inodes are asked for, and kept as 16 bytes an
 * inode; a piece is published by its state, and who finds another at it reads its inode by itself.
 */
struct raw;

#define RAW_ASK 1

/** What a thread reads into, empty at first; it grows to the largest directory. */
struct raw_room {
	unsigned char *blocks;
	size_t capacity;
};

/**
 * Begin with the file system that the open directory `fd` lies on, `dev` its st_dev.  Writes out what is dirty there
 * (sizes and blocks of files are known only then), which may take a while.  NULL: it cannot be done, with a sentence
 * that says why, or "out of memory".
 */
struct raw *raw_open(int fd, dev_t dev, struct err *why);

/** The same of an image of such a file system, that nobody has mounted; `young_s`: what changed since is RAW_ASK. */
struct raw *raw_open_image(int image, dev_t dev, int64_t young_s);
void raw_close(struct raw *raw);

/**
 * The entries of the directory that is inode `ino`, but "." and "..", as they were all at one moment.  `take` is called
 * when all is known to be well; `type` is as d_type.  0; RAW_ASK: it was not called; what `take` returned other than 0.
 */
int raw_list(struct raw *raw, struct raw_room *room, uint64_t ino,
             int (*take)(void *context, uint64_t ino, unsigned char type, const char *name, size_t length),
             void *context);
void raw_room_free(struct raw_room *room);

/**
 * As statx(2) of the inode, for STATX_BASIC_STATS and STATX_BTIME; of files owner, permissions and fine times only with
 * `all`.
 */
int raw_stat(struct raw *raw, uint64_t ino, bool all, struct statx *out);

#endif
