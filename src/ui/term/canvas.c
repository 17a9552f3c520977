/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/term/canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

int canvas_resize(struct canvas *canvas, int rows, int cols)
{
	size_t count;

	rows = rows > 0 ? rows : 1;
	cols = cols > 0 ? cols : 1;
	if (rows != canvas->rows || cols != canvas->cols || !canvas->cells) {
		struct canvas_cell *cells;

		if (!alloc_mul((size_t)rows, (size_t)cols, &count))
			return -ENOMEM;
		cells = alloc_array(count, sizeof(*cells));
		if (!cells)
			return -ENOMEM;
		free(canvas->cells);
		canvas->cells = cells;
		canvas->rows = rows;
		canvas->cols = cols;
	}
	canvas_clear(canvas);
	return 0;
}

void canvas_free(struct canvas *canvas)
{
	free(canvas->cells);
	*canvas = (struct canvas){0};
}

void canvas_clear(struct canvas *canvas)
{
	size_t count = (size_t)canvas->rows * (size_t)canvas->cols;

	memset(canvas->cells, 0, count * sizeof(*canvas->cells));
	for (size_t i = 0; i < count; i++)
		canvas->cells[i].width = 1;
	canvas->cursor_row = -1;
	canvas->cursor_col = 0;
}

struct canvas_cell *canvas_at(const struct canvas *canvas, int row, int col)
{
	if (row < 0 || col < 0 || row >= canvas->rows || col >= canvas->cols)
		return NULL;
	return &canvas->cells[(size_t)row * (size_t)canvas->cols + (size_t)col];
}

static void blank(struct canvas_cell *cell)
{
	cell->length = 0;
	cell->width = 1;
}

/** A cell about to be written: what it held goes, the other half of a wide character included. */
static struct canvas_cell *claim(const struct canvas *canvas, int row, int col)
{
	struct canvas_cell *cell = canvas_at(canvas, row, col), *other;

	if (!cell)
		return NULL;
	other = cell->width == 0 ? canvas_at(canvas, row, col - 1)
	      : cell->width == 2 ? canvas_at(canvas, row, col + 1)
	                         : NULL;
	if (other)
		blank(other);
	blank(cell);
	return cell;
}

/** Marks and graphs have an ASCII form; everything else a terminal cannot show is a question mark. */
static char ascii_form(uint32_t code)
{
	switch (code) {
	case 0x2026: return ':'; /* … an old figure */
	case 0x25be: return 'v'; /* ▾ sorted down */
	case 0x25b4: return '^'; /* ▴ sorted up */
	case 0x2500: return '-';
	case 0x2502: return '|';
	case 0x250c:
	case 0x2510:
	case 0x2514:
	case 0x2518: return '+';
	default: return code >= 0x2580 && code <= 0x259f ? '#' : '?';
	}
}

/**
 * Joins or dresses up emoji.  Some terminals make one picture of them, others several: without it each has its own
 * cells in all of them.
 */
static bool dresses(uint32_t code)
{
	return code == 0x200d || code == 0xfe0e || code == 0xfe0f;
}

/** May the terminal see it?  Names were escaped before; this is the last gate, for whatever else is painted. */
static bool harmless(uint32_t code)
{
	return code >= 0x20 && !(code >= 0x7f && code < 0xa0) && code != 0x061c &&
	       !(code >= 0x200e && code <= 0x200f) && !(code >= 0x2028 && code <= 0x202e) &&
	       !(code >= 0x2066 && code <= 0x2069) && code != 0xfeff;
}

int canvas_put(struct canvas *canvas, int row, int col, int cells, enum role role, const char *text, size_t length)
{
	int end = cells < 0 || cells > canvas->cols - col ? canvas->cols : col + cells;
	struct canvas_cell *last = NULL; /* what a combining character joins */

	while (length) {
		uint32_t code;
		size_t n = text_decode(text, length, &code);
		const char *bytes = text;
		struct canvas_cell *cell;
		char plain;
		int width;

		if (!n || !harmless(code)) {
			n = n ? n : 1;
			code = '?';
			bytes = "?";
		}
		text += n;
		length -= n;
		if (code == '?')
			n = 1;
		if (canvas->ascii && code > 0x7e) {
			width = text_code_width(code) ? 1 : 0;
			plain = ascii_form(code);
			bytes = &plain;
			n = 1;
			if (!width)
				continue;
		} else {
			width = text_code_width(code);
		}
		if (width == 0) {
			if (last && !dresses(code) && last->length + n <= sizeof(last->text)) {
				memcpy(last->text + last->length, bytes, n);
				last->length = (uint8_t)(last->length + n);
			}
			continue;
		}
		if (col + width > end)
			break;
		cell = claim(canvas, row, col);
		if (cell) {
			struct canvas_cell *right = width == 2 ? claim(canvas, row, col + 1) : NULL;

			memcpy(cell->text, bytes, n);
			cell->length = (uint8_t)n;
			cell->width = (uint8_t)width;
			cell->role = (uint8_t)role;
			if (right) {
				right->width = 0;
				right->role = (uint8_t)role;
			}
		}
		last = cell;
		col += width;
	}
	return col;
}

