/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the folder shown holds, and how much it grew: the second row of the screen. */
#include <string.h>

#include "base/i18n.h"
#include "base/figure.h"
#include "base/text.h"
#include "ui/browser/columns.h"

/** A folder that is still being read has the size it had, and what it is known to have grown since. */
static void remembered_total(const struct model *model, dir_id dir, struct row *total)
{
	const struct baseline *remembered = model_remembered(model);
	bool known = false, apparent = model->settings.apparent;
	uint32_t before = remembered ? match_dir(remembered->match, dir, &known) : IMAGE_NONE;
	struct growth growth;

	if (!known || before == IMAGE_NONE)
		return;
	match_growth(remembered->match, dir, &growth);
	if (growth.unknown || growth.stale)
		growth = (struct growth){0};
	total->trust = TRUST_OLD;
	total->alloc_bytes = figure_grown(remembered->image->alloc_bytes[before], growth.alloc_bytes);
	total->apparent_bytes = figure_grown(remembered->image->apparent_bytes[before], growth.apparent_bytes);
	total->bytes = apparent ? total->apparent_bytes : total->alloc_bytes;
	total->items = remembered->image->items[before] + (uint64_t)growth.items;
	if (model->settings.by_items)
		total->bytes = total->items;
}

/** What is no better than `trust`. */
static void lower_trust(struct row *total, enum trust trust)
{
	trust_lower(&total->trust, trust);
	trust_lower(&total->live_trust, trust);
	trust_lower(&total->growth_trust, trust);
}

/** Growth since the baseline.  What could not be compared is in no figure: `?`, or it would seem not to have grown. */
static void growth_of_dir(const struct model *model, const struct node *node, struct row *total)
{
	bool apparent = model->settings.apparent;
	struct growth growth;

	match_growth(model_base(model)->match, node->dir, &growth);
	total->growth_bytes = model->settings.by_items ? growth.items
	                    : apparent                 ? growth.apparent_bytes
	                                               : growth.alloc_bytes;
	growth.unknown |= total->growth_bytes == FIGURE_UNKNOWN;
	total->growth_blank = growth.unknown || growth.stale;
	total->growth_trust = growth.unknown              ? TRUST_UNKNOWN
	                    : growth.stale                ? TRUST_OLD
	                    : growth.partial              ? TRUST_PARTIAL
	                    : growth.gaps || node->errors ? TRUST_UNKNOWN
	                                                  : TRUST_EXACT;
}

static void written_in_dir(const struct model *model, const struct node *node, struct row *total)
{
	uint64_t bytes;

	if (model->written && !modified_known(model->written)) {
		total->growth_trust = TRUST_UNKNOWN;
	} else if (model->written && modified_bytes(model->written, node->dir, &bytes)) {
		total->growth_blank = false;
		total->growth_bytes = figure_growth(0, bytes < node->alloc_bytes ? bytes : node->alloc_bytes);
		total->growth_trust = node->complete ? TRUST_EXACT : TRUST_PARTIAL;
	}
}

static void total_of_dir(const struct browser *browser, const struct model *model, dir_id dir, struct row *total)
{
	bool apparent = model->settings.apparent;
	const struct listing_source *source = &browser->listing.source;
	int64_t alloc_bytes = 0, apparent_bytes = 0;
	unsigned pin = tree_pin(model->tree);
	struct node node;

	tree_dir_node(model->tree, dir, &node);
	tree_unpin(model->tree, pin);
	if (browser_live(browser, model)) {
		live_growth_dir(watcher_live(model->watcher), dir, &alloc_bytes, &apparent_bytes);
		total->live_bytes = apparent ? apparent_bytes : alloc_bytes;
	}
	total->alloc_bytes = node.alloc_bytes;
	total->apparent_bytes = node.apparent_bytes;
	total->bytes = apparent ? node.apparent_bytes : node.alloc_bytes;
	total->items = node.items;
	if (model->settings.by_items)
		total->bytes = total->items;
	total->errors = node.errors;
	total->trust = !node.complete               ? TRUST_PARTIAL
	             : node.dir_flags & DIR_STALE   ? TRUST_UNKNOWN
	             : node.dir_flags & DIR_TRUSTED ? TRUST_OLD
	                                            : TRUST_EXACT;
	if (browser_growth(browser, model) == GROWTH_WRITTEN)
		written_in_dir(model, &node, total);
	else if (model_base(model) && model_base(model)->match)
		growth_of_dir(model, &node, total);
	if (!node.complete)
		remembered_total(model, dir, total);
	if (browser->listed && (source->being_read || source->being_read_child != DIR_NONE))
		lower_trust(total, TRUST_OLD);
	if (model->live && model->live_status.unsettled)
		lower_trust(total, TRUST_UNKNOWN);
	else if (model->live && model->unwatched && unwatched_below(model->unwatched, dir))
		lower_trust(total, TRUST_OLD);
}

static void total_of_image(const struct browser *browser, const struct model *model, struct row *total)
{
	const struct place *place = &browser->place;
	const struct listing_source *source = &browser->listing.source;
	const struct baseline *base = model_base(model);
	bool apparent = model->settings.apparent;

	total->alloc_bytes = place->image->alloc_bytes[place->image_dir];
	total->apparent_bytes = place->image->apparent_bytes[place->image_dir];
	total->bytes = apparent ? total->apparent_bytes : total->alloc_bytes;
	total->items = place->image->items[place->image_dir];
	if (model->settings.by_items)
		total->bytes = total->items;
	total->errors = place->image->errors[place->image_dir];
	total->gone = place->gone;
	total->trust = place->remembered ? TRUST_OLD : TRUST_EXACT;
	if (place->remembered)
		return;
	if (place->gone) {
		total->growth_blank = false;
		total->growth_trust = TRUST_EXACT;
		total->growth_bytes = figure_growth(total->bytes, 0);
	} else if (base && browser->listed && source->base_known) {
		bool known = source->base_dir != IMAGE_NONE;
		const uint64_t *then = apparent ? base->image->apparent_bytes : base->image->alloc_bytes;

		total->growth_blank = false;
		total->growth_trust = TRUST_EXACT;
		total->growth_bytes = figure_growth(known ? then[source->base_dir] : 0, total->bytes);
		if (model->settings.by_items)
			total->growth_bytes = (int64_t)total->items -
			                      (known ? (int64_t)base->image->items[source->base_dir] : 0);
		if (total->errors || (known && base->image->errors[source->base_dir]))
			total->growth_trust = TRUST_UNKNOWN;
	}
}

void browser_total(const struct browser *browser, const struct model *model, struct row *total)
{
	*total = (struct row){.growth_blank = true, .growth_trust = TRUST_OLD};
	if (browser->place.dir != DIR_NONE)
		total_of_dir(browser, model, browser->place.dir, total);
	else
		total_of_image(browser, model, total);
}
