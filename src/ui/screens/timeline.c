/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Size over time (T): one entry, or the folder it is in, through all snapshots up to now. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "ui/model/model_timeline.h"
#include "ui/screens/chart.h"
#include "ui/screens/layers.h"

struct timeline_screen {
	struct timeline_subject entry, folder;
	bool of_folder;    /* Tab: the folder is shown */
	bool from_zero;    /* z */
	bool chosen;       /* a point was picked by hand: */
	int64_t picked_id; /* its snapshot, 0 = now */
	int64_t saved_id;  /* of this scan, when the model was asked */
	struct chart chart;
};

static const struct timeline_subject *subject_of(const struct timeline_screen *state)
{
	return state->of_folder ? &state->folder : &state->entry;
}

/* ---- up to date ---- */

/* What is picked by itself: what is compared with, else the newest snapshot. */
static size_t first_pick(const struct timeline *line, const struct model *model)
{
	const struct baseline *base = model_base(model);

	for (size_t i = 0; base && i < line->count; i++)
		if (line->points[i].snapshot_id == base->id)
			return i;
	return line->count > 1 && !line->points[line->count - 1].snapshot_id ? line->count - 2 : line->count - 1;
}

static void pick(struct timeline_screen *state, size_t at)
{
	state->chart.picked = (int64_t)at;
	state->picked_id = state->chart.timeline->points[at].snapshot_id;
}

static void ask(struct timeline_screen *state, struct model *model)
{
	const struct timeline_subject *subject = subject_of(state);

	state->saved_id = model->saved_id;
	model_want_timeline(model, subject->path, subject->has_now ? &subject->now : NULL);
}

static int64_t update(void *data, struct model *model, int64_t now_ns)
{
	struct timeline_screen *state = data;
	const struct model_timeline *timeline;
	struct chart *chart = &state->chart;

	if (!model->timeline || state->saved_id != model->saved_id)
		ask(state, model);
	timeline = model->timeline;
	chart->timeline = NULL;
	chart->picked = -1;
	if (!timeline || !timeline->ready || !timeline->line.count)
		return SCREEN_NEVER;
	chart->timeline = &timeline->line;
	chart->measure = model->settings.by_items ? TIMELINE_ITEMS
	               : model->settings.apparent ? TIMELINE_APPARENT
	                                          : TIMELINE_BYTES;
	chart->si = model->settings.si;
	chart->from_zero = state->from_zero;
	chart->trend = timeline->trends[chart->measure];
	chart->full_days = -1;
	/* Of an apparent size nobody knows what it takes of the disk. */
	if (chart->measure == TIMELINE_BYTES && model->usage.known && !model->view && !subject_of(state)->other_disk)
		chart->full_days = trend_days_until(&chart->trend, model->usage.free_bytes);
	for (size_t i = 0; state->chosen && i < timeline->line.count; i++)
		if (timeline->line.points[i].snapshot_id == state->picked_id)
			chart->picked = (int64_t)i;
	if (chart->picked < 0) /* not yet, or it was deleted */
		pick(state, first_pick(&timeline->line, model));
	return SCREEN_NEVER;
}

/* ---- input ---- */

static unsigned compare(const struct timeline_screen *state, struct model *model)
{
	int64_t id = state->picked_id;
	bool ours = !id;

	for (size_t i = 0; i < model->history.count; i++)
		ours |= model->history.items[i].id == id;
	if (!ours) {
		model_say(model, true, _("#%lld is of another folder or way of counting: it is not compared with"),
		          (long long)id);
		return REACT_PAINT;
	}
	if (!id)
		model_open_snapshot(model, 0);
	model_compare_with(model, id);
	return REACT_GROWTH | REACT_CLOSE | REACT_PAINT;
}

/* The keys that need a chart. */
static unsigned act_on_chart(struct timeline_screen *state, struct model *model, const struct input *input,
                             enum action action)
{
	size_t count = state->chart.timeline->count, at = (size_t)state->chart.picked, to = at;

