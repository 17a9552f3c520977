/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/columns.h"

#define SHORT_TITLE 70   /* below, the program's name goes */
#define BOTH_MEASURES 100 /* from so many cells on the totals are told on disk and apparent */
#define LABEL_CELLS 24
#define LABEL_BYTES 128
#define LONG_PATH 8192   /* bytes */
#define SILENT_NS 5000000000

struct browser_layout browser_layout(const struct model *model)
{
	struct browser_layout layout = {-1, -1, 1, 0, 0, -1};
	int bottom = model->rows;

	if (action_row(model->rows) >= 0)
		layout.keys = --bottom;
	layout.status = --bottom;
	if (model->rows >= 10)
		layout.totals = layout.list++;
	if (model->rows >= 8)
		layout.heads = layout.list++;
	layout.list_rows = bottom > layout.list ? bottom - layout.list : 0;
	return layout;
}

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
	struct buf safe = {0}, shown = {0};

	out[0] = 0;
	if (snapshot && snapshot->label &&
	    text_safe(&safe, snapshot->label, strlen(snapshot->label), model->ascii) == 0 &&
	    text_shorten(&shown, safe.data ? safe.data : "", safe.length, LABEL_CELLS) == 0 && shown.data)
		snprintf(out, LABEL_BYTES, " %s", shown.data);
	buf_free(&safe);
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
	else if (model_last(model) && model->last->taken_at)
		snprintf(out, size, _("[as of %s ago, scanning]"),
		         text_age(when, model->last->taken_at, clock_wall_s()));
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
	int col = 1, end = canvas->cols - 1;

	title_state(browser, model, state, sizeof state);
	canvas_fill(canvas, 0, 0, canvas->cols, ROLE_TITLE, ' ');
	if (model->view && canvas_width(state) >= canvas->cols / 2) /* a long name: it tells more than the time */
		snprintf(state, sizeof state, "[#%lld%s]", (long long)model->view->id,
		         label_of(model, model->view->id, label));
	if (*state && canvas_width(state) < canvas->cols / 2)
		end = canvas_right(canvas, 0, canvas->cols - 1, ROLE_TITLE, state);
	if (canvas->cols >= SHORT_TITLE)
		col = canvas_text(canvas, 0, col, ROLE_TITLE, "disktracker") + 2;
	if (model->tree && browser->placed && browser_path(browser, model, &path) == 0) {
		/* Of a path a mile long only the end is looked at. */
		size_t skip = path.length > LONG_PATH ? path.length - LONG_PATH : 0;

		if (skip)
			col = canvas_text(canvas, 0, col, ROLE_TITLE, "...");
		canvas_name(canvas, 0, col, end - 1 - col, ROLE_TITLE, path.data ? path.data + skip : "/",
		            path.data ? path.length - skip : 1);
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
		snprintf(text[0], sizeof text[0], _("%s inodes %d%%, %s free"), usage->mount, usage->inode_percent,
		         text_count(figure, usage->free_inodes));
		snprintf(text[1], sizeof text[1], _("%s inodes %d%%"), usage->mount, usage->inode_percent);
		snprintf(text[2], sizeof text[2], _("inodes %d%%"), usage->inode_percent);
	} else {
		text_size(figure, usage->free_bytes, model->settings.si);
		snprintf(text[0], sizeof text[0], _("%s %d%% full, %s free"), usage->mount, usage->percent, figure);
		snprintf(text[1], sizeof text[1], _("%s %d%%, %s free"), usage->mount, usage->percent, figure);
		snprintf(text[2], sizeof text[2], "%s %d%%", usage->mount, usage->percent);
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
static int live_total(const struct browser *browser, const struct model *model, struct canvas *canvas, int row, int col,
                      const struct row *total)
{
	int64_t seconds = clock_wall_s() - watcher_zero_time(model->watcher),
		rate = live_rate_now(&browser->live_rate, model->now_ns);
	char figure[TEXT_FIGURE], span[TEXT_FIGURE];

	if (seconds < 1)
		seconds = 1;
	col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", _("live")) + 1;
	if (!total->live_bytes) {
		col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", _("no change"));
		return canvas_text(canvas, row, col, columns_mark_role(total->live_trust), "%s",
		                   columns_mark(total->live_trust));
	}
	col = canvas_text(canvas, row, col, ROLE_LIVE, "%s", text_delta(figure, total->live_bytes, model->settings.si));
	col = canvas_text(canvas, row, col, columns_mark_role(total->live_trust), "%s",
	                  columns_mark(total->live_trust)) +
	      1;
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

	col = canvas_size(canvas, row, 1, text_size(figure, both ? total->alloc_bytes : total->bytes, si));
	col = canvas_text(canvas, row, col, columns_mark_role(total->trust), "%s", columns_mark(total->trust));
	if (!both)
		return col;
	col = canvas_text(canvas, row, col + 1, ROLE_TEXT, "%s", _("disk,")) + 1;
	col = canvas_size(canvas, row, col, text_size(figure, total->apparent_bytes, si));
	col = canvas_text(canvas, row, col, columns_mark_role(total->trust), "%s", columns_mark(total->trust));
	return canvas_text(canvas, row, col + 1, ROLE_TEXT, "%s", _("apparent"));
}

static void paint_totals(const struct browser *browser, const struct model *model, struct canvas *canvas, int row)
{
	const struct baseline *base = model_base(model);
	enum growth_kind kind = browser_growth(browser, model);
	char figure[TEXT_FIGURE], when[TEXT_FIGURE], age[TEXT_FIGURE], label[LABEL_BYTES];
	bool columns_live = browser_live(browser, model) && (kind == GROWTH_OFF || browser->sort == SORT_LIVE);
	bool filtered = *browser->prompt.text;
	const struct row *total = &browser->total;
	int col;

	if (!model->tree || !browser->placed) {
		paint_usage(model, canvas, row, 0);
		return;
	}
	col = paint_measures(model, canvas, row, total) + 2;
	if (columns_live) {
		col = live_total(browser, model, canvas, row, col, total);
	} else if (kind == GROWTH_OFF && filtered) {
		col -= 2; /* the filter's sums are there */
	} else if (kind == GROWTH_OFF) {
		col = canvas_text(canvas, row, col, ROLE_TEXT, ngettext("%s item", "%s items", total->items),
		                  text_count(figure, total->items));
		if (total->errors && !model->view)
			col = canvas_text(canvas, row, col + 2, ROLE_FLAG, _("%s unreadable"),
			                  text_count(figure, total->errors));
	} else {
		if (!total->growth_blank && kind == GROWTH_WRITTEN)
			col = canvas_text(canvas, row, col, ROLE_TEXT, "%s",
			                  text_size(figure, (uint64_t)total->growth_bytes, model->settings.si));
		else if (!total->growth_blank)
			col = canvas_text(canvas, row, col,
			                  total->growth_bytes > 0   ? ROLE_GROW
			                  : total->growth_bytes < 0 ? ROLE_SHRINK
			                                            : ROLE_TEXT,
			                  "%s",
			                  total->growth_bytes
			                          ? text_delta(figure, total->growth_bytes, model->settings.si)
			                          : _("no growth"));
		col = canvas_text(canvas, row, col, columns_mark_role(total->growth_trust), "%s",
		                  columns_mark(total->growth_trust)) +
		      1;
		if (kind == GROWTH_WRITTEN) {
			col = canvas_text(canvas, row, col, ROLE_TEXT, _("written in %s"),
			                  window_name(model->written_window_s));
		} else if (base) {
			text_time(when, base->taken_at);
			when[10] = 0; /* the date */
			text_age(age, base->taken_at, clock_wall_s());
			label_of(model, base->id, label);
			if (filtered && canvas->cols < SHORT_TITLE)
				col--; /* the filter's sums need the room */
			else if (*label)
				col = canvas_text(canvas, row, col, ROLE_TEXT, _("since #%lld%s (%s)"),
				                  (long long)base->id, label, age);
			else
				col = canvas->cols < SHORT_TITLE || filtered
				            ? canvas_text(canvas, row, col, ROLE_TEXT, _("since #%lld (%s)"),
				                          (long long)base->id, age)
				            : canvas_text(canvas, row, col, ROLE_TEXT, _("since #%lld (%s, %s)"),
				                          (long long)base->id, when, age);
			if (total->errors && !filtered)
				col = canvas_text(canvas, row, col, ROLE_FLAG, _(", %s unreadable"),
				                  text_count(figure, total->errors));
		} else {
			col = canvas_text(canvas, row, col, ROLE_TEXT, "%s",
			                  model->view ? _("nothing before it to compare with")
			                              : _("looking for earlier snapshots"));
		}
	}
	if (filtered)
		browser_paint_filter(browser, model, canvas, row, col + 2);
	else
		paint_usage(model, canvas, row, col);
}

/* ---- rows ---- */

static void paint_list(const struct browser *browser, const struct model *model, struct canvas *canvas,
                       const struct browser_layout *layout, const struct columns *columns)
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

		if (browser->sorting)
			text = _("sorting");
		else if (browser->listed && browser->listing.left_out)
			text = *browser->prompt.text ? _("nothing matches the filter")
			                             : _("only hidden entries: e shows them");
		else if (!browser->listed || !browser->listing.files_ready || (unread && model->scanning))
			text = _("reading");
		if (layout->list_rows)
			canvas_text(canvas, layout->list, columns->name + 1 < canvas->cols - 12 ? columns->name + 1 : 1,
			            ROLE_PARTIAL, "%s", text);
		return;
	}
	frame.total_bytes = browser->total.bytes;
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

		snprintf(where, sizeof where, "%s/", text_count(figure, browser->cursor + 1));
		snprintf(where + strlen(where), sizeof where - strlen(where), "%s",
		         text_count(figure, browser->listing.count));
		if (columns->name + 8 + canvas_width(where) < canvas->cols)
			canvas_right(canvas, layout->heads, canvas->cols - 1, ROLE_PARTIAL, where);
	}
}

