/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/browser/columns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

#define NARROW 50      /* screens below this leave 14 cells to names, others 20 */
#define WIDE 120       /* from so many cells on the percentage stands beside the bar */
#define FIRST_COLUMN 2 /* behind the mark and the flag */
#define TAG_CELLS 8    /* " (moved)": names share their cells with it in growth mode */
#define FOLDER_CELLS 8 /* a flat list leaves a folder so many of a name's cells */
#define NO_SORT (-1)

struct column_info {
	enum action key;   /* shows and hides it */
	const char *title; /* N_(); NULL = head() says it; "" = none */
	const char *(*head)(const struct browser *browser, const struct model *model);
	int cells;         /* without the blank before it */
	int figure;        /* cells of the figure; the mark of trust follows */
	int gives_way;     /* order in which columns do */
	int sort;          /* enum ui_sort by which it does not give way, or NO_SORT */
	bool reverses;     /* can be sorted the other way, too */
	enum action click; /* what a click on its head stands for */
	bool (*wanted)(const struct browser *browser, const struct model *model, int cols); /* NULL = always */
	/* A row's cell; its figure ends before column `end`. */
	void (*paint)(const struct columns_frame *frame, struct canvas *canvas, int at, int end, const struct row *row);
};

struct browser_layout browser_layout(const struct model *model)
{
	struct browser_layout layout = {-1, -1, 1, 0, 0, -1};
	int bottom = model->rows;

	if (action_row(model->rows) >= 0)
		layout.keys = --bottom;
	layout.status = --bottom;
	if (model->rows >= 10)
		layout.totals = layout.list++;
	if (model->rows >= 8)
		layout.heads = layout.list++;
	layout.list_rows = bottom > layout.list ? bottom - layout.list : 0;
	return layout;
}

/* ---- what is shown ---- */

enum growth_kind browser_growth(const struct browser *browser, const struct model *model)
{
	if (!browser->growth)
		return GROWTH_OFF;
	if (!model->view && model->baseline_known && !model->baseline)
		return GROWTH_WRITTEN;
	return GROWTH_SINCE;
}

bool browser_live(const struct browser *browser, const struct model *model)
{
	return browser->live && model->live && !model->view;
}

bool browser_by_items(const struct browser *browser, const struct model *model)
{
	return model->settings.by_items && !browser->flat;
}

const char *browser_measure(const struct browser *browser, const struct model *model, char out[TEXT_FIGURE],
                            uint64_t value)
{
	return browser_by_items(browser, model) ? text_count(out, value) : text_size(out, value, model->settings.si);
}

static const char *measure_delta(const struct browser *browser, const struct model *model, char out[TEXT_FIGURE],
                                  int64_t delta)
{
	return browser_by_items(browser, model) ? text_count_delta(out, delta)
	                                        : text_delta(out, delta, model->settings.si);
}

/** A figure that ends before column `end`, and its mark of trust there. */
static void figure_cell(struct canvas *canvas, int row, int end, enum role role, const char *text, enum trust trust)
{
	if (role == ROLE_SIZE)
		canvas_size(canvas, row, end - canvas_width(text), text);
	else
		canvas_right(canvas, row, end, role, text);
	trust_paint(canvas, row, end, trust);
}

/* ---- which are wanted ---- */

static bool growth_wanted(const struct browser *browser, const struct model *model, int cols)
{
	return browser->growth;
}

static bool live_wanted(const struct browser *browser, const struct model *model, int cols)
{
	return browser_live(browser, model);
}

static bool shared_wanted(const struct browser *browser, const struct model *model, int cols)
{
	return model->settings.shared != SHARED_OFF;
}

static bool items_wanted(const struct browser *browser, const struct model *model, int cols)
{
	return model->settings.show_items || browser->sort == SORT_ITEMS;
}

static bool mtime_wanted(const struct browser *browser, const struct model *model, int cols)
{
	return model->settings.show_mtime || browser->sort == SORT_MTIME;
}

bool columns_percent_comes(const struct model *model, int cols)
{
	return model->settings.percent_when_wide && cols >= WIDE;
}

static bool percent_wanted(const struct browser *browser, const struct model *model, int cols)
{
	enum ui_graph graph = model->settings.graph;

	/* Who cannot see a bar hears the percentage. */
	return graph == GRAPH_PERCENT || graph == GRAPH_BOTH ||
	       (graph == GRAPH_BAR && (model->settings.spoken || columns_percent_comes(model, cols)));
}

