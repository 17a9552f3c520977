/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a folder grew: opened, kept up to date, and what its keys do. */
#include "ui/screens/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/screens/layers.h"

#define WHEEL_ROWS 3

static void go(struct explain_screen *state, const struct model *model, int to)
{
	int count = explain_count(state, model);

	to = to < count ? to : count - 1;
	to = to > 0 ? to : 0;
	state->cursor = to;
	if (state->top > to)
		state->top = to;
	if (state->page > 0 && to >= state->top + state->page)
		state->top = to - state->page + 1;
	if (state->top > 0 && state->top > count - state->page)
		state->top = count > state->page ? count - state->page : 0;
}

static int64_t update(void *data, struct model *model, int64_t now_ns)
{
	struct explain_screen *state = data;

	state->page = explain_status_row(model->rows) - explain_list_row(model->rows);
	state->page = state->page > 0 ? state->page : 0;
	go(state, model, state->cursor);
	return SCREEN_NEVER;
}

/* ---- input ---- */

static void leave_paths(struct explain_screen *state, const struct model *model)
{
	state->paths = false;
	state->top = state->former_top;
	go(state, model, state->former_cursor);
}

static unsigned show_paths(struct explain_screen *state, const struct model *model)
{
	if (state->paths || !explain_count(state, model))
		return REACT_NONE;
	state->former_cursor = state->of = state->cursor;
	state->former_top = state->top;
	state->paths = true;
	state->top = 0;
	go(state, model, 0);
	return REACT_PAINT;
}

/* The other question of the same folder. */
static unsigned ask_other(struct explain_screen *state, struct model *model)
{
	bool growth = !state->growth;

	if (growth && !model_can_explain_growth(model)) {
		model_say(model, false, "%s", _("there is no earlier snapshot to compare with"));
		return REACT_PAINT;
	}
	if (model_want_causes(model, &state->subject, growth)) {
		state->growth = growth;
		state->paths = false;
		state->cursor = state->top = 0;
	}
	return REACT_PAINT;
}

static unsigned go_there(const struct explain_screen *state, struct model *model)
{
	const char *file, *path;
	bool gone;

	path = explain_count(state, model) ? explain_path(state, model, state->cursor, &file, &gone) : NULL;
	if (!path) {
		model_say(model, false, "%s", _("there is no row to go to"));
		return REACT_PAINT;
	}
	free(model->go_path);
	model->go_path = file ? alloc_print("%s%s%s", path, path[1] ? "/" : "", file) : alloc_text(path);
	return model->go_path ? REACT_GO | REACT_CLOSE | REACT_PAINT : REACT_NONE;
}

/* A shell in the folder explained; the command is printed, for the person to run. */
static unsigned shell(const struct explain_screen *state, struct model *model)
{
	struct buf note = {0};

	if (state->subject.dir == DIR_NONE) {
		model_say(model, true, "%s", _("an old snapshot is no place for a shell"));
	} else if (!model->settings.can_shell) {
		model_say(model, true, "%s", _("the shell was turned off by an option"));
	} else {
		free(model->shell_path);
		free(model->shell_note);
		model->shell_path = alloc_text(state->path);
		explain_advice(state, model, &note);
		model->shell_note = note.data;
		return model->shell_path ? REACT_SHELL | REACT_PAINT : REACT_NONE;
	}
	return REACT_PAINT;
}

static unsigned mouse(struct explain_screen *state, struct model *model, const struct input *input)
{
	int at = input->row - explain_list_row(model->rows) + state->top;

	if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN) {
		go(state, model, state->cursor + (input->kind == INPUT_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS));
		return REACT_PAINT;
	}
	if (input->row < explain_list_row(model->rows) || input->row >= explain_status_row(model->rows) ||
	    at >= explain_count(state, model))
		return REACT_NONE;
	go(state, model, at);
	return input->kind == INPUT_DOUBLE_CLICK ? go_there(state, model) : REACT_PAINT;
}

static unsigned handle(void *data, struct screens *screens, const struct input *input, enum action action)
{
	struct explain_screen *state = data;
	struct model *model = screens->model;
	int64_t to = action_moves_to(action, state->cursor, explain_count(state, model) - 1, state->page,
	                             state->page / 2);

	if (input->kind != INPUT_KEY && input->kind != INPUT_TEXT && action == ACTION_NONE)
		return mouse(state, model, input);
	if (to >= 0) {
		go(state, model, (int)to);
		return REACT_PAINT;
	}
	switch (action) {
	case ACTION_GO_THERE: return go_there(state, model);
	case ACTION_WHERE: return show_paths(state, model);
	case ACTION_NEXT: return ask_other(state, model);
	case ACTION_SHELL: return shell(state, model);
	case ACTION_HELP: return help_open(screens, 2) ? REACT_NONE : REACT_PAINT;
	case ACTION_BACK:
	case ACTION_QUIT:
	case ACTION_INTERRUPT:
	case ACTION_WHERE_BACK:
		if (state->paths) {
			leave_paths(state, model);
			return REACT_PAINT;
		}
		return REACT_CLOSE | REACT_PAINT;
	default: return REACT_PASS;
	}
}

/* ---- opening ---- */

static void close_explain(void *data)
{
	struct explain_screen *state = data;

	free(state->path);
	free(state);
}

static const struct screen_ops ops = {
	.name = "explain",
	.context = CONTEXT_EXPLAIN,
	.handle = handle,
	.update = update,
	.paint = explain_paint,
	.close = close_explain,
};

int explain_show(struct screens *screens, const struct causes_subject *subject, bool growth)
{
	struct explain_screen *state = alloc_zero(struct explain_screen);

	if (!state)
		return -ENOMEM;
	state->subject = *subject;
	state->growth = growth;
	state->path = alloc_text(subject->path);
	state->subject.path = state->path;
	if (!state->path) {
		free(state);
		return -ENOMEM;
	}
	return screens_push(screens, &ops, state);
}

int explain_open(struct screens *screens, const struct causes_subject *subject)
{
	struct model *model = screens->model;
	bool growth = model_can_explain_growth(model);

	if (!model_want_causes(model, subject, growth))
		return 0;
	if (!growth)
		model_say(model, false, "%s", _("no earlier snapshot to compare with: this is what lies here now"));
	return explain_show(screens, subject, growth);
}
