/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a row grew, by what the listing is compared with, and how far its figures can be believed. */
#include "ui/browser/row_source.h"

#include <string.h>

#include "base/figure.h"
#include "engine/image/identity.h"

static void growth_unknown(struct row *row, enum trust trust)
{
	row->growth_blank = true;
	row->growth_trust = trust;
}

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
		growth_unknown(row, TRUST_OLD);
		return;
	}
	if (source->base_dir == IMAGE_NONE && !source->base_folded) {
		row->is_new = true;
		row->growth_bytes = figure_growth(0, row->bytes);
		row->growth_items = 1;
		return;
	}
	if ((row->flags & ROW_ERROR) || context->base_unreadable || source->base_folded) {
		growth_unknown(row, TRUST_UNKNOWN);
		return;
	}
	/* A mount that is shown but not entered now, and was a directory then. */
	if (row->is_dir && image_child(source->base->image, source->base_dir, name, row->name_length) != IMAGE_NONE) {
		growth_unknown(row, TRUST_UNKNOWN);
		return;
	}
	if (!source->base_files || !source->base_files->ready) {
		growth_unknown(row, TRUST_OLD);
		return;
	}
	if (source->base_files->failed) {
		growth_unknown(row, TRUST_UNKNOWN);
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
		growth_unknown(row, TRUST_UNKNOWN);
	} else {
		row->growth_bytes = figure_growth(
			listing_measure(context->query, before->alloc_bytes, before->apparent_bytes),
			listing_measure(context->query, row->alloc_bytes, row->apparent_bytes));
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
		growth_unknown(row, TRUST_OLD);
		return;
	}
	if (row->trust == TRUST_EXACT &&
	    (match_kind(source->base->match, row->dir) == MATCH_UNSEEN || came_later(source, name, row))) {
		row->unmatched = true;
		growth_unknown(row, TRUST_OLD);
		return;
	}
	match_growth(source->base->match, row->dir, &growth);
	if (growth.unknown) {
		growth_unknown(row, TRUST_UNKNOWN);
		return;
	}
	if (growth.stale) {
		growth_unknown(row, TRUST_OLD);
		return;
	}
	row->growth_bytes = context->query->apparent ? growth.apparent_bytes : growth.alloc_bytes;
	/* The match counts what is below: itself came, too. */
	row->growth_items = growth.items + growth.is_new;
	row->growth_trust = growth.partial ? TRUST_PARTIAL : TRUST_EXACT;
	row->is_new = growth.is_new;
	row->moved_from = growth.is_new && source->identities
	                        ? identities_find_live(source->identities, source->tree, row->dir)
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
		growth_unknown(row, TRUST_OLD);
		return;
	}
	before = listing_before(source, row->image, row->image_dir);
	if (before == IMAGE_NONE) {
		struct identity is = identity_remembered(row->image, row->image_dir);

		row->moved_from = source->identities ? identities_find(source->identities, &is) : IMAGE_NONE;
		row->moved = row->moved_from != IMAGE_NONE;
		row->is_new = !row->moved;
		row->growth_bytes = figure_growth(0, row->bytes);
		row->growth_items = (int64_t)row->items + 1;
	} else if ((row->image->flags[row->image_dir] | source->base->image->flags[before]) & IMAGE_READ_ERROR ||
	           image_unknown(source->base->image->flags[before], row->image->flags[row->image_dir])) {
		growth_unknown(row, TRUST_UNKNOWN);
	} else {
		row->growth_bytes = figure_growth(
			listing_image_bytes(context->query, source->base->image, before),
			listing_measure(context->query, row->alloc_bytes, row->apparent_bytes));
		row->growth_items = (int64_t)row->items - (int64_t)source->base->image->items[before];
	}
}

