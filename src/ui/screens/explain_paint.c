/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an explanation is painted. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "ui/screens/explain.h"

#define FIGURE_END 12
#define CAUSE_COL 14
#define CAUSE_CELLS 23
#define CAUSE_CELLS_LEAST 14
#define CLASS_CELLS 11
#define IDLE_CELLS 13
#define WHERE_LEAST 20 /* cells of a path, or it is not shown */
#define OTHER_KEYS 48  /* cells of the row of keys that are not the shell's word */
#define WIDE 100       /* columns from which on class and idle have room */

/* Where each column begins; -1 = it is not shown. */
struct explain_columns {
	int cause_cells, class, idle, where;
};

static struct explain_columns columns_for(int cols)
{
	struct explain_columns at = {.cause_cells = CAUSE_CELLS, .class = -1, .idle = -1};

	if (cols < 70)
		at.cause_cells = CAUSE_CELLS_LEAST;
	at.where = CAUSE_COL + at.cause_cells + 2;
	if (cols >= WIDE) {
		at.class = at.where;
		at.idle = at.class + CLASS_CELLS + 2;
		at.where = at.idle + IDLE_CELLS + 2;
	}
	if (at.where + WHERE_LEAST > cols)
		at.where = -1;
	return at;
}

static const char *figure(char out[TEXT_FIGURE], const struct model *model, int64_t bytes)
{
	bool now = !model->causes->growth && bytes >= 0;

	return now ? text_size(out, (uint64_t)bytes, model->settings.si) : text_delta(out, bytes, model->settings.si);
}

static enum role role_of(const struct model *model, int64_t bytes)
{
	if (!model->causes->growth)
		return ROLE_SIZE;
	return bytes == FIGURE_UNKNOWN ? ROLE_UNKNOWN : bytes > 0 ? ROLE_GROW : bytes < 0 ? ROLE_SHRINK : ROLE_TEXT;
}

static void paint_title(const struct explain_screen *state, const struct model *model, struct canvas *canvas)
{
	const struct model_causes *causes = model->causes;
	char since[96] = "", age[TEXT_FIGURE];
	int right = canvas->cols - 1, col;

	canvas_fill(canvas, 0, 0, canvas->cols, ROLE_TITLE, ' ');
	if (causes && causes->growth)
		snprintf(since, sizeof(since), _("#%lld, %s ago -> %s"), (long long)causes->since_id,
		         text_age(age, causes->since_s, clock_wall_s()),
		         state->subject.dir == DIR_NONE ? _("then") : _("now"));
	if (*since && canvas->cols >= 60)
		right = canvas_right(canvas, 0, right, ROLE_TITLE, since);
	if (state->growth) {
		const char *behind = _("grew");
		int room = right - 2 - canvas_width(behind) - 1;

		col = canvas_text(canvas, 0, 1, ROLE_TITLE, "%s ", _("why"));
		col = canvas_name(canvas, 0, col, room - col, ROLE_TITLE, state->path, strlen(state->path));
		canvas_text(canvas, 0, col + 1, ROLE_TITLE, "%s", behind);
	} else {
		col = canvas_text(canvas, 0, 1, ROLE_TITLE, "%s ", _("what lies in"));
		canvas_name(canvas, 0, col, right - 1 - col, ROLE_TITLE, state->path, strlen(state->path));
	}
}

/* `+29.1 GiB = 4 causes +28.4 GiB, other +0.7 GiB` */
static void paint_totals(const struct explain_screen *state, const struct model *model, struct canvas *canvas, int row)
{
	const struct causes *causes = &model->causes->causes;
	char net[TEXT_FIGURE], named[TEXT_FIGURE], rest[TEXT_FIGURE], count[TEXT_FIGURE];
	const struct cause_line *line = explain_line(state, model, state->cursor);
	int64_t sum = 0;
	int col;

	if (state->paths) {
		col = canvas_text(canvas, row, 1, ROLE_TEXT, "%s ",
		                  figure(net, model, line ? line->delta_bytes : causes->rest_bytes));
		if (line)
			col = canvas_name(canvas, row, col, canvas->cols - col, ROLE_DIR, line->name,
			                  strlen(line->name));
		else
			col = canvas_text(canvas, row, col, ROLE_DIR, "%s", _("other"));
		if (line ? line->omitted_paths : causes->omitted_rest)
			canvas_text(canvas, row, col + 2, ROLE_TEXT, _("%s more %s"),
			            text_count(count, line ? line->omitted_paths : causes->omitted_rest),
			            figure(rest, model, line ? line->omitted_bytes : causes->omitted_rest_bytes));
		return;
	}
	for (size_t i = 0; i < causes->count; i++)
		sum = figure_delta_sum(sum, causes->lines[i].delta_bytes);
	col = canvas_text(canvas, row, 1, ROLE_TEXT,
	                  ngettext("%s = %zu cause %s, other %s", "%s = %zu causes %s, other %s", causes->count),
	                  figure(net, model, causes->net_bytes), causes->count, figure(named, model, sum),
	                  figure(rest, model, causes->rest_bytes));
	if (causes->unknown_entries)
		canvas_text(
			canvas, row, col, ROLE_UNKNOWN,
			ngettext("   %s could not be compared", "   %s could not be compared", causes->unknown_entries),
			text_count(count, causes->unknown_entries));
}

