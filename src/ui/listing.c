/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A build makes one pass over the entries of the folder (deciding what is shown and by what it is sorted), and sorts 24-byte items, many of them by radix; names
 * are looked at only where key and the first eight bytes behind the common prefix are equal.  It runs on the loop's thread for small folders, on a task's for large ones: it
 * reads the tree under a pin, and images and file lists, which do not change.
 */
#include "ui/listing.h"

#include <errno.h>
#include <fnmatch.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ui/moves.h"

/** What decoding needs beside the row itself. */
struct context {
	const struct listing_query *query;
	const struct listing_source *source;
	const struct node_block *block; /* of a live place, or NULL */
	bool place_unreadable;          /* now: ghosts cannot be told from unseen entries */
	bool base_unreadable;           /* then */
};

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

/** A file or leaf now against the remembered files of the folder. */
static void grow_file(const struct context *context, const void *name, struct row *row)
{
	const struct listing_source *source = context->source;
	const struct file_entry *before;

	if (!source->base || !source->base_known) {
		unsettled(row, TRUST_OLD);
		return;
	}
	if (source->base_dir == IMAGE_NONE && !source->base_folded) {
		row->is_new = true;
		row->growth_bytes = (int64_t)row->bytes;
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
		row->is_new = true;
		row->growth_bytes = (int64_t)row->bytes;
		row->growth_items = 1;
	} else if (before->flags & ROW_ERROR) {
		unsettled(row, TRUST_UNKNOWN);
	} else {
		row->growth_bytes = (int64_t)row->bytes - (int64_t)measure(context->query, before->alloc_bytes, before->apparent_bytes);
	}
}

static void grow_live_dir(const struct context *context, const void *name, struct row *row)
{
	const struct listing_source *source = context->source;
	struct growth growth;

	if (!source->base || !source->base->match) {
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
	if (growth.is_new && source->moves && moves_find(source->moves, tree_cold(source->tree, row->dir), name, row->name_length) != IMAGE_NONE) {
		row->is_new = false;
		row->moved = true;
	}
}

static void grow_stored_dir(const struct context *context, const void *name, struct row *row)
{
	const struct listing_source *source = context->source;
	uint32_t before;

	if (context->query->place.gone) {
		row->gone = true;
		row->growth_bytes = -(int64_t)row->bytes;
		row->growth_items = -(int64_t)(row->items + 1);
		return;
	}
	if (!source->base || !source->base_known) {
		unsettled(row, TRUST_OLD);
		return;
	}
	before = source->base_dir == IMAGE_NONE ? IMAGE_NONE : image_child(source->base->image, source->base_dir, name, row->name_length);
	if (before == IMAGE_NONE) {
		row->is_new = true;
		row->growth_bytes = (int64_t)row->bytes;
		row->growth_items = (int64_t)row->items + 1;
	} else if ((row->image->flags[row->image_dir] | source->base->image->flags[before]) & IMAGE_READ_ERROR) {
		unsettled(row, TRUST_UNKNOWN);
	} else {
		row->growth_bytes = (int64_t)row->bytes - (int64_t)image_bytes(context->query, source->base->image, before);
		row->growth_items = (int64_t)row->items - (int64_t)source->base->image->items[before];
	}
}

/** A remembered folder that is there no more. */
static void grow_ghost(const struct context *context, struct row *row)
{
	const struct match *match = context->query->place.dir != DIR_NONE ? context->source->base->match : NULL;
	struct growth growth = {.alloc_bytes = -(int64_t)row->alloc_bytes, .apparent_bytes = -(int64_t)row->apparent_bytes, .items = -(int64_t)(row->items + 1)};

	row->gone = true;
	if (match)
		match_ghost_growth(match, row->image_dir, &growth);
	if (growth.unknown) {
		unsettled(row, TRUST_UNKNOWN);
		return;
	}
	row->growth_bytes = context->query->apparent ? growth.apparent_bytes : growth.alloc_bytes;
	row->growth_items = growth.items;
}

static void written_row(const struct context *context, struct row *row)
{
	const struct listing_source *source = context->source;
	uint64_t bytes;

	if (row->dir == DIR_NONE) {
		row->growth_bytes = row->type == NODE_REG && row->mtime_s >= source->written_since ? (int64_t)row->alloc_bytes : 0;
		return;
	}
	if (!source->written || !written_bytes(source->written, row->dir, &bytes)) {
		unsettled(row, TRUST_OLD);
		return;
	}
	row->growth_bytes = (int64_t)bytes;
	row->growth_trust = row->trust == TRUST_PARTIAL ? TRUST_PARTIAL : TRUST_EXACT;
}

static void grow(const struct context *context, const void *name, struct row *row)
{
	switch (context->query->growth) {
	case GROWTH_OFF:
		return;
	case GROWTH_WRITTEN:
		if (row->origin == ROW_LIVE)
			written_row(context, row);
		return;
	case GROWTH_SINCE:
		if (row->image_dir != IMAGE_NONE)
			grow_stored_dir(context, name, row);
		else if (row->dir != DIR_NONE)
			grow_live_dir(context, name, row);
		else if (context->query->place.gone) {
			row->gone = true;
			row->growth_bytes = -(int64_t)row->bytes;
			row->growth_items = -1;
		} else {
			grow_file(context, name, row);
		}
		return;
	}
}

/* ---- rows of each origin, without the name ---- */

static void live_row(const struct context *context, uint32_t index, const struct node *node, struct row *row)
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
		if (!node->complete) {
			const struct match *match = context->source->base ? context->source->base->match : NULL;
			bool known = false;
			uint32_t before = match && !tree_block(tree, node->dir) ? match_dir(match, node->dir, &known) : IMAGE_NONE;

			row->trust = TRUST_PARTIAL;
			if (known && before != IMAGE_NONE) {
				/* Nothing of it has been read yet: what is remembered, marked as such. */
				const struct image *image = context->source->base->image;

				row->trust = TRUST_OLD;
				row->alloc_bytes = image->alloc_bytes[before];
				row->apparent_bytes = image->apparent_bytes[before];
				row->items = image->items[before];
				row->files = image->files[before];
			}
		}
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
}

