/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/query/breakdown.h"
#include "engine/query/flat.h"
#include "spec.h"

/* Flat lists and breakdowns of random trees against the slow and obvious way. */

#define NOW 2000

static void with_extensions(struct spec *spec)
{
	static const char *const extensions[] = {".c", ".MKV", ".iso", ".log.1", "", ".zzz", ".tar.gz"};

	for (int i = 1; i < spec->count; i++) {
		struct spec_node *node = &spec->nodes[i];
		size_t length = strlen(node->name);

		if (node->type == NODE_REG && length < 20)
			snprintf(node->name + length, sizeof(node->name) - length, "%s",
			         extensions[spec_random(spec, 7)]);
	}
}

static int64_t mtime_of(const struct spec_node *node)
{
	return node->flags & ROW_LEAF ? 0 : node->mtime_ns / 1000000000;
}

Test(breakdown, sums_are_the_folders_totals)
{
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct spec spec;

		spec_init(&spec, seed + 300, 90, SPEC_LINKS | SPEC_ERRORS);
		with_extensions(&spec);
		struct tree *tree = spec_tree(&spec, seed);

		for (int dir = 0; dir < spec.count; dir++) {
			struct breakdown *breakdown = breakdown_create(NOW);
			struct spec_sums sums;

			if (!spec_there(&spec, dir) || !spec_is_dir(&spec, dir)) {
				breakdown_destroy(breakdown);
				continue;
			}
			const char *path = spec_path(&spec, dir);

			cr_assert_eq(breakdown_tree(breakdown, tree, tree_lookup(tree, path, strlen(path)), NULL), 0);
			spec_sums(&spec, dir, &sums);
			for (enum breakdown_by by = 0; by < BREAKDOWN_WAYS; by++) {
				struct breakdown_group *groups;
				struct breakdown_sum all = {0};
				size_t count;

				cr_assert_eq(breakdown_groups(breakdown, by, BREAKDOWN_ALLOCATED, &groups, &count), 0);
				for (size_t i = 0; i < count; i++) {
					all.alloc_bytes += groups[i].sum.alloc_bytes;
					all.apparent_bytes += groups[i].sum.apparent_bytes;
					all.items += groups[i].sum.items;
					cr_assert(!i || groups[i - 1].sum.alloc_bytes >= groups[i].sum.alloc_bytes);
					cr_assert_eq(breakdown_find(by, groups, count, &groups[i]), &groups[i],
					             "every group is one of its own");
				}
				cr_assert_eq(all.alloc_bytes, sums.alloc_bytes, "seed %lu %s by %d", seed, path, by);
				cr_assert_eq(all.apparent_bytes, sums.apparent_bytes);
				cr_assert_eq(all.items, sums.items);
				free(groups);
			}
			cr_assert_eq(breakdown_total(breakdown).alloc_bytes, sums.alloc_bytes);
			breakdown_destroy(breakdown);
		}
		tree_destroy(tree);
		spec_free(&spec);
	}
}

/* Group by group, in trees without links. */
Test(breakdown, groups_agree_with_a_naive_sum)
{
	for (uint64_t seed = 0; seed < 30; seed++) {
		struct spec spec;
		uint64_t bytes[KIND_COUNT] = {0}, items[KIND_COUNT] = {0}, ages[2] = {0};
		struct breakdown *breakdown = breakdown_create(NOW);
		struct breakdown_group *groups;
		size_t count;

		spec_init(&spec, seed + 7000, 90, SPEC_ERRORS);
		with_extensions(&spec);
		struct tree *tree = spec_tree(&spec, seed);

		for (int i = 0; i < spec.count; i++) {
			const struct spec_node *node = &spec.nodes[i];
			enum file_kind kind = kind_of(node->type, node->name, strlen(node->name));
			uint64_t size = node->flags & ROW_LEAF ? 0 : node->alloc_bytes;

			if (!spec_there(&spec, i))
				continue;
			bytes[kind] += size;
			items[kind] += i > 0;
			ages[mtime_of(node) != 0] += size;
		}
		cr_assert_eq(breakdown_tree(breakdown, tree, DIR_ROOT, NULL), 0);
		cr_assert_eq(breakdown_groups(breakdown, BREAKDOWN_TYPE, BREAKDOWN_ALLOCATED, &groups, &count), 0);
		for (size_t i = 0; i < count; i++) {
			cr_assert_eq(groups[i].sum.alloc_bytes, bytes[groups[i].kind]);
			cr_assert_eq(groups[i].sum.items, items[groups[i].kind]);
			bytes[groups[i].kind] = items[groups[i].kind] = 0;
		}
		for (int kind = 0; kind < KIND_COUNT; kind++)
			cr_assert(!bytes[kind] && !items[kind], "no group is missing");
		free(groups);
		cr_assert_eq(breakdown_groups(breakdown, BREAKDOWN_AGE, BREAKDOWN_ALLOCATED, &groups, &count), 0);
		for (size_t i = 0; i < count; i++)
			cr_assert_eq(groups[i].sum.alloc_bytes, ages[groups[i].age == 0],
			             "all within a day, or not known");
		free(groups);
		breakdown_destroy(breakdown);
		tree_destroy(tree);
		spec_free(&spec);
	}
}

