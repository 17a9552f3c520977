/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

/* Details (i), by the real program on a real disk. */

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_details, .fini = session_end_all);

static const char *below(const struct session *s, const char *path)
{
	static char whole[2][8500];
	static int turn;

	snprintf(whole[turn ^= 1], sizeof whole[0], "%s/%s", s->tree, path);
	return whole[turn];
}

static void changed_at(const struct session *s, const char *path, time_t when)
{
	struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};

	cr_assert_eq(utimensat(AT_FDCWD, below(s, path), times, AT_SYMLINK_NOFOLLOW), 0);
}

/* What kind of thing it is, and when the newest file below a folder was modified. */
Test(pty_details, type_and_newest)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "app/deep/data", 4 * MIB);
	session_file(&s, "app/old", MIB);
	changed_at(&s, "app/deep/data", 1577880000); /* 2020-01-01 12:00 UTC */
	changed_at(&s, "app/old", 1546344000);
	cr_assert_eq(mkfifo(below(&s, "pipe"), 0644), 0);
	cr_assert_eq(symlink("app", below(&s, "link")), 0);
	session_open_whole(&s, 24, 80, NULL, (const char *const[]){ "TZ=UTC0", NULL });
	session_go(&s, "/app");
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "newest 2020-01-01 12:00"));
	cr_assert(pty_wait_text(s.pty, "type      folder"));
	pty_send(s.pty, "\t");
	cr_assert(pty_wait_row(s.pty, 22, "nothing in it has another name elsewhere"));
	pty_send(s.pty, "i");
	session_go(&s, "pipe");
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "type      pipe"));
	pty_send(s.pty, "i");
	session_go(&s, "link");
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "type      symbolic link"));
	pty_send(s.pty, "i");
	session_quit(&s);
	session_end(&s);
}

/* Tab: the other names of a file, and the folders that share with this one. */
Test(pty_details, other_names_of_links)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "film", 4 * MIB);
	session_file(&s, "backup/plain", MIB);
	session_folder(&s, "backup/2024");
	cr_assert_eq(link(below(&s, "film"), below(&s, "backup/2024/film")), 0);
	cr_assert_eq(link(below(&s, "film"), below(&s, "again")), 0);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_go(&s, "film");
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "3 hard links (Tab: where)"));
	pty_send(s.pty, "\t");
	cr_assert(pty_wait_text(s.pty, "/tree/again "));
	cr_assert(pty_wait_text(s.pty, "/tree/backup/2024/film "));
	cr_assert(pty_wait_gone(s.pty, "owner"));
	pty_send(s.pty, "\t");
	cr_assert(pty_wait_text(s.pty, "owner"));
	pty_send(s.pty, "i");
	session_go(&s, "/backup");
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "4.0 MiB shared, 1.0 MiB unique (Tab: where)"));
	pty_send(s.pty, "\t");
	cr_assert(pty_wait_text(s.pty, "shared    4.0 MiB with"));
	pty_send(s.pty, "i");
	/* A name that lies elsewhere is not found, and that is said. */
	session_quit(&s);
	char open_path[sizeof s.tree];
	snprintf(open_path, sizeof open_path, "%s", s.tree);
	strcat(s.tree, "/backup");
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_go(&s, "/2024");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "film"));
	pty_send(s.pty, "i\t");
	cr_assert(pty_wait_text(s.pty, "no other name here"));
	cr_assert(pty_wait_text(s.pty, "2 more outside of what was read"));
	pty_send(s.pty, "i");
	session_quit(&s);
	snprintf(s.tree, sizeof s.tree, "%s", open_path);
	session_end(&s);
}

/* A folder that was elsewhere says where. */
Test(pty_details, moved_from)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "old/place/data", 4 * MIB);
	session_folder(&s, "new");
	session_open_whole(&s, 24, 100, NULL, NULL);
	session_quit(&s);
	session_rename(&s, "old/place", "new/home");
	session_open_whole(&s, 24, 100, NULL, NULL);
	pty_send(s.pty, "d");
	session_go(&s, "/new");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "/home (moved)"));
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "moved from /"));
	cr_assert(pty_wait_text(s.pty, "/tree/old/place "));
	pty_send(s.pty, "i");
	session_quit(&s);
	session_end(&s);
}
