/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "ui_session.h"

/* The main screen as goldens of the canvas, and what its keys do. */

static const char now_lines[] =
	"projects/|4096\n"
	"target/|4096\nlib.rlib|10737418240\n..\n"
	"web/|4096\nindex.html|8192\n..\n"
	"..\n"
	".cache/|4096\nblob|2147483648\n..\n"
	"!lost+found/|16384\n..\n"
	">nas|0\n"
	"^proc|0\n"
	"<core.tmp|0\n"
	"@link|0\n"
	"Hnotes.db|933232640\n"
	"app.log|1048576\n"
	"backup.tar|1288490188\n"
	"empty/|4096\n..\n"
	"same.txt|4096\n"
	"日本語|12288\n"
	"evil\x1b[31m\x07|512\n";

static const char before_lines[] =
	"projects/|4096\n"
	"target/|4096\nlib.rlib|1073741824\n..\n"
	"web/|4096\nindex.html|8192\n..\n"
	"..\n"
	".cache/|4096\nblob|3221225472\n..\n"
	"lost+found/|16384\n..\n"
	">nas|0\n"
	"^proc|0\n"
	"<core.tmp|0\n"
	"@link|0\n"
	"Hnotes.db|933232640\n"
	"app.log|1048064\n"
	"empty/|4096\n..\n"
	"same.txt|4096\n"
	"old-backups/|4096\n2023/|4096\na.tar|3543348019\n..\nindex|1024\n..\n"
	"gone.iso|734003200\n"
	"日本語|12288\n"
	"evil\x1b[31m\x07|512\n";

static struct session_ui session;

static void teardown(void)
{
	session_close(&session);
}

TestSuite(browser, .fini = teardown);

static void open_plain(void)
{
	session_open(&session, 24, 80, now_lines, NULL);
}

static void open_growth(void)
{
	session_open(&session, 24, 80, now_lines, before_lines);
}

/** The name the cursor is on. */
static const char *cursor(void)
{
	static char name[256];
	struct canvas *canvas = &session.screens.canvas;

	session_screen(&session);
	name[0] = 0;
	for (int row = 0; row < canvas->rows; row++) {
		bool begun = false;

		if (!(canvas_at(canvas, row, 0)->attrs & ATTR_CURSOR))
			continue;
		for (int col = 24; col < canvas->cols; col++) {
			const struct canvas_cell *cell = canvas_at(canvas, row, col);

			if (cell->role != ROLE_DIR && cell->role != ROLE_FILE && cell->role != ROLE_NEW &&
			    cell->role != ROLE_GONE)
				continue;
			begun = true;
			strncat(name, cell->text, cell->length);
		}
		cr_assert(begun);
		return name;
	}
	return name;
}

static bool shows(const char *text)
{
	return strstr(session_screen(&session), text) != NULL;
}

Test(browser, plain)
{
	open_plain();
	golden_check("browser-plain-80x24", session_screen(&session));
	golden_check("browser-plain-roles", session_roles(&session));
}

Test(browser, growth)
{
	open_growth();
	session_type(&session, "d");
	golden_check("browser-growth-80x24", session_screen(&session));
	golden_check("browser-growth-roles", session_roles(&session));
}

/* Words of another length move no figure; what is on a row but its tag is no word at all. */
Test(browser, in_japanese)
{
	char *english[24];

	open_plain();
	for (int row = 0; row < 24; row++)
		english[row] = strdup(session_row(&session, row));
	session_close(&session);
	golden_speak("ja");
	open_plain();
	for (int row = 0; row < 24; row++) {
		bool words = row == 1 || row == 2 || row == 23;

		cr_expect(words == !!strcmp(session_row(&session, row), english[row]), "row %d: %s", row,
		          session_row(&session, row));
		free(english[row]);
	}
	session_close(&session);
	open_growth();
	session_type(&session, "d");
	golden_check("browser-growth-ja-80x24", session_screen(&session));
}

Test(browser, growth_narrow)
{
	session_open(&session, 16, 60, now_lines, before_lines);
	session_type(&session, "d");
	golden_check("browser-growth-60x16", session_screen(&session));
}

Test(browser, growth_tiny)
{
	session_open(&session, 6, 40, now_lines, before_lines);
	session_type(&session, "d");
	golden_check("browser-growth-40x6", session_screen(&session));
}

Test(browser, wide_with_every_column)
{
	session_open(&session, 24, 160, now_lines, before_lines);
	session_type(&session, "dcmug");
	golden_check("browser-columns-160x24", session_screen(&session));
}

