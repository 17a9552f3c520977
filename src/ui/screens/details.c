/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/screens/details_look.h"
#include "ui/screens/layers.h"
#include "ui/term/wrap.h"

/*
 * Details of one entry (i): what the row knows, and what the disk says of it just now.
 *
 * The row's figures come from the tree, or for ghosts and old snapshots from an image.  Owner, mode, inode and mount
 * come from a look at the disk in a task of its own: a file system that hangs must not hang the screen.  A line stands
 * only where there is something to say.
 */

#define LINES_MAX 200
#define LABEL_CELLS 10 /* "path      " */
#define PATH_LINES_MAX 8

struct line {
	const char *label;       /* translated, "" = goes on */
	char lead[64];           /* a first part in a colour of its own */
	enum role lead_role;
	char *text;              /* safe */
	enum role role;
};

struct details {
	struct row row;          /* its image is not kept: it may be gone before this screen */
	int64_t image_id, image_time;
	char *path;              /* raw, absolute */
	dir_id folder;           /* of a live row: the one it lies in */
	struct model *model;
	const struct screens *screens;
	char *moved_from;        /* raw, relative to what it is compared with; NULL = it was not moved */
	struct look *look;       /* running */
	struct look *found;      /* finished */
	bool names_shown;        /* Tab: where the links' other names are, in place of the other lines */
	struct name_search *search, *names; /* running; finished */
	struct line lines[LINES_MAX];
	int count, top, widest;  /* lines, first one shown, cells of the widest */
	uint64_t generation;     /* of the model, when the lines were made; its width, too */
	int cols;
	int64_t made_at_s;
};

/* ---- what is found out in threads of their own ---- */

static void looked(void *owner, struct look *look)
{
	struct details *details = owner;

	details->look = NULL;
	details->found = look;
	details->model->generation++;
}

static void searched(void *owner, struct name_search *search)
{
	struct details *details = owner;

	details->search = NULL;
	details->names = search;
	details->model->generation++;
}

/* ---- the lines ---- */

static void lines_clear(struct details *details)
{
	for (int i = 0; i < details->count; i++)
		free(details->lines[i].text);
	details->count = 0;
}

static int line_cells(const struct model *model)
{
	int cells = model->cols - 4 - LABEL_CELLS;

	return cells > 64 ? 64 : cells < 8 ? 8 : cells;
}

/* A line more; what does not fit in memory or the table is left out.  `text` stays the caller's. */
static struct line *add_line(struct details *details, const char *label, const char *text, size_t length)
{
	struct line *line;

	if (details->count == LINES_MAX)
		return NULL;
	line = &details->lines[details->count];
	*line = (struct line){ .label = label, .role = ROLE_TEXT, .lead_role = ROLE_TEXT };
	line->text = alloc_copy(text, length);
	if (!line->text)
		return NULL;
	details->count++;
	return line;
}

/*
 * A sentence, over as many lines as it takes; `lead` ("" = none) goes before it in a colour of its own.  `text` is
 * freed.
 */
static void add_lead(struct details *details, const char *label, enum role role, enum role lead_role, const char *lead,
                     struct buf *text)
{
	const char *at = text->data ? text->data : "";
	bool first = true;

	while (!text->failed && (*at || first)) {
		size_t length;
		const char *next = wrap_line(at, line_cells(details->model) - (first ? canvas_width(lead) : 0),
		                             &length);
		struct line *line = add_line(details, first ? label : "", at, length);

		if (!line)
			break;
		line->role = role;
		if (first) {
			line->lead_role = lead_role;
			snprintf(line->lead, sizeof(line->lead), "%s", lead);
		}
		first = false;
		at = next;
	}
	buf_free(text);
}

static void add(struct details *details, const char *label, enum role role, struct buf *text)
{
	add_lead(details, label, role, ROLE_TEXT, "", text);
}

static void __attribute__((format(printf, 3, 4)))
add_text(struct details *details, const char *label, const char *format, ...)
{
	char text[512];
	struct buf buf = {0};
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_str(&buf, text);
	add(details, label, ROLE_TEXT, &buf);
}

