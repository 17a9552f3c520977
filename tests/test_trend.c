/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rate against its definition, in integers; what is a trend against what was made one. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/trend.h"

#define DAY 86400
#define GIB ((int64_t)1 << 30)

static uint64_t random_state = 7;

static uint64_t any(uint64_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (random_state >> 33) % below;
}

/* Is `per_second` = rate/DAY below the slope of that pair, or above?  Exactly, in 128 bits. */
static int against_pair(const struct trend_point *a, const struct trend_point *b, __int128 rate)
{
	__int128 dy = (__int128)b->value - a->value, dx = (__int128)b->time_s - a->time_s;

	if (dx < 0) {
		dx = -dx;
		dy = -dy;
	}
	return (rate * dx > dy * DAY) - (rate * dx < dy * DAY);
}

/* The median has as many slopes below it as above: the rate, give or take the one it is rounded by. */
static bool is_median(const struct trend_point *points, size_t count, int64_t per_day)
{
	size_t pairs = 0, below = 0, above = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count; k++) {
			if (points[i].time_s == points[k].time_s)
				continue;
			pairs++;
			below += against_pair(&points[i], &points[k], (__int128)per_day + 1) > 0;
			above += against_pair(&points[i], &points[k], (__int128)per_day - 1) < 0;
		}
	return below * 2 >= pairs && above * 2 >= pairs;
}

Test(trend, rate_is_the_median_slope)
{
	for (int round = 0; round < 300; round++) {
		struct trend_point points[60];
		size_t count = 2 + any(58);
		struct trend trend;

		for (size_t i = 0; i < count; i++)
			points[i] = (struct trend_point){1700000000 + (int64_t)any(60 * DAY),
			                                 any((uint64_t)1 << 31) << (round % 4 * 6)};
		cr_assert_eq(trend_fit(points, count, &trend), 0);
		if (!trend.known) {
			cr_expect_lt(trend.span_s, TREND_LEAST_SPAN_S);
			continue;
		}
		cr_assert(is_median(points, count, trend.per_day), "round %d: %lld", round, (long long)trend.per_day);
		/* The oracle tells it from another one. */
		cr_assert_not(is_median(points, count, trend.per_day + ((int64_t)1 << 60)));
	}
}

/* Sizes beyond 2⁵³ that differ by little. */
Test(trend, small_rate_of_huge_sizes)
{
	struct trend_point points[8];
	struct trend trend;

	for (int i = 0; i < 8; i++)
		points[i] = (struct trend_point){i * DAY, ((uint64_t)1 << 63) + (uint64_t)i * 3};
	trend_fit(points, 8, &trend);
	cr_expect_eq(trend.per_day, 3);
	cr_expect(trend.holds);
}

static struct trend steady(int days, int64_t per_day, int64_t noise, int outlier)
{
	struct trend_point points[512];
	struct trend trend;

	for (int i = 0; i < days; i++)
		points[i] = (struct trend_point){1700000000 + i * DAY,
		                                 (uint64_t)(900 * GIB + i * per_day +
		                                            (noise ? (int64_t)any((uint64_t)(2 * noise)) - noise : 0))};
	if (outlier >= 0)
		points[outlier].value = 40 * GIB;
	cr_assert_eq(trend_recent(points, (size_t)days, TREND_WINDOW_S, &trend), 0);
	return trend;
}

Test(trend, steady_growth_is_forecast)
{
	struct trend trend = steady(3, GIB, 0, -1);

	cr_expect_eq(trend.per_day, GIB);
	cr_expect_eq(trend_days_until(&trend, 13 * (uint64_t)GIB), 13, "from three points on");
	cr_expect_eq(trend_days_until(&trend, 0), 0);
	cr_expect_eq(trend_days_until(&trend, (uint64_t)GIB * 3 / 2 - 1), 1);
	cr_expect_eq(trend_days_until(&trend, (uint64_t)GIB * 3 / 2), 2);
	cr_expect_eq(trend_days_until(&trend, UINT64_MAX), (1 << 30) * (int64_t)16, "nothing overflows");

	trend = steady(365, GIB, GIB / 4, -1);
	cr_expect_eq(trend.count, 8, "the last week");
	cr_expect(trend.per_day > GIB * 3 / 4 && trend.per_day < GIB * 5 / 4, "%lld", (long long)trend.per_day);
	cr_expect(trend.holds);

	trend = steady(30, GIB, 0, 26);
	cr_expect_eq(trend.per_day, GIB, "one of eight may be anything");
	cr_expect(trend.holds);
}

