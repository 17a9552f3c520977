/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_BROWSER_COLUMNS_H
#define UI_BROWSER_COLUMNS_H

#include "ui/browser/browser.h"

/*
 * What of the main screen is where.  One table says which columns there are, how wide, what their heads say, in which
 * order they give way to the names, and how a row is painted in them.
 */

enum column {
	COLUMN_SIZE,
	COLUMN_GROWTH,
	COLUMN_LIVE,
	COLUMN_SHARED,
	COLUMN_ITEMS,
	COLUMN_MTIME,
	COLUMN_PERCENT,
	COLUMN_BAR,
	COLUMN_COUNT,
};

/** Which rows of the screen are what; -1 = not shown. */
struct browser_layout {
	int totals, heads, list, list_rows, status, keys;
};
struct browser_layout browser_layout(const struct model *model);

/** What the growth column holds now. */
enum growth_kind browser_growth(const struct browser *browser, const struct model *model);

/** Is the live column shown? */
bool browser_live(const struct browser *browser, const struct model *model);

/** Are items what is measured?  In a flat list every file is one: there it is sizes. */
bool browser_by_items(const struct browser *browser, const struct model *model);

/** A figure of the size or growth column as text. */
const char *browser_measure(const struct browser *browser, const struct model *model, char out[TEXT_FIGURE],
                            uint64_t value);

/** Where each column begins; 0 = not shown. */
struct column_layout {
	int at[COLUMN_COUNT];
	int bar_cells;
	int name;         /* of the slash before a folder's name */
	unsigned dropped; /* bits of enum column: asked for, but there is no room */
};

/** What fits into `cols` cells. */
struct column_layout columns_arrange(const struct browser *browser, const struct model *model, int cols);

/** Bits of the columns that a key shows and hides. */
unsigned columns_of(enum action key);

/** Is the screen so wide that the percentage shows beside the bar by itself? */
bool columns_percent_comes(const struct model *model, int cols);

/** The heads; a click on one sorts by it. */
void columns_heads(const struct column_layout *columns, const struct browser *browser, const struct model *model,
                   struct canvas *canvas, int row);

/** Their heads in words, "size, growth, name".  0 or -ENOMEM. */
int columns_say(const struct column_layout *columns, const struct browser *browser, const struct model *model,
                struct buf *out);

/** What is the same for all rows of a frame. */
struct columns_frame {
	const struct column_layout *columns;
	const struct browser *browser;
	const struct model *model;
	enum growth_kind growth;
	uint64_t total_bytes; /* of the folder, 0 = not known: for the percentage */
};

void columns_row(const struct columns_frame *frame, struct canvas *canvas, int at, const struct row *row);

#endif
