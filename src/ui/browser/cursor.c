/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cursor holds on to an entry (the anchor): when rows are made anew or sorted it stays on it, at its height on the
 * screen.
 */
#include <string.h>

#include "ui/browser/columns.h"

bool browser_row(const struct browser *browser, struct row *row)
{
	size_t at = browser->cursor - browser->shown_first;

	if (!browser->listed || browser->cursor < browser->shown_first || at >= browser->shown_count)
		return browser->listed && listing_row(&browser->listing, browser->cursor, row);
	*row = browser->shown[at];
	return row->name_length != 0;
}

void browser_bind(struct browser *browser)
{
	struct row row;

	if (!browser_row(browser, &row))
		return;
	browser->anchor.bound = true;
	browser->anchor_item = browser->listing.items[browser->cursor];
	browser->anchor_block = browser->listing.block;
	memcpy(browser->anchor.name, row.name, row.name_length);
	browser->anchor.name_length = row.name_length;
	browser->anchor.ghost = row.origin == ROW_GHOST;
	browser->anchor.folder = row.folder;
}

void browser_scroll(struct browser *browser, const struct model *model)
{
	size_t rows = (size_t)browser_layout(model).list_rows, count = browser->listing.count;

	if (browser->cursor >= count)
		browser->cursor = count ? count - 1 : 0;
	if (browser->cursor < browser->top)
		browser->top = browser->cursor;
	if (rows && browser->cursor >= browser->top + rows)
		browser->top = browser->cursor - rows + 1;
	if (browser->top + rows > count)
		browser->top = count > rows ? count - rows : 0;
}

void browser_move(struct browser *browser, const struct model *model, size_t row)
{
	browser->cursor = row;
	browser_scroll(browser, model);
	browser_bind(browser);
}

void browser_find_anchor(struct browser *browser, const struct model *model)
{
	size_t offset = browser->cursor - browser->top, found = SIZE_MAX;
	const struct listing *listing = &browser->listing;

	if (!browser->anchor.bound) {
		browser->cursor = browser->top = 0;
		browser_scroll(browser, model);
		return;
	}
	for (size_t i = 0; i < listing->count && found == SIZE_MAX; i++)
		if (listing->items[i].index == browser->anchor_item.index &&
		    listing->items[i].source == browser->anchor_item.source) {
			struct row row;

			if (listing_row(listing, i, &row) && row.name_length == browser->anchor.name_length &&
			    (!listing->query.flat || row.folder == browser->anchor.folder) &&
			    !memcmp(row.name, browser->anchor.name, row.name_length))
				found = i;
			break;
		}
	/* It may have gone, and be shown as such. */
	if (found == SIZE_MAX && listing->query.live && !browser->anchor.ghost) {
		found = listing_find(listing, browser->anchor.folder, browser->anchor.name, browser->anchor.name_length,
		                     true);
		browser->anchor.ghost = found != SIZE_MAX;
	}
	/* By name only when the block is another one: in the same block a row that is not found is filtered out. */
	if (found == SIZE_MAX &&
	    (browser->anchor_block != listing->block || browser->anchor_item.source != FROM_BLOCK)) {
		found = listing_find(listing, browser->anchor.folder, browser->anchor.name, browser->anchor.name_length,
		                     browser->anchor.ghost);
		if (found == SIZE_MAX && browser->anchor.ghost)
			found = listing_find(listing, browser->anchor.folder, browser->anchor.name,
			                     browser->anchor.name_length, false);
	}
	if (found != SIZE_MAX) {
		browser->anchor_block = listing->block;
		browser->cursor = found;
		browser->top = found > offset ? found - offset : 0;
		browser->anchor_item = listing->items[found];
	}
	browser_scroll(browser, model);
}

struct position browser_position(const struct browser *browser)
{
	return (struct position){.anchor = browser->anchor, .offset = browser->cursor - browser->top};
}

void browser_take_position(struct browser *browser, const struct position *position)
{
	browser->anchor = position->anchor;
	browser->cursor = position->offset; /* its height on the screen: browser_find_anchor() finds the row */
	browser->top = 0;
	browser->anchor_item = (struct listing_item){.index = UINT32_MAX};
	browser->anchor_block = 0;
}
