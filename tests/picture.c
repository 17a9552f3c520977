/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures of the screen as it really is, for documents (dist/picture):
 *
 *   picture ROWS COLS STEP... -- PROGRAM ARGUMENT...
 *
 * runs a program in a pseudo-terminal that libvterm reads.  Steps, one after the other: `=TEXT` waits until it is
 * shown, `!TEXT` until it is not, `@FILE.svg` and `@FILE.txt` write what is seen, `<Enter>`, `<Down>`, `<Esc>` … and
 * everything else is typed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pty.h"

#define CELL_WIDTH 8.43 /* of 14 pixels' DejaVu Sans Mono: right also where textLength is not heard */
#define CELL_HEIGHT 17
#define MARGIN 10
#define FOREGROUND 0xd0d0d0
#define BACKGROUND 0x1c1c1c

static int rgb_of(int colour, int otherwise)
{
	static const int palette[] = {0x000000, 0xcd3131, 0x0dbc79, 0xe5e510, 0x2472c8, 0xbc3fbc, 0x11a8cd, 0xe5e5e5,
	                              0x666666, 0xf14c4c, 0x23d18b, 0xf5f543, 0x3b8eea, 0xd670d6, 0x29b8db, 0xffffff};
	static const int steps[] = {0, 95, 135, 175, 215, 255};

	if (colour == PTY_COLOR_DEFAULT)
		return otherwise;
	if (colour & 0x1000000)
		return colour & 0xffffff;
	if (colour < 16)
		return palette[colour];
	if (colour >= 232)
		return (8 + 10 * (colour - 232)) * 0x10101;
	colour -= 16;
	return steps[colour / 36] << 16 | steps[colour / 6 % 6] << 8 | steps[colour % 6];
}

struct look {
	int fg, bg;
	bool bold, underline;
};

static struct look look_of(const struct pty_cell *cell)
{
	struct look look = {rgb_of(cell->fg, FOREGROUND), rgb_of(cell->bg, BACKGROUND), cell->bold, cell->underline};

	if (cell->reverse) {
		int fg = look.fg;

		look.fg = look.bg;
		look.bg = fg;
	}
	return look;
}

static bool same_look(struct look a, struct look b)
{
	return a.fg == b.fg && a.bg == b.bg && a.bold == b.bold && a.underline == b.underline;
}

/** Eighths of a cell that a bar's character fills, from the left (▏ … █); 0 = it is none. */
static int bar_eighths(const char *text)
{
	if (strncmp(text, "\xe2\x96", 2) || (unsigned char)text[2] < 0x88 || (unsigned char)text[2] > 0x8f)
		return 0;
	return 8 - ((unsigned char)text[2] - 0x88);
}

static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++)
		if (*text == '<' || *text == '&')
			fputs(*text == '<' ? "&lt;" : "&amp;", out);
		else
			fputc(*text, out);
}

/** Cells of one look as one text, as wide as they are whatever the font is; two blanks end it. */
static int put_run(const struct pty *pty, FILE *out, int row, int col)
{
	double x = MARGIN + col * CELL_WIDTH, y = MARGIN + row * CELL_HEIGHT;
	struct pty_cell cell;
	int end = col, cells = 0, first = col;
	struct look look;
	char text[8192] = "";

	pty_cell(pty, row, col, &cell);
	look = look_of(&cell);
	if (bar_eighths(cell.text)) { /* no font draws them without gaps */
		fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" fill=\"#%06x\"/>\n", x, y,
		        CELL_WIDTH * bar_eighths(cell.text) / 8 + 0.05, CELL_HEIGHT, look.fg);
		return col + 1;
	}
	for (; end < pty_cols(pty); end++) {
		pty_cell(pty, row, end, &cell);
		if (cell.width == 0)
			continue;
		if (bar_eighths(cell.text) || !same_look(look, look_of(&cell)))
			break;
		if (!*text && (!*cell.text || *cell.text == ' ')) {
			first = end + 1;
			continue;
		}
		if (end - first > cells) /* the one before was blank, too */
			if (!*cell.text || *cell.text == ' ')
				break;
		strcat(text, *cell.text ? cell.text : " ");
		if (*cell.text && *cell.text != ' ')
			cells = end + cell.width - first;
	}
	while (*text && text[strlen(text) - 1] == ' ')
		text[strlen(text) - 1] = 0;
	if (!*text)
		return end;
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" fill=\"#%06x\"%s%s>", MARGIN + first * CELL_WIDTH,
	        y + CELL_HEIGHT - 4.5, cells * CELL_WIDTH, look.fg, look.bold ? " font-weight=\"bold\"" : "",
	        look.underline ? " text-decoration=\"underline\"" : "");
	put_escaped(out, text);
	fputs("</text>\n", out);
	return end;
}

