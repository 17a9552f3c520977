/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * csv and ndjson have one row per entry of the snapshot, directories before what is in them, siblings in the order of
 * their bytes: what a table-minded program (ClickHouse, DuckDB, a spreadsheet) loads as it is.
 */
#include "cli/export.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/metrics.h"
#include "cli/output.h"
#include "store/exchange/ncdu_export.h"
#include "store/files/file_list.h"

#define FLUSH_BYTES 65536

/* All has been written, or `rc` says why not: end what was begun, and name the target where it is the cause. */
static int finish(struct target *target, int rc, struct err *err)
{
	/* When the packer has ended the pipe, its cause is the one to name. */
	if (!rc || (rc == -EPIPE && target->level)) {
		int end = target_finish(target, err);

		return end ? end : rc;
	}
	return rc == -ENOSPC || rc == -EDQUOT || rc == -EFBIG ? target_failed(target, rc, err) : rc;
}

static struct ncdu_export_options how_to(const struct options *options, int depth, int64_t timestamp)
{
	return (struct ncdu_export_options){
		.extended = options->extended,
		.depth = depth,
		.timestamp = timestamp,
		.binary = options->format == FORMAT_NCDU_BINARY,
		.level = options->compress_level,
		.block_bytes = (size_t)options->export_block_kib << 10,
	};
}

int export_tree(const struct tree *tree, const struct options *options, int64_t timestamp, struct target *target,
                struct err *err)
{
	struct ncdu_export_options how = how_to(options, -1, timestamp);
	int rc = target_begin(target, err);

	if (!rc)
		rc = ncdu_export_tree(tree, &how, target->fd, err);
	return finish(target, rc, err);
}

/* ---- rows ---- */

struct rows {
	struct store *store;
	const struct image *image;
	const struct snapshot *snapshot;
	const struct options *options;
	int fd;
	struct buf out;
	struct buf path;   /* absolute path of the entry at hand */
};

/* One row.  Figures of a directory are those of its subtree. */
struct export_row {
	bool is_dir;
	unsigned depth;
	uint64_t bytes, apparent_bytes, items, files;
	int64_t mtime;
	uint32_t errors;
};

static int flush(struct rows *rows, size_t least)
{
	if (rows->out.failed || rows->path.failed)
		return -ENOMEM;
	if (rows->out.length < least)
		return 0;
	int rc = target_write(rows->fd, rows->out.data, rows->out.length);

	buf_clear(&rows->out);
	return rc;
}

/*
 * RFC 4180: in quotes, quotes doubled.  What is in them is safe to print, as on a screen, and no formula to a
 * spreadsheet: those begin with one of four signs, and with a ' in front are text.  True when the cell is not the very
 * bytes.
 */
static bool csv_bytes(struct buf *out, const char *bytes, size_t n)
{
	struct buf safe = {0};
	bool formula = n && memchr("=+-@", bytes[0], 4);

	text_safe(&safe, bytes, n, false);
	buf_str(out, formula ? "\"'" : "\"");
	for (size_t i = 0; i < safe.length; i++) {
		if (safe.data[i] == '"')
			buf_char(out, '"');
		buf_char(out, safe.data[i]);
	}
	buf_char(out, '"');
	bool same = !formula && safe.length == n && (!n || !memcmp(safe.data, bytes, n));

	out->failed |= safe.failed;
	buf_free(&safe);
	return !same;
}

static void csv_row(struct rows *rows, const struct export_row *row)
{
	struct buf *out = &rows->out;
	bool changed = csv_bytes(out, rows->path.data, rows->path.length);

	buf_printf(out,
	           ",%d,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRId64 ",%" PRIu32 ",%" PRId64 ",%" PRId64
	           ",",
	           row->is_dir, row->depth, row->bytes, row->apparent_bytes, row->items, row->files, row->mtime,
	           row->errors, rows->snapshot->id, rows->snapshot->finished_at);
	csv_bytes(out, rows->snapshot->host, strlen(rows->snapshot->host));
	buf_char(out, ',');
	if (changed)
		text_base64(out, rows->path.data, rows->path.length);
	buf_str(out, "\r\n");
}

static void json_row(struct rows *rows, const struct export_row *row)
{
	struct buf *out = &rows->out;
	bool lost = false, host_lost = false;

	buf_str(out, "{\"path\":");
	text_json(out, rows->path.data, rows->path.length, &lost);
	if (lost) {
		buf_str(out, ",\"path_b64\":\"");
		text_base64(out, rows->path.data, rows->path.length);
		buf_char(out, '"');
	}
	buf_printf(out,
	           ",\"is_dir\":%s,\"depth\":%u,\"bytes\":%" PRIu64 ",\"apparent_bytes\":%" PRIu64 ",\"items\":%" PRIu64
	           ",\"files\":%" PRIu64 ",\"mtime\":%" PRId64 ",\"errors\":%" PRIu32 ",\"snapshot_id\":%" PRId64
	           ",\"time\":%" PRId64 ",\"host\":",
	           row->is_dir ? "true" : "false", row->depth, row->bytes, row->apparent_bytes, row->items, row->files,
	           row->mtime, row->errors, rows->snapshot->id, rows->snapshot->finished_at);
	text_json(out, rows->snapshot->host, strlen(rows->snapshot->host), &host_lost);
	if (row->bytes == FIGURE_BEYOND)
		buf_str(out, ",\"bytes_beyond\":true");
	if (row->apparent_bytes == FIGURE_BEYOND)
		buf_str(out, ",\"apparent_bytes_beyond\":true");
	buf_str(out, "}\n");
}

