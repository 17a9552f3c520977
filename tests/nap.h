/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_NAP_H
#define TESTS_NAP_H

#include <time.h>

/** Let others run, between two looks at what is waited for, or at a moment that chance decides. */
static inline void nap_us(unsigned us)
{
	nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}

#endif
