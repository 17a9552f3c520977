/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/browser/columns.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

#define NARROW 50        /* screens below this leave 14 cells to names, others 20 */
#define WIDE 120         /* from so many cells on the percentage stands beside the bar */
#define FIRST_COLUMN 2   /* behind the mark and the flag */
#define TAG_CELLS 8      /* " (moved)": names share their cells with it in growth mode */
#define NO_SORT (-1)

struct column_info {
	int cells;               /* without the blank before it */
	int figure;              /* cells of the figure; the mark of trust follows */
	int sort;                /* enum ui_sort that sorts by it, or NO_SORT: such a column never gives way */
	bool reverses;           /* can be sorted the other way, too */
	int gives_way;           /* order in which columns do, 0 = never */
	enum action action;      /* what a click on its head stands for */
	bool (*wanted)(const struct browser *browser, const struct model *model, int cols);
	const char *(*head)(const struct browser *browser, const struct model *model);
	void (*paint)(const struct columns_frame *frame, struct canvas *canvas, int at, int col, const struct row *row);
};

const char *columns_mark(enum trust trust)
{
	static const char *const marks[] = {"", "~", "…", "?"};

	return marks[trust];
}

enum role columns_mark_role(enum trust trust)
{
	return trust == TRUST_PARTIAL ? ROLE_PARTIAL : trust == TRUST_OLD ? ROLE_STALE : ROLE_UNKNOWN;
}

/** A figure that ends before column `end`, and its mark of trust there. */
static void figure_cell(struct canvas *canvas, int row, int end, enum role role, const char *text, enum trust trust)
{
	if (role == ROLE_SIZE)
		canvas_size(canvas, row, end - canvas_width(text), text);
	else
		canvas_right(canvas, row, end, role, text);
	canvas_text(canvas, row, end, columns_mark_role(trust), "%s", columns_mark(trust));
}

/* ---- which are wanted ---- */

static bool always(const struct browser *browser, const struct model *model, int cols)
{
	(void)browser, (void)model, (void)cols;
	return true;
}

static bool growth_wanted(const struct browser *browser, const struct model *model, int cols)
{
	(void)model, (void)cols;
	return browser->growth;
}

static bool live_wanted(const struct browser *browser, const struct model *model, int cols)
{
	(void)cols;
	return browser_live(browser, model);
}

static bool shared_wanted(const struct browser *browser, const struct model *model, int cols)
{
	(void)browser, (void)cols;
	return model->settings.shared != SHARED_OFF;
}

static bool items_wanted(const struct browser *browser, const struct model *model, int cols)
{
	(void)cols;
	return model->settings.show_items || browser->sort == SORT_ITEMS;
}

static bool mtime_wanted(const struct browser *browser, const struct model *model, int cols)
{
	(void)cols;
	return model->settings.show_mtime || browser->sort == SORT_MTIME;
}

bool columns_percent_comes(const struct model *model, int cols)
{
	return model->settings.percent_when_wide && cols >= WIDE;
}

static bool percent_wanted(const struct browser *browser, const struct model *model, int cols)
{
	enum ui_graph graph = model->settings.graph;

	(void)browser;
	return graph == GRAPH_PERCENT || graph == GRAPH_BOTH ||
	       (graph == GRAPH_BAR && columns_percent_comes(model, cols));
}

static bool bar_wanted(const struct browser *browser, const struct model *model, int cols)
{
	(void)browser, (void)cols;
	return model->settings.graph == GRAPH_BAR || model->settings.graph == GRAPH_BOTH;
}

/* ---- heads ---- */

static const char *size_head(const struct browser *browser, const struct model *model)
{
	(void)browser;
	return model->settings.apparent ? _("apparent") : _("size");
}

static const char *growth_head(const struct browser *browser, const struct model *model)
{
	return browser_growth(browser, model) == GROWTH_WRITTEN ? _("written") : _("growth");
}

static const char *live_head(const struct browser *browser, const struct model *model)
{
	(void)browser, (void)model;
	return _("live");
}

