/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A path through all snapshots, against the file systems that they were taken of. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/figure.h"
#include "engine/tree/build.h"
#include "store/snapshot/timeline.h"
#include "store_fixture.h"
#include "store_model.h"

#define DAY 86400
#define FIRST 1700000000

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

TestSuite(timeline, .init = setup, .fini = teardown, .timeout = 300);

/* ---- against the model ---- */

static int child_of(const struct model *model, int parent, const char *name, size_t length)
{
	for (int i = 1; i < model->count; i++) {
		const struct model_node *node = &model->nodes[i];

		if (node->alive && node->parent == parent && strlen(node->name) == length &&
		    !memcmp(node->name, name, length))
			return i;
	}
	return -1;
}

/* What lies at a path of the model now, walked from its root. */
static struct timeline_point look(const struct model *model, const struct image *image, const char *path)
{
	const char *rest = path + strlen(model->root);
	struct timeline_point point = {0};
	int at = 0;

	while (*rest) {
		size_t length = strcspn(++rest, "/");
		int child = child_of(model, at, rest, length);

		if (model->nodes[at].unreadable)
			point.what = TIMELINE_UNKNOWN;
		if (model->nodes[at].unreadable || child < 0)
			return point;
		rest += length;
		at = child;
		if (model->nodes[at].flags) {
			point.what = TIMELINE_UNKNOWN;
			return point;
		}
		if (*rest && !model->nodes[at].is_dir)
			return point;
	}
	if (!model->nodes[at].is_dir) {
		point.what = TIMELINE_FILE;
		point.bytes = model->nodes[at].alloc_bytes;
		point.apparent_bytes = model->nodes[at].apparent_bytes;
		return point;
	}
	const char *relative = path + strlen(model->root) + (path[strlen(model->root)] == '/');
	uint32_t dir = image_lookup(image, relative, strlen(relative));

	cr_assert_neq(dir, IMAGE_NONE, "%s", path);
	point.what = model->nodes[at].unreadable ? TIMELINE_UNKNOWN : TIMELINE_DIR;
	point.bytes = image->alloc_bytes[dir];
	point.apparent_bytes = image->apparent_bytes[dir];
	point.items = image->items[dir];
	return point;
}

static void path_of(const struct model *model, int node, char *out, size_t size)
{
	char below[4096];

	if (!node) {
		snprintf(out, size, "%s", model->root);
		return;
	}
	path_of(model, model->nodes[node].parent, below, sizeof(below));
	cr_assert_lt((size_t)snprintf(out, size, "%s/%s", below, model->nodes[node].name), size);
}

enum { STEPS = 12, PATHS = 60 };

static unsigned seen[4];

static void against_model(uint64_t seed)
{
	static char paths[PATHS][4096];
	static struct timeline_point expected[PATHS][STEPS];
	char root[32];
	struct model model;
	struct err err;
	int64_t ids[STEPS];

	snprintf(root, sizeof(root), "/r%d", (int)seed);
	model_begin(&model, seed, root);
	model_grow(&model, 12, 60);
	/* Paths of the beginning and of the end, and what is not there. */
	for (int step = 0; step < STEPS; step++) {
		for (int i = step * PATHS / STEPS; i < (step + 1) * PATHS / STEPS; i++)
			path_of(&model, (int)(model_random(&model) % (uint64_t)model.count), paths[i],
			        sizeof(paths[i]));
		model_change(&model, 12);
	}
	model_end(&model);
	model_begin(&model, seed, root);
	model_grow(&model, 12, 60);
	for (int step = 0; step < STEPS; step++) {
		for (int i = step * PATHS / STEPS; i < (step + 1) * PATHS / STEPS; i++)
			model_random(&model);
		struct tree *tree = model_tree(&model);
		struct image *image = image_from_tree(tree);

		ids[step] = model_save(&model, store, FIRST + step * DAY);
		for (int i = 0; i < PATHS; i++)
			expected[i][step] = look(&model, image, paths[i]);
		image_free(image);
		tree_destroy(tree);
		model_change(&model, 12);
	}
	model_end(&model);
	for (int i = 0; i < PATHS; i++) {
		struct timeline timeline;

		cr_assert_eq(timeline_read(store, paths[i], &timeline, &err), 0, "%s", err.text);
		cr_assert_eq(timeline.count, STEPS);
		for (int step = 0; step < STEPS; step++) {
			const struct timeline_point *is = &timeline.points[step], *want = &expected[i][step];

			cr_assert_eq(is->snapshot_id, ids[step]);
			cr_assert_eq(is->at_s, FIRST + step * DAY);
			cr_assert_eq(is->what, want->what, "seed %d, %s in step %d: %d, not %d", (int)seed, paths[i],
			             step, is->what, want->what);
			seen[is->what]++;
			if (is->what == TIMELINE_UNKNOWN)
				continue;
			cr_assert_eq(is->bytes, want->bytes, "seed %d, %s in step %d", (int)seed, paths[i], step);
			cr_assert_eq(is->apparent_bytes, want->apparent_bytes);
			cr_assert_eq(is->items, want->items);
		}
		timeline_clear(&timeline);
	}
}

