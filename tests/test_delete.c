/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "golden.h"
#include "ui/model/model_remove.h"
#include "engine/tree/edit.h"
#include "ui_session.h"

/* Marks, the question before a deletion, its result. */

static struct session_ui session;

static const char tree[] = "projects/|4096\nweb/|4096\nnode_modules/|4096\na|12884901888\nb|4096\n..\n..\n..\n"
			   "app.log|943718400\nnotes.txt|4096\n>nas|4096\n<out|0\nHlinked|429496729";

static void open_on(int rows, int cols)
{
	session_open(&session, rows, cols, tree, NULL);
	session.model.settings.can_delete = session.model.settings.confirm_delete = true;
}

static bool shows(const char *text)
{
	return strstr(session_screen(&session), text) != NULL;
}

static void close_all(void)
{
	session_close(&session);
}

Test(delete, marks_are_seen_counted_and_cleared, .fini = close_all)
{
	open_on(24, 80);
	session_type(&session, " ");
	cr_assert_eq(session.model.marks.count, 1);
	cr_assert(shows("*   12.0 GiB"));
	cr_assert(shows("1 marked, 12.0 GiB"));
	session_type(&session, " ");
	cr_assert(shows("2 marked, 12.9 GiB"));
	golden_check("marks-80x24", session_screen(&session));
	/* the cursor went on; back and again: no mark */
	session_type(&session, "<Up> ");
	cr_assert(shows("1 marked, 12.0 GiB"));
	/* sorted otherwise, away and back */
	session_type(&session, "ns<Home><Enter>h");
	cr_assert(shows("1 marked, 12.0 GiB"));
	cr_assert(marks_has(&session.model.marks, DIR_ROOT, "projects", 8));
	session_type(&session, "<Esc>");
	cr_assert_eq(session.model.marks.count, 0);
	cr_assert(!shows("marked"));
}

Test(delete, what_is_told_does_not_hide_the_marks, .fini = close_all)
{
	open_on(24, 80);
	session_type(&session, " ");
	model_say(&session.model, false, "saved as #1");
	cr_assert(shows("1 marked, 12.0 GiB   saved as #1"));
	model_say(&session.model, true, "it failed");
	cr_assert(shows("it failed") && !shows("1 marked"));
}

Test(delete, what_is_shown_is_marked_by_one_key, .fini = close_all)
{
	open_on(24, 80);
	session_type(&session, "/.<Enter>*");
	cr_assert_eq(session.model.marks.count, 2, "what the filter leaves");
	session_type(&session, "*");
	cr_assert_eq(session.model.marks.count, 0);
	session_type(&session, "<Esc>*");
	/* but no other file system, and nothing that was left out */
	cr_assert_eq(session.model.marks.count, 4);
	/* a folder and what lies in it count once */
	session_type(&session, "<Home><Enter><Enter><Enter>*");
	cr_assert_eq(session.model.marks.count, 6);
	cr_assert_eq(session.model.marks.alloc_bytes, 12884901888 + 4 * 4096 + 943718400 + 4096 + 429496729);
}

Test(delete, a_mark_goes_with_its_entry, .fini = close_all)
{
	open_on(24, 80);
	session_type(&session, "*");
	cr_assert_eq(edit_remove(session.tree, DIR_ROOT, (uint32_t)tree_find(session.tree, DIR_ROOT, "app.log", 7)), 0);
	cr_assert_eq(marks_refresh(&session.model.marks, session.tree), 0);
	cr_assert_eq(session.model.marks.count, 3);
	cr_assert(!marks_has(&session.model.marks, DIR_ROOT, "app.log", 7));
	cr_assert(shows("3 marked, 12.4 GiB"));
}

Test(delete, says_why_not, .fini = close_all)
{
	open_on(24, 80);
	session_type(&session, "D");
	cr_assert(shows("nothing can be deleted here"), "no task can be started in this test");
	session.model.settings.can_delete = false;
	session_type(&session, "D");
	cr_assert(shows("turned off by an option"));
	session_type(&session, "n/nas<Enter> ");
	cr_assert(shows("another file system"));
	session_type(&session, "<Esc>/out<Enter> ");
	cr_assert(shows("left out of the scan"));
	session_type(&session, "L");
	cr_assert(shows("no deletion has left anything"));
}

