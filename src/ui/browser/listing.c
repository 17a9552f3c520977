/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A build makes one pass over the entries of the folder (what is shown, and by what it is sorted), then sorts.  It runs
 * on the loop's thread for small folders, on a task's for large ones: it reads the tree under a pin, and images and
 * file lists, which do not change.
 */
#include "ui/browser/row_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* ---- the filter ---- */

static bool holds(const struct listing_context *context, const struct listing_item *item, const struct row *row,
                  const void *name)
{
	const struct listing_query *query = context->query;
	struct terms_entry entry = {.name = name,
	                            .length = row->name_length,
	                            .type = row->type,
	                            .bytes = row->bytes,
	                            .mtime_s = row->mtime_s,
	                            .growth_known = query->growth != GROWTH_OFF && !row->growth_blank,
	                            .growth_bytes = row->growth_bytes};
	struct node_extended owner;

	if (!*query->filter || query->flat)
		return true;
	if (query->terms.owner && item->source == FROM_BLOCK) {
		tree_extended(context->source->tree, context->block, item->index, &owner);
		entry.owner_known = owner.known;
		entry.uid = owner.uid;
	}
	return terms_match(&query->terms, &entry);
}

/* ---- building ---- */

static struct listing_context context_of(const struct listing *listing)
{
	struct listing_context context = listing_context(&listing->query, &listing->source);

	context.gone = &listing->gone;
	return context;
}

struct builder {
	struct listing *out;
	struct listing_context context;
	size_t capacity;
	const unsigned char *first; /* name of the first row, and how much of it all share */
	size_t common;
	struct listing_item leader;
};

/** One of those that F may follow; `item` NULL = it is left out. */
static void lead(struct builder *builder, const struct listing_item *item, const struct row *row)
{
	const struct listing_query *query = builder->context.query;
	bool live = query->live && query->sort == SORT_LIVE;
	int64_t growth_bytes = live ? row->live_bytes : query->growth != GROWTH_OFF ? row->growth_bytes : 0;

	if (!live && row->dir != DIR_NONE && !row->moved && builder->context.source->moved) {
		struct moved_figures moved = moved_figures(builder->context.source->moved, row->dir);
		int64_t figure = query->by_items ? moved.items
		               : query->apparent ? moved.apparent_bytes
		                                 : moved.alloc_bytes;

		builder->out->moved_growth += figure;
		growth_bytes -= figure;
	}
	if (growth_bytes <= 0)
		return;
	if (!live && row->moved) {
		builder->out->moved_growth += growth_bytes;
		return;
	}
	builder->out->positive_growth += growth_bytes;
	builder->out->positive_count++;
	if (!item) {
		if (growth_bytes > builder->out->left_out_growth)
			builder->out->left_out_growth = growth_bytes;
	} else if (growth_bytes > builder->out->leader_growth) {
		builder->out->leader_growth = growth_bytes;
		builder->leader = *item;
	}
}

