/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One entry decoded: its figures of now, from the live tree, an image or a file list. */
#include "ui/browser/row_source.h"

#include <stddef.h>
#include <string.h>

#include "base/figure.h"

static void clear_row(struct row *row)
{
	memset((char *)row + offsetof(struct row, name_length), 0, sizeof(*row) - offsetof(struct row, name_length));
	row->image_dir = IMAGE_NONE;
	row->block_row = -1;
	row->nlink = 1;
	row->flag = ' ';
}

static void growth_not_known(struct row *row)
{
	row->growth_blank = true;
	row->growth_trust = TRUST_OLD;
}

/** ncdu's flag of a row: the first that applies of ! . < > ^ @ H e. */
static char flag_of(const struct row *row, bool empty)
{
	if ((row->flags & ROW_ERROR) || (row->dir_flags & DIR_READ_ERROR))
		return '!';
	if (row->errors)
		return '.';
	if ((row->flags & ROW_EXCLUDED) || (row->dir_flags & DIR_CACHE))
		return '<';
	if (row->flags & ROW_OTHERFS)
		return '>';
	if (row->flags & ROW_KERNFS)
		return '^';
	if (row->type == NODE_SYMLINK || row->type == NODE_SPECIAL)
		return '@';
	if (!row->is_dir && row->nlink > 1)
		return 'H';
	return empty ? 'e' : ' ';
}

/* ---- rows of each origin, without the name ---- */

/** A folder that is not read whole: what is remembered of it, and what it is known to have grown since. */
static void unread_dir(const struct listing_context *context, struct row *row)
{
	const struct listing_source *source = context->source;
	const struct match *match = source->remembered_match ? source->remembered_match
	                          : source->base             ? source->base->match
	                                                     : NULL;
	bool known = false, read = tree_block(source->tree, row->dir) != NULL;
	uint32_t before = match && (!read || source->remembered_match) ? match_dir(match, row->dir, &known)
	                                                               : IMAGE_NONE;
	struct growth growth = {0};
	const struct image *image;

	row->trust = TRUST_PARTIAL;
	if (!known || before == IMAGE_NONE)
		return;
	if (read)
		match_growth(match, row->dir, &growth);
	if (growth.unknown || growth.stale)
		return;
	image = match_image(match);
	row->trust = read ? TRUST_PARTIAL : TRUST_OLD;
	row->alloc_bytes = figure_grown(image->alloc_bytes[before], growth.alloc_bytes);
	row->apparent_bytes = figure_grown(image->apparent_bytes[before], growth.apparent_bytes);
	row->items = image->items[before] + (uint64_t)growth.items;
	row->files = image->files[before];
}

static void live_row(const struct listing_context *context, uint32_t index, const struct node *node, struct row *row)
{
	const struct listing_query *query = context->query;
	const struct tree *tree = context->source->tree;
	uint64_t alloc_bytes, apparent_bytes;

	clear_row(row);
	row->name_length = node->name_length;
	row->origin = ROW_LIVE;
	row->type = node->type;
	row->flags = node->flags;
	row->dir_flags = node->dir_flags;
	row->dir = node->dir;
	row->block_row = index;
	row->is_dir = node->type == NODE_DIR;
	row->can_enter = node->dir != DIR_NONE;
	row->alloc_bytes = node->alloc_bytes;
	row->apparent_bytes = node->apparent_bytes;
	row->items = node->items;
	row->files = node->files;
	row->errors = node->errors;
	row->mtime_s = node->mtime_s;
	row->ino = node->ino;
	row->nlink = node->nlink;
	row->fs = node->fs;
	row->trust = TRUST_EXACT;
	if (node->dir != DIR_NONE) {
		if (node->dir_flags & DIR_STALE)
			row->trust = TRUST_UNKNOWN;
		else if (node->dir_flags & DIR_TRUSTED)
			row->trust = TRUST_OLD;
		if (!node->complete)
			unread_dir(context, row);
		row->shared_known = tree_shared(tree, node->dir, &alloc_bytes, &apparent_bytes);
		if (row->shared_known)
			row->shared_bytes = listing_measure(query, alloc_bytes, apparent_bytes);
	} else if (!row->is_dir && row->nlink > 1) {
		row->shared_known = true;
		row->shared_bytes = listing_measure(query, row->alloc_bytes, row->apparent_bytes);
	} else {
		row->shared_known = true;
	}
	row->bytes = listing_measure_row(query, row);
	row->flag = flag_of(row, row->can_enter && node->complete && !node->items);
	listing_grow(context, node->name, row);
	listing_lower_trust(context, row);
}

