/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures as text, and what a person types for them. */
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"

/* ---- figures ---- */

/*
 * The unit is the smallest in which the figure, rounded to a tenth, stays below 1000: that keeps every size within
 * `###.# GiB`, so 1000 KiB is "1.0 MiB" (it is 0.98).  Integers throughout: 2⁶⁴ − 1 is exact, and no locale's decimal
 * comma gets in.
 */
static const char *magnitude(char out[TEXT_FIGURE], const char *sign, uint64_t bytes, bool si)
{
	static const char letters[] = "KMGTPE";
	uint64_t step = si ? 1000 : 1024, unit = step, tenths;
	size_t i = 0;

	if (bytes < step) {
		snprintf(out, TEXT_FIGURE, "%s%u B", sign, (unsigned)bytes);
		return out;
	}
	for (;; i++, unit *= step) {
		tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
		if (tenths < 10000 || letters[i + 1] == '\0')
			break;
	}
	char letter = letters[i];

	snprintf(out, TEXT_FIGURE, "%s%u.%u %c%s", sign, (unsigned)(tenths / 10), (unsigned)(tenths % 10),
	         si && letter == 'K' ? 'k' : letter, si ? "B" : "iB");
	return out;
}

const char *text_size(char out[TEXT_FIGURE], uint64_t bytes, bool si)
{
	return magnitude(out, bytes == FIGURE_BEYOND ? ">" : "", bytes, si);
}

const char *text_delta(char out[TEXT_FIGURE], int64_t bytes, bool si)
{
	if (bytes == FIGURE_UNKNOWN)
		return strcpy(out, "?");
	if (bytes < 0)
		return magnitude(out, bytes == -INT64_MAX ? ">-" : "-", (uint64_t)-bytes, si);
	return magnitude(out, bytes == INT64_MAX ? ">+" : bytes ? "+" : "", (uint64_t)bytes, si);
}

const char *text_count(char out[TEXT_FIGURE], uint64_t n)
{
	char digits[TEXT_FIGURE];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	char *to = out;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*to++ = ' ';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

const char *text_count_delta(char out[TEXT_FIGURE], int64_t n)
{
	char count[TEXT_FIGURE];

	if (n == FIGURE_UNKNOWN)
		return strcpy(out, "?");
	text_count(count, n < 0 ? -(uint64_t)n : (uint64_t)n);
	snprintf(out, TEXT_FIGURE, "%s%.*s", n > 0 ? "+" : n < 0 ? "-" : "", TEXT_FIGURE - 2, count);
	return out;
}

enum {
	MINUTE = 60,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	WEEK = 7 * DAY,
	MONTH = 30 * DAY,
	YEAR = 365 * DAY,
};

const char *text_span(char out[TEXT_FIGURE], int64_t seconds)
{
	int64_t s = seconds < 0 ? 0 : seconds; /* a clock that was set back */
	const char *format;
	int64_t n;

	if (s < MINUTE) {
		n = s;
		format = _("%lld s");
	} else if (s < HOUR) {
		n = s / MINUTE;
		format = _("%lld min");
	} else if (s < DAY) {
		n = s / HOUR;
		format = _("%lld h");
	} else if (s < 2 * WEEK) {
		n = s / DAY;
		format = _("%lld d");
	} else if (s < 60 * (int64_t)DAY) {
		n = s / WEEK;
		format = ngettext("%lld week", "%lld weeks", (unsigned long)n);
	} else if (s < 730 * (int64_t)DAY) {
		n = s / MONTH;
		format = ngettext("%lld month", "%lld months", (unsigned long)n);
	} else {
		n = s / YEAR;
		format = ngettext("%lld year", "%lld years", (unsigned long)n);
	}
	snprintf(out, TEXT_FIGURE, format, (long long)n);
	return out;
}

const char *text_age(char out[TEXT_FIGURE], int64_t time_s, int64_t now_s)
{
	if (clock_is_ahead(time_s, now_s)) {
		strcpy(out, "?");
		return out;
	}
	return text_span(out, now_s - time_s);
}

const char *text_time(char out[TEXT_FIGURE], int64_t unix_seconds)
{
	time_t time = (time_t)unix_seconds;
	struct tm tm;

	if (!localtime_r(&time, &tm) || !strftime(out, TEXT_FIGURE, "%Y-%m-%d %H:%M", &tm))
		strcpy(out, "?");
	return out;
}

/* ---- what a person types ---- */

/*
 * The decimal digits at *at.  0, -EINVAL when there is none, -ERANGE when they do not fit (they are passed over all the
 * same).
 */
static int digits(const char **at, uint64_t *value)
{
	const char *p = *at;
	uint64_t v = 0;
	bool over = false;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++)
		over |= __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v);
	*at = p;
	*value = v;
	return over ? -ERANGE : 0;
}

int text_parse_size(const char *text, uint64_t *bytes)
{
	static const char letters[] = "kmgtpe";
	const char *at = text;
	const char *point = NULL, *last = NULL; /* the digits of a fraction */
	uint64_t whole, unit = 1, fraction = 0;
	int rc = digits(&at, &whole);

	if (rc == -EINVAL)
		return rc;
	if (*at == '.') {
		point = at;
		while (at[1] >= '0' && at[1] <= '9')
			at++;
		if (at == point)
			return -EINVAL;
		last = at++;
	}
	const char *letter = *at ? strchr(letters, *at | 0x20) : NULL;

	if (letter) {
		bool decimal = (at[1] | 0x20) == 'b' && at[1] && !at[2];
		bool binary = !at[1] || ((at[1] | 0x20) == 'i' && (at[2] | 0x20) == 'b' && !at[3]);

		if (!decimal && !binary)
			return -EINVAL;
		for (const char *p = letters; p <= letter; p++)
			unit *= decimal ? 1000 : 1024;
	} else if (point || (*at && ((*at | 0x20) != 'b' || at[1]))) {
		return -EINVAL;
	}
	if (rc)
		return rc;
	/* From the last digit on: rounding down in between rounds down the sum, and nothing passes ten units. */
	for (; last > point; last--)
		fraction = (fraction + (uint64_t)(*last - '0') * unit) / 10;
	if (__builtin_mul_overflow(whole, unit, &whole) || __builtin_add_overflow(whole, fraction, bytes))
		return -ERANGE;
	return 0;
}

int text_parse_duration(const char *text, int64_t *seconds)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {
		{ "s", 1 }, { "m", MINUTE }, { "h", HOUR }, { "d", DAY }, { "w", WEEK }, { "mo", MONTH }, { "y", YEAR },
	};
	const char *at = text;
	uint64_t n, fraction = 0, scale = 1;
	int rc = digits(&at, &n);

	if (rc == -EINVAL)
		return rc;
	if (*at == '.') { /* 1.5d */
		if (*++at < '0' || *at > '9')
			return -EINVAL;
		for (; *at >= '0' && *at <= '9'; at++)
			if (scale < 1000000) {
				fraction = fraction * 10 + (uint64_t)(*at - '0');
				scale *= 10;
			}
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(at, units[i].name) != 0)
			continue;
		if (rc || __builtin_mul_overflow(n, units[i].seconds, seconds) ||
		    __builtin_add_overflow(*seconds, (int64_t)(fraction * (uint64_t)units[i].seconds / scale), seconds))
			return -ERANGE;
		return 0;
	}
	return -EINVAL;
}
