/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * ncdu's JSON, version 1.2 (https://dev.yorhel.nl/ncdu/jsonfmt).  The bytes are chosen as ncdu chooses them: one entry
 * a line, zero sizes left out, names raw but for quote, backslash and control bytes, `dev` only where it differs from
 * the parent's.  What differs:
 * siblings come in the order of their names' bytes, and excluded directories keep their brackets, so that their type
 * survives.
 */
#include "store/exchange/ncdu_writer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "config.h"

#define WRITER_SIZE ((size_t)256 << 10)
#define WRITER_SLACK 4096 /* an entry never needs more: 255 bytes of name as \u00xx and all fields */

/* ---- bytes ---- */

struct ncdu_writer {
	int fd;
	int error; /* the first failure; later output is dropped */
	size_t used;
	char bytes[WRITER_SIZE + WRITER_SLACK];
};

static void flush(struct ncdu_writer *writer)
{
	size_t at = 0;

	while (at < writer->used && !writer->error) {
		ssize_t n = write(writer->fd, writer->bytes + at, writer->used - at);

		if (n >= 0) {
			at += (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd ready = {.fd = writer->fd, .events = POLLOUT};

			poll(&ready, 1, -1);
		} else if (errno != EINTR) {
			writer->error = -errno;
		}
	}
	writer->used = 0;
}

/* Room for one more entry. */
static inline void reserve(struct ncdu_writer *writer)
{
	if (writer->used >= WRITER_SIZE)
		flush(writer);
}

static inline void put(struct ncdu_writer *writer, const char *bytes, size_t n)
{
	memcpy(writer->bytes + writer->used, bytes, n);
	writer->used += n;
}

#define put_literal(writer, literal) put(writer, literal, sizeof(literal) - 1)

static void put_number(struct ncdu_writer *writer, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	put(writer, digits + at, sizeof(digits) - at);
}

/* Inside the quotes; at most 6 bytes each. */
static void put_escaped(struct ncdu_writer *writer, const unsigned char *name, size_t length)
{
	static const char hex[16] = "0123456789abcdef";
	char *out = writer->bytes + writer->used;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = name[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
			*out++ = (char)c;
			continue;
		}
		*out++ = '\\';
		switch (c) {
		case '"':
			*out++ = '"';
			break;
		case '\\':
			*out++ = '\\';
			break;
		case '\b':
			*out++ = 'b';
			break;
		case '\f':
			*out++ = 'f';
			break;
		case '\n':
			*out++ = 'n';
			break;
		case '\r':
			*out++ = 'r';
			break;
		case '\t':
			*out++ = 't';
			break;
		default:
			memcpy(out, "u00", 3);
			out[3] = hex[c >> 4];
			out[4] = hex[c & 15];
			out += 5;
		}
	}
	writer->used = (size_t)(out - writer->bytes);
}

/* A path may be longer than the slack. */
static void put_path(struct ncdu_writer *writer, const char *path)
{
	size_t length = strlen(path);

	while (length) {
		size_t n = length < 256 ? length : 256;

		reserve(writer);
		put_escaped(writer, (const unsigned char *)path, n);
		path += n;
		length -= n;
	}
	reserve(writer);
}

/* ---- entries ---- */

int ncdu_put_item(struct ncdu_writer *writer, const struct ncdu_item *item)
{
	reserve(writer);
	if (item->name) {
		if (item->is_dir)
			put_literal(writer, ",\n[{\"name\":\"");
		else
			put_literal(writer, ",\n{\"name\":\"");
		put_escaped(writer, item->name, item->length);
	}
	put_literal(writer, "\"");
	if (item->apparent_bytes) {
		put_literal(writer, ",\"asize\":");
		put_number(writer, item->apparent_bytes);
	}
	if (item->alloc_bytes) {
		put_literal(writer, ",\"dsize\":");
		put_number(writer, item->alloc_bytes);
	}
	if (item->dev) {
		put_literal(writer, ",\"dev\":");
		put_number(writer, item->dev);
	}
	if (item->extended.known) {
		put_literal(writer, ",\"uid\":");
		put_number(writer, item->extended.uid);
		put_literal(writer, ",\"gid\":");
		put_number(writer, item->extended.gid);
		put_literal(writer, ",\"mode\":");
		put_number(writer, item->extended.mode);
	}
	if (item->has_mtime) {
		put_literal(writer, ",\"mtime\":");
		if (item->mtime_s < 0)
			put_literal(writer, "-");
		put_number(writer, item->mtime_s < 0 ? 0 - (uint64_t)item->mtime_s : (uint64_t)item->mtime_s);
	}
	if (item->linked) {
		put_literal(writer, ",\"ino\":");
		put_number(writer, item->ino);
		put_literal(writer, ",\"hlnkc\":true,\"nlink\":");
		put_number(writer, item->nlink);
	}
	if (item->read_error)
		put_literal(writer, ",\"read_error\":true");
	if (item->notreg)
		put_literal(writer, ",\"notreg\":true");
	if (item->excluded) {
		put_literal(writer, ",\"excluded\":\"");
		put(writer, item->excluded, strlen(item->excluded));
		put_literal(writer, "\"");
	}
	put_literal(writer, "}");
	return writer->error;
}

void ncdu_put_header(struct ncdu_writer *writer, int64_t timestamp, const char *root_path)
{
	put_literal(writer, "[1,2,{\"progname\":\"disktracker\",\"progver\":\"" PACKAGE_VERSION "\",\"timestamp\":");
	put_number(writer, timestamp > 0 ? (uint64_t)timestamp : 0);
	put_literal(writer, "},\n[{\"name\":\"");
	put_path(writer, root_path);
}

int ncdu_put_end_dir(struct ncdu_writer *writer)
{
	reserve(writer);
	put_literal(writer, "]");
	return writer->error;
}

static const char *excluded_word(unsigned row_flags)
{
	if (row_flags & ROW_EXCLUDED)
		return "pattern";
	if (row_flags & ROW_OTHERFS)
		return "otherfs"; /* what every ncdu reads, though 1.x writes "othfs" */
	return row_flags & ROW_KERNFS ? "kernfs" : NULL;
}

void ncdu_item_leaf(struct ncdu_item *item, enum node_type type, unsigned row_flags, uint64_t ino, uint32_t nlink)
{
	item->is_dir = type == NODE_DIR;
	item->excluded = excluded_word(row_flags);
	item->read_error = (row_flags & ROW_ERROR) != 0;
	if (row_flags & ROW_LEAF)
		return; /* was not stat-ed: nothing more is known */
	item->notreg = type != NODE_DIR && type != NODE_REG;
	if (nlink > 1) {
		item->linked = true;
		item->ino = ino;
		item->nlink = nlink;
	}
}

int ncdu_writer_finish(struct ncdu_writer *writer, int error, struct err *err)
{
	if (!error) {
		put_literal(writer, "]\n");
		flush(writer);
		error = writer->error;
	}
	free(writer);
	if (error == -ENOMEM)
		return err_set(err, error, _("out of memory while writing the export"));
	if (error)
		return err_set(err, error, _("the export cannot be written: %s"), strerror(-error));
	return 0;
}

struct ncdu_writer *ncdu_writer_create(int fd)
{
	struct ncdu_writer *writer = alloc_resize(NULL, 1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->fd = fd;
	writer->error = 0;
	writer->used = 0;
	return writer;
}
