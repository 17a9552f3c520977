/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/screen.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"

int screens_push(struct screens *screens, const struct screen_ops *ops, void *state)
{
	if (screens->count == SCREENS_DEPTH) {
		if (ops->close)
			ops->close(state);
		return -ENOSPC;
	}
	screens->items[screens->count].ops = ops;
	screens->items[screens->count].state = state;
	screens->count++;
	return 0;
}

void screens_pop(struct screens *screens)
{
	if (!screens->count)
		return;
	screens->count--;
	if (screens->items[screens->count].ops->close)
		screens->items[screens->count].ops->close(screens->items[screens->count].state);
}

/** Close screens until `count` are left (1 = the browser alone). */
static void pop_to(struct screens *screens, int count)
{
	while (screens->count > count)
		screens_pop(screens);
}

void screens_clear(struct screens *screens)
{
	pop_to(screens, 0);
	canvas_free(&screens->canvas);
}

/** The code of an action's first key. */
static uint32_t first_key(enum action action)
{
	const char *keys = action_info(action)->keys;

	return action_key_code(keys, (int)strcspn(keys, " "));
}

unsigned screens_handle(struct screens *screens, const struct input *input)
{
	int top = screens->count - 1;
	const struct screen_ops *ops;
	enum action action = ACTION_NONE;
	unsigned reactions, shown;

	if (top < 0)
		return REACT_NONE;
	ops = screens->items[top].ops;
	shown = ops->typing ? ops->typing(screens->items[top].state) : ops->context;
	if (input->kind == INPUT_KEY) {
		action = action_for_key(ops->context, input->key);
	} else if (input->kind == INPUT_CLICK) {
		const struct canvas_cell *cell = screens->canvas.cells
		                                       ? canvas_at(&screens->canvas, input->row, input->col)
		                                       : NULL;

		/* A word of a screen below shows through around an overlay: it is not this screen's. */
		if (cell && (action_info((enum action)cell->action)->contexts & shown))
			action = (enum action)cell->action;
		if (action != ACTION_NONE && shown != ops->context)
			return screens_handle(screens, &(struct input){.kind = INPUT_KEY, .key = first_key(action)});
	}
	reactions = ops->handle(screens->items[top].state, screens, input, action);
	if (reactions & REACT_PASS) {
		reactions &= ~(unsigned)REACT_PASS;
		switch (action) {
		case ACTION_REDRAW: reactions |= REACT_REDRAW | REACT_PAINT; break;
		case ACTION_SUSPEND: reactions |= REACT_SUSPEND | REACT_PAINT; break;
		case ACTION_BACK:
		case ACTION_INTERRUPT:
		case ACTION_QUIT: reactions |= top ? REACT_CLOSE : REACT_QUIT; break;
		case ACTION_NONE:
			if (input->kind == INPUT_KEY && shown == ops->context) {
				model_say(screens->model, false,
				          ops->context == CONTEXT_DIALOG ? _("Enter presses the button, Esc cancels")
				                                         : _("? help"));
				reactions |= REACT_PAINT;
			}
			break;
		default: break;
		}
	}
	/* The screen may have pushed others, or been closed by a pop_to() of its own. */
	if (reactions & REACT_CLOSE) {
		if (top < screens->count)
			pop_to(screens, top);
		reactions = (reactions & ~(unsigned)REACT_CLOSE) | REACT_PAINT;
	}
	return reactions;
}

int64_t screens_update(struct screens *screens, int64_t now_ns)
{
	int64_t next = SCREEN_NEVER;

	for (int i = 0; i < screens->count; i++) {
		int64_t wanted = screens->items[i].ops->update
		                       ? screens->items[i].ops->update(screens->items[i].state, screens->model, now_ns)
		                       : SCREEN_NEVER;

		next = wanted < next ? wanted : next;
	}
	return next;
}

int screens_paint(struct screens *screens)
{
	const struct model *model = screens->model;
	int rc = canvas_resize(&screens->canvas, model->rows, model->cols), bottom = screens->count - 1;

	if (rc)
		return rc;
	screens->canvas.ascii = model->ascii;
	screens->canvas.spoken = model->settings.spoken;
	while (bottom > 0 && screens->items[bottom].ops->overlay)
		bottom--;
	for (int i = bottom > 0 ? bottom : 0; i < screens->count; i++) {
		screens->canvas.cursor_row = -1;
		screens->items[i].ops->paint(screens->items[i].state, model, &screens->canvas);
	}
	if (screens->canvas.spoken && screens->canvas.cursor_row < 0) /* nothing to be on: below the title */
		screens->canvas.cursor_row = 1;
	return 0;
}

bool screens_row(const struct screens *screens, struct row *row)
{
	return screens->count && screens->items[0].ops->row && screens->items[0].ops->row(screens->items[0].state, row);
}
