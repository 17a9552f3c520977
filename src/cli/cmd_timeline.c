/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The size of one path in every snapshot, with a chart of it, its rate, and when that fills the file system. */
#include <stdio.h>
#include <unistd.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"
#include "cli/path_history.h"
#include "ui/screens/chart.h"

#define CHART_ROWS 12

/* ---- JSON ---- */

static int print_json(const struct path_history *asked)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "path", asked->path.data);
	path_history_points_json(&json, asked);
	path_history_json(&json, asked);
	document_end_object(&json);
	return output_json(&json);
}

/* ---- table and chart ---- */

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
	struct chart chart = path_history_chart(options, asked);
	struct buf text = {0}, safe = {0};
	struct table table;

	buf_printf(&text, ngettext("%s  %zu snapshot\n", "%s  %zu snapshots\n", asked->timeline.count),
	           output_safe(&safe, asked->path.data), asked->timeline.count);
	buf_free(&safe);
	path_history_print(options, asked, CHART_ROWS, &text);
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
		rc = path_history_read(store, options->words[0], &asked, &err);
	status = rc ? output_fail(&err) : options->json ? print_json(&asked) : print_table(options, &asked);
	path_history_clear(&asked);
	store_close(store);
	return status;
}

const struct command cmd_timeline = {
	.name = "timeline",
	.words = "PATH",
	.summary = N_("Show the size of a path in every snapshot"),
	.example = "disktracker timeline /var/lib",
	.place = IN_TIMELINE,
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
