/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/exchange/import_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"

#define CHUNK ((size_t)64 << 10)
#define LINE_MOST ((size_t)4 << 20) /* far beyond any path */

static const char *place(const struct import_lines *lines, char out[40])
{
	snprintf(out, 40, _("line %" PRIu64), lines->number);
	return out;
}

int import_refuse_line(struct import_lines *lines, int error, const char *what)
{
	char where[40];

	return import_refuse(lines->source, error, what, place(lines, where));
}

int import_refuse_line_name(struct import_lines *lines, const char *what, const char *name, size_t length)
{
	char where[40];

	return import_refuse_name(lines->source, -EINVAL, what, name, length, place(lines, where));
}

/* Read some more behind what is there. */
static int fill(struct import_lines *lines)
{
	struct buf *text = &lines->text;

	if (lines->at) {
		memmove(text->data, text->data + lines->at, text->length - lines->at);
		text->length -= lines->at;
		lines->at = 0;
	}
	char *room = buf_room(text, CHUNK);

	if (!room)
		return import_refuse(lines->source, -ENOMEM, NULL, NULL);
	ssize_t n = import_bytes(lines->source, room, CHUNK);

	text->length -= n > 0 ? CHUNK - (size_t)n : CHUNK;
	lines->ended = n == 0;
	if (n >= 0)
		return 0;
	return import_refuse_line(lines, n == -ENODATA || n == -EBADMSG ? -EINVAL : (int)n,
	                          import_problem(lines->source, (int)n));
}

/* No path holds a NUL: where there is one, lines end with it. */
static int begin(struct import_lines *lines)
{
	int rc = 0;

	while (!rc && !lines->ended && lines->text.length < CHUNK)
		rc = fill(lines);
	lines->begun = true;
	lines->end = lines->text.length && memchr(lines->text.data, '\0', lines->text.length) ? '\0' : '\n';
	return rc;
}

int import_line(struct import_lines *lines, char **line, size_t *length)
{
	struct buf *text = &lines->text;
	size_t looked = 0;
	int rc = lines->begun ? 0 : begin(lines);

	while (!rc) {
		char *from = text->data + lines->at, *end = NULL;
		size_t left = text->length - lines->at;

		if (left > looked)
			end = memchr(from + looked, lines->end, left - looked);
		if (end) {
			lines->number++;
			*end = '\0';
			*line = from;
			*length = (size_t)(end - from);
			lines->at += *length + 1;
			return 1;
		}
		if (lines->ended && !left)
			return 0;
		lines->number += lines->ended;
		if (lines->ended)
			return import_refuse_line(lines, -EINVAL, _("it ends in the middle"));
		if (left > LINE_MOST)
			return import_refuse_line(lines, -EINVAL, _("a line that is too long"));
		looked = left;
		rc = fill(lines);
	}
	return rc;
}

size_t import_tidy_path(char *path, size_t length)
{
	size_t out = 0;

	for (size_t at = 0; at < length;) {
		const char *slash = memchr(path + at, '/', length - at);
		size_t n = slash ? (size_t)(slash - path) - at : length - at;

		if (n && !(n == 1 && path[at] == '.')) {
			if (out)
				path[out++] = '/';
			memmove(path + out, path + at, n);
			out += n;
		}
		at += n + 1;
	}
	return out;
}
