/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One query, however many snapshots there are: the versions of the directory, each valid for a run of snapshots.  One
 * more for those that have no such directory: there the folder it would lie in says whether it is a file, or nothing.
 */
#include "store/snapshot/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/path.h"
#include "engine/image/image.h"
#include "store/db/handle.h"
#include "store/files/file_search.h"
#include "store/snapshot/snapshot.h"

void timeline_clear(struct timeline *timeline)
{
	free(timeline->points);
	*timeline = (struct timeline){0};
}

int timeline_add(struct timeline *timeline, const struct timeline_point *point)
{
	if (alloc_room(&timeline->points, &timeline->capacity, timeline->count + 1))
		return -ENOMEM;
	timeline->points[timeline->count++] = *point;
	return 0;
}

bool timeline_known(const struct timeline_point *point)
{
	return point->what != TIMELINE_UNKNOWN;
}

uint64_t timeline_value(const struct timeline_point *point, enum timeline_measure measure)
{
	return measure == TIMELINE_BYTES ? point->bytes
	     : measure == TIMELINE_ITEMS ? point->items
	                                 : point->apparent_bytes;
}

bool timeline_ever(const struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->count; i++)
		if (timeline->points[i].what != TIMELINE_ABSENT)
			return true;
	return false;
}

int64_t timeline_growth(const struct timeline_point *from, const struct timeline_point *to,
                        enum timeline_measure measure)
{
	if (!timeline_known(from) || !timeline_known(to))
		return FIGURE_UNKNOWN;
	return figure_growth(timeline_value(from, measure), timeline_value(to, measure));
}

int timeline_trend(const struct timeline *timeline, enum timeline_measure measure, int64_t window_s, struct trend *out)
{
	struct trend_point *points = alloc_array(timeline->count + 1, sizeof(*points));
	size_t count = 0;
	int rc;

	*out = (struct trend){0};
	if (!points)
		return -ENOMEM;
	for (size_t i = 0; i < timeline->count; i++) {
		const struct timeline_point *point = &timeline->points[i];
		uint64_t value = timeline_value(point, measure);

		/* Before it came, and after it went, nothing grew. */
		if (point->what != TIMELINE_DIR && point->what != TIMELINE_FILE)
			count = 0;
		else if (!point->doubtful_date && value != FIGURE_BEYOND)
			points[count++] = (struct trend_point){point->at_s, value};
	}
	rc = trend_recent(points, count, window_s, out);
	free(points);
	return rc;
}

/* ---- which snapshots ---- */

/* The snapshots of the line, oldest first, with their chains; pointers into the list. */
struct line {
	const struct snapshot **items;
	size_t count;
};

/* How the newest scan of the deepest root counted; NULL = there is no scan. */
static const struct snapshot *head_of(const struct snapshot_list *list, const char *path)
{
	const struct snapshot *head = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct snapshot *item = &list->items[i];

		if (snapshot_is_scan(item) && path_below(path, item->scan_root) &&
		    (!head || strlen(item->scan_root) > strlen(head->scan_root)))
			head = item;
	}
	return head;
}

static int choose(const struct snapshot_list *list, const char *path, struct line *out)
{
	const struct snapshot *head = head_of(list, path);
	int64_t first_s = INT64_MAX; /* of the scans, as far as that is believed */

	out->items = alloc_array(list->count + 1, sizeof(struct snapshot *));
	out->count = 0;
	if (!out->items)
		return -ENOMEM;
	for (size_t i = 0; head && i < list->count; i++) {
		const struct snapshot *item = &list->items[i];

		if (snapshot_is_scan(item) && !strcmp(item->options, head->options) &&
		    path_below(path, item->scan_root) && !item->doubtful_date && item->finished_at < first_s)
			first_s = item->finished_at;
	}
	/* The list is newest first, scans before imports: from its end on. */
	for (size_t i = list->count; i-- > 0;) {
		const struct snapshot *item = &list->items[i];
		bool fits = snapshot_is_scan(item) ? head && !strcmp(item->options, head->options)
		                                   : item->finished_at < first_s;

		if (fits && path_below(path, item->scan_root))
			out->items[out->count++] = item;
	}
	return 0;
}

/* A place in time for each, never before the one in front, whatever the clocks said. */
static void place_in_time(struct timeline *timeline)
{
	int64_t at = INT64_MIN;

	for (size_t i = 0; i < timeline->count; i++) {
		struct timeline_point *point = &timeline->points[i];

		if (!point->doubtful_date && point->time_s < at) /* of two roots, one clock was wrong */
			point->doubtful_date = true;
		if (!point->doubtful_date)
			at = point->time_s;
		point->at_s = at;
	}
	/* In front of the first that is believed; where none is, all are at one time. */
	for (size_t i = timeline->count; i-- > 0;) {
		if (timeline->points[i].at_s != INT64_MIN)
			at = timeline->points[i].at_s;
		else
			timeline->points[i].at_s = at == INT64_MIN ? timeline->points[0].time_s : at;
	}
}

/* ---- what was there ---- */

/* The versions of one folder: the path itself, or one above in which `name` leads to it. */
struct versions {
	struct store *store;
	const struct line *line;
	struct timeline *timeline;
	bool *settled; /* per point: what was there is known */
	struct err *err;
	const char *name; /* NULL = the path itself */
	size_t name_length;
	bool parent; /* it lies in this folder */
	struct file_search search;
};