	if (input->kind == INPUT_CLICK || input->kind == INPUT_DOUBLE_CLICK) {
		int64_t clicked = chart_at(&state->chart, model->cols, input->col);

		if (action == ACTION_NONE && clicked >= 0) {
			to = (size_t)clicked;
			if (input->kind == INPUT_DOUBLE_CLICK)
				action = ACTION_COMPARE;
		}
	}
	switch (action) {
	case ACTION_PICK_OLDER: to = at ? at - 1 : 0; break;
	case ACTION_PICK_NEWER: to = at + 1 < count ? at + 1 : at; break;
	case ACTION_FIRST: to = 0; break;
	case ACTION_LAST: to = count - 1; break;
	default: break;
	}
	if (to != at) {
		pick(state, to);
		state->chosen = true;
	}
	if (action == ACTION_COMPARE)
		return compare(state, model);
	return to != at ? REACT_PAINT : action == ACTION_NONE ? REACT_NONE : REACT_PASS;
}

static unsigned handle(void *data, struct screens *screens, const struct input *input, enum action action)
{
	struct timeline_screen *state = data;
	struct model *model = screens->model;

	if (input->kind == INPUT_WHEEL_UP)
		action = ACTION_PICK_OLDER;
	if (input->kind == INPUT_WHEEL_DOWN)
		action = ACTION_PICK_NEWER;
	switch (action) {
	case ACTION_MEASURE: model_next_measure(model); return REACT_PAINT;
	case ACTION_AXIS: state->from_zero = !state->from_zero; return REACT_PAINT;
	case ACTION_NEXT:
		if (!state->folder.path) {
			model_say(model, false, "%s", _("it is the folder itself that is shown"));
			return REACT_PAINT;
		}
		state->of_folder = !state->of_folder;
		ask(state, model);
		return REACT_PAINT;
	case ACTION_HELP: return help_open(screens, 2) ? REACT_NONE : REACT_PAINT;
	default: break;
	}
	return state->chart.timeline ? act_on_chart(state, model, input, action) : REACT_PASS;
}

/* ---- painting ---- */

static void paint_title(const struct timeline_screen *state, struct canvas *canvas)
{
	const char *path = subject_of(state)->path;
	int right = canvas->cols - 1, col;
	size_t count = 0;
	char kept[64];

	canvas_fill(canvas, 0, 0, canvas->cols, ROLE_TITLE, ' ');
	for (size_t i = 0; state->chart.timeline && i < state->chart.timeline->count; i++)
		count += state->chart.timeline->points[i].snapshot_id != 0;
	snprintf(kept, sizeof(kept), ngettext("%zu snapshot", "%zu snapshots", count), count);
	if (state->chart.timeline && canvas->cols >= 60)
		right = canvas_right(canvas, 0, right, ROLE_TITLE, kept);
	col = canvas_text(canvas, 0, 1, ROLE_TITLE, "%s",
	                  state->chart.measure == TIMELINE_ITEMS      ? _("items over time")
	                  : state->chart.measure == TIMELINE_APPARENT ? _("apparent size over time")
	                                                              : _("size over time"));
	canvas_name(canvas, 0, col + 2, right - 2 - (col + 2), ROLE_TITLE, path, strlen(path));
}

static void paint_picked(const struct timeline_screen *state, struct canvas *canvas, int row)
{
	const struct chart *chart = &state->chart;
	const struct timeline_point *point = &chart->timeline->points[chart->picked];
	bool there = point->what == TIMELINE_DIR || point->what == TIMELINE_FILE;
	char figure[TEXT_FIGURE];
	int col = 1;

	if (point->snapshot_id)
		col = canvas_text(canvas, row, col, ROLE_MARK, "#%lld", (long long)point->snapshot_id);
	else
		col = canvas_text(canvas, row, col, ROLE_MARK, "%s", _("now"));
	col = canvas_text(canvas, row, col + 2, ROLE_TEXT, "%s%s", text_time(figure, point->time_s),
	                  point->doubtful_date ? "?" : "");
	if (there)
		col = canvas_size(canvas, row, col + 3,
		                  chart_figure(chart, figure, timeline_value(point, chart->measure)));
	else
		col = canvas_text(canvas, row, col + 3, ROLE_TEXT, "%s",
		                  timeline_known(point) ? _("not there") : _("not read"));
	col = trust_paint(canvas, row, col, point->partial ? TRUST_PARTIAL : point->trusted ? TRUST_OLD : TRUST_EXACT);
	if (chart->picked > 0) {
		int64_t growth = timeline_growth(point - 1, point, chart->measure);
		enum role role = growth == FIGURE_UNKNOWN ? ROLE_UNKNOWN : growth > 0 ? ROLE_GROW : ROLE_SHRINK;

		chart_delta(chart, figure, growth);
		if (growth && col + 3 + canvas_width(figure) <= canvas->cols)
			canvas_text(canvas, row, col + 3, role, "%s", figure);
	}
}

