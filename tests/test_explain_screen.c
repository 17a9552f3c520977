/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a folder grew (x): pictures, and what its keys do, in a session made by hand. */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "golden.h"
#include "ui/screens/explain.h"

#define NOW 1795252440 /* 2026-11-21 09:14:00 UTC */
#define DAY 86400
#define GIB10 ((int64_t)1 << 30) / 10 /* a tenth of a GiB */

static struct model model;
static struct screens screens;

static struct cause_rule rules[] = {
	{.name = "Rust build",
         .class = CAUSE_BUILT,
         .command = "cargo clean --manifest-path {..}/Cargo.toml",
         .again = "cargo build"},
	{.name = "npm packages", .class = CAUSE_DOWNLOADED, .command = "rm -rf {}", .again = "npm ci"},
	{.name = "pip cache", .class = CAUSE_DOWNLOADED, .command = "pip cache purge"},
	{.name = "backups", .class = CAUSE_PERSONAL, .caution = "your own"},
};

static void add_path(struct cause_line *line, const char *path, int64_t bytes, bool gone, const char *name)
{
	line->paths = realloc(line->paths, (line->path_count + 1) * sizeof(*line->paths));
	cr_assert(line->paths);
	line->paths[line->path_count++] = (struct cause_path){.path = alloc_text(path),
	                                                      .name = name ? alloc_text(name) : NULL,
	                                                      .delta_bytes = bytes,
	                                                      .newest_s = INT64_MIN,
	                                                      .gone = gone};
	line->delta_bytes += bytes;
	line->bytes += gone ? 0 : (uint64_t)bytes;
}

static struct model_causes *made(bool growth)
{
	struct model_causes *made = alloc_zero(struct model_causes);
	struct causes *causes = &made->causes;

	made->path = alloc_text("/home/ana");
	made->growth = growth;
	made->ready = true;
	made->since_id = 41;
	made->since_s = NOW - 3 * DAY - 720;
	made->at_s = NOW;
	causes->count = 4;
	causes->lines = alloc_array(4, sizeof(*causes->lines));
	for (int i = 0; i < 4; i++)
		causes->lines[i] = (struct cause_line){.rule = &rules[i],
		                                       .name = alloc_text(rules[i].name),
		                                       .newest_s = NOW - (i + 1) * 125 * DAY / 2,
		                                       .newest_exact = i != 1};
	add_path(&causes->lines[0], "/home/ana/projects/api/target", 184 * GIB10, false, NULL);
	add_path(&causes->lines[1], "/home/ana/projects/web/node_modules", 104 * GIB10, false, NULL);
	add_path(&causes->lines[1], "/home/ana/projects/shop/node_modules", 8 * GIB10, false, "a shop");
	add_path(&causes->lines[1], "/home/ana/projects/it's\n/node_modules", 1 * GIB10, false, NULL);
	add_path(&causes->lines[1], "/home/ana/old/node_modules", 1 * GIB10, true, NULL);
	add_path(&causes->lines[2], "/home/ana/.cache/pip", 19 * GIB10, false, NULL);
	add_path(&causes->lines[3], "/home/ana/old-backups", -33 * GIB10, true, NULL);
	causes->rest = alloc_array(2, sizeof(*causes->rest));
	causes->rest[0] = (struct cause_rest){
		.path = alloc_text("/home/ana"), .file = alloc_text("backup.tar"), .delta_bytes = 6 * GIB10};
	causes->rest[1] = (struct cause_rest){.path = alloc_text("/home/ana/docs"), .delta_bytes = 1 * GIB10};
	causes->rest_count = 2;
	causes->omitted_rest = 210;
	causes->rest_bytes = 7 * GIB10;
	causes->net_bytes = 291 * GIB10;
	return made;
}

static void begin(int rows, int cols, bool growth)
{
	struct causes_subject subject = {.path = "/home/ana", .dir = DIR_ROOT};
	char now[32];

	snprintf(now, sizeof(now), "%d", NOW);
	setenv("DISKTRACKER_TEST_TIME", now, 1);
	setenv("TZ", "UTC0", 1);
	tzset();
	setlocale(LC_CTYPE, "C.UTF-8");
	memset(&model, 0, sizeof(model));
	memset(&screens, 0, sizeof(screens));
	model.rows = rows;
	model.cols = cols;
	model.wake_fd = -1;
	model.settings.can_shell = true;
	screens.model = &model;
	model.causes = made(growth);
	cr_assert_eq(explain_show(&screens, &subject, growth), 0);
}

