/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "disk.h"
#include "engine/scan/scan.h"

/* Warm scans: what a remembered tree may be trusted for.  The oracle is an exact scan. */

#define OLD_S 1000000000 /* 2001 */

/* ---- a memory of a tree ---- */

struct memory {
	struct tree *tree;
	struct image *image;
	struct warm_source source;
	int fails;              /* what files() answers instead */
	_Atomic uint32_t asked; /* directories */
};

static int files(void *context, uint32_t dir, int (*take)(void *taker, const struct warm_file *file), void *taker)
{
	struct memory *memory = context;
	const struct node_block *block = tree_block(memory->tree, memory->image->dir[dir]);
	int result = memory->fails;

	atomic_fetch_add(&memory->asked, 1);
	for (uint32_t i = 0; !result && block && i < tree_count(block); i++) {
		struct node node;

		tree_node(memory->tree, block, i, &node);
		if (node.dir != DIR_NONE || node.flags & ROW_GONE)
			continue;
		const struct warm_file file = {
			.name = node.name,
			.name_length = node.name_length,
			.type = node.type,
			.flags = node.flags,
			.alloc_bytes = node.alloc_bytes,
			.apparent_bytes = node.apparent_bytes,
			.mtime_s = node.mtime_s,
			.nlink = node.nlink,
		};

		result = take(taker, &file);
	}
	return result;
}

/* The kernel's clock of files has moved on: what changes from now on gets another time. */
static void tick(void)
{
	struct timespec before, now;

	clock_gettime(CLOCK_REALTIME_COARSE, &before);
	for (int ticks = 0; ticks < 2;) {
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		ticks += now.tv_nsec != before.tv_nsec;
		before = now;
	}
}

static struct tree *run(const char *folder, struct scan_options options, enum scan_state expected)
{
	struct scan_progress progress;
	struct err err = { "" };

	options.wake_fd = -1;
	struct scan *scan = scan_start(folder, &options, &err);

	if (!scan && expected == SCAN_FAILED)
		return NULL;
	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	scan_progress(scan, &progress);
	cr_assert(progress.state == expected || (expected == SCAN_FAILED && progress.state == SCAN_DONE), "%d %s",
	          progress.state, scan_error(scan)->text);
	struct tree *tree = progress.state == SCAN_DONE ? scan_take_tree(scan) : NULL;

	scan_destroy(scan);
	return tree;
}

/*
 * Remember a folder as if it had been left alone for long; `now_s` is the time of the next scan, as far as files are
 * concerned.
 */
static void remember(struct memory *memory, const char *folder)
{
	*memory = (struct memory){ .tree = run(folder, (struct scan_options){ .threads = 2 }, SCAN_DONE) };
	memory->image = image_from_tree(memory->tree);
	cr_assert_not_null(memory->image);
	memory->source = (struct warm_source){.files = files,
	                                      .context = memory,
	                                      .rows = true,
	                                      .taken_s = clock_wall_s() + 100,
	                                      .exact_s = clock_wall_s()};
	tick();
}

static void forget(struct memory *memory)
{
	image_free(memory->image);
	tree_destroy(memory->tree);
}

static struct tree *warm(const char *folder, const struct memory *memory, struct scan_options options)
{
	options.baseline = memory->image;
	options.warm = &memory->source;
	if (!options.threads)
		options.threads = 3;
	return run(folder, options, SCAN_DONE);
}

static struct tree *exact(const char *folder)
{
	return run(folder, (struct scan_options){ .threads = 2 }, SCAN_DONE);
}

