/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/document.h"
#include "cli/options.h"
#include "store/snapshot/snapshot.h"

/*
 * What commands print: sentences on stderr; on stdout, all at once when everything is known, tables or a JSON document.
 */

/**
 * Before anything is said.  `json`: a failure is one line of JSON on stderr, {"error": SENTENCE, "path": PATH}, where
 * `path` (borrowed; may be NULL) is what the command was asked about.
 */
void output_begin(bool json, const char *path);

/** Print `disktracker: SENTENCE` on stderr and return STATUS_FAILED. */
int output_fail(const struct err *err);

/** The same for wrong usage, with the hint where help is; `command` may be NULL.  Returns STATUS_USAGE. */
int output_usage(const char *command, const struct err *err);

int output_misused(const char *command, const char *sentence);

/** Words that a check refused with `rc`: wrong usage, unless memory is what was missing. */
int output_refused(const char *command, int rc, const struct err *err);

/** A remark on stderr, not a failure. */
void output_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * Write the whole buffer to stdout.  Returns an exit status: done, a closed pipe (silent), or failed with its sentence.
 * Frees the buffer.
 */
int output_text(struct buf *text);

/** The same for a finished document. */
int output_json(struct document *json);

/** A name or path made safe for a person's eyes; "?" when memory is short.  Reuses `buf`. */
const char *output_safe(struct buf *buf, const char *path);
const char *output_safe_bytes(struct buf *buf, const void *bytes, size_t n);

/** Is the locale without UTF-8, or --ascii given?  Then nothing else is printed. */
bool output_ascii(const struct options *options);

/* ---- tables ---- */

enum cell_role { CELL_PLAIN, CELL_HEAD, CELL_GROW, CELL_SHRINK, CELL_NEW, CELL_DIM };

struct table_column {
	const char *head; /* translated */
	bool right;
};

/** Rows are added cell by cell and printed together, aligned. */
struct table {
	const struct table_column *columns;
	size_t column_count;
	struct buf text;        /* all cells, each NUL-terminated */
	struct { size_t offset; int width; enum cell_role role; } *cells;
	size_t cell_count, cell_capacity;
	bool failed;
};

/** What turns a colour on, "" = nothing does. */
const char *output_paint(enum paint color, enum cell_role role);

void table_begin(struct table *table, const struct table_column *columns, size_t count);

/** The next cell; a row is full after `count` of them.  The text must be safe. */
void table_cell(struct table *table, enum cell_role role, const char *text);

/** A cell of signed bytes: red for growth, green for shrinkage. */
void table_delta(struct table *table, int64_t bytes, bool si);

/** The same of growth that may not be known, or not all of it. */
void table_growth(struct table *table, struct growth_figure growth, bool si);

/**
 * Append the table, two blanks between columns, the head in bold, columns without any content left out; frees it.  0 or
 * -ENOMEM.
 */
int table_finish(struct table *table, enum paint color, struct buf *out);

/** Free it without printing. */
void table_drop(struct table *table);

#endif
