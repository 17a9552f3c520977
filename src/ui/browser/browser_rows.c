/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rows the browser shows.  Small folders are built and sorted in update(), on the loop's thread; a folder of more
 * than INLINE_ROWS entries by a task, with the rows shown before staying meanwhile.  While figures move, rows are
 * sorted again at most every tenth part of the time, and not right after a key.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/columns.h"

#define INLINE_ROWS 20000
#define KEY_PAUSE_NS 500000000 /* rows stay where they are while keys arrive */
#define RESORT_SHARE 10        /* a build may take this part of the time */
#define RESORT_LEAST_NS 100000000
#define MOVING_MOST_NS 1000000000 /* a change that takes longer is shown half done */

struct listing_task {
	struct task task;
	struct browser *browser;
	struct model *model;
	struct listing_query query;
	struct listing_source source;
	struct listing result;
	int rc;
	int64_t began_ns;
	uint64_t batches;
};

/* ---- rows ---- */

/** The folder of the place that leads to the one being read again; *inside: the place is that one, or below it. */
static dir_id being_read_child(const struct model *model, dir_id place, bool *inside)
{
	dir_id child = DIR_NONE;

	*inside = false;
	if (!model->rereading || place == DIR_NONE)
		return DIR_NONE;
	for (dir_id at = place; at != DIR_NONE && !*inside; at = tree_cold(model->tree, at)->parent)
		*inside = at == model->reading_dir;
	for (dir_id at = model->reading_dir; at != DIR_NONE && !*inside; at = tree_cold(model->tree, at)->parent) {
		if (at == place)
			return child;
		child = at;
	}
	return DIR_NONE;
}

static void make_query(const struct browser *browser, const struct model *model, struct listing_query *query)
{
	*query = (struct listing_query){
		.place = browser->place,
		.sort = browser->sort,
		.descending = browser->descending,
		.dirs_first = model->settings.dirs_first,
		.show_hidden = model->settings.show_hidden,
		.apparent = model->settings.apparent,
		.by_items = browser_by_items(browser, model),
		.natural = model->settings.natural,
		.growth = browser_growth(browser, model),
		.live = browser_live(browser, model),
		.flat = browser->flat,
	};
	if (query->sort == SORT_LIVE && !query->live)
		query->sort = SORT_SIZE;
	snprintf(query->filter, sizeof(query->filter), "%s", browser->prompt.text);
	query->terms = browser->terms;
}

static void make_source(const struct browser *browser, struct model *model, struct listing_source *source)
{
	const struct baseline *base = model_base(model);
	const struct place *place = &browser->place;

	*source = (struct listing_source){.tree = model->tree,
	                                  .base = base,
	                                  .base_dir = IMAGE_NONE,
	                                  .remembered_dir = IMAGE_NONE,
	                                  .written = model->written,
	                                  .written_since = model->written_since};
	if (browser_live(browser, model)) {
		source->watcher = model->watcher;
	}
	if (model->live && !model->view) {
		source->events_lost = model->live_status.unsettled;
		source->unwatched = model->unwatched;
	}
	if (!model->view)
		source->being_read_child = being_read_child(model, place->dir, &source->being_read);
	if (base && model->identities && identities_image(model->identities) == base->image)
		source->identities = model->identities;
	if (base && base->match && model->moved && moved_match(model->moved) == base->match)
		source->moved = model->moved;
	if (!source->written_since)
		source->written_since = clock_wall_s() - model->written_window_s;
	if (browser->flat) {
		source->flat = browser_flat_list(browser, model);
		if (model_remembered(model)) {
			source->remembered_match = model->remembered->match;
			source->remembered = model->remembered->image;
		}
		return;
	}
	if (place->dir == DIR_NONE)
		source->own_files = model_files(model, place->image, place->image_dir);
	if (model_remembered(model)) {
		source->remembered_match = model->remembered->match;
		source->remembered = model->remembered->image;
		if (place->dir != DIR_NONE)
			source->remembered_dir = browser_remembered_dir(browser, model);
		if (source->remembered_dir != IMAGE_NONE)
			source->own_files = model_files(model, source->remembered, source->remembered_dir);
	}
	if (!base || place->gone || place->remembered)
		return;
	if (place->dir != DIR_NONE) {
		if (base->match) {
			source->base_dir = match_dir(base->match, place->dir, &source->base_known);
			source->base_folded = match_kind(base->match, place->dir) == MATCH_FOLDED;
		}
	} else {
		/* A view and its baseline may have different roots: by the absolute path. */
		source->base_known = browser_dir_in_image(browser, model, base->image, &source->base_dir);
	}
	if (browser_growth(browser, model) == GROWTH_SINCE && source->base_known && source->base_dir != IMAGE_NONE)
		source->base_files = model_files(model, base->image, source->base_dir);
}