static void put_backgrounds(const struct pty *pty, FILE *out, int row)
{
	for (int col = 0, end; col < pty_cols(pty); col = end) {
		struct pty_cell cell;
		int bg;

		pty_cell(pty, row, col, &cell);
		bg = look_of(&cell).bg;
		for (end = col; end < pty_cols(pty); end++) {
			pty_cell(pty, row, end, &cell);
			if (look_of(&cell).bg != bg)
				break;
		}
		if (bg != BACKGROUND)
			fprintf(out,
			        "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#%06x\"/>\n",
			        MARGIN + col * CELL_WIDTH, MARGIN + row * CELL_HEIGHT, (end - col) * CELL_WIDTH,
			        CELL_HEIGHT, bg);
	}
}

static void write_svg(const struct pty *pty, FILE *out)
{
	double width = 2 * MARGIN + pty_cols(pty) * CELL_WIDTH;
	int height = 2 * MARGIN + pty_rows(pty) * CELL_HEIGHT;

	fprintf(out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %d\" width=\"%.0f\" height=\"%d\" "
	        "role=\"img\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\">\n"
	        "<title>DiskTracker in a terminal</title>\n<desc>\n",
	        width, height, width, height);
	for (int row = 0; row < pty_rows(pty); row++) {
		put_escaped(out, pty_row(pty, row));
		fputc('\n', out);
	}
	fprintf(out, "</desc>\n<rect width=\"100%%\" height=\"100%%\" rx=\"6\" fill=\"#%06x\"/>\n", BACKGROUND);
	fputs("<g xml:space=\"preserve\">\n", out);
	for (int row = 0; row < pty_rows(pty); row++) {
		put_backgrounds(pty, out, row);
		for (int col = 0; col < pty_cols(pty);)
			col = put_run(pty, out, row, col);
	}
	fputs("</g>\n</svg>\n", out);
}

static void write_picture(const struct pty *pty, const char *path)
{
	FILE *out = fopen(path, "w");
	bool svg = strlen(path) > 4 && !strcmp(path + strlen(path) - 4, ".svg");

	if (!out) {
		perror(path);
		exit(1);
	}
	for (int row = 0; !svg && row < pty_rows(pty); row++)
		fprintf(out, "%s\n", pty_row(pty, row));
	if (svg)
		write_svg(pty, out);
	if (fclose(out)) {
		perror(path);
		exit(1);
	}
}

static const char *keys_of(const char *step)
{
	static const struct {
		const char *name, *keys;
	} named[] = {
		{"<Enter>", PTY_ENTER}, {"<Down>", PTY_DOWN},   {"<Up>", PTY_UP},   {"<Left>", PTY_LEFT},
		{"<Right>", PTY_RIGHT}, {"<Home>", PTY_HOME},   {"<End>", PTY_END}, {"<Esc>", PTY_ESC},
		{"<Tab>", "\t"},
	};

	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (!strcmp(step, named[i].name))
			return named[i].keys;
	return step;
}

int main(int argc, char **argv)
{
	/* COLORFGBG: the dark theme, without asking */
	static const char *const kept[] = {"DISKTRACKER_DB", "XDG_CONFIG_HOME", "LC_ALL", "LANGUAGE", "HOME"};
	const char *env[8] = {"COLORFGBG=15;0"};
	struct pty_options options = {.env = env};
	char values[5][4200];
	int dashes = 3, count = 1;

	while (dashes < argc && strcmp(argv[dashes], "--"))
		dashes++;
	if (dashes + 1 >= argc) {
		fputs("usage: picture ROWS COLS STEP... -- PROGRAM ARGUMENT...\n", stderr);
		return 2;
	}
	for (int i = 0; i < 5; i++)
		if (getenv(kept[i])) {
			snprintf(values[i], sizeof(values[i]), "%s=%s", kept[i], getenv(kept[i]));
			env[count++] = values[i];
		}
	options.rows = atoi(argv[1]);
	options.cols = atoi(argv[2]);
	struct pty *pty = pty_start((const char *const *)&argv[dashes + 1], &options);

	if (!pty) {
		perror(argv[dashes + 1]);
		return 1;
	}
	for (int i = 3; i < dashes; i++) {
		bool fine = true;

		if (*argv[i] == '=' && argv[i][1])
			fine = pty_wait_text(pty, argv[i] + 1);
		else if (*argv[i] == '!' && argv[i][1])
			fine = pty_wait_gone(pty, argv[i] + 1);
		else if (*argv[i] == '@')
			write_picture(pty, argv[i] + 1);
		else
			pty_send(pty, keys_of(argv[i]));
		if (!fine) {
			fprintf(stderr, "picture: waited in vain for '%s'\n", argv[i] + 1);
			pty_stop(pty);
			return 1;
		}
	}
	pty_stop(pty);
	return 0;
}
