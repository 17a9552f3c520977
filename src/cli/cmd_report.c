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

#include "base/i18n.h"
#include "base/text.h"
#include "cli/cmd_df.h"
#include "cli/cmd_diff.h"
#include "cli/cmd_explain.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"
#include "cli/report_html.h"
#include "cli/target.h"

#define WINDOW "7d"
#define ROWS 5       /* of each part, */
#define ROWS_PAGE 12 /* of a page, and what is told with it; */
#define ROWS_SMALL 3 /* on a terminal of fewer lines than this */
#define SMALL_LINES 32

static bool is_small(void)
{
	struct winsize window;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) && window.ws_row && window.ws_row < SMALL_LINES;
}

/* ---- text ---- */

/* On a small terminal there is no room for blank lines. */
static void begin_part(const struct report *report, struct buf *out)
{
	if (!report->small)
		buf_char(out, '\n');
}

static void add_files(const struct report *report, enum paint color, struct buf *out)
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
	enum paint color = options_color(options, STDOUT_FILENO);
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

/* ---- the page ---- */

/* An export may be packed, as a configuration file says; a page is to be opened. */
static int open_page(struct target *target, const struct options *options, struct err *err)
{
	struct options plain = *options;

	plain.compress = TRI_OFF;
	return target_open(target, options->html, &plain, err);
}

static int write_page(struct target *target, const struct report *report, struct err *err)
{
	struct buf page = {0};
	int rc;

	i18n_utf8();
	report_html(&page, report);
	rc = page.failed ? err_no_memory(err) : target_begin(target, err);
	if (!rc) {
		rc = target_write(target->fd, page.data, page.length);
		if (rc)
			target_failed(target, rc, err);
		else
			rc = target_finish(target, err);
	}
	buf_free(&page);
	return rc;
}

static void prepare(struct report *report)
{
	struct options *options = &report->options;

	report->small = is_small();
	report->whole = options->json || options->html;
	options->last = options->last ? options->last : WINDOW;
	options->files = true;
	options->apparent = false; /* a configuration file may say so: what fills a disk is what is allocated */
	if (options->top < 0)
		options->top = options->html ? ROWS_PAGE : report->small ? ROWS_SMALL : ROWS;
}

static int run(const struct options *options)
{
	struct report report = {.options = *options};
	struct store *store = NULL;
	struct target target;
	struct err err = {{0}};
	int64_t seconds;
	bool opened = false;
	int status, rc;

	prepare(&report);
	if (text_parse_duration(report.options.last, &seconds))
		return output_misused("report", _("--last needs a time such as 24h, 7d or 3mo"));
	if (options->json && options->html && !strcmp(options->html, "-"))
		return output_misused("report",
		                      _("--json and the page would both go to standard output: give --html FILE"));
	rc = options->html ? open_page(&target, options, &err) : 0;
	if (!rc)
		opened = options->html;
	if (!rc)
		rc = database_open(options, false, &store, &err);
	if (!rc)
		rc = report_make(store, &report, &err);
	if (!rc && report.comparison.note.length)
		output_note("%s", report.comparison.note.data);
	if (!rc && options->html)
		rc = write_page(&target, &report, &err);
	if (rc && opened)
		target_abandon(&target);
	if (rc)
		status = rc == -EPIPE ? STATUS_PIPE : output_fail(&err);
	else if (options->json)
		status = report_json(&report);
	else
		status = options->html ? STATUS_DONE : print_text(&report);
	report_clear(&report);
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