static void paint_heads(const struct explain_screen *state, const struct model *model, struct canvas *canvas,
                        const struct explain_columns *at, int row)
{
	canvas_right(canvas, row, FIGURE_END, ROLE_HEAD, state->growth ? _("growth") : _("size"));
	if (state->paths) {
		canvas_text(canvas, row, CAUSE_COL, ROLE_HEAD, "%s", _("path"));
		return;
	}
	canvas_text(canvas, row, CAUSE_COL, ROLE_HEAD, "%s", _("cause"));
	if (at->class >= 0) {
		canvas_text(canvas, row, at->class, ROLE_HEAD, "%s", _("class"));
		canvas_text(canvas, row, at->idle, ROLE_HEAD, "%s", _("idle"));
	}
	if (at->where >= 0)
		canvas_text(canvas, row, at->where, ROLE_HEAD, "%s", _("mostly in"));
}

/* A path below the folder explained, with what is known of it beside. */
static void paint_where(const struct explain_screen *state, const struct model *model, struct canvas *canvas, int row,
                        int col, int at, size_t more)
{
	const struct cause_line *line = explain_line(state, model, at);
	const char *file, *path, *below, *name = NULL;
	char tail[96] = "", count[TEXT_FIGURE];
	struct buf whole = {0};
	bool gone;
	int end = canvas->cols - 1;

	path = explain_path(state, model, at, &file, &gone);
	if (!path)
		return;
	below = path_below(path, state->path);
	below = !below ? path : *below || file ? below : ".";
	buf_printf(&whole, "%s%s%s", below, *below && file ? "/" : "", file ? file : "");
	if (line && (state->paths || line->path_count))
		name = line->paths[state->paths ? at : 0].name;
	if (name)
		buf_printf(&whole, " [%s]", name);
	if (gone)
		snprintf(tail, sizeof(tail), " %s", _("(gone)"));
	if (more)
		snprintf(tail + strlen(tail), sizeof(tail) - strlen(tail), _("  +%s more"), text_count(count, more));
	if (!whole.failed)
		col = canvas_name(canvas, row, col, end - col - canvas_width(tail), line ? ROLE_TEXT : ROLE_FILE,
		                  whole.data, whole.length);
	canvas_text(canvas, row, col, ROLE_PARTIAL, "%s", tail);
	buf_free(&whole);
}

static void paint_path(const struct explain_screen *state, const struct model *model, struct canvas *canvas, int row,
                       int at)
{
	const struct causes *causes = &model->causes->causes;
	const struct cause_line *line = explain_line(state, model, at);
	int64_t bytes = line ? line->paths[at].delta_bytes : causes->rest[at].delta_bytes;
	char text[TEXT_FIGURE];

	canvas_right(canvas, row, FIGURE_END, role_of(model, bytes), figure(text, model, bytes));
	paint_where(state, model, canvas, row, CAUSE_COL, at, 0);
}

