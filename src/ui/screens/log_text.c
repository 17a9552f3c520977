/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/log_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/path.h"

const char *log_text_time(char out[TEXT_FIGURE], int64_t time_s)
{
	time_t time = (time_t)time_s;
	struct tm broken;

	if (!localtime_r(&time, &broken) || !strftime(out, TEXT_FIGURE, "%m-%d %H:%M:%S", &broken))
		snprintf(out, TEXT_FIGURE, "%lld", (long long)time_s);
	return out;
}

int64_t log_delta(const struct log_entry *entry)
{
	return entry->sized ? figure_told_delta(figure_difference(entry->new_bytes, entry->old_bytes)) : 0;
}

const char *log_text_change(char out[TEXT_FIGURE], const struct log_entry *entry, bool si)
{
	int64_t delta = log_delta(entry);

	if (entry->type == LOG_RENAME)
		return _("renamed");
	if (entry->type == LOG_OVERFLOW)
		return _("events lost");
	if (entry->type == LOG_RESYNC)
		return _("read again");
	if (delta)
		return text_delta(out, delta, si);
	return entry->type == LOG_CREATE ? _("created") : entry->type == LOG_DELETE ? _("deleted") : _("changed");
}

const char *log_text_size(char out[TEXT_FIGURE], const struct log_entry *entry, bool si)
{
	if (entry->type == LOG_DELETE)
		return "-";
	return entry->sized ? text_size(out, entry->new_bytes, si) : "";
}

static void add_path(struct buf *out, const char *path, const char *folder, bool is_dir, bool ascii)
{
	const char *name = path_below(path, folder), *slash = strrchr(path, '/');

	if (name && !*name)
		name = slash && slash[1] ? slash + 1 : path;
	else if (!name)
		name = path;
	text_safe(out, name, strlen(name), ascii);
	if (is_dir && strcmp(name, "/"))
		buf_char(out, '/');
}

int log_text_what(struct buf *out, const struct log_entry *entry, const char *folder, bool ascii)
{
	if (entry->old_path) {
		add_path(out, entry->old_path, folder, entry->is_dir, ascii);
		buf_str(out, " -> ");
	}
	add_path(out, entry->path, folder, entry->is_dir, ascii);
	return out->failed ? -1 : 0;
}

const char *log_text_tag(const struct log_entry *entry)
{
	return entry->type == LOG_CREATE ? _(" (new)") : entry->type == LOG_DELETE ? _(" (gone)") : "";
}
