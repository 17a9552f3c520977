/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/image/moved.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"

/*
 * What moved from O to N counts in the folders above N that are not above O, and is missing in those above O that are
 * not above N.
 */

struct moved {
	const struct match *match;
	dir_id limit;
	struct moved_figures by_dir[];
};

static dir_id parent_of(const struct tree *tree, dir_id dir)
{
	return atomic_load_explicit(&tree_cold(tree, dir)->parent, memory_order_relaxed);
}

static bool image_contains(const struct image *image, uint32_t dir, uint32_t what)
{
	while (what != IMAGE_NONE && what != dir)
		what = image->parent[what];
	return what == dir;
}

/** Was that remembered folder below this live one? */
static bool was_below(const struct match *match, dir_id dir, uint32_t what)
{
	bool known;
	uint32_t old = match_dir(match, dir, &known);

	return known && old != IMAGE_NONE && image_contains(match_image(match), old, what);
}

static bool is_below(const struct tree *tree, dir_id dir, dir_id what)
{
	while (what != DIR_NONE && what != dir)
		what = parent_of(tree, what);
	return what == dir;
}

static void add(struct moved *moved, dir_id dir, const struct moved_figures *more)
{
	if (dir >= moved->limit)
		return;
	moved->by_dir[dir].alloc_bytes += more->alloc_bytes;
	moved->by_dir[dir].apparent_bytes += more->apparent_bytes;
	moved->by_dir[dir].items += more->items;
}

/** The deepest folder that is still there on the way to a remembered one. */
static dir_id live_above(const struct tree *tree, const struct match *match, uint32_t what)
{
	const struct image *image = match_image(match);
	bool known;
	uint32_t top = match_dir(match, DIR_ROOT, &known);
	dir_id found = DIR_NONE;

	for (what = image->parent[what]; what != IMAGE_NONE && found == DIR_NONE && known; what = image->parent[what]) {
		struct buf path = {0};
		uint32_t at = what;

		if (!image_contains(image, top, what))
			break;
		/* Names from the tree's root down. */
		while (at != top) {
			struct buf longer = {0};

			buf_add(&longer, image_name(image, at), image_name_length(image, at));
			if (path.length) {
				buf_char(&longer, '/');
				buf_add(&longer, path.data, path.length);
			}
			buf_free(&path);
			path = longer;
			at = image->parent[at];
		}
		if (!path.failed)
			found = tree_lookup(tree, path.data ? path.data : "", path.length);
		buf_free(&path);
	}
	return found;
}

static void count(struct moved *moved, const struct tree *tree, dir_id dir, uint32_t from)
{
	const struct image *image = match_image(moved->match);
	struct moved_figures came, went = {.alloc_bytes = -(int64_t)image->alloc_bytes[from],
	                                   .apparent_bytes = -(int64_t)image->apparent_bytes[from],
	                                   .items = -(int64_t)image->items[from] - 1};
	struct growth growth;

	match_growth(moved->match, dir, &growth);
	came = (struct moved_figures){growth.alloc_bytes, growth.apparent_bytes, growth.items};
	for (dir_id at = parent_of(tree, dir); at != DIR_NONE && !was_below(moved->match, at, from);
	     at = parent_of(tree, at))
		add(moved, at, &came);
	for (dir_id at = live_above(tree, moved->match, from); at != DIR_NONE && !is_below(tree, at, dir);
	     at = parent_of(tree, at))
		add(moved, at, &went);
}

struct moved *moved_compute(const struct tree *tree, const struct match *match, const struct identities *identities)
{
	dir_id limit = tree_dir_limit(tree);
	struct moved *moved = alloc_array(sizeof(*moved) + limit * sizeof(moved->by_dir[0]), 1);
	uint32_t *from = alloc_array(limit, sizeof(*from));
	unsigned pin;

	if (!moved || !from) {
		free(moved);
		free(from);
		return NULL;
	}
	pin = tree_pin(tree);
	moved->match = match;
	moved->limit = limit;
	for (dir_id dir = DIR_ROOT; dir < limit; dir++) {
		bool fresh = tree_alive(tree, dir) &&
		             (match_kind(match, dir) == MATCH_NEW || match_kind(match, dir) == MATCH_REPLACED);

		from[dir] = fresh ? identities_find_live(identities, tree, dir) : IMAGE_NONE;
	}
	/* What lies in something that moved came with it. */
	for (dir_id dir = DIR_ROOT; dir < limit; dir++) {
		dir_id above = from[dir] != IMAGE_NONE ? parent_of(tree, dir) : DIR_NONE;

		while (above != DIR_NONE && (above >= limit || from[above] == IMAGE_NONE))
			above = parent_of(tree, above);
		if (from[dir] != IMAGE_NONE && above == DIR_NONE)
			count(moved, tree, dir, from[dir]);
	}
	tree_unpin(tree, pin);
	free(from);
	return moved;
}

void moved_destroy(struct moved *moved)
{
	free(moved);
}

const struct match *moved_match(const struct moved *moved)
{
	return moved->match;
}

struct moved_figures moved_figures(const struct moved *moved, dir_id dir)
{
	return dir < moved->limit ? moved->by_dir[dir] : (struct moved_figures){0};
}