static const char *shared_head(const struct browser *browser, const struct model *model)
{
	(void)browser;
	return model->settings.shared == SHARED_UNIQUE ? _("unique") : _("shared");
}

static const char *items_head(const struct browser *browser, const struct model *model)
{
	(void)browser, (void)model;
	return _("items");
}

static const char *mtime_head(const struct browser *browser, const struct model *model)
{
	(void)browser, (void)model;
	return _("changed");
}

static const char *no_head(const struct browser *browser, const struct model *model)
{
	(void)browser, (void)model;
	return "";
}

/* ---- cells of a row ---- */

static uint64_t absolute(int64_t bytes)
{
	return bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;
}

static void paint_size(const struct columns_frame *frame, struct canvas *canvas, int at, int col, const struct row *row)
{
	char figure[TEXT_FIGURE];

	if (row->gone)
		figure_cell(canvas, at, col + 9, ROLE_GONE, "-", TRUST_EXACT);
	else
		figure_cell(canvas, at, col + 9, ROLE_SIZE, text_size(figure, row->bytes, frame->model->settings.si),
		            row->trust);
}

static void paint_growth(const struct columns_frame *frame, struct canvas *canvas, int at, int col,
                         const struct row *row)
{
	bool si = frame->model->settings.si;
	char figure[TEXT_FIGURE];

	if (row->growth_blank || !row->growth_bytes)
		figure_cell(canvas, at, col + 10, ROLE_TEXT, "", row->growth_trust);
	else if (frame->growth == GROWTH_WRITTEN)
		figure_cell(canvas, at, col + 10, ROLE_SIZE, text_size(figure, (uint64_t)row->growth_bytes, si),
		            row->growth_trust);
	else
		figure_cell(canvas, at, col + 10, row->growth_bytes > 0 ? ROLE_GROW : ROLE_SHRINK,
		            text_delta(figure, row->growth_bytes, si), row->growth_trust);
}

static void paint_live(const struct columns_frame *frame, struct canvas *canvas, int at, int col, const struct row *row)
{
	char figure[TEXT_FIGURE];

	if (row->live_bytes || row->live_trust != TRUST_EXACT)
		figure_cell(canvas, at, col + 10, ROLE_LIVE,
		            row->live_bytes ? text_delta(figure, row->live_bytes, frame->model->settings.si) : "",
		            row->live_trust);
}

static void paint_shared(const struct columns_frame *frame, struct canvas *canvas, int at, int col,
                         const struct row *row)
{
	const struct ui_settings *settings = &frame->model->settings;
	uint64_t bytes = settings->shared == SHARED_UNIQUE && row->bytes >= row->shared_bytes
	                         ? row->bytes - row->shared_bytes
	                         : row->shared_bytes;
	char figure[TEXT_FIGURE];

	if (row->origin != ROW_LIVE)
		return;
	if (!row->shared_known)
		figure_cell(canvas, at, col + 9, ROLE_TEXT, "", TRUST_OLD);
	else if (bytes)
		figure_cell(canvas, at, col + 9, ROLE_SIZE, text_size(figure, bytes, settings->si), TRUST_EXACT);
}

static void paint_items(const struct columns_frame *frame, struct canvas *canvas, int at, int col,
                        const struct row *row)
{
	char figure[TEXT_FIGURE];

	(void)frame;
	if (row->can_enter && !row->gone)
		figure_cell(canvas, at, col + 10, ROLE_TEXT, text_count(figure, row->items), row->trust);
}

static void paint_mtime(const struct columns_frame *frame, struct canvas *canvas, int at, int col,
                        const struct row *row)
{
	char figure[TEXT_FIGURE];

	(void)frame;
	if (row->mtime_s)
		canvas_right(canvas, at, col + 16, ROLE_TEXT, text_time(figure, row->mtime_s));
}

