/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_IMPORT_LINES_H
#define STORE_EXCHANGE_IMPORT_LINES_H

#include "base/buf.h"
#include "store/exchange/import_source.h"

/* The lines of an export that is text.  Zeroed but for `source` = at the beginning. */
struct import_lines {
	struct import_source *source;
	struct buf text;           /* what is read and not yet told of */
	size_t at;
	bool begun, ended;
	char end;                  /* of a line: LF, or NUL when there is one at the beginning */
	uint64_t number;           /* of the line told last, from 1 */
};

/** The next line, NUL-terminated, valid until the next call: 1; 0 at the end; or -errno with a sentence. */
int import_line(struct import_lines *lines, char **line, size_t *length);

/** import_refuse() at that line; -EINVAL unless it is said otherwise. */
int import_refuse_line(struct import_lines *lines, int error, const char *what);
int import_refuse_line_name(struct import_lines *lines, const char *what, const char *name, size_t length);

/**
 * The components of a path, moved together in place: no empty ones, no ".".  Returns the new length, without a slash in
 * front or behind.
 */
size_t import_tidy_path(char *path, size_t length);

#endif
