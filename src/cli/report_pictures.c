/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/report_pictures.h"

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "cli/page/html.h"
#include "cli/page/squarify.h"
#include "cli/report_reasons.h"

#define COLORS 8 /* of the folders directly in this one */
#define HEAD 18  /* of a folder that shows what is in it */
#define NAME_CELLS 7
#define TITLE_CELLS 90

/* ---- areas ---- */

struct treemap {
	struct buf *out;
	const struct report *report;
	const struct report_tree *tree;
	bool si;
	bool titles;   /* where there is a pointer */
	double letter; /* width of one, about */
};

static void put_share(struct buf *out, uint64_t bytes, uint64_t whole)
{
	if (whole)
		html_printf(out, "%.1f%%", (double)bytes * 100 / (double)whole);
}

/* `lib/gcc`, below it `1.2 GiB (1234567890 B), 34.0%, 12 345 items`, when the pointer rests there. */
static void put_title(const struct treemap *map, size_t cell, uint64_t bytes, bool rest)
{
	const struct report_cell *at = &map->tree->cells[cell];
	char figure[TEXT_FIGURE], items[TEXT_FIGURE];
	struct buf path = {0};

	if (!map->titles)
		return;
	report_tree_path(map->tree, cell, &path);
	map->out->failed |= path.failed;
	buf_str(map->out, "<title>");
	if (!path.failed) {
		const char *below = report_below(map->report, path.data);

		html_name(map->out, below, strlen(below), TITLE_CELLS);
	}
	if (rest)
		html_printf(map->out, " %s", _("(everything else in it)"));
	html_printf(map->out, "\n%s (%" PRIu64 " B), ", text_size(figure, bytes, map->si), bytes);
	put_share(map->out, bytes, map->tree->cells[0].bytes);
	if (at->dir != IMAGE_NONE && !rest)
		html_printf(map->out, ngettext(", %s item", ", %s items", at->items), text_count(items, at->items));
	buf_str(map->out, "</title>");
	buf_free(&path);
}

/* What is left of a name in too little room says nothing. */
static void put_name(const struct treemap *map, size_t cell, double y, double width)
{
	const char *name = map->tree->names.data + map->tree->cells[cell].name;
	size_t length = strlen(name);
	int cells = (int)(width / map->letter);

	if (cells < NAME_CELLS && (size_t)(cells > 0 ? cells : 0) < length)
		return;
	buf_printf(map->out, "<text x=\"4\" y=\"%.0f\">", y);
	html_name(map->out, name, length, cells);
	buf_str(map->out, "</text>");
}

/* What is not opened: its name where that has room, its size below. */
static void put_leaf(const struct treemap *map, size_t cell, uint64_t bytes, bool rest, unsigned color,
                     struct rectangle at)
{
	char figure[TEXT_FIGURE];

	if (at.width < 0.5 || at.height < 0.5)
		return;
	buf_printf(map->out,
	           "<svg x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"c%u%s\" data-%s=\"%zu\" "
	           "data-bytes=\"%" PRIu64 "\">",
	           at.x, at.y, at.width, at.height, color, rest ? " rest" : "", rest ? "rest" : "cell", cell, bytes);
	put_title(map, cell, bytes, rest);
	buf_str(map->out, "<rect width=\"100%\" height=\"100%\"/>");
	if (!rest && at.height > HEAD) {
		put_name(map, cell, 14, at.width - 8);
		if (at.height > 2 * HEAD && at.width > 9 * map->letter) {
			buf_str(map->out, "<text class=\"size\" x=\"4\" y=\"29\">");
			html_text(map->out, text_size(figure, bytes, map->si));
			buf_str(map->out, "</text>");
		}
	}
	buf_str(map->out, "</svg>");
}

/* The frame of a folder, with its name and size; what is in it goes below. */
static struct rectangle put_frame(const struct treemap *map, size_t cell, unsigned color, struct rectangle at)
{
	const struct report_cell *folder = &map->tree->cells[cell];
	char figure[TEXT_FIGURE];
	double left = at.width - 8;

