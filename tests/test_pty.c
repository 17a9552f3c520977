/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate.h"
#include "session.h"

TestSuite(pty, .fini = session_end_all);

/*
 * The main job, end to end: open a folder, quit, change something, open it again, see what grew.
 * The figures expected come from a walk of the test's own.
 */

#define MIB (UINT64_C(1) << 20)
#define KIB (UINT64_C(1) << 10)

static const char *const folders[] = { "projects", "logs", "videos", "trash" };
#define FOLDERS (sizeof folders / sizeof *folders)

static void made_tree(const struct session *session)
{
	session_file(session, "projects/api/target/big", 8 * MIB);
	session_file(session, "projects/web/node_modules/a", 2 * MIB);
	session_file(session, "projects/src.c", 4 * KIB);
	session_file(session, "logs/app.log", MIB);
	session_file(session, "logs/old.log", 512 * KIB);
	session_file(session, "videos/film", 3 * MIB);
	session_file(session, "trash/junk/x", 2 * MIB);
	session_file(session, "backup.tar", 256 * KIB);
}

static void change_tree(const struct session *session)
{
	session_file(session, "projects/api/target/big2", 16 * MIB);
	session_file(session, "logs/app.log", 5 * MIB);
	session_remove(session, "logs/old.log");
	session_file(session, "fresh/x", MIB);
	session_remove(session, "trash");
	session_file(session, "backup.tar", 128 * KIB);
}

static const char *slash(const char *name)
{
	static char out[4][300];
	static unsigned turn;

	snprintf(out[turn % 4], sizeof out[0], "/%s", name);
	return out[turn++ % 4];
}

/* A first scan that is kept as #1. */
static void remembered(struct session *session)
{
	session_begin(session, NULL);
	made_tree(session);
	session_open_whole(session, 24, 80, NULL, NULL);
	session_quit(session);
}

Test(pty, new_root)
{
	struct session s;
	char items[64];

	session_begin(&s, NULL);
	made_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	/* Every figure as an independent walk has it; none is marked any more. */
	for (size_t i = 0; i < FOLDERS; i++)
		cr_assert(session_wait_size(&s, slash(folders[i]),
		                            session_size(session_walk(&s, folders[i]).alloc_bytes)));
	cr_assert(session_wait_size(&s, "backup.tar", "256.0 KiB"));
	struct walk root = session_walk(&s, "");
	cr_assert(pty_wait_row(s.pty, 0, "/tree "));
	cr_assert(pty_wait_row(s.pty, 1, session_size(root.alloc_bytes)));
	snprintf(items, sizeof items, "%llu items", (unsigned long long)root.items);
	cr_assert(pty_wait_row(s.pty, 1, items));
	/* The largest first, the cursor on it. */
	cr_assert_eq(session_row(&s, "/projects"), LIST_TOP);
	cr_assert(session_wait_cursor(&s, "/projects"));
	cr_assert(strstr(pty_row(s.pty, 2), "size") && strstr(pty_row(s.pty, 2), "name"));
	session_quit(&s);
	cr_assert(strstr(session_stderr(&s), "#1"), "stderr: %s", session_stderr(&s));
	session_end(&s);
}

Test(pty, walks_through_folders)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_go(&s, "/logs");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_size(&s, "app.log", "1.0 MiB"));
	cr_assert(pty_wait_row(s.pty, 0, "/tree/logs"));
	/* Back: the cursor is where it was. */
	pty_send(s.pty, PTY_LEFT);
	cr_assert(session_wait_cursor(&s, "/logs"));
	pty_send(s.pty, PTY_UP PTY_UP PTY_UP PTY_UP PTY_RIGHT);
	cr_assert(pty_wait_row(s.pty, 0, "/tree/projects"));
	cr_assert(session_wait_cursor(&s, "/api"));
	pty_send(s.pty, "h");
	cr_assert(session_wait_cursor(&s, "/projects"));
	pty_send(s.pty, "G");
	cr_assert(session_wait_cursor(&s, "backup.tar"));
	/* Enter on a file: its details. */
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "262 144 B"));
	cr_assert(pty_wait_text(s.pty, "-rw-r--r--"));
	pty_send(s.pty, "i");
	cr_assert(pty_wait_gone(s.pty, "262 144 B"));
	session_quit(&s);
	session_end(&s);
}

