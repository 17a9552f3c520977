/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_BROWSER_ROW_SOURCE_H
#define UI_BROWSER_ROW_SOURCE_H

#include "ui/browser/listing.h"

/*
 * The inside of a listing, for its four files: listing.c (which rows), listing_rows.c (one row decoded),
 * listing_growth.c (how much it grew), listing_sort.c (their order).  All under a pin.
 */

/** What decoding needs beside the row itself. */
struct listing_context {
	const struct listing_query *query;
	const struct listing_source *source;
	const struct live_growth_gone *gone; /* of the listing */
	const struct node_block *block; /* of a live place, or NULL */
	bool read_error;                /* the place could not be read, or not whole */
	bool place_unreadable;          /* now: ghosts cannot be told from unseen entries */
	bool base_unreadable;           /* then */
	bool remembered;                /* the place is shown as last known: not read yet */
};

struct listing_context listing_context(const struct listing_query *query, const struct listing_source *source);

static inline uint64_t listing_measure(const struct listing_query *query, uint64_t alloc_bytes, uint64_t apparent_bytes)
{
	return query->apparent ? apparent_bytes : alloc_bytes;
}

/** A row by the measure: in items a folder is one itself, so that a folder's rows sum up to it. */
static inline uint64_t listing_measure_row(const struct listing_query *query, const struct row *row)
{
	if (query->by_items)
		return row->is_dir ? row->items + 1 : 1;
	return listing_measure(query, row->alloc_bytes, row->apparent_bytes);
}

static inline uint64_t listing_image_bytes(const struct listing_query *query, const struct image *image, uint32_t dir)
{
	return listing_measure(query, image->alloc_bytes[dir], image->apparent_bytes[dir]);
}

/* ---- listing_growth.c ---- */

/** Growth of a row whose figures are there, in the live column, too. */
void listing_grow(const struct listing_context *context, const void *name, struct row *row);

/** Growth of a remembered folder that is there no more. */
void listing_grow_ghost(const struct listing_context *context, struct row *row);

/** What changed while it was looked at: in a live folder, and of what has this name (something that is gone, too). */
void listing_live(const struct listing_context *context, const void *name, struct row *row);

/** Figures of what is followed are no better than how it is followed. */
void listing_lower_trust(const struct listing_context *context, struct row *row);

/** The baseline's directory that a stored one of the place is, by name and identity; IMAGE_NONE = it is new there. */
uint32_t listing_before(const struct listing_source *source, const struct image *image, uint32_t dir);

/* ---- listing_rows.c ---- */

/** Decode, but for the name.  False when it is gone. */
bool listing_decode(const struct listing_context *context, const struct listing_item *item, struct row *row);

/** The name alone, borrowed. */
const unsigned char *listing_item_name(const struct listing_context *context, const struct listing_item *item,
                                       size_t *length);

static inline const struct file_list *listing_own_files(const struct listing_source *source)
{
	return source->own_files && source->own_files->ready && !source->own_files->failed ? &source->own_files->list
	                                                                                   : NULL;
}

static inline const struct file_list *listing_base_files(const struct listing_source *source)
{
	return source->base_files && source->base_files->ready && !source->base_files->failed
	             ? &source->base_files->list
	             : NULL;
}

/* ---- listing_sort.c ---- */

/** Group and key of a row: smaller ones come first. */
void listing_sort_key(const struct listing_query *query, const struct row *row, struct listing_item *item);

/** The first eight bytes of a name behind `skip` as a number that sorts as names do; equal ones need the names. */
uint64_t listing_name_prefix(const struct listing_query *query, const unsigned char *name, size_t length, size_t skip);

/** May `a` stay before `b`?  Equal ones may. */
bool listing_in_order(const struct listing_context *context, const struct listing_item *a,
                      const struct listing_item *b);

/** Sort by group, key and prefix, then by name.  0 or -ENOMEM. */
int listing_sort(const struct listing_context *context, struct listing_item *items, size_t count);

#endif
