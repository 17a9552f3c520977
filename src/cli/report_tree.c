/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/report_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "store/files/file_list.h"

#define DEPTH_MOST 6
#define OPENED_SHARE 250 /* a folder of less than that part of the whole stays closed, */
#define SHOWN_SHARE 1000 /* an entry of less is part of the rest */

struct worth_showing {
	uint32_t dir;
	const char *name; /* borrowed from the image, or the list of files */
	size_t length;
	uint64_t bytes;
};

struct chooser {
	struct store *store;
	const struct image *image;
	struct report_tree *tree;
	uint64_t least; /* bytes of an entry that is shown */
	struct worth_showing *candidates;
	size_t count, capacity;
	bool done[REPORT_TREE_MOST]; /* opened, or not worth it */
};

static int largest_first(const void *left, const void *right)
{
	const struct worth_showing *a = left, *b = right;
	size_t shorter = a->length < b->length ? a->length : b->length;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	int order = memcmp(a->name, b->name, shorter);

	return order ? order : (a->length > b->length) - (a->length < b->length);
}

static int add_candidate(struct chooser *chooser, const struct worth_showing *candidate)
{
	if (alloc_room(&chooser->candidates, &chooser->capacity, chooser->count + 1))
		return -ENOMEM;
	chooser->candidates[chooser->count++] = *candidate;
	return 0;
}

static int add_cell(struct chooser *chooser, uint32_t parent, const struct worth_showing *from)
{
	struct report_tree *tree = chooser->tree;
	unsigned depth = tree->count ? tree->cells[parent].depth + 1 : 0;

	tree->cells[tree->count++] = (struct report_cell){
		.parent = parent,
		.dir = from->dir,
		.name = tree->names.length,
		.depth = depth,
		.bytes = from->bytes,
		.items = from->dir != IMAGE_NONE ? chooser->image->items[from->dir] : 0,
	};
	buf_add(&tree->names, from->name, from->length);
	return buf_char(&tree->names, '\0');
}

/* Its folders and, where enough is left, its files; what is too small is not worth looking at again. */
static int gather(struct chooser *chooser, uint32_t dir, struct file_list *files, struct err *err)
{
	const struct image *image = chooser->image;
	uint64_t rest = image->alloc_bytes[dir];
	int rc = 0;

	chooser->count = 0;
	for (uint32_t i = dir + 1; !rc && i < image->end[dir]; i = image->end[i]) {
		struct worth_showing folder = {i, image_name(image, i), image_name_length(image, i),
		                               image->alloc_bytes[i]};

		rest = rest > folder.bytes ? rest - folder.bytes : 0;
		if (folder.bytes >= chooser->least)
			rc = add_candidate(chooser, &folder);
	}
	if (!rc && rest >= chooser->least) {
		rc = file_list_read(chooser->store, image, dir, files, err);
		if (rc)
			return rc == -ENOENT ? 0 : rc;
	}
	for (size_t i = 0; !rc && i < files->count; i++) {
		const struct file_entry *entry = &files->items[i];
		struct worth_showing file = {IMAGE_NONE, (const char *)entry->name, entry->name_length,
		                             entry->alloc_bytes};

		if (file.bytes >= chooser->least)
			rc = add_candidate(chooser, &file);
	}
	return rc ? err_no_memory(err) : 0;
}

static int open_cell(struct chooser *chooser, uint32_t cell, struct err *err)
{
	struct report_tree *tree = chooser->tree;
	struct report_cell *folder = &tree->cells[cell];
	struct file_list files = {0};
	uint64_t shown = 0;
	int rc = gather(chooser, folder->dir, &files, err);

	if (chooser->count)
		qsort(chooser->candidates, chooser->count, sizeof(*chooser->candidates), largest_first);
	folder->first = (uint32_t)tree->count;
	for (size_t i = 0; !rc && i < chooser->count && tree->count < REPORT_TREE_MOST; i++) {
		rc = add_cell(chooser, cell, &chooser->candidates[i]) ? err_no_memory(err) : 0;
		shown = figure_sum(shown, chooser->candidates[i].bytes);
		folder->count++;
	}
	/* Where links are in several of them they may hold more than the folder. */
	folder->rest_bytes = folder->bytes > shown ? folder->bytes - shown : 0;
	file_list_clear(&files);
	return rc;
}

/* The largest folder that is closed; its number, or the count. */
static uint32_t next_cell(const struct chooser *chooser)
{
	const struct report_tree *tree = chooser->tree;
	uint32_t best = (uint32_t)tree->count;

	for (uint32_t i = 0; i < tree->count; i++) {
		const struct report_cell *cell = &tree->cells[i];

		if (!chooser->done[i] && cell->dir != IMAGE_NONE && cell->depth < DEPTH_MOST &&
		    cell->bytes >= tree->cells[0].bytes / OPENED_SHARE &&
		    (best == tree->count || cell->bytes > tree->cells[best].bytes))
			best = i;
	}
	return best;
}

int report_tree_make(struct store *store, const struct image *image, uint32_t dir, const char *path,
                     struct report_tree *out, struct err *err)
{
	struct chooser chooser = {.store = store, .image = image, .tree = out};
	struct worth_showing root = {dir, path, strlen(path), image->alloc_bytes[dir]};
	int rc;

	*out = (struct report_tree){.cells = alloc_array(REPORT_TREE_MOST, sizeof(*out->cells))};
	chooser.least = root.bytes / SHOWN_SHARE > 1 ? root.bytes / SHOWN_SHARE : 1;
	rc = !out->cells || add_cell(&chooser, 0, &root) ? err_no_memory(err) : 0;
	while (!rc && out->count < REPORT_TREE_MOST) {
		uint32_t next = next_cell(&chooser);

		if (next == out->count)
			break;
		chooser.done[next] = true;
		rc = open_cell(&chooser, next, err);
	}
	free(chooser.candidates);
	return rc;
}

void report_tree_clear(struct report_tree *tree)
{
	free(tree->cells);
	buf_free(&tree->names);
	*tree = (struct report_tree){0};
}

void report_tree_path(const struct report_tree *tree, size_t cell, struct buf *out)
{
	const struct report_cell *at = &tree->cells[cell];

	if (cell) {
		report_tree_path(tree, at->parent, out);
		if (out->length && out->data[out->length - 1] != '/')
			buf_char(out, '/');
	}
	buf_str(out, tree->names.data + at->name);
}

void report_tree_json(struct document *json, const struct report_tree *tree)
{
	struct buf path = {0};

	document_array(json, "tree");
	for (size_t i = 0; i < tree->count; i++) {
		const struct report_cell *cell = &tree->cells[i];

		buf_clear(&path);
		report_tree_path(tree, i, &path);
		json->out.failed |= path.failed;
		document_object(json, NULL);
		document_path(json, "path", path.data);
		document_size(json, "bytes", cell->bytes);
		if (cell->dir != IMAGE_NONE)
			document_uint(json, "items", cell->items);
		else
			document_null(json, "items");
		document_bool(json, "is_dir", cell->dir != IMAGE_NONE);
		document_uint(json, "depth", cell->depth);
		if (cell->count)
			document_size(json, "rest_bytes", cell->rest_bytes);
		else
			document_null(json, "rest_bytes");
		document_end_object(json);
	}
	document_end_array(json);
	buf_free(&path);
}