Test(pty, growth)
{
	struct session s;
	struct walk before[FOLDERS], root;
	struct pty_cell cell;
	char delta[64];

	remembered(&s);
	for (size_t i = 0; i < FOLDERS; i++)
		before[i] = session_walk(&s, folders[i]);
	root = session_walk(&s, "");
	change_tree(&s);
	session_rename(&s, "videos", "media");
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 2, "growth"));
	cr_assert(session_wait_growth(
		&s, "/projects",
		session_delta((int64_t)(session_walk(&s, "projects").alloc_bytes - before[0].alloc_bytes))));
	cr_assert(session_wait_growth(
		&s, "/logs", session_delta((int64_t)(session_walk(&s, "logs").alloc_bytes - before[1].alloc_bytes))));
	cr_assert(session_wait_growth(&s, "/fresh", session_delta((int64_t)session_walk(&s, "fresh").alloc_bytes)));
	cr_assert(session_wait_growth(&s, "/trash", session_delta(-(int64_t)before[3].alloc_bytes)));
	cr_assert(session_wait_growth(&s, "backup.tar", "-128.0 KiB"));
	snprintf(delta, sizeof delta, "%s since #1",
	         session_delta((int64_t)(session_walk(&s, "").alloc_bytes - root.alloc_bytes)));
	cr_assert(pty_wait_row(s.pty, 1, delta));
	/* What is new, gone and moved says so. */
	cr_assert(strstr(pty_row(s.pty, session_row(&s, "/fresh")), "(new)"));
	cr_assert(strstr(pty_row(s.pty, session_row(&s, "/trash")), "(gone)"));
	cr_assert_str_eq(session_cells(&s, session_row(&s, "/trash"), SIZE_COL, 9), "-");
	cr_assert(strstr(pty_row(s.pty, session_row(&s, "/media")), "(moved)"), "%s",
	          pty_row(s.pty, session_row(&s, "/media")));
	/* Sorted by growth: the culprit on top; what shrank is below what grew. */
	cr_assert_eq(session_row(&s, "/projects"), LIST_TOP);
	cr_assert(session_row(&s, "/fresh") < session_row(&s, "/trash"));
	/* Red what grew, green what shrank. */
	pty_cell(s.pty, session_row(&s, "/logs"), GROWTH_COL + 9, &cell);
	cr_assert(cell.fg == 167, "growth in colour %d", cell.fg);
	pty_cell(s.pty, session_row(&s, "/trash"), GROWTH_COL + 9, &cell);
	cr_assert(cell.fg == 71, "shrinkage in colour %d", cell.fg);
	/* d once more: off, and the old order. */
	pty_send(s.pty, "d");
	cr_assert(pty_wait_gone(s.pty, "(gone)"));
	session_quit(&s);
	cr_assert(strstr(session_stderr(&s), "#2 saved: ") && strstr(session_stderr(&s), "since #1"), "stderr: %s",
	          session_stderr(&s));
	session_end(&s);
}

Test(pty, ghosts_can_be_entered)
{
	struct session s;

	remembered(&s);
	change_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "d");
	cr_assert(pty_wait_text(s.pty, "/trash (gone)"));
	session_go(&s, "/trash");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "/junk"));
	cr_assert(pty_wait_row(s.pty, 0, "/trash"));
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_growth(&s, "x", "-2.0 MiB"));
	pty_send(s.pty, PTY_LEFT);
	cr_assert(session_wait_cursor(&s, "/junk"));
	pty_send(s.pty, PTY_LEFT);
	cr_assert(session_wait_cursor(&s, "/trash"));
	/* A file that is gone is a ghost, too. */
	session_go(&s, "/logs");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_growth(&s, "old.log", "-512.0 KiB"));
	cr_assert(session_wait_growth(&s, "app.log", "+4.0 MiB"));
	session_quit(&s);
	session_end(&s);
}

