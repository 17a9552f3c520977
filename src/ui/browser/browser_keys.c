/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keys and the mouse do in the browser. */
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/columns.h"
#include "ui/model/model_remove.h"
#include "ui/screens/layers.h"

#define ASK_AFTER_NS 10000000000 /* a scan that has run this long is not thrown away by one key */
#define WHEEL_ROWS 3

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
	if (browser_row_path(browser, model, &row, &path) ||
	    details_open(screens, &row, browser->place.dir != DIR_NONE ? row.folder : DIR_NONE, path.data))
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
	if (browser->flat) {
		browser_go_there(browser, model, &row);
	} else if (row.can_enter) {
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
	if (browser->place.remembered)
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

	if (browser->place.dir == DIR_NONE && !browser->place.remembered) {
		model_say(model, true, "%s",
		          browser->place.gone ? _("this folder is gone: no shell can be there")
		                              : _("an old snapshot is no place for a shell"));
	} else if (model->start && model->start->tree_name) {
		model_say(model, true, "%s", _("an imported tree is no place for a shell"));
	} else if (!model->settings.can_shell) {
		model_say(model, true, "%s", _("the shell was turned off by an option"));
	} else if (browser_path(browser, model, &path) == 0) {
		model->shell_path = path.data;
		return REACT_SHELL | REACT_PAINT;
	}
	buf_free(&path);
	return REACT_PAINT;
}

/* ---- quitting, Esc ---- */

