/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* B: what lies below the folder shown, by type, extension, age or owner; Enter lists the files of a group. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/columns.h"
#include "ui/model/model_breakdown.h"
#include "ui/screens/layers.h"

#define SIZE_END 11 /* columns behind the figures */
#define SHARE_END 18
#define ITEMS_END 29
#define NARROW 60 /* below, share and items give way */
#define GROWTH_CELLS 12
#define KIND_CELLS 19 /* of a group's title, where its extensions follow */
#define WHEEL_ROWS 3

/** One line: a group, or one that is there no more (its sum is zero). */
struct group_line {
	struct breakdown_group group;
	int64_t growth_bytes; /* by the measure shown */
};

struct breakdown_screen {
	struct browser *browser;
	struct model *model;
	enum breakdown_by by;
	const struct breakdown_answer *answer; /* as of this frame */
	uint64_t changes;                      /* what `lines` were made of, */
	enum breakdown_by made_by;
	enum breakdown_measure made_measure;
	bool made_growth, made;
	struct group_line *lines;
	size_t count, cursor, top, page;
	bool growth;             /* the column is on, */
	enum trust growth_trust; /* and its figures can be believed so far */
	enum trust trust;
	struct breakdown_sum total;
};

static enum breakdown_measure measure_of(const struct model *model)
{
	return model->settings.by_items ? BREAKDOWN_ITEMS
	     : model->settings.apparent ? BREAKDOWN_APPARENT
	                                : BREAKDOWN_ALLOCATED;
}

/* ---- up to date ---- */

/** What is asked: of the folder shown, and of what it was while growth is shown. */
static struct breakdown_question question_of(const struct breakdown_screen *state, const struct model *model)
{
	const struct browser *browser = state->browser;
	const struct place *place = &browser->place;
	const struct baseline *base = model_base(model);
	struct breakdown_question question = {.dir = place->dir,
	                                      .image = place->image,
	                                      .image_dir = place->image_dir,
	                                      .base_dir = IMAGE_NONE};
	bool known = true;

	if (browser_growth(browser, model) != GROWTH_SINCE || !base || place->gone || place->remembered)
		return question;
	if (place->dir == DIR_NONE)
		known = browser_dir_in_image(browser, model, base->image, &question.base_dir);
	else if (base->match)
		question.base_dir = match_dir(base->match, place->dir, &known);
	else
		known = false;
	question.base = known ? base->image : NULL;
	return question;
}

static int by_growth(const void *left, const void *right)
{
	const struct group_line *a = left, *b = right;

	return a->growth_bytes != b->growth_bytes ? (a->growth_bytes > b->growth_bytes ? -1 : 1) : 0;
}

/** The groups of now, and those of then that are there no more. */
static int make_lines(struct breakdown_screen *state, enum breakdown_measure measure)
{
	struct breakdown_group *now = NULL, *then = NULL;
	size_t now_count = 0, then_count = 0;
	int rc = breakdown_groups(state->answer->now, state->by, measure, &now, &now_count);

	if (!rc && state->growth && state->answer->then)
		rc = breakdown_groups(state->answer->then, state->by, measure, &then, &then_count);
	free(state->lines);
	state->count = 0;
	state->lines = rc ? NULL : alloc_array(now_count + then_count + 1, sizeof(*state->lines));
	for (size_t i = 0; state->lines && i < now_count; i++) {
		const struct breakdown_group *was = breakdown_find(state->by, then, then_count, &now[i]);

		state->lines[state->count++] = (struct group_line){
			.group = now[i],
			.growth_bytes = figure_growth(was ? breakdown_measured(&was->sum, measure) : 0,
		                                      breakdown_measured(&now[i].sum, measure))};
	}
	for (size_t i = 0; state->lines && i < then_count; i++) {
		struct group_line *line = &state->lines[state->count];

		if (breakdown_find(state->by, now, now_count, &then[i]))
			continue;
		*line = (struct group_line){
			.group = then[i],
			.growth_bytes = figure_growth(breakdown_measured(&then[i].sum, measure), 0)};
		line->group.sum = (struct breakdown_sum){0};
		state->count++;
	}
	if (state->lines && state->growth && state->browser->sort == SORT_GROWTH && state->answer->then_known)
		qsort(state->lines, state->count, sizeof(*state->lines), by_growth);
	free(now);
	free(then);
	return state->lines ? 0 : -ENOMEM;
}