static bool bar_wanted(const struct browser *browser, const struct model *model, int cols)
{
	return !model->settings.spoken && (model->settings.graph == GRAPH_BAR || model->settings.graph == GRAPH_BOTH);
}

/* ---- heads ---- */

static const char *size_head(const struct browser *browser, const struct model *model)
{
	return browser_by_items(browser, model) ? _("items") : model->settings.apparent ? _("apparent") : _("size");
}

static const char *growth_head(const struct browser *browser, const struct model *model)
{
	return browser_growth(browser, model) == GROWTH_WRITTEN ? _("written") : _("growth");
}

static const char *shared_head(const struct browser *browser, const struct model *model)
{
	return model->settings.shared == SHARED_UNIQUE ? _("unique") : _("shared");
}

/* ---- cells of a row ---- */

static uint64_t absolute(int64_t bytes)
{
	return bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;
}

static void paint_size(const struct columns_frame *frame, struct canvas *canvas, int at, int end, const struct row *row)
{
	char figure[TEXT_FIGURE];

	if (row->gone)
		figure_cell(canvas, at, end, ROLE_GONE, "-", TRUST_EXACT);
	else
		figure_cell(canvas, at, end, ROLE_SIZE,
		            browser_measure(frame->browser, frame->model, figure, row->bytes), row->trust);
}

static void paint_growth(const struct columns_frame *frame, struct canvas *canvas, int at, int end,
                         const struct row *row)
{
	bool si = frame->model->settings.si;
	char figure[TEXT_FIGURE];

	if (row->growth_blank || !row->growth_bytes)
		figure_cell(canvas, at, end, ROLE_TEXT, "", row->growth_trust);
	else if (frame->growth == GROWTH_WRITTEN)
		figure_cell(canvas, at, end, ROLE_SIZE, text_size(figure, (uint64_t)row->growth_bytes, si),
		            row->growth_trust);
	else
		figure_cell(canvas, at, end, row->growth_bytes > 0 ? ROLE_GROW : ROLE_SHRINK,
		            measure_delta(frame->browser, frame->model, figure, row->growth_bytes),
		            row->growth_trust);
}

static void paint_live(const struct columns_frame *frame, struct canvas *canvas, int at, int end, const struct row *row)
{
	char figure[TEXT_FIGURE];

	if (row->live_bytes || row->live_trust != TRUST_EXACT)
		figure_cell(canvas, at, end, ROLE_LIVE,
		            row->live_bytes ? text_delta(figure, row->live_bytes, frame->model->settings.si) : "",
		            row->live_trust);
}

static void paint_shared(const struct columns_frame *frame, struct canvas *canvas, int at, int end,
                         const struct row *row)
{
	const struct ui_settings *settings = &frame->model->settings;
	uint64_t size = settings->apparent ? row->apparent_bytes : row->alloc_bytes,
		 bytes = settings->shared == SHARED_UNIQUE && size >= row->shared_bytes ? size - row->shared_bytes
	                                                                                : row->shared_bytes;
	char figure[TEXT_FIGURE];

	if (row->origin != ROW_LIVE)
		return;
	if (!row->shared_known)
		figure_cell(canvas, at, end, ROLE_TEXT, "", TRUST_OLD);
	else if (bytes)
		figure_cell(canvas, at, end, ROLE_SIZE, text_size(figure, bytes, settings->si), TRUST_EXACT);
}

static void paint_items(const struct columns_frame *frame, struct canvas *canvas, int at, int end,
                        const struct row *row)
{
	char figure[TEXT_FIGURE];

	if (row->can_enter && !row->gone)
		figure_cell(canvas, at, end, ROLE_TEXT, text_count(figure, row->items), row->trust);
}

static void paint_mtime(const struct columns_frame *frame, struct canvas *canvas, int at, int end,
                        const struct row *row)
{
	char figure[TEXT_FIGURE];

	if (row->mtime_s)
		canvas_right(canvas, at, end, ROLE_TEXT, text_time(figure, row->mtime_s));
}

static void paint_percent(const struct columns_frame *frame, struct canvas *canvas, int at, int end,
                          const struct row *row)
{
	char figure[TEXT_FIGURE];

	if (!frame->total_bytes || row->gone)
		return;
	snprintf(figure, sizeof(figure), "%.1f", 100.0 * (double)row->bytes / (double)frame->total_bytes);
	canvas_right(canvas, at, end, ROLE_SIZE, figure);
	canvas_text(canvas, at, end, ROLE_UNIT, "%%");
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
static void paint_bar(const struct columns_frame *frame, struct canvas *canvas, int at, int end, const struct row *row)
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
	canvas_bar(canvas, at, end, frame->columns->bar_cells, largest ? (double)part / (double)largest : 0,
	           frame->model->settings.graph_style, role);
}

