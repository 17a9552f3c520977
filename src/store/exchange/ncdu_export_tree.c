/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A tree in ncdu's formats.  Siblings come in the order of their names' bytes.
 *
 * Nothing recurses: a tree may be deeper than any stack.  A level is a cursor over its directory's sorted rows; the
 * sorted rows of all open levels lie behind one another in one array.
 */
#include "store/exchange/ncdu_export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "store/exchange/ncdu_writer.h"

/*
 * A row by its name: eight bytes of it as a number, from where the names of its folder begin to differ, decide nearly
 * always.
 */
struct ordered {
	uint64_t prefix;
	const unsigned char *name; /* length byte, then the name */
	uint32_t row;
};

static inline bool name_less(const struct ordered *a, const struct ordered *b)
{
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	size_t n = a->name[0] < b->name[0] ? a->name[0] : b->name[0];
	int c = memcmp(a->name + 1, b->name + 1, n);

	return c ? c < 0 : a->name[0] < b->name[0];
}

/* How many bytes all names begin with alike. */
static size_t common_length(const struct ordered *rows, size_t count)
{
	size_t common = count ? rows[0].name[0] : 0;

	for (size_t i = 1; i < count && common; i++) {
		size_t n = 0;

		while (n < common && n < rows[i].name[0] && rows[i].name[1 + n] == rows[0].name[1 + n])
			n++;
		common = n;
	}
	return common;
}

/* A shorter name is filled up with zeros, which no name holds. */
static uint64_t name_prefix(const unsigned char *name, size_t from)
{
	uint64_t prefix = 0;

	for (size_t i = from; i < from + 8; i++)
		prefix = prefix << 8 | (i < name[0] ? name[1 + i] : 0);
	return prefix;
}

#define SORT_RUN 12

/* Merge sort, `spare` as large as `rows`.  The order is total, names being unique. */
static void sort_rows(struct ordered *rows, size_t count, struct ordered *spare)
{
	for (size_t from = 0; from < count; from += SORT_RUN) {
		size_t to = from + SORT_RUN < count ? from + SORT_RUN : count;

		for (size_t i = from + 1; i < to; i++) {
			struct ordered row = rows[i];
			size_t j = i;

			for (; j > from && name_less(&row, &rows[j - 1]); j--)
				rows[j] = rows[j - 1];
			rows[j] = row;
		}
	}
	struct ordered *source = rows, *target = spare;

	for (size_t run = SORT_RUN; run < count; run *= 2) {
		for (size_t from = 0; from < count; from += 2 * run) {
			size_t middle = from + run < count ? from + run : count,
			       to = from + 2 * run < count ? from + 2 * run : count;
			size_t a = from, b = middle;

			for (size_t out = from; out < to; out++) {
				bool right = b < to && (a == middle || name_less(&source[b], &source[a]));

				target[out] = source[right ? b++ : a++];
			}
		}
		struct ordered *swap = source;

		source = target;
		target = swap;
	}
	if (source != rows)
		memcpy(rows, source, count * sizeof(*rows));
}

struct tree_level {
	const struct node_block *block;
	size_t first, next, end; /* in `rows` */
	uint16_t fs;
};

struct tree_export {
	const struct tree *tree;
	const struct ncdu_export_options *options;
	struct ncdu_writer *writer;
	struct tree_level *levels;
	size_t depth, level_capacity;
	struct ordered *rows; /* of all open levels; behind them room to sort the last one */
	size_t row_capacity;
	uint64_t *dev; /* of each file-system slot */
	size_t dev_count;
};

/* Sort a listed directory's rows and make it the innermost level. */
static int enter_dir(struct tree_export *export, dir_id dir)
{
	const struct node_block *block = tree_block(export->tree, dir);
	size_t count = block ? tree_count(block) : 0, first = export->depth ? export->levels[export->depth - 1].end : 0;

	if (alloc_room(&export->levels, &export->level_capacity, export->depth + 1))
		return -ENOMEM;
	if (alloc_room(&export->rows, &export->row_capacity, first + 2 * count))
		return -ENOMEM;
	size_t end = first;

	for (size_t i = 0; i < count; i++) {
		uint64_t word = atomic_load_explicit(&((struct node_block *)block)->rows[i].word, memory_order_acquire);

		if (row_flags(word) & ROW_GONE)
			continue;
		export->rows[end++] = (struct ordered){0, (const unsigned char *)block + block->rows[i].name,
		                                       (uint32_t)i};
	}
	size_t common = common_length(export->rows + first, end - first);

	for (size_t i = first; i < end; i++)
		export->rows[i].prefix = name_prefix(export->rows[i].name, common);
	sort_rows(export->rows + first, end - first, export->rows + end);
	export->levels[export->depth++] = (struct tree_level){.block = block,
	                                                      .first = first,
	                                                      .next = first,
	                                                      .end = end,
	                                                      .fs = tree_cold(export->tree, dir)->fs};
	return 0;
}

