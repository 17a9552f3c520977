/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pty.h"

/* The harness itself, with programs every machine has: what it reports must be what a terminal would show. */

static struct pty *shell(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct pty *pty = pty_start(argv, &(struct pty_options){ .rows = 10, .cols = 40 });

	cr_assert(pty, "no pseudo-terminal");
	return pty;
}

Test(harness, cells)
{
	struct pty *pty = shell("printf 'a\\033[31mred\\033[0m\\033[1;32mG\\033[0;7mR\\033[0;38;5;214mx\\033[0m\\r\\n"
	                        "\\344\\270\\255e\\314\\201|\\r\\n  two   \\r\\nend'; cat");
	struct pty_cell cell;

	cr_assert(pty_wait_text(pty, "end"));
	cr_assert_str_eq(pty_row(pty, 0), "aredGRx");
	cr_assert_str_eq(pty_row(pty, 1), "\xe4\xb8\xad" "e\xcc\x81|");
	cr_assert_str_eq(pty_row(pty, 2), "  two");
	cr_assert_str_eq(pty_cells(pty, 2, 1, 5), " two ");
	cr_assert_eq(pty_find(pty, "two", 0), 2);
	cr_assert_eq(pty_find_col(pty, 1, "|"), 3);
	pty_cell(pty, 0, 0, &cell);
	cr_assert(cell.fg == PTY_COLOR_DEFAULT && cell.bg == PTY_COLOR_DEFAULT && !cell.bold && !cell.reverse);
	pty_cell(pty, 0, 1, &cell);
	cr_assert_eq(cell.fg, 1);
	pty_cell(pty, 0, 4, &cell);
	cr_assert(cell.fg == 2 && cell.bold);
	pty_cell(pty, 0, 5, &cell);
	cr_assert(cell.reverse);
	pty_cell(pty, 0, 6, &cell);
	cr_assert_eq(cell.fg, 214);
	pty_cell(pty, 1, 0, &cell);
	cr_assert_eq(cell.width, 2);
	pty_cell(pty, 1, 1, &cell);
	cr_assert(cell.width == 0 && !*cell.text);
	pty_stop(pty);
}

Test(harness, terminal_modes_and_exit)
{
	struct pty *pty = shell(
		"stty raw -echo; printf '\\033[?1049h\\033[?25l\\033[?1000h\\033[?1006hin\\a\\033]0;title\\a';"
		"read x; printf '\\033[?1000l\\033[?25h\\033[?1049l'; stty sane; exit 7");

	cr_assert(pty_wait_text(pty, "in"));
	cr_assert(pty_alternate(pty) && !pty_cursor_visible(pty) && pty_mouse_on(pty) && !pty_cooked(pty));
	cr_assert(pty_bells(pty) == 1 && pty_titles(pty) == 1 && pty_answers(pty) == 0);
	pty_send(pty, "\n");
	int status = pty_wait_exit(pty);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	cr_assert(!pty_alternate(pty) && pty_cursor_visible(pty) && !pty_mouse_on(pty) && pty_cooked(pty));
	pty_stop(pty);
}

Test(harness, input_resize_and_answers)
{
	struct pty *pty = shell("stty -echo -icanon; trap 'stty size' WINCH; echo on;"
	                        "while :; do dd bs=64 count=1 2>/dev/null | od -An -c | tr -d ' \\n'; echo; done");

	cr_assert(pty_wait_text(pty, "on"));
	pty_mouse(pty, PTY_WHEEL_DOWN, 4, 6);
	cr_assert(pty_wait_text(pty, "033[<65;7;5M"));
	pty_resize(pty, 5, 60);
	pty_send(pty, "k");
	cr_assert(pty_wait_text(pty, "5 60"));
	cr_assert(pty_rows(pty) == 5 && pty_cols(pty) == 60);
	pty_stop(pty);

	pty = shell("stty raw -echo; printf '\\033[6n'; dd bs=1 count=6 2>/dev/null | od -An -c; echo got");
	cr_assert(pty_wait_text(pty, "got"));
	cr_assert_eq(pty_answers(pty), 1);
	pty_stop(pty);
}

Test(harness, closed_terminal_ends_the_program)
{
	struct pty *pty = shell("echo up; exec sleep 1000");

	cr_assert(pty_wait_text(pty, "up"));
	pty_close_terminal(pty);
	int status = pty_wait_exit(pty);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
	pty_stop(pty);
}

Test(harness, environment_is_clean)
{
	const char *const argv[] = { "sh", "-c", "echo [$TERM] [$LC_ALL] [$X] [${NO_COLOR-none}] end", NULL };
	const char *const env[] = { "X=1", "TERM", "TERM=vt100", NULL };

	setenv("NO_COLOR", "1", 1);
	struct pty *pty = pty_start(argv, &(struct pty_options){ .rows = 3, .cols = 80, .env = env });
	cr_assert(pty && pty_wait_text(pty, "[vt100] [C.UTF-8] [1] [none] end"));
	pty_stop(pty);
}