static void paint_percent(const struct columns_frame *frame, struct canvas *canvas, int at, int col,
                          const struct row *row)
{
	char figure[TEXT_FIGURE];

	if (!frame->total_bytes || row->gone)
		return;
	snprintf(figure, sizeof figure, "%.1f", 100.0 * (double)row->bytes / (double)frame->total_bytes);
	canvas_right(canvas, at, col + 5, ROLE_SIZE, figure);
	canvas_text(canvas, at, col + 5, ROLE_UNIT, "%%");
}

static bool by_growth(const struct columns_frame *frame)
{
	return frame->browser->sort == SORT_GROWTH && frame->growth != GROWTH_OFF;
}

static bool by_live(const struct columns_frame *frame)
{
	return frame->browser->sort == SORT_LIVE && frame->browser->listing.query.live;
}

/** What it is sorted by, relative to the largest row, in that figure's colour. */
static void paint_bar(const struct columns_frame *frame, struct canvas *canvas, int at, int col, const struct row *row)
{
	const struct listing *listing = &frame->browser->listing;
	uint64_t part = row->bytes, largest = listing->largest_bytes;
	enum role role = ROLE_BAR;

	if (by_live(frame)) {
		part = absolute(row->live_bytes);
		largest = listing->largest_live;
		role = ROLE_LIVE;
	} else if (by_growth(frame)) {
		part = row->growth_blank ? 0 : absolute(row->growth_bytes);
		largest = listing->largest_growth;
		role = frame->growth == GROWTH_WRITTEN ? ROLE_BAR : row->growth_bytes < 0 ? ROLE_SHRINK : ROLE_GROW;
	}
	canvas_bar(canvas, at, col, frame->columns->bar_cells, largest ? (double)part / (double)largest : 0,
	           frame->model->settings.graph_style, role);
}

/* ---- the table ---- */

static const struct column_info table[COLUMN_COUNT] = {
	[COLUMN_SIZE] = {10, 9, SORT_SIZE, true, 7, ACTION_SORT_SIZE, always, size_head, paint_size},
	[COLUMN_GROWTH] = {11, 10, SORT_GROWTH, false, 8, ACTION_GROWTH, growth_wanted, growth_head, paint_growth},
	[COLUMN_LIVE] = {11, 10, SORT_LIVE, false, 6, ACTION_LIVE, live_wanted, live_head, paint_live},
	[COLUMN_SHARED] = {10, 9, NO_SORT, false, 3, ACTION_SHARED, shared_wanted, shared_head, paint_shared},
	[COLUMN_ITEMS] = {11, 10, SORT_ITEMS, true, 2, ACTION_SORT_ITEMS, items_wanted, items_head, paint_items},
	[COLUMN_MTIME] = {16, 16, SORT_MTIME, true, 1, ACTION_SORT_MTIME, mtime_wanted, mtime_head, paint_mtime},
	[COLUMN_PERCENT] = {6, 6, NO_SORT, false, 4, ACTION_GRAPH, percent_wanted, no_head, paint_percent},
	[COLUMN_BAR] = {0, 0, NO_SORT, false, 5, ACTION_GRAPH, bar_wanted, no_head, paint_bar},
};

/** Size and growth are what the program is for: they give way only to the column that is sorted by, and only where
 * names would be cut to nothing. */
static bool may_go(enum column column, const struct browser *browser, int cols)
{
	enum ui_sort sort = browser->sort;

	if (table[column].sort == (int)sort)
		return false;
	if (column == COLUMN_SIZE)
		return cols < NARROW && (sort == SORT_GROWTH || sort == SORT_LIVE);
	return column != COLUMN_GROWTH || (cols < NARROW && sort == SORT_LIVE);
}

/** The columns that are shown, from the left; the names get what is left. */
static void place(struct columns *columns, unsigned shown)
{
	int col = FIRST_COLUMN;

	for (int i = 0; i < COLUMN_COUNT; i++) {
		columns->at[i] = shown & 1u << i ? col + 1 : 0;
		if (columns->at[i])
			col += 1 + (i == COLUMN_BAR ? columns->bar_cells : table[i].cells);
	}
	columns->name = col + 1;
}