static void paint_cause(const struct explain_screen *state, const struct model *model, struct canvas *canvas,
                        const struct explain_columns *at, int row, int of)
{
	const struct causes *causes = &model->causes->causes;
	const struct cause_line *line = explain_line(state, model, of);
	int64_t bytes = line ? line->delta_bytes : causes->rest_bytes, at_s = model->causes->at_s;
	size_t paths = line ? line->path_count + line->omitted_paths : causes->rest_count + causes->omitted_rest;
	char text[TEXT_FIGURE];

	canvas_right(canvas, row, FIGURE_END, role_of(model, bytes), figure(text, model, bytes));
	if (line)
		canvas_name(canvas, row, CAUSE_COL, at->where < 0 ? canvas->cols - CAUSE_COL - 1 : at->cause_cells,
		            ROLE_DIR, line->name, strlen(line->name));
	else
		canvas_text(canvas, row, CAUSE_COL, ROLE_TEXT, "%s", _("other"));
	if (at->class >= 0 && line) {
		const char *class = _(cause_class_name(line->rule->class));

		canvas_put(canvas, row, at->class, CLASS_CELLS, ROLE_TEXT, class, strlen(class));
		if (cause_idle_days(line->newest_s, at_s) > 0) {
			int end = canvas_text(canvas, row, at->idle, ROLE_TEXT, _("idle %s"),
			                      text_span(text, at_s - line->newest_s));

			trust_paint(canvas, row, end, line->newest_exact ? TRUST_EXACT : TRUST_PARTIAL);
		}
	}
	if (at->where >= 0)
		paint_where(state, model, canvas, row, at->where, of, paths ? paths - 1 : 0);
}

/* What was said, or what frees the cursor's row; else what to be careful about. */
static void paint_status(const struct explain_screen *state, const struct model *model, struct canvas *canvas, int row)
{
	const struct cause_line *line = explain_count(state, model) ? explain_line(state, model, state->cursor) : NULL;
	struct buf advice = {0}, shown = {0};
	int col;

	if (*model->message) {
		canvas_text(canvas, row, 1, model->message_warns ? ROLE_WARN : ROLE_TEXT, "%s", model->message);
		return;
	}
	if (line && !explain_advice(state, model, &advice) && advice.length) {
		if (line->rule->caution)
			buf_printf(&advice, "  (%s)", line->rule->caution);
		col = canvas_text(canvas, row, 1, ROLE_TEXT, "%s  ", _("frees it:"));
		text_shorten(&shown, advice.data, advice.length, canvas->cols - 1 - col);
		canvas_put(canvas, row, col, canvas->cols - 1 - col, ROLE_TEXT, shown.data ? shown.data : "",
		           shown.length);
	} else if (line && line->rule->caution) {
		canvas_name(canvas, row, 1, canvas->cols - 2, ROLE_TEXT, line->rule->caution,
		            strlen(line->rule->caution));
	} else if (line && line->rule->class == CAUSE_SERVICE) {
		canvas_text(canvas, row, 1, ROLE_TEXT, "%s", _("a service's own: nothing is to be deleted by hand"));
	}
	buf_free(&advice);
	buf_free(&shown);
}

void explain_paint(const void *data, const struct model *model, struct canvas *canvas)
{
	static const enum action keys[] = {ACTION_GO_THERE, ACTION_NEXT, ACTION_SHELL, ACTION_QUIT, ACTION_WHERE};
	const struct explain_screen *state = data;
	const struct model_causes *causes = model->causes;
	const char *shell = _("shell (command printed, not run)");
	const struct action_word words[] = {
		{ACTION_QUIT, _("back")},
		{ACTION_NEXT, state->growth ? _("now") : _("growth")},
		{ACTION_SHELL, canvas_width(shell) <= canvas->cols - OTHER_KEYS ? shell : _("shell")},
		{ACTION_NONE, NULL},
	};
	int rows = canvas->rows, top = explain_list_row(rows), count = explain_count(state, model);
	struct explain_columns at = columns_for(canvas->cols);

	canvas_clear(canvas);
	paint_title(state, model, canvas);
	if (!causes || !causes->ready)
		canvas_text(canvas, top, 1, ROLE_STALE, "%s", _("looking for the causes..."));
	else if (causes->failed.text[0])
		canvas_text(canvas, top, 1, ROLE_WARN, "%s", causes->failed.text);
	else if (!count)
		canvas_text(canvas, top, 1, ROLE_STALE, "%s",
		            state->growth ? _("nothing grew") : _("there is nothing here"));
	if (count && rows >= 10)
		paint_totals(state, model, canvas, 1);
	if (count && rows >= 8)
		paint_heads(state, model, canvas, &at, top - 1);
	for (int i = 0; i < state->page && state->top + i < count; i++) {
		if (state->paths)
			paint_path(state, model, canvas, top + i, state->top + i);
		else
			paint_cause(state, model, canvas, &at, top + i, state->top + i);
		if (state->top + i == state->cursor)
			canvas_mark(canvas, top + i, 0, canvas->cols, ATTR_CURSOR);
	}
	paint_status(state, model, canvas, explain_status_row(rows));
	if (action_row(rows) >= 0)
		action_paint_row(canvas, action_row(rows), keys, (int)(sizeof(keys) / sizeof(*keys)), words, true);
}
