/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"

TestSuite(pty_end, .fini = session_end_all);

/* However it ends, the terminal is as it was; and what cannot begin says why in one sentence. */

static void terminal_is_restored(const struct session *s)
{
	cr_assert(!pty_alternate(s->pty), "still on the alternate screen");
	cr_assert(pty_cursor_visible(s->pty), "the cursor is still hidden");
	cr_assert(!pty_mouse_on(s->pty), "the mouse is still reported");
	cr_assert(pty_cooked(s->pty), "the line discipline is not restored");
}

static void opened(struct session *s)
{
	session_begin(s, NULL);
	session_file(s, "a/b", 1 << 20);
	session_open_whole(s, 24, 80, NULL, NULL);
	cr_assert(pty_alternate(s->pty));
	cr_assert(!pty_cooked(s->pty));
	cr_assert(!pty_cursor_visible(s->pty));
	cr_assert(pty_mouse_on(s->pty));
}

static void killed_by(int signal, int status_expected)
{
	struct session s;

	opened(&s);
	kill(pty_pid(s.pty), signal);
	int status = pty_wait_exit(s.pty);
	cr_assert_neq(status, -1);
	terminal_is_restored(&s);
	if (status_expected)
		cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == status_expected, "signal %d: status %x", signal,
		          (unsigned)status);
	else
		cr_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0, "signal %d: status %x", signal,
		          (unsigned)status);
	session_end(&s);
}

Test(pty_end, interrupted)
{
	killed_by(SIGINT, 130);
}

Test(pty_end, terminated)
{
	killed_by(SIGTERM, 143);
}

Test(pty_end, hung_up)
{
	killed_by(SIGHUP, 129);
}

Test(pty_end, crashed)
{
	killed_by(SIGSEGV, 0);
}

Test(pty_end, aborted)
{
	killed_by(SIGABRT, 0);
}

/* Signals that nobody waits for: the process dies of just that one, behind the restored terminal. */
Test(pty_end, other_deadly_signals, .timeout = 300)
{
	static const int numbers[] = {SIGQUIT, SIGUSR1,   SIGUSR2, SIGALRM, SIGXCPU, SIGSYS,
	                              SIGPIPE, SIGVTALRM, SIGPROF, SIGIO,   SIGPWR,  SIGTRAP};

	for (size_t i = 0; i <= sizeof numbers / sizeof *numbers; i++) {
		struct session s;
		int number = i < sizeof numbers / sizeof *numbers ? numbers[i] : SIGRTMIN + 1;

		opened(&s);
		kill(pty_pid(s.pty), number);
		int status = pty_wait_exit(s.pty);

		terminal_is_restored(&s);
		cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == number, "signal %d: status %x", number,
		          (unsigned)status);
		session_end(&s);
	}
}

Test(pty_end, a_file_that_may_not_grow_ends_nothing)
{
	struct session s;

	opened(&s);
	kill(pty_pid(s.pty), SIGXFSZ);
	session_quit(&s);
	session_end(&s);
}

Test(pty_end, control_c_is_q)
{
	struct session s;

	opened(&s);
	pty_send(s.pty, "\003");
	int status = pty_wait_exit(s.pty);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
	terminal_is_restored(&s);
	session_end(&s);
}

Test(pty_end, terminal_is_closed)
{
	struct session s;

	opened(&s);
	pty_close_terminal(s.pty);
	cr_assert_neq(pty_wait_exit(s.pty), -1, "it runs on without a terminal");
	session_end(&s);
}

/* The terminal vanishes and the signal is lost (nohup): reading it fails. */
Test(pty_end, terminal_is_closed_and_hangup_ignored)
{
	struct session s;
	const char *argv[] = {"sh",   "-c", "trap '' HUP; exec \"$0\" \"$@\"", session_program(), "--db", s.db,
	                      s.tree, NULL};

	session_begin(&s, NULL);
	session_file(&s, "a/b", 1 << 20);
	s.pty = pty_start(argv, &(struct pty_options){ .rows = 24, .cols = 80, .err = s.err });
	cr_assert(s.pty && pty_wait_text(s.pty, "/a"));
	pty_close_terminal(s.pty);
	cr_assert_neq(pty_wait_exit(s.pty), -1, "it runs on without a terminal");
	session_end(&s);
}

/* ---- what cannot begin ---- */

static int lines_of(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void refuses(struct session *s, const char *what)
{
	int status = pty_wait_exit(s->pty);
	const char *text = session_stderr(s);

	cr_assert(status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 1, "%s: status %x", what,
	          (unsigned)status);
	cr_assert_eq(lines_of(text), 1, "%s: not one sentence: %s", what, text);
	cr_assert(strstr(text, s->tree), "%s: the path is not named: %s", what, text);
	cr_assert(!strstr(text, "\033"), "%s: raw: %s", what, text);
	terminal_is_restored(s);
}

Test(pty_end, missing_path)
{
	struct session s;

	session_begin(&s, NULL);
	cr_assert_eq(rmdir(s.tree), 0);
	session_open(&s, 24, 80, NULL, NULL);
	refuses(&s, "a missing path");
	session_end(&s);
}

Test(pty_end, path_is_a_file)
{
	struct session s;

	session_begin(&s, NULL);
	cr_assert_eq(rmdir(s.tree), 0);
	int fd = open(s.tree, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	cr_assert(fd >= 0);
	close(fd);
	session_open(&s, 24, 80, NULL, NULL);
	refuses(&s, "a file");
	session_end(&s);
}

Test(pty_end, unreadable_path)
{
	struct session s;
	/* Root may read everything: somebody else, then. */
	const char *const argv[] = {
		"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", session_program(), "--db", s.db, s.tree,
		NULL};
	char data[4300], home[4400];

	session_begin(&s, NULL);
	snprintf(data, sizeof data, "%s/data", s.dir);
	cr_assert_eq(mkdir(data, 0777), 0);
	cr_assert_eq(chmod(data, 0777), 0);
	cr_assert_eq(chmod(s.dir, 0755), 0);
	cr_assert_eq(chmod(s.tree, 0), 0);
	snprintf(home, sizeof home, "HOME=%s", data);
	s.pty = pty_start(
		geteuid() == 0 ? argv : argv + 4,
		&(struct pty_options){.rows = 24, .cols = 80, .err = s.err, .env = (const char *const[]){home, NULL}});
	cr_assert(s.pty);
	refuses(&s, "an unreadable folder");
	session_end(&s);
}

Test(pty_end, no_terminal)
{
	struct session s;
	char out[4096];

	session_begin(&s, NULL);
	cr_assert_eq(session_command(&s, (const char *const[]){ s.tree, NULL }, out, sizeof out), 2, "%s", out);
	cr_assert(strstr(out, "terminal"), "%s", out);
	session_end(&s);
}

/* A terminal that cannot do what is needed. */
Test(pty_end, unknown_terminal)
{
	struct session s;
	/* curses keeps a little memory when it does not know the terminal. */
	const char *const env[] = { "TERM=no-such-terminal", "ASAN_OPTIONS=detect_leaks=0", NULL };

	session_begin(&s, NULL);
	session_open(&s, 24, 80, NULL, env);
	int status = pty_wait_exit(s.pty);
	cr_assert(status != -1 && WIFEXITED(status) && WEXITSTATUS(status) != 0, "status %x", (unsigned)status);
	cr_assert_eq(lines_of(session_stderr(&s)), 1, "not one sentence: %s", session_stderr(&s));
	session_end(&s);
}
