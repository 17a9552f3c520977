/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder that is known is shown before anything of it has been read: here the disk answers only when it is allowed
 * to.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "gate.h"
#include "session.h"

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_known, .fini = session_end_all);

/*
 * A session that saved #1 and then saw changes.  It ends by itself or is killed: the record is merged into the index,
 * or lies beside it.
 */
static void changed_and_left(struct session *s, bool killed)
{
	if (!gate_begin())
		cr_skip_test("no user notification of seccomp here");
	session_begin(s, NULL);
	session_file(s, "app/data", 4 * MIB);
	session_file(s, "logs/app.log", 2 * MIB);
	session_file(s, "zoo/cage/lion", 1 * MIB);
	session_open_whole(s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s->pty, 0, "[live]"));
	session_file(s, "logs/app.log", 5 * MIB);
	session_file(s, "fresh/deep/file", 8 * MIB);
	session_remove(s, "app");
	cr_assert(session_wait_size(s, "/fresh", session_size(session_walk(s, "fresh").alloc_bytes)));
	cr_assert(pty_wait_gone(s->pty, "/app"));
	if (killed) {
		const char *const size[] = {"size", "--json", s->tree, NULL};
		char out[4096], now[64];

		/* What others are told has been written. */
		snprintf(now, sizeof now, "\"bytes\": %llu,", (unsigned long long)session_walk(s, "").alloc_bytes);
		do
			cr_assert_eq(session_command(s, size, out, sizeof out), 0, "%s", out);
		while (!strstr(out, now));
		kill(pty_pid(s->pty), SIGKILL);
		cr_assert_neq(pty_wait_exit(s->pty), -1);
	} else {
		session_quit(s);
	}
}

/* Measured while the disk can still be read. */
struct truth {
	uint64_t all, fresh, deep, logs, zoo;
};

static struct truth measure(const struct session *s)
{
	return (struct truth){
		session_walk(s, "").alloc_bytes,           session_walk(s, "fresh").alloc_bytes,
		session_walk(s, "fresh/deep").alloc_bytes, session_walk(s, "logs").alloc_bytes,
		session_walk(s, "zoo").alloc_bytes,
	};
}

static bool wait_old(struct session *s, const char *name, uint64_t bytes)
{
	char figure[64];

	snprintf(figure, sizeof figure, "%s…", session_size(bytes));
	return session_wait_size(s, name, figure);
}

static void shown_at_once(bool killed)
{
	char zoo[8500], total[64];
	struct session s;

	changed_and_left(&s, killed);
	struct truth truth = measure(&s);

	snprintf(zoo, sizeof zoo, "%s/zoo", s.tree);
	snprintf(total, sizeof total, " %s…", session_size(truth.all));
	/*
	 * Nothing can be read: what was known last is shown, with what was seen after the snapshot, and can be entered.
	 */
	gate_close(s.tree);
	session_open(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[as of "));
	cr_assert(pty_wait_row(s.pty, 1, total));
	cr_assert(wait_old(&s, "/fresh", truth.fresh));
	cr_assert(wait_old(&s, "/logs", truth.logs));
	cr_assert(wait_old(&s, "/zoo", truth.zoo));
	cr_assert_eq(session_row(&s, "/app"), -1, "it was seen to go");
	cr_assert_eq(session_row(&s, "/fresh"), LIST_TOP, "sorted by what is remembered");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, 0, "/tree/fresh"));
	cr_assert(wait_old(&s, "/deep", truth.deep));
	pty_send(s.pty, PTY_LEFT);
	cr_assert(session_wait_cursor(&s, "/fresh"));
	pty_send(s.pty, "d");
	cr_assert(session_wait_growth(&s, "/fresh", "…"));
	cr_assert(session_wait_growth(&s, "/zoo", "…"));
	/* All but one folder: growth against #1 is there, and F waits for that one. */
	gate_close(zoo);
	cr_assert(session_wait_growth(&s, "/fresh", "+8.0 MiB"));
	cr_assert(session_wait_growth(&s, "/logs", "+3.0 MiB"));
	cr_assert(session_wait_growth(&s, "/app", "-4.0 MiB"));
	cr_assert(session_wait_growth(&s, "/zoo", "…"));
	cr_assert(pty_wait_text(s.pty, "/app (gone)"));
	cr_assert(pty_wait_text(s.pty, "/fresh (new)"));
	cr_assert(wait_old(&s, "/zoo", truth.zoo));
	cr_assert(session_wait_size(&s, "/fresh", session_size(truth.fresh)));
	pty_send(s.pty, "F");
	cr_assert(pty_wait_row(s.pty, 22, "waiting for /zoo"));
	gate_open();
	cr_assert(pty_wait_row(s.pty, 0, "/tree/fresh/deep"));
	cr_assert(session_wait_cursor(&s, "file"));
	cr_assert(session_wait_growth(&s, "file", "+8.0 MiB"));
	session_quit(&s);
	session_end(&s);
}

Test(pty_known, the_record_was_merged)
{
	shown_at_once(false);
}

Test(pty_known, the_record_lies_beside)
{
	shown_at_once(true);
}
