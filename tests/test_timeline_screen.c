/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Size over time (T): pictures, and what its keys do, in a session made by hand; and the chart against its meaning. */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "golden.h"
#include "ui/model/model_timeline.h"
#include "ui/screens/chart.h"
#include "ui/screens/layers.h"

#define NOW 1795252440 /* 2026-11-21 09:14:00 UTC */
#define DAY 86400
#define GIB ((uint64_t)1 << 30)

static struct model model;
static struct screens screens;
static struct snapshot history[31];
static struct baseline baseline;

/* 31 snapshots in 48 days, the newest of them #41, three days ago; and now. */
static struct timeline made(void)
{
	struct timeline line = {0};

	for (int i = 0; i < 32; i++) {
		struct timeline_point point = {.snapshot_id = i < 31 ? 11 + i : 0, .what = TIMELINE_DIR};

		point.time_s = point.at_s = i < 31 ? NOW - 3 * DAY - 720 - (30 - i) * DAY * 48 / 30 : NOW;
		/* 4.5 GiB a day of the last two weeks. */
		int64_t tenths = 1824 - (NOW - point.at_s) * 45 / DAY, slow = 1413 + i * 4;

		point.bytes = (uint64_t)(tenths > slow ? tenths : slow) * GIB / 10;
		point.apparent_bytes = point.bytes / 2;
		point.items = i < 31 ? 1600000 + (uint64_t)i * 1467 : 1702114;
		point.trusted = i == 29;
		cr_assert_eq(timeline_add(&line, &point), 0);
	}
	return line;
}

static void begin(int rows, int cols)
{
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
	model.usage = (struct usage){.known = true, .mount = "/home", .free_bytes = 581 * GIB / 10};
	for (int i = 0; i < 31; i++)
		history[i].id = 41 - i;
	model.history = (struct snapshot_list){.items = history, .count = 31};
	baseline = (struct baseline){.id = 41};
	model.baseline = &baseline;
	screens.model = &model;
}

static void end(void)
{
	screens_clear(&screens);
	model_drop_timeline(&model);
}

/* Open the screen; what the store answers is put in its place. */
static void open_on(struct timeline line)
{
	struct timeline_subject entry = {.path = (char *)"/home/ana"}, folder = {.path = (char *)"/home"};

	cr_assert_eq(timeline_open(&screens, &entry, &folder), 0);
	model.timeline = alloc_zero(struct model_timeline);
	model.timeline->path = alloc_text("/home/ana");
	model.timeline->ready = true;
	model.timeline->line = line;
	for (enum timeline_measure measure = TIMELINE_BYTES; measure <= TIMELINE_ITEMS; measure++)
		timeline_trend(&line, measure, TREND_WINDOW_S, &model.timeline->trends[measure]);
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

static void picture(int rows, int cols, bool ascii, const char *name)
{
	begin(rows, cols);
	screens.canvas.ascii = model.ascii = ascii;
	open_on(made());
	golden_check(name, shown());
	end();
}

Test(timeline_screen, pictures)
{
	picture(24, 80, false, "timeline-80x24");
	picture(16, 60, false, "timeline-60x16");
	picture(6, 40, false, "timeline-40x6");
	picture(50, 200, false, "timeline-200x50");
	picture(11, 80, true, "timeline-80x11-ascii");
}

Test(timeline_screen, roles)
{
	static struct buf text;

	begin(11, 80);
	open_on(made());
	shown();
	cr_assert_eq(canvas_print_roles(&screens.canvas, &text), 0);
	golden_check("timeline-roles", text.data);
	buf_free(&text);
	end();
}

Test(timeline_screen, nothing_to_show)
{
	begin(24, 80);
	open_on((struct timeline){0});
	golden_check("timeline-none", shown());
	cr_expect_eq(key(IN_LEFT), REACT_NONE);
	cr_expect_eq(key(IN_ENTER), REACT_NONE, "nothing is picked, nothing is compared with");
	end();
}

Test(timeline_screen, keys_pick_and_compare)
{
	begin(24, 80);
	open_on(made());
	cr_assert(strstr(shown(), "\n #41  2026-11-18 09:02"), "what is compared with is picked first:\n%s", shown());
	key(IN_LEFT);
	cr_expect(strstr(shown(), "\n #40  "));
	cr_expect(strstr(shown(), "161.7 GiB…   +7.2 GiB"), "%s", shown());
	key(IN_RIGHT);
	key(IN_RIGHT);
	cr_expect(strstr(shown(), "\n now  2026-11-21 09:14   182.4 GiB   +13.5 GiB"), "%s", shown());
	key(IN_RIGHT);
	cr_expect(strstr(shown(), "\n now  "), "the end");
	key(IN_HOME);
	cr_expect(strstr(shown(), "\n #11  "));
	key(IN_LEFT);
	cr_expect(strstr(shown(), "\n #11  "));
	key('z');
	cr_expect(strstr(shown(), " axis from 0\n"));
	cr_expect(strstr(shown(), "0 ┼"));
	key('z');
	cr_expect(strstr(shown(), " axis from 140 GiB\n"));
	/* Apparent sizes, items, and back. */
	key('a');
	cr_expect(strstr(shown(), " apparent size over time") && strstr(shown(), " 91.2 GiB  +"), "%s", shown());
	key('a');
	cr_expect(strstr(shown(), " items over time"));
	cr_expect(strstr(shown(), " 1 702 114  +102 114 in 51 d   last 7 d +"), "%s", shown());
	cr_expect_not(strstr(shown(), "full in"), "what is free is not counted in items");
	key('a');
	cr_expect(strstr(shown(), " size over time"));
	*model.message = '\0';
	/* One that was deleted is picked no more. */
	model.timeline->line.points[0].snapshot_id = 1;
	cr_expect(strstr(shown(), "\n #41  "), "%s", shown());
	model.history.count = 0;
	cr_expect_eq(key(IN_ENTER) & (REACT_CLOSE | REACT_GROWTH), 0);
	cr_expect(strstr(model.message, "#41 is of another folder"));
	model.history.count = 31;
	cr_expect(key(IN_ENTER) & REACT_GROWTH);
	cr_expect_eq(screens.count, 0, "closed");
	end();
}

/* A click picks what is nearest, a second one compares. */
Test(timeline_screen, mouse)
{
	struct input click = {.kind = INPUT_CLICK, .row = 8, .col = 78};

	begin(24, 80);
	open_on(made());
	shown();
	screens_handle(&screens, &click);
	cr_expect(strstr(shown(), "\n now  "));
	click.col = 11;
	screens_handle(&screens, &click);
	cr_expect(strstr(shown(), "\n #11  "));
	click.col = 3;
	screens_handle(&screens, &click);
	cr_expect(strstr(shown(), "\n #11  "), "beside the chart");
	end();
}

Test(timeline_screen, what_is_not_known)
{
	struct timeline line = made();

	begin(16, 80);
	line.points[3].what = TIMELINE_UNKNOWN;
	line.points[20].what = TIMELINE_ABSENT;
	line.points[20].bytes = 0;
	line.points[31].partial = true;
	line.points[30].doubtful_date = true;
	open_on(line);
	golden_check("timeline-unknown", shown());
	end();
}

/* ---- the chart ---- */

/* Heights of the columns as they were painted, in eighths. */
static int height_at(const struct canvas *canvas, int col, int rows)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	int height = 0;

	for (int row = 0; row < rows; row++) {
		const struct canvas_cell *cell = canvas_at(canvas, row, col);

		for (int i = 0; i < 8; i++)
			if (cell->length == 3 && !memcmp(cell->text, blocks[i], 3))
				height += i + 1;
	}
	return height;
}

