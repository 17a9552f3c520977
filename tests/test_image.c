/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/image/image.h"

static unsigned next(unsigned long *seed)
{
	*seed = *seed * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(*seed >> 33);
}

/* The nested structure of an image must hold whatever made it. */
static void check_shape(const struct image *image)
{
	cr_assert(image->parent[0] == IMAGE_NONE);
	cr_assert(image->end[0] == image->count);
	cr_assert(image->child_first[0] == 0 && image->child_first[image->count] == image->count - 1);
	for (uint32_t i = 1; i < image->count; i++) {
		cr_assert(image->parent[i] < i);
		cr_assert(image->end[i] > i && image->end[i] <= image->end[image->parent[i]]);
	}
	for (uint32_t i = 0; i < image->count; i++) {
		for (uint32_t c = image->child_first[i]; c < image->child_first[i + 1]; c++) {
			uint32_t child = image->children[c];

			cr_assert(image->parent[child] == i);
			cr_assert(image_child(image, i, image_name(image, child), image_name_length(image, child)) ==
			          child);
			if (c > image->child_first[i])
				cr_assert(image->end[image->children[c - 1]] == child,
				          "children are consecutive subtrees");
		}
	}
}

static struct image *make(const char *const *paths, size_t n)
{
	struct image_builder *builder = image_builder_create("/root", n);

	cr_assert_not_null(builder);
	for (size_t i = 0; i < n; i++) {
		struct image_record record = {.path = paths[i],
		                              .length = strlen(paths[i]),
		                              .alloc_bytes = i + 1,
		                              .store_id = (int64_t)i,
		                              .fingerprint = {i, i * 2},
		                              .flags = (uint16_t)i};

		cr_assert_eq(image_builder_add(builder, &record), 0);
	}
	return image_builder_finish(builder);
}

#define MAKE(...) make((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static uint32_t lookup(const struct image *image, const char *path)
{
	return image_lookup(image, path, strlen(path));
}

Test(image, subtrees_stay_together)
{
	struct image *image = MAKE("", "a", "a/b", "a-b", "a-b/c", "\xff", "ab");

	cr_assert_not_null(image);
	check_shape(image);
	cr_expect_eq(image->count, 7);
	cr_expect_str_eq(image->root_path, "/root");
	cr_expect_null(image->dir);
	uint32_t a = lookup(image, "a"), b = lookup(image, "a/b"), dash = lookup(image, "a-b");

	cr_expect(a == 1 && b == 2 && dash == 3);
	cr_expect_eq(image->end[a], 3);
	cr_expect_eq(image->store_id[dash], 3);
	cr_expect_eq(image->alloc_bytes[lookup(image, "\xff")], 6);
	cr_expect_eq(image->fingerprint[dash][1], 6);
	cr_expect_eq(image_depth(image, b), 2);
	cr_expect_eq(lookup(image, ""), IMAGE_ROOT);
	cr_expect_eq(lookup(image, "x"), IMAGE_NONE);
	cr_expect_eq(lookup(image, "a/"), IMAGE_NONE);
	cr_expect_eq(lookup(image, "/a"), IMAGE_NONE);
	cr_expect_eq(lookup(image, "a/b/c"), IMAGE_NONE);
	image_free(image);
}

