/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "disk.h"
#include "engine/remove/remove.h"
#include "engine/scan/scan.h"
#include "private_mounts.h"

/* Deletion, held against what a naive walk finds before and afterwards. */

static struct tree *read_folder(const char *folder)
{
	struct scan_options options = {.threads = 2, .wake_fd = -1};
	struct err err = {""};
	struct scan *scan = scan_start(folder, &options, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static char *in(const char *folder, const char *name)
{
	char *path;

	cr_assert(asprintf(&path, "%s%s%s", folder, *name ? "/" : "", name) > 0);
	return path;
}

static bool is_there(const char *folder, const char *name)
{
	struct stat st;
	char *path = in(folder, name);
	bool there = lstat(path, &st) == 0;

	free(path);
	return there;
}

static const _Atomic bool cancel; /* never */

/* ---- the oracle: all paths ---- */

struct seen {
	char *path;
	ino_t ino;
	nlink_t nlink;
	uint64_t bytes;
	bool is_dir;
};

struct walk {
	struct seen *items;
	size_t count, capacity;
};

static void walk_into(struct walk *walk, const char *folder, const char *relative)
{
	char *path = in(folder, relative);
	DIR *dir = opendir(path);

	cr_assert_not_null(dir, "%s", path);
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct stat st;
		char *below;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		cr_assert_eq(fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW), 0);
		cr_assert(asprintf(&below, "%s%s%s", relative, *relative ? "/" : "", entry->d_name) > 0);
		if (walk->count == walk->capacity) {
			walk->capacity = walk->capacity * 2 + 64;
			walk->items = realloc(walk->items, walk->capacity * sizeof(*walk->items));
		}
		walk->items[walk->count++] = (struct seen){.path = below,
		                                           .ino = st.st_ino,
		                                           .nlink = st.st_nlink,
		                                           .bytes = (uint64_t)st.st_blocks * 512,
		                                           .is_dir = S_ISDIR(st.st_mode)};
		if (S_ISDIR(st.st_mode))
			walk_into(walk, folder, below);
	}
	closedir(dir);
	free(path);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct seen *)a)->path, ((const struct seen *)b)->path);
}

static struct walk walk_take(const char *folder)
{
	struct walk walk = {0};

	walk_into(&walk, folder, "");
	qsort(walk.items, walk.count, sizeof(*walk.items), by_path);
	return walk;
}

static void walk_free(struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		free(walk->items[i].path);
	free(walk->items);
}

static bool below(const char *path, const char *of)
{
	size_t length = strlen(of);

	return !strncmp(path, of, length) && (!path[length] || path[length] == '/');
}

/* ---- choosing ---- */

#define MOST 8

struct chosen {
	char *paths[MOST]; /* relative */
	size_t count;
};

/** What was made before a choice is older than it, by the clock of files. */
static void pass_a_tick(void)
{
	struct timespec began, now;

	/* A time may be finer than the ticks: the next tick is not always behind it. */
	clock_gettime(CLOCK_REALTIME, &began);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec < began.tv_sec || (now.tv_sec == began.tv_sec && now.tv_nsec <= began.tv_nsec));
}

static int choose_names(const struct tree *tree, const struct chosen *chosen, struct choice **choice)
{
	struct choice_name names[MOST];

	for (size_t i = 0; i < chosen->count; i++) {
		const char *path = chosen->paths[i], *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
		dir_id dir = tree_lookup(tree, path, slash ? (size_t)(slash - path) : 0);

		cr_assert_neq(dir, DIR_NONE, "%s", path);
		names[i] = (struct choice_name){.dir = dir, .name = name, .length = strlen(name)};
	}
	return choice_create(tree, names, chosen->count, NULL, choice);
}

static struct choice *choose(const struct tree *tree, const struct chosen *chosen)
{
	struct choice *choice;

	pass_a_tick();
	cr_assert_eq(choose_names(tree, chosen, &choice), 0);
	cr_assert_eq(choice_list(choice, NULL), 0);
	return choice;
}

static struct choice *choose_one(const struct tree *tree, const char *path)
{
	struct chosen chosen = {.paths = {(char *)path}, .count = 1};

	return choose(tree, &chosen);
}

static bool is_chosen(const struct chosen *chosen, const char *path)
{
	for (size_t i = 0; i < chosen->count; i++)
		if (below(path, chosen->paths[i]))
			return true;
	return false;
}

