/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/** Monotonic time in nanoseconds. */
int64_t clock_mono_ns(void);

/** Wall time in nanoseconds since 1970; DISKTRACKER_TEST_TIME (seconds) fixes it, for goldens. */
int64_t clock_wall_ns(void);

/** Wall time in seconds. */
static inline int64_t clock_wall_s(void)
{
	return clock_wall_ns() / 1000000000;
}

#define CLOCK_TOLERANCE_S 60 /* by so much two machines' clocks may differ, or one before and behind a correction */

/** Lies a time ahead of now, so that one of the clocks that told them was wrong? */
static inline bool clock_is_ahead(int64_t time_s, int64_t now_s)
{
	return time_s > now_s && (uint64_t)time_s - (uint64_t)now_s > CLOCK_TOLERANCE_S;
}

#endif
