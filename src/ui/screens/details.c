/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Details of one entry (i): what the row knows, and what the disk says of it just now.  What may take long is found out
 * in tasks: a file system that hangs must not hang the screen.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/screens/details_lines.h"
#include "ui/screens/layers.h"

/* ---- what is found out in threads of their own ---- */

static void take_check(void *owner, struct disk_check *check)
{
	struct details *details = owner;

	details->checking = NULL;
	details->checked = check;
	details->model->generation++;
}

static void take_names(void *owner, struct name_search *search)
{
	struct details *details = owner;

	details->searching = NULL;
	details->searched = search;
	details->model->generation++;
}

/* ---- the screen ---- */

/* Rows of the box that hold lines. */
static int shown_rows(const struct details *details, int rows)
{
	int room = rows - 2 > 1 ? rows - 2 : 1;

	return details->count < room ? details->count : room;
}

/* How far it scrolls; spoken, the cursor is on the first line that is shown, and each of them can be it. */
static int last_top(const struct details *details, const struct model *model)
{
	return details->count - (model->settings.spoken ? 1 : shown_rows(details, model->rows));
}

static int64_t update(void *data, struct model *model, int64_t now_ns)
{
	struct details *details = data;
	int64_t age = model->scan && model->progress.finished_wall_s ? clock_wall_s() - model->progress.finished_wall_s
	                                                             : 0;

	/* Spoken, what has been said is not said again for a second that has passed. */
	if (details->generation != model->generation || details->cols != model->cols ||
	    (!model->settings.spoken && (details->made_at_s != clock_wall_s() || model->scanning)))
		details_make_lines(details);
	if (details->top > last_top(details, model))
		details->top = last_top(details, model);
	/* "read 4 s ago" goes on. */
	return now_ns + (age < 60 ? 1000000000 : 60 * INT64_C(1000000000));
}

static bool has_names(const struct row *row)
{
	return row->origin == ROW_LIVE &&
	       (row->is_dir ? row->dir != DIR_NONE && row->shared_known && row->shared_bytes : row->nlink > 1);
}

/* Tab: between what it is and where its other names are. */
static unsigned turn(struct details *details)
{
	const struct row *row = &details->row;

	if (!has_names(row)) {
		model_say(details->model, false, "%s",
		          row->is_dir ? _("nothing in it has another name elsewhere") : _("it has no other name"));
		return REACT_PAINT;
	}
	details->names_shown = !details->names_shown;
	if (!details->searching && !details->searched)
		details->searching = name_search_start(details->model, row, details->folder, take_names, details);
	details->top = 0;
	details_make_lines(details);
	return REACT_PAINT;
}

/* Of the file system that is mounted there, or of the one that all of this is read from. */
static unsigned show_account(struct details *details, struct screens *screens)
{
	const struct row *row = &details->row;
	struct model *model = details->model;
	bool own = row->origin == ROW_LIVE && row->is_dir && row->dir != DIR_NONE && row->dir_flags & DIR_MOUNT;

	if (!model->tree || (model->start && model->start->tree_name) || model_gone(model))
		model_say(model, true, "%s", _("what is shown is not on this machine now"));
	else if (account_open(screens, own ? row->dir : DIR_ROOT, own ? details->path : tree_root_path(model->tree)))
		model_say(model, true, "%s", strerror(ENOMEM));
	return REACT_PAINT;
}

static unsigned handle(void *data, struct screens *screens, const struct input *input, enum action action)
{
	struct details *details = data;
	int last = last_top(details, screens->model);

	if (input->kind == INPUT_WHEEL_UP)
		action = ACTION_UP;
	if (input->kind == INPUT_WHEEL_DOWN)
		action = ACTION_DOWN;
	switch (action) {
	case ACTION_INFO:
	case ACTION_ACCEPT: return REACT_CLOSE;
	case ACTION_HELP: return help_open(screens, 2) ? REACT_NONE : REACT_PAINT;
	case ACTION_NEXT: return turn(details);
	case ACTION_DISK: return show_account(details, screens);
	case ACTION_LOG: return log_open(screens, details->path) ? REACT_NONE : REACT_PAINT;
	case ACTION_UP:
	case ACTION_DOWN:
		if (last > 0) { /* more lines than rows: scroll */
			details->top += action == ACTION_UP ? -1 : 1;
			details->top = details->top < 0 ? 0 : details->top > last ? last : details->top;
			return REACT_PAINT;
		}
		if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN)
			return REACT_NONE;
		/* The details of the row above or below: the screen below moves, and opens them anew. */
		screens_pop(screens);
		return REACT_PAINT |
		       screens_handle(screens, &(struct input){.kind = INPUT_KEY,
		                                               .key = action == ACTION_UP ? IN_UP : IN_DOWN}) |
		       screens_handle(screens, &(struct input){.kind = INPUT_KEY, .key = 'i'});
	default: break;
	}
	if (input->kind == INPUT_CLICK)
		return REACT_CLOSE;
	return REACT_PASS;
}