int canvas_text(struct canvas *canvas, int row, int col, enum role role, const char *format, ...)
{
	char text[1024];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		return col;
	return canvas_put(canvas, row, col, -1, role, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

int canvas_width(const char *text)
{
	return text_width(text, strlen(text));
}

int canvas_right(struct canvas *canvas, int row, int end, enum role role, const char *text)
{
	int col = end - canvas_width(text);

	canvas_put(canvas, row, col, -1, role, text, strlen(text));
	return col;
}

int canvas_size(struct canvas *canvas, int row, int col, const char *figure)
{
	size_t number = strcspn(figure, " ");

	col = canvas_put(canvas, row, col, -1, ROLE_SIZE, figure, number);
	return canvas_put(canvas, row, col, -1, ROLE_UNIT, figure + number, strlen(figure + number));
}

int canvas_name(struct canvas *canvas, int row, int col, int cells, enum role role, const void *name, size_t length)
{
	struct buf shown = {0};

	if (cells <= 0)
		return col;
	if (text_name(&shown, name, length, canvas->ascii, cells) == 0 && shown.data)
		col = canvas_put(canvas, row, col, cells, role, shown.data, shown.length);
	buf_free(&shown);
	return col;
}

void canvas_fill(struct canvas *canvas, int row, int col, int cells, enum role role, char c)
{
	for (int end = col + cells; col < end; col++) {
		struct canvas_cell *cell = claim(canvas, row, col);

		if (!cell)
			continue;
		cell->role = (uint8_t)role;
		cell->attrs = 0;
		cell->action = 0;
		if (c != ' ') {
			cell->text[0] = c;
			cell->length = 1;
		}
	}
}

void canvas_mark(struct canvas *canvas, int row, int col, int cells, unsigned attrs)
{
	for (int end = col + cells; col < end; col++) {
		struct canvas_cell *cell = canvas_at(canvas, row, col);

		if (cell)
			cell->attrs = (uint8_t)(cell->attrs | attrs);
	}
	if (canvas->spoken && attrs & ATTR_CURSOR) {
		canvas->cursor_row = row;
		canvas->cursor_col = col - cells;
	}
}

void canvas_click(struct canvas *canvas, int row, int col, int cells, unsigned action)
{
	for (int end = col + cells; col < end; col++) {
		struct canvas_cell *cell = canvas_at(canvas, row, col);

		if (cell)
			cell->action = (uint8_t)action;
	}
}

void canvas_box_place(const struct canvas *canvas, int height, int width, int *row, int *col)
{
	*row = canvas->spoken || height > canvas->rows ? 0 : (canvas->rows - height) / 2;
	*col = canvas->spoken || width > canvas->cols ? 0 : (canvas->cols - width) / 2;
}

void canvas_box(struct canvas *canvas, int row, int col, int height, int width, enum role role, const char *title)
{
	int bottom = row + height - 1, right = col + width - 1;

	if (canvas->spoken) {
		canvas_clear(canvas);
		canvas_text(canvas, row, col + 1, ROLE_HEAD, "%s", title ? title : "");
		canvas->cursor_row = row + 1;
		canvas->cursor_col = col;
		return;
	}
	for (int r = row; r <= bottom; r++) {
		bool edge = r == row || r == bottom;

		canvas_fill(canvas, r, col, width, ROLE_TEXT, ' ');
		canvas_text(canvas, r, col, role, "%s", r == row ? "┌" : r == bottom ? "└" : "│");
		for (int c = col + 1; edge && c < right; c++)
			canvas_text(canvas, r, c, role, "%s", "─");
		canvas_put(canvas, r, right, 1, role, r == row ? "┐" : r == bottom ? "┘" : "│", 3);
	}
	if (title && *title && width > 6) {
		int end = canvas_put(canvas, row, col + 2, width - 4, role, title, strlen(title));

		canvas_put(canvas, row, col + 1, 1, role, " ", 1);
		canvas_put(canvas, row, end, 1, role, " ", 1);
	}
}

void canvas_sign(struct canvas *canvas, int row, int col, enum role role, const char *sign)
{
	if (!canvas->spoken)
		canvas_text(canvas, row, col, role, "%s", sign);
}

void canvas_bar(struct canvas *canvas, int row, int col, int cells, double fraction, enum ui_graph_style style,
                enum role role)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	int steps = style == STYLE_EIGHTH ? 8 : style == STYLE_HALF ? 2 : 1, filled;

	if (canvas->ascii)
		steps = 1;
	if (!(fraction > 0) || canvas->spoken)
		return;
	fraction = fraction < 1 ? fraction : 1;
	filled = (int)(fraction * cells * steps + 0.5);
	for (int i = 0; i < filled / steps; i++)
		canvas_text(canvas, row, col + i, role, "%s", steps == 1 ? "#" : "█");
	if (filled % steps)
		canvas_text(canvas, row, col + filled / steps, role, "%s", eighths[filled % steps * 8 / steps]);
}

int canvas_print(const struct canvas *canvas, struct buf *out)
{
	for (int row = 0; row < canvas->rows; row++) {
		int last = -1;

		for (int col = 0; col < canvas->cols; col++) {
			const struct canvas_cell *cell = canvas_at(canvas, row, col);

			if (cell->length && !(cell->length == 1 && cell->text[0] == ' '))
				last = col;
		}
		for (int col = 0; col <= last; col++) {
			const struct canvas_cell *cell = canvas_at(canvas, row, col);

			if (cell->length)
				buf_add(out, cell->text, cell->length);
			else if (cell->width)
				buf_char(out, ' ');
		}
		buf_char(out, '\n');
	}
	return out->failed ? -ENOMEM : 0;
}

int canvas_print_roles(const struct canvas *canvas, struct buf *out)
{
	for (int row = 0; row < canvas->rows; row++) {
		for (int col = 0; col < canvas->cols; col++) {
			const struct canvas_cell *cell = canvas_at(canvas, row, col);
			char letter = theme_letter((enum role)cell->role);

			if (cell->attrs & ATTR_CURSOR)
				letter = letter == '.' ? ':' : (char)(letter - 'a' + 'A');
			buf_char(out, letter);
		}
		buf_char(out, '\n');
	}
	return out->failed ? -ENOMEM : 0;
}
