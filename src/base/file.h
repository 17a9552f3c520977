/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Small texts that people write: settings, patterns. */

#define FILE_TEXT_MOST ((size_t)1 << 20) /* bytes */

/**
 * Append a whole file, without a byte order mark.  Regular files up to FILE_TEXT_MOST only: a pipe is not waited for, a
 * device never ends.
 * 0 or -errno, with what is wrong with it in `why`; the path is the caller's to say.
 */
int file_read_text(const char *path, struct buf *out, struct err *why);

/**
 * The next line from *at on, its end (LF, CR LF) replaced by a NUL; NULL behind the last.  *length: where strlen() says
 * less, it holds a NUL.
 */
char *file_next_line(const struct buf *text, size_t *at, size_t *length);

#endif
