/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/chart.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"

#define DAY_S INT64_C(86400)
#define LABEL_CELLS 9 /* "182.4 GiB" */
#define TICK_CELLS 12 /* at least from one date to the next */
#define STEPS_A_ROW 8 /* eighths of a cell */
#define LABEL_ROWS 3  /* at least from one label of the axis to the next */

/* What the axis shows, and in which unit. */
struct axis {
	uint64_t bottom, top, unit;
	uint64_t step; /* between its labels, 0 = none */
	int decimals;
	int left; /* cells of its labels */
};

/* Where the columns are, and what is when. */
struct plot {
	const struct chart *chart;
	const struct timeline_point *points;
	size_t count;
	int row, rows; /* of columns */
	int col, cols;
	int64_t from_s, to_s; /* the same: only the order is known */
	struct axis axis;
};

static bool is_there(const struct timeline_point *point)
{
	return point->what == TIMELINE_DIR || point->what == TIMELINE_FILE;
}

/* ---- the axis of figures ---- */

/* The largest unit in which a figure is one at least. */
static uint64_t unit_of(const struct chart *chart, uint64_t value)
{
	uint64_t base = chart->si ? 1000 : 1024, unit = 1;

	if (chart->measure == TIMELINE_ITEMS)
		return 1;
	while (unit <= UINT64_MAX / base && (double)value / (double)unit >= 999.95)
		unit *= base;
	return unit;
}

/* 1, 2 or 5 times a power of ten units, four or so of which make up the range. */
static uint64_t nice_step(uint64_t range, uint64_t unit)
{
	double want = (double)range / 4 / (double)unit, step = 1;

	while (step * 10 <= want)
		step *= 10;
	while (step > want && step * (double)unit > 1)
		step /= 10;
	step *= step * 5 <= want ? 5 : step * 2 <= want ? 2 : 1;
	step *= (double)unit;
	return step < 1 ? 1 : step >= 0x1p63 ? (uint64_t)1 << 63 : (uint64_t)(step + 0.5);
}

static const char *label_of(const struct chart *chart, const struct axis *axis, char out[TEXT_FIGURE], uint64_t value)
{
	char one[TEXT_FIGURE];

	if (!value)
		return "0";
	if (chart->measure == TIMELINE_ITEMS || value == FIGURE_BEYOND || axis->unit == 1)
		return chart_figure(chart, out, value);
	text_size(one, axis->unit, chart->si);
	snprintf(out, TEXT_FIGURE, "%.*f%s", axis->decimals, (double)value / (double)axis->unit, strchr(one, ' '));
	return out;
}

static struct axis axis_of(const struct chart *chart)
{
	struct axis axis = {.bottom = UINT64_MAX, .left = LABEL_CELLS};
	char label[TEXT_FIGURE];
	bool any = false;

	for (size_t i = 0; i < chart->timeline->count; i++) {
		const struct timeline_point *point = &chart->timeline->points[i];
		uint64_t value = timeline_value(point, chart->measure);

		if (!timeline_known(point))
			continue;
		any = true;
		axis.bottom = value < axis.bottom ? value : axis.bottom;
		axis.top = value > axis.top ? value : axis.top;
	}
	if (!any || chart->from_zero || axis.bottom == axis.top || axis.bottom < axis.top / 4)
		axis.bottom = 0;
	axis.unit = unit_of(chart, axis.top);
	axis.step = nice_step(axis.top - axis.bottom, axis.unit);
	axis.bottom -= axis.bottom % axis.step;
	axis.decimals = axis.step >= axis.unit ? 0 : axis.step * 10 >= axis.unit ? 1 : 2;
	int width = canvas_width(label_of(chart, &axis, label, axis.top));

	axis.left = width > axis.left ? width : axis.left;
	return axis;
}

const char *chart_axis(const struct chart *chart, char out[TEXT_FIGURE])
{
	struct axis axis = axis_of(chart);

	return label_of(chart, &axis, out, axis.bottom);
}

size_t chart_ticks(const struct chart *chart, struct chart_tick *out, size_t most)
{
	struct axis axis = axis_of(chart);
	uint64_t value = axis.bottom, step = axis.step ? axis.step : 1;
	size_t count = 0;

	while ((axis.top - axis.bottom) / step + 2 > most && step < UINT64_MAX / 2)
		step *= 2;
	for (;; value += step) {
		struct chart_tick *tick = &out[count++];

		tick->value = value;
		snprintf(tick->label, sizeof(tick->label), "%s", label_of(chart, &axis, (char[TEXT_FIGURE]){0}, value));
		if (value >= axis.top || value > UINT64_MAX - step)
			return count;
	}
}

