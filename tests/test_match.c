/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/image/identity.h"
#include "engine/image/match.h"
#include "engine/scan/scan.h"
#include "engine/tree/tree_state.h"
#include "spec.h"

/* ---- the oracle: an old spec against a new one, entry by entry ---- */

struct pair {
	struct spec old, new;
	int *of_old;   /* directory of `old` → its counterpart in `new` (perhaps a leaf), or -1 */
	int *of_new;   /* and back, entered directories only */
	bool *replaced; /* of the new ones: another one had the name */
};

static int child_named(const struct spec *spec, int parent, const char *name)
{
	for (int i = 1; i < spec->count; i++)
		if (spec->nodes[i].parent == parent && !spec->nodes[i].gone && strcmp(spec->nodes[i].name, name) == 0)
			return i;
	return -1;
}

static void pair_up(struct pair *pair)
{
	pair->of_old = malloc((size_t)pair->old.count * sizeof(int));
	pair->of_new = malloc((size_t)pair->new.count * sizeof(int));
	pair->replaced = calloc((size_t)pair->new.count, sizeof(bool));
	for (int i = 0; i < pair->new.count; i++)
		pair->of_new[i] = -1;
	for (int i = 0; i < pair->old.count; i++) {
		const struct spec_node *old = &pair->old.nodes[i];

		pair->of_old[i] = -1;
		if (!spec_there(&pair->old, i) || !spec_is_dir(&pair->old, i))
			continue;
		int parent = i ? pair->of_old[old->parent] : -1, found = i ? -1 : 0;

		if (parent >= 0 && spec_is_dir(&pair->new, parent))
			found = child_named(&pair->new, parent, old->name);
		if (found < 0 || pair->new.nodes[found].type != NODE_DIR)
			continue;
		if (i && spec_is_dir(&pair->new, found) && old->ino != pair->new.nodes[found].ino &&
		    !((old->dir_flags ^ pair->new.nodes[found].dir_flags) & DIR_MOUNT)) {
			pair->replaced[found] = true;
			continue;
		}
		pair->of_old[i] = found;
		if (spec_is_dir(&pair->new, found))
			pair->of_new[found] = i;
	}
}

static void pair_free(struct pair *pair)
{
	spec_free(&pair->old);
	spec_free(&pair->new);
	free(pair->of_old);
	free(pair->of_new);
	free(pair->replaced);
}

static bool pair_is_new(const struct pair *pair, int i)
{
	return pair->of_new[i] < 0;
}

static bool pair_unknown(const struct pair *pair, int old, int new)
{
	if (new >= 0 && !spec_is_dir(&pair->new, new))
		return old >= 0;
	return image_unknown(old < 0 ? -1 : (int)pair->old.nodes[old].dir_flags,
	                     new < 0 ? -1 : (int)pair->new.nodes[new].dir_flags);
}

/* Is the entry in something that cannot be compared? */
static bool old_unknown(const struct pair *pair, int i)
{
	for (; i >= 0; i = pair->old.nodes[i].parent)
		if (spec_is_dir(&pair->old, i) && pair_unknown(pair, i, pair->of_old[i]))
			return true;
	return false;
}

static bool new_unknown(const struct pair *pair, int i)
{
	for (; i >= 0; i = pair->new.nodes[i].parent) {
		if (spec_is_dir(&pair->new, i)) {
			if (pair_unknown(pair, pair->of_new[i], i))
				return true;
		} else if (pair->new.nodes[i].type == NODE_DIR) {
			/* a leaf that was a directory */
			for (int k = 0; k < pair->old.count; k++)
				if (pair->of_old[k] == i)
					return true;
		}
	}
	return false;
}

struct expected {
	int64_t alloc_bytes, apparent_bytes, items;
};

/* Without hard links growth is a sum over entries. */
static void expect_plain(const struct pair *pair, int dir, struct expected *out)
{
	int old = pair->of_new[dir];

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < pair->new.count; i++) {
		const struct spec_node *node = &pair->new.nodes[i];

		if (!spec_there(&pair->new, i) || !spec_below(&pair->new, i, dir) || new_unknown(pair, i))
			continue;
		out->items += i != dir;
		if (!(node->flags & ROW_LEAF)) {
			out->alloc_bytes += (int64_t)node->alloc_bytes;
			out->apparent_bytes += (int64_t)node->apparent_bytes;
		}
	}
	for (int i = 0; i < pair->old.count && old >= 0; i++) {
		const struct spec_node *node = &pair->old.nodes[i];

		if (!spec_there(&pair->old, i) || !spec_below(&pair->old, i, old) || old_unknown(pair, i))
			continue;
		out->items -= i != old;
		if (!(node->flags & ROW_LEAF)) {
			out->alloc_bytes -= (int64_t)node->alloc_bytes;
			out->apparent_bytes -= (int64_t)node->apparent_bytes;
		}
	}
}

