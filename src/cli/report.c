/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/path.h"
#include "cli/cmd_df.h"
#include "cli/cmd_diff.h"
#include "cli/cmd_explain.h"
#include "cli/growers.h"
#include "cli/interrupt.h"
#include "cli/output.h"

#define LARGE_BYTES (1024 * 1024) /* the text tells of no smaller files, nor changes */

static int by_size(const void *left, const void *right)
{
	const struct diff_entry *a = *(struct diff_entry *const *)left, *b = *(struct diff_entry *const *)right;

	if (a->bytes_b != b->bytes_b)
		return a->bytes_b > b->bytes_b ? -1 : 1;
	return strcmp(a->path, b->path);
}

static int sort_out(struct report *report)
{
	const struct diff *diff = &report->comparison.diff;
	uint64_t least = report->whole ? 0 : LARGE_BYTES;

	report->files = alloc_array(diff->count, sizeof(struct diff_entry *));
	if (!report->files)
		return -ENOMEM;
	for (size_t i = 0; i < diff->count; i++) {
		struct diff_entry *entry = &diff->entries[i];

		if (!entry->is_dir && entry->status == DIFF_NEW && entry->bytes_b >= least)
			report->files[report->file_count++] = entry;
	}
	qsort(report->files, report->file_count, sizeof(struct diff_entry *), by_size);
	return growers_find(&report->comparison, least, &report->growers);
}

/* A file of causes with a mistake costs the causes, and is told. */
static int explain(struct store *store, struct report *report, struct err *err)
{
	int rc = explanation_make(store, &report->options, false, &report->explanation, err);

	report->explained = !rc;
	if (rc && rc != -ENOMEM)
		output_note("%s", err->text);
	return rc == -ENOMEM ? rc : 0;
}

/* A folder that is gone, or of another machine, is in no file system. */
static int account(struct report *report, const struct image *image, uint32_t dir, struct err *err)
{
	const struct comparison *comparison = &report->comparison;
	int rc = account_of_image(comparison->path.data, image, dir, comparison->to.finished_at, interrupt_flag(),
	                          &report->account, err);

	report->has_account = !rc;
	return rc == -ENOMEM || rc == -ECANCELED ? rc : 0;
}

/* What the newer snapshot holds; nothing of a folder that it does not have. */
static int now(struct store *store, struct report *report, struct err *err)
{
	const struct comparison *comparison = &report->comparison;
	const struct snapshot *to = &comparison->to;
	const char *relative = path_below(comparison->base_b.data, to->scan_root);
	struct image *image;
	int rc = 0;

	store_read_begin(store);
	image = snapshot_mapped(store, to);
	if (!image)
		rc = snapshot_image(store, to->id, &image, err);
	uint32_t dir = !rc && relative ? image_lookup(image, relative, strlen(relative)) : IMAGE_NONE;

	if (dir != IMAGE_NONE && report->whole)
		rc = report_tree_make(store, image, dir, comparison->base_b.data, &report->tree, err);
	if (!rc && dir != IMAGE_NONE)
		rc = account(report, image, dir, err);
	if (!rc && image_lost(image))
		rc = err_set(err, -EIO, "%s", _("the index was cut short while it was read: try again"));
	store_read_end(store);
	image_free(image);
	return rc;
}

int report_make(struct store *store, struct report *report, struct err *err)
{
	struct comparison *comparison = &report->comparison;
	int rc = comparison_find(store, &report->options, comparison, err);

	if (!rc)
		rc = comparison_make(store, &report->options, comparison, err);
	if (!rc)
		rc = path_history_read(store, comparison->path.data, &report->history, err);
	if (!rc && sort_out(report))
		rc = err_no_memory(err);
	if (!rc)
		rc = explain(store, report, err);
	if (!rc)
		rc = now(store, report, err);
	if (!rc)
		comparison_note(&report->options, comparison);
	return rc;
}

void report_clear(struct report *report)
{
	free(report->growers.entries);
	free(report->files);
	path_history_clear(&report->history);
	explanation_clear(&report->explanation);
	report_tree_clear(&report->tree);
	if (report->has_account)
		account_clear(&report->account);
	comparison_clear(&report->comparison);
}

/* ---- JSON ---- */

int report_json(const struct report *report)
{
	const struct comparison *comparison = &report->comparison;
	const struct timeline *timeline = &report->history.timeline;
	const struct timeline_point *last = &timeline->points[timeline->count - 1];
	size_t most = (size_t)report->options.top;
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "root", comparison->to.scan_root);
	document_path(&json, "path", comparison->base_b.data);
	document_int(&json, "from", comparison->from.id);
	document_int(&json, "to", comparison->to.id);
	document_int(&json, "from_time", comparison->from.finished_at);
	document_int(&json, "to_time", comparison->to.finished_at);
	if (timeline_known(last))
		document_size(&json, "bytes", last->bytes);
	else
		document_null(&json, "bytes");
	document_growth(&json, "net_bytes", comparison->diff.net_bytes);
	document_uint(&json, "unknown_entries", comparison->diff.unknown_entries);
	document_size(&json, "unknown_bytes", comparison->diff.unknown_bytes);
	document_text(&json, "note", comparison->note.length ? comparison->note.data : NULL);
	document_array(&json, "growers");
	for (size_t i = 0; i < report->growers.count && i < most; i++)
		diff_entry_json(&json, comparison, &report->growers.entries[i]);
	document_end_array(&json);
	document_array(&json, "new_files");
	for (size_t i = 0; i < report->file_count && i < most; i++) {
		document_object(&json, NULL);
		document_path(&json, "path", report->files[i]->path);
		document_size(&json, "bytes", report->files[i]->bytes_b);
		document_end_object(&json);
	}
	document_end_array(&json);
	report_tree_json(&json, &report->tree);
	path_history_points_json(&json, &report->history);
	if (report->explained)
		explain_json(&json, &report->options, &report->explanation);
	else
		document_null(&json, "causes");
	if (report->has_account) {
		document_object(&json, "account");
		df_json(&json, &report->account);
		document_end_object(&json);
	} else {
		document_null(&json, "account");
	}
	path_history_json(&json, &report->history);
	document_end_object(&json);
	return output_json(&json);
}