const char *chart_figure(const struct chart *chart, char out[TEXT_FIGURE], uint64_t value)
{
	return chart->measure == TIMELINE_ITEMS ? text_count(out, value) : text_size(out, value, chart->si);
}

const char *chart_delta(const struct chart *chart, char out[TEXT_FIGURE], int64_t delta)
{
	return chart->measure == TIMELINE_ITEMS ? text_count_delta(out, delta) : text_delta(out, delta, chart->si);
}

static enum role delta_role(int64_t delta)
{
	return delta == FIGURE_UNKNOWN ? ROLE_UNKNOWN : delta > 0 ? ROLE_GROW : delta < 0 ? ROLE_SHRINK : ROLE_TEXT;
}

/* Days, however many, until years say as much. */
static const char *days_text(char out[TEXT_FIGURE], int64_t seconds)
{
	if (seconds < DAY_S || seconds >= 730 * DAY_S)
		return text_span(out, seconds);
	snprintf(out, TEXT_FIGURE, _("%lld d"), (long long)(seconds / DAY_S));
	return out;
}

/* From the first point to the last; times may be anything. */
static int64_t whole_span(const struct chart *chart)
{
	const struct timeline_point *points = chart->timeline->points;
	int64_t span;

	if (__builtin_sub_overflow(points[chart->timeline->count - 1].at_s, points[0].at_s, &span))
		span = INT64_MAX;
	return span;
}

/* How long the rate is of: the window, where history is that long. */
static int64_t rate_span(const struct chart *chart)
{
	int64_t whole = whole_span(chart);

	return chart->trend.span_s < TREND_WINDOW_S && whole >= TREND_WINDOW_S ? TREND_WINDOW_S : chart->trend.span_s;
}

/* Parts of the line, in the order of their places. */
enum summary_part { SUMMARY_GROWTH, SUMMARY_RATE, SUMMARY_FULL, SUMMARY_PARTS };

struct summary {
	struct {
		char text[3 * TEXT_FIGURE];
		enum role role;
	} parts[SUMMARY_PARTS];
};

static void make_summary(const struct chart *chart, struct summary *out)
{
	const struct timeline *timeline = chart->timeline;
	const struct timeline_point *first = timeline->points, *last = &first[timeline->count - 1];
	char figure[TEXT_FIGURE], span[TEXT_FIGURE];

	*out = (struct summary){0};
	if (timeline->count > 1) {
		int64_t delta = timeline_growth(first, last, chart->measure);

		out->parts[SUMMARY_GROWTH].role = delta_role(delta);
		snprintf(out->parts[SUMMARY_GROWTH].text, sizeof(out->parts->text), _("%s in %s"),
		         chart_delta(chart, figure, delta), days_text(span, whole_span(chart)));
	}
	if (chart->trend.known) {
		out->parts[SUMMARY_RATE].role = delta_role(chart->trend.per_day);
		snprintf(out->parts[SUMMARY_RATE].text, sizeof(out->parts->text), _("last %s %s a day"),
		         days_text(span, rate_span(chart)), chart_delta(chart, figure, chart->trend.per_day));
	}
	out->parts[SUMMARY_FULL].role = ROLE_WARN;
	if (chart->full_days > 0)
		snprintf(
			out->parts[SUMMARY_FULL].text, sizeof(out->parts->text), _("full in about %s"),
			days_text(figure, chart->full_days < INT64_MAX / DAY_S ? chart->full_days * DAY_S : INT64_MAX));
	else if (!chart->full_days)
		snprintf(out->parts[SUMMARY_FULL].text, sizeof(out->parts->text), "%s", _("full within a day"));
}

