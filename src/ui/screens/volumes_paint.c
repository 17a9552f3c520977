/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the list of file systems is painted. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/screens/volumes.h"

#define NAME_LEAST 12 /* cells */
#define TYPE_CELLS 10

/* Where each figure ends; -1 = not shown. */
struct volume_columns {
	int used_end, free_end, percent_end, inodes_end, growth_end, full_end, name, type;
};

/* In this order they make room: type, inodes, full in, growth. */
static struct volume_columns columns_for(const struct volumes *list, int cols)
{
	struct volume_columns at = {10, 20, 26, 35, 46, 54, 57, -1};
	int longest = NAME_LEAST - 1;

	if (cols < at.name + NAME_LEAST) {
		at.inodes_end = -1;
		at.growth_end -= 9;
		at.full_end -= 9;
		at.name -= 9;
	}
	if (cols < at.name + NAME_LEAST) {
		at.full_end = -1;
		at.name -= 9;
	}
	if (cols < at.name + NAME_LEAST) {
		at.growth_end = -1;
		at.name = at.percent_end + 2;
	}
	for (size_t i = 0; i < list->count; i++) {
		struct buf safe = {0};
		int cells = text_safe(&safe, list->items[i].point, strlen(list->items[i].point), false)
		                  ? 0
		                  : text_width(safe.data, safe.length);

		longest = cells > longest ? cells : longest;
		buf_free(&safe);
	}
	if (cols >= at.name + NAME_LEAST + 1 + TYPE_CELLS) {
		at.type = at.name + longest + 2;
		if (at.type > cols - TYPE_CELLS)
			at.type = cols - TYPE_CELLS;
	}
	return at;
}

static void paint_title(const struct volumes *list, struct canvas *canvas)
{
	char local[TEXT_FIGURE], others[TEXT_FIGURE], words[96];

	snprintf(words, sizeof(words), _("%s local, %s other"), text_count(local, list->local),
	         text_count(others, list->count - list->local));
	canvas_fill(canvas, 0, 0, canvas->cols, ROLE_TITLE, ' ');
	canvas_text(canvas, 0, 1, ROLE_TITLE, "%s", _("volumes"));
	canvas_right(canvas, 0, canvas->cols, ROLE_TITLE, words);
}

static void paint_heads(struct canvas *canvas, const struct volume_columns *at)
{
	canvas_text(canvas, 1, at->used_end - 8, ROLE_HEAD, "%s", _("used"));
	canvas_text(canvas, 1, at->free_end - 7, ROLE_HEAD, "%s", _("free"));
	canvas_right(canvas, 1, at->percent_end, ROLE_HEAD, _("used%"));
	if (at->inodes_end >= 0)
		canvas_right(canvas, 1, at->inodes_end, ROLE_HEAD, _("inodes%"));
	if (at->growth_end >= 0)
		canvas_right(canvas, 1, at->growth_end, ROLE_HEAD, _("growth"));
	if (at->full_end >= 0)
		canvas_right(canvas, 1, at->full_end + 1, ROLE_HEAD, _("full in"));
	canvas_text(canvas, 1, at->name, ROLE_HEAD, "%s", _("mounted on"));
}

static void paint_growth(struct canvas *canvas, const struct volume_columns *at, int row,
                         const struct volume_growth *growth, bool si)
{
	char figure[TEXT_FIGURE];

	if (at->growth_end >= 0 && growth->bytes != FIGURE_UNKNOWN && growth->bytes) {
		canvas_right(canvas, row, at->growth_end, growth->bytes > 0 ? ROLE_GROW : ROLE_SHRINK,
		             text_delta(figure, growth->bytes, si));
		if (growth->old)
			trust_paint(canvas, row, at->growth_end, TRUST_OLD);
	}
	if (at->full_end >= 0 && growth->full_in_days >= 0) {
		snprintf(figure, sizeof(figure), _("%lld d"), (long long)growth->full_in_days);
		canvas_right(canvas, row, at->full_end, ROLE_WARN, figure);
	}
}

static void paint_figures(struct canvas *canvas, const struct volume_columns *at, int row,
                          const struct file_system_usage *usage, bool si)
{
	char figure[TEXT_FIGURE];
	int percent = file_system_percent(usage->used_bytes, usage->available_bytes);

	text_size(figure, usage->used_bytes, si);
	canvas_size(canvas, row, at->used_end - canvas_width(figure), figure);
	text_size(figure, usage->available_bytes, si);
	canvas_size(canvas, row, at->free_end - canvas_width(figure), figure);
	snprintf(figure, sizeof(figure), "%d%%", percent);
	canvas_right(canvas, row, at->percent_end, percent >= 90 ? ROLE_WARN : ROLE_SIZE, figure);
	if (at->inodes_end < 0 || !usage->inodes)
		return;
	percent = file_system_percent(usage->inodes_used, usage->inodes_available);
	snprintf(figure, sizeof(figure), "%d%%", percent);
	canvas_right(canvas, row, at->inodes_end, percent >= 90 ? ROLE_WARN : ROLE_SIZE, figure);
}

