/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session.h"

/* What is asked of a tree, by the real program on a real database: terms, the files of everything below. */

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_query, .fini = session_end_all);

static void stored(const struct session *s)
{
	const char *args[] = {"scan", "--db", s->db, s->tree, NULL};
	char out[4096];

	cr_assert_eq(session_command(s, args, out, sizeof out), 0, "%s", out);
}

static void made_tree(const struct session *s)
{
	session_file(s, "logs/app.log", MIB);
	session_file(s, "logs/old/app.log.1", 2 * MIB);
	session_file(s, "work/deep/er/film.mkv", 9 * MIB);
	session_file(s, "work/notes", 4096);
	session_file(s, "same", 5 * MIB);
}

/** Send keys to the dialog; has it closed? */
static bool deletes(struct session *s, const char *keys)
{
	pty_send(s->pty, keys);
	pty_ended(s->pty, 400); /* takes what it paints, too */
	return pty_find(s->pty, "[Delete for ever]", 0) < 0;
}

Test(pty_query, terms_are_typed)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "/>");
	cr_assert(pty_wait_row(s.pty, 1, "no size"));
	pty_send(s.pty, "4M");
	cr_assert(pty_wait_gone(s.pty, "/logs"));
	cr_assert(session_row(&s, "/work") >= LIST_TOP);
	pty_send(s.pty, " type:video" PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "nothing matches the filter"));
	pty_send(s.pty, "f");
	cr_assert(session_wait_cursor(&s, "work/deep/er/film.mkv"));
	cr_assert(pty_wait_row(s.pty, 1, "1 of 1 shown"));
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, 0, "work/deep/er"));
	cr_assert(session_wait_cursor(&s, "film.mkv"));
	session_quit(&s);
	session_end(&s);
}

/* Files that grew since a snapshot, of a tree that is followed; and those of an old snapshot. */
Test(pty_query, files_that_grew)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	stored(&s);
	session_file(&s, "logs/app.log", 3 * MIB);
	session_file(&s, "work/deep/er/new.iso", 7 * MIB);
	stored(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "d[f");
	cr_assert(session_wait_growth(&s, "work/deep/er/new.iso", "+7.0 MiB"));
	cr_assert(session_wait_growth(&s, "logs/app.log", "+2.0 MiB"));
	cr_assert(pty_wait_gone(s.pty, "same"));
	cr_assert(session_wait_cursor(&s, "work/deep/er/new.iso (new)"));
	/* One that grows while it is looked at. */
	session_file(&s, "logs/old/app.log.1", 12 * MIB);
	cr_assert(session_wait_growth(&s, "logs/old/app.log.1", "+10.0 MiB"));
	pty_send(s.pty, PTY_HOME PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "app.log.1"));
	cr_assert(pty_wait_row(s.pty, 0, "logs/old"));
	session_quit(&s);
	session_end(&s);
}

Test(pty_query, files_of_an_old_snapshot)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	stored(&s);
	session_remove(&s, "work");
	session_file(&s, "logs/app.log", 3 * MIB);
	stored(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "f");
	cr_assert(session_wait_cursor(&s, "same"));
	pty_send(s.pty, "fH" PTY_DOWN PTY_DOWN "o");
	cr_assert(pty_wait_text(s.pty, "[#1"));
	pty_send(s.pty, "f");
	cr_assert(session_wait_cursor(&s, "work/deep/er/film.mkv"));
	cr_assert(session_wait_size(&s, "logs/app.log", "1.0 MiB"));
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "film.mkv"));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_gone(s.pty, "[#1"));
	session_quit(&s);
	session_end(&s);
}

/* What lies there by kind, and how much of each grew. */
Test(pty_query, breakdown_with_growth)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	stored(&s);
	session_file(&s, "work/deep/er/film.mkv", 12 * MIB);
	session_remove(&s, "logs/old");
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "B");
	cr_assert(pty_wait_row(s.pty, 0, "what lies in"));
	cr_assert(pty_wait_row(s.pty, 3, "video"));
	cr_assert(pty_wait_row(s.pty, 3, "12.0 MiB"));
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 3, "+3.0 MiB"));
	cr_assert(pty_wait_text(s.pty, "-2.0 MiB"));
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "work/deep/er/film.mkv"));
	cr_assert(pty_wait_row(s.pty, 1, "filter: type:video"));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_row(s.pty, 1, "since #1"));
	session_quit(&s);
	session_end(&s);
}

/* Owners are known where they were read. */
Test(pty_query, breakdown_by_owner)
{
	struct session s;
	char uid[32];

	session_begin(&s, NULL);
	made_tree(&s);
	session_open_whole(&s, 24, 80, (const char *const[]){"-e", NULL}, NULL);
	pty_send(s.pty, "B\t\t\t");
	cr_assert(pty_wait_row(s.pty, 1, "by owner, 1"));
	cr_assert(pty_wait_row(s.pty, 3, "100.0%"));
	snprintf(uid, sizeof uid, "filter owner:%u", (unsigned)getuid());
	cr_assert(pty_wait_text(s.pty, uid));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_gone(s.pty, "what lies in"));
	session_quit(&s);
	session_end(&s);
}

/* Where they were not, all is one group, the folder itself in it, and it is said how they are. */
Test(pty_query, owners_that_were_not_read)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "B");
	cr_assert(pty_wait_row(s.pty, 3, "%"));
	pty_send(s.pty, "\t\t\t");
	cr_assert(pty_wait_row(s.pty, 1, "by owner, 1"));
	cr_assert(pty_wait_row(s.pty, 3, "not known"));
	cr_assert(pty_wait_text(s.pty, "owners were not read: start with -e"));
	pty_send(s.pty, "q/owner:0" PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "owners were not read: start with -e"));
	pty_send(s.pty, PTY_ESC);
	cr_assert(pty_wait_gone(s.pty, "owner:0"));
	session_quit(&s);
	session_end(&s);
}

/* A pattern, the folders that it names, all of them marked, deleted: nothing else goes. */
Test(pty_query, folders_of_a_pattern_are_deleted)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	session_file(&s, "one/node_modules/a.js", MIB);
	session_file(&s, "one/node_modules/deep/node_modules/b.js", MIB);
	session_file(&s, "two/three/node_modules/c.js", 2 * MIB);
	session_file(&s, "two/three/kept.js", MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "/node_modules" PTY_ENTER "f");
	cr_assert(pty_wait_row(s.pty, 1, "2 of 2 shown"));
	pty_send(s.pty, "*");
	cr_assert(pty_wait_text(s.pty, "2 marked"));
	pty_send(s.pty, "D");
	cr_assert(pty_wait_text(s.pty, "[Delete for ever]"));
	/* Its first moment takes no keys. */
	for (int tries = 0; tries < 100 && !deletes(&s, PTY_LEFT PTY_ENTER); tries++)
		pty_ended(s.pty, 100);
	cr_assert(pty_wait_text(s.pty, "deleted 7 items"));
	cr_assert(pty_wait_text(s.pty, "nothing matches the filter"));
	cr_assert_eq(session_walk(&s, "one").items, 0);
	cr_assert_eq(session_walk(&s, "two/three").items, 1);
	pty_send(s.pty, PTY_ESC "q");
	cr_assert(pty_wait_gone(s.pty, "files below"));
	session_quit(&s);
	session_end(&s);
}