Test(browser, ascii)
{
	open_growth();
	session.model.ascii = true;
	session_type(&session, "d");
	golden_check("browser-ascii-80x24", session_screen(&session));
	for (const char *c = session_screen(&session); *c; c++)
		cr_assert((unsigned char)*c < 0x7f);
}

Test(browser, scanning_a_new_root)
{
	open_plain();
	session.model.scanning = true;
	session.model.progress = (struct scan_progress){.state = SCAN_RUNNING,
	                                                .items = 1236000,
	                                                .elapsed_ns = 3000000000,
	                                                .fraction = -1};
	golden_check("browser-scanning-80x24", session_screen(&session));
}

Test(browser, scanning_a_known_root)
{
	open_growth();
	session.model.scanning = true;
	session.model.progress = (struct scan_progress){.state = SCAN_RUNNING,
	                                                .items = 1236000,
	                                                .elapsed_ns = 5000000000,
	                                                .fraction = 0.71};
	session_type(&session, "d");
	golden_check("browser-rescan-80x24", session_screen(&session));
}

/* ---- opening at once: the tree is scanned again, what is remembered is shown until the scan has come by ---- */

static struct baseline last;
static uint32_t hidden_blocks[1024];

/** A folder and all below, as if nothing of it had been read yet. */
static void unread(dir_id dir)
{
	struct node_cold *cold = (struct node_cold *)tree_cold(session.tree, dir);
	const struct node_block *block = tree_block(session.tree, dir);

	for (uint32_t i = 0; i < tree_count(block); i++) {
		struct node node;

		tree_node(session.tree, block, i, &node);
		if (node.dir != DIR_NONE)
			unread(node.dir);
	}
	cr_assert_lt(dir, 1024u);
	hidden_blocks[dir] = atomic_exchange(&cold->block, 0);
	atomic_store(&cold->pending, 1);
}

static void now_read(dir_id dir, bool whole)
{
	struct node_cold *cold = (struct node_cold *)tree_cold(session.tree, dir);

	atomic_store(&cold->block, hidden_blocks[dir]);
	match_listed((struct match *)last.match, dir);
	atomic_store(&cold->pending, whole ? 0 : 1);
}

static void open_remembered(void)
{
	open_growth();
	unread(DIR_ROOT);
	last = session.baseline;
	last.own_match = match_create(session.tree, session.image, "");
	cr_assert(last.own_match);
	last.match = session.baseline.match = last.own_match;
	session.model.remembered = &last;
	session.model.scanning = true;
	session.model.progress = (struct scan_progress){.state = SCAN_RUNNING, .elapsed_ns = 20000000, .fraction = 0};
}

static void close_remembered(void)
{
	match_destroy(last.own_match);
}

Test(browser, remembered_before_anything_is_read, .fini = close_remembered)
{
	open_remembered();
	golden_check("browser-remembered-80x24", session_screen(&session));
	golden_check("browser-remembered-roles", session_roles(&session));
	session_type(&session, "d");
	golden_check("browser-remembered-growth-80x24", session_screen(&session));
	session_type(&session, "dn<Home>");
	cr_assert_str_eq(cursor(), "/.cache");
}

/* Entered before the scan has found it; the scan comes by, and the cursor stays on its node. */
Test(browser, a_remembered_folder_comes_alive, .fini = close_remembered)
{
	open_remembered();
	session_type(&session, "/projects<Enter><Enter>");
	cr_assert(strstr(session_row(&session, 0), "/home/ana/projects "));
	cr_assert(strstr(session_row(&session, 1), "1.0 GiB…"), "%s", session_row(&session, 1));
	cr_assert(shows("1.0 GiB… ██████████ /target") && shows("12.0 KiB…            /web"));
	session_type(&session, "<Down>");
	cr_assert_str_eq(cursor(), "/web");
	session_type(&session, "b");
	cr_assert_str_eq(session.model.shell_path, "/home/ana/projects");

	now_read(DIR_ROOT, false);
	cr_assert_str_eq(cursor(), "/web");
	cr_assert(strstr(session_row(&session, 0), "/home/ana/projects "));
	now_read(tree_lookup(session.tree, "projects", 8), false);
	cr_assert_str_eq(cursor(), "/web");
	now_read(tree_lookup(session.tree, "projects/target", 15), true);
	cr_assert(shows("10.0 GiB"));
	cr_assert(shows("12.0 KiB…"));
	cr_assert_str_eq(cursor(), "/web");
	/* Above, it has the size it had and what is known to have grown; old-backups is not there any more. */
	session_type(&session, "h");
	cr_assert(shows("10.0 GiB~ ██████████ /projects") && !shows("old-backups"));
	session_type(&session, "<Esc>d");
	cr_assert(shows("old-backups (gone)"));
}