/* ---- status ---- */

/** The cursor row's marks in words. */
static void explain(const struct browser *browser, const struct model *model, struct buf *out)
{
	struct buf safe = {0}, shown = {0};
	const char *what = NULL;
	struct row row;

	if (!browser_row(browser, &row))
		return;
	switch (row.flag) {
	case '!': what = row.is_dir ? _("cannot be read") : _("cannot be examined"); break;
	case '.': what = _("something below cannot be read"); break;
	case '<':
		what = row.dir_flags & DIR_CACHE ? _("left out: a cache by its CACHEDIR.TAG")
		                                 : _("left out by a pattern");
		break;
	case '>': what = _("another file system, not entered"); break;
	case '^': what = _("a kernel file system, not entered"); break;
	case '@': what = row.type == NODE_SYMLINK ? _("symbolic link") : _("device, pipe or socket"); break;
	case 'H': what = _("has other hard links"); break;
	default: break;
	}
	if (row.seen_gone) {
		char figure[TEXT_FIGURE], age[TEXT_FIGURE];

		buf_printf(out, _("gone in the last %s; it had %s"),
		           text_span(age, clock_wall_s() - watcher_zero_time(model->watcher)),
		           text_size(figure, model->settings.apparent ? row.apparent_bytes : row.alloc_bytes,
		                     model->settings.si));
	} else if (row.origin == ROW_GHOST) {
		char figure[TEXT_FIGURE];

		buf_printf(out, _("gone since #%lld; it had %s"),
		           (long long)(model_base(model) ? model_base(model)->id : 0),
		           text_size(figure, model->settings.apparent ? row.apparent_bytes : row.alloc_bytes,
		                     model->settings.si));
	} else if (what) {
		buf_str(out, what);
	}
	if (model->live_status.unsettled && row.trust == TRUST_UNKNOWN)
		buf_printf(out, "%s%s", out->length ? ", " : "", _("events were lost, being read again"));
	else if (row.growth_trust == TRUST_UNKNOWN && browser->growth)
		buf_printf(out, "%s%s", out->length ? ", " : "", _("growth unknown"));
	else if (row.polled)
		buf_printf(out, "%s%s", out->length ? ", " : "",
		           row.is_dir ? _("not every folder in it has a watch: looked at in turn")
		                      : _("its folder has no watch: looked at in turn"));
	else if (model->rereading && row.trust == TRUST_OLD)
		buf_printf(out, "%s%s", out->length ? ", " : "", _("as it was: being read again"));
	else if (!model->scanning && row.trust == TRUST_OLD)
		buf_printf(out, "%s%s", out->length ? ", " : "", _("an old figure"));
	if (out->length && text_safe(&safe, row.name, row.name_length, model->ascii) == 0 &&
	    text_shorten(&shown, safe.data ? safe.data : "", safe.length, 40) == 0) {
		struct buf whole = {0};

		buf_printf(&whole, "%s%s: %s", row.is_dir ? "/" : "", shown.data ? shown.data : "", out->data);
		buf_free(out);
		*out = whole;
	}
	buf_free(&safe);
	buf_free(&shown);
}

