/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/image/match_table.h"

/*
 * What cannot be compared: pairs under the branches of live directories, and the remembered directories that take part
 * when they vanish.
 */

/** The branch of `dir`, made with those of its ancestors; 0 without memory.  Under the lock. */
static uint32_t branch_of(struct match *match, dir_id dir)
{
	size_t missing = 0;

	for (dir_id at = dir; at != DIR_NONE && !(load_word(match, at) >> BRANCH_SHIFT);
	     at = tree_cold(match->tree, at)->parent) {
		if (!match_table_chunk(match, at))
			return 0;
		missing++;
	}
	if (match->branch_count + missing > BRANCH_MAX)
		return 0;
	if (alloc_room(&match->branches, &match->branch_capacity, match->branch_count + missing))
		return 0;

	uint32_t below = 0, first = 0;

	for (dir_id at = dir; at != DIR_NONE; at = tree_cold(match->tree, at)->parent) {
		uint32_t b = (uint32_t)(load_word(match, at) >> BRANCH_SHIFT);
		bool made = b == 0;

		if (made) {
			b = (uint32_t)match->branch_count++;
			match->branches[b] = (struct branch){.dir = at};
			atomic_fetch_or_explicit(word_of(match, at), (uint64_t)b << BRANCH_SHIFT, memory_order_relaxed);
		}
		if (below) {
			match->branches[below].parent = b;
			match->branches[below].next = match->branches[b].child;
			match->branches[b].child = below;
		}
		if (!first)
			first = b;
		if (!made)
			break;
		below = b;
	}
	return first;
}

void match_add_unknown(struct match *match, dir_id parent, dir_id dir, bool leaf, uint32_t old)
{
	if (parent == DIR_NONE)
		return;
	pthread_mutex_lock(&match->lock);
	uint32_t b = branch_of(match, parent);

	if (b && !alloc_room(&match->unknowns, &match->unknown_capacity, match->unknown_count + 1)) {
		match->unknowns[match->unknown_count] =
			(struct unknown){.dir = dir, .leaf = leaf, .old = old, .next = match->branches[b].unknown};
		match->branches[b].unknown = (uint32_t)match->unknown_count++;
	} else {
		atomic_store_explicit(&match->lost, true, memory_order_relaxed);
	}
	pthread_mutex_unlock(&match->lock);
}

static void add_pair(const struct match *match, const struct unknown *unknown, int64_t figure[FIGURES])
{
	if (unknown->dir != DIR_NONE)
		add_live(match, unknown->dir, figure);
	if (unknown->old != IMAGE_NONE)
		subtract_old(match, unknown->old, figure);
	/* Present on one side only, it is itself an item there. */
	figure[ITEMS] += (unknown->dir != DIR_NONE || unknown->leaf) - (unknown->old != IMAGE_NONE);
}

void match_sum_unknown(struct match *match, uint32_t top, int64_t figure[FIGURES])
{
	pthread_mutex_lock(&match->lock);
	struct branch *branches = match->branches;

	if (!branches[top].final) {
		int64_t sum[FIGURES] = {0};

		for (uint32_t b = top;;) {
			if (branches[b].final) {
				for (int f = 0; f < FIGURES; f++)
					sum[f] += branches[b].figure[f];
			} else {
				for (uint32_t u = branches[b].unknown; u; u = match->unknowns[u].next)
					add_pair(match, &match->unknowns[u], sum);
			}
			if (!branches[b].final && branches[b].child) {
				b = branches[b].child;
				continue;
			}
			while (b != top && !branches[b].next)
				b = branches[b].parent;
			if (b == top)
				break;
			b = branches[b].next;
		}
		memcpy(branches[top].figure, sum, sizeof(sum));
		branches[top].final = true;
	}
	memcpy(figure, branches[top].figure, sizeof(branches[top].figure));
	pthread_mutex_unlock(&match->lock);
}

/* ---- ghosts ---- */

int match_collect_odd(struct match *match)
{
	const struct image *image = match->image;
	size_t capacity = 0;

	for (uint32_t i = match->root; i < image->end[match->root]; i++) {
		if (!image_unknown(image->flags[i], -1))
			continue;
		if (alloc_room(&match->odd, &capacity, match->odd_count + 1))
			return -ENOMEM;
		match->odd[match->odd_count++] = i;
	}
	return 0;
}

/** First of the odd directories that is not before `from`. */
static size_t odd_from(const struct match *match, uint32_t from)
{
	size_t low = 0, high = match->odd_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (match->odd[middle] < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void match_take_ghost(struct match *match, uint32_t ghost, dir_id parent, int64_t figure[FIGURES])
{
	const struct image *image = match->image;

	subtract_old(match, ghost, figure);
	for (size_t o = odd_from(match, ghost); o < match->odd_count && match->odd[o] < image->end[ghost];) {
		uint32_t odd = match->odd[o];
		int64_t held[FIGURES] = {[ITEMS] = -1};

		subtract_old(match, odd, held);
		for (int f = 0; f < FIGURES; f++)
			figure[f] -= held[f];
		if (parent != DIR_NONE)
			match_add_unknown(match, parent, DIR_NONE, false, odd);
		o = odd_from(match, image->end[odd]);
	}
}
