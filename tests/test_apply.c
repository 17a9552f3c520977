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

#include "base/alloc.h"
#include "disk.h"
#include "engine/watch/apply.h"
#include "engine/scan/scan.h"
#include "engine/tree/tree_state.h"

/* A tree that was scanned once and is then kept true by hand: dirty marks instead of events. */
struct kept {
	char *folder;
	struct tree *tree;
	struct dirty *dirty;
	struct batch_account *account;
	struct apply *apply;
};

static struct tree *scanned(const char *folder)
{
	const struct scan_options options = { .threads = 2, .wake_fd = -1 };
	struct err err = {0};
	struct scan *scan = scan_start(folder, &options, &err);

	cr_assert(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static void begin(struct kept *kept)
{
	struct err err = {0};

	kept->tree = scanned(kept->folder);
	kept->dirty = dirty_create(0, -1);
	kept->account = batch_create(kept->tree);
	const struct apply_options options = {
		.tree = kept->tree, .dirty = kept->dirty, .account = kept->account, .rename_wait_ns = 200000000,
	};

	cr_assert_eq(apply_create(&options, &kept->apply, &err), 0, "%s", err.text);
}

static void end(struct kept *kept)
{
	apply_destroy(kept->apply);
	batch_destroy(kept->account);
	dirty_destroy(kept->dirty);
	tree_destroy(kept->tree);
}

/* Apply until nothing is dirty any more.  What changed in all. */
static int64_t settle(struct kept *kept)
{
	int64_t delta = 0;

	for (int rounds = 0; !dirty_empty(kept->dirty); rounds++) {
		struct batch batch = {0};
		size_t count;

		cr_assert_lt(rounds, 50, "it never comes to rest");
		const struct dirty_item *items = dirty_take(kept->dirty, kept->tree, &count);

		batch_begin(kept->account);
		cr_assert_eq(apply_batch(kept->apply, items, count), 0);
		dirty_release(kept->dirty);
		batch_finish(kept->account, &batch);
		cr_assert(!batch.incomplete);
		delta += batch.delta_bytes;
	}
	return delta;
}

static uint64_t total(const struct tree *tree)
{
	struct node root;

	tree_dir_node(tree, DIR_ROOT, &root);
	return root.alloc_bytes;
}

/* The kept tree against a walk and a fresh scan, fingerprints too. */
static void check(struct kept *kept, const char *what)
{
	struct tree *fresh = scanned(kept->folder);

	tree_sum(kept->tree);
	cr_assert_eq(disk_check(kept->tree), 0, "%s: totals differ from a walk", what);
	cr_assert_eq(disk_compare(kept->tree, fresh, false), 0, "%s: differs from a fresh scan", what);
	tree_destroy(fresh);
}

static void shell(const struct kept *kept, const char *script)
{
	struct buf command = {0};

	buf_printf(&command, "cd '%s' && { %s ; }", kept->folder, script);
	cr_assert_eq(system(command.data), 0, "%s", script);
	buf_free(&command);
}

Test(apply, everything_read_again_is_exact)
{
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct kept kept = { .folder = disk_folder() };
		char what[32];

		disk_fill(kept.folder, seed, 300);
		begin(&kept);
		for (uint64_t round = 0; round < 4; round++) {
			uint64_t before = total(kept.tree);

			disk_change(kept.folder, seed * 100 + round, 40, true);
			dirty_tree(kept.dirty, DIR_ROOT);
			int64_t delta = settle(&kept);

			snprintf(what, sizeof what, "seed %d round %d", (int)seed, (int)round);
			check(&kept, what);
			cr_assert_eq(delta, (int64_t)(total(kept.tree) - before));
		}
		end(&kept);
		disk_remove(kept.folder);
	}
}

static dir_id at(const struct kept *kept, const char *path)
{
	dir_id dir = tree_lookup(kept->tree, path, strlen(path));

	cr_assert_neq(dir, DIR_NONE, "%s", path);
	return dir;
}

Test(apply, names_only)
{
	struct kept kept = { .folder = disk_folder() };

	shell(&kept, "mkdir -p a/b c; echo x > a/f; echo y > a/b/g; head -c 100000 /dev/zero > c/z");
	begin(&kept);
	shell(&kept, "head -c 70000 /dev/zero > a/f; rm c/z; mkdir c/new; echo 1 > c/new/1; mv a/b c/moved");
	dirty_name(kept.dirty, at(&kept, "a"), "f", 1);
	dirty_name(kept.dirty, at(&kept, "a"), "b", 1);
	dirty_name(kept.dirty, at(&kept, "c"), "z", 1);
	dirty_name(kept.dirty, at(&kept, "c"), "new", 3);
	dirty_name(kept.dirty, at(&kept, "c"), "moved", 5);
	dir_id moved = at(&kept, "a/b");

	settle(&kept);
	cr_assert_eq(at(&kept, "c/moved"), moved, "a moved folder stays the same directory");
	check(&kept, "names");
	end(&kept);
	disk_remove(kept.folder);
}

/* A second name of a file that was a plain row: the first one's directory hears nothing of it. */
Test(apply, links_come_and_go)
{
	struct kept kept = { .folder = disk_folder() };

	shell(&kept, "mkdir -p a/b c d; head -c 50000 /dev/zero > a/b/f; head -c 50000 /dev/zero > a/other");
	begin(&kept);
	shell(&kept, "ln a/b/f c/f2");
	dirty_name(kept.dirty, at(&kept, "c"), "f2", 2);
	settle(&kept);
	check(&kept, "a name elsewhere");
	shell(&kept, "ln c/f2 d/f3; ln c/f2 c/f4");
	dirty_list(kept.dirty, at(&kept, "c"));
	dirty_list(kept.dirty, at(&kept, "d"));
	settle(&kept);
	check(&kept, "more names");
	shell(&kept, "head -c 90000 /dev/urandom > d/f3");
	dirty_name(kept.dirty, at(&kept, "d"), "f3", 2);
	settle(&kept);
	check(&kept, "written through one of them");
	/* A new link that is renamed over another name at once: no event names the first one. */
	shell(&kept, "head -c 8000 /dev/zero > a/single; echo 1 > c/taken");
	dirty_name(kept.dirty, at(&kept, "a"), "single", 6);
	dirty_name(kept.dirty, at(&kept, "c"), "taken", 5);
	settle(&kept);
	shell(&kept, "ln a/single d/t; mv -f d/t c/taken");
	dirty_name(kept.dirty, at(&kept, "c"), "taken", 5);
	dirty_name(kept.dirty, at(&kept, "d"), "t", 1);
	settle(&kept);
	check(&kept, "renamed over another name");
	shell(&kept, "rm a/b/f c/f2");
	dirty_name(kept.dirty, at(&kept, "a/b"), "f", 1);
	dirty_name(kept.dirty, at(&kept, "c"), "f2", 2);
	settle(&kept);
	check(&kept, "names removed");
	shell(&kept, "rm -r d");
	dirty_name(kept.dirty, DIR_ROOT, "d", 1);
	settle(&kept);
	check(&kept, "the last but one goes with its folder");
	shell(&kept, "mv c a/b/c");
	dirty_name(kept.dirty, DIR_ROOT, "c", 1);
	dirty_name(kept.dirty, at(&kept, "a/b"), "c", 1);
	settle(&kept);
	check(&kept, "moved with links");
	end(&kept);
	disk_remove(kept.folder);
}

Test(apply, one_name_for_another_kind)
{
	struct kept kept = { .folder = disk_folder() };

	shell(&kept, "mkdir -p a/b x/y; echo 1 > a/f; echo 2 > x/y/g; mkdir swap1 swap2; echo 3 > swap1/in");
	begin(&kept);
	shell(&kept,
	      "rm a/f; mkdir a/f; echo 4 > a/f/new; rm -r x/y; echo 5 > x/y; mv swap1 t; mv swap2 swap1; mv t swap2");
	dirty_list(kept.dirty, at(&kept, "a"));
	dirty_list(kept.dirty, at(&kept, "x"));
	dirty_list(kept.dirty, DIR_ROOT);
	settle(&kept);
	check(&kept, "kinds");
	/* Removed and made again at once: the same name, perhaps the same inode. */
	shell(&kept, "rm -r a; mkdir -p a/b/c; echo 6 > a/b/c/d");
	dirty_name(kept.dirty, DIR_ROOT, "a", 1);
	settle(&kept);
	/*
	 * Without an event for what lies below, the same inode may hide that it is another folder; its own event says
	 * so.
	 */
	dirty_tree(kept.dirty, at(&kept, "a"));
	settle(&kept);
	check(&kept, "made again");
	end(&kept);
	disk_remove(kept.folder);
}

/* Where a file went is not known yet, but its name is a directory's by now: nothing may wait under it. */
Test(apply, a_folder_takes_the_name_of_a_file_that_went_on)
{
	struct kept kept = { .folder = disk_folder() };

	shell(&kept, "mkdir came went; echo 1 > came/in; head -c 5000 /dev/zero > name");
	begin(&kept);
	shell(&kept, "rm name; mv came name");
	dirty_rename(kept.dirty, DIR_ROOT, "name", 4, at(&kept, "went"), "first", 5, NULL);
	dirty_name(kept.dirty, DIR_ROOT, "came", 4);
	settle(&kept);
	check(&kept, "a folder in its place");
	end(&kept);
	disk_remove(kept.folder);
}

/* It has left the name that it got, and no word of that has come yet: it is not gone in between. */
Test(apply, a_folder_that_went_on_is_waited_for)
{
	struct kept kept = { .folder = disk_folder() };
	size_t count;

	shell(&kept, "mkdir first; echo 1 > first/in");
	begin(&kept);
	dir_id moved = at(&kept, "first");
	uint64_t before = total(kept.tree);

	shell(&kept, "mv first third");
	dirty_rename(kept.dirty, DIR_ROOT, "first", 5, DIR_ROOT, "second", 6, NULL);
	const struct dirty_item *items = dirty_take(kept.dirty, kept.tree, &count);

	batch_begin(kept.account);
	cr_assert_eq(apply_batch(kept.apply, items, count), 0);
	dirty_release(kept.dirty);
	batch_finish(kept.account, &(struct batch){0});
	cr_assert_eq(total(kept.tree), before);
	dirty_rename(kept.dirty, DIR_ROOT, "second", 6, DIR_ROOT, "third", 5, NULL);
	settle(&kept);
	cr_assert_eq(at(&kept, "third"), moved, "a moved folder stays the same directory");
	check(&kept, "moved twice");
	end(&kept);
	disk_remove(kept.folder);
}

/* Half of a batch, then everything is read again: of two rows of one name only what is there may stay. */
Test(apply, every_allocation_fails_once)
{
	for (long n = 0;; n++) {
		struct kept kept = { .folder = disk_folder() };
		size_t count;

		shell(&kept, "mkdir a b c d; echo 1 > a/in; echo 2 > b/in; echo 3 > d/in; echo 4 > f; ln f g");
		begin(&kept);
		shell(&kept, "mv a t; mv b a; mv t b; mv f c/f; mv d f; echo 5 > d; ln g c/g");
		dirty_rename(kept.dirty, DIR_ROOT, "f", 1, at(&kept, "c"), "f", 1, NULL);
		dirty_list(kept.dirty, DIR_ROOT);
		dirty_list(kept.dirty, at(&kept, "c"));
		alloc_fail_at(n, false);
		const struct dirty_item *items = dirty_take(kept.dirty, kept.tree, &count);

		batch_begin(kept.account);
		cr_assert_eq(apply_batch(kept.apply, items, count), 0);
		dirty_release(kept.dirty);
		bool all = alloc_count() <= n;

		alloc_fail_at(-1, false);
		batch_finish(kept.account, &(struct batch){0});
		settle(&kept);
		check(&kept, "an allocation failed");
		end(&kept);
		disk_remove(kept.folder);
		if (all)
			break;
		cr_assert(n < 10000);
	}
}

Test(apply, many_new_entries)
{
	struct kept kept = { .folder = disk_folder() };

	shell(&kept, "mkdir a");
	begin(&kept);
	for (int round = 0; round < 20; round++) {
		char prefix[16];

		snprintf(prefix, sizeof prefix, "r%d-", round);
		shell(&kept, "rm -f a/r*5 a/r*7*");
		struct buf path = {0};

		buf_printf(&path, "%s/a", kept.folder);
		disk_many(path.data, prefix, 300);
		buf_free(&path);
		dirty_list(kept.dirty, at(&kept, "a"));
		settle(&kept);
	}
	check(&kept, "many");
	end(&kept);
	disk_remove(kept.folder);
}
