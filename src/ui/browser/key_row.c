/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key row of the main screen: what the mode it is in lets a person do. */
#include "base/i18n.h"
#include "ui/browser/columns.h"

#define LONG_WORDS 100 /* cells: from there on, no word is cut short */
#define SHORT_WORDS 70 /* cells: below, words are short ones */

/** The keys of the mode, ended by ACTION_NONE. */
static const enum action *keys_of_mode(const struct browser *browser, const struct model *model)
{
	static const enum action typing[] = {ACTION_KEEP, ACTION_BACK, ACTION_NONE};
	static const enum action asking[] = {ACTION_YES, ACTION_KEEP_READ, ACTION_NO, ACTION_NONE};
	static const enum action new_root[] = {ACTION_ENTER,      ACTION_SORT_SIZE,  ACTION_SORT_NAME,
	                                       ACTION_SORT_ITEMS, ACTION_SORT_MTIME, ACTION_FILTER,
	                                       ACTION_INFO,       ACTION_QUIT,       ACTION_NONE};
	static const enum action plain[] = {ACTION_ENTER,      ACTION_GROWTH,     ACTION_SORT_SIZE, ACTION_SORT_NAME,
	                                    ACTION_SORT_ITEMS, ACTION_SORT_MTIME, ACTION_FILTER,    ACTION_SNAPSHOTS,
	                                    ACTION_QUIT,       ACTION_NONE};
	static const enum action followed[] = {ACTION_ENTER,     ACTION_GROWTH,     ACTION_LIVE,       ACTION_SORT_SIZE,
	                                       ACTION_SORT_NAME, ACTION_SORT_ITEMS, ACTION_SORT_MTIME, ACTION_FILTER,
	                                       ACTION_QUIT,      ACTION_SNAPSHOTS,  ACTION_NONE};
	static const enum action by_live[] = {ACTION_LIVE, ACTION_LIVE_ZERO, ACTION_FOLLOW, ACTION_GROWTH, ACTION_FLAT,
	                                      ACTION_INFO, ACTION_DELETE,    ACTION_ENTER,  ACTION_QUIT,   ACTION_NONE};
	static const enum action flat[] = {ACTION_ENTER,      ACTION_FLAT,      ACTION_GROWTH,
	                                   ACTION_FILTER,     ACTION_SORT_SIZE, ACTION_SORT_NAME,
	                                   ACTION_SORT_MTIME, ACTION_INFO,      ACTION_NONE};
	static const enum action by_growth[] = {ACTION_GROWTH,  ACTION_OLDER, ACTION_NEWER,     ACTION_FOLLOW,
	                                        ACTION_EXPLAIN, ACTION_FLAT,  ACTION_SNAPSHOTS, ACTION_DELETE,
	                                        ACTION_ENTER,   ACTION_INFO,  ACTION_QUIT,      ACTION_NONE};
	static const enum action marked[] = {ACTION_MARK, ACTION_MARK_SHOWN, ACTION_DELETE, ACTION_COPY,
	                                     ACTION_BACK, ACTION_ENTER,      ACTION_QUIT,   ACTION_NONE};
	static const enum action filtered[] = {ACTION_FILTER,    ACTION_BACK,      ACTION_ENTER,      ACTION_GROWTH,
	                                       ACTION_SORT_SIZE, ACTION_SORT_NAME, ACTION_SORT_ITEMS, ACTION_SORT_MTIME,
	                                       ACTION_INFO,      ACTION_NONE};
	static const enum action stored[] = {ACTION_QUIT,      ACTION_ENTER,      ACTION_GROWTH,     ACTION_SORT_SIZE,
	                                     ACTION_SORT_NAME, ACTION_SORT_ITEMS, ACTION_SORT_MTIME, ACTION_FILTER,
	                                     ACTION_INFO,      ACTION_SNAPSHOTS,  ACTION_NONE};
	bool growth = browser_growth(browser, model) != GROWTH_OFF, live = browser_live(browser, model);

	if (browser->filtering)
		return typing;
	if (browser->asking)
		return asking;
	if (model->marks.count && !model->view)
		return marked;
	if (browser->flat)
		return flat;
	if (live && (!growth || browser->sort == SORT_LIVE))
		return by_live;
	if (growth)
		return by_growth;
	if (model->view)
		return stored;
	if (*browser->prompt.text)
		return filtered;
	if (model->live)
		return followed;
	return model->scanning && model->baseline_known && !model->baseline ? new_root : plain;
}

/** What d would do. */
static const char *growth_word(const struct browser *browser, const struct model *model)
{
	if (browser_growth(browser, model) != GROWTH_OFF)
		return browser->sort == SORT_GROWTH ? _("off") : _("sort");
	return model->baseline_known && !model->baseline && !model->view ? _("written") : _("growth");
}

void browser_paint_keys(const struct browser *browser, const struct model *model, struct canvas *canvas, int row)
{
	enum growth_kind kind = browser_growth(browser, model);
	const char *older = canvas->cols < SHORT_WORDS ? _("base") : _("older/newer");
	const char *baseline = kind == GROWTH_WRITTEN ? _("window") : older;
	bool by_live = browser->sort == SORT_LIVE;
	const struct action_word words[] = {
		{ACTION_GROWTH, growth_word(browser, model)},
		{ACTION_OLDER, baseline},
		{ACTION_NEWER, baseline},
		{ACTION_LIVE, !browser_live(browser, model) ? _("live")
	                      : by_live                     ? _("off")
	                                                    : _("sort")},
		{ACTION_EXPLAIN, canvas->cols < SHORT_WORDS ? _("why") : _("explain")},
		{ACTION_BACK, _("clear")},
		{ACTION_ENTER, browser->flat ? _("go there") : _("open")},
		{ACTION_FLAT, browser->flat ? _("folder") : _("files")},
		{ACTION_COPY, _("copy paths")},
		{ACTION_DELETE, canvas->cols < LONG_WORDS ? _("del") : _("delete")},
		{ACTION_YES, _("quit")},
		{ACTION_NO, _("stay")},
		{ACTION_QUIT, model->view ? _("back to now") : _("quit")},
		{ACTION_NONE, NULL},
	};
	bool plain = !browser->filtering && !browser->asking;
	enum action shown[16];
	int count = 0;

	/* Only what would do something. */
	for (const enum action *key = keys_of_mode(browser, model); *key != ACTION_NONE; key++)
		if (*key == ACTION_DELETE      ? model->settings.can_delete
		    : *key == ACTION_KEEP_READ ? model->scanning
		                               : *key != ACTION_SNAPSHOTS || !model->start || !model->start->tree_name)
			shown[count++] = *key;
	action_paint_row(canvas, row, shown, count, words, plain);
}
