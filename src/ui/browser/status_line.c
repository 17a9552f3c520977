/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The status line: a prompt, a question, what was said, what is under way, or what the cursor's row has marks for. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/columns.h"
#include "ui/model/model_causes.h"
#include "ui/model/model_remove.h"

#define NAME_CELLS 40
#define SILENT_NS 5000000000
#define WRITERS 3 /* that are named; those who changed most */

/** What a row's flag means, NULL = it has none that needs words. */
static const char *flag_words(const struct row *row, bool spoken)
{
	switch (row->flag) {
	case '!': return row->is_dir ? _("cannot be read") : _("cannot be examined");
	case '.': return _("something below cannot be read");
	case '<':
		return row->dir_flags & DIR_CACHE ? _("left out: a cache by its CACHEDIR.TAG")
		                                  : _("left out by a pattern");
	case '>': return _("another file system, not entered");
	case '^': return _("a kernel file system, not entered");
	case '@': return row->type == NODE_SYMLINK ? _("symbolic link") : _("device, pipe or socket");
	case 'H': return _("has other hard links");
	case 'e': return spoken ? _("an empty folder") : NULL;
	default: return NULL;
	}
}

/** Why its figures are no better than their marks say, NULL = they are. */
static const char *trust_words(const struct browser *browser, const struct model *model, const struct row *row)
{
	if (model->live_status.unsettled && row->trust == TRUST_UNKNOWN)
		return _("events were lost, being read again");
	if (row->growth_trust == TRUST_UNKNOWN && browser->growth)
		return _("growth unknown");
	if (row->unwatched)
		return row->is_dir ? _("not every folder in it has a watch: looked at in turn")
		                   : _("its folder has no watch: looked at in turn");
	if (model->settings.spoken && row->trust == TRUST_PARTIAL)
		return _("being read: it still climbs");
	if (model->settings.spoken && row->trust == TRUST_UNKNOWN)
		return _("unknown: could not be read, then or now");
	if (model->rereading && row->trust == TRUST_OLD)
		return _("as it was: being read again");
	return (!model->scanning || model->settings.spoken) && row->trust == TRUST_OLD ? _("an old figure") : NULL;
}

/** "npm packages, +10.4 of +11.4 GiB here", of a row that grew and whose cause is known. */
static void cause_words(const struct browser *browser, const struct model *model, const struct row *row,
                        struct buf *out)
{
	char part[TEXT_FIGURE], whole[TEXT_FIGURE];
	const char *name = NULL, *unit, *same;

	if (browser_growth(browser, model) != GROWTH_SINCE || row->origin != ROW_LIVE || row->growth_blank ||
	    row->growth_bytes <= 0 || row->growth_bytes == INT64_MAX || browser->place.dir == DIR_NONE ||
	    !model_cause(model, browser->place.dir, row->name, row->name_length, row->is_dir, &name))
		return;
	text_delta(part, row->growth_bytes, model->settings.si);
	buf_str(out, name);
	if (browser->total.growth_blank || browser->total.growth_bytes <= 0 ||
	    browser->total.growth_bytes == INT64_MAX) {
		buf_printf(out, ", %s", part);
		return;
	}
	text_delta(whole, browser->total.growth_bytes, model->settings.si);
	unit = strchr(part, ' ');
	same = strchr(whole, ' ');
	buf_printf(out, _(", %.*s of %s here"),
	           unit && same && !strcmp(unit, same) ? (int)(unit - part) : (int)strlen(part), part, whole);
}

/** "nginx.service +310.9 MiB, logrotate -640.0 MiB": who made what the live column shows, where that is known. */
static void writer_words(const struct browser *browser, const struct model *model, const struct row *row,
                         struct buf *out)
{
	struct live_writer writers[WRITERS];
	dir_id folder = browser->place.dir;
	char figure[TEXT_FIGURE];

	if (!browser->live || !model->watcher || browser->flat || folder == DIR_NONE)
		return;
	size_t count = live_growth_writers(watcher_live(model->watcher), row->dir, folder, row->name,
	                                   row->name_length, writers, WRITERS);

	for (size_t i = 0; i < count; i++) {
		int64_t bytes = model->settings.apparent ? writers[i].apparent_bytes : writers[i].alloc_bytes;

		if (!bytes)
			continue;
		buf_str(out, out->length ? ", " : "");
		text_safe(out, writers[i].by, strlen(writers[i].by), model->ascii);
		buf_printf(out, " %s", text_delta(figure, bytes, model->settings.si));
	}
}

