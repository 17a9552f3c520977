/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_TIMELINE_H
#define STORE_SNAPSHOT_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/trend.h"
#include "store/db/store.h"

/*
 * One path through all snapshots of this machine that could hold it: those of its own root and of roots above, counted
 * as the newest was, in the order of their ids; in front of the first, by their declared dates, those that were
 * imported.
 */

enum timeline_what {
	TIMELINE_ABSENT,  /* the snapshot does not have it: nothing was there */
	TIMELINE_UNKNOWN, /* it was there and not counted: unreadable, not entered, left out */
	TIMELINE_DIR,
	TIMELINE_FILE,
};

struct timeline_point {
	int64_t snapshot_id; /* 0: of no snapshot, what is there now */
	int64_t time_s;      /* as it is stated; */
	bool doubtful_date;  /* where that cannot be right, or is not in the order of the ids, */
	int64_t at_s;        /* this is the place in time: never before the point in front */
	enum timeline_what what;
	bool partial; /* something below could not be read */
	bool trusted; /* taken on trust by a warm scan */
	uint64_t bytes, apparent_bytes, items;
};

struct timeline {
	struct timeline_point *points; /* oldest first */
	size_t count, capacity;
};

enum timeline_measure { TIMELINE_BYTES, TIMELINE_APPARENT, TIMELINE_ITEMS };

/** `path` is absolute; gone or there.  Empty where no snapshot could hold it.  0 or -errno with a sentence. */
int timeline_read(struct store *store, const char *path, struct timeline *out, struct err *err);
void timeline_clear(struct timeline *timeline);

/** Append a point behind the last: what is there now.  0 or -ENOMEM. */
int timeline_add(struct timeline *timeline, const struct timeline_point *point);

/** Is there a figure? */
bool timeline_known(const struct timeline_point *point);

uint64_t timeline_value(const struct timeline_point *point, enum timeline_measure measure);

/** Has any snapshot ever had it? */
bool timeline_ever(const struct timeline *timeline);

/** What it has grown between two points; nobody knows (FIGURE_UNKNOWN) where one has no figure. */
int64_t timeline_growth(const struct timeline_point *from, const struct timeline_point *to,
                        enum timeline_measure measure);

/** Its rate, from those whose dates are believed.  0 or -ENOMEM. */
int timeline_trend(const struct timeline *timeline, enum timeline_measure measure, int64_t window_s, struct trend *out);

#endif
