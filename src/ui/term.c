/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <signal.h>
#include <stdatomic.h>
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
#include "ui/theme.h"

#define DOUBLE_CLICK_NS 400000000
#define ESCAPE_DELAY_MS 25

struct terminal {
	SCREEN *screen;
	FILE *in, *out;
	bool own_in, own_out;
	enum ui_theme theme;
	short pairs[ROLE_COUNT];
	attr_t attrs[ROLE_COUNT];
	struct canvas shown;    /* what the terminal shows */
	bool repaint;
	int64_t click_ns;
	int click_row;
	MEVENT mouse[8];        /* not handled yet, newest first */
	int mouse_count;
};

/*
 * What a crash handler needs: it may use nothing but write() and tcsetattr().  Written once in term_open() before the handlers are
 * installed; the only file-wide state here, because a signal handler gets no argument.
 */
static struct {
	atomic_int fd;              /* -1 = nothing to restore */
	struct termios modes;
	char strings[512];          /* leave the alternate screen, show the cursor, no colours, no mouse */
	size_t length;
} crash = {.fd = -1};

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

static void on_crash(int number)
{
	static const char truncated[] = "disktracker: a file it had mapped was cut short or its disk failed (SIGBUS)\n";
	int fd = atomic_exchange_explicit(&crash.fd, -1, memory_order_acquire);
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t set;
	ssize_t written;

	if (fd >= 0) {
		written = write(fd, crash.strings, crash.length);
		tcsetattr(fd, TCSANOW, &crash.modes);
		if (number == SIGBUS)
			written = write(STDERR_FILENO, truncated, sizeof truncated - 1);
		(void)written;
	}
	sigaction(number, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static int collect(int c)
{
	if (crash.length < sizeof crash.strings)
		crash.strings[crash.length++] = (char)c;
	return c;
}

static void collect_string(const char *name)
{
	const char *string = tigetstr(name);

	if (string && string != (char *)-1)
		tputs(string, 1, collect);
}

static void arm_crash(int fd)
{
	struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
	static char alternate[65536]; /* a stack of its own: the crash may be the stack's end */
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
	static const char mouse_off[] = "\033[?1006l\033[?1000l";

	crash.length = 0;
	for (size_t i = 0; i < sizeof mouse_off - 1; i++)
		collect(mouse_off[i]);
	collect_string("sgr0");
	collect_string("op");
	collect_string("rmkx");
	collect_string("cnorm");
	collect_string("rmcup");
	atomic_store_explicit(&crash.fd, fd, memory_order_release);
	sigaltstack(&stack, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++)
		sigaction(crash_signals[i], &action, NULL);
}

static void disarm_crash(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++)
		sigaction(crash_signals[i], &action, NULL);
	atomic_store_explicit(&crash.fd, -1, memory_order_release);
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

/** Colour pairs and attributes of every role, by the theme and what the terminal can. */
static void choose_styles(struct terminal *term)
{
	bool colours = term->theme != THEME_OFF && has_colors();

	if (colours) {
		start_color();
		use_default_colors();
	}
	for (int role = 0; role < ROLE_COUNT; role++) {
		const struct theme_style *style = theme_style(colours ? term->theme : THEME_OFF, (enum role)role);
		attr_t attrs = 0;

		attrs |= style->attrs & STYLE_BOLD ? A_BOLD : 0;
		attrs |= style->attrs & STYLE_DIM ? A_DIM : 0;
		attrs |= style->attrs & STYLE_REVERSE ? A_REVERSE : 0;
		attrs |= style->attrs & STYLE_UNDERLINE ? A_UNDERLINE : 0;
		if (colours && (style->fg >= 0 || style->bg >= 0)) {
			short fg = style->fg;

			/* With 8 colours the bright ones are the bold ones; grey would be invisible. */
			if (fg >= COLORS && fg >= 8) {
				fg = fg == 8 ? -1 : (short)(fg - 8);
				attrs |= style->fg == 8 ? A_DIM : A_BOLD;
			}
			if (init_pair((short)(role + 1), fg, style->bg) == OK)
				term->pairs[role] = (short)(role + 1);
		}
		term->attrs[role] = attrs;
	}
}

int term_open(enum ui_theme theme, struct terminal **out, struct err *err)
{
	struct terminal *term = alloc_zero(struct terminal);
	struct termios modes;
	int status;

	*out = NULL;
	if (!term)
		return err_set(err, -ENOMEM, _("out of memory"));
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
		status = err_set(err, -ENOTTY, _("the browser needs a terminal; use `disktracker scan' without one"));
		goto fail;
	}
	if (tcgetattr(fileno(term->out), &modes)) {
		status = err_set(err, -errno, _("the terminal cannot be used: %s"), strerror(errno));
		goto fail;
	}
	term->screen = newterm(NULL, term->out, term->in);
	if (!term->screen) {
		const char *name = getenv("TERM");

		status = err_set(err, -ENOTTY, _("the terminal type '%.40s' is not known here; set TERM to one that is, such as xterm or vt100"), name ? name : "");
		goto fail;
	}
	crash.modes = modes;
	arm_crash(fileno(term->out));
	set_term(term->screen);
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	meta(stdscr, TRUE);
	set_escdelay(ESCAPE_DELAY_MS);
	leaveok(stdscr, FALSE);
	scrollok(stdscr, FALSE);
	curs_set(0);
	mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	choose_styles(term);
	*out = term;
	return 0;
fail:
	if (term->own_in && term->in)
		fclose(term->in);
	if (term->own_out && term->out)
		fclose(term->out);
	free(term);
	return status;
}

void term_close(struct terminal *term)
{
	if (!term)
		return;
	mousemask(0, NULL);
	endwin();
	disarm_crash();
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

	if (ioctl(fileno(term->out), TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col && (size.ws_row != LINES || size.ws_col != COLS))
		resizeterm(size.ws_row, size.ws_col);
	term->repaint = true; /* of the old size again, too: it may have been small in between, and forgotten what it showed */
	*rows = LINES;
	*cols = COLS;
}

void term_redraw(struct terminal *term)
{
	term->repaint = true;
}

static bool same_row(const struct canvas *a, const struct canvas *b, int row)
{
	size_t bytes = (size_t)a->cols * sizeof *a->cells;

	return !memcmp(canvas_at(a, row, 0), canvas_at(b, row, 0), bytes);
}

static bool same_style(const struct canvas_cell *a, const struct canvas_cell *b)
{
	return a->role == b->role && a->attrs == b->attrs;
}

/** One row, in runs of cells of one style. */
static void draw_row(struct terminal *term, const struct canvas *canvas, int row)
{
	wchar_t text[512];

	for (int col = 0; col < canvas->cols;) {
		const struct canvas_cell *first = canvas_at(canvas, row, col);
		attr_t attrs = term->attrs[first->role];
		int at = col, n = 0;

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
				text[n++] = (wchar_t)code;
				i += bytes;
			}
		}
		if (first->attrs & ATTR_CURSOR)
			attrs |= A_REVERSE;
		if (first->attrs & ATTR_BOLD)
			attrs |= A_BOLD;
		if (first->attrs & ATTR_DIM)
			attrs |= A_DIM;
		attr_set(attrs, term->pairs[first->role], NULL);
		mvaddnwstr(row, at, text, n);
	}
}