static void end(void)
{
	screens_clear(&screens);
	model_drop_causes(&model);
	free(model.go_path);
	free(model.shell_path);
	free(model.shell_note);
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

static unsigned key(uint32_t code)
{
	unsigned reactions = screens_handle(&screens, &(struct input){.kind = INPUT_KEY, .key = code});

	if (screens.count)
		shown();
	return reactions;
}

static void picture(int rows, int cols, const char *name)
{
	begin(rows, cols, true);
	golden_check(name, shown());
	end();
}

Test(explain_screen, pictures)
{
	picture(24, 80, "explain-80x24");
	picture(50, 200, "explain-200x50");
	picture(16, 60, "explain-60x16");
	picture(6, 40, "explain-40x6");
}

Test(explain_screen, pictures_of_now_of_paths_of_waiting_and_of_failure)
{
	begin(24, 100, false);
	golden_check("explain-now-100x24", shown());
	end();
	begin(24, 80, true);
	shown();
	key(IN_DOWN);
	key(IN_RIGHT);
	key(IN_DOWN);
	key(IN_DOWN);
	golden_check("explain-paths-80x24", shown());
	end();
	begin(12, 80, true);
	model.causes->ready = false;
	golden_check("explain-waiting", shown());
	model.causes->ready = true;
	snprintf(model.causes->failed.text, sizeof(model.causes->failed.text), "the disk is on fire");
	cr_assert(strstr(shown(), "the disk is on fire"));
	end();
}

/* What the shell would be given is a long word in some languages: it must not push out the way back. */
Test(explain_screen, the_way_back_is_named_in_german)
{
	golden_speak("de");
	begin(24, 80, true);
	cr_assert(strstr(shown(), "  b Shell  q zurück"), "%s", shown());
	end();
	begin(24, 100, true);
	cr_assert(strstr(shown(), "nicht ausgeführt)  q zurück"), "%s", shown());
	end();
}

Test(explain_screen, colours)
{
	struct buf text = {0};

	begin(24, 80, true);
	shown();
	canvas_print_roles(&screens.canvas, &text);
	golden_check("explain-roles", text.data);
	buf_free(&text);
	end();
}

Test(explain_screen, enter_goes_there_and_the_shell_is_told_the_command)
{
	begin(24, 80, true);
	shown();
	cr_assert(strstr(shown(), "frees it:  cargo clean --manifest-path projects/api/Cargo.toml"));
	cr_assert(key('b') & REACT_SHELL);
	cr_assert_str_eq(model.shell_path, "/home/ana");
	cr_assert_str_eq(model.shell_note, "cargo clean --manifest-path projects/api/Cargo.toml");
	key(IN_END); /* other */
	cr_assert(key(IN_ENTER) & REACT_GO);
	cr_assert_str_eq(model.go_path, "/home/ana/backup.tar");
	cr_assert_eq(screens.count, 0, "it has closed");
	end();
}

Test(explain_screen, paths_are_left_before_the_screen_is)
{
	begin(24, 80, true);
	shown();
	key(IN_DOWN);
	key('l');
	cr_assert(strstr(shown(), "projects/shop/node_modules [a shop]"));
	/* A gone one has no command, one with an apostrophe is quoted. */
	key(IN_END);
	cr_assert(!strstr(shown(), "frees it:"));
	key('q');
	cr_assert_eq(screens.count, 1);
	cr_assert(strstr(shown(), "4 causes"));
	cr_assert(strstr(shown(), "frees it:  rm -rf projects/web/node_modules"), "the cursor is where it was: %s",
	          shown());
	key('q');
	cr_assert_eq(screens.count, 0);
	end();
}

Test(explain_screen, without_a_shell_it_says_so)
{
	begin(24, 80, true);
	shown();
	model.settings.can_shell = false;
	cr_assert(!(key('b') & REACT_SHELL));
	cr_assert(strstr(shown(), "the shell was turned off"));
	end();
}
