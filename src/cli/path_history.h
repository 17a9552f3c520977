/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_PATH_HISTORY_H
#define CLI_PATH_HISTORY_H

#include "cli/document.h"
#include "cli/options.h"
#include "store/snapshot/timeline.h"
#include "ui/screens/chart.h"

/* One path in every snapshot, how fast it grows, and when that fills its file system. */
struct path_history {
	struct buf path; /* absolute */
	struct timeline timeline;
	struct trend bytes, items;
	int64_t full_days; /* of bytes; -1 = that is not told */
	bool has_available;
	uint64_t available_bytes; /* to users, where the path is now */
};

/** -ENOENT with a sentence where no snapshot has it. */
int path_history_read(struct store *store, const char *path, struct path_history *out, struct err *err);
void path_history_clear(struct path_history *history);

/** The member `points`, and */
void path_history_points_json(struct document *json, const struct path_history *history);
/** the members `bytes_per_day` to `full_in_days`, in an object that is open. */
void path_history_json(struct document *json, const struct path_history *history);

/** What there is to draw of it. */
struct chart path_history_chart(const struct options *options, const struct path_history *history);

/**
 * Append its line of figures, with `rows` > 0 the chart below, as wide as the terminal.  `out->failed` without memory.
 */
void path_history_print(const struct options *options, const struct path_history *history, int rows, struct buf *out);

#endif