/* With them: totals, less the totals of what is unknown. */
static void expect_linked(const struct pair *pair, int dir, struct expected *out)
{
	struct spec_sums sums;
	int old = pair->of_new[dir];

	spec_sums(&pair->new, dir, &sums);
	*out = (struct expected){ (int64_t)sums.alloc_bytes, (int64_t)sums.apparent_bytes, (int64_t)sums.items };
	for (int i = 1; i < pair->new.count; i++) {
		if (!spec_there(&pair->new, i) || i == dir || !spec_below(&pair->new, i, dir) ||
		    pair->new.nodes[i].type != NODE_DIR || !new_unknown(pair, i) ||
		    new_unknown(pair, pair->new.nodes[i].parent))
			continue;
		memset(&sums, 0, sizeof(sums));
		if (spec_is_dir(&pair->new, i))
			spec_sums(&pair->new, i, &sums);
		out->alloc_bytes -= (int64_t)sums.alloc_bytes;
		out->apparent_bytes -= (int64_t)sums.apparent_bytes;
		out->items -= 1 + (int64_t)sums.items;
	}
	if (old < 0)
		return;
	spec_sums(&pair->old, old, &sums);
	out->alloc_bytes -= (int64_t)sums.alloc_bytes;
	out->apparent_bytes -= (int64_t)sums.apparent_bytes;
	out->items -= (int64_t)sums.items;
	for (int i = 1; i < pair->old.count; i++) {
		if (!spec_there(&pair->old, i) || i == old || !spec_below(&pair->old, i, old) ||
		    !spec_is_dir(&pair->old, i) || !old_unknown(pair, i) ||
		    old_unknown(pair, pair->old.nodes[i].parent))
			continue;
		spec_sums(&pair->old, i, &sums);
		out->alloc_bytes += (int64_t)sums.alloc_bytes;
		out->apparent_bytes += (int64_t)sums.apparent_bytes;
		out->items += 1 + (int64_t)sums.items;
	}
}

static dir_id live_dir(const struct tree *tree, const struct spec *spec, int i)
{
	const char *path = spec_path(spec, i);
	dir_id dir = tree_lookup(tree, path, strlen(path));

	cr_assert_neq(dir, DIR_NONE);
	return dir;
}