static const char *why_not(const struct volume_entry *entry)
{
	if (entry->kind == FS_NETWORK)
		return _("(network, not asked)");
	return _("(a program's, not asked)");
}

static void paint_entry(struct canvas *canvas, const struct volume_columns *at, int row,
                        const struct model_volumes *volumes, size_t i, bool si)
{
	const struct volume_entry *entry = &volumes->list.items[i];
	int end = at->type >= 0 ? at->type - 1 : canvas->cols;

	if (!entry->local) {
		int room = at->name - 2 - 3 - canvas_width(why_not(entry)) - 2, col;

		col = canvas_text(canvas, row, 1, ROLE_STALE, "- ");
		if (room >= 6)
			col = canvas_name(canvas, row, col, room, ROLE_STALE, entry->source, strlen(entry->source)) + 2;
		canvas_put(canvas, row, col, at->name - 1 - col, ROLE_STALE, why_not(entry), strlen(why_not(entry)));
	} else if (entry->known) {
		paint_figures(canvas, at, row, &entry->usage, si);
	} else {
		canvas_right(canvas, row, at->used_end, ROLE_STALE, volumes->waiting ? trust_mark(TRUST_OLD) : "?");
	}
	if (entry->local && volumes->growth)
		paint_growth(canvas, at, row, &volumes->growth[i], si);
	canvas_name(canvas, row, at->name, end - at->name, ROLE_DIR, entry->point, strlen(entry->point));
	if (at->type >= 0)
		canvas_put(canvas, row, at->type, canvas->cols - at->type, ROLE_TEXT, entry->type, strlen(entry->type));
}

/* What the figure of growth under the cursor is against. */
static void paint_status(const struct volumes_screen *state, const struct model *model, struct canvas *canvas, int row)
{
	const struct model_volumes *volumes = model->volumes;
	const struct volume_growth *growth = volumes->growth && state->cursor < (int)volumes->list.local
	                                           ? &volumes->growth[state->cursor]
	                                           : NULL;
	char age[TEXT_FIGURE];

	if (*model->message) {
		canvas_text(canvas, row, 1, model->message_warns ? ROLE_WARN : ROLE_TEXT, "%s", model->message);
		return;
	}
	if (!growth)
		return;
	if (!growth->snapshot_id)
		canvas_text(canvas, row, 1, ROLE_TEXT, "%s", _("no snapshot holds it: Enter makes the first"));
	else if (growth->old)
		canvas_text(canvas, row, 1, ROLE_TEXT, _("growth: up to the newest snapshot of that root, %s ago"),
		            text_age(age, growth->time_s, clock_wall_s()));
	else
		canvas_text(canvas, row, 1, ROLE_TEXT, _("growth: since the newest snapshot of that root, %s"),
		            text_age(age, growth->time_s, clock_wall_s()));
}

void volumes_paint(const void *data, const struct model *model, struct canvas *canvas)
{
	static const enum action keys[] = {ACTION_VOLUME_OPEN, ACTION_VOLUMES_AGAIN, ACTION_QUIT};
	const struct action_word words[] = {{ACTION_QUIT, _("back")}, {ACTION_NONE, NULL}};
	const struct volumes_screen *state = data;
	int rows = canvas->rows, top = volumes_list_row(rows);

	canvas_clear(canvas);
	if (!model->volumes)
		return;
	const struct volumes *list = &model->volumes->list;
	struct volume_columns at = columns_for(list, canvas->cols);

	paint_title(list, canvas);
	if (rows >= 8)
		paint_heads(canvas, &at);
	for (int i = 0; i < state->page && state->top + i < (int)list->count; i++) {
		paint_entry(canvas, &at, top + i, model->volumes, (size_t)(state->top + i), model->settings.si);
		if (state->top + i == state->cursor)
			canvas_mark(canvas, top + i, 0, canvas->cols, ATTR_CURSOR);
	}
	if (!list->count)
		canvas_text(canvas, top, 1, ROLE_STALE, "%s", _("the table of mounts cannot be read"));
	paint_status(state, model, canvas, volumes_status_row(rows));
	if (action_row(rows) >= 0)
		action_paint_row(canvas, action_row(rows), keys, (int)(sizeof(keys) / sizeof(*keys)), words, true);
}
