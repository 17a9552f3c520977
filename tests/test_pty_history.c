/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private_mounts.h"
#include "session.h"

/* What one is compared with, and the list of snapshots, by the real program on a real database. */

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_history, .fini = session_end_all);

static void stored(const struct session *s, const char *option)
{
	const char *args[] = {"scan", "--db", s->db, s->tree, option, NULL};
	char out[4096];

	cr_assert_eq(session_command(s, args, out, sizeof out), 0, "%s", out);
}

/* In a first session there is nothing earlier but what the session itself has stored: R, and d compares with that. */
Test(pty_history, the_first_session_compares_with_itself)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "logs/app.log", MIB);
	session_file(&s, "old", 2 * MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_text(s.pty, "saved as #1"));
	session_file(&s, "logs/app.log", 9 * MIB);
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 1, "written in 24 h"));
	pty_send(s.pty, "R");
	cr_assert(pty_wait_row(s.pty, 1, "since #1"));
	cr_assert(session_wait_growth(&s, "/logs", "+8.0 MiB"));
	session_quit(&s);
	cr_assert(strstr(session_stderr(&s), "#2 saved") && strstr(session_stderr(&s), "+8.0 MiB since #1"), "%s",
	          session_stderr(&s));
	session_end(&s);
}

/* The one compared with is deleted: the next older one takes its place, then a newer one, then there is none. */
Test(pty_history, deleting_the_baseline_moves_to_the_next)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "data", MIB);
	stored(&s, NULL);
	session_file(&s, "data", 3 * MIB);
	stored(&s, NULL);
	session_file(&s, "data", 7 * MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "d");
	cr_assert(session_wait_growth(&s, "data", "+4.0 MiB"));
	pty_send(s.pty, "H");
	cr_assert(pty_wait_text(s.pty, "b    2"));
	pty_send(s.pty, "D");
	cr_assert(pty_wait_text(s.pty, "Delete snapshot #2"));
	pty_send(s.pty, PTY_RIGHT PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "b    1"));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_row(s.pty, 1, "since #1"));
	cr_assert(session_wait_growth(&s, "data", "+6.0 MiB"));
	pty_send(s.pty, "H");
	cr_assert(pty_wait_text(s.pty, "b    1"));
	pty_send(s.pty, "D" PTY_RIGHT PTY_ENTER);
	cr_assert(pty_wait_gone(s.pty, "b    1"));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_row(s.pty, 1, "written in 24 h"));
	session_quit(&s);
	session_end(&s);
}

/* Counted with other options: in the list, with what differs, and never compared with. */
Test(pty_history, other_options_are_shown)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "data", MIB);
	session_file(&s, "more.o", MIB);
	stored(&s, NULL);
	stored(&s, "--exclude=*.o");
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "dH");
	cr_assert(pty_wait_text(s.pty, "b    1"));
	cr_assert(pty_wait_text(s.pty, "with --exclude *.o"));
	pty_send(s.pty, PTY_HOME PTY_DOWN PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "#2 was counted with --exclude *.o"));
	pty_send(s.pty, "o");
	cr_assert(pty_wait_row(s.pty, 0, "[#2, "));
	cr_assert(pty_wait_gone(s.pty, "more.o"));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_text(s.pty, "more.o"));
	session_quit(&s);
	session_end(&s);
}

/* An unchanged folder, visited again and again, is one row. */
Test(pty_history, equal_snapshots_are_one_row)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "data", MIB);
	stored(&s, NULL);
	session_file(&s, "data", 3 * MIB);
	for (int i = 0; i < 2; i++)
		stored(&s, NULL);
	session_file(&s, "data", 7 * MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "d");
	cr_assert(session_wait_growth(&s, "data", "+4.0 MiB"));
	pty_send(s.pty, "H");
	cr_assert(pty_wait_text(s.pty, "+1 equal, to #2"));
	cr_assert(pty_wait_text(s.pty, "+2.0 MiB"));
	pty_send(s.pty, "q[");
	cr_assert(pty_wait_row(s.pty, 1, "since #1"), "[ leaves out what is equal");
	session_quit(&s);
	session_end(&s);
}

/* What was only moved into a folder does not lead F there, nor does what was moved out of one keep it away. */
Test(pty_history, follow_is_not_led_by_moves)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "old/place/film", 40 * MIB);
	session_file(&s, "old/logs/app.log", MIB);
	session_folder(&s, "archive/2024");
	session_file(&s, "work/notes", MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_quit(&s);
	session_rename(&s, "old/place", "archive/2024/place");
	session_file(&s, "old/logs/app.log", 9 * MIB);
	session_file(&s, "work/notes", 3 * MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "d");
	cr_assert(session_wait_growth(&s, "/archive", "+40.0 MiB"));
	pty_send(s.pty, "F");
	cr_assert(pty_wait_row(s.pty, 22, "app.log: +8.0 MiB of +8.0 MiB here"));
	cr_assert(pty_wait_row(s.pty, 0, "/tree/old/logs "));
	pty_send(s.pty, PTY_LEFT PTY_LEFT);
	cr_assert(session_wait_growth(&s, "/archive", "+40.0 MiB"));
	session_go(&s, "/archive");
	pty_send(s.pty, PTY_ENTER "F");
	cr_assert(pty_wait_row(s.pty, 22, "nothing grew here; +40.0 MiB was moved here"));
	session_quit(&s);
	session_end(&s);
}

/* Root has no history here, and somebody else has: his is named. */
Test(pty_history, root_is_told_who_has_snapshots)
{
	struct session s;
	char home[8500], path[8600], out[4096], env[8600];
	FILE *file;
	int rc = geteuid() == 0 ? private_mounts() : -1;

	if (rc)
		cr_skip_test(
			"only root reads what others have, and only with mounts of its own can there be a user"
			" for this");
	session_begin(&s, NULL);
	session_file(&s, "data", MIB);
	snprintf(home, sizeof home, "%s/ana", s.dir);
	snprintf(path, sizeof path, "mkdir -p %s/.local/share/disktracker", home);
	cr_assert_eq(system(path), 0);
	snprintf(path, sizeof path, "%s/.local/share/disktracker/data.db", home);
	cr_assert_eq(session_command(&s, (const char *const[]){"scan", "--db", path, s.tree, NULL}, out, sizeof out), 0,
	             "%s", out);
	cr_assert_eq(chown(path, 12345, 12345), 0);
	snprintf(path, sizeof path, "%s/passwd", s.dir);
	file = fopen(path, "w");
	cr_assert(file && fprintf(file, "root:x:0:0::/root:/bin/sh\nana:x:12345:12345::%s:/bin/sh\n", home) > 0 &&
	          !fclose(file));
	cr_assert_eq(mount(path, "/etc/passwd", NULL, MS_BIND, NULL), 0);
	snprintf(env, sizeof env, "XDG_DATA_HOME=%s/own", s.dir);
	snprintf(s.db, sizeof s.db, "%s/own/disktracker/data.db", s.dir);
	session_open(&s, 24, 160, NULL, (const char *const[]){ env, NULL });
	cr_assert(pty_wait_row(s.pty, 22, "/tree; ana has 1: --db "));
	session_quit(&s);
	cr_assert_eq(umount("/etc/passwd"), 0);
	session_end(&s);
}