/* A path or target of any length, broken anywhere: its blanks are its own. */
static void add_path(struct details *details, const char *label, const void *raw, size_t length)
{
	struct buf whole = {0}, safe = {0};
	size_t at = 0;

	if (text_safe(&whole, raw, length, details->model->ascii) ||
	    text_shorten(&safe, whole.data ? whole.data : "", whole.length,
	                 PATH_LINES_MAX * line_cells(details->model))) {
		buf_free(&whole);
		buf_free(&safe);
		return;
	}
	for (int lines = 0; at < safe.length && lines < PATH_LINES_MAX; lines++) {
		int room = line_cells(details->model), width = 0;
		size_t end = at;

		while (end < safe.length) {
			uint32_t code;
			size_t n = text_decode(safe.data + end, safe.length - end, &code);
			int w = n ? text_code_width(code) : 1;

			if (width + w > room)
				break;
			width += w;
			end += n ? n : 1;
		}
		if (end == at || !add_line(details, lines ? "" : label, safe.data + at, end - at))
			break;
		at = end;
	}
	buf_free(&whole);
	buf_free(&safe);
}

/* What it is; of a device which one, once the disk has said so. */
static void add_type(struct details *details)
{
	const struct row *row = &details->row;
	const struct look *look = details->found && !details->found->error ? details->found : NULL;
	unsigned mode = look ? look->st.stx_mode : row->extended.known ? row->extended.mode : 0;

	if (row->is_dir || S_ISDIR(mode))
		add_text(details, _("type"), "%s",
		         row->dir_flags & DIR_MOUNT || row->flags & (ROW_OTHERFS | ROW_KERNFS)
		                 ? _("folder, another file system is mounted there")
		                 : _("folder"));
	else if (row->type == NODE_SYMLINK)
		add_text(details, _("type"), "%s", _("symbolic link"));
	else if (S_ISBLK(mode) || S_ISCHR(mode))
		add_text(details, _("type"), look ? "%s %u:%u" : "%s",
		         S_ISBLK(mode) ? _("block device") : _("character device"), look ? look->st.stx_rdev_major : 0u,
		         look ? look->st.stx_rdev_minor : 0u);
	else if (S_ISFIFO(mode) || S_ISSOCK(mode))
		add_text(details, _("type"), "%s", S_ISFIFO(mode) ? _("pipe") : _("socket"));
	else
		add_text(details, _("type"), "%s", row->type == NODE_SPECIAL ? _("device, pipe or socket") : _("file"));
}

static void add_sizes(struct details *details)
{
	const struct row *row = &details->row;
	bool si = details->model->settings.si;
	char size[TEXT_FIGURE], bytes[TEXT_FIGURE], exact[TEXT_FIGURE], apparent[128];
	bool narrow = line_cells(details->model) < 52;

	if (row->origin == ROW_LIVE && (row->flags & ROW_ERROR))
		return;
	if (row->flags & (ROW_EXCLUDED | ROW_OTHERFS | ROW_KERNFS)) {
		add_text(details, _("disk"), "%s",
		         row->flags & ROW_EXCLUDED ? _("excluded by a pattern: not counted")
		         : row->flags & ROW_KERNFS ? _("a file system of the kernel: not counted")
		                                   : _("another file system: not counted"));
		return;
	}
	if (row->dir_flags & DIR_CACHE) {
		add_text(details, _("disk"), "%s", _("a cache (CACHEDIR.TAG): not counted"));
		return;
	}
	snprintf(apparent, sizeof(apparent), row->is_dir ? _("    apparent  %s") : _("    apparent  %s  %s B"),
	         text_size(size, row->apparent_bytes, si), text_count(exact, row->apparent_bytes));
	add_text(details, row->gone ? _("was") : _("disk"), "%s  %s B%s", text_size(size, row->alloc_bytes, si),
	         text_count(bytes, row->alloc_bytes), narrow ? "" : apparent);
	if (narrow)
		add_text(details, "", "%s", apparent + strspn(apparent, " "));
	if (row->shared_known && row->is_dir && row->shared_bytes && row->shared_bytes <= row->bytes)
		add_text(details, "",
		         row->origin == ROW_LIVE ? _("%s shared, %s unique (Tab: where)") : _("%s shared, %s unique"),
		         text_size(size, row->shared_bytes, si), text_size(bytes, row->bytes - row->shared_bytes, si));
	else if (!row->is_dir && row->nlink > 1)
		add_text(details, "",
		         row->origin == ROW_LIVE ? _("%u hard links (Tab: where); counted once in a folder")
		                                 : _("%u hard links: counted once in a folder"),
		         row->nlink);
}

