/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"

TestSuite(pty_term, .fini = session_end_all);

/* The terminal: its size, kind, colours and what it sends by itself. */

#define MIB (UINT64_C(1) << 20)

/* Did the program write that, behind so many bytes? */
static bool wrote(const struct session *s, size_t from, const char *bytes)
{
	size_t n;
	const unsigned char *log = pty_log(s->pty, &n);

	return memmem(log + from, n - from, bytes, strlen(bytes));
}

static void three_folders(struct session *s)
{
	session_begin(s, NULL);
	session_file(s, "a/q", 4 * MIB);
	session_file(s, "b/y", 3 * MIB);
	session_file(s, "c/z", 2 * MIB);
}

/* ---- its size ---- */

struct shape {
	int rows, cols;
};

/* The key row on the last row, help at the right edge: laid out for this size. */
static bool fills(const struct pty *pty, void *data)
{
	const struct shape *shape = data;

	return pty_find_col(pty, shape->rows - 1, "? help") == shape->cols - 6 && strstr(pty_row(pty, 0), "/tree");
}

Test(pty_term, a_window_that_changed_while_it_was_stopped)
{
	static const char *const shell[] = {"bash", "--norc", "-ic", "\"$@\"; echo STOPPED; read answer; fg >/dev/null",
	                                    "bash", NULL};
	struct session s;
	struct shape shape = { 30, 100 };

	three_folders(&s);
	s.through = shell;
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "\032");
	cr_assert(pty_wait_text(s.pty, "STOPPED"));
	cr_assert(!pty_alternate(s.pty) && !pty_mouse_on(s.pty));
	pty_resize(s.pty, shape.rows, shape.cols);
	pty_send(s.pty, "\r");
	cr_assert(pty_wait(s.pty, fills, &shape, "the screen in its new size"));
	cr_assert(pty_mouse_on(s.pty));
	pty_send(s.pty, "q");
	cr_assert_eq(pty_wait_exit(s.pty), 0);
	session_end(&s);
}

/* By a signal that it cannot hear; a shell has the terminal meanwhile, in modes of its own. */
Test(pty_term, stopped_and_continued_from_outside)
{
	struct session s;
	char command[200];
	size_t before;

	three_folders(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert_eq(kill(pty_pid(s.pty), SIGSTOP), 0);
	snprintf(command, sizeof command,
	         "until grep -q '^State:.T' /proc/%d/status; do :; done; stty sane <>/proc/%d/fd/0",
	         (int)pty_pid(s.pty), (int)pty_pid(s.pty));
	cr_assert_eq(system(command), 0);
	cr_assert(pty_cooked(s.pty));
	pty_log(s.pty, &before);
	cr_assert_eq(kill(pty_pid(s.pty), SIGCONT), 0);
	pty_send(s.pty, PTY_DOWN);
	cr_assert(session_wait_cursor(&s, "/b"));
	cr_assert(!pty_cooked(s.pty));
	cr_assert(wrote(&s, before, "\033[2J"), "not painted anew");
	session_quit(&s);
	session_end(&s);
}

static bool shown_plain(const struct pty *pty, void *data)
{
	(void)data;
	return !pty_alternate(pty);
}

Test(pty_term, a_window_that_changed_while_a_shell_ran)
{
	struct session s;
	struct shape shape = { 30, 100 };

	three_folders(&s);
	session_open_whole(&s, 24, 80, NULL, (const char *const[]){ "SHELL=/bin/sh", NULL });
	pty_send(s.pty, "b");
	cr_assert(pty_wait(s.pty, shown_plain, NULL, "the screen to be left"));
	pty_send(s.pty, "echo IN''SIDE\r");
	cr_assert(pty_wait_text(s.pty, "INSIDE"));
	pty_resize(s.pty, shape.rows, shape.cols);
	pty_send(s.pty, "exit\r");
	cr_assert(pty_wait(s.pty, fills, &shape, "the screen in its new size"));
	session_quit(&s);
	session_end(&s);
}

/* ---- its kind ---- */

static void refused(const char *term)
{
	const char *const env[] = { term, "ASAN_OPTIONS=detect_leaks=0", NULL };
	struct session s;
	size_t n;

	three_folders(&s);
	session_open(&s, 24, 80, NULL, env);
	int status = pty_wait_exit(s.pty);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 2, "%s: status %x", term, (unsigned)status);
	const char *sentence = session_stderr(&s);
	cr_assert(strstr(sentence, "TERM") && strchr(sentence, '\n') == sentence + strlen(sentence) - 1, "%s: %s", term,
	          sentence);
	pty_log(s.pty, &n);
	cr_assert_eq(n, 0, "%s: %zu bytes reached the terminal", term, n);
	session_end(&s);
}

