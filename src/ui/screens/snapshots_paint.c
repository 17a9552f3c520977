/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the list of snapshots is painted. */
#include "ui/screens/snapshots.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/snapshot/counting.h"
#include "ui/model/model_state.h"

int snapshots_differing_words(const struct model *model, const struct snapshot_row *entry, struct buf *out)
{
	const char *ours = model->state ? model->state->options : "";

	return counting_difference(ours, entry->snapshot->options, out);
}

/* Where each column begins or, of figures, ends; -1 = not shown. */
struct snapshot_columns {
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

/* What a row that is looked at says in the place of a label; "" = nothing. */
static const char *shown_words(const struct model *model, const struct snapshot_row *entry)
{
	if (!entry->now)
		return model->view && model->view->id == entry->id ? _("(open)") : "";
	if (!model->scan && model->start && model->start->tree)
		return _("(imported)");
	return entry->old ? _("(reading)") : _("(this scan)");
}

/* Cells that the last column needs. */
static int label_cells(const struct snapshots *state, const struct model *model)
{
	int cells = LABEL_LEAST;

	for (size_t i = 0; i < state->rows.count; i++) {
		const struct snapshot *snapshot = state->rows.items[i].snapshot;
		int width = snapshot && snapshot->label ? canvas_width(snapshot->label) : 0;
		char text[FOLDED_TEXT];

		if (state->rows.items[i].folded && !width)
			width = canvas_width(folded_words(&state->rows.items[i], text));

		int shown = canvas_width(shown_words(model, &state->rows.items[i]));

		width = shown > width ? shown : width;
		if (state->rows.items[i].differs)
			width = LABEL_MOST;
		cells = width > cells ? width : cells;
	}
	return cells < LABEL_MOST ? cells : LABEL_MOST;
}

static void columns_for(const struct snapshots *state, const struct model *model, int cols,
                        struct snapshot_columns *out)
{
	int end = 43, label = label_cells(state, model);

	*out = (struct snapshot_columns){.id_end = 7,
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
                        const struct snapshot_columns *at, int row, const struct snapshot_row *entry)
{
	char figure[FOLDED_TEXT > TEXT_FIGURE ? FOLDED_TEXT : TEXT_FIGURE];
	bool trusted = entry->snapshot && entry->snapshot->trusted;
	const struct baseline *base = model_base(model);
	bool is_base = base && !entry->now && base->id == entry->id;
	int col;

	if (is_base)
		canvas_put(canvas, row, 1, 1, ROLE_MARK, "b", 1);
	if (trusted)
		trust_paint(canvas, row, is_base ? 2 : 1, TRUST_OLD);
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
	trust_paint(canvas, row, at->size_end, entry->old ? TRUST_OLD : entry->partial ? TRUST_PARTIAL : TRUST_EXACT);
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
	if (*shown_words(model, entry))
		col = 2 + canvas_text(canvas, row, col, ROLE_TEXT, "%s", shown_words(model, entry));
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

		if (!snapshots_differing_words(model, entry, &how) && how.data)
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

static void paint_heads(const struct snapshots *state, struct canvas *canvas, const struct snapshot_columns *at,
                        int row)
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
	int count = (int)state->rows.count, col = 1, count_of = 0;

	if (state->typing) {
		prompt_paint(&state->prompt, canvas, row, _("label: "));
		return;
	}
	if (*model->message) {
		canvas_text(canvas, row, 1, model->message_warns ? ROLE_WARN : ROLE_TEXT, "%s", model->message);
		return;
	}
	for (int i = state->top; i < count && i < state->top + state->page; i++) {
		trusted |= state->rows.items[i].snapshot && state->rows.items[i].snapshot->trusted;
	}
	if (model_base(model))
		snprintf(parts[count_of++], sizeof(parts[0]), "%s", _("b baseline"));
	if (trusted)
		snprintf(parts[count_of++], sizeof(parts[0]), "%s %s", trust_mark(TRUST_OLD), _("made with --warm"));
	snprintf(parts[count_of++], sizeof(parts[0]), "%s",
	         state->everything ? _("growth: against the one before") : _("growth: against the row below"));
	if (model->counted_differently && !state->everything)
		snprintf(parts[count_of++], sizeof(parts[0]),
		         ngettext("%u counted differently", "%u counted differently", model->counted_differently),
		         model->counted_differently);
	for (int i = 0; i < count_of && col + canvas_width(parts[i]) < canvas->cols; i++)
		col = 3 + canvas_text(canvas, row, col, ROLE_TEXT, "%s", parts[i]);
}

void snapshots_paint(const void *data, const struct model *model, struct canvas *canvas)
{
	static const enum action keys[] = {ACTION_COMPARE, ACTION_SNAPSHOT_OPEN, ACTION_SNAPSHOT_LABEL,
	                                   ACTION_SNAPSHOT_DELETE, ACTION_QUIT};
	static const enum action typed[] = {ACTION_KEEP, ACTION_BACK};
	const struct action_word words[] = {{ACTION_QUIT, _("back")}, {ACTION_BACK, _("cancel")}, {ACTION_NONE, NULL}};
	const struct snapshots *state = data;
	int rows = canvas->rows, count = (int)state->rows.count, top = snapshots_list_row(rows);
	bool known = state->everything ? model->everything_known : model->history_known;
	struct snapshot_columns at;

	canvas_clear(canvas);
	columns_for(state, model, canvas->cols, &at);
	paint_title(state, model, canvas);
	if (rows >= 8)
		paint_heads(state, canvas, &at, 1);
	for (int i = 0; i < state->page && state->top + i < count; i++) {
		paint_entry(state, model, canvas, &at, top + i, &state->rows.items[state->top + i]);
		if (state->top + i == state->cursor)
			canvas_mark(canvas, top + i, 0, canvas->cols, ATTR_CURSOR);
	}
	if (count <= (!state->everything && model->tree) && state->page > count) {
		const char *why = !model->worker && !known ? _("no database is open: nothing is kept")
		                : !known                   ? _("reading the snapshots...")
		                                           : _("no earlier snapshots: each complete scan becomes one");
		canvas_text(canvas, top + count, at.when, ROLE_STALE, "%s", why);
	}
	paint_status(state, model, canvas, snapshots_status_row(rows));
	if (action_row(rows) >= 0 && state->typing)
		action_paint_row(canvas, action_row(rows), typed, (int)(sizeof(typed) / sizeof(*typed)), words, false);
	else if (action_row(rows) >= 0)
		action_paint_row(canvas, action_row(rows), keys, (int)(sizeof(keys) / sizeof(*keys)), words, true);
}
