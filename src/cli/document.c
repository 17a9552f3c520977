/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/document.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/figure.h"
#include "base/text.h"

/*
 * The document and its lists have a line per value, so that people can read it and diff it; an entry of a list stays on
 * one line.
 */
#define LINES_DEPTH 2

static unsigned lines_depth(const struct document *document)
{
	return document->line ? 0 : LINES_DEPTH;
}

static void key_of(struct document *document, const char *key)
{
	if (document->depth) {
		if (!document->first)
			buf_char(&document->out, ',');
		if (document->depth <= lines_depth(document))
			buf_printf(&document->out, "\n%*s", (int)document->depth * 2, "");
		else if (!document->first)
			buf_char(&document->out, ' ');
	}
	document->first = false;
	if (key)
		buf_printf(&document->out, "\"%s\": ", key);
}

static void begin(struct document *document, const char *key, char bracket)
{
	key_of(document, key);
	buf_char(&document->out, bracket);
	document->depth++;
	document->first = true;
}

static void end(struct document *document, char bracket)
{
	document->depth--;
	if (!document->first && document->depth < lines_depth(document))
		buf_printf(&document->out, "\n%*s", (int)document->depth * 2, "");
	document->first = false;
	buf_char(&document->out, bracket);
	if (!document->depth)
		buf_char(&document->out, '\n');
}

void document_object(struct document *document, const char *key)
{
	begin(document, key, '{');
}

void document_array(struct document *document, const char *key)
{
	begin(document, key, '[');
}

void document_end_object(struct document *document)
{
	end(document, '}');
}

void document_end_array(struct document *document)
{
	end(document, ']');
}

void document_int(struct document *document, const char *key, int64_t value)
{
	key_of(document, key);
	buf_printf(&document->out, "%" PRId64, value);
}

void document_uint(struct document *document, const char *key, uint64_t value)
{
	key_of(document, key);
	buf_printf(&document->out, "%" PRIu64, value);
}

static void say_beyond(struct document *document, const char *key)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_beyond", key);
	document_bool(document, name, true);
}

void document_size(struct document *document, const char *key, uint64_t bytes)
{
	document_uint(document, key, bytes);
	if (bytes == FIGURE_BEYOND)
		say_beyond(document, key);
}

void document_growth(struct document *document, const char *key, int64_t bytes)
{
	if (bytes == FIGURE_UNKNOWN) {
		document_null(document, key);
		return;
	}
	document_int(document, key, bytes);
	if (bytes == INT64_MAX || bytes == -INT64_MAX)
		say_beyond(document, key);
}

void document_bool(struct document *document, const char *key, bool value)
{
	key_of(document, key);
	buf_str(&document->out, value ? "true" : "false");
}

void document_null(struct document *document, const char *key)
{
	key_of(document, key);
	buf_str(&document->out, "null");
}

void document_text(struct document *document, const char *key, const char *value)
{
	bool lost = false;

	if (!value) {
		document_null(document, key);
		return;
	}
	key_of(document, key);
	text_json(&document->out, value, strlen(value), &lost);
}

void document_bytes(struct document *document, const char *key, const void *bytes, size_t n)
{
	bool lost = false;

	if (!bytes) {
		document_null(document, key);
		return;
	}
	key_of(document, key);
	text_json(&document->out, bytes, n, &lost);
	if (!lost || !key)
		return;
	buf_str(&document->out, document->depth <= lines_depth(document) ? ",\n" : ", ");
	if (document->depth <= lines_depth(document))
		buf_printf(&document->out, "%*s", (int)document->depth * 2, "");
	buf_printf(&document->out, "\"%s_b64\": \"", key);
	text_base64(&document->out, bytes, n);
	buf_char(&document->out, '"');
}

void document_path(struct document *document, const char *key, const char *path)
{
	document_bytes(document, key, path, path ? strlen(path) : 0);
}

void document_free(struct document *document)
{
	buf_free(&document->out);
	*document = (struct document){0};
}
