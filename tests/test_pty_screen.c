/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

TestSuite(pty_screen, .fini = session_end_all);

/* What reaches the terminal: any name, any size of window, colours and none, UTF-8 and ASCII, the mouse. */

#define MIB (UINT64_C(1) << 20)

/* ---- names ---- */

static const char *const hostile[] = {
	"esc\033[31;41mred\033[2J\033[H",
	"title\033]0;pwned\007bell\007",
	"ask\033[6n\033[c\033[>c",
	"alternate\033[?1049l\033[?25h",
	"new\nline\r\ntab\tback\b\b\b",
	"\xff\xfe invalid \xc3",
	"c1\x9b" "31m\xc2\x9b" "31mred",
	"overlong\xc0\xaf\xe0\x80\xaf surrogate\xed\xa0\x80",
	"rtl\xe2\x80\xae" "evil\xe2\x81\xa6" "bidi\xe2\x80\x8f",
	"zero\xe2\x80\x8bwidth\xe2\x80\x8d\xef\xbb\xbfjoin",
	"wide \xe5\xae\xbd\xe5\xae\xbd\xe5\xae\xbd \xf0\x9f\x98\x80 end",
	"combining e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86\xcc\x87\xcc\x88\xcc\x89\xcc\x8a\xcc\x8b end",
	"\xcc\x81 begins with a mark",
	"del\x7f",
	"-rf",
	"--help",
	" blanks ",
	"quote'\"`$(id)\\x1b;|&",
	"%s%n%d",
};
#define HOSTILE (sizeof hostile / sizeof *hostile)

static void long_names(const struct session *s)
{
	char name[256];

	memset(name, 'x', 255);
	name[255] = '\0';
	session_file(s, name, MIB);
	for (int i = 0; i < 85; i++)
		memcpy(name + 3 * i, "\xe5\xae\xbd", 3);
	session_file(s, name, MIB);
	for (int i = 0; i < 127; i++)
		memcpy(name + 2 * i, "\xcc\x81", 2);
	name[254] = '\0';
	session_file(s, name, MIB);
	memset(name, '\033', 255);
	name[255] = '\0';
	session_file(s, name, MIB);
}

/* Is the row a list row whose cells are where they belong, from the mark on the left to the name? */
static bool row_is_sound(const struct pty *pty, int row)
{
	struct pty_cell cell;
	const char *size = pty_cells(pty, row, SIZE_COL, 9);

	while (*size == ' ')
		size++;
	while (isdigit((unsigned char)*size) || *size == '.' || *size == '-')
		size++;
	if (*size && strcmp(size, " B") && strcmp(size, " KiB") && strcmp(size, " MiB") && strcmp(size, " GiB") &&
	    *size != ' ')
		return false;
	/* A folder's slash or a blank before the name. */
	int name = SIZE_COL + 10 + 1 +
	           (pty_cols(pty) / 8 < 8    ? 8
	            : pty_cols(pty) / 8 > 24 ? 24
	                                     : pty_cols(pty) / 8) +
	           1;
	pty_cell(pty, row, name, &cell);
	if (strcmp(cell.text, "/") && strcmp(cell.text, " ") && *cell.text)
		return false;
	pty_cell(pty, row, name + 1, &cell);
	return *cell.text;
}

/* Nothing of ours sends these, so a name must not, either. */
static void nothing_raw(const struct session *s)
{
	static const char *const forbidden[] = {"\033]0",   "\007",         "\033[31;41m",  "\033[6n",      "\033[c",
	                                        "\033[>c",  "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x80\x8f", "\xff",
	                                        "\xc0\xaf", "\xed\xa0\x80", "\xc2\x9b",     "\x7f"};
	size_t n;
	const unsigned char *log = pty_log(s->pty, &n);

	for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
		cr_assert(!memmem(log, n, forbidden[i], strlen(forbidden[i])),
		          "raw bytes %zu of a name reached the terminal", i);
	cr_assert_eq(pty_titles(s->pty), 0);
	cr_assert_eq(pty_answers(s->pty), 0);
	cr_assert_eq(pty_bells(s->pty), 0);
}

