/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Writing one JSON document (RFC 8259) into a buffer, so that a command that fails half-way prints nothing.  Keys are
 * literals of ours; a NULL key stands for an element of an array.  Memory that runs out shows in `out.failed`, checked
 * once at the end (output_json()).
 */
struct document {
	struct buf out;
	unsigned depth;
	bool first;   /* nothing written yet in the innermost object or array */
	bool line;    /* all on one line: one document of many */
};

void document_object(struct document *document, const char *key);
void document_array(struct document *document, const char *key);
void document_end_object(struct document *document);
void document_end_array(struct document *document);

void document_int(struct document *document, const char *key, int64_t value);
void document_uint(struct document *document, const char *key, uint64_t value);
/**
 * A size, or a difference of sizes (base/figure.h): beyond what 64 bits count, the largest number there is and a member
 * `KEY_beyond` that is true; a difference that nobody knows is null.
 */
void document_size(struct document *document, const char *key, uint64_t bytes);
void document_growth(struct document *document, const char *key, int64_t bytes);
void document_bool(struct document *document, const char *key, bool value);
void document_null(struct document *document, const char *key);

/** Text of our own, or NULL for null. */
void document_text(struct document *document, const char *key, const char *value);

/**
 * Bytes of a name or path, or NULL for null: the string is always valid UTF-8, bad bytes as U+FFFD, and `KEY_b64`
 * follows with the bytes in base64 when that lost something.
 */
void document_bytes(struct document *document, const char *key, const void *bytes, size_t n);

/** The same for a NUL-terminated path. */
void document_path(struct document *document, const char *key, const char *path);

void document_free(struct document *document);

#endif
