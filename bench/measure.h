/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* What every benchmark needs: a clock, medians, and numbers by chance that are the same in every run. */

static inline double clock_s(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline double clock_ms(void)
{
	return clock_s(CLOCK_MONOTONIC) * 1e3;
}

struct span {
	double wall, cpu; /* begin, then the difference, in milliseconds */
};

static inline struct span span_begin(void)
{
	return (struct span){ clock_ms(), clock_s(CLOCK_PROCESS_CPUTIME_ID) * 1e3 };
}

static inline struct span span_end(struct span from)
{
	struct span to = span_begin();

	return (struct span){ to.wall - from.wall, to.cpu - from.cpu };
}

static inline int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts them. */
static inline double quantile(double *values, int n, double q)
{
	qsort(values, (size_t)n, sizeof(*values), by_value);
	return values[(int)(q * (n - 1) + 0.5)];
}

static inline double median(double *values, int n)
{
	return quantile(values, n, 0.5);
}

/*
 * A random word as a number below n, for n up to 2³²: the upper half of their product, without 128 bits (32-bit
 * machines have none).
 */
static inline uint64_t scaled(uint64_t word, uint64_t n)
{
	return ((word >> 32) * n + ((word & UINT32_MAX) * n >> 32)) >> 32;
}

/* splitmix64; *state is the seed. */
static inline uint64_t random_below(uint64_t *state, uint64_t n)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return scaled(z ^ z >> 31, n);
}

#endif