/** What the oracle says of the choice. */
static void check_figures(const struct choice *choice, const struct walk *walk, const struct chosen *chosen)
{
	uint64_t entries = 0, bytes = 0, elsewhere = 0;

	for (size_t i = 0; i < walk->count; i++) {
		const struct seen *seen = &walk->items[i];
		nlink_t names = 0;
		bool first = true;

		if (!is_chosen(chosen, seen->path))
			continue;
		entries++;
		for (size_t k = 0; k < walk->count && !seen->is_dir && seen->nlink > 1; k++)
			if (walk->items[k].ino == seen->ino && is_chosen(chosen, walk->items[k].path)) {
				first &= k >= i;
				names++;
			}
		if (!first)
			continue;
		bytes += seen->bytes;
		if (!seen->is_dir && seen->nlink > 1 && names < seen->nlink)
			elsewhere += seen->bytes;
	}
	cr_assert_eq(choice->entries, entries);
	cr_assert_eq(choice->bytes, bytes);
	cr_assert_eq(choice->elsewhere, elsewhere);
}

static void print_errors(const struct removal *removal)
{
	for (size_t i = 0; i < removal->errors.count; i++) {
		struct buf words = {0};

		removal_words(&removal->errors.items[i], &words);
		fprintf(stderr, "%s: %s\n", removal->errors.items[i].path, words.data);
		buf_free(&words);
	}
}

/** Delete; so many errors, all with this reason. */
static uint64_t delete_all(struct choice *choice, size_t errors, enum removal_why why)
{
	struct removal removal;
	uint64_t entries;

	removal_init(&removal, choice, &cancel);
	removal.threads = 3;
	cr_assert_eq(removal_run(&removal), 0);
	if (removal.errors.total != errors)
		print_errors(&removal);
	cr_assert_eq(removal.errors.total, errors);
	for (size_t i = 0; i < removal.errors.count; i++)
		cr_assert_eq(removal.errors.items[i].why, why, "%s", removal.errors.items[i].path);
	entries = removal.entries;
	removal_errors_clear(&removal.errors);
	return entries;
}

/* ---- tests ---- */

Test(remove, random_choices)
{
	for (uint64_t seed = 0; seed < 60; seed++) {
		char *folder = disk_folder();
		uint64_t random = seed + 5, expected = 0;
		struct chosen chosen = {.count = 1 + disk_random(&random, MOST)};
		struct walk before, after;
		struct choice *choice;
		struct tree *tree;

		disk_fill(folder, seed, 300);
		tree = read_folder(folder);
		before = walk_take(folder);
		for (size_t i = 0; i < chosen.count; i++)
			chosen.paths[i] = before.items[disk_random(&random, before.count)].path;
		choice = choose(tree, &chosen);
		check_figures(choice, &before, &chosen);
		cr_assert_eq(delete_all(choice, 0, REMOVAL_FAILED), choice->entries);
		after = walk_take(folder);
		for (size_t i = 0; i < before.count; i++)
			expected += !is_chosen(&chosen, before.items[i].path);
		cr_assert_eq(after.count, expected, "seed %lu", seed);
		for (size_t i = 0; i < after.count; i++)
			cr_assert(!is_chosen(&chosen, after.items[i].path), "seed %lu: %s", seed, after.items[i].path);
		walk_free(&before);
		walk_free(&after);
		choice_destroy(choice);
		tree_destroy(tree);
		disk_remove(folder);
	}
}

