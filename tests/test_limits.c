/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits of `check` as they are typed: what they mean, and that any text is one or is refused. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "cli/limits.h"

static struct limits parsed(const char *text, enum limit_kind kind)
{
	struct limits limits;

	cr_assert_eq(limits_parse(text, kind, &limits), 0, "%s", text);
	return limits;
}

Test(limits, mean_what_they_say)
{
	struct limits limits = parsed("10G,20G", LIMIT_SIZE);

	cr_expect(limits.warn.given && limits.warn.value == (uint64_t)10 << 30);
	cr_expect(limits.crit.given && limits.crit.value == (uint64_t)20 << 30);
	limits = parsed("4096", LIMIT_SIZE);
	cr_expect(!limits.warn.given && limits.crit.value == 4096, "one value is critical");
	limits = parsed("5,5", LIMIT_COUNT);
	cr_expect(limits.warn.value == 5 && limits.crit.value == 5);
	limits = parsed("1G/24h,512M/1h", LIMIT_GROWTH);
	cr_expect(limits.warn.window_s == 86400 && limits.crit.window_s == 3600);
	cr_expect_str_eq(limits.warn.window, "24h");
	cr_expect_eq(limits.crit.value, (uint64_t)512 << 20, "in less time less is much");
	limits = parsed("14d,3d", LIMIT_TIME);
	cr_expect(limits.warn.value == 14 * 86400 && limits.crit.value == 3 * 86400);
	limits = parsed(NULL, LIMIT_SIZE);
	cr_expect(!limits.warn.given && !limits.crit.given);
}

Test(limits, what_is_none_is_refused)
{
	static const struct {
		const char *text;
		enum limit_kind kind;
	} wrong[] = {
		{"", LIMIT_SIZE},         {",", LIMIT_SIZE},        {"1G,", LIMIT_SIZE},        {",1G", LIMIT_SIZE},
		{"1,2,3", LIMIT_SIZE},    {"2G,1G", LIMIT_SIZE},    {"-1", LIMIT_COUNT},        {"1k", LIMIT_COUNT},
		{"3,2", LIMIT_COUNT},     {"1G", LIMIT_GROWTH},     {"1G/", LIMIT_GROWTH},      {"/1d", LIMIT_GROWTH},
		{"1G/0d", LIMIT_GROWTH},  {"2G/1d,1G/1d", LIMIT_GROWTH}, {"1G/24h/2", LIMIT_GROWTH}, {"14", LIMIT_TIME},
		{"1d,2d", LIMIT_TIME},    {"0s", LIMIT_TIME},
		{"99999999999999999999", LIMIT_COUNT}, {"1G/999999999999y", LIMIT_GROWTH},
	};
	struct limits limits;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_expect_eq(limits_parse(wrong[i].text, wrong[i].kind, &limits), -EINVAL, "%s", wrong[i].text);
}

/* Texts of the letters that matter: nothing but an answer, and never limits that are no two of an order. */
Test(limits, of_any_text)
{
	static const char letters[] = "0123456789GMkBiTdhsmoy/,.-+ e\xff";
	uint64_t state = 3;
	unsigned taken = 0;

	for (int round = 0; round < 200000; round++) {
		enum limit_kind kind = (enum limit_kind)(round % 4);
		struct limits limits;
		char text[80];
		size_t length;

		state = state * 6364136223846793005u + 1442695040888963407u;
		length = (state >> 33) % (round % 50 ? 12 : sizeof(text) - 1);
		for (size_t i = 0; i < length; i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			text[i] = letters[(state >> 33) % (sizeof(letters) - 1)];
		}
		text[length] = '\0';
		if (limits_parse(text, kind, &limits))
			continue;
		taken++;
		cr_assert(limits.crit.given, "%s", text);
		if (limits.warn.given && limits.warn.window_s == limits.crit.window_s)
			cr_assert(kind == LIMIT_TIME ? limits.warn.value >= limits.crit.value
			                             : limits.warn.value <= limits.crit.value,
			          "%s", text);
		cr_assert_lt(strlen(limits.crit.window), sizeof(limits.crit.window));
	}
	cr_expect_gt(taken, 1000, "%u", taken);
}