Test(pty, follow_finds_the_culprit)
{
	struct session s;

	remembered(&s);
	change_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	/* One key turns growth on and walks down, until no child owns half of it. */
	pty_send(s.pty, "F");
	cr_assert(pty_wait_row(s.pty, 0, "/api/target"));
	cr_assert(session_wait_growth(&s, "big2", "+16.0 MiB"));
	cr_assert(session_wait_cursor(&s, "big2"));
	cr_assert(strstr(pty_row(s.pty, session_row(&s, "big2")), "(new)"));
	session_quit(&s);
	session_end(&s);
}

Test(pty, follow_without_a_single_grower)
{
	struct session s;

	session_begin(&s, NULL);
	for (char c = 'a'; c < 'e'; c++)
		session_folder(&s, (char[]){ c, '\0' });
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_quit(&s);
	for (char c = 'a'; c < 'e'; c++)
		session_file(&s, (char[]){ c, '/', 'f', '\0' }, MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "F");
	cr_assert(pty_wait_text(s.pty, "no single grower: +4.0 MiB over 4 entries"));
	session_quit(&s);
	session_end(&s);
}

Test(pty, older_and_newer_baselines)
{
	struct session s;

	remembered(&s);
	change_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_quit(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "d");
	/* Nothing since #2: the status line knows which one differs. */
	cr_assert(pty_wait_text(s.pty, "nothing grew since #2"));
	cr_assert(pty_wait_text(s.pty, "#1"));
	pty_send(s.pty, "[");
	cr_assert(pty_wait_row(s.pty, 1, "since #1"));
	cr_assert(session_wait_growth(&s, "/projects", "+16.0 MiB"));
	pty_send(s.pty, "]");
	cr_assert(pty_wait_row(s.pty, 1, "since #2"));
	cr_assert(session_wait_growth(&s, "/projects", ""));
	/* The other names of the same keys. */
	pty_send(s.pty, ",");
	cr_assert(pty_wait_row(s.pty, 1, "since #1"));
	pty_send(s.pty, ".");
	cr_assert(pty_wait_row(s.pty, 1, "since #2"));
	session_quit(&s);
	session_end(&s);
}

/* Snapshots: a list, labels, an old one browsed down to a file, deletion. */
Test(pty, snapshots)
{
	struct session s;
	int row;

	remembered(&s);
	struct walk trash = session_walk(&s, "trash");
	change_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_quit(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "H");
	cr_assert(pty_wait_row(s.pty, 0, "snapshots of"));
	cr_assert(pty_wait_text(s.pty, "(this scan)"));
	row = pty_find(s.pty, "     1  ", 2);
	cr_assert(row > 0, "snapshot 1 is not listed");
	pty_send(s.pty, PTY_END "L");
	cr_assert(pty_wait_text(s.pty, "label:"));
	pty_send(s.pty, "fi\xc3\xa9rst" PTY_LEFT PTY_LEFT PTY_LEFT PTY_BACKSPACE "" PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, row, "  first"));
	/* Browse it: what is gone by now is there again, to the last file. */
	pty_send(s.pty, "o");
	cr_assert(session_wait_size(&s, "/trash", session_size(trash.alloc_bytes)));
	cr_assert(session_row(&s, "/fresh") < 0);
	session_go(&s, "/trash");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "/junk"));
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_size(&s, "x", "2.0 MiB"));
	/* Back to the present through the first row. */
	pty_send(s.pty, "H");
	cr_assert(pty_wait_row(s.pty, 0, "snapshots of"));
	pty_send(s.pty, PTY_HOME "o");
	cr_assert(session_wait_size(&s, "/fresh", session_size(session_walk(&s, "fresh").alloc_bytes)));
	cr_assert(session_row(&s, "/trash") < 0);
	/* Compare with #1 by choosing it. */
	pty_send(s.pty, "H");
	cr_assert(pty_wait_row(s.pty, 0, "snapshots of"));
	pty_send(s.pty, PTY_END PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, 1, "since #1"));
	cr_assert(session_wait_growth(&s, "/projects", "+16.0 MiB"));
	/* Delete it: asked first, Cancel is the default. */
	pty_send(s.pty, "H");
	cr_assert(pty_wait_text(s.pty, "first"));
	pty_send(s.pty, PTY_END "D");
	cr_assert(pty_wait_text(s.pty, "[Cancel]"));
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_gone(s.pty, "[Cancel]"));
	cr_assert(pty_find(s.pty, "first", 2) > 0);
	pty_send(s.pty, "D");
	cr_assert(pty_wait_text(s.pty, "[Cancel]"));
	pty_send(s.pty, PTY_RIGHT PTY_ENTER);
	cr_assert(pty_wait_gone(s.pty, "first"));
	/* This scan's own goes as well: then nothing is said of it on leaving. */
	pty_send(s.pty, PTY_HOME "D");
	cr_assert(pty_wait_text(s.pty, "[Cancel]"));
	pty_send(s.pty, PTY_RIGHT PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, 0, "1 kept"));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_text(s.pty, "/projects"));
	session_quit(&s);
	cr_assert_str_eq(session_stderr(&s), "");
	session_end(&s);
}

