/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/details_lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/wrap.h"
#include "ui/model/model_causes.h"

#define PATH_LINES_MAX 8

void details_clear_lines(struct details *details)
{
	for (int i = 0; i < details->count; i++)
		free(details->lines[i].text);
	details->count = 0;
}

static int line_cells(const struct model *model)
{
	int cells = model->cols - 4 - DETAILS_LABEL_CELLS;

	return cells > 64 ? 64 : cells < 8 ? 8 : cells;
}

/* A line more; what does not fit in memory or the table is left out.  `text` stays the caller's. */
static struct details_line *add_line(struct details *details, const char *label, const char *text, size_t length)
{
	struct details_line *line;

	if (details->count == DETAILS_LINES_MAX)
		return NULL;
	line = &details->lines[details->count];
	*line = (struct details_line){.label = label, .role = ROLE_TEXT, .lead_role = ROLE_TEXT};
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
		struct details_line *line = add_line(details, first ? label : "", at, length);

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
	struct buf safe = {0};
	size_t at = 0;

	text_name(&safe, raw, length, details->model->ascii, PATH_LINES_MAX * line_cells(details->model));
	for (int lines = 0; !safe.failed && at < safe.length && lines < PATH_LINES_MAX; lines++) {
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
	buf_free(&safe);
}

/* What it is; of a device which one, once the disk has said so. */
static void add_type(struct details *details)
{
	const struct row *row = &details->row;
	const struct disk_check *check = details->checked && !details->checked->error ? details->checked : NULL;
	unsigned mode = check ? check->st.stx_mode : row->extended.known ? row->extended.mode : 0;

	if (row->is_dir || S_ISDIR(mode))
		add_text(details, _("type"), "%s",
		         row->dir_flags & DIR_MOUNT || row->flags & (ROW_OTHERFS | ROW_KERNFS)
		                 ? _("folder, another file system is mounted there")
		                 : _("folder"));
	else if (row->type == NODE_SYMLINK)
		add_text(details, _("type"), "%s", _("symbolic link"));
	else if (S_ISBLK(mode) || S_ISCHR(mode))
		add_text(details, _("type"), check ? "%s %u:%u" : "%s",
		         S_ISBLK(mode) ? _("block device") : _("character device"),
		         check ? check->st.stx_rdev_major : 0u, check ? check->st.stx_rdev_minor : 0u);
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
	if (details->checked && details->checked->newest_known)
		add_text(details, "", _("newest %s"), text_time(time, details->checked->newest_s));
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
	if (row->is_dir && row->growth_items && !row->by_items)
		buf_printf(&text, ngettext(", %c%s item", ", %c%s items", (unsigned long)llabs(row->growth_items)),
		           row->growth_items < 0 ? '-' : '+', text_count(age, (uint64_t)llabs(row->growth_items)));
	if (row->growth_bytes && row->by_items)
		text_count_delta(age, row->growth_bytes);
	else if (row->growth_bytes)
		text_delta(age, row->growth_bytes, model->settings.si);
	snprintf(lead, sizeof(lead), "%s%s", row->growth_bytes ? age : _("none"), trust_mark(row->growth_trust));
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

		live_growth_dir(watcher_live(model->watcher), row->dir, &alloc_bytes, &apparent_bytes);
		if (parent != DIR_NONE)
			live_growth_entry(watcher_live(model->watcher), parent, row->name, row->name_length,
			                  &named_alloc_bytes, &named_apparent_bytes);
		bytes = model->settings.apparent ? apparent_bytes + named_apparent_bytes
		                                 : alloc_bytes + named_alloc_bytes;
	}
	if (bytes)
		add_text(details, _("live"), _("%s since %s"), text_delta(figure, bytes, model->settings.si),
		         text_time(when, live_growth_since(watcher_live(model->watcher))) + 11);
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
	case TRUST_PARTIAL: add_text(details, _("figures"), "%s", _("~ being read, still climbing")); return;
	case TRUST_OLD:
		add_text(details, _("figures"), "%s %s", trust_mark(TRUST_OLD),
		         model->rereading  ? _("as it was: being read again")
		         : !row->unwatched ? _("as last known, not validated yet")
		         : row->is_dir     ? _("not every folder in it has a watch: looked at in turn")
		                           : _("its folder has no watch: looked at in turn"));
		return;
	case TRUST_UNKNOWN: add_text(details, _("figures"), "%s", _("? unknown")); return;
	default: break;
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
	const struct disk_check *check = details->checked;
	const struct statx *st = &check->st;
	bool si = details->model->settings.si;
	char figure[TEXT_FIGURE], links[TEXT_FIGURE], mode[11], id[2][16];
	struct buf text = {0};

