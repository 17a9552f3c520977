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

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "config.h"

#define WRITER_SIZE ((size_t)256 << 10)
#define WRITER_SLACK 4096 /* an entry never needs more: 255 bytes of name as \u00xx and all fields */

/* ---- bytes ---- */

struct json_writer {
	struct ncdu_writer base;
	size_t used;
	char bytes[WRITER_SIZE + WRITER_SLACK];
};

static void flush(struct json_writer *writer)
{
	ncdu_write(&writer->base, writer->bytes, writer->used);
	writer->used = 0;
}

/* Room for one more entry. */
static inline void reserve(struct json_writer *writer)
{
	if (writer->used >= WRITER_SIZE)
		flush(writer);
}

static inline void put(struct json_writer *writer, const char *bytes, size_t n)
{
	memcpy(writer->bytes + writer->used, bytes, n);
	writer->used += n;
}

#define put_literal(writer, literal) put(writer, literal, sizeof(literal) - 1)

static void put_number(struct json_writer *writer, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	put(writer, digits + at, sizeof(digits) - at);
}

/* Inside the quotes; at most 6 bytes each. */
static void put_escaped(struct json_writer *writer, const unsigned char *name, size_t length)
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
		case '"': *out++ = '"'; break;
		case '\\': *out++ = '\\'; break;
		case '\b': *out++ = 'b'; break;
		case '\f': *out++ = 'f'; break;
		case '\n': *out++ = 'n'; break;
		case '\r': *out++ = 'r'; break;
		case '\t': *out++ = 't'; break;
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
static void put_path(struct json_writer *writer, const char *path)
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

static void put_item(struct ncdu_writer *base, const struct ncdu_item *item)
{
	struct json_writer *writer = (struct json_writer *)base;

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
}

static void put_header(struct ncdu_writer *base, int64_t timestamp, const char *root_path)
{
	struct json_writer *writer = (struct json_writer *)base;

	put_literal(writer, "[1,2,{\"progname\":\"disktracker\",\"progver\":\"" PACKAGE_VERSION "\",\"timestamp\":");
	put_number(writer, timestamp > 0 ? (uint64_t)timestamp : 0);
	put_literal(writer, "},\n[{\"name\":\"");
	put_path(writer, root_path);
}

static void put_end_dir(struct ncdu_writer *base)
{
	struct json_writer *writer = (struct json_writer *)base;

	reserve(writer);
	put_literal(writer, "]");
}

static void end(struct ncdu_writer *base)
{
	struct json_writer *writer = (struct json_writer *)base;

	put_literal(writer, "]\n");
	flush(writer);
}

static void drop(struct ncdu_writer *base)
{
	free(base);
}

static const struct ncdu_form form = {.put_header = put_header,
                                      .put_item = put_item,
                                      .put_end_dir = put_end_dir,
                                      .end = end,
                                      .drop = drop};

struct ncdu_writer *ncdu_json_writer(void)
{
	struct json_writer *writer = alloc_resize(NULL, 1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->base = (struct ncdu_writer){.form = &form};
	writer->used = 0;
	return &writer->base;
}