/* The scan ends and the folder was not there: the nearest above that is. */
Test(browser, a_remembered_folder_that_is_gone, .fini = close_remembered)
{
	open_remembered();
	session_type(&session, "/old-backups<Enter><Enter><Enter>");
	cr_assert(strstr(session_row(&session, 0), "/home/ana/old-backups/2023 "));
	session_type(&session, "h");
	cr_assert(strstr(session_row(&session, 0), "/home/ana/old-backups "));
	cr_assert_str_eq(cursor(), "/2023");
	for (dir_id dir = DIR_ROOT; dir < 1024; dir++)
		if (hidden_blocks[dir])
			now_read(dir, true);
	session.model.scanning = false;
	cr_assert(!strstr(session_row(&session, 0), "old-backups"));
	cr_assert(!shows("…") && !shows("~"));
}

/* Followed live: the title says so, and how much of it when watches are short; lost events are told. */
Test(browser, live_titles)
{
	open_growth();
	session_type(&session, "w");
	cr_assert(shows("this tree is not followed live"));
	session.model.save = SAVE_DONE;
	session.model.saved_id = 42;
	session.model.live = true;
	cr_assert(shows(" [live]"));
	session.model.live_status = (struct watcher_status){.running = true,
	                                                    .directories = 412000,
	                                                    .notify = {.watched = 173000, .refused = 239000},
	                                                    .unsettled = true};
	session_type(&session, "n<Home>");
	golden_check("browser-live-limited-80x24", session_screen(&session));
	session.model.save = SAVE_RETRY;
	cr_assert(shows("[not saved]"));
}

Test(browser, no_control_byte_of_a_name_is_painted)
{
	open_plain();
	session_screen(&session);
	for (int i = 0; i < session.screens.canvas.rows * session.screens.canvas.cols; i++) {
		const struct canvas_cell *cell = &session.screens.canvas.cells[i];

		for (int k = 0; k < cell->length; k++)
			cr_assert((unsigned char)cell->text[k] >= 0x20 && (unsigned char)cell->text[k] != 0x7f);
	}
	cr_assert(shows("evil\\x1b[31m\\x07"));
}

Test(browser, every_size_is_survived)
{
	open_growth();
	session_type(&session, "d");
	for (int rows = 1; rows <= 30; rows++)
		for (int cols = 1; cols <= 120; cols += 7) {
			session.model.rows = rows;
			session.model.cols = cols;
			session_type(&session, rows % 2 ? "<Down>" : "<PgDn>");
		}
	session.model.rows = 24;
	session.model.cols = 80;
	cr_assert(shows("old-backups"));
}

/* ---- keys ---- */

Test(browser, sorts_and_reverses)
{
	open_plain();
	session_type(&session, "<Home>");
	cr_assert_str_eq(cursor(), "/projects");
	session_type(&session, "n<Home>");
	cr_assert_str_eq(cursor(), "/.cache");
	session_type(&session, "n<Home>");
	cr_assert_str_eq(cursor(), "日本語");
	session_type(&session, "C<Home>");
	cr_assert_str_eq(cursor(), "/projects");
	session_type(&session, "ss<Home>");
	cr_assert_str_neq(cursor(), "/projects");
	session_type(&session, "nt<Home>");
	cr_assert_str_eq(cursor(), "/.cache");
	session_type(&session, "<End>");
	cr_assert_str_eq(cursor(), "日本語");
}

Test(browser, the_cursor_stays_on_its_node)
{
	open_growth();
	session_type(&session, "<Down><Down><Down>");

	char name[256];

	snprintf(name, sizeof name, "%s", cursor());
	for (const char *keys = "nnCMsdtdd"; *keys; keys++) {
		session_type(&session, (char[2]){*keys, 0});
		cr_assert_str_eq(cursor(), name, "after %c: %s", *keys, cursor());
	}
}

Test(browser, enters_and_returns_to_where_it_was)
{
	open_plain();
	session_type(&session, "n<Down><Down><Down>");
	cr_assert(shows(" disktracker  /home/ana"));
	session_type(&session, "<End><Home>");
	while (strcmp(cursor(), "/projects"))
		session_type(&session, "<Down>");
	session_type(&session, "<Right>");
	cr_assert(shows("/home/ana/projects"));
	cr_assert_str_eq(cursor(), "/target");
	session_type(&session, "<Down>");
	cr_assert_str_eq(cursor(), "/web");
	session_type(&session, "<Left>");
	cr_assert_str_eq(cursor(), "/projects");
	session_type(&session, "l");
	cr_assert_str_eq(cursor(), "/web", "the cursor of a folder that was left is remembered");
	session_type(&session, "h<Left>h");
	cr_assert(shows(" disktracker  /home/ana\n"));
}

