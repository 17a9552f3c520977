/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done with entries: marked, deleted, copied as paths, opened, viewed, printed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/columns.h"
#include "ui/model/model_remove.h"
#include "ui/screens/layers.h"

#define CLIPBOARD_BYTES 74000 /* terminals cut what is longer */
#define TITLE_CELLS 40

static void no_memory(struct model *model)
{
	model_say(model, true, "%s", strerror(ENOMEM));
}

/* ---- marks ---- */

/** Why a row can be neither marked nor deleted; NULL = it can. */
static const char *why_not(const struct browser *browser, const struct model *model, const struct row *row)
{
	if (model->view)
		return _("an old snapshot is only looked at: q goes back to now, where it can be deleted");
	if (browser->place.gone || row->origin == ROW_GHOST)
		return _("it is gone already: there is nothing to delete");
	if (row->origin == ROW_STORED)
		return _("it has not been read yet: this is how it was");
	if (row->flags & (ROW_OTHERFS | ROW_KERNFS))
		return _("another file system: it is not deleted from here");
	if (row->flags & ROW_EXCLUDED)
		return _("left out of the scan: nobody has seen what would be deleted");
	return row->flags & ROW_ERROR ? _("it could not be examined") : NULL;
}

static bool is_marked(const struct browser *browser, const struct model *model, const struct row *row)
{
	return row->origin == ROW_LIVE && browser->place.dir != DIR_NONE &&
	       marks_has(&model->marks, row->folder, row->name, row->name_length);
}

static struct marked_entry mark_of(const struct row *row)
{
	return (struct marked_entry){
		.dir = row->folder,
		.self = row->dir,
		.ino = row->ino,
		.fs = row->fs,
		.name_length = row->name_length,
		.is_dir = row->is_dir,
		.alloc_bytes = row->alloc_bytes,
		.apparent_bytes = row->apparent_bytes,
	};
}

static int add_mark(struct model *model, const struct row *row)
{
	const struct marked_entry mark = mark_of(row);

	return marks_add(&model->marks, &mark, row->name);
}

static void toggle_mark(struct browser *browser, struct model *model)
{
	const char *reason;
	struct row row;

	if (!browser_row(browser, &row)) {
		model_say(model, false, "%s", _("no row is shown"));
		return;
	}
	reason = why_not(browser, model, &row);
	if (reason) {
		model_say(model, true, "%s", reason);
		return;
	}
	if (is_marked(browser, model, &row))
		marks_remove(&model->marks, row.folder, row.name, row.name_length);
	else if (add_mark(model, &row))
		no_memory(model);
	marks_sum(&model->marks, model->tree);
	browser_move(browser, model, browser->cursor + 1);
}

/** A row of the list as a mark, if it can be one: quickly, as there may be a million.  *name: until the next one. */
static bool markable(const struct browser *browser, const struct model *model, size_t i, struct row *row,
                     struct marked_entry *mark, const void **name)
{
	struct node node;

	if (browser->flat || browser->place.dir == DIR_NONE || model->view) {
		if (!listing_row(&browser->listing, i, row) || why_not(browser, model, row))
			return false;
		*mark = mark_of(row);
		*name = row->name;
		return true;
	}
	if (!listing_node(&browser->listing, i, &node))
		return false;
	row->origin = ROW_LIVE;
	row->flags = node.flags;
	*mark = (struct marked_entry){.dir = browser->place.dir,
	                              .self = node.dir,
	                              .ino = node.ino,
	                              .fs = node.fs,
	                              .name_length = node.name_length,
	                              .is_dir = node.type == NODE_DIR,
	                              .alloc_bytes = node.alloc_bytes,
	                              .apparent_bytes = node.apparent_bytes};
	*name = node.name;
	return !why_not(browser, model, row);
}

