/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * "Without what is unknown below" must be asked for any directory, and a directory may have moved out of an unknown
 * one: so unknown bytes are a list of corrections sorted by the directory's place in preorder, and the sum over a
 * subtree is a difference of two prefix sums.
 */
#include "store/diff/diff_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static int add_correction(struct diff_corrections *list, uint64_t at, int64_t bytes)
{
	if (alloc_room(&list->items, &list->capacity, list->count + 1))
		return -ENOMEM;
	list->items[list->count++] = (struct diff_correction){at, bytes};
	return 0;
}

static int by_place(const void *left, const void *right)
{
	const struct diff_correction *a = left, *b = right;

	return (a->at > b->at) - (a->at < b->at);
}

static int finish_corrections(struct diff_corrections *list)
{
	list->sums = alloc_array(list->count + 1, sizeof(*list->sums));
	if (!list->sums)
		return -ENOMEM;
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), by_place);
	for (size_t i = 0; i < list->count; i++)
		list->sums[i + 1] = (int64_t)((uint64_t)list->sums[i] + (uint64_t)list->items[i].bytes);
	return 0;
}

/* Corrections before that place. */
static size_t place(const struct diff_corrections *list, uint64_t at)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t diff_unknown_below(const struct diff_corrections *list, const struct image *image, uint32_t dir)
{
	if (!list->count)
		return 0;
	return (uint64_t)list->sums[place(list, 2 * (uint64_t)image->end[dir])] -
	       (uint64_t)list->sums[place(list, 2 * (uint64_t)dir + 1)];
}

/* A directory whose state differs from what is around it. */
struct mark {
	uint32_t dir;
	bool unknown;
};

static int by_dir(const void *left, const void *right)
{
	const struct mark *a = left, *b = right;

	return (a->dir > b->dir) - (a->dir < b->dir);
}

/*
 * Marks to corrections, in preorder with a stack of open ones: an unknown directory takes its bytes out, a known one
 * inside it (it moved out, and is compared there) brings its own back.
 */
static int correct(const struct image *image, struct mark *marks, size_t count, struct diff_corrections *out)
{
	struct mark *open = alloc_array(count, sizeof(*open));
	size_t depth = 0;
	int e = open ? 0 : -ENOMEM;

	qsort(marks, count, sizeof(*marks), by_dir);
	for (size_t i = 0; !e && i < count; i++) {
		while (depth && image->end[open[depth - 1].dir] <= marks[i].dir)
			depth--;
		bool around = depth && open[depth - 1].unknown;
		uint64_t bytes = image->alloc_bytes[marks[i].dir];

		if (marks[i].unknown != around)
			e = add_correction(out, 2 * (uint64_t)marks[i].dir, (int64_t)(around ? 0 - bytes : bytes));
		open[depth++] = marks[i];
	}
	free(open);
	return e;
}

static int correct_side(struct diff_walk *walk, bool older)
{
	const struct image *image = older ? walk->a : walk->b;
	size_t count = 0;
	struct mark *marks = NULL;

	for (size_t i = 0; i < walk->count; i++)
		count += walk->rows[i].unknown != DIFF_COMPARABLE;
	if (count)
		marks = alloc_array(walk->count, sizeof(*marks));
	if (!count || !marks)
		return count ? -ENOMEM : 0;
	count = 0;
	for (size_t i = 0; i < walk->count; i++) {
		const struct diff_row *row = &walk->rows[i];
		uint32_t dir = older ? row->a : row->b;

		if (dir != IMAGE_NONE && (row->unknown || row->moved))
			marks[count++] = (struct mark){dir, row->unknown != DIFF_COMPARABLE};
	}
	int e = correct(image, marks, count, older ? &walk->before : &walk->after);

	free(marks);
	return e;
}

static int lose_file(struct diff_walk *walk, uint32_t row, const struct file_entry *file, bool older,
                     enum diff_reason why)
{
	if (alloc_room(&walk->lost, &walk->lost_capacity, walk->lost_count + 1))
		return -ENOMEM;
	char *name = alloc_copy(file->name, file->name_length);

	if (!name)
		return -ENOMEM;
	walk->lost[walk->lost_count++] = (struct diff_lost_file){row, name, older ? file->alloc_bytes : 0,
	                                                         older ? 0 : file->alloc_bytes, why};
	uint32_t dir = older ? walk->rows[row].a : walk->rows[row].b;

	return add_correction(older ? &walk->before : &walk->after, 2 * (uint64_t)dir + 1, (int64_t)file->alloc_bytes);
}

/* Has it entries that could not be read? */
static bool has_lost_entries(const struct image *image, uint32_t dir)
{
	uint32_t errors = image->errors[dir], below = image->flags[dir] & IMAGE_READ_ERROR ? 1 : 0;

	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++)
		below += image->errors[image->children[i]];
	return errors > below;
}

/* Files of a row that could be read on one side only. */
static int lose_files(struct diff_walk *walk, uint32_t at)
{
	const struct diff_row *row = &walk->rows[at];

	if (row->a == IMAGE_NONE || row->b == IMAGE_NONE || row->equal || row->unknown ||
	    (!has_lost_entries(walk->a, row->a) && !has_lost_entries(walk->b, row->b)))
		return 0;
	int e = diff_list_a(walk, row->a);

	if (!e)
		e = diff_list_b(walk, row->b);
	for (size_t i = 0; !e && i < walk->list_a.count; i++) {
		const struct file_entry *a = &walk->list_a.items[i],
					*b = file_list_find(&walk->list_b, a->name, a->name_length);

		if (!b || diff_is_lost(a) == diff_is_lost(b))
			continue;
		e = diff_is_lost(a) ? lose_file(walk, at, b, false, diff_lost_reason(a))
		                    : lose_file(walk, at, a, true, diff_lost_reason(b));
	}
	return e;
}

int diff_correct(struct diff_walk *walk)
{
	int e = correct_side(walk, true);

	if (!e)
		e = correct_side(walk, false);
	for (size_t i = 0; !e && i < walk->count; i++)
		e = lose_files(walk, (uint32_t)i);
	if (!e)
		e = finish_corrections(&walk->before);
	if (!e)
		e = finish_corrections(&walk->after);
	return e;
}