static void paint(const void *data, const struct model *model, struct canvas *canvas)
{
	const struct details *details = data;
	int rows = shown_rows(details, canvas->rows), inner = details->widest, left, top;
	const void *name = details->row.name_length ? (const void *)details->row.name : details->path;
	size_t length = details->row.name_length ? details->row.name_length : strlen(details->path);
	struct buf title = {0};

	if (inner < 62)
		inner = 62;
	if (inner > canvas->cols - 4)
		inner = canvas->cols - 4;
	canvas_box_place(canvas, rows + 2, inner + 4, &top, &left);
	text_name(&title, name, length, model->ascii, inner - 2);
	canvas_box(canvas, top, left, rows + 2, inner + 4, ROLE_TEXT, title.data ? title.data : "");
	for (int i = 0; i < rows && details->top + i < details->count; i++) {
		const struct details_line *line = &details->lines[details->top + i];
		int row = top + 1 + i, end = left + 2 + inner, col = left + 2 + DETAILS_LABEL_CELLS;

		canvas_put(canvas, row, left + 2, DETAILS_LABEL_CELLS - 1, ROLE_HEAD, line->label, strlen(line->label));
		col = canvas_put(canvas, row, col, end - col, line->lead_role, line->lead, strlen(line->lead));
		canvas_put(canvas, row, col, end - col, line->role, line->text, strlen(line->text));
	}
	if (action_row(canvas->rows) >= top + rows + 2) {
		static const enum action keys[] = {ACTION_INFO, ACTION_LOG, ACTION_DISK,
		                                   ACTION_UP,   ACTION_DOWN, ACTION_NEXT};
		const struct action_word words[] = {{ACTION_NEXT, details->names_shown ? _("details") : _("where")},
		                                    {ACTION_INFO, _("close")},
		                                    {ACTION_UP, _("other entries")},
		                                    {ACTION_DOWN, _("other entries")},
		                                    {ACTION_NONE, NULL}};

		canvas_fill(canvas, action_row(canvas->rows), 0, canvas->cols, ROLE_TEXT, ' ');
		action_paint_row(canvas, action_row(canvas->rows), keys, has_names(&details->row) ? 6 : 5, words, true);
	}
	buf_free(&title);
}

static void close_details(void *data)
{
	struct details *details = data;

	disk_check_leave(details->checking);
	disk_check_free(details->checked);
	name_search_leave(details->searching);
	name_search_free(details->searched);
	free(details->moved_from);
	details_clear_lines(details);
	free(details->path);
	free(details);
}

static const struct screen_ops ops = {
	.name = "details",
	.context = CONTEXT_DETAILS,
	.overlay = true,
	.handle = handle,
	.update = update,
	.paint = paint,
	.close = close_details,
};

/* Where a folder was in the snapshot it is compared with. */
static char *path_before(const struct model *model, const struct row *row)
{
	const struct baseline *base = model_base(model);
	struct buf path = {0};

	if (!row->moved || !base || row->moved_from >= base->image->count)
		return NULL;
	buf_str(&path, base->image->root_path);
	if (!path.length || path.data[path.length - 1] != '/')
		buf_char(&path, '/');
	if (image_relative(base->image, row->moved_from, &path) || path.failed)
		buf_free(&path);
	return path.data;
}

int details_open(struct screens *screens, const struct row *row, dir_id folder, const char *path)
{
	struct details *details = alloc_zero(struct details);

	if (!details)
		return -ENOMEM;
	details->row = *row;
	details->model = screens->model;
	details->screens = screens;
	details->folder = folder;
	details->moved_from = path_before(screens->model, row);
	if (row->image) {
		details->image_id = row->image->snapshot_id;
		details->image_time = row->image->taken_at;
		details->row.image = NULL;
	}
	details->path = alloc_copy(path, strlen(path));
	if (!details->path) {
		free(details);
		return -ENOMEM;
	}
	if (row->origin == ROW_LIVE && row->dir != DIR_NONE && tree_has_links(screens->model->tree) &&
	    !screens->model->shared_known)
		model_want_shared(screens->model);
	details->checking = disk_check_start(screens->model, row, path, take_check, details);
	details_make_lines(details);
	return screens_push(screens, &ops, details);
}