/* Without rows a tree is good for its directories: the same image as that of the oracle. */
static void expect_same_directories(const struct tree *oracle, const struct tree *now, uint64_t seed)
{
	struct image *a = image_from_tree(oracle), *b = image_from_tree(now);

	cr_assert(a && b);
	cr_assert_eq(a->count, b->count, "seed %lu", seed);
	for (uint32_t i = 0; i < a->count; i++) {
		cr_assert_eq(image_name_length(a, i), image_name_length(b, i));
		cr_assert_eq(memcmp(image_name(a, i), image_name(b, i), image_name_length(a, i)), 0);
		cr_expect_eq(a->alloc_bytes[i], b->alloc_bytes[i], "seed %lu", seed);
		cr_expect_eq(a->apparent_bytes[i], b->apparent_bytes[i], "seed %lu", seed);
		cr_expect_eq(a->items[i], b->items[i], "seed %lu", seed);
		cr_expect_eq(a->files[i], b->files[i], "seed %lu", seed);
		cr_expect_eq(a->errors[i], b->errors[i], "seed %lu", seed);
		cr_expect_eq(a->child_count[i], b->child_count[i], "seed %lu", seed);
		cr_expect_eq(a->newest[i], b->newest[i], "seed %lu", seed);
		cr_expect_eq(image_direct_bytes(a, i), image_direct_bytes(b, i), "seed %lu", seed);
		cr_expect_eq(memcmp(a->fingerprint[i], b->fingerprint[i], sizeof *a->fingerprint), 0, "seed %lu", seed);
	}
	image_free(a);
	image_free(b);
}

/* Directories of which only the sums are there. */
static uint32_t rests(const struct tree *tree)
{
	uint32_t n = 0;

	for (dir_id dir = DIR_ROOT; dir < tree_dir_limit(tree); dir++)
		n += tree_rest(tree, dir) != NULL;
	return n;
}

/* ---- a folder ---- */

static char *folder;

static const char *at(const char *name)
{
	static char path[4][512];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
	return path[next];
}

static void age(const char *name)
{
	const struct timespec times[2] = { { .tv_sec = OLD_S }, { .tv_sec = OLD_S } };

	cr_assert_eq(utimensat(AT_FDCWD, at(name), times, AT_SYMLINK_NOFOLLOW), 0, "%s", name);
}

static void append(const char *name, const char *text)
{
	FILE *file = fopen(at(name), "a");

	cr_assert(file && fputs(text, file) >= 0 && !fclose(file), "%s", name);
}

static uint64_t bytes_of(const struct tree *tree, const char *dir, const char *name)
{
	dir_id id = tree_lookup(tree, dir, strlen(dir));
	int64_t row = id == DIR_NONE ? -1 : tree_find(tree, id, name, strlen(name));
	struct node node;

	cr_assert(row >= 0, "%s/%s", dir, name);
	tree_node(tree, tree_block(tree, id), (uint32_t)row, &node);
	return node.apparent_bytes;
}

static bool old(const struct tree *tree, const char *dir)
{
	struct node node;

	tree_dir_node(tree, tree_lookup(tree, dir, strlen(dir)), &node);
	return node.dir_flags & DIR_TRUSTED;
}

static void setup(void)
{
	folder = disk_folder();
	disk_dir(folder, "quiet");
	disk_dir(folder, "quiet/inner");
	disk_dir(folder, "busy");
	disk_dir(folder, "linked");
	disk_dir(folder, "empty");
	disk_file(folder, "quiet/small", 10);
	disk_file(folder, "quiet/large", 3 << 20);
	disk_file(folder, "quiet/holes", 10);
	cr_assert_eq(truncate(at("quiet/holes"), 3 << 20), 0);
	disk_file(folder, "quiet/recent", 10);
	disk_file(folder, "quiet/inner/small", 10);
	disk_file(folder, "busy/small", 10);
	disk_file(folder, "linked/a", 10);
	cr_assert_eq(link(at("linked/a"), at("linked/b")), 0);
	cr_assert_eq(symlink("small", at("quiet/pointer")), 0);
	age("quiet/small");
	age("quiet/large");
	age("quiet/holes");
	age("quiet/inner/small");
	age("busy/small");
	age("linked/a");
	age("quiet/pointer");
}

static void teardown(void)
{
	disk_remove(folder);
}

/* ---- what is found ---- */

Test(warm, an_unchanged_tree_is_the_same, .init = setup, .fini = teardown)
{
	struct memory memory;

	remember(&memory, folder);
	struct tree *now = warm(folder, &memory, (struct scan_options){0});

	cr_expect_eq(disk_check(now), 0);
	cr_expect_eq(disk_compare(memory.tree, now, false), 0);
	cr_expect_eq(memory.asked, 6);
	cr_expect(old(now, "") && old(now, "quiet") && old(now, "quiet/inner") && old(now, "busy"));
	cr_expect(!old(now, "linked") && !old(now, "empty"), "nothing of them is old");
	tree_destroy(now);
	forget(&memory);
}

