/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/screens/layers.h"

/*
 * Help (?) in three pages: the keys you need, all keys, what the marks mean.
 *
 * The first two are made from the table of actions (actions.h), so that a key is named here exactly when it works.
 * Page 1 only chooses and pairs:
 * `[` and `]` on one line.  An action with a word in a key row that page 1 does not choose is added at its group's end.
 */

#define PAGES 3
#define ITEMS_MAX 160
#define KEY_BYTES 64

/* One entry of a page: a heading (no key) or a key with what it does. */
struct help_item {
	char key[KEY_BYTES];
	char sample[24]; /* page 3: painted in `role` in the place of the key */
	enum role role;
	const char *text; /* translated */
	bool heading;
	bool wide; /* takes a whole line */
};

struct help {
	int page; /* 1…PAGES */
	int top;  /* first line shown */
	bool spoken;
	struct help_item items[ITEMS_MAX];
	int count;
};

/* ---- keys as text ---- */

/* The n-th key of an action, NULL when it has fewer. */
static const char *nth_key(enum action action, int n, size_t *length)
{
	const char *keys = action_info(action)->keys;

	for (; *keys; n--) {
		*length = strcspn(keys, " ");
		if (n == 0)
			return keys;
		keys += *length;
		keys += *keys == ' ';
	}
	return NULL;
}

/*
 * The n-th keys of several actions side by side; "" when one of them has none.  Single letters of four actions stand
 * without blanks: hjkl.
 */
static void keys_side_by_side(char out[KEY_BYTES], const enum action *actions, int count, int n)
{
	static const char *const arrows[] = {"Left", "Down", "Up", "Right"};
	bool are_arrows = count == 4;
	size_t at = 0;

	out[0] = '\0';
	for (int i = 0; i < count; i++) {
		size_t length;
		const char *key = nth_key(actions[i], n, &length);

		if (!key || at + length + 2 > KEY_BYTES) {
			out[0] = '\0';
			return;
		}
		are_arrows = are_arrows && length == strlen(arrows[i]) && !memcmp(key, arrows[i], length);
		if (at && (count < 4 || length > 1))
			out[at++] = ' ';
		memcpy(out + at, key, length);
		at += length;
		out[at] = '\0';
	}
	if (are_arrows)
		snprintf(out, KEY_BYTES, "%s", _("arrows"));
}

/* ---- making the pages ---- */

static struct help_item *add(struct help *help, const char *text)
{
	struct help_item *item;

	if (help->count == ITEMS_MAX)
		return NULL;
	item = &help->items[help->count++];
	*item = (struct help_item){.text = text, .role = ROLE_KEY};
	return item;
}

static void add_heading(struct help *help, const char *text)
{
	struct help_item *item = add(help, text);

	if (item)
		item->heading = true;
}

static const char *const group_names[] = {
	[GROUP_GREW] = N_("WHAT GREW"),
	[GROUP_MOVE] = N_("MOVE"),
	[GROUP_SHOW] = N_("SHOW"),
	[GROUP_ACT] = N_("ACT"),
	[GROUP_SNAPSHOTS] = N_("IN THE LIST OF SNAPSHOTS"),
	[GROUP_TIMELINE] = N_("IN SIZE OVER TIME"),
	[GROUP_BREAKDOWN] = N_("IN THE BREAKDOWN"),
	[GROUP_EXPLAIN] = N_("IN AN EXPLANATION"),
	[GROUP_VOLUMES] = N_("IN THE LIST OF VOLUMES"),
};

static bool works(const struct model *model, enum action action)
{
	switch (action) {
	case ACTION_OPEN:
	case ACTION_VIEW:
	case ACTION_SHELL: return model->settings.can_shell;
	case ACTION_REFRESH:
	case ACTION_REFRESH_ALL: return model->settings.can_refresh;
	case ACTION_LIVE:
	case ACTION_LIVE_ZERO: return model->watcher != NULL;
	case ACTION_DELETE:
	case ACTION_NOT_DELETED:
	case ACTION_UNDO:
	case ACTION_SNAPSHOT_DELETE: return model->settings.can_delete;
	default: return true;
	}
}

