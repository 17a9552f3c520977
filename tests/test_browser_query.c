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

static const char *cursor(void)
{
	static char line[512];
	struct canvas *canvas = &session.screens.canvas;

	session_screen(&session);
	for (int row = 0; row < canvas->rows; row++)
		if (canvas_at(canvas, row, 0)->attrs & ATTR_CURSOR) {
			snprintf(line, sizeof line, "%s", session_row(&session, row));
			return line;
		}
	return "";
}

static bool cursor_on(const char *text)
{
	return strstr(cursor(), text) != NULL;
}

/* f: the largest files of everything below, each with its folder; f, q, Esc and Left lead back. */
Test(query, flat_lists_the_largest)
{
	static const char *const back[] = {"f", "q", "<Esc>", "<Left>"};

	session_open(&session, 24, 80, now_lines, NULL);
	session_type(&session, "<Down>");
	for (size_t i = 0; i < 4; i++) {
		session_type(&session, "f");
		cr_assert(cursor_on("projects/api/target/lib.rlib"), "%s", session_screen(&session));
		cr_assert(shows("(files below)") && shows("12 files below"), "%s", session_screen(&session));
		cr_assert(shows("web/node_modules/node_modules/x.js"));
		session_type(&session, "<Down><Down>");
		session_type(&session, back[i]);
		cr_assert(!shows("files below") && cursor_on("/.cache"), "%s: %s", back[i], session_screen(&session));
	}
}

/* Enter leads to where it lies. */
Test(query, flat_leads_there)
{
	session_open(&session, 24, 80, now_lines, NULL);
	session_type(&session, "f<Enter>");
	cr_assert(strstr(session_row(&session, 0), "/home/ana/projects/api/target"));
	cr_assert(cursor_on("lib.rlib") && !shows("files below"));
	session_type(&session, "<Left><Left><Left>fn");
	cr_assert(cursor_on("app.log"), "%s", session_screen(&session));
	session_type(&session, "i");
	cr_assert(shows("/home/ana/app.log"));
	session_type(&session, "<Esc><End>i");
	cr_assert(shows("/home/ana/projects/web/node_modules/node_modules/x.js"), "%s", session_screen(&session));
}

/* With a filter the folders that it names, the outermost of them alone. */
Test(query, flat_honours_the_filter)
{
	session_open(&session, 24, 80, now_lines, NULL);
	session_type(&session, "/node_modules<Enter>f");
	cr_assert(cursor_on("/projects/web/node_modules") && shows("1 of 1 shown, 50.0 MiB"), "%s",
	          session_screen(&session));
	session_type(&session, "<Esc>/type:code<Enter>");
	cr_assert(shows("5 of 5 shown") && shows("api/main.rs") && !shows("film"), "%s", session_screen(&session));
	session_type(&session, "<Esc>/>1G older:1y<Enter>");
	cr_assert(shows("film.mkv") && shows("1 of 1 shown") && !shows("lib.rlib"), "%s", session_screen(&session));
	session_type(&session, "<Esc>");
	cr_assert(shows("12 files below") && cursor_on("film.mkv"), "%s", session_screen(&session));
}

/* Names with a point, and what is below them, are left out with the hidden ones. */
Test(query, flat_leaves_out_what_is_hidden)
{
	session_open(&session, 24, 80, now_lines, NULL);
	session_type(&session, "f");
	cr_assert(shows(".cache/blob"));
	session_type(&session, "e");
	cr_assert(!shows("blob") && shows("11 files below"), "%s", session_screen(&session));
}

/* Without a snapshot to compare with: what was written. */
Test(query, flat_in_written_mode)
{
	session_open(&session, 24, 80, "a/|4096\nnew|1048576 1763716400\n..\nold|1048576 " OLD "\n", NULL);
	session_type(&session, "df");
	cr_assert(shows("(files written)") && cursor_on("a/new") && !shows("  old"), "%s", session_screen(&session));
}

static void pictures(const char *name, const char *keys, const char *before)
{
	static const int sizes[4][2] = {{6, 40}, {16, 60}, {24, 80}, {50, 200}};

	for (int i = 0; i < 4; i++) {
		char golden[100];

		session_open(&session, sizes[i][0], sizes[i][1], now_lines, before);
		session_type(&session, keys);
		snprintf(golden, sizeof golden, "%s-%dx%d", name, sizes[i][1], sizes[i][0]);
		golden_check(golden, session_screen(&session));
		if (i < 3)
			session_close(&session);
	}
}

Test(query, picture_of_a_flat_list)
{
	pictures("flat", "f", NULL);
}

Test(query, picture_of_a_filtered_flat_list)
{
	pictures("flat-filtered", "/*.log* >5M<Enter>f", NULL);
}