Test(pty_screen, hostile_names)
{
	struct session s;
	int rows;

	session_begin(&s, NULL);
	for (size_t i = 0; i < HOSTILE; i++) {
		char path[600];

		if (i % 2) {
			session_file(&s, hostile[i], (i + 1) * MIB);
		} else {
			snprintf(path, sizeof path, "%s/%s", hostile[i], hostile[i]);
			session_file(&s, path, (i + 1) * MIB);
		}
	}
	long_names(&s);
	rows = (int)HOSTILE + 4;
	session_open_whole(&s, 40, 80, NULL, NULL);
	for (int row = LIST_TOP; row < LIST_TOP + rows; row++)
		if (!row_is_sound(s.pty, row)) {
			pty_dump(s.pty, stderr);
			cr_assert_fail("row %d: %s", row, pty_row(s.pty, row));
		}
	cr_assert_str_eq(pty_row(s.pty, LIST_TOP + rows), "");
	cr_assert(pty_wait_text(s.pty, "esc\\x1b[31;41mred\\x1b[2J\\x1b[H"));
	cr_assert(pty_wait_text(s.pty, "new\\x0aline\\x0d\\x0atab\\x09back"));
	cr_assert(pty_wait_text(s.pty, "\\xff\\xfe invalid \\xc3"));
	cr_assert(pty_wait_text(s.pty, "wide \xe5\xae\xbd\xe5\xae\xbd\xe5\xae\xbd"));
	/* Each of them under the cursor, in the title, in its details, in growth mode. */
	pty_send(s.pty, "d" PTY_HOME);
	cr_assert(pty_wait_row(s.pty, 2, "written"));
	for (int i = 0; i < rows; i++) {
		struct pty_cell cell;

		pty_send(s.pty, "i");
		cr_assert(pty_wait_text(s.pty, "inode"));
		pty_cell(s.pty, 0, 0, &cell);
		pty_send(s.pty, "q");
		cr_assert(pty_wait_gone(s.pty, "inode"));
		pty_send(s.pty, PTY_RIGHT PTY_LEFT PTY_DOWN);
	}
	pty_send(s.pty, "d");
	nothing_raw(&s);
	session_quit(&s);
	nothing_raw(&s);
	/* And once more, with a history of such names, ghosts among them. */
	for (size_t i = 0; i < HOSTILE; i += 3)
		session_remove(&s, hostile[i]);
	session_open_whole(&s, 40, 80, NULL, NULL);
	pty_send(s.pty, "d");
	cr_assert(pty_wait_text(s.pty, "red\\x1b[2J\\x1b[H (gone)"));
	nothing_raw(&s);
	session_quit(&s);
	session_end(&s);
}

/* ---- sizes of the window ---- */

struct screen_text {
	char rows[64][1024];
	int count, cols;
	size_t log;
};

static void remember(const struct pty *pty, struct screen_text *out)
{
	out->count = pty_rows(pty);
	out->cols = pty_cols(pty);
	for (int row = 0; row < out->count; row++)
		snprintf(out->rows[row], sizeof out->rows[row], "%s", pty_row(pty, row));
	pty_log(pty, &out->log);
}

/* Everything was painted anew, and shows the same. */
static bool painted_the_same(const struct pty *pty, void *data)
{
	const struct screen_text *before = data;
	size_t n;
	int filled = 0;

	pty_log(pty, &n);
	if (n < before->log + (size_t)before->cols)
		return false;
	for (int row = 0; row < before->count; row++) {
		/* But how full the disk is: others write to it, too. */
		if (row != 1 && strcmp(before->rows[row], pty_row(pty, row)))
			return false;
		filled += *before->rows[row] != '\0';
	}
	return filled > 2;
}

struct shape {
	int rows, cols;
	size_t log; /* written before the window changed */
};

/* Title and key row (status row on small screens) where this size has them. */
static bool laid_out(const struct pty *pty, void *data)
{
	const struct shape *shape = data;
	struct pty_cell cell;
	size_t n;
	const unsigned char *log = pty_log(pty, &n);
	int reverse = 0;

	/* Painted from nothing since then: what the emulator kept of the old screen does not count. */
	if (!memmem(log + shape->log, n - shape->log, "\033[2J", 4) || !strstr(pty_row(pty, 0), "tree"))
		return false;
	if (shape->rows >= 12 && !strstr(pty_row(pty, shape->rows - 1), "? help"))
		return false;
	/* Down to the last row of the list: not half a frame. */
	if (!*pty_row(pty, shape->rows >= 12 ? shape->rows - 3 : shape->rows - 2))
		return false;
	for (int row = 0; row < shape->rows; row++) {
		pty_cell(pty, row, shape->cols / 2, &cell);
		reverse += (cell.reverse || cell.bg == 237) && row > 0 && row < shape->rows - 1;
	}
	return reverse == 1 && pty_cursor_row(pty, 1, shape->rows) > 0;
}

