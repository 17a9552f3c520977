/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/account_view.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/wrap.h"
#include "ui/screens/layers.h"

#define WIDEST 72       /* cells inside the box */
#define ENTRIES_SHOWN 8 /* of a line of the account */

/* ---- worked out on a thread ---- */

struct account_task {
	struct task task;
	struct account_view *owner; /* NULL once the screen is closed */
	char *path;
	const struct tree *tree;
	dir_id dir;
	int rc;
	struct err err;
	struct account account;
};

static void run_task(struct task *base)
{
	struct account_task *task = (struct account_task *)base;
	struct named_bytes named;
	struct fs_info fs;

	task->rc = file_system_read(task->path, &fs, &task->err);
	if (task->rc)
		return;
	task->rc = named_tree(&fs, task->tree, task->dir, &base->cancel, &named);
	file_system_clear(&fs);
	if (task->rc)
		err_set(&task->err, task->rc, "%s", strerror(-task->rc));
	else
		task->rc = account_of(task->path, &named, &base->cancel, &task->account, &task->err);
}

static void task_done(struct task *base)
{
	struct account_task *task = (struct account_task *)base;
	struct account_view *view = task->owner;

	if (view) {
		view->running = NULL;
		view->known = !task->rc;
		view->err = task->err;
		view->account = task->account;
		view->cols = 0;
		view->model->generation++;
	} else if (!task->rc) {
		account_clear(&task->account);
	}
	free(task->path);
	free(task);
}

/* ---- lines ---- */

static void clear_lines(struct account_view *view)
{
	for (size_t i = 0; i < view->count; i++)
		free(view->lines[i].text);
	view->count = 0;
}

static void add(struct account_view *view, enum role role, const char *text, size_t length)
{
	if (alloc_room(&view->lines, &view->capacity, view->count + 1))
		return; /* a line is missing, no more */
	view->lines[view->count] = (struct account_line_shown){alloc_copy(text, length), role};
	if (view->lines[view->count].text)
		view->count++;
}

static void __attribute__((format(printf, 3, 4)))
add_text(struct account_view *view, enum role role, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add(view, role, text, strlen(text));
}

static int inner_cells(int cols)
{
	return cols - 4 < WIDEST ? cols - 4 : WIDEST;
}

/* A sentence over as many lines as it takes. */
static void add_wrapped(struct account_view *view, const char *text, int cells)
{
	while (*text) {
		size_t length;
		const char *next = wrap_line(text, cells, &length);

		add(view, ROLE_TEXT, text, length);
		text = next;
	}
}

static void add_head(struct account_view *view, int cells)
{
	const struct file_system_usage *usage = &view->account.fs.usage;
	const struct mount_entry *mount = view->account.fs.mount;
	bool si = view->model->settings.si;
	char used[TEXT_FIGURE], size[TEXT_FIGURE], inodes[32] = "";
	struct buf line = {0};

	if (mount) {
		text_name(&line, mount->point, strlen(mount->point), view->model->ascii, cells / 2);
		buf_printf(&line, "  %s  ", mount->type);
		text_name(&line, mount->source, strlen(mount->source), view->model->ascii, cells / 3);
		if (!line.failed)
			add(view, ROLE_DIR, line.data, line.length);
	}
	buf_free(&line);
	add_text(view, ROLE_TEXT, _("%s used of %s (%d%%)%s"), text_size(used, usage->used_bytes, si),
	         text_size(size, usage->size_bytes, si), file_system_percent(usage->used_bytes, usage->available_bytes),
	         view->account.fs.project ? _(", project quota") : "");
	if (usage->inodes)
		snprintf(inodes, sizeof(inodes), _(", inodes %d%%"),
		         file_system_percent(usage->inodes_used, usage->inodes_available));
	if (usage->reserved_bytes)
		add_text(view, ROLE_TEXT, _("%s free, %s reserved%s"), text_size(used, usage->available_bytes, si),
		         text_size(size, usage->reserved_bytes, si), inodes);
	else
		add_text(view, ROLE_TEXT, _("%s free%s"), text_size(used, usage->available_bytes, si), inodes);
	add(view, ROLE_TEXT, "", 0);
}