Test(remove, what_is_under_another_name_or_came_since_stays)
{
	char *folder = disk_folder(), *doomed = in(folder, "doomed"), *sub = in(folder, "doomed/sub");
	char *precious = in(folder, "precious"), *over = in(folder, "doomed/over"), *moved = in(folder, "doomed/dir");
	struct choice *choice;
	struct tree *tree;

	disk_dir(folder, "doomed");
	disk_dir(folder, "doomed/sub");
	disk_dir(folder, "kept");
	disk_file(folder, "kept/inner", 100);
	disk_file(folder, "doomed/over", 3);
	disk_file(folder, "doomed/again", 3);
	disk_file(folder, "doomed/log", 3);
	disk_file(folder, "doomed/sub/file", 3);
	disk_file(folder, "precious", 5000);
	tree = read_folder(folder);
	choice = choose_one(tree, "doomed");
	/* over a name that was chosen; another one under such a name; a folder brought in; a new file; written to */
	cr_assert_eq(rename(precious, over), 0);
	{
		char *again = in(folder, "doomed/again"), *kept = in(folder, "kept");

		cr_assert_eq(unlink(again), 0);
		cr_assert_eq(rename(kept, moved), 0);
		free(again);
		free(kept);
	}
	disk_file(folder, "doomed/again", 4);
	disk_file(folder, "doomed/sub/new", 4);
	disk_file(folder, "doomed/log", 9000);
	cr_assert_eq(delete_all(choice, 4, REMOVAL_UNSEEN), 2);
	cr_assert(is_there(folder, "doomed/over") && is_there(folder, "doomed/again") &&
	          is_there(folder, "doomed/sub/new") && is_there(folder, "doomed/dir/inner"));
	cr_assert(!is_there(folder, "doomed/log") && !is_there(folder, "doomed/sub/file"));
	choice_destroy(choice);
	tree_destroy(tree);
	free(doomed);
	free(sub);
	free(precious);
	free(over);
	free(moved);
	disk_remove(folder);
}

Test(remove, a_link_in_the_place_of_a_folder_is_not_followed)
{
	char *folder = disk_folder(), *a = in(folder, "doomed/a"), *b = in(folder, "doomed/b");
	char *other = in(folder, "other");
	struct choice *choice;
	struct tree *tree;

	disk_dir(folder, "doomed");
	disk_dir(folder, "doomed/a");
	disk_dir(folder, "doomed/b");
	disk_dir(folder, "other");
	disk_file(folder, "doomed/a/file", 3);
	disk_file(folder, "doomed/b/file", 3);
	disk_file(folder, "other/file", 3);
	tree = read_folder(folder);
	choice = choose_one(tree, "doomed");
	cr_assert_eq(rename(a, b) ? errno : 0, ENOTEMPTY);
	{
		char *away = in(folder, "away");

		cr_assert_eq(rename(a, away), 0);
		cr_assert_eq(symlink(other, a), 0);
		free(away);
	}
	delete_all(choice, 1, REMOVAL_UNSEEN);
	cr_assert(is_there(folder, "other/file") && is_there(folder, "away/file") && is_there(folder, "doomed/a"));
	cr_assert(!is_there(folder, "doomed/b"));
	choice_destroy(choice);
	/* the chosen entry itself */
	tree_destroy(tree);
	tree = read_folder(folder);
	choice = choose_one(tree, "other");
	{
		char *away = in(folder, "away2");

		cr_assert_eq(rename(other, away), 0);
		cr_assert_eq(symlink("away2", other), 0);
		free(away);
	}
	delete_all(choice, 1, REMOVAL_CHANGED);
	cr_assert(is_there(folder, "away2/file") && is_there(folder, "other"));
	choice_destroy(choice);
	tree_destroy(tree);
	free(a);
	free(b);
	free(other);
	disk_remove(folder);
}

Test(remove, names_of_one_file_in_several_folders)
{
	char *folder = disk_folder();
	struct choice *choice;
	struct tree *tree;

	disk_dir(folder, "doomed");
	for (int i = 0; i < 20; i++) {
		char name[64], *first = in(folder, "doomed/0/file"), *path;

		snprintf(name, sizeof(name), "doomed/%d", i);
		disk_dir(folder, name);
		strcat(name, "/file");
		path = in(folder, name);
		if (i)
			cr_assert_eq(link(first, path), 0);
		else
			disk_file(folder, name, 9000);
		free(first);
		free(path);
	}
	tree = read_folder(folder);
	choice = choose_one(tree, "doomed");
	cr_assert_eq(choice->elsewhere, 0);
	cr_assert_eq(delete_all(choice, 0, REMOVAL_FAILED), 41);
	cr_assert(!is_there(folder, "doomed"));
	choice_destroy(choice);
	tree_destroy(tree);
	disk_remove(folder);
}

Test(remove, deeper_than_descriptors)
{
	char *folder = disk_folder();
	struct choice *choice;
	struct tree *tree;

	disk_chain(folder, "deep", 5000);
	disk_dir(folder, "deep/side");
	tree = read_folder(folder);
	choice = choose_one(tree, "deep");
	cr_assert_eq(delete_all(choice, 0, REMOVAL_FAILED), 5001);
	cr_assert(!is_there(folder, "deep"));
	choice_destroy(choice);
	tree_destroy(tree);
	disk_remove(folder);
}