Test(pty, all_roots)
{
	struct session s, other;

	remembered(&s);
	session_begin(&other, NULL);
	session_file(&other, "somewhere/else", MIB);
	snprintf(other.db, sizeof other.db, "%s", s.db);
	session_open_whole(&other, 24, 80, NULL, NULL);
	session_quit(&other);
	session_open_whole(&s, 24, 200, NULL, NULL);
	pty_send(s.pty, "H");
	cr_assert(pty_wait_row(s.pty, 0, "snapshots of"));
	cr_assert(pty_find(s.pty, other.tree, 1) < 0);
	pty_send(s.pty, "\t");
	cr_assert(pty_wait_text(s.pty, other.tree));
	int row = pty_find(s.pty, other.tree, 1);
	pty_mouse(s.pty, PTY_BUTTON_LEFT, row, 5);
	pty_send(s.pty, "o");
	cr_assert(pty_wait_text(s.pty, "/somewhere"));
	/* q leads back to now first. */
	pty_send(s.pty, "q");
	cr_assert(pty_wait_text(s.pty, "/projects"));
	session_quit(&s);
	session_end(&other);
	session_end(&s);
}

struct order {
	const char *names[8];
	int count;
};

static bool in_order(const struct pty *pty, void *data)
{
	const struct order *order = data;

	for (int i = 0; i < order->count; i++) {
		const char *at = strstr(pty_row(pty, LIST_TOP + i), order->names[i]);

		if (!at || at[strlen(order->names[i])])
			return false;
	}
	return true;
}