static void check_all(const struct pair *pair, const struct tree *tree, const struct image *image,
                      const struct match *match, bool linked, bool partial, uint64_t seed)
{
	for (int i = 0; i < pair->new.count; i++) {
		if (!spec_there(&pair->new, i) || !spec_is_dir(&pair->new, i))
			continue;
		dir_id dir = live_dir(tree, &pair->new, i);
		struct expected expected;
		struct growth growth;
		bool known;
		uint32_t old = match_dir(match, dir, &known);
		const char *path = spec_path(&pair->new, i);

		match_growth(match, dir, &growth);
		cr_assert(known && !growth.stale, "seed %lu: %s", seed, path);
		cr_assert_eq(growth.is_new, pair_is_new(pair, i), "seed %lu: %s", seed, path);
		cr_assert_eq(match_kind(match, dir),
		             pair->replaced[i]     ? MATCH_REPLACED
		             : pair->of_new[i] < 0 ? MATCH_NEW
		                                   : MATCH_KNOWN,
		             "seed %lu: %s", seed, path);
		if (pair->of_new[i] >= 0) {
			const char *old_path = spec_path(&pair->old, pair->of_new[i]);

			cr_assert_eq(old, image_lookup(image, old_path, strlen(old_path)));
		} else {
			cr_assert_eq(old, IMAGE_NONE);
		}
		bool unreadable = pair->new.nodes[i].dir_flags &DIR_READ_ERROR ||
		                  (pair->of_new[i] >= 0 && pair->old.nodes[pair->of_new[i]].dir_flags & DIR_READ_ERROR);

		cr_assert_eq(growth.unknown, unreadable || new_unknown(pair, i), "seed %lu: %s", seed, path);
		if (growth.unknown) {
			cr_assert(growth.alloc_bytes == 0 && growth.apparent_bytes == 0 && growth.items == 0);
			continue;
		}
		cr_assert_eq(growth.partial, partial);
		if (linked)
			expect_linked(pair, i, &expected);
		else
			expect_plain(pair, i, &expected);
		cr_assert(growth.alloc_bytes == expected.alloc_bytes &&
		                  growth.apparent_bytes == expected.apparent_bytes && growth.items == expected.items,
		          "seed %lu: %s (%s): %ld %ld %ld, expected %ld %ld %ld", seed, path,
		          partial ? "partial" : "complete", growth.alloc_bytes, growth.apparent_bytes, growth.items,
		          expected.alloc_bytes, expected.apparent_bytes, expected.items);

		/* What its subdirectories and ghosts grew, and what it grew itself, is all there is. */
		uint32_t *ghosts;
		size_t ghost_count;
		size_t expected_ghosts = 0;
		struct growth ghost;

		cr_assert_eq(match_ghosts(match, dir, &ghosts, &ghost_count), 0);
		for (int k = 1; k < pair->old.count && pair->of_new[i] >= 0; k++)
			expected_ghosts += pair->old.nodes[k].parent == pair->of_new[i] && spec_there(&pair->old, k) &&
			                   spec_is_dir(&pair->old, k) && pair->of_old[k] < 0;
		cr_assert_eq(ghost_count, expected_ghosts, "seed %lu: %s: %zu ghosts", seed, path, ghost_count);
		bool all_known = true;

		if (!linked) {
			int64_t below = 0, direct = (int64_t)pair->new.nodes[i].alloc_bytes;

			for (size_t g = 0; g < ghost_count; g++) {
				match_ghost_growth(match, ghosts[g], &ghost);
				below += ghost.alloc_bytes;
				all_known = all_known && !ghost.unknown;
			}
			for (int k = 1; k < pair->new.count; k++) {
				const struct spec_node *node = &pair->new.nodes[k];

				if (node->parent != i || !spec_there(&pair->new, k))
					continue;
				if (spec_is_dir(&pair->new, k)) {
					match_growth(match, live_dir(tree, &pair->new, k), &ghost);
					below += ghost.alloc_bytes;
					all_known = all_known && !ghost.unknown;
				} else if (!(node->flags & ROW_LEAF)) {
					direct += (int64_t)node->alloc_bytes;
				}
			}
			if (old != IMAGE_NONE)
				direct -= (int64_t)image_direct_bytes(image, old);
			if (all_known)
				cr_assert_eq(growth.alloc_bytes, direct + below, "seed %lu: %s", seed, path);
		}
		free(ghosts);
	}
}

static void make_pair(struct pair *pair, uint64_t seed, unsigned kinds)
{
	spec_init(&pair->old, seed, 20 + (int)(seed % 60), kinds);
	spec_copy(&pair->new, &pair->old);
	pair->new.seed = seed * 31 + 7;
	pair->new.next_ino = 100000;
	spec_mutate(&pair->new, (int)(seed % 40), kinds);
	pair_up(pair);
}

/* Pretend that nothing is complete, or undo it. */
static void hold_back(struct tree *tree, uint32_t by)
{
	for (dir_id dir = DIR_ROOT; dir < tree_dir_limit(tree); dir++)
		if (tree_cold(tree, dir)->ino)
			atomic_fetch_add(&tree_cold_mutable(tree, dir)->pending, by);
}

/* List every directory, a random one of those whose parents are listed, as workers do. */
static void list_all(struct match *match, const struct tree *tree, uint64_t seed)
{
	dir_id *ready = malloc(tree_dir_limit(tree) * sizeof(*ready));
	size_t count = 1;

	ready[0] = DIR_ROOT;
	while (count) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		size_t pick = (seed >> 33) % count;
		dir_id dir = ready[pick];
		const struct node_block *block = tree_block(tree, dir);
		bool known;

		ready[pick] = ready[--count];
		match_dir(match, dir, &known);
		cr_assert(known);
		match_listed(match, dir);
		for (uint32_t i = 0; i < tree_count(block); i++) {
			struct node node;

			tree_node(tree, block, i, &node);
			if (node.dir != DIR_NONE)
				ready[count++] = node.dir;
		}
	}
	free(ready);
}

