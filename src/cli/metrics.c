/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds of the format (https://prometheus.io/docs/instrumenting/exposition_formats/ and the collector's own
 * rules): gauges only, no times beside the values, HELP and TYPE once and before their samples, the samples of a metric
 * together, `# EOF` at the end.  HELP must be the same to the byte in every file of the collector's folder, so none of
 * it is translated.  A figure that is not known has no sample: it is never 0.
 */
#include "cli/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/path_history.h"
#include "engine/account/account.h"
#include "store/diff/diff.h"
#include "store/snapshot/ref.h"

#define DEPTH_DEFAULT 2
#define WINDOW_DEFAULT "7d"

struct metrics {
	struct store *store;
	const struct image *image;
	const struct snapshot *snapshot;
	const char *window;
	struct buf *out;
	unsigned depth;
	uint64_t least;        /* bytes of a directory that is told of; the root always is */
	int64_t *growth;       /* by directory; FIGURE_UNKNOWN where it is not known; NULL = no window to tell of */
	struct buf root, path; /* labels */
};

/*
 * A label's value: valid UTF-8 or the whole file is refused.  Of two paths that would look the same then, each bears
 * a hash of its bytes.
 */
static void put_label(struct buf *out, const char *bytes, size_t length)
{
	bool lost = false;

	for (size_t at = 0; at < length;) {
		uint32_t code;
		size_t n = text_decode(bytes + at, length - at, &code);

		if (!n) {
			buf_str(out, "\xef\xbf\xbd");
			lost = true;
			n = 1;
		} else if (bytes[at] == '\n') {
			buf_str(out, "\\n");
		} else {
			if (bytes[at] == '\\' || bytes[at] == '"')
				buf_char(out, '\\');
			buf_add(out, bytes + at, n);
		}
		at += n;
	}
	if (lost)
		buf_printf(out, " [%08" PRIx32 "]", hash_bytes(0, bytes, length));
}

static void put_head(struct metrics *metrics, const char *name, const char *help)
{
	buf_printf(metrics->out, "# HELP disktracker_%s %s\n# TYPE disktracker_%s gauge\n", name, help, name);
}

static void put_root(struct metrics *metrics, const char *name, const char *help, int64_t value)
{
	put_head(metrics, name, help);
	buf_printf(metrics->out, "disktracker_%s{root=\"%s\"} %" PRId64 "\n", name, metrics->root.data, value);
}

enum measure { SIZE, APPARENT, ITEMS, GROWTH };

static void put_value(struct metrics *metrics, enum measure measure, uint32_t dir)
{
	const struct image *image = metrics->image;

	switch (measure) {
	case SIZE: buf_printf(metrics->out, "%" PRIu64 "\n", image->alloc_bytes[dir]); break;
	case APPARENT: buf_printf(metrics->out, "%" PRIu64 "\n", image->apparent_bytes[dir]); break;
	case ITEMS: buf_printf(metrics->out, "%" PRIu32 "\n", image->items[dir]); break;
	case GROWTH: buf_printf(metrics->out, "%" PRId64 "\n", metrics->growth[dir]); break;
	}
}

static bool is_known(const struct metrics *metrics, enum measure measure, uint32_t dir)
{
	switch (measure) {
	case SIZE: return metrics->image->alloc_bytes[dir] != FIGURE_BEYOND;
	case APPARENT: return metrics->image->apparent_bytes[dir] != FIGURE_BEYOND;
	case ITEMS: return true;
	case GROWTH: return metrics->growth[dir] != FIGURE_UNKNOWN;
	}
	return false;
}

