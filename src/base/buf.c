/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
	buf->length = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

char *buf_room(struct buf *buf, size_t n)
{
	if (buf->failed)
		return NULL;
	if (n >= SIZE_MAX - buf->length - 1) {
		buf->failed = true;
		return NULL;
	}
	if (alloc_room(&buf->data, &buf->capacity, buf->length + n + 1)) {
		buf->failed = true;
		return NULL;
	}
	char *room = buf->data + buf->length;

	buf->length += n;
	buf->data[buf->length] = '\0';
	return room;
}

int buf_add(struct buf *buf, const void *bytes, size_t n)
{
	char *room = buf_room(buf, n);

	if (!room)
		return -ENOMEM;
	if (n)
		memcpy(room, bytes, n);
	return 0;
}

int buf_str(struct buf *buf, const char *string)
{
	return buf_add(buf, string, strlen(string));
}

int buf_char(struct buf *buf, char c)
{
	return buf_add(buf, &c, 1);
}

int buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	char *room = n < 0 ? NULL : buf_room(buf, (size_t)n);

	if (room)
		vsnprintf(room, (size_t)n + 1, format, again);
	va_end(again);
	va_end(args);
	return room ? 0 : -ENOMEM;
}
