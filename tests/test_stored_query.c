/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/image/match.h"
#include "spec.h"
#include "store/diff/diff.h"
#include "store/files/stored_query.h"
#include "store/snapshot/snapshot.h"
#include "store_fixture.h"

/* What is asked of a snapshot against the same asked of the tree that it was made of; files that grew, one by one. */

#define NOW 2000

static struct image *store_tree(struct store *store, struct tree *tree, int64_t at)
{
	struct snapshot_meta meta = {.options = "x", .started_at = at, .finished_at = at};
	struct image *image = NULL;
	struct err err = {{0}};
	int64_t id;

	tree_sum(tree);
	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	cr_assert_eq(snapshot_image(store, id, &image, &err), 0, "%s", err.text);
	return image;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** "SIZE PATH" of each that was found, sorted. */
static char *listed(const struct flat *flat, const struct tree *tree, const struct image *image)
{
	char **lines = calloc(flat->count + 1, sizeof(*lines));
	struct buf all = {0};

	for (size_t i = 0; i < flat->count; i++) {
		const struct flat_entry *entry = &flat->entries[i];
		struct buf line = {0};

		if (tree)
			tree_relative(tree, entry->dir, &line);
		else
			image_relative(image, entry->dir, &line);
		buf_char(&line, '/');
		buf_add(&line, flat->names.data + entry->name, entry->name_length);
		buf_printf(&line, " %lu %lu %ld", entry->alloc_bytes, entry->apparent_bytes, entry->growth_bytes);
		lines[i] = line.data;
	}
	qsort(lines, flat->count, sizeof(*lines), by_path);
	for (size_t i = 0; i < flat->count; i++) {
		buf_printf(&all, "%s\n", lines[i]);
		free(lines[i]);
	}
	free(lines);
	buf_str(&all, "");
	return all.data;
}

Test(stored_query, a_snapshot_answers_as_its_tree)
{
	static const char *const texts[] = {"", ">8k", "a", "*1*"};
	struct fixture fixture;

	fixture_begin(&fixture);
	struct store *store = fixture_open(&fixture, 0);

	for (uint64_t seed = 0; seed < 12; seed++) {
		struct spec spec;
		struct err err = {{0}};

		spec_init(&spec, seed + 70, 80, SPEC_LINKS | SPEC_ERRORS);
		struct tree *tree = spec_tree(&spec, seed);
		struct image *image = store_tree(store, tree, 1000 + (int64_t)seed);
		struct breakdown *live = breakdown_create(NOW), *stored = breakdown_create(NOW);

		cr_assert_eq(breakdown_tree(live, tree, DIR_ROOT, NULL), 0);
		cr_assert_eq(stored_breakdown(stored, store, image, IMAGE_ROOT, NULL, NULL, &err), 0, "%s",
		             err.text);
		struct breakdown_sum a = breakdown_total(live), b = breakdown_total(stored);

		cr_assert_eq(a.alloc_bytes, b.alloc_bytes, "seed %lu", seed);
		cr_assert_eq(a.apparent_bytes, b.apparent_bytes);
		cr_assert_eq(a.items, b.items);
		cr_assert_eq(b.alloc_bytes, image->alloc_bytes[IMAGE_ROOT]);
		breakdown_destroy(live);
		breakdown_destroy(stored);
		for (size_t t = 0; t < 4; t++) {
			struct flat_query query = {.show_hidden = true, .limit = 1000};
			struct flat of_tree, of_image;

			cr_assert_eq(terms_parse(texts[t], NOW, &query.terms, NULL), 0);
			flat_begin(&of_tree, &query);
			flat_begin(&of_image, &query);
			cr_assert_eq(flat_tree(&of_tree, tree, DIR_ROOT, NULL, NULL), 0);
			cr_assert_eq(stored_flat(&of_image, store, image, IMAGE_ROOT, NULL, NULL, &err), 0, "%s",
			             err.text);
			char *one = listed(&of_tree, tree, NULL), *other = listed(&of_image, NULL, image);

			cr_assert_str_eq(one, other, "seed %lu %s", seed, texts[t]);
			free(one);
			free(other);
			flat_clear(&of_tree);
			flat_clear(&of_image);
		}
		image_free(image);
		tree_destroy(tree);
		spec_free(&spec);
	}
	store_close(store);
	fixture_end(&fixture);
}

/* Files that grew between two states: those of a naive comparison by path, from a tree and from its snapshot. */
Test(stored_query, files_that_grew)
{
	struct fixture fixture;
	size_t all = 0;

	fixture_begin(&fixture);
	struct store *store = fixture_open(&fixture, 0);

	for (uint64_t seed = 0; seed < 25; seed++) {
		struct spec old, now;
		struct err err = {{0}};
		struct flat_query query = {.show_hidden = true, .limit = 1000, .order = FLAT_GROWN};
		struct flat live, stored;
		struct changed_dirs dirs;
		size_t expected = 0;

		spec_init(&old, seed + 170, 80, 0);
		spec_copy(&now, &old);
		spec_mutate(&now, 12, 0);
		struct tree *before = spec_tree(&old, seed), *tree = spec_tree(&now, seed);
		struct image *base = store_tree(store, before, 1000), *image = store_tree(store, tree, 2000);
		struct match *match = match_create_complete(tree, base, "");

		cr_assert_eq(changed_in_tree(&dirs, tree, DIR_ROOT, match, NULL), 0);
		flat_begin(&live, &query);
		cr_assert_eq(
			stored_grown(&live,
		                     &(struct stored_growth){.store = store, .tree = tree, .base = base, .dirs = &dirs},
		                     NULL, NULL, &err),
			0, "%s", err.text);
		changed_clear(&dirs);
		cr_assert_eq(changed_in_image(&dirs, image, IMAGE_ROOT, base, IMAGE_ROOT, NULL), 0);
		flat_begin(&stored, &query);
		cr_assert_eq(
			stored_grown(
				&stored,
				&(struct stored_growth){.store = store, .image = image, .base = base, .dirs = &dirs},
				NULL, NULL, &err),
			0, "%s", err.text);
		char *one = listed(&live, tree, NULL), *other = listed(&stored, NULL, image);

		cr_assert_str_eq(one, other, "seed %lu", seed);
		for (int i = 1; i < now.count; i++) {
			const struct spec_node *node = &now.nodes[i];
			char path[4096];
			struct buf line = {0};
			int then;

			if (!spec_there(&now, i) || node->type == NODE_DIR || node->flags)
				continue;
			strcpy(path, spec_path(&now, i));
			then = spec_find(&old, path);
			int64_t growth = (int64_t)node->alloc_bytes - (then >= 0 && old.nodes[then].type != NODE_DIR
			                                                       ? (int64_t)old.nodes[then].alloc_bytes
			                                                       : 0);
			/* A folder that was replaced by another of its name holds nothing old. */
			for (int at = node->parent, was = then >= 0 ? old.nodes[then].parent : -1; at > 0 && was > 0;
			     at = now.nodes[at].parent, was = old.nodes[was].parent)
				if (now.nodes[at].ino != old.nodes[was].ino)
					growth = (int64_t)node->alloc_bytes;
			if (growth <= 0)
				continue;
			buf_printf(&line, "%s%s %lu %lu %ld\n", strchr(path, '/') ? "" : "/", path, node->alloc_bytes,
			           node->apparent_bytes, growth);
			cr_assert(strstr(one, line.data), "seed %lu: %s is not in\n%s", seed, line.data, one);
			expected++;
			buf_free(&line);
		}
		cr_assert_eq(live.count, expected, "seed %lu: %zu, not %zu", seed, live.count, expected);
		all += expected;
		free(one);
		free(other);
		changed_clear(&dirs);
		flat_clear(&live);
		flat_clear(&stored);
		match_destroy(match);
		image_free(base);
		image_free(image);
		tree_destroy(before);
		tree_destroy(tree);
		spec_free(&old);
		spec_free(&now);
	}
	cr_expect_gt(all, 20, "something grew");
	store_close(store);
	fixture_end(&fixture);
}

/* In items and in apparent sizes: net is the difference of the totals, and the direct deltas sum up to it. */
Test(stored_query, a_diff_by_other_measures)
{
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct spec old, now;
		struct spec_sums before, after;

		spec_init(&old, seed + 4100, 80, SPEC_LINKS);
		spec_copy(&now, &old);
		spec_mutate(&now, 10, SPEC_LINKS);
		struct tree *a_tree = spec_tree(&old, seed), *b_tree = spec_tree(&now, seed + 1);
		struct image *a = image_from_tree(a_tree), *b = image_from_tree(b_tree);

		spec_sums(&old, 0, &before);
		spec_sums(&now, 0, &after);
		for (enum diff_measure measure = DIFF_ALLOCATED; measure <= DIFF_ITEMS; measure++) {
			struct diff_options how = {.measure = measure, .prefix_a = "", .prefix_b = "", .max_depth = -1};
			int64_t sum = 0, net = (int64_t)(after.alloc_bytes - before.alloc_bytes);
			struct diff diff;
			struct err err = {{0}};

			if (measure == DIFF_ITEMS)
				net = (int64_t)(after.items - before.items);
			if (measure == DIFF_APPARENT)
				net = (int64_t)(after.apparent_bytes - before.apparent_bytes);
			cr_assert_eq(diff_compute(a, b, &how, &diff, &err), 0, "%s", err.text);
			for (size_t i = 0; i < diff.count; i++)
				sum += diff.entries[i].direct_delta_bytes;
			cr_assert_eq(diff.unknown_entries, 0);
			cr_assert_eq(diff.net_bytes, net, "seed %lu measure %d: %ld, not %ld", seed, measure,
			             diff.net_bytes, net);
			cr_assert_eq(sum, net, "seed %lu measure %d: sum %ld, not %ld", seed, measure, sum, net);
			diff_clear(&diff);
		}
		image_free(a);
		image_free(b);
		tree_destroy(a_tree);
		tree_destroy(b_tree);
		spec_free(&old);
		spec_free(&now);
	}
}
