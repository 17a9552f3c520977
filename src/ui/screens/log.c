/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to an entry, and who did it (L in its details): as whoever followed it noted it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "ui/model/model_log.h"
#include "ui/screens/layers.h"
#include "ui/screens/log_text.h"

#define RECENT_S 86400
#define READ_AGAIN_NS (2 * INT64_C(1000000000)) /* while something happens */

struct log_screen {
	char *path;
	bool all;              /* Tab, or there is nothing else; else the last 24 hours */
	bool chosen;           /* by hand */
	size_t at, top;
	int64_t asked_ns;
	uint64_t batches;      /* of the watcher, when the model was asked */
};

/* ---- up to date ---- */

static const struct log_list *list_of(const struct model *model)
{
	return model->log && model->log->ready ? &model->log->list : NULL;
}

static int first_row(int rows)
{
	return rows < 8 ? 1 : 2;
}

static int note_row(int rows)
{
	return rows < 10 ? -1 : rows - 2;
}

static int list_rows(int rows)
{
	int behind = note_row(rows) >= 0 ? note_row(rows) : action_row(rows) >= 0 ? action_row(rows) : rows;

	return behind - first_row(rows) > 1 ? behind - first_row(rows) : 1;
}

static void ask(struct log_screen *log, struct model *model, int64_t now_ns)
{
	log->asked_ns = now_ns;
	log->batches = model->live_status.batches;
	model_want_log(model, log->path, log->all ? INT64_MIN : clock_wall_s() - RECENT_S);
}

static int64_t update(void *state, struct model *model, int64_t now_ns)
{
	struct log_screen *log = state;
	size_t rows = (size_t)list_rows(model->rows), count;
	bool news = model->live_status.batches != log->batches;

	if (!model->log || (news && !model->log->waits && now_ns - log->asked_ns >= READ_AGAIN_NS))
		ask(log, model, now_ns);
	if (!log->all && !log->chosen && list_of(model) && !model->log->waits && !model->log->list.count) {
		log->all = true;
		ask(log, model, now_ns);
	}
	count = list_of(model) ? list_of(model)->count : 0;
	if (log->at >= count)
		log->at = count ? count - 1 : 0;
	if (log->at < log->top)
		log->top = log->at;
	if (log->at >= log->top + rows)
		log->top = log->at - rows + 1;
	return news ? log->asked_ns + READ_AGAIN_NS : SCREEN_NEVER;
}

/* ---- input ---- */

static unsigned handle(void *state, struct screens *screens, const struct input *input, enum action action)
{
	struct log_screen *log = state;
	struct model *model = screens->model;
	int64_t page = list_rows(model->rows), last = list_of(model) ? (int64_t)list_of(model)->count - 1 : -1;
	int64_t to = action_moves_to(action, (int64_t)log->at, last, page, page / 2);

	if (action == ACTION_NEXT) {
		log->all = !log->all;
		log->chosen = true;
		log->at = log->top = 0;
		ask(log, model, clock_mono_ns());
		return REACT_PAINT;
	}
	if (action == ACTION_HELP)
		return help_open(screens, 2) ? REACT_NONE : REACT_PAINT;
	if (action == ACTION_LOG)
		return REACT_CLOSE;
	if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN) {
		to = (int64_t)log->at + (input->kind == INPUT_WHEEL_UP ? -3 : 3);
		to = to > last ? last : to < 0 ? 0 : to;
	}
	if (input->kind == INPUT_CLICK && action == ACTION_NONE && input->row >= first_row(model->rows) &&
	    input->row < first_row(model->rows) + page)
		to = (int64_t)log->top + input->row - first_row(model->rows);
	if (to < 0 || to > last)
		return REACT_PASS;
	log->at = (size_t)to;
	return REACT_PAINT;
}

/* ---- painting ---- */

/* Where columns end or begin: what fits of time, change, size, what, by. */
struct log_columns {
	int time;              /* cells: 14 = all of it, 11 = without seconds, 8 = without the date */
	int change_end, size_end; /* size_end 0 = there is no room for it */
	int what, by;          /* by 0 = none */
};

