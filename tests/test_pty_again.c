/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "session.h"

/* While a folder is read again: one state on all screens. */

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_again, .fini = session_end_all);

/*
 * The disk waits in one folder: what is shown is as it was before, and the list, the details and the list of snapshots
 * say so alike.
 */
Test(pty_again, one_state_on_all_screens)
{
	struct session s;
	char path[8500];

	if (!gate_begin())
		cr_skip_test("no user notification of seccomp here");
	session_begin(&s, NULL);
	session_file(&s, "app/data", 4 * MIB);
	session_file(&s, "zoo/cage", MIB);
	session_file(&s, "zoo/deep/cage", MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_quit(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	pty_send(s.pty, "d");
	cr_assert(pty_wait_text(s.pty, "nothing grew since #1"));
	snprintf(path, sizeof path, "%s/zoo", s.tree);
	gate_close(path);
	pty_send(s.pty, "R");
	cr_assert(pty_wait_row(s.pty, 0, "[reading again]"));
	cr_assert(session_wait_size(&s, "/app", "4.0 MiB…"));
	cr_assert(session_wait_size(&s, "/zoo", "2.0 MiB…"));
	cr_assert(session_wait_growth(&s, "/zoo", "…"));
	cr_assert(pty_wait_row(s.pty, 1, "6.0 MiB…  no growth… since #1"));
	cr_assert(pty_wait_gone(s.pty, "nothing grew"), "nobody knows yet");
	session_file(&s, "zoo/lion", 16 * MIB);
	session_go(&s, "/zoo");
	cr_assert(pty_wait_row(s.pty, 22, "/zoo: as it was: being read again"));
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "figures   … as it was: being read again"));
	cr_assert(pty_wait_text(s.pty, "none… since #1"));
	cr_assert(pty_wait_text(s.pty, "disk      2.0 MiB "));
	pty_send(s.pty, "iH");
	cr_assert(pty_wait_text(s.pty, "(reading)"));
	cr_assert(pty_wait_text(s.pty, "6.0 MiB…"));
	gate_open();
	cr_assert(pty_wait_text(s.pty, "22.0 MiB  "));
	pty_send(s.pty, "q");
	/* Read whole, rows are in order in the same frame. */
	cr_assert(session_wait_size(&s, "/zoo", "18.0 MiB"));
	cr_assert_eq(session_row(&s, "/zoo"), LIST_TOP);
	cr_assert(pty_wait_row(s.pty, 1, "22.0 MiB  +16.0 MiB since #1"));
	session_quit(&s);
	session_end(&s);
}

/* Ended while one is inside: said, and the nearest folder above that is there is shown. */
Test(pty_again, the_folder_shown_goes)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "zoo/deep/cage", MIB);
	session_file(&s, "app", 2 * MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	session_go(&s, "/zoo");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "/deep"));
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "cage"));
	session_remove(&s, "zoo/deep");
	cr_assert(pty_wait_row(s.pty, 22, "zoo/deep is gone; this is the nearest folder above it"));
	cr_assert(pty_wait_row(s.pty, 0, "/tree/zoo "));
	session_remove(&s, "zoo");
	cr_assert(session_wait_cursor(&s, "app"));
	session_quit(&s);
	session_end(&s);
}

/* A scan that is ended is kept when that is asked for: looked at, marked, never stored. */
Test(pty_again, a_scan_that_is_ended_is_kept)
{
	struct session s;
	char path[8500], out[4096];

	if (!gate_begin())
		cr_skip_test("no user notification of seccomp here");
	session_begin(&s, NULL);
	session_file(&s, "app/data", 4 * MIB);
	session_file(&s, "zoo/cage", MIB);
	for (int twice = 0; twice < 2; twice++) {
		snprintf(path, sizeof path, "%s/zoo", s.tree);
		gate_close(path);
		session_open(&s, 24, 80, (const char *const[]){ "--confirm-quit", NULL }, NULL);
		cr_assert(session_wait_size(&s, "/app", "4.0 MiB"));
		cr_assert(pty_wait_row(s.pty, 0, "[scanning]"));
		pty_send(s.pty, "q");
		cr_assert(pty_wait_row(s.pty, 22, "nothing saved. Quit? y/N   s keeps what was read"));
		pty_send(s.pty, twice ? "q" : "s");
		cr_assert(pty_wait_row(s.pty, 0, "[ended early]"));
		cr_assert(pty_wait_row(s.pty, 1, "4.0 MiB~"));
		cr_assert(session_wait_size(&s, "/zoo", "4.0 KiB~"));
		cr_assert(session_wait_size(&s, "/app", "4.0 MiB"));
		pty_send(s.pty, "R");
		cr_assert(pty_wait_row(s.pty, 22, "ended before it was whole"));
		pty_send(s.pty, "F");
		cr_assert(pty_wait_row(s.pty, 22, "ended before it was whole"));
		pty_send(s.pty, "Fnsdw/ap" PTY_ENTER PTY_ENTER);
		cr_assert(session_wait_size(&s, "data", "4.0 MiB"));
		pty_send(s.pty, "qy");
		cr_assert_eq(pty_wait_exit(s.pty), 0);
		gate_open();
		cr_assert_eq(session_command(&s, (const char *const[]){"list", "--db", s.db, NULL}, out, sizeof out),
		             0);
		cr_assert(!strstr(out, "/tree"), "%s", out);
	}
	session_end(&s);
}
