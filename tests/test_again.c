/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "engine/scan/scan.h"
#include "engine/tree/tree_state.h"

static struct tree *read_folder(const char *folder)
{
	struct scan_options options = { .threads = 3, .wake_fd = -1 };
	struct err err = { "" };
	struct scan *scan = scan_start(folder, &options, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static uint64_t memory_of(const struct tree *tree)
{
	return arena_memory(&tree->colds) + arena_memory(&tree->units) + arena_memory(&tree->wide) +
	       arena_memory(&tree->links.range);
}

static int again(struct tree *tree, const char *relative, dir_id *fresh)
{
	struct scan_options options = { .threads = 2, .wake_fd = -1 };
	dir_id dir = tree_lookup(tree, relative, strlen(relative));

	cr_assert_neq(dir, DIR_NONE, "%s", relative);
	return scan_again(tree, dir, -1, &options, NULL, fresh);
}

/* Compare with a tree read now. */
static void check(struct tree *tree, const char *folder, const char *what, uint64_t seed)
{
	struct tree *now = read_folder(folder);

	cr_assert_eq(tree_compute_shared(now), 0);
	cr_assert_eq(disk_compare(now, tree, true), 0, "%s, seed %lu", what, seed);
	cr_assert_eq(disk_check(tree), 0, "%s, seed %lu", what, seed);
	tree_destroy(now);
}

Test(again, root_after_random_changes)
{
	for (uint64_t seed = 0; seed < 25; seed++) {
		char *folder = disk_folder();
		dir_id fresh;

		disk_fill(folder, seed, 250);
		struct tree *tree = read_folder(folder);

		cr_assert_eq(tree_compute_shared(tree), 0);
		for (int round = 0; round < 3; round++) {
			disk_change(folder, seed * 10 + (uint64_t)round, 25, true);
			cr_assert_eq(again(tree, "", &fresh), 0);
			cr_assert_eq(fresh, DIR_ROOT);
			check(tree, folder, "root", seed);
		}
		tree_destroy(tree);
		disk_remove(folder);
	}
}

/*
 * A small folder that is read again, or is new, costs little more than what is in it: thousands of them come in the
 * life of a watcher.
 */
Test(again, a_small_folder_costs_little)
{
	char *folder = disk_folder(), path[300];
	dir_id fresh;

	snprintf(path, sizeof path, "%s/small", folder);
	cr_assert_eq(mkdir(path, 0777), 0);
	struct tree *tree = read_folder(folder);
	uint64_t before = memory_of(tree);

	for (int i = 0; i < 500; i++)
		cr_assert_eq(again(tree, "small", &fresh), 0);
	cr_assert_lt(memory_of(tree) - before, 500 * 1000, "%lu bytes", (unsigned long)(memory_of(tree) - before));
	cr_assert_lt(tree_dir_limit(tree), 3000);
	tree_destroy(tree);
	disk_remove(folder);
}

/*
 * Changes below one folder only: re-reading it must make all right.  When names of a file come and go there that has
 * others outside, only reading the outside could tell; then the tree must at least agree with itself.
 */
static void read_subtrees_again(bool linked)
{
	for (uint64_t seed = 0; seed < 40; seed++) {
		char *folder = disk_folder();
		uint64_t random = seed + 77;
		dir_id fresh;

		disk_fill(folder, seed, 200);
		struct tree *tree = read_folder(folder);

		cr_assert_eq(tree_compute_shared(tree), 0);
		for (int round = 0; round < 4; round++) {
			char *relative = disk_random_dir(folder, &random), *path;
			bool root = !*relative;

			cr_assert(asprintf(&path, "%s%s%s", folder, root ? "" : "/", relative) > 0);
			dir_id old = tree_lookup(tree, relative, strlen(relative));

			disk_change(path, seed * 10 + (uint64_t)round, 8, linked);
			cr_assert_eq(again(tree, relative, &fresh), 0);
			cr_assert(root || (fresh != old && !tree_alive(tree, old)));
			cr_assert(tree_alive(tree, fresh));
			cr_assert_eq(disk_consistent(tree), 0, "%s, seed %lu", relative, seed);
			if (!linked)
				check(tree, folder, relative, seed);
			free(relative);
			free(path);
		}
		tree_destroy(tree);
		disk_remove(folder);
	}
}

Test(again, subtree_after_random_changes)
{
	read_subtrees_again(false);
}

Test(again, subtree_after_changes_of_links)
{
	read_subtrees_again(true);
}

Test(again, gone)
{
	char *folder = disk_folder(), *path;
	struct scan_options options = { .threads = 1, .wake_fd = -1 };
	dir_id fresh;

	disk_dir(folder, "a");
	cr_assert(asprintf(&path, "%s/a", folder) > 0);
	disk_dir(path, "b");
	disk_file(path, "f", 5000);
	struct tree *tree = read_folder(folder);
	dir_id a = tree_lookup(tree, "a", 1), b = tree_lookup(tree, "a/b", 3);
	char *b_path, *file;

	cr_assert(asprintf(&b_path, "%s/b", path) > 0 && asprintf(&file, "%s/f", path) > 0);
	cr_assert(!rmdir(b_path) && !unlink(file) && !rmdir(path));
	/* Its parent is not there either. */
	cr_assert_eq(scan_again(tree, b, -1, &options, NULL, &fresh), -ENOENT);
	cr_assert_eq(fresh, DIR_NONE);
	cr_assert_not(tree_alive(tree, b));
	cr_assert_eq(tree_find(tree, a, "b", 1), -1);
	cr_assert_eq(scan_again(tree, a, -1, &options, NULL, &fresh), -ENOENT);
	cr_assert_eq(tree_find(tree, DIR_ROOT, "a", 1), -1);
	cr_assert_eq(scan_again(tree, a, -1, &options, NULL, &fresh), -ENOENT, "dead already");
	struct node root;

	tree_dir_node(tree, DIR_ROOT, &root);
	cr_assert(root.items == 0 && root.files == 0 && root.errors == 0);
	cr_assert_eq(again(tree, "", &fresh), 0);
	check(tree, folder, "gone", 0);
	tree_destroy(tree);
	free(path);
	free(b_path);
	free(file);
	disk_remove(folder);
}

Test(again, cancelled_changes_nothing)
{
	char *folder = disk_folder();
	struct scan_options options = { .threads = 2, .wake_fd = -1 };
	const _Atomic bool cancel = true;
	dir_id fresh;

	disk_fill(folder, 9, 1500);
	disk_many(folder, "many", 30000);
	struct tree *tree = read_folder(folder), *same = read_folder(folder);
	int result = scan_again(tree, DIR_ROOT, -1, &options, &cancel, &fresh);

	cr_assert(result == -ECANCELED || result == 0);
	cr_assert_eq(tree_compute_shared(same) | tree_compute_shared(tree), 0);
	cr_assert_eq(disk_compare(same, tree, true), 0);
	tree_destroy(tree);
	tree_destroy(same);
	disk_remove(folder);
}

Test(again, memory_is_used_again)
{
	char *folder = disk_folder();
	dir_id fresh;

	disk_many(folder, "a name that is quite long, so that it takes some room ", 3000);
	struct tree *tree = read_folder(folder);

	for (int i = 0; i < 4; i++)
		cr_assert_eq(again(tree, "", &fresh), 0);
	uint64_t before = memory_of(tree);

	for (int i = 0; i < 40; i++)
		cr_assert_eq(again(tree, "", &fresh), 0);
	/* 40 blocks of 200 KB and more would be 8 MB; NodeColds are not reused. */
	cr_assert_lt(memory_of(tree), before + 4000000, "%lu then %lu", before, memory_of(tree));
	check(tree, folder, "often", 0);
	tree_destroy(tree);
	disk_remove(folder);
}

Test(again, a_pin_keeps_the_old_block)
{
	char *folder = disk_folder();
	dir_id fresh;

	disk_many(folder, "name", 3000);
	struct tree *tree = read_folder(folder);
	unsigned pin = tree_pin(tree);
	const struct node_block *block = tree_block(tree, DIR_ROOT);

	for (int i = 0; i < 20; i++)
		cr_assert_eq(again(tree, "", &fresh), 0);
	cr_assert_neq(tree_block(tree, DIR_ROOT), block);
	for (uint32_t i = 0; i < tree_count(block); i++) {
		struct node node;

		tree_node(tree, block, i, &node);
		cr_assert(node.name_length == 10 && !memcmp(node.name, "name", 4));
	}
	tree_unpin(tree, pin);
	tree_destroy(tree);
	disk_remove(folder);
}