Test(image, any_order_gives_the_same)
{
	static const char *const paths[] = {"",
	                                    "a",
	                                    "a/b",
	                                    "a/b/c",
	                                    "a/b!",
	                                    "a!",
	                                    "b",
	                                    "b/x",
	                                    "b/x/y",
	                                    "b/x/y/z",
	                                    "b/x-y",
	                                    "c",
	                                    "c/longer-than-eight-bytes",
	                                    "c/longer-than-eight-byt",
	                                    "c/longer-than-eight-bytes/q"};
	enum { N = sizeof(paths) / sizeof(*paths) };
	unsigned long seed = 3;
	struct image *sorted = make(paths, N);

	cr_assert_not_null(sorted);
	check_shape(sorted);
	for (int round = 0; round < 200; round++) {
		const char *mixed[N];

		memcpy(mixed, paths, sizeof(paths));
		for (size_t i = N - 1; i > 0; i--) {
			size_t j = next(&seed) % (i + 1);
			const char *swap = mixed[i];

			/* sometimes nearly sorted, sometimes not at all */
			if (round % 2 && i - j > 2)
				continue;
			mixed[i] = mixed[j];
			mixed[j] = swap;
		}
		struct image *image = make(mixed, N);

		cr_assert_not_null(image);
		check_shape(image);
		cr_assert_eq(image->count, sorted->count);
		for (uint32_t i = 0; i < N; i++) {
			struct buf path = {0};

			cr_assert_eq(image->parent[i], sorted->parent[i]);
			cr_assert_eq(image_relative(image, i, &path), 0);
			cr_assert_str_eq(path.data ? path.data : "", mixed[image->store_id[i]]);
			cr_assert_eq(image->alloc_bytes[i], (uint64_t)image->store_id[i] + 1);
			cr_assert_eq(image->flags[i], image->store_id[i]);
			buf_free(&path);
		}
		image_free(image);
	}
	image_free(sorted);
}

Test(image, refuses_what_is_no_tree)
{
	cr_expect_null(MAKE("a"));
	cr_expect_eq(errno, EINVAL);
	cr_expect_null(MAKE("", ""));
	cr_expect_null(MAKE("", "a", "a"));
	cr_expect_null(MAKE("", "a/b"));
	cr_expect_null(MAKE("", "a", "b/c"));
	cr_expect_null(MAKE("", "a", "a//b"));
	cr_expect_null(MAKE("", "a", "a/"));
	cr_expect_null(MAKE("", "/a"));
	cr_expect_null(MAKE("", "ab", "a/b"));
	cr_expect_null(MAKE("", "a", "a/b", "a", "a/b"));

	struct image_builder *builder = image_builder_create("/", 0);

	cr_expect_null(image_builder_finish(builder));
	builder = image_builder_create("/", SIZE_MAX);
	cr_assert_not_null(builder);
	struct image_record record = { .path = "a\0b", .length = 3 };

	cr_expect_eq(image_builder_add(builder, &(struct image_record){ .path = "" }), 0);
	cr_expect_eq(image_builder_add(builder, &record), 0);
	cr_expect_null(image_builder_finish(builder));
}

Test(image, deep)
{
	enum { DEPTH = 3000 };
	struct image_builder *builder = image_builder_create("/", 10);
	char *path = malloc(2 * DEPTH);

	memset(path, '/', 2 * DEPTH);
	for (size_t i = 0; i < DEPTH; i++)
		path[2 * i] = 'd';
	for (size_t i = DEPTH; i > 0; i--) {
		struct image_record record = { .path = path, .length = 2 * i - 1 };

		cr_assert_eq(image_builder_add(builder, &record), 0);
	}
	cr_assert_eq(image_builder_add(builder, &(struct image_record){ .path = "" }), 0);
	struct image *image = image_builder_finish(builder);
	struct buf out = {0};

	cr_assert_not_null(image);
	check_shape(image);
	cr_expect_eq(image_lookup(image, path, 2 * DEPTH - 1), DEPTH);
	cr_expect_eq(image_depth(image, DEPTH), DEPTH);
	cr_assert_eq(image_relative(image, DEPTH, &out), 0);
	cr_expect(out.length == 2 * DEPTH - 1 && memcmp(out.data, path, out.length) == 0);
	buf_free(&out);
	image_free(image);
	free(path);
}

