/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

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

#endif
