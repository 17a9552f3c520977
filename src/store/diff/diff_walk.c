/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What every step of a diff asks for: the files of a directory, a path, a place among the entries. */
#include "store/diff/diff_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

/* ---- lists of files ---- */

/* The files of a directory; empty where the image has none stored. */
static void measure_files(struct file_list *list, enum diff_measure measure)
{
	for (size_t i = 0; i < list->count && measure != DIFF_ALLOCATED; i++)
		list->items[i].alloc_bytes = measure == DIFF_ITEMS ? 1 : list->items[i].apparent_bytes;
}

static int list_files(struct diff_walk *walk, const struct image *image, uint32_t dir, struct file_list *list,
                      uint32_t *listed)
{
	if (*listed == dir)
		return 0;
	file_list_clear(list);
	*list = (struct file_list){0};
	*listed = IMAGE_NONE;
	const struct tree *tree = image == walk->b ? walk->options->tree : NULL;

	if (tree || (walk->options->store && image->snapshot_id)) {
		int e = tree ? file_list_of_tree(tree, image->dir[dir], list)
		             : file_list_read(walk->options->store, image, dir, list, walk->err);

		if (e && e != -ENOENT) /* too deep to be stored */
			return e;
		measure_files(list, walk->options->measure);
	}
	*listed = dir;
	return 0;
}

int diff_list_a(struct diff_walk *walk, uint32_t x)
{
	return list_files(walk, walk->a, x, &walk->list_a, &walk->listed_a);
}

int diff_list_b(struct diff_walk *walk, uint32_t y)
{
	return list_files(walk, walk->b, y, &walk->list_b, &walk->listed_b);
}

/* ---- paths ---- */

static void join(struct buf *out, const char *name, size_t length)
{
	if (!length)
		return;
	if (!out->length || out->data[out->length - 1] != '/')
		buf_char(out, '/');
	buf_add(out, name, length);
}

void diff_image_path(const struct image *image, uint32_t dir, struct buf *out)
{
	struct buf relative = {0};

	buf_str(out, image->root_path);
	if (image_relative(image, dir, &relative))
		out->failed = true;
	else
		join(out, relative.data, relative.length);
	buf_free(&relative);
}

char *diff_row_path(const struct diff_walk *walk, uint32_t at)
{
	struct buf out = {0};
	uint32_t known = at, *chain = NULL;
	size_t depth = 0, capacity = 0;

	while (walk->rows[known].b == IMAGE_NONE && walk->rows[known].parent != DIFF_ROW_NONE) {
		if (alloc_room(&chain, &capacity, depth + 1)) {
			free(chain);
			return NULL;
		}
		chain[depth++] = known;
		known = walk->rows[known].parent;
	}
	if (walk->rows[known].b != IMAGE_NONE) {
		diff_image_path(walk->b, walk->rows[known].b, &out);
	} else {
		buf_str(&out, walk->b->root_path);
		join(&out, walk->options->prefix_b, strlen(walk->options->prefix_b));
	}
	while (depth) {
		uint32_t x = walk->rows[chain[--depth]].a;

		join(&out, image_name(walk->a, x), image_name_length(walk->a, x));
	}
	free(chain);
	if (out.failed)
		buf_free(&out);
	return out.data;
}

int diff_add_entry(struct diff_walk *walk, struct diff_entry entry, uint32_t depth)
{
	struct diff *out = walk->out;

	if (walk->options->max_depth >= 0 && depth > (uint32_t)walk->options->max_depth) {
		out->omitted_entries++;
		out->omitted_bytes += entry.direct_delta_bytes;
		free(entry.path);
		free(entry.path_from);
		return 0;
	}
	if (!entry.path || alloc_room(&out->entries, &walk->entry_capacity, out->count + 1)) {
		free(entry.path);
		free(entry.path_from);
		return -ENOMEM;
	}
	out->entries[out->count++] = entry;
	return 0;
}

char *diff_file_path(const struct diff_walk *walk, uint32_t row, const void *name, size_t length)
{
	struct buf out = {0};
	char *folder = diff_row_path(walk, row);

	if (!folder)
		return NULL;
	buf_str(&out, folder);
	free(folder);
	join(&out, name, length);
	if (out.failed)
		buf_free(&out);
	return out.data;
}