Test(browser, the_growth_key_goes_on_sorted_and_off)
{
	open_growth();
	session_type(&session, "n");
	cr_assert_str_eq(session_row(&session, 2), "        size              name▴");
	session_type(&session, "d");
	cr_assert_str_eq(session_row(&session, 2), "        size      growth▾             name");
	session_type(&session, "d");
	cr_assert_str_eq(session_row(&session, 2), "        size              name▴", "the former sort is back");
	session_type(&session, "ds");
	cr_assert_str_eq(session_row(&session, 2), "        size▾     growth              name");
	session_type(&session, "d");
	cr_assert_str_eq(session_row(&session, 2), "        size      growth▾             name");
	session_type(&session, "d");
	cr_assert_str_eq(session_row(&session, 2), "        size▾             name");
}

Test(browser, growth_of_the_root_is_the_sum_of_its_rows)
{
	open_growth();
	session_type(&session, "d");
	/*
	 * +9 GiB target, -1 GiB cache, +1.2 GiB backup.tar, +512 app.log, -3.3 GiB old-backups, -700 MiB gone.iso;
	 * lost+found unknown.
	 */
	cr_assert(shows("+9.0 GiB"));
	cr_assert(shows("backup.tar (new)"));
	cr_assert(shows("/old-backups (gone)"));
	cr_assert(shows("gone.iso (gone)"));
	cr_assert(shows("since #41 (2025-11-18, 3 d)"));
}

Test(browser, ghosts_can_be_entered)
{
	open_growth();
	session_type(&session, "d<End><Home>");
	while (strcmp(cursor(), "/old-backups(gone)") && strcmp(cursor(), "/old-backups (gone)"))
		session_type(&session, "<Down>");
	session_type(&session, "<Enter>");
	cr_assert(shows("/home/ana/old-backups") && shows("[gone since #41]"));
	cr_assert(shows("/2023") && shows("index"));
	session_type(&session, "<Enter>");
	cr_assert(shows("a.tar") && shows("/home/ana/old-backups/2023"));
	session_type(&session, "b");
	cr_assert(shows("gone"), "no shell there");
	session_type(&session, "<Left>");
	cr_assert(shows("/2023"));
	session_type(&session, "<Left>");
	cr_assert(shows(" disktracker  /home/ana\n"));
	cr_assert(strstr(cursor(), "/old-backups"));
}

Test(browser, follow_goes_down_to_the_file)
{
	open_growth();
	session_type(&session, "F");
	cr_assert(shows("/home/ana/projects/target"));
	cr_assert_str_eq(cursor(), "lib.rlib");
	cr_assert(shows("lib.rlib: +9.0 GiB"));
}

Test(browser, follow_says_when_nobody_is_to_blame)
{
	session_open(&session, 24, 80, "a|2000000\nb|2000000\nc|2000000\n", "a|1000000\nb|1000000\nc|1000000\n");
	session_type(&session, "F");
	cr_assert(shows("no single grower: +2.9 MiB over 3 entries"));
}

/* What grew most may be hidden or filtered out: F does not go elsewhere for that, and says so. */
Test(browser, follow_says_when_the_grower_is_not_shown)
{
	session_open(&session, 24, 80, ".cache|9000000\nb|2000000\n", ".cache|1000000\nb|1000000\n");
	session_type(&session, "eF");
	cr_assert(shows("what grew most is hidden: +7.6 MiB of +8.6 MiB here; e shows it"));
	session_type(&session, "eF");
	cr_assert_str_eq(cursor(), ".cache");
	session_type(&session, "/b<Enter>F");
	cr_assert(shows("what grew most is left out by the filter"));
}

Test(browser, nothing_grew_says_so)
{
	session_open(&session, 24, 80, "a|2000000\n", "a|2000000\n");
	session_type(&session, "d");
	cr_assert(shows("nothing grew since #41, 3 d ago"));
}

Test(browser, without_history_growth_is_what_was_written)
{
	session_open(&session, 24, 80, "new.log|1048576 1763716000\nold.log|4194304 1700000000\n", NULL);
	session_type(&session, "d");
	cr_assert(shows("written▾") && shows("written in 24 h"));
	cr_assert_str_eq(cursor(), "new.log");
	cr_assert(shows("deletes nothing"));
	session_type(&session, "[");
	cr_assert(shows("written in 7 d"));
	session_type(&session, "]]");
	cr_assert(shows("written in 1 h"));
	session_type(&session, "]");
	cr_assert(shows("shortest window"));
}

