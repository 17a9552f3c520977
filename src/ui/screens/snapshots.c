/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/screens/layers.h"
#include "store/snapshot/counting.h"
#include "ui/model/model_state.h"
#include "ui/screens/prompt.h"
#include "ui/screens/snapshot_rows.h"

/*
 * The list of snapshots (H): the scan that runs on top, then its history; after Tab those of all roots and hosts.
 *
 * Its rows are made anew before each frame: the lists change under the screen when the store answers.  What the cursor
 * stands on is a snapshot's id.
 */

#define CURSOR_NOW 0 /* id of the first row, the tree of this run */
#define WHEEL_ROWS 3

struct snapshots {
	bool everything;
	int64_t cursor_id;
	struct snapshot_rows rows;
	int cursor, top;         /* row numbers; follow cursor_id in update() */
	int page;                /* rows shown */
	bool typing;             /* a label, in the status row */
	struct prompt prompt;
	int64_t subject;         /* snapshot being labelled or about to be deleted */
};

static int row_count(const struct snapshots *state)
{
	return (int)state->rows.count;
}

static const struct snapshot_row *row_at(const struct snapshots *state, int i)
{
	return &state->rows.items[i];
}

/* ---- where things are ---- */

static int head_row(int rows)
{
	return rows >= 8 ? 1 : -1;
}

static int list_top(int rows)
{
	return rows >= 8 ? 2 : 1;
}

static int keys_row(int rows)
{
	return rows >= 12 ? rows - 1 : -1;
}

static int status_row(int rows)
{
	return rows >= 12 ? rows - 2 : rows - 1;
}

static int page_rows(int rows)
{
	int n = status_row(rows) - list_top(rows);

	return n > 0 ? n : 0;
}

/* ---- input ---- */

static void go(struct snapshots *state, int to)
{
	int count = row_count(state);

	if (to >= count)
		to = count - 1;
	if (to < 0)
		to = 0;
	state->cursor = to;
	if (to < count)
		state->cursor_id = row_at(state, to)->now ? CURSOR_NOW : row_at(state, to)->id;
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
	state->page = page_rows(model->rows);
	go(state, at < state->rows.count ? (int)at : state->cursor);
	if (state->top > row_count(state) - state->page)
		state->top = row_count(state) > state->page ? row_count(state) - state->page : 0;
}

static int64_t update(void *data, struct model *model, int64_t now_ns)
{
	(void)now_ns;
	make_rows(data, model);
	return SCREEN_NEVER;
}

/** "with -x, without --exclude *.o", against how this run counts; raw. */
static int differing_words(const struct model *model, const struct snapshot_row *entry, struct buf *out)
{
	const char *ours = model->private ? model->private->options : "";

	return counting_difference(ours, entry->snapshot->options, out);
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

		if (!differing_words(model, entry, &how) && !text_safe(&safe, how.data, how.length, model->ascii))
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
	static const char *const buttons[] = { N_("Cancel"), N_("Delete snapshot") };
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
		snprintf(
			text, sizeof(text),
			_("%s, \"%s\"\nIts figures are forgotten for ever. Files, folders and the other snapshots stay as they are."),
			when, entry->snapshot->label);
	else
		snprintf(
			text, sizeof(text),
			_("%s\nIts figures are forgotten for ever. Files, folders and the other snapshots stay as they are."),
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
	case PROMPT_CANCELLED:
		state->typing = false;
		return REACT_PAINT;
	case PROMPT_MOVED:
	case PROMPT_CHANGED:
		return REACT_PAINT;
	default:
		return REACT_NONE;
	}
}

