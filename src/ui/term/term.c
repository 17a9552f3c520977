/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/term/term.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/term/crash.h"
#include "ui/term/keys.h"
#include "ui/term/theme.h"

#define ANSWER_NS 50000000 /* the first picture waits so long for the colour of the background */

/* Three sets of styles, one behind the other: plain, in the cursor's row, and the bar in that row, which keeps its
 * colour. */
#define CURSOR_STYLES ROLE_COUNT
#define CURSOR_BARS (2 * ROLE_COUNT)
#define STYLES (3 * ROLE_COUNT)

/* What xterm and its kin are told and asked, which no description names. */
static const char reports_on[] = "\033[?1000h\033[?1006h\033[?2004h"; /* mouse, by SGR; bracketed paste */
static const char reports_off[] = "\033[?2004l\033[?1006l\033[?1000l";
static const char ask_background[] = "\033]11;?\033\\";

struct terminal {
	SCREEN *screen;
	FILE *in, *out;
	bool own_in, own_out;
	enum ui_theme theme;
	bool many_colours; /* 256 or more */
	bool reports;      /* mouse and paste: as xterm's */
	bool alternate;    /* has an alternate screen */
	bool asked;        /* which background it has; not answered yet */
	int64_t asked_ns;
	short pairs[STYLES];
	attr_t attrs[STYLES];
	struct canvas shown; /* what the terminal shows */
	bool repaint;
	struct keys keys;
};

static const char *string_of(const char *name)
{
	const char *string = tigetstr(name);

	return string && string != (char *)-1 ? string : "";
}

bool term_unicode(void)
{
	static const wchar_t marks[] = L"▾▴…█▎│─";

	if (strcmp(nl_langinfo(CODESET), "UTF-8"))
		return false;
	for (const wchar_t *mark = marks; *mark; mark++)
		if (wcwidth(*mark) != 1)
			return false;
	return true;
}

/** A colour as this terminal numbers it.  Where colours are given directly every number from 8 on is red, green and
 * blue. */
static int colour_number(int colour)
{
	return colour >= 16 && COLORS > 256 ? (int)theme_rgb(colour) : colour;
}

/** With 8 colours the bright ones are the bold ones; grey would be invisible. */
static int without_bright(int fg, attr_t *attrs)
{
	if (fg < 8 || fg >= 16 || (fg < COLORS && COLORS <= 256))
		return fg;
	*attrs |= fg == 8 ? A_DIM : A_BOLD;
	return fg == 8 ? -1 : fg - 8;
}

static void choose_style(struct terminal *term, int at, int fg, int bg, attr_t attrs)
{
	fg = without_bright(fg, &attrs);
	term->pairs[at] = 0;
	if ((fg >= 0 || bg >= 0) && init_extended_pair(at + 1, colour_number(fg), colour_number(bg)) == OK)
		term->pairs[at] = (short)(at + 1);
	/* Blanks with a background are written, not erased: not every terminal that says it erases in colour does.
	 * Curses erases no cell with this attribute. */
	term->attrs[at] = attrs | (bg >= 0 ? A_PROTECT : 0);
}

/** Colour pairs and attributes of every role, by the theme and what the terminal can. */
static void choose_styles(struct terminal *term)
{
	bool colours = term->theme != THEME_OFF && has_colors();
	enum ui_theme theme = colours ? term->theme : THEME_OFF;
	const struct theme_style *cursor;

	if (colours) {
		start_color();
		use_default_colors();
	}
	term->many_colours = colours && COLORS >= 256;
	if (term->many_colours && theme == THEME_AUTO)
		theme = THEME_DARK;
	cursor = theme_style(theme, term->many_colours, ROLE_CURSOR);
	for (int role = 0; role < ROLE_COUNT; role++) {
		const struct theme_style *style = theme_style(theme, term->many_colours, (enum role)role);
		attr_t bold = style->attrs & STYLE_BOLD ? A_BOLD : 0, attrs = bold;

		attrs |= style->attrs & STYLE_DIM ? A_DIM : 0;
		attrs |= style->attrs & STYLE_REVERSE ? A_REVERSE : 0;
		attrs |= style->attrs & STYLE_UNDERLINE ? A_UNDERLINE : 0;
		choose_style(term, role, style->fg, style->bg, attrs);
		if (term->many_colours) {
			choose_style(term, CURSOR_STYLES + role, style->cursor_fg, cursor->bg, bold);
			choose_style(term, CURSOR_BARS + role, role == ROLE_BAR ? style->cursor_fg : style->fg,
			             cursor->bg, 0);
		} else {
			choose_style(term, CURSOR_STYLES + role, cursor->fg, cursor->bg, bold | A_REVERSE);
			term->pairs[CURSOR_BARS + role] = term->pairs[CURSOR_STYLES + role];
			term->attrs[CURSOR_BARS + role] = A_REVERSE;
		}
	}
}