void chart_paint_summary(const struct chart *chart, struct canvas *canvas, int row, int col)
{
	const struct timeline *timeline = chart->timeline;
	const struct timeline_point *last;
	char figure[TEXT_FIGURE];
	struct summary summary;
	int width = 0;

	if (!timeline->count)
		return;
	last = &timeline->points[timeline->count - 1];
	if (is_there(last))
		col = canvas_size(canvas, row, col, chart_figure(chart, figure, timeline_value(last, chart->measure)));
	else
		col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", timeline_known(last) ? "-" : "?");
	if (last->partial)
		col = canvas_text(canvas, row, col, ROLE_PARTIAL, "~");
	make_summary(chart, &summary);
	for (int i = 0; i < SUMMARY_PARTS; i++)
		width += *summary.parts[i].text ? canvas_width(summary.parts[i].text) + 3 : 0;
	/* What has no room goes, the forecast last. */
	for (int i = 0; i < SUMMARY_PARTS && col + width > canvas->cols + 1; i++) {
		char *text = summary.parts[i].text;

		width -= *text ? canvas_width(text) + 3 : 0;
		*text = '\0';
	}
	for (int i = 0; i < SUMMARY_PARTS; i++)
		if (*summary.parts[i].text)
			col = canvas_text(canvas, row, col + (i ? 3 : 2), summary.parts[i].role, "%s",
			                  summary.parts[i].text);
}

/* Height of a figure, in eighths of a row; what is there is seen. */
static int height_of(const struct plot *plot, uint64_t value)
{
	double range = (double)(plot->axis.top - plot->axis.bottom), most = plot->rows * STEPS_A_ROW;
	double above = value > plot->axis.bottom ? (double)(value - plot->axis.bottom) : 0;
	int height = range > 0 ? (int)(above / range * most + 0.5) : 0;

	return height < 1 ? 1 : height;
}

static void paint_label(const struct plot *plot, struct canvas *canvas, int row, uint64_t value, const char *mark)
{
	char label[TEXT_FIGURE];

	canvas_right(canvas, row, plot->axis.left, ROLE_SIZE, label_of(plot->chart, &plot->axis, label, value));
	canvas_text(canvas, row, plot->axis.left + 1, ROLE_HEAD, "%s", mark);
}

static void paint_figures(const struct plot *plot, struct canvas *canvas)
{
	const struct axis *axis = &plot->axis;
	uint64_t range = axis->top - axis->bottom, step = axis->step;

	for (int i = 0; i < plot->rows; i++)
		canvas_text(canvas, plot->row + i, axis->left + 1, ROLE_HEAD, "%s", canvas->ascii ? "|" : "│");
	paint_label(plot, canvas, plot->row, axis->top, canvas->ascii ? "+" : "┤");
	paint_label(plot, canvas, plot->row + plot->rows, axis->bottom, canvas->ascii ? "+" : "┼");
	while (step <= range / 2 && (double)step / (double)range * plot->rows < LABEL_ROWS)
		step *= 2;
	for (uint64_t above = step; above < range; above += step) {
		/* The row in which a column of that height ends. */
		int row = plot->rows - (height_of(plot, axis->bottom + above) + STEPS_A_ROW - 1) / STEPS_A_ROW;

		if (row < LABEL_ROWS - 1)
			break;
		paint_label(plot, canvas, plot->row + row, axis->bottom + above, canvas->ascii ? "+" : "┤");
		if (range - above <= step)
			break;
	}
}

/* ---- the axis of time ---- */

enum tick_unit { TICK_MINUTE, TICK_HOUR, TICK_DAY, TICK_MONTH };

/* clang-format off */
static const struct tick {
	int64_t seconds; /* about */
	enum tick_unit unit;
	int step;
	const char *format;
} ticks[] = {
	{60, TICK_MINUTE, 1, "%H:%M"},          {300, TICK_MINUTE, 5, "%H:%M"},
	{900, TICK_MINUTE, 15, "%H:%M"},        {1800, TICK_MINUTE, 30, "%H:%M"},
	{3600, TICK_HOUR, 1, "%H:%M"},          {10800, TICK_HOUR, 3, "%H:%M"},
	{21600, TICK_HOUR, 6, "%m-%d %H"},      {43200, TICK_HOUR, 12, "%m-%d %H"},
	{86400, TICK_DAY, 1, "%m-%d"},          {2 * 86400, TICK_DAY, 2, "%m-%d"},
	{7 * 86400, TICK_DAY, 7, "%m-%d"},      {14 * 86400, TICK_DAY, 14, "%m-%d"},
	{31 * 86400, TICK_MONTH, 1, "%Y-%m"},   {92 * 86400, TICK_MONTH, 3, "%Y-%m"},
	{184 * 86400, TICK_MONTH, 6, "%Y-%m"},  {366 * 86400, TICK_MONTH, 12, "%Y"},
	{1827 * INT64_C(86400), TICK_MONTH, 60, "%Y"}, {3653 * INT64_C(86400), TICK_MONTH, 120, "%Y"},
};
/* clang-format on */