	if (check->error) {
		buf_str(&text, check->error == ENOENT ? _("no longer there") : strerror(check->error));
		add(details, _("now"), ROLE_WARN, &text);
		return;
	}
	if (check->read_error) {
		buf_printf(&text, _("cannot be read: %s"), strerror(check->read_error));
		add(details, _("error"), ROLE_WARN, &text);
	}
	if (!details->row.is_dir && !(details->row.flags & ROW_LEAF) &&
	    figure_of_blocks(st->stx_blocks) != details->row.alloc_bytes)
		add_text(details, _("now"), _("%s on disk: changed since it was read"),
		         text_size(figure, figure_of_blocks(st->stx_blocks), si));
	if (S_ISLNK(st->stx_mode) && check->target_length > 0)
		add_path(details, _("link to"), check->target, (size_t)check->target_length);
	text = (struct buf){0};
	buf_printf(&text, _("%s on %u:%u"), text_count(figure, st->stx_ino), st->stx_dev_major, st->stx_dev_minor);
	if (*check->fs_type) {
		buf_printf(&text, " %s ", check->fs_type);
		text_safe(&text, check->mount, strlen(check->mount), details->model->ascii);
	}
	buf_printf(&text, _("   links %s"), text_count(links, st->stx_nlink));
	add(details, _("inode"), ROLE_TEXT, &text);
	snprintf(id[0], sizeof(id[0]), "%u", st->stx_uid);
	snprintf(id[1], sizeof(id[1]), "%u", st->stx_gid);
	add_text(details, _("owner"), _("%s:%s  %s  changed %s"), *check->user ? check->user : id[0],
	         *check->group ? check->group : id[1], mode_text(st->stx_mode, mode),
	         text_time(figure, st->stx_mtime.tv_sec));
	if (st->stx_mask & STATX_BTIME && st->stx_btime.tv_sec > 0)
		add_text(details, "", _("created %s"), text_time(figure, st->stx_btime.tv_sec));
}

/* What the tree itself remembers: of an import, a ghost, an old snapshot. */
static void add_remembered(struct details *details)
{
	const struct row *row = &details->row;
	char figure[TEXT_FIGURE], mode[11];

	if (details->checking) /* it will say all this, and more */
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

/** What made it, and the command that brings it back or frees it. */
static void add_cause(struct details *details)
{
	const struct row *row = &details->row;
	const char *name;
	const struct cause_rule *rule = row->origin != ROW_LIVE
	                                      ? NULL
	                                      : model_cause(details->model, details->folder, row->name,
	                                                    row->name_length, row->is_dir, &name);
	const char *command = rule && rule->again ? rule->again : rule ? rule->command : NULL;
	struct buf raw = {0}, safe = {0};

	if (!rule)
		return;
	if (command && command == rule->command && !cause_command(&raw, rule, details->path) &&
	    !text_safe(&safe, raw.data, raw.length, details->model->ascii))
		command = safe.data;
	if (command)
		add_text(details, _("cause"), "%s:  %s", name, command);
	else
		add_text(details, _("cause"), "%s", name);
	buf_free(&raw);
	buf_free(&safe);
}

static void add_all(struct details *details)
{
	add_sizes(details);
	add_items(details);
	add_growth(details);
	add_live(details);
	add_trust(details);
	add_type(details);
	if (details->checked)
		add_found(details);
	else
		add_remembered(details);
	add_cause(details);
}

/* Tab: the other names of a file, or the folders that hold names of what lies here. */
static void add_names(struct details *details)
{
	const struct name_search *search = details->searched;
	bool folder = details->row.is_dir, apparent = details->model->settings.apparent;
	const char *label = folder ? _("shared") : _("names");
	char count[TEXT_FIGURE];

	if (!search) {
		add_text(details, label, "%s", _("looking for them"));
		return;
	}
	if (search->rc)
		add_text(details, label, "%s", strerror(-search->rc));
	for (size_t i = 0; i < search->names.count && details->count < DETAILS_LINES_MAX - 2; i++) {
		const struct link_name *name = &search->names.items[i];

		if (folder)
			add_text(details, i ? "" : label, _("%s with"),
			         text_size(count, apparent ? name->apparent_bytes : name->alloc_bytes,
			                   details->model->settings.si));
		add_path(details, folder || i ? "" : label, name->path, strlen(name->path));
	}
	if (!search->rc && !search->names.count)
		add_text(details, label, "%s",
		         folder ? _("no other folder here; the names are elsewhere") : _("no other name here"));
	if (!folder && details->row.nlink > search->names.count + 1) {
		uint64_t missing = details->row.nlink - search->names.count - 1;

		add_text(details, "",
		         ngettext("%s more outside of what was read", "%s more outside of what was read", missing),
		         text_count(count, missing));
	}
}

void details_make_lines(struct details *details)
{
	details_clear_lines(details);
	refresh(details);
	add_path(details, _("path"), details->path, strlen(details->path));
	if (details->names_shown)
		add_names(details);
	else
		add_all(details);
	details->widest = 0;
	for (int i = 0; i < details->count; i++) {
		int width = DETAILS_LABEL_CELLS + canvas_width(details->lines[i].lead) +
		            canvas_width(details->lines[i].text);

		details->widest = width > details->widest ? width : details->widest;
	}
	details->generation = details->model->generation;
	details->cols = details->model->cols;
	details->made_at_s = clock_wall_s();
}