/** The cursor row's marks in words. */
static void explain_row(const struct browser *browser, const struct model *model, struct buf *out)
{
	struct buf name = {0}, words = {0};
	char figure[TEXT_FIGURE], age[TEXT_FIGURE];
	const char *flag, *trust;
	struct row row;

	if (!browser_row(browser, &row))
		return;
	flag = flag_words(&row, model->settings.spoken);
	trust = trust_words(browser, model, &row);
	text_size(figure, model->settings.apparent ? row.apparent_bytes : row.alloc_bytes, model->settings.si);
	if (row.seen_gone)
		buf_printf(&words, _("gone in the last %s; it had %s"),
		           text_span(age, clock_wall_s() - live_growth_since(watcher_live(model->watcher))), figure);
	else if (row.origin == ROW_GHOST)
		buf_printf(&words, _("gone since #%lld; it had %s"),
		           (long long)(model_base(model) ? model_base(model)->id : 0), figure);
	else if (flag)
		buf_str(&words, flag);
	if (trust)
		buf_printf(&words, "%s%s", words.length ? ", " : "", trust);
	if (!words.length)
		writer_words(browser, model, &row, &words);
	if (!words.length)
		cause_words(browser, model, &row, &words);
	if (words.length && text_name(&name, row.name, row.name_length, model->ascii, NAME_CELLS) == 0)
		buf_printf(out, "%s%s: %s", row.is_dir ? "/" : "", name.data ? name.data : "", words.data);
	buf_free(&words);
	buf_free(&name);
}

/** ": +31.2 GiB": what there is now beside what a snapshot of all of it held. */
static void say_growth_since(const struct browser *browser, const struct model *model, const struct snapshot *snapshot,
                             struct buf *out)
{
	const struct row *total = &browser->total;
	char figure[TEXT_FIGURE];

	if (model->settings.by_items)
		text_count_delta(figure, (int64_t)total->items - (int64_t)snapshot->total_items);
	else
		text_delta(figure,
		           model->settings.apparent ? figure_growth(snapshot->apparent_bytes, total->apparent_bytes)
		                                    : figure_growth(snapshot->total_bytes, total->alloc_bytes),
		           model->settings.si);
	buf_printf(out, ": %s", figure);
}

