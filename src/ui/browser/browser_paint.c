/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/columns.h"

#define SHORT_TITLE 70    /* below, the program's name goes */
#define BOTH_MEASURES 100 /* from so many cells on the totals are told on disk and apparent */
#define LABEL_CELLS 24
#define LABEL_BYTES 128
#define LONG_PATH 8192 /* bytes */

/* ---- title and totals ---- */

static void live_state(const struct model *model, char *out, size_t size)
{
	const struct watcher_status *status = &model->live_status;
	char followed[TEXT_FIGURE], all[TEXT_FIGURE];

	if (model_live_limited(model))
		snprintf(out, size, _("[live %s of %s folders]"), text_count(followed, status->notify.watched),
		         text_count(all, status->directories));
	else
		snprintf(out, size, "%s", _("[live]"));
}

/** " upgrade": the name that a snapshot was given, made safe and shortened; "" = none. */
static const char *label_of(const struct model *model, int64_t id, char out[LABEL_BYTES])
{
	const struct snapshot *snapshot = model_snapshot(model, id);
	struct buf shown = {0};

	out[0] = 0;
	if (snapshot && snapshot->label &&
	    text_name(&shown, snapshot->label, strlen(snapshot->label), model->ascii, LABEL_CELLS) == 0 && shown.data)
		snprintf(out, LABEL_BYTES, " %s", shown.data);
	buf_free(&shown);
	return out;
}

static void title_state(const struct browser *browser, const struct model *model, char *out, size_t size)
{
	char when[TEXT_FIGURE], label[LABEL_BYTES];

	out[0] = 0;
	if (model->view)
		snprintf(out, size, "[#%lld%s, %s]", (long long)model->view->id,
		         label_of(model, model->view->id, label), text_time(when, model->view->taken_at));
	else if (model_gone(model))
		snprintf(out, size, "%s", _("[gone]"));
	else if (browser->place.gone)
		snprintf(out, size, _("[gone since #%lld]"), (long long)(model->baseline ? model->baseline->id : 0));
	else if (!model->tree)
		snprintf(out, size, "%s", _("[opening]"));
	else if (model_remembered(model) && model->remembered->taken_at)
		snprintf(out, size, _("[as of %s ago, scanning]"),
		         text_age(when, model->remembered->taken_at, clock_wall_s()));
	else if (model->scanning)
		snprintf(out, size, "%s", _("[scanning]"));
	else if (model->partial)
		snprintf(out, size, "%s", _("[ended early]"));
	else if (model->rereading)
		snprintf(out, size, "%s", _("[reading again]"));
	else if (browser->sorting && !model->live)
		snprintf(out, size, "%s", _("[sorting]"));
	else if (model->start && model->start->tree_name)
		snprintf(out, size, "[%.40s%s%s]", model->start->tree_name, model->start->tree_time ? ", " : "",
		         model->start->tree_time ? text_time(when, model->start->tree_time) : "");
	else if (model->save == SAVE_RUNNING)
		snprintf(out, size, "%s", _("[saving]"));
	else if (model->live && model->save != SAVE_RETRY && model->save != SAVE_FAILED)
		live_state(model, out, size);
	else if (model->save == SAVE_DONE)
		snprintf(out, size, _("[saved #%lld]"), (long long)model->saved_id);
	else if (model->save == SAVE_RETRY || model->save == SAVE_FAILED)
		snprintf(out, size, "%s", _("[not saved]"));
}