Test(remove, a_mount_is_not_entered)
{
	char *folder = disk_folder(), *inner = in(folder, "doomed/inner"), *bound = in(folder, "doomed/bound");
	char *other = in(folder, "other"), *file = in(folder, "doomed/file"), *other_file = in(folder, "other/file");
	struct choice *choice;
	struct tree *tree;

	disk_dir(folder, "doomed");
	disk_dir(folder, "doomed/inner");
	disk_dir(folder, "doomed/bound");
	disk_dir(folder, "other");
	disk_file(folder, "doomed/file", 3);
	disk_file(folder, "other/file", 3);
	tree = read_folder(folder);
	choice = choose_one(tree, "doomed");
	/* after it was chosen: another file system, the same one, and a file */
	if (private_tmpfs(inner, NULL))
		cr_skip_test("no mount namespace of our own");
	disk_file(folder, "doomed/inner/file", 3);
	cr_assert_eq(mount(other, bound, NULL, MS_BIND, NULL), 0);
	cr_assert_eq(mount(other_file, file, NULL, MS_BIND, NULL), 0);
	delete_all(choice, 3, REMOVAL_MOUNT);
	cr_assert(is_there(folder, "doomed/inner/file") && is_there(folder, "doomed/bound/file") &&
	          is_there(folder, "other/file"));
	choice_destroy(choice);
	tree_destroy(tree);
	cr_assert_eq(umount(file) | umount(bound) | umount(inner), 0);
	free(inner);
	free(bound);
	free(other);
	free(file);
	free(other_file);
	disk_remove(folder);
}

