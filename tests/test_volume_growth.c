/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What snapshots say of file systems that lie in each other. */
#include <criterion/criterion.h>

#include "base/figure.h"
#include "engine/tree/build.h"
#include "store/record/volume_growth.h"
#include "store/snapshot/snapshot.h"
#include "store_fixture.h"

#define DAY 86400
#define FIRST 1700000000
#define MIB (INT64_C(1) << 20)

static struct fixture f;
static struct store *store;

static void setup(void)
{
	fixture_begin(&f);
	store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
}

static void teardown(void)
{
	store_close(store);
	fixture_end(&f);
}

TestSuite(volume_growth, .init = setup, .fini = teardown, .timeout = 60);

/*
 * A root with a file and a folder `disk`, on which another file system is mounted with a file of its own; `entered`:
 * the scan went through it.
 */
static int64_t save(const char *root, int day, int64_t own, int64_t disk, bool entered)
{
	struct build_entry folder = {.type = NODE_DIR, .dev = 1, .ino = 2};
	struct build_entry file = {.name = "file", .name_length = 4, .type = NODE_REG, .alloc_bytes = (uint64_t)own};
	struct build_entry sub = {.name = "disk", .name_length = 4, .type = NODE_DIR, .dev = 2, .ino = 2};
	struct build_entry data = {.name = "data", .name_length = 4, .type = NODE_REG, .alloc_bytes = (uint64_t)disk};
	struct snapshot_meta meta = {
		.options = entered ? "" : "-x",
		.source = "",
		.started_at = FIRST + day * DAY,
		.finished_at = FIRST + day * DAY,
	};
	struct build *build = build_create(root, &folder);
	struct err err;
	int64_t id = 0;

	cr_assert_eq(build_file(build, &file), 0);
	if (entered) {
		cr_assert_eq(build_enter(build, &sub), 0);
		cr_assert_eq(build_file(build, &data), 0);
		cr_assert_eq(build_leave(build), 0);
	} else {
		sub.flags = ROW_OTHERFS;
		cr_assert_eq(build_file(build, &sub), 0);
	}
	struct tree *tree = build_finish(build);

	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	tree_destroy(tree);
	return id;
}

static void ask(struct volume_growth out[3])
{
	const struct volume_asked asked[] = {
		{.point = "/", .known = true, .available_bytes = 100 * MIB},
		{.point = "/disk", .known = true, .available_bytes = 10 * MIB},
		{.point = "/elsewhere"},
	};
	struct err err;

	cr_assert_eq(volume_growth(store, asked, 3, out, &err), 0, "%s", err.text);
}

Test(volume_growth, nothing_is_known_of_what_was_never_read)
{
	struct volume_growth growth[3];

	ask(growth);
	for (int i = 0; i < 3; i++) {
		cr_expect_eq(growth[i].snapshot_id, 0);
		cr_expect_eq(growth[i].bytes, FIGURE_UNKNOWN);
		cr_expect_eq(growth[i].full_in_days, -1);
	}
}

Test(volume_growth, each_has_what_is_its_own)
{
	struct volume_growth growth[3];
	int64_t id = 0;

	for (int day = 0; day < 5; day++)
		id = save("/", day, (10 + 5 * day) * MIB, (20 + day) * MIB, true);
	ask(growth);
	cr_expect_eq(growth[0].snapshot_id, id);
	cr_expect_eq(growth[0].time_s, FIRST + 4 * DAY);
	cr_expect_eq(growth[0].bytes, 5 * MIB);
	cr_expect(growth[0].old, "nobody follows it");
	cr_expect_eq(growth[0].full_in_days, 20);
	cr_expect_eq(growth[1].bytes, MIB);
	cr_expect_eq(growth[1].full_in_days, 10);
	cr_expect_eq(growth[2].bytes, FIGURE_UNKNOWN);
}

Test(volume_growth, what_was_not_entered_is_in_nothing)
{
	struct volume_growth growth[3];

	save("/", 0, 10 * MIB, 0, false);
	save("/", 1, 17 * MIB, 0, false);
	save("/disk", 2, 3 * MIB, 0, true);
	ask(growth);
	cr_expect_eq(growth[0].bytes, 7 * MIB);
	cr_expect_eq(growth[1].bytes, FIGURE_UNKNOWN, "one snapshot says nothing of growth");
	cr_expect_neq(growth[1].snapshot_id, 0);
	save("/disk", 3, 1 * MIB, 0, true);
	ask(growth);
	cr_expect_eq(growth[0].bytes, 7 * MIB);
	cr_expect_eq(growth[1].bytes, -2 * MIB);
}

Test(volume_growth, without_a_trend_nothing_is_full_some_day)
{
	static const int sizes[] = {10, 90, 20, 80, 30, 70};
	struct volume_growth growth[3];

	for (int day = 0; day < 6; day++)
		save("/", day, sizes[day] * MIB, (60 - 5 * day) * MIB, true);
	ask(growth);
	cr_expect_eq(growth[0].full_in_days, -1);
	cr_expect_eq(growth[1].full_in_days, -1, "it shrinks");
	cr_expect_eq(growth[1].bytes, -5 * MIB);
}