#define TICKS (sizeof(ticks) / sizeof(*ticks))

/* To the beginning of what the unit counts, and then on by a step. */
static void begin_ticks(struct tm *tm, const struct tick *tick)
{
	tm->tm_sec = 0;
	if (tick->unit == TICK_MINUTE)
		tm->tm_min -= tm->tm_min % tick->step;
	else
		tm->tm_min = 0;
	if (tick->unit == TICK_HOUR)
		tm->tm_hour -= tm->tm_hour % tick->step;
	else if (tick->unit > TICK_HOUR)
		tm->tm_hour = 0;
	if (tick->unit == TICK_MONTH) {
		int months = tm->tm_year * 12 + tm->tm_mon;

		tm->tm_mday = 1;
		tm->tm_mon -= months % tick->step;
	}
}

static int64_t next_tick(struct tm *tm, const struct tick *tick)
{
	struct tm next;

	*(tick->unit == TICK_MINUTE ? &tm->tm_min
	  : tick->unit == TICK_HOUR ? &tm->tm_hour
	  : tick->unit == TICK_DAY  ? &tm->tm_mday
	                            : &tm->tm_mon) += tick->step;
	next = *tm;
	next.tm_isdst = -1;
	return (int64_t)mktime(&next);
}

static double span_of(const struct plot *plot)
{
	return (double)((uint64_t)plot->to_s - (uint64_t)plot->from_s); /* more than 63 bits at the edges */
}

static int column_of_time(const struct plot *plot, int64_t at_s)
{
	return (int)((double)((uint64_t)at_s - (uint64_t)plot->from_s) / span_of(plot) * (plot->cols - 1) + 0.5);
}

static int column_of(const struct plot *plot, size_t point)
{
	if (plot->to_s > plot->from_s)
		return column_of_time(plot, plot->points[point].at_s);
	return plot->count > 1 ? (int)((int64_t)point * (plot->cols - 1) / (int64_t)(plot->count - 1)) : 0;
}

static void paint_times(const struct plot *plot, struct canvas *canvas)
{
	int row = plot->row + plot->rows, free_from = 0;
	const struct tick *tick = ticks;
	time_t from = (time_t)plot->from_s;
	struct tm tm;

	for (int i = 0; i < plot->cols; i++)
		canvas_text(canvas, row, plot->col + i, ROLE_HEAD, "%s", canvas->ascii ? "-" : "─");
	if (plot->to_s <= plot->from_s || !localtime_r(&from, &tm))
		return;
	while (tick < &ticks[TICKS - 1] && (double)tick->seconds / span_of(plot) * plot->cols < TICK_CELLS)
		tick++;
	begin_ticks(&tm, tick);
	for (int i = 0; i < canvas->cols; i++) {
		int64_t at = next_tick(&tm, tick);
		time_t time = (time_t)at;
		char text[64];
		struct tm local;

		if (at > plot->to_s || at == -1 || !localtime_r(&time, &local))
			break;
		if (at < plot->from_s)
			continue;
		int col = plot->col + column_of_time(plot, at);

		canvas_text(canvas, row, col, ROLE_HEAD, "%s", canvas->ascii ? "+" : "┬");
		strftime(text, sizeof(text), tick->format, &local);
		if (col < free_from || col + (int)strlen(text) > plot->col + plot->cols)
			continue;
		free_from = 2 + canvas_text(canvas, row + 1, col, ROLE_HEAD, "%s", text);
	}
}

/* ---- columns ---- */

