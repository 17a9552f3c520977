/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The size of one path in every snapshot, with a chart of it, its rate, and when that fills the file system. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"
#include "store/snapshot/ref.h"
#include "store/snapshot/timeline.h"
#include "ui/screens/chart.h"

#define CHART_ROWS 12
#define CHART_COLS 80 /* where the output is no terminal */

struct path_history {
	struct buf path; /* absolute */
	struct timeline timeline;
	struct trend bytes, items;
	int64_t full_days; /* -1 = that is not told */
};

static int find(struct store *store, const char *path, struct path_history *asked, struct err *err)
{
	struct buf safe = {0}, word = {0};
	int rc = ref_resolve(path, &asked->path);

	if (rc)
		err_set(err, rc, _("cannot find %s: %s"), output_safe(&safe, path), strerror(-rc));
	else
		rc = timeline_read(store, asked->path.data, &asked->timeline, err);
	if (!rc && !asked->timeline.count) {
		text_shell(&word, asked->path.data, asked->path.length);
		rc = err_set(err, -ENOENT, _("there is no snapshot of %s; make one with: disktracker scan %s"),
		             output_safe(&safe, asked->path.data), word.data ? word.data : "PATH");
	} else if (!rc && !timeline_ever(&asked->timeline)) {
		rc = err_set(err, -ENOENT, _("%s is in no snapshot; disktracker list shows what there is"),
		             output_safe(&safe, asked->path.data));
	}
	buf_free(&safe);
	buf_free(&word);
	return rc;
}

/* Rates, and what is left of the file system that the path is on now. */
static int reckon(struct path_history *asked, struct err *err)
{
	struct statvfs fs;
	int rc = timeline_trend(&asked->timeline, TIMELINE_BYTES, TREND_WINDOW_S, &asked->bytes);

	if (!rc)
		rc = timeline_trend(&asked->timeline, TIMELINE_ITEMS, TREND_WINDOW_S, &asked->items);
	asked->full_days = -1;
	if (!rc && !statvfs(asked->path.data, &fs) && fs.f_blocks)
		asked->full_days = trend_days_until(&asked->bytes, (uint64_t)fs.f_bavail * fs.f_frsize);
	return rc ? err_no_memory(err) : 0;
}

/* ---- JSON ---- */

static void print_point(struct document *json, const struct timeline_point *point)
{
	document_object(json, NULL);
	document_int(json, "snapshot_id", point->snapshot_id);
	document_int(json, "time", point->time_s);
	if (timeline_known(point)) {
		document_size(json, "bytes", point->bytes);
		document_uint(json, "items", point->items);
		document_size(json, "apparent_bytes", point->apparent_bytes);
	} else {
		document_null(json, "bytes");
		document_null(json, "items");
		document_null(json, "apparent_bytes");
	}
	document_bool(json, "doubtful_date", point->doubtful_date);
	document_bool(json, "trusted", point->trusted);
	document_bool(json, "partial", point->partial);
	document_text(json, "reason",
	              point->what == TIMELINE_ABSENT    ? _("it was not there")
	              : point->what == TIMELINE_UNKNOWN ? _("it was not read")
	                                                : NULL);
	document_end_object(json);
}

static int print_json(const struct path_history *asked)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "path", asked->path.data);
	document_array(&json, "points");
	for (size_t i = 0; i < asked->timeline.count; i++)
		print_point(&json, &asked->timeline.points[i]);
	document_end_array(&json);
	document_growth(&json, "bytes_per_day", asked->bytes.known ? asked->bytes.per_day : FIGURE_UNKNOWN);
	document_growth(&json, "items_per_day", asked->items.known ? asked->items.per_day : FIGURE_UNKNOWN);
	document_bool(&json, "trend", asked->bytes.holds);
	document_growth(&json, "full_in_days", asked->full_days < 0 ? FIGURE_UNKNOWN : asked->full_days);
	document_end_object(&json);
	return output_json(&json);
}

/* ---- table and chart ---- */