static void check_seed(uint64_t seed, unsigned kinds)
{
	struct pair pair;
	bool linked = kinds & SPEC_LINKS;

	make_pair(&pair, seed, kinds);
	struct tree *old_tree = spec_tree(&pair.old, seed);
	struct image *image = image_from_tree(old_tree);

	tree_destroy(old_tree);
	cr_assert_not_null(image);

	struct tree *tree = spec_tree(&pair.new, seed + 1);
	struct match *complete = match_create_complete(tree, image, "");

	cr_assert_not_null(complete);
	cr_assert_eq(match_image(complete), image);
	check_all(&pair, tree, image, complete, linked, false, seed);
	match_destroy(complete);

	struct match *live = match_create(tree, image, "");

	cr_assert_not_null(live);
	hold_back(tree, 1);
	list_all(live, tree, seed);
	if (!linked)
		check_all(&pair, tree, image, live, linked, true, seed);
	hold_back(tree, (uint32_t)-1);
	check_all(&pair, tree, image, live, linked, false, seed);
	match_destroy(live);
	tree_destroy(tree);
	image_free(image);
	pair_free(&pair);
}

Test(match, plain_trees)
{
	for (uint64_t seed = 0; seed < 300; seed++)
		check_seed(seed, 0);
}

Test(match, unreadable_and_mounts)
{
	for (uint64_t seed = 1000; seed < 2000; seed++)
		check_seed(seed, SPEC_ERRORS | SPEC_MOUNTS);
}

Test(match, hard_links)
{
	for (uint64_t seed = 3000; seed < 3300; seed++)
		check_seed(seed, SPEC_LINKS);
	for (uint64_t seed = 3300; seed < 3600; seed++)
		check_seed(seed, SPEC_LINKS | SPEC_ERRORS | SPEC_MOUNTS);
}

static void check_equal(uint64_t seed)
{
	struct spec spec;

	spec_init(&spec, seed, 100, SPEC_LINKS);
	struct tree *old_tree = spec_tree(&spec, 1), *tree = spec_tree(&spec, 2);
	struct image *image = image_from_tree(old_tree);
	struct match *match = match_create(tree, image, "");

	hold_back(tree, 1);
	list_all(match, tree, 3);
	for (int round = 0; round < 2; round++) {
		for (dir_id dir = DIR_ROOT; dir < tree_dir_limit(tree); dir++) {
			struct growth growth;

			if (!tree_cold(tree, dir)->ino)
				continue;
			match_growth(match, dir, &growth);
			cr_assert(growth.partial == !round && !growth.unknown && !growth.is_new);
			cr_assert(growth.alloc_bytes == 0 && growth.apparent_bytes == 0 && growth.items == 0,
			          "dir %u round %d", dir, round);
		}
		if (!round)
			hold_back(tree, (uint32_t)-1);
	}
	match_destroy(match);
	image_free(image);
	tree_destroy(tree);
	tree_destroy(old_tree);
	spec_free(&spec);
}

/* While it is being read neither, however many links cross its folders. */
Test(match, equal_trees_did_not_grow)
{
	for (uint64_t seed = 0; seed < 60; seed++)
		check_equal(seed);
}

Test(match, nothing_is_said_before_it_is_listed)
{
	struct spec spec;

	spec_init(&spec, 8, 0, 0);
	int a = spec_add(&spec, 0, "a", NODE_DIR);

	spec_add(&spec, a, "b", NODE_DIR);
	struct tree *tree = spec_tree(&spec, 1);
	struct image *image = image_from_tree(tree);
	struct match *match = match_create(tree, image, "");
	dir_id dir = live_dir(tree, &spec, a);
	struct growth growth;
	bool known;

	hold_back(tree, 1);
	cr_expect_eq(match_dir(match, dir, &known), IMAGE_NONE);
	cr_expect_not(known);
	cr_expect_eq(match_kind(match, dir), MATCH_UNSEEN);
	match_growth(match, dir, &growth);
	cr_expect(growth.stale && !growth.is_new && !growth.unknown);
	match_listed(match, DIR_ROOT);
	cr_expect_eq(match_dir(match, dir, &known), 1);
	cr_expect(known);
	cr_expect_eq(match_kind(match, dir), MATCH_KNOWN);
	match_growth(match, DIR_ROOT, &growth);
	cr_expect(growth.partial && growth.alloc_bytes == 0);
	match_destroy(match);
	image_free(image);
	tree_destroy(tree);
	spec_free(&spec);
}

