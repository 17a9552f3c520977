/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "engine/tree/build.h"
#include "nap.h"
#include "golden.h"
#include "ui/screens/layers.h"
#include "ui/screens/prompt.h"

/* The screens over the browser as goldens of the canvas: a session made by hand, no terminal, no database. */

#define NOW "1763716440" /* 2025-11-21 09:14:00 UTC */
#define DAY 86400
#define GIB (1024.0 * 1024 * 1024)

#define STEP(older, newer) ((int64_t)((uint64_t)((newer) * GIB) - (uint64_t)((older) * GIB)))

static struct snapshot list[] = {
	{.id = 41,
         .root_id = 1,
         .scan_root = "/home/ana",
         .host = "",
         .options = "",
         .source = "",
         .finished_at = 1763716440 - 3 * DAY - 720,
         .total_bytes = (uint64_t)(153.3 * GIB),
         .apparent_bytes = 1000,
         .total_items = 1644020,
         .since_id = 40,
         .since_bytes = STEP(152.2, 153.3)},
	{.id = 40,
         .root_id = 1,
         .scan_root = "/home/ana",
         .host = "",
         .options = "",
         .source = "",
         .label = "upgrade",
         .finished_at = 1763716440 - 4 * DAY,
         .total_bytes = (uint64_t)(152.2 * GIB),
         .apparent_bytes = 3000,
         .total_items = 1643871,
         .since_id = 39,
         .since_bytes = STEP(150.1, 152.2)},
	{.id = 39,
         .root_id = 1,
         .scan_root = "/home/ana",
         .host = "",
         .options = "",
         .source = "",
         .finished_at = 1763716440 - 11 * DAY,
         .total_bytes = (uint64_t)(150.1 * GIB),
         .apparent_bytes = 3000,
         .total_items = 1601442,
         .trusted = true,
         .since_id = 7,
         .since_bytes = STEP(151.0, 150.1)},
	{.id = 7,
         .root_id = 1,
         .scan_root = "/home/ana",
         .host = "",
         .options = "",
         .source = "",
         .finished_at = 1763716440 - 400 * DAY,
         .total_bytes = (uint64_t)(151.0 * GIB),
         .apparent_bytes = 3000,
         .total_items = 12601442},
};

static struct snapshot everything[] = {
	{.id = 41,
         .root_id = 1,
         .scan_root = "/home/ana",
         .host = "",
         .options = "",
         .source = "",
         .finished_at = 1763716440 - 3 * DAY - 720,
         .total_bytes = (uint64_t)(153.3 * GIB),
         .total_items = 1644020},
	{.id = 38,
         .root_id = 2,
         .scan_root = "/srv/\033[31mevil\n",
         .host = "nas",
         .options = "",
         .source = "",
         .label = "before",
         .finished_at = 1763716440 - 3600,
         .total_bytes = 4096,
         .total_items = 2,
         .since_id = 37,
         .since_bytes = -4096},
	{.id = 37,
         .root_id = 2,
         .scan_root = "/srv/\033[31mevil\n",
         .host = "nas",
         .options = "",
         .source = "",
         .finished_at = 1763716440 - 7200,
         .total_bytes = 8192,
         .total_items = 3},
};

static struct model model;
static struct screens screens;
static struct baseline baseline;

static struct tree *made_tree(void)
{
	struct build_entry root = {.name = "ana",
	                           .name_length = 3,
	                           .type = NODE_DIR,
	                           .alloc_bytes = 4096,
	                           .apparent_bytes = 4096,
	                           .ino = 2,
	                           .nlink = 1};
	struct build_entry file = {.name = "big",
	                           .name_length = 3,
	                           .type = NODE_REG,
	                           .alloc_bytes = (uint64_t)(182.4 * GIB) & ~511ull,
	                           .apparent_bytes = 5000,
	                           .ino = 3,
	                           .nlink = 1};
	struct build *build = build_create("/home/ana", &root);