/* ---- the table ---- */

/* clang-format off */
static const struct column_info table[COLUMN_COUNT] = {
	[COLUMN_SIZE] = {
		.head = size_head, .cells = 10, .figure = 9, .gives_way = 7,
		.sort = SORT_SIZE, .reverses = true, .click = ACTION_SORT_SIZE, .paint = paint_size},
	[COLUMN_GROWTH] = {
		.key = ACTION_GROWTH, .head = growth_head, .cells = 11, .figure = 10, .gives_way = 8,
		.sort = SORT_GROWTH, .click = ACTION_GROWTH, .wanted = growth_wanted, .paint = paint_growth},
	[COLUMN_LIVE] = {
		.key = ACTION_LIVE, .title = N_("live"), .cells = 11, .figure = 10, .gives_way = 6,
		.sort = SORT_LIVE, .click = ACTION_LIVE, .wanted = live_wanted, .paint = paint_live},
	[COLUMN_SHARED] = {
		.key = ACTION_SHARED, .head = shared_head, .cells = 10, .figure = 9, .gives_way = 3,
		.sort = NO_SORT, .click = ACTION_SHARED, .wanted = shared_wanted, .paint = paint_shared},
	[COLUMN_ITEMS] = {
		.key = ACTION_ITEMS, .title = N_("items"), .cells = 11, .figure = 10, .gives_way = 2,
		.sort = SORT_ITEMS, .reverses = true, .click = ACTION_SORT_ITEMS, .wanted = items_wanted,
		.paint = paint_items},
	[COLUMN_MTIME] = {
		.key = ACTION_MTIME, .title = N_("changed"), .cells = 16, .figure = 16, .gives_way = 1,
		.sort = SORT_MTIME, .reverses = true, .click = ACTION_SORT_MTIME, .wanted = mtime_wanted,
		.paint = paint_mtime},
	[COLUMN_PERCENT] = {
		.key = ACTION_GRAPH, .title = "", .cells = 6, .figure = 5, .gives_way = 4,
		.sort = NO_SORT, .wanted = percent_wanted, .paint = paint_percent},
	[COLUMN_BAR] = { /* as wide as the screen allows */
		.key = ACTION_GRAPH, .title = "", .gives_way = 5,
		.sort = NO_SORT, .wanted = bar_wanted, .paint = paint_bar},
};
/* clang-format on */

unsigned columns_of(enum action key)
{
	unsigned columns = 0;

	for (int i = 0; i < COLUMN_COUNT; i++)
		columns |= table[i].key == key ? 1u << i : 0;
	return columns;
}

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
static void place(struct column_layout *columns, unsigned shown)
{
	int col = FIRST_COLUMN;

	for (int i = 0; i < COLUMN_COUNT; i++) {
		columns->at[i] = shown & 1u << i ? col + 1 : 0;
		if (columns->at[i])
			col += 1 + (i == COLUMN_BAR ? columns->bar_cells : table[i].cells);
	}
	columns->name = col + 1;
}

struct column_layout columns_arrange(const struct browser *browser, const struct model *model, int cols)
{
	struct column_layout columns = {.bar_cells = cols / 8 < 8 ? 8 : cols / 8 > 24 ? 24 : cols / 8};
	int least = (cols < NARROW ? 14 : 20) + (browser->growth ? TAG_CELLS : 0);
	unsigned shown = 0;

	for (int i = 0; i < COLUMN_COUNT; i++)
		if (!table[i].wanted || table[i].wanted(browser, model, cols))
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

/** What a column is called; "" = it needs no name. */
static const char *head_of(const struct column_info *info, const struct browser *browser, const struct model *model)
{
	return !info->title ? info->head(browser, model) : *info->title ? _(info->title) : "";
}

int columns_say(const struct column_layout *columns, const struct browser *browser, const struct model *model,
                struct buf *out)
{
	for (int i = 0; i < COLUMN_COUNT; i++)
		if (columns->at[i])
			buf_printf(out, "%s, ", i == COLUMN_PERCENT ? "%" : head_of(&table[i], browser, model));
	buf_str(out, _("name"));
	return out->failed ? -ENOMEM : 0;
}

void columns_heads(const struct column_layout *columns, const struct browser *browser, const struct model *model,
                   struct canvas *canvas, int row)
{
	int col;

