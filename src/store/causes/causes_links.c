/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes with several names, in a tree.  A total counts an inode once; where two places have names of it, each total
 * has it, and the one around both has taken it off.  Here it becomes that of the place with the first name.
 *
 * Lists of files are read only below directories whose subdirectories share inodes across places, or in the rest; in a
 * large tree not for next to nothing.
 */
#include "store/causes/causes_walk.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

struct shared_name {
	uint64_t ino, bytes;
	uint32_t dir;
	uint16_t fs;
};

struct link_finder {
	struct now *now;
	struct shared_name *items;
	size_t count, capacity;
	uint32_t *members; /* places that have a name of the inode at hand, with those around them */
	size_t member_count, member_capacity;
};

static int by_inode(const void *left, const void *right)
{
	const struct shared_name *a = left, *b = right;

	if (a->fs != b->fs)
		return a->fs < b->fs ? -1 : 1;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return (a->dir > b->dir) - (a->dir < b->dir);
}

/* Does a place begin below the directory? */
static bool has_place_below(const struct now *now, uint32_t dir)
{
	const struct places *places = &now->places;
	size_t low = 1, high = places->count;

	/* They were added in preorder. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (places->items[middle].dir <= dir)
			low = middle + 1;
		else
			high = middle;
	}
	return low < places->count && places->items[low].dir < now->side->image->end[dir];
}

static int read_links(struct link_finder *finder, uint32_t dir)
{
	struct now *now = finder->now;
	const struct image *image = now->side->image;
	const struct file_list *list;
	int rc;

	if (image->newest && image->newest[dir])
		return 0; /* none of its files has another name: image.h */
	rc = cause_list(now->side, dir, &list, now->places.err);
	for (size_t i = 0; !rc && i < list->count; i++) {
		const struct file_entry *entry = &list->items[i];

		if (entry->nlink < 2)
			continue;
		if (alloc_room(&finder->items, &finder->capacity, finder->count + 1))
			return -ENOMEM;
		finder->items[finder->count++] = (struct shared_name){entry->ino, entry->alloc_bytes, dir,
		                                                      image->fs[dir]};
	}
	return rc;
}

/* Where inodes are shared across places: the lists of all below. */
static int find_links(struct link_finder *finder)
{
	struct now *now = finder->now;
	const struct image *image = now->side->image;
	uint32_t done = now->top;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < image->odd_count; i++) {
		uint32_t dir = image->odd[i];

		if (dir < now->top || dir >= now->end || image->odd_bytes[i] <= 0 ||
		    (uint64_t)image->odd_bytes[i] < now->places.least_bytes)
			continue;
		if (now->place_of[dir - now->top] == PLACE_NONE)
			now->moved[dir - now->top] += image->odd_bytes[i];
		else if (!has_place_below(now, dir))
			continue;
		for (uint32_t at = dir > done ? dir : done; !rc && at < image->end[dir]; at++) {
			rc = read_links(finder, at);
			if (causes_cancelled(now->query))
				rc = -ECANCELED;
		}
		done = image->end[dir] > done ? image->end[dir] : done;
	}
	return rc;
}

static bool is_member(const struct link_finder *finder, uint32_t place)
{
	for (size_t i = 0; i < finder->member_count; i++)
		if (finder->members[i] == place)
			return true;
	return false;
}

static int add_members(struct link_finder *finder, uint32_t place)
{
	while (!is_member(finder, place)) {
		if (alloc_room(&finder->members, &finder->member_capacity, finder->member_count + 1))
			return -ENOMEM;
		finder->members[finder->member_count++] = place;
		if (place == PLACE_NONE)
			break;
		place = finder->now->places.items[place].parent;
	}
	return 0;
}

/* One inode, its names in the order of directories. */
static int settle(struct link_finder *finder, const struct shared_name *names, size_t count)
{
	struct now *now = finder->now;
	uint32_t owner = now->place_of[names[0].dir - now->top];
	uint64_t bytes = names[0].bytes;
	int rc = 0;

	finder->member_count = 0;
	for (size_t i = 0; !rc && i < count; i++)
		rc = add_members(finder, now->place_of[names[i].dir - now->top]);
	for (size_t i = 0; !rc && i < finder->member_count; i++) {
		uint32_t place = finder->members[i];
		int64_t counted = 1;

		if (place == PLACE_NONE)
			continue;
		for (size_t k = 0; k < finder->member_count; k++)
			counted -= finder->members[k] != PLACE_NONE &&
			           now->places.items[finder->members[k]].parent == place;
		now->places.items[place].bytes += (int64_t)(((uint64_t)(place == owner) - (uint64_t)counted) * bytes);
	}
	for (size_t i = 1; !rc && i < count; i++)
		if (names[i].dir != names[i - 1].dir && now->place_of[names[i].dir - now->top] == PLACE_NONE)
			now->moved[names[i].dir - now->top] -= (int64_t)bytes;
	return rc;
}

int now_links(struct now *now)
{
	struct link_finder finder = {.now = now};
	int rc = find_links(&finder);

	if (!rc && finder.count)
		qsort(finder.items, finder.count, sizeof(*finder.items), by_inode);
	for (size_t i = 0, end; !rc && i < finder.count; i = end) {
		for (end = i + 1; end < finder.count && finder.items[end].ino == finder.items[i].ino &&
		                  finder.items[end].fs == finder.items[i].fs;)
			end++;
		if (finder.items[end - 1].dir != finder.items[i].dir)
			rc = settle(&finder, finder.items + i, end - i);
	}
	free(finder.items);
	free(finder.members);
	return rc;
}