Test(timeline, says_what_was_there)
{
	for (uint64_t seed = 1; seed <= 30; seed++)
		against_model(seed);
	for (int what = 0; what < 4; what++)
		cr_expect(seen[what] > 100, "%d: %u", what, seen[what]);
}

/* ---- which snapshots, in which order ---- */

static int64_t save(const char *root, const char *options, const char *source, int64_t time_s, uint64_t bytes)
{
	struct build_entry folder = {.type = NODE_DIR, .alloc_bytes = 4096, .dev = 1, .ino = 2};
	struct build_entry file = {.name = "file", .name_length = 4, .type = NODE_REG, .alloc_bytes = bytes, .ino = 3};
	struct build_entry sub = {.name = "sub", .name_length = 3, .type = NODE_DIR, .dev = 1, .ino = 4};
	struct snapshot_meta meta = {.options = options, .source = source, .started_at = time_s, .finished_at = time_s};
	struct build *build = build_create(root, &folder);
	struct err err;
	int64_t id = 0;

	cr_assert_eq(build_enter(build, &sub), 0);
	cr_assert_eq(build_file(build, &file), 0);
	cr_assert_eq(build_leave(build), 0);
	struct tree *tree = build_finish(build);

	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	tree_destroy(tree);
	return id;
}

static struct timeline line_of(const char *path)
{
	struct timeline timeline;
	struct err err;

	cr_assert_eq(timeline_read(store, path, &timeline, &err), 0, "%s", err.text);
	for (size_t i = 1; i < timeline.count; i++)
		cr_assert_geq(timeline.points[i].at_s, timeline.points[i - 1].at_s, "time never runs backwards");
	return timeline;
}

Test(timeline, sequence_goes_before_the_clock)
{
	static const int64_t days[] = {0, 1, 2, 700, 3, -300, 4, 4};
	struct timeline timeline;

	for (size_t i = 0; i < 8; i++)
		save("/a", "", NULL, FIRST + days[i] * DAY, 8192 * (i + 1));
	timeline = line_of("/a/sub");
	cr_assert_eq(timeline.count, 8);
	for (size_t i = 0; i < 8; i++) {
		const struct timeline_point *point = &timeline.points[i];

		cr_expect_eq(point->bytes, 8192 * (i + 1), "in the order they were taken");
		cr_expect_eq(point->time_s, FIRST + days[i] * DAY, "as it was stated");
		cr_expect_eq(point->doubtful_date, i == 3 || i == 5, "%zu", i);
		cr_expect_eq(point->at_s, FIRST + (i == 3 ? 2 : i == 5 ? 3 : days[i]) * DAY, "%zu", i);
	}
	struct trend trend;

	timeline_trend(&timeline, TIMELINE_BYTES, TREND_WINDOW_S, &trend);
	cr_expect_eq(trend.count, 6, "what no one believes says nothing of the rate");
	timeline_clear(&timeline);
}