static unsigned handle(void *data, struct screens *screens, const struct input *input, enum action action)
{
	struct snapshots *state = data;
	struct model *model = screens->model;
	int count = row_count(state);
	const struct snapshot_row *entry;

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
		int clicked = input->row - list_top(model->rows) + state->top;

		if (input->row < list_top(model->rows) || input->row >= status_row(model->rows) || clicked >= count)
			return REACT_NONE;
		go(state, clicked);
		if (input->kind == INPUT_CLICK)
			return REACT_PAINT;
		action = ACTION_COMPARE;
	}
	switch (action) {
	case ACTION_UP:
		go(state, state->cursor - 1);
		return REACT_PAINT;
	case ACTION_DOWN:
		go(state, state->cursor + 1);
		return REACT_PAINT;
	case ACTION_PAGE_UP:
		go(state, state->cursor - state->page);
		return REACT_PAINT;
	case ACTION_PAGE_DOWN:
		go(state, state->cursor + state->page);
		return REACT_PAINT;
	case ACTION_HALF_UP:
		go(state, state->cursor - (state->page + 1) / 2);
		return REACT_PAINT;
	case ACTION_HALF_DOWN:
		go(state, state->cursor + (state->page + 1) / 2);
		return REACT_PAINT;
	case ACTION_FIRST:
		go(state, 0);
		return REACT_PAINT;
	case ACTION_LAST:
		go(state, count - 1);
		return REACT_PAINT;
	case ACTION_NEXT:
		state->everything = !state->everything;
		state->top = state->cursor = 0;
		make_rows(state, model);
		model_request_history(model, state->everything);
		return REACT_PAINT;
	case ACTION_HELP:
		help_open(screens, 2);
		return REACT_PAINT;
	default:
		break;
	}
	if (count == 0)
		return REACT_PASS;
	entry = row_at(state, state->cursor < count ? state->cursor : count - 1);
	switch (action) {
	case ACTION_COMPARE:
		return compare(state, screens, entry);
	case ACTION_SNAPSHOT_OPEN:
		return open_entry(screens, entry);
	case ACTION_SNAPSHOT_LABEL:
		return ask_label(state, model, entry);
	case ACTION_SNAPSHOT_DELETE:
		return ask_deletion(state, screens, entry);
	default:
		return REACT_PASS;
	}
}

/* ---- painting ---- */

/* Where each column begins or, of figures, ends; -1 = not shown. */
struct columns {
	int id_end, when, age_end, size_end, growth_end, items_end, label;
};

#define LABEL_LEAST 11 /* cells that a label or root needs before figures give way to it, */
#define LABEL_MOST 24  /* and cells of a longer one for which they do */

#define FOLDED_TEXT 80

static const char *folded_words(const struct snapshot_row *entry, char out[FOLDED_TEXT])
{
	snprintf(out, FOLDED_TEXT, ngettext("+%u equal, to #%lld", "+%u equal, to #%lld", entry->folded), entry->folded,
	         (long long)entry->folded_to);
	return out;
}

/* Cells that the last column needs. */
static int label_cells(const struct snapshots *state)
{
	int cells = LABEL_LEAST;

	for (size_t i = 0; i < state->rows.count; i++) {
		const struct snapshot *snapshot = state->rows.items[i].snapshot;
		int width = snapshot && snapshot->label ? canvas_width(snapshot->label) : 0;
		char text[FOLDED_TEXT];

		if (state->rows.items[i].folded && !width)
			width = canvas_width(folded_words(&state->rows.items[i], text));
		if (state->rows.items[i].differs)
			width = LABEL_MOST;
		cells = width > cells ? width : cells;
	}
	return cells < LABEL_MOST ? cells : LABEL_MOST;
}

static void columns_for(const struct snapshots *state, int cols, struct columns *out)
{
	int end = 43, label = label_cells(state);

	*out = (struct columns){.id_end = 7,
	                        .when = 9,
	                        .age_end = 32,
	                        .size_end = 43,
	                        .growth_end = 55,
	                        .items_end = 66,
	                        .label = -1};
	/* In this order they make room: items, age, growth. */
	if (state->everything || cols < 68 + label)
		out->items_end = -1;
	if (cols < 57 + label) {
		out->age_end = -1;
		out->size_end -= 8;
		out->growth_end -= 8;
		end -= 8;
	}
	if (out->growth_end > cols)
		out->growth_end = -1;
	else
		end = out->growth_end;
	if (out->items_end >= 0)
		end = out->items_end;
	if (cols >= end + 2 + 4)
		out->label = end + 2;
}

