/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "engine/watch/link_search.h"
#include "engine/tree/link_names.h"
#include "engine/scan/scan.h"

static struct tree *read_folder(const char *folder, unsigned threads)
{
	struct scan_options options = { .threads = threads, .wake_fd = -1 };
	struct err err = { "" };
	struct scan *scan = scan_start(folder, &options, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static void give_name(const char *folder, const char *old, const char *new)
{
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	cr_assert(dir >= 0 && !linkat(dir, old, dir, new, 0), "%s", new);
	close(dir);
}

static void check_shared(const struct tree *tree, const char *relative, uint64_t expected)
{
	dir_id dir = tree_lookup(tree, relative, strlen(relative));
	uint64_t alloc_bytes, apparent_bytes;

	cr_assert_neq(dir, DIR_NONE);
	cr_assert(tree_shared(tree, dir, &alloc_bytes, &apparent_bytes));
	cr_assert_eq(apparent_bytes, expected, "%s: %lu", relative, apparent_bytes);
}

/*
 *   root ── a ── b    one (a/b/1, a/2): inside a
 *        └─ c         two (a/b/3, c/4): inside the root
 *                     three (c/5, and outside)
 */
Test(links, shared_bytes)
{
	char *top = disk_folder(), *folder;

	disk_dir(top, "root");
	disk_dir(top, "root/a");
	disk_dir(top, "root/a/b");
	disk_dir(top, "root/c");
	disk_file(top, "root/a/b/1", 1000);
	disk_file(top, "root/a/b/3", 20000);
	disk_file(top, "root/c/5", 300000);
	give_name(top, "root/a/b/1", "root/a/2");
	give_name(top, "root/a/b/3", "root/c/4");
	give_name(top, "root/c/5", "outside");
	cr_assert(asprintf(&folder, "%s/root", top) > 0);
	struct tree *tree = read_folder(folder, 2);
	uint64_t none;

	cr_assert(tree_has_links(tree));
	cr_assert_not(tree_shared(tree, DIR_ROOT, &none, &none));
	cr_assert_eq(disk_check(tree), 0);
	cr_assert_eq(tree_compute_shared(tree), 0);
	check_shared(tree, "a/b", 21000);
	check_shared(tree, "a", 20000);
	check_shared(tree, "c", 320000);
	check_shared(tree, "", 300000);
	tree_destroy(tree);
	free(folder);
	disk_remove(top);
}

/* More names than are kept beside the inode, in one folder and in many. */
Test(links, thousands_of_names)
{
	char *folder = disk_folder();

	disk_file(folder, "first", 12345);
	disk_dir(folder, "many");
	disk_dir(folder, "deep");
	for (int i = 0; i < 2000; i++) {
		char dir[64], name[96];

		snprintf(dir, sizeof dir, "many/%d", i % 500);
		snprintf(name, sizeof name, "%s/name %d", dir, i);
		if (i < 500)
			disk_dir(folder, dir);
		give_name(folder, "first", name);
	}
	for (int i = 0; i < 2000; i++) {
		char name[64];

		snprintf(name, sizeof name, "deep/name %d", i);
		give_name(folder, "first", name);
	}
	struct tree *one = read_folder(folder, 1), *many = read_folder(folder, 8);

	cr_assert_eq(disk_check(one), 0);
	cr_assert_eq(disk_check(many), 0);
	cr_assert_eq(tree_compute_shared(one) | tree_compute_shared(many), 0);
	cr_assert_eq(disk_compare(one, many, true), 0);
	check_shared(one, "", 0);
	check_shared(one, "deep", 12345);
	check_shared(one, "many/7", 12345);
	tree_destroy(one);
	tree_destroy(many);
	disk_remove(folder);
}

/* A ladder far below the root, with a file on every rung that has names on others, above and below, and outside. */
Test(links, far_down)
{
	enum { LEVELS = 300 };
	char *folder = disk_folder();
	struct scan_options options = { .wake_fd = -1 };
	int rungs[LEVELS], dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), out;

	disk_dir(folder, "out");
	out = openat(dir, "out", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < LEVELS; i++) {
		char name[32];

		cr_assert(!mkdirat(dir, "d", 0700) && !mkdirat(dir, "e", 0700));
		if (i)
			close(dir);
		dir = openat(i ? rungs[i - 1] : dir, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rungs[i] = dir;
		cr_assert(dir >= 0);
		dir = dup(dir);
		int fd = openat(dir, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		cr_assert(fd >= 0 && !ftruncate(fd, 1 + i * 7) && write(fd, "some", 4) == 4);
		close(fd);
		snprintf(name, sizeof name, "of %d", i);
		if (i % 3 == 0)
			cr_assert(!linkat(dir, "file", out, name, 0));
		if (i % 5 == 0 && i)
			cr_assert(!linkat(dir, "file", rungs[i / 2], name, 0));
		for (int k = 0; i == LEVELS - 1 && k < 40; k++) {
			snprintf(name, sizeof name, "again %d", k);
			cr_assert(!linkat(dir, "file", rungs[k * 7], name, 0));
		}
	}
	for (int i = 0; i < LEVELS; i++)
		close(rungs[i]);
	close(dir);
	close(out);
	for (options.threads = 1; options.threads <= 8; options.threads *= 2) {
		struct tree *tree = read_folder(folder, options.threads);

		cr_assert_eq(disk_check(tree), 0, "%u threads", options.threads);
		tree_destroy(tree);
	}
	disk_remove(folder);
}

/* Whoever makes one link after the other has a pass over the tree made now and then, not each time. */
Test(links, are_looked_for_together)
{
	char *top = disk_folder(), *folder;
	struct link_search search = {0};
	int64_t now_ns = 1000000000;

	disk_dir(top, "root");
	disk_file(top, "root/one", 1000);
	give_name(top, "root/one", "outside");
	cr_assert(asprintf(&folder, "%s/root", top) > 0);
	struct tree *tree = read_folder(folder, 1);
	struct dirty *dirty = dirty_create(0, -1);
	uint32_t row = (uint32_t)tree_find(tree, DIR_ROOT, "one", 3);

	cr_assert_eq(link_search_row(&search, tree, DIR_ROOT, row), 0);
	cr_assert_eq(link_search_end(&search, tree, dirty, now_ns), 0);
	cr_assert_eq(search.wanted_count, 0);
	cr_assert_gt(search.pass_ns, now_ns);
	cr_assert_eq(link_search_row(&search, tree, DIR_ROOT, row), 0);
	cr_assert_eq(link_search_end(&search, tree, dirty, now_ns), 0);
	cr_assert_eq(search.wanted_count, 1);
	cr_assert_leq(link_search_run(&search, tree, -1, dirty, now_ns), search.pass_ns);
	cr_assert_eq(search.wanted_count, 1);
	link_search_run(&search, tree, -1, dirty, search.pass_ns);
	cr_assert_eq(search.wanted_count, 0);
	link_search_free(&search);
	dirty_destroy(dirty);
	tree_destroy(tree);
	free(folder);
	disk_remove(top);
}

Test(links, none)
{
	char *folder = disk_folder();
	uint64_t none;

	disk_file(folder, "file", 10);
	struct tree *tree = read_folder(folder, 1);

	cr_assert_not(tree_has_links(tree));
	cr_assert_eq(tree_compute_shared(tree), 0);
	cr_assert(tree_shared(tree, DIR_ROOT, &none, &none));
	cr_assert_eq(none, 0);
	tree_destroy(tree);
	disk_remove(folder);
}

/* ---- where the other names are ---- */

Test(links, other_names_are_found)
{
	char *folder = disk_folder(), path[4200];
	struct link_names names;
	dir_id dir;

	disk_dir(folder, "a");
	disk_dir(folder, "b");
	disk_dir(folder, "b/deep");
	disk_file(folder, "a/one", 8192);
	disk_file(folder, "a/two", 8192);
	disk_file(folder, "a/alone", 8192);
	give_name(folder, "a/one", "b/deep/uno");
	give_name(folder, "a/one", "a/eins");
	give_name(folder, "a/two", "b/deep/due");
	give_name(folder, "a/two", "b/zwei");
	struct tree *tree = read_folder(folder, 1);

	dir = tree_lookup(tree, "a", 1);
	cr_assert_eq(link_names_find(tree, dir, tree_find(tree, dir, "one", 3), NULL, &names), 0);
	cr_assert_eq(names.count, 2);
	snprintf(path, sizeof path, "%s/a/eins", folder);
	cr_assert_str_eq(names.items[0].path, path);
	snprintf(path, sizeof path, "%s/b/deep/uno", folder);
	cr_assert_str_eq(names.items[1].path, path);
	link_names_clear(&names);
	cr_assert_eq(link_names_find(tree, dir, tree_find(tree, dir, "alone", 5), NULL, &names), 0);
	cr_assert_eq(names.count, 0);
	/*
	 * A folder: which others hold names of what lies in it, the largest first; an inode with two names in it counts
	 * once.
	 */
	cr_assert_eq(link_names_find(tree, dir, -1, NULL, &names), 0);
	cr_assert_eq(names.count, 2);
	snprintf(path, sizeof path, "%s/b/deep", folder);
	cr_assert_str_eq(names.items[0].path, path);
	cr_assert_eq(names.items[0].apparent_bytes, 2 * 8192);
	cr_assert_eq(names.items[1].apparent_bytes, 8192);
	link_names_clear(&names);
	cr_assert_eq(link_names_find(tree, tree_lookup(tree, "b", 1), -1, NULL, &names), 0);
	cr_assert_eq(names.count, 1);
	cr_assert_eq(names.items[0].apparent_bytes, 2 * 8192);
	link_names_clear(&names);
	cr_assert_eq(link_names_find(tree, DIR_ROOT, -1, NULL, &names), 0);
	cr_assert_eq(names.count, 0);
	tree_destroy(tree);
	disk_remove(folder);
}