#define TOGETHER 4

struct help_key {
	enum action_group group;
	enum action actions[TOGETHER]; /* ended by ACTION_NONE */
	bool second_too;               /* "[ ]  or , .": name the second keys, too */
	const char *text;              /* NULL = the action's own help */
};

static const struct help_key page1[] = {
	{GROUP_GREW, {ACTION_GROWTH}, false, NULL},
	{GROUP_GREW, {ACTION_FOLLOW}, false, NULL},
	{GROUP_GREW, {ACTION_OLDER, ACTION_NEWER}, true, N_("older, newer baseline")},
	{GROUP_GREW, {ACTION_EXPLAIN}, false, N_("explain it")},
	{GROUP_GREW, {ACTION_FLAT}, false, N_("flat: largest or grown")},
	{GROUP_GREW, {ACTION_SNAPSHOTS}, false, N_("snapshots")},
	{GROUP_GREW, {ACTION_TIMELINE}, false, N_("size over time")},
	{GROUP_GREW, {ACTION_LIVE, ACTION_LIVE_ZERO}, false, N_("live: on, sort, off; zero")},
	{GROUP_MOVE, {ACTION_PARENT, ACTION_DOWN, ACTION_UP, ACTION_INTO}, true, N_("move, open, parent")},
	{GROUP_MOVE,
         {ACTION_SORT_SIZE, ACTION_SORT_NAME, ACTION_SORT_ITEMS, ACTION_SORT_MTIME},
         false,
         N_("sort; again reverses")},
	{GROUP_MOVE, {ACTION_PAGE_UP, ACTION_PAGE_DOWN}, false, N_("page")},
	{GROUP_MOVE, {ACTION_FIRST, ACTION_LAST}, false, N_("first, last")},
	{GROUP_MOVE, {ACTION_FILTER}, false, N_("filter, Esc clears")},
	{GROUP_MOVE, {ACTION_INFO, ACTION_ENTER}, false, N_("details of a file")},
	{GROUP_ACT, {ACTION_MARK, ACTION_MARK_SHOWN}, false, N_("mark, mark shown")},
	{GROUP_ACT, {ACTION_DELETE}, false, N_("delete, asks first")},
	{GROUP_ACT, {ACTION_OPEN, ACTION_VIEW, ACTION_COPY}, false, N_("open, view, copy path")},
	{GROUP_ACT, {ACTION_SHELL}, false, N_("shell here")},
	{GROUP_ACT, {ACTION_REFRESH, ACTION_REFRESH_ALL}, false, N_("read folder, all again")},
	{GROUP_ACT, {ACTION_QUIT}, false, N_("close this; quit")},
	{GROUP_ACT, {ACTION_QUIT_PRINT}, false, N_("quit, print folder")},
	{GROUP_ACT, {ACTION_BACK}, false, N_("one step back")},
};

static bool chosen(enum action action)
{
	for (size_t i = 0; i < sizeof(page1) / sizeof(*page1); i++)
		for (int k = 0; k < TOGETHER; k++)
			if (page1[i].actions[k] == action)
				return true;
	return false;
}

static void add_choice(struct help *help, const struct model *model, const struct help_key *choice)
{
	enum action actions[TOGETHER];
	char second[KEY_BYTES];
	struct help_item *item;
	int count = 0;

	for (int k = 0; k < TOGETHER && choice->actions[k] != ACTION_NONE; k++)
		if (works(model, choice->actions[k]))
			actions[count++] = choice->actions[k];
	if (!count)
		return;
	item = add(help, choice->text ? _(choice->text) : _(action_info(actions[0])->help));
	if (!item)
		return;
	keys_side_by_side(item->key, actions, count, 0);
	/* Four sort keys are four keys, not a word. */
	if (count == 4 && strlen(item->key) == 4)
		snprintf(item->key, KEY_BYTES, "%c %c %c %c", action_info(actions[0])->keys[0],
		         action_info(actions[1])->keys[0], action_info(actions[2])->keys[0],
		         action_info(actions[3])->keys[0]);
	if (choice->second_too) {
		keys_side_by_side(second, actions, count, 1);
		size_t at = strlen(item->key);
		if (*second)
			snprintf(item->key + at, KEY_BYTES - at, "%s%s", count == 4 ? " " : _("  or "), second);
	}
}