/** Growth is shown and there is none: which older snapshot would show some. */
static void explain_no_growth(const struct browser *browser, const struct model *model, struct buf *out)
{
	const struct baseline *base = model_base(model);
	const struct listing *listing = &browser->listing;
	const struct snapshot *now = base ? model_snapshot(model, base->id) : NULL;
	char age[TEXT_FIGURE];
	bool older = false;

	if (!base || browser->place.remembered || !browser->listed || !listing->complete || !listing->matched ||
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
				say_growth_since(browser, model, snapshot, out);
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

/** "2 min": how long the scan will still take. */
static const char *time_left(char out[TEXT_FIGURE], const struct scan_progress *progress)
{
	return text_span(
		out, (int64_t)((double)progress->elapsed_ns / 1e9 * (1 - progress->fraction) / progress->fraction) + 1);
}

static void paint_question(const struct model *model, struct canvas *canvas, int row)
{
	const struct scan_progress *progress = &model->progress;
	char left[TEXT_FIGURE];

	if (model_is_deleting(model))
		canvas_text(canvas, row, 1, ROLE_WARN, "%s", _("a deletion is under way. Stop it and quit? y/N"));
	else if (model->scanning && progress->fraction > 0.01)
		canvas_text(canvas, row, 1, ROLE_WARN,
		            _("%d %%, %s left, nothing saved. Quit? y/N   s keeps what was read"),
		            (int)(progress->fraction * 100), time_left(left, progress));
	else
		canvas_text(canvas, row, 1, ROLE_WARN, "%s",
		            model->scanning ? _("the scan is running, nothing saved. Quit? y/N   s keeps what was read")
		                            : _("Quit? y/N"));
}

/** How much has been checked, at the right edge.  Returns the column it begins in. */
static int paint_checked(const struct scan_progress *progress, struct canvas *canvas, int row)
{
	char left[TEXT_FIGURE], text[192];

	if (progress->fraction > 0.01 && progress->elapsed_ns > 500000000)
		snprintf(text, sizeof(text), _("%d%% checked, %s left"), (int)(progress->fraction * 100),
		         time_left(left, progress));
	else
		snprintf(text, sizeof(text), _("%d%% checked"), (int)(progress->fraction * 100));
	return canvas_right(canvas, row, canvas->cols - 1, ROLE_TEXT, text);
}

static void following_words(const struct browser *browser, const struct model *model, struct buf *out)
{
	if (browser->follow_name[0] && model->scanning && model->progress.fraction >= 0)
		buf_printf(out, _("waiting for %s, %d %%"), browser->follow_name,
		           (int)(model->progress.fraction * 100));
	else if (browser->follow_name[0])
		buf_printf(out, _("waiting for %s"), browser->follow_name);
	else
		buf_str(out, _("following the growth"));
}

bool browser_shows_result(const struct browser *browser, const struct model *model)
{
	return model->deletion.phase == DELETION_DONE && model->deletion.result[0] && !browser->filtering &&
	       !browser->asking;
}

/** "deleting: 12 204 of 48 212 items, 3.1 GiB   Esc stops" */
static void deletion_words(const struct model *model, struct buf *out)
{
	const struct deletion *deletion = &model->deletion;
	char done[TEXT_FIGURE], all[TEXT_FIGURE], size[TEXT_FIGURE];

	if (deletion->phase == DELETION_UNDOING) {
		buf_str(out, _("putting it back from the trash"));
	} else if (deletion->phase != DELETION_RUNNING) {
		buf_str(out, _("looking at what is there, then it is deleted"));
	} else {
		buf_printf(out,
		           deletion->how == DELETE_TRASH ? _("to the trash: %s of %s items, %s   Esc stops")
		                                         : _("deleting: %s of %s items, %s   Esc stops"),
		           text_count(done, deletion->removal.entries), text_count(all, deletion->of_entries),
		           text_size(size, deletion->removal.bytes, model->settings.si));
	}
}

/** The sentence of the row, the most urgent first; none while there is nothing to say.  Returns its role. */
static enum role status_words(const struct browser *browser, const struct model *model, struct buf *out)
{
	struct buf safe = {0};
	size_t marked = 0;

	if (model->message[0]) {
		/* What is only told (a snapshot was saved) does not hide what is marked. */
		if (!model->message_warns && browser_marks_say(model, out))
			buf_str(out, "   ");
		buf_str(out, model->message);
		return model->message_warns ? ROLE_WARN : ROLE_TEXT;
	}
	if (model_gone(model) && !model->view) {
		model_gone_words(model, out);
		return model->banner[0] && !browser->following ? ROLE_WARN : ROLE_TEXT;
	}
	if (model_is_deleting(model)) {
		deletion_words(model, out);
		return ROLE_TEXT;
	}
	if (browser_shows_result(browser, model)) {
		buf_str(out, model->deletion.result);
		return model->deletion.kept ? ROLE_WARN : ROLE_TEXT;
	}
	if (browser->following) {
		following_words(browser, model, out);
		return ROLE_TEXT;
	}
	if (model->banner[0]) {
		buf_str(out, model->banner);
		return ROLE_WARN;
	}
	if (browser_marks_say(model, out)) {
		buf_str(out, "   ");
		marked = out->length;
	}
	explain_row(browser, model, out);
	if (marked) {
		if (out->length == marked)
			out->data[out->length -= 3] = 0;
		return ROLE_TEXT;
	}
	if (!out->length && model->live_status.unsettled)
		buf_str(out, _("events were lost, being read again"));
	if (!out->length && browser->listed && browser->listing.unreadable && browser->listing.count)
		buf_str(out, _("this folder could be read only in part"));
	if (!out->length && browser->growth)
		explain_no_growth(browser, model, out);
	if (!out->length && *browser->prompt.text && browser_layout(model).totals < 0 &&
	    text_safe(&safe, browser->prompt.text, strlen(browser->prompt.text), model->ascii) == 0)
		buf_printf(out, _("filter %s   Esc clears it"), safe.data);
	buf_free(&safe);
	return ROLE_TEXT;
}

/** How fast the scan goes and what it reads; a folder that does not answer is named with its time. */
static void paint_progress(const struct model *model, struct canvas *canvas, int row, int end)
{
	const struct scan_progress *progress = &model->progress;
	double seconds = (double)progress->elapsed_ns / 1e9;
	char left[TEXT_FIGURE], silent[192] = "", speed[32];
	int col = 1;

	if (progress->fraction < 0) {
		rate(speed, sizeof(speed), seconds > 0.05 ? (double)progress->items / seconds : 0);
		col = canvas_text(canvas, row, 1, ROLE_TEXT, _("%s items/s, %s"), speed,
		                  text_span(left, (int64_t)seconds)) +
		      3;
	}
	if (!model->reading.length)
		return;
	if (model->now_ns - model->reading_ns > SILENT_NS) {
		snprintf(silent, sizeof(silent), _(", %s"),
		         text_span(left, (model->now_ns - model->reading_ns) / 1000000000));
		end -= canvas_width(silent);
	}
	col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", _("reading "));
	col = canvas_name(canvas, row, col, end - col, ROLE_TEXT, model->reading.data, model->reading.length);
	canvas_text(canvas, row, col, ROLE_WARN, "%s", silent);
}

void browser_paint_status(const struct browser *browser, const struct model *model, struct canvas *canvas, int row)
{
	struct buf words = {0}, shown = {0};
	int end = canvas->cols - 1;
	enum role role;

	if (browser->filtering) {
		prompt_paint(&browser->prompt, canvas, row, _("filter: "));
		return;
	}
	if (browser->asking) {
		if (canvas->spoken)
			canvas->cursor_row = row;
		paint_question(model, canvas, row);
		return;
	}
	if (model->scanning && model->progress.fraction >= 0 && !canvas->spoken)
		end = paint_checked(&model->progress, canvas, row) - 2;
	role = status_words(browser, model, &words);
	if (words.length) {
		text_shorten(&shown, words.data, words.length, end - 1);
		if (shown.data)
			canvas_put(canvas, row, 1, end - 1, role, shown.data, shown.length);
	} else if (model->scanning && canvas->spoken) { /* once for every tenth, not all the time */
		canvas_text(canvas, row, 1, ROLE_TEXT, _("%d%% checked"),
		            model->progress.fraction > 0 ? (int)(model->progress.fraction * 10) * 10 : 0);
	} else if (model->scanning) {
		paint_progress(model, canvas, row, end);
	}
	buf_free(&words);
	buf_free(&shown);
}
