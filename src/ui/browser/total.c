/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the folder shown holds, and how much it grew: the second row of the screen. */
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/figure.h"
#include "base/text.h"
#include "ui/browser/columns.h"

/** A folder that is still being read has the size it had, and what it is known to have grown since. */
static void remembered_total(const struct model *model, dir_id dir, struct row *total)
{
	const struct baseline *last = model_last(model);
	bool known = false, apparent = model->settings.apparent;
	uint32_t before = last ? match_dir(last->match, dir, &known) : IMAGE_NONE;
	struct growth growth;

	if (!known || before == IMAGE_NONE)
		return;
	match_growth(last->match, dir, &growth);
	if (growth.unknown || growth.stale)
		growth = (struct growth){0};
	total->trust = TRUST_OLD;
	total->alloc_bytes = figure_grown(last->image->alloc_bytes[before], growth.alloc_bytes);
	total->apparent_bytes = figure_grown(last->image->apparent_bytes[before], growth.apparent_bytes);
	total->bytes = apparent ? total->apparent_bytes : total->alloc_bytes;
	total->items = last->image->items[before] + (uint64_t)growth.items;
}

/** What is no better than `trust`. */
static void lower_trust(struct row *total, enum trust trust)
{
	total->trust = total->trust > trust ? total->trust : trust;
	total->live_trust = total->live_trust > trust ? total->live_trust : trust;
	total->growth_trust = total->growth_trust > trust ? total->growth_trust : trust;
}

void browser_total(const struct browser *browser, const struct model *model, struct row *total)
{
	const struct baseline *base = model_base(model);
	const struct place *place = &browser->place;
	bool apparent = model->settings.apparent;

	memset(total, 0, sizeof *total);
	total->growth_blank = true;
	total->growth_trust = TRUST_OLD;
	if (place->dir != DIR_NONE) {
		struct node node;
		struct growth growth;
		uint64_t bytes;
		unsigned pin = tree_pin(model->tree);

		if (browser_live(browser, model)) {
			int64_t alloc_bytes = 0, apparent_bytes = 0;

			watcher_live_dir(model->watcher, place->dir, &alloc_bytes, &apparent_bytes);
			total->live_bytes = apparent ? apparent_bytes : alloc_bytes;
		}

		tree_dir_node(model->tree, place->dir, &node);
		tree_unpin(model->tree, pin);
		total->alloc_bytes = node.alloc_bytes;
		total->apparent_bytes = node.apparent_bytes;
		total->bytes = apparent ? node.apparent_bytes : node.alloc_bytes;
		total->items = node.items;
		total->errors = node.errors;
		total->trust = !node.complete               ? TRUST_PARTIAL
		             : node.dir_flags & DIR_STALE   ? TRUST_UNKNOWN
		             : node.dir_flags & DIR_TRUSTED ? TRUST_OLD
		                                            : TRUST_EXACT;
		if (browser_growth(browser, model) == GROWTH_WRITTEN) {
			if (model->written && !modified_known(model->written)) {
				total->growth_trust = TRUST_UNKNOWN;
			} else if (model->written && modified_bytes(model->written, place->dir, &bytes)) {
				total->growth_blank = false;
				total->growth_bytes = figure_growth(0, bytes < node.alloc_bytes ? bytes
				                                                                : node.alloc_bytes);
				total->growth_trust = node.complete ? TRUST_EXACT : TRUST_PARTIAL;
			}
		} else if (base && base->match) {
			match_growth(base->match, place->dir, &growth);
			growth.unknown |= (apparent ? growth.apparent_bytes : growth.alloc_bytes) == FIGURE_UNKNOWN;
			total->growth_blank = growth.unknown || growth.stale;
			total->growth_trust = growth.unknown ? TRUST_UNKNOWN
			                    : growth.stale   ? TRUST_OLD
			                    : growth.partial ? TRUST_PARTIAL
			                                     : TRUST_EXACT;
			total->growth_bytes = apparent ? growth.apparent_bytes : growth.alloc_bytes;
			/*
			 * What could not be compared is in no figure: said, or it would look as if nothing had grown
			 * there.
			 */
			if ((growth.gaps || node.errors) && total->growth_trust == TRUST_EXACT)
				total->growth_trust = TRUST_UNKNOWN;
		}
		if (!node.complete)
			remembered_total(model, place->dir, total);
		if (browser->listed &&
		    (browser->listing.source.being_read || browser->listing.source.being_read_child != DIR_NONE))
			lower_trust(total, TRUST_OLD);
		if (model->live)
			lower_trust(total, model->live_status.unsettled                               ? TRUST_UNKNOWN
			                   : model->polled && polled_below(model->polled, place->dir) ? TRUST_OLD
			                                                                              : TRUST_EXACT);
		return;
	}
	total->alloc_bytes = place->image->alloc_bytes[place->image_dir];
	total->apparent_bytes = place->image->apparent_bytes[place->image_dir];
	total->bytes = apparent ? total->apparent_bytes : total->alloc_bytes;
	total->items = place->image->items[place->image_dir];
	total->errors = place->image->errors[place->image_dir];
	total->gone = place->gone;
	total->trust = place->last ? TRUST_OLD : TRUST_EXACT;
	if (place->last)
		return;
	if (place->gone) {
		total->growth_blank = false;
		total->growth_trust = TRUST_EXACT;
		total->growth_bytes = figure_growth(total->bytes, 0);
	} else if (base && browser->listed && browser->listing.source.base_known) {
		uint32_t before = browser->listing.source.base_dir;

		total->growth_blank = false;
		total->growth_trust = TRUST_EXACT;
		total->growth_bytes = figure_growth(before == IMAGE_NONE ? 0
		                                    : apparent           ? base->image->apparent_bytes[before]
		                                                         : base->image->alloc_bytes[before],
		                                    total->bytes);
		if (total->errors || (before != IMAGE_NONE && base->image->errors[before]))
			total->growth_trust = TRUST_UNKNOWN;
	}
}