static void make_page1(struct help *help, const struct model *model)
{
	for (enum action_group group = GROUP_GREW; group <= GROUP_ACT; group++) {
		if (group == GROUP_SHOW)
			continue; /* its words stand under MOVE and on page 2 */
		add_heading(help, group == GROUP_ACT && works(model, ACTION_DELETE)
		                          ? _("ACT   (ncdu users: delete is D, not d)")
		                          : _(group_names[group]));
		for (size_t i = 0; i < sizeof(page1) / sizeof(*page1); i++)
			if (page1[i].group == group)
				add_choice(help, model, &page1[i]);
		for (int action = 1; action < ACTION_COUNT; action++) {
			const struct action_info *info = action_info((enum action)action);

			if (info->group == group && *info->word && info->contexts & CONTEXT_BROWSER &&
			    action != ACTION_HELP && !chosen((enum action)action))
				add_choice(help, model, &(struct help_key){group, {(enum action)action}, false, NULL});
		}
	}
}

static void make_page2(struct help *help, const struct model *model)
{
	for (enum action_group group = GROUP_GREW; group < GROUP_NONE; group++) {
		add_heading(help, _(group_names[group]));
		for (int action = 1; action < ACTION_COUNT; action++) {
			const struct action_info *info = action_info((enum action)action);
			struct help_item *item;

			if (info->group != group || !works(model, (enum action)action))
				continue;
			item = add(help, _(info->help));
			if (item)
				snprintf(item->key, sizeof(item->key), "%s", info->keys);
		}
	}
}

static void add_mark(struct help *help, const char *sample, enum role role, const char *text)
{
	struct help_item *item = add(help, text);

	if (item) {
		snprintf(item->sample, sizeof(item->sample), "%s", sample);
		item->role = role;
		item->wide = true;
	}
}

static void make_page3(struct help *help, const struct model *model)
{
	add_heading(help, _("BEHIND A FIGURE"));
	add_mark(help, "~", ROLE_PARTIAL, _("being read: it still climbs"));
	add_mark(help, trust_mark(TRUST_OLD), ROLE_STALE, _("old: as last known, not validated yet"));
	add_mark(help, "?", ROLE_UNKNOWN, _("unknown: could not be read, then or now"));
	add_heading(help, _("BEFORE A ROW"));
	add_mark(help, "*", ROLE_MARK, _("marked"));
	add_mark(help, "!", ROLE_FLAG, _("this folder or file could not be read"));
	add_mark(help, ".", ROLE_FLAG, _("something below could not be read: too small"));
	add_mark(help, "<", ROLE_FLAG, _("excluded by a pattern, or a cache"));
	add_mark(help, ">", ROLE_FLAG, _("another file system, not entered: r reads it"));
	add_mark(help, "^", ROLE_FLAG, _("a file system of the kernel, not entered"));
	add_mark(help, "@", ROLE_FLAG, _("no file or folder: a link, a device, a socket"));
	add_mark(help, "H", ROLE_FLAG, _("several hard links: counted once per folder"));
	add_mark(help, "e", ROLE_FLAG, _("an empty folder"));
	add_mark(help, "/", ROLE_DIR, _("a folder"));
	if (model->live && model_live_limited(model)) {
		add_heading(help, _("LIVE"));
		add_mark(help, trust_mark(TRUST_OLD), ROLE_STALE,
		         _("not every folder in it has a watch: looked at in turn"));
		add_mark(help, _("watches"), ROLE_KEY, _("for more, raise fs.inotify.max_user_watches (sysctl)"));
	}
	add_heading(help, _("GROWTH"));
	add_mark(help, "+1.2 GiB", ROLE_GROW, _("grew since the baseline"));
	add_mark(help, "-1.2 GiB", ROLE_SHRINK, _("shrank"));
	add_mark(help, _("(new)"), ROLE_NEW, _("was not there"));
	add_mark(help, _("(gone)"), ROLE_GONE, _("is no longer there; a folder can be entered"));
	add_mark(help, _("(moved)"), ROLE_MOVED, _("came from another place: its growth is no new data"));
	add_mark(help, "b", ROLE_MARK, _("in the list of snapshots: the baseline"));
}