static int add(struct builder *builder, enum listing_from from, uint32_t index)
{
	struct listing *out = builder->out;
	const struct listing_query *query = builder->context.query;
	struct listing_item *item, entry = {.index = index, .source = (uint8_t)from};
	const unsigned char *name;
	struct row row;
	uint64_t growth;
	size_t length;

	if (!listing_decode(&builder->context, &entry, &row))
		return 0;
	name = listing_item_name(&builder->context, &entry, &length);
	out->changed |= query->growth != GROWTH_OFF &&
	                (row.growth_blank || row.growth_trust != TRUST_EXACT || row.gone || row.growth_bytes);
	if (!query->show_hidden && !query->flat && (name[0] == '.' || (row.flags & ROW_EXCLUDED))) {
		out->left_out++;
		lead(builder, NULL, &row);
		return 0;
	}
	if (!holds(&builder->context, &entry, &row, name)) {
		out->left_out++;
		out->filtered++;
		lead(builder, NULL, &row);
		return 0;
	}
	if (__builtin_add_overflow(out->shown_bytes, row.bytes, &out->shown_bytes))
		out->shown_bytes = UINT64_MAX;
	if (row.trust > out->shown_trust)
		out->shown_trust = row.trust;
	if (out->count == builder->capacity) {
		if (alloc_room(&out->items, &builder->capacity, out->count + 1))
			return -ENOMEM;
	}
	item = &out->items[out->count++];
	*item = entry;
	listing_sort_key(query, &row, item);
	if (!builder->first) {
		builder->first = name;
		builder->common = row.name_length;
	} else {
		size_t limit = row.name_length < builder->common ? row.name_length : builder->common, same = 0;

		while (same < limit && builder->first[same] == name[same])
			same++;
		builder->common = same;
	}
	if (row.bytes > out->largest_bytes)
		out->largest_bytes = row.bytes;
	if (query->live) {
		growth = row.live_bytes < 0 ? (uint64_t)-row.live_bytes : (uint64_t)row.live_bytes;
		if (growth > out->largest_live)
			out->largest_live = growth;
	}
	if (query->growth != GROWTH_OFF) {
		if (row.growth_blank || row.growth_trust != TRUST_EXACT)
			out->unknown_count++;
		if (row.gone)
			out->ghosts++;
		out->unmatched += row.unmatched;
		growth = row.growth_bytes < 0 ? (uint64_t)-row.growth_bytes : (uint64_t)row.growth_bytes;
		if (growth > out->largest_growth)
			out->largest_growth = growth;
	}
	if (!query->flat)
		lead(builder, item, &row);
	return 0;
}

/** Remembered folders of the place that are there no more. */
static int add_ghost_dirs(struct builder *builder)
{
	const struct listing_source *source = builder->context.source;
	const struct place *place = &builder->context.query->place;
	const struct image *image = source->base->image;
	int rc = 0;

	if (place->dir != DIR_NONE) {
		uint32_t *ghosts;
		size_t count;

		rc = match_ghosts(source->base->match, place->dir, &ghosts, &count);
		for (size_t i = 0; i < count && !rc; i++)
			rc = add(builder, FROM_GHOST_DIR, ghosts[i]);
		free(ghosts);
		return rc;
	}
	for (uint32_t i = image->child_first[source->base_dir]; i < image->child_first[source->base_dir + 1] && !rc;
	     i++) {
		uint32_t child = image->children[i];

		uint32_t now = image_child(place->image, place->image_dir, image_name(image, child),
		                           image_name_length(image, child));

		if (now == IMAGE_NONE || listing_before(source, place->image, now) == IMAGE_NONE)
			rc = add(builder, FROM_GHOST_DIR, child);
	}
	return rc;
}

/** Remembered files of the place that nothing but a folder has the name of now. */
static int add_ghost_files(struct builder *builder)
{
	const struct listing_source *source = builder->context.source;
	const struct file_list *then = listing_base_files(source), *now = listing_own_files(source);
	bool live = builder->context.query->place.dir != DIR_NONE;
	unsigned char *seen;
	int rc = 0;

	if (!then || !then->count || (!live && !now))
		return 0;
	seen = alloc_array(then->count, 1);
	if (!seen)
		return -ENOMEM;
	for (uint32_t i = 0, count = live ? tree_count(builder->context.block) : 0; i < count; i++) {
		const struct file_entry *file;
		struct node node;

		tree_node(source->tree, builder->context.block, i, &node);
		if ((node.flags & ROW_GONE) || node.dir != DIR_NONE)
			continue;
		file = file_list_find(then, node.name, node.name_length);
		if (file)
			seen[file - then->items] = 1;
	}
	for (size_t i = 0; i < then->count && !rc; i++)
		if (live ? !seen[i] : !file_list_find(now, then->items[i].name, then->items[i].name_length))
			rc = add(builder, FROM_GHOST_FILE, (uint32_t)i);
	free(seen);
	return rc;
}

