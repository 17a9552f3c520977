/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Every entry gets the next number of a clock.  Going depth-first, an open directory holds an earlier name when it was
 * entered before that; the innermost such directory is where both first come together.  So:
 *
 *   a name of an inode that was met before counts in the directories below that one, which get it from here, and once
 *   too often in that one and above, which get it from both sides: it is taken off there
 *   an inode has all its names in that directory when the last of them has come, and in none below
 */
#include "store/exchange/ncdu_totals.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

struct totals_link {
	uint64_t dev, ino;
	uint64_t first, last; /* when names of it came */
	struct totals_pair bytes;
	uint32_t nlink, found;
};

void ncdu_totals_free(struct ncdu_totals *totals)
{
	free(totals->dirs);
	free(totals->links);
	hash_free(&totals->by_inode);
	*totals = (struct ncdu_totals){0};
}

static void add(struct totals_pair *to, const struct totals_pair *more)
{
	figure_add(&to->apparent, more->apparent);
	figure_add(&to->alloc, more->alloc);
}

static void take(struct totals_pair *from, const struct totals_pair *less)
{
	figure_take(&from->apparent, less->apparent);
	figure_take(&from->alloc, less->alloc);
}

int ncdu_totals_enter(struct ncdu_totals *totals, uint64_t dev, uint64_t apparent_bytes, uint64_t alloc_bytes)
{
	if (alloc_room(&totals->dirs, &totals->capacity, totals->depth + 1))
		return -ENOMEM;
	if (!dev && totals->depth)
		dev = totals->dirs[totals->depth - 1].dev;
	totals->dirs[totals->depth++] = (struct totals_dir){
		.entered = ++totals->clock,
		.dev = dev,
		.sum = {figure_of(apparent_bytes), figure_of(alloc_bytes)},
	};
	return 0;
}

struct totals_dir ncdu_totals_leave(struct ncdu_totals *totals)
{
	struct totals_dir left = totals->dirs[--totals->depth];

	if (totals->depth) {
		struct totals_dir *parent = &totals->dirs[totals->depth - 1];

		parent->items += left.items + 1;
		parent->error |= left.error;
		add(&parent->sum, &left.sum);
		add(&parent->linked, &left.linked);
		add(&parent->whole, &left.whole);
	}
	return left;
}

void ncdu_totals_file(struct ncdu_totals *totals, uint64_t apparent_bytes, uint64_t alloc_bytes, bool error)
{
	struct totals_dir *dir = &totals->dirs[totals->depth - 1];

	totals->clock++;
	dir->items++;
	dir->error |= error;
	figure_add_bytes(&dir->sum.apparent, apparent_bytes);
	figure_add_bytes(&dir->sum.alloc, alloc_bytes);
}

/* The innermost open directory that holds what came at that time. */
static struct totals_dir *holding(struct ncdu_totals *totals, uint64_t time)
{
	size_t low = 0, high = totals->depth; /* dirs[low] holds it, dirs[high] does not */

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (totals->dirs[middle].entered <= time)
			low = middle;
		else
			high = middle;
	}
	return &totals->dirs[low];
}

static uint32_t hash_of(uint64_t dev, uint64_t ino)
{
	return (uint32_t)((ino ^ dev << 32 ^ dev >> 32) * 0x9e3779b97f4a7c15u >> 32);
}

static struct totals_link *link_of(struct ncdu_totals *totals, uint64_t dev, uint64_t ino)
{
	uint32_t hash = hash_of(dev, ino), count = totals->by_inode.count;

	HASH_EACH (&totals->by_inode, hash, i)
		if (totals->links[i].ino == ino && totals->links[i].dev == dev)
			return &totals->links[i];
	if (alloc_room(&totals->links, &totals->link_capacity, count + 1u))
		return NULL;
	totals->links[count] = (struct totals_link){.dev = dev, .ino = ino};
	return hash_add(&totals->by_inode, hash, count) ? NULL : &totals->links[count];
}

int ncdu_totals_link(struct ncdu_totals *totals, uint64_t dev, uint64_t ino, uint32_t nlink, uint64_t apparent_bytes,
                     uint64_t alloc_bytes)
{
	struct totals_dir *dir = &totals->dirs[totals->depth - 1];
	struct totals_link *link = link_of(totals, dev ? dev : dir->dev, ino);
	uint64_t now = ++totals->clock;

	if (!link)
		return -ENOMEM;
	dir->items++;
	if (!link->found) {
		link->first = now;
		link->nlink = nlink;
		link->bytes = (struct totals_pair){figure_of(apparent_bytes), figure_of(alloc_bytes)};
		add(&dir->sum, &link->bytes);
		add(&dir->linked, &link->bytes);
	} else {
		struct totals_dir *both = holding(totals, link->last);

		if (both != dir) {
			add(&dir->sum, &link->bytes);
			add(&dir->linked, &link->bytes);
			take(&both->sum, &link->bytes);
			take(&both->linked, &link->bytes);
		}
	}
	link->last = now;
	link->found++;
	if (link->found == link->nlink)
		add(&holding(totals, link->first)->whole, &link->bytes);
	return 0;
}