static void take_directory(sqlite3_stmt *row, struct timeline_point *found)
{
	found->what = sqlite3_column_int64(row, 7) & IMAGE_READ_ERROR ? TIMELINE_UNKNOWN : TIMELINE_DIR;
	found->partial = sqlite3_column_int64(row, 6) != 0;
	found->bytes = (uint64_t)sqlite3_column_int64(row, 3);
	found->apparent_bytes = (uint64_t)sqlite3_column_int64(row, 4);
	found->items = (uint64_t)sqlite3_column_int64(row, 5);
}

/* The next name on the way is no directory here: a file, nothing, or something that was not looked into. */
static int take_entry(struct versions *versions, sqlite3_stmt *row, struct timeline_point *found)
{
	const unsigned not_counted = ROW_ERROR | ROW_EXCLUDED | ROW_OTHERFS | ROW_KERNFS;
	struct file_entry entry;
	int rc = file_search(versions->store, &versions->search, sqlite3_column_blob(row, 8),
	                     (size_t)sqlite3_column_bytes(row, 8), versions->name, versions->name_length, &entry,
	                     versions->err);

	if (rc < 0)
		return rc;
	if (!rc) {
		bool read = !(sqlite3_column_int64(row, 7) & (IMAGE_READ_ERROR | IMAGE_FOLDED));

		found->what = read ? TIMELINE_ABSENT : TIMELINE_UNKNOWN;
	} else if (entry.flags & not_counted) {
		found->what = TIMELINE_UNKNOWN;
	} else if (versions->parent) {
		found->what = TIMELINE_FILE;
		found->bytes = entry.alloc_bytes;
		found->apparent_bytes = entry.apparent_bytes;
	}
	return 0;
}

/* One version: what it says holds for the snapshots of its chain from the first to the last. */
static int take_version(struct versions *versions, sqlite3_stmt *row)
{
	int64_t root = sqlite3_column_int64(row, 0);
	int64_t first = sqlite3_column_int64(row, 1), last = sqlite3_column_int64(row, 2);
	struct timeline_point found = {0};
	bool asked = false;
	int rc = 0;

	for (size_t i = 0; !rc && i < versions->line->count; i++) {
		const struct snapshot *snapshot = versions->line->items[i];
		struct timeline_point *point = &versions->timeline->points[i];

		if (snapshot->root_id != root || snapshot->id < first || snapshot->id > last || versions->settled[i])
			continue;
		if (!asked && versions->name)
			rc = take_entry(versions, row, &found);
		else if (!asked)
			take_directory(row, &found);
		asked = versions->settled[i] = true;
		point->what = found.what;
		point->partial = found.partial;
		point->bytes = found.bytes;
		point->apparent_bytes = found.apparent_bytes;
		point->items = found.items;
	}
	return rc;
}

static int read_versions(struct versions *versions, const char *path, size_t length)
{
	static const char sql[] =
		"SELECT p.root_id, v.first_id, v.last_id, v.total_bytes, v.apparent_bytes, v.item_count, v.error_count,"
		" v.flags, v.lists FROM dirs p CROSS JOIN dir_versions v ON v.dir_id=p.id WHERE p.path=?1";
	sqlite3_stmt *rows = store_prepare(versions->store, sql, versions->err);
	int rc;

	sqlite3_bind_blob(rows, 1, path, (int)length, SQLITE_STATIC);
	while ((rc = store_step(versions->store, rows, versions->err)) == 1) {
		rc = take_version(versions, rows);
		if (rc)
			break;
	}
	sqlite3_finalize(rows);
	return rc;
}

static bool all_settled(const struct versions *versions)
{
	for (size_t i = 0; i < versions->line->count; i++)
		if (!versions->settled[i])
			return false;
	return true;
}

/* The directory; where some snapshot has none, what the nearest folder above it that was there says. */
static int read_points(struct versions *versions, const char *path)
{
	size_t length = strlen(path);
	int rc = read_versions(versions, path, length);

	for (bool parent = true; !rc && length > 1 && !all_settled(versions); parent = false) {
		size_t name = length;

		while (name && path[name - 1] != '/')
			name--;
		if (!name)
			break;
		file_search_clear(&versions->search);
		versions->name = path + name;
		versions->name_length = length - name;
		versions->parent = parent;
		length = name > 1 ? name - 1 : 1;
		rc = read_versions(versions, path, length);
	}
	file_search_clear(&versions->search);
	return rc;
}

int timeline_read(struct store *store, const char *path, struct timeline *out, struct err *err)
{
	struct snapshot_list list = {0};
	struct line line = {0};
	bool *settled = NULL;
	int rc;

	*out = (struct timeline){0};
	store_read_begin(store);
	rc = snapshot_list(store, NULL, store_host(), NULL, &list, err);
	if (!rc && choose(&list, path, &line))
		rc = err_no_memory(err);
	for (size_t i = 0; !rc && i < line.count; i++) {
		struct timeline_point point = {.snapshot_id = line.items[i]->id,
		                               .time_s = line.items[i]->finished_at,
		                               .doubtful_date = line.items[i]->doubtful_date,
		                               .trusted = line.items[i]->trusted};

		if (timeline_add(out, &point))
			rc = err_no_memory(err);
	}
	if (!rc && !(settled = alloc_array(line.count + 1, sizeof(*settled))))
		rc = err_no_memory(err);
	if (!rc && line.count) {
		struct versions versions = {.store = store,
		                            .line = &line,
		                            .timeline = out,
		                            .settled = settled,
		                            .err = err};

		place_in_time(out);
		rc = read_points(&versions, path);
	}
	store_read_end(store);
	if (rc)
		timeline_clear(out);
	free(settled);
	free(line.items);
	snapshot_list_clear(&list);
	return rc;
}
