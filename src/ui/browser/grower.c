/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* F: down to what grew most. */
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/browser.h"

#define NAME_CELLS 40
#define FOLLOW_ROWS 1000 /* looked through for the one that is waited for */

static void say_name(char *out, size_t size, const struct model *model, const struct row *row)
{
	struct buf shown = {0};

	out[0] = 0;
	if (text_name(&shown, row->name, row->name_length, model->ascii, NAME_CELLS) == 0)
		snprintf(out, size, "%s%s", row->is_dir ? "/" : "", shown.data ? shown.data : "");
	buf_free(&shown);
}

/** Is what F goes by not known yet: rows, or what they are compared with? */
static bool is_early(const struct browser *browser, struct model *model, bool live)
{
	const struct listing *listing = &browser->listing;
	enum growth_kind growth = live ? GROWTH_OFF : listing->query.growth;

	if (!browser->listed || browser->sorting || browser->place.remembered || !listing_files_ready(&listing->source))
		return true;
	if (growth == GROWTH_WRITTEN && !listing->source.written)
		return true;
	if (growth == GROWTH_SINCE && !model->view) {
		bool compared = listing->source.base || !model->baseline_known;

		if ((!listing->matched && compared && !browser->place.gone) || model_finding_moved(model))
			return true;
	}
	return !listing->block && !listing->complete;
}

/** Figures that still move may mislead: all of them are waited for, and the leader or another one is named. */
static void name_awaited(struct browser *browser, const struct model *model)
{
	const struct listing *listing = &browser->listing;
	struct row row = {.growth_trust = TRUST_EXACT};
	size_t at = 0;

	if (listing->leader == SIZE_MAX || !listing_row(listing, listing->leader, &row) ||
	    row.growth_trust == TRUST_EXACT)
		while (at < listing->count && at < FOLLOW_ROWS &&
		       (!listing_row(listing, at, &row) || row.growth_trust == TRUST_EXACT ||
		        row.growth_trust == TRUST_UNKNOWN))
			at++;
	if (row.growth_trust == TRUST_PARTIAL || row.growth_trust == TRUST_OLD)
		say_name(browser->follow_name, sizeof(browser->follow_name), model, &row);
}

/** What F goes by, as text: live figures are sizes. */
static const char *growth_words(const struct listing *listing, const struct model *model, char out[TEXT_FIGURE],
                                int64_t growth)
{
	bool live = listing->query.live && listing->query.sort == SORT_LIVE;

	return listing->query.by_items && !live ? text_count_delta(out, growth)
	                                        : text_delta(out, growth, model->settings.si);
}

static void say_no_grower(const struct listing *listing, struct model *model)
{
	char figure[TEXT_FIGURE];

	if (listing->leader != SIZE_MAX)
		model_say(model, false,
		          ngettext("no single grower: %s over %zu entry", "no single grower: %s over %zu entries",
		                   listing->positive_count),
		          growth_words(listing, model, figure, listing->positive_growth), listing->positive_count);
	else if (listing->moved_growth)
		model_say(model, false, _("nothing grew here; %s was moved here"),
		          growth_words(listing, model, figure, listing->moved_growth));
	else
		model_say(model, false, "%s",
		          listing->unknown_count ? _("nothing is known to have grown here") : _("nothing grew here"));
}

bool browser_follow_step(struct browser *browser, struct model *model)
{
	const struct listing *listing = &browser->listing;
	bool live = listing->query.live && listing->query.sort == SORT_LIVE;
	char figure[TEXT_FIGURE], whole[TEXT_FIGURE];
	struct row row;

	if (is_early(browser, model, live))
		return false;
	if (!live && model->view && !model_base(model)) {
		browser->following = false;
		model_say(model, false, "%s", _("nothing before it to compare with"));
		return false;
	}
	browser->follow_name[0] = 0;
	if (!listing->complete && !model->partial) {
		name_awaited(browser, model);
		return false;
	}
	browser->following = false;
	growth_words(listing, model, whole, listing->positive_growth);
	if (!listing->complete) {
		model_say(model, false, "%s", _("the scan was ended before it was whole: what grew most is not known"));
	} else if (listing->left_out_growth > 0 && listing->left_out_growth * 2 >= listing->positive_growth) {
		model_say(model, false,
		          *listing->query.filter
		                  ? _("what grew most is left out by the filter: %s of %s here; Esc clears it")
		                  : _("what grew most is hidden: %s of %s here; e shows it"),
		          growth_words(listing, model, figure, listing->left_out_growth), whole);
	} else if (listing->leader == SIZE_MAX || !listing_row(listing, listing->leader, &row) ||
	           listing->leader_growth * 2 < listing->positive_growth) {
		say_no_grower(listing, model);
	} else {
		browser_move(browser, model, listing->leader);
		if (row.can_enter) {
			browser->following = true;
			browser_enter(browser, model, &row);
			return true;
		}
		say_name(browser->follow_name, sizeof(browser->follow_name), model, &row);
		model_say(model, false, _("%s: %s of %s here"), browser->follow_name,
		          growth_words(listing, model, figure, listing->leader_growth), whole);
	}
	return false;
}