/** First eight bytes behind what all names share. */
static void name_prefixes(struct builder *builder, bool descending)
{
	struct listing *out = builder->out;

	/* A number that is cut would compare as another one. */
	while (builder->context.query->natural && builder->common && builder->first[builder->common - 1] >= '0' &&
	       builder->first[builder->common - 1] <= '9')
		builder->common--;
	for (size_t i = 0; i < out->count; i++) {
		size_t length;
		const unsigned char *name = listing_item_name(&builder->context, &out->items[i], &length);
		uint64_t prefix = listing_name_prefix(builder->context.query, name, length, builder->common);

		out->items[i].prefix = descending ? ~prefix : prefix;
	}
}

/** Seen to go it is still in the image, and holds nothing: overlay_glance(). */
static bool holds_something(const struct image *image, uint32_t dir)
{
	return image->alloc_bytes[dir] || image->apparent_bytes[dir] || image->items[dir];
}

/** A live folder that has not been read yet, as last known. */
static int add_remembered(struct builder *builder)
{
	const struct listing_source *source = builder->context.source;
	const struct file_list *files = listing_own_files(source);
	const struct image *image = source->remembered;
	int rc = 0;

	if (!builder->context.remembered)
		return 0;
	for (uint32_t i = image->child_first[source->remembered_dir];
	     i < image->child_first[source->remembered_dir + 1] && !rc; i++)
		if (holds_something(image, image->children[i]))
			rc = add(builder, FROM_REMEMBERED, image->children[i]);
	for (size_t i = 0; files && i < files->count && !rc; i++)
		rc = add(builder, FROM_FILES, (uint32_t)i);
	return rc;
}

/** What went while the live column was counting; ghosts are there already. */
static int add_gone(struct builder *builder)
{
	const struct listing_query *query = builder->context.query;
	const struct listing_source *source = builder->context.source;
	const struct file_list *then = listing_base_files(source);
	struct live_growth_gone *gone = &builder->out->gone;
	bool ghosts = query->growth == GROWTH_SINCE && source->base && source->base_known &&
	              source->base_dir != IMAGE_NONE;
	int rc = live_growth_gone(watcher_live(source->watcher), query->place.dir, gone);

	for (size_t i = 0; i < gone->count && !rc; i++) {
		const struct live_growth_gone_entry *entry = &gone->items[i];
		const char *name = gone->names.data + entry->name;

		if (ghosts && (image_child(source->base->image, source->base_dir, name, entry->length) != IMAGE_NONE ||
		               (then && file_list_find(then, name, entry->length))))
			continue;
		rc = add(builder, FROM_GONE, (uint32_t)i);
	}
	return rc;
}

static int fill(struct builder *builder)
{
	const struct listing_query *query = builder->context.query;
	const struct listing_source *source = builder->context.source;
	int rc = 0;

	if (query->flat) {
		const struct flat *flat = source->flat ? &source->flat->flat : NULL;

		for (size_t i = 0; flat && i < flat->count && !rc; i++)
			rc = add(builder, FROM_FLAT, (uint32_t)i);
		builder->out->complete &= flat && source->flat->complete;
		builder->out->filtered = flat ? flat->matched - flat->count : 0;
		return rc;
	}
	if (query->place.dir != DIR_NONE) {
		uint32_t count = builder->context.block ? tree_count(builder->context.block) : 0;

		for (uint32_t i = 0; i < count && !rc; i++)
			rc = add(builder, FROM_BLOCK, i);
		if (!builder->context.block)
			return rc ? rc : add_remembered(builder);
		if (!rc && query->live && source->watcher)
			rc = add_gone(builder);
	} else {
		const struct image *image = query->place.image;
		const struct file_list *files = listing_own_files(source);

		for (uint32_t i = image->child_first[query->place.image_dir];
		     i < image->child_first[query->place.image_dir + 1] && !rc; i++)
			if (!query->place.remembered || holds_something(image, image->children[i]))
				rc = add(builder, FROM_IMAGE, image->children[i]);
		for (size_t i = 0; files && i < files->count && !rc; i++)
			rc = add(builder, FROM_FILES, (uint32_t)i);
	}
	if (rc || query->growth != GROWTH_SINCE || query->place.gone || query->place.remembered || !source->base ||
	    !source->base_known || source->base_dir == IMAGE_NONE || builder->context.place_unreadable)
		return rc;
	rc = add_ghost_dirs(builder);
	return rc ? rc : add_ghost_files(builder);
}

