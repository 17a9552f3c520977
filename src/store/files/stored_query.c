/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/files/stored_query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/figure.h"

static bool cancelled(const _Atomic bool *cancel)
{
	return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

/* ---- what it holds ---- */

static bool asked_for(const struct terms *terms, const struct file_entry *file)
{
	return !terms ||
	       (file->type != NODE_DIR && terms_match(terms, &(struct terms_entry){.name = file->name,
	                                                                           .length = file->name_length,
	                                                                           .type = file->type,
	                                                                           .bytes = file->alloc_bytes,
	                                                                           .mtime_s = file->mtime_s}));
}

static int add_files(struct breakdown *breakdown, const struct image *image, uint32_t dir, const struct file_list *list,
                     const struct terms *terms)
{
	int rc = 0;

	for (size_t i = 0; i < list->count && !rc; i++) {
		const struct file_entry *file = &list->items[i];
		struct breakdown_entry entry = {.name = file->name,
		                                .length = file->name_length,
		                                .type = file->type,
		                                .alloc_bytes = file->alloc_bytes,
		                                .apparent_bytes = file->apparent_bytes,
		                                .mtime_s = file->mtime_s};

		if (!asked_for(terms, file))
			continue;
		if (file->nlink > 1 && file->type != NODE_DIR) {
			int first = breakdown_first(breakdown, file->ino, image->fs[dir]);

			rc = first < 0 ? first : 0;
			entry.again = !first;
		}
		if (!rc)
			rc = breakdown_add(breakdown, &entry);
	}
	return rc;
}

int stored_breakdown(struct breakdown *breakdown, struct store *store, const struct image *image, uint32_t dir,
                     const struct terms *terms, const _Atomic bool *cancel, struct err *err)
{
	int rc = 0;

	for (uint32_t i = dir; i < image->end[dir] && !rc; i++) {
		struct breakdown_entry own = {.name = image_name(image, i),
		                              .length = image_name_length(image, i),
		                              .type = NODE_DIR,
		                              .mtime_s = image_mtime_s(image, i),
		                              .top = i == dir};
		struct file_list list;

		if (cancelled(cancel))
			return -ECANCELED;
		rc = file_list_read(store, image, i, &list, err);
		if (rc)
			return rc;
		file_list_own(image, i, &list, &own.alloc_bytes, &own.apparent_bytes);
		rc = terms ? 0 : breakdown_add(breakdown, &own);
		if (!rc)
			rc = add_files(breakdown, image, i, &list, terms);
		file_list_clear(&list);
	}
	return rc == -ENOMEM ? err_no_memory(err) : rc;
}

/* ---- its entries ---- */

static struct flat_entry file_found(uint32_t dir, size_t row, const struct file_entry *file)
{
	return (struct flat_entry){.dir = dir,
	                           .row = (uint32_t)row,
	                           .nlink = file->nlink,
	                           .type = (uint8_t)file->type,
	                           .flags = (uint16_t)file->flags,
	                           .alloc_bytes = file->alloc_bytes,
	                           .apparent_bytes = file->apparent_bytes,
	                           .ino = file->ino,
	                           .mtime_s = file->mtime_s};
}

static int find_files(struct flat *flat, struct store *store, const struct image *image, uint32_t dir, struct err *err)
{
	const struct flat_query *query = flat->query;
	struct file_list list;
	int rc = file_list_read(store, image, dir, &list, err);

	for (size_t i = 0; i < list.count && !rc; i++) {
		const struct file_entry *file = &list.items[i];
		struct flat_entry entry = file_found(dir, i, file);

		if (file->type == NODE_DIR ||
		    (!query->show_hidden && (file->name[0] == '.' || file->flags & ROW_EXCLUDED)) ||
		    !flat_matches(query, &entry, file->name, file->name_length, NULL))
			continue;
		rc = flat_add(flat, &entry, file->name, file->name_length) ? err_no_memory(err) : 0;
	}
	file_list_clear(&list);
	return rc;
}

static struct flat_entry folder_found(const struct image *image, uint32_t dir)
{
	return (struct flat_entry){.dir = image->parent[dir],
	                           .row = dir,
	                           .below = dir,
	                           .nlink = 1,
	                           .type = NODE_DIR,
	                           .alloc_bytes = image->alloc_bytes[dir],
	                           .apparent_bytes = image->apparent_bytes[dir],
	                           .ino = image->ino[dir],
	                           .mtime_s = image_mtime_s(image, dir)};
}

int stored_flat(struct flat *flat, struct store *store, const struct image *image, uint32_t dir, flat_pause *pause,
                void *context, struct err *err)
{
	const struct flat_query *query = flat->query;
	bool folders = terms_name_folders(&query->terms);
	int rc = find_files(flat, store, image, dir, err);

	for (uint32_t i = dir + 1; i < image->end[dir] && !rc;) {
		struct flat_entry folder = folder_found(image, i);
		const char *name = image_name(image, i);
		uint32_t length = image_name_length(image, i);

		if (pause && pause(flat, context))
			return -ECANCELED;
		if (!query->show_hidden && name[0] == '.') {
			i = image->end[i];
		} else if (folders && flat_matches(query, &folder, name, length, NULL)) {
			rc = flat_add(flat, &folder, name, length) ? err_no_memory(err) : 0;
			i = image->end[i];
		} else {
			rc = find_files(flat, store, image, i++, err);
		}
	}
	return rc ? rc : flat_finish(flat) ? err_no_memory(err) : 0;
}

/* ---- what grew ---- */

/** The files of one directory: then, and now. */
struct two_lists {
	struct file_list then;
	struct file_list now; /* of an image */
	const struct node_block *block;
};

static bool same_content(const struct flat_entry *entry, const struct file_entry *then)
{
	return then->type == NODE_REG && entry->type == NODE_REG && then->mtime_s == entry->mtime_s &&
	       then->alloc_bytes == entry->alloc_bytes && then->apparent_bytes == entry->apparent_bytes;
}

/** Had it another name in the folder?  One of its size and time is there no more under its own. */
static bool was_renamed(const struct stored_growth *growth, const struct two_lists *lists,
                        const struct flat_entry *entry)
{
	for (size_t i = 0; i < lists->then.count && entry->mtime_s; i++) {
		const struct file_entry *then = &lists->then.items[i];

		if (!same_content(entry, then))
			continue;
		if (growth->tree ? tree_find(growth->tree, entry->dir, then->name, then->name_length) < 0
		                 : !file_list_find(&lists->now, then->name, then->name_length))
			return true;
	}
	return false;
}

/** How much one file grew; it is taken in if it did, and the terms hold. */
static int take_grown(struct flat *flat, const struct stored_growth *growth, const struct two_lists *lists,
                      struct flat_entry *entry, const void *name, size_t length, const struct node_extended *owner)
{
	const struct flat_query *query = flat->query;
	const struct file_entry *then = file_list_find(&lists->then, name, length);
	uint64_t now_bytes = query->apparent ? entry->apparent_bytes : entry->alloc_bytes, then_bytes = 0;

	if (then && then->flags & ROW_ERROR)
		return 0;
	if (then)
		then_bytes = query->apparent ? then->apparent_bytes : then->alloc_bytes;
	entry->growth_bytes = figure_growth(then_bytes, now_bytes);
	entry->growth_known = entry->growth_bytes != FIGURE_UNKNOWN;
	entry->is_new = !then;
	if (entry->growth_bytes <= 0 || (!then && was_renamed(growth, lists, entry)) ||
	    (!query->show_hidden && (*(const char *)name == '.' || entry->flags & ROW_EXCLUDED)) ||
	    !flat_matches(query, entry, name, length, owner))
		return 0;
	return flat_add(flat, entry, name, length);
}

static int grown_rows(struct flat *flat, const struct stored_growth *growth, const struct two_lists *lists, dir_id dir)
{
	int rc = 0;

	for (uint32_t i = 0, count = tree_count(lists->block); i < count && !rc; i++) {
		struct node_extended owner = {0};
		struct flat_entry entry;
		struct node node;

		tree_node(growth->tree, lists->block, i, &node);
		if (node.type == NODE_DIR || node.flags & (ROW_GONE | ROW_ERROR))
			continue;
		entry = (struct flat_entry){.dir = dir,
		                            .row = i,
		                            .nlink = node.nlink,
		                            .type = (uint8_t)node.type,
		                            .flags = (uint16_t)node.flags,
		                            .alloc_bytes = node.alloc_bytes,
		                            .apparent_bytes = node.apparent_bytes,
		                            .ino = node.ino,
		                            .mtime_s = node.mtime_s};
		if (flat->query->terms.owner)
			tree_extended(growth->tree, lists->block, i, &owner);
		rc = take_grown(flat, growth, lists, &entry, node.name, node.name_length, &owner);
	}
	return rc;
}

static int grown_files(struct flat *flat, const struct stored_growth *growth, const struct two_lists *lists,
                       uint32_t dir)
{
	int rc = 0;

	for (size_t i = 0; i < lists->now.count && !rc; i++) {
		const struct file_entry *file = &lists->now.items[i];
		struct flat_entry entry = file_found(dir, i, file);

		if (file->type != NODE_DIR && !(file->flags & ROW_ERROR))
			rc = take_grown(flat, growth, lists, &entry, file->name, file->name_length, NULL);
	}
	return rc;
}

static int grown_in(struct flat *flat, const struct stored_growth *growth, const struct changed_dir *at,
                    struct err *err)
{
	struct two_lists lists = {{0}};
	int rc = at->before != IMAGE_NONE ? file_list_read(growth->store, growth->base, at->before, &lists.then, err)
	                                  : 0;

	if (!rc && growth->tree) {
		unsigned pin = tree_pin(growth->tree);

		lists.block = tree_alive(growth->tree, at->dir) ? tree_block(growth->tree, at->dir) : NULL;
		if (lists.block)
			rc = grown_rows(flat, growth, &lists, at->dir) ? err_no_memory(err) : 0;
		tree_unpin(growth->tree, pin);
	} else if (!rc) {
		rc = file_list_read(growth->store, growth->image, at->dir, &lists.now, err);
		if (!rc)
			rc = grown_files(flat, growth, &lists, at->dir) ? err_no_memory(err) : 0;
	}
	file_list_clear(&lists.then);
	file_list_clear(&lists.now);
	return rc;
}

/** Does it, or a folder above it up to the first one, have a name with a point? */
static bool is_hidden(const struct stored_growth *growth, uint32_t dir, uint32_t first)
{
	bool hidden = false;

	if (growth->tree) {
		unsigned pin = tree_pin(growth->tree);

		for (dir_id at = dir; at != first && at != DIR_NONE && !hidden;
		     at = tree_cold(growth->tree, at)->parent) {
			struct node node;

			tree_dir_node(growth->tree, at, &node);
			hidden = node.name_length && node.name[0] == '.';
		}
		tree_unpin(growth->tree, pin);
	} else {
		for (uint32_t at = dir; at != first && at != IMAGE_NONE && !hidden; at = growth->image->parent[at])
			hidden = image_name_length(growth->image, at) && image_name(growth->image, at)[0] == '.';
	}
	return hidden;
}

int stored_grown(struct flat *flat, const struct stored_growth *growth, flat_pause *pause, void *context,
                 struct err *err)
{
	const struct changed_dirs *dirs = growth->dirs;
	int rc = 0;

	for (size_t i = 0; i < dirs->count && !rc; i++) {
		if (pause && pause(flat, context))
			return -ECANCELED;
		if (flat->query->show_hidden || !is_hidden(growth, dirs->items[i].dir, dirs->items[0].dir))
			rc = grown_in(flat, growth, &dirs->items[i], err);
	}
	return rc ? rc : flat_finish(flat) ? err_no_memory(err) : 0;
}
