/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

TestSuite(pty_warm, .fini = session_end_all);

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)

/* Write, and make it look as if it had been so since 2001. */
static void old_file(const struct session *session, const char *path, uint64_t bytes)
{
	const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	char absolute[8500];

	session_file(session, path, bytes);
	snprintf(absolute, sizeof absolute, "%s/%s", session->tree, path);
	cr_assert_eq(utimensat(AT_FDCWD, absolute, times, 0), 0);
}

/* Until a scan that begins now finds folders that were left alone long enough. */
static void leave_alone(const struct session *session, const char *path)
{
	char absolute[8500];
	struct stat st;

	snprintf(absolute, sizeof absolute, "%s/%s", session->tree, path);
	cr_assert_eq(stat(absolute, &st), 0);
	while (time(NULL) < st.st_ctime + 4)
		poll(NULL, 0, 50);
}

/* Before it is followed live a part is read anew, afterwards it is compared: both make it true. */
static void trusts_and_says_so(bool live)
{
	static const char *const warm[] = {"--warm", NULL}, *const list[] = {"list", "--json", NULL};
	struct session s;
	char out[8192];

	session_begin(&s, NULL);
	old_file(&s, "quiet/small", 8 * KIB);
	old_file(&s, "busy/small", 8 * KIB);
	leave_alone(&s, "busy");
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_quit(&s);
	old_file(&s, "quiet/small", 64 * KIB);
	old_file(&s, "busy/small", 64 * KIB);
	session_file(&s, "busy/new", MIB);

	session_open_whole(&s, 24, 80, warm, NULL);
	uint64_t quiet = session_walk(&s, "quiet").alloc_bytes - 56 * KIB, busy = session_walk(&s, "busy").alloc_bytes;
	char marked[64];

	snprintf(marked, sizeof marked, "%s…", session_size(quiet));
	cr_assert(session_wait_size(&s, "/busy", session_size(busy)));
	cr_assert(session_wait_size(&s, "/quiet", marked),
	          "not listed: what is small, old and changed in place is missed, and marked");
	if (live)
		cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	/* Read again, all is true. */
	pty_send(s.pty, "R");
	cr_assert(session_wait_size(&s, "/quiet", session_size(quiet + 56 * KIB)));
	session_quit(&s);
	cr_assert_eq(session_command(&s, list, out, sizeof out), 0);
	cr_assert(strstr(out, "\"trusted\": true"), "%s", out);
	session_end(&s);
}

Test(pty_warm, the_browser_trusts_and_says_so)
{
	trusts_and_says_so(false);
}

Test(pty_warm, the_browser_trusts_and_says_so_while_it_follows)
{
	trusts_and_says_so(true);
}

/* A file that no warm scan would look at, but it was seen to change while the browser was open. */
Test(pty_warm, what_was_seen_to_change_is_read)
{
	static const char *const warm[] = {"--warm", NULL};
	struct session s;

	session_begin(&s, NULL);
	old_file(&s, "quiet/small", 8 * KIB);
	old_file(&s, "still/small", 8 * KIB);
	leave_alone(&s, "still");
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	old_file(&s, "quiet/small", 64 * KIB);
	cr_assert(session_wait_size(&s, "/quiet", session_size(session_walk(&s, "quiet").alloc_bytes)));
	session_quit(&s);
	leave_alone(&s, "quiet/small");
	session_open_whole(&s, 24, 80, warm, NULL);
	cr_assert(session_wait_size(&s, "/quiet", session_size(session_walk(&s, "quiet").alloc_bytes)));
	char marked[64];

	snprintf(marked, sizeof marked, "%s…", session_size(session_walk(&s, "still").alloc_bytes));
	cr_assert(session_wait_size(&s, "/still", marked), "trusted");
	session_quit(&s);
	session_end(&s);
}