Test(timeline, all_dates_ahead_of_now)
{
	struct timeline timeline;

	for (int i = 0; i < 3; i++)
		save("/a", "", NULL, clock_wall_s() + (1000 - i) * DAY, 8192);
	timeline = line_of("/a");
	cr_expect_eq(timeline.count, 3);
	cr_expect(timeline.points[0].doubtful_date && timeline.points[2].doubtful_date);
	timeline_clear(&timeline);
}

Test(timeline, imports_come_before_the_first_scan)
{
	static const int64_t days[] = {-20, -30, -10, 1};
	struct timeline timeline;

	for (int i = 0; i < 3; i++)
		save("/a", "", NULL, FIRST + i * DAY, 40960);
	for (int i = 0; i < 4; i++)
		save("/a", "anyhow", "ncdu 2.8", FIRST + days[i] * DAY, 4096 * (uint64_t)(i + 1));
	timeline = line_of("/a/sub/file");
	cr_assert_eq(timeline.count, 6, "where they overlap the scans win");
	cr_expect_eq(timeline.points[0].bytes, 8192);
	cr_expect_eq(timeline.points[1].bytes, 4096);
	cr_expect_eq(timeline.points[2].bytes, 12288);
	cr_expect_eq(timeline.points[3].bytes, 40960);
	cr_expect_eq(timeline.points[3].what, TIMELINE_FILE);
	timeline_clear(&timeline);
}

Test(timeline, roots_above_hold_it_too)
{
	struct timeline timeline;

	save("/a", "", NULL, FIRST, 4096);
	save("/a/sub", "", NULL, FIRST + DAY, 8192);
	save("/a", "", NULL, FIRST + 2 * DAY, 12288);
	save("/a", "-x", NULL, FIRST + 3 * DAY, 1 << 20);
	save("/a/sub/sub", "", NULL, FIRST + 4 * DAY, 1 << 20);
	save("/ab", "", NULL, FIRST + 4 * DAY, 1 << 20);
	timeline = line_of("/a/sub");
	cr_assert_eq(timeline.count, 3, "those that could hold it, counted alike");
	cr_expect_eq(timeline.points[0].bytes, 4096);
	cr_expect_eq(timeline.points[1].bytes, 4096 + 8192);
	cr_expect_eq(timeline.points[2].bytes, 12288);
	timeline_clear(&timeline);
	timeline = line_of("/nowhere");
	cr_expect_eq(timeline.count, 0);
	cr_expect_not(timeline_ever(&timeline));
	timeline = line_of("/a/none");
	cr_expect(timeline.count && !timeline_ever(&timeline));
	timeline_clear(&timeline);
}

Test(timeline, growth_of_what_came_went_or_is_beyond)
{
	struct timeline_point none = {.what = TIMELINE_ABSENT}, some = {.what = TIMELINE_DIR, .bytes = 5, .items = 1},
			      hidden = {.what = TIMELINE_UNKNOWN},
			      beyond = {.what = TIMELINE_DIR, .bytes = FIGURE_BEYOND};

	cr_expect_eq(timeline_growth(&none, &some, TIMELINE_BYTES), 5);
	cr_expect_eq(timeline_growth(&some, &none, TIMELINE_ITEMS), -1);
	cr_expect_eq(timeline_growth(&hidden, &some, TIMELINE_BYTES), FIGURE_UNKNOWN);
	cr_expect_eq(timeline_growth(&some, &beyond, TIMELINE_BYTES), FIGURE_UNKNOWN);

	/* A rate is of what is there, from when it came. */
	struct timeline timeline = {0};
	struct trend trend;

	for (int i = 0; i < 6; i++) {
		struct timeline_point point = {.snapshot_id = i + 1, .at_s = FIRST + i * DAY,
		                               .what = i < 3 ? TIMELINE_ABSENT : TIMELINE_DIR,
		                               .bytes = i < 3 ? 0 : (uint64_t)(1000000 + i * 1000)};

		cr_assert_eq(timeline_add(&timeline, &point), 0);
	}
	timeline_trend(&timeline, TIMELINE_BYTES, TREND_WINDOW_S, &trend);
	cr_expect_eq(trend.per_day, 1000);
	cr_expect(trend.holds);
	timeline_clear(&timeline);
}
