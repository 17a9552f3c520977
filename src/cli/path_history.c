/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/path_history.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/output.h"
#include "store/snapshot/ref.h"
#include "ui/screens/chart.h"

#define COLS 80 /* where the output is no terminal */

static int find(struct store *store, const char *path, struct path_history *out, struct err *err)
{
	struct buf safe = {0}, word = {0};
	int rc = ref_resolve(path, &out->path);

	if (rc)
		err_set(err, rc, _("cannot find %s: %s"), output_safe(&safe, path), strerror(-rc));
	else
		rc = timeline_read(store, out->path.data, &out->timeline, err);
	if (!rc && !out->timeline.count) {
		text_shell(&word, out->path.data, out->path.length);
		rc = err_set(err, -ENOENT, _("there is no snapshot of %s; make one with: disktracker scan %s"),
		             output_safe(&safe, out->path.data), word.data ? word.data : "PATH");
	} else if (!rc && !timeline_ever(&out->timeline)) {
		rc = err_set(err, -ENOENT, _("%s is in no snapshot; disktracker list shows what there is"),
		             output_safe(&safe, out->path.data));
	}
	buf_free(&safe);
	buf_free(&word);
	return rc;
}

int path_history_read(struct store *store, const char *path, struct path_history *out, struct err *err)
{
	struct statvfs fs;
	int rc;

	*out = (struct path_history){.full_days = -1};
	rc = find(store, path, out, err);
	if (!rc && (timeline_trend(&out->timeline, TIMELINE_BYTES, TREND_WINDOW_S, &out->bytes) ||
	            timeline_trend(&out->timeline, TIMELINE_ITEMS, TREND_WINDOW_S, &out->items)))
		rc = err_no_memory(err);
	if (rc) {
		path_history_clear(out);
	} else if (!statvfs(out->path.data, &fs) && fs.f_blocks) {
		out->has_available = true;
		out->available_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
		out->full_days = trend_days_until(&out->bytes, out->available_bytes);
	}
	return rc;
}

void path_history_clear(struct path_history *history)
{
	timeline_clear(&history->timeline);
	buf_free(&history->path);
}

static void point_json(struct document *json, const struct timeline_point *point)
{
	document_object(json, NULL);
	document_int(json, "snapshot_id", point->snapshot_id);
	document_int(json, "time", point->time_s);
	if (timeline_known(point)) {
		document_size(json, "bytes", point->bytes);
		document_uint(json, "items", point->items);
		document_size(json, "apparent_bytes", point->apparent_bytes);
	} else {
		document_null(json, "bytes");
		document_null(json, "items");
		document_null(json, "apparent_bytes");
	}
	document_bool(json, "doubtful_date", point->doubtful_date);
	document_bool(json, "trusted", point->trusted);
	document_bool(json, "partial", point->partial);
	document_text(json, "reason",
	              point->what == TIMELINE_ABSENT    ? _("it was not there")
	              : point->what == TIMELINE_UNKNOWN ? _("it was not read")
	                                                : NULL);
	document_end_object(json);
}

void path_history_points_json(struct document *json, const struct path_history *history)
{
	document_array(json, "points");
	for (size_t i = 0; i < history->timeline.count; i++)
		point_json(json, &history->timeline.points[i]);
	document_end_array(json);
}

void path_history_json(struct document *json, const struct path_history *history)
{
	document_growth(json, "bytes_per_day", history->bytes.known ? history->bytes.per_day : FIGURE_UNKNOWN);
	document_growth(json, "items_per_day", history->items.known ? history->items.per_day : FIGURE_UNKNOWN);
	document_bool(json, "trend", history->bytes.holds);
	document_growth(json, "full_in_days", history->full_days < 0 ? FIGURE_UNKNOWN : history->full_days);
}

struct chart path_history_chart(const struct options *options, const struct path_history *history)
{
	return (struct chart){.timeline = &history->timeline,
	                      .measure = options->items ? TIMELINE_ITEMS : TIMELINE_BYTES,
	                      .si = options->si,
	                      .picked = -1,
	                      .trend = options->items ? history->items : history->bytes,
	                      .full_days = options->items ? -1 : history->full_days};
}

static int terminal_cols(void)
{
	struct winsize window;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) || !window.ws_col)
		return COLS;
	return window.ws_col < 40 ? 40 : window.ws_col > 400 ? 400 : window.ws_col;
}

void path_history_print(const struct options *options, const struct path_history *history, int rows, struct buf *out)
{
	struct chart chart = path_history_chart(options, history);
	struct canvas canvas = {0};

	if (history->timeline.count < 2 || options->spoken)
		rows = 0; /* of one there is nothing to draw */
	if (canvas_resize(&canvas, 1 + rows, terminal_cols())) {
		out->failed = true;
		return;
	}
	canvas.ascii = output_ascii(options);
	chart_paint_summary(&chart, &canvas, 0, 0);
	chart_paint(&chart, &canvas, 1, rows);
	canvas_print(&canvas, out);
	canvas_free(&canvas);
}
