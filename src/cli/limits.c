/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LIMIT_BYTES 64 /* of one, as typed */

static int parse_count(const char *text, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || *end ? -EINVAL : 0;
}

static int parse_time(const char *text, int64_t *seconds)
{
	return text_parse_duration(text, seconds) || *seconds <= 0 || *seconds > INT64_MAX / 2 ? -EINVAL : 0;
}

static int parse_growth(char *text, struct limit *out)
{
	char *slash = strchr(text, '/');

	if (!slash || strlen(slash + 1) >= sizeof(out->window))
		return -EINVAL;
	*slash = '\0';
	strcpy(out->window, slash + 1);
	return parse_time(out->window, &out->window_s) || text_parse_size(text, &out->value) ? -EINVAL : 0;
}

static int parse(const char *text, size_t length, enum limit_kind kind, struct limit *out)
{
	char copy[LIMIT_BYTES];
	int64_t seconds = 0;
	int rc;

	if (!length || length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	out->given = true;
	switch (kind) {
	case LIMIT_SIZE: return text_parse_size(copy, &out->value) ? -EINVAL : 0;
	case LIMIT_COUNT: return parse_count(copy, &out->value);
	case LIMIT_GROWTH: return parse_growth(copy, out);
	case LIMIT_TIME: break;
	}
	rc = parse_time(copy, &seconds);
	out->value = (uint64_t)seconds;
	return rc;
}

int limits_parse(const char *text, enum limit_kind kind, struct limits *out)
{
	const char *comma = text ? strchr(text, ',') : NULL;

	*out = (struct limits){0};
	if (!text)
		return 0;
	if (!comma)
		return parse(text, strlen(text), kind, &out->crit);
	if (parse(text, (size_t)(comma - text), kind, &out->warn) ||
	    parse(comma + 1, strlen(comma + 1), kind, &out->crit))
		return -EINVAL;
	/* Of two windows either may be the larger. */
	if (out->warn.window_s != out->crit.window_s)
		return 0;
	return kind == LIMIT_TIME                ? out->warn.value < out->crit.value ? -EINVAL : 0
	     : out->warn.value > out->crit.value ? -EINVAL
	                                         : 0;
}
