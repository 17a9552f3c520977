/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/modified.h"
#include "spec.h"

static uint64_t naive(const struct spec *spec, int dir, int64_t since)
{
	uint64_t sum = 0;

	for (int i = 0; i < spec->count; i++) {
		const struct spec_node *node = &spec->nodes[i];
		bool again = false;

		if (!spec_there(spec, i) || !spec_below(spec, i, dir) || node->type == NODE_DIR || node->flags ||
		    node->mtime_ns / 1000000000 < since)
			continue;
		/* another name of it in the same directory */
		for (int j = 0; j < i && node->nlink > 1; j++)
			again |= spec->nodes[j].parent == node->parent && !spec->nodes[j].gone &&
			         spec->nodes[j].type != NODE_DIR && !spec->nodes[j].flags &&
			         spec->nodes[j].ino == node->ino && spec->nodes[j].mtime_ns / 1000000000 >= since;
		if (!again)
			sum += node->alloc_bytes;
	}
	return sum;
}

Test(modified, agrees_with_a_naive_sum)
{
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct spec spec;

		spec_init(&spec, seed + 50, 80, SPEC_LINKS | SPEC_ERRORS);
		struct tree *tree = spec_tree(&spec, seed);

		for (int64_t since = -5; since < 3000; since += 300) {
			struct modified *modified = modified_compute(tree, since);

			cr_assert_not_null(modified);
			for (int i = 0; i < spec.count; i++) {
				uint64_t bytes = 1;

				if (!spec_there(&spec, i) || !spec_is_dir(&spec, i))
					continue;
				const char *path = spec_path(&spec, i);

				cr_assert(modified_bytes(modified, tree_lookup(tree, path, strlen(path)), &bytes));
				cr_assert_eq(bytes, naive(&spec, i, since), "seed %lu since %ld %s: %lu", seed, since,
				             path, bytes);
			}
			uint64_t bytes;

			cr_assert_not(modified_bytes(modified, tree_dir_limit(tree) + 5, &bytes));
			modified_destroy(modified);
		}
		tree_destroy(tree);
		spec_free(&spec);
	}
}

/* The newest file below: of each folder, whatever its own time. */
Test(modified, knows_the_newest_below)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct spec spec;

		spec_init(&spec, seed + 900, 80, SPEC_LINKS | SPEC_ERRORS);
		struct tree *tree = spec_tree(&spec, seed);

		for (int dir = 0; dir < spec.count; dir++) {
			int64_t expected = INT64_MIN, newest = 0;
			const char *path = spec_path(&spec, dir);

			if (!spec_there(&spec, dir) || !spec_is_dir(&spec, dir))
				continue;
			for (int i = 0; i < spec.count; i++)
				if (spec_there(&spec, i) && spec_below(&spec, i, dir) &&
				    spec.nodes[i].type != NODE_DIR && !(spec.nodes[i].flags & ROW_LEAF) &&
				    spec.nodes[i].mtime_ns / 1000000000 > expected)
					expected = spec.nodes[i].mtime_ns / 1000000000;
			cr_assert_eq(modified_newest(tree, tree_lookup(tree, path, strlen(path)), NULL, &newest), 0);
			cr_assert_eq(newest, expected, "seed %lu %s: %ld, not %ld", seed, path, newest, expected);
		}
		tree_destroy(tree);
		spec_free(&spec);
	}
}

Test(modified, survives_no_memory)
{
	struct spec spec;

	spec_init(&spec, 3, 80, SPEC_LINKS);
	struct tree *tree = spec_tree(&spec, 1);

	for (long n = 0;; n++) {
		alloc_fail_at(n, false);
		struct modified *modified = modified_compute(tree, 0);
		int error = errno;
		bool done = alloc_count() <= n;

		alloc_fail_at(-1, false);
		cr_assert((modified != NULL) == done);
		if (!modified)
			cr_assert_eq(error, ENOMEM);
		modified_destroy(modified);
		if (done)
			break;
	}
	tree_destroy(tree);
	spec_free(&spec);
}