/** All rows of the list, those that the filter leaves; when all are, none. */
static void mark_shown(struct browser *browser, struct model *model)
{
	size_t there = 0, marked = 0, seen = 0, count = browser->listed ? browser->listing.count : 0;
	struct marks *marks = &model->marks;
	struct marked_entry mark;
	uint32_t *order;
	const void *name;
	struct row row;
	int rc = 0;

	if (!model->tree) { /* what is remembered, or an old snapshot */
		model_say(model, true, "%s", _("there is nothing here that can be marked"));
		return;
	}
	unsigned pin = tree_pin(model->tree);

	if (!listing_current(&browser->listing))
		count = 0;
	order = listing_block_order(&browser->listing);
	rc = order ? 0 : -ENOMEM;
	for (size_t i = 0; i < count && marks->count && !rc; i++)
		if (markable(browser, model, order[i], &row, &mark, &name)) {
			there++;
			marked += marks_has(marks, mark.dir, name, mark.name_length);
		}
	if (marked && marked == there && marked == marks->count) {
		marks_clear(marks);
		seen = count;
		count = 0;
	} else if (!rc) {
		rc = marks_reserve(marks, count);
	}
	for (size_t i = 0; i < count && !rc; i++) {
		if (!markable(browser, model, order[i], &row, &mark, &name))
			continue;
		seen++;
		if (marked && marked == there)
			marks_remove(marks, mark.dir, name, mark.name_length);
		else
			rc = marks_add(marks, &mark, name);
	}
	tree_unpin(model->tree, pin);
	free(order);
	marks_sum(&model->marks, model->tree);
	if (rc)
		no_memory(model);
	else if (!seen)
		model_say(model, true, "%s", _("there is nothing here that can be marked"));
}

bool browser_marks_say(const struct model *model, struct buf *out)
{
	const struct marks *marks = &model->marks;
	char count[TEXT_FIGURE], size[TEXT_FIGURE];

	if (!marks->count)
		return false;
	buf_printf(out, ngettext("%s marked, %s", "%s marked, %s", marks->count), text_count(count, marks->count),
	           text_size(size, model->settings.apparent ? marks->apparent_bytes : marks->alloc_bytes,
	                     model->settings.si));
	return true;
}

/* ---- deletion ---- */

/** What is marked, else the row of the cursor.  The names are borrowed: from the marks, or from `row`. */
static struct choice_name *selected(const struct browser *browser, struct model *model, struct row *row, size_t *count)
{
	const struct marks *marks = &model->marks;
	struct choice_name *names;
	const char *reason;

	*count = marks->count ? marks->count : 1;
	if (!marks->count) {
		if (!browser_row(browser, row)) {
			model_say(model, false, "%s", _("no row is shown"));
			return NULL;
		}
		reason = why_not(browser, model, row);
		if (reason) {
			model_say(model, true, "%s", reason);
			return NULL;
		}
	}
	names = alloc_array(*count, sizeof(*names));
	if (!names) {
		no_memory(model);
		return NULL;
	}
	if (!marks->count)
		names[0] = (struct choice_name){row->folder, row->name, row->name_length};
	for (size_t i = 0; i < marks->count; i++)
		names[i] = (struct choice_name){marks->items[i].dir, marks->items[i].name, marks->items[i].name_length};
	return names;
}

static void delete_title(const struct model *model, const struct row *row, struct buf *out)
{
	char number[TEXT_FIGURE];
	struct buf name = {0};

	if (model->marks.count)
		buf_printf(out, ngettext("Delete %s marked", "Delete %s marked", model->marks.count),
		           text_count(number, model->marks.count));
	else if (text_name(&name, row->name, row->name_length, model->ascii, TITLE_CELLS) == 0)
		buf_printf(out, _("Delete %s"), name.data);
	buf_free(&name);
}

static void delete_selected(struct browser *browser, struct screens *screens)
{
	struct model *model = screens->model;
	const char *reason = model_delete_why_not(model);
	struct choice_name *names;
	struct buf title = {0};
	struct row row;
	size_t count;
	int rc;

	if (reason) {
		model_say(model, true, "%s", reason);
		return;
	}
	names = selected(browser, model, &row, &count);
	if (!names)
		return;
	rc = model_choose(model, names, count);
	free(names);
	if (rc == -EBUSY) {
		model_say(model, false, "%s", _("the last choice is still being given up: once more, please"));
	} else if (rc) {
		no_memory(model);
	} else if (!model->settings.confirm_delete) {
		model_delete(model, DELETE_FOR_EVER);
	} else {
		delete_title(model, &row, &title);
		if (!title.data || delete_open(screens, title.data)) {
			no_memory(model);
			model_unchoose(model);
		}
		buf_free(&title);
	}
}

static void list_errors(struct screens *screens)
{
	struct model *model = screens->model;

	if (!model->deletion.errors.count)
		model_say(model, false, "%s", _("no deletion has left anything"));
	else if (removal_list_open(screens))
		no_memory(model);
}

/* ---- paths ---- */