/* Every column is as high as the newest point of its time or before says, whatever the sizes are. */
Test(timeline_screen, columns_mean_what_they_show)
{
	enum { ROWS = 12, COLS = 71, LEFT = 11, WIDE = COLS - LEFT - 1 };
	uint64_t seed = 5;
	struct canvas canvas = {0};

	setlocale(LC_CTYPE, "C.UTF-8");
	cr_assert_eq(canvas_resize(&canvas, ROWS, COLS), 0);
	for (int round = 0; round < 200; round++) {
		struct timeline line = {0};
		uint64_t most = 0;
		int64_t at = 1700000000;

		for (int i = 0; i < 40; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			struct timeline_point point = {.snapshot_id = i + 1,
			                               .what = TIMELINE_DIR,
			                               .at_s = at,
			                               .time_s = at,
			                               .bytes = (seed >> 33) * (1u << (round % 20))};

			at += 1 + (int64_t)(seed >> 20 & 0xffff) * (1 + round % 50);
			most = point.bytes > most ? point.bytes : most;
			timeline_add(&line, &point);
		}
		struct chart chart = {.timeline = &line, .from_zero = true, .picked = -1};
		int64_t from = line.points[0].at_s, span = line.points[39].at_s - from;

		canvas_clear(&canvas);
		chart_paint(&chart, &canvas, 0, ROWS);
		for (int col = 0; col < WIDE; col++) {
			const struct timeline_point *point = line.points;

			for (int i = 0; i < 40; i++)
				if ((double)(line.points[i].at_s - from) / (double)span * (WIDE - 1) < col + 0.5)
					point = &line.points[i];
			double want = (double)point->bytes / (double)most * (ROWS - 2) * 8;
			int is = height_at(&canvas, LEFT + col, ROWS - 2);

			cr_assert(is - want <= 1 && want - is <= 0.51, "round %d, column %d: %d, not %.2f", round, col,
			          is, want);
		}
		timeline_clear(&line);
	}
	canvas_free(&canvas);
}

/* Figures and times at the edges of what there is: nothing but cells comes of it. */
Test(timeline_screen, charts_of_anything)
{
	static const uint64_t sizes[] = {
		0, 1, 999, 1023, 1024, 1048575, GIB - 1, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX};
	static const int64_t times[] = {INT64_MIN,     -5,       0, 1, 59, 3600, 1700000000, 1700000000,
	                                INT64_MAX - 1, INT64_MAX};
	struct canvas canvas = {0};

	setlocale(LC_CTYPE, "C.UTF-8");
	for (int from = 0; from < 10; from++)
		for (int to = from; to < 10; to++)
			for (int shape = 0; shape < 8; shape++) {
				struct timeline line = {0};
				struct chart chart = {.timeline = &line,
				                      .measure = (enum timeline_measure)(shape % 3),
				                      .from_zero = shape & 1,
				                      .si = shape & 2,
				                      .picked = from,
				                      .full_days = to * 1000};

				for (int i = from; i <= to; i++) {
					struct timeline_point point = {.snapshot_id = i,
					                               .what = TIMELINE_FILE,
					                               .bytes = sizes[i],
					                               .apparent_bytes = sizes[9 - i],
					                               .items = sizes[i],
					                               .time_s = times[i],
					                               .at_s = times[i]};

					timeline_add(&line, &point);
				}
				chart.picked = to - from;
				cr_assert_eq(canvas_resize(&canvas, 3 + shape * 2, 12 + shape * 9), 0);
				chart_paint_summary(&chart, &canvas, 0, 1);
				chart_paint(&chart, &canvas, 1, canvas.rows - 1);
				cr_assert_lt(chart_at(&chart, canvas.cols, 11), to - from + 1);
				timeline_clear(&line);
			}
	canvas_free(&canvas);
}
