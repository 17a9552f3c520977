/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Size over time by the real program on a real database: a folder, a file, and one that is gone. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

#define MIB (UINT64_C(1) << 20)
#define DAY 86400
#define FIRST 1763000000

TestSuite(pty_timeline, .fini = session_end_all);

static void stored(const struct session *s, int day)
{
	const char *args[] = {"scan", "--db", s->db, s->tree, NULL};
	char out[4096], time[64];

	snprintf(time, sizeof(time), "%d", FIRST + day * DAY);
	setenv("DISKTRACKER_TEST_TIME", time, 1);
	cr_assert_eq(session_command(s, args, out, sizeof(out)), 0, "%s", out);
	unsetenv("DISKTRACKER_TEST_TIME");
}

static void has_column_of(struct session *s, const char *words)
{
	cr_assert(pty_wait_text(s->pty, words));
	cr_assert(pty_wait_text(s->pty, "─┬─"));
}

Test(pty_timeline, of_an_entry_of_its_folder_and_of_what_is_gone)
{
	const char *env[] = {"DISKTRACKER_TEST_TIME=1763691200", NULL}; /* eight days after the first */
	struct session s;

	session_begin(&s, NULL);
	for (int day = 0; day < 8; day++) {
		session_file(&s, "logs/app.log", (uint64_t)(day + 1) * MIB);
		if (day < 5)
			session_file(&s, "old/data", 3 * MIB);
		if (day == 5)
			session_remove(&s, "old");
		stored(&s, day);
	}
	session_file(&s, "logs/app.log", 9 * MIB);
	session_open_whole(&s, 24, 80, NULL, env);
	cr_assert(session_wait_size(&s, "/logs", "9.0 MiB"));
	session_go(&s, "/logs");
	pty_send(s.pty, "T");
	has_column_of(&s, "9 snapshots");
	cr_assert(pty_wait_text(s.pty, "+8.0 MiB in 8 d   last 7 d +1.0 MiB a day   full in about"));
	cr_assert(pty_wait_row(s.pty, 22, "#8  2025-11-20 02:13"), "what it is compared with");
	/* Tab: the folder shown. */
	pty_send(s.pty, "\t");
	cr_assert(pty_wait_text(s.pty, "+5.0 MiB in 8 d"));
	/* Enter compares with what is picked. */
	pty_send(s.pty, PTY_HOME);
	cr_assert(pty_wait_row(s.pty, 22, "#1  2025-11-13 02:13"));
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, 1, "since #1"));
	cr_assert(session_wait_growth(&s, "/logs", "+8.0 MiB"));
	/* A ghost: there until the fifth day. */
	session_go(&s, "/old (gone)");
	pty_send(s.pty, "T");
	has_column_of(&s, "9 snapshots");
	cr_assert(pty_wait_row(s.pty, 1, "-  -3.0 MiB in 8 d"));
	pty_send(s.pty, PTY_END);
	cr_assert(pty_wait_row(s.pty, 22, "not there"));
	/* A file, whose figures are in its folder's lists; in the flat list, which is of everything below, too. */
	pty_send(s.pty, "q");
	cr_assert(session_wait_growth(&s, "/logs", "+8.0 MiB"));
	pty_send(s.pty, "f");
	cr_assert(pty_wait_text(s.pty, "logs/app.log"));
	pty_send(s.pty, PTY_HOME "T");
	cr_assert(pty_wait_row(s.pty, 0, "/tree/logs/app.log"));
	cr_assert(pty_wait_row(s.pty, 1, "9.0 MiB  +8.0 MiB in 8 d"));
	pty_send(s.pty, "qf");
	cr_assert(session_wait_growth(&s, "/logs", "+8.0 MiB"));
	session_go(&s, "/logs");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "app.log"));
	pty_send(s.pty, "T");
	cr_assert(pty_wait_row(s.pty, 1, "9.0 MiB  +8.0 MiB in 8 d"));
	pty_send(s.pty, "q");
	session_quit(&s);
	session_end(&s);
}