Test(image, builder_survives_no_memory)
{
	for (long n = 0;; n++) {
		alloc_fail_at(n, false);
		struct image_builder *builder = image_builder_create("/", 0);
		struct image *image = NULL;
		int rc = builder ? 0 : -ENOMEM;

		for (int i = 0; i < 50 && !rc; i++) {
			char path[32];
			struct image_record record = {.path = path,
			                              .length = (size_t)sprintf(path, "%c", 'a' + i * 7 % 50)};

			if (i == 0)
				record.length = 0;
			rc = image_builder_add(builder, &record);
		}
		if (rc) {
			image_builder_destroy(builder);
		} else {
			image = image_builder_finish(builder);
			if (!image)
				rc = -errno;
		}
		bool done = alloc_count() <= n;

		alloc_fail_at(-1, false);
		cr_assert(rc == (done ? 0 : -ENOMEM), "%ld: %d", n, rc);
		if (image)
			check_shape(image);
		image_free(image);
		if (done)
			break;
	}
}

/*
 * What a directory holds itself comes back as it was given, in whatever order, and whether or not it is just the rest
 * of its total.
 */
Test(image, what_a_directory_holds_itself)
{
	static const struct {
		const char *path;
		uint64_t total, direct;
		int64_t odd;
	} dirs[] = {
		{"z/y", 50, 50, 0},
		{"", 1000, 100, 0},
		{"z", 500, 410, 0},
		{"a", 300, 300, 0},
		{"b", 100, 100, 0},
		{"z/x", 40, 45, 5}, /* folded: its total has something that is not told */
		/* its total is less than its subdirectories': they share all of it */
		{"c", 0, 0, 0},
		{"c/d", 70, 70, 0},
		{"c/e", 90, 90, 0},
	};
	struct image_builder *builder = image_builder_create("/root", 4);

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		struct image_record record = {.path = dirs[i].path,
		                              .length = strlen(dirs[i].path),
		                              .alloc_bytes = dirs[i].total,
		                              .direct_bytes = dirs[i].direct};

		cr_assert_eq(image_builder_add(builder, &record), 0);
	}
	struct image *image = image_builder_finish(builder);

	cr_assert_not_null(image);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		cr_expect_eq(image_direct_bytes(image, lookup(image, dirs[i].path)), dirs[i].direct, "%s",
		             dirs[i].path);
	cr_expect_eq(image->odd_count, 2);
	cr_expect_eq(image_odd_bytes(image, lookup(image, "z/x")), 5);
	cr_expect_eq(image_odd_bytes(image, lookup(image, "c")), 160);
	cr_expect_eq(image_odd_bytes(image, lookup(image, "a")), 0);

	/* Given what is odd, and newer totals: the rest of those. */
	builder = image_builder_create("/root", 4);
	image_builder_take_odd(builder);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		struct image_record record = {.path = dirs[i].path,
		                              .length = strlen(dirs[i].path),
		                              .alloc_bytes = dirs[i].total};

		record.direct_bytes = (uint64_t)image_odd_bytes(image, lookup(image, dirs[i].path));
		if (!strcmp(dirs[i].path, "a"))
			record.alloc_bytes += 7;
		if (!strcmp(dirs[i].path, "c/d"))
			record.alloc_bytes += 8;
		cr_assert_eq(image_builder_add(builder, &record), 0);
	}
	struct image *newer = image_builder_finish(builder);

	cr_assert_not_null(newer);
	cr_expect_eq(image_direct_bytes(newer, lookup(newer, "a")), 307);
	cr_expect_eq(image_direct_bytes(newer, IMAGE_ROOT), 93);
	cr_expect_eq(image_direct_bytes(newer, lookup(newer, "z/x")), 45);
	cr_expect_eq(image_direct_bytes(newer, lookup(newer, "c")), 0, "less than nothing is nothing");
	image_free(newer);
	image_free(image);
}

Test(image, more_than_32_bits_count)
{
	struct image_builder *builder = image_builder_create("/root", 1);
	struct image_record record = { .path = "", .items = UINT32_MAX, .files = UINT32_MAX };

	cr_expect_eq(image_builder_add(builder, &record), 0);
	record.items = UINT64_C(1) << 32;
	cr_expect_eq(image_builder_add(builder, &record), -EOVERFLOW);
	record = (struct image_record){ .path = "a", .length = 1, .files = UINT64_MAX };
	cr_expect_eq(image_builder_add(builder, &record), -EOVERFLOW);
	image_builder_destroy(builder);
}