	cr_assert(build);
	cr_assert_eq(build_file(build, &file), 0);
	struct tree *tree = build_finish(build);
	cr_assert(tree);
	return tree;
}

static void begin(int rows, int cols)
{
	setenv("DISKTRACKER_TEST_TIME", NOW, 1);
	setenv("TZ", "UTC0", 1);
	tzset();
	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		list[i].host = (char *)store_host();
	everything[0].host = (char *)store_host();
	memset(&model, 0, sizeof model);
	memset(&screens, 0, sizeof screens);
	model.rows = rows;
	model.cols = cols;
	model.wake_fd = -1;
	model.settings.can_shell = model.settings.can_refresh = model.settings.can_delete = true;
	model.tree = made_tree();
	model.history = (struct snapshot_list){ .items = list, .count = sizeof list / sizeof *list };
	model.history_known = model.baseline_known = true;
	model.everything = (struct snapshot_list){.items = everything, .count = sizeof everything / sizeof *everything};
	model.everything_known = true;
	model.store_bytes = 4299162;
	baseline = (struct baseline){ .id = 41, .taken_at = list[0].finished_at, .prefix = "" };
	model.baseline = &baseline;
	screens.model = &model;
}

static void end(void)
{
	screens_clear(&screens);
	tree_destroy(model.tree);
}

static const char *shown(void)
{
	static struct buf text;

	screens_update(&screens, 1);
	cr_assert_eq(screens_paint(&screens), 0);
	buf_clear(&text);
	cr_assert_eq(canvas_print(&screens.canvas, &text), 0);
	return text.data;
}

static const char *roles(int row)
{
	static struct buf text;
	char *line;

	buf_clear(&text);
	cr_assert_eq(canvas_print_roles(&screens.canvas, &text), 0);
	line = text.data;
	for (int i = 0; i < row; i++)
		line = strchr(line, '\n') + 1;
	*strchrnul(line, '\n') = '\0';
	return line;
}

static unsigned key(uint32_t code)
{
	return screens_handle(&screens, &(struct input){ .kind = INPUT_KEY, .key = code });
}

static void assert_golden(const char *name)
{
	golden_check(name, shown());
}

/* A file's row as a browser hands it over. */
static struct row file_row(const char *name)
{
	struct row row = {.origin = ROW_LIVE,
	                  .type = NODE_REG,
	                  .image_dir = IMAGE_NONE,
	                  .block_row = -1,
	                  .flag = ' ',
	                  .nlink = 1};

	row.name_length = (uint8_t)strlen(name);
	memcpy(row.name, name, row.name_length);
	return row;
}

static struct row folder_row(const char *name)
{
	struct row row = file_row(name);

	row.type = NODE_DIR;
	row.is_dir = row.can_enter = true;
	row.bytes = row.alloc_bytes = 12884901888;
	row.apparent_bytes = (uint64_t)(10.6 * GIB);
	row.items = 48211;
	row.files = 44000;
	row.errors = 7;
	row.growth_bytes = (int64_t)(10.4 * GIB);
	row.growth_items = 4100;
	row.shared_known = true;
	row.shared_bytes = (uint64_t)(0.4 * GIB);
	row.mtime_s = 1763716440 - 180;
	row.ino = 1311204;
	return row;
}

/* ---- snapshots ---- */

Test(screens, snapshots_80x24)
{
	begin(24, 80);
	cr_assert_eq(snapshots_open(&screens), 0);
	assert_golden("snapshots-80x24");
	/* The cursor begins on the baseline; growth is red, shrinkage green, both say it by their sign as well. */
	cr_assert_str_eq(roles(3), ":R::::::::::::::::::::::::::::::::SSSSSIIII::::GGGGGGGG::SSSSSSSSS::::::::::::::");
	cr_assert_eq(roles(5)[47], 'k');
	end();
}

Test(screens, snapshots_in_japanese)
{
	golden_speak("ja");
	begin(24, 80);
	cr_assert_eq(snapshots_open(&screens), 0);
	assert_golden("snapshots-ja-80x24");
	end();
}