void browser_paint_filter(const struct browser *browser, const struct model *model, struct canvas *canvas, int row,
                          int col)
{
	const struct listing *listing = &browser->listing;
	char shown[TEXT_FIGURE], all[TEXT_FIGURE], size[TEXT_FIGURE], sums[3 * TEXT_FIGURE + 32];
	struct buf pattern = {0}, text = {0};
	int room;

	text_count(shown, listing->count);
	text_count(all, listing->count + listing->filtered);
	/* Linked files may be in several rows: together they are no more than the folder. */
	text_size(size, listing->shown_bytes < browser->total.bytes ? listing->shown_bytes : browser->total.bytes,
	          model->settings.si);
	snprintf(sums, sizeof sums, _("%s of %s shown, %s"), shown, all, size);
	buf_printf(&pattern, _("filter: %s"), browser->prompt.text);
	if (pattern.data && col + 4 + canvas_width(sums) + canvas_width(pattern.data) >= canvas->cols)
		snprintf(sums, sizeof sums, _("%s of %s, %s"), shown, all, size);
	if (browser->listed && col + canvas_width(sums) < canvas->cols) {
		col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", sums);
		col = canvas_text(canvas, row, col, columns_mark_role(listing->shown_trust), "%s",
		                  columns_mark(listing->shown_trust)) +
		      2;
	}
	room = canvas->cols - 1 - col;
	if (pattern.data && canvas_width(pattern.data) > room) { /* the pattern matters more than what it is */
		buf_clear(&pattern);
		buf_str(&pattern, browser->prompt.text);
	}
	if (room > 0 && pattern.data && text_shorten(&text, pattern.data, pattern.length, room) == 0 && text.data)
		canvas_right(canvas, row, canvas->cols - 1, ROLE_KEY, text.data);
	buf_free(&pattern);
	buf_free(&text);
}