/** How far growth can be believed: what could not be read on a side is in no figure. */
static enum trust growth_trust(const struct breakdown_screen *state)
{
	const struct row *total = &state->browser->total;

	if (state->answer->then_failed || (state->answer->then_known && total->growth_trust == TRUST_UNKNOWN))
		return TRUST_UNKNOWN;
	if (!state->answer->then_known)
		return TRUST_OLD;
	return state->trust;
}

static int first_row(const struct model *model)
{
	return model->rows >= 10 ? 3 : model->rows >= 8 ? 2 : 1;
}

static int status_row(const struct model *model)
{
	return action_row(model->rows) >= 0 ? model->rows - 2 : model->rows - 1;
}

static void go(struct breakdown_screen *state, int64_t to)
{
	int64_t last = (int64_t)state->count - 1;

	to = to > last ? last : to;
	state->cursor = to < 0 ? 0 : (size_t)to;
	if (state->top > state->cursor)
		state->top = state->cursor;
	if (state->page && state->cursor >= state->top + state->page)
		state->top = state->cursor - state->page + 1;
	if (state->top + state->page > state->count)
		state->top = state->count > state->page ? state->count - state->page : 0;
}

static int64_t update(void *data, struct model *model, int64_t now_ns)
{
	struct breakdown_screen *state = data;
	struct breakdown_question question;
	enum breakdown_measure measure = measure_of(model);
	int rows = status_row(model) - first_row(model);

	if (!model->tree || !state->browser->placed)
		return SCREEN_NEVER;
	question = question_of(state, model);
	state->growth = browser_growth(state->browser, model) == GROWTH_SINCE;
	state->answer = model_breakdown(model, &question);
	state->page = rows > 0 ? (size_t)rows : 0;
	state->trust = state->browser->total.trust;
	if (!state->answer || !state->answer->now) {
		state->count = 0;
		state->made = false;
		return SCREEN_NEVER;
	}
	state->growth_trust = growth_trust(state);
	state->total = breakdown_total(state->answer->now);
	if (!state->made || state->changes != state->answer->changes || state->made_by != state->by ||
	    state->made_measure != measure || state->made_growth != state->growth) {
		if (make_lines(state, measure))
			model_say(model, true, "%s", strerror(ENOMEM));
		state->made = true;
		state->changes = state->answer->changes;
		state->made_by = state->by;
		state->made_measure = measure;
		state->made_growth = state->growth;
	}
	go(state, (int64_t)state->cursor);
	return model->live ? now_ns + 1000000000 : SCREEN_NEVER;
}

/* ---- input ---- */

static unsigned list_files(struct breakdown_screen *state, struct model *model)
{
	char text[48];

	if (state->cursor >= state->count)
		return REACT_NONE;
	if (!*breakdown_terms(state->by, &state->lines[state->cursor].group, text)) {
		model_say(model, false, "%s", _("no filter names these"));
		return REACT_PAINT;
	}
	prompt_set(&state->browser->prompt, text);
	if (!state->browser->flat)
		browser_toggle_flat(state->browser, model);
	return REACT_CLOSE | REACT_PAINT;
}

static void next_way(struct breakdown_screen *state, struct model *model)
{
	state->by = (enum breakdown_by)((state->by + 1) % BREAKDOWN_WAYS);
	state->cursor = state->top = 0;
	if (state->by == BREAKDOWN_OWNER && state->answer && state->answer->now &&
	    !breakdown_owners(state->answer->now))
		model_say(model, false, "%s",
		          state->browser->place.dir == DIR_NONE ? _("snapshots do not keep owners")
		                                                : _("owners were not read: start with -e"));
}