/* Enter on a group lists its files: the terms of a group hold for its files, and for no others. */
Test(breakdown, terms_of_a_group_list_it)
{
	struct spec spec;

	spec_init(&spec, 77, 200, 0);
	with_extensions(&spec);
	struct tree *tree = spec_tree(&spec, 1);
	struct breakdown *breakdown = breakdown_create(NOW);

	cr_assert_eq(breakdown_tree(breakdown, tree, DIR_ROOT, NULL), 0);
	for (enum breakdown_by by = 0; by < BREAKDOWN_AGE; by++) {
		struct breakdown_group *groups;
		size_t count;

		cr_assert_eq(breakdown_groups(breakdown, by, BREAKDOWN_ITEMS, &groups, &count), 0);
		for (size_t i = 0; i < count; i++) {
			char text[48];
			struct flat_query query = {.show_hidden = true, .limit = 1000};
			struct flat flat;

			if (!*breakdown_terms(by, &groups[i], text))
				continue;
			cr_assert_eq(terms_parse(text, NOW, &query.terms, NULL), 0, "%s", text);
			flat_begin(&flat, &query);
			cr_assert_eq(flat_tree(&flat, tree, DIR_ROOT, NULL, NULL), 0);
			cr_assert_eq(flat.matched, groups[i].sum.items, "%s: %zu, not %lu", text, flat.matched,
			             groups[i].sum.items);
			flat_clear(&flat);
		}
		free(groups);
	}
	breakdown_destroy(breakdown);
	tree_destroy(tree);
	spec_free(&spec);
}

static int larger_first(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left > right ? -1 : left < right;
}

static int by_key(const void *a, const void *b)
{
	return larger_first(&((const struct flat_entry *)a)->key, &((const struct flat_entry *)b)->key);
}

/* The largest of a subtree, whatever the limit; their names are those of rows with that size. */
Test(flat, finds_the_largest)
{
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct spec spec;
		uint64_t sizes[400];
		size_t all = 0;

		spec_init(&spec, seed + 40, 150, SPEC_LINKS | SPEC_ERRORS);
		struct tree *tree = spec_tree(&spec, seed);

		for (int i = 1; i < spec.count; i++)
			if (spec_there(&spec, i) && spec.nodes[i].type != NODE_DIR)
				sizes[all++] = spec.nodes[i].flags & ROW_LEAF ? 0 : spec.nodes[i].alloc_bytes;
		qsort(sizes, all, sizeof(*sizes), larger_first);
		for (size_t limit = 1; limit < 200; limit += 1 + limit / 2) {
			struct flat_query query = {.show_hidden = true, .limit = limit};
			struct flat flat;

			flat_begin(&flat, &query);
			cr_assert_eq(flat_tree(&flat, tree, DIR_ROOT, NULL, NULL), 0);
			cr_assert_eq(flat.matched, all, "seed %lu limit %zu: %zu, not %zu", seed, limit, flat.matched,
			             all);
			cr_assert_eq(flat.count, all < limit ? all : limit);
			qsort(flat.entries, flat.count, sizeof(*flat.entries), by_key);
			for (size_t i = 0; i < flat.count; i++) {
				const struct flat_entry *entry = &flat.entries[i];
				int64_t row = tree_find(tree, entry->dir, flat.names.data + entry->name,
				                        entry->name_length);
				struct node node;

				cr_assert_eq(entry->alloc_bytes, sizes[i], "seed %lu limit %zu", seed, limit);
				cr_assert_geq(row, 0);
				tree_node(tree, tree_block(tree, entry->dir), (uint32_t)row, &node);
				cr_assert_eq(node.alloc_bytes, entry->alloc_bytes);
			}
			flat_clear(&flat);
		}
		tree_destroy(tree);
		spec_free(&spec);
	}
}

