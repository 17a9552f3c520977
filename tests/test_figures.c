/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/figure.h"
#include "base/text.h"
#include "disk.h"
#include "engine/image/image.h"
#include "engine/image/match.h"
#include "engine/scan/scan.h"
#include "engine/tree/tree_state.h"
#include "private_mounts.h"

/* ---- the arithmetic ---- */

#define LARGEST ((uint64_t)INT64_MAX) /* file there can be */

Test(figures, sums_are_exact_beyond_64_bits)
{
	struct figure sum = {0};

	for (int i = 0; i < 5; i++)
		figure_add_bytes(&sum, UINT64_MAX);
	cr_expect_eq(sum.high, 4);
	cr_expect_eq(sum.low, UINT64_MAX - 4);
	cr_expect_eq(figure_told(sum), FIGURE_BEYOND);
	for (int i = 0; i < 5; i++) {
		figure_take(&sum, figure_of(UINT64_MAX - 1));
		cr_expect_eq(figure_told(sum), i < 4 ? FIGURE_BEYOND : 5);
	}
	figure_take(&sum, figure_of(6));
	cr_expect_eq(figure_told(sum), 0);
	cr_expect_eq(figure_told_delta(sum), -1);
	cr_expect_eq(figure_told_delta(figure_difference(0, UINT64_MAX)), -INT64_MAX);
	cr_expect_eq(figure_told_delta(figure_difference(0, LARGEST)), -INT64_MAX);
	cr_expect_eq(figure_told_delta(figure_difference(UINT64_MAX, 1)), INT64_MAX);
	cr_expect_eq(figure_told_delta(figure_difference(UINT64_MAX, UINT64_MAX - 7)), 7);
	cr_expect_eq(figure_growth(5, 3), -2);
	cr_expect_eq(figure_growth(5, FIGURE_BEYOND), FIGURE_UNKNOWN);
	cr_expect_eq(figure_growth(FIGURE_BEYOND, FIGURE_BEYOND), FIGURE_UNKNOWN);
	cr_expect_eq(figure_delta_sum(INT64_MAX - 1, 5), INT64_MAX);
	cr_expect_eq(figure_delta_sum(INT64_MAX, -5), INT64_MAX);
	cr_expect_eq(figure_delta_sum(-5, INT64_MIN + 2), -INT64_MAX);
	cr_expect_eq(figure_delta_sum(FIGURE_UNKNOWN, 1), FIGURE_UNKNOWN);
	cr_expect_eq(figure_grown(UINT64_MAX - 5, 10), FIGURE_BEYOND);
	cr_expect_eq(figure_grown(5, -10), 0);
	cr_expect_eq(figure_grown(15, -10), 5);
	/* st_blocks of a file system that gives −1, or nonsense. */
	cr_expect_eq(figure_of_blocks(UINT64_MAX), 0);
	cr_expect_eq(figure_of_blocks(UINT64_C(1) << 60), 0);
	cr_expect_eq(figure_of_blocks(8), 4096);
}

/* Every second there is comes back, and both ends of an era. */
Test(figures, any_time_keeps_its_second)
{
	static const int64_t seconds[] = {
		0,
		1,
		-1,
		4294967295,
		4294967296,
		-86400,
		-2147483649,
		9223372035,
		9223372036,
		9223372037,
		-9223372036,
		-9223372037,
		-9223372038,
		18446744073,
		18446744074,
		-18446744074,
		253402300800,
		-62135596800,
		INT64_MAX,
		INT64_MAX - 1,
		INT64_MIN,
		INT64_MIN + 1,
		INT64_MAX / 2,
		INT64_MIN / 3,
	};
	uint64_t random = 1;

	for (size_t i = 0; i < sizeof seconds / sizeof *seconds + 100000; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		int64_t s = i < sizeof seconds / sizeof *seconds ? seconds[i] : (int64_t)random >> (i % 60);

		for (uint32_t ns = 0; ns < 1000000000; ns += 333333333) {
			int64_t time = node_time(s, ns);
			int32_t era = node_era(s, time);

			cr_assert_eq(node_seconds(time, era), s, "%ld.%09u", (long)s, ns);
			cr_assert_eq((uint64_t)time - (uint64_t)s * 1000000000, ns);
			cr_assert(!era || s > 9223372035 || s < -9223372036, "%ld", (long)s);
		}
	}
	cr_expect_eq(node_time_clamped(INT64_MAX, 5), INT64_MAX);
	cr_expect_eq(node_time_clamped(INT64_MIN, 5), INT64_MIN);
	cr_expect_eq(node_fold_time(INT64_MAX), 0);
	cr_expect_eq(node_time_clamped(-5, 999999999), -4000000001);
}

