/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened to a folder within a window, on one screen: how much it grew, where and why, which large files are new,
 * when that fills its file system, and where the used bytes of that are.  Nothing is scanned: it is as the newest
 * snapshot says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/path.h"
#include "cli/cmd_df.h"
#include "cli/cmd_diff.h"
#include "cli/cmd_explain.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/growers.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/path_history.h"

#define WINDOW "7d"
#define ROWS 5       /* of each part, */
#define ROWS_SMALL 3 /* on a terminal of fewer lines than this */
#define SMALL_LINES 32
#define LARGE_BYTES (1024 * 1024) /* the text tells of no smaller files, nor changes */

struct report {
	struct options options; /* as `diff` is asked for the parts */
	bool small;             /* the terminal */
	struct comparison comparison;
	/* Entries of the comparison, borrowed: folders that grew, the largest growth first; new files, the largest. */
	struct diff growers;
	struct diff_entry **files;
	size_t file_count;
	struct path_history history;
	bool explained; /* by rules that could be read */
	struct explanation explanation;
	bool has_account; /* the folder is there */
	struct account account;
};

static bool is_small(void)
{
	struct winsize window;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) && window.ws_row && window.ws_row < SMALL_LINES;
}

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
	uint64_t least = report->options.json ? 0 : LARGE_BYTES;

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

/* What the snapshot holds, in the file system as it is now. */
static int name_bytes(struct store *store, const struct report *report, const struct fs_info *fs,
                      struct named_bytes *out, struct err *err)
{
	const struct snapshot *to = &report->comparison.to;
	const char *relative = path_below(report->comparison.base_b.data, to->scan_root);
	struct image *image = snapshot_mapped(store, to);
	int rc = image ? 0 : snapshot_image(store, to->id, &image, err);
	uint32_t dir = image && relative ? image_lookup(image, relative, strlen(relative)) : IMAGE_NONE;

	if (!rc && dir == IMAGE_NONE)
		rc = -ENOENT;
	if (!rc)
		named_image(fs, image, dir, to->finished_at, out);
	if (!rc && image_lost(image))
		rc = -EIO;
	if (image)
		image_free(image);
	return rc;
}

/* A folder that is gone, or of another machine, is in no file system. */
static int account(struct store *store, struct report *report, struct err *err)
{
	const char *path = report->comparison.path.data;
	struct named_bytes named;
	struct fs_info fs;
	int rc = file_system_read(path, &fs, err);

	if (rc)
		return rc == -ENOMEM ? rc : 0;
	rc = name_bytes(store, report, &fs, &named, err);
	file_system_clear(&fs);
	if (!rc)
		rc = account_of(path, &named, interrupt_flag(), &report->account, err);
	report->has_account = !rc;
	return rc == -ENOMEM || rc == -ECANCELED ? rc : 0;
}

static int make(struct store *store, struct report *report, struct err *err)
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
		rc = account(store, report, err);
	if (!rc)
		comparison_note(&report->options, comparison);
	return rc;
}

static void clear(struct report *report)
{
	free(report->growers.entries);
	free(report->files);
	path_history_clear(&report->history);
	explanation_clear(&report->explanation);
	if (report->has_account)
		account_clear(&report->account);
	comparison_clear(&report->comparison);
}

/* ---- JSON ---- */

static int print_json(const struct report *report)
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

/* ---- text ---- */

/* On a small terminal there is no room for blank lines. */
static void begin_part(const struct report *report, struct buf *out)
{
	if (!report->small)
		buf_char(out, '\n');
}

static void add_files(const struct report *report, bool color, struct buf *out)
{
	const struct table_column columns[] = {{_("size"), true}, {_("new large files"), false}};
	size_t most = (size_t)report->options.top;
	char figure[TEXT_FIGURE];
	struct buf safe = {0};
	struct table table;

	if (!report->file_count || !most)
		return;
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < report->file_count && i < most; i++) {
		table_cell(&table, CELL_PLAIN, text_size(figure, report->files[i]->bytes_b, report->options.si));
		table_cell(&table, CELL_PLAIN,
		           output_safe(&safe, diff_relative_path(&report->comparison, report->files[i]->path)));
	}
	buf_free(&safe);
	begin_part(report, out);
	table_finish(&table, color, out);
}

static int print_text(const struct report *report)
{
	const struct options *options = &report->options;
	bool color = options_color(options, STDOUT_FILENO);
	struct buf text = {0};

	diff_title(&text, options, &report->comparison);
	path_history_print(options, &report->history, 0, &text);
	if (report->growers.count) {
		begin_part(report, &text);
		diff_rows(&text, options, &report->comparison, &report->growers, _("grew most"), color);
	}
	add_files(report, color, &text);
	if (report->explained && report->explanation.causes.count) {
		begin_part(report, &text);
		explain_rows(&text, options, &report->explanation);
	}
	/* Of a folder that is only a part of the file system nothing would be explained. */
	if (report->has_account && !report->account.lines[ACCOUNT_OUTSIDE].partial) {
		begin_part(report, &text);
		df_rows(&text, options, &report->account, 1);
	}
	return output_text(&text);
}

static int run(const struct options *options)
{
	struct report report = {.options = *options};
	struct store *store = NULL;
	struct err err = {{0}};
	int64_t seconds;
	int status, rc;

	report.options.last = options->last ? options->last : WINDOW;
	report.options.files = true;
	report.options.apparent = false; /* a configuration file may say so: what fills a disk is what is allocated */
	report.small = is_small();
	if (options->top < 0)
		report.options.top = report.small ? ROWS_SMALL : ROWS;
	if (text_parse_duration(report.options.last, &seconds)) {
		err_set(&err, -EINVAL, "%s", _("--last needs a time such as 24h, 7d or 3mo"));
		return output_usage("report", &err);
	}
	rc = database_open(options, false, &store, &err);
	if (!rc)
		rc = make(store, &report, &err);
	if (!rc && report.comparison.note.length)
		output_note("%s", report.comparison.note.data);
	if (rc)
		status = output_fail(&err);
	else
		status = options->json ? print_json(&report) : print_text(&report);
	clear(&report);
	if (store)
		store_close(store);
	return status;
}

const struct command cmd_report = {
	.name = "report",
	.words = "[PATH]",
	.summary = N_("Sum up what grew within a time"),
	.example = "disktracker report --last 7d /",
	.place = IN_REPORT,
	.most_words = 1,
	.run = run,
};
