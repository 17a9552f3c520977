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
#include "base/path.h"
#include "base/text.h"
#include "ui/browser/browser.h"

#define INLINE_ROWS 20000
#define KEY_PAUSE_NS 500000000  /* rows stay where they are while keys arrive */
#define RESORT_SHARE 10         /* a build may take this part of the time */
#define RESORT_LEAST_NS 100000000
#define MOVING_MOST_NS 1000000000 /* a change that takes longer is shown half done */
#define WRITTEN_AGAIN_NS 2000000000
#define FOLLOW_NS 10000000

struct listing_task {
	struct task task;
	struct browser *browser;
	struct model *model;
	struct listing_query query;
	struct listing_source source;
	struct listing result;
	int status;
	int64_t began_ns;
	uint64_t batches;
};

enum growth_kind browser_growth(const struct browser *browser, const struct model *model)
{
	if (!browser->growth)
		return GROWTH_OFF;
	if (!model->view && model->baseline_known && !model->baseline)
		return GROWTH_WRITTEN;
	return GROWTH_SINCE;
}

bool browser_live(const struct browser *browser, const struct model *model)
{
	return browser->live && model->live && !model->view;
}
bool browser_row(const struct browser *browser, struct row *row)
{
	size_t at = browser->cursor - browser->shown_first;

	if (!browser->listed || browser->cursor < browser->shown_first || at >= browser->shown_count)
		return browser->listed && listing_row(&browser->listing, browser->cursor, row);
	*row = browser->shown[at];
	return row->name_length != 0;
}

void browser_bind(struct browser *browser)
{
	struct row row;

	if (!browser_row(browser, &row))
		return;
	browser->bound = true;
	browser->anchor_item = browser->listing.items[browser->cursor];
	browser->anchor_block = browser->listing.block;
	memcpy(browser->anchor, row.name, row.name_length);
	browser->anchor_length = row.name_length;
	browser->anchor_ghost = row.origin == ROW_GHOST;
}

static void scroll(struct browser *browser, const struct model *model)
{
	size_t rows = (size_t)browser_layout(model).list_rows, count = browser->listing.count;

	if (browser->cursor >= count)
		browser->cursor = count ? count - 1 : 0;
	if (browser->cursor < browser->top)
		browser->top = browser->cursor;
	if (rows && browser->cursor >= browser->top + rows)
		browser->top = browser->cursor - rows + 1;
	if (browser->top + rows > count)
		browser->top = count > rows ? count - rows : 0;
}

void browser_move(struct browser *browser, const struct model *model, size_t row)
{
	browser->cursor = row;
	scroll(browser, model);
	browser_bind(browser);
}

/** After new rows: the cursor stays on its node, at its height on the screen if it can. */
static void follow_anchor(struct browser *browser, const struct model *model)
{
	size_t offset = browser->cursor - browser->top, found = SIZE_MAX;
	const struct listing *listing = &browser->listing;

	if (!browser->bound) {
		browser->cursor = browser->top = 0;
		scroll(browser, model);
		return;
	}
	for (size_t i = 0; i < listing->count && found == SIZE_MAX; i++)
		if (listing->items[i].index == browser->anchor_item.index &&
		    listing->items[i].source == browser->anchor_item.source) {
			struct row row;

			if (listing_row(listing, i, &row) && row.name_length == browser->anchor_length &&
			    !memcmp(row.name, browser->anchor, row.name_length))
				found = i;
			break;
		}
	/* It may have gone, and be shown as such. */
	if (found == SIZE_MAX && listing->query.live && !browser->anchor_ghost) {
		found = listing_find(listing, browser->anchor, browser->anchor_length, true);
		browser->anchor_ghost = found != SIZE_MAX;
	}
	/* By name only when the block is another one: in the same block a row that is not found is filtered out. */
	if (found == SIZE_MAX &&
	    (browser->anchor_block != listing->block || browser->anchor_item.source != FROM_BLOCK)) {
		found = listing_find(listing, browser->anchor, browser->anchor_length, browser->anchor_ghost);
		if (found == SIZE_MAX && browser->anchor_ghost)
			found = listing_find(listing, browser->anchor, browser->anchor_length, false);
	}
	if (found != SIZE_MAX) {
		browser->anchor_block = listing->block;
		browser->cursor = found;
		browser->top = found > offset ? found - offset : 0;
		browser->anchor_item = listing->items[found];
	}
	scroll(browser, model);
}
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
		.natural = model->settings.natural,
		.growth = browser_growth(browser, model),
		.live = browser_live(browser, model),
	};
	if (query->sort == SORT_LIVE && !query->live)
		query->sort = SORT_SIZE;
	snprintf(query->filter, sizeof query->filter, "%s", browser->prompt.text);
}