static void paint_title(const struct browser *browser, const struct model *model, struct canvas *canvas)
{
	struct buf path = {0};
	char state[256], label[LABEL_BYTES];
	const char *flat = !browser->flat                                   ? ""
	                 : browser_growth(browser, model) == GROWTH_OFF     ? _(" (files below)")
	                 : browser_growth(browser, model) == GROWTH_WRITTEN ? _(" (files written)")
	                                                                    : _(" (files that grew)");
	int col = 1, end = canvas->cols - 1;

	title_state(browser, model, state, sizeof(state));
	canvas_fill(canvas, 0, 0, canvas->cols, ROLE_TITLE, ' ');
	if (model->view && canvas_width(state) >= canvas->cols / 2) /* a long name: it tells more than the time */
		snprintf(state, sizeof(state), "[#%lld%s]", (long long)model->view->id,
		         label_of(model, model->view->id, label));
	if (*state && canvas_width(state) < canvas->cols / 2)
		end = canvas_right(canvas, 0, canvas->cols - 1, ROLE_TITLE, state);
	if (canvas->cols >= SHORT_TITLE)
		col = canvas_text(canvas, 0, col, ROLE_TITLE, "disktracker") + 2;
	if (model->tree && browser->placed && browser_path(browser, model, &path) == 0) {
		/* Of a very long path only the end is shown: measuring all of it takes too long. */
		size_t skip = path.length > LONG_PATH ? path.length - LONG_PATH : 0;

		if (skip)
			col = canvas_text(canvas, 0, col, ROLE_TITLE, "...");
		col = canvas_name(canvas, 0, col, end - 1 - col - canvas_width(flat), ROLE_TITLE,
		                  path.data ? path.data + skip : "/", path.data ? path.length - skip : 1);
		canvas_text(canvas, 0, col, ROLE_TITLE, "%s", flat);
	} else if (model->start && model->start->path) {
		canvas_name(canvas, 0, col, end - 1 - col, ROLE_TITLE, model->start->path, strlen(model->start->path));
	}
	buf_free(&path);
}

/** How full the file system is, as much of it as fits. */
static void paint_usage(const struct model *model, struct canvas *canvas, int row, int left)
{
	const struct usage *usage = &model->usage;
	char text[3][160], figure[TEXT_FIGURE];
	bool inodes = usage->inode_percent >= 90 && usage->inode_percent > usage->percent;

	if (!usage->known || model->view || (model->start && model->start->tree_name))
		return;
	if (inodes) {
		snprintf(text[0], sizeof(text[0]), _("%s inodes %d%%, %s free"), usage->mount, usage->inode_percent,
		         text_count(figure, usage->free_inodes));
		snprintf(text[1], sizeof(text[1]), _("%s inodes %d%%"), usage->mount, usage->inode_percent);
		snprintf(text[2], sizeof(text[2]), _("inodes %d%%"), usage->inode_percent);
	} else {
		text_size(figure, usage->free_bytes, model->settings.si);
		snprintf(text[0], sizeof(text[0]), _("%s %d%% full, %s free"), usage->mount, usage->percent, figure);
		snprintf(text[1], sizeof(text[1]), _("%s %d%%, %s free"), usage->mount, usage->percent, figure);
		snprintf(text[2], sizeof(text[2]), "%s %d%%", usage->mount, usage->percent);
	}
	for (int i = 0; i < 3; i++)
		if (left + 2 + canvas_width(text[i]) < canvas->cols) {
			canvas_right(canvas, row, canvas->cols - 1,
			             usage->percent >= 95 || inodes ? ROLE_WARN : ROLE_TEXT, text[i]);
			return;
		}
}

static const char *window_name(int64_t seconds)
{
	return seconds <= 3600          ? _("1 h")
	     : seconds <= 24 * 3600     ? _("24 h")
	     : seconds <= 7 * 24 * 3600 ? _("7 d")
	                                : _("30 d");
}

/** "live +312.0 MiB in 2 min, 2.6 MiB/s" */
static int paint_live_total(const struct browser *browser, const struct model *model, struct canvas *canvas, int row,
                            int col, const struct row *total)
{
	int64_t seconds = clock_wall_s() - live_growth_since(watcher_live(model->watcher)),
		rate = live_rate_now(&browser->live_rate, model->now_ns);
	char figure[TEXT_FIGURE], span[TEXT_FIGURE];

	if (seconds < 1)
		seconds = 1;
	col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", _("live")) + 1;
	if (!total->live_bytes) {
		col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", _("no change"));
		return trust_paint(canvas, row, col, total->live_trust);
	}
	col = canvas_text(canvas, row, col, ROLE_LIVE, "%s", text_delta(figure, total->live_bytes, model->settings.si));
	col = trust_paint(canvas, row, col, total->live_trust) + 1;
	col = canvas_text(canvas, row, col, ROLE_TEXT, _("in %s"), text_span(span, seconds));
	return canvas_text(canvas, row, col, ROLE_TEXT, _(", %s/s"),
	                   rate < 0 ? text_delta(figure, rate, model->settings.si)
	                            : text_size(figure, (uint64_t)rate, model->settings.si));
}