void term_draw(struct terminal *term, const struct canvas *canvas)
{
	bool all = term->repaint || term->shown.rows != canvas->rows || term->shown.cols != canvas->cols;

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
	if (term->shown.rows == canvas->rows && term->shown.cols == canvas->cols)
		memcpy(term->shown.cells, canvas->cells, (size_t)canvas->rows * (size_t)canvas->cols * sizeof *canvas->cells);
	else if (canvas_resize(&term->shown, canvas->rows, canvas->cols) == 0)
		memcpy(term->shown.cells, canvas->cells, (size_t)canvas->rows * (size_t)canvas->cols * sizeof *canvas->cells);
	else
		term->repaint = true; /* out of memory: without the old picture everything is drawn each time */
}

/** One KEY_MOUSE stands for all events that were waiting; getmouse() hands them out newest first. */
static void take_mouse(struct terminal *term)
{
	term->mouse_count = 0;
	while (term->mouse_count < (int)(sizeof term->mouse / sizeof *term->mouse) && getmouse(&term->mouse[term->mouse_count]) == OK)
		term->mouse_count++;
}

static bool read_mouse(struct terminal *term, struct input *input)
{
	int64_t now = clock_mono_ns();
	MEVENT event;

	*input = (struct input){.kind = INPUT_KEY};
	event = term->mouse[--term->mouse_count];
	input->row = event.y;
	input->col = event.x;
	if (event.bstate & BUTTON4_PRESSED)
		input->kind = INPUT_WHEEL_UP;
	else if (event.bstate & BUTTON5_PRESSED)
		input->kind = INPUT_WHEEL_DOWN;
	else if (!(event.bstate & BUTTON1_PRESSED))
		return false;
	else if (event.y == term->click_row && now - term->click_ns < DOUBLE_CLICK_NS)
		input->kind = INPUT_DOUBLE_CLICK;
	else
		input->kind = INPUT_CLICK;
	term->click_row = event.y;
	term->click_ns = input->kind == INPUT_CLICK ? now : 0;
	return true;
}

static uint32_t special_key(wint_t key)
{
	switch (key) {
	case KEY_UP: return IN_UP;
	case KEY_DOWN: return IN_DOWN;
	case KEY_LEFT: return IN_LEFT;
	case KEY_RIGHT: return IN_RIGHT;
	case KEY_PPAGE: return IN_PAGE_UP;
	case KEY_NPAGE: return IN_PAGE_DOWN;
	case KEY_HOME: case KEY_FIND: return IN_HOME;
	case KEY_END: case KEY_SELECT: return IN_END;
	case KEY_DC: return IN_DELETE;
	case KEY_BTAB: return IN_BACK_TAB;
	case KEY_BACKSPACE: return IN_BACKSPACE;
	case KEY_ENTER: return IN_ENTER;
	default: return 0;
	}
}

bool term_read(struct terminal *term, struct input *input)
{
	for (;;) {
		wint_t key;
		int kind;

		while (term->mouse_count)
			if (read_mouse(term, input))
				return true;
		kind = get_wch(&key);

		*input = (struct input){.kind = INPUT_KEY};
		if (kind == ERR)
			return false;
		if (kind == KEY_CODE_YES) {
			if (key == KEY_MOUSE) {
				take_mouse(term);
				continue;
			}
			input->key = special_key(key);
			if (input->key)
				return true;
			continue;
		}
		input->key = key == 8 ? IN_BACKSPACE : key == '\n' ? IN_ENTER : (uint32_t)key;
		return true;
	}
}

void term_leave(struct terminal *term)
{
	(void)term;
	def_prog_mode();
	mousemask(0, NULL);
	endwin();
	atomic_store_explicit(&crash.fd, -1, memory_order_release);
}

void term_return(struct terminal *term)
{
	reset_prog_mode();
	mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	term->repaint = true;
	atomic_store_explicit(&crash.fd, fileno(term->out), memory_order_release);
}