static void make_source(const struct browser *browser, struct model *model, struct listing_source *source)
{
	const struct baseline *base = model_base(model);
	const struct place *place = &browser->place;

	*source = (struct listing_source){.tree = model->tree,
	                                  .base = base,
	                                  .base_dir = IMAGE_NONE,
	                                  .last_dir = IMAGE_NONE,
	                                  .written = model->written,
	                                  .written_since = model->written_since};
	if (browser_live(browser, model)) {
		source->watcher = model->watcher;
	}
	if (model->live && !model->view) {
		source->unsettled = model->live_status.unsettled;
		source->polled = model->polled;
	}
	if (!model->view)
		source->being_read_child = being_read_child(model, place->dir, &source->being_read);
	if (base && model->moves && identities_image(model->moves) == base->image)
		source->moves = model->moves;
	if (base && base->match && model->moved && moved_match(model->moved) == base->match)
		source->moved = model->moved;
	if (!source->written_since)
		source->written_since = clock_wall_s() - model->written_window_s;
	if (place->dir == DIR_NONE)
		source->own_files = model_files(model, place->image, place->image_dir);
	if (model_last(model)) {
		source->last_match = model->last->match;
		source->last = model->last->image;
		if (place->dir != DIR_NONE)
			source->last_dir = browser_last_dir(browser, model);
		if (source->last_dir != IMAGE_NONE)
			source->own_files = model_files(model, source->last, source->last_dir);
	}
	if (!base || place->gone || place->last)
		return;
	if (place->dir != DIR_NONE) {
		if (base->match) {
			source->base_dir = match_dir(base->match, place->dir, &source->base_known);
			source->base_folded = match_kind(base->match, place->dir) == MATCH_FOLDED;
		}
	} else {
		/* A view and its baseline may have different roots: by the absolute path. */
		struct buf path = {0};

		const char *rest = browser_path(browser, model, &path) == 0
		                         ? path_below(path.data, base->image->root_path)
		                         : NULL;

		if (rest) {
			source->base_dir = image_lookup(base->image, rest, strlen(rest));
			source->base_known = true;
		}
		buf_free(&path);
	}
	if (browser_growth(browser, model) == GROWTH_SINCE && source->base_known && source->base_dir != IMAGE_NONE)
		source->base_files = model_files(model, base->image, source->base_dir);
}

static bool same_query(const struct listing_query *a, const struct listing_query *b)
{
	return place_same(&a->place, &b->place) && a->sort == b->sort && a->descending == b->descending &&
	       a->dirs_first == b->dirs_first && a->show_hidden == b->show_hidden && a->natural == b->natural &&
	       a->apparent == b->apparent && a->growth == b->growth && a->live == b->live &&
	       !strcmp(a->filter, b->filter);
}

/** Would the rows name something that may be freed soon? */
static bool dangling(const struct listing *listing, const struct listing_source *source)
{
	return (listing->source.base && listing->source.base != source->base) ||
	       (listing->source.polled && listing->source.polled != source->polled) ||
	       (listing->source.written && listing->source.written != source->written) ||
	       (listing->source.moves && listing->source.moves != source->moves) ||
	       (listing->source.moved && listing->source.moved != source->moved) ||
	       (listing->source.base_files && listing->source.base_files != source->base_files) ||
	       (listing->source.own_files && listing->source.own_files != source->own_files);
}

/** Have the rows another answer now, but for figures that moved? */
static bool outdated(const struct listing *listing, const struct listing_query *query,
                     const struct listing_source *source)
{
	return !same_query(&listing->query, query) || listing->source.base != source->base ||
	       listing->source.polled != source->polled || listing->source.written != source->written ||
	       listing->source.moves != source->moves || listing->source.moved != source->moved ||
	       listing->source.own_files != source->own_files || listing->source.base_known != source->base_known ||
	       listing->source.being_read != source->being_read ||
	       listing->source.being_read_child != source->being_read_child ||
	       listing->source.base_dir != source->base_dir || listing->source.last_dir != source->last_dir ||
	       listing->source.base_files != source->base_files ||
	       listing->files_ready != listing_files_ready(source) ||
	       listing->source.written_since != source->written_since ||
	       listing->matched != (source->base && source->base->match) || !listing_current(listing);
}

