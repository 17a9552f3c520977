/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --screen-reader on the canvas: what is heard, and where the cursor is meanwhile. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "golden.h"
#include "ui_session.h"

static const char now_lines[] = "projects/|4096\ntarget/|4096\nlib.rlib|10737418240\n..\n..\n"
				".cache/|4096\nblob|2147483648\n..\n"
				"!lost+found/|16384\n..\n"
				">nas|0\n"
				"<core.tmp|0\n"
				"app.log|1048576\n"
				"empty/|4096\n..\n";

static const char before_lines[] = "projects/|4096\ntarget/|4096\nlib.rlib|1073741824\n..\n..\n"
				   ".cache/|4096\nblob|3221225472\n..\n"
				   "lost+found/|16384\n..\n"
				   ">nas|0\n"
				   "<core.tmp|0\n"
				   "gone.iso|734003200\n"
				   "empty/|4096\n..\n";

static struct session_ui session;

static void teardown(void)
{
	session_close(&session);
}

TestSuite(spoken, .fini = teardown);

static void open_both(void)
{
	session_open(&session, 24, 80, now_lines, before_lines);
	session.model.settings.spoken = true;
	session_screen(&session);
}

/** Nothing on the canvas is drawn, and the cursor is where it is said to be. */
static void check(int row, const char *text)
{
	const struct canvas *canvas = &session.screens.canvas;
	char line[512];

	snprintf(line, sizeof(line), "%s", session_row(&session, row));
	cr_assert_eq(canvas->cursor_row, row, "the cursor is in row %d, not in %d", canvas->cursor_row, row);
	cr_assert(strstr(line, text), "'%s' is not in '%s'", text, line);
	for (int i = 0; i < canvas->rows * canvas->cols; i++) {
		const struct canvas_cell *cell = &canvas->cells[i];

		/* U+2500 … U+25FF: lines, blocks, triangles */
		cr_assert(cell->length != 3 || cell->text[0] != '\xe2' || (cell->text[1] & 0xfc) != (char)0x94,
		          "cell %d,%d is drawn", i / canvas->cols, i % canvas->cols);
	}
}

Test(spoken, the_cursor_is_on_the_row_and_nothing_is_drawn)
{
	open_both();
	check(3, "10.0 GiB   83.3% /projects");
	golden_check("spoken-browser-80x24", session_screen(&session));
	session_type(&session, "<Down>");
	check(4, "/.cache");
	session_type(&session, "<End>");
	check(9, "nas");
	session_type(&session, "d<Home>");
	check(3, "/projects");
	golden_check("spoken-growth-80x24", session_screen(&session));
}

Test(spoken, changes_are_told)
{
	open_both();
	session_type(&session, "n");
	cr_assert_str_eq(session_row(&session, 22), " sorted by name");
	session_type(&session, "n");
	cr_assert_str_eq(session_row(&session, 22), " sorted by name, the other way round");
	session_type(&session, "s");
	cr_assert_str_eq(session_row(&session, 22), " sorted by size");
	session_type(&session, "<Enter>");
	cr_assert_str_eq(session_row(&session, 22), " /home/ana/projects: 10.0 GiB, 2 items");
	session_type(&session, "h");
	cr_assert_str_eq(session_row(&session, 22), " /home/ana: 12.0 GiB, 10 items");
	session_type(&session, "c");
	cr_assert_str_eq(session_row(&session, 22), " columns: size, items, %, name");
	session_type(&session, "d");
	cr_assert_str_eq(session_row(&session, 22), " sorted by growth");
	session_type(&session, "/p<Enter>");
	cr_assert_str_eq(session_row(&session, 22), " 4 of 8 shown");
	/* What a row has marks for comes behind the next key. */
	session_type(&session, "<Esc>/lost<Enter><Down>");
	cr_assert_str_eq(session_row(&session, 22), " /lost+found: cannot be read, growth unknown");
	check(3, "/lost+found");
	session_type(&session, "<Esc>/empty<Enter><Down>");
	cr_assert_str_eq(session_row(&session, 22), " /empty: an empty folder");
}

static void open_dialog(void)
{
	static const char *const buttons[] = {"Cancel", "Delete"};

	cr_assert_eq(dialog_open(&session.screens, "Delete snapshot #41?",
	                         "2025-11-18 09:02, 153.3 GiB. What was kept of it is gone then.", buttons, 2, NULL,
	                         NULL),
	             0);
}

Test(spoken, a_question_has_the_screen_to_itself)
{
	open_both();
	open_dialog();
	session_screen(&session);
	check(2, "Cancel");
	golden_check("spoken-dialog-80x24", session_screen(&session));
	session_type(&session, "<Down>");
	check(3, "Delete");
	session_type(&session, "<Up>");
	check(2, "Cancel");
	session_type(&session, "<Right>");
	check(3, "Delete");
}

Test(spoken, help_and_details_are_read_line_by_line)
{
	open_both();
	session_type(&session, "?");
	check(1, "WHAT GREW");
	golden_check("spoken-help-80x24", session_screen(&session));
	session_type(&session, "<Down>");
	check(1, "growth: on, sort, off");
	session_type(&session, "<End>");
	check(1, "one step back");
	session_type(&session, "q/app<Enter>i");
	check(1, "path      /home/ana/app.log");
	golden_check("spoken-details-80x24", session_screen(&session));
	session_type(&session, "<Down>");
	check(1, "1.0 MiB");
}

Test(spoken, every_size_is_survived)
{
	open_both();
	for (int pass = 0; pass < 4; pass++) {
		session_type(&session, pass == 1 ? "d" : pass == 2 ? "?" : "");
		if (pass == 3)
			open_dialog();
		for (int rows = 1; rows <= 30; rows++)
			for (int cols = 1; cols <= 120; cols += 17) {
				const struct canvas *canvas = &session.screens.canvas;

				session.model.rows = rows;
				session.model.cols = cols;
				session_type(&session, rows % 2 ? "<Down>" : "<Up>");
				cr_assert(canvas->cursor_row >= 0 && canvas->cursor_col >= 0, "%d × %d", rows, cols);
			}
		session_type(&session, pass == 2 ? "q" : "");
	}
}
