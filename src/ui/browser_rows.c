/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which folder and rows the browser shows.  Small folders are built and sorted in update(), on the loop's thread; a folder of more than INLINE_ROWS entries by a
 * task, with the rows shown before staying meanwhile.  While figures move, rows are sorted again at most every tenth part of the time, and not right after a key.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser.h"

#define INLINE_ROWS 20000
#define KEY_PAUSE_NS 500000000  /* rows stay where they are while keys arrive */
#define RESORT_SHARE 10         /* a build may take this part of the time */
#define RESORT_LEAST_NS 100000000
#define WRITTEN_AGAIN_NS 2000000000
#define FOLLOW_NS 10000000
#define FOLLOW_ROWS 1000        /* looked through for the one that is waited for */

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

static bool same_place(const struct place *a, const struct place *b)
{
	return a->dir == b->dir && a->image == b->image && a->image_dir == b->image_dir && a->gone == b->gone && a->last == b->last;
}

bool browser_row(const struct browser *browser, struct row *row)
{
	return browser->listed && listing_row(&browser->listing, browser->cursor, row);
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
		if (listing->items[i].index == browser->anchor_item.index && listing->items[i].source == browser->anchor_item.source) {
			struct row row;

			if (listing_row(listing, i, &row) && row.name_length == browser->anchor_length && !memcmp(row.name, browser->anchor, row.name_length))
				found = i;
			break;
		}
	/* It may have gone, and be shown as such. */
	if (found == SIZE_MAX && listing->query.live && !browser->anchor_ghost) {
		found = listing_find(listing, browser->anchor, browser->anchor_length, true);
		browser->anchor_ghost = found != SIZE_MAX;
	}
	/* By name only when the block is another one: in the same block a row that is not found is filtered out. */
	if (found == SIZE_MAX && (browser->anchor_block != listing->block || browser->anchor_item.source != FROM_BLOCK)) {
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

/* ---- places ---- */

static void remember(struct browser *browser)
{
	struct position position = {.place = browser->place, .offset = browser->cursor - browser->top};
	size_t i;

	if (!browser->placed || !browser->bound)
		return;
	memcpy(position.name, browser->anchor, browser->anchor_length);
	position.name_length = browser->anchor_length;
	position.ghost = browser->anchor_ghost;
	if (!browser->positions)
		browser->positions = alloc_array(BROWSER_POSITIONS, sizeof *browser->positions);
	if (!browser->positions)
		return;
	for (i = 0; i < browser->position_count; i++)
		if (same_place(&browser->positions[i].place, &browser->place))
			break;
	if (i == BROWSER_POSITIONS) {
		memmove(browser->positions, browser->positions + 1, (BROWSER_POSITIONS - 1) * sizeof *browser->positions);
		i--;
	} else if (i == browser->position_count) {
		browser->position_count++;
	}
	browser->positions[i] = position;
}

static void place_path(struct browser *browser, const struct model *model)
{
	buf_clear(&browser->relative);
	if (browser->place.dir != DIR_NONE)
		tree_relative(model->tree, browser->place.dir, &browser->relative);
	else
		image_relative(browser->place.image, browser->place.image_dir, &browser->relative);
}

/** Have the scan read this folder before others. */
static void focus(struct browser *browser, const struct model *model, dir_id dir)
{
	if (!model->scanning || !model->scan || dir == DIR_NONE || dir == browser->focused)
		return;
	browser->focused = dir;
	scan_focus(model->scan, dir);
}

void browser_go(struct browser *browser, struct model *model, const struct place *place, const void *name, size_t length)
{
	struct buf path = {0};

	remember(browser);
	browser->place = *place;
	browser->placed = true;
	browser->listed = false;
	browser->cursor = browser->top = 0;
	browser->bound = false;
	browser->anchor_ghost = false;
	browser->filtering = false;
	prompt_set(&browser->prompt, "");
	listing_clear(&browser->listing);
	place_path(browser, model);
	for (size_t i = 0; i < browser->position_count; i++) {
		const struct position *position = &browser->positions[i];

		if (!same_place(&position->place, place))
			continue;
		memcpy(browser->anchor, position->name, position->name_length);
		browser->anchor_length = position->name_length;
		browser->anchor_ghost = position->ghost;
		browser->cursor = position->offset; /* its height on the screen: follow_anchor() finds the row */
		browser->bound = true;
	}
	if (name && length <= 255) {
		memcpy(browser->anchor, name, length);
		browser->anchor_length = (uint8_t)length;
		browser->anchor_ghost = false;
		browser->bound = true;
	}
	browser->anchor_item = (struct listing_item){.index = UINT32_MAX};
	browser->anchor_block = 0;
	focus(browser, model, place->dir);
	if (model->live && place->dir != DIR_NONE && model_live_limited(model))
		watcher_look(model->watcher, place->dir, false); /* it may be one without a watch, and its turn far away */
	if (place->dir != DIR_NONE && browser_path(browser, model, &path) == 0)
		model_want_usage(model, path.data);
	buf_free(&path);
}

void browser_enter(struct browser *browser, struct model *model, const struct row *row)
{
	struct place place = {.image_dir = IMAGE_NONE};

	if (row->dir != DIR_NONE) {
		place.dir = row->dir;
	} else if (row->origin == ROW_GHOST && !browser->place.gone && !model->view) {
		place.image = row->image;
		place.image_dir = row->image_dir;
		place.gone = true;
		place.home = browser->place.dir;
		place.home_ghost = row->image_dir;
	} else if (row->origin == ROW_GHOST && model->view) {
		/* Gone from an old snapshot that is browsed: its inside is another image's; shown as gone, home is the view's folder. */
		model_say(model, false, _("this folder was gone by then; open the snapshot before it to look inside"));
		return;
	} else if (browser->place.dir != DIR_NONE || browser->place.last) {
		place.image = row->image;
		place.image_dir = row->image_dir;
		place.last = true;
	} else {
		place = browser->place;
		place.image = row->image;
		place.image_dir = row->image_dir;
	}
	browser_go(browser, model, &place, NULL, 0);
}

/** The live folder at a path relative to the root of what is remembered, or DIR_NONE. */
static dir_id found_dir(const struct model *model, const char *path, size_t length)
{
	size_t skip = strlen(model->last->prefix);

	if (length < skip)
		return DIR_NONE;
	while (skip && skip < length && path[skip] == '/')
		skip++;
	return tree_lookup(model->tree, path + skip, length - skip);
}

/** A remembered folder: the live one, if the scan has found it. */
static struct place place_of(const struct model *model, uint32_t image_dir)
{
	struct place place = {.image_dir = IMAGE_NONE};
	struct buf path = {0};

	if (image_relative(model->last->image, image_dir, &path) == 0)
		place.dir = found_dir(model, path.data ? path.data : "", path.length);
	if (place.dir == DIR_NONE)
		place = (struct place){.image = model->last->image, .image_dir = image_dir, .last = true};
	buf_free(&path);
	return place;
}

uint32_t browser_last_dir(const struct browser *browser, const struct model *model)
{
	const struct baseline *last = model_last(model);
	const struct place *place = &browser->place;
	uint32_t dir;
	bool known;

	if (place->last)
		return place->image_dir;
	if (!last || place->dir == DIR_NONE || tree_block(model->tree, place->dir))
		return IMAGE_NONE;
	dir = match_dir(last->match, place->dir, &known);
	return known ? dir : IMAGE_NONE;
}

bool browser_parent(struct browser *browser, struct model *model)
{
	struct place place = browser->place;
	size_t length = browser->relative.length, start = length;
	unsigned char name[256];
	bool ghost = false;

	if (!browser->placed)
		return false;
	if (place.dir != DIR_NONE) {
		place.dir = tree_cold(model->tree, place.dir)->parent;
		if (place.dir == DIR_NONE)
			return false;
	} else if (place.gone && place.image_dir == place.home_ghost) {
		place = (struct place){.dir = browser->place.home, .image_dir = IMAGE_NONE};
		ghost = true;
	} else if (place.last) {
		place = place_of(model, place.image->parent[place.image_dir]);
	} else {
		place.image_dir = place.image->parent[place.image_dir];
		if (place.image_dir == IMAGE_NONE)
			return false;
	}
	while (start && browser->relative.data[start - 1] != '/')
		start--;
	length = length - start <= 255 ? length - start : 0;
	if (length)
		memcpy(name, browser->relative.data + start, length);
	browser_go(browser, model, &place, name, length);
	browser->anchor_ghost = ghost;
	return true;
}

int browser_path(const struct browser *browser, const struct model *model, struct buf *out)
{
	const char *root = browser->place.dir != DIR_NONE || !browser->place.image ? model->tree ? tree_root_path(model->tree) : "" : browser->place.image->root_path;
	size_t length = strlen(root);

	buf_add(out, root, length);
	if (browser->relative.length) {
		if (!length || root[length - 1] != '/')
			buf_char(out, '/');
		buf_add(out, browser->relative.data, browser->relative.length);
	}
	return out->failed ? -ENOMEM : 0;
}

/** The folder has been read again (or vanished): find it by its path, else the nearest folder above that is there. */
static void replace_dead_place(struct browser *browser, struct model *model)
{
	size_t length = browser->relative.length;
	struct place place = {.image_dir = IMAGE_NONE};
	unsigned char anchor[256];
	uint8_t anchor_length = browser->anchor_length;
	bool bound = browser->bound, same;

	memcpy(anchor, browser->anchor, anchor_length);
	for (;;) {
		place.dir = tree_lookup(model->tree, browser->relative.data ? browser->relative.data : "", length);
		if (place.dir != DIR_NONE || !length)
			break;
		while (length && browser->relative.data[length - 1] != '/')
			length--;
		length -= length > 0;
	}
	if (place.dir == DIR_NONE)
		place.dir = DIR_ROOT;
	same = length == browser->relative.length;
	browser->bound = false;
	browser_go(browser, model, &place, same && bound ? anchor : NULL, anchor_length);
}

/**
 * A folder shown as last known: once the scan has found it, it is the live one, and the cursor stays.  Until then the deepest folder found on the way is read first;
 * when the scan ends without it, it is there no more.
 */
static void come_alive(struct browser *browser, struct model *model)
{
	const char *path = browser->relative.data ? browser->relative.data : "";
	size_t length = browser->relative.length, skip = strlen(model->last->prefix);
	dir_id dir = found_dir(model, path, length);

	if (dir != DIR_NONE) {
		browser->place = (struct place){.dir = dir, .image_dir = IMAGE_NONE};
		place_path(browser, model);
		focus(browser, model, dir);
		return;
	}
	if (!model_last(model)) {
		while (skip && skip < length && path[skip] == '/')
			skip++;
		if (browser->relative.data)
			memmove(browser->relative.data, path + skip, length - skip + 1);
		browser->relative.length = length - skip;
		replace_dead_place(browser, model);
		return;
	}
	while (length > skip && dir == DIR_NONE) {
		while (length > skip && path[length - 1] != '/')
			length--;
		length -= length > skip;
		dir = found_dir(model, path, length);
	}
	focus(browser, model, dir);
}

/** What was remembered of images that are gone must not be found again at the same address. */
static void forget_images(struct browser *browser)
{
	for (size_t i = 0; i < browser->position_count;)
		if (browser->positions[i].place.image)
			browser->positions[i] = browser->positions[--browser->position_count];
		else
			i++;
}

/** A view opened or closed, a baseline changed below our feet, a folder replaced. */
static void check_place(struct browser *browser, struct model *model)
{
	if (!browser->placed) {
		struct place root = {.dir = DIR_ROOT, .image_dir = IMAGE_NONE};

		browser_go(browser, model, &root, NULL, 0);
	}
	if (model->view != browser->view) {
		struct place place = {.image_dir = IMAGE_ROOT};

		if (!browser->view) {
			remember(browser);
			browser->home = browser->place;
		}
		forget_images(browser);
		browser->bound = false;
		browser->view = model->view;
		if (model->view) {
			struct buf path = {0};
			const char *root = model->view->image->root_path;
			size_t skip = strlen(root);

			/* The same folder, if that snapshot has it. */
			place.image = model->view->image;
			while (skip && root[skip - 1] == '/')
				skip--;
			if (browser_path(browser, model, &path) == 0 && path.length >= skip && !memcmp(path.data, root, skip) && (path.length == skip || path.data[skip] == '/')) {
				while (skip < path.length && path.data[skip] == '/')
					skip++;
				place.image_dir = image_lookup(place.image, path.data + skip, path.length - skip);
				if (place.image_dir == IMAGE_NONE)
					place.image_dir = IMAGE_ROOT;
			}
			buf_free(&path);
		} else {
			place = browser->home;
			if (place.gone)
				place = (struct place){.dir = place.home, .image_dir = IMAGE_NONE};
		}
		browser_go(browser, model, &place, NULL, 0);
	}
	if (browser->base_image != (model->baseline ? model->baseline->image : NULL)) {
		browser->base_image = model->baseline ? model->baseline->image : NULL;
		forget_images(browser);
	}
	if (browser->place.gone && (!model->baseline || browser->place.image != model->baseline->image)) {
		struct place place = {.dir = browser->place.home, .image_dir = IMAGE_NONE};

		browser->bound = false;
		browser_go(browser, model, &place, NULL, 0);
	}
	if (browser->place.last)
		come_alive(browser, model);
	if (browser->place.dir != DIR_NONE && !tree_alive(model->tree, browser->place.dir))
		replace_dead_place(browser, model);
}

/* ---- rows ---- */

static void make_query(const struct browser *browser, const struct model *model, struct listing_query *query)
{
	*query = (struct listing_query){
		.place = browser->place,
		.sort = browser->sort,
		.descending = browser->descending,
		.dirs_first = model->settings.dirs_first,
		.show_hidden = model->settings.show_hidden,
		.apparent = model->settings.apparent,
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

	*source = (struct listing_source){.tree = model->tree, .base = base, .base_dir = IMAGE_NONE, .last_dir = IMAGE_NONE, .written = model->written, .written_since = model->written_since};
	if (browser_live(browser, model)) {
		source->watcher = model->watcher;
	}
	if (model->live && !model->view) {
		source->unsettled = model->live_status.unsettled;
		source->polled = model->polled;
	}
	if (base && model->moves && moves_image(model->moves) == base->image)
		source->moves = model->moves;
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

		if (browser_path(browser, model, &path) == 0) {
			size_t skip = strlen(base->image->root_path);

			while (skip && base->image->root_path[skip - 1] == '/')
				skip--;
			if (path.length >= skip && !memcmp(path.data, base->image->root_path, skip)) {
				while (skip < path.length && path.data[skip] == '/')
					skip++;
				source->base_dir = image_lookup(base->image, path.data + skip, path.length - skip);
				source->base_known = true;
			}
		}
		buf_free(&path);
	}
	if (browser_growth(browser, model) == GROWTH_SINCE && source->base_known && source->base_dir != IMAGE_NONE)
		source->base_files = model_files(model, base->image, source->base_dir);
}

static bool same_query(const struct listing_query *a, const struct listing_query *b)
{
	return same_place(&a->place, &b->place) && a->sort == b->sort && a->descending == b->descending && a->dirs_first == b->dirs_first &&
	       a->show_hidden == b->show_hidden && a->apparent == b->apparent && a->growth == b->growth && a->live == b->live && !strcmp(a->filter, b->filter);
}

static bool files_ready(const struct listing_source *source)
{
	return (!source->base_files || source->base_files->ready) && (!source->own_files || source->own_files->ready);
}

/** Would the rows name something that may be freed soon? */
static bool dangling(const struct listing *listing, const struct listing_source *source)
{
	return (listing->source.base && listing->source.base != source->base) || (listing->source.polled && listing->source.polled != source->polled) || (listing->source.written && listing->source.written != source->written) || (listing->source.moves && listing->source.moves != source->moves) ||
	       (listing->source.base_files && listing->source.base_files != source->base_files) ||
	       (listing->source.own_files && listing->source.own_files != source->own_files);
}

/** Have the rows another answer now, but for figures that moved? */
static bool outdated(const struct listing *listing, const struct listing_query *query, const struct listing_source *source)
{
	return !same_query(&listing->query, query) || listing->source.base != source->base || listing->source.polled != source->polled || listing->source.written != source->written || listing->source.moves != source->moves ||
	       listing->source.own_files != source->own_files || listing->source.base_known != source->base_known ||
	       listing->source.base_dir != source->base_dir || listing->source.last_dir != source->last_dir || listing->source.base_files != source->base_files || listing->files_ready != files_ready(source) ||
	       listing->source.written_since != source->written_since || listing->matched != (source->base && source->base->match) || !listing_current(listing);
}

static void take_listing(struct browser *browser, struct model *model, struct listing *fresh, int status, int64_t began_ns, uint64_t batches)
{
	browser->built_ns = clock_mono_ns();
	browser->built_batches = batches;
	browser->build_cost_ns = browser->built_ns - began_ns;
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
	if (!sort->status && !atomic_load_explicit(&task->cancel, memory_order_relaxed) && same_place(&sort->query.place, &browser->place))
		take_listing(browser, sort->model, &sort->result, 0, sort->began_ns, sort->batches);
	else
		listing_clear(&sort->result);
	sort->model->generation++;
	free(sort);
}

static void build(struct browser *browser, struct model *model, const struct listing_query *query, const struct listing_source *source)
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

	if (!browser->listed || listing->query.growth != GROWTH_SINCE || listing->query.place.dir == DIR_NONE || !source->base || !source->base->match)
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
	if (!browser->listed || browser->zeroed || outdated(&browser->listing, &query, &source)) {
		browser->zeroed = browser->sorting != NULL;
		if (browser->listed && dangling(&browser->listing, &source)) {
			listing_clear(&browser->listing);
			browser->listed = false;
		}
		build(browser, model, &query, &source);
		return want_growth(browser, model, now_ns);
	}
	browser->listing.source = source;
	if (browser->listing.complete && browser->built_batches == model->live_status.batches)
		return want_growth(browser, model, now_ns);
	due = (int64_t)model->settings.update_ms * 1000000;
	due = due > RESORT_LEAST_NS ? due : RESORT_LEAST_NS;
	due = browser->built_ns + (browser->build_cost_ns * RESORT_SHARE > due ? browser->build_cost_ns * RESORT_SHARE : due);
	if (model->last_key_ns && due < model->last_key_ns + KEY_PAUSE_NS)
		due = model->last_key_ns + KEY_PAUSE_NS;
	if (now_ns < due)
		return due;
	build(browser, model, &query, &source);
	return want_growth(browser, model, now_ns);
}

/* ---- F ---- */

static void say_name(char *out, size_t size, const struct model *model, const struct row *row)
{
	struct buf safe = {0}, shown = {0};

	out[0] = 0;
	if (text_safe(&safe, row->name, row->name_length, model->ascii) == 0 && text_shorten(&shown, safe.data ? safe.data : "", safe.length, 40) == 0)
		snprintf(out, size, "%s%s", row->is_dir ? "/" : "", shown.data ? shown.data : "");
	buf_free(&safe);
	buf_free(&shown);
}

/** One step down.  True when a folder was entered: then the next step may follow. */
static bool follow_step(struct browser *browser, struct model *model)
{
	const struct listing *listing = &browser->listing;
	bool live = listing->query.live && listing->query.sort == SORT_LIVE;
	char figure[TEXT_FIGURE];
	struct row row = {.growth_trust = TRUST_EXACT};

	if (!browser->listed || browser->sorting || browser->place.last || !files_ready(&listing->source))
		return false;
	if (!live && listing->query.growth == GROWTH_WRITTEN && !listing->source.written)
		return false;
	if (!live && listing->query.growth == GROWTH_SINCE && !listing->matched && (listing->source.base || !model->baseline_known) && !browser->place.gone && !model->view)
		return false; /* what it is compared with is not known yet */
	if (!listing->block && !listing->complete)
		return false; /* not listed yet */
	/* Figures that still move may mislead: wait for all of them, and name the leader or another that is waited for. */
	browser->follow_name[0] = 0;
	if (!listing->complete) {
		size_t at = 0;

		if (listing->leader == SIZE_MAX || !listing_row(listing, listing->leader, &row) || row.growth_trust == TRUST_EXACT)
			while (at < listing->count && at < FOLLOW_ROWS && (!listing_row(listing, at, &row) || row.growth_trust == TRUST_EXACT || row.growth_trust == TRUST_UNKNOWN))
				at++;
		if (row.growth_trust == TRUST_PARTIAL || row.growth_trust == TRUST_OLD)
			say_name(browser->follow_name, sizeof browser->follow_name, model, &row);
		return false;
	}
	if (listing->leader == SIZE_MAX || !listing_row(listing, listing->leader, &row) || (live ? row.live_bytes : row.growth_bytes) * 2 < listing->positive_growth) {
		browser->following = false;
		if (listing->leader == SIZE_MAX)
			model_say(model, false, _("nothing grew here"));
		else
			model_say(model, false, ngettext("no single grower: %s over %zu entry", "no single grower: %s over %zu entries", listing->positive_count),
			          text_delta(figure, listing->positive_growth, model->settings.si), listing->positive_count);
		return false;
	}
	browser_move(browser, model, listing->leader);
	if (row.can_enter) {
		browser_enter(browser, model, &row);
		return true;
	}
	browser->following = false;
	say_name(browser->follow_name, sizeof browser->follow_name, model, &row);
	model_say(model, false, _("%s: %s of %s here"), browser->follow_name, text_delta(figure, live ? row.live_bytes : row.growth_bytes, model->settings.si),
	          text_delta((char[TEXT_FIGURE]){0}, listing->positive_growth, model->settings.si));
	return false;
}

int64_t browser_update(void *state, struct model *model, int64_t now_ns)
{
	struct browser *browser = state;
	int64_t next, want_written_ns, began_ns = clock_mono_ns();

	if (!model->tree)
		return SCREEN_NEVER;
	check_place(browser, model);
	want_written_ns = SCREEN_NEVER;
	if (browser_growth(browser, model) == GROWTH_WRITTEN && (!model->written || model->scanning || browser->written_batches != model->live_status.batches)) {
		if ((uint64_t)now_ns - browser->written_asked_ns > WRITTEN_AGAIN_NS) {
			browser->written_asked_ns = (uint64_t)now_ns;
			browser->written_batches = model->live_status.batches;
			model_want_written(model);
		} else if (model->live) {
			want_written_ns = (int64_t)browser->written_asked_ns + WRITTEN_AGAIN_NS + 1;
		}
	}
	next = refresh_rows(browser, model, now_ns);
	if (want_written_ns < next)
		next = want_written_ns;
	while (browser->following && follow_step(browser, model)) {
		next = refresh_rows(browser, model, now_ns);
		/* A chain of folders may be thousands deep: the rest in the next frame. */
		if (clock_mono_ns() - began_ns > FOLLOW_NS) {
			next = now_ns;
			break;
		}
	}
	scroll(browser, model);
	return next;
}

/** A folder that is still being read has the size it had, and what it is known to have grown since. */
static void remembered_total(const struct model *model, dir_id dir, struct row *total)
{
	const struct baseline *last = model_last(model);
	bool known = false, apparent = model->settings.apparent;
	uint32_t before = last ? match_dir(last->match, dir, &known) : IMAGE_NONE;
	struct growth growth;

	if (!known || before == IMAGE_NONE)
		return;
	match_growth(last->match, dir, &growth);
	if (growth.unknown || growth.stale)
		growth = (struct growth){0};
	total->trust = TRUST_OLD;
	total->bytes = (apparent ? last->image->apparent_bytes[before] : last->image->alloc_bytes[before]) + (uint64_t)(apparent ? growth.apparent_bytes : growth.alloc_bytes);
	total->items = last->image->items[before] + (uint64_t)growth.items;
}

/** What is no better than `trust`. */
static void lower_trust(struct row *total, enum trust trust)
{
	total->trust = total->trust > trust ? total->trust : trust;
	total->live_trust = total->live_trust > trust ? total->live_trust : trust;
	total->growth_trust = total->growth_trust > trust ? total->growth_trust : trust;
}

void browser_total(const struct browser *browser, const struct model *model, struct row *total)
{
	const struct baseline *base = model_base(model);
	const struct place *place = &browser->place;
	bool apparent = model->settings.apparent;

	memset(total, 0, sizeof *total);
	total->growth_blank = true;
	total->growth_trust = TRUST_OLD;
	if (place->dir != DIR_NONE) {
		struct node node;
		struct growth growth;
		uint64_t bytes;
		unsigned pin = tree_pin(model->tree);

		if (browser_live(browser, model)) {
			int64_t alloc_bytes = 0, apparent_bytes = 0;

			watcher_live_dir(model->watcher, place->dir, &alloc_bytes, &apparent_bytes);
			total->live_bytes = apparent ? apparent_bytes : alloc_bytes;
		}

		tree_dir_node(model->tree, place->dir, &node);
		tree_unpin(model->tree, pin);
		total->bytes = apparent ? node.apparent_bytes : node.alloc_bytes;
		total->items = node.items;
		total->errors = node.errors;
		total->trust = !node.complete ? TRUST_PARTIAL : node.dir_flags & DIR_STALE ? TRUST_UNKNOWN : node.dir_flags & DIR_TRUSTED ? TRUST_OLD : TRUST_EXACT;
		if (browser_growth(browser, model) == GROWTH_WRITTEN) {
			if (model->written && written_bytes(model->written, place->dir, &bytes)) {
				total->growth_blank = false;
				total->growth_bytes = (int64_t)bytes;
				total->growth_trust = node.complete ? TRUST_EXACT : TRUST_PARTIAL;
			}
		} else if (base && base->match) {
			match_growth(base->match, place->dir, &growth);
			total->growth_blank = growth.unknown || growth.stale;
			total->growth_trust = growth.unknown ? TRUST_UNKNOWN : growth.stale ? TRUST_OLD : growth.partial ? TRUST_PARTIAL : TRUST_EXACT;
			total->growth_bytes = apparent ? growth.apparent_bytes : growth.alloc_bytes;
		}
		if (!node.complete)
			remembered_total(model, place->dir, total);
		if (model->live)
			lower_trust(total, model->live_status.unsettled ? TRUST_UNKNOWN : model->polled && polled_below(model->polled, place->dir) ? TRUST_OLD : TRUST_EXACT);
		return;
	}
	total->bytes = apparent ? place->image->apparent_bytes[place->image_dir] : place->image->alloc_bytes[place->image_dir];
	total->items = place->image->items[place->image_dir];
	total->errors = place->image->errors[place->image_dir];
	total->gone = place->gone;
	total->trust = place->last ? TRUST_OLD : TRUST_EXACT;
	if (place->last)
		return;
	if (place->gone) {
		total->growth_blank = false;
		total->growth_trust = TRUST_EXACT;
		total->growth_bytes = -(int64_t)total->bytes;
	} else if (base && browser->listed && browser->listing.source.base_known) {
		uint32_t before = browser->listing.source.base_dir;

		total->growth_blank = false;
		total->growth_trust = TRUST_EXACT;
		total->growth_bytes = (int64_t)total->bytes;
		if (before != IMAGE_NONE)
			total->growth_bytes -= (int64_t)(apparent ? base->image->apparent_bytes[before] : base->image->alloc_bytes[before]);
	}
}