/* Listed with its parent, gone before its own turn: a ghost after all. */
Test(match, vanished_during_the_scan)
{
	struct spec old, new;
	struct growth growth;
	uint32_t *ghosts;
	size_t count;

	spec_init(&old, 8, 0, 0);
	int d = spec_add(&old, 0, "d", NODE_DIR), m = spec_add(&old, d, "m", NODE_DIR);

	spec_copy(&new, &old);
	new.nodes[m].gone = true;
	old.nodes[m].dir_flags = DIR_MOUNT; /* cannot be told */
	spec_add(&old, d, "f", NODE_REG);
	old.nodes[3].alloc_bytes = 8192;
	struct tree *old_tree = spec_tree(&old, 1), *tree = spec_tree(&new, 1);
	struct image *image = image_from_tree(old_tree);
	struct match *match = match_create(tree, image, "");
	struct node_block *block = (struct node_block *)tree_block(tree, DIR_ROOT);

	hold_back(tree, 1);
	match_listed(match, DIR_ROOT);
	match_growth(match, DIR_ROOT, &growth);
	cr_expect(growth.alloc_bytes == 0 && growth.items == 0);
	atomic_fetch_or(&block->rows[0].word, (uint64_t)ROW_GONE << ROW_TYPE_BITS);
	match_listed(match, (dir_id)row_payload(block->rows[0].word));
	match_growth(match, DIR_ROOT, &growth);
	cr_expect(growth.alloc_bytes == -4096 - 8192 && growth.items == -2, "%ld %ld", growth.alloc_bytes,
	          growth.items);
	cr_assert_eq(match_ghosts(match, DIR_ROOT, &ghosts, &count), 0);
	cr_assert_eq(count, 1);
	match_ghost_growth(match, ghosts[0], &growth);
	cr_expect_eq(growth.alloc_bytes, -4096 - 8192);
	free(ghosts);
	match_destroy(match);
	image_free(image);
	tree_destroy(old_tree);
	tree_destroy(tree);
	spec_free(&old);
	spec_free(&new);
}

/* A baseline of a folder above: the prefix leads to the tree's root in it. */
Test(match, image_of_a_folder_above)
{
	struct spec above, spec;
	struct growth growth;

	spec_init(&above, 8, 0, 0);
	int home = spec_add(&above, 0, "home", NODE_DIR), ana = spec_add(&above, home, "ana", NODE_DIR);

	spec_add(&above, ana, "gone", NODE_DIR);
	above.nodes[ana].dir_flags = DIR_MOUNT; /* what is a mount there is just the root here */
	spec_add(&above, home, "ben", NODE_DIR);
	spec_init(&spec, 9, 0, 0);
	int new = spec_add(&spec, 0, "new", NODE_DIR);

	spec.nodes[new].alloc_bytes = 65536;
	struct tree *above_tree = spec_tree(&above, 1), *tree = spec_tree(&spec, 1);
	struct image *image = image_from_tree(above_tree);
	struct match *match = match_create_complete(tree, image, "home/ana");
	uint32_t *ghosts;
	size_t count;

	cr_assert_not_null(match);
	match_growth(match, DIR_ROOT, &growth);
	cr_expect(!growth.is_new && !growth.unknown && !growth.partial);
	cr_expect_eq(growth.alloc_bytes, 65536 - 4096);
	cr_expect_eq(growth.items, 0);
	cr_assert_eq(match_ghosts(match, DIR_ROOT, &ghosts, &count), 0);
	cr_assert_eq(count, 1);
	cr_expect_eq(image_name_length(image, ghosts[0]), 4);
	free(ghosts);
	match_destroy(match);

	match = match_create_complete(tree, image, "home/nobody");
	cr_assert_not_null(match);
	match_growth(match, DIR_ROOT, &growth);
	cr_expect(growth.is_new && growth.alloc_bytes == 65536 + 4096);
	match_destroy(match);
	image_free(image);
	tree_destroy(tree);
	tree_destroy(above_tree);
	spec_free(&above);
	spec_free(&spec);
}

/*
 * Folders too deep to be stored are in their ancestor's figures: nothing is known of them alone, and the sum is right.
 */
