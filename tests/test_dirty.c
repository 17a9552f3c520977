/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/build.h"
#include "engine/watch/dirty.h"

/* root ─ 2 ─ 3 ─ … : a chain, dir_ids in order of entering. */
static struct tree *chain(unsigned depth)
{
	struct build_entry entry = { .name = "d", .name_length = 1, .type = NODE_DIR, .ino = 1 };
	struct build *build = build_create("/r", &entry);

	for (unsigned i = 1; i < depth; i++) {
		entry.ino++;
		cr_assert_eq(build_enter(build, &entry), 0);
	}
	struct tree *tree = build_finish(build);

	cr_assert(tree);
	return tree;
}

static const struct dirty_item *item_of(const struct dirty_item *items, size_t count, dir_id dir)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].dir == dir)
			return &items[i];
	}
	return NULL;
}

Test(dirty, a_directory_waits_once)
{
	struct tree *tree = chain(4);
	struct dirty *dirty = dirty_create(0, -1);
	size_t count;

	cr_assert(dirty_empty(dirty));
	for (int i = 0; i < 10; i++)
		dirty_name(dirty, 2, "name", 4);
	dirty_name(dirty, 2, "other", 5);
	dirty_name(dirty, 3, NULL, 0);
	cr_assert_eq(dirty_waiting(dirty), 2);
	const struct dirty_item *items = dirty_take(dirty, tree, &count);

	cr_assert_eq(count, 2);
	cr_assert_eq(items[0].dir, 2);
	cr_assert_eq(items[0].events, 11);
	cr_assert_eq(items[0].name_count, 2);
	cr_assert_eq(memcmp(items[0].names, "\4name\5other", 11), 0);
	cr_assert_eq(items[1].name_count, 0);
	cr_assert_eq(items[1].kind, DIRTY_NAMES);
	/* What comes while a batch is being applied waits for the next one. */
	dirty_name(dirty, 2, "late", 4);
	dirty_release(dirty);
	items = dirty_take(dirty, tree, &count);
	cr_assert_eq(count, 1);
	cr_assert_eq(memcmp(items[0].names, "\4late", 5), 0);
	dirty_release(dirty);
	cr_assert(dirty_empty(dirty));
	dirty_destroy(dirty);
	tree_destroy(tree);
}

Test(dirty, many_names_become_a_listing)
{
	struct tree *tree = chain(3);
	struct dirty *dirty = dirty_create(0, -1);
	size_t count;
	char name[16];

	for (int i = 0; i < 65; i++) {
		const struct dirty_item *items;

		snprintf(name, sizeof(name), "n%d", i);
		dirty_name(dirty, 2, name, strlen(name));
		if (i == 63) {
			items = dirty_take(dirty, tree, &count);
			cr_assert_eq(items[0].kind, DIRTY_NAMES);
			cr_assert_eq(items[0].name_count, 64);
			dirty_release(dirty);
			for (int j = 0; j < 64; j++) {
				snprintf(name, sizeof(name), "n%d", j);
				dirty_name(dirty, 2, name, strlen(name));
			}
		}
	}
	const struct dirty_item *items = dirty_take(dirty, tree, &count);

	cr_assert_eq(items[0].kind, DIRTY_LIST);
	cr_assert_eq(items[0].name_count, 0);
	dirty_release(dirty);
	dirty_destroy(dirty);
	tree_destroy(tree);
}

Test(dirty, a_parent_swallows_its_children)
{
	struct tree *tree = chain(6);
	struct dirty *dirty = dirty_create(0, -1);
	size_t count;

	dirty_name(dirty, 5, "x", 1);
	dirty_list(dirty, 6);
	dirty_name(dirty, 2, "y", 1);
	dirty_name(dirty, 3, "z", 1);
	dirty_tree(dirty, 3);
	dirty_name(dirty, 3, "w", 1); /* no step back */
	const struct dirty_item *items = dirty_take(dirty, tree, &count);

	cr_assert_eq(count, 2);
	cr_assert(item_of(items, count, 2));
	cr_assert_eq(item_of(items, count, 3)->kind, DIRTY_TREE);
	cr_assert_eq(item_of(items, count, 3)->name_count, 0);
	dirty_release(dirty);
	dirty_destroy(dirty);
	tree_destroy(tree);
}

