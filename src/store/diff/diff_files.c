/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Files that differ.  One that went here and came there has moved, where that is beyond doubt: lists of files know
 * inodes of linked ones only, so it is told by type, size, allocated size and time of change, and must be the only one
 * that went and the only one that came with these; or the only ones of one name.
 */
#include "store/diff/diff_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"

struct linked {
	uint64_t ino;
	size_t at;
};

static int by_inode(const void *left, const void *right)
{
	const struct linked *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* In a list, an inode counts at the first of its names: the others get 0. */
static int count_links_once(struct file_list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->items[i].nlink > 1;
	if (count < 2)
		return 0;
	struct linked *links = alloc_array(count, sizeof(*links));

	if (!links)
		return -ENOMEM;
	count = 0;
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].nlink > 1)
			links[count++] = (struct linked){list->items[i].ino, i};
	}
	qsort(links, count, sizeof(*links), by_inode);
	for (size_t i = 1; i < count; i++) {
		if (links[i].ino == links[i - 1].ino)
			list->items[links[i].at].alloc_bytes = 0;
	}
	free(links);
	return 0;
}

static int compare_files(const struct file_entry *a, const struct file_entry *b)
{
	int order = memcmp(a->name, b->name, a->name_length < b->name_length ? a->name_length : b->name_length);

	return order ? order : (a->name_length > b->name_length) - (a->name_length < b->name_length);
}

/* One that came or went: told when it is known whether it did both.  Takes the strings over, also on failure. */
static int put_aside(struct diff_walk *walk, uint32_t at, const struct diff_entry *entry, const struct file_entry *file)
{
	if (!entry->path || alloc_room(&walk->files, &walk->file_capacity, walk->file_count + 1)) {
		free(entry->path);
		return -ENOMEM;
	}
	walk->files[walk->file_count++] = (struct diff_file){
		.entry = *entry,
		.row = at,
		.name = strlen(entry->path) - file->name_length,
		.type = file->type,
		.apparent_bytes = file->apparent_bytes,
		.mtime_s = file->mtime_s,
		.ino = file->nlink > 1 ? file->ino : 0,
	};
	return 0;
}

static int add_file(struct diff_walk *walk, uint32_t at, const struct file_entry *a, const struct file_entry *b)
{
	uint64_t bytes_a = a ? a->alloc_bytes : 0, bytes_b = b ? b->alloc_bytes : 0;
	const struct file_entry *named = b ? b : a;

	if (bytes_a == bytes_b || (a && b && diff_is_lost(a) != diff_is_lost(b)))
		return 0;
	struct diff_entry entry = {
		.path = diff_file_path(walk, at, named->name, named->name_length),
		.status = !a                ? DIFF_NEW
	                : !b                ? DIFF_DELETED
	                : bytes_b > bytes_a ? DIFF_GREW
	                                    : DIFF_SHRANK,
		.bytes_a = bytes_a,
		.bytes_b = bytes_b,
		.delta_bytes = figure_growth(bytes_a, bytes_b),
		.direct_delta_bytes = figure_growth(bytes_a, bytes_b),
		.a = IMAGE_NONE,
		.b = IMAGE_NONE,
	};

	walk->rows[at].files = (int64_t)((uint64_t)walk->rows[at].files + (bytes_b - bytes_a));
	walk->rows[at].parts = true;
	if (a && b)
		return diff_add_entry(walk, entry, walk->rows[at].depth + 1);
	return put_aside(walk, at, &entry, named);
}

