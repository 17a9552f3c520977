/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the folder shown holds, and how much it grew: the second row of the screen. */
#include <string.h>

#include "ui/browser.h"

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
	total->alloc_bytes = last->image->alloc_bytes[before] + (uint64_t)growth.alloc_bytes;
	total->apparent_bytes = last->image->apparent_bytes[before] + (uint64_t)growth.apparent_bytes;
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
		total->trust = !node.complete ? TRUST_PARTIAL : node.dir_flags & DIR_STALE ? TRUST_UNKNOWN : node.dir_flags & DIR_TRUSTED ? TRUST_OLD : TRUST_EXACT;
		if (browser_growth(browser, model) == GROWTH_WRITTEN) {
			if (model->written && written_bytes(model->written, place->dir, &bytes)) {
				total->growth_blank = false;
				total->growth_bytes = (int64_t)bytes;
				total->growth_trust = node.complete ? TRUST_EXACT : TRUST_PARTIAL;
			}
		} else if (base && base->match) {
			match_growth(base->match, place->dir, &growth);
			total->growth_blank = growth.unknown || growth.stale;
			total->growth_trust = growth.unknown ? TRUST_UNKNOWN : growth.stale ? TRUST_OLD : growth.partial ? TRUST_PARTIAL : TRUST_EXACT;
			total->growth_bytes = apparent ? growth.apparent_bytes : growth.alloc_bytes;
		}
		if (!node.complete)
			remembered_total(model, place->dir, total);
		if (model->live)
			lower_trust(total, model->live_status.unsettled ? TRUST_UNKNOWN : model->polled && polled_below(model->polled, place->dir) ? TRUST_OLD : TRUST_EXACT);
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
		total->growth_bytes = -(int64_t)total->bytes;
	} else if (base && browser->listed && browser->listing.source.base_known) {
		uint32_t before = browser->listing.source.base_dir;

		total->growth_blank = false;
		total->growth_trust = TRUST_EXACT;
		total->growth_bytes = (int64_t)total->bytes;
		if (before != IMAGE_NONE)
			total->growth_bytes -= (int64_t)(apparent ? base->image->apparent_bytes[before] : base->image->alloc_bytes[before]);
	}
}