/** What the folder holds; where there is room, on disk and by its files' lengths. */
static int paint_measures(const struct model *model, struct canvas *canvas, int row, const struct row *total)
{
	bool both = canvas->cols >= BOTH_MEASURES, si = model->settings.si;
	char figure[TEXT_FIGURE];
	int col;

	if (model->settings.by_items) {
		col = canvas_text(canvas, row, 1, ROLE_SIZE, "%s", text_count(figure, total->items));
		col = trust_paint(canvas, row, col, total->trust);
		return canvas_text(canvas, row, col + 1, ROLE_TEXT, "%s", ngettext("item", "items", total->items));
	}

	col = canvas_size(canvas, row, 1, text_size(figure, both ? total->alloc_bytes : total->bytes, si));
	col = trust_paint(canvas, row, col, total->trust);
	if (!both)
		return col;
	col = canvas_text(canvas, row, col + 1, ROLE_TEXT, "%s", _("disk,")) + 1;
	col = canvas_size(canvas, row, col, text_size(figure, total->apparent_bytes, si));
	col = trust_paint(canvas, row, col, total->trust);
	return canvas_text(canvas, row, col + 1, ROLE_TEXT, "%s", _("apparent"));
}

/** What the folder holds by the measure of its rows. */
static uint64_t total_by_rows(const struct browser *browser, const struct model *model)
{
	const struct row *total = &browser->total;

	return browser_by_items(browser, model) ? total->items
	     : model->settings.apparent         ? total->apparent_bytes
	                                        : total->alloc_bytes;
}