/** The absolute raw path of an entry of a live folder. */
static int mark_path(const struct model *model, const struct marked_entry *mark, struct buf *out)
{
	int rc = tree_alive(model->tree, mark->dir) ? tree_path(model->tree, mark->dir, out) : -ESTALE;

	if (!rc && out->length && out->data[out->length - 1] != '/')
		rc = buf_char(out, '/');
	return rc ? rc : buf_add(out, mark->name, mark->name_length);
}

/** Paths of what is marked, `end` behind each.  How many, or -errno. */
static int64_t marked_paths(const struct model *model, char end, struct buf *out)
{
	int64_t count = 0;

	for (size_t i = 0; i < model->marks.count; i++) {
		size_t before = out->length;
		int rc = mark_path(model, &model->marks.items[i], out);

		if (rc == -ENOMEM || out->failed)
			return -ENOMEM;
		if (rc) {
			out->length = before;
			continue;
		}
		buf_char(out, end);
		count++;
	}
	return out->failed ? -ENOMEM : count;
}

static unsigned copy_paths(const struct browser *browser, struct model *model)
{
	int64_t count = 1;
	char number[TEXT_FIGURE];
	struct row row;

	buf_clear(&model->copy);
	if (model->marks.count) {
		count = marked_paths(model, '\n', &model->copy);
		model->copy.length -= count > 0; /* the last newline */
	} else if (!browser_row(browser, &row)) {
		model_say(model, false, "%s", _("no row is shown"));
		return REACT_PAINT;
	} else if (browser_row_path(browser, model, &row, &model->copy)) {
		count = -ENOMEM;
	}
	if (count < 0) {
		buf_free(&model->copy);
		no_memory(model);
		return REACT_PAINT;
	}
	if (model->copy.length > CLIPBOARD_BYTES * 3 / 4) {
		model_say(model, true, "%s", _("too much for the clipboard of a terminal: mark less, or use Q"));
		return REACT_PAINT;
	}
	model_say(model, false,
	          ngettext("%s path was sent to the clipboard", "%s paths were sent to the clipboard", count),
	          text_count(number, (uint64_t)count));
	return REACT_COPY | REACT_PAINT;
}

/** The row's path for another program; only of what is there. */
static unsigned run_on_row(const struct browser *browser, struct model *model, bool view)
{
	struct buf path = {0};
	struct row row;

	if (!browser_row(browser, &row)) {
		model_say(model, false, "%s", _("no row is shown"));
	} else if (model->start && model->start->tree_name) {
		model_say(model, true, "%s", _("an imported tree: it does not lie here"));
	} else if (model->view || browser->place.gone || row.origin == ROW_GHOST) {
		model_say(model, true, "%s", _("this is how it was: there is nothing to open"));
	} else if (!model->settings.can_shell) {
		model_say(model, true, "%s", _("other programs were turned off by an option"));
	} else if (view && row.is_dir) {
		model_say(model, false, "%s", _("a folder: Enter opens it"));
	} else if (row.type == NODE_SPECIAL || (view && row.type != NODE_REG)) {
		model_say(model, false, "%s", _("no file with contents of its own"));
	} else if (browser_row_path(browser, model, &row, &path)) {
		no_memory(model);
	} else {
		free(model->open_path);
		model->open_path = path.data;
		if (!view)
			model_say(model, false, "%s", _("handed to the desktop"));
		return (view ? REACT_VIEW : REACT_OPEN) | REACT_PAINT;
	}
	buf_free(&path);
	return REACT_PAINT;
}

unsigned browser_quit_and_print(struct browser *browser, struct model *model)
{
	buf_clear(&model->print);
	if (model->marks.count)
		marked_paths(model, 0, &model->print);
	else if (model->tree && browser->placed && browser_path(browser, model, &model->print) == 0)
		buf_char(&model->print, 0);
	return REACT_QUIT;
}

unsigned browser_act_on_entries(struct browser *browser, struct screens *screens, enum action action)
{
	struct model *model = screens->model;

	switch (action) {
	case ACTION_MARK: toggle_mark(browser, model); break;
	case ACTION_MARK_SHOWN: mark_shown(browser, model); break;
	case ACTION_DELETE: delete_selected(browser, screens); break;
	case ACTION_NOT_DELETED: list_errors(screens); break;
	case ACTION_UNDO: model_undo(model); break;
	case ACTION_COPY: return copy_paths(browser, model);
	case ACTION_OPEN: return run_on_row(browser, model, false);
	case ACTION_VIEW: return run_on_row(browser, model, true);
	default: return REACT_PASS;
	}
	return REACT_PAINT;
}