/* B: what lies there by type, extension, age and owner; Enter lists the files of a group. */
Test(query, breakdown)
{
	session_open(&session, 24, 80, now_lines, NULL);
	session_type(&session, "B");
	cr_assert(shows("what lies in /home/ana") && shows("[Tab: type age owner]"), "%s", session_screen(&session));
	cr_assert(shows("14.0 GiB in 19 items") && shows("by type, 7 kinds"), "%s", session_screen(&session));
	cr_assert(cursor_on("code and build     .rlib .js .html .rs") || cursor_on("code and build     .rlib .js .rs"),
	          "%s", session_screen(&session));
	session_type(&session, "<Down><Down>");
	cr_assert(cursor_on("1.2 GiB   8.6%          1  video              .mkv"), "%s", session_screen(&session));
	cr_assert(shows("Enter list these files (filter type:video)"));
	session_type(&session, "<Enter>");
	cr_assert(cursor_on("film.mkv") && shows("filter: type:video") && shows("1 of 1 shown"), "%s",
	          session_screen(&session));
	session_type(&session, "<Esc>qB<Tab>");
	cr_assert(cursor_on(".rlib") && shows("by extension"), "%s", session_screen(&session));
	session_type(&session, "<Tab>");
	cr_assert(shows("within 90 days") && shows("within 5 years") && shows("by age, 3"), "%s",
	          session_screen(&session));
	session_type(&session, "<Tab>");
	cr_assert(cursor_on("not known") && shows("owners were not read: start with -e"));
	session_type(&session, "<Enter>");
	cr_assert(shows("no filter names these"));
	session_type(&session, "q");
	cr_assert(!shows("what lies in"));
}

Test(query, picture_of_a_breakdown)
{
	pictures("breakdown", "B", NULL);
}

/* a: allocated, apparent, items; size, growth, bars, sort, totals and F follow it. */
Test(query, measure_items)
{
	session_open(&session, 24, 80,
	             "mail/|4096\na|1\nb|1\nc|1\nd/|4096\ne|1\n..\n..\nbig|1048576\nempty/|4096\n..\n"
	             "new/|4096\nz|1\n..\n",
	             "mail/|4096\na|1\n..\nbig|1048576\nempty/|4096\n..\ngone/|4096\nx|1\ny|1\n..\n");
	session_type(&session, "a");
	cr_assert(shows("apparent▾") && shows("apparent sizes"), "%s", session_screen(&session));
	session_type(&session, "a");
	cr_assert(shows("items▾") && shows("items are counted"), "%s", session_screen(&session));
	session_type(&session, "<Home>");
	cr_assert(cursor_on("6  ██████████ /mail"), "%s", session_screen(&session));
	cr_assert(strstr(session_row(&session, 1), " 10 items  1.0 MiB"), "%s", session_row(&session, 1));
	session_type(&session, "d");
	cr_assert(strstr(session_row(&session, 1), " 10 items  +3 since #41"), "%s", session_row(&session, 1));
	cr_assert(cursor_on("6          +4"), "%s", session_screen(&session));
	cr_assert(shows("-          -3") && shows("/gone (gone)"), "%s", session_screen(&session));
	session_type(&session, "F");
	cr_assert(strstr(session_row(&session, 0), "/home/ana/mail/d"), "%s", session_screen(&session));
	cr_assert(shows("e: +1 of +1 here"), "%s", session_screen(&session));
	session_type(&session, "<Left>");
	cr_assert(strstr(session_row(&session, 1), " 5 items  +4"), "%s", session_row(&session, 1));
	session_type(&session, "<Left>");
	cr_assert(shows("2          +2") && shows("/new (new)"), "%s", session_screen(&session));
	session_type(&session, "d/mail<Enter>");
	cr_assert(shows("1 of 4 shown, 6"), "%s", session_screen(&session));
	session_type(&session, "<Esc>f");
	cr_assert(cursor_on("1.0 MiB") && cursor_on("big"), "%s", session_screen(&session));
	session_type(&session, "fB");
	cr_assert(cursor_on("6  60.0%    1.0 MiB  no extension"), "%s", session_screen(&session));
	session_type(&session, "qa");
	cr_assert(shows("size▾") && shows("space on disk"), "%s", session_screen(&session));
}

/* In items the rows of a folder sum up to it, whatever lies there. */
Test(query, items_of_rows_sum_up)
{
	struct listing listing;
	struct listing_query asked = {.place = {.dir = DIR_ROOT, .image_dir = IMAGE_NONE},
	                              .show_hidden = true,
	                              .by_items = true};

	session_open(&session, 24, 80, now_lines, NULL);
	cr_assert_eq(listing_build(&listing, &asked,
	                           &(struct listing_source){.tree = session.tree,
	                                                    .base_dir = IMAGE_NONE,
	                                                    .remembered_dir = IMAGE_NONE}),
	             0);
	cr_assert_eq(listing.shown_bytes, 19);
	listing_clear(&listing);
}

Test(query, picture_of_items)
{
	pictures("measure-items", "aad", before_lines);
}