/** Straight to the terminal, between two pictures. */
static void send(const struct terminal *term, const char *bytes)
{
	size_t left = strlen(bytes);

	while (left) {
		ssize_t n = write(fileno(term->out), bytes, left);

		if (n < 0 && errno != EINTR)
			return;
		bytes += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
}

/** What the description has for it, without the pauses ("$<50>") that terminals of paper needed; behind what `text`
 * holds. */
static void add_described(char *text, size_t size, const char *name)
{
	size_t n = strlen(text);

	for (const char *at = string_of(name); *at && n < size - 1; at++) {
		if (at[0] == '$' && at[1] == '<' && strchr(at, '>'))
			at = strchr(at, '>');
		else
			text[n++] = *at;
	}
	text[n] = 0;
}

static void send_described(const struct terminal *term, const char *name)
{
	char text[64] = "";

	add_described(text, sizeof(text), name);
	send(term, text);
}

/** Whatever ends the process leaves the alternate screen, shows the cursor, turns colours and reports off. */
static void arm_crash(const struct terminal *term, const struct termios *modes)
{
	char text[CRASH_BYTES];

	snprintf(text, sizeof(text), "%s", reports_off);
	add_described(text, sizeof(text), "sgr0");
	add_described(text, sizeof(text), "op");
	add_described(text, sizeof(text), "rmkx");
	add_described(text, sizeof(text), "cnorm");
	add_described(text, sizeof(text), *string_of("smcup") ? "rmcup" : "clear");
	crash_arm(fileno(term->out), modes, text);
}

/** Sequences of the terminal's description; those that everybody uses keys.c knows without it. */
static void describe_keys(struct keys *keys)
{
	static const struct {
		const char *name;
		uint32_t key;
	} described[] = {
		{"kcuu1", IN_UP},    {"kcud1", IN_DOWN},    {"kcub1", IN_LEFT},   {"kcuf1", IN_RIGHT},
		{"khome", IN_HOME},  {"kend", IN_END},      {"kfnd", IN_HOME},    {"kslt", IN_END},
		{"kpp", IN_PAGE_UP}, {"knp", IN_PAGE_DOWN}, {"kdch1", IN_DELETE}, {"kcbt", IN_BACK_TAB},
		{"kent", IN_ENTER},
	};

	keys_init(keys);
	for (size_t i = 0; i < sizeof(described) / sizeof(*described); i++)
		keys_own(keys, string_of(described[i].name), described[i].key);
}

/** Keys that send what the description says, the mouse, pastes that are told from typing. */
static void reports(const struct terminal *term, bool on)
{
	if (term->reports)
		send(term, on ? reports_on : reports_off);
	send_described(term, on ? "smkx" : "rmkx");
}

/** Back to what was there before us; without an alternate screen to an empty one. */
static void give_back(struct terminal *term)
{
	reports(term, false);
	endwin();
	if (!term->alternate)
		send_described(term, "clear");
}

/** With 256 colours some themes are for a dark or a light background: the environment may say which, else the terminal
 * is asked. */
static void find_background(struct terminal *term)
{
	enum ui_theme told = theme_from_environment(getenv("COLORFGBG"));

	if (!theme_depends(term->theme) || tigetnum("colors") < 256)
		return;
	if (told != THEME_AUTO) {
		term->theme = theme_on(term->theme, told);
		return;
	}
	term->asked = true;
	term->asked_ns = clock_mono_ns();
	send(term, ask_background);
}

static int unknown_type(struct err *err)
{
	const char *name = getenv("TERM");

	return err_set(
		err, -ENOTTY,
		_("the terminal type '%.40s' is not known here; set TERM to one that is, such as xterm or vt100"),
		name ? name : "");
}

int term_usable(struct err *err)
{
	const char *name = getenv("TERM");
	int known = ERR, rc = 0;

	if (setupterm(NULL, STDOUT_FILENO, &known) == ERR || known != 1)
		return unknown_type(err);
	if (!*string_of("cup"))
		rc = err_set(err, -ENOTTY,
		             _("a terminal of type '%.40s' cannot move its cursor; set TERM to what yours is, such as "
		               "xterm, or use 'disktracker scan'"),
		             name ? name : "");
	del_curterm(cur_term);
	return rc;
}

int term_open(enum ui_theme theme, struct terminal **out, struct err *err)
{
	struct terminal *term = alloc_zero(struct terminal);
	struct termios modes;
	int rc;

	*out = NULL;
	if (!term)
		return err_no_memory(err);
	term->theme = theme;
	term->repaint = true;
	term->in = stdin;
	term->out = stdout;
	if (!isatty(STDIN_FILENO)) {
		term->in = fopen("/dev/tty", "re");
		term->own_in = true;
	}
	if (!isatty(STDOUT_FILENO)) {
		term->out = fopen("/dev/tty", "we");
		term->own_out = true;
	}
	if (!term->in || !term->out) {
		rc = err_set(err, -ENOTTY, _("the browser needs a terminal; use `disktracker scan' without one"));
		goto fail;
	}
	if (tcgetattr(fileno(term->out), &modes)) {
		rc = err_set(err, -errno, _("the terminal cannot be used: %s"), strerror(errno));
		goto fail;
	}
	term->screen = newterm(NULL, term->out, term->in);
	if (!term->screen) {
		rc = unknown_type(err);
		goto fail;
	}
	set_term(term->screen);
	arm_crash(term, &modes);
	raw();
	noecho();
	nonl();
	typeahead(-1); /* keys are read here, and at once */
	leaveok(stdscr, FALSE);
	scrollok(stdscr, FALSE);
	curs_set(0);
	term->alternate = *string_of("smcup");
	term->reports = *string_of("kmous");
	describe_keys(&term->keys);
	find_background(term);
	choose_styles(term);
	reports(term, true);
	*out = term;
	return 0;
fail:
	if (term->own_in && term->in)
		fclose(term->in);
	if (term->own_out && term->out)
		fclose(term->out);
	free(term);
	return rc;
}

void term_close(struct terminal *term)
{
	if (!term)
		return;
	give_back(term);
	crash_pause();
	delscreen(term->screen);
	if (term->own_in)
		fclose(term->in);
	if (term->own_out)
		fclose(term->out);
	canvas_free(&term->shown);
	free(term);
}

int term_fd(const struct terminal *term)
{
	return fileno(term->in);
}

void term_size(struct terminal *term, int *rows, int *cols)
{
	struct winsize size;

	if (ioctl(fileno(term->out), TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col &&
	    (size.ws_row != LINES || size.ws_col != COLS))
		resizeterm(size.ws_row, size.ws_col);
	/* Of the old size again, too: it may have been small in between, and forgotten what it showed. */
	term->repaint = true;
	*rows = LINES;
	*cols = COLS;
}

void term_redraw(struct terminal *term)
{
	term->repaint = true;
}

static bool same_row(const struct canvas *a, const struct canvas *b, int row)
{
	size_t bytes = (size_t)a->cols * sizeof(*a->cells);

	return !memcmp(canvas_at(a, row, 0), canvas_at(b, row, 0), bytes);
}

/** U+2580 … U+259F, the blocks that bars are made of. */
static bool is_bar(const struct canvas_cell *cell)
{
	return cell->length == 3 && !memcmp(cell->text, "\xe2\x96", 2) && (unsigned char)cell->text[2] < 0xa0;
}

static bool same_style(const struct canvas_cell *a, const struct canvas_cell *b)
{
	return a->role == b->role && a->attrs == b->attrs && is_bar(a) == is_bar(b);
}

/** A bar in a reverse row is shaded: a full block would be a hole. */
static wchar_t in_reverse(uint32_t code)
{
	return code == 0x2588 ? 0x2592 : code > 0x2588 && code < 0x2590 ? ' ' : (wchar_t)code;
}

/** One row, in runs of cells of one style. */
static void draw_row(struct terminal *term, const struct canvas *canvas, int row)
{
	wchar_t text[512];

	for (int col = 0; col < canvas->cols;) {
		const struct canvas_cell *first = canvas_at(canvas, row, col);
		bool cursor = first->attrs & ATTR_CURSOR;
		int style = first->attrs & ATTR_DIM && term->many_colours ? ROLE_PARTIAL : first->role, at = col, n = 0;
		attr_t attrs;

		style += !cursor ? 0 : is_bar(first) ? CURSOR_BARS : CURSOR_STYLES;
		attrs = term->attrs[style];

		for (; col < canvas->cols && n < 480; col++) {
			const struct canvas_cell *cell = canvas_at(canvas, row, col);

			if (cell->width == 0)
				continue;
			if (!same_style(first, cell))
				break;
			if (!cell->length)
				text[n++] = L' ';
			for (size_t i = 0; i < cell->length && n < 511;) {
				uint32_t code;
				size_t bytes = text_decode(cell->text + i, cell->length - i, &code);

				if (!bytes)
					break;
				text[n++] = attrs & A_REVERSE ? in_reverse(code) : (wchar_t)code;
				i += bytes;
			}
		}
		if (first->attrs & ATTR_BOLD)
			attrs |= A_BOLD;
		if (first->attrs & ATTR_DIM && !term->many_colours && !cursor)
			attrs |= A_DIM;
		attr_set(attrs, term->pairs[style], NULL);
		mvaddnwstr(row, at, text, n);
	}
}

static void read_bytes(struct terminal *term)
{
	unsigned char bytes[KEYS_BYTES];
	size_t room = keys_room(&term->keys);
	struct pollfd ready = {.fd = fileno(term->in), .events = POLLIN};
	ssize_t n;

	if (!room || poll(&ready, 1, 0) <= 0 || !(ready.revents & POLLIN))
		return;
	n = read(ready.fd, bytes, room);
	if (n > 0)
		keys_feed(&term->keys, bytes, (size_t)n, clock_mono_ns());
}

static void draw(struct terminal *term, const struct canvas *canvas, bool all)
{
	if (all) {
		clearok(stdscr, TRUE);
		erase();
	}
	for (int row = 0; row < canvas->rows; row++)
		if (all || !same_row(canvas, &term->shown, row))
			draw_row(term, canvas, row);
	if (canvas->cursor_row >= 0) {
		move(canvas->cursor_row, canvas->cursor_col);
		curs_set(1);
	} else {
		move(canvas->rows - 1, 0);
		curs_set(0);
	}
	refresh();
	term->repaint = false;
}

/** It says what its background is like: once, and only if it was asked. */
static void background(struct terminal *term, uint32_t rgb)
{
	if (!term->asked)
		return;
	term->asked = false;
	term->theme = theme_on(term->theme, theme_for_background(rgb));
	choose_styles(term);
	if (term->shown.cells)
		draw(term, &term->shown, true);
}

/** The first picture is to have the right colours.  A copy of the parser looks ahead: what is typed meanwhile is not
 * taken from it. */
static void await_answer(struct terminal *term)
{
	struct pollfd ready = {.fd = fileno(term->in), .events = POLLIN};
	int64_t left_ns;

	while (term->asked && (left_ns = term->asked_ns + ANSWER_NS - clock_mono_ns()) > 0) {
		size_t room = keys_room(&term->keys);
		struct input input;
		struct keys ahead;

		if (poll(&ready, 1, (int)(left_ns / 1000000) + 1) <= 0)
			continue;
		read_bytes(term);
		if (keys_room(&term->keys) == room)
			return;
		ahead = term->keys;
		while (keys_next(&ahead, clock_mono_ns(), &input))
			if (input.kind == INPUT_BACKGROUND)
				background(term, input.key);
	}
}

void term_draw(struct terminal *term, const struct canvas *canvas)
{
	struct canvas *shown = &term->shown;

	if (!shown->cells)
		await_answer(term);
	draw(term, canvas, term->repaint || shown->rows != canvas->rows || shown->cols != canvas->cols);
	if ((shown->rows == canvas->rows && shown->cols == canvas->cols) ||
	    canvas_resize(shown, canvas->rows, canvas->cols) == 0) {
		memcpy(shown->cells, canvas->cells,
		       (size_t)canvas->rows * (size_t)canvas->cols * sizeof(*canvas->cells));
		shown->cursor_row = canvas->cursor_row;
		shown->cursor_col = canvas->cursor_col;
	} else {
		term->repaint = true; /* out of memory: without the old picture everything is drawn each time */
	}
}

bool term_read(struct terminal *term, struct input *input)
{
	read_bytes(term);
	while (keys_next(&term->keys, clock_mono_ns(), input)) {
		if (input->kind != INPUT_BACKGROUND)
			return true;
		background(term, input->key);
	}
	return false;
}

int64_t term_deadline(const struct terminal *term)
{
	return keys_deadline(&term->keys);
}

void term_leave(struct terminal *term)
{
	def_prog_mode();
	give_back(term);
	crash_pause();
}

void term_return(struct terminal *term)
{
	reset_prog_mode();
	reports(term, true);
	term->repaint = true;
	crash_resume(fileno(term->out));
}

bool term_copy(struct terminal *term, const void *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *from = bytes;
	struct buf out = {0};
	bool sent;

	if (!term->reports)
		return false;
	buf_str(&out, "\033]52;c;");
	for (size_t i = 0; i < n; i += 3) {
		uint32_t three = (uint32_t)from[i] << 16 | (i + 1 < n ? (uint32_t)from[i + 1] << 8 : 0) |
		                 (i + 2 < n ? from[i + 2] : 0);

		buf_char(&out, digits[three >> 18]);
		buf_char(&out, digits[three >> 12 & 63]);
		buf_char(&out, i + 1 < n ? digits[three >> 6 & 63] : '=');
		buf_char(&out, i + 2 < n ? digits[three & 63] : '=');
	}
	buf_char(&out, '\a');
	sent = !out.failed;
	if (sent) {
		fflush(term->out);
		send(term, out.data);
	}
	buf_free(&out);
	return sent;
}