static void put_directories(struct metrics *metrics, enum measure measure, const char *name, const char *help)
{
	const struct image *image = metrics->image;

	put_head(metrics, name, help);
	for (uint32_t i = 0; i < image->count;) {
		unsigned depth = image_depth(image, i);

		if (i != IMAGE_ROOT && (depth > metrics->depth || image->alloc_bytes[i] < metrics->least)) {
			i = image->end[i]; /* nothing below is larger */
			continue;
		}
		if (is_known(metrics, measure, i)) {
			buf_clear(&metrics->path);
			buf_str(&metrics->path, image->root_path);
			if (i != IMAGE_ROOT && metrics->path.data[metrics->path.length - 1] != '/')
				buf_char(&metrics->path, '/');
			if (i != IMAGE_ROOT)
				image_relative(image, i, &metrics->path);
			metrics->out->failed |= metrics->path.failed;
			buf_printf(metrics->out, "disktracker_%s{root=\"%s\",path=\"", name, metrics->root.data);
			if (!metrics->path.failed)
				put_label(metrics->out, metrics->path.data, metrics->path.length);
			if (measure == GROWTH)
				buf_printf(metrics->out, "\",window=\"%s", metrics->window);
			buf_str(metrics->out, "\"} ");
			put_value(metrics, measure, i);
		}
		i++;
	}
}

/* The snapshot that is as old as the window, or older; 0 = the history is shorter. */
static int find_baseline(struct metrics *metrics, int64_t *id, struct err *err)
{
	const struct snapshot *snapshot = metrics->snapshot;
	struct snapshot_list list = {0};
	struct buf note = {0};
	int rc = snapshot_list(metrics->store, snapshot->scan_root, snapshot->host, snapshot->options, &list, err);

	*id = 0;
	if (rc)
		return rc;
	rc = ref_find(&list, metrics->window, snapshot->finished_at, snapshot->id, id, &note, err);
	if (rc == -ENOENT || (!rc && (note.length || *id >= snapshot->id))) {
		*id = 0;
		rc = 0;
	}
	buf_free(&note);
	snapshot_list_clear(&list);
	return rc;
}

static int find_growth(struct metrics *metrics, struct err *err)
{
	const struct image *image = metrics->image;
	struct diff_options how = {.prefix_a = "",
	                           .prefix_b = "",
	                           .max_depth = (int)metrics->depth,
	                           .store = metrics->store};
	struct image *baseline = NULL;
	struct diff diff = {0};
	int64_t id;
	int rc = find_baseline(metrics, &id, err);

	if (rc || !id)
		return rc;
	rc = snapshot_image(metrics->store, id, &baseline, err);
	if (!rc)
		rc = diff_compute(baseline, image, &how, &diff, err);
	if (!rc) {
		metrics->growth = alloc_array(image->count, sizeof(*metrics->growth));
		rc = metrics->growth ? 0 : err_no_memory(err);
	}
	for (uint32_t i = 0; !rc && i < image->count; i++)
		metrics->growth[i] = image->flags[i] & IMAGE_READ_ERROR ? FIGURE_UNKNOWN : 0;
	for (size_t i = 0; !rc && i < diff.count; i++) {
		const struct diff_entry *entry = &diff.entries[i];

		if (entry->is_dir && entry->b != IMAGE_NONE)
			metrics->growth[entry->b] = entry->status == DIFF_UNKNOWN ? FIGURE_UNKNOWN : entry->delta_bytes;
	}
	diff_clear(&diff);
	image_free(baseline);
	return rc;
}

static void put_head_of_system(struct metrics *metrics, const char *name, const char *help, uint64_t value)
{
	put_head(metrics, name, help);
	buf_printf(metrics->out, "disktracker_%s{root=\"%s\"} %" PRIu64 "\n", name, metrics->root.data, value);
}

static void put_account(struct metrics *metrics, const struct account *account)
{
	const struct file_system_usage *usage = &account->fs.usage;

	put_head_of_system(metrics, "filesystem_size_bytes", "Size of the file system that the root lies in.",
	                   usage->size_bytes);
	put_head_of_system(metrics, "filesystem_used_bytes", "Used bytes of the file system that the root lies in.",
	                   usage->used_bytes);
	put_head_of_system(metrics, "filesystem_available_bytes",
	                   "Bytes of the file system that the root lies in which users may still have.",
	                   usage->available_bytes);
	put_head(metrics, "filesystem_account_bytes",
	         "Where the used bytes of the file system are; they add up to them.");
	for (int i = 0; i < ACCOUNT_REASONS; i++) {
		const struct account_line *line = &account->lines[i];

		if (line->bytes || !line->partial)
			buf_printf(metrics->out,
			           "disktracker_filesystem_account_bytes{root=\"%s\",reason=\"%s\"} %" PRId64 "\n",
			           metrics->root.data, account_reason_name(i), line->bytes);
	}
}