static void paint_status(const struct timeline_screen *state, const struct model *model, struct canvas *canvas, int row)
{
	const struct model_timeline *timeline = model->timeline;

	if (*model->message)
		canvas_text(canvas, row, 1, model->message_warns ? ROLE_WARN : ROLE_TEXT, "%s", model->message);
	else if (state->chart.timeline)
		paint_picked(state, canvas, row);
	else if (timeline && !timeline->ready)
		canvas_text(canvas, row, 1, ROLE_STALE, "%s", _("reading the snapshots..."));
	else
		canvas_text(canvas, row, 1, ROLE_STALE, "%s",
		            model->worker ? _("no earlier snapshots: each complete scan becomes one")
		                          : _("no database is open: nothing is kept"));
}

static void paint(const void *data, const struct model *model, struct canvas *canvas)
{
	static const enum action keys[] = {ACTION_PICK_OLDER, ACTION_PICK_NEWER, ACTION_COMPARE,
	                                   ACTION_AXIS,       ACTION_QUIT,       ACTION_NEXT};
	const struct timeline_screen *state = data;
	const struct action_word words[] = {{ACTION_QUIT, _("back")},
	                                    {ACTION_AXIS, state->from_zero ? _("axis fitted") : _("axis from 0")},
	                                    {ACTION_NEXT, state->of_folder ? _("entry") : _("folder")},
	                                    {ACTION_NONE, NULL}};
	int row = 1, status = action_row(canvas->rows) >= 0 ? canvas->rows - 2 : canvas->rows - 1;

	canvas_clear(canvas);
	paint_title(state, canvas);
	if (state->chart.timeline && canvas->rows >= 8)
		chart_paint_summary(&state->chart, canvas, row++, 1);
	if (state->chart.timeline && canvas->rows >= 10 && !canvas->spoken) {
		char figure[TEXT_FIGURE];

		canvas_text(canvas, row++, 1, ROLE_HEAD, _("axis from %s"), chart_axis(&state->chart, figure));
	}
	if (state->chart.timeline)
		chart_paint(&state->chart, canvas, row, status - row);
	paint_status(state, model, canvas, status);
	if (action_row(canvas->rows) >= 0)
		action_paint_row(canvas, action_row(canvas->rows), keys,
		                 (int)(sizeof(keys) / sizeof(*keys)) - !state->folder.path, words, true);
}

/* ---- opening ---- */

static void close_timeline(void *data)
{
	struct timeline_screen *state = data;

	free(state->entry.path);
	free(state->folder.path);
	free(state);
}

static const struct screen_ops ops = {
	.name = "timeline",
	.context = CONTEXT_TIMELINE,
	.handle = handle,
	.update = update,
	.paint = paint,
	.close = close_timeline,
};

static int copy_subject(struct timeline_subject *to, const struct timeline_subject *from)
{
	*to = *from;
	to->path = alloc_text(from->path);
	return to->path ? 0 : -ENOMEM;
}

int timeline_open(struct screens *screens, const struct timeline_subject *entry, const struct timeline_subject *folder)
{
	struct timeline_screen *state = alloc_zero(struct timeline_screen);

	if (!state)
		return -ENOMEM;
	if (copy_subject(&state->entry, entry) || (folder && copy_subject(&state->folder, folder))) {
		close_timeline(state);
		return -ENOMEM;
	}
	model_drop_timeline(screens->model);
	return screens_push(screens, &ops, state);
}
