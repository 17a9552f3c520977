/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One entry decoded: its figures of now and their growth, from the live tree, an image or a file list. */
#include "base/figure.h"
#include "ui/browser/row_source.h"

#include <stddef.h>
#include <string.h>

#include "engine/image/identity.h"

static uint64_t measure(const struct listing_query *query, uint64_t alloc_bytes, uint64_t apparent_bytes)
{
	return query->apparent ? apparent_bytes : alloc_bytes;
}

static uint64_t image_bytes(const struct listing_query *query, const struct image *image, uint32_t dir)
{
	return measure(query, image->alloc_bytes[dir], image->apparent_bytes[dir]);
}

static void clear_row(struct row *row)
{
	memset((char *)row + offsetof(struct row, name_length), 0, sizeof *row - offsetof(struct row, name_length));
	row->image_dir = IMAGE_NONE;
	row->block_row = -1;
	row->nlink = 1;
	row->flag = ' ';
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

static void unsettled(struct row *row, enum trust trust)
{
	row->growth_blank = true;
	row->growth_trust = trust;
}

/* ---- growth ---- */

#define RENAMES_AMONG 2048 /* entries of a folder, then and now: in larger ones a file with another name is new */

static bool same_content(const struct row *row, const struct file_entry *then)
{
	return then->type == NODE_REG && then->mtime_s == row->mtime_s && then->alloc_bytes == row->alloc_bytes &&
	       then->apparent_bytes == row->apparent_bytes && (then->nlink > 1) == (row->nlink > 1) &&
	       (then->nlink <= 1 || then->ino == row->ino);
}

/** How many remembered files of this content are there under their name no more? */
static unsigned count_gone(const struct listing_context *context, const struct file_list *then, const struct row *row)
{
	unsigned gone = 0;

	for (size_t i = 0; i < then->count && gone < 2; i++)
		gone += same_content(row, &then->items[i]) &&
		        tree_find(context->source->tree, context->query->place.dir, then->items[i].name,
		                  then->items[i].name_length) < 0;
	return gone;
}

/** And how many files of this content are there under a name that was not there? */
static unsigned count_come(const struct listing_context *context, const struct file_list *then, const struct row *row)
{
	unsigned come = 0;

	for (uint32_t i = 0; i < tree_count(context->block) && come < 2; i++) {
		struct node node;

		tree_node(context->source->tree, context->block, i, &node);
		come += node.type == NODE_REG && !(node.flags & ROW_GONE) && node.mtime_s == row->mtime_s &&
		        node.alloc_bytes == row->alloc_bytes && node.apparent_bytes == row->apparent_bytes &&
		        !file_list_find(then, node.name, node.name_length);
	}
	return come;
}

/**
 * Has this new file had another name in the folder?  Without doubt only where one of its size and time went, and one
 * came, as in diff_files.c.
 */
static bool was_renamed(const struct listing_context *context, const struct row *row)
{
	const struct file_list *then = &context->source->base_files->list;

	if (row->type != NODE_REG || !row->mtime_s || !row->alloc_bytes || !context->block ||
	    then->count > RENAMES_AMONG || tree_count(context->block) > RENAMES_AMONG)
		return false;
	return count_gone(context, then, row) == 1 && count_come(context, then, row) == 1;
}

/** A file or leaf now against the remembered files of the folder. */
static void grow_file(const struct listing_context *context, const void *name, struct row *row)
{
	const struct listing_source *source = context->source;
	const struct file_entry *before;

	if (!source->base || !source->base_known) {
		unsettled(row, TRUST_OLD);
		return;
	}
	if (source->base_dir == IMAGE_NONE && !source->base_folded) {
		row->is_new = true;
		row->growth_bytes = figure_growth(0, row->bytes);
		row->growth_items = 1;
		return;
	}
	if ((row->flags & ROW_ERROR) || context->base_unreadable || source->base_folded) {
		unsettled(row, TRUST_UNKNOWN);
		return;
	}
	/* A mount that is shown but not entered now, and was a directory then. */
	if (row->is_dir && image_child(source->base->image, source->base_dir, name, row->name_length) != IMAGE_NONE) {
		unsettled(row, TRUST_UNKNOWN);
		return;
	}
	if (!source->base_files || !source->base_files->ready) {
		unsettled(row, TRUST_OLD);
		return;
	}
	if (source->base_files->failed) {
		unsettled(row, TRUST_UNKNOWN);
		return;
	}
	before = file_list_find(&source->base_files->list, name, row->name_length);
	if (!before) {
		row->moved = was_renamed(context, row);
		row->moved_from = IMAGE_NONE;
		row->is_new = !row->moved;
		row->growth_bytes = figure_growth(0, row->bytes);
		row->growth_items = 1;
	} else if (before->flags & ROW_ERROR) {
		unsettled(row, TRUST_UNKNOWN);
	} else {
		row->growth_bytes = figure_growth(measure(context->query, before->alloc_bytes, before->apparent_bytes),
		                                  row->bytes);
	}
}

/** Has it moved here since it was matched?  Then it is compared with what was in the place it left. */
static bool came_later(const struct listing_source *source, const void *name, const struct row *row)
{
	const struct image *image = source->base->image;
	bool known;
	uint32_t old = match_dir(source->base->match, row->dir, &known);

	return known && old != IMAGE_NONE && source->base_known &&
	       (image->parent[old] != source->base_dir || image_name_length(image, old) != row->name_length ||
	        memcmp(image_name(image, old), name, row->name_length));
}

static void grow_live_dir(const struct listing_context *context, const void *name, struct row *row)
{
	const struct listing_source *source = context->source;
	struct growth growth;

	if (!source->base || !source->base->match) {
		unsettled(row, TRUST_OLD);
		return;
	}
	if (row->trust == TRUST_EXACT &&
	    (match_kind(source->base->match, row->dir) == MATCH_UNSEEN || came_later(source, name, row))) {
		row->unmatched = true;
		unsettled(row, TRUST_OLD);
		return;
	}
	match_growth(source->base->match, row->dir, &growth);
	if (growth.unknown) {
		unsettled(row, TRUST_UNKNOWN);
		return;
	}
	if (growth.stale) {
		unsettled(row, TRUST_OLD);
		return;
	}
	row->growth_bytes = context->query->apparent ? growth.apparent_bytes : growth.alloc_bytes;
	row->growth_items = growth.items;
	row->growth_trust = growth.partial ? TRUST_PARTIAL : TRUST_EXACT;
	row->is_new = growth.is_new;
	row->moved_from = growth.is_new && source->moves ? identities_find_live(source->moves, source->tree, row->dir)
	                                                 : IMAGE_NONE;
	if (row->moved_from != IMAGE_NONE) {
		row->is_new = false;
		row->moved = true;
	}
}

uint32_t listing_before(const struct listing_source *source, const struct image *image, uint32_t dir)
{
	const struct image *base = source->base->image;
	uint32_t before = source->base_dir == IMAGE_NONE ? IMAGE_NONE
	                                                 : image_child(base, source->base_dir, image_name(image, dir),
	                                                               image_name_length(image, dir));

	if (before == IMAGE_NONE)
		return before;
	struct identity was = identity_remembered(base, before), is = identity_remembered(image, dir);

	return identity_differs(&was, &is) ? IMAGE_NONE : before;
}

static void grow_stored_dir(const struct listing_context *context, struct row *row)
{
	const struct listing_source *source = context->source;
	uint32_t before;

	if (context->query->place.gone) {
		row->gone = true;
		row->growth_bytes = figure_growth(row->bytes, 0);
		row->growth_items = -(int64_t)(row->items + 1);
		return;
	}
	if (!source->base || !source->base_known) {
		unsettled(row, TRUST_OLD);
		return;
	}
	before = listing_before(source, row->image, row->image_dir);
	if (before == IMAGE_NONE) {
		struct identity is = identity_remembered(row->image, row->image_dir);

		row->moved_from = source->moves ? identities_find(source->moves, &is) : IMAGE_NONE;
		row->moved = row->moved_from != IMAGE_NONE;
		row->is_new = !row->moved;
		row->growth_bytes = figure_growth(0, row->bytes);
		row->growth_items = (int64_t)row->items + 1;
	} else if ((row->image->flags[row->image_dir] | source->base->image->flags[before]) & IMAGE_READ_ERROR ||
	           image_unknown(source->base->image->flags[before], row->image->flags[row->image_dir])) {
		unsettled(row, TRUST_UNKNOWN);
	} else {
		row->growth_bytes = figure_growth(image_bytes(context->query, source->base->image, before), row->bytes);
		row->growth_items = (int64_t)row->items - (int64_t)source->base->image->items[before];
	}
}

/** A remembered folder that is there no more. */
static void grow_ghost(const struct listing_context *context, struct row *row)
{
	const struct match *match = context->query->place.dir != DIR_NONE ? context->source->base->match : NULL;
	struct growth growth = {.alloc_bytes = figure_growth(row->alloc_bytes, 0),
	                        .apparent_bytes = figure_growth(row->apparent_bytes, 0),
	                        .items = -(int64_t)(row->items + 1)};

	row->gone = true;
	if (match)
		match_ghost_growth(match, row->image_dir, &growth);
	if (growth.unknown ||
	    (context->query->apparent ? growth.apparent_bytes : growth.alloc_bytes) == FIGURE_UNKNOWN) {
		unsettled(row, TRUST_UNKNOWN);
		return;
	}
	row->growth_bytes = context->query->apparent ? growth.apparent_bytes : growth.alloc_bytes;
	row->growth_items = growth.items;
}

static void written_row(const struct listing_context *context, struct row *row)
{
	const struct listing_source *source = context->source;
	uint64_t bytes;

	if (source->written && !modified_known(source->written)) {
		unsettled(row, TRUST_UNKNOWN);
		return;
	}
	if (row->dir == DIR_NONE) {
		row->growth_bytes = row->type == NODE_REG && row->mtime_s >= source->written_since
		                          ? figure_growth(0, row->alloc_bytes)
		                          : 0;
		return;
	}
	if (!source->written || !modified_bytes(source->written, row->dir, &bytes)) {
		unsettled(row, TRUST_OLD);
		return;
	}
	/* What went since the last pass is still in it. */
	row->growth_bytes = figure_growth(0, bytes < row->alloc_bytes ? bytes : row->alloc_bytes);
	row->growth_trust = row->trust == TRUST_PARTIAL ? TRUST_PARTIAL : TRUST_EXACT;
}

/** Figures of what is followed are no better than how it is followed. */
static void lower_trust(const struct listing_context *context, struct row *row)
{
	const struct listing_source *source = context->source;
	dir_id place = context->query->place.dir;
	enum trust trust = TRUST_EXACT;

	if (place == DIR_NONE || row->trust == TRUST_PARTIAL || row->flags & (ROW_EXCLUDED | ROW_OTHERFS | ROW_KERNFS))
		return;
	row->polled = source->polled && (row->dir != DIR_NONE ? polled_below(source->polled, row->dir)
	                                                      : polled_in(source->polled, place));
	if (source->unsettled)
		trust = TRUST_UNKNOWN;
	else if (row->polled || source->being_read || (row->dir != DIR_NONE && row->dir == source->being_read_child))
		trust = TRUST_OLD;
	row->trust = row->trust > trust ? row->trust : trust;
	if (context->query->live)
		row->live_trust = row->live_trust > trust ? row->live_trust : trust;
	if (context->query->growth == GROWTH_SINCE)
		row->growth_trust = row->growth_trust > trust ? row->growth_trust : trust;
}

/** What changed while it was looked at: in a live folder, and of what has this name (something that is gone, too). */
static void live_figure(const struct listing_context *context, const void *name, struct row *row)
{
	const struct listing_source *source = context->source;
	dir_id place = context->query->place.dir;
	int64_t alloc_bytes = 0, apparent_bytes = 0, named_alloc_bytes = 0, named_apparent_bytes = 0;

	if (!context->query->live || !source->watcher || place == DIR_NONE)
		return;
	if (row->dir != DIR_NONE)
		watcher_live_dir(source->watcher, row->dir, &alloc_bytes, &apparent_bytes);
	watcher_live_entry(source->watcher, place, name, row->name_length, &named_alloc_bytes, &named_apparent_bytes);
	row->live_bytes = context->query->apparent ? apparent_bytes + named_apparent_bytes
	                                           : alloc_bytes + named_alloc_bytes;
}

static void grow(const struct listing_context *context, const void *name, struct row *row)
{
	live_figure(context, name, row);
	if (context->last) {
		if (context->query->growth != GROWTH_OFF)
			unsettled(row, TRUST_OLD);
		return;
	}
	switch (context->query->growth) {
	case GROWTH_OFF:
		break;
	case GROWTH_WRITTEN:
		if (row->origin == ROW_LIVE)
			written_row(context, row);
		break;
	case GROWTH_SINCE:
		if (row->image_dir != IMAGE_NONE)
			grow_stored_dir(context, row);
		else if (row->dir != DIR_NONE)
			grow_live_dir(context, name, row);
		else if (context->query->place.gone) {
			row->gone = true;
			row->growth_bytes = figure_growth(row->bytes, 0);
			row->growth_items = -1;
		} else {
			grow_file(context, name, row);
		}
		break;
	}
	if (row->growth_bytes == FIGURE_UNKNOWN)
		unsettled(row, TRUST_UNKNOWN);
}

/* ---- rows of each origin, without the name ---- */

/** A folder that is not read whole: what is remembered of it, and what it is known to have grown since. */
static void unread_dir(const struct listing_context *context, struct row *row)
{
	const struct listing_source *source = context->source;
	const struct match *match = source->last_match ? source->last_match : source->base ? source->base->match : NULL;
	bool known = false, read = tree_block(source->tree, row->dir) != NULL;
	uint32_t before = match && (!read || source->last_match) ? match_dir(match, row->dir, &known) : IMAGE_NONE;
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
			row->shared_bytes = measure(query, alloc_bytes, apparent_bytes);
	} else if (!row->is_dir && row->nlink > 1) {
		row->shared_known = true;
		row->shared_bytes = measure(query, row->alloc_bytes, row->apparent_bytes);
	} else {
		row->shared_known = true;
	}
	row->bytes = measure(query, row->alloc_bytes, row->apparent_bytes);
	row->flag = flag_of(row, row->can_enter && node->complete && !node->items);
	grow(context, node->name, row);
	lower_trust(context, row);
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
	row->trust = context->last || image->flags[dir] & IMAGE_TRUSTED ? TRUST_OLD : TRUST_EXACT;
	row->bytes = image_bytes(context->query, image, dir);
	row->flag = flag_of(row, !row->items);
	if (ghost) {
		live_figure(context, image_name(image, dir), row);
		grow_ghost(context, row);
	} else {
		grow(context, image_name(image, dir), row);
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
	row->trust = context->last ? TRUST_OLD : TRUST_EXACT;
	row->bytes = measure(context->query, file->alloc_bytes, file->apparent_bytes);
	row->flag = flag_of(row, false);
	if (ghost) {
		live_figure(context, file->name, row);
		row->gone = true;
		row->growth_bytes = figure_growth(row->bytes, 0);
		row->growth_items = -1;
	} else {
		grow(context, file->name, row);
	}
	if (row->gone)
		row->bytes = 0;
}

/** Seen to go: what it had when the column was zero is all that is known of it. */
static void gone_row(const struct listing_context *context, const struct live_gone_entry *entry, struct row *row)
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
	row->live_trust = context->source->unsettled ? TRUST_UNKNOWN : TRUST_EXACT;
}