struct columns columns_arrange(const struct browser *browser, const struct model *model, int cols)
{
	struct columns columns = {.bar_cells = cols / 8 < 8 ? 8 : cols / 8 > 24 ? 24 : cols / 8};
	int least = (cols < NARROW ? 14 : 20) + (browser->growth ? TAG_CELLS : 0);
	unsigned shown = 0;

	for (int i = 0; i < COLUMN_COUNT; i++)
		if (table[i].wanted(browser, model, cols))
			shown |= 1u << i;
	for (;;) {
		int next = COLUMN_COUNT;

		place(&columns, shown);
		if (cols - columns.name - 1 >= least)
			return columns;
		for (int i = 0; i < COLUMN_COUNT; i++)
			if (shown & 1u << i && may_go((enum column)i, browser, cols) &&
			    (next == COLUMN_COUNT || table[i].gives_way < table[next].gives_way))
				next = i;
		if (next == COLUMN_COUNT)
			return columns;
		shown &= ~(1u << next);
		columns.dropped |= 1u << next;
	}
}

void columns_heads(const struct columns *columns, const struct browser *browser, const struct model *model,
                   struct canvas *canvas, int row)
{
	int col;

	for (int i = 0; i < COLUMN_COUNT; i++) {
		const struct column_info *info = &table[i];
		const char *text = info->head(browser, model);
		int end = columns->at[i] + info->figure;

		if (!columns->at[i] || !*text)
			continue;
		col = canvas_right(canvas, row, end, ROLE_HEAD, text);
		if (info->sort == (int)browser->sort)
			canvas_text(canvas, row, end, ROLE_HEAD, "%s",
			            !info->reverses || browser->descending ? "▾" : "▴");
		canvas_click(canvas, row, col, end + 1 - col, info->action);
	}
	col = canvas_text(canvas, row, columns->name + 1, ROLE_HEAD, "%s", _("name"));
	canvas_click(canvas, row, columns->name + 1, col - columns->name, ACTION_SORT_NAME);
	if (browser->sort == SORT_NAME)
		canvas_text(canvas, row, col, ROLE_HEAD, "%s", browser->descending ? "▾" : "▴");
}

static void paint_name(struct canvas *canvas, int at, int col, const struct row *row)
{
	const char *tag = row->gone && row->origin == ROW_GHOST ? _("(gone)")
	                  : row->moved                          ? _("(moved)")
	                  : row->is_new                         ? _("(new)")
	                                                        : "";
	enum role role = row->gone     ? ROLE_GONE
	                 : row->moved  ? ROLE_MOVED
	                 : row->is_new ? ROLE_NEW
	                 : row->is_dir ? ROLE_DIR
	                               : ROLE_FILE;
	int cells = canvas->cols - col - 1 - (*tag ? canvas_width(tag) + 1 : 0);

	if (row->is_dir)
		canvas_text(canvas, at, col, role, "/");
	col = canvas_name(canvas, at, col + 1, cells, role, row->name, row->name_length);
	if (*tag)
		canvas_text(canvas, at, col + 1, role, "%s", tag);
}

void columns_row(const struct columns_frame *frame, struct canvas *canvas, int at, const struct row *row)
{
	bool unchanged = by_live(frame) ? !row->live_bytes && row->live_trust == TRUST_EXACT
	                                : by_growth(frame) && !row->growth_blank && !row->growth_bytes &&
	                                          row->growth_trust == TRUST_EXACT;

	if (row->flag != ' ')
		canvas_text(canvas, at, 1, ROLE_FLAG, "%c", row->flag);
	for (int i = 0; i < COLUMN_COUNT; i++)
		if (frame->columns->at[i])
			table[i].paint(frame, canvas, at, frame->columns->at[i], row);
	paint_name(canvas, at, frame->columns->name, row);
	if (unchanged)
		canvas_mark(canvas, at, 0, canvas->cols, ATTR_DIM);
}
