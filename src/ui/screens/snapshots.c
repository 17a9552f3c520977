/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of snapshots: opened, kept up to date, and what its keys do. */
#include "ui/screens/snapshots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/screens/layers.h"

#define WHEEL_ROWS 3

/* ---- input ---- */

static void go(struct snapshots *state, int to)
{
	int count = (int)state->rows.count;

	if (to >= count)
		to = count - 1;
	if (to < 0)
		to = 0;
	state->cursor = to;
	if (to < count)
		state->cursor_id = state->rows.items[to].now ? CURSOR_NOW : state->rows.items[to].id;
	if (state->top > to)
		state->top = to;
	if (state->page > 0 && to >= state->top + state->page)
		state->top = to - state->page + 1;
}

/** Rows of now, and the cursor on the one it stood on; a snapshot may be gone: then on the row that took its place. */
static void make_rows(struct snapshots *state, struct model *model)
{
	size_t at;

	if (snapshot_rows_make(&state->rows, model, state->everything))
		model_say(model, true, "%s", strerror(ENOMEM));
	at = snapshot_rows_find(&state->rows, state->cursor_id);
	state->page = snapshots_status_row(model->rows) - snapshots_list_row(model->rows);
	state->page = state->page > 0 ? state->page : 0;
	go(state, at < state->rows.count ? (int)at : state->cursor);
	if (state->top > (int)state->rows.count - state->page)
		state->top = (int)state->rows.count > state->page ? (int)state->rows.count - state->page : 0;
}

static int64_t update(void *data, struct model *model, int64_t now_ns)
{
	make_rows(data, model);
	return SCREEN_NEVER;
}

static unsigned compare(struct snapshots *state, struct screens *screens, const struct snapshot_row *entry)
{
	struct model *model = screens->model;

	if (state->everything) {
		bool ours = false;

		for (size_t i = 0; i < model->history.count; i++)
			ours |= model->history.items[i].id == entry->id;
		if (!ours) {
			model_say(model, true, _("#%lld is of another folder, host or way of counting: o opens it"),
			          (long long)entry->id);
			return REACT_PAINT;
		}
	}
	if (entry->differs) {
		struct buf how = {0}, safe = {0};

		if (!snapshots_differing_words(model, entry, &how) &&
		    !text_safe(&safe, how.data, how.length, model->ascii))
			model_say(model, true, _("#%lld was counted %s: o opens it"), (long long)entry->id, safe.data);
		buf_free(&how);
		buf_free(&safe);
		return REACT_PAINT;
	}
	/* What is looked at is compared with it, an old snapshot too; the first row leads back to now. */
	if (entry->now)
		model_open_snapshot(model, 0);
	model_compare_with(model, entry->now ? 0 : entry->id);
	return REACT_GROWTH | REACT_CLOSE | REACT_PAINT;
}

static unsigned open_entry(struct screens *screens, const struct snapshot_row *entry)
{
	model_open_snapshot(screens->model, entry->now ? 0 : entry->id);
	return REACT_CLOSE | REACT_PAINT;
}

/* Labelling and deleting need a snapshot that is stored. */
static bool stored(struct model *model, const struct snapshot_row *entry)
{
	if (entry->id)
		return true;
	model_say(model, true, "%s",
	          model->save == SAVE_NONE ? _("this tree is not kept as a snapshot")
	                                   : _("this scan is not saved yet"));
	return false;
}

static unsigned deletion(struct screens *screens, void *context, int button)
{
	struct snapshots *state = context;

	if (button == 1)
		model_delete_snapshot(screens->model, state->subject);
	return REACT_PAINT;
}

static unsigned ask_deletion(struct snapshots *state, struct screens *screens, const struct snapshot_row *entry)
{
	static const char *const buttons[] = {N_("Cancel"), N_("Delete snapshot")};
	struct model *model = screens->model;
	char when[TEXT_FIGURE], title[64], text[512];

	if (!model->settings.can_delete) {
		model_say(model, true, "%s", _("deleting is switched off (-r)"));
		return REACT_PAINT;
	}
	if (!stored(model, entry))
		return REACT_PAINT;
	state->subject = entry->id;
	snprintf(title, sizeof(title), _("Delete snapshot #%lld"), (long long)entry->id);
	text_time(when, entry->time);
	if (entry->snapshot && entry->snapshot->label)
		snprintf(text, sizeof(text),
		         _("%s, \"%s\"\nIts figures are forgotten for ever. "
		           "Files, folders and the other snapshots stay as they are."),
		         when, entry->snapshot->label);
	else
		snprintf(text, sizeof(text),
		         _("%s\nIts figures are forgotten for ever. "
		           "Files, folders and the other snapshots stay as they are."),
		         when);
	if (dialog_open(screens, title, text, buttons, 2, deletion, state))
		model_say(model, true, "%s", _("out of memory"));
	return REACT_PAINT;
}

