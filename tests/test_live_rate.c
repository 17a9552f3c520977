/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include "ui/browser/live_rate.h"

#define S INT64_C(1000000000)
#define START (1000 * S)

Test(live_rate, of_the_last_five_seconds)
{
	struct live_rate rate = {0};

	live_rate_note(&rate, 7, START, 100);
	cr_assert_eq(live_rate_now(&rate, START), 0);
	cr_assert_eq(live_rate_due(&rate, START), INT64_MAX, "no timer while nothing happens");
	/* A megabyte a second, told twenty times a second, for longer than the window. */
	for (int i = 1; i <= 400; i++)
		live_rate_note(&rate, 7, START + i * S / 20, 100 + i * 50000);
	cr_assert(live_rate_now(&rate, START + 20 * S) > 970000 && live_rate_now(&rate, START + 20 * S) < 1030000,
	          "%lld", (long long)live_rate_now(&rate, START + 20 * S));
	cr_assert_leq(live_rate_due(&rate, START + 20 * S), START + 21 * S);
	/* It ends: the rate falls, and is 0 when five seconds have passed. */
	int64_t before = live_rate_now(&rate, START + 20 * S);

	for (int i = 1; i <= 10; i++) {
		int64_t now = live_rate_now(&rate, START + 20 * S + i * S / 2);

		cr_assert(now < before || (!now && !before), "%d", i);
		before = now;
	}
	cr_assert_eq(before, 0);
	cr_assert_eq(live_rate_due(&rate, START + 26 * S), INT64_MAX);
	/* Long after, a burst is one of five seconds, not of all that passed. */
	live_rate_note(&rate, 7, START + 3000 * S, 20000100 + 10000000);
	cr_assert_eq(live_rate_now(&rate, START + 3002 * S), 2000000);
	cr_assert_eq(live_rate_now(&rate, START + 3006 * S), 0);
}

Test(live_rate, begins_with_what_is_looked_at)
{
	struct live_rate rate = {0};

	live_rate_note(&rate, 1, START, 0);
	live_rate_note(&rate, 1, START + S / 10, 500);
	cr_assert_eq(live_rate_now(&rate, START + S / 10), 500, "less than a second counts as one");
	cr_assert_eq(live_rate_now(&rate, START + 2 * S), 250);
	live_rate_note(&rate, 2, START + 2 * S, 90000);
	cr_assert_eq(live_rate_now(&rate, START + 2 * S), 0, "another folder's growth so far is not its rate");
	live_rate_note(&rate, 2, START + 4 * S, 80000);
	cr_assert_eq(live_rate_now(&rate, START + 4 * S), -5000);
}