int listing_build(struct listing *out, const struct listing_query *query, const struct listing_source *source)
{
	struct builder builder = {.out = out};
	unsigned pin = 0;
	int rc;

	*out = (struct listing){.query = *query, .source = *source, .leader = SIZE_MAX};
	out->matched = source->base && source->base->match;
	out->files_ready = listing_files_ready(source);
	if (source->tree)
		pin = tree_pin(source->tree);
	if (query->place.dir != DIR_NONE && source->tree) {
		out->complete = tree_complete(source->tree, query->place.dir);
		out->block = atomic_load_explicit(&tree_cold(source->tree, query->place.dir)->block,
		                                  memory_order_acquire);
	} else {
		out->complete = true;
	}
	builder.context = context_of(out);
	out->unreadable = builder.context.read_error;
	rc = fill(&builder);
	if (!rc && out->count) {
		name_prefixes(&builder, query->sort == SORT_NAME && query->descending);
		rc = listing_sort(&builder.context, out->items, out->count);
	}
	for (size_t i = 0; !rc && out->leader_growth && i < out->count; i++)
		if (out->items[i].source == builder.leader.source && out->items[i].index == builder.leader.index) {
			out->leader = i;
			break;
		}
	if (source->tree)
		tree_unpin(source->tree, pin);
	if (rc)
		listing_clear(out);
	return rc;
}

void listing_clear(struct listing *listing)
{
	free(listing->items);
	live_growth_gone_clear(&listing->gone);
	*listing = (struct listing){.leader = SIZE_MAX};
}

size_t listing_cost(const struct listing_query *query, const struct listing_source *source)
{
	size_t cost = 0;

	if (query->flat)
		return source->flat ? source->flat->flat.count : 0;
	if (query->place.dir != DIR_NONE && source->tree) {
		unsigned pin = tree_pin(source->tree);
		struct listing_context context = listing_context(query, source);

		cost = context.block ? tree_count(context.block) : 0;
		tree_unpin(source->tree, pin);
		if (context.remembered) {
			cost = source->remembered->child_first[source->remembered_dir + 1] -
			       source->remembered->child_first[source->remembered_dir];
			cost += listing_own_files(source) ? listing_own_files(source)->count : 0;
		}
	} else if (query->place.image) {
		cost = query->place.image->child_first[query->place.image_dir + 1] -
		       query->place.image->child_first[query->place.image_dir];
		cost += listing_own_files(source) ? listing_own_files(source)->count : 0;
	}
	if (query->growth == GROWTH_SINCE && listing_base_files(source))
		cost += listing_base_files(source)->count;
	return cost;
}

bool listing_current(const struct listing *listing)
{
	const struct tree *tree = listing->source.tree;
	dir_id dir = listing->query.place.dir;

	if (dir == DIR_NONE || !tree)
		return true;
	return tree_alive(tree, dir) &&
	       atomic_load_explicit(&tree_cold(tree, dir)->block, memory_order_acquire) == listing->block;
}

bool listing_row(const struct listing *listing, size_t i, struct row *out)
{
	const struct tree *tree = listing->source.tree;
	const struct listing_item *item = &listing->items[i];
	struct listing_context context;
	unsigned pin = 0;
	size_t length;
	bool found;

	if (i >= listing->count)
		return false;
	if (tree)
		pin = tree_pin(tree);
	found = listing_current(listing);
	if (found) {
		context = context_of(listing);
		found = listing_decode(&context, item, out);
	}
	if (found) {
		memcpy(out->name, listing_item_name(&context, item, &length), out->name_length);
		out->name[out->name_length] = 0;
		if (item->source == FROM_BLOCK)
			tree_extended(tree, context.block, item->index, &out->extended);
	}
	if (tree)
		tree_unpin(tree, pin);
	return found;
}