static unsigned ask_label(struct snapshots *state, struct model *model, const struct snapshot_row *entry)
{
	if (!stored(model, entry))
		return REACT_PAINT;
	state->subject = entry->id;
	state->typing = true;
	prompt_set(&state->prompt, entry->snapshot && entry->snapshot->label ? entry->snapshot->label : "");
	return REACT_PAINT;
}

static unsigned type(struct snapshots *state, struct model *model, const struct input *input)
{
	switch (prompt_key(&state->prompt, input)) {
	case PROMPT_DONE:
		state->typing = false;
		model_label_snapshot(model, state->subject, state->prompt.length ? state->prompt.text : NULL);
		return REACT_PAINT;
	case PROMPT_CANCELLED: state->typing = false; return REACT_PAINT;
	case PROMPT_MOVED:
	case PROMPT_CHANGED: return REACT_PAINT;
	default: return REACT_NONE;
	}
}

static unsigned handle(void *data, struct screens *screens, const struct input *input, enum action action)
{
	struct snapshots *state = data;
	struct model *model = screens->model;
	int count = (int)state->rows.count;
	const struct snapshot_row *entry;
	int64_t to;

	if (state->typing) {
		if (action == ACTION_REDRAW || action == ACTION_SUSPEND)
			return REACT_PASS;
		return type(state, model, input);
	}
	if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN) {
		go(state, state->cursor + (input->kind == INPUT_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS));
		return REACT_PAINT;
	}
	if ((input->kind == INPUT_CLICK || input->kind == INPUT_DOUBLE_CLICK) && action == ACTION_NONE) {
		int clicked = input->row - snapshots_list_row(model->rows) + state->top;

		if (input->row < snapshots_list_row(model->rows) || input->row >= snapshots_status_row(model->rows) ||
		    clicked >= count)
			return REACT_NONE;
		go(state, clicked);
		if (input->kind == INPUT_CLICK)
			return REACT_PAINT;
		action = ACTION_COMPARE;
	}
	to = action_moves_to(action, state->cursor, count - 1, state->page, (state->page + 1) / 2);
	if (to >= 0) {
		go(state, (int)to);
		return REACT_PAINT;
	}
	switch (action) {
	case ACTION_NEXT:
		state->everything = !state->everything;
		state->top = state->cursor = 0;
		make_rows(state, model);
		model_request_history(model, state->everything);
		return REACT_PAINT;
	case ACTION_HELP: help_open(screens, 2); return REACT_PAINT;
	default: break;
	}
	if (count == 0)
		return REACT_PASS;
	entry = &state->rows.items[state->cursor < count ? state->cursor : count - 1];
	switch (action) {
	case ACTION_COMPARE: return compare(state, screens, entry);
	case ACTION_SNAPSHOT_OPEN: return open_entry(screens, entry);
	case ACTION_SNAPSHOT_LABEL: return ask_label(state, model, entry);
	case ACTION_SNAPSHOT_DELETE: return ask_deletion(state, screens, entry);
	default: return REACT_PASS;
	}
}

static unsigned typing(const void *data)
{
	return ((const struct snapshots *)data)->typing ? CONTEXT_PROMPT : CONTEXT_SNAPSHOTS;
}

static void close_snapshots(void *data)
{
	struct snapshots *state = data;

	snapshot_rows_clear(&state->rows);
	free(state);
}

static const struct screen_ops ops = {
	.name = "snapshots",
	.context = CONTEXT_SNAPSHOTS,
	.typing = typing,
	.handle = handle,
	.update = update,
	.paint = snapshots_paint,
	.close = close_snapshots,
};

int snapshots_open(struct screens *screens)
{
	struct snapshots *state = alloc_zero(struct snapshots);
	struct model *model = screens->model;

	if (!state)
		return -ENOMEM;
	/* Begin on what is being compared with, or looked at. */
	state->cursor_id = model->view ? model->view->id : model->baseline ? model->baseline->id : CURSOR_NOW;
	make_rows(state, model);
	model_request_history(model, false);
	return screens_push(screens, &ops, state);
}