Test(screens, snapshots_small)
{
	begin(16, 60);
	cr_assert_eq(snapshots_open(&screens), 0);
	assert_golden("snapshots-60x16");
	end();
	begin(6, 40);
	model.ascii = true;
	cr_assert_eq(snapshots_open(&screens), 0);
	assert_golden("snapshots-40x6-ascii");
	end();
}

Test(screens, snapshots_of_all_hosts)
{
	begin(24, 80);
	cr_assert_eq(snapshots_open(&screens), 0);
	shown();
	cr_assert(key('\t') & REACT_PAINT);
	assert_golden("snapshots-all-80x24");
	/* Another host's snapshot can be opened, not compared with. */
	key(IN_DOWN);
	shown();
	key(IN_ENTER);
	cr_assert(strstr(model.message, "#38") && model.message_warns);
	cr_assert_eq(screens.count, 1);
	end();
}

Test(screens, snapshots_none)
{
	begin(24, 80);
	model.history.count = 0;
	model.baseline = NULL;
	cr_assert_eq(snapshots_open(&screens), 0);
	assert_golden("snapshots-none");
	end();
}

/*
 * Every visit of an unchanged folder leaves a snapshot: they are one row, but for what has a name or is compared with;
 * and what was counted otherwise says how.
 */
Test(screens, snapshots_equal_and_differing)
{
	struct snapshot same = list[0], many[8], differing[2];

	begin(24, 80);
	for (int i = 0; i < 7; i++) {
		many[i] = same;
		many[i].id = 60 - i;
		many[i].since_id = i < 6 ? 59 - i : 42;
		many[i].since_bytes = i < 6 ? 0 : STEP(152.2, 153.3);
		many[i].finished_at = 1763716440 - (i + 1) * DAY;
	}
	many[3].label = "before the upgrade of 12";
	many[7] = list[1];
	differing[0] = list[2];
	differing[0].options = "-x *.o";
	differing[0].root_id = 2;
	differing[0].total_bytes = 4096;
	differing[0].id = 44;
	differing[0].since_id = 43;
	differing[0].since_bytes = 0;
	differing[1] = differing[0];
	differing[1].id = 43;
	many[7].id = 42;
	many[7].label = NULL;
	model.history = (struct snapshot_list){ .items = many, .count = 8 };
	model.differing = (struct snapshot_list){ .items = differing, .count = 2 };
	baseline.id = 55;
	cr_assert_eq(snapshots_open(&screens), 0);
	assert_golden("snapshots-folded-80x24");
	/* Not compared with, and says so; dim, as colour is not the only carrier. */
	key('G');
	shown();
	key(IN_UP);
	shown();
	key(IN_ENTER);
	cr_assert(strstr(model.message, "#44 was counted with -x"), "%s", model.message);
	cr_assert_eq(screens.count, 1);
	/* What was folded is found again at its row. */
	key(IN_HOME);
	shown();
	key(IN_DOWN);
	shown();
	many[0].total_bytes++;
	cr_assert(strstr(shown(), "59  2025-11-19"), "a difference takes it apart");
	end();
}

Test(screens, snapshots_cursor_and_label)
{
	begin(9, 80);
	cr_assert_eq(snapshots_open(&screens), 0);
	shown();
	/* The last row scrolls into view, the first one again, however small the screen. */
	key('G');
	cr_assert(strstr(shown(), "   7  2024-10-17"));
	key(IN_HOME);
	cr_assert(strstr(shown(), "    now  "));
	/* A scan that is not saved has no number to put a name to. */
	key('L');
	cr_assert(strstr(shown(), "this tree is not kept"));
	model.message[0] = '\0';
	key(IN_DOWN);
	key(IN_DOWN);
	key('L');
	cr_assert(strstr(shown(), "label: upgrade"));
	cr_assert_eq(screens.canvas.cursor_col, 15);
	/* While a name is typed no key is a command. */
	key('q');
	cr_assert(strstr(shown(), "label: upgradeq"));
	key(IN_ESC);
	cr_assert(!strstr(shown(), "label: upg"));
	cr_assert_eq(screens.count, 1);
	end();
}

