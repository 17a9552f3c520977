/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "ui_session.h"

/* What is asked of the main screen: terms of a filter. */

#define OLD "1700000000" /* two years before SESSION_NOW */

static const char now_lines[] =
	"projects/|4096\n"
	"api/|4096\nmain.rs|8192\ntarget/|4096\nlib.rlib|10737418240\nold.rlib|734003200 " OLD "\n..\n..\n"
	"web/|4096\nnode_modules/|4096\nbig.js|52428800\nnode_modules/|4096\nx.js|4096\n..\n..\nindex.html|8192\n..\n"
	"..\n"
	".cache/|4096\nblob|2147483648\n..\n"
	"film.mkv|1288490188 " OLD "\n"
	"app.log|10485760\n"
	"app.log.1|20971520 " OLD "\n"
	"notes|4096\n"
	"evil\x1b[31m\x07.iso|1048576\n";

static const char before_lines[] =
	"projects/|4096\n"
	"api/|4096\nmain.rs|4096\ntarget/|4096\nlib.rlib|1073741824\nold.rlib|734003200 " OLD "\n..\n..\n"
	"web/|4096\nnode_modules/|4096\nbig.js|52428800\nnode_modules/|4096\nx.js|4096\n..\n..\nindex.html|8192\n..\n"
	"..\n"
	".cache/|4096\nblob|3221225472\n..\n"
	"film.mkv|1288490188 " OLD "\n"
	"app.log|1048576\n"
	"notes|4096\n";

static struct session_ui session;

static void teardown(void)
{
	session_close(&session);
}

TestSuite(query, .fini = teardown);

static bool shows(const char *text)
{
	return strstr(session_screen(&session), text) != NULL;
}

Test(query, terms_filter_a_folder)
{
	session_open(&session, 24, 80, now_lines, before_lines);
	session_type(&session, "/*.log* >15M");
	cr_assert(shows("app.log.1") && !shows("app.log\n") && !shows("film"), "%s", session_screen(&session));
	cr_assert(shows("filter: *.log* >15M"));
	session_type(&session, "<Esc>/older:1y<Enter>");
	cr_assert(shows("app.log.1") && shows("film.mkv") && !shows("notes"));
	session_type(&session, "<Esc>/type:log,video<Enter>");
	cr_assert(shows("app.log.1") && shows("film.mkv") && !shows("notes") && !shows("/projects"));
	session_type(&session, "<Esc>/ext:iso<Enter>");
	cr_assert(shows("evil\\x1b[31m") && !shows("film"));
}

/* What is not understood is said, holds nothing back, and is not kept. */
Test(query, a_wrong_term_is_said)
{
	session_open(&session, 24, 80, now_lines, NULL);
	session_type(&session, "/>10Q<Enter>");
	cr_assert(shows(">10Q: no size; >100M, <4k and grew:>1G have one"), "%s", session_screen(&session));
	cr_assert(shows("film.mkv"));
	session_type(&session, "<Backspace>M<Enter>");
	cr_assert(shows("film.mkv") && !shows("notes") && !shows("no size"));
	session_type(&session, "<Esc>/owner:0<Enter>");
	cr_assert(shows("owners were not read: start with -e"));
}

/* Growth is shown where it is asked for. */
Test(query, growth_is_a_term)
{
	session_open(&session, 24, 80, now_lines, before_lines);
	session_type(&session, "/grew:>1G<Enter>");
	cr_assert(shows("growth") && shows("/projects") && !shows("app.log"), "%s", session_screen(&session));
	session_type(&session, "<Esc>/grew:9M<Enter>");
	cr_assert(shows("/projects") && shows("app.log") && !shows("film"));
}
