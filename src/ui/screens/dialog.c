/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/wrap.h"
#include "ui/screens/layers.h"

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
#define WORDS_MAX ((int)(sizeof(((struct dialog_form *)0)->buttons) / sizeof(char *const *)))
#define TEXT_LINES_MAX 12
#define BUTTON_GAP 5
#define WIDEST 68 /* cells of text: longer lines are hard to read */

struct dialog {
	char *title;
	struct buf text;
	struct dialog_form form;
	const char *buttons[BUTTONS_MAX]; /* of a form of its own; untranslated constants */
	unsigned there;                   /* bits of the buttons that are */
	int chosen;
	int64_t opened_ns; /* monotonic */
	void *context;
};

/* Where everything goes on a canvas: painting and clicks agree because both ask here. */
struct layout {
	int top, left, height, width;
	int lines;
	struct {
		const char *text;
		size_t length;
	} line[TEXT_LINES_MAX];
	struct {
		int row, col, width; /* 0 = it is not there */
	} button[BUTTONS_MAX];
	int words; /* which of the buttons' */
};

static bool is_there(const struct dialog *dialog, int button)
{
	return dialog->there >> button & 1;
}

static const char *button_word(const struct dialog *dialog, int words, int i)
{
	return _(dialog->form.buttons[words][i]);
}

static int button_width(const struct dialog *dialog, int words, int i)
{
	return is_there(dialog, i) ? canvas_width(button_word(dialog, words, i)) + 2 : 0; /* brackets */
}

/** All of them, so far apart. */
static int buttons_width(const struct dialog *dialog, int words, int gap)
{
	int width = -gap;

	for (int i = 0; i < dialog->form.count; i++)
		width += is_there(dialog, i) ? button_width(dialog, words, i) + gap : 0;
	return width;
}

/** Cells of a line of text. */
static int inner_width(const struct dialog *dialog, int cols)
{
	int wanted = buttons_width(dialog, 0, BUTTON_GAP), inner;

	for (const char *at = dialog->text.data; at && *at; at += *at == '\n') {
		size_t length = strcspn(at, "\n");
		int width = text_width(at, length);

		if (width > wanted)
			wanted = width;
		at += length;
	}
	if (canvas_width(dialog->title) + 2 > wanted)
		wanted = canvas_width(dialog->title) + 2;
	if (wanted > WIDEST || dialog->form.wide)
		wanted = WIDEST;
	inner = wanted < cols - 4 ? wanted : cols - 4;
	return inner < 1 ? 1 : inner;
}

/** On a screen of a few rows the buttons matter most. */
static int most_lines(const struct dialog *dialog, int rows, bool spoken)
{
	int other = spoken ? 2 + dialog->form.count : 4, room = rows > other ? rows - other : 0;

	return room < TEXT_LINES_MAX ? room : TEXT_LINES_MAX;
}

/** In a row at the foot of the box; spoken, one below the other, as everything is. */
static void place_buttons(const struct dialog *dialog, const struct canvas *canvas, struct layout *layout)
{
	int inner = layout->width - 4, row = layout->top + layout->height - 2, col = layout->left + 2, gap;

	while (buttons_width(dialog, layout->words, 1) > inner && layout->words + 1 < WORDS_MAX &&
	       dialog->form.buttons[layout->words + 1])
		layout->words++;
	gap = buttons_width(dialog, layout->words, BUTTON_GAP) > inner ? 1 : BUTTON_GAP;
	if (canvas->spoken)
		row = layout->top + 1 + layout->lines;
	for (int i = 0; i < dialog->form.count; i++) {
		int width = button_width(dialog, layout->words, i);

		if (!width)
			continue;
		layout->button[i].row = row;
		layout->button[i].col = col;
		layout->button[i].width = width;
		if (canvas->spoken)
			row++;
		else
			col += width + gap;
	}
}

static void lay_out(const struct dialog *dialog, const struct canvas *canvas, struct layout *layout)
{
	int rows = canvas->rows, inner = inner_width(dialog, canvas->cols);
	int most = most_lines(dialog, rows, canvas->spoken);

	memset(layout, 0, sizeof(*layout));
	for (const char *at = dialog->text.data; at && *at && layout->lines < TEXT_LINES_MAX; layout->lines++) {
		layout->line[layout->lines].text = at;
		at = wrap_line(at, inner, &layout->line[layout->lines].length);
	}
	if (layout->lines > most)
		layout->lines = most;
	layout->height = layout->lines + 4 <= rows ? layout->lines + 4 : layout->lines + 3;
	layout->width = inner + 4;
	canvas_box_place(canvas, layout->height, layout->width, &layout->top, &layout->left);
	place_buttons(dialog, canvas, layout);
}

static unsigned press(struct dialog *dialog, struct screens *screens, int button)
{
	struct dialog_form form = dialog->form;
	void *context = dialog->context;
	unsigned reactions;

	dialog->context = NULL;
	screens_pop(screens); /* frees the dialog */
	reactions = REACT_PAINT | form.answer(screens, context, button);
	if (form.destroy)
		form.destroy(context);
	return reactions;
}

/** The next button that is there, around the ends. */
static int next_button(const struct dialog *dialog, int from, int step)
{
	int to = from;

	do
		to = (to + step + dialog->form.count) % dialog->form.count;
	while (!is_there(dialog, to) && to != from);
	return to;
}