static unsigned handle(void *data, struct screens *screens, const struct input *input, enum action action)
{
	struct breakdown_screen *state = data;
	struct model *model = screens->model;
	int64_t to, last = (int64_t)state->count - 1, page = (int64_t)state->page;

	if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN) {
		go(state, (int64_t)state->cursor + (input->kind == INPUT_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS));
		return REACT_PAINT;
	}
	if ((input->kind == INPUT_CLICK || input->kind == INPUT_DOUBLE_CLICK) && action == ACTION_NONE) {
		int clicked = input->row - first_row(model);

		if (clicked < 0 || clicked >= (int)state->page || state->top + (size_t)clicked >= state->count)
			return REACT_NONE;
		go(state, (int64_t)state->top + clicked);
		return input->kind == INPUT_DOUBLE_CLICK ? list_files(state, model) : REACT_PAINT;
	}
	to = action_moves_to(action, (int64_t)state->cursor, last, page, (page + 1) / 2);
	if (to >= 0) {
		go(state, to);
		return REACT_PAINT;
	}
	switch (action) {
	case ACTION_LIST_FILES: return list_files(state, model);
	case ACTION_NEXT: next_way(state, model); return REACT_PAINT;
	case ACTION_GROWTH:
		browser_toggle_growth(state->browser, model);
		if (browser_growth(state->browser, model) == GROWTH_WRITTEN)
			model_say(model, false, "%s", _("no earlier snapshot yet: growth is not known"));
		state->made = false;
		return REACT_PAINT;
	case ACTION_MEASURE: model_next_measure(model); return REACT_PAINT;
	case ACTION_HELP: return help_open(screens, 2) ? REACT_NONE : REACT_PAINT;
	default: return REACT_PASS;
	}
}

/* ---- painting ---- */

static const char *group_title(const struct breakdown_screen *state, const struct breakdown_group *group, char out[64])
{
	char word[16];

	if (state->by == BREAKDOWN_AGE)
		return _(breakdown_age_title(group->age));
	if (state->by == BREAKDOWN_TYPE || (state->by == BREAKDOWN_EXTENSION && !*group->extensions[0]))
		return _(kind_title(group->kind));
	if (state->by == BREAKDOWN_EXTENSION) {
		snprintf(out, 64, ".%s", group->extensions[0]);
		return out;
	}
	if (!group->owner_known)
		return _("not known");
	for (size_t i = 0; i < state->answer->owner_count; i++)
		if (state->answer->owners[i].uid == group->uid)
			return state->answer->owners[i].name;
	snprintf(out, 64, "%s", breakdown_word(state->by, group, word));
	return out;
}

static int kind_column(const struct breakdown_screen *state, int cols)
{
	return (cols < NARROW ? SIZE_END : ITEMS_END) + (state->growth ? GROWTH_CELLS : 0) + 2;
}