static void add_items(struct details *details)
{
	const struct row *row = &details->row;
	char items[TEXT_FIGURE], files[TEXT_FIGURE], unread[64] = "", time[TEXT_FIGURE];

	if (!row->is_dir || row->flags & ROW_LEAF || row->dir_flags & DIR_CACHE)
		return;
	if (row->errors)
		snprintf(unread, sizeof(unread), _(", %s unreadable"), text_count(time, row->errors));
	if (row->files == row->items)
		add_text(details, _("items"), _("%s, all files%s"), text_count(items, row->items), unread);
	else
		add_text(details, _("items"), _("%s, %s of them files%s"), text_count(items, row->items),
		         text_count(files, row->files), unread);
	if (details->found && details->found->newest_known)
		add_text(details, "", _("newest %s"), text_time(time, details->found->newest_s));
}

static void add_growth(struct details *details)
{
	const struct model *model = details->model;
	const struct baseline *base = model_base(model);
	const struct row *row = &details->row;
	char since[96], age[TEXT_FIGURE], lead[64];
	struct buf text = {0};

	if (!base || row->flags & (ROW_EXCLUDED | ROW_OTHERFS | ROW_KERNFS))
		return;
	snprintf(since, sizeof(since), _("since #%lld (%s)"), (long long)base->id,
	         text_age(age, base->taken_at, clock_wall_s()));
	if (row->growth_trust == TRUST_UNKNOWN) {
		add_text(details, _("growth"), _("unknown %s: not readable then or now"), since);
		return;
	}
	if (row->growth_blank) {
		if (row->growth_trust == TRUST_OLD)
			add_text(details, _("growth"), _("%s not known yet"), since);
		return;
	}
	buf_printf(&text, " %s%s", since,
	           row->is_new                          ? _(", new")
	           : row->gone                          ? _(", gone")
	           : row->moved && !details->moved_from ? _(", moved here")
	                                                : "");
	if (row->is_dir && row->growth_items)
		buf_printf(&text, ngettext(", %c%s item", ", %c%s items", (unsigned long)llabs(row->growth_items)),
		           row->growth_items < 0 ? '-' : '+', text_count(age, (uint64_t)llabs(row->growth_items)));
	if (row->growth_bytes)
		text_delta(age, row->growth_bytes, model->settings.si);
	snprintf(lead, sizeof(lead), "%s%s", row->growth_bytes ? age : _("none"),
	         row->growth_trust == TRUST_PARTIAL ? "~"
	         : row->growth_trust == TRUST_OLD   ? (model->ascii ? ":" : "…")
	                                            : "");
	add_lead(details, _("growth"), ROLE_TEXT,
	         row->growth_bytes > 0   ? ROLE_GROW
	         : row->growth_bytes < 0 ? ROLE_SHRINK
	                                 : ROLE_TEXT,
	         lead, &text);
	if (row->moved && details->moved_from) {
		struct buf from = {0};

		if (buf_printf(&from, _("moved from %s"), details->moved_from) == 0)
			add_path(details, "", from.data, from.length);
		buf_free(&from);
	}
}

/* What changed of it while it was looked at. */
static void add_live(struct details *details)
{
	const struct model *model = details->model;
	const struct row *row = &details->row;
	int64_t bytes = row->live_bytes, alloc_bytes = 0, apparent_bytes = 0;
	char figure[TEXT_FIGURE], when[TEXT_FIGURE];

	if (!model->live || row->origin != ROW_LIVE)
		return;
	if (row->dir != DIR_NONE) {
		dir_id parent = tree_cold(model->tree, row->dir)->parent;
		int64_t named_alloc_bytes = 0, named_apparent_bytes = 0;

		watcher_live_dir(model->watcher, row->dir, &alloc_bytes, &apparent_bytes);
		if (parent != DIR_NONE)
			watcher_live_entry(model->watcher, parent, row->name, row->name_length, &named_alloc_bytes,
			                   &named_apparent_bytes);
		bytes = model->settings.apparent ? apparent_bytes + named_apparent_bytes
		                                 : alloc_bytes + named_alloc_bytes;
	}
	if (bytes)
		add_text(details, _("live"), _("%s since %s"), text_delta(figure, bytes, model->settings.si),
		         text_time(when, watcher_zero_time(model->watcher)) + 11);
}

