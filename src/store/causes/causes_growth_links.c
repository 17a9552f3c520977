/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes with several names, in a difference.  An inode that some directory names before and after has grown there, by
 * what its size changed; else it went from the first of its names and came to the first.  So a further link to what is
 * there already costs nothing, and nobody's bytes are told twice.
 *
 * Names in directories that did not change are looked for only when an inode has more names than those that did.
 */
#include "store/causes/causes_growth.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

struct inode {
	size_t first, count; /* of the changes */
	bool unchanged;      /* a directory that did not change names it: it is there before and after */
};

struct inodes {
	struct inode *items;
	size_t count, capacity;
	struct hash by_ino; /* those that are looked for */
	size_t sought;
};

static int by_inode(const void *left, const void *right)
{
	const struct growth_link *a = left, *b = right;

	if (a->fs != b->fs)
		return a->fs < b->fs ? -1 : 1;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

/* Has it names, before or after, that no row has? */
static bool has_more_names(const struct growth_walk *growth, const struct inode *inode)
{
	uint64_t names_a = 0, names_b = 0;
	uint32_t nlink_a = 0, nlink_b = 0;

	for (size_t i = 0; i < inode->count; i++) {
		const struct growth_link *change = &growth->changes[inode->first + i];

		if (change->names_a && change->names_b)
			return false; /* that decides */
		names_a += change->names_a;
		names_b += change->names_b;
		nlink_a = change->names_a ? change->nlink_a : nlink_a;
		nlink_b = change->names_b ? change->nlink_b : nlink_b;
	}
	return (names_a && nlink_a > names_a) || (names_b && nlink_b > names_b);
}

static int group(struct growth_walk *growth, struct inodes *inodes)
{
	if (growth->change_count)
		qsort(growth->changes, growth->change_count, sizeof(*growth->changes), by_inode);
	for (size_t i = 0, end; i < growth->change_count; i = end) {
		const struct growth_link *first = &growth->changes[i];

		if (alloc_room(&inodes->items, &inodes->capacity, inodes->count + 1))
			return -ENOMEM;
		for (end = i + 1; end < growth->change_count && growth->changes[end].ino == first->ino &&
		                  growth->changes[end].fs == first->fs;)
			end++;
		inodes->items[inodes->count] = (struct inode){.first = i, .count = end - i};
		if (has_more_names(growth, &inodes->items[inodes->count])) {
			if (hash_add(&inodes->by_ino, hash_u64(first->ino), (uint32_t)inodes->count))
				return -ENOMEM;
			inodes->sought++;
		}
		inodes->count++;
	}
	return 0;
}

static void find_in(struct growth_walk *growth, struct inodes *inodes, const struct file_list *list, uint16_t fs)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].nlink < 2)
			continue;
		HASH_EACH (&inodes->by_ino, hash_u64(list->items[i].ino), at) {
			struct inode *inode = &inodes->items[at];
			const struct growth_link *change = &growth->changes[inode->first];

			if (change->ino != list->items[i].ino || change->fs != fs || inode->unchanged)
				continue;
			inode->unchanged = true;
			inodes->sought--;
		}
	}
}

/* Look for them in the directories that no row has the files of. */
static int search(struct growth_walk *growth, struct inodes *inodes)
{
	const struct diff_walk *walk = &growth->walk;
	const struct image *image = walk->b;
	uint32_t top = walk->rows[0].b;
	bool *seen;
	int rc = 0;

	if (!inodes->sought || top == IMAGE_NONE)
		return 0;
	seen = alloc_array(image->end[top] - top, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	for (size_t i = 0; i < walk->count; i++)
		if (walk->rows[i].b != IMAGE_NONE && !walk->rows[i].equal)
			seen[walk->rows[i].b - top] = true;
	for (uint32_t dir = top; !rc && inodes->sought && dir < image->end[top]; dir++) {
		const struct file_list *list;

		if (seen[dir - top] || (image->newest && image->newest[dir])) /* image.h: it has no linked file */
			continue;
		rc = cause_list(growth->b, dir, &list, growth->places.err);
		if (!rc)
			find_in(growth, inodes, list, image->fs[dir]);
		if (causes_cancelled(growth->query))
			rc = -ECANCELED;
	}
	free(seen);
	return rc;
}

/* The row whose directory comes first in the older or the newer tree, of those that name it there. */
static const struct growth_link *first_of(const struct growth_walk *growth, const struct inode *inode, bool older,
                                          bool both)
{
	const struct growth_link *first = NULL;
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < inode->count; i++) {
		const struct growth_link *change = &growth->changes[inode->first + i];
		const struct diff_row *row = &growth->walk.rows[change->row];
		uint32_t dir = older ? row->a : row->b;

		if (!(older ? change->names_a : change->names_b) || (both && !(change->names_a && change->names_b)))
			continue;
		if (!first || dir < least) {
			first = change;
			least = dir;
		}
	}
	return first;
}

/* Each row has counted the inode for itself: what is too much is taken back. */
static void settle(struct growth_walk *growth, const struct inode *inode)
{
	const struct growth_link *keeper = inode->unchanged ? NULL : first_of(growth, inode, false, true);
	const struct growth_link *from = inode->unchanged || keeper ? keeper : first_of(growth, inode, true, false),
				 *to = inode->unchanged || keeper ? keeper : first_of(growth, inode, false, false);

	for (size_t i = 0; i < inode->count; i++) {
		const struct growth_link *change = &growth->changes[inode->first + i];

		if (change->names_a && change != from)
			growth_own(growth, change->row, change->bytes_a);
		if (change->names_b && change != to)
			growth_own(growth, change->row, 0 - change->bytes_b);
	}
}

int growth_links(struct growth_walk *growth)
{
	struct inodes inodes = {0};
	int rc = group(growth, &inodes);

	if (!rc)
		rc = search(growth, &inodes);
	for (size_t i = 0; !rc && i < inodes.count; i++)
		settle(growth, &inodes.items[i]);
	hash_free(&inodes.by_ino);
	free(inodes.items);
	return rc;
}