Test(warm, only_a_small_old_file_that_changed_in_place_is_missed, .init = setup, .fini = teardown)
{
	struct memory memory;

	remember(&memory, folder);
	append("quiet/small", "12345");
	append("quiet/large", "12345");
	append("quiet/holes", "12345");
	append("quiet/recent", "12345");
	append("busy/small", "12345");
	disk_file(folder, "busy/new", 100);
	append("linked/b", "12345");
	struct tree *now = warm(folder, &memory, (struct scan_options){0});

	cr_expect_eq(bytes_of(now, "quiet", "small"), 10, "missed, as documented");
	cr_expect_eq(bytes_of(now, "quiet", "large"), (3 << 20) + 5);
	cr_expect_eq(bytes_of(now, "quiet", "holes"), 3 << 20, "missed: hardly anything is allocated");
	cr_expect_eq(bytes_of(now, "quiet", "recent"), 15);
	cr_expect_eq(bytes_of(now, "busy", "small"), 15, "its folder was listed");
	cr_expect_eq(bytes_of(now, "busy", "new"), 100);
	cr_expect_eq(bytes_of(now, "linked", "a"), 15);
	cr_expect(old(now, "quiet") && !old(now, "busy") && old(now, ""));
	cr_expect_eq(disk_consistent(now), 0);
	tree_destroy(now);

	/* Everything is found by an exact one. */
	now = exact(folder);
	cr_expect_eq(bytes_of(now, "quiet", "small"), 15);
	cr_expect(!old(now, ""));
	tree_destroy(now);
	forget(&memory);
}

/* A symbolic link does not grow: it is not stat-ed, and so not either when it got another name. */
static int linked_symlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)ftw;
	return type == FTW_SL && st->st_nlink > 1;
}

Test(warm, any_changes_of_folders_are_found)
{
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct memory memory;

		folder = disk_folder();
		disk_fill(folder, seed, 300);
		remember(&memory, folder);
		disk_change(folder, seed, 1 + (int)(seed % 10) * 4, seed % 2);
		/* All files are new: only what is not looked at at all could be missed. */
		for (int rows = 1; rows >= 0 && nftw(folder, linked_symlink, 20, FTW_PHYS) == 0; rows--) {
			memory.source.rows = rows;
			struct tree *now = warm(folder, &memory,
			                        (struct scan_options){.threads = 1 + (unsigned)seed % 4}),
				    *oracle = exact(folder);

			if (rows) {
				cr_expect_eq(disk_check(now), 0, "seed %lu", seed);
				cr_expect_eq(disk_compare(oracle, now, false), 0, "seed %lu", seed);
				cr_expect_gt(memory.asked, 0);
			}
			expect_same_directories(oracle, now, seed);
			tree_destroy(oracle);
			tree_destroy(now);
		}
		forget(&memory);
		disk_remove(folder);
	}
}

static int make_old(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const struct timespec times[2] = { { .tv_sec = OLD_S }, { .tv_sec = OLD_S } };

	(void)st;
	(void)ftw;
	return type == FTW_D ? 0 : utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

Test(warm, old_files_come_from_memory)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct memory memory;

		folder = disk_folder();
		disk_fill(folder, seed, 300);
		cr_assert_eq(nftw(folder, make_old, 20, FTW_PHYS), 0);
		remember(&memory, folder);
		/* New folders and files, but nothing changes in place. */
		disk_dir(folder, "added");
		disk_fill(at("added"), seed + 1000, 50);
		for (int rows = 1; rows >= 0; rows--) {
			memory.source.rows = rows;
			struct tree *now = warm(folder, &memory, (struct scan_options){0}), *oracle = exact(folder);

			if (rows)
				cr_expect_eq(disk_compare(oracle, now, false), 0, "seed %lu", seed);
			else
				cr_expect_gt(rests(now), 0, "seed %lu", seed);
			expect_same_directories(oracle, now, seed);
			cr_expect(old(now, ""), "seed %lu", seed);
			tree_destroy(oracle);
			tree_destroy(now);
		}
		forget(&memory);
		disk_remove(folder);
	}
}

/* The directories of a tree without rows, and how many of the memory's lists were wanted for it. */
static struct tree *warm_without_rows(struct memory *memory, uint32_t asked)
{
	memory->source.rows = false;
	memory->asked = 0;
	struct tree *now = warm(folder, memory, (struct scan_options){0}), *oracle = exact(folder);