static void add_trust(struct details *details)
{
	const struct model *model = details->model;
	const struct row *row = &details->row;
	char when[TEXT_FIGURE], age[TEXT_FIGURE];

	if (row->origin != ROW_LIVE) {
		if (details->image_id)
			add_text(details, _("figures"), _("of snapshot #%lld, %s, %s ago"),
			         (long long)details->image_id, text_time(when, details->image_time),
			         text_age(age, details->image_time, clock_wall_s()));
		return;
	}
	switch (row->trust) {
	case TRUST_PARTIAL:
		add_text(details, _("figures"), "%s", _("~ being read, still climbing"));
		return;
	case TRUST_OLD:
		add_text(details, _("figures"), "%s %s", model->ascii ? ":" : "…",
		         model->rereading ? _("as it was: being read again")
		         : !row->polled   ? _("as last known, not validated yet")
		         : row->is_dir    ? _("not every folder in it has a watch: looked at in turn")
		                          : _("its folder has no watch: looked at in turn"));
		return;
	case TRUST_UNKNOWN:
		add_text(details, _("figures"), "%s", _("? unknown"));
		return;
	default:
		break;
	}
	if (row->dir_flags & DIR_READ_ERROR || row->flags & ROW_ERROR)
		return; /* the line about the error says more */
	if (model->live)
		add_text(details, _("figures"), "%s", _("exact, followed live"));
	else if (model->scan && model->progress.finished_wall_s)
		add_text(details, _("figures"), _("exact, read %s ago"),
		         text_age(age, model->progress.finished_wall_s, clock_wall_s()));
	else
		add_text(details, _("figures"), "%s",
		         model->start && model->start->tree ? _("as imported") : _("exact"));
}