static bool same_query(const struct listing_query *a, const struct listing_query *b)
{
	return place_same(&a->place, &b->place) && a->sort == b->sort && a->descending == b->descending &&
	       a->dirs_first == b->dirs_first && a->show_hidden == b->show_hidden && a->natural == b->natural &&
	       a->apparent == b->apparent && a->by_items == b->by_items && a->growth == b->growth &&
	       a->live == b->live && a->flat == b->flat && !strcmp(a->filter, b->filter);
}

/** Would the rows name something that may be freed soon? */
static bool dangling(const struct listing *listing, const struct listing_source *source)
{
	return (listing->source.base && listing->source.base != source->base) ||
	       (listing->source.flat && listing->source.flat != source->flat) ||
	       (listing->source.unwatched && listing->source.unwatched != source->unwatched) ||
	       (listing->source.written && listing->source.written != source->written) ||
	       (listing->source.identities && listing->source.identities != source->identities) ||
	       (listing->source.moved && listing->source.moved != source->moved) ||
	       (listing->source.base_files && listing->source.base_files != source->base_files) ||
	       (listing->source.own_files && listing->source.own_files != source->own_files);
}

/** Have the rows another answer now, but for figures that moved? */
static bool outdated(const struct listing *listing, const struct listing_query *query,
                     const struct listing_source *source)
{
	return !same_query(&listing->query, query) || listing->source.base != source->base ||
	       listing->source.flat != source->flat || listing->source.unwatched != source->unwatched ||
	       listing->source.written != source->written || listing->source.identities != source->identities ||
	       listing->source.moved != source->moved || listing->source.own_files != source->own_files ||
	       listing->source.base_known != source->base_known || listing->source.being_read != source->being_read ||
	       listing->source.being_read_child != source->being_read_child ||
	       listing->source.base_dir != source->base_dir ||
	       listing->source.remembered_dir != source->remembered_dir ||
	       listing->source.base_files != source->base_files ||
	       listing->files_ready != listing_files_ready(source) ||
	       listing->source.written_since != source->written_since ||
	       listing->matched != (source->base && source->base->match) || !listing_current(listing);
}

static void take_listing(struct browser *browser, struct model *model, struct listing *fresh, int rc, int64_t began_ns,
                         uint64_t batches)
{
	browser->built_ns = model->now_ns;
	browser->built_batches = batches;
	browser->built_reread = model->reread;
	browser->shown_count = 0;
	browser->build_cost_ns = clock_mono_ns() - began_ns;
	if (rc) {
		model_say(model, true, "%s", strerror(-rc));
		return;
	}
	listing_clear(&browser->listing);
	browser->listing = *fresh;
	browser->listed = true;
	browser_find_anchor(browser, model);
}

static void run_sort(struct task *task)
{
	struct listing_task *sort = (struct listing_task *)task;

	sort->rc = listing_build(&sort->result, &sort->query, &sort->source);
}

static void finish_sort(struct task *task)
{
	struct listing_task *sort = (struct listing_task *)task;
	struct browser *browser = sort->browser;

	sort->model->readers--;
	browser->sorting = NULL;
	if (!sort->rc && !atomic_load_explicit(&task->cancel, memory_order_relaxed) &&
	    place_same(&sort->query.place, &browser->place))
		take_listing(browser, sort->model, &sort->result, 0, sort->began_ns, sort->batches);
	else
		listing_clear(&sort->result);
	sort->model->generation++;
	free(sort);
}