Test(screens, snapshots_ask_before_deletion)
{
	begin(24, 80);
	cr_assert_eq(snapshots_open(&screens), 0);
	shown();
	key(IN_DOWN);
	key('D');
	cr_assert_eq(screens.count, 2);
	assert_golden("snapshots-delete");
	key(IN_ENTER); /* Cancel is the default */
	cr_assert_eq(screens.count, 1);
	shown();
	key('D');
	key(IN_ESC);
	cr_assert_eq(screens.count, 1);
	model.settings.can_delete = false;
	key('D');
	cr_assert_eq(screens.count, 1);
	cr_assert(strstr(model.message, "-r"));
	end();
}

Test(screens, snapshots_list_that_changes)
{
	begin(24, 80);
	cr_assert_eq(snapshots_open(&screens), 0);
	shown();
	key(IN_DOWN); /* on #40 */
	shown();
	/* One above it vanishes: the cursor stays on its snapshot. */
	model.history.items = list + 1;
	model.history.count--;
	shown();
	cr_assert(strchr(roles(3), 'S'), "the cursor is on row 3: %s", roles(3));
	/* It itself vanishes, and all others. */
	model.history.count = 0;
	cr_assert(strstr(shown(), "now"));
	key(IN_DOWN);
	shown();
	end();
}

/* ---- details ---- */

/* Its lines are wrapped between characters, there are no blanks to do it at. */
Test(screens, details_in_japanese)
{
	struct row row = folder_row("node_modules");

	golden_speak("ja");
	begin(24, 80);
	cr_assert_eq(details_open(&screens, &row, DIR_NONE, "/home/ana/projects/web/node_modules"), 0);
	assert_golden("details-ja-80x24");
	end();
}

Test(screens, details_of_a_folder)
{
	static const char path[] = "/home/ana/projects/web/node_modules";
	struct row row = folder_row("node_modules");

	begin(24, 80);
	model.scan = (struct scan *)&model; /* only asked whether there is one */
	model.progress.finished_wall_s = 1763716440 - 4;
	cr_assert_eq(details_open(&screens, &row, DIR_NONE, path), 0);
	assert_golden("details-folder-80x24");
	end();
	begin(16, 60);
	cr_assert_eq(details_open(&screens, &row, DIR_NONE, path), 0);
	assert_golden("details-folder-60x16");
	end();
	begin(6, 40);
	cr_assert_eq(details_open(&screens, &row, DIR_NONE, path), 0);
	assert_golden("details-folder-40x6");
	/* More lines than rows: they scroll. */
	key(IN_DOWN);
	cr_assert(!strstr(shown(), "path"));
	end();
}

Test(screens, details_of_what_is_gone_or_unreadable)
{
	struct row row = folder_row("old");
	struct image image = { .snapshot_id = 41, .taken_at = 1763716440 - 3 * DAY };

	begin(24, 80);
	row.origin = ROW_GHOST;
	row.gone = true;
	row.growth_bytes = -row.growth_bytes;
	row.growth_items = 0;
	row.errors = 0;
	row.image = &image;
	cr_assert_eq(details_open(&screens, &row, DIR_NONE, "/home/ana/old"), 0);
	assert_golden("details-ghost");
	screens_pop(&screens);

	row = folder_row("lost+found");
	row.dir_flags = DIR_READ_ERROR;
	row.growth_trust = TRUST_UNKNOWN;
	row.growth_blank = true;
	cr_assert_eq(details_open(&screens, &row, DIR_NONE, "/home/ana/lost+found"), 0);
	cr_assert(strstr(shown(), "growth    unknown since #41 (3 d)"));
	screens_pop(&screens);

	row = folder_row("half");
	row.trust = row.growth_trust = TRUST_PARTIAL;
	cr_assert_eq(details_open(&screens, &row, DIR_NONE, "/home/ana/half"), 0);
	cr_assert(strstr(shown(), "+10.4 GiB~ since #41"));
	cr_assert(strstr(shown(), "~ being read"));
	end();
}