/** The filter's sums from `col` on, its text at the right edge. */
static void paint_filter(const struct browser *browser, const struct model *model, struct canvas *canvas, int row,
                         int col)
{
	const struct listing *listing = &browser->listing;
	char shown[TEXT_FIGURE], all[TEXT_FIGURE], size[TEXT_FIGURE], sums[3 * TEXT_FIGURE + 32];
	uint64_t most = total_by_rows(browser, model);
	struct buf pattern = {0}, text = {0};
	int room;

	if (*browser->terms_wrong.text) {
		room = canvas->cols - 1 - col;
		if (room > 0 &&
		    text_shorten(&text, browser->terms_wrong.text, strlen(browser->terms_wrong.text), room) == 0 &&
		    text.data)
			canvas_right(canvas, row, canvas->cols - 1, ROLE_WARN, text.data);
		buf_free(&text);
		return;
	}
	text_count(shown, listing->count);
	text_count(all, listing->count + listing->filtered);
	/* Linked files may be in several rows: together they are no more than the folder. */
	browser_measure(browser, model, size, listing->shown_bytes < most ? listing->shown_bytes : most);
	snprintf(sums, sizeof(sums), _("%s of %s shown, %s"), shown, all, size);
	buf_printf(&pattern, _("filter: %s"), browser->prompt.text);
	if (pattern.data && col + 4 + canvas_width(sums) + canvas_width(pattern.data) >= canvas->cols)
		snprintf(sums, sizeof(sums), _("%s of %s, %s"), shown, all, size);
	if (browser->listed && col + canvas_width(sums) < canvas->cols) {
		col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", sums);
		col = trust_paint(canvas, row, col, listing->shown_trust) + 2;
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

/** "since #41 before-upgrade (3 d)", as much of it as fits. */
static int paint_since(const struct browser *browser, const struct model *model, struct canvas *canvas, int row,
                       int col)
{
	const struct baseline *base = model_base(model);
	char when[TEXT_FIGURE], age[TEXT_FIGURE], label[LABEL_BYTES];
	bool filtered = *browser->prompt.text, narrow = canvas->cols < SHORT_TITLE;

	text_time(when, base->taken_at);
	when[10] = 0; /* the date */
	text_age(age, base->taken_at, clock_wall_s());
	label_of(model, base->id, label);
	if (filtered && narrow)
		return col - 1; /* the filter's sums need the room */
	if (*label)
		return canvas_text(canvas, row, col, ROLE_TEXT, _("since #%lld%s (%s)"), (long long)base->id, label,
		                   age);
	if (narrow || filtered)
		return canvas_text(canvas, row, col, ROLE_TEXT, _("since #%lld (%s)"), (long long)base->id, age);
	return canvas_text(canvas, row, col, ROLE_TEXT, _("since #%lld (%s, %s)"), (long long)base->id, when, age);
}

/** How much it grew, and since when. */
static int paint_growth_total(const struct browser *browser, const struct model *model, struct canvas *canvas, int row,
                              int col)
{
	bool written = browser_growth(browser, model) == GROWTH_WRITTEN, si = model->settings.si;
	const struct row *total = &browser->total;
	int64_t bytes = total->growth_bytes;
	char figure[TEXT_FIGURE];

	if (!total->growth_blank && written)
		col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", text_size(figure, (uint64_t)bytes, si));
	else if (!total->growth_blank)
		col = canvas_text(canvas, row, col,
		                  bytes > 0   ? ROLE_GROW
		                  : bytes < 0 ? ROLE_SHRINK
		                              : ROLE_TEXT,
		                  "%s",
		                  !bytes                     ? _("no growth")
		                  : model->settings.by_items ? text_count_delta(figure, bytes)
		                                             : text_delta(figure, bytes, si));
	col = trust_paint(canvas, row, col, total->growth_trust) + 1;
	if (written)
		return canvas_text(canvas, row, col, ROLE_TEXT, _("written in %s"),
		                   window_name(model->written_window_s));
	if (!model_base(model))
		return canvas_text(canvas, row, col, ROLE_TEXT, "%s",
		                   model->view ? _("nothing before it to compare with")
		                               : _("looking for earlier snapshots"));
	col = paint_since(browser, model, canvas, row, col);
	if (total->errors && !*browser->prompt.text)
		col = canvas_text(canvas, row, col, ROLE_FLAG, _(", %s unreadable"), text_count(figure, total->errors));
	return col;
}

static void paint_totals(const struct browser *browser, const struct model *model, struct canvas *canvas, int row)
{
	enum growth_kind kind = browser_growth(browser, model);
	bool live = browser_live(browser, model) && (kind == GROWTH_OFF || browser->sort == SORT_LIVE);
	bool filtered = *browser->prompt.text;
	const struct row *total = &browser->total;
	char figure[TEXT_FIGURE], all[TEXT_FIGURE];
	size_t found = browser->listing.count + browser->listing.filtered;
	int col;

	if (!model->tree || !browser->placed) {
		paint_usage(model, canvas, row, 0);
		return;
	}
	col = paint_measures(model, canvas, row, total) + 2;
	if (live) {
		col = paint_live_total(browser, model, canvas, row, col, total);
	} else if (kind != GROWTH_OFF) {
		col = paint_growth_total(browser, model, canvas, row, col);
	} else if (filtered) {
		col -= 2; /* the filter's sums are there */
	} else if (browser->flat && browser->listing.filtered) {
		col = canvas_text(canvas, row, col, ROLE_TEXT, _("%s of %s files below"),
		                  text_count(figure, browser->listing.count), text_count(all, found));
	} else if (browser->flat) {
		col = canvas_text(canvas, row, col, ROLE_TEXT, ngettext("%s file below", "%s files below", found),
		                  text_count(figure, found));
	} else {
		if (model->settings.by_items)
			col = canvas_size(canvas, row, col, text_size(figure, total->alloc_bytes, model->settings.si));
		else
			col = canvas_text(canvas, row, col, ROLE_TEXT, ngettext("%s item", "%s items", total->items),
			                  text_count(figure, total->items));
		if (total->errors && !model->view)
			col = canvas_text(canvas, row, col + 2, ROLE_FLAG, _("%s unreadable"),
			                  text_count(figure, total->errors));
	}
	if (filtered)
		paint_filter(browser, model, canvas, row, col + 2);
	else
		paint_usage(model, canvas, row, col);
}

/* ---- rows ---- */

/** Why a flat list is empty. */
static const char *flat_words(const struct browser *browser, const struct model *model)
{
	bool grown = browser_growth(browser, model) == GROWTH_SINCE;

	if (grown && (model->scanning || model->partial))
		return model->partial ? _("the scan was ended before it was whole: what grew is not known")
		                      : _("what grew is told when everything has been read");
	if (grown && !model_base(model))
		return _("nothing before it to compare with");
	if (!browser->listed || !browser->listing.complete || model_flat_searches(model))
		return _("searching");
	if (*browser->prompt.text)
		return _("nothing matches the filter");
	return grown ? _("no file grew") : _("no files below");
}

static void paint_list(const struct browser *browser, const struct model *model, struct canvas *canvas,
                       const struct browser_layout *layout, const struct column_layout *columns)
{
	struct columns_frame frame = {.columns = columns,
	                              .browser = browser,
	                              .model = model,
	                              .growth = browser_growth(browser, model)};
	char figure[TEXT_FIGURE];

	if (!model->tree || !browser->placed)
		return;
	if (!browser->listed || !browser->listing.count) {
		const char *text = browser->listed && browser->listing.unreadable ? _("this folder cannot be read")
		                                                                  : _("empty");
		bool unread = browser->place.dir != DIR_NONE && !tree_block(model->tree, browser->place.dir);

		if (browser->flat)
			text = flat_words(browser, model);
		else if (browser->sorting)
			text = _("sorting");
		else if (browser->listed && browser->listing.left_out)
			text = *browser->prompt.text ? _("nothing matches the filter")
			                             : _("only hidden entries: e shows them");
		else if (!browser->listed || !browser->listing.files_ready || (unread && model->scanning))
			text = _("reading");
		if (canvas->spoken)
			canvas->cursor_row = layout->list;
		if (layout->list_rows)
			canvas_text(canvas, layout->list, columns->name + 1 < canvas->cols - 12 ? columns->name + 1 : 1,
			            ROLE_PARTIAL, "%s", text);
		return;
	}
	frame.total_bytes = total_by_rows(browser, model);
	for (int i = 0; i < layout->list_rows && browser->top + (size_t)i < browser->listing.count; i++) {
		size_t at = browser->top + (size_t)i;
		int screen_row = layout->list + i;

		if (at - browser->shown_first < browser->shown_count &&
		    browser->shown[at - browser->shown_first].name_length)
			columns_row(&frame, canvas, screen_row, &browser->shown[at - browser->shown_first]);
		if (at == browser->cursor)
			canvas_mark(canvas, screen_row, 0, canvas->cols, ATTR_CURSOR);
	}
	/* More below or above than the screen shows: said in the heads, where nothing else is. */
	if (layout->heads >= 0 && browser->listing.count > (size_t)layout->list_rows) {
		char where[80];

		snprintf(where, sizeof(where), "%s/", text_count(figure, browser->cursor + 1));
		snprintf(where + strlen(where), sizeof(where) - strlen(where), "%s",
		         text_count(figure, browser->listing.count));
		if (columns->name + 8 + canvas_width(where) < canvas->cols)
			canvas_right(canvas, layout->heads, canvas->cols - 1, ROLE_PARTIAL, where);
	}
}

void browser_paint(const void *state, const struct model *model, struct canvas *canvas)
{
	const struct browser *browser = state;
	struct browser_layout layout = browser_layout(model);
	struct column_layout columns = columns_arrange(browser, model, canvas->cols);

	paint_title(browser, model, canvas);
	if (layout.totals >= 0)
		paint_totals(browser, model, canvas, layout.totals);
	if (layout.heads >= 0)
		columns_heads(&columns, browser, model, canvas, layout.heads);
	paint_list(browser, model, canvas, &layout, &columns);
	browser_paint_status(browser, model, canvas, layout.status);
	if (layout.keys >= 0)
		browser_paint_keys(browser, model, canvas, layout.keys);
}
