/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a folder grew, by the real program on a real database. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_explain, .fini = session_end_all);

static void scan(const struct session *s)
{
	const char *args[] = {"scan", "--db", s->db, s->tree, NULL};
	char out[4096];

	cr_assert_eq(session_command(s, args, out, sizeof(out)), 0, "%s", out);
}

Test(pty_explain, the_cause_of_growth_and_the_way_to_it)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "shop/web/package.json", 100);
	session_file(&s, "shop/web/node_modules/a/index.js", 1 * MIB);
	session_file(&s, "shop/notes.txt", 1 * MIB);
	scan(&s);
	session_file(&s, "shop/web/node_modules/a/index.js", 7 * MIB);
	session_file(&s, "shop/web/node_modules/b/index.js", 5 * MIB);
	session_file(&s, "shop/notes.txt", 3 * MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(session_wait_size(&s, "/shop", "15.0 MiB"));
	session_go(&s, "/shop");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "/web"));
	pty_send(s.pty, "x");
	cr_assert(pty_wait_text(s.pty, "+13.0 MiB = 1 cause +11.0 MiB, other +2.0 MiB"));
	cr_assert(pty_wait_row(s.pty, 3, "+11.0 MiB  npm packages             web/node_modules"));
	cr_assert(pty_wait_row(s.pty, 4, "+2.0 MiB  other                    notes.txt"));
	cr_assert(pty_wait_row(s.pty, 22, "frees it:  rm -rf web/node_modules"));
	/* Tab: what lies there now. */
	pty_send(s.pty, "\t");
	cr_assert(pty_wait_text(s.pty, "15.0 MiB = 1 cause 12.0 MiB, other 3.0 MiB"));
	pty_send(s.pty, "\t");
	cr_assert(pty_wait_text(s.pty, "+13.0 MiB = 1 cause"));
	/* What happens while it is looked at is in the next answer. */
	session_file(&s, "shop/web/node_modules/b/index.js", 6 * MIB);
	pty_send(s.pty, "\x1b");
	cr_assert(session_wait_size(&s, "/web", "13.0 MiB"));
	pty_send(s.pty, "x");
	cr_assert(pty_wait_row(s.pty, 3, "+12.0 MiB  npm packages"));
	/* Enter goes there; the details and the status line say it, too. */
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "/node_modules"));
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 22, "/node_modules: npm packages, +12.0 of +12.0 MiB here"));
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "cause     npm packages:  npm ci"));
	session_end(&s);
}

Test(pty_explain, without_history_it_tells_what_lies_there)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "rs/Cargo.toml", 100);
	session_file(&s, "rs/target/debug/x", 2 * MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(session_wait_size(&s, "/rs", "2.0 MiB"));
	pty_send(s.pty, "x");
	cr_assert(pty_wait_text(s.pty, "no earlier snapshot to compare with: this is what lies here now"));
	cr_assert(pty_wait_row(s.pty, 3, "2.0 MiB  Rust build"));
	pty_send(s.pty, "\t");
	cr_assert(pty_wait_text(s.pty, "there is no earlier snapshot to compare with"));
	pty_send(s.pty, "q");
	cr_assert(session_wait_size(&s, "/rs", "2.0 MiB"));
	session_end(&s);
}