Test(pty_term, one_that_cannot_move_its_cursor)
{
	refused("TERM=dumb");
	refused("TERM=no-such-terminal");
	refused("TERM");
}

/* Without an alternate screen nothing of ours stays behind. */
Test(pty_term, one_without_an_alternate_screen)
{
	static const char *const terms[] = { "TERM=vt100", "TERM=linux" };

	for (size_t i = 0; i < 2; i++) {
		struct session s;

		three_folders(&s);
		session_open(&s, 24, 80, NULL, (const char *const[]){ terms[i], NULL });
		cr_assert(pty_wait_text(s.pty, "[live]") && session_wait_cursor(&s, "/a"), "%s", terms[i]);
		pty_send(s.pty, "q");
		cr_assert_eq(pty_wait_exit(s.pty), 0);
		for (int row = 0; row < 24; row++)
			cr_assert_str_eq(pty_row(s.pty, row), "", "%s: row %d", terms[i], row);
		session_end(&s);
	}
}

/* ---- its colours ---- */

/* Terminals that need not be described on this machine. */
static const char descriptions[] =
	"direct|colours are red, green and blue,\n"
	"\tRGB, colors#0x1000000, pairs#0x7FFF,\n"
	"\tsetab=\\E[%?%p1%{8}%<%t4%p1%d%e48\\:2\\:%p1%{65536}%/%d\\:%p1%{256}%/%{255}%&%d\\:%p1%{255}%&%d%;m,\n"
	"\tsetaf=\\E[%?%p1%{8}%<%t3%p1%d%e38\\:2\\:%p1%{65536}%/%d\\:%p1%{256}%/%{255}%&%d\\:%p1%{255}%&%d%;m,\n"
	"\tuse=xterm-256color,\n"
	"sixteen|sixteen colours,\n"
	"\tcolors#16, pairs#256,\n"
	"\tsetab=\\E[%?%p1%{8}%<%t%p1%{40}%+%e%p1%{92}%+%;%dm,\n"
	"\tsetaf=\\E[%?%p1%{8}%<%t%p1%{30}%+%e%p1%{82}%+%;%dm,\n"
	"\tuse=xterm,\n";

static const char *described(const struct session *s)
{
	static char variable[4300];
	char command[9000], path[4300];
	FILE *file;

	snprintf(path, sizeof path, "%s/terminals", s->dir);
	file = fopen(path, "w");
	cr_assert(file && fputs(descriptions, file) >= 0 && fclose(file) == 0);
	snprintf(command, sizeof command, "tic -x -o %s/terminfo %s", s->dir, path);
	cr_assert_eq(system(command), 0);
	snprintf(variable, sizeof variable, "TERMINFO=%s/terminfo", s->dir);
	return variable;
}

/* What is written can be told from what is behind it. */
static bool nothing_black_on_black(const struct pty *pty)
{
	for (int row = 0; row < pty_rows(pty); row++)
		for (int col = 0; col < pty_cols(pty); col++) {
			struct pty_cell cell;

			pty_cell(pty, row, col, &cell);
			if (*cell.text && strcmp(cell.text, " ") && cell.fg >= 0x1000000 &&
			    (cell.fg & 0xffffff) < 0x303030 && cell.bg == PTY_COLOR_DEFAULT)
				return false;
		}
	return true;
}