Test(browser, hidden_and_excluded_entries)
{
	open_plain();
	cr_assert(shows("/.cache") && shows("core.tmp"));
	session_type(&session, "e");
	cr_assert(!shows("/.cache") && !shows("core.tmp"));
	session_type(&session, "e");
	cr_assert(shows("/.cache"));
}

Test(browser, filters_as_it_is_typed)
{
	open_plain();
	session_type(&session, "/");
	session_type(&session, "log");
	cr_assert(shows("app.log") && !shows("backup.tar"));
	session_type(&session, "<Enter>");
	cr_assert(shows("app.log") && !shows("backup.tar"));
	session_type(&session, "<Esc>");
	cr_assert(shows("backup.tar"));
	session_type(&session, "/*.tar<Enter>");
	cr_assert(shows("backup.tar") && !shows("app.log"));
	session_type(&session, "/<Esc>");
	cr_assert(shows("app.log"));
	session_type(&session, "/zzz");
	cr_assert(shows("nothing matches the filter"));
}

/*
 * The cursor goes to the first match, back to where it was when the filter is given up, and stays on what was found
 * when it is kept.
 */
Test(browser, a_filter_leads_to_its_first_match)
{
	open_plain();
	session_type(&session, "n<End><Up><Up>");
	char was[256];
	snprintf(was, sizeof was, "%s", cursor());
	session_type(&session, "/o");
	cr_assert_str_eq(cursor(), "app.log");
	session_type(&session, "r");
	cr_assert_str_eq(cursor(), "core.tmp");
	session_type(&session, "<Backspace>");
	cr_assert_str_eq(cursor(), "app.log");
	session_type(&session, "<Backspace>");
	cr_assert_str_eq(cursor(), was);
	session_type(&session, "log<Esc>");
	cr_assert_str_eq(cursor(), was);
	session_type(&session, "/log<Enter><Esc>");
	cr_assert_str_eq(cursor(), "app.log");
}

Test(browser, a_filter_says_what_it_shows)
{
	open_growth();
	session_type(&session, "/*o*");
	cr_assert_str_eq(session_row(&session, 1), " 14.1 GiB  6 of 14 shown, 10.9 GiB                              "
						   "    filter: *o*");
	session_type(&session, "<Enter>d");
	cr_assert_str_eq(session_row(&session, 1), " 14.1 GiB  +5.2 GiB? since #41 (3 d)  8 of 16 shown, 10.9 GiB   "
						   "    filter: *o*");
	session_type(&session, "<Esc>");
	cr_assert(!shows("filter") && !shows(" of 16"));
}

Test(browser, a_filter_says_what_it_shows_on_a_narrow_screen)
{
	session_open(&session, 12, 40, now_lines, before_lines);
	session_type(&session, "/*o*<Enter>d");
	cr_assert_str_eq(session_row(&session, 1), " 14.1 GiB  +5.2 GiB?  8 of 16, 10.9 GiB");
	session_close(&session);
	session_open(&session, 12, 60, now_lines, before_lines);
	session_type(&session, "/*o*<Enter>d");
	cr_assert_str_eq(session_row(&session, 1), " 14.1 GiB  +5.2 GiB?  8 of 16, 10.9 GiB         filter: *o*");
}

/* Going into a folder and back keeps it; inside, everything is shown. */
Test(browser, a_filter_stays_with_its_folder)
{
	open_plain();
	session_type(&session, "/proj<Enter>");
	cr_assert_str_eq(cursor(), "/projects");
	session_type(&session, "<Enter>");
	cr_assert(shows("/target") && shows("/web") && !shows("filter:"));
	session_type(&session, "<Left>");
	cr_assert(shows("filter: proj") && shows("1 of 14 shown") && !shows("app.log"));
	cr_assert_str_eq(cursor(), "/projects");
	session_type(&session, "<Esc>");
	cr_assert(shows("app.log") && !shows("filter:"));
	cr_assert_str_eq(cursor(), "/projects");
}

/* Nothing of what the filter shows grew: that is no news of the folder. */
Test(browser, a_filter_makes_nothing_of_no_growth)
{
	session_open(&session, 24, 80, "a|2000000\nb|5000000\n", "a|2000000\nb|4000000\n");
	session_type(&session, "d/a<Enter>");
	cr_assert(shows("1 of 2") && !shows("nothing grew"));
	session_type(&session, "<Esc>");
	cr_assert(!shows("nothing grew"));
}

Test(browser, rows_that_cannot_be_entered_say_why)
{
	open_plain();
	session_type(&session, "/nas<Enter><Enter>");
	cr_assert(shows("another file system: not entered; r reads it"));
	session_type(&session, "<Esc>/core.tmp<Enter>");
	cr_assert(shows("left out by a pattern"));
	session_type(&session, "<Esc>/lost<Enter>");
	cr_assert(shows("/lost+found: cannot be read"));
}