static void take_listing(struct browser *browser, struct model *model, struct listing *fresh, int status,
                         int64_t began_ns, uint64_t batches)
{
	browser->built_ns = model->now_ns;
	browser->built_batches = batches;
	browser->built_reread = model->reread;
	browser->shown_count = 0;
	browser->build_cost_ns = clock_mono_ns() - began_ns;
	if (status) {
		model_say(model, true, "%s", strerror(-status));
		return;
	}
	listing_clear(&browser->listing);
	browser->listing = *fresh;
	browser->listed = true;
	follow_anchor(browser, model);
}

static void run_sort(struct task *task)
{
	struct listing_task *sort = (struct listing_task *)task;

	sort->status = listing_build(&sort->result, &sort->query, &sort->source);
}

static void finish_sort(struct task *task)
{
	struct listing_task *sort = (struct listing_task *)task;
	struct browser *browser = sort->browser;

	sort->model->readers--;
	browser->sorting = NULL;
	if (!sort->status && !atomic_load_explicit(&task->cancel, memory_order_relaxed) &&
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
	int status;

	if (!model->tasks || listing_cost(query, source) <= INLINE_ROWS) {
		status = listing_build(&fresh, query, source);
		take_listing(browser, model, &fresh, status, began_ns, model->live_status.batches);
		return;
	}
	if (browser->sorting)
		return;
	task = alloc_zero(struct listing_task);
	if (!task) {
		model_say(model, true, "%s", strerror(ENOMEM));
		return;
	}
	task->task.run = run_sort;
	task->task.done = finish_sort;
	task->browser = browser;
	task->model = model;
	task->query = *query;
	task->source = *source;
	task->began_ns = began_ns;
	task->batches = model->live_status.batches;
	browser->sorting = task;
	model->readers++;
	tasks_start(model->tasks, &task->task);
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

/** Bring the rows up to date.  Returns when to look again because of a pause, SCREEN_NEVER = at the next change. */
static int64_t refresh_rows(struct browser *browser, struct model *model, int64_t now_ns)
{
	struct listing_query query;
	struct listing_source source;
	int64_t due;

	make_query(browser, model, &query);
	make_source(browser, model, &source);
	browser->paused = false;
	if (!browser->listed || browser->zeroed || browser->built_reread != model->reread ||
	    outdated(&browser->listing, &query, &source)) {
		browser->zeroed = browser->sorting != NULL;
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
/** What is painted, of one moment and in order: workers and the applier change figures between two reads. */
static void settle(struct browser *browser, const struct model *model)
{
	size_t rows = (size_t)browser_layout(model).list_rows, left = browser->listing.count - browser->top,
	       count = left < rows ? left : rows;
	struct row *grown;

	if (browser->paused && browser->shown_first == browser->top && browser->shown_count == count)
		return;
	browser_total(browser, model, &browser->total);
	browser->shown_count = 0;
	if (!browser->listed || !count)
		return;
	grown = alloc_grow(browser->shown, &browser->shown_capacity, count, sizeof *grown);
	if (!grown)
		return;
	browser->shown = grown;
	for (size_t i = 0; i < count; i++)
		if (!listing_row(&browser->listing, browser->top + i, &grown[i]))
			grown[i].name_length = 0;
	listing_reorder(&browser->listing, browser->top, grown, count);
	browser->shown_first = browser->top;
	browser->shown_count = count;
	for (size_t i = 0; i < count && browser->bound; i++) {
		const struct listing_item *item = &browser->listing.items[browser->top + i];

		if (item->index == browser->anchor_item.index && item->source == browser->anchor_item.source)
			browser->cursor = browser->top + i;
	}
}

int64_t browser_update(void *state, struct model *model, int64_t now_ns)
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
	next = refresh_rows(browser, model, now_ns);
	if (want_written_ns < next)
		next = want_written_ns;
	while (browser->following && browser_follow_step(browser, model)) {
		next = refresh_rows(browser, model, now_ns);
		/* A chain of folders may be thousands deep: the rest in the next frame. */
		if (clock_mono_ns() - began_ns > FOLLOW_NS) {
			next = now_ns;
			break;
		}
	}
	scroll(browser, model);
	settle(browser, model);
	if (browser_live(browser, model)) {
		live_rate_note(&browser->live_rate,
		               (uint64_t)browser->place.dir << 32 ^ (uint64_t)watcher_zero_time(model->watcher), now_ns,
		               browser->total.live_bytes);
		int64_t due_ns = live_rate_due(&browser->live_rate, now_ns);

		next = due_ns < next ? due_ns : next;
	}
	return next;
}