static int add_files(struct diff_walk *walk, uint32_t at)
{
	const struct diff_row *row = &walk->rows[at];
	int e = 0;

	if (row->unknown || row->equal)
		return 0;
	walk->listed_a = walk->listed_b = IMAGE_NONE; /* the figures are about to be changed: read afresh */
	file_list_clear(&walk->list_a);
	file_list_clear(&walk->list_b);
	walk->list_a = walk->list_b = (struct file_list){0};
	if (row->a != IMAGE_NONE)
		e = diff_list_a(walk, row->a);
	if (!e && row->b != IMAGE_NONE)
		e = diff_list_b(walk, row->b);
	walk->listed_a = walk->listed_b = IMAGE_NONE;
	/* Every name is an item. */
	if (!e && walk->options->measure != DIFF_ITEMS)
		e = count_links_once(&walk->list_a);
	if (!e && walk->options->measure != DIFF_ITEMS)
		e = count_links_once(&walk->list_b);
	for (size_t i = 0, j = 0; !e && (i < walk->list_a.count || j < walk->list_b.count);) {
		const struct file_entry *a = i < walk->list_a.count ? &walk->list_a.items[i] : NULL,
					*b = j < walk->list_b.count ? &walk->list_b.items[j] : NULL;
		int order = !a ? 1 : !b ? -1 : compare_files(a, b);

		i += order <= 0;
		j += order >= 0;
		e = add_file(walk, at, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
	}
	return e;
}

/* ---- those that moved ---- */

static int order_of(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_content(const struct diff_file *a, const struct diff_file *b)
{
	const uint64_t x[] = {a->type, a->apparent_bytes, a->entry.bytes_a | a->entry.bytes_b, (uint64_t)a->mtime_s,
	                      a->ino};
	const uint64_t y[] = {b->type, b->apparent_bytes, b->entry.bytes_a | b->entry.bytes_b, (uint64_t)b->mtime_s,
	                      b->ino};
	int order = 0;

	for (size_t i = 0; !order && i < sizeof(x) / sizeof(*x); i++)
		order = order_of(x[i], y[i]);
	return order;
}

static int by_content_and_name(const void *left, const void *right)
{
	const struct diff_file *a = left, *b = right;
	int order = by_content(a, b);

	if (!order)
		order = strcmp(a->entry.path + a->name, b->entry.path + b->name);
	return order ? order : strcmp(a->entry.path, b->entry.path);
}

static bool can_move(const struct diff_file *file)
{
	return file->type == NODE_REG && file->mtime_s && !file->paired;
}

/* If one went and one came of these, they are one. */
static void pair_up(struct diff_walk *walk, struct diff_file *files, size_t count)
{
	struct diff_file *from = NULL, *to = NULL;

	for (size_t i = 0; i < count; i++) {
		struct diff_file **end = files[i].entry.status == DIFF_DELETED ? &from : &to;

		if (!can_move(&files[i]))
			continue;
		if (*end)
			return;
		*end = &files[i];
	}
	if (!from || !to)
		return;
	int64_t bytes = to->entry.delta_bytes;

	from->paired = to->paired = true;
	to->entry.status = DIFF_MOVED;
	to->entry.path_from = from->entry.path;
	from->entry.path = NULL;
	to->entry.bytes_a = to->entry.bytes_b;
	to->entry.delta_bytes = to->entry.direct_delta_bytes = 0;
	/* The bytes are the two folders' again. */
	walk->rows[from->row].files = (int64_t)((uint64_t)walk->rows[from->row].files + (uint64_t)bytes);
	walk->rows[to->row].files = (int64_t)((uint64_t)walk->rows[to->row].files - (uint64_t)bytes);
}

static void pair_all(struct diff_walk *walk)
{
	struct diff_file *files = walk->files;

	if (walk->file_count)
		qsort(files, walk->file_count, sizeof(*files), by_content_and_name);
	for (size_t i = 0, end; i < walk->file_count; i = end) {
		for (end = i + 1; end < walk->file_count && !by_content(&files[i], &files[end]);)
			end++;
		for (size_t k = i, last; k < end; k = last) {
			for (last = k + 1; last < end && !strcmp(files[k].entry.path + files[k].name,
			                                         files[last].entry.path + files[last].name);)
				last++;
			pair_up(walk, files + k, last - k);
		}
		pair_up(walk, files + i, end - i);
	}
}

int diff_list_files(struct diff_walk *walk)
{
	int e = 0;

	for (size_t i = 0; !e && i < walk->count; i++)
		e = add_files(walk, (uint32_t)i);
	if (!e)
		pair_all(walk);
	for (size_t i = 0; i < walk->file_count; i++) {
		struct diff_file *file = &walk->files[i];

		if (!e && file->entry.path) {
			e = diff_add_entry(walk, file->entry, walk->rows[file->row].depth + 1);
		} else {
			free(file->entry.path);
			free(file->entry.path_from);
		}
	}
	free(walk->files);
	walk->files = NULL;
	walk->file_count = walk->file_capacity = 0;
	return e;
}
