/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_CHART_H
#define UI_SCREENS_CHART_H

#include "base/text.h"
#include "base/trend.h"
#include "store/snapshot/timeline.h"
#include "ui/term/canvas.h"

/*
 * A timeline as columns over time, on the screen and in `timeline` alike.  A column shows what was true then: the
 * newest snapshot of that time or before.
 */
struct chart {
	const struct timeline *timeline;
	enum timeline_measure measure;
	bool from_zero; /* else the axis begins near the least figure */
	bool si;
	int64_t picked; /* point that is marked, -1 = none */
	struct trend trend;
	int64_t full_days; /* until its file system is full at this rate; -1 = that is not told */
};

#define CHART_LEAST_ROWS 3 /* one of columns, and the axis */

/** Where its axis begins, "140 GiB". */
const char *chart_axis(const struct chart *chart, char out[TEXT_FIGURE]);

/** The labels of its axis, from the bottom up to what is above every figure; `most` is 2 at least.  How many. */
struct chart_tick {
	uint64_t value;
	char label[TEXT_FIGURE];
};
size_t chart_ticks(const struct chart *chart, struct chart_tick *out, size_t most);

/** A figure of the measure, "153.3 GiB" or "1 644 020". */
const char *chart_figure(const struct chart *chart, char out[TEXT_FIGURE], uint64_t value);

/** How much there is, what it has grown over all, how fast it grows now, and when that has filled the file system. */
void chart_paint_summary(const struct chart *chart, struct canvas *canvas, int row, int col);

/** "+1.1 GiB", or "+1 204" items; "?" when nobody knows. */
const char *chart_delta(const struct chart *chart, char out[TEXT_FIGURE], int64_t delta);

/** Paint into rows `row` … `row + rows − 1`: columns, the axis, and its dates. */
void chart_paint(const struct chart *chart, struct canvas *canvas, int row, int rows);

/** The point whose column is nearest to a column of the canvas; -1 = that is not in the chart. */
int64_t chart_at(const struct chart *chart, int cols, int col);

#endif