Test(pty_screen, resize)
{
	static struct shape shapes[] = {{50, 200, 0}, {24, 80, 0}, {6, 40, 0}, {16, 60, 0}, {50, 40, 0},
	                                {6, 200, 0},  {11, 80, 0}, {9, 80, 0}, {7, 80, 0},  {24, 80, 0}};
	static struct screen_text before;
	struct session s;
	char name[64];

	session_begin(&s, NULL);
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof name, "folder number %d \xe5\xae\xbd\xe5\xae\xbd/file", i);
		session_file(&s, name, (uint64_t)(i + 1) * 64 * 1024);
	}
	session_open_whole(&s, 24, 80, NULL, NULL);
	/* What was said goes with the first key. */
	cr_assert(pty_wait_text(s.pty, "#1"));
	pty_send(s.pty, "\014");
	cr_assert(pty_wait_gone(s.pty, "next time"));
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		char what[64];

		pty_log(s.pty, &shapes[i].log);
		pty_resize(s.pty, shapes[i].rows, shapes[i].cols);
		snprintf(what, sizeof what, "a screen of %dx%d", shapes[i].cols, shapes[i].rows);
		cr_assert(pty_wait(s.pty, laid_out, &shapes[i], what));
		/* What is there now is what a fresh painting puts there. */
		remember(s.pty, &before);
		pty_send(s.pty, "\014");
		cr_assert(pty_wait(s.pty, painted_the_same, &before, "the same screen painted anew"));
	}
	/* Overlays and other screens survive it, too. */
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "inode"));
	pty_resize(s.pty, 6, 40);
	cr_assert(pty_wait_text(s.pty, "path"));
	pty_resize(s.pty, 24, 80);
	cr_assert(pty_wait_text(s.pty, "inode"));
	pty_send(s.pty, "q?");
	cr_assert(pty_wait_row(s.pty, 0, "help 1/3"));
	pty_resize(s.pty, 5, 30);
	cr_assert(pty_wait_row(s.pty, 0, "help 1/3"));
	/* As small as can be: nothing to see, nothing broken. */
	pty_resize(s.pty, 1, 1);
	pty_send(s.pty, "q" PTY_DOWN PTY_DOWN);
	pty_resize(s.pty, 2, 10);
	pty_send(s.pty, PTY_UP);
	pty_log(s.pty, &shapes[1].log);
	pty_resize(s.pty, 24, 80);
	cr_assert(pty_wait(s.pty, laid_out, &shapes[1], "the first screen"));
	session_quit(&s);
	session_end(&s);
}

Test(pty_screen, opens_small)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "a/b", MIB);
	session_open(&s, 6, 40, NULL, NULL);
	cr_assert(pty_wait_text(s.pty, "/a"));
	session_quit(&s);
	session_end(&s);
}

/* ---- colours ---- */

static bool any_color(const struct pty *pty, void *data)
{
	for (int row = 0; row < pty_rows(pty); row++)
		for (int col = 0; col < pty_cols(pty); col++) {
			struct pty_cell cell;

			pty_cell(pty, row, col, &cell);
			if (cell.fg != PTY_COLOR_DEFAULT || cell.bg != PTY_COLOR_DEFAULT)
				return true;
		}
	return false;
}

static void growth_with(struct session *s, const char *const *args, const char *const *env)
{
	session_begin(s, NULL);
	session_file(s, "a/b", MIB);
	session_file(s, "c/d", MIB);
	session_open_whole(s, 24, 80, args, env);
	session_quit(s);
	session_file(s, "a/b", 3 * MIB);
	session_remove(s, "c");
	session_open_whole(s, 24, 80, args, env);
	pty_send(s->pty, "d");
	cr_assert(session_wait_growth(s, "/a", "+2.0 MiB"));
}

Test(pty_screen, colors)
{
	struct session s;

	growth_with(&s, NULL, NULL);
	cr_assert(any_color(s.pty, NULL));
	session_quit(&s);
	session_end(&s);
}

/* Without colours every figure still has its sign, and the cursor is seen. */
Test(pty_screen, no_color)
{
	struct session s;

	growth_with(&s, NULL, (const char *const[]){ "NO_COLOR=1", NULL });
	cr_assert(!any_color(s.pty, NULL));
	cr_assert(strstr(session_cells(&s, session_row(&s, "/c"), GROWTH_COL, 10), "-1.0 MiB"));
	cr_assert(pty_cursor_row(s.pty, LIST_TOP, 22) >= LIST_TOP);
	session_quit(&s);
	session_end(&s);
}

Test(pty_screen, color_off)
{
	struct session s;

	growth_with(&s, (const char *const[]){ "--color", "off", NULL }, NULL);
	cr_assert(!any_color(s.pty, NULL));
	session_quit(&s);
	session_end(&s);
}