static unsigned quit(struct browser *browser, struct model *model)
{
	if (model_is_deleting(model)) {
		browser->asking = true;
		return REACT_PAINT;
	}
	if (browser_leave_flat(browser, model))
		return REACT_PAINT;
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

static unsigned back(struct browser *browser, struct model *model)
{
	if (model_is_deleting(model)) {
		model_stop_deleting(model);
		model_say(model, false, "%s", _("stopping; what is gone is gone"));
	} else if (*browser->prompt.text)
		prompt_set(&browser->prompt, "");
	else if (model->marks.count)
		marks_clear(&model->marks);
	else if (browser_leave_flat(browser, model))
		return REACT_PAINT;
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
	int64_t to = action_moves_to(action, (int64_t)browser->cursor, (int64_t)browser->listing.count, page, page / 2);

	if (to >= 0)
		browser_move(browser, model, (size_t)to);
	return to >= 0;
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
static void change_columns(struct browser *browser, struct model *model, enum action action)
{
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
	if (dropped & columns_of(action))
		model_say(model, false, "%s", _("no room for this column"));
}

/* ---- input ---- */

static void follow_growth(struct browser *browser, struct model *model)
{
	browser_leave_flat(browser, model);
	if (!browser_live(browser, model) || browser->sort != SORT_LIVE) {
		browser->growth = true;
		browser_sort_by_growth(browser);
	}
	browser->following = true;
	model_want_moved(model);
}

static void zero_live(struct browser *browser, struct model *model)
{
	if (!model->live || model->view) {
		browser_toggle_live(browser, model); /* says why not */
		return;
	}
	live_growth_zero(watcher_live(model->watcher));
	browser->rebuild = true;
	model_say(model, false, "%s", _("live changes are counted from now on"));
}

static unsigned open_snapshots(struct screens *screens)
{
	struct model *model = screens->model;

	if (!model->worker && model->state)
		model_say(model, false, "%s", _("there are no snapshots: this is an import, or nothing is stored"));
	else if (snapshots_open(screens))
		model_say(model, true, "%s", strerror(ENOMEM));
	return REACT_PAINT;
}

/** The keys of GROUP_GREW. */
static unsigned act_on_growth(struct browser *browser, struct screens *screens, enum action action)
{
	struct model *model = screens->model;

	switch (action) {
	case ACTION_GROWTH: browser_toggle_growth(browser, model); break;
	case ACTION_OLDER: browser_step_baseline(browser, model, true); break;
	case ACTION_NEWER: browser_step_baseline(browser, model, false); break;
	case ACTION_FOLLOW: follow_growth(browser, model); break;
	case ACTION_LIVE: browser_toggle_live(browser, model); break;
	case ACTION_LIVE_ZERO: zero_live(browser, model); break;
	case ACTION_FLAT: browser_toggle_flat(browser, model); break;
	case ACTION_EXPLAIN: return browser_explain(browser, screens);
	case ACTION_TIMELINE: return browser_timeline(browser, screens);
	default: return open_snapshots(screens);
	}
	return REACT_PAINT;
}

/** The keys of GROUP_SHOW. */
static unsigned act_on_view(struct browser *browser, struct model *model, enum action action)
{
	struct ui_settings *settings = &model->settings;

	switch (action) {
	case ACTION_SORT_SIZE: browser_sort_by(browser, SORT_SIZE, true); break;
	case ACTION_SORT_NAME: browser_sort_by(browser, SORT_NAME, false); break;
	case ACTION_SORT_ITEMS: browser_sort_by(browser, SORT_ITEMS, true); break;
	case ACTION_SORT_MTIME: browser_sort_by(browser, SORT_MTIME, true); break;
	case ACTION_FILTER:
		browser->filtering = true;
		browser->unfiltered = browser_position(browser);
		break;
	case ACTION_MEASURE: model_next_measure(model); break;
	case ACTION_DIRS_FIRST:
		settings->dirs_first = !settings->dirs_first;
		model_say(model, false, "%s", settings->dirs_first ? _("folders first") : _("folders among the files"));
		break;
	case ACTION_HIDDEN:
		settings->show_hidden = !settings->show_hidden;
		model_say(model, false, "%s",
		          settings->show_hidden ? _("hidden and excluded entries are shown")
		                                : _("hidden and excluded entries are not shown"));
		break;
	default: change_columns(browser, model, action); break;
	}
	return REACT_PAINT;
}

static unsigned act(struct browser *browser, struct screens *screens, enum action action)
{
	struct model *model = screens->model;

	if (move(browser, model, action))
		return REACT_PAINT;
	if (action_info(action)->group == GROUP_GREW)
		return act_on_growth(browser, screens, action);
	if (action == ACTION_BREAKDOWN) {
		if (browser_breakdown(browser, screens))
			model_say(model, true, "%s", strerror(ENOMEM));
		return REACT_PAINT;
	}
	if (action_info(action)->group == GROUP_SHOW)
		return act_on_view(browser, model, action);
	switch (action) {
	case ACTION_ENTER: return enter(browser, screens, true);
	case ACTION_INTO: return enter(browser, screens, false);
	case ACTION_PARENT:
		if (!browser_leave_flat(browser, model) && !browser_parent(browser, model))
			model_say(model, false, "%s",
			          model->view ? _("the top of this snapshot; q goes back to now")
			                      : _("the top of what is read"));
		return REACT_PAINT;
	case ACTION_INFO: return details(browser, screens);
	case ACTION_VOLUMES:
		if (volumes_open(screens))
			model_say(model, true, "%s", strerror(ENOMEM));
		return REACT_PAINT;
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
	case ACTION_QUIT_PRINT: return browser_quit_and_print(browser, model);
	default: return browser_act_on_entries(browser, screens, action);
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
		browser_read_filter(browser, model);
		if (*browser->terms_wrong.text && browser_layout(model).totals < 0)
			model_say(model, true, "%s", browser->terms_wrong.text);
		else if (*browser->terms_wrong.text)
			return REACT_PAINT; /* said above the list: it is to be mended */
		browser->filtering = false;
		browser_bind(browser); /* what was found stays selected when the filter goes */
		return REACT_PAINT;
	case PROMPT_CHANGED:
		if (*browser->prompt.text)
			browser->anchor.bound = false; /* the first match */
		else
			browser_take_position(browser, &browser->unfiltered);
		return REACT_PAINT;
	case PROMPT_MOVED: return REACT_PAINT;
	case PROMPT_NONE: break;
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

/** The result of a deletion stays until something else is done; meanwhile u puts back what is in the trash. */
static enum action behind_result(const struct browser *browser, struct model *model, enum action action)
{
	struct deletion *deletion = &model->deletion;

	if (!browser_shows_result(browser, model))
		return action;
	if (action == ACTION_SHARED && model_can_undo(model))
		return ACTION_UNDO;
	if (action != ACTION_NOT_DELETED && action != ACTION_NONE && action_info(action)->group != GROUP_MOVE)
		deletion->result[0] = 0;
	return action;
}

unsigned browser_handle(void *state, struct screens *screens, const struct input *input, enum action action)
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
	action = behind_result(browser, model, action);
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