/* What could not be read is not empty: now, in an old snapshot, and where it was read in part. */
Test(browser, an_unreadable_folder_that_is_entered_says_so)
{
	open_growth();
	session_type(&session, "/lost<Enter><Enter>");
	cr_assert(shows("/home/ana/lost+found\n") && shows("this folder cannot be read") && !shows("empty"), "%s",
	          session_screen(&session));
	session_type(&session, "d");
	cr_assert(shows("this folder cannot be read") && !shows("nothing grew"));
	session_type(&session, "h<Esc>/empty<Enter><Enter>");
	cr_assert(shows("/home/ana/empty\n") && shows("  empty"));
}

Test(browser, a_folder_read_in_part_says_so)
{
	session_open(&session, 24, 80, "!half/|4096\nseen|4096\n..\n", NULL);
	session_type(&session, "<Enter>");
	cr_assert(shows("seen") && shows("this folder could be read only in part"));
}

Test(browser, quits_asks_and_prints)
{
	open_plain();
	cr_assert(session_type(&session, "q") & REACT_QUIT);
	cr_assert(session_type(&session, "<^C>") & REACT_QUIT);
	session.model.scanning = true;
	session.model.progress.elapsed_ns = 11000000000;
	cr_assert(!(session_type(&session, "q") & REACT_QUIT));
	cr_assert(shows("nothing saved. Quit? y/N"));
	cr_assert(!(session_type(&session, "n") & REACT_QUIT));
	cr_assert(!shows("Quit?"));
	session.model.progress.fraction = 0.63;
	session_type(&session, "q");
	cr_assert(shows("63 %, 7 s left, nothing saved. Quit? y/N"));
	cr_assert(session_type(&session, "y") & REACT_QUIT);
	session.model.scanning = false;
	session_type(&session, "<Enter>");
	cr_assert(session_type(&session, "Q") & REACT_QUIT);
	cr_assert_str_eq(session.model.print.data, "/home/ana/projects");
}

Test(browser, the_shell_gets_its_folder)
{
	open_plain();
	cr_assert(session_type(&session, "<Enter>b") & REACT_SHELL);
	cr_assert_str_eq(session.model.shell_path, "/home/ana/projects");
	session.model.settings.can_shell = false;
	cr_assert(!(session_type(&session, "b") & REACT_SHELL));
	cr_assert(shows("turned off"));
}

Test(browser, the_mouse_moves_opens_and_clicks_words)
{
	open_plain();
	session_mouse(&session, INPUT_CLICK, 5, 40);
	cr_assert_str_eq(cursor(), "backup.tar");
	session_mouse(&session, INPUT_WHEEL_UP, 5, 40);
	cr_assert_str_eq(cursor(), "/projects");
	session_mouse(&session, INPUT_CLICK, 3, 40);
	session_mouse(&session, INPUT_DOUBLE_CLICK, 3, 40);
	cr_assert(shows("/home/ana/projects"));
	session_mouse(&session, INPUT_CLICK, 2, 27);
	cr_assert(shows("name▴"), "a head sorts by its column");
	session_mouse(&session, INPUT_CLICK, 23, 15);
	cr_assert(shows("written▾"), "a word of the key row is its key");
	session_mouse(&session, INPUT_CLICK, 22, 79);
}

Test(browser, a_large_folder_is_scrolled)
{
	struct buf lines = {0};

	for (int i = 0; i < 3000; i++)
		buf_printf(&lines, "f%04d|%d\n", i, 4096 * (3000 - i));
	session_open(&session, 24, 80, lines.data, NULL);
	buf_free(&lines);
	cr_assert(shows("1/3 000"));
	session_type(&session, "<PgDn>");
	cr_assert_str_eq(cursor(), "f0019");
	session_type(&session, "G");
	cr_assert_str_eq(cursor(), "f2999");
	session_type(&session, "<^U>");
	cr_assert_str_eq(cursor(), "f2990");
	session_type(&session, "<Home><Up>");
	cr_assert_str_eq(cursor(), "f0000");
	session_type(&session, "/f1234<Enter>");
	cr_assert_str_eq(cursor(), "f1234");
	session_type(&session, "<Esc>");
	cr_assert_str_eq(cursor(), "f1234", "clearing the filter keeps the node");
}

