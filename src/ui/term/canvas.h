/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_TERM_CANVAS_H
#define UI_TERM_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ui/term/theme.h"

/*
 * A grid of cells that screens paint and term.c turns into curses calls; plain data, so that a test reads it as text.
 * Everything painted outside the grid is cut off; nothing fails, nothing allocates but canvas_resize().
 * A wide character owns its cell (width 2) and the next one (width 0, length 0); painting over one half blanks the
 * other.
 * Control characters and invalid bytes never get in: they become `?`.  (Names are made safe by canvas_name() before
 * that.)
 */

#define CANVAS_CELL_BYTES 18 /* one character with its combining ones; what does not fit is dropped */

enum canvas_attr {
	ATTR_CURSOR = 1 << 0, /* the cursor's row: reverse */
	ATTR_BOLD = 1 << 1,
	ATTR_DIM = 1 << 2,
};

struct canvas_cell {
	char text[CANVAS_CELL_BYTES]; /* UTF-8, not terminated */
	uint8_t length;               /* bytes used; 0 with width 1 = a blank */
	uint8_t width;                /* 1, 2, or 0 = right half of the wide character before */
	uint8_t role;                 /* enum role */
	uint8_t attrs;                /* enum canvas_attr */
	uint8_t action;               /* enum action a click here stands for, 0 = none */
};

struct canvas {
	int rows, cols;
	bool ascii;                 /* graphs and ellipses in ASCII */
	/* For a screen reader: nothing is drawn, a box has the screen to itself, the terminal's cursor is on the
	 * cursor's row. */
	bool spoken;
	int cursor_row, cursor_col; /* where the terminal's cursor blinks (a prompt), or row -1 = hidden */
	struct canvas_cell *cells;  /* rows × cols */
};

/** Start with {0}.  Blanks everything.  0 or -ENOMEM (the old grid then stays). */
int canvas_resize(struct canvas *canvas, int rows, int cols);
void canvas_free(struct canvas *canvas);
void canvas_clear(struct canvas *canvas);

/** The cell, or NULL outside. */
struct canvas_cell *canvas_at(const struct canvas *canvas, int row, int col);

/**
 * Write a UTF-8 text from (row, col) on, at most `cells` cells of it (-1 = to the edge).  Returns the column behind it.
 */
int canvas_put(struct canvas *canvas, int row, int col, int cells, enum role role, const char *text, size_t length);

/** The same with a NUL-terminated text to the edge, printf-like. */
int canvas_text(struct canvas *canvas, int row, int col, enum role role, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/** Write so that the text ends in column `end` − 1.  Returns the column it begins in. */
int canvas_right(struct canvas *canvas, int row, int end, enum role role, const char *text);

/** A size from column `col` on, its unit calmer than its number.  Returns the column behind it. */
int canvas_size(struct canvas *canvas, int row, int col, const char *figure);

/** A raw file name: made safe, shortened in its middle to `cells`.  Returns the column behind it. */
int canvas_name(struct canvas *canvas, int row, int col, int cells, enum role role, const void *name, size_t length);

/** Fill `cells` cells with an ASCII character (' ' blanks). */
void canvas_fill(struct canvas *canvas, int row, int col, int cells, enum role role, char c);

/** Give `cells` cells more attributes; their characters stay.  Spoken, the terminal's cursor follows ATTR_CURSOR. */
void canvas_mark(struct canvas *canvas, int row, int col, int cells, unsigned attrs);

/** Let a click on these cells stand for an action. */
void canvas_click(struct canvas *canvas, int row, int col, int cells, unsigned action);

/** Where a box of that size goes: into the middle; spoken, to the top left. */
void canvas_box_place(const struct canvas *canvas, int height, int width, int *row, int *col);

/**
 * A box with a title, its inside blanked: rows `row` … `row + height − 1`.  Spoken: the title alone, nothing
 * else on the screen, and the terminal's cursor on the first line below it.
 */
void canvas_box(struct canvas *canvas, int row, int col, int height, int width, enum role role, const char *title);

enum ui_graph_style { STYLE_HASH, STYLE_HALF, STYLE_EIGHTH };

/** A mark that is no letter: an arrow, a line.  Spoken, none. */
void canvas_sign(struct canvas *canvas, int row, int col, enum role role, const char *sign);

/** A bar of `cells` cells filled to `fraction` (0…1), in eighths of a cell, halves or `#`. */
void canvas_bar(struct canvas *canvas, int row, int col, int cells, double fraction, enum ui_graph_style style,
                enum role role);

/** Cells of a UTF-8 text as it would be painted. */
int canvas_width(const char *text);

/* ---- goldens ---- */

/** Append the characters, a line per row, trailing blanks cut. */
int canvas_print(const struct canvas *canvas, struct buf *out);

/**
 * Append a line per row with one letter per cell: theme_letter() of its role, under the cursor in capitals ('.' of
 * ROLE_TEXT as ':').
 */
int canvas_print_roles(const struct canvas *canvas, struct buf *out);

#endif
