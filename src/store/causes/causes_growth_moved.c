/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder that moved is compared with what it was elsewhere: what it took along shows in the two folders around it.
 * Here those bytes are taken out of these, and go from the causes they were of to the causes they are of.
 */
#include "store/causes/causes_growth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define NO_ROW UINT32_MAX

struct mover {
	struct growth_walk *growth;
	uint32_t *row_of;                   /* of a directory of the older tree, NO_ROW = none */
	struct place_state *before, *after; /* of what moved */
	size_t before_capacity, after_capacity;
};

/* The known row that the directory lay in. */
static uint32_t row_around(const struct mover *mover, uint32_t dir)
{
	const struct diff_walk *walk = &mover->growth->walk;

	for (uint32_t at = walk->a->parent[dir]; at != IMAGE_NONE; at = walk->a->parent[at])
		if (mover->row_of[at] != NO_ROW && !walk->rows[mover->row_of[at]].unknown)
			return mover->row_of[at];
	return 0;
}

/* The state at a directory of the older tree where it was, below a row. */
static int state_before(struct mover *mover, uint32_t around, uint32_t dir, struct place_state *out)
{
	struct growth_walk *growth = mover->growth;
	const struct image *image = growth->walk.a;
	uint32_t at = growth->walk.rows[around].a;
	int rc = 0;

	*out = growth->states[around];
	if (at == IMAGE_NONE || dir < at || dir >= image->end[at])
		return place_start(&growth->places, growth->a, dir, out);
	while (!rc && at != dir) {
		struct place_state from = *out;
		uint32_t child = at + 1;

		while (image->end[child] <= dir)
			child = image->end[child];
		at = child;
		rc = place_enter(&growth->places, growth->a, at, NO_ROW, &from, out);
	}
	return rc;
}

static uint64_t own_bytes(const struct image *image, uint32_t dir)
{
	uint64_t bytes = image->alloc_bytes[dir];

	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++)
		bytes -= image->alloc_bytes[image->children[i]];
	return bytes;
}

/* What lies in it by itself, from one cause to another; what no rule takes has only moved. */
static void hand_over(struct mover *mover, uint32_t row, uint32_t around, uint32_t from, uint32_t to, uint64_t bytes)
{
	struct growth_walk *growth = mover->growth;
	const struct cause_place *items = growth->places.items;

	if (from == to || (from != PLACE_NONE && to != PLACE_NONE && items[from].line == items[to].line))
		return;
	if (from != PLACE_NONE)
		growth_give(growth, from, 0 - bytes);
	else
		growth_own(growth, around, 0 - bytes);
	if (to != PLACE_NONE)
		growth_give(growth, to, bytes);
	else
		growth_own(growth, row, bytes);
}

/* All below what moved, as it was. */
static int move_tree(struct mover *mover, uint32_t at, uint32_t around)
{
	struct growth_walk *growth = mover->growth;
	const struct diff_row *row = &growth->walk.rows[at];
	const struct image *image = growth->walk.a;
	uint32_t top = row->a, end = image->end[top];
	struct place_state *before, *after;
	int rc;

	if (alloc_room(&mover->before, &mover->before_capacity, end - top) ||
	    alloc_room(&mover->after, &mover->after_capacity, end - top))
		return -ENOMEM;
	before = mover->before;
	after = mover->after;
	rc = state_before(mover, around, top, &before[0]);
	after[0] = growth->states[at];
	for (uint32_t dir = top; !rc && dir < end; dir++) {
		uint32_t parent = dir == top ? 0 : image->parent[dir] - top;

		if (dir != top) {
			rc = place_enter(&growth->places, growth->a, dir, NO_ROW, &before[parent], &before[dir - top]);
			if (!rc)
				rc = place_enter(&growth->places, growth->a, dir, at, &after[parent],
				                 &after[dir - top]);
		}
		/* What could not be compared is in nobody's growth. */
		if (!rc && dir != top && mover->row_of[dir] != NO_ROW &&
		    growth->walk.rows[mover->row_of[dir]].unknown) {
			dir = image->end[dir] - 1;
			continue;
		}
		if (!rc)
			hand_over(mover, at, around, before[dir - top].place, after[dir - top].place,
			          own_bytes(image, dir));
		if (causes_cancelled(growth->query))
			rc = -ECANCELED;
	}
	return rc;
}

int growth_moved(struct growth_walk *growth)
{
	struct mover mover = {.growth = growth};
	const struct diff_walk *walk = &growth->walk;
	int rc = 0;

	mover.row_of = alloc_array(walk->a->count, sizeof(*mover.row_of));
	if (!mover.row_of)
		return -ENOMEM;
	for (uint32_t i = 0; i < walk->a->count; i++)
		mover.row_of[i] = NO_ROW;
	for (size_t i = 0; i < walk->count; i++)
		if (walk->rows[i].a != IMAGE_NONE)
			mover.row_of[walk->rows[i].a] = (uint32_t)i;
	for (size_t i = 1; !rc && i < walk->count; i++) {
		const struct diff_row *row = &walk->rows[i];
		uint64_t bytes;

		if (!row->moved || row->unknown)
			continue;
		uint32_t around = row_around(&mover, row->a);

		bytes = walk->a->alloc_bytes[row->a] - diff_unknown_below(&walk->before, walk->a, row->a);
		growth_own(growth, row->parent, 0 - bytes);
		growth_own(growth, around, bytes);
		rc = move_tree(&mover, (uint32_t)i, around);
	}
	free(mover.before);
	free(mover.after);
	free(mover.row_of);
	return rc;
}