Test(browser, a_moved_folder_is_said_to_be_moved_and_not_followed)
{
	session_open(&session, 24, 80, "new-home/|4096 1700000000 77\nbig|8388608\n..\napp.log|2097152\n",
	             "old-home/|4096 1700000000 77\nbig|8388608\n..\napp.log|1048576\n");
	session.model.identities = identities_create(session.image);
	cr_assert(session.model.identities);
	session_type(&session, "d");
	cr_assert(shows("/new-home (moved)"));
	cr_assert(shows("/old-home (gone)"));
	session_type(&session, "F");
	cr_assert_str_eq(cursor(), "app.log");
	identities_destroy(session.model.identities);
}

/* Another folder has the name now: it grew by all that it holds, and what had the name moved, or is gone. */
Test(browser, a_folder_with_the_name_of_another_is_new)
{
	session_open(&session, 24, 80,
	             "home/|4096 1700000001 78\nsmall|1048576\n..\nkept/|4096 1700000000"
	             " 77\nbig|8388608\n..\napp.log|1048576\n",
	             "home/|4096 1700000000 77\nbig|8388608\n..\napp.log|1048576\n");
	session.model.identities = identities_create(session.image);
	cr_assert(session.model.identities);
	session_type(&session, "d");
	cr_assert(shows("+1.0 MiB"));
	cr_assert(shows("/home (new)"));
	cr_assert(shows("/kept (moved)"));
	cr_assert(shows("/home (gone)"));
	identities_destroy(session.model.identities);
}

Test(browser, a_folder_that_does_not_answer_is_named)
{
	open_plain();
	session.model.scanning = true;
	session.model.progress =
		(struct scan_progress){.state = SCAN_RUNNING, .items = 4, .elapsed_ns = 9000000000, .fraction = -1};
	buf_str(&session.model.reading, "/home/ana/nas\x1b[2J");
	session.model.reading_ns = session.model.now_ns - 7000000000;
	cr_assert(shows("reading /home/ana/nas\\x1b[2J, 8 s"));
	buf_free(&session.model.reading);
}

Test(browser, nothing_grew_names_the_older_snapshot_that_differs)
{
	static struct snapshot history[] = {
		{.id = 41,
	         .finished_at = SESSION_NOW - 3 * 86400 - 720,
	         .total_bytes = 2004096,
	         .total_items = 1,
	         .total_files = 1},
		{.id = 40,
	         .finished_at = SESSION_NOW - 5 * 86400,
	         .total_bytes = 2004096,
	         .total_items = 1,
	         .total_files = 1},
		{.id = 39,
	         .finished_at = SESSION_NOW - 10 * 86400,
	         .total_bytes = 1004096,
	         .total_items = 1,
	         .total_files = 1},
	};

	session_open(&session, 24, 80, "a|2000000\n", "a|2000000\n");
	session.model.history = (struct snapshot_list){.items = history, .count = 3};
	session_type(&session, "d");
	cr_assert(shows("nothing grew since #41, 3 d ago   [ = #39, 10 d: +976.6 KiB"));
}

/* The name that a snapshot was given is where the snapshot is. */
Test(browser, labels_are_in_the_title)
{
	static struct snapshot history[] = {
		{.id = 41, .finished_at = SESSION_NOW - 3 * 86400 - 720, .label = "upgrade"},
		{.id = 40, .finished_at = SESSION_NOW - 5 * 86400, .label = "before the move to Lisbon"},
	};
	struct view view = {.id = 41, .taken_at = SESSION_NOW - 3 * 86400};

	open_growth();
	session.model.history = (struct snapshot_list){.items = history, .count = 2};
	session_type(&session, "d");
	cr_assert(strstr(session_row(&session, 1), "since #41 upgrade (3 d)"), "%s", session_row(&session, 1));
	view.image = session.image;
	session.model.view = &view;
	cr_assert(strstr(session_row(&session, 0), "[#41 upgrade, 2025-11-18 09:14]"), "%s", session_row(&session, 0));
	view.id = 40;
	cr_assert(strstr(session_row(&session, 0), "[#40 before the mov... Lisbon]"), "%s", session_row(&session, 0));
	session.model.view = NULL;
}

Test(browser, the_disk_that_runs_out_is_named)
{
	open_plain();
	cr_assert(shows("/home 91% full, 58.1 GiB free"));
	session.model.usage.inode_percent = 99;
	session.model.usage.free_inodes = 1204;
	cr_assert(shows("/home inodes 99%, 1 204 free"));
}

