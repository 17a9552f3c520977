/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/browser/browser.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/columns.h"
#include "ui/screens/layers.h"

#define ASK_AFTER_NS 10000000000 /* a scan that has run this long is not thrown away by one key */
#define WHEEL_ROWS 3

static void sort_by(struct browser *browser, enum ui_sort sort, bool descending)
{
	if (browser->sort == sort)
		browser->descending = !browser->descending;
	else
		browser->descending = descending;
	browser->sort = sort;
}

static void sort_by_growth(struct browser *browser)
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

/** d: off → on and sorted by it; on but sorted otherwise → sorted by it; on and sorted → off. */
static void toggle_growth(struct browser *browser, struct model *model)
{
	if (browser->growth && browser->sort == SORT_GROWTH) {
		browser->growth = false;
		sort_again(browser, browser->former_sort, browser->former_descending);
		return;
	}
	browser->growth = true;
	sort_by_growth(browser);
	if (browser_growth(browser, model) == GROWTH_WRITTEN) {
		model_want_written(model);
		if (!browser->growth_explained)
			model_say(model, false, "%s",
			          _("d shows growth, it deletes nothing; no earlier snapshot yet: recent writes"));
		browser->growth_explained = true;
	}
}

/** w, likewise. */
static void toggle_live(struct browser *browser, struct model *model)
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
	const int count = sizeof windows / sizeof *windows;
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