	for (int i = 0; i < COLUMN_COUNT; i++) {
		const struct column_info *info = &table[i];
		const char *text = head_of(info, browser, model);
		int end = columns->at[i] + info->figure;

		if (!columns->at[i] || !*text)
			continue;
		col = canvas_right(canvas, row, end, ROLE_HEAD, text);
		if (info->sort == (int)browser->sort)
			canvas_sign(canvas, row, end, ROLE_HEAD, !info->reverses || browser->descending ? "▾" : "▴");
		canvas_click(canvas, row, col, end + 1 - col, info->click);
	}
	col = canvas_text(canvas, row, columns->name + 1, ROLE_HEAD, "%s", _("name"));
	canvas_click(canvas, row, columns->name + 1, col - columns->name, ACTION_SORT_NAME);
	if (browser->sort == SORT_NAME)
		canvas_sign(canvas, row, col, ROLE_HEAD, browser->descending ? "▾" : "▴");
}

/** In a flat list: the folder of an entry, from the one shown on, before its name.  Returns the column behind. */
static int paint_folder(const struct columns_frame *frame, struct canvas *canvas, int at, int col, int cells,
                        const struct row *row)
{
	const struct place *place = &frame->browser->place;
	struct buf path = {0}, name = {0};
	size_t skip = frame->browser->relative.length;
	int left = cells;

	if (place->dir != DIR_NONE)
		tree_relative(frame->model->tree, row->folder, &path);
	else
		image_relative(place->image, row->folder, &path);
	skip += skip > 0;
	buf_char(&path, '/');
	/* The name stays whole where that leaves the folder some cells. */
	if (text_safe(&name, row->name, row->name_length, frame->model->ascii) == 0 && name.data)
		left = cells - text_width(name.data, name.length);
	left = left < FOLDER_CELLS ? FOLDER_CELLS : left;
	if (!path.failed && path.length > skip && left < cells)
		col = canvas_name(canvas, at, col, left, ROLE_PARTIAL, path.data + skip, path.length - skip);
	buf_free(&path);
	buf_free(&name);
	return col;
}

static void paint_name(const struct columns_frame *frame, struct canvas *canvas, int at, int col, const struct row *row)
{
	const char *tag = row->gone && row->origin == ROW_GHOST ? _("(gone)")
	                : row->moved                            ? _("(moved)")
	                : row->is_new                           ? _("(new)")
	                                                        : "";
	enum role role = row->gone   ? ROLE_GONE
	               : row->moved  ? ROLE_MOVED
	               : row->is_new ? ROLE_NEW
	               : row->is_dir ? ROLE_DIR
	                             : ROLE_FILE;
	int cells = canvas->cols - col - 1 - (*tag ? canvas_width(tag) + 1 : 0);

	if (row->is_dir)
		canvas_text(canvas, at, col, role, "/");
	col++;
	if (row->elsewhere) {
		int behind = paint_folder(frame, canvas, at, col, cells, row);

		cells -= behind - col;
		col = behind;
	}
	col = canvas_name(canvas, at, col, cells, role, row->name, row->name_length);
	if (*tag)
		canvas_text(canvas, at, col + 1, role, "%s", tag);
}

void columns_row(const struct columns_frame *frame, struct canvas *canvas, int at, const struct row *row)
{
	bool unchanged = by_live(frame) ? !row->live_bytes && row->live_trust == TRUST_EXACT
	                                : by_growth(frame) && !row->growth_blank && !row->growth_bytes &&
	                                          row->growth_trust == TRUST_EXACT;

	if (row->origin == ROW_LIVE && frame->browser->place.dir != DIR_NONE &&
	    marks_has(&frame->model->marks, row->folder, row->name, row->name_length))
		canvas_text(canvas, at, 0, ROLE_MARK, "*");
	if (row->flag != ' ')
		canvas_text(canvas, at, 1, ROLE_FLAG, "%c", row->flag);
	for (int i = 0; i < COLUMN_COUNT; i++)
		if (frame->columns->at[i])
			table[i].paint(frame, canvas, at, frame->columns->at[i] + table[i].figure, row);
	paint_name(frame, canvas, at, frame->columns->name, row);
	if (unchanged)
		canvas_mark(canvas, at, 0, canvas->cols, ATTR_DIM);
}