/* Terms on a subtree, folders with them: the outermost ones, and nothing below. */
Test(flat, filters)
{
	static const char *const texts[] = {"a", "*1*", ">8k", "<20k", "1 >4k", "older:1s", "newer:20m", "b <1M"};

	for (uint64_t seed = 0; seed < 40; seed++) {
		struct spec spec;

		spec_init(&spec, seed + 900, 120, 0);
		struct tree *tree = spec_tree(&spec, seed);

		for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++) {
			struct flat_query query = {.show_hidden = true, .limit = 1000};
			struct flat flat;
			size_t expected = 0;

			cr_assert_eq(terms_parse(texts[t], NOW, &query.terms, NULL), 0);
			for (int i = 1; i < spec.count; i++) {
				bool below = false, hit = false;

				/* Itself, and the folders above it. */
				for (int at = i; at > 0; at = spec.nodes[at].parent) {
					const struct spec_node *node = &spec.nodes[at];
					struct spec_sums sums = {.alloc_bytes = node->alloc_bytes};
					struct terms_entry entry = {.name = node->name,
					                            .length = strlen(node->name),
					                            .type = node->type,
					                            .mtime_s = mtime_of(node)};

					if (node->type == NODE_DIR && !terms_name_folders(&query.terms))
						continue;
					if (node->type == NODE_DIR)
						spec_sums(&spec, at, &sums);
					entry.bytes = sums.alloc_bytes;
					if (!terms_match(&query.terms, &entry))
						continue;
					hit |= at == i;
					below |= at != i;
				}
				expected += spec_there(&spec, i) && hit && !below;
			}
			flat_begin(&flat, &query);
			cr_assert_eq(flat_tree(&flat, tree, DIR_ROOT, NULL, NULL), 0);
			cr_assert_eq(flat.count, expected, "seed %lu %s: %zu, not %zu", seed, texts[t], flat.count,
			             expected);
			flat_clear(&flat);
		}
		tree_destroy(tree);
		spec_free(&spec);
	}
}

Test(flat, copies_what_it_has_so_far)
{
	struct spec spec;
	struct flat_query query = {.show_hidden = true, .limit = 50};
	struct flat flat, copy;

	spec_init(&spec, 3, 150, 0);
	struct tree *tree = spec_tree(&spec, 3);

	flat_begin(&flat, &query);
	cr_assert_eq(flat_tree(&flat, tree, DIR_ROOT, NULL, NULL), 0);
	cr_assert_eq(flat_copy_best(&flat, 7, &copy), 0);
	cr_assert_eq(copy.count, 7);
	cr_assert_eq(copy.matched, flat.matched);
	qsort(flat.entries, flat.count, sizeof(*flat.entries), by_key);
	qsort(copy.entries, copy.count, sizeof(*copy.entries), by_key);
	for (size_t i = 0; i < copy.count; i++) {
		cr_assert_eq(copy.entries[i].key, flat.entries[i].key);
		cr_assert_geq(tree_find(tree, copy.entries[i].dir, copy.names.data + copy.entries[i].name,
		                        copy.entries[i].name_length),
		              0);
	}
	flat_clear(&copy);
	flat_clear(&flat);
	tree_destroy(tree);
	spec_free(&spec);
}

Test(query, survives_no_memory)
{
	struct spec spec;

	spec_init(&spec, 3, 150, SPEC_LINKS);
	struct tree *tree = spec_tree(&spec, 1);

	for (long n = 0;; n++) {
		struct flat_query query = {.show_hidden = true, .limit = 5};
		struct breakdown_group *groups = NULL;
		struct breakdown *breakdown;
		struct flat flat;
		size_t count;

		alloc_fail_at(n, false);
		flat_begin(&flat, &query);
		int flat_rc = flat_tree(&flat, tree, DIR_ROOT, NULL, NULL);
		int rc = -ENOMEM;

		breakdown = breakdown_create(NOW);
		if (breakdown)
			rc = breakdown_tree(breakdown, tree, DIR_ROOT, NULL);
		if (!rc)
			rc = breakdown_groups(breakdown, BREAKDOWN_EXTENSION, BREAKDOWN_ITEMS, &groups, &count);
		bool done = alloc_count() <= n;

		alloc_fail_at(-1, false);
		cr_assert((flat_rc == 0 && rc == 0) == done);
		cr_assert(flat_rc == 0 || flat_rc == -ENOMEM);
		free(groups);
		breakdown_destroy(breakdown);
		flat_clear(&flat);
		if (done)
			break;
	}
	tree_destroy(tree);
	spec_free(&spec);
}
