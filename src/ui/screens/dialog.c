/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/screens/layers.h"
#include "ui/term/wrap.h"

/*
 * A question in a box: a title, lines of text, buttons in a row.
 *
 *   ┌ Title ─────────────────┐
 *   │ text, wrapped          │
 *   │                        │
 *   │ [Cancel]     [Delete]  │
 *   └────────────────────────┘
 */

#define BUTTONS_MAX 4
#define TEXT_LINES_MAX 12
#define BUTTON_GAP 5
#define WIDEST 68 /* cells of text: longer lines are hard to read */

struct dialog {
	char *title, *text;
	const char *buttons[BUTTONS_MAX]; /* untranslated constants */
	int count, chosen;
	unsigned (*answer)(struct screens *screens, void *context, int button);
	void *context;
};

/* Where everything goes on a screen of that size: painting and clicks agree because both ask here. */
struct layout {
	int top, left, height, width;
	int lines;
	struct {
		const char *text;
		size_t length;
	} line[TEXT_LINES_MAX];
	int button_row, button_gap;
};

static int button_width(const struct dialog *dialog, int i)
{
	return canvas_width(_(dialog->buttons[i])) + 2; /* brackets */
}

static void lay_out(const struct dialog *dialog, int rows, int cols, struct layout *layout)
{
	int buttons = 0, wanted, inner;

	memset(layout, 0, sizeof(*layout));
	for (int i = 0; i < dialog->count; i++)
		buttons += button_width(dialog, i);
	wanted = buttons + BUTTON_GAP * (dialog->count - 1);
	for (const char *at = dialog->text; *at; at += *at == '\n') {
		size_t length = strcspn(at, "\n");
		int width = text_width(at, length);

		if (width > wanted)
			wanted = width;
		at += length;
	}
	if (canvas_width(dialog->title) + 2 > wanted)
		wanted = canvas_width(dialog->title) + 2;
	if (wanted > WIDEST)
		wanted = WIDEST;
	inner = wanted < cols - 4 ? wanted : cols - 4;
	if (inner < 1)
		inner = 1;
	for (const char *at = dialog->text; *at && layout->lines < TEXT_LINES_MAX; layout->lines++) {
		layout->line[layout->lines].text = at;
		at = wrap_line(at, inner, &layout->line[layout->lines].length);
	}
	/* On a screen of a few rows the buttons matter most. */
	if (layout->lines > rows - 4)
		layout->lines = rows > 4 ? rows - 4 : 0;
	layout->height = layout->lines + 4 <= rows ? layout->lines + 4 : layout->lines + 3;
	layout->width = inner + 4;
	layout->top = (rows - layout->height) / 2;
	layout->left = (cols - layout->width) / 2;
	if (layout->top < 0)
		layout->top = 0;
	if (layout->left < 0)
		layout->left = 0;
	layout->button_row = layout->top + layout->height - 2;
	layout->button_gap = BUTTON_GAP;
	if (dialog->count > 1 && buttons + BUTTON_GAP * (dialog->count - 1) > inner)
		layout->button_gap = 1;
}

static int button_column(const struct dialog *dialog, const struct layout *layout, int button)
{
	int col = layout->left + 2;

	for (int i = 0; i < button; i++)
		col += button_width(dialog, i) + layout->button_gap;
	return col;
}

static unsigned press(struct dialog *dialog, struct screens *screens, int button)
{
	unsigned (*answer)(struct screens *, void *, int) = dialog->answer;
	void *context = dialog->context;

	screens_pop(screens); /* frees the dialog */
	return REACT_PAINT | answer(screens, context, button);
}