static void make(struct help *help, const struct model *model)
{
	help->count = 0;
	help->spoken = model->settings.spoken;
	if (help->page == 1)
		make_page1(help, model);
	else if (help->page == 2)
		make_page2(help, model);
	else
		make_page3(help, model);
}

/* ---- lines: one or two items beside each other ---- */

#define TWO_COLUMNS_FROM 72 /* cells */
#define KEY_AT 2
#define SECOND_AT 41

/* Items of the line that begins with item i. */
static int line_items(const struct help *help, int i, int cols)
{
	const struct help_item *item = &help->items[i], *next = i + 1 < help->count ? item + 1 : NULL;

	/* Twenty-four cells for a text beside another. */
	if (help->spoken || cols < TWO_COLUMNS_FROM || item->heading || item->wide || !next || next->heading ||
	    next->wide || help->page != 1)
		return 1;
	return canvas_width(item->text) <= 25 && canvas_width(item->key) <= 12 ? 2 : 1;
}

static int line_count(const struct help *help, int cols)
{
	int lines = 0;

	for (int i = 0; i < help->count; i += line_items(help, i, cols))
		lines++;
	return lines;
}

static int keys_row(int rows)
{
	return rows >= 8 ? rows - 1 : -1;
}

static int page_rows(int rows)
{
	int n = (keys_row(rows) >= 0 ? rows - 1 : rows) - 1;

	return n > 1 ? n : 1;
}

static int last_top(const struct help *help, int rows, int cols)
{
	/* Spoken, the cursor is on the first line: each of them can be it. */
	int last = line_count(help, cols) - (help->spoken ? 1 : page_rows(rows));

	return last > 0 ? last : 0;
}

/* ---- the screen ---- */

static unsigned show_page(struct help *help, struct model *model, int page)
{
	help->page = page < 1 ? 1 : page > PAGES ? PAGES : page;
	help->top = 0;
	make(help, model);
	return REACT_PAINT;
}

static unsigned handle(void *state, struct screens *screens, const struct input *input, enum action action)
{
	struct help *help = state;
	struct model *model = screens->model;
	int page = page_rows(model->rows), last = last_top(help, model->rows, model->cols), to = help->top;

	if (input->kind == INPUT_WHEEL_UP)
		action = ACTION_UP;
	if (input->kind == INPUT_WHEEL_DOWN)
		action = ACTION_DOWN;
	switch (action) {
	case ACTION_HELP_NEXT:
		/* What lies below the screen comes before the next page: nothing is passed over. */
		if (help->top + page < line_count(help, model->cols)) {
			to += page;
			break;
		}
		return help->page == PAGES ? REACT_CLOSE : show_page(help, model, help->page + 1);
	case ACTION_HELP_PREVIOUS: return show_page(help, model, help->page - 1);
	case ACTION_HELP_1: return show_page(help, model, 1);
	case ACTION_HELP_2: return show_page(help, model, 2);
	case ACTION_HELP_3: return show_page(help, model, 3);
	case ACTION_HELP: return REACT_CLOSE;
	default:
		to = (int)action_moves_to(action, to, last, page, (page + 1) / 2);
		if (to < 0)
			return REACT_PASS;
		break;
	}
	to = to > last ? last : to;
	if (to == help->top)
		return REACT_NONE;
	help->top = to;
	return REACT_PAINT;
}

static int64_t update(void *state, struct model *model, int64_t now_ns)
{
	struct help *help = state;
	int last = last_top(help, model->rows, model->cols);

	if (help->top > last) /* the window grew */
		help->top = last;
	return SCREEN_NEVER;
}

