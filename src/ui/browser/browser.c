/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bottom screen: opened, brought up to date before each frame, closed. */
#include "ui/browser/columns.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"

#define WRITTEN_AGAIN_NS 2000000000
#define FOLLOW_NS 10000000
#define FLAT_NS 10000000 /* what a search has found is looked at so often */

static int64_t update(void *state, struct model *model, int64_t now_ns)
{
	struct browser *browser = state;
	int64_t next, want_written_ns, began_ns = clock_mono_ns();

	if (!model->tree)
		return SCREEN_NEVER;
	browser_check_place(browser, model);
	if (browser->read_next != DIR_NONE && !model->rereading && !model->scanning) {
		dir_id dir = browser->read_next;

		browser->read_next = DIR_NONE;
		if (tree_alive(model->tree, dir))
			model_reread(model, dir, -1);
	}
	want_written_ns = SCREEN_NEVER;
	if (browser_growth(browser, model) == GROWTH_WRITTEN &&
	    (!model->written || model->scanning || browser->written_batches != model->live_status.batches)) {
		if ((uint64_t)now_ns - browser->written_asked_ns > WRITTEN_AGAIN_NS) {
			browser->written_asked_ns = (uint64_t)now_ns;
			browser->written_batches = model->live_status.batches;
			model_want_written(model);
			want_written_ns = now_ns; /* it begins with the next frame */
		} else if (model->live) {
			want_written_ns = (int64_t)browser->written_asked_ns + WRITTEN_AGAIN_NS + 1;
		}
	}
	next = browser_refresh_rows(browser, model, now_ns);
	if (browser->flat && model_flat_searches(model) && now_ns + FLAT_NS < next)
		next = now_ns + FLAT_NS;
	if (want_written_ns < next)
		next = want_written_ns;
	while (browser->following && browser_follow_step(browser, model)) {
		next = browser_refresh_rows(browser, model, now_ns);
		/* A chain of folders may be thousands deep: the rest in the next frame. */
		if (clock_mono_ns() - began_ns > FOLLOW_NS) {
			next = now_ns;
			break;
		}
	}
	browser_scroll(browser, model);
	browser_decode_shown(browser, model);
	browser_announce(browser, model);
	if (browser_live(browser, model)) {
		live_rate_note(&browser->live_rate,
		               (uint64_t)browser->place.dir << 32 ^
		                       (uint64_t)live_growth_since(watcher_live(model->watcher)),
		               now_ns, browser->total.live_bytes);
		int64_t due_ns = live_rate_due(&browser->live_rate, now_ns);

		next = due_ns < next ? due_ns : next;
	}
	return next;
}

static unsigned typing(const void *state)
{
	const struct browser *browser = state;

	return browser->filtering ? CONTEXT_PROMPT : browser->asking ? CONTEXT_ASK : CONTEXT_BROWSER;
}

static bool shown_row(const void *state, struct row *row)
{
	return browser_row(state, row);
}

static void close_browser(void *state)
{
	struct browser *browser = state;

	listing_clear(&browser->listing);
	buf_free(&browser->relative);
	for (size_t i = 0; i < browser->position_count; i++)
		free(browser->positions[i].path);
	free(browser->positions);
	free(browser->shown);
	free(browser);
}

static const struct screen_ops ops = {
	.name = "browser",
	.context = CONTEXT_BROWSER,
	.typing = typing,
	.handle = browser_handle,
	.update = update,
	.row = shown_row,
	.paint = browser_paint,
	.close = close_browser,
};

int browser_open(struct screens *screens)
{
	struct browser *browser = alloc_zero(struct browser);
	const struct ui_settings *settings = &screens->model->settings;

	if (!browser)
		return -ENOMEM;
	browser->place.image_dir = IMAGE_NONE;
	browser->listing.leader = SIZE_MAX;
	browser->read_next = DIR_NONE;
	browser->sort = settings->sort;
	browser->descending = settings->sort_descending;
	browser->former_sort = SORT_SIZE;
	browser->former_descending = true;
	browser->growth = settings->sort == SORT_GROWTH;
	return screens_push(screens, &ops, browser);
}

void browser_show_growth(struct screens *screens)
{
	struct browser *browser = screens->items[0].state;

	browser->growth = true;
	browser_sort_by_growth(browser);
}

void browser_shell_done(struct screens *screens)
{
	struct browser *browser = screens->items[0].state;
	struct model *model = screens->model;

	if (model->live && !model_live_limited(model))
		return; /* whatever the person did has been followed */
	if (browser->place.dir != DIR_NONE && !model->scanning && !model->partial && !model->rereading &&
	    model->settings.can_refresh)
		model_reread(model, browser->place.dir, -1);
}