static const char *mode_text(unsigned mode, char out[11])
{
	static const char bits[] = "rwxrwxrwx";

	out[0] = S_ISDIR(mode)  ? 'd'
	       : S_ISLNK(mode)  ? 'l'
	       : S_ISCHR(mode)  ? 'c'
	       : S_ISBLK(mode)  ? 'b'
	       : S_ISFIFO(mode) ? 'p'
	       : S_ISSOCK(mode) ? 's'
	                        : '-';
	for (int i = 0; i < 9; i++)
		out[i + 1] = mode & (0400u >> i) ? bits[i] : '-';
	if (mode & S_ISUID)
		out[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		out[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		out[9] = mode & S_IXOTH ? 't' : 'T';
	out[10] = '\0';
	return out;
}

static void add_found(struct details *details)
{
	const struct look *look = details->found;
	const struct statx *st = &look->st;
	bool si = details->model->settings.si;
	char figure[TEXT_FIGURE], links[TEXT_FIGURE], mode[11], id[2][16];
	struct buf text = {0};

	if (look->error) {
		buf_str(&text, look->error == ENOENT ? _("no longer there") : strerror(look->error));
		add(details, _("now"), ROLE_WARN, &text);
		return;
	}
	if (look->read_error) {
		buf_printf(&text, _("cannot be read: %s"), strerror(look->read_error));
		add(details, _("error"), ROLE_WARN, &text);
	}
	if (!details->row.is_dir && !(details->row.flags & ROW_LEAF) &&
	    figure_of_blocks(st->stx_blocks) != details->row.alloc_bytes)
		add_text(details, _("now"), _("%s on disk: changed since it was read"),
		         text_size(figure, figure_of_blocks(st->stx_blocks), si));
	if (S_ISLNK(st->stx_mode) && look->target_length > 0)
		add_path(details, _("link to"), look->target, (size_t)look->target_length);
	text = (struct buf){0};
	buf_printf(&text, _("%s on %u:%u"), text_count(figure, st->stx_ino), st->stx_dev_major, st->stx_dev_minor);
	if (*look->fs_type) {
		buf_printf(&text, " %s ", look->fs_type);
		text_safe(&text, look->mount, strlen(look->mount), details->model->ascii);
	}
	buf_printf(&text, _("   links %s"), text_count(links, st->stx_nlink));
	add(details, _("inode"), ROLE_TEXT, &text);
	snprintf(id[0], sizeof(id[0]), "%u", st->stx_uid);
	snprintf(id[1], sizeof(id[1]), "%u", st->stx_gid);
	add_text(details, _("owner"), _("%s:%s  %s  changed %s"), *look->user ? look->user : id[0],
	         *look->group ? look->group : id[1], mode_text(st->stx_mode, mode),
	         text_time(figure, st->stx_mtime.tv_sec));
	if (st->stx_mask & STATX_BTIME && st->stx_btime.tv_sec > 0)
		add_text(details, "", _("created %s"), text_time(figure, st->stx_btime.tv_sec));
}

/* What the tree itself remembers: of an import, a ghost, an old snapshot. */
static void add_remembered(struct details *details)
{
	const struct row *row = &details->row;
	char figure[TEXT_FIGURE], mode[11];

	if (details->look) /* it will say all this, and more */
		return;
	if (row->ino)
		add_text(details, _("inode"), row->nlink > 1 ? _("%s   links %u") : "%s", text_count(figure, row->ino),
		         row->nlink);
	if (row->extended.known)
		add_text(details, _("owner"), "%u:%u  %s", row->extended.uid, row->extended.gid,
		         mode_text(row->extended.mode, mode));
	if (row->mtime_s)
		add_text(details, _("changed"), "%s", text_time(figure, row->mtime_s));
}

/* What the list shows of it now: figures climb while a folder is read, and details say the same as the row below. */
static void refresh(struct details *details)
{
	struct row *row = &details->row, now;

	if (!screens_row(details->screens, &now) || now.origin != row->origin || now.is_dir != row->is_dir ||
	    now.name_length != row->name_length || memcmp(now.name, row->name, now.name_length))
		return;
	now.image = NULL;
	*row = now;
}

static void add_all(struct details *details)
{
	add_sizes(details);
	add_items(details);
	add_growth(details);
	add_live(details);
	add_trust(details);
	add_type(details);
	if (details->found)
		add_found(details);
	else
		add_remembered(details);
}

/* Tab: the other names of a file, or the folders that hold names of what lies here. */
static void add_names(struct details *details)
{
	const struct name_search *search = details->names;
	bool folder = details->row.is_dir, apparent = details->model->settings.apparent;
	const char *label = folder ? _("shared") : _("names");
	char count[TEXT_FIGURE];

	if (!search) {
		add_text(details, label, "%s", _("looking for them"));
		return;
	}
	if (search->status)
		add_text(details, label, "%s", strerror(-search->status));
	for (size_t i = 0; i < search->names.count && details->count < LINES_MAX - 2; i++) {
		const struct link_name *name = &search->names.items[i];

		if (folder)
			add_text(details, i ? "" : label, _("%s with"),
			         text_size(count, apparent ? name->apparent_bytes : name->alloc_bytes,
			                   details->model->settings.si));
		add_path(details, folder || i ? "" : label, name->path, strlen(name->path));
	}
	if (!search->status && !search->names.count)
		add_text(details, label, "%s",
		         folder ? _("no other folder here; the names are elsewhere") : _("no other name here"));
	if (!folder && details->row.nlink > search->names.count + 1) {
		uint64_t missing = details->row.nlink - search->names.count - 1;

		add_text(details, "",
		         ngettext("%s more outside of what was read", "%s more outside of what was read", missing),
		         text_count(count, missing));
	}
}

static void make_lines(struct details *details)
{
	lines_clear(details);
	refresh(details);
	add_path(details, _("path"), details->path, strlen(details->path));
	if (details->names_shown)
		add_names(details);
	else
		add_all(details);
	details->widest = 0;
	for (int i = 0; i < details->count; i++) {
		int width = LABEL_CELLS + canvas_width(details->lines[i].lead) + canvas_width(details->lines[i].text);

		details->widest = width > details->widest ? width : details->widest;
	}
	details->generation = details->model->generation;
	details->cols = details->model->cols;
	details->made_at_s = clock_wall_s();
}

/* ---- the screen ---- */

/* Rows of the box that hold lines. */
static int shown_rows(const struct details *details, int rows)
{
	int room = rows - 2 > 1 ? rows - 2 : 1;

	return details->count < room ? details->count : room;
}

static int64_t update(void *data, struct model *model, int64_t now_ns)
{
	struct details *details = data;
	int64_t age = model->scan && model->progress.finished_wall_s ? clock_wall_s() - model->progress.finished_wall_s
	                                                             : 0;

	if (details->generation != model->generation || details->cols != model->cols ||
	    details->made_at_s != clock_wall_s() || model->scanning)
		make_lines(details);
	if (details->top > details->count - shown_rows(details, model->rows))
		details->top = details->count - shown_rows(details, model->rows);
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
	if (!details->search && !details->names)
		details->search = name_search_start(details->model, row, details->folder, searched, details);
	details->top = 0;
	make_lines(details);
	return REACT_PAINT;
}

static unsigned handle(void *data, struct screens *screens, const struct input *input, enum action action)
{
	struct details *details = data;
	int last = details->count - shown_rows(details, screens->model->rows);

	if (input->kind == INPUT_WHEEL_UP)
		action = ACTION_UP;
	if (input->kind == INPUT_WHEEL_DOWN)
		action = ACTION_DOWN;
	switch (action) {
	case ACTION_INFO:
	case ACTION_ACCEPT:
		return REACT_CLOSE;
	case ACTION_HELP:
		return help_open(screens, 2) ? REACT_NONE : REACT_PAINT;
	case ACTION_NEXT:
		return turn(details);
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
	default:
		break;
	}
	if (input->kind == INPUT_CLICK)
		return REACT_CLOSE;
	return REACT_PASS;
}

static void paint(const void *data, const struct model *model, struct canvas *canvas)
{
	const struct details *details = data;
	int rows = shown_rows(details, canvas->rows), inner = details->widest, left, top;
	struct buf title = {0}, safe = {0};

	if (inner < 62)
		inner = 62;
	if (inner > canvas->cols - 4)
		inner = canvas->cols - 4;
	left = (canvas->cols - inner - 4) / 2;
	top = (canvas->rows - rows - 2) / 2;
	if (details->row.name_length)
		text_safe(&safe, details->row.name, details->row.name_length, model->ascii);
	else
		text_safe(&safe, details->path, strlen(details->path), model->ascii);
	if (safe.data)
		text_shorten(&title, safe.data, safe.length, inner - 2);
	canvas_box(canvas, top, left, rows + 2, inner + 4, ROLE_TEXT, title.data ? title.data : "");
	for (int i = 0; i < rows; i++) {
		const struct line *line = &details->lines[details->top + i];
		int row = top + 1 + i, end = left + 2 + inner, col = left + 2 + LABEL_CELLS;

		canvas_put(canvas, row, left + 2, LABEL_CELLS - 1, ROLE_HEAD, line->label, strlen(line->label));
		col = canvas_put(canvas, row, col, end - col, line->lead_role, line->lead, strlen(line->lead));
		canvas_put(canvas, row, col, end - col, line->role, line->text, strlen(line->text));
	}
	if (action_row(canvas->rows) >= top + rows + 2) {
		static const enum action keys[] = { ACTION_INFO, ACTION_UP, ACTION_DOWN, ACTION_NEXT };
		const struct action_word words[] = {{ACTION_NEXT, details->names_shown ? _("details") : _("where")},
		                                    {ACTION_INFO, _("close")},
		                                    {ACTION_UP, _("other entries")},
		                                    {ACTION_DOWN, _("other entries")},
		                                    {ACTION_NONE, NULL}};

		canvas_fill(canvas, action_row(canvas->rows), 0, canvas->cols, ROLE_TEXT, ' ');
		action_paint_row(canvas, action_row(canvas->rows), keys, has_names(&details->row) ? 4 : 3, words, true);
	}
	canvas->cursor_row = -1;
	buf_free(&title);
	buf_free(&safe);
}

static void close_details(void *data)
{
	struct details *details = data;

	look_leave(details->look);
	look_free(details->found);
	name_search_leave(details->search);
	name_search_free(details->names);
	free(details->moved_from);
	lines_clear(details);
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
	details->look = look_start(screens->model, row, path, looked, details);
	make_lines(details);
	return screens_push(screens, &ops, details);
}