Test(dirty, bounded)
{
	struct tree *tree = chain(40);
	struct dirty *dirty = dirty_create(16, -1);
	size_t count;

	for (dir_id dir = 2; dir < 40; dir++)
		dirty_list(dirty, dir);
	cr_assert_eq(dirty_waiting(dirty), 1);
	const struct dirty_item *items = dirty_take(dirty, tree, &count);

	cr_assert_eq(count, 1);
	cr_assert_eq(items[0].dir, DIR_ROOT);
	cr_assert_eq(items[0].kind, DIRTY_TREE);
	cr_assert_eq(items[0].events, 38);
	dirty_release(dirty);
	dirty_name(dirty, 7, "a", 1);
	items = dirty_take(dirty, tree, &count);
	cr_assert_eq(count, 1);
	cr_assert_eq(items[0].dir, 7);
	dirty_release(dirty);
	/* Long names fill it as well. */
	char name[255];

	for (int i = 0; i < 40; i++) {
		memset(name, 'a' + i % 26, sizeof(name));
		name[0] = (char)i;
		dirty_name(dirty, (dir_id)(2 + i % 10), name, sizeof(name));
	}
	items = dirty_take(dirty, tree, &count);
	cr_assert_eq(items[0].kind, DIRTY_TREE);
	cr_assert_eq(items[0].dir, DIR_ROOT);
	dirty_release(dirty);
	dirty_destroy(dirty);
	tree_destroy(tree);
}

/* Whatever allocation fails, no mark is lost: it is handed out, or the root is to be read again. */
Test(dirty, out_of_memory_reads_everything)
{
	struct tree *tree = chain(20);
	bool refused = true;

	for (long n = 0; refused; n++) {
		struct dirty *dirty = dirty_create(0, -1);
		size_t count;

		cr_assert(n < 1000);
		alloc_fail_at(n, true);
		for (dir_id dir = 2; dir < 20; dir++)
			dirty_name(dirty, dir, "name", 4);
		const struct dirty_item *items = dirty_take(dirty, tree, &count);

		refused = alloc_count() > n;
		alloc_fail_at(-1, false);
		bool everything = count == 1 && items[0].dir == DIR_ROOT && items[0].kind == DIRTY_TREE;

		cr_assert(everything || count == 18, "%ld: %zu items", n, count);
		cr_assert_eq(everything, refused);
		dirty_release(dirty);
		dirty_destroy(dirty);
	}
	tree_destroy(tree);
}

/* From where it was to where it went at last; of too many only the names are kept. */
Test(dirty, renames)
{
	struct dirty *dirty = dirty_create(0, -1);
	const struct dirty_rename *renames;
	size_t count;

	dirty_rename(dirty, 2, "a", 1, 3, "bb", 2, NULL);
	dirty_rename(dirty, 3, "bb", 2, 2, "c", 1, NULL);
	dirty_rename(dirty, 3, "other", 5, 3, "more", 4, NULL);
	cr_assert_eq(dirty_waiting(dirty), 2);
	const struct dirty_item *items = dirty_take(dirty, NULL, &count);

	cr_assert_eq(count, 2);
	cr_assert_eq(items[0].name_count, 2);
	cr_assert_eq(items[1].name_count, 3);
	renames = dirty_renames(dirty, &count);
	cr_assert_eq(count, 2);
	cr_assert(renames[0].from == 2 && renames[0].from_length == 1 && renames[0].from_name[0] == 'a');
	cr_assert(renames[0].to == 2 && renames[0].to_length == 1 && renames[0].to_name[0] == 'c');
	cr_assert(renames[1].to == 3 && renames[1].to_length == 4);
	dirty_release(dirty);
	for (int i = 0; i < 3000; i++) {
		char from[16], to[16];
		size_t a = (size_t)snprintf(from, sizeof from, "f%d", i), b = (size_t)snprintf(to, sizeof to, "t%d", i);

		dirty_rename(dirty, 2, from, a, 3, to, b, NULL);
	}
	dirty_take(dirty, NULL, &count);
	cr_assert_eq(count, 2);
	dirty_renames(dirty, &count);
	cr_assert_leq(count, 1024);
	dirty_release(dirty);
	dirty_tree(dirty, DIR_ROOT);
	dirty_rename(dirty, 2, "a", 1, 3, "b", 1, NULL);
	dirty_take(dirty, NULL, &count);
	dirty_renames(dirty, &count);
	cr_assert_eq(count, 0);
	dirty_release(dirty);
	dirty_destroy(dirty);
}