/* How fast the root grows, and when that has filled its file system, where that is a trend. */
static int put_forecast(struct metrics *metrics, struct err *err)
{
	struct path_history history;
	int rc = path_history_read(metrics->store, metrics->image->root_path, &history, err);

	if (rc)
		return rc == -ENOMEM ? rc : 0;
	if (history.bytes.known)
		put_root(metrics, "growth_bytes_per_day", "How fast the root grows now.", history.bytes.per_day);
	if (history.full_days >= 0 && history.full_days < INT64_MAX / 86400)
		put_root(metrics, "filesystem_full_seconds",
		         "Time until the file system that the root lies in is full, if the trend goes on.",
		         history.full_days * 86400);
	path_history_clear(&history);
	return 0;
}

/* What is of this machine as it is now: nothing of it is known of another one, or of a folder that is gone. */
static int put_file_system(struct metrics *metrics, struct err *err)
{
	const struct snapshot *snapshot = metrics->snapshot;
	struct account account;
	int rc;

	if (!snapshot_is_scan(snapshot) || strcmp(snapshot->host, store_host()))
		return 0;
	rc = put_forecast(metrics, err);
	if (rc)
		return rc;
	rc = account_of_image(metrics->image->root_path, metrics->image, IMAGE_ROOT, snapshot->finished_at,
	                      interrupt_flag(), &account, err);
	if (!rc) {
		put_account(metrics, &account);
		account_clear(&account);
	}
	return rc == -ENOMEM || rc == -ECANCELED ? rc : 0;
}

static int put_all(struct metrics *metrics, struct err *err)
{
	int rc;

	const struct snapshot *snapshot = metrics->snapshot;

	put_directories(metrics, SIZE, "directory_size_bytes", "Allocated size of a directory and all below it.");
	put_directories(metrics, APPARENT, "directory_apparent_size_bytes",
	                "Apparent size of a directory and all below it.");
	put_directories(metrics, ITEMS, "directory_items", "Entries below a directory at all levels.");
	if (metrics->growth)
		put_directories(metrics, GROWTH, "directory_growth_bytes",
		                "Change of the allocated size of a directory within the window.");
	put_root(metrics, "snapshot_time_seconds", "When the scan ended, Unix time.", snapshot->finished_at);
	put_root(metrics, "snapshot_duration_seconds", "How long the scan took.",
	         snapshot->finished_at > snapshot->started_at ? snapshot->finished_at - snapshot->started_at : 0);
	put_root(metrics, "snapshot_unreadable_items", "Entries that could not be read.", snapshot->error_count);
	rc = put_file_system(metrics, err);
	if (!rc)
		*err = (struct err){{0}}; /* of what cannot be told there are no samples */
	buf_str(metrics->out, "# EOF\n");
	return rc;
}

int metrics_write(struct store *store, const struct image *image, const struct snapshot *snapshot,
                  const struct options *options, struct buf *out, struct err *err)
{
	struct metrics metrics = {
		.store = store,
		.image = image,
		.snapshot = snapshot,
		.window = options->last ? options->last : WINDOW_DEFAULT,
		.out = out,
		.depth = options->depth < 0 ? DEPTH_DEFAULT : (unsigned)options->depth,
		.least = options->min_size > 0 ? (uint64_t)options->min_size : 0,
	};
	int64_t seconds;
	int rc;

	if (text_parse_duration(metrics.window, &seconds))
		return err_set(err, -EINVAL, _("--last: '%s' is not a duration like 7d or 24h"), metrics.window);
	put_label(&metrics.root, image->root_path, strlen(image->root_path));
	rc = metrics.root.failed ? err_no_memory(err) : find_growth(&metrics, err);
	if (!rc) {
		rc = put_all(&metrics, err);
		if (!rc && out->failed)
			rc = err_no_memory(err);
	}
	free(metrics.growth);
	buf_free(&metrics.root);
	buf_free(&metrics.path);
	return rc;
}