static void image_row(const struct context *context, const struct image *image, uint32_t dir, bool ghost, struct row *row)
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
	row->mtime_s = image->mtime_ns[dir] / 1000000000;
	row->ino = image->ino[dir];
	row->fs = image->fs[dir];
	row->dir_flags = (image->flags[dir] & IMAGE_READ_ERROR ? DIR_READ_ERROR : 0u) | (image->flags[dir] & IMAGE_CACHE ? DIR_CACHE : 0u) |
	                 (image->flags[dir] & IMAGE_MOUNT ? DIR_MOUNT : 0u);
	row->trust = image->flags[dir] & IMAGE_TRUSTED ? TRUST_OLD : TRUST_EXACT;
	row->bytes = image_bytes(context->query, image, dir);
	row->flag = flag_of(row, !row->items);
	if (ghost)
		grow_ghost(context, row);
	else
		grow(context, image_name(image, dir), row);
	if (row->gone)
		row->bytes = 0;
}

static void file_row(const struct context *context, const struct file_entry *file, bool ghost, struct row *row)
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
	row->bytes = measure(context->query, file->alloc_bytes, file->apparent_bytes);
	row->flag = flag_of(row, false);
	if (ghost) {
		row->gone = true;
		row->growth_bytes = -(int64_t)row->bytes;
		row->growth_items = -1;
	} else {
		grow(context, file->name, row);
	}
	if (row->gone)
		row->bytes = 0;
}

static const struct file_list *own_list(const struct listing_source *source)
{
	return source->own_files && source->own_files->ready && !source->own_files->failed ? &source->own_files->list : NULL;
}

static const struct file_list *base_list(const struct listing_source *source)
{
	return source->base_files && source->base_files->ready && !source->base_files->failed ? &source->base_files->list : NULL;
}

/** Decode by source and index; *name is borrowed (under the pin).  False when it is gone. */
static bool decode(const struct context *context, enum listing_from from, uint32_t index, struct row *row, const unsigned char **name)
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
	case FROM_FILES:
		file_row(context, &own_list(source)->items[index], false, row);
		*name = own_list(source)->items[index].name;
		return true;
	case FROM_GHOST_DIR:
		image_row(context, source->base->image, index, true, row);
		*name = (const unsigned char *)image_name(source->base->image, index);
		return true;
	case FROM_GHOST_FILE:
		file_row(context, &base_list(source)->items[index], true, row);
		*name = base_list(source)->items[index].name;
		return true;
	}
	return false;
}

