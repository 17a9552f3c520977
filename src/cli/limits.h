/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* Limits of `check` as they are typed: WARN,CRIT or one value, which is critical. */
struct limit {
	bool given;
	uint64_t value;
	int64_t window_s; /* of a growth */
	char window[24];  /* as it was typed */
};

struct limits {
	struct limit warn, crit;
};

enum limit_kind {
	LIMIT_SIZE,   /* 10G */
	LIMIT_COUNT,  /* 1000000 */
	LIMIT_GROWTH, /* 1G/24h */
	LIMIT_TIME,   /* 14d; seconds.  The critical one is the shorter */
};

/** NULL: no limits.  -EINVAL: not of that form, or the critical one is passed before the other. */
int limits_parse(const char *text, enum limit_kind kind, struct limits *out);

#endif