/** Growth is shown and there is none: which older snapshot would show some. */
static void nothing_grew(const struct browser *browser, const struct model *model, struct buf *out)
{
	const struct baseline *base = model_base(model);
	const struct listing *listing = &browser->listing;
	const struct snapshot *now = base ? model_snapshot(model, base->id) : NULL;
	char age[TEXT_FIGURE], figure[TEXT_FIGURE];
	bool older = false;

	if (!base || browser->place.last || !browser->listed || !listing->complete || !listing->matched ||
	    !listing->files_ready || listing->changed || listing->unreadable)
		return;
	buf_printf(out, _("nothing grew since #%lld, %s ago"), (long long)base->id,
	           text_age(age, base->taken_at, clock_wall_s()));
	for (size_t i = 0; now && i < model->history.count; i++) {
		const struct snapshot *snapshot = &model->history.items[i];

		if (older && !snapshot_equal(snapshot, now)) {
			buf_printf(out, _("   [ = #%lld, %s"), (long long)snapshot->id,
			           text_age(age, snapshot->finished_at, clock_wall_s()));
			/* What could not be read on a side has not shrunk. */
			if (!browser->relative.length && !*base->prefix && !model->view && !browser->total.errors &&
			    !snapshot->error_count)
				buf_printf(out, ": %s",
				           text_delta(figure,
				                      figure_growth(model->settings.apparent ? snapshot->apparent_bytes
				                                                             : snapshot->total_bytes,
				                                    browser->total.bytes),
				                      model->settings.si));
			return;
		}
		older |= snapshot == now;
	}
}