Test(match, folded)
{
	struct spec spec;
	struct growth growth;

	spec_init(&spec, 8, 0, 0);
	int a = spec_add(&spec, 0, "a", NODE_DIR), b = spec_add(&spec, a, "b", NODE_DIR),
	    c = spec_add(&spec, b, "c", NODE_DIR);
	struct tree *tree = spec_tree(&spec, 1);
	struct image_builder *builder = image_builder_create("/spec", 2);
	struct image_record root = {.path = "",
	                            .alloc_bytes = 12288,
	                            .apparent_bytes = 12288,
	                            .items = 3,
	                            .direct_bytes = 4096,
	                            .child_count = 1};
	struct image_record folded = {.path = "a",
	                              .length = 1,
	                              .alloc_bytes = 8192,
	                              .apparent_bytes = 8192,
	                              .items = 2,
	                              .direct_bytes = 8192,
	                              .child_count = 1,
	                              .flags = IMAGE_FOLDED};

	cr_assert(image_builder_add(builder, &root) == 0 && image_builder_add(builder, &folded) == 0);
	struct image *image = image_builder_finish(builder);

	cr_assert_not_null(image);
	struct match *match = match_create_complete(tree, image, "");

	match_growth(match, DIR_ROOT, &growth);
	cr_expect(!growth.unknown && growth.alloc_bytes == 4096 && growth.items == 0);
	match_growth(match, live_dir(tree, &spec, a), &growth);
	cr_expect(!growth.unknown && growth.alloc_bytes == 4096);
	match_growth(match, live_dir(tree, &spec, b), &growth);
	cr_expect(growth.unknown && !growth.is_new);
	match_growth(match, live_dir(tree, &spec, c), &growth);
	cr_expect(growth.unknown && !growth.is_new);
	cr_expect_eq(match_kind(match, live_dir(tree, &spec, c)), MATCH_FOLDED);
	match_destroy(match);
	image_free(image);
	tree_destroy(tree);
	spec_free(&spec);
}

Test(match, deep, .timeout = 60)
{
	enum { DEPTH = 50000 };
	struct build_entry entry =
		{.name = "d", .name_length = 1, .type = NODE_DIR, .alloc_bytes = 4096, .apparent_bytes = 1, .nlink = 1};
	struct build *build = build_create("/r", &entry);

	for (int i = 0; i < DEPTH; i++) {
		entry.dir_flags = i == DEPTH - 1 ? DIR_READ_ERROR : 0;
		cr_assert_eq(build_enter(build, &entry), 0);
	}
	struct tree *tree = build_finish(build);
	struct image *image = image_from_tree(tree);
	struct match *match = match_create_complete(tree, image, "");
	struct growth growth;

	cr_assert_not_null(match);
	match_growth(match, DIR_ROOT, &growth);
	cr_expect(!growth.unknown && growth.alloc_bytes == 0);
	match_destroy(match);
	image_free(image);
	tree_destroy(tree);
}

Test(match, survives_no_memory)
{
	struct pair pair;

	make_pair(&pair, 1033, SPEC_ERRORS | SPEC_MOUNTS);
	struct tree *old_tree = spec_tree(&pair.old, 1), *tree = spec_tree(&pair.new, 1);
	struct image *image = image_from_tree(old_tree);

	for (int live = 0; live < 2; live++) {
		for (long n = 0;; n++) {
			alloc_fail_at(n, false);
			struct match *match = live ? match_create(tree, image, "")
			                           : match_create_complete(tree, image, "");
			int error = errno;

			if (match && live)
				list_all(match, tree, 1);
			bool done = alloc_count() <= n;

			alloc_fail_at(-1, false);
			if (done)
				check_all(&pair, tree, image, match, false, false, 1033);
			else if (!match)
				cr_assert_eq(error, ENOMEM);
			else
				/* Whatever was lost, no wrong figure is shown. */
				for (dir_id dir = DIR_ROOT; dir < tree_dir_limit(tree); dir++) {
					struct growth growth;

					if (!tree_cold(tree, dir)->ino)
						continue;
					match_growth(match, dir, &growth);
					cr_assert(growth.unknown, "n %ld", n);
				}
			match_destroy(match);
			if (done)
				break;
		}
	}
	tree_destroy(old_tree);
	tree_destroy(tree);
	image_free(image);
	pair_free(&pair);
}

/* ---- fed by a real scan ---- */

static void shell(const char *format, const char *path)
{
	char command[2048];

	snprintf(command, sizeof(command), format, path);
	cr_assert_eq(system(command), 0, "%s", command);
}

static struct scan *scan_with(const char *path, const struct image *baseline)
{
	struct scan_options options = { .threads = 4, .baseline = baseline, .wake_fd = -1 };
	struct err err = { "" };
	struct scan *scan = scan_start(path, &options, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, 60000000000));
	return scan;
}