static uint64_t export_dev(const struct tree_export *export, uint16_t slot)
{
	return slot < export->dev_count ? export->dev[slot] : 0;
}

/* The info of an entered directory.  `cut`: its totals stand for everything below. */
static void item_dir(const struct tree_export *export, struct ncdu_item *item, const struct node *node, dir_id dir,
                     uint64_t parent_dev, bool cut)
{
	const struct node_cold *cold = tree_cold(export->tree, dir);
	uint64_t dev = export_dev(export, cold->fs);

	item->is_dir = true;
	item->alloc_bytes = cut ? node->alloc_bytes : cold->own_alloc_bytes;
	item->apparent_bytes = cut ? node->apparent_bytes : cold->own_apparent_bytes;
	item->dev = dev != parent_dev ? dev : 0;
	item->read_error = (node->dir_flags & DIR_READ_ERROR) != 0;
	item->excluded = node->dir_flags & DIR_CACHE ? "pattern" : NULL;
	item->leaf = item->excluded != NULL;
	item->has_mtime = export->options->extended && !item->excluded;
	item->mtime_s = node->mtime_s;
}

static int export_row(struct tree_export *export)
{
	struct tree_level *level = &export->levels[export->depth - 1];
	uint32_t row = export->rows[level->next++].row;
	struct node node;
	int rc;

	tree_node(export->tree, level->block, row, &node);
	struct ncdu_item item = {.name = node.name, .length = node.name_length};

	if (export->options->extended)
		tree_extended(export->tree, level->block, row, &item.extended);
	if (node.dir == DIR_NONE) {
		item.alloc_bytes = node.alloc_bytes;
		item.apparent_bytes = node.apparent_bytes;
		item.has_mtime = export->options->extended && !(node.flags & ROW_LEAF);
		item.mtime_s = node.mtime_s;
		ncdu_item_leaf(&item, node.type, node.flags, node.ino, node.nlink);
		/* a file mounted over a file: its inode number is another file system's */
		if (item.linked && node.fs != level->fs)
			item.dev = export_dev(export, node.fs);
		rc = ncdu_put_item(export->writer, &item);
		return item.is_dir ? ncdu_put_end_dir(export->writer) : rc;
	}
	bool cut = export->options->depth >= 0 && export->depth >= (size_t) export->options->depth;

	item_dir(export, &item, &node, node.dir, export_dev(export, level->fs), cut);
	rc = ncdu_put_item(export->writer, &item);
	if (cut)
		return ncdu_put_end_dir(export->writer);
	return rc ? rc : enter_dir(export, node.dir);
}

static int export_root(struct tree_export *export)
{
	struct ncdu_item item = {0};
	struct node node;
	bool cut = export->options->depth == 0;

	ncdu_put_header(export->writer, export->options->timestamp, tree_root_path(export->tree));
	tree_dir_node(export->tree, DIR_ROOT, &node);
	if (export->options->extended)
		tree_extended_root(export->tree, &item.extended);
	item_dir(export, &item, &node, DIR_ROOT, 0, cut);
	ncdu_put_item(export->writer, &item);
	if (!cut)
		return enter_dir(export, DIR_ROOT);
	ncdu_put_end_dir(export->writer);
	return 0;
}

int ncdu_export_tree(const struct tree *tree, const struct ncdu_export_options *options, int fd, struct err *err)
{
	struct tree_export export = {.tree = tree,
	                             .options = options,
	                             .writer = ncdu_writer_create(options, fd),
	                             .dev_count = tree_fs_count(tree)};

	if (!export.writer)
		return err_set(err, -ENOMEM, _("out of memory while writing the export"));
	export.dev = alloc_array(export.dev_count, sizeof(*export.dev));
	int error = export.dev ? 0 : -ENOMEM;

	for (size_t i = 0; !error && i < export.dev_count; i++)
		export.dev[i] = tree_fs(tree, (uint16_t)i).dev;
	unsigned pin = tree_pin(tree);

	if (!error)
		error = export_root(&export);
	while (!error && export.depth) {
		struct tree_level *level = &export.levels[export.depth - 1];

		if (level->next < level->end) {
			error = export_row(&export);
		} else {
			export.depth--;
			ncdu_put_end_dir(export.writer);
		}
	}
	tree_unpin(tree, pin);
	free(export.levels);
	free(export.rows);
	free(export.dev);
	return ncdu_writer_finish(export.writer, error, err);
}