static void paint_line(const struct breakdown_screen *state, const struct model *model, struct canvas *canvas, int row,
                       const struct group_line *line)
{
	const struct breakdown_group *group = &line->group;
	enum breakdown_measure measure = measure_of(model);
	uint64_t bytes = breakdown_measured(&group->sum, measure), all = breakdown_measured(&state->total, measure);
	bool wide = canvas->cols >= NARROW;
	int col = kind_column(state, canvas->cols), end = wide ? ITEMS_END : SIZE_END;
	char figure[TEXT_FIGURE], title[64];

	if (measure == BREAKDOWN_ITEMS)
		text_count(figure, bytes);
	else
		text_size(figure, bytes, model->settings.si);
	canvas_size(canvas, row, SIZE_END - canvas_width(figure), figure);
	trust_paint(canvas, row, SIZE_END, state->trust);
	if (wide && all) {
		snprintf(figure, sizeof(figure), "%.1f%%", 100.0 * (double)bytes / (double)all);
		canvas_right(canvas, row, SHARE_END, ROLE_TEXT, figure);
	}
	if (wide && measure == BREAKDOWN_ITEMS)
		canvas_right(canvas, row, ITEMS_END, ROLE_TEXT,
		             text_size(figure, group->sum.alloc_bytes, model->settings.si));
	else if (wide)
		canvas_right(canvas, row, ITEMS_END, ROLE_TEXT, text_count(figure, group->sum.items));
	end += GROWTH_CELLS;
	if (state->growth && state->answer->then_known && line->growth_bytes)
		canvas_right(canvas, row, end,
		             line->growth_bytes == FIGURE_UNKNOWN ? ROLE_UNKNOWN
		             : line->growth_bytes > 0             ? ROLE_GROW
		                                                  : ROLE_SHRINK,
		             measure == BREAKDOWN_ITEMS ? text_count_delta(figure, line->growth_bytes)
		                                        : text_delta(figure, line->growth_bytes, model->settings.si));
	if (state->growth)
		trust_paint(canvas, row, end, state->growth_trust);
	col = canvas_text(canvas, row, col, ROLE_TEXT, "%s", group_title(state, group, title));
	if (state->by != BREAKDOWN_TYPE)
		return;
	end = kind_column(state, canvas->cols) + KIND_CELLS;
	col = col < end ? end : col + 1;
	for (int i = 0; i < BREAKDOWN_KINDS_EXTENSIONS && *group->extensions[i]; i++)
		if (col + 1 + (int)strlen(group->extensions[i]) < canvas->cols)
			col = canvas_text(canvas, row, col, ROLE_PARTIAL, ".%s", group->extensions[i]) + 1;
}

static void paint_title(const struct breakdown_screen *state, const struct model *model, struct canvas *canvas)
{
	struct buf path = {0};
	int right = canvas->cols - 1, col;

	canvas_fill(canvas, 0, 0, canvas->cols, ROLE_TITLE, ' ');
	if (canvas->cols >= NARROW)
		right = canvas_right(canvas, 0, right, ROLE_TITLE, _("[Tab: type age owner]"));
	col = canvas_text(canvas, 0, 1, ROLE_TITLE, "%s", _("what lies in"));
	if (browser_path(state->browser, model, &path) == 0)
		canvas_name(canvas, 0, col + 1, right - 2 - (col + 1), ROLE_TITLE, path.data ? path.data : "/",
		            path.data ? path.length : 1);
	buf_free(&path);
}

/** "182.4 GiB in 1 702 114 items", "by type, 14 kinds" */
static void paint_totals(const struct breakdown_screen *state, const struct model *model, struct canvas *canvas,
                         int row)
{
	char figure[TEXT_FIGURE], ways[64];
	int col = 1;

	if (state->made) {
		col = canvas_size(
			canvas, row, col,
			text_size(figure,
		                  model->settings.apparent ? state->total.apparent_bytes : state->total.alloc_bytes,
		                  model->settings.si));
		col = trust_paint(canvas, row, col, state->trust) + 1;
		col = canvas_text(canvas, row, col, ROLE_TEXT,
		                  ngettext("in %s item", "in %s items", state->total.items),
		                  text_count(figure, state->total.items));
	}
	snprintf(ways, sizeof(ways),
	         state->by == BREAKDOWN_TYPE        ? ngettext("by type, %zu kind", "by type, %zu kinds", state->count)
	         : state->by == BREAKDOWN_EXTENSION ? ngettext("by extension, %zu", "by extension, %zu", state->count)
	         : state->by == BREAKDOWN_AGE       ? ngettext("by age, %zu", "by age, %zu", state->count)
	                                            : ngettext("by owner, %zu", "by owner, %zu", state->count),
	         state->count);
	if (col + 2 + canvas_width(ways) < canvas->cols)
		canvas_right(canvas, row, canvas->cols - 1, ROLE_TEXT, ways);
}