/** The next older or newer snapshot that differs from the one compared with. */
static void step_baseline(struct browser *browser, struct model *model, bool older)
{
	const struct baseline *base = model_base(model);
	const struct snapshot *now = NULL;
	size_t at = 0;

	if (!browser->growth)
		toggle_growth(browser, model);
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

/* ---- into, up, details ---- */

/** There is no row under the cursor. */
static void no_row(const struct browser *browser, struct model *model)
{
	model_say(model, false, "%s",
	          browser->listed && !browser->listing.left_out ? _("there is nothing in this folder")
	                                                        : _("no row is shown"));
}

static unsigned details(struct browser *browser, struct screens *screens)
{
	struct model *model = screens->model;
	struct buf path = {0};
	struct row row;

	if (!browser_row(browser, &row)) {
		no_row(browser, model);
		return REACT_PAINT;
	}
	if (browser_path(browser, model, &path) == 0) {
		if (!path.length || path.data[path.length - 1] != '/')
			buf_char(&path, '/');
		buf_add(&path, row.name, row.name_length);
	}
	if (path.failed || details_open(screens, &row, browser->place.dir, path.data))
		model_say(model, true, "%s", strerror(ENOMEM));
	buf_free(&path);
	return REACT_PAINT;
}

static unsigned enter(struct browser *browser, struct screens *screens, bool files_too)
{
	struct model *model = screens->model;
	struct row row;

	if (!browser_row(browser, &row)) {
		no_row(browser, model);
		return REACT_PAINT;
	}
	if (row.can_enter) {
		browser_bind(browser);
		browser_enter(browser, model, &row);
	} else if (!row.is_dir && files_too) {
		return details(browser, screens);
	} else if (!row.is_dir) {
		model_say(model, false, "%s", _("no folder: i shows its details"));
	} else if (row.flags & (ROW_OTHERFS | ROW_KERNFS)) {
		model_say(model, false, "%s",
		          browser->place.dir != DIR_NONE ? _("another file system: not entered; r reads it")
		                                         : _("another file system: it was not entered"));
	} else if (row.flags & ROW_EXCLUDED) {
		model_say(model, false, "%s", _("left out by a pattern: nothing of it was read"));
	} else {
		model_say(model, true, "%s", _("this folder could not be read"));
	}
	return REACT_PAINT;
}

/* ---- r, R, b ---- */

/** Another folder is being read again: this one comes then; everything holds any folder. */
static void read_next(struct browser *browser, struct model *model, dir_id dir)
{
	if (model->reading_dir == dir || model->reading_dir == DIR_ROOT || browser->read_next == DIR_ROOT) {
		model_say(model, false, "%s",
		          browser->read_next == DIR_ROOT ? _("everything is read again as soon as this is done")
		                                         : _("it is being read again already"));
		return;
	}
	browser->read_next = dir;
	model_say(model, false, "%s",
	          dir == DIR_ROOT ? _("everything is read again as soon as this is done")
	                          : _("it is read again as soon as this is done"));
}

static unsigned reread(struct browser *browser, struct model *model, bool all)
{
	struct row row;
	int64_t block_row = -1;
	dir_id dir = all ? DIR_ROOT : browser->place.dir;

	model_save_again(model);
	if (browser->place.last)
		model_say(model, false, "%s", _("the scan is still running"));
	else if (browser->place.dir == DIR_NONE)
		model_say(model, true, "%s",
		          browser->place.gone ? _("this folder is gone: there is nothing to read")
		                              : _("an old snapshot cannot be read again"));
	else if (model->start && model->start->tree_name)
		model_say(model, true, "%s", _("an imported tree cannot be read again"));
	else if (!model->settings.can_refresh)
		model_say(model, true, "%s", _("reading again was turned off by an option"));
	else if (model_gone(model))
		return model_begin_again(model, all) ? REACT_QUIT : REACT_PAINT;
	else if (model->scanning)
		model_say(model, false, "%s", _("the scan is still running"));
	else if (model->partial)
		model_say(model, true, "%s",
		          _("the scan was ended before it was whole; open the folder again to read all of it"));
	else if (model->rereading)
		read_next(browser, model, dir);
	else {
		if (!all && browser_row(browser, &row) && row.origin == ROW_LIVE && row.is_dir &&
		    (row.flags & (ROW_OTHERFS | ROW_KERNFS)))
			block_row = row.block_row;
		model_reread(model, dir, block_row);
	}
	return REACT_PAINT;
}

static unsigned shell(struct browser *browser, struct model *model)
{
	struct buf path = {0};

	if (browser->place.dir == DIR_NONE && !browser->place.last) {
		model_say(model, true, "%s",
		          browser->place.gone ? _("this folder is gone: no shell can be there")
		                              : _("an old snapshot is no place for a shell"));
	} else if (model->start && model->start->tree_name) {
		model_say(model, true, "%s", _("an imported tree is no place for a shell"));
	} else if (!model->settings.can_shell) {
		model_say(model, true, "%s", _("the shell was turned off by an option"));
	} else if (browser_path(browser, model, &path) == 0 && (model->shell_path = strdup(path.data))) {
		buf_free(&path);
		return REACT_SHELL | REACT_PAINT;
	}
	buf_free(&path);
	return REACT_PAINT;
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

/* ---- quitting, Esc ---- */

static unsigned quit(struct browser *browser, struct model *model)
{
	if (model->view) {
		model_open_snapshot(model, 0);
		return REACT_PAINT;
	}
	if (model->settings.confirm_quit || (model->scanning && model->progress.elapsed_ns > ASK_AFTER_NS)) {
		browser->asking = true;
		return REACT_PAINT;
	}
	return REACT_QUIT;
}

static unsigned quit_and_print(struct browser *browser, struct model *model)
{
	struct buf path = {0};

	if (model->tree && browser->placed && browser_path(browser, model, &path) == 0)
		model->print_path = path.data;
	else
		buf_free(&path);
	return REACT_QUIT;
}

static unsigned back(struct browser *browser, struct model *model)
{
	if (*browser->prompt.text)
		prompt_set(&browser->prompt, "");
	else if (model->view)
		model_open_snapshot(model, 0);
	else
		model_say(model, false, "%s", _("nothing to go back from: q quits"));
	return REACT_PAINT;
}

/* ---- moving ---- */

static void move_by(struct browser *browser, struct model *model, int64_t rows)
{
	int64_t to = (int64_t)browser->cursor + rows;

	browser_move(browser, model, to < 0 ? 0 : (size_t)to);
}

static bool move(struct browser *browser, struct model *model, enum action action)
{
	int64_t page = browser_layout(model).list_rows;

	switch (action) {
	case ACTION_UP: move_by(browser, model, -1); return true;
	case ACTION_DOWN: move_by(browser, model, 1); return true;
	case ACTION_PAGE_UP: move_by(browser, model, -page); return true;
	case ACTION_PAGE_DOWN: move_by(browser, model, page); return true;
	case ACTION_HALF_UP: move_by(browser, model, -(page / 2)); return true;
	case ACTION_HALF_DOWN: move_by(browser, model, page / 2); return true;
	case ACTION_FIRST: browser_move(browser, model, 0); return true;
	case ACTION_LAST: browser_move(browser, model, browser->listing.count); return true;
	default: return false;
	}
}

/** g: bar, percent, both, none; on a wide screen the bar has its percentage already. */
static void next_graph(struct model *model)
{
	enum ui_graph next = (enum ui_graph)((model->settings.graph + 1) % (GRAPH_NONE + 1));

	if (next == GRAPH_BOTH && columns_percent_comes(model, model->cols))
		next = GRAPH_NONE;
	model->settings.graph = next;
}

/** The keys that show and hide columns. */
static unsigned column(struct browser *browser, struct model *model, enum action action)
{
	static const unsigned columns[] = {
		[ACTION_GRAPH] = 1u << COLUMN_BAR | 1u << COLUMN_PERCENT,
		[ACTION_SHARED] = 1u << COLUMN_SHARED,
		[ACTION_ITEMS] = 1u << COLUMN_ITEMS,
		[ACTION_MTIME] = 1u << COLUMN_MTIME,
	};
	struct ui_settings *settings = &model->settings;
	unsigned dropped = columns_arrange(browser, model, model->cols).dropped;

	if (action == ACTION_GRAPH)
		next_graph(model);
	else if (action == ACTION_SHARED)
		settings->shared = (enum ui_shared)((settings->shared + 1) % (SHARED_UNIQUE + 1));
	else if (action == ACTION_ITEMS)
		settings->show_items = !settings->show_items;
	else
		settings->show_mtime = !settings->show_mtime;
	if (action == ACTION_SHARED && settings->shared != SHARED_OFF)
		model_want_shared(model);
	dropped |= columns_arrange(browser, model, model->cols).dropped;
	if (dropped & columns[action])
		model_say(model, false, "%s", _("no room for this column"));
	return REACT_PAINT;
}

/* ---- input ---- */

static unsigned act(struct browser *browser, struct screens *screens, enum action action)
{
	struct model *model = screens->model;
	struct ui_settings *settings = &model->settings;

	if (move(browser, model, action))
		return REACT_PAINT;
	switch (action) {
	case ACTION_ENTER: return enter(browser, screens, true);
	case ACTION_INTO: return enter(browser, screens, false);
	case ACTION_PARENT:
		if (!browser_parent(browser, model))
			model_say(model, false, "%s",
			          model->view ? _("the top of this snapshot; q goes back to now")
			                      : _("the top of what is read"));
		return REACT_PAINT;
	case ACTION_SORT_SIZE: sort_by(browser, SORT_SIZE, true); return REACT_PAINT;
	case ACTION_SORT_NAME: sort_by(browser, SORT_NAME, false); return REACT_PAINT;
	case ACTION_SORT_ITEMS: sort_by(browser, SORT_ITEMS, true); return REACT_PAINT;
	case ACTION_SORT_MTIME: sort_by(browser, SORT_MTIME, true); return REACT_PAINT;
	case ACTION_GROWTH: toggle_growth(browser, model); return REACT_PAINT;
	case ACTION_OLDER: step_baseline(browser, model, true); return REACT_PAINT;
	case ACTION_NEWER: step_baseline(browser, model, false); return REACT_PAINT;
	case ACTION_FOLLOW:
		if (!browser_live(browser, model) || browser->sort != SORT_LIVE) {
			browser->growth = true;
			sort_by_growth(browser);
		}
		browser->following = true;
		model_want_moved(model);
		return REACT_PAINT;
	case ACTION_LIVE: toggle_live(browser, model); return REACT_PAINT;
	case ACTION_LIVE_ZERO:
		if (model->live && !model->view) {
			watcher_zero(model->watcher);
			browser->zeroed = true;
			model_say(model, false, "%s", _("live changes are counted from now on"));
		} else {
			toggle_live(browser, model); /* says why not */
		}
		return REACT_PAINT;
	case ACTION_SNAPSHOTS:
		if (!model->worker && model->private) {
			model_say(model, false, "%s",
			          _("there are no snapshots: this is an import, or nothing is stored"));
			return REACT_PAINT;
		}
		if (snapshots_open(screens))
			model_say(model, true, "%s", strerror(ENOMEM));
		return REACT_PAINT;
	case ACTION_FILTER:
		browser->filtering = true;
		browser->unfiltered = browser_position(browser);
		return REACT_PAINT;
	case ACTION_APPARENT: settings->apparent = !settings->apparent; return REACT_PAINT;
	case ACTION_DIRS_FIRST:
		settings->dirs_first = !settings->dirs_first;
		model_say(model, false, "%s", settings->dirs_first ? _("folders first") : _("folders among the files"));
		return REACT_PAINT;
	case ACTION_GRAPH:
	case ACTION_SHARED:
	case ACTION_ITEMS:
	case ACTION_MTIME:
		return column(browser, model, action);
	case ACTION_HIDDEN:
		settings->show_hidden = !settings->show_hidden;
		model_say(model, false, "%s",
		          settings->show_hidden ? _("hidden and excluded entries are shown")
		                                : _("hidden and excluded entries are not shown"));
		return REACT_PAINT;
	case ACTION_INFO: return details(browser, screens);
	case ACTION_SHELL: return shell(browser, model);
	case ACTION_REFRESH: return reread(browser, model, false);
	case ACTION_REFRESH_ALL: return reread(browser, model, true);
	case ACTION_HELP:
		if (help_open(screens, 1))
			model_say(model, true, "%s", strerror(ENOMEM));
		return REACT_PAINT;
	case ACTION_BACK: return back(browser, model);
	case ACTION_QUIT:
	case ACTION_INTERRUPT: return quit(browser, model);
	case ACTION_QUIT_PRINT: return quit_and_print(browser, model);
	default: return REACT_PASS;
	}
}

/** The line of the filter: what it does not take moves the cursor. */
static unsigned filter_key(struct browser *browser, struct model *model, const struct input *input)
{
	switch (prompt_key(&browser->prompt, input)) {
	case PROMPT_CANCELLED:
		prompt_set(&browser->prompt, "");
		browser->filtering = false;
		browser_take_position(browser, &browser->unfiltered);
		return REACT_PAINT;
	case PROMPT_DONE:
		browser->filtering = false;
		browser_bind(browser); /* what was found stays selected when the filter goes */
		return REACT_PAINT;
	case PROMPT_CHANGED:
		if (*browser->prompt.text)
			browser->bound = false; /* the first match */
		else
			browser_take_position(browser, &browser->unfiltered);
		return REACT_PAINT;
	case PROMPT_MOVED:
		return REACT_PAINT;
	case PROMPT_NONE:
		break;
	}
	return move(browser, model, action_for_key(CONTEXT_BROWSER, input->key)) ? REACT_PAINT : REACT_PASS;
}

static unsigned mouse(struct browser *browser, struct screens *screens, const struct input *input, enum action action)
{
	struct browser_layout layout = browser_layout(screens->model);
	size_t row = browser->top + (size_t)(input->row - layout.list);

	if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN) {
		move_by(browser, screens->model, input->kind == INPUT_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS);
		return REACT_PAINT;
	}
	if (action != ACTION_NONE)
		return act(browser, screens, action);
	if (input->row < layout.list || input->row >= layout.list + layout.list_rows || row >= browser->listing.count)
		return REACT_NONE;
	browser_move(browser, screens->model, row);
	if (input->kind == INPUT_DOUBLE_CLICK)
		return enter(browser, screens, true);
	return REACT_PAINT;
}

static unsigned browser_handle(void *state, struct screens *screens, const struct input *input, enum action action)
{
	struct browser *browser = state;
	struct model *model = screens->model;
	unsigned reactions = REACT_NONE;

	if (input->kind == INPUT_TEXT && !browser->filtering)
		return REACT_NONE;
	if (browser->asking && action != ACTION_REDRAW && action != ACTION_SUSPEND) {
		browser->asking = false;
		if (input->kind == INPUT_KEY &&
		    (action == ACTION_QUIT || action == ACTION_INTERRUPT || input->key == 's') && model->scanning) {
			model_end_scan(model);
			return REACT_PAINT;
		}
		return input->kind == INPUT_KEY && (input->key == 'y' || input->key == 'Y') ? REACT_QUIT : REACT_PAINT;
	}
	if (browser->following) {
		browser->following = false;
		if (action == ACTION_BACK)
			return REACT_PAINT;
		reactions = REACT_PAINT;
	}
	if (input->kind != INPUT_KEY && input->kind != INPUT_TEXT)
		return reactions | mouse(browser, screens, input, action);
	if (browser->filtering && action != ACTION_REDRAW && action != ACTION_SUSPEND)
		return reactions | filter_key(browser, screens->model, input);
	return reactions | act(browser, screens, action);
}

static unsigned browser_typing(const void *state)
{
	const struct browser *browser = state;

	return browser->filtering ? CONTEXT_PROMPT : browser->asking ? CONTEXT_ASK : CONTEXT_BROWSER;
}

static bool browser_shown_row(const void *state, struct row *row)
{
	return browser_row(state, row);
}

static void browser_close(void *state)
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

static const struct screen_ops browser_ops = {
	.name = "browser",
	.context = CONTEXT_BROWSER,
	.typing = browser_typing,
	.handle = browser_handle,
	.update = browser_update,
	.row = browser_shown_row,
	.paint = browser_paint,
	.close = browser_close,
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
	return screens_push(screens, &browser_ops, browser);
}

void browser_show_growth(struct screens *screens)
{
	struct browser *browser = screens->items[0].state;

	browser->growth = true;
	sort_by_growth(browser);
}