static void build(struct browser *browser, struct model *model, const struct listing_query *query,
                  const struct listing_source *source)
{
	int64_t began_ns = clock_mono_ns();
	struct listing_task *task;
	struct listing fresh;
	int rc;

	if (!model->tasks || listing_cost(query, source) <= INLINE_ROWS) {
		rc = listing_build(&fresh, query, source);
		take_listing(browser, model, &fresh, rc, began_ns, model->live_status.batches);
		return;
	}
	if (browser->sorting)
		return;
	task = alloc_zero(struct listing_task);
	if (!task) {
		model_say(model, true, "%s", strerror(ENOMEM));
		return;
	}
	task->browser = browser;
	task->model = model;
	task->query = *query;
	task->source = *source;
	task->began_ns = began_ns;
	task->batches = model->live_status.batches;
	browser->sorting = task;
	model->readers++;
	tasks_start(model->tasks, &task->task, run_sort, finish_sort);
}

/** Folders shown, or the one that is, may be newer than what growth is worked out from.  Returns when to look again. */
static int64_t want_growth(const struct browser *browser, struct model *model, int64_t now_ns)
{
	const struct listing *listing = &browser->listing;
	const struct listing_source *source = &listing->source;

	if (!browser->listed || listing->query.growth != GROWTH_SINCE || listing->query.place.dir == DIR_NONE ||
	    !source->base || !source->base->match)
		return SCREEN_NEVER;
	return (listing->unmatched || !source->base_known) && model_want_rematch(model) ? now_ns : SCREEN_NEVER;
}

int64_t browser_refresh_rows(struct browser *browser, struct model *model, int64_t now_ns)
{
	struct listing_query query;
	struct listing_source source;
	int64_t due;

	browser_read_filter(browser, model);
	make_query(browser, model, &query);
	make_source(browser, model, &source);
	browser->paused = false;
	if (!browser->listed || browser->rebuild || browser->built_reread != model->reread ||
	    outdated(&browser->listing, &query, &source)) {
		browser->rebuild = browser->sorting != NULL;
		if (browser->listed && dangling(&browser->listing, &source)) {
			listing_clear(&browser->listing);
			browser->listed = false;
			browser->shown_count = 0;
		}
		build(browser, model, &query, &source);
		return want_growth(browser, model, now_ns);
	}
	browser->listing.source = source;
	if ((browser->listing.complete || model->partial) && !model->scanning &&
	    browser->built_batches == model->live_status.batches)
		return want_growth(browser, model, now_ns);
	due = (int64_t)model->settings.update_ms * 1000000;
	due = due > RESORT_LEAST_NS ? due : RESORT_LEAST_NS;
	due = browser->built_ns +
	      (browser->build_cost_ns * RESORT_SHARE > due ? browser->build_cost_ns * RESORT_SHARE : due);
	if (model->last_key_ns && due < model->last_key_ns + KEY_PAUSE_NS)
		due = model->last_key_ns + KEY_PAUSE_NS;
	if (model->moving && due < now_ns && now_ns < browser->built_ns + MOVING_MOST_NS)
		due = now_ns + RESORT_LEAST_NS;
	if (now_ns < due) {
		browser->paused = true;
		return due;
	}
	build(browser, model, &query, &source);
	return want_growth(browser, model, now_ns);
}

void browser_decode_shown(struct browser *browser, const struct model *model)
{
	size_t rows = (size_t)browser_layout(model).list_rows, left = browser->listing.count - browser->top,
	       count = left < rows ? left : rows;

	if (browser->paused && browser->shown_first == browser->top && browser->shown_count == count)
		return;
	browser_total(browser, model, &browser->total);
	browser->shown_count = 0;
	if (!browser->listed || !count)
		return;
	if (alloc_room(&browser->shown, &browser->shown_capacity, count))
		return;
	for (size_t i = 0; i < count; i++)
		if (!listing_row(&browser->listing, browser->top + i, &browser->shown[i]))
			browser->shown[i].name_length = 0;
	listing_reorder(&browser->listing, browser->top, browser->shown, count);
	browser->shown_first = browser->top;
	browser->shown_count = count;
	for (size_t i = 0; i < count && browser->anchor.bound; i++) {
		const struct listing_item *item = &browser->listing.items[browser->top + i];

		if (item->index == browser->anchor_item.index && item->source == browser->anchor_item.source)
			browser->cursor = browser->top + i;
	}
}