Test(pty_screen, themes)
{
	static const char *const themes[] = { "dark", "dark-bg", "light" };

	for (size_t i = 0; i < sizeof themes / sizeof *themes; i++) {
		struct session s;
		struct pty_cell up, down;

		growth_with(&s, (const char *const[]){ "--color", themes[i], NULL }, NULL);
		pty_send(s.pty, PTY_DOWN);
		cr_assert(session_wait_cursor(&s, "/c"));
		pty_cell(s.pty, session_row(&s, "/a"), GROWTH_COL + 9, &up);
		pty_send(s.pty, PTY_UP);
		cr_assert(session_wait_cursor(&s, "/a"));
		pty_cell(s.pty, session_row(&s, "/c"), GROWTH_COL + 9, &down);
		cr_assert_eq(up.fg, i < 2 ? 167 : 160, "%s: growth in colour %d", themes[i], up.fg);
		cr_assert_eq(down.fg, i < 2 ? 71 : 28, "%s: shrinkage in colour %d", themes[i], down.fg);
		session_quit(&s);
		session_end(&s);
	}
}

/* ---- locales ---- */

Test(pty_screen, ascii_locale)
{
	struct session s;
	size_t n;

	session_begin(&s, NULL);
	session_file(&s, "\xe5\xae\xbd/\xc3\xa9", MIB);
	session_file(&s, "c/d", MIB);
	session_file(&s, "half", 512 * 1024);
	session_open_whole(&s, 24, 80, NULL, (const char *const[]){ "LC_ALL=C", NULL });
	cr_assert(pty_wait_text(s.pty, "/\\xe5\\xae\\xbd"));
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "inode"));
	pty_send(s.pty, "qH");
	cr_assert(pty_wait_row(s.pty, 0, "snapshots of"));
	pty_send(s.pty, "q?3");
	cr_assert(pty_wait_row(s.pty, 0, "help 3/3"));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_text(s.pty, "half"));
	session_quit(&s);
	session_open_whole(&s, 24, 80, NULL, (const char *const[]){ "LC_ALL=C", NULL });
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 2, "growth"));
	session_quit(&s);
	const unsigned char *log = pty_log(s.pty, &n);
	for (size_t i = 0; i < n; i++)
		cr_assert(log[i] < 0x80, "byte %02x was written", log[i]);
	session_end(&s);
}

/* ---- keys that have no effect ---- */

Test(pty_screen, an_old_snapshot_says_what_cannot_be_done_in_it)
{
	struct session s;

	growth_with(&s, NULL, NULL);
	pty_send(s.pty, "dH");
	cr_assert(pty_wait_row(s.pty, 0, "snapshots of"));
	pty_send(s.pty, PTY_END "o");
	cr_assert(pty_wait_row(s.pty, 0, "[#1,"));
	cr_assert(pty_wait_row(s.pty, 23, "q back to now"));
	pty_send(s.pty, "w");
	cr_assert(pty_wait_row(s.pty, 22, "an old snapshot does not change"));
	pty_send(s.pty, "\033[15~"); /* F5 */
	cr_assert(pty_wait_row(s.pty, 22, "? help"));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	session_quit(&s);
	session_end(&s);
}

/* ---- the mouse ---- */

Test(pty_screen, mouse)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "a/x", 4 * MIB);
	session_file(&s, "b/y", 3 * MIB);
	session_file(&s, "c/z", 2 * MIB);
	session_file(&s, "d", MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_mouse(s.pty, PTY_BUTTON_LEFT, session_row(&s, "/c"), 30);
	cr_assert(session_wait_cursor(&s, "/c"));
	pty_mouse(s.pty, PTY_WHEEL_UP, 10, 10);
	cr_assert(session_wait_cursor(&s, "/a"));
	pty_mouse(s.pty, PTY_WHEEL_DOWN, 10, 10);
	cr_assert(session_wait_cursor(&s, "d"));
	/* Twice on the same row opens it. */
	pty_mouse(s.pty, PTY_BUTTON_LEFT, session_row(&s, "/b"), 30);
	pty_mouse(s.pty, PTY_BUTTON_LEFT, session_row(&s, "/b"), 30);
	cr_assert(pty_wait_row(s.pty, 0, "/tree/b"));
	pty_send(s.pty, PTY_LEFT);
	cr_assert(session_wait_cursor(&s, "/b"));
	/* The words of the key row can be clicked. */
	pty_mouse(s.pty, PTY_BUTTON_LEFT, 23, pty_find_col(s.pty, 23, "help"));
	cr_assert(pty_wait_row(s.pty, 0, "help 1/3"));
	pty_mouse(s.pty, PTY_BUTTON_LEFT, 0, pty_find_col(s.pty, 0, "3 marks"));
	cr_assert(pty_wait_row(s.pty, 0, "help 3/3"));
	pty_send(s.pty, "q");
	cr_assert(session_wait_cursor(&s, "/b"));
	/* Outside of everything: nothing happens. */
	pty_mouse(s.pty, PTY_BUTTON_LEFT, 15, 70);
	pty_mouse(s.pty, PTY_BUTTON_LEFT, 200, 200);
	pty_send(s.pty, PTY_DOWN);
	cr_assert(session_wait_cursor(&s, "/c"));
	session_quit(&s);
	session_end(&s);
}
