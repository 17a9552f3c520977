/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/browser/live_rate.h"

#include <string.h>

#define SECOND 1000000000
#define WINDOW_NS (5 * (int64_t)SECOND)
#define STEP_NS (WINDOW_NS / (LIVE_RATE_SAMPLES - 4)) /* changes within it are one sample */

/* Drop the oldest. */
static void forget(struct live_rate *rate, int n)
{
	rate->count -= n;
	memmove(rate->samples, rate->samples + n, (size_t)rate->count * sizeof(rate->samples[0]));
}

void live_rate_note(struct live_rate *rate, uint64_t of, int64_t now_ns, int64_t bytes)
{
	int last = rate->count - 1;

	if (rate->of != of || last < 0) {
		*rate = (struct live_rate){.of = of, .count = 1};
		rate->samples[0].ns = now_ns;
		rate->samples[0].bytes = bytes;
		return;
	}
	if (rate->samples[last].bytes == bytes)
		return;
	/* The first stays what it was: growth is held against it. */
	if (last > 0 && now_ns - rate->samples[last].ns < STEP_NS) {
		rate->samples[last].bytes = bytes;
		return;
	}
	/* Of those that are out of the window the newest says what there was at its beginning. */
	while (rate->count > 1 && rate->samples[1].ns <= now_ns - WINDOW_NS)
		forget(rate, 1);
	if (rate->count == LIVE_RATE_SAMPLES)
		forget(rate, 1);
	rate->samples[rate->count].ns = now_ns;
	rate->samples[rate->count++].bytes = bytes;
}

/* The sample that holds at the beginning of the window. */
static int first_of(const struct live_rate *rate, int64_t now_ns)
{
	int first = 0;

	while (first + 1 < rate->count && rate->samples[first + 1].ns <= now_ns - WINDOW_NS)
		first++;
	return first;
}

int64_t live_rate_now(const struct live_rate *rate, int64_t now_ns)
{
	int first = first_of(rate, now_ns);

	if (first + 1 >= rate->count)
		return 0;
	int64_t span_ns = now_ns - rate->samples[first].ns;

	span_ns = span_ns > WINDOW_NS ? WINDOW_NS : span_ns < SECOND ? SECOND : span_ns;
	return (int64_t)((double)(rate->samples[rate->count - 1].bytes - rate->samples[first].bytes) * SECOND /
	                 (double)span_ns);
}

int64_t live_rate_due(const struct live_rate *rate, int64_t now_ns)
{
	int first = first_of(rate, now_ns);

	if (first + 1 >= rate->count)
		return INT64_MAX;
	/* The next change leaves the window; and while it is not full yet the same growth is spread over more of it. */
	int64_t leaves_ns = rate->samples[first + 1].ns + WINDOW_NS, soon_ns = now_ns + SECOND / 2;

	return leaves_ns < soon_ns ? leaves_ns : soon_ns;
}
