/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/live_growth.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Figures of what changed since a moment. */

static int64_t of_name(struct live_growth *live, dir_id dir, const char *name)
{
	int64_t alloc_bytes = 0, apparent_bytes = 0;

	live_growth_entry(live, dir, name, strlen(name), &alloc_bytes, &apparent_bytes);
	cr_assert_eq(apparent_bytes, alloc_bytes / 2);
	return alloc_bytes;
}

static void add(struct live_growth *live, dir_id dir, const char *name, bool is_dir, int64_t bytes, bool there)
{
	live_growth_add_entry(live, dir, name, strlen(name), is_dir, bytes, bytes / 2, there);
}

static size_t gone(struct live_growth *live, dir_id dir, struct live_growth_gone *out)
{
	cr_assert_eq(live_growth_gone(live, dir, out), 0);
	return out->count;
}

Test(live, by_name)
{
	struct live_growth *live = live_growth_create(true);
	struct live_growth_gone out;

	cr_assert(live);
	add(live, 5, "log", false, 100, true);
	add(live, 5, "log", false, 20, true);
	add(live, 6, "log", false, -8, true);
	cr_assert_eq(of_name(live, 5, "log"), 120);
	cr_assert_eq(of_name(live, 6, "log"), -8);
	cr_assert_eq(of_name(live, 5, "lo"), 0);
	cr_assert_eq(gone(live, 5, &out), 0);
	live_growth_gone_clear(&out);
	/* It had 1000: what went is what was there at zero. */
	add(live, 5, "log", false, -1120, false);
	add(live, 5, "old", true, -64, false);
	add(live, 5, "short", false, 40, true);
	add(live, 5, "short", false, -40, false);
	cr_assert_eq(gone(live, 5, &out), 2, "what came and went was not there at zero");
	for (size_t i = 0; i < out.count; i++) {
		bool is_log = out.items[i].length == 3 && !memcmp(out.names.data + out.items[i].name, "log", 3);

		cr_assert_eq(out.items[i].is_dir, !is_log);
		cr_assert_eq(out.items[i].alloc_bytes, is_log ? -1000 : -64);
	}
	live_growth_gone_clear(&out);
	cr_assert_eq(gone(live, 6, &out), 0);
	live_growth_gone_clear(&out);
	/* There again, if only empty. */
	add(live, 5, "log", false, 0, true);
	add(live, 5, "old", true, 0, true);
	cr_assert_eq(gone(live, 5, &out), 0);
	live_growth_gone_clear(&out);
	cr_assert_eq(of_name(live, 5, "log"), -1000);
	add(live, 5, "log", false, 0, false);
	cr_assert_eq(gone(live, 5, &out), 1);
	live_growth_gone_clear(&out);
	live_growth_zero(live);
	cr_assert_eq(gone(live, 5, &out), 0);
	live_growth_gone_clear(&out);
	cr_assert_eq(of_name(live, 5, "log"), 0);
	live_growth_destroy(live);
}

/* Many of them: the tables grow. */
Test(live, many)
{
	struct live_growth *live = live_growth_create(true);
	struct live_growth_gone out;
	int64_t alloc_bytes, apparent_bytes;
	char name[32];

	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "%d", i);
		add(live, (dir_id)(1 + i % 7), name, false, i % 2 ? -2 * (int64_t)i : 2 * (int64_t)i, i % 2 == 0);
		live_growth_add_dir(live, (dir_id)(1 + i), i, 0);
	}
	size_t count = 0;

	for (dir_id dir = 1; dir <= 7; dir++) {
		count += gone(live, dir, &out);
		for (size_t i = 0; i < out.count; i++) {
			long n = strtol(strndupa(out.names.data + out.items[i].name, out.items[i].length), NULL, 10);

			cr_assert(n % 2 == 1 && (dir_id)(1 + n % 7) == dir && out.items[i].alloc_bytes == -2 * n);
		}
		live_growth_gone_clear(&out);
	}
	cr_assert_eq(count, 10000);
	cr_assert(live_growth_dir(live, 20000, &alloc_bytes, &apparent_bytes) && alloc_bytes == 19999);
	cr_assert(!live_growth_dir(live, 30000, &alloc_bytes, &apparent_bytes));
	live_growth_destroy(live);
}
