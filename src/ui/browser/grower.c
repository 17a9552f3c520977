/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* F: down to what grew most. */
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/browser.h"

#define FOLLOW_ROWS 1000        /* looked through for the one that is waited for */

static void say_name(char *out, size_t size, const struct model *model, const struct row *row)
{
	struct buf safe = {0}, shown = {0};

	out[0] = 0;
	if (text_safe(&safe, row->name, row->name_length, model->ascii) == 0 &&
	    text_shorten(&shown, safe.data ? safe.data : "", safe.length, 40) == 0)
		snprintf(out, size, "%s%s", row->is_dir ? "/" : "", shown.data ? shown.data : "");
	buf_free(&safe);
	buf_free(&shown);
}

bool browser_follow_step(struct browser *browser, struct model *model)
{
	const struct listing *listing = &browser->listing;
	bool live = listing->query.live && listing->query.sort == SORT_LIVE;
	char figure[TEXT_FIGURE], whole[TEXT_FIGURE];
	bool si = model->settings.si;
	struct row row = {.growth_trust = TRUST_EXACT};

	if (!browser->listed || browser->sorting || browser->place.last || !listing_files_ready(&listing->source))
		return false;
	if (!live && listing->query.growth == GROWTH_WRITTEN && !listing->source.written)
		return false;
	if (!live && model->view && !model_base(model)) {
		browser->following = false;
		model_say(model, false, "%s", _("nothing before it to compare with"));
		return false;
	}
	if (!live && listing->query.growth == GROWTH_SINCE && !listing->matched &&
	    (listing->source.base || !model->baseline_known) && !browser->place.gone && !model->view)
		return false; /* what it is compared with is not known yet */
	if (!live && listing->query.growth == GROWTH_SINCE && !model->view && model_finding_moved(model))
		return false;
	if (!listing->block && !listing->complete)
		return false; /* not listed yet */
	/*
	 * Figures that still move may mislead: wait for all of them, and name the leader or another that is waited for.
	 */
	browser->follow_name[0] = 0;
	if (!listing->complete && model->partial) {
		browser->following = false;
		model_say(model, false, "%s", _("the scan was ended before it was whole: what grew most is not known"));
		return false;
	}
	if (!listing->complete) {
		size_t at = 0;

		if (listing->leader == SIZE_MAX || !listing_row(listing, listing->leader, &row) ||
		    row.growth_trust == TRUST_EXACT)
			while (at < listing->count && at < FOLLOW_ROWS &&
			       (!listing_row(listing, at, &row) || row.growth_trust == TRUST_EXACT ||
			        row.growth_trust == TRUST_UNKNOWN))
				at++;
		if (row.growth_trust == TRUST_PARTIAL || row.growth_trust == TRUST_OLD)
			say_name(browser->follow_name, sizeof browser->follow_name, model, &row);
		return false;
	}
	if (listing->left_out_growth * 2 >= listing->positive_growth && listing->left_out_growth > 0) {
		browser->following = false;
		model_say(model, false,
		          *listing->query.filter
		                  ? _("what grew most is left out by the filter: %s of %s here; Esc clears it")
		                  : _("what grew most is hidden: %s of %s here; e shows it"),
		          text_delta(figure, listing->left_out_growth, si),
		          text_delta(whole, listing->positive_growth, si));
		return false;
	}
	if (listing->leader == SIZE_MAX || !listing_row(listing, listing->leader, &row) ||
	    listing->leader_growth * 2 < listing->positive_growth) {
		browser->following = false;
		if (listing->leader != SIZE_MAX)
			model_say(model, false,
			          ngettext("no single grower: %s over %zu entry",
			                   "no single grower: %s over %zu entries", listing->positive_count),
			          text_delta(figure, listing->positive_growth, si), listing->positive_count);
		else if (listing->moved_growth)
			model_say(model, false, _("nothing grew here; %s was moved here"),
			          text_delta(figure, listing->moved_growth, si));
		else
			model_say(model, false, "%s",
			          listing->unsettled ? _("nothing is known to have grown here")
			                             : _("nothing grew here"));
		return false;
	}
	browser_move(browser, model, listing->leader);
	if (row.can_enter) {
		browser_enter(browser, model, &row);
		return true;
	}
	browser->following = false;
	say_name(browser->follow_name, sizeof browser->follow_name, model, &row);
	model_say(model, false, _("%s: %s of %s here"), browser->follow_name,
	          text_delta(figure, listing->leader_growth, si), text_delta(whole, listing->positive_growth, si));
	return false;
}