/*
 * Days however many there are: the next unit would not fit the column, and tells less.  Of a date that cannot be right
 * nothing.
 */
static const char *age_text(char out[TEXT_FIGURE], const struct snapshot_row *entry, int64_t now_s)
{
	bool doubtful = entry->snapshot && entry->snapshot->doubtful_date;

	if (doubtful || now_s - entry->time < 86400)
		return doubtful ? "?" : text_age(out, entry->time, now_s);
	snprintf(out, TEXT_FIGURE, _("%lld d"), (long long)((now_s - entry->time) / 86400));
	return out;
}

static void paint_entry(const struct snapshots *state, const struct model *model, struct canvas *canvas,
                        const struct columns *at, int row, const struct snapshot_row *entry)
{
	char figure[FOLDED_TEXT > TEXT_FIGURE ? FOLDED_TEXT : TEXT_FIGURE];
	bool trusted = entry->snapshot && entry->snapshot->trusted;
	const struct baseline *base = model_base(model);
	bool is_base = base && !entry->now && base->id == entry->id;
	int col;

	if (is_base)
		canvas_put(canvas, row, 1, 1, ROLE_MARK, "b", 1);
	if (trusted)
		canvas_text(canvas, row, is_base ? 2 : 1, ROLE_STALE, "%s", canvas->ascii ? ":" : "…");
	if (entry->id)
		snprintf(figure, sizeof(figure), "%lld", (long long)entry->id);
	canvas_right(canvas, row, at->id_end, ROLE_TEXT, entry->id ? figure : _("now"));
	if (entry->time)
		canvas_text(canvas, row, at->when, ROLE_TEXT, "%s%s", text_time(figure, entry->time),
		            entry->snapshot && entry->snapshot->doubtful_date ? "?" : "");
	if (at->age_end >= 0 && !entry->now)
		canvas_right(canvas, row, at->age_end, ROLE_TEXT, age_text(figure, entry, clock_wall_s()));
	text_size(figure, entry->bytes, model->settings.si);
	canvas_size(canvas, row, at->size_end - canvas_width(figure), figure);
	if (entry->partial)
		canvas_put(canvas, row, at->size_end, 1, ROLE_PARTIAL, "~", 1);
	if (entry->old)
		canvas_text(canvas, row, at->size_end, ROLE_STALE, "%s", canvas->ascii ? ":" : "…");
	if (at->growth_end >= 0 && entry->has_growth && !entry->partial &&
	    (!entry->growth.known || entry->growth.bytes || entry->growth.unknown_entries))
		canvas_right(canvas, row, at->growth_end,
		             !entry->growth.known      ? ROLE_TEXT
		             : entry->growth.bytes > 0 ? ROLE_GROW
		             : entry->growth.bytes < 0 ? ROLE_SHRINK
		                                       : ROLE_TEXT,
		             growth_text(figure, entry->growth, model->settings.si));
	if (at->items_end >= 0)
		canvas_right(canvas, row, at->items_end, ROLE_SIZE, text_count(figure, entry->items));
	if (at->label < 0)
		return;
	col = at->label;
	if (entry->now)
		col = 2 + canvas_text(canvas, row, col, ROLE_TEXT, "%s",
		                      model->scan || !model->start || !model->start->tree
		                              ? entry->old ? _("(reading)") : _("(this scan)")
		                              : _("(imported)"));
	else if (model->view && model->view->id == entry->id)
		col = 2 + canvas_text(canvas, row, col, ROLE_TEXT, "%s", _("(open)"));
	if (state->everything && entry->snapshot) {
		const char *host = entry->snapshot->host;
		int label = entry->snapshot->label ? canvas_width(entry->snapshot->label) + 2 : 0;
		int room = canvas->cols - col - label;

		if (strcmp(host, store_host()) && room > 12) {
			int end = canvas_name(canvas, row, col, room / 2, ROLE_TEXT, host, strlen(host));

			end = canvas_text(canvas, row, end, ROLE_TEXT, ":");
			room -= end - col;
			col = end;
		}
		col = 2 + canvas_name(canvas, row, col, room > 8 ? room : canvas->cols - col, ROLE_DIR,
		                      entry->snapshot->scan_root, strlen(entry->snapshot->scan_root));
	}
	if (entry->snapshot && entry->snapshot->label)
		col = 2 + canvas_name(canvas, row, col, canvas->cols - col, ROLE_FILE, entry->snapshot->label,
		                      strlen(entry->snapshot->label));
	if (entry->differs) {
		struct buf how = {0};

		if (!differing_words(model, entry, &how) && how.data)
			col = 2 + canvas_name(canvas, row, col, canvas->cols - col, ROLE_PARTIAL, how.data, how.length);
		buf_free(&how);
	}
	if (entry->folded && col + canvas_width(folded_words(entry, figure)) <= canvas->cols)
		canvas_text(canvas, row, col, ROLE_PARTIAL, "%s", figure);
	if (entry->differs)
		canvas_mark(canvas, row, 0, canvas->cols, ATTR_DIM);
}