bool listing_decode(const struct listing_context *context, enum listing_from from, uint32_t index, struct row *row,
                    const unsigned char **name)
{
	const struct listing_source *source = context->source;
	const struct image *image = context->query->place.image;
	struct node node;

	switch (from) {
	case FROM_BLOCK:
		if (!context->block || index >= tree_count(context->block))
			return false;
		tree_node(source->tree, context->block, index, &node);
		if (node.flags & ROW_GONE)
			return false;
		live_row(context, index, &node, row);
		*name = node.name;
		return true;
	case FROM_IMAGE:
		image_row(context, image, index, false, row);
		*name = (const unsigned char *)image_name(image, index);
		return true;
	case FROM_LAST:
		image_row(context, source->last, index, false, row);
		*name = (const unsigned char *)image_name(source->last, index);
		return true;
	case FROM_GONE:
		gone_row(context, &context->gone->items[index], row);
		*name = (const unsigned char *)context->gone->names.data + context->gone->items[index].name;
		return true;
	case FROM_FILES:
		file_row(context, &listing_own_files(source)->items[index], false, row);
		*name = listing_own_files(source)->items[index].name;
		return true;
	case FROM_GHOST_DIR:
		image_row(context, source->base->image, index, true, row);
		*name = (const unsigned char *)image_name(source->base->image, index);
		return true;
	case FROM_GHOST_FILE:
		file_row(context, &listing_base_files(source)->items[index], true, row);
		*name = listing_base_files(source)->items[index].name;
		return true;
	}
	return false;
}

