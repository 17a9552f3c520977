/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* f: the entries of everything below the folder, in one list; as a question to model_flat.h. */
#include <string.h>

#include "base/clock.h"
#include "ui/browser/columns.h"

#define FLAT_ENTRIES 10000      /* listed at most, */
#define FILTERED_ENTRIES 200000 /* and of those that a filter holds for: what is marked is what is listed */

void browser_toggle_flat(struct browser *browser, struct model *model)
{
	if (browser_leave_flat(browser, model))
		return;
	browser->unflat = browser_position(browser);
	browser->flat = true;
	browser->anchor.bound = false;
	browser->cursor = browser->top = 0;
}

bool browser_leave_flat(struct browser *browser, struct model *model)
{
	if (!browser->flat)
		return false;
	browser->flat = false;
	model_flat_close(model);
	browser_take_position(browser, &browser->unflat);
	return true;
}

void browser_go_there(struct browser *browser, struct model *model, const struct row *row)
{
	struct place place = browser->place;

	if (place.dir != DIR_NONE)
		place.dir = row->folder;
	else
		place.image_dir = row->folder;
	browser_leave_flat(browser, model);
	browser_go(browser, model, &place, row->name, row->name_length);
}

static enum flat_order order_of(const struct browser *browser, bool grown)
{
	switch (browser->sort) {
	case SORT_NAME: return browser->descending ? FLAT_LAST_NAME : FLAT_FIRST_NAME;
	case SORT_MTIME: return browser->descending ? FLAT_NEWEST : FLAT_OLDEST;
	case SORT_SIZE:
		if (!browser->descending)
			return FLAT_SMALLEST;
		break;
	default: break;
	}
	return grown ? FLAT_GROWN : FLAT_LARGEST;
}

const struct flat_list *browser_flat_list(const struct browser *browser, struct model *model)
{
	const struct place *place = &browser->place;
	enum growth_kind growth = browser_growth(browser, model);
	struct flat_question question = {.dir = place->dir,
	                                 .image = place->image,
	                                 .image_dir = place->image_dir,
	                                 .grown = growth == GROWTH_SINCE && !place->gone && !place->remembered,
	                                 .base_dir = IMAGE_NONE,
	                                 .query = {.terms = browser->terms,
	                                           .apparent = model->settings.apparent,
	                                           .show_hidden = model->settings.show_hidden}};

	if (question.grown && place->dir == DIR_NONE && model_base(model))
		browser_dir_in_image(browser, model, model_base(model)->image, &question.base_dir);
	memcpy(question.filter, browser->terms_text, sizeof(question.filter));
	question.query.limit = terms_any(&browser->terms) ? FILTERED_ENTRIES : FLAT_ENTRIES;
	question.query.order = order_of(browser, question.grown);
	if (growth == GROWTH_WRITTEN) {
		question.query.order = FLAT_GROWN;
		question.query.written_since = model->written_since ? model->written_since
		                                                    : clock_wall_s() - model->written_window_s;
	}
	return model_flat(model, &question);
}