	cr_expect_eq(memory->asked, asked, "%u", memory->asked);
	expect_same_directories(oracle, now, 0);
	tree_destroy(oracle);
	return now;
}

Test(warm, without_rows_no_list_is_needed, .init = setup, .fini = teardown)
{
	struct memory memory;

	remember(&memory, folder);
	struct tree *now = warm_without_rows(&memory, 0);

	cr_expect_eq(rests(now), 2, "quiet/inner and busy: quiet holds what may have grown");
	cr_expect(old(now, "") && old(now, "quiet/inner") && old(now, "busy") && old(now, "quiet"),
	          "for what is below");
	tree_destroy(now);
	forget(&memory);
}

Test(warm, the_fingerprint_of_a_rest_follows_what_is_below, .init = setup, .fini = teardown)
{
	struct memory memory;

	disk_dir(folder, "busy/a");
	disk_dir(folder, "busy/a/b");
	disk_file(folder, "busy/a/b/small", 10);
	disk_file(folder, "busy/a/small", 10);
	age("busy/a/b/small");
	age("busy/a/small");
	remember(&memory, folder);
	disk_file(folder, "busy/a/b/new", 5000);
	struct tree *now = warm_without_rows(&memory, 2);

	cr_expect_eq(rests(now), 3, "busy, busy/a, quiet/inner");
	tree_destroy(now);
	disk_remove(strdup(at("busy/a/b")));
	now = warm_without_rows(&memory, 1);
	cr_expect_eq(rests(now), 2, "busy/a was listed");
	tree_destroy(now);

	/* Unreadable below, or not at all: the answer may not be guessed. */
	disk_dir(folder, "busy/a/b");
	memory.fails = -EIO;
	struct scan_options options = { .threads = 2, .baseline = memory.image, .warm = &memory.source };

	cr_expect_null(run(folder, options, SCAN_FAILED));
	forget(&memory);
}

Test(warm, links_are_stated_wherever_they_changed, .init = setup, .fini = teardown)
{
	struct memory memory;

	for (int i = 0; i < 40; i++) {
		char name[32];

		snprintf(name, sizeof name, "linked/f%d", i);
		disk_file(folder, name, 10);
		age(name);
	}
	disk_dir(folder, "other");
	cr_assert_eq(link(at("linked/a"), at("other/c")), 0);
	remember(&memory, folder);
	for (int rows = 1; rows >= 0; rows--) {
		memory.asked = 0;
		memory.source.rows = rows;
		append("linked/b", "12345");
		cr_assert_eq(unlink(at("other/c")), 0, "the others have one name less now");
		struct tree *now = warm(folder, &memory, (struct scan_options){0}), *oracle = exact(folder);

		if (rows)
			cr_expect_eq(disk_check(now), 0);
		else
			cr_expect_eq(memory.asked, 1, "a long folder is not listed for a link");
		expect_same_directories(oracle, now, 0);
		tree_destroy(oracle);
		tree_destroy(now);
		cr_assert_eq(link(at("linked/a"), at("other/c")), 0);
	}
	forget(&memory);
}

/* What several folders share belongs to none of them: where they meet, nothing can be told from the totals. */
Test(warm, where_links_meet_it_looks, .init = setup, .fini = teardown)
{
	struct memory memory;

	disk_dir(folder, "busy/a");
	disk_dir(folder, "busy/b");
	disk_file(folder, "busy/a/holes", 0);
	cr_assert_eq(truncate(at("busy/a/holes"), 1 << 30), 0);
	age("busy/a/holes");
	cr_assert_eq(link(at("busy/a/holes"), at("busy/b/too")), 0);
	remember(&memory, folder);
	struct tree *now = warm_without_rows(&memory, 0);

	cr_expect_eq(rests(now), 1, "quiet/inner");
	tree_destroy(now);
	forget(&memory);
}

Test(warm, what_is_forced_is_listed, .init = setup, .fini = teardown)
{
	struct memory memory;

	remember(&memory, folder);
	append("busy/small", "12345");
	uint64_t forced = UINT64_C(1) << image_lookup(memory.image, "busy", 4);

	memory.source.forced = &forced;
	for (int rows = 1; rows >= 0; rows--) {
		memory.source.rows = rows;
		struct tree *now = warm(folder, &memory, (struct scan_options){0}), *oracle = exact(folder);

		expect_same_directories(oracle, now, 0);
		cr_expect(!old(now, "busy") && old(now, "quiet/inner"));
		tree_destroy(oracle);
		tree_destroy(now);
	}
	forget(&memory);
}