/* "  28.6 MiB  31.8%  deleted, still open" */
static void add_figure(struct account_view *view, enum role role, int64_t bytes, bool known, const char *words,
                       int cells)
{
	uint64_t used = view->account.fs.usage.used_bytes;
	char figure[TEXT_FIGURE] = "?", share[TEXT_FIGURE] = "";
	struct buf line = {0};

	if (known && bytes < 0)
		text_delta(figure, bytes, view->model->settings.si);
	else if (known)
		text_size(figure, (uint64_t)bytes, view->model->settings.si);
	if (known && used)
		snprintf(share, sizeof(share), "%.1f%%", (double)bytes * 100 / (double)used);
	buf_printf(&line, "%10s %7s  ", figure, share);
	text_shorten(&line, words, strlen(words), cells - 20 > 8 ? cells - 20 : 8);
	if (!line.failed)
		add(view, role, line.data, line.length);
	buf_free(&line);
}

static void add_entry(struct account_view *view, const struct account_entry *entry, int cells)
{
	struct buf words = {0}, by = {0};
	int room = cells - 22;

	if (entry->by && *entry->by) {
		text_name(&by, entry->by, strlen(entry->by), view->model->ascii, 24);
		if (entry->pid)
			buf_printf(&by, " (%d)", (int)entry->pid);
		room -= text_width(by.data ? by.data : "", by.length) + 2;
	}
	buf_str(&words, "  ");
	text_name(&words, entry->path, strlen(entry->path), view->model->ascii, room > 12 ? room : 12);
	if (by.length)
		buf_printf(&words, "  %s", by.data);
	if (!words.failed)
		add_figure(view, ROLE_FILE, (int64_t)entry->bytes, entry->bytes_known, words.data, cells);
	buf_free(&words);
	buf_free(&by);
}

static void add_line(struct account_view *view, enum account_reason reason, int cells)
{
	const struct account_line *line = &view->account.lines[reason];
	bool always = reason == ACCOUNT_TREE || reason == ACCOUNT_UNEXPLAINED;
	char count[TEXT_FIGURE], words[128];

	bool unread = view->account.lines[ACCOUNT_OUTSIDE].partial && !view->account.lines[ACCOUNT_OUTSIDE].bytes;

	if ((!always && !line->bytes && !line->partial) || (reason == ACCOUNT_OUTSIDE && unread))
		return;
	if (reason == ACCOUNT_UNREADABLE)
		snprintf(words, sizeof(words),
		         ngettext("unreadable, %s entry", "unreadable, %s entries", view->account.unreadable),
		         text_count(count, view->account.unreadable));
	else
		snprintf(words, sizeof(words), "%s",
		         reason == ACCOUNT_UNEXPLAINED && unread ? _("outside this folder, or unexplained")
		                                                 : account_reason_words(reason));
	add_figure(view, ROLE_SIZE, line->bytes, line->bytes || !line->partial, words, cells);
	for (size_t i = 0; reason != ACCOUNT_TREE && i < line->count && i < ENTRIES_SHOWN; i++)
		if (line->entries[i].bytes || !line->entries[i].bytes_known)
			add_entry(view, &line->entries[i], cells);
	if (reason != ACCOUNT_TREE && line->count > ENTRIES_SHOWN)
		add_text(view, ROLE_FILE, _("%20s  %s more"), "", text_count(count, line->count - ENTRIES_SHOWN));
}

static void make_lines(struct account_view *view, int cols)
{
	int cells = inner_cells(cols);
	struct buf why = {0};

	clear_lines(view);
	view->cols = cols;
	if (view->running)
		add_text(view, ROLE_STALE, "%s", _("looking..."));
	else if (!view->known)
		add_wrapped(view, *view->err.text ? view->err.text : strerror(ENOMEM), cells);
	if (!view->known)
		return;
	add_head(view, cells);
	for (enum account_reason reason = 0; reason < ACCOUNT_REASONS; reason++)
		add_line(view, reason, cells);
	account_explain(&view->account, &why);
	if (why.length && !why.failed) {
		add(view, ROLE_TEXT, "", 0);
		add_wrapped(view, _("unexplained:"), cells);
		add_wrapped(view, why.data, cells);
	}
	buf_free(&why);
}

/* ---- the screen ---- */

static int shown_rows(const struct account_view *view, int rows)
{
	int room = rows - 2 > 1 ? rows - 2 : 1;

	return (int)view->count < room ? (int)view->count : room;
}

static int last_top(const struct account_view *view, const struct model *model)
{
	return (int)view->count - (model->settings.spoken ? 1 : shown_rows(view, model->rows));
}