/* ---- a disk ---- */

static struct tree *scan_folder(const char *folder, const struct image *baseline, struct scan **kept)
{
	struct scan_options options = { .threads = 3, .wake_fd = -1, .baseline = baseline };
	struct err err = { "" };
	struct scan *scan = scan_start(folder, &options, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	if (kept) {
		*kept = scan;
		return scan_tree(scan);
	}
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static void sparse(const char *folder, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert(fd >= 0 && ftruncate(fd, INT64_MAX) == 0, "%s: %m", path);
	close(fd);
}

static void remove_file(const char *folder, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	cr_assert_eq(unlink(path), 0);
}

static void expect_apparent(const struct tree *tree, const char *relative, uint64_t bytes)
{
	struct node node;
	dir_id dir = tree_lookup(tree, relative, strlen(relative));

	cr_assert_neq(dir, DIR_NONE);
	tree_dir_node(tree, dir, &node);
	cr_expect_eq(node.apparent_bytes, bytes, "%s: %" PRIu64 " instead of %" PRIu64, relative, node.apparent_bytes,
	             bytes);
}

static void read_again(struct tree *tree, const char *relative)
{
	struct scan_options options = { .threads = 2, .wake_fd = -1 };
	dir_id fresh, dir = tree_lookup(tree, relative, strlen(relative));

	cr_assert_eq(scan_again(tree, dir, -1, &options, NULL, &fresh), 0);
}

/* Four files of 8 EiB were 116 bytes.  On a file system that holds them: tmpfs. */
Test(figures, four_sparse_files_of_8_eib)
{
	char *folder = disk_folder(), from[PATH_MAX], to[PATH_MAX];
	struct stat st;
	struct scan *second;
	struct growth growth;

	if (private_tmpfs(folder, NULL)) {
		rmdir(folder);
		cr_skip_test("only root can mount a tmpfs");
	}
	disk_dir(folder, "two");
	disk_dir(folder, "two/deep");
	disk_dir(folder, "more");
	sparse(folder, "two/a");
	sparse(folder, "two/deep/b");
	struct tree *tree = scan_folder(folder, NULL, NULL);
	struct image *before = image_from_tree(tree);

	snprintf(from, sizeof from, "%s/two/deep", folder);
	cr_assert_eq(stat(from, &st), 0);
	uint64_t own = (uint64_t)st.st_size;

	cr_assert_not_null(before);
	expect_apparent(tree, "two/deep", LARGEST + own);
	expect_apparent(tree, "two", FIGURE_BEYOND); /* 2⁶⁴ − 2, and the folders themselves */
	tree_destroy(tree);

	sparse(folder, "more/c");
	sparse(folder, "more/d");
	snprintf(from, sizeof from, "%s/more/d", folder);
	snprintf(to, sizeof to, "%s/two/linked", folder);
	cr_assert_eq(link(from, to), 0);
	tree = scan_folder(folder, before, &second);
	expect_apparent(tree, "", FIGURE_BEYOND);
	match_growth(scan_match(second), DIR_ROOT, &growth);
	cr_expect_eq(growth.apparent_bytes, FIGURE_UNKNOWN);
	cr_expect(!growth.unknown && growth.alloc_bytes >= 0 && growth.alloc_bytes < 1 << 20, "%ld",
	          (long)growth.alloc_bytes);
	match_growth(scan_match(second), tree_lookup(tree, "more", 4), &growth);
	cr_expect_eq(growth.apparent_bytes, FIGURE_UNKNOWN);
	tree = scan_take_tree(second);
	scan_destroy(second);

	struct image *image = image_from_tree(tree);
	char figure[TEXT_FIGURE];

	cr_assert_not_null(image);
	cr_expect_eq(image->apparent_bytes[IMAGE_ROOT], FIGURE_BEYOND);
	cr_expect_eq(image->newest[IMAGE_ROOT], 0, "a warm scan must look");
	cr_expect_str_eq(text_size(figure, image->apparent_bytes[IMAGE_ROOT], false), ">16.0 EiB");
	image_free(image);

	/* One after the other goes: what is left is exact again. */
	remove_file(folder, "more/c");
	read_again(tree, "more");
	expect_apparent(tree, "", FIGURE_BEYOND);
	expect_apparent(tree, "more", LARGEST + own);
	remove_file(folder, "two/a");
	remove_file(folder, "two/linked");
	remove_file(folder, "more/d");
	read_again(tree, "");
	expect_apparent(tree, "two", LARGEST + 2 * own);
	remove_file(folder, "two/deep/b");
	read_again(tree, "two/deep");
	cr_expect_eq(disk_check(tree), 0);
	cr_expect_eq(disk_consistent(tree), 0);
	tree_destroy(tree);
	image_free(before);
	umount2(folder, MNT_DETACH);
	disk_remove(folder);
}

static int64_t mtime_of(const struct tree *tree, const char *name)
{
	const struct node_block *block = tree_block(tree, DIR_ROOT);
	int64_t row = tree_find(tree, DIR_ROOT, name, strlen(name));
	struct node node;

	cr_assert_geq(row, 0, "%s", name);
	tree_node(tree, block, (uint32_t)row, &node);
	return node.mtime_s;
}

Test(figures, times_before_1970_and_beyond_2262)
{
	static const struct {
		const char *name;
		int64_t s;
		bool dir;
	} entries[] = {
		{"old", -1, false},          {"older", -62135596800, false}, {"max32", 4294967295, false},
		{"more", 4294967296, false}, {"far", 253402300800, false},   {"linked", -86400, false},
		{"april", 9223372037, true}, {"past", -2147483649, true},
	};
	char *folder = disk_folder(), path[PATH_MAX], other[PATH_MAX];

	if (private_tmpfs(folder, NULL)) {
		rmdir(folder);
		cr_skip_test("only root can mount a tmpfs");
	}
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = entries[i].s, .tv_nsec = 5}};

		snprintf(path, sizeof path, "%s/%s", folder, entries[i].name);
		if (entries[i].dir)
			disk_dir(folder, entries[i].name);
		else
			disk_file(folder, entries[i].name, 10);
		if (!strcmp(entries[i].name, "linked")) {
			snprintf(other, sizeof other, "%s/name", folder);
			cr_assert_eq(link(path, other), 0);
		}
		cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	}
	struct tree *tree = scan_folder(folder, NULL, NULL);
	struct image *image = image_from_tree(tree);

	cr_assert_not_null(image);
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		cr_expect_eq(mtime_of(tree, entries[i].name), entries[i].s, "%s: %ld", entries[i].name,
		             (long)mtime_of(tree, entries[i].name));
		if (entries[i].dir)
			cr_expect_eq(
				image_mtime_s(image, image_lookup(image, entries[i].name, strlen(entries[i].name))),
				entries[i].s);
	}
	cr_expect_eq(mtime_of(tree, "name"), -86400);
	cr_expect_eq(disk_consistent(tree), 0);
	image_free(image);
	tree_destroy(tree);
	umount2(folder, MNT_DETACH);
	disk_remove(folder);
}