const unsigned char *listing_item_name(const struct listing_context *context, const struct listing_item *item,
                                       size_t *length)
{
	const struct listing_source *source = context->source;
	const unsigned char *name;

	switch ((enum listing_from)item->source) {
	case FROM_BLOCK:
		name = (const unsigned char *)context->block + context->block->rows[item->index].name;
		*length = *name;
		return name + 1;
	case FROM_IMAGE:
		*length = image_name_length(context->query->place.image, item->index);
		return (const unsigned char *)image_name(context->query->place.image, item->index);
	case FROM_LAST:
		*length = image_name_length(source->last, item->index);
		return (const unsigned char *)image_name(source->last, item->index);
	case FROM_GHOST_DIR:
		*length = image_name_length(source->base->image, item->index);
		return (const unsigned char *)image_name(source->base->image, item->index);
	case FROM_GONE:
		*length = context->gone->items[item->index].length;
		return (const unsigned char *)context->gone->names.data + context->gone->items[item->index].name;
	case FROM_FILES:
	case FROM_GHOST_FILE: {
		const struct file_entry *file = &(item->source == FROM_FILES ? listing_own_files(source)
		                                                             : listing_base_files(source))
		                                         ->items[item->index];

		*length = file->name_length;
		return file->name;
	}
	}
	*length = 0;
	return (const unsigned char *)"";
}