Test(remove, what_is_forbidden_stays_with_its_reason)
{
	char *folder = disk_folder(), *locked = in(folder, "doomed/locked");
	struct choice *choice;
	struct tree *tree;
	int status;
	pid_t child;

	cr_assert_eq(chmod(folder, 0777), 0);
	disk_dir(folder, "doomed");
	disk_dir(folder, "doomed/locked");
	disk_dir(folder, "doomed/open");
	disk_many(locked, "file", 50);
	disk_file(folder, "doomed/open/file", 3);
	{
		char *doomed = in(folder, "doomed"), *open_dir = in(folder, "doomed/open");

		cr_assert_eq(chmod(doomed, 0777) | chmod(open_dir, 0777), 0);
		free(doomed);
		free(open_dir);
	}
	child = fork();
	if (!child) {
		struct removal removal;

		if (getuid() == 0 && setresuid(65534, 65534, 65534))
			_exit(2);
		chmod(locked, 0555);
		tree = read_folder(folder);
		choice = choose_one(tree, "doomed");
		removal_init(&removal, choice, &cancel);
		_exit(removal_run(&removal) || removal.errors.total != 1 ||
		      removal.errors.items[0].code != -EACCES || strcmp(removal.errors.items[0].path, locked));
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	cr_assert(is_there(folder, "doomed/locked/file000049") && !is_there(folder, "doomed/open"));
	cr_assert_eq(chmod(locked, 0755), 0); /* who is not root does not get rid of it either */
	free(locked);
	disk_remove(folder);
}

Test(remove, cancel_leaves_the_rest)
{
	_Atomic bool stop;
	char *folder = disk_folder(), *doomed = in(folder, "doomed");
	struct removal removal;
	struct choice *choice;
	struct tree *tree;

	disk_dir(folder, "doomed");
	disk_many(doomed, "file", 1000);
	tree = read_folder(folder);
	choice = choose_one(tree, "doomed");
	removal_init(&removal, choice, &stop);
	stop = true;
	cr_assert_eq(removal_run(&removal), 0);
	cr_assert_eq(removal.entries, 0);
	cr_assert_eq(removal.errors.total, 0);
	cr_assert(is_there(folder, "doomed/file000999"));
	removal_errors_clear(&removal.errors);
	choice_destroy(choice);
	tree_destroy(tree);
	free(doomed);
	disk_remove(folder);
}

Test(remove, what_comes_free_is_measured)
{
	char *folder = disk_folder();
	struct removal removal;
	struct choice *choice;
	struct tree *tree;

	if (private_tmpfs(folder, "size=64m"))
		cr_skip_test("no mount namespace of our own");
	disk_dir(folder, "doomed");
	disk_file(folder, "doomed/a", 1 << 20);
	disk_file(folder, "doomed/b", 3 << 20);
	tree = read_folder(folder);
	choice = choose_one(tree, "doomed");
	removal_init(&removal, choice, &cancel);
	cr_assert_eq(removal_run(&removal), 0);
	cr_assert(removal.freed_known);
	cr_assert_eq(removal.freed_bytes, 4 << 20);
	cr_assert_eq(removal.bytes, 4 << 20);
	removal_errors_clear(&removal.errors);
	choice_destroy(choice);
	tree_destroy(tree);
	cr_assert_eq(umount2(folder, MNT_DETACH), 0);
	disk_remove(folder);
}

Test(remove, a_file_is_emptied)
{
	char *folder = disk_folder(), *path = in(folder, "log");
	struct removal removal;
	struct choice *choice;
	struct tree *tree;
	struct stat st;

	disk_file(folder, "log", 100000);
	tree = read_folder(folder);
	choice = choose_one(tree, "log");
	removal_init(&removal, choice, &cancel);
	cr_assert_eq(removal_empty(&removal), 0);
	cr_assert_eq(removal.errors.total, 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_size, 0);
	removal_errors_clear(&removal.errors);
	choice_destroy(choice);
	tree_destroy(tree);
	free(path);
	disk_remove(folder);
}

/** Without memory at any place: nothing that was not chosen goes, it is said, and the next try deletes the rest. */
Test(remove, every_allocation_may_fail)
{
	char *folder = disk_folder(), *first = in(folder, "doomed/a/file"), *link_in = in(folder, "doomed/b/link");
	char *link_out = in(folder, "kept/link");
	struct chosen chosen = {.paths = {(char *)"doomed", (char *)"file"}, .count = 2};
	bool failed = true;
	long n = 0;

	for (; failed; n++) {
		struct choice *choice = NULL;
		struct removal removal;
		struct walk after;
		struct tree *tree;
		int rc;

		disk_dir(folder, "doomed");
		disk_dir(folder, "doomed/a");
		disk_dir(folder, "doomed/b");
		disk_dir(folder, "kept");
		disk_file(folder, "doomed/a/file", 3);
		disk_file(folder, "file", 3);
		disk_file(folder, "kept/file", 3);
		cr_assert(!link(first, link_in) && !link(first, link_out));
		tree = read_folder(folder);
		pass_a_tick();
		alloc_fail_at(n, false);
		rc = choose_names(tree, &chosen, &choice);
		if (!rc)
			rc = choice_list(choice, NULL);
		if (!rc) {
			removal_init(&removal, choice, &cancel);
			removal.threads = 1;
			rc = removal_run(&removal);
			failed = alloc_count() > n;
			cr_assert(failed || (!rc && !removal.errors.total), "%ld", n);
			cr_assert(is_there(folder, "doomed") == false || rc || removal.errors.total, "%ld", n);
			removal_errors_clear(&removal.errors);
		}
		alloc_fail_at(-1, false);
		cr_assert(!rc || rc == -ENOMEM, "%ld: %d", n, rc);
		cr_assert(is_there(folder, "kept/file") && is_there(folder, "kept/link"), "%ld", n);
		choice_destroy(choice);
		tree_destroy(tree);
		/* again, with what is left of it */
		tree = read_folder(folder);
		if (is_there(folder, "doomed") || is_there(folder, "file")) {
			struct chosen left = {.count = 0};

			for (size_t i = 0; i < 2; i++)
				if (is_there(folder, chosen.paths[i]))
					left.paths[left.count++] = chosen.paths[i];
			choice = choose(tree, &left);
			delete_all(choice, 0, REMOVAL_FAILED);
			choice_destroy(choice);
		}
		tree_destroy(tree);
		after = walk_take(folder);
		cr_assert_eq(after.count, 3, "%ld", n);
		walk_free(&after);
		{
			char *kept = in(folder, "kept"), *file = in(folder, "kept/file");

			cr_assert(!unlink(link_out) && !unlink(file) && !rmdir(kept));
			free(kept);
			free(file);
		}
	}
	cr_expect_gt(n, 15);
	free(first);
	free(link_in);
	free(link_out);
	disk_remove(folder);
}