static void image_row(const struct listing_context *context, const struct image *image, uint32_t dir, bool ghost,
                      struct row *row)
{
	clear_row(row);
	row->name_length = (uint8_t)image_name_length(image, dir);
	row->origin = ghost ? ROW_GHOST : ROW_STORED;
	row->type = NODE_DIR;
	row->is_dir = row->can_enter = true;
	row->image = image;
	row->image_dir = dir;
	row->alloc_bytes = image->alloc_bytes[dir];
	row->apparent_bytes = image->apparent_bytes[dir];
	row->items = image->items[dir];
	row->files = image->files[dir];
	row->errors = image->errors[dir];
	row->mtime_s = image_mtime_s(image, dir);
	row->ino = image->ino[dir];
	row->fs = image->fs[dir];
	row->dir_flags = (image->flags[dir] & IMAGE_READ_ERROR ? DIR_READ_ERROR : 0u) |
	                 (image->flags[dir] & IMAGE_CACHE ? DIR_CACHE : 0u) |
	                 (image->flags[dir] & IMAGE_MOUNT ? DIR_MOUNT : 0u);
	row->trust = context->remembered || image->flags[dir] & IMAGE_TRUSTED ? TRUST_OLD : TRUST_EXACT;
	row->bytes = listing_measure_row(context->query, row);
	row->flag = flag_of(row, !row->items);
	if (ghost) {
		listing_live(context, image_name(image, dir), row);
		listing_grow_ghost(context, row);
	} else {
		listing_grow(context, image_name(image, dir), row);
	}
	if (row->gone)
		row->bytes = 0;
}

static void file_row(const struct listing_context *context, const struct file_entry *file, bool ghost, struct row *row)
{
	clear_row(row);
	row->name_length = file->name_length;
	row->origin = ghost ? ROW_GHOST : ROW_STORED;
	row->type = file->type;
	row->is_dir = file->type == NODE_DIR;
	row->flags = file->flags;
	row->alloc_bytes = file->alloc_bytes;
	row->apparent_bytes = file->apparent_bytes;
	row->mtime_s = file->mtime_s;
	row->ino = file->ino;
	row->nlink = file->nlink;
	row->trust = context->remembered ? TRUST_OLD : TRUST_EXACT;
	row->bytes = listing_measure_row(context->query, row);
	row->flag = flag_of(row, false);
	if (ghost) {
		listing_live(context, file->name, row);
		row->gone = true;
		row->growth_bytes = figure_growth(row->bytes, 0); /* of a file as of one item */
		row->growth_items = -1;
	} else {
		listing_grow(context, file->name, row);
	}
	if (row->gone)
		row->bytes = 0;
}

/** Seen to go: what it had when the column was zero is all that is known of it. */
static void gone_row(const struct listing_context *context, const struct live_growth_gone_entry *entry, struct row *row)
{
	clear_row(row);
	row->name_length = entry->length;
	row->origin = ROW_GHOST;
	row->type = entry->is_dir ? NODE_DIR : NODE_REG;
	row->is_dir = entry->is_dir;
	row->gone = row->seen_gone = true;
	row->alloc_bytes = (uint64_t)-entry->alloc_bytes;
	row->apparent_bytes = (uint64_t)-entry->apparent_bytes;
	row->live_bytes = context->query->apparent ? entry->apparent_bytes : entry->alloc_bytes;
	row->live_trust = context->source->events_lost ? TRUST_UNKNOWN : TRUST_EXACT;
}

/* ---- of everything below a folder ---- */

/** Where a live entry is now in the block of its folder; -1 = it is there no more. */
static int64_t row_now(const struct tree *tree, const struct flat *flat, const struct flat_entry *entry)
{
	const struct node_block *block = tree_alive(tree, entry->dir) ? tree_block(tree, entry->dir) : NULL;
	const char *name = flat->names.data + entry->name;

	if (!block)
		return -1;
	if (entry->row < tree_count(block) && !(row_flags(row_word(block, entry->row)) & ROW_GONE)) {
		const unsigned char *there = (const unsigned char *)block + block->rows[entry->row].name;

		if (*there == entry->name_length && !memcmp(there + 1, name, entry->name_length))
			return entry->row;
	}
	return tree_find(tree, entry->dir, name, entry->name_length);
}

/** A file's growth: what it had then is known of when it was found. */
static void grow_found(const struct listing_context *context, const struct flat_entry *entry, struct row *row)
{
	uint64_t found = listing_measure(context->query, entry->alloc_bytes, entry->apparent_bytes);

	if (!entry->growth_known) {
		growth_not_known(row);
		return;
	}
	row->is_new = entry->is_new;
	row->growth_bytes = figure_growth(figure_grown(found, -entry->growth_bytes), row->bytes);
}