static void paint_column(const struct plot *plot, struct canvas *canvas, int col, size_t shown, bool picked)
{
	static const char *const blocks[2][STEPS_A_ROW] = {
		{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		{".", ".", ".", ":", ":", ":", "#", "#"}, /* ASCII */
	};
	const struct timeline_point *point = &plot->points[shown];
	enum role role = picked ? ROLE_MARK : ROLE_BAR;

	if (picked)
		canvas_text(canvas, plot->row + plot->rows, plot->col + col, ROLE_MARK, "%s",
		            canvas->ascii ? "^" : "▴");
	if (!timeline_known(point))
		canvas_text(canvas, plot->row + plot->rows - 1, plot->col + col, ROLE_UNKNOWN, "?");
	if (!is_there(point))
		return;
	int height = height_of(plot, timeline_value(point, plot->chart->measure));

	for (int i = 0; i < plot->rows && height > 0; i++, height -= STEPS_A_ROW) {
		int part = height < STEPS_A_ROW ? height : STEPS_A_ROW;

		canvas_text(canvas, plot->row + plot->rows - 1 - i, plot->col + col, role, "%s",
		            blocks[canvas->ascii][part - 1]);
	}
}

static struct plot plot_of(const struct chart *chart, int cols)
{
	struct plot plot = {.chart = chart,
	                    .points = chart->timeline->points,
	                    .count = chart->timeline->count,
	                    .axis = axis_of(chart)};

	plot.col = plot.axis.left + 2;
	plot.cols = cols - plot.col - 1;
	if (plot.count) {
		plot.from_s = plot.points[0].at_s;
		plot.to_s = plot.points[plot.count - 1].at_s;
	}
	return plot;
}

/* The same in words: a point a line, its figures first, around the one that is picked. */
static void paint_points(const struct chart *chart, struct canvas *canvas, int row, int rows)
{
	const struct timeline *timeline = chart->timeline;
	int64_t count = (int64_t)timeline->count, first = chart->picked - rows / 2;

	first = first > count - rows ? count - rows : first;
	first = first < 0 ? 0 : first;
	for (int64_t i = first; i < count && i - first < rows; i++) {
		const struct timeline_point *point = &timeline->points[i];
		int at = row + (int)(i - first), end = LABEL_CELLS + 1;
		char figure[TEXT_FIGURE];

		if (is_there(point))
			canvas_right(canvas, at, end, ROLE_SIZE,
			             chart_figure(chart, figure, timeline_value(point, chart->measure)));
		else
			canvas_right(canvas, at, end, ROLE_TEXT, timeline_known(point) ? "-" : "?");
		canvas_text(canvas, at, end, ROLE_PARTIAL, "%s", point->partial ? "~" : "");
		if (i) {
			int64_t growth = timeline_growth(point - 1, point, chart->measure);

			canvas_right(canvas, at, end + LABEL_CELLS + 3, delta_role(growth),
			             growth ? chart_delta(chart, figure, growth) : "");
		}
		end = canvas_text(canvas, at, end + LABEL_CELLS + 5, ROLE_TEXT, "%s%s",
		                  text_time(figure, point->time_s), point->doubtful_date ? "?" : "");
		if (point->snapshot_id)
			canvas_text(canvas, at, end + 2, ROLE_TEXT, "#%lld", (long long)point->snapshot_id);
		else
			canvas_text(canvas, at, end + 2, ROLE_TEXT, "%s", _("now"));
		if (i == chart->picked)
			canvas_mark(canvas, at, 0, canvas->cols, ATTR_CURSOR);
	}
}

void chart_paint(const struct chart *chart, struct canvas *canvas, int row, int rows)
{
	struct plot plot = plot_of(chart, canvas->cols);
	size_t shown = 0;

	if (canvas->spoken) {
		paint_points(chart, canvas, row, rows);
		return;
	}
	plot.row = row;
	plot.rows = rows - 2;
	if (!plot.count || rows < CHART_LEAST_ROWS || plot.cols < 1)
		return;
	paint_figures(&plot, canvas);
	paint_times(&plot, canvas);
	for (int col = 0; col < plot.cols; col++) {
		while (shown + 1 < plot.count && column_of(&plot, shown + 1) <= col)
			shown++;
		paint_column(&plot, canvas, col, shown,
		             chart->picked >= 0 && column_of(&plot, (size_t)chart->picked) == col);
	}
}

int64_t chart_at(const struct chart *chart, int cols, int col)
{
	struct plot plot = plot_of(chart, cols);
	int64_t best = -1;
	int distance = 0;

	if (col < plot.col || col >= plot.col + plot.cols)
		return -1;
	for (size_t i = 0; i < plot.count; i++) {
		int away = column_of(&plot, i) - (col - plot.col);

		away = away < 0 ? -away : away;
		if (best < 0 || away <= distance) {
			best = (int64_t)i;
			distance = away;
		}
	}
	return best;
}