/* ---- what is not trusted ---- */

Test(warm, nothing_that_changed_just_before_it_was_read, .init = setup, .fini = teardown)
{
	struct memory memory;

	remember(&memory, folder);
	memory.source.taken_s = clock_wall_s();
	append("quiet/small", "12345");
	struct tree *now = warm(folder, &memory, (struct scan_options){0});

	cr_expect_eq(memory.asked, 0);
	cr_expect_eq(bytes_of(now, "quiet", "small"), 15);
	cr_expect(!old(now, ""));
	tree_destroy(now);
	forget(&memory);
}

Test(warm, nothing_whose_owners_or_targets_are_wanted, .init = setup, .fini = teardown)
{
	struct memory memory;

	remember(&memory, folder);
	for (int i = 0; i < 2; i++) {
		struct tree *now = warm(folder, &memory,
		                        (struct scan_options){.extended = i, .counting = {.follow_links = !i}});

		cr_expect(!old(now, ""));
		tree_destroy(now);
	}
	cr_expect_eq(memory.asked, 0);
	forget(&memory);
}

Test(warm, nothing_that_the_store_does_not_know, .init = setup, .fini = teardown)
{
	static const int answers[] = { -ENOENT, -EINVAL, -EIO };
	struct memory memory;

	remember(&memory, folder);
	for (int i = 0; i < 3; i++) {
		memory.fails = answers[i];
		struct tree *now = warm(folder, &memory, (struct scan_options){0});

		cr_expect_eq(disk_check(now), 0);
		cr_expect(!old(now, ""));
		tree_destroy(now);
	}
	forget(&memory);
}

Test(warm, what_became_unreadable_is_an_error, .init = setup, .fini = teardown)
{
	struct memory memory;
	struct node node;

	if (!geteuid())
		cr_skip_test("root reads everything");
	remember(&memory, folder);
	cr_assert_eq(chmod(at("quiet"), 0), 0);
	struct tree *now = warm(folder, &memory, (struct scan_options){0});

	tree_dir_node(now, tree_lookup(now, "quiet", 5), &node);
	cr_expect(node.dir_flags & DIR_READ_ERROR);
	cr_assert_eq(chmod(at("quiet"), 0755), 0);
	tree_destroy(now);
	forget(&memory);
}

/* ---- watching ---- */

static _Atomic int told;

static void write_meanwhile(void *context, dir_id dir, int fd)
{
	(void)dir;
	atomic_fetch_add(&told, 1);
	int file = openat(fd, context, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	cr_assert(file >= 0 && !close(file));
}

Test(warm, what_comes_before_the_watch_is_found, .init = setup, .fini = teardown)
{
	struct memory memory;
	char name[] = "meanwhile";

	remember(&memory, folder);
	struct tree *now = warm(folder, &memory,
	                        (struct scan_options){.threads = 1, .opened = write_meanwhile, .opened_context = name});

	cr_expect_eq(told, 6, "each once");
	cr_expect_eq(disk_check(now), 0);
	cr_expect_eq(bytes_of(now, "quiet/inner", name), 0);
	tree_destroy(now);
	forget(&memory);
}

/* ---- failing ---- */

Test(warm, without_memory_it_fails_or_is_right, .init = setup, .fini = teardown)
{
	struct memory memory;

	remember(&memory, folder);
	for (long n = 0;; n++) {
		memory.source.rows = n % 2;
		struct scan_options options = { .threads = 1, .baseline = memory.image, .warm = &memory.source };

		alloc_fail_at(n, true);
		struct tree *now = run(folder, options, SCAN_FAILED);
		bool all = alloc_count() <= n;

		alloc_fail_at(-1, false);
		if (now) {
			if (memory.source.rows)
				cr_expect_eq(disk_compare(memory.tree, now, false), 0, "allocation %ld", n);
			else
				expect_same_directories(memory.tree, now, 0);
			tree_destroy(now);
		}
		if (all)
			break;
		cr_assert(n < 10000);
	}
	forget(&memory);
}