Test(screens, details_of_a_hostile_name)
{
	struct row row = file_row("a\033[2J\n\xff\xe2\x80\xae" "b\x7f");
	char path[3000] = "/";

	begin(24, 80);
	memset(path + 1, 'x', 2000);
	strcpy(path + 2001, "/a\033[2J\n\xff\xe2\x80\xae" "b\x7f");
	cr_assert_eq(details_open(&screens, &row, DIR_NONE, path), 0);
	const char *text = shown();
	for (const char *c = text; *c; c++)
		cr_assert((unsigned char)*c >= 0x20 || *c == '\n');
	cr_assert(text_is_utf8(text, strlen(text)));
	cr_assert(strstr(text, "a\\x1b[2J\\x0a\\xff"));
	end();
}

/* What the disk says of an entry comes from a thread; wait for it as the loop does. */
Test(screens, details_look_at_the_disk)
{
	char path[] = "/tmp/disktracker-details-XXXXXX";
	struct ui_start start = { .path = "/tmp" };
	struct row row = file_row("x");
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	begin(24, 80);
	model.start = &start;
	model.tasks = tasks_create(-1);
	cr_assert(model.tasks);
	cr_assert_eq(details_open(&screens, &row, DIR_NONE, path), 0);
	const char *text = shown();
	for (int i = 0; i < 10000 && !strstr(text, "inode"); i++) {
		nap_us(1000);
		tasks_collect(model.tasks);
		text = shown();
	}
	cr_assert(strstr(text, "-rw-------"), "%s", text);
	screens_pop(&screens);
	/* Closed while it looks: nobody is told. */
	cr_assert_eq(details_open(&screens, &row, DIR_NONE, path), 0);
	screens_pop(&screens);
	cr_assert_eq(unlink(path), 0);
	cr_assert(tasks_stop(model.tasks, INT64_C(10000000000)));
	tasks_destroy(model.tasks);
	end();
}

/* ---- help ---- */

/* Two columns, though a character takes two cells. */
Test(screens, help_in_japanese)
{
	golden_speak("ja");
	begin(24, 80);
	cr_assert_eq(help_open(&screens, 1), 0);
	assert_golden("help-ja-80x24");
	end();
}

Test(screens, help_pages)
{
	static const struct {
		int rows, cols;
		const char *size;
	} sizes[] = {{24, 80, "80x24"}, {16, 60, "60x16"}, {6, 40, "40x6"}};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (int page = 1; page <= 3; page++) {
			char name[64];

			begin(sizes[i].rows, sizes[i].cols);
			cr_assert_eq(help_open(&screens, page), 0);
			snprintf(name, sizeof name, "help-%d-%s", page, sizes[i].size);
			assert_golden(name);
			end();
		}
}

Test(screens, help_names_every_key_that_works)
{
	static char all[65536];

	begin(24, 100);
	model.watcher = (struct watcher *)all; /* only asked for being there */
	cr_assert_eq(help_open(&screens, 2), 0);
	for (int i = 0; i < 100; i++) {
		strncat(all, shown(), sizeof all - strlen(all) - 1);
		if (!key(IN_DOWN))
			break;
	}
	for (int action = 1; action < ACTION_COUNT; action++) {
		const struct action_info *info = action_info((enum action)action);

		if (info->group != GROUP_NONE)
			cr_assert(strstr(all, info->help), "help does not say: %s", info->help);
	}
	/* Without a shell there is no key for one, and without a watcher none for live changes. */
	screens_pop(&screens);
	model.watcher = NULL;
	model.settings.can_shell = false;
	cr_assert_eq(help_open(&screens, 1), 0);
	cr_assert(!strstr(shown(), "shell") && !strstr(shown(), "live"));
	end();
}

