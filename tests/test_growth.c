/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include "engine/image/match.h"
#include "spec.h"
#include "store/diff/diff.h"

/*
 * What the browser shows beside a folder and what the command prints for it are two programs over the same trees: they
 * must never differ.
 */

static unsigned long compared;

static void check(uint64_t seed)
{
	static const unsigned kinds_of[] = { 0, SPEC_MOUNTS, SPEC_LINKS, SPEC_LINKS | SPEC_MOUNTS };
	unsigned kinds = kinds_of[seed % 4];
	struct diff_options options = { .prefix_a = "", .prefix_b = "", .max_depth = -1 };
	struct err err = { "" };
	struct growth growth;
	struct spec old, new;
	struct diff diff;

	spec_init(&old, seed, 80, kinds);
	spec_copy(&new, &old);
	new.next_ino = 100000;
	new.seed = seed + 5;
	spec_mutate(&new, (int)(seed % 60), kinds);
	for (int i = 1; i < new.count && seed % 5 < 2; i++) {
		if (!spec_is_dir(&new, i) || spec_random(&new, 15))
			continue;
		/* Unreadable on one side, or on both. */
		new.nodes[i].dir_flags ^= DIR_READ_ERROR;
		if (seed % 5 == 1 && i < old.count)
			old.nodes[i].dir_flags ^= DIR_READ_ERROR;
	}

	struct tree *old_tree = spec_tree(&old, 1), *tree = spec_tree(&new, 2);
	struct image *before = image_from_tree(old_tree), *now = image_from_tree(tree);
	struct match *match = match_create_complete(tree, before, "");

	cr_assert(before && now && match);
	cr_assert_eq(diff_compute(before, now, &options, &diff, &err), 0, "%s", err.text);
	match_growth(match, DIR_ROOT, &growth);
	cr_assert_eq(growth.alloc_bytes, diff.net_bytes, "seed %lu", seed);
	for (size_t i = 0; i < diff.count; i++) {
		const struct diff_entry *entry = &diff.entries[i];

		if (entry->status == DIFF_UNKNOWN || entry->status == DIFF_MOVED || entry->b == IMAGE_NONE)
			continue;
		match_growth(match, now->dir[entry->b], &growth);
		if (growth.unknown) /* unreadable on both sides: shown as unknown, counted as it is */
			continue;
		cr_assert_eq(growth.alloc_bytes, entry->delta_bytes, "seed %lu: %s", seed, entry->path);
		compared++;
	}
	diff_clear(&diff);
	match_destroy(match);
	image_free(before);
	image_free(now);
	tree_destroy(old_tree);
	tree_destroy(tree);
	spec_free(&old);
	spec_free(&new);
}

Test(growth, is_the_same_in_the_browser_and_in_diff)
{
	for (uint64_t seed = 0; seed < 400; seed++)
		check(seed);
	cr_assert(compared > 1000, "%lu", compared);
}