static struct log_columns columns_of(int cols)
{
	struct log_columns columns = {.time = cols < 50 ? 8 : cols < 72 ? 11 : 14};

	columns.change_end = (cols < 72 ? 1 : 2) + columns.time + 12;
	columns.size_end = cols < 72 ? 0 : columns.change_end + 11;
	columns.what = (columns.size_end ? columns.size_end : columns.change_end) + 2;
	columns.by = cols < 56 ? 0 : cols - (cols / 4 < 40 ? cols / 4 : 40);
	return columns;
}

static void paint_safe(struct canvas *canvas, int row, int *col, int cells, enum role role, const struct buf *safe)
{
	struct buf cut = {0};

	if (cells > 0 && safe->data && !text_shorten(&cut, safe->data, safe->length, cells))
		*col = canvas_put(canvas, row, *col, cells, role, cut.data ? cut.data : "", cut.length);
	buf_free(&cut);
}

static void paint_entry(const struct log_screen *log, const struct log_entry *entry, const struct model *model,
                        struct canvas *canvas, int row)
{
	struct log_columns columns = columns_of(canvas->cols);
	int64_t delta = entry->type == LOG_RENAME ? 0 : log_delta(entry);
	const char *tag = log_text_tag(entry);
	struct buf what = {0}, by = {0};
	char figure[TEXT_FIGURE];
	int col = columns.what, by_cells = 0;

	log_text_time(figure, entry->time_s);
	canvas_text(canvas, row, columns.time < 14 ? 1 : 2, ROLE_TEXT, "%.*s", columns.time,
	            figure + (columns.time == 8 && strlen(figure) > 8 ? strlen(figure) - 8 : 0));
	canvas_right(canvas, row, columns.change_end,
	             delta > 0   ? ROLE_GROW
	             : delta < 0 ? ROLE_SHRINK
	                         : ROLE_TEXT,
	             log_text_change(figure, entry, model->settings.si));
	if (columns.size_end)
		canvas_right(canvas, row, columns.size_end, ROLE_SIZE,
		             log_text_size(figure, entry, model->settings.si));
	if (columns.by && entry->by && !text_safe(&by, entry->by, strlen(entry->by), model->ascii))
		by_cells = canvas_width(by.data);
	/* What happened comes first; who did it has what is left, and a quarter of the width at least. */
	if (by_cells > canvas->cols - columns.by - 1)
		by_cells = canvas->cols - columns.by - 1;
	int end = canvas->cols - 1 - (by_cells ? by_cells + 2 : 0), tag_cells = canvas_width(tag);

	log_text_what(&what, entry, log->path, model->ascii);
	paint_safe(canvas, row, &col, end - tag_cells - col,
	           entry->type == LOG_DELETE ? ROLE_GONE
	           : entry->is_dir           ? ROLE_DIR
	                                     : ROLE_FILE,
	           &what);
	col = canvas_put(canvas, row, col, end - col, entry->type == LOG_CREATE ? ROLE_NEW : ROLE_GONE, tag,
	                 strlen(tag));
	if (by_cells) {
		col = col + 2 > columns.by ? col + 2 : columns.by;
		if (col > canvas->cols - 1 - by_cells)
			col = canvas->cols - 1 - by_cells;
		paint_safe(canvas, row, &col, canvas->cols - 1 - col, ROLE_TEXT, &by);
	}
	buf_free(&what);
	buf_free(&by);
}

static void paint_title(const struct log_screen *log, const struct model *model, struct canvas *canvas)
{
	const char *span = log->all ? _("all that was noted") : _("last 24 hours");
	int right = canvas->cols - 1, col;

	(void)model;
	canvas_fill(canvas, 0, 0, canvas->cols, ROLE_TITLE, ' ');
	if (canvas->cols >= 60)
		right = canvas_right(canvas, 0, right, ROLE_TITLE, span);
	col = canvas_text(canvas, 0, 1, ROLE_TITLE, "%s", _("what happened in"));
	canvas_name(canvas, 0, col + 1, right - 2 - (col + 1), ROLE_TITLE, log->path, strlen(log->path));
}