static int add_row(struct rows *rows, const struct export_row *row)
{
	if (rows->options->format == FORMAT_CSV)
		csv_row(rows, row);
	else
		json_row(rows, row);
	return flush(rows, FLUSH_BYTES);
}

static int add_files(struct rows *rows, uint32_t dir, unsigned depth, struct err *err)
{
	size_t folder = rows->path.length;
	struct file_list list;
	int rc = file_list_read(rows->store, rows->image, dir, &list, err);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < list.count; i++) {
		const struct file_entry *file = &list.items[i];
		struct export_row row = {
			.is_dir = file->type == NODE_DIR,
			.depth = depth,
			.bytes = file->alloc_bytes,
			.apparent_bytes = file->apparent_bytes,
			.mtime = file->mtime_s,
			.errors = (file->flags & ROW_ERROR) != 0,
		};

		rows->path.length = folder;
		if (!folder || rows->path.data[folder - 1] != '/')
			buf_char(&rows->path, '/');
		buf_add(&rows->path, file->name, file->name_length);
		rc = add_row(rows, &row);
	}
	rows->path.length = folder;
	file_list_clear(&list);
	return rc;
}

static int add_rows(struct rows *rows, struct err *err)
{
	const struct image *image = rows->image;
	unsigned limit = rows->options->depth < 0 ? UINT32_MAX : (unsigned)rows->options->depth;

	if (rows->options->format == FORMAT_CSV)
		buf_str(&rows->out,
		        "path,is_dir,depth,bytes,apparent_bytes,items,files,mtime,errors,snapshot_id,time,host,"
		        "path_b64\r\n");
	for (uint32_t i = 0; i < image->count;) {
		unsigned depth = image_depth(image, i);
		struct export_row row = {
			.is_dir = true,
			.depth = depth,
			.bytes = image->alloc_bytes[i],
			.apparent_bytes = image->apparent_bytes[i],
			.items = image->items[i],
			.files = image->files[i],
			.mtime = image_mtime_s(image, i),
			.errors = image->errors[i],
		};

		if (atomic_load_explicit(interrupt_flag(), memory_order_relaxed))
			return err_set(err, -ECANCELED, "%s", _("interrupted"));
		if (depth > limit) {
			i = image->end[i];
			continue;
		}
		buf_clear(&rows->path);
		buf_str(&rows->path, image->root_path);
		if (i != IMAGE_ROOT) {
			if (rows->path.length && rows->path.data[rows->path.length - 1] != '/')
				buf_char(&rows->path, '/');
			image_relative(image, i, &rows->path);
		}
		int rc = add_row(rows, &row);

		if (!rc && depth < limit)
			rc = add_files(rows, i, depth + 1, err);
		if (rc)
			return rc;
		i++;
	}
	return 0;
}

/* What snapshots do not hold is said, not left out in silence. */
static void note_folded(const struct image *image)
{
	for (uint32_t i = 0; i < image->count; i++)
		if (image->flags[i] & IMAGE_FOLDED) {
			output_note(
				"%s",
				_("folders with paths of more than 4096 bytes are not in snapshots one by one: they"
				  " are counted in the last one that is"));
			return;
		}
}

int export_snapshot(struct store *store, const struct snapshot *snapshot, const struct options *options,
                    struct target *target, struct err *err)
{
	struct ncdu_export_options how = how_to(options, options->depth, snapshot->finished_at);
	struct rows rows = {.store = store, .snapshot = snapshot, .options = options};
	struct image *image = NULL;
	int rc;

	store_read_begin(store);
	rc = snapshot_image(store, snapshot->id, &image, err);

	if (!rc)
		rc = target_begin(target, err);
	if (!rc && (options->format == FORMAT_NCDU || options->format == FORMAT_NCDU_BINARY)) {
		rc = ncdu_export_snapshot(store, image, &how, target->fd, err);
	} else if (!rc) {
		rows.image = image;
		rows.fd = target->fd;
		rc = options->format == FORMAT_PROMETHEUS
		             ? metrics_write(store, image, snapshot, options, &rows.out, err)
		             : add_rows(&rows, err);
		if (!rc)
			rc = flush(&rows, 1);
		if (rc && rc != -EPIPE && !err->text[0])
			err_set(err, rc, _("the export failed: %s"), strerror(-rc));
		buf_free(&rows.out);
		buf_free(&rows.path);
	}
	store_read_end(store);
	rc = finish(target, rc, err);
	if (!rc)
		note_folded(image);
	if (image)
		image_free(image);
	return rc;
}
