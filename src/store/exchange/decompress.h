/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_DECOMPRESS_H
#define STORE_EXCHANGE_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Bytes of a descriptor in order, decompressed on the way when they begin like gzip (RFC 1952), zstd (RFC 8878) or xz.
 * One thread.
 */
struct decompress;

/** `fd` is borrowed; `cancel` (or NULL) is polled, also while a pipe has nothing to say.  NULL + errno (ENOMEM). */
struct decompress *decompress_create(int fd, const _Atomic bool *cancel);
void decompress_destroy(struct decompress *source);

/**
 * Read up to `size` bytes.  Returns how many (0 at the end), or -ECANCELED, -ENOMEM, -errno of read(2), -EBADMSG for a
 * compressed stream that is damaged, -ENODATA for one that breaks off.
 */
ssize_t decompress_read(struct decompress *source, void *buffer, size_t size);

#define DECOMPRESS_PEEK 64

/**
 * How the decompressed bytes begin: up to DECOMPRESS_PEEK of them, fewer at the end or where reading fails (which the
 * next decompress_read() that has nothing left then says).  Before the first decompress_read().
 */
size_t decompress_peek(struct decompress *source, unsigned char out[DECOMPRESS_PEEK]);

/** Behind the first byte: is it not compressed, so that the descriptor holds the very bytes? */
bool decompress_is_plain(const struct decompress *source);

/** Bytes taken from the descriptor so far. */
uint64_t decompress_taken(const struct decompress *source);

#endif