static void paint_heads(const struct breakdown_screen *state, const struct model *model, struct canvas *canvas, int row)
{
	static const char *const titles[BREAKDOWN_WAYS] = {N_("kind"), N_("extension"), N_("modified"), N_("owner")};
	bool by_growth_now = state->growth && state->browser->sort == SORT_GROWTH, wide = canvas->cols >= NARROW;

	canvas_right(canvas, row, SIZE_END, ROLE_HEAD,
	             model->settings.by_items   ? _("items")
	             : model->settings.apparent ? _("apparent")
	                                        : _("size"));
	if (wide) {
		canvas_right(canvas, row, SHARE_END, ROLE_HEAD, _("share"));
		canvas_right(canvas, row, ITEMS_END, ROLE_HEAD, model->settings.by_items ? _("size") : _("items"));
	}
	if (state->growth)
		canvas_right(canvas, row, (wide ? ITEMS_END : SIZE_END) + GROWTH_CELLS, ROLE_HEAD, _("growth"));
	if (by_growth_now)
		canvas_sign(canvas, row, (wide ? ITEMS_END : SIZE_END) + GROWTH_CELLS, ROLE_HEAD, "▾");
	canvas_text(canvas, row, kind_column(state, canvas->cols), ROLE_HEAD, "%s", _(titles[state->by]));
}

static void paint(const void *data, const struct model *model, struct canvas *canvas)
{
	static const enum action keys[] = {ACTION_LIST_FILES, ACTION_GROWTH, ACTION_QUIT};
	const struct breakdown_screen *state = data;
	char text[48] = "", list[96];
	const struct action_word words[] = {{ACTION_LIST_FILES, list},
	                                    {ACTION_GROWTH, state->growth ? _("off") : _("growth")},
	                                    {ACTION_QUIT, _("back")},
	                                    {ACTION_NONE, NULL}};
	int row = 1;

	if (state->cursor < state->count)
		breakdown_terms(state->by, &state->lines[state->cursor].group, text);
	snprintf(list, sizeof(list), *text && canvas->cols >= NARROW ? _("list these files (filter %s)") : _("list"),
	         text);
	canvas_clear(canvas);
	paint_title(state, model, canvas);
	if (canvas->rows >= 10)
		paint_totals(state, model, canvas, row++);
	if (canvas->rows >= 8)
		paint_heads(state, model, canvas, row++);
	for (size_t i = 0; i < state->page && state->top + i < state->count; i++) {
		paint_line(state, model, canvas, row + (int)i, &state->lines[state->top + i]);
		if (state->top + i == state->cursor)
			canvas_mark(canvas, row + (int)i, 0, canvas->cols, ATTR_CURSOR);
	}
	if (*model->message)
		canvas_text(canvas, status_row(model), 1, model->message_warns ? ROLE_WARN : ROLE_TEXT, "%s",
		            model->message);
	else if (!state->made)
		canvas_text(canvas, status_row(model), 1, ROLE_STALE, "%s",
		            state->answer && state->answer->failed ? _("it could not be added up") : _("adding up..."));
	if (action_row(canvas->rows) >= 0)
		action_paint_row(canvas, action_row(canvas->rows), keys, (int)(sizeof(keys) / sizeof(*keys)), words,
		                 true);
}

/* ---- opening ---- */

static void close_breakdown(void *data)
{
	struct breakdown_screen *state = data;

	model_breakdown_close(state->model);
	free(state->lines);
	free(state);
}

static const struct screen_ops ops = {
	.name = "breakdown",
	.context = CONTEXT_BREAKDOWN,
	.handle = handle,
	.update = update,
	.paint = paint,
	.close = close_breakdown,
};

int browser_breakdown(struct browser *browser, struct screens *screens)
{
	struct breakdown_screen *state = alloc_zero(struct breakdown_screen);

	if (!state)
		return -ENOMEM;
	state->browser = browser;
	state->model = screens->model;
	return screens_push(screens, &ops, state);
}