	buf_printf(map->out,
	           "<svg x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"c%u group\" data-cell=\"%zu\" "
	           "data-bytes=\"%" PRIu64 "\">",
	           at.x, at.y, at.width, at.height, color, cell, folder->bytes);
	put_title(map, cell, folder->bytes, false);
	buf_str(map->out, "<rect width=\"100%\" height=\"100%\"/>");
	text_size(figure, folder->bytes, map->si);
	if (left > 20 * map->letter) {
		double size = (double)strlen(figure) * map->letter;

		buf_printf(map->out, "<text class=\"size end\" x=\"%.1f\" y=\"13\">", at.width - 5);
		html_text(map->out, figure);
		buf_str(map->out, "</text>");
		left -= size + 8;
	}
	put_name(map, cell, 13, left);
	buf_str(map->out, "</svg>");
	return (struct rectangle){at.x + 2, at.y + HEAD, at.width - 4, at.height - HEAD - 2};
}

static void put_cell(const struct treemap *map, size_t cell, unsigned color, struct rectangle at);

/* What is in a folder; the rest of it takes its place by its size. */
static void put_inside(const struct treemap *map, size_t cell, unsigned color, struct rectangle at)
{
	const struct report_cell *folder = &map->tree->cells[cell];
	double weights[REPORT_TREE_MOST + 1];
	struct rectangle places[REPORT_TREE_MOST + 1];
	size_t rest = 0;

	while (rest < folder->count && map->tree->cells[folder->first + rest].bytes >= folder->rest_bytes)
		rest++;
	for (size_t i = 0; i < folder->count; i++)
		weights[i + (i >= rest)] = (double)map->tree->cells[folder->first + i].bytes;
	weights[rest] = (double)folder->rest_bytes;
	squarify(weights, folder->count + 1, at, places);
	for (size_t i = 0; i <= folder->count; i++) {
		size_t child = folder->first + i - (i > rest);

		if (i == rest)
			put_leaf(map, cell, folder->rest_bytes, true, color, places[i]);
		else
			put_cell(map, child, cell ? color : (unsigned)(child - folder->first) % COLORS, places[i]);
	}
}

static void put_cell(const struct treemap *map, size_t cell, unsigned color, struct rectangle at)
{
	const struct report_cell *entry = &map->tree->cells[cell];

	if (!entry->count || at.width < 9 * map->letter || at.height < 2.5 * HEAD)
		put_leaf(map, cell, entry->bytes, false, color, at);
	else
		put_inside(map, cell, color, put_frame(map, cell, color, at));
}

static void put_treemap(struct buf *out, const struct report *report, const char *class, bool pointer, double width,
                        double height)
{
	struct treemap map = {.out = out,
	                      .report = report,
	                      .tree = &report->tree,
	                      .si = report->options.si,
	                      .titles = pointer,
	                      .letter = 7.3};
	const struct report_cell *root = &map.tree->cells[0];
	struct rectangle all = {0, 0, width, height};

	buf_printf(out, "<svg class=\"treemap %s\" role=\"img\" viewBox=\"0 0 %.0f %.0f\" aria-label=\"", class, width,
	           height);
	html_text(out, _("Areas in proportion to sizes; the table below has the same figures."));
	buf_str(out, "\">\n");
	if (root->count)
		put_inside(&map, 0, 0, all);
	else
		put_leaf(&map, 0, root->bytes, false, 0, all);
	buf_str(out, "\n</svg>\n");
}

void report_treemap(struct buf *out, const struct report *report)
{
	put_treemap(out, report, "wide", true, 1120, 600);
	put_treemap(out, report, "narrow", false, 360, 480);
}

/* ---- the line ---- */

#define TICKS 8
#define LINE_WIDTH 1000.0
#define LINE_HEIGHT 300.0
#define DOTS_MOST 120 /* more are a line */

struct line_plot {
	const struct timeline *timeline;
	double bottom, range;
	int64_t from_s, span_s;
};

static double line_x(const struct line_plot *line, size_t i)
{
	const struct timeline_point *point = &line->timeline->points[i];

	if (line->span_s <= 0) /* only the order is known */
		return line->timeline->count < 2 ? LINE_WIDTH / 2
		                                 : LINE_WIDTH * (double)i / (double)(line->timeline->count - 1);
	return LINE_WIDTH * (double)(point->at_s - line->from_s) / (double)line->span_s;
}

static double line_y(const struct line_plot *line, uint64_t bytes)
{
	double share = line->range > 0 ? ((double)bytes - line->bottom) / line->range : 0;

	return LINE_HEIGHT * (1 - (share < 0 ? 0 : share > 1 ? 1 : share));
}