Test(delete, ghosts_say_why_not)
{
	session_open(&session, 24, 80, "a|4096", "a|4096\ngone|4096");
	session_type(&session, "d<Home> ");
	cr_assert(shows("it is gone already") || !session_type(&session, "<End> ") || shows("it is gone already"));
	session_close(&session);
}

/* ---- the question ---- */

static struct choice_item items[] = {
	{.dir = 0, .bytes = 12884901888, .items = 48211, .name = "node_modules",
         .path = "/home/ana/projects/web/node_modules"},
	{.dir = CHOICE_NONE, .bytes = 943718400, .name = "app.log", .path = "/home/ana/app.log", .mode = 0100644},
};

static struct estimate_open held = {
	.path = "/home/ana/app.log", .holder = "rsyslogd (812)", .bytes = 943718400, .bytes_known = true};

static struct choice choice;

/** As SCREENS has it. */
static void ask(size_t first, size_t count)
{
	struct deletion *deletion = &session.model.deletion;

	choice = (struct choice){.tree = session.tree,
	                         .root = -1,
	                         .items = items + first,
	                         .item_count = count,
	                         .bytes = 12884901888 + 943718400,
	                         .elsewhere = 429496730};
	if (count == 1)
		choice.bytes = items[first].bytes, choice.elsewhere = 0;
	deletion->phase = DELETION_CHOSEN;
	deletion->choice = &choice;
	deletion->tasks = 1; /* so that nothing begins */
	cr_assert_eq(delete_open(&session.screens, count == 1 ? "Delete app.log" : "Delete 2 marked"), 0);
}

static void know(void)
{
	session.model.deletion.estimate = (struct estimate){.elsewhere_bytes = choice.elsewhere,
	                                                    .open_bytes = held.bytes,
	                                                    .open = &held,
	                                                    .open_count = 1,
	                                                    .frees_bytes = choice.bytes - choice.elsewhere -
	                                                                   held.bytes};
	session.model.deletion.estimated = true;
}

Test(delete, question, .fini = close_all)
{
	static const int sizes[][2] = {{6, 40}, {16, 60}, {24, 80}, {50, 200}};

	for (size_t i = 0; i < 4; i++) {
		char name[64];

		if (i)
			session_close(&session);
		open_on(sizes[i][0], sizes[i][1]);
		ask(0, 2);
		snprintf(name, sizeof(name), "delete-looking-%dx%d", sizes[i][1], sizes[i][0]);
		if (sizes[i][0] == 24)
			golden_check(name, session_screen(&session));
		know();
		snprintf(name, sizeof(name), "delete-%dx%d", sizes[i][1], sizes[i][0]);
		golden_check(name, session_screen(&session));
	}
}

Test(delete, keys_are_dead_at_first_then_lead_around, .fini = close_all)
{
	open_on(24, 80);
	ask(1, 1);
	know();
	session.model.now_ns += 299000000;
	screens_handle(&session.screens, &(struct input){.kind = INPUT_KEY, .key = IN_LEFT});
	screens_handle(&session.screens, &(struct input){.kind = INPUT_KEY, .key = IN_ENTER});
	cr_assert_eq(session.screens.count, 2, "typed ahead");
	cr_assert(shows("[Empty the file]"));
	/* Cancel first: Enter deletes nothing */
	session_type(&session, "<Enter>");
	cr_assert_eq(session.screens.count, 1);
	cr_assert(!session.model.deletion.wanted);
}

static void press(const char *keys, enum deletion_how how)
{
	open_on(24, 80);
	ask(1, 1);
	know();
	session.model.now_ns += 300000000;
	session_type(&session, keys);
	cr_assert_eq(session.screens.count, 1);
	cr_assert(session.model.deletion.wanted);
	cr_assert_eq(session.model.deletion.how, how);
	session_close(&session);
}

