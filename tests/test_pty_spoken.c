/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --screen-reader: every screen of the real program, as a terminal emulator has it for a screen reader. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_spoken, .fini = session_end_all);

struct want {
	const char *text;
	bool drawn; /* what was wrong last */
};

/* The terminal's cursor is seen, it is on a row with this text, and no cell is a line, a block or a triangle. */
static bool on_row(const struct pty *pty, void *data)
{
	struct want *want = data;
	int row, col;

	pty_cursor(pty, &row, &col);
	if (!pty_cursor_visible(pty) || !strstr(pty_row(pty, row), want->text))
		return false;
	want->drawn = false;
	for (int r = 0; r < pty_rows(pty); r++)
		for (int c = 0; c < pty_cols(pty); c++) {
			struct pty_cell cell;

			pty_cell(pty, r, c, &cell);
			want->drawn |= !strncmp(cell.text, "\xe2\x94", 2) || !strncmp(cell.text, "\xe2\x95", 2) ||
			               !strncmp(cell.text, "\xe2\x96", 2) || !strncmp(cell.text, "\xe2\x97", 2);
		}
	return true;
}

static void cursor_on(struct session *s, const char *text)
{
	struct want want = {.text = text};

	cr_assert(pty_wait(s->pty, on_row, &want, text));
	cr_assert(!want.drawn, "something is drawn where the cursor is on '%s'", text);
}

/* The question is seen; its keys are dead for 300 ms more. */
static void wait_live_keys(struct session *s)
{
	cr_assert(!pty_ended(s->pty, 350));
}

Test(pty_spoken, every_screen_has_the_cursor_on_its_row)
{
	static const char *const args[] = {"--screen-reader", NULL};
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "shop/package.json", 100);
	session_file(&s, "shop/node_modules/a/index.js", 4 * MIB);
	session_file(&s, "notes.txt", MIB);
	session_open_whole(&s, 24, 80, args, NULL);
	cursor_on(&s, "/shop");
	session_quit(&s);
	session_file(&s, "shop/node_modules/b/index.js", 4 * MIB);
	session_open_whole(&s, 24, 80, args, NULL);
	cursor_on(&s, "/shop");
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 22, "sorted by growth"));
	cursor_on(&s, "+4.0 MiB");
	pty_send(s.pty, PTY_DOWN);
	cursor_on(&s, "notes.txt");
	pty_send(s.pty, PTY_UP);
	cursor_on(&s, "/shop");
	pty_send(s.pty, "H");
	cursor_on(&s, " b    1 ");
	pty_send(s.pty, PTY_UP);
	cursor_on(&s, "(this scan)");
	pty_send(s.pty, "qT");
	cursor_on(&s, "  #1");
	pty_send(s.pty, PTY_DOWN);
	cursor_on(&s, "+4.0 MiB");
	pty_send(s.pty, "qx");
	cursor_on(&s, "npm packages");
	pty_send(s.pty, "qB");
	cursor_on(&s, "code and build");
	pty_send(s.pty, "qV");
	cr_assert(pty_wait_text(s.pty, "volumes"));
	cursor_on(&s, "%");
	pty_send(s.pty, "qi");
	cursor_on(&s, "path");
	cr_assert(pty_wait_row(s.pty, 0, "shop"));
	pty_send(s.pty, "L");
	cr_assert(pty_wait_text(s.pty, "what happened in"));
	cursor_on(&s, "");
	pty_send(s.pty, "qd");
	cr_assert(pty_wait_text(s.pty, "in this folder"));
	cursor_on(&s, "");
	pty_send(s.pty, "qq?");
	cursor_on(&s, "WHAT GREW");
	pty_send(s.pty, "q/shop");
	cursor_on(&s, "filter: shop");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, 22, "1 of 2 shown"));
	cursor_on(&s, "/shop");
	pty_send(s.pty, PTY_ESC);
	cr_assert(pty_wait_text(s.pty, "notes.txt"));
	pty_send(s.pty, "D");
	cursor_on(&s, "Cancel");
	wait_live_keys(&s);
	pty_send(s.pty, PTY_DOWN);
	cursor_on(&s, "Trash");
	pty_send(s.pty, PTY_ESC);
	cursor_on(&s, "/shop");
	session_quit(&s);
	session_end(&s);
}

/* A deletion from the first key to what is left, and none of it seen. */
Test(pty_spoken, deletes_and_says_so)
{
	static const char *const args[] = {"--screen-reader", NULL};
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "big", 4 * MIB);
	session_file(&s, "small", MIB);
	session_open_whole(&s, 24, 80, args, NULL);
	cursor_on(&s, "big");
	pty_send(s.pty, "D");
	cursor_on(&s, "Cancel");
	cr_assert(pty_wait_text(s.pty, "frees 4.0 MiB now"));
	wait_live_keys(&s);
	pty_send(s.pty, PTY_UP);
	cursor_on(&s, "Delete for ever");
	pty_send(s.pty, PTY_ENTER);
	/* How much came free is the file system's word, and others write there. */
	cr_assert(pty_wait_row(s.pty, 22, "deleted 1 item: "));
	cursor_on(&s, "small");
	session_quit(&s);
	session_end(&s);
}
