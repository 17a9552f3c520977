/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of file systems: kept up to date, and what its keys do. */
#include "ui/screens/volumes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "ui/screens/layers.h"

#define WHEEL_ROWS 3
#define PATIENCE_NS 1000000000  /* for disks that do not answer, until the others' growth is asked for */
#define ASK_FROM_NS 10000000000 /* a scan that has run so long is not left without a question */

static void go(struct volumes_screen *state, const struct volumes *list, int to)
{
	int count = (int)list->count;

	to = to >= count ? count - 1 : to;
	to = to < 0 ? 0 : to;
	state->cursor = to;
	if (to < count && (!state->chosen || strcmp(state->chosen, list->items[to].point))) {
		free(state->chosen);
		state->chosen = alloc_text(list->items[to].point); /* without memory the number does */
	}
	if (state->top > to)
		state->top = to;
	if (state->page > 0 && to >= state->top + state->page)
		state->top = to - state->page + 1;
	if (state->top > count - state->page)
		state->top = count > state->page ? count - state->page : 0;
}

static int64_t update(void *data, struct model *model, int64_t now_ns)
{
	struct volumes_screen *state = data;
	const struct volumes *list = model->volumes ? &model->volumes->list : NULL;
	int page = volumes_status_row(model->rows) - volumes_list_row(model->rows);

	state->page = page > 0 ? page : 0;
	if (!list)
		return SCREEN_NEVER;
	if (!state->opened_ns)
		state->opened_ns = now_ns;
	model_want_volume_growth(model, now_ns - state->opened_ns >= PATIENCE_NS);
	for (size_t i = 0; state->chosen && i < list->count; i++)
		if (!strcmp(list->items[i].point, state->chosen))
			state->cursor = (int)i;
	go(state, list, state->cursor);
	return model->volumes->grown ? SCREEN_NEVER : state->opened_ns + PATIENCE_NS;
}

/* ---- input ---- */

static unsigned leave_for(struct model *model, const char *path)
{
	model->again_path = alloc_text(path);
	if (!model->again_path) {
		model_say(model, true, "%s", strerror(ENOMEM));
		return REACT_PAINT;
	}
	model->again = true;
	return REACT_QUIT;
}

static unsigned left(struct screens *screens, void *context, int button)
{
	struct volumes_screen *state = context;

	return button == 1 && state->chosen ? leave_for(screens->model, state->chosen) : REACT_PAINT;
}

static unsigned open_entry(struct volumes_screen *state, struct screens *screens, const struct volume_entry *entry)
{
	static const char *const buttons[] = {N_("Stay"), N_("Leave it")};
	struct model *model = screens->model;
	struct buf safe = {0};

	text_name(&safe, entry->point, strlen(entry->point), model->ascii, 40);
	const char *point = safe.failed || !safe.data ? "?" : safe.data;
	unsigned reaction = REACT_PAINT;

	if (model->tree && !strcmp(tree_root_path(model->tree), entry->point) && !model_gone(model))
		reaction = REACT_CLOSE | REACT_PAINT;
	else if (!entry->local)
		model_say(model, true, _("it may not answer: leave, and open it with disktracker %s"), point);
	else if (model->start && model->start->tree_name)
		model_say(model, true, "%s", _("an export is looked at: leave it first"));
	else if (model->save == SAVE_RUNNING)
		model_say(model, true, "%s", _("the scan is being saved: again in a moment"));
	else if (model->scanning && model->progress.elapsed_ns > ASK_FROM_NS) {
		if (dialog_open(screens, _("The scan has not ended"), _("What it has read so far is not kept."),
		                buttons, 2, left, state))
			model_say(model, true, "%s", strerror(ENOMEM));
	} else {
		reaction = leave_for(model, entry->point);
	}
	buf_free(&safe);
	return reaction;
}

static unsigned handle(void *data, struct screens *screens, const struct input *input, enum action action)
{
	struct volumes_screen *state = data;
	struct model *model = screens->model;
	const struct volumes *list = model->volumes ? &model->volumes->list : NULL;
	int first = volumes_list_row(model->rows);
	int64_t to;

	if (action == ACTION_HELP) {
		help_open(screens, 2);
		return REACT_PAINT;
	}
	if (action == ACTION_VOLUMES_AGAIN) {
		state->opened_ns = 0;
		model_want_volumes(model);
		return REACT_PAINT;
	}
	if (!list || !list->count)
		return REACT_PASS;
	if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN) {
		go(state, list, state->cursor + (input->kind == INPUT_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS));
		return REACT_PAINT;
	}
	if ((input->kind == INPUT_CLICK || input->kind == INPUT_DOUBLE_CLICK) && action == ACTION_NONE) {
		int clicked = input->row - first + state->top;

		if (input->row < first || input->row >= volumes_status_row(model->rows) || clicked >= (int)list->count)
			return REACT_NONE;
		go(state, list, clicked);
		if (input->kind == INPUT_CLICK)
			return REACT_PAINT;
		action = ACTION_VOLUME_OPEN;
	}
	to = action_moves_to(action, state->cursor, (int64_t)list->count - 1, state->page, (state->page + 1) / 2);
	if (to >= 0) {
		go(state, list, (int)to);
		return REACT_PAINT;
	}
	if (action == ACTION_VOLUME_OPEN)
		return open_entry(state, screens, &list->items[state->cursor]);
	return action == ACTION_VOLUMES ? REACT_CLOSE : REACT_PASS;
}

static void close_volumes(void *data)
{
	struct volumes_screen *state = data;

	free(state->chosen);
	free(state);
}

static const struct screen_ops ops = {
	.name = "volumes",
	.context = CONTEXT_VOLUMES,
	.handle = handle,
	.update = update,
	.paint = volumes_paint,
	.close = close_volumes,
};

/* Where the folder shown lies. */
static char *place_of(const struct volumes *list, const char *path)
{
	const struct volume_entry *best = NULL;

	for (size_t i = 0; i < list->count; i++)
		if (path_below(path, list->items[i].point) &&
		    (!best || strlen(list->items[i].point) > strlen(best->point)))
			best = &list->items[i];
	return best ? alloc_text(best->point) : NULL;
}

int volumes_open(struct screens *screens)
{
	struct volumes_screen *state = alloc_zero(struct volumes_screen);
	struct model *model = screens->model;

	if (!state)
		return -ENOMEM;
	model_want_volumes(model);
	if (model->volumes && model->tree)
		state->chosen = place_of(&model->volumes->list, tree_root_path(model->tree));
	return screens_push(screens, &ops, state);
}
