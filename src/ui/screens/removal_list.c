/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the last deletion left, and why. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/model/model_remove.h"
#include "ui/screens/layers.h"

struct removal_list {
	size_t at, top;
};

static int list_rows(int rows)
{
	int keys = action_row(rows) >= 0;

	return rows - 1 - keys > 1 ? rows - 1 - keys : 1;
}

static unsigned handle(void *state, struct screens *screens, const struct input *input, enum action action)
{
	struct removal_list *list = state;
	const struct model *model = screens->model;
	int64_t page = list_rows(model->rows), last = (int64_t)model->deletion.errors.count - 1;
	int64_t to = action_moves_to(action, (int64_t)list->at, last, page, page / 2);

	if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN) {
		to = (int64_t)list->at + (input->kind == INPUT_WHEEL_UP ? -3 : 3);
		to = to < 0 ? 0 : to > last ? last : to;
	}
	if (to < 0)
		return REACT_PASS;
	list->at = (size_t)to;
	return REACT_PAINT;
}

static int64_t update(void *state, struct model *model, int64_t now_ns)
{
	struct removal_list *list = state;
	size_t rows = (size_t)list_rows(model->rows), count = model->deletion.errors.count;

	(void)now_ns;
	if (list->at >= count)
		list->at = count ? count - 1 : 0;
	if (list->at < list->top)
		list->top = list->at;
	if (list->at >= list->top + rows)
		list->top = list->at - rows + 1;
	return SCREEN_NEVER;
}

/** "path  reason": the reason matters, paths are long. */
static void paint_error(const struct removal_error *error, struct canvas *canvas, int row)
{
	struct buf words = {0}, shown = {0};
	int room = canvas->cols - 2, reason;

	if (removal_words(error, &words) == 0 && words.data &&
	    text_shorten(&shown, words.data, words.length, room * 2 / 3) == 0 && shown.data) {
		reason = text_width(shown.data, shown.length);
		canvas_name(canvas, row, 1, room - reason - 2, ROLE_TEXT, error->path, strlen(error->path));
		canvas_put(canvas, row, canvas->cols - 1 - reason, reason, ROLE_FLAG, shown.data, shown.length);
	}
	buf_free(&words);
	buf_free(&shown);
}

static void paint(const void *state, const struct model *model, struct canvas *canvas)
{
	static const enum action keys[] = {ACTION_UP, ACTION_DOWN, ACTION_QUIT};
	const struct removal_list *list = state;
	const struct removal_errors *errors = &model->deletion.errors;
	const struct action_word words[] = {{ACTION_UP, _("move")},
	                                    {ACTION_DOWN, _("move")},
	                                    {ACTION_QUIT, _("back")},
	                                    {ACTION_NONE, NULL}};
	char total[TEXT_FIGURE], shown[TEXT_FIGURE], right[80] = "";
	int rows = list_rows(canvas->rows);

	canvas_fill(canvas, 0, 0, canvas->cols, ROLE_TITLE, ' ');
	canvas_text(canvas, 0, 1, ROLE_TITLE,
	            ngettext("%s entry was not deleted", "%s entries were not deleted", errors->total),
	            text_count(total, errors->total));
	if (errors->total > errors->count)
		snprintf(right, sizeof(right), _("the first %s"), text_count(shown, errors->count));
	canvas_right(canvas, 0, canvas->cols - 1, ROLE_TITLE, right);
	for (int i = 0; i < rows && list->top + (size_t)i < errors->count; i++) {
		paint_error(&errors->items[list->top + (size_t)i], canvas, 1 + i);
		if (list->top + (size_t)i == list->at)
			canvas_mark(canvas, 1 + i, 0, canvas->cols, ATTR_CURSOR);
	}
	if (action_row(canvas->rows) >= 0)
		action_paint_row(canvas, action_row(canvas->rows), keys, 3, words, true);
}

static const struct screen_ops ops = {
	.name = "not deleted",
	.context = CONTEXT_ERRORS,
	.handle = handle,
	.update = update,
	.paint = paint,
	.close = free,
};

int removal_list_open(struct screens *screens)
{
	struct removal_list *list = alloc_zero(struct removal_list);

	return list ? screens_push(screens, &ops, list) : -ENOMEM;
}