struct listing_context listing_context(const struct listing_query *query, const struct listing_source *source)
{
	struct listing_context context = {.query = query, .source = source};

	if (query->place.dir != DIR_NONE) {
		context.block = source->tree && tree_alive(source->tree, query->place.dir)
		                      ? tree_block(source->tree, query->place.dir)
		                      : NULL;
		unsigned flags =
			source->tree ? atomic_load_explicit(
					       &((struct node_cold *)tree_cold(source->tree, query->place.dir))->flags,
					       memory_order_relaxed)
				     : 0;

		context.read_error = flags & DIR_READ_ERROR;
		if (context.block) {
			context.place_unreadable = flags & (DIR_READ_ERROR | DIR_STALE | DIR_CACHE);
		} else {
			context.last = source->last && source->last_dir != IMAGE_NONE;
		}
	} else {
		context.read_error = query->place.image->flags[query->place.image_dir] & IMAGE_READ_ERROR;
		context.place_unreadable = query->place.image->flags[query->place.image_dir] &
		                           (IMAGE_READ_ERROR | IMAGE_CACHE);
		context.last = query->place.last;
	}
	context.base_unreadable = source->base && source->base_known && source->base_dir != IMAGE_NONE &&
	                          (source->base->image->flags[source->base_dir] & (IMAGE_READ_ERROR | IMAGE_CACHE));
	return context;
}
