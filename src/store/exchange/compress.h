/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_COMPRESS_H
#define STORE_EXCHANGE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

/* The other way round than decompress.h: bytes in order, compressed with zstd (RFC 8878), gzip (RFC 1952) or xz. */

enum compress_form { COMPRESS_NONE, COMPRESS_ZSTD, COMPRESS_GZIP, COMPRESS_XZ };

/** What the end of a file's name says: .zst, .gz, .xz. */
enum compress_form compress_by_name(const char *path);

/** 0 or -errno, which ends it. */
typedef int compress_write(void *context, const void *bytes, size_t length);

/** `level`: 1 to 22 as zstd has it; the others end at 9.  NULL without memory. */
struct compress *compress_create(enum compress_form form, int level, compress_write *write, void *context);
void compress_destroy(struct compress *compress);

/** Some more of them; `end`: that is all.  0, -ENOMEM, -EIO, or what `write` said. */
int compress_put(struct compress *compress, const void *bytes, size_t length, bool end);

#endif