static void paint_heads(struct canvas *canvas)
{
	struct log_columns columns = columns_of(canvas->cols);

	canvas_text(canvas, 1, columns.time < 14 ? 1 : 2, ROLE_HEAD, "%s", _("time"));
	canvas_right(canvas, 1, columns.change_end, ROLE_HEAD, _("change"));
	if (columns.size_end)
		canvas_right(canvas, 1, columns.size_end, ROLE_HEAD, _("size"));
	canvas_text(canvas, 1, columns.what, ROLE_HEAD, "%s", _("what"));
	if (columns.by)
		canvas_text(canvas, 1, columns.by, ROLE_HEAD, "%s", _("by"));
}

/* Why there is nothing to be seen. */
static const char *nothing(const struct log_screen *log, const struct model *model)
{
	if (!model->log || !model->log->ready || model->log->waits)
		return _("reading the log...");
	if (!model->worker)
		return _("no database is open: nothing is kept");
	if (model->log->failed)
		return _("the log could not be read");
	if (!model->log->followed)
		return _("nobody has followed it so far: what happens is noted from now on, or by disktracker watch");
	return log->all ? _("nothing was noted here") : _("nothing happened here in the last 24 hours");
}

static void paint_note(const struct model *model, struct canvas *canvas)
{
	const struct log_list *list = list_of(model);
	char figure[TEXT_FIGURE];
	int row = note_row(canvas->rows);

	if (*model->message)
		canvas_text(canvas, row, 1, model->message_warns ? ROLE_WARN : ROLE_TEXT, "%s", model->message);
	else if (list && list->more)
		canvas_text(canvas, row, 1, ROLE_HEAD, 
		            ngettext("%s older change is not shown", "%s older changes are not shown", list->more),
		            text_count(figure, list->more));
	else
		canvas_text(canvas, row, 1, ROLE_HEAD, "%s",
		            _("by: who was seen writing (fanotify); empty where nobody could be named"));
}

static void paint(const void *state, const struct model *model, struct canvas *canvas)
{
	static const enum action keys[] = {ACTION_UP, ACTION_DOWN, ACTION_NEXT, ACTION_QUIT};
	const struct log_screen *log = state;
	const struct log_list *list = list_of(model);
	const struct action_word words[] = {{ACTION_UP, _("move")},
	                                    {ACTION_DOWN, _("move")},
	                                    {ACTION_NEXT, log->all ? _("last 24 hours") : _("all")},
	                                    {ACTION_QUIT, _("back")},
	                                    {ACTION_NONE, NULL}};
	int rows = list_rows(canvas->rows), first = first_row(canvas->rows);

	canvas_clear(canvas);
	paint_title(log, model, canvas);
	if (first > 1 && list && list->count)
		paint_heads(canvas);
	for (int i = 0; list && i < rows && log->top + (size_t)i < list->count; i++) {
		paint_entry(log, &list->items[log->top + (size_t)i], model, canvas, first + i);
		if (log->top + (size_t)i == log->at)
			canvas_mark(canvas, first + i, 0, canvas->cols, ATTR_CURSOR);
	}
	if (!list || !list->count)
		canvas_text(canvas, first, 1, ROLE_STALE, "%s", nothing(log, model));
	if (note_row(canvas->rows) >= 0)
		paint_note(model, canvas);
	if (action_row(canvas->rows) >= 0)
		action_paint_row(canvas, action_row(canvas->rows), keys, 4, words, true);
}

static void close_log(void *state)
{
	struct log_screen *log = state;

	free(log->path);
	free(log);
}

static const struct screen_ops ops = {
	.name = "log",
	.context = CONTEXT_LOG,
	.handle = handle,
	.update = update,
	.paint = paint,
	.close = close_log,
};

int log_open(struct screens *screens, const char *path)
{
	struct log_screen *log = alloc_zero(struct log_screen);

	if (!log || !(log->path = alloc_text(path))) {
		free(log);
		return -ENOMEM;
	}
	/* What it was of before is of no use. */
	model_drop_log(screens->model);
	return screens_push(screens, &ops, log);
}