/** "412 k" */
static void rate(char *out, size_t size, double per_second)
{
	if (per_second >= 1e6)
		snprintf(out, size, "%.1f M", per_second / 1e6);
	else if (per_second >= 1e4)
		snprintf(out, size, "%.0f k", per_second / 1e3);
	else
		snprintf(out, size, "%.0f", per_second);
}

static void paint_status(const struct browser *browser, const struct model *model, struct canvas *canvas, int row)
{
	const struct scan_progress *progress = &model->progress;
	bool by_baseline = model->scanning && progress->fraction >= 0;
	char left[TEXT_FIGURE], text[192], speed[32];
	struct buf words = {0}, safe = {0}, shown = {0};
	int end = canvas->cols - 1, col = 1;

	if (browser->filtering) {
		prompt_paint(&browser->prompt, canvas, row, _("filter: "));
		return;
	}
	if (browser->asking) {
		if (model->scanning && by_baseline && progress->fraction > 0.01) {
			text_span(left, (int64_t)((double)progress->elapsed_ns / 1e9 * (1 - progress->fraction) /
			                          progress->fraction) +
			                        1);
			canvas_text(canvas, row, 1, ROLE_WARN,
			            _("%d %%, %s left, nothing saved. Quit? y/N   s keeps what was read"),
			            (int)(progress->fraction * 100), left);
		} else if (model->scanning) {
			canvas_text(canvas, row, 1, ROLE_WARN, "%s",
			            _("the scan is running, nothing saved. Quit? y/N   s keeps what was read"));
		} else {
			canvas_text(canvas, row, 1, ROLE_WARN, "%s", _("Quit? y/N"));
		}
		return;
	}
	if (by_baseline) {
		if (progress->fraction > 0.01 && progress->elapsed_ns > 500000000)
			snprintf(text, sizeof text, _("%d%% checked, %s left"), (int)(progress->fraction * 100),
			         text_span(left, (int64_t)((double)progress->elapsed_ns / 1e9 *
			                                   (1 - progress->fraction) / progress->fraction) +
			                                 1));
		else
			snprintf(text, sizeof text, _("%d%% checked"), (int)(progress->fraction * 100));
		end = canvas_right(canvas, row, canvas->cols - 1, ROLE_TEXT, text) - 2;
	}
	if (model->message[0]) {
		buf_str(&words, model->message);
	} else if (model_gone(model) && !model->view) {
		model_gone_words(model, &words);
	} else if (browser->following) {
		if (browser->follow_name[0] && by_baseline)
			buf_printf(&words, _("waiting for %s, %d %%"), browser->follow_name,
			           (int)(progress->fraction * 100));
		else if (browser->follow_name[0])
			buf_printf(&words, _("waiting for %s"), browser->follow_name);
		else
			buf_str(&words, _("following the growth"));
	} else if (model->banner[0]) {
		buf_str(&words, model->banner);
	} else {
		explain(browser, model, &words);
		if (!words.length && model->live_status.unsettled)
			buf_str(&words, _("events were lost, being read again"));
		if (!words.length && browser->listed && browser->listing.unreadable && browser->listing.count)
			buf_str(&words, _("this folder could be read only in part"));
		if (!words.length && browser->growth)
			nothing_grew(browser, model, &words);
	}
	if (!words.length && *browser->prompt.text && browser_layout(model).totals < 0 &&
	    text_safe(&safe, browser->prompt.text, strlen(browser->prompt.text), model->ascii) == 0) {
		buf_printf(&words, _("filter %s   Esc clears it"), safe.data);
		buf_clear(&safe);
	}
	if (words.length) {
		text_shorten(&shown, words.data, words.length, end - 1);
		if (shown.data)
			canvas_put(canvas, row, 1, end - 1,
			           (model->message[0] && model->message_warns) ||
			                           (!model->message[0] && model->banner[0] && !browser->following)
			                   ? ROLE_WARN
			                   : ROLE_TEXT,
			           shown.data, shown.length);
	} else if (model->scanning) {
		double seconds = (double)progress->elapsed_ns / 1e9;

		if (!by_baseline) {
			rate(speed, sizeof speed, seconds > 0.05 ? (double)progress->items / seconds : 0);
			col = canvas_text(canvas, row, 1, ROLE_TEXT, _("%s items/s, %s"), speed,
			                  text_span(left, (int64_t)seconds)) +
			      3;
		}
		if (model->reading.length) {
			/* One that does not answer is named with its time. */
			if (model->now_ns - model->reading_ns > SILENT_NS) {
				snprintf(text, sizeof text, _(", %s"),
				         text_span(left, (model->now_ns - model->reading_ns) / 1000000000));
				end -= canvas_width(text);
			} else {
				text[0] = 0;
			}
			col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", _("reading "));
			col = canvas_name(canvas, row, col, end - col, ROLE_TEXT, model->reading.data,
			                  model->reading.length);
			canvas_text(canvas, row, col, ROLE_WARN, "%s", text);
		}
	}
	buf_free(&words);
	buf_free(&safe);
	buf_free(&shown);
}

void browser_paint(const void *state, const struct model *model, struct canvas *canvas)
{
	const struct browser *browser = state;
	struct browser_layout layout = browser_layout(model);
	struct columns columns = columns_arrange(browser, model, canvas->cols);

	paint_title(browser, model, canvas);
	if (layout.totals >= 0)
		paint_totals(browser, model, canvas, layout.totals);
	if (layout.heads >= 0)
		columns_heads(&columns, browser, model, canvas, layout.heads);
	paint_list(browser, model, canvas, &layout, &columns);
	paint_status(browser, model, canvas, layout.status);
	if (layout.keys >= 0)
		browser_paint_keys(browser, model, canvas, layout.keys);
}
