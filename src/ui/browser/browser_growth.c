/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* d, w, a, [ and ]: the columns of growth and of live changes, what is measured, and what growth is counted from. */
#include "base/i18n.h"
#include "ui/browser/columns.h"

void browser_sort_by(struct browser *browser, enum ui_sort sort, bool descending)
{
	if (browser->sort == sort)
		browser->descending = !browser->descending;
	else
		browser->descending = descending;
	browser->sort = sort;
}

void browser_sort_by_growth(struct browser *browser)
{
	if (browser->sort != SORT_GROWTH) {
		browser->former_sort = browser->sort;
		browser->former_descending = browser->descending;
	}
	browser->sort = SORT_GROWTH;
	browser->descending = true;
}

/** Sort as before, unless that column is off by now. */
static void sort_again(struct browser *browser, enum ui_sort sort, bool descending)
{
	bool off = (sort == SORT_GROWTH && !browser->growth) || (sort == SORT_LIVE && !browser->live);

	browser->sort = off ? SORT_SIZE : sort;
	browser->descending = off || descending;
}

void browser_toggle_growth(struct browser *browser, struct model *model)
{
	if (browser->growth && browser->sort == SORT_GROWTH) {
		browser->growth = false;
		sort_again(browser, browser->former_sort, browser->former_descending);
		return;
	}
	browser->growth = true;
	browser_sort_by_growth(browser);
	if (browser_growth(browser, model) == GROWTH_WRITTEN) {
		model_want_written(model);
		if (!browser->growth_explained)
			model_say(model, false, "%s",
			          _("d shows growth, it deletes nothing; no earlier snapshot yet: recent writes"));
		browser->growth_explained = true;
	}
}

void browser_toggle_live(struct browser *browser, struct model *model)
{
	if (model->view || browser->place.gone) {
		model_say(model, false, "%s",
		          model->view ? _("an old snapshot does not change: q leads back to now")
		                      : _("this folder is gone: nothing in it changes"));
		return;
	}
	if (!model->live) {
		model_say(model, false, "%s",
		          model->watcher && model->scan ? _("live changes are shown when the scan is complete")
		                                        : _("this tree is not followed live"));
		return;
	}
	if (browser->live && browser->sort == SORT_LIVE) {
		browser->live = false;
		sort_again(browser, browser->live_former_sort, browser->live_former_descending);
		return;
	}
	if (browser->sort != SORT_LIVE) {
		browser->live_former_sort = browser->sort;
		browser->live_former_descending = browser->descending;
	}
	browser->live = true;
	browser->sort = SORT_LIVE;
	browser->descending = true;
}

/* ---- [ and ] ---- */

static void change_window(struct model *model, bool older)
{
	static const int64_t windows[] = {3600, 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600};
	const int count = sizeof(windows) / sizeof(*windows);
	int at = 0;

	while (at < count - 1 && windows[at] < model->written_window_s)
		at++;
	at += older ? 1 : -1;
	if (at < 0 || at >= count) {
		model_say(model, false, "%s",
		          older ? _("30 d is the longest window") : _("1 h is the shortest window"));
		return;
	}
	model->written_window_s = windows[at];
	model_want_written(model);
}

void browser_step_baseline(struct browser *browser, struct model *model, bool older)
{
	const struct baseline *base = model_base(model);
	const struct snapshot *now = NULL;
	size_t at = 0;

	if (!browser->growth)
		browser_toggle_growth(browser, model);
	if (browser_growth(browser, model) == GROWTH_WRITTEN) {
		change_window(model, older);
		return;
	}
	if (!base || !model->history_known) {
		model_say(model, false, "%s",
		          model->view ? _("nothing before it to compare with")
		                      : _("the earlier snapshots are still being looked for"));
		return;
	}
	while (at < model->history.count && model->history.items[at].id != base->id)
		at++;
	now = at < model->history.count ? &model->history.items[at] : NULL;
	while (older ? ++at < model->history.count : at-- > 0) {
		const struct snapshot *next = &model->history.items[at];

		if (next->id == model->saved_id || (model->view && next->id == model->view->id))
			continue;
		if (now && snapshot_equal(now, next))
			continue;
		model_compare_with(model, next->id);
		return;
	}
	model_say(model, false, "%s",
	          older ? _("no older snapshot that differs") : _("no newer snapshot that differs"));
}