Test(screens, help_turns_pages)
{
	begin(24, 80);
	cr_assert_eq(snapshots_open(&screens), 0);
	cr_assert_eq(help_open(&screens, 1), 0);
	cr_assert(strstr(shown(), "help 1/3"));
	key(' ');
	cr_assert(strstr(shown(), "help 2/3"));
	key(IN_LEFT);
	cr_assert(strstr(shown(), "help 1/3"));
	key('3');
	cr_assert(strstr(shown(), "help 3/3"));
	key(' ');
	cr_assert_eq(screens.count, 1, "after the last page it closes");
	cr_assert_eq(help_open(&screens, 1), 0);
	key('q');
	cr_assert_eq(screens.count, 1);
	end();
}

/* Space alone shows every line of every page, on any screen. */
Test(screens, help_loses_nothing)
{
	static const int sizes[][2] = {{24, 80}, {16, 60}, {6, 40}};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		bool seen[ACTION_COUNT] = {false};

		begin(sizes[i][0], sizes[i][1]);
		cr_assert_eq(snapshots_open(&screens), 0);
		cr_assert_eq(help_open(&screens, 2), 0);
		for (int n = 0; n < 100 && strstr(shown(), "help 2/3"); n++) {
			for (int a = 1; a < ACTION_COUNT; a++) {
				char help[24];

				snprintf(help, sizeof help, "%.16s", action_info((enum action)a)->help);
				seen[a] |= strstr(shown(), help) != NULL;
			}
			key(' ');
		}
		cr_assert(strstr(shown(), "help 3/3"));
		for (int a = 1; a < ACTION_COUNT; a++)
			if (action_info((enum action)a)->group != GROUP_NONE && a != ACTION_LIVE &&
			    a != ACTION_LIVE_ZERO && a != ACTION_SHELL && a != ACTION_REFRESH &&
			    a != ACTION_REFRESH_ALL && a != ACTION_SNAPSHOT_DELETE)
				cr_assert(seen[a], "%d rows: %s", sizes[i][0], action_info((enum action)a)->help);
		end();
	}
}

/* ---- the line editor ---- */

static enum prompt_result press(struct prompt *prompt, uint32_t code)
{
	return prompt_key(prompt, &(struct input){ .kind = INPUT_KEY, .key = code });
}

Test(screens, prompt_edits_utf8)
{
	struct prompt prompt;

	prompt_set(&prompt, "a\xff\033z");
	cr_assert_str_eq(prompt.text, "az", "what is no text is left out");
	cr_assert_eq(press(&prompt, 0xe9), PROMPT_CHANGED); /* é */
	cr_assert_eq(press(&prompt, 0x4e2d), PROMPT_CHANGED);
	cr_assert_eq(press(&prompt, 'e'), PROMPT_CHANGED);
	cr_assert_eq(press(&prompt, 0x301), PROMPT_CHANGED); /* combines */
	cr_assert_str_eq(prompt.text, "az\xc3\xa9\xe4\xb8\xad" "e\xcc\x81");
	press(&prompt, IN_LEFT);
	cr_assert_eq(prompt.cursor, 7, "in front of the letter, not between it and its accent");
	press(&prompt, IN_BACKSPACE);
	cr_assert_str_eq(prompt.text, "az\xc3\xa9" "e\xcc\x81");
	press(&prompt, IN_DELETE);
	cr_assert_str_eq(prompt.text, "az\xc3\xa9");
	press(&prompt, IN_HOME);
	cr_assert_eq(press(&prompt, IN_BACKSPACE), PROMPT_MOVED);
	press(&prompt, IN_RIGHT);
	press(&prompt, IN_CTRL('k'));
	cr_assert_str_eq(prompt.text, "a");
	cr_assert_eq(press(&prompt, IN_UP), PROMPT_NONE);
	cr_assert_eq(press(&prompt, 7), PROMPT_NONE);
	cr_assert_eq(press(&prompt, 0x9b), PROMPT_NONE);
	cr_assert_eq(press(&prompt, 0x202e), PROMPT_NONE);
	cr_assert_eq(press(&prompt, IN_ENTER), PROMPT_DONE);
	cr_assert_eq(press(&prompt, IN_ESC), PROMPT_CANCELLED);
	prompt_set(&prompt, "one two  ");
	press(&prompt, IN_CTRL('w'));
	cr_assert_str_eq(prompt.text, "one ");
	press(&prompt, IN_CTRL('u'));
	cr_assert_str_eq(prompt.text, "");
	for (int i = 0; i < 1000; i++)
		press(&prompt, 0x4e2d);
	cr_assert(prompt.length < sizeof prompt.text && text_is_utf8(prompt.text, prompt.length));
}