/** The name alone. */
static const unsigned char *item_name(const struct context *context, const struct listing_item *item, size_t *length)
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
	case FROM_GHOST_DIR:
		*length = image_name_length(source->base->image, item->index);
		return (const unsigned char *)image_name(source->base->image, item->index);
	case FROM_FILES:
	case FROM_GHOST_FILE: {
		const struct file_entry *file = &(item->source == FROM_FILES ? own_list(source) : base_list(source))->items[item->index];

		*length = file->name_length;
		return file->name;
	}
	}
	*length = 0;
	return (const unsigned char *)"";
}

/* ---- the filter ---- */

bool listing_matches(const char *filter, const void *name, size_t length)
{
	char text[256], pattern[260];
	bool capitals = false;
	size_t n = strlen(filter);

	if (!n)
		return true;
	length = length < sizeof text ? length : sizeof text - 1;
	memcpy(text, name, length);
	text[length] = 0;
	for (const char *c = filter; *c; c++)
		capitals |= *c >= 'A' && *c <= 'Z';
	if (!strpbrk(filter, "*?["))
		return capitals ? strstr(text, filter) != NULL : strcasestr(text, filter) != NULL;
	memcpy(pattern, filter, n < 256 ? n : 255);
	pattern[n < 256 ? n : 255] = 0;
	return fnmatch(pattern, text, capitals ? 0 : FNM_CASEFOLD) == 0;
}

/* ---- sorting ---- */

struct sorter {
	const struct context *context;
	bool names_descending;
};