static void paint_title(const struct snapshots *state, const struct model *model, struct canvas *canvas)
{
	const struct snapshot_list *list = state->everything ? &model->everything : &model->history;
	const char *root = list->count ? list->items[0].scan_root : model->tree ? tree_root_path(model->tree) : "";
	char kept[96], size[TEXT_FIGURE], count[TEXT_FIGURE], tab[64];
	int right = canvas->cols - 1, col, room;

	snprintf(kept, sizeof(kept), _("%s kept, %s"),
	         text_count(count, list->count + (state->everything ? 0 : model->differing.count)),
	         text_size(size, model->store_bytes, model->settings.si));
	snprintf(tab, sizeof(tab), "[%s]", state->everything ? _("Tab: this folder") : _("Tab: all roots and hosts"));
	canvas_fill(canvas, 0, 0, canvas->cols, ROLE_TITLE, ' ');
	if (canvas->cols >= 70) {
		right = canvas_right(canvas, 0, right, ROLE_TITLE, tab);
		canvas_click(canvas, 0, right, canvas->cols - 1 - right, ACTION_NEXT);
	}
	room = right - 2 - canvas_width(kept) - 3;
	if (state->everything) {
		col = canvas_text(canvas, 0, 1, ROLE_TITLE, "%s", _("snapshots of all roots and hosts"));
	} else {
		col = canvas_text(canvas, 0, 1, ROLE_TITLE, "%s ", _("snapshots of"));
		if (room - col < 8) /* a narrow screen: the folder matters more */
			room = right - 1;
		col = canvas_name(canvas, 0, col, room - col, ROLE_TITLE, root, strlen(root));
	}
	if (col + 3 + canvas_width(kept) < right)
		canvas_text(canvas, 0, col + 3, ROLE_TITLE, "%s", kept);
}

static void paint_heads(const struct snapshots *state, struct canvas *canvas, const struct columns *at, int row)
{
	canvas_right(canvas, row, at->id_end, ROLE_HEAD, _("id"));
	canvas_text(canvas, row, at->when, ROLE_HEAD, "%s", _("when"));
	if (at->age_end >= 0)
		canvas_right(canvas, row, at->age_end, ROLE_HEAD, _("age"));
	canvas_right(canvas, row, at->size_end, ROLE_HEAD, _("size"));
	if (at->growth_end >= 0)
		canvas_right(canvas, row, at->growth_end, ROLE_HEAD, _("growth"));
	if (at->items_end >= 0)
		canvas_right(canvas, row, at->items_end, ROLE_HEAD, _("items"));
	if (at->label >= 0)
		canvas_text(canvas, row, at->label, ROLE_HEAD, "%s",
		            state->everything ? _("folder, label") : _("label"));
}