static void paint_item(const struct help *help, struct canvas *canvas, int row, int col, int end,
                       const struct help_item *item)
{
	int key_cells = help->page == 2 ? 20 : 13;
	int width = canvas_width(*item->sample ? item->sample : item->key), at;

	if (item->heading) {
		canvas_text(canvas, row, 1, ROLE_HEAD, "%s", item->text);
		return;
	}
	if (col >= SECOND_AT)
		key_cells = 10;
	if (canvas->cols < 60 && key_cells > 13)
		key_cells = 13;
	if (*item->sample)
		canvas_text(canvas, row, col, item->role, "%s", item->sample);
	else
		canvas_put(canvas, row, col, end - col, ROLE_KEY, item->key, strlen(item->key));
	at = col + (width + 1 > key_cells ? width + 1 : key_cells);
	canvas_put(canvas, row, at, end - at, ROLE_TEXT, item->text, strlen(item->text));
}

static void paint_title(const struct help *help, struct canvas *canvas)
{
	static const char *const titles[] = {N_("the keys you need"), N_("all keys"), N_("what the marks mean")};
	static const enum action pages[] = {ACTION_HELP_1, ACTION_HELP_2, ACTION_HELP_3};
	char label[64];
	int col, left;

	canvas_fill(canvas, 0, 0, canvas->cols, ROLE_TITLE, ' ');
	left = canvas_text(canvas, 0, 1, ROLE_TITLE, _("help %d/%d: %s"), help->page, PAGES, _(titles[help->page - 1]));
	col = canvas->cols - 1;
	for (int i = PAGES - 1; i >= 0; i--) {
		int width;

		snprintf(label, sizeof(label), "%d %s", i + 1, _(action_info(pages[i])->word));
		width = canvas_width(label);
		if (col - width < left + 2)
			return;
		canvas_right(canvas, 0, col, ROLE_TITLE, label);
		canvas_click(canvas, 0, col - width, width, pages[i]);
		col -= width + 2;
	}
}

static void paint(const void *state, const struct model *model, struct canvas *canvas)
{
	static const enum action keys[] = {ACTION_HELP_NEXT, ACTION_QUIT};
	const struct help *help = state;
	int line = 0, shown = page_rows(canvas->rows);
	bool more = help->top + shown < line_count(help, canvas->cols);
	const struct action_word words[] = {{ACTION_HELP_NEXT, more                  ? _("more")
	                                                       : help->page == PAGES ? _("close")
	                                                                             : _("next page")},
	                                    {ACTION_QUIT, _("close")},
	                                    {ACTION_NONE, NULL}};

	canvas_clear(canvas);
	if (canvas->spoken)
		canvas->cursor_row = 1;
	paint_title(help, canvas);
	for (int i = 0; i < help->count; line++) {
		int n = line_items(help, i, canvas->cols), row = 1 + line - help->top;

		if (row >= 1 && row < 1 + shown) {
			paint_item(help, canvas, row, KEY_AT, n == 2 ? SECOND_AT - 1 : canvas->cols, &help->items[i]);
			if (n == 2)
				paint_item(help, canvas, row, SECOND_AT, canvas->cols, &help->items[i + 1]);
		}
		i += n;
	}
	if (keys_row(canvas->rows) >= 0) {
		action_paint_row(canvas, keys_row(canvas->rows), keys, 2, words, false);
		if (*model->message)
			canvas_right(canvas, keys_row(canvas->rows), canvas->cols - 1, ROLE_TEXT, model->message);
	}
}

static void close_help(void *state)
{
	free(state);
}

static const struct screen_ops ops = {
	.name = "help",
	.context = CONTEXT_HELP,
	.handle = handle,
	.update = update,
	.paint = paint,
	.close = close_help,
};

int help_open(struct screens *screens, int page)
{
	struct help *help = alloc_zero(struct help);

	if (!help)
		return -ENOMEM;
	show_page(help, screens->model, page);
	return screens_push(screens, &ops, help);
}