static int output_cols(void)
{
	struct winsize window;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) || !window.ws_col)
		return CHART_COLS;
	return window.ws_col < 40 ? 40 : window.ws_col > 400 ? 400 : window.ws_col;
}

static int print_chart(const struct chart *chart, bool ascii, struct buf *out)
{
	struct canvas canvas = {0};
	bool drawn = chart->timeline->count > 1;
	int rc = canvas_resize(&canvas, drawn ? 1 + CHART_ROWS : 1, output_cols());

	if (rc)
		return rc;
	canvas.ascii = ascii;
	chart_paint_summary(chart, &canvas, 0, 0);
	if (drawn)
		chart_paint(chart, &canvas, 1, CHART_ROWS);
	rc = canvas_print(&canvas, out);
	canvas_free(&canvas);
	return rc;
}

static void print_row(struct table *table, const struct chart *chart, size_t i)
{
	const struct timeline_point *point = &chart->timeline->points[i];
	int64_t growth = i ? timeline_growth(point - 1, point, chart->measure) : 0;
	bool there = timeline_known(point) && point->what != TIMELINE_ABSENT;
	const char *none = timeline_known(point) ? "-" : "?";
	char figure[TEXT_FIGURE], marked[TEXT_FIGURE + 1];

	snprintf(figure, sizeof(figure), "%lld", (long long)point->snapshot_id);
	table_cell(table, CELL_PLAIN, figure);
	snprintf(marked, sizeof(marked), "%s%s", text_time(figure, point->time_s), point->doubtful_date ? "?" : "");
	table_cell(table, CELL_PLAIN, marked);
	snprintf(marked, sizeof(marked), "%s%s", there ? text_size(figure, point->bytes, chart->si) : none,
	         point->partial ? "~" : "");
	table_cell(table, CELL_PLAIN, marked);
	table_cell(table, CELL_PLAIN,
	           !there                        ? none
	           : point->what == TIMELINE_DIR ? text_count(figure, point->items)
	                                         : "");
	table_cell(table,
	           growth == FIGURE_UNKNOWN || !growth ? CELL_PLAIN
	           : growth > 0                        ? CELL_GROW
	                                               : CELL_SHRINK,
	           growth ? chart_delta(chart, figure, growth) : "");
}

static int print_table(const struct options *options, const struct path_history *asked)
{
	const struct table_column columns[] = {
		{_("id"), true}, {_("when"), false}, {_("size"), true}, {_("items"), true}, {_("growth"), true},
	};
	struct chart chart = {.timeline = &asked->timeline,
	                      .measure = options->items ? TIMELINE_ITEMS : TIMELINE_BYTES,
	                      .si = options->si,
	                      .picked = -1,
	                      .trend = options->items ? asked->items : asked->bytes,
	                      .full_days = options->items ? -1 : asked->full_days};
	struct buf text = {0}, safe = {0};
	struct table table;

	buf_printf(&text, ngettext("%s  %zu snapshot\n", "%s  %zu snapshots\n", asked->timeline.count),
	           output_safe(&safe, asked->path.data), asked->timeline.count);
	buf_free(&safe);
	if (print_chart(&chart, output_ascii(options), &text))
		text.failed = true;
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < asked->timeline.count; i++)
		print_row(&table, &chart, i);
	table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	return output_text(&text);
}

static int run(const struct options *options)
{
	struct path_history asked = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	int status;
	int rc = database_open(options, false, &store, &err);

	if (!rc)
		rc = find(store, options->words[0], &asked, &err);
	if (!rc)
		rc = reckon(&asked, &err);
	if (rc)
		status = output_fail(&err);
	else
		status = options->json ? print_json(&asked) : print_table(options, &asked);
	timeline_clear(&asked.timeline);
	buf_free(&asked.path);
	if (store)
		store_close(store);
	return status;
}

const struct command cmd_timeline = {
	.name = "timeline",
	.words = "PATH",
	.summary = N_("Show the size of a path in every snapshot"),
	.place = IN_TIMELINE,
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