static void paint_status(const struct snapshots *state, const struct model *model, struct canvas *canvas, int row)
{
	char parts[4][96];
	bool trusted = false;
	int count = row_count(state), col = 1, count_of = 0;

	if (state->typing) {
		prompt_paint(&state->prompt, canvas, row, _("label: "));
		return;
	}
	if (*model->message) {
		canvas_text(canvas, row, 1, model->message_warns ? ROLE_WARN : ROLE_TEXT, "%s", model->message);
		return;
	}
	for (int i = state->top; i < count && i < state->top + state->page; i++) {
		trusted |= row_at(state, i)->snapshot && row_at(state, i)->snapshot->trusted;
	}
	if (model_base(model))
		snprintf(parts[count_of++], sizeof(parts[0]), "%s", _("b baseline"));
	if (trusted)
		snprintf(parts[count_of++], sizeof(parts[0]), "%s %s", canvas->ascii ? ":" : "…", _("made with --warm"));
	snprintf(parts[count_of++], sizeof(parts[0]), "%s",
	         state->everything ? _("growth: against the one before") : _("growth: against the row below"));
	if (model->counted_differently && !state->everything)
		snprintf(parts[count_of++], sizeof(parts[0]),
		         ngettext("%u counted differently", "%u counted differently", model->counted_differently),
		         model->counted_differently);
	for (int i = 0; i < count_of && col + canvas_width(parts[i]) < canvas->cols; i++)
		col = 3 + canvas_text(canvas, row, col, ROLE_TEXT, "%s", parts[i]);
}

static void paint(const void *data, const struct model *model, struct canvas *canvas)
{
	static const enum action keys[] = {ACTION_COMPARE, ACTION_SNAPSHOT_OPEN, ACTION_SNAPSHOT_LABEL,
	                                   ACTION_SNAPSHOT_DELETE, ACTION_QUIT};
	static const enum action typed[] = { ACTION_KEEP, ACTION_BACK };
	const struct action_word words[] = {{ACTION_QUIT, _("back")}, {ACTION_BACK, _("cancel")}, {ACTION_NONE, NULL}};
	const struct snapshots *state = data;
	int rows = canvas->rows, count = row_count(state), top = list_top(rows);
	bool known = state->everything ? model->everything_known : model->history_known;
	struct columns at;

	canvas_clear(canvas);
	columns_for(state, canvas->cols, &at);
	paint_title(state, model, canvas);
	if (head_row(rows) >= 0)
		paint_heads(state, canvas, &at, head_row(rows));
	for (int i = 0; i < page_rows(rows) && state->top + i < count; i++) {
		paint_entry(state, model, canvas, &at, top + i, row_at(state, state->top + i));
		if (state->top + i == state->cursor)
			canvas_mark(canvas, top + i, 0, canvas->cols, ATTR_CURSOR);
	}
	if (count <= (!state->everything && model->tree) && page_rows(rows) > count) {
		const char *why = !model->worker && !known ? _("no database is open: nothing is kept") :
		                  !known                   ? _("reading the snapshots...") :
		                                             _("no earlier snapshots: each complete scan becomes one");
		canvas_text(canvas, top + count, at.when, ROLE_STALE, "%s", why);
	}
	paint_status(state, model, canvas, status_row(rows));
	if (keys_row(rows) >= 0 && state->typing)
		action_paint_row(canvas, keys_row(rows), typed, (int)(sizeof(typed) / sizeof(*typed)), words, false);
	else if (keys_row(rows) >= 0)
		action_paint_row(canvas, keys_row(rows), keys, (int)(sizeof(keys) / sizeof(*keys)), words, true);
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
	.paint = paint,
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