static unsigned handle(void *state, struct screens *screens, const struct input *input, enum action action)
{
	struct dialog *dialog = state;

	if (input->kind == INPUT_CLICK || input->kind == INPUT_DOUBLE_CLICK) {
		struct layout layout;

		lay_out(dialog, screens->canvas.rows, screens->canvas.cols, &layout);
		for (int i = 0; i < dialog->count; i++) {
			int col = button_column(dialog, &layout, i);

			if (input->row == layout.button_row && input->col >= col &&
			    input->col < col + button_width(dialog, i))
				return press(dialog, screens, i);
		}
		if (action == ACTION_NONE)
			return REACT_NONE;
	}
	switch (action) {
	case ACTION_BUTTON_LEFT: dialog->chosen = dialog->chosen > 0 ? dialog->chosen - 1 : 0; return REACT_PAINT;
	case ACTION_BUTTON_RIGHT:
		dialog->chosen = dialog->chosen + 1 < dialog->count ? dialog->chosen + 1 : dialog->chosen;
		return REACT_PAINT;
	case ACTION_NEXT: dialog->chosen = (dialog->chosen + 1) % dialog->count; return REACT_PAINT;
	case ACTION_ACCEPT: return press(dialog, screens, dialog->chosen);
	case ACTION_BACK:
	case ACTION_QUIT:
	case ACTION_INTERRUPT: return press(dialog, screens, 0);
	default: return REACT_PASS;
	}
}

static void paint(const void *state, const struct model *model, struct canvas *canvas)
{
	const struct dialog *dialog = state;
	struct layout layout;

	lay_out(dialog, canvas->rows, canvas->cols, &layout);
	canvas_box(canvas, layout.top, layout.left, layout.height, layout.width, ROLE_TEXT, dialog->title);
	for (int i = 0; i < layout.lines; i++)
		canvas_put(canvas, layout.top + 1 + i, layout.left + 2, layout.width - 4, ROLE_TEXT,
		           layout.line[i].text, layout.line[i].length);
	for (int i = 0; i < dialog->count; i++) {
		int col = button_column(dialog, &layout, i), end = layout.left + layout.width - 2;
		/* the bar's colours: what Enter would press is plain to see */
		enum role role = i == dialog->chosen ? ROLE_TITLE : ROLE_KEY;

		canvas_put(canvas, layout.button_row, col, end - col, role, "[", 1);
		canvas_put(canvas, layout.button_row, col + 1, end - col - 1, role, _(dialog->buttons[i]),
		           strlen(_(dialog->buttons[i])));
		canvas_put(canvas, layout.button_row, col + button_width(dialog, i) - 1,
		           end - col - button_width(dialog, i) + 1, role, "]", 1);
	}
	if (action_row(canvas->rows) >= layout.top + layout.height) {
		static const enum action keys[] = {ACTION_BUTTON_LEFT, ACTION_BUTTON_RIGHT, ACTION_ACCEPT, ACTION_BACK};
		const struct action_word words[] = {
			{ACTION_BUTTON_LEFT, _("choose")},
			{ACTION_BUTTON_RIGHT, _("choose")},
			{ACTION_ACCEPT, _("press")},
			{ACTION_BACK, _("cancel")},
			{ACTION_NONE, NULL},
		};

		canvas_fill(canvas, action_row(canvas->rows), 0, canvas->cols, ROLE_TEXT, ' ');
		action_paint_row(canvas, action_row(canvas->rows), keys, 4, words, false);
	}
	canvas->cursor_row = -1;
}

static void close_dialog(void *state)
{
	struct dialog *dialog = state;

	free(dialog->title);
	free(dialog->text);
	free(dialog);
}

static const struct screen_ops ops = {
	.name = "dialog",
	.context = CONTEXT_DIALOG,
	.overlay = true,
	.handle = handle,
	.paint = paint,
	.close = close_dialog,
};

int dialog_open(struct screens *screens, const char *title, const char *text, const char *const *buttons, int count,
                unsigned (*answer)(struct screens *screens, void *context, int button), void *context)
{
	struct dialog *dialog = alloc_zero(struct dialog);

	if (!dialog)
		return -ENOMEM;
	dialog->title = alloc_copy(title, strlen(title));
	dialog->text = alloc_copy(text, strlen(text));
	if (!dialog->title || !dialog->text) {
		close_dialog(dialog);
		return -ENOMEM;
	}
	dialog->count = count < BUTTONS_MAX ? count : BUTTONS_MAX;
	for (int i = 0; i < dialog->count; i++)
		dialog->buttons[i] = buttons[i];
	dialog->answer = answer;
	dialog->context = context;
	return screens_push(screens, &ops, dialog);
}