Test(pty, sorts)
{
	struct session s;
	struct order order = { .count = 4 };
#define ORDER(...)                                                                                                     \
	(order = (struct order){.names = {__VA_ARGS__}, .count = 4},                                                   \
	 pty_wait(s.pty, in_order, &order, "another order: " #__VA_ARGS__))

	session_begin(&s, NULL);
	session_file(&s, "b/one", 4 * MIB);
	session_file(&s, "a/1", MIB);
	session_file(&s, "a/2", 4 * KIB);
	session_file(&s, "a/3", 4 * KIB);
	session_file(&s, "c/1", 4 * KIB);
	session_file(&s, "c/2", 4 * KIB);
	session_file(&s, "d", 2 * MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(ORDER("/b", "d", "/a", "/c"));
	pty_send(s.pty, "s");
	cr_assert(ORDER("/c", "/a", "d", "/b"));
	pty_send(s.pty, "n");
	cr_assert(ORDER("/a", "/b", "/c", "d"));
	pty_send(s.pty, "n");
	cr_assert(ORDER("d", "/c", "/b", "/a"));
	pty_send(s.pty, "C");
	cr_assert(ORDER("/a", "/c", "/b", "d"));
	/* The cursor stays on its entry, wherever sorting puts it. */
	session_go(&s, "d");
	pty_send(s.pty, "s");
	cr_assert(ORDER("/b", "d", "/a", "/c"));
	cr_assert(session_wait_cursor(&s, "d"));
	pty_send(s.pty, "t");
	cr_assert(ORDER("/b", "/a", "/c", "d"));
	session_quit(&s);
	session_end(&s);
}

Test(pty, columns)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "a/1", MIB);
	session_file(&s, "b", MIB);
	session_file(&s, ".hidden", MIB);
	session_open_whole(&s, 24, 120, NULL, NULL);
	pty_send(s.pty, "c");
	cr_assert(pty_wait_row(s.pty, 2, "items"));
	pty_send(s.pty, "m");
	cr_assert(pty_wait_row(s.pty, 2, "changed"));
	cr_assert(pty_wait_text(s.pty, "20"));
	pty_send(s.pty, "cm");
	cr_assert(pty_wait_gone(s.pty, "changed"));
	/* Percent instead of the bar. */
	pty_send(s.pty, "g");
	cr_assert(pty_wait_text(s.pty, "%"));
	/* Hidden entries vanish, but stay counted. */
	cr_assert(session_row(&s, ".hidden") > 0);
	pty_send(s.pty, "e");
	cr_assert(pty_wait_gone(s.pty, ".hidden"));
	cr_assert(pty_wait_row(s.pty, 1, session_size(session_walk(&s, "").alloc_bytes)));
	session_quit(&s);
	session_end(&s);
}

Test(pty, filters)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "/pro");
	cr_assert(pty_wait_gone(s.pty, "/logs"));
	cr_assert(session_row(&s, "/projects") >= LIST_TOP);
	/* A key typed into a filter is a letter, not a command. */
	pty_send(s.pty, PTY_BACKSPACE PTY_BACKSPACE PTY_BACKSPACE "*.tar");
	cr_assert(pty_wait_gone(s.pty, "/projects"));
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "backup.tar"));
	cr_assert(session_row(&s, "/projects") < 0);
	pty_send(s.pty, PTY_ESC);
	cr_assert(pty_wait_text(s.pty, "/projects"));
	cr_assert(session_wait_cursor(&s, "backup.tar"));
	session_quit(&s);
	session_end(&s);
}

Test(pty, help_and_layers)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "?");
	cr_assert(pty_wait_row(s.pty, 0, "help 1/3"));
	pty_send(s.pty, " ");
	cr_assert(pty_wait_row(s.pty, 0, "help 2/3"));
	/* q closes the top layer only. */
	pty_send(s.pty, "q");
	cr_assert(session_wait_cursor(&s, "/projects"));
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "drwxr-xr-x"));
	pty_send(s.pty, PTY_DOWN);
	cr_assert(pty_wait_text(s.pty, "/tree/videos"));
	pty_send(s.pty, PTY_ESC);
	cr_assert(pty_wait_gone(s.pty, "drwxr-xr-x"));
	session_quit(&s);
	session_end(&s);
}

Test(pty, reads_a_folder_again)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_file(&s, "logs/app.log", 32 * MIB);
	session_go(&s, "/logs");
	pty_send(s.pty, PTY_ENTER);
	pty_send(s.pty, "r");
	cr_assert(session_wait_size(&s, "app.log", "32.0 MiB"));
	pty_send(s.pty, PTY_LEFT);
	cr_assert(session_wait_size(&s, "/logs", session_size(session_walk(&s, "logs").alloc_bytes)));
	cr_assert(pty_wait_row(s.pty, 1, session_size(session_walk(&s, "").alloc_bytes)));
	session_remove(&s, "videos");
	pty_send(s.pty, "R");
	cr_assert(pty_wait_gone(s.pty, "/videos"));
	cr_assert(pty_wait_row(s.pty, 1, session_size(session_walk(&s, "").alloc_bytes)));
	session_quit(&s);
	session_end(&s);
}