static unsigned handle(void *state, struct screens *screens, const struct input *input, enum action action)
{
	struct dialog *dialog = state;

	if (screens->model->now_ns - dialog->opened_ns < dialog->form.dead_ns && action != ACTION_REDRAW &&
	    action != ACTION_SUSPEND)
		return REACT_NONE;
	if (input->kind == INPUT_CLICK || input->kind == INPUT_DOUBLE_CLICK) {
		struct layout layout;

		lay_out(dialog, &screens->canvas, &layout);
		for (int i = 0; i < dialog->form.count; i++)
			if (input->row == layout.button[i].row && input->col >= layout.button[i].col &&
			    input->col < layout.button[i].col + layout.button[i].width)
				return press(dialog, screens, i);
		if (action == ACTION_NONE)
			return REACT_NONE;
	}
	switch (action) {
	case ACTION_BUTTON_LEFT: dialog->chosen = next_button(dialog, dialog->chosen, -1); return REACT_PAINT;
	case ACTION_BUTTON_RIGHT:
	case ACTION_NEXT: dialog->chosen = next_button(dialog, dialog->chosen, 1); return REACT_PAINT;
	case ACTION_ACCEPT: return press(dialog, screens, dialog->chosen);
	case ACTION_BACK:
	case ACTION_QUIT:
	case ACTION_INTERRUPT: return press(dialog, screens, 0);
	default: return REACT_PASS;
	}
}

static int64_t update(void *state, struct model *model, int64_t now_ns)
{
	struct dialog *dialog = state;

	(void)now_ns;
	if (dialog->form.update) {
		buf_clear(&dialog->text);
		dialog->there = dialog->form.update(dialog->context, model, inner_width(dialog, model->cols),
		                                    most_lines(dialog, model->rows, model->settings.spoken),
		                                    &dialog->text);
		if (!is_there(dialog, dialog->chosen))
			dialog->chosen = 0;
	}
	return SCREEN_NEVER;
}

static void paint(const void *state, const struct model *model, struct canvas *canvas)
{
	const struct dialog *dialog = state;
	struct layout layout;

	lay_out(dialog, canvas, &layout);
	canvas_box(canvas, layout.top, layout.left, layout.height, layout.width, ROLE_TEXT, dialog->title);
	for (int i = 0; i < layout.lines; i++)
		canvas_put(canvas, layout.top + 1 + i, layout.left + 2, layout.width - 4, ROLE_TEXT,
		           layout.line[i].text, layout.line[i].length);
	for (int i = 0; i < dialog->form.count; i++) {
		int row = layout.button[i].row, col = layout.button[i].col, width = layout.button[i].width;
		int end = layout.left + layout.width - 2;
		const char *word = button_word(dialog, layout.words, i);
		/* the bar's colours: what Enter would press is plain to see */
		enum role role = i == dialog->chosen ? ROLE_TITLE : ROLE_KEY;

		if (!width)
			continue;
		canvas_put(canvas, row, col + 1, end - col - 1, role, word, strlen(word));
		if (canvas->spoken && i == dialog->chosen)
			canvas_mark(canvas, row, 0, canvas->cols, ATTR_CURSOR);
		if (canvas->spoken)
			continue;
		canvas_put(canvas, row, col, end - col, role, "[", 1);
		canvas_put(canvas, row, col + width - 1, end - col - width + 1, role, "]", 1);
	}
	if (canvas->spoken)
		canvas_text(canvas, canvas->rows - 1, 1, ROLE_TEXT, "%s", _("Enter presses the button, Esc cancels"));
	else if (action_row(canvas->rows) >= layout.top + layout.height) {
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
}

static void close_dialog(void *state)
{
	struct dialog *dialog = state;

	if (dialog->form.destroy && dialog->context)
		dialog->form.destroy(dialog->context);
	free(dialog->title);
	buf_free(&dialog->text);
	free(dialog);
}

static const struct screen_ops ops = {
	.name = "dialog",
	.context = CONTEXT_DIALOG,
	.overlay = true,
	.handle = handle,
	.update = update,
	.paint = paint,
	.close = close_dialog,
};

/** An empty one around a form. */
static struct dialog *create(const char *title, const struct dialog_form *form, void *context)
{
	struct dialog *dialog = alloc_zero(struct dialog);

	if (!dialog) {
		if (form->destroy)
			form->destroy(context);
		return NULL;
	}
	dialog->form = *form;
	dialog->there = (1u << form->count) - 1;
	dialog->context = context;
	dialog->title = alloc_text(title);
	if (!dialog->title) {
		close_dialog(dialog);
		return NULL;
	}
	return dialog;
}

int dialog_open(struct screens *screens, const char *title, const char *text, const char *const *buttons, int count,
                unsigned (*answer)(struct screens *screens, void *context, int button), void *context)
{
	const struct dialog_form form = {.count = count < BUTTONS_MAX ? count : BUTTONS_MAX, .answer = answer};
	struct dialog *dialog = create(title, &form, context);

	if (!dialog)
		return -ENOMEM;
	for (int i = 0; i < form.count; i++)
		dialog->buttons[i] = buttons[i];
	dialog->form.buttons[0] = dialog->buttons;
	if (buf_str(&dialog->text, text)) {
		close_dialog(dialog);
		return -ENOMEM;
	}
	return screens_push(screens, &ops, dialog);
}

int dialog_open_form(struct screens *screens, const char *title, const struct dialog_form *form, void *context)
{
	struct dialog *dialog = create(title, form, context);

	if (!dialog)
		return -ENOMEM;
	dialog->opened_ns = screens->model->now_ns;
	return screens_push(screens, &ops, dialog);
}
