/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_TREND_H
#define BASE_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How fast something grows, and whether that is a trend.  The rate is the median of the slopes of all pairs of points
 * (Theil 1950, Sen 1968): up to a quarter of the points may be anything.  Any thread; nothing is kept.
 */

#define TREND_WINDOW_S (7 * 86400) /* what "now" means for a rate */
#define TREND_LEAST_POINTS 3       /* for a trend; a rate is known from two */
#define TREND_LEAST_SPAN_S 3600    /* from what lies closer together nothing is concluded */

struct trend_point {
	int64_t time_s;
	uint64_t value;
};

struct trend {
	bool known;      /* there is a rate at all */
	/*
	 * It goes one way: from three points on, seven of eight (all of fewer than eight) lie closer to the line than
	 * a twelfth of what it rises or falls.  Of random walks of eight points one in fifty passes, of 30 points one
	 * in seven hundred; of noise around a constant one in ten thousand.
	 */
	bool holds;
	int64_t per_day;
	int64_t span_s;  /* of the points fitted */
	size_t count;    /* of these */
};

/**
 * Fit all points, in any order; of many an even choice.  What is of a doubtful time, or not known, is not given.
 * 0 or -ENOMEM.
 */
int trend_fit(const struct trend_point *points, size_t count, struct trend *out);

/**
 * Fit the newest: those within `window_s` of the last one, or more, where these would be fewer than three.  Sorted by
 * time.
 */
int trend_recent(const struct trend_point *points, size_t count, int64_t window_s, struct trend *out);

/** Days until so much more has been used up, rounded; -1 where that is not told: nothing grows, or without a trend. */
int64_t trend_days_until(const struct trend *trend, uint64_t available);

#endif