static bool flat_row(const struct listing_context *context, uint32_t index, struct row *row)
{
	const struct flat_list *list = context->source->flat;
	const struct flat_entry *entry = &list->flat.entries[index];
	struct listing_query query = *context->query;
	struct listing_source source = *context->source;
	struct listing_context inner;
	bool folder = entry->type == NODE_DIR, found = true;

	query.flat = false;
	/* What a file had then it brings along; a folder is found in the match. */
	if (query.growth == GROWTH_SINCE && !folder)
		query.growth = GROWTH_OFF;
	source.base_known = false;
	if (query.place.dir != DIR_NONE) {
		int64_t at = row_now(source.tree, &list->flat, entry);

		query.place.dir = entry->dir;
		if (at < 0)
			return false;
		inner = listing_context(&query, &source);
		found = inner.block && listing_decode(&inner, &(struct listing_item){.index = (uint32_t)at}, row);
		if (found)
			tree_extended(source.tree, inner.block, (uint32_t)at, &row->extended);
	} else {
		query.place.image_dir = entry->dir;
		inner = listing_context(&query, &source);
		if (folder)
			image_row(&inner, query.place.image, entry->below, false, row);
		else
			file_row(
				&inner,
				&(struct file_entry){.name = (const unsigned char *)list->flat.names.data + entry->name,
			                             .name_length = entry->name_length,
			                             .type = (enum node_type)entry->type,
			                             .flags = entry->flags,
			                             .alloc_bytes = entry->alloc_bytes,
			                             .apparent_bytes = entry->apparent_bytes,
			                             .mtime_s = entry->mtime_s,
			                             .ino = entry->ino,
			                             .nlink = entry->nlink},
				false, row);
	}
	if (!found)
		return false;
	if (context->query->growth == GROWTH_SINCE && !folder)
		grow_found(context, entry, row);
	row->folder = entry->dir;
	row->elsewhere = entry->dir != (context->query->place.dir != DIR_NONE ? context->query->place.dir
	                                                                      : context->query->place.image_dir);
	return true;
}

bool listing_decode(const struct listing_context *context, const struct listing_item *item, struct row *row)
{
	const struct listing_source *source = context->source;
	struct node node;

	switch ((enum listing_from)item->source) {
	case FROM_BLOCK:
		if (!context->block || item->index >= tree_count(context->block))
			return false;
		tree_node(source->tree, context->block, item->index, &node);
		if (node.flags & ROW_GONE)
			return false;
		live_row(context, item->index, &node, row);
		break;
	case FROM_IMAGE: image_row(context, context->query->place.image, item->index, false, row); break;
	case FROM_REMEMBERED: image_row(context, source->remembered, item->index, false, row); break;
	case FROM_GHOST_DIR: image_row(context, source->base->image, item->index, true, row); break;
	case FROM_FILES: file_row(context, &listing_own_files(source)->items[item->index], false, row); break;
	case FROM_GHOST_FILE: file_row(context, &listing_base_files(source)->items[item->index], true, row); break;
	case FROM_GONE: gone_row(context, &context->gone->items[item->index], row); break;
	case FROM_FLAT: return flat_row(context, item->index, row);
	}
	row->by_items = context->query->by_items;
	row->folder = context->query->place.dir != DIR_NONE ? context->query->place.dir
	                                                    : context->query->place.image_dir;
	return true;
}

const unsigned char *listing_item_name(const struct listing_context *context, const struct listing_item *item,
                                       size_t *length)
{
	const struct listing_source *source = context->source;
	const struct file_list *files;
	const struct image *image;
	const unsigned char *name;

	switch ((enum listing_from)item->source) {
	case FROM_BLOCK:
		name = (const unsigned char *)context->block + context->block->rows[item->index].name;
		*length = *name;
		return name + 1;
	case FROM_GONE:
		*length = context->gone->items[item->index].length;
		return (const unsigned char *)context->gone->names.data + context->gone->items[item->index].name;
	case FROM_FILES:
	case FROM_GHOST_FILE:
		files = item->source == FROM_FILES ? listing_own_files(source) : listing_base_files(source);
		*length = files->items[item->index].name_length;
		return files->items[item->index].name;
	case FROM_FLAT:
		*length = source->flat->flat.entries[item->index].name_length;
		return (const unsigned char *)source->flat->flat.names.data +
		       source->flat->flat.entries[item->index].name;
	case FROM_IMAGE: image = context->query->place.image; break;
	case FROM_GHOST_DIR: image = source->base->image; break;
	default: image = source->remembered; break;
	}
	*length = image_name_length(image, item->index);
	return (const unsigned char *)image_name(image, item->index);
}

struct listing_context listing_context(const struct listing_query *query, const struct listing_source *source)
{
	struct listing_context context = {.query = query, .source = source};

	if (query->place.dir != DIR_NONE) {
		context.block = source->tree && tree_alive(source->tree, query->place.dir)
		                      ? tree_block(source->tree, query->place.dir)
		                      : NULL;
		unsigned flags = source->tree ? atomic_load_explicit(&tree_cold(source->tree, query->place.dir)->flags,
		                                                     memory_order_relaxed)
		                              : 0;

		context.read_error = flags & DIR_READ_ERROR;
		if (context.block) {
			context.place_unreadable = flags & (DIR_READ_ERROR | DIR_STALE | DIR_CACHE);
		} else {
			context.remembered = source->remembered && source->remembered_dir != IMAGE_NONE;
		}
	} else {
		context.read_error = query->place.image->flags[query->place.image_dir] & IMAGE_READ_ERROR;
		context.place_unreadable = query->place.image->flags[query->place.image_dir] &
		                           (IMAGE_READ_ERROR | IMAGE_CACHE);
		context.remembered = query->place.remembered;
	}
	context.base_unreadable = source->base && source->base_known && source->base_dir != IMAGE_NONE &&
	                          (source->base->image->flags[source->base_dir] & (IMAGE_READ_ERROR | IMAGE_CACHE));
	return context;
}
