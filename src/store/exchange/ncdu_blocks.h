/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_NCDU_BLOCKS_H
#define STORE_EXCHANGE_NCDU_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The blocks of a file in ncdu's binary format, read in any order and believed in nothing: lengths, offsets and numbers
 * are checked against the file, and no item is given out twice, so that references in a circle come to an end.
 */
struct ncdu_blocks;

/**
 * `fd` is borrowed, and read by pread(2) from `start` on.  *what: what is wrong; NULL for -ENOMEM, and -errno of
 * reading.
 */
int ncdu_blocks_open(int fd, off_t start, struct ncdu_blocks **out, const char **what);
void ncdu_blocks_close(struct ncdu_blocks *blocks);

/** Itemref of the root. */
uint64_t ncdu_blocks_root(const struct ncdu_blocks *blocks);

/**
 * The bytes from an item on, to the end of its block: *left of them, valid until the next call.  Each item once.
 * -EINVAL with *what, -ENOMEM, -errno.
 */
int ncdu_blocks_item(struct ncdu_blocks *blocks, uint64_t ref, const unsigned char **item, size_t *left,
                     const char **what);

/** Bytes of the file that have been read. */
uint64_t ncdu_blocks_read(const struct ncdu_blocks *blocks);

#endif