Test(pty_term, direct_colours)
{
	struct session s;
	struct pty_cell cell;

	three_folders(&s);
	const char *terminfo = described(&s);
	for (const char *const *theme = (const char *const[]){ "auto", "dark", "dark-bg", NULL }; *theme; theme++) {
		session_open_whole(&s, 24, 80, (const char *const[]){"--color", *theme, NULL},
		                   (const char *const[]){terminfo, "TERM=direct", NULL});
		cr_assert(session_wait_cursor(&s, "/a"));
		cr_assert(nothing_black_on_black(s.pty), "%s", *theme);
		pty_cell(s.pty, session_row(&s, "/b"), pty_find_col(s.pty, session_row(&s, "/b"), "/b"), &cell);
		cr_assert_eq(cell.fg, 0x1000000 | 0x5fafff, "%s: folders in %x", *theme, (unsigned)cell.fg);
		session_quit(&s);
	}
	session_end(&s);
}

/* The cursor's row is one colour from edge to edge; with 16 colours it is reverse, and its bar no hole. */
Test(pty_term, the_cursor_row)
{
	static const char *const terms[] = { "TERM=xterm-256color", "TERM=sixteen", "TERM=xterm" };

	for (size_t i = 0; i < 3; i++) {
		struct session s;
		struct pty_cell cell;

		three_folders(&s);
		session_open_whole(&s, 24, 80, NULL,
		                   (const char *const[]){i == 1 ? described(&s) : "TERMINFO", terms[i], NULL});
		cr_assert(session_wait_cursor(&s, "/a"));
		for (int col = 0; col < 80; col++) {
			pty_cell(s.pty, LIST_TOP, col, &cell);
			if (i == 0)
				cr_assert(cell.bg == 237 && !cell.reverse, "column %d has background %d", col, cell.bg);
			else
				cr_assert(cell.reverse && cell.fg == PTY_COLOR_DEFAULT &&
				                  cell.bg == PTY_COLOR_DEFAULT && strcmp(cell.text, "█"),
				          "%s: column %d", terms[i], col);
		}
		session_quit(&s);
		session_end(&s);
	}
}

struct coloured {
	const char *text;
	int fg;
};

static bool has_colour(const struct pty *pty, void *data)
{
	const struct coloured *wanted = data;
	int row = pty_find(pty, wanted->text, LIST_TOP);
	struct pty_cell cell;

	if (row < 0)
		return false;
	pty_cell(pty, row, pty_find_col(pty, row, wanted->text), &cell);
	return cell.fg == wanted->fg;
}

Test(pty_term, the_theme_suits_the_background)
{
	struct coloured dark = { "/b", 75 }, light = { "/b", 25 };
	struct session s;

	three_folders(&s);
	session_open_whole(&s, 24, 80, NULL, (const char *const[]){ "COLORFGBG=0;15", NULL });
	cr_assert(pty_wait(s.pty, has_colour, &light, "the light theme"));
	cr_assert(!wrote(&s, 0, "\033]11;?"), "asked although the environment had said it");
	session_quit(&s);
	/* Asked, and an answer that takes its time: it is taken all the same, and only one is. */
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(wrote(&s, 0, "\033]11;?"), "not asked");
	cr_assert(pty_wait(s.pty, has_colour, &dark, "the dark theme"));
	pty_send(s.pty, "\033]11;rgb:ffff/ff");
	pty_send(s.pty, "ff/e000\033\\");
	cr_assert(pty_wait(s.pty, has_colour, &light, "the light theme"));
	pty_send(s.pty, "\033]11;rgb:0/0/0\007" PTY_DOWN PTY_DOWN);
	cr_assert(session_wait_cursor(&s, "/c"));
	cr_assert(has_colour(s.pty, &light));
	session_quit(&s);
	/* Who chose one is not asked. */
	session_open_whole(&s, 24, 80, (const char *const[]){ "--color", "dark", NULL }, NULL);
	cr_assert(!wrote(&s, 0, "\033]11;?"));
	session_quit(&s);
	session_end(&s);
}

