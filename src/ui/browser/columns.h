/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_BROWSER_COLUMNS_H
#define UI_BROWSER_COLUMNS_H

#include "ui/browser/browser.h"

/*
 * The columns of the main screen: one table says which there are, how wide, what their heads say, in which order they
 * give way to the names, and how a row is painted in them.
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

/** Where each column begins; 0 = not shown. */
struct columns {
	int at[COLUMN_COUNT];
	int bar_cells;
	int name;               /* of the slash before a folder's name */
	unsigned dropped;       /* bits of enum column: asked for, but there is no room */
};

/** What fits into `cols` cells. */
struct columns columns_arrange(const struct browser *browser, const struct model *model, int cols);

/** Is the screen so wide that the percentage shows beside the bar by itself? */
bool columns_percent_comes(const struct model *model, int cols);

/** The heads; a click on one sorts by it. */
void columns_heads(const struct columns *columns, const struct browser *browser, const struct model *model,
                   struct canvas *canvas, int row);

/** What is the same for all rows of a frame. */
struct columns_frame {
	const struct columns *columns;
	const struct browser *browser;
	const struct model *model;
	enum growth_kind growth;
	uint64_t total_bytes;   /* of the folder, 0 = not known: for the percentage */
};

void columns_row(const struct columns_frame *frame, struct canvas *canvas, int at, const struct row *row);

/** The mark behind a figure, and its role. */
const char *columns_mark(enum trust trust);
enum role columns_mark_role(enum trust trust);

#endif