Test(delete, buttons)
{
	press("<Right><Enter>", DELETE_TRASH);
	press("<Left><Enter>", DELETE_FOR_EVER);
	press("<Right><Right><Enter>", DELETE_EMPTY);
	press("<Left><Left><Enter>", DELETE_EMPTY);
}

/* ---- the result ---- */

Test(delete, result_and_list, .fini = close_all)
{
	static const int sizes[][2] = {{6, 40}, {16, 60}, {50, 200}};
	struct deletion *deletion = &session.model.deletion;
	struct trashed thing = {0};

	open_on(24, 80);
	deletion->phase = DELETION_RUNNING;
	deletion->how = DELETE_FOR_EVER;
	deletion->of_entries = 48212;
	atomic_store(&deletion->removal.entries, 12204);
	atomic_store(&deletion->removal.bytes, 3328599654);
	cr_assert(shows("deleting: 12 204 of 48 212 items, 3.1 GiB   Esc stops"));
	session_type(&session, "q");
	cr_assert(shows("Stop it and quit? y/N"));
	session_type(&session, "n<Esc>");
	cr_assert(deletion->cancel);
	deletion->phase = DELETION_DONE;
	session.model.message[0] = 0;
	deletion->errors.total = 2;
	removal_fail(&deletion->errors, alloc_text("/home/ana/projects/mine\x1b[31m"), REMOVAL_FAILED, -13);
	removal_fail(&deletion->errors,
	             alloc_text("/home/ana/projects/a/very/long/path/that/does/not/fit/into/half/a/row/x"),
	             REMOVAL_UNSEEN, 0);
	snprintf(deletion->result, sizeof(deletion->result), "deleted 48 212 items: 11.6 GiB free now");
	deletion->trashed = (struct trash_result){.items = &thing, .count = 1};
	cr_assert(shows("deleted 48 212 items"));
	session_type(&session, "<Down>L");
	golden_check("delete-list-80x24", session_screen(&session));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char name[64];

		session.model.rows = sizes[i][0];
		session.model.cols = sizes[i][1];
		snprintf(name, sizeof(name), "delete-list-%dx%d", sizes[i][1], sizes[i][0]);
		golden_check(name, session_screen(&session));
	}
	session.model.rows = 24;
	session.model.cols = 80;
	session_type(&session, "<Down>q");
	cr_assert(shows("deleted 48 212 items"), "it stays until something else is done");
	cr_assert_eq(action_for_key(CONTEXT_RESULT, 'u'), ACTION_UNDO);
	session_type(&session, "s");
	cr_assert(!shows("deleted 48 212 items"));
	session_type(&session, "u");
	cr_assert_eq(session.model.settings.shared, SHARED_SHARED, "no result, no undo");
	removal_errors_clear(&deletion->errors);
}

/* ---- paths ---- */

Test(delete, paths_are_copied_opened_and_printed, .fini = close_all)
{
	open_on(24, 80);
	cr_assert(session_type(&session, "y") & REACT_COPY);
	cr_assert_str_eq(session.model.copy.data, "/home/ana/projects");
	cr_assert(session_type(&session, " y") & REACT_COPY);
	session_type(&session, " ");
	session_type(&session, "y");
	cr_assert_eq(session.model.copy.length, strlen("/home/ana/projects\n/home/ana/app.log"));
	cr_assert(
		!strncmp(session.model.copy.data, "/home/ana/projects\n/home/ana/app.log", session.model.copy.length));
	cr_assert(session_type(&session, "Q") & REACT_QUIT);
	cr_assert_eq(session.model.print.length, strlen("/home/ana/projects") + strlen("/home/ana/app.log") + 2);
	session_type(&session, "<Esc><Home>v");
	cr_assert(shows("a folder: Enter opens it"));
	cr_assert(session_type(&session, "<Down>v") & REACT_VIEW);
	cr_assert_str_eq(session.model.open_path, "/home/ana/app.log");
	cr_assert(session_type(&session, "o") & REACT_OPEN);
	session.model.settings.can_shell = false;
	cr_assert(!(session_type(&session, "o") & REACT_OPEN));
	cr_assert(shows("turned off by an option"));
}