/* From one known point to the next; where nobody knows there is a gap.  One point for each place is enough. */
static void put_path(struct buf *out, const struct line_plot *line, bool area)
{
	const struct timeline *timeline = line->timeline;
	double begun = -1, last = 0;

	buf_printf(out, "<path class=\"%s\" d=\"", area ? "area" : "line");
	for (size_t i = 0; i <= timeline->count; i++) {
		const struct timeline_point *point = i < timeline->count ? &timeline->points[i] : NULL;

		if (!point || !timeline_known(point)) {
			if (begun >= 0 && area)
				buf_printf(out, "L%.1f %.0fL%.1f %.0fZ", last, LINE_HEIGHT, begun, LINE_HEIGHT);
			begun = -1;
			continue;
		}
		double x = line_x(line, i);

		if (begun >= 0 && i + 1 < timeline->count && x - last < 1)
			continue;
		buf_printf(out, "%s%.1f %.1f", begun < 0 ? "M" : "L", x, line_y(line, point->bytes));
		begun = begun < 0 ? x : begun;
		last = x;
	}
	buf_str(out, "\"/>");
}

/* A dot is a line of no length with round ends: it stays round however the picture is stretched. */
static void put_dots(struct buf *out, const struct line_plot *line, bool si)
{
	char when[TEXT_FIGURE], figure[TEXT_FIGURE];

	for (size_t i = 0; i < line->timeline->count; i++) {
		const struct timeline_point *point = &line->timeline->points[i];

		if (!timeline_known(point))
			continue;
		buf_printf(out, "<path class=\"dot\" d=\"M%.1f %.1fh0\"><title>", line_x(line, i),
		           line_y(line, point->bytes));
		html_printf(out, "%s: %s (#%" PRId64 ")", text_time(when, point->time_s),
		            text_size(figure, point->bytes, si), point->snapshot_id);
		buf_str(out, "</title></path>\n");
	}
}

static void put_dates(struct buf *out, const struct line_plot *line)
{
	const struct timeline_point *points = line->timeline->points;
	size_t count = line->timeline->count;
	char when[TEXT_FIGURE];
	int64_t at[] = {points[0].at_s, points[0].at_s + line->span_s / 2, points[count - 1].at_s};

	buf_str(out, "<div class=\"dates\">");
	for (int i = 0; i < 3; i++) {
		text_time(when, at[i]);
		if (line->span_s > 3 * 86400)
			when[strcspn(when, " ")] = '\0';
		buf_str(out, "<span>");
		html_text(out, count > 1 || i == 1 ? when : "");
		buf_str(out, "</span>");
	}
	buf_str(out, "</div>");
}

void report_line(struct buf *out, const struct report *report)
{
	const struct timeline *timeline = &report->history.timeline;
	struct chart chart = path_history_chart(&report->options, &report->history);
	struct line_plot line = {.timeline = timeline, .from_s = timeline->points[0].at_s};
	struct chart_tick ticks[TICKS];
	size_t count = chart_ticks(&chart, ticks, TICKS);

	if (__builtin_sub_overflow(timeline->points[timeline->count - 1].at_s, line.from_s, &line.span_s))
		line.span_s = 0;
	line.bottom = (double)ticks[0].value;
	line.range = (double)ticks[count - 1].value - line.bottom;
	buf_str(out, "<div class=\"plot\"><div class=\"axis\" aria-hidden=\"true\">");
	for (size_t i = 0; i < count; i++) {
		buf_printf(out, "<span style=\"top:%.2f%%\">", line_y(&line, ticks[i].value) * 100 / LINE_HEIGHT);
		html_text(out, ticks[i].label);
		buf_str(out, "</span>");
	}
	buf_printf(out,
	           "</div><svg class=\"chart\" role=\"img\" viewBox=\"0 0 %.0f %.0f\" preserveAspectRatio=\"none\" "
	           "aria-label=\"",
	           LINE_WIDTH, LINE_HEIGHT);
	html_text(out, _("The size in each snapshot; the table below has the same figures."));
	buf_str(out, "\">\n");
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "<path class=\"grid\" d=\"M0 %.1fH%.0f\"/>", line_y(&line, ticks[i].value), LINE_WIDTH);
	put_path(out, &line, true);
	put_path(out, &line, false);
	if (timeline->count <= DOTS_MOST)
		put_dots(out, &line, report->options.si);
	buf_str(out, "</svg>");
	put_dates(out, &line);
	buf_str(out, "</div>\n");
}