/* ---- what it sends by itself ---- */

Test(pty_term, what_is_no_key_is_no_command)
{
	static const char *const sent[] = {
		"\033[I",
		"\033[O",
		"\033]11;rgb:0000/0000/0000\007",
		"\033]52;c;cURxRA==\033\\",
		"\033[?62;22c",
		"\033[12;40R",
		"\033[97;5u",
		"\033[?2026;2$y",
		"\033P1$r0;1qD\033\\",
		"\033_Gi=1;OKq\033\\",
		"\033[200~qDqQ\r\033[201~",
		"\033[24~",
		"\033[1;5D",
		"\033[8;24;80t",
		"\033[[A",
		"\033Oa",
	};
	struct session s;

	three_folders(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
		size_t half = strlen(sent[i]) / 2;

		pty_send(s.pty, sent[i]);
		pty_send_bytes(s.pty, sent[i], half);
		pty_send(s.pty, sent[i] + half);
		for (const char *byte = sent[i]; *byte; byte++)
			pty_send_bytes(s.pty, byte, 1);
		/* Still here, on the first row, in the same folder: Down leads to the second, PuTTY's Home back. */
		pty_send(s.pty, PTY_DOWN);
		cr_assert(session_wait_cursor(&s, "/b"), "after %zu: %s", i, sent[i] + 1);
		cr_assert(strstr(pty_row(s.pty, 0), "/tree ") && !strstr(pty_row(s.pty, 0), "help"), "after %zu: %s", i,
		          sent[i] + 1);
		pty_send(s.pty, "\033[1~");
		cr_assert(session_wait_cursor(&s, "/a"), "after %zu: %s", i, sent[i] + 1);
	}
	/* A paste is text where text is wanted. */
	pty_send(s.pty, "/");
	cr_assert(pty_wait_row(s.pty, 22, "filter:"));
	pty_send(s.pty, "\033[200~c\n\033[201~");
	cr_assert(pty_wait_gone(s.pty, "/b"));
	cr_assert(session_wait_cursor(&s, "/c"));
	cr_assert(pty_wait_row(s.pty, 22, "filter: c"));
	pty_send(s.pty, PTY_ESC);
	cr_assert(pty_wait_text(s.pty, "/b"));
	session_quit(&s);
	session_end(&s);
}

/* ---- cd "$(disktracker --print)" ---- */

Test(pty_term, prints_the_folder_for_a_program)
{
	static const char *const shell[] = {
		"sh", "-c", "out=$(\"$@\"); echo \"status $?\"; cd \"$out\" && pwd; echo READY; read answer", "sh",
		NULL};
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "it's a \\ name/x", 4 * MIB);
	s.through = shell;
	session_open_whole(&s, 24, 80, (const char *const[]){ "--print", NULL }, NULL);
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, 0, "it's a"));
	pty_send(s.pty, "Q");
	cr_assert(pty_wait_text(s.pty, "READY"));
	cr_assert(pty_find(s.pty, "status 0", 0) >= 0 && pty_find(s.pty, "/tree/it's a \\ name", 0) >= 0);
	cr_assert(!pty_alternate(s.pty) && pty_cooked(s.pty));
	pty_send(s.pty, "\r");
	cr_assert_eq(pty_wait_exit(s.pty), 0);
	session_end(&s);
}

Test(pty_term, names_print_when_there_is_no_terminal)
{
	struct session s;
	char out[4096];

	session_begin(&s, NULL);
	cr_assert_eq(session_command(&s, (const char *const[]){ s.tree, NULL }, out, sizeof out), 2, "%s", out);
	cr_assert(strstr(out, "--print") && strstr(out, "scan"), "%s", out);
	session_end(&s);
}