static struct growth growth_at(const struct scan *scan, const char *path)
{
	struct growth growth;
	dir_id dir = tree_lookup(scan_tree(scan), path, strlen(path));

	cr_assert_neq(dir, DIR_NONE, "%s", path);
	match_growth(scan_match(scan), dir, &growth);
	cr_assert(!growth.partial && !growth.stale && !growth.unknown, "%s", path);
	return growth;
}

Test(match, a_scan_against_the_one_before)
{
	const char *tmp = getenv("TMPDIR");
	char path[512];
	uint32_t *ghosts;
	size_t count;

	snprintf(path, sizeof(path), "%s/match-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(path));
	shell("cd '%s' && mkdir -p a/b/c same gone/x old && head -c 100000 /dev/zero > a/b/log && head -c 5000"
	      " /dev/zero > gone/x/f &&"
	      " ln a/b/log same/log && for i in 1 2 3 4 5 6 7 8 9; do mkdir same/$i; done",
	      path);
	struct scan *before = scan_with(path, NULL);
	struct image *image = image_from_tree(scan_tree(before));

	cr_assert_null(scan_match(before));
	shell("cd '%s' && rm -r gone && mv old kept && mkdir old && head -c 70000 /dev/zero >> a/b/log && mkdir -p"
	      " new/deep &&"
	      " head -c 9000 /dev/zero > new/deep/f",
	      path);
	struct scan *after = scan_with(path, image);
	struct node was, is;

	tree_dir_node(scan_tree(before), DIR_ROOT, &was);
	tree_dir_node(scan_tree(after), DIR_ROOT, &is);
	struct growth growth = growth_at(after, "");

	cr_expect_eq(growth.alloc_bytes, (int64_t)is.alloc_bytes - (int64_t)was.alloc_bytes);
	cr_expect_eq(growth.apparent_bytes, (int64_t)is.apparent_bytes - (int64_t)was.apparent_bytes);
	cr_expect_eq(growth.items, (int64_t)is.items - (int64_t)was.items);
	cr_expect_eq(growth_at(after, "a/b").apparent_bytes, 70000);
	cr_expect_eq(growth_at(after, "same").apparent_bytes, 70000, "by its other name");
	cr_expect_eq(growth_at(after, "same/3").alloc_bytes, 0);
	growth = growth_at(after, "new/deep");
	cr_expect(growth.is_new && growth.items == 1 && growth.apparent_bytes > 9000);
	cr_assert_eq(match_ghosts(scan_match(after), DIR_ROOT, &ghosts, &count), 0);
	cr_assert_eq(count, 2);
	cr_expect_eq(ghosts[0], image_lookup(image, "gone", 4));
	cr_expect_eq(ghosts[1], image_lookup(image, "old", 3));
	free(ghosts);
	cr_expect(growth_at(after, "kept").is_new);
	dir_id kept = tree_lookup(scan_tree(after), "kept", 4);

	struct identities *identities = identities_create(image);

	cr_expect_eq(identities_find_live(identities, scan_tree(after), kept), image_lookup(image, "old", 3));
	cr_expect_eq(identities_find_live(identities, scan_tree(after), tree_lookup(scan_tree(after), "new", 3)),
	             IMAGE_NONE);
	cr_expect_eq(identities_find_live(identities, scan_tree(after), tree_lookup(scan_tree(after), "same", 4)),
	             image_lookup(image, "same", 4));
	identities_destroy(identities);
	/* What has the name now is new, and grew by all it holds. */
	dir_id taken = tree_lookup(scan_tree(after), "old", 3);

	cr_expect_eq(match_kind(scan_match(after), taken), MATCH_REPLACED);
	growth = growth_at(after, "old");
	tree_dir_node(scan_tree(after), taken, &is);
	cr_expect(growth.is_new && growth.alloc_bytes == (int64_t)is.alloc_bytes &&
	          growth.apparent_bytes == (int64_t)is.apparent_bytes);
	struct scan_progress progress;

	scan_progress(after, &progress);
	cr_expect(progress.warm.unknown >= 3 && progress.warm.trusted >= 9, "%lu %lu", progress.warm.unknown,
	          progress.warm.trusted);
	scan_destroy(before);
	scan_destroy(after);
	image_free(image);
	shell("rm -rf '%s'", path);
}