Test(pty, quits_and_prints)
{
	struct session s;

	session_begin(&s, NULL);
	made_tree(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, 0, "/tree/projects"));
	pty_send(s.pty, "Q");
	int status = pty_wait_exit(s.pty);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	cr_assert(!pty_alternate(s.pty));
	cr_assert(pty_find(s.pty, "/tree/projects", 0) >= 0);
	session_end(&s);
}

/* Hard links count once in each folder, and the columns say what is shared. */
Test(pty, hard_links)
{
	struct session s;
	char from[4300], to[4300];

	session_begin(&s, NULL);
	session_file(&s, "a/big", 4 * MIB);
	session_folder(&s, "b");
	snprintf(from, sizeof from, "%s/a/big", s.tree);
	snprintf(to, sizeof to, "%s/b/big", s.tree);
	cr_assert_eq(link(from, to), 0);
	session_open_whole(&s, 24, 100, NULL, NULL);
	cr_assert(session_wait_size(&s, "/a", session_size(session_walk(&s, "a").alloc_bytes)));
	cr_assert(session_wait_size(&s, "/b", session_size(session_walk(&s, "b").alloc_bytes)));
	cr_assert(pty_wait_row(s.pty, 1, session_size(session_walk(&s, "").alloc_bytes)));
	pty_send(s.pty, "u");
	cr_assert(pty_wait_row(s.pty, 2, "shared"));
	cr_assert(pty_wait_text(s.pty, "4.0 MiB"));
	session_quit(&s);
	session_end(&s);
}

/* An export is browsed as well as a disk; what needs a disk says so. */
Test(pty, browses_an_export)
{
	struct session s;
	char export[4300], out[4096];

	session_begin(&s, NULL);
	made_tree(&s);
	snprintf(export, sizeof export, "%s/export.json", s.dir);
	cr_assert_eq(session_command(&s, (const char *const[]){"-o", export, s.tree, NULL}, out, sizeof out), 0, "%s",
	             out);
	/* The same figures as the disk's; the tree itself may be gone by then. */
	struct walk logs = session_walk(&s, "logs");
	session_remove(&s, "logs");
	const char *const argv[] = { session_program(), "--db", s.db, "-f", export, NULL };
	s.pty = pty_start(argv, &(struct pty_options){ .rows = 24, .cols = 80, .cwd = s.dir, .err = s.err });
	cr_assert(s.pty && pty_wait_text(s.pty, "/projects"), "stderr: %s", session_stderr(&s));
	cr_assert(session_wait_size(&s, "/logs", session_size(logs.alloc_bytes)));
	session_go(&s, "/logs");
	pty_send(s.pty, "r");
	cr_assert(pty_wait_text(s.pty, "cannot be read again"));
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_size(&s, "app.log", "1.0 MiB"));
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "as imported"));
	pty_send(s.pty, "q");
	session_quit(&s);
	session_end(&s);
}

static bool left_alternate(const struct pty *pty, void *data)
{
	return !pty_alternate(pty) && pty_cursor_visible(pty);
}

Test(pty, shell_in_the_folder)
{
	struct session s;
	const char *const env[] = { "SHELL=/bin/sh", NULL };

	session_begin(&s, NULL);
	made_tree(&s);
	session_open_whole(&s, 24, 80, NULL, env);
	session_go(&s, "/logs");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_size(&s, "app.log", "1.0 MiB"));
	pty_send(s.pty, "b");
	cr_assert(pty_wait(s.pty, left_alternate, NULL, "the ordinary screen"));
	/* Ctrl-C is the shell's. */
	pty_send(s.pty, "trap : INT; echo rea''dy\r");
	cr_assert(pty_wait_text(s.pty, "ready"));
	pty_send(s.pty, "\003");
	pty_send(s.pty, "rm old.log; echo done in $(basename $(pwd)) $DISKTRACKER_LEVEL\r");
	cr_assert(pty_wait_text(s.pty, "done in logs 1"));
	pty_send(s.pty, "exit\r");
	/* Read again afterwards. */
	cr_assert(pty_wait_gone(s.pty, "old.log"));
	cr_assert(session_wait_size(&s, "app.log", "1.0 MiB"));
	cr_assert(pty_alternate(s.pty) && !pty_cursor_visible(s.pty));
	session_quit(&s);
	session_end(&s);
}