Test(browser, a_scan_that_is_not_saved_says_so_until_it_is)
{
	open_growth();
	session.model.save = SAVE_RETRY;
	snprintf(session.model.banner, sizeof session.model.banner, "disk full: this scan is not saved yet; earlier"
								    " snapshots work");
	cr_assert(shows("[not saved]") && shows("disk full: this scan is not saved yet; earlier snapshots work"));
	session_type(&session, "d<Down><Up>");
	cr_assert(shows("disk full"), "it stays while one works");
	session.model.banner[0] = 0;
	session.model.save = SAVE_DONE;
	session.model.saved_id = 42;
	cr_assert(shows("[saved #42]") && !shows("disk full"));
}

/* ---- every key gives an answer ---- */

static void says(const char *keys, const char *answer)
{
	session_type(&session, keys);
	cr_assert_str_eq(session.model.message, answer, "after %s", keys);
}

Test(browser, every_key_gives_an_answer)
{
	open_growth();
	says("z", "? help");
	says("^", "? help");
	says("<Left>", "the top of what is read");
	says("<Esc>", "nothing to go back from: q quits");
	says("w", "this tree is not followed live");
	says("W", "this tree is not followed live");
	says("t", "folders first");
	says("t", "folders among the files");
	session_type(&session, "<End>");
	says("l", "another file system: not entered; r reads it");
	session_type(&session, "<Home>n");
	session_type(&session, "<End>");
	for (int i = 0; i < 20 && strcmp(session.model.message, "no folder: i shows its details"); i++)
		session_type(&session, "<Up>l");
	cr_assert_str_eq(session.model.message, "no folder: i shows its details");
}

Test(browser, columns_without_room_say_so)
{
	session_open(&session, 16, 60, now_lines, before_lines);
	session_type(&session, "d");
	says("c", "no room for this column");
	says("m", "no room for this column");
	says("u", "no room for this column");
	says("g", "no room for this column");
	session_close(&session);
	session_open(&session, 24, 160, now_lines, before_lines);
	says("c", "");
	says("m", "");
	says("u", "");
	says("g", "");
}

Test(browser, an_empty_folder_has_no_details)
{
	session_open(&session, 24, 80, "empty/|4096\n..\n", NULL);
	session_type(&session, "<Enter>");
	says("i", "there is nothing in this folder");
	says("<Enter>", "there is nothing in this folder");
	cr_assert_eq(session.screens.count, 1);
}

Test(browser, everything_is_read_again_behind_one_folder)
{
	struct model *model = &session.model;

	open_plain();
	session_type(&session, "<Enter>r");
	cr_assert(model->rereading && model->reading_dir != DIR_ROOT);
	says("r", "it is being read again already");
	says("R", "everything is read again as soon as this is done");
	says("R", "everything is read again as soon as this is done");
	model->rereading = false;
	session_screen(&session);
	cr_assert(model->rereading && model->reading_dir == DIR_ROOT);
	says("r", "it is being read again already");
	model->rereading = false;
	session_screen(&session);
	cr_assert(!model->rereading);
}

/* ---- the key row follows the mode ---- */

static bool keys_say(const char *words)
{
	return strstr(session_row(&session, session.model.rows - 1), words);
}

static void click_on(const char *word)
{
	const char *row = session_row(&session, session.model.rows - 1), *at = strstr(row, word);

	cr_assert(at, "no %s in %s", word, row);
	session_mouse(&session, INPUT_CLICK, session.model.rows - 1, (int)(at - row));
}

Test(browser, the_key_row_follows_the_mode)
{
	open_growth();
	cr_assert(keys_say("Enter open  d growth") && keys_say("? help"));
	session_type(&session, "d");
	cr_assert(keys_say("d off  [ ] older/newer  F follow"));
	session_type(&session, "d/app");
	cr_assert(keys_say("Enter keep  Esc clear") && !keys_say("help"));
	click_on("keep");
	cr_assert(keys_say("/ filter  Esc clear"), "%s", session_row(&session, 23));
	click_on("filter");
	click_on("clear");
	cr_assert(keys_say("Enter open  d growth"));
	cr_assert(strstr(session_screen(&session), "/projects"));
	session.model.settings.confirm_quit = true;
	session_type(&session, "q");
	cr_assert(keys_say("y quit  n stay"));
	click_on("stay");
	cr_assert(keys_say("Enter open"));
	session_type(&session, "q");
	cr_assert_eq(session_type(&session, "y"), REACT_QUIT);
	session.model.scanning = true;
	session_type(&session, "q");
	cr_assert(keys_say("y quit  s keep what was read  n stay"));
	session_type(&session, "n");
	session.model.scanning = false;
	session_type(&session, "i");
	cr_assert(keys_say("i close  L log  d disk  Up Down other entries") && keys_say("? help"));
	click_on("close");
	cr_assert(keys_say("Enter open"));
	session_type(&session, "i?");
	cr_assert(strstr(session_row(&session, 0), "help"));
}