static int64_t update(void *data, struct model *model, int64_t now_ns)
{
	struct account_view *view = data;
	int last;

	if (view->cols != model->cols)
		make_lines(view, model->cols);
	last = last_top(view, model);
	view->top = view->top > last ? last : view->top;
	return SCREEN_NEVER;
}

static unsigned handle(void *data, struct screens *screens, const struct input *input, enum action action)
{
	struct account_view *view = data;
	int last = last_top(view, screens->model);

	if (input->kind == INPUT_WHEEL_UP)
		action = ACTION_UP;
	if (input->kind == INPUT_WHEEL_DOWN)
		action = ACTION_DOWN;
	switch (action) {
	case ACTION_UP: view->top -= view->top > 0; return REACT_PAINT;
	case ACTION_DOWN: view->top += view->top < last; return REACT_PAINT;
	case ACTION_HELP: return help_open(screens, 2) ? REACT_NONE : REACT_PAINT;
	case ACTION_DISK:
	case ACTION_INFO:
	case ACTION_ACCEPT: return REACT_CLOSE;
	default: return input->kind == INPUT_CLICK ? REACT_CLOSE : REACT_PASS;
	}
}

static void paint(const void *data, const struct model *model, struct canvas *canvas)
{
	static const enum action keys[] = {ACTION_DISK, ACTION_UP, ACTION_DOWN};
	const struct action_word words[] = {{ACTION_DISK, _("close")},
	                                    {ACTION_UP, _("scroll")},
	                                    {ACTION_DOWN, _("scroll")},
	                                    {ACTION_NONE, NULL}};
	const struct account_view *view = data;
	int rows = shown_rows(view, canvas->rows), inner = inner_cells(canvas->cols);
	struct buf title = {0};
	int left, top;

	canvas_box_place(canvas, rows + 2, inner + 4, &top, &left);
	text_name(&title, view->path, strlen(view->path), model->ascii, inner - 2);
	canvas_box(canvas, top, left, rows + 2, inner + 4, ROLE_TEXT, title.data ? title.data : "");
	for (int i = 0; i < rows && view->top + i < (int)view->count; i++) {
		const struct account_line_shown *line = &view->lines[view->top + i];

		canvas_put(canvas, top + 1 + i, left + 2, inner, line->role, line->text, strlen(line->text));
	}
	if (action_row(canvas->rows) >= top + rows + 2) {
		canvas_fill(canvas, action_row(canvas->rows), 0, canvas->cols, ROLE_TEXT, ' ');
		action_paint_row(canvas, action_row(canvas->rows), keys, rows < (int)view->count ? 3 : 1, words, true);
	}
	buf_free(&title);
}

static void close_view(void *data)
{
	struct account_view *view = data;

	if (view->running) {
		view->running->owner = NULL; /* its done() frees it */
		view->running->task.cancel = true;
	}
	clear_lines(view);
	free(view->lines);
	if (view->known)
		account_clear(&view->account);
	free(view->path);
	free(view);
}

static const struct screen_ops ops = {
	.name = "account",
	.context = CONTEXT_DETAILS,
	.overlay = true,
	.handle = handle,
	.update = update,
	.paint = paint,
	.close = close_view,
};

struct account_view *account_view_create(struct model *model, const char *path, struct account *account)
{
	struct account_view *view = alloc_zero(struct account_view);

	if (view)
		view->path = alloc_text(path);
	if (!view || !view->path) {
		free(view);
		if (account)
			account_clear(account);
		return NULL;
	}
	view->model = model;
	view->known = account;
	if (account)
		view->account = *account;
	return view;
}

int account_view_push(struct screens *screens, struct account_view *view)
{
	make_lines(view, screens->model->cols);
	return screens_push(screens, &ops, view);
}

int account_open(struct screens *screens, dir_id dir, const char *path)
{
	struct model *model = screens->model;
	struct account_view *view = account_view_create(model, path, NULL);
	struct account_task *task = model->tasks ? alloc_zero(struct account_task) : NULL;

	if (task)
		task->path = alloc_text(path);
	if (!view || !task || !task->path) {
		if (view)
			close_view(view);
		if (task)
			free(task->path);
		free(task);
		return -ENOMEM;
	}
	task->owner = view;
	task->tree = model->tree;
	task->dir = dir;
	view->running = task;
	tasks_start(model->tasks, &task->task, run_task, task_done);
	return account_view_push(screens, view);
}