/* Two browsers on one database: both finish, nobody's snapshot is lost. */
Test(pty, two_at_once)
{
	struct session s, other;

	session_begin(&s, NULL);
	made_tree(&s);
	session_begin(&other, NULL);
	session_file(&other, "else/where", MIB);
	snprintf(other.db, sizeof other.db, "%s", s.db);
	session_open(&s, 24, 80, NULL, NULL);
	session_open_whole(&other, 24, 80, NULL, NULL);
	cr_assert(pty_wait_text(s.pty, "/projects"));
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	cr_assert(pty_wait_row(other.pty, 0, "[live]"));
	pty_send(s.pty, "H\t");
	cr_assert(pty_wait_row(s.pty, 0, "2 kept"));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_text(s.pty, "/projects"));
	session_quit(&s);
	session_quit(&other);
	cr_assert((strstr(session_stderr(&s), "#1") != NULL) != (strstr(session_stderr(&other), "#1") != NULL),
	          "%s / %s", session_stderr(&s), session_stderr(&other));
	session_end(&other);
	session_end(&s);
}

static bool being_scanned(const struct pty *pty, void *data)
{
	return strstr(pty_row(pty, 0), "[scanning]") && strchr(pty_row(pty, 1), '~') &&
	       pty_cursor_row(pty, LIST_TOP, pty_rows(pty) - 2) >= LIST_TOP;
}

static bool total_changed(const struct pty *pty, void *data)
{
	return being_scanned(pty, NULL) && strcmp(pty_cells(pty, 1, 0, 40), data);
}

/* While a scan runs figures climb, marked as partial; keys work; leaving it keeps nothing. */
Test(pty, a_scan_that_is_left)
{
	struct session s;
	char before[256], out[4096], path[8500];

	if (!gate_begin())
		cr_skip_test("no user notification of seccomp here");
	session_begin(&s, NULL);
	session_file(&s, "app/data", 4 * MIB);
	session_file(&s, "slow/data", 16 * MIB);
	session_file(&s, "slow/deep/data", MIB);
	snprintf(path, sizeof path, "%s/slow", s.tree);
	gate_close(path);
	session_open(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait(s.pty, being_scanned, NULL, "a scan"), "stderr: %s", session_stderr(&s));
	cr_assert(pty_wait_row(s.pty, 1, "4.0 MiB~"));
	snprintf(before, sizeof before, "%s", pty_cells(s.pty, 1, 0, 40));
	snprintf(path, sizeof path, "%s/slow/deep", s.tree);
	gate_close(path);
	cr_assert(pty_wait(s.pty, total_changed, before, "figures that climb"));
	pty_send(s.pty, "?");
	cr_assert(pty_wait_row(s.pty, 0, "help 1/3"));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_text(s.pty, "[scanning]"));
	pty_send(s.pty, "q");
	/* On a slow machine more than 10 s have gone by: then it asks. */
	if (!pty_ended(s.pty, 1000) && pty_find(s.pty, "Quit?", 0) >= 0)
		pty_send(s.pty, "y");
	int status = pty_wait_exit(s.pty);
	cr_assert(status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
	cr_assert(!pty_alternate(s.pty) && pty_cooked(s.pty));
	cr_assert_str_eq(session_stderr(&s), "");
	cr_assert_eq(session_command(&s, (const char *const[]){"list", "--json", s.tree, NULL}, out, sizeof out), 0,
	             "%s", out);
	cr_assert(!strstr(out, "\"id\""), "a scan that was left is kept: %s", out);
	gate_open();
	session_end(&s);
}