bool listing_node(const struct listing *listing, size_t i, struct node *out)
{
	const struct listing_item *item = &listing->items[i];
	const struct tree *tree = listing->source.tree;
	const struct node_block *block = item->source == FROM_BLOCK && !listing->query.flat
	                                       ? tree_block(tree, listing->query.place.dir)
	                                       : NULL;

	if (!block || item->index >= tree_count(block))
		return false;
	tree_node(tree, block, item->index, out);
	return !(out->flags & ROW_GONE);
}

uint32_t *listing_block_order(const struct listing *listing)
{
	size_t rows = 0, count = 0;

	for (size_t i = 0; i < listing->count; i++)
		if (listing->items[i].source == FROM_BLOCK && listing->items[i].index >= rows)
			rows = listing->items[i].index + 1;
	uint32_t *at = alloc_array(rows + 1, sizeof(*at)), *order = alloc_array(listing->count + 1, sizeof(*order));

	for (size_t i = 0; at && order && i < listing->count; i++)
		if (listing->items[i].source == FROM_BLOCK)
			at[listing->items[i].index] = (uint32_t)i + 1;
		else
			order[count++] = (uint32_t)i;
	for (size_t k = 0; at && order && k < rows; k++)
		if (at[k])
			order[count++] = at[k] - 1;
	if (!at) {
		free(order);
		order = NULL;
	}
	free(at);
	return order;
}

size_t listing_find(const struct listing *listing, uint32_t folder, const void *name, size_t length, bool ghost)
{
	const struct tree *tree = listing->source.tree;
	struct listing_context context;
	size_t found = SIZE_MAX;
	unsigned pin = 0;

	if (tree)
		pin = tree_pin(tree);
	if (listing_current(listing)) {
		context = context_of(listing);
		for (size_t i = 0; i < listing->count && found == SIZE_MAX; i++) {
			const struct listing_item *item = &listing->items[i];
			size_t item_length;
			const unsigned char *item_bytes = listing_item_name(&context, item, &item_length);
			bool is_ghost = item->source == FROM_GHOST_DIR || item->source == FROM_GHOST_FILE ||
			                item->source == FROM_GONE;

			if (is_ghost == ghost && item_length == length && !memcmp(item_bytes, name, length) &&
			    (item->source != FROM_FLAT ||
			     listing->source.flat->flat.entries[item->index].dir == folder))
				found = i;
		}
	}
	if (tree)
		tree_unpin(tree, pin);
	return found;
}

void listing_reorder(struct listing *listing, size_t first, struct row *rows, size_t count)
{
	const struct tree *tree = listing->source.tree;
	struct listing_item *items = listing->items + first, leader = listing->leader < listing->count
	                                                                    ? listing->items[listing->leader]
	                                                                    : (struct listing_item){0};
	struct listing_context context;
	unsigned pin = tree ? tree_pin(tree) : 0;

	context = context_of(listing);
	for (size_t i = 0; i < count && listing_current(listing); i++) {
		struct listing_item item = items[i];
		struct row row = rows[i];
		size_t at = i;

		if (row.name_length)
			listing_sort_key(&listing->query, &row, &item);
		while (at && !listing_in_order(&context, &items[at - 1], &item))
			at--;
		memmove(&items[at + 1], &items[at], (i - at) * sizeof(*items));
		memmove(&rows[at + 1], &rows[at], (i - at) * sizeof(*rows));
		items[at] = item;
		rows[at] = row;
	}
	for (size_t i = 0; i < count && listing->leader != SIZE_MAX; i++)
		if (items[i].source == leader.source && items[i].index == leader.index)
			listing->leader = first + i;
	if (tree)
		tree_unpin(tree, pin);
}