static int compare_names(const void *a, size_t a_length, const void *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

static bool before_slow(const struct sorter *sorter, const struct listing_item *a, const struct listing_item *b)
{
	size_t a_length, b_length;
	const unsigned char *a_name = item_name(sorter->context, a, &a_length), *b_name = item_name(sorter->context, b, &b_length);
	int order = compare_names(a_name, a_length, b_name, b_length);

	if (!order)
		return a->source < b->source; /* an entry before the ghost it replaced */
	return sorter->names_descending ? order > 0 : order < 0;
}

/** May `a` stay before `b`? */
static inline bool in_order(const struct sorter *sorter, const struct listing_item *a, const struct listing_item *b)
{
	if (a->group != b->group)
		return a->group < b->group;
	if (a->key != b->key)
		return a->key < b->key;
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	return !before_slow(sorter, b, a);
}

/** Merge sort of `items`; `spare` holds as many. */
static void sort_items(const struct sorter *sorter, struct listing_item *items, struct listing_item *spare, size_t count)
{
	size_t half = count / 2, i, j, out;

	if (count <= 12) {
		for (i = 1; i < count; i++) {
			struct listing_item moved = items[i];

			for (j = i; j && !in_order(sorter, &items[j - 1], &moved); j--)
				items[j] = items[j - 1];
			items[j] = moved;
		}
		return;
	}
	sort_items(sorter, items, spare, half);
	sort_items(sorter, items + half, spare, count - half);
	if (in_order(sorter, &items[half - 1], &items[half]))
		return;
	memcpy(spare, items, half * sizeof *items);
	for (i = 0, j = half, out = 0; i < half && j < count; out++)
		items[out] = in_order(sorter, &spare[i], &items[j]) ? spare[i++] : items[j++];
	memcpy(items + out, spare + i, (half - i) * sizeof *items);
}

#define RADIX_LEAST 4096
#define RADIX_DIGITS 17 /* eight bytes of the prefix, eight of the key, the group */

static inline unsigned digit_of(const struct listing_item *item, int digit)
{
	return digit < 8 ? (unsigned)(item->prefix >> (8 * digit)) & 255 : digit < 16 ? (unsigned)(item->key >> (8 * (digit - 8))) & 255 : item->group;
}

/**
 * The same order for many items: by bytes from the least significant on, bytes that all share left out; what is then still equal is compared by name.
 * `spare` holds as many.
 */
static void sort_many(const struct sorter *sorter, struct listing_item *items, struct listing_item *spare, size_t count)
{
	size_t (*counts)[256] = alloc_array(RADIX_DIGITS, sizeof *counts);
	struct listing_item *from = items, *to = spare;

	if (!counts) {
		sort_items(sorter, items, spare, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		for (int digit = 0; digit < RADIX_DIGITS; digit++)
			counts[digit][digit_of(&items[i], digit)]++;
	for (int digit = 0; digit < RADIX_DIGITS; digit++) {
		size_t at = 0;
		struct listing_item *other;

		if (counts[digit][digit_of(&items[0], digit)] == count)
			continue;
		for (int value = 0; value < 256; value++) {
			size_t n = counts[digit][value];

			counts[digit][value] = at;
			at += n;
		}
		for (size_t i = 0; i < count; i++)
			to[counts[digit][digit_of(&from[i], digit)]++] = from[i];
		other = from;
		from = to;
		to = other;
	}
	if (from != items)
		memcpy(items, from, count * sizeof *items);
	free(counts);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && items[end].prefix == items[i].prefix && items[end].key == items[i].key && items[end].group == items[i].group; end++)
			;
		sort_items(sorter, items + i, spare, end - i);
	}
}

/* ---- building ---- */

struct builder {
	struct listing *out;
	struct context context;
	size_t capacity;
	const unsigned char *first; /* name of the first row, and how much of it all share */
	size_t common;
	int64_t leader_growth;
	struct listing_item leader;
};

/** Group and key of a row: smaller ones come first. */
static void sort_key(const struct listing_query *query, const struct row *row, struct listing_item *item)
{
	uint64_t key = 0;
	unsigned group = 0;

	switch (query->sort) {
	case SORT_SIZE:
	case SORT_LIVE:
		key = row->bytes;
		break;
	case SORT_ITEMS:
		key = row->items;
		break;
	case SORT_MTIME:
		key = (uint64_t)row->mtime_s ^ (1ull << 63);
		break;
	case SORT_NAME:
		item->group = query->dirs_first && !row->is_dir;
		item->key = 0;
		return;
	case SORT_GROWTH:
		if (row->growth_blank || (!row->growth_bytes && row->growth_trust != TRUST_EXACT)) {
			group = 1;
			key = row->bytes;
		} else if (row->growth_bytes > 0) {
			key = (uint64_t)row->growth_bytes;
		} else if (row->growth_bytes < 0) {
			group = 2;
			key = (uint64_t)-row->growth_bytes;
		} else {
			group = 3;
			key = row->bytes;
		}
		item->group = (uint8_t)((query->dirs_first && !row->is_dir ? 4 : 0) + group);
		item->key = ~key;
		return;
	}
	item->group = query->dirs_first && !row->is_dir;
	item->key = query->descending ? ~key : key;
}

static int add(struct builder *builder, enum listing_from from, uint32_t index)
{
	struct listing *out = builder->out;
	const struct listing_query *query = builder->context.query;
	struct listing_item *item;
	const unsigned char *name;
	struct row row;
	uint64_t growth;

	if (!decode(&builder->context, from, index, &row, &name))
		return 0;
	if ((!query->show_hidden && (name[0] == '.' || (row.flags & ROW_EXCLUDED))) || !listing_matches(query->filter, name, row.name_length)) {
		out->left_out++;
		return 0;
	}
	if (out->count == builder->capacity) {
		struct listing_item *grown = alloc_grow(out->items, &builder->capacity, out->count + 1, sizeof *out->items);

		if (!grown)
			return -ENOMEM;
		out->items = grown;
	}
	item = &out->items[out->count++];
	*item = (struct listing_item){.index = index, .source = (uint8_t)from};
	sort_key(query, &row, item);
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
	if (query->growth == GROWTH_OFF)
		return 0;
	if (row.growth_blank || row.growth_trust != TRUST_EXACT)
		out->unsettled++;
	if (row.gone)
		out->ghosts++;
	growth = row.growth_bytes < 0 ? (uint64_t)-row.growth_bytes : (uint64_t)row.growth_bytes;
	if (growth > out->largest_growth)
		out->largest_growth = growth;
	if (row.growth_bytes > 0 && !row.moved) {
		out->positive_growth += row.growth_bytes;
		out->positive_count++;
		if (row.growth_bytes > builder->leader_growth) {
			builder->leader_growth = row.growth_bytes;
			builder->leader = *item;
		}
	}
	return 0;
}

/** Remembered folders of the place that are there no more. */
static int add_ghost_dirs(struct builder *builder)
{
	const struct listing_source *source = builder->context.source;
	const struct place *place = &builder->context.query->place;
	const struct image *image = source->base->image;
	int status = 0;

	if (place->dir != DIR_NONE) {
		uint32_t *ghosts;
		size_t count;

		status = match_ghosts(source->base->match, place->dir, &ghosts, &count);
		for (size_t i = 0; i < count && !status; i++)
			status = add(builder, FROM_GHOST_DIR, ghosts[i]);
		free(ghosts);
		return status;
	}
	for (uint32_t i = image->child_first[source->base_dir]; i < image->child_first[source->base_dir + 1] && !status; i++) {
		uint32_t child = image->children[i];

		if (image_child(place->image, place->image_dir, image_name(image, child), image_name_length(image, child)) == IMAGE_NONE)
			status = add(builder, FROM_GHOST_DIR, child);
	}
	return status;
}

/** Remembered files of the place that nothing but a folder has the name of now. */
static int add_ghost_files(struct builder *builder)
{
	const struct listing_source *source = builder->context.source;
	const struct file_list *then = base_list(source), *now = own_list(source);
	bool live = builder->context.query->place.dir != DIR_NONE;
	unsigned char *seen;
	int status = 0;

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
	for (size_t i = 0; i < then->count && !status; i++)
		if (live ? !seen[i] : !file_list_find(now, then->items[i].name, then->items[i].name_length))
			status = add(builder, FROM_GHOST_FILE, (uint32_t)i);
	free(seen);
	return status;
}

/** First eight bytes behind what all names share. */
static void name_prefixes(struct builder *builder, bool descending)
{
	struct listing *out = builder->out;

	for (size_t i = 0; i < out->count; i++) {
		size_t length;
		const unsigned char *name = item_name(&builder->context, &out->items[i], &length);
		uint64_t prefix = 0;

		for (size_t k = 0; k < 8; k++)
			prefix = prefix << 8 | (builder->common + k < length ? name[builder->common + k] : 0u);
		out->items[i].prefix = descending ? ~prefix : prefix;
	}
}

static struct context make_context(const struct listing_query *query, const struct listing_source *source)
{
	struct context context = {.query = query, .source = source};

	if (query->place.dir != DIR_NONE) {
		context.block = source->tree && tree_alive(source->tree, query->place.dir) ? tree_block(source->tree, query->place.dir) : NULL;
		if (context.block) {
			struct node node;

			tree_dir_node(source->tree, query->place.dir, &node);
			context.place_unreadable = node.dir_flags & (DIR_READ_ERROR | DIR_STALE | DIR_CACHE);
		}
	} else {
		context.place_unreadable = query->place.image->flags[query->place.image_dir] & (IMAGE_READ_ERROR | IMAGE_CACHE);
	}
	context.base_unreadable = source->base && source->base_known && source->base_dir != IMAGE_NONE &&
	                          (source->base->image->flags[source->base_dir] & (IMAGE_READ_ERROR | IMAGE_CACHE));
	return context;
}

static int fill(struct builder *builder)
{
	const struct listing_query *query = builder->context.query;
	const struct listing_source *source = builder->context.source;
	int status = 0;

	if (query->place.dir != DIR_NONE) {
		uint32_t count = builder->context.block ? tree_count(builder->context.block) : 0;

		for (uint32_t i = 0; i < count && !status; i++)
			status = add(builder, FROM_BLOCK, i);
		if (!builder->context.block)
			return status;
	} else {
		const struct image *image = query->place.image;
		const struct file_list *files = own_list(source);

		for (uint32_t i = image->child_first[query->place.image_dir]; i < image->child_first[query->place.image_dir + 1] && !status; i++)
			status = add(builder, FROM_IMAGE, image->children[i]);
		for (size_t i = 0; files && i < files->count && !status; i++)
			status = add(builder, FROM_FILES, (uint32_t)i);
	}
	if (status || query->growth != GROWTH_SINCE || query->place.gone || !source->base || !source->base_known || source->base_dir == IMAGE_NONE || builder->context.place_unreadable)
		return status;
	status = add_ghost_dirs(builder);
	return status ? status : add_ghost_files(builder);
}

int listing_build(struct listing *out, const struct listing_query *query, const struct listing_source *source)
{
	struct builder builder = {.out = out};
	struct listing_item *spare;
	unsigned pin = 0;
	int status;

	*out = (struct listing){.query = *query, .source = *source, .leader = SIZE_MAX};
	out->matched = source->base && source->base->match;
	out->files_ready = (!source->base_files || source->base_files->ready) && (!source->own_files || source->own_files->ready);
	if (source->tree)
		pin = tree_pin(source->tree);
	if (query->place.dir != DIR_NONE && source->tree) {
		out->complete = tree_complete(source->tree, query->place.dir);
		out->block = atomic_load_explicit(&tree_cold(source->tree, query->place.dir)->block, memory_order_acquire);
	} else {
		out->complete = true;
	}
	builder.context = make_context(&out->query, &out->source);
	status = fill(&builder);
	if (!status && out->count) {
		struct sorter sorter = {&builder.context, query->sort == SORT_NAME && query->descending};

		name_prefixes(&builder, sorter.names_descending);
		spare = alloc_array(out->count, sizeof *spare);
		if (!spare)
			status = -ENOMEM;
		else if (out->count >= RADIX_LEAST)
			sort_many(&sorter, out->items, spare, out->count);
		else
			sort_items(&sorter, out->items, spare, out->count);
		free(spare);
	}
	for (size_t i = 0; !status && builder.leader_growth && i < out->count; i++)
		if (out->items[i].source == builder.leader.source && out->items[i].index == builder.leader.index) {
			out->leader = i;
			break;
		}
	if (source->tree)
		tree_unpin(source->tree, pin);
	if (status)
		listing_clear(out);
	return status;
}

void listing_clear(struct listing *listing)
{
	free(listing->items);
	*listing = (struct listing){.leader = SIZE_MAX};
}

size_t listing_cost(const struct listing_query *query, const struct listing_source *source)
{
	size_t cost = 0;

	if (query->place.dir != DIR_NONE && source->tree) {
		unsigned pin = tree_pin(source->tree);
		struct context context = make_context(query, source);

		cost = context.block ? tree_count(context.block) : 0;
		tree_unpin(source->tree, pin);
	} else if (query->place.image) {
		cost = query->place.image->child_first[query->place.image_dir + 1] - query->place.image->child_first[query->place.image_dir];
		cost += own_list(source) ? own_list(source)->count : 0;
	}
	if (query->growth == GROWTH_SINCE && base_list(source))
		cost += base_list(source)->count;
	return cost;
}

bool listing_current(const struct listing *listing)
{
	const struct tree *tree = listing->source.tree;
	dir_id dir = listing->query.place.dir;

	if (dir == DIR_NONE || !tree)
		return true;
	return tree_alive(tree, dir) && atomic_load_explicit(&tree_cold(tree, dir)->block, memory_order_acquire) == listing->block;
}

bool listing_row(const struct listing *listing, size_t i, struct row *out)
{
	const struct tree *tree = listing->source.tree;
	const unsigned char *name;
	struct context context;
	unsigned pin = 0;
	bool found;

	if (i >= listing->count)
		return false;
	if (tree)
		pin = tree_pin(tree);
	found = listing_current(listing);
	if (found) {
		context = make_context(&listing->query, &listing->source);
		found = decode(&context, (enum listing_from)listing->items[i].source, listing->items[i].index, out, &name);
	}
	if (found) {
		memcpy(out->name, name, out->name_length);
		out->name[out->name_length] = 0;
		if (listing->items[i].source == FROM_BLOCK)
			tree_extended(tree, context.block, listing->items[i].index, &out->extended);
	}
	if (tree)
		tree_unpin(tree, pin);
	return found;
}

size_t listing_find(const struct listing *listing, const void *name, size_t length, bool ghost)
{
	const struct tree *tree = listing->source.tree;
	struct context context;
	size_t found = SIZE_MAX;
	unsigned pin = 0;

	if (tree)
		pin = tree_pin(tree);
	if (listing_current(listing)) {
		context = make_context(&listing->query, &listing->source);
		for (size_t i = 0; i < listing->count && found == SIZE_MAX; i++) {
			const struct listing_item *item = &listing->items[i];
			size_t item_length;
			const unsigned char *item_bytes = item_name(&context, item, &item_length);
			bool is_ghost = item->source == FROM_GHOST_DIR || item->source == FROM_GHOST_FILE;

			if (is_ghost == ghost && item_length == length && !memcmp(item_bytes, name, length))
				found = i;
		}
	}
	if (tree)
		tree_unpin(tree, pin);
	return found;
}