Test(screens, prompt_shows_its_cursor)
{
	struct canvas canvas = {0};
	struct prompt prompt;
	struct buf text = {0};

	setlocale(LC_CTYPE, "C.UTF-8");
	cr_assert_eq(canvas_resize(&canvas, 1, 20), 0);
	prompt_set(&prompt, "0123456789abcdefghij");
	prompt_paint(&prompt, &canvas, 0, "filter: ");
	canvas_print(&canvas, &text);
	cr_assert_str_eq(text.data, " filter: abcdefghij\n");
	cr_assert_eq(canvas.cursor_col, 19);
	press(&prompt, IN_HOME);
	prompt_paint(&prompt, &canvas, 0, "filter: ");
	buf_clear(&text);
	canvas_print(&canvas, &text);
	cr_assert_str_eq(text.data, " filter: 0123456789\n");
	cr_assert_eq(canvas.cursor_col, 9);
	prompt_set(&prompt, "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad");
	prompt_paint(&prompt, &canvas, 0, "filter: ");
	cr_assert_eq(canvas.cursor_col, 19);
	buf_free(&text);
	canvas_free(&canvas);
}

/* ---- questions ---- */

static int answered = -1;

static unsigned answer(struct screens *of, void *context, int button)
{
	answered = button;
	return REACT_NONE;
}

Test(screens, dialog_buttons)
{
	static const char *const buttons[] = { "Cancel", "Trash", "Delete for ever" };

	begin(24, 80);
	cr_assert_eq(help_open(&screens, 1), 0);
	cr_assert_eq(
		dialog_open(
			&screens, "Delete 2 marked",
			"first line\nand one that is so long that it has to be broken somewhere at a blank, not in"
			" the middle of a word",
			buttons, 3, answer, NULL),
		0);
	assert_golden("dialog-80x24");
	key(IN_RIGHT);
	key(IN_RIGHT);
	key(IN_RIGHT); /* around */
	key(IN_LEFT);
	shown();
	key(IN_ENTER);
	cr_assert_eq(answered, 2);
	cr_assert_eq(screens.count, 1);

	cr_assert_eq(dialog_open(&screens, "t", "x", buttons, 3, answer, NULL), 0);
	key('\t');
	key('q');
	cr_assert_eq(answered, 0, "leaving it is the first button");
	cr_assert_eq(screens.count, 1);

	/* A click presses the button it hits, and nothing beside it. */
	cr_assert_eq(dialog_open(&screens, "t", "x", buttons, 3, answer, NULL), 0);
	char *text = strdup(shown());
	int row = 0;
	char *line = text;
	while (!strstr(line, "[Trash]") || strchr(line, '\n') < strstr(line, "[Trash]")) {
		line = strchr(line, '\n') + 1;
		row++;
	}
	int col = text_width(line, (size_t)(strstr(line, "[Trash]") - line));
	answered = -1;
	screens_handle(&screens, &(struct input){ .kind = INPUT_CLICK, .row = row, .col = col - 1 });
	cr_assert_eq(answered, -1);
	screens_handle(&screens, &(struct input){ .kind = INPUT_CLICK, .row = row, .col = col + 2 });
	cr_assert_eq(answered, 1);
	free(text);
	end();
}