void listing_grow_ghost(const struct listing_context *context, struct row *row)
{
	const struct match *match = context->query->place.dir != DIR_NONE ? context->source->base->match : NULL;
	struct growth growth = {.alloc_bytes = figure_growth(row->alloc_bytes, 0),
	                        .apparent_bytes = figure_growth(row->apparent_bytes, 0),
	                        .items = -(int64_t)(row->items + 1)};

	row->gone = true;
	if (match) {
		match_ghost_growth(match, row->image_dir, &growth);
		growth.items--; /* and itself */
	}
	if (growth.unknown ||
	    (context->query->apparent ? growth.apparent_bytes : growth.alloc_bytes) == FIGURE_UNKNOWN) {
		growth_unknown(row, TRUST_UNKNOWN);
		return;
	}
	row->growth_bytes = context->query->by_items ? growth.items
	                  : context->query->apparent ? growth.apparent_bytes
	                                             : growth.alloc_bytes;
	row->growth_items = growth.items;
}

static void written_row(const struct listing_context *context, struct row *row)
{
	const struct listing_source *source = context->source;
	uint64_t bytes;

	if (source->written && !modified_known(source->written)) {
		growth_unknown(row, TRUST_UNKNOWN);
		return;
	}
	if (row->dir == DIR_NONE) {
		row->growth_bytes = row->type == NODE_REG && row->mtime_s >= source->written_since
		                          ? figure_growth(0, row->alloc_bytes)
		                          : 0;
		return;
	}
	if (!source->written || !modified_bytes(source->written, row->dir, &bytes)) {
		growth_unknown(row, TRUST_OLD);
		return;
	}
	/* What went since the last pass is still in it. */
	row->growth_bytes = figure_growth(0, bytes < row->alloc_bytes ? bytes : row->alloc_bytes);
	row->growth_trust = row->trust == TRUST_PARTIAL ? TRUST_PARTIAL : TRUST_EXACT;
}

void listing_lower_trust(const struct listing_context *context, struct row *row)
{
	const struct listing_source *source = context->source;
	dir_id place = context->query->place.dir;
	enum trust trust = TRUST_EXACT;

	if (place == DIR_NONE || row->trust == TRUST_PARTIAL || row->flags & (ROW_EXCLUDED | ROW_OTHERFS | ROW_KERNFS))
		return;
	row->unwatched = source->unwatched && (row->dir != DIR_NONE ? unwatched_below(source->unwatched, row->dir)
	                                                            : unwatched_in(source->unwatched, place));
	if (source->events_lost)
		trust = TRUST_UNKNOWN;
	else if (row->unwatched || source->being_read || (row->dir != DIR_NONE && row->dir == source->being_read_child))
		trust = TRUST_OLD;
	trust_lower(&row->trust, trust);
	if (context->query->live)
		trust_lower(&row->live_trust, trust);
	if (context->query->growth == GROWTH_SINCE)
		trust_lower(&row->growth_trust, trust);
}

void listing_live(const struct listing_context *context, const void *name, struct row *row)
{
	const struct listing_source *source = context->source;
	dir_id place = context->query->place.dir;
	int64_t alloc_bytes = 0, apparent_bytes = 0, named_alloc_bytes = 0, named_apparent_bytes = 0;

	if (!context->query->live || !source->watcher || place == DIR_NONE)
		return;
	if (row->dir != DIR_NONE)
		live_growth_dir(watcher_live(source->watcher), row->dir, &alloc_bytes, &apparent_bytes);
	live_growth_entry(watcher_live(source->watcher), place, name, row->name_length, &named_alloc_bytes,
	                  &named_apparent_bytes);
	row->live_bytes = context->query->apparent ? apparent_bytes + named_apparent_bytes
	                                           : alloc_bytes + named_alloc_bytes;
}

void listing_grow(const struct listing_context *context, const void *name, struct row *row)
{
	listing_live(context, name, row);
	if (context->remembered) {
		if (context->query->growth != GROWTH_OFF)
			growth_unknown(row, TRUST_OLD);
		return;
	}
	switch (context->query->growth) {
	case GROWTH_OFF: break;
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
	if (context->query->by_items && context->query->growth == GROWTH_SINCE)
		row->growth_bytes = row->growth_items;
	if (row->growth_bytes == FIGURE_UNKNOWN)
		growth_unknown(row, TRUST_UNKNOWN);
}
