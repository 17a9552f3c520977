/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/trend.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

#define DAY_S 86400
#define MOST_POINTS 512 /* pairs are their square: more points say nothing more */

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), ascending);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Differences are taken as integers: two sizes beyond 2⁵³ that differ by little would be the same double. */
static double rise(const struct trend_point *a, const struct trend_point *b)
{
	return b->value >= a->value ? (double)(b->value - a->value) : -(double)(a->value - b->value);
}

static double run(const struct trend_point *a, const struct trend_point *b)
{
	return (double)b->time_s - (double)a->time_s;
}

/* Do the points lie near the line?  `rest` has room for all of them. */
static bool near_line(const struct trend_point *points, size_t count, double slope, double span, double *rest)
{
	double most = (slope < 0 ? -slope : slope) * span / 12;

	for (size_t i = 0; i < count; i++)
		rest[i] = rise(&points[0], &points[i]) - slope * run(&points[0], &points[i]);
	double middle = median(rest, count);

	for (size_t i = 0; i < count; i++)
		rest[i] = rest[i] < middle ? middle - rest[i] : rest[i] - middle;
	qsort(rest, count, sizeof(*rest), ascending);
	return rest[count - 1 - count / 8] <= most;
}

static int fit(const struct trend_point *points, size_t count, struct trend *out)
{
	double *slopes = alloc_array(count * (count - 1) / 2 + count, sizeof(*slopes));
	int64_t first = points[0].time_s, last = first;
	size_t pairs = 0;

	if (!slopes)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		first = points[i].time_s < first ? points[i].time_s : first;
		last = points[i].time_s > last ? points[i].time_s : last;
		for (size_t k = i + 1; k < count; k++)
			if (points[k].time_s != points[i].time_s)
				slopes[pairs++] = rise(&points[i], &points[k]) / run(&points[i], &points[k]);
	}
	out->count = count;
	if (__builtin_sub_overflow(last, first, &out->span_s))
		out->span_s = INT64_MAX;
	if (pairs && out->span_s >= TREND_LEAST_SPAN_S) {
		double slope = median(slopes, pairs), day = slope * DAY_S;

		out->known = day > -0x1p63 && day < 0x1p63;
		out->per_day = out->known ? (int64_t)(day < 0 ? day - 0.5 : day + 0.5) : 0;
		out->holds = out->known && out->per_day && count >= TREND_LEAST_POINTS &&
			near_line(points, count, slope, (double)out->span_s, slopes);
	}
	free(slopes);
	return 0;
}

int trend_fit(const struct trend_point *points, size_t count, struct trend *out)
{
	struct trend_point chosen[MOST_POINTS];

	*out = (struct trend){0};
	if (!count)
		return 0;
	if (count <= MOST_POINTS)
		return fit(points, count, out);
	for (size_t i = 0; i < MOST_POINTS; i++)
		chosen[i] = points[i * (count - 1) / (MOST_POINTS - 1)];
	return fit(chosen, MOST_POINTS, out);
}

int trend_recent(const struct trend_point *points, size_t count, int64_t window_s, struct trend *out)
{
	size_t first = count;

	while (first && (count - first < TREND_LEAST_POINTS ||
	                 run(&points[first - 1], &points[count - 1]) <= (double)window_s))
		first--;
	return trend_fit(points + first, count - first, out);
}

int64_t trend_days_until(const struct trend *trend, uint64_t available)
{
	if (!trend->holds || trend->per_day <= 0)
		return -1;
	uint64_t per_day = (uint64_t)trend->per_day, days = available / per_day;

	return (int64_t)(days + (available % per_day >= per_day - per_day / 2));
}