Test(trend, without_a_trend_nothing_is_forecast)
{
	struct trend trend = steady(1, GIB, 0, -1);

	cr_expect_not(trend.known);
	cr_expect_eq(trend_days_until(&trend, 1), -1);
	trend = steady(2, GIB, 0, -1);
	cr_expect(trend.known && !trend.holds, "two points have a rate and no trend");
	cr_expect_eq(trend_days_until(&trend, 1), -1);
	trend = steady(30, 0, 0, -1);
	cr_expect(trend.known && !trend.per_day && !trend.holds);
	trend = steady(30, -GIB, 0, -1);
	cr_expect(trend.holds, "it shrinks");
	cr_expect_eq(trend_days_until(&trend, 1), -1);
	trend_fit(NULL, 0, &trend);
	cr_expect_not(trend.known);
	/* All at once, and within a minute. */
	trend_fit((struct trend_point[]){{5, 1}, {5, 2}, {5, 3}}, 3, &trend);
	cr_expect_not(trend.known);
	trend_fit((struct trend_point[]){{5, 1}, {25, 2}, {45, 3}}, 3, &trend);
	cr_expect_not(trend.known);
	/* Times no clock tells. */
	trend_fit((struct trend_point[]){{INT64_MIN, 0}, {0, UINT64_MAX}, {INT64_MAX, 5}}, 3, &trend);
	cr_expect_eq(trend.span_s, INT64_MAX);
}

/* Random walks: a few look like a trend, not more than the header says; noise next to never does. */
Test(trend, chance_is_no_trend)
{
	int walks[2] = {0}, noise = 0;

	for (int round = 0; round < 2000; round++)
		for (int longer = 0; longer < 2; longer++) {
			struct trend_point walk[30], around[30];
			size_t count = longer ? 30 : 8;
			int64_t at = 900 * GIB;
			struct trend trend;

			for (size_t i = 0; i < count; i++) {
				at += (int64_t)any((uint64_t)(2 * GIB)) - GIB;
				walk[i] = (struct trend_point){(int64_t)i * DAY, (uint64_t)at};
				around[i] = (struct trend_point){(int64_t)i * DAY,
				                                 (uint64_t)900 * GIB + any((uint64_t)GIB)};
			}
			trend_fit(walk, count, &trend);
			walks[longer] += trend.holds;
			trend_fit(around, count, &trend);
			noise += trend.holds;
		}
	cr_expect_leq(walks[0], 60, "%d of 2000 walks of 8", walks[0]);
	cr_expect_leq(walks[1], 8, "%d of 2000 walks of 30", walks[1]);
	cr_expect_leq(noise, 1, "%d of 4000", noise);
}

Test(trend, recent_takes_what_it_needs)
{
	struct trend_point points[12];
	struct trend trend;

	for (int i = 0; i < 12; i++)
		points[i] = (struct trend_point){(int64_t)i * 30 * DAY, (uint64_t)i * 60 * GIB};
	trend_recent(points, 12, TREND_WINDOW_S, &trend);
	cr_expect_eq(trend.count, 3, "a week has one of them");
	cr_expect_eq(trend.per_day, 2 * GIB);
	cr_expect_eq(trend.span_s, 60 * DAY);
	trend_recent(points, 1, TREND_WINDOW_S, &trend);
	cr_expect_eq(trend.count, 1);
	cr_expect_not(trend.known);
}

Test(trend, of_many_an_even_choice)
{
	static struct trend_point points[20000];
	struct trend trend;

	for (int i = 0; i < 20000; i++)
		points[i] = (struct trend_point){i * 3600, (uint64_t)i * 1000};
	trend_fit(points, 20000, &trend);
	cr_expect_eq(trend.per_day, 24000);
	cr_expect_eq(trend.span_s, 19999 * 3600, "first and last are among them");
}
