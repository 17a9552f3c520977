/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/record/volume_growth.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/path.h"
#include "store/db/handle.h"
#include "store/record/size.h"
#include "store/snapshot/timeline.h"

#define NO_VOLUME SIZE_MAX

struct volume_lines {
	const struct volume_asked *asked;
	struct timeline *lines;
	struct size_answer *now;
	size_t *above; /* the nearest that each lies in */
	size_t count;
	struct store *store;
	struct err *err;
};

/* The deepest of the others that holds this one. */
static size_t nearest_above(const struct volume_asked *asked, size_t count, size_t of)
{
	size_t nearest = NO_VOLUME;

	for (size_t i = 0; i < count; i++)
		if (i != of && path_below(asked[of].point, asked[i].point) && strcmp(asked[of].point, asked[i].point) &&
		    (nearest == NO_VOLUME || strlen(asked[i].point) > strlen(asked[nearest].point)))
			nearest = i;
	return nearest;
}

/* What a snapshot has of a folder: 0 where it was not entered, or not there.  0 or -errno. */
static int of_snapshot(const struct volume_lines *all, size_t of, int64_t id, uint64_t *bytes)
{
	static const char sql[] =
		"SELECT v.total_bytes FROM snapshots s JOIN dirs p ON p.root_id=s.root_id JOIN dir_versions v"
		" ON v.dir_id=p.id AND v.first_id<=s.id AND v.last_id>=s.id WHERE s.id=?1 AND p.path=?2";
	sqlite3_stmt *row = store_prepare(all->store, sql, all->err);
	const char *point = all->asked[of].point;

	*bytes = 0;
	sqlite3_bind_int64(row, 1, id);
	sqlite3_bind_blob(row, 2, point, (int)strlen(point), SQLITE_STATIC);
	int rc = store_step(all->store, row, all->err);

	if (rc == 1)
		*bytes = (uint64_t)sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

/* What is its own in a snapshot that holds it.  1; 0 = the snapshot does not say; -errno. */
static int own(const struct volume_lines *all, size_t of, const struct timeline_point *point, uint64_t *bytes)
{
	struct figure sum = figure_of(point->bytes);
	uint64_t below;
	int rc = 0;

	if (point->what != TIMELINE_DIR || point->doubtful_date || point->bytes == FIGURE_BEYOND)
		return 0;
	for (size_t i = 0; !rc && i < all->count; i++) {
		if (all->above[i] != of)
			continue;
		rc = of_snapshot(all, i, point->snapshot_id, &below);
		figure_take(&sum, figure_of(below));
	}
	*bytes = figure_told(sum);
	return rc ? rc : 1;
}

/* The same now, where all of it is followed; `id`: the snapshot that says what a scan goes through. */
static int own_now(const struct volume_lines *all, size_t of, int64_t id, uint64_t *bytes)
{
	struct figure sum = figure_of(all->now[of].bytes);
	uint64_t below;
	bool known = all->now[of].live && all->now[of].known;
	int rc = 0;

	for (size_t i = 0; known && !rc && i < all->count; i++) {
		if (all->above[i] != of)
			continue;
		rc = of_snapshot(all, i, id, &below);
		if (!below)
			continue;
		known = all->now[i].known;
		figure_take(&sum, figure_of(all->now[i].bytes));
	}
	*bytes = figure_told(sum);
	return rc ? rc : known;
}

/* The points of a line that say what is its own. */
static int take_points(const struct volume_lines *all, size_t of, struct trend_point *points, size_t *count,
                       struct volume_growth *out)
{
	const struct timeline *line = &all->lines[of];
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < line->count; i++) {
		uint64_t bytes;

		rc = own(all, of, &line->points[i], &bytes);
		if (rc <= 0)
			continue;
		points[(*count)++] = (struct trend_point){line->points[i].at_s, bytes};
		out->snapshot_id = line->points[i].snapshot_id;
		out->time_s = line->points[i].time_s;
	}
	return rc < 0 ? rc : 0;
}

static int fill(const struct volume_lines *all, size_t of, struct volume_growth *out)
{
	struct trend_point *points = alloc_array(all->lines[of].count + 1, sizeof(*points));
	struct trend trend = {0};
	uint64_t now = 0;
	size_t n = 0;
	int live = 0;

	*out = (struct volume_growth){.bytes = FIGURE_UNKNOWN, .full_in_days = -1};
	if (!points)
		return err_no_memory(all->err);
	int rc = take_points(all, of, points, &n, out);

	if (!rc && n)
		live = own_now(all, of, out->snapshot_id, &now);
	if (live < 0)
		rc = live;
	else if (live)
		out->bytes = figure_growth(points[n - 1].value, now);
	else if (n > 1)
		out->bytes = figure_growth(points[n - 2].value, points[n - 1].value);
	out->old = !live;
	if (!rc && trend_recent(points, n, TREND_WINDOW_S, &trend))
		rc = err_no_memory(all->err);
	if (!rc && n && all->asked[of].known)
		out->full_in_days = trend_days_until(&trend, all->asked[of].available_bytes);
	free(points);
	return rc;
}

static int read_all(struct store *store, struct volume_lines *all, struct err *err)
{
	struct sizes *sizes = NULL;
	int rc = sizes_open(store, &sizes, err);

	for (size_t i = 0; !rc && i < all->count; i++) {
		all->above[i] = nearest_above(all->asked, all->count, i);
		rc = timeline_read(store, all->asked[i].point, &all->lines[i], err);
		if (!rc)
			rc = sizes_find(sizes, all->asked[i].point, &all->now[i], err);
	}
	sizes_close(sizes);
	return rc;
}

int volume_growth(struct store *store, const struct volume_asked *asked, size_t count, struct volume_growth *out,
                  struct err *err)
{
	struct volume_lines all = {
		.asked = asked,
		.lines = alloc_array(count + 1, sizeof(*all.lines)),
		.now = alloc_array(count + 1, sizeof(*all.now)),
		.above = alloc_array(count + 1, sizeof(*all.above)),
		.count = count,
		.store = store,
		.err = err,
	};
	int rc = all.lines && all.now && all.above ? read_all(store, &all, err) : err_no_memory(err);

	for (size_t i = 0; !rc && i < count; i++)
		rc = fill(&all, i, &out[i]);
	for (size_t i = 0; all.lines && i < count; i++)
		timeline_clear(&all.lines[i]);
	free(all.lines);
	free(all.now);
	free(all.above);
	return rc;
}
