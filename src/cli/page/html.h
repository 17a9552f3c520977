/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_PAGE_HTML_H
#define CLI_PAGE_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Writing a page: HTML that is well-formed XML as well.  Whatever the bytes, what comes out is valid UTF-8 without
 * control characters, and no markup of theirs.  Memory that runs out shows in `failed` of the buffer.
 */

/** Text of our own, or a name made safe: in an element or between quotes. */
void html_text(struct buf *out, const char *text);
void html_printf(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Bytes of a name or path, for people: as text_safe() has them, cut to `cells`. */
void html_name(struct buf *out, const void *bytes, size_t n, int cells);

/** The same as an element of its own: a name from right to left leaves what stands beside it in place. */
void html_isolated(struct buf *out, const char *path, int cells);

/** A size and a difference of sizes (base/figure.h): for people, and the exact number for programs. */
void html_size(struct buf *out, uint64_t bytes, bool si);
void html_delta(struct buf *out, int64_t bytes, bool si);

/** A bar beside a figure that says the same: `share` of the width, 0 to 1. */
void html_bar(struct buf *out, double share, const char *class);

/** A part with a heading and, if there is one, a sentence below; closed by </section>. */
void html_section(struct buf *out, const char *id, const char *title, const char *about);

struct html_head {
	const char *text;
	const char *class; /* "n": a figure */
};

/** A table up to its first row; `caption` may be NULL. */
void html_table(struct buf *out, const char *caption, const struct html_head *heads, size_t count);
void html_end_table(struct buf *out);

void html_cell(struct buf *out, const char *class, const char *text);
void html_cell_size(struct buf *out, uint64_t bytes, bool si);
void html_cell_delta(struct buf *out, int64_t bytes, bool si);

#endif
