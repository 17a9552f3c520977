/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_BROWSER_LIVE_RATE_H
#define UI_BROWSER_LIVE_RATE_H

#include <stdint.h>

/* How fast a figure grows just now: over the last five seconds, or since it began to be looked at when that is less. */

#define LIVE_RATE_SAMPLES 64

struct live_rate {
	uint64_t of; /* whose figure it is: another one begins anew */
	struct {
		int64_t ns, bytes;
	} samples[LIVE_RATE_SAMPLES]; /* as it was from then on; the oldest first */
	int count;
};

/** The figure of `of` is `bytes` now (monotonic ns). */
void live_rate_note(struct live_rate *rate, uint64_t of, int64_t now_ns, int64_t bytes);

/** Bytes a second, negative when it shrinks. */
int64_t live_rate_now(const struct live_rate *rate, int64_t now_ns);

/** When it will be another one although nothing happens; INT64_MAX: it stays. */
int64_t live_rate_due(const struct live_rate *rate, int64_t now_ns);

#endif
