/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/watch_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/document.h"
#include "cli/output.h"
#include "cli/retain.h"

/* What to name of a batch. */
struct largest {
	const char *path, *old_path; /* of what moved: where it was */
	const char *by;              /* who was seen doing it, or NULL */
	int64_t delta_bytes;
};

static uint64_t magnitude(int64_t delta)
{
	return delta < 0 ? 0 - (uint64_t)delta : (uint64_t)delta;
}

/*
 * The entry that changed most; the first of equals.  Without entries the deepest folder that changed most: what its
 * ancestors say as well.
 */
static struct largest find_largest(const struct batch *batch)
{
	struct largest most = {0};

	for (size_t i = 0; i < batch->change_count; i++) {
		const struct change *change = &batch->changes[i];
		int64_t delta = figure_told_delta(figure_difference(change->new_bytes, change->old_bytes));

		if (change->path && (!most.path || magnitude(delta) > magnitude(most.delta_bytes)))
			most = (struct largest){change->path, change->old_path, change->by, delta};
	}
	for (size_t i = 0; i < batch->dir_count && !batch->change_count; i++) {
		const struct change_dir *dir = &batch->dirs[i];
		int64_t delta = figure_told_delta(figure_difference(dir->bytes, dir->old_bytes));

		if (dir->path &&
		    (!most.path || magnitude(delta) > magnitude(most.delta_bytes) ||
		     (magnitude(delta) == magnitude(most.delta_bytes) && strlen(dir->path) > strlen(most.path))))
			most = (struct largest){dir->path, NULL, NULL, delta};
	}
	return most;
}

static int finish_line(struct buf *out, struct document *json)
{
	document_end_object(json);
	buf_add(out, json->out.data ? json->out.data : "", json->out.length);
	out->failed |= json->out.failed;
	document_free(json);
	return out->failed ? -ENOMEM : 0;
}

int watch_removed_line(struct buf *out, const struct snapshot_list *removed, int64_t time_s)
{
	struct document json = {.line = true};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_int(&json, "time", time_s);
	retain_json(&json, removed);
	return finish_line(out, &json);
}

static int json_line(struct buf *out, const struct batch *batch, const struct largest *most, const struct tree *tree)
{
	struct document json = {.line = true};
	struct node root;

	tree_dir_node(tree, DIR_ROOT, &root);
	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_int(&json, "time", batch->time_s);
	document_uint(&json, "batch", batch->number);
	document_growth(&json, "delta_bytes", batch->delta_bytes);
	document_size(&json, "total_bytes", root.alloc_bytes);
	document_uint(&json, "changes", batch->change_count);
	document_uint(&json, "folders", batch->dir_count);
	document_uint(&json, "events", batch->events);
	document_uint(&json, "overflows", batch->overflows);
	document_bool(&json, "incomplete", batch->incomplete);
	document_path(&json, "path", most->path);
	document_path(&json, "old_path", most->old_path);
	document_growth(&json, "path_delta_bytes", most->delta_bytes);
	document_text(&json, "by", most->by);
	return finish_line(out, &json);
}

static int text_line(struct buf *out, const struct batch *batch, const struct largest *most,
                     const struct options *options)
{
	char delta[TEXT_FIGURE], count[TEXT_FIGURE], when[TEXT_FIGURE];
	enum paint color = batch->delta_bytes ? options_color(options, STDOUT_FILENO) : PAINT_OFF;
	struct buf safe = {0}, old = {0}, by = {0};
	time_t time = (time_t)batch->time_s;
	struct tm broken;

	if (!localtime_r(&time, &broken) || !strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &broken))
		snprintf(when, sizeof(when), "%lld", (long long)batch->time_s);
	buf_printf(out, "%s  %s%11s%s  ", when, output_paint(color, batch->delta_bytes > 0 ? CELL_GROW : CELL_SHRINK),
	           text_delta(delta, batch->delta_bytes, options->si), color ? "\033[0m" : "");
	buf_printf(out, ngettext("%6s change   %s", "%6s changes  %s", batch->change_count),
	           text_count(count, batch->change_count), most->path ? output_safe(&safe, most->path) : "");
	if (most->old_path)
		buf_printf(out, _(" (moved from %s)"), output_safe(&old, most->old_path));
	if (most->by)
		buf_printf(out, _("  by %s"), output_safe(&by, most->by));
	buf_char(out, '\n');
	buf_free(&safe);
	buf_free(&old);
	buf_free(&by);
	return out->failed ? -ENOMEM : 0;
}

int watch_line(struct buf *out, const struct batch *batch, const struct tree *tree, const struct options *options)
{
	struct largest most = find_largest(batch);

	return options->json ? json_line(out, batch, &most, tree) : text_line(out, batch, &most, options);
}

void watch_begin_note(const char *path, const struct watcher_status *status, bool quiet)
{
	char count[TEXT_FIGURE], all[TEXT_FIGURE], how[sizeof(struct err) + 16];
	struct buf safe = {0};
	const char *root = output_safe(&safe, path);

	text_count(all, status->directories);
	snprintf(how, sizeof(how), "%s%s%s", status->notify.backend == NOTIFY_FANOTIFY ? "fanotify" : "inotify",
	         *status->notify.why_not ? "; " : "", status->notify.why_not);
	if (status->polled)
		output_note(_("watching %s: %s of %s folders (%s); the others are looked at in turn"
		              " (fs.inotify.max_user_watches limits it)"),
		            root, text_count(count, status->directories - status->polled), all, how);
	else if (!quiet)
		output_note(
			ngettext("watching %s: %s folder (%s)", "watching %s: %s folders (%s)", status->directories),
			root, all, how);
	buf_free(&safe);
}

int watch_gone(const char *path, enum root_fate fate, struct err *err)
{
	struct buf safe = {0};
	const char *root = output_safe(&safe, path);

	switch (fate) {
	case ROOT_UNMOUNTED:
		err_set(err, -ENOENT, _("%s is gone, its file system was unmounted: its last changes are not stored"),
		        root);
		break;
	case ROOT_COVERED:
		err_set(err, -ENOENT,
		        _("%s is gone, another file system was mounted over it: its last changes are not stored"),
		        root);
		break;
	case ROOT_REPLACED:
		err_set(err, -ENOENT, _("%s is gone, another folder is in its place: its last changes are not stored"),
		        root);
		break;
	default: err_set(err, -ENOENT, _("%s is gone: its last changes are not stored"), root);
	}
	buf_free(&safe);
	return -ENOENT;
}
