/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t clock_mono_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
	const char *fixed = getenv("DISKTRACKER_TEST_TIME");

	return fixed && *fixed ? atoll(fixed) * 1000000000 : now_ns(CLOCK_REALTIME);
}
