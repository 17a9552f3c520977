/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

/**
 * A growing run of bytes.  Start with `{0}`; end with buf_free().
 * The first failed growth sets `failed` and every later append does nothing, so that a caller checks once at the end.
 */
struct buf {
	char *data;      /* NUL-terminated whenever not NULL */
	size_t length;   /* bytes, without the NUL */
	size_t capacity;
	bool failed;
};

void buf_free(struct buf *buf);
void buf_clear(struct buf *buf);

/** Append n bytes.  Returns 0 or -ENOMEM. */
int buf_add(struct buf *buf, const void *bytes, size_t n);
int buf_str(struct buf *buf, const char *string);
int buf_char(struct buf *buf, char c);
int buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Room for n more bytes at the end, uninitialised; NULL on failure.  The length grows by n. */
char *buf_room(struct buf *buf, size_t n);

#endif
