/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --screen-reader: what has changed, said in the status line.  Who sees the screen sees it in the title, the heads and
 * the totals; who hears it hears the row of the cursor, and this.
 */
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/columns.h"

#define PATH_CELLS 120

/** "/home/ana/projects: 61.9 GiB, 412 items" */
static void say_place(const struct browser *browser, struct model *model)
{
	const struct row *total = &browser->total;
	struct buf path = {0}, safe = {0};
	char size[TEXT_FIGURE], items[TEXT_FIGURE];

	if (browser_path(browser, model, &path) == 0 &&
	    text_name(&safe, path.data ? path.data : "/", path.data ? path.length : 1, model->ascii, PATH_CELLS) == 0) {
		text_size(size, model->settings.apparent ? total->apparent_bytes : total->alloc_bytes,
		          model->settings.si);
		model_say(model, false, ngettext("%s: %s, %s item", "%s: %s, %s items", total->items), safe.data, size,
		          text_count(items, total->items));
	}
	buf_free(&path);
	buf_free(&safe);
}

static void say_sort(const struct browser *browser, struct model *model)
{
	const char *column = browser->sort == SORT_SIZE                       ? _("size")
	                   : browser->sort == SORT_NAME                       ? _("name")
	                   : browser->sort == SORT_ITEMS                      ? _("items")
	                   : browser->sort == SORT_MTIME                      ? _("changed")
	                   : browser->sort == SORT_LIVE                       ? _("live")
	                   : browser_growth(browser, model) == GROWTH_WRITTEN ? _("written")
	                                                                      : _("growth");
	/* What is usual for it needs no word. */
	bool other_way = browser->sort == SORT_NAME
	                       ? browser->descending
	                       : !browser->descending && browser->sort != SORT_GROWTH && browser->sort != SORT_LIVE;

	model_say(model, false, other_way ? _("sorted by %s, the other way round") : _("sorted by %s"), column);
}

static bool same(const struct announced *a, const struct announced *b)
{
	return place_same(&a->place, &b->place) && a->flat == b->flat && a->filtering == b->filtering &&
	       a->sort == b->sort && a->descending == b->descending && a->columns == b->columns && a->base == b->base &&
	       a->whole == b->whole;
}

void browser_announce(struct browser *browser, struct model *model)
{
	const struct baseline *base = model_base(model);
	struct column_layout columns = columns_arrange(browser, model, model->cols);
	struct announced now = {.place = browser->place,
	                        .flat = browser->flat,
	                        .filtering = browser->filtering,
	                        .sort = browser->sort,
	                        .descending = browser->descending,
	                        .base = base && browser->growth ? base->id : 0,
	                        .whole = !model->scanning && !model->partial},
			 was = browser->announced;
	char age[TEXT_FIGURE];

	for (int i = 0; i < COLUMN_COUNT; i++)
		now.columns |= columns.at[i] ? 1u << i : 0;
	if (!model->settings.spoken || !browser->placed || !browser->listed || (was.ever && same(&now, &was)))
		return;
	now.ever = true;
	browser->announced = now;
	if (!was.ever || *model->message)
		return;
	if (!place_same(&now.place, &was.place) || (now.whole && !was.whole)) {
		say_place(browser, model);
	} else if (was.filtering && !now.filtering && *browser->prompt.text) {
		char shown[TEXT_FIGURE], all[TEXT_FIGURE];

		model_say(model, false, _("%s of %s shown"), text_count(shown, browser->listing.count),
		          text_count(all, browser->listing.count + browser->listing.filtered));
	} else if (now.flat != was.flat) {
		model_say(model, false, "%s",
		          now.flat ? _("the files of everything below") : _("the entries of this folder"));
	} else if (now.sort != was.sort || now.descending != was.descending) {
		say_sort(browser, model);
	} else if (now.base && now.base != was.base) {
		model_say(model, false, _("compared with #%lld, %s ago"), (long long)now.base,
		          text_age(age, base->taken_at, clock_wall_s()));
	} else if (now.columns != was.columns) {
		struct buf heads = {0};

		if (columns_say(&columns, browser, model, &heads) == 0)
			model_say(model, false, _("columns: %s"), heads.data);
		buf_free(&heads);
	}
}
