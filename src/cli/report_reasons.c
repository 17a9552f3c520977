/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/report_reasons.h"

#include <stdio.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/page/html.h"

#define HELD_MOST 5 /* entries of a line of the account */

static double share_of(int64_t bytes, int64_t most)
{
	return most > 0 ? (double)(bytes < 0 ? -bytes : bytes) / (double)most : 0;
}

/* The bar of a growth, as long as it is a part of the largest. */
void report_growth_bar(struct buf *out, int64_t bytes, int64_t most)
{
	if (bytes != FIGURE_UNKNOWN)
		html_bar(out, share_of(bytes, most), bytes < 0 ? "shrank" : "grew");
}

const char *report_below(const struct report *report, const char *path)
{
	const char *relative = path_below(path, report->comparison.base_b.data);

	return relative && *relative ? relative : path;
}

size_t report_shown(const struct report *report, size_t count)
{
	size_t most = (size_t)report->options.top;

	return count < most ? count : most;
}

/* ---- causes ---- */

static void cause_row(struct buf *out, const struct report *report, const struct cause_line *line, int64_t most)
{
	const struct cause_path *path = line->paths;
	struct buf advice = {0};

	buf_str(out, "<tr>");
	html_cell_delta(out, line->delta_bytes, report->options.si);
	buf_str(out, "<th scope=\"row\">");
	html_isolated(out, line->name, REPORT_PATH_CELLS);
	report_growth_bar(out, line->delta_bytes, most);
	buf_str(out, "</th><td>");
	html_text(out, _(cause_class_name(line->rule->class)));
	buf_str(out, "</td><td class=\"opt\">");
	html_isolated(out, report_below(report, path->path), REPORT_PATH_CELLS);
	if (line->path_count + line->omitted_paths > 1)
		html_printf(out, _("  +%zu more"), line->path_count - 1 + line->omitted_paths);
	if (line->delta_bytes > 0 && explanation_advice(&advice, line)) {
		buf_str(out, "<br/>");
		html_printf(out, "%s ", _("frees it:"));
		buf_str(out, "<code>");
		html_name(out, advice.data, advice.length, 2 * REPORT_PATH_CELLS);
		buf_str(out, "</code>");
	}
	out->failed |= advice.failed;
	buf_str(out, "</td></tr>\n");
	buf_free(&advice);
}

static void rest_row(struct buf *out, const struct report *report, int64_t most)
{
	const struct causes *causes = &report->explanation.causes;
	const struct cause_rest *rest = causes->rest;

	buf_str(out, "<tr>");
	html_cell_delta(out, causes->rest_bytes, report->options.si);
	buf_str(out, "<th scope=\"row\">");
	html_text(out, _("everything else"));
	report_growth_bar(out, causes->rest_bytes, most);
	buf_str(out, "</th><td></td><td class=\"opt\">");
	if (causes->rest_count)
		html_isolated(out, report_below(report, rest->path), REPORT_PATH_CELLS);
	if (causes->rest_count + causes->omitted_rest > 1)
		html_printf(out, _("  +%zu more"), causes->rest_count - 1 + causes->omitted_rest);
	buf_str(out, "</td></tr>\n");
}

void report_causes(struct buf *out, const struct report *report)
{
	const struct html_head heads[] = {{_("Growth"), "n"},
	                                  {_("Cause"), ""},
	                                  {_("Kind"), ""},
	                                  {_("Mostly in"), "opt"}};
	const struct causes *causes = &report->explanation.causes;
	int64_t most = causes->rest_bytes < 0 ? figure_negative(causes->rest_bytes) : causes->rest_bytes;

	if (!report->explained)
		return;
	html_section(out, "causes", _("Why it grew"),
	             causes->count || causes->rest_count
	                     ? _("What made the bytes, and the command that gives them back.")
	                     : _("Nothing changed."));
	for (size_t i = 0; i < causes->count; i++) {
		int64_t bytes = causes->lines[i].delta_bytes;

		bytes = bytes < 0 ? figure_negative(bytes) : bytes;
		most = bytes > most ? bytes : most;
	}
	if (causes->count || causes->rest_count) {
		html_table(out, NULL, heads, 4);
		for (size_t i = 0; i < report_shown(report, causes->count); i++)
			cause_row(out, report, &causes->lines[i], most);
		if (causes->rest_bytes || causes->rest_count)
			rest_row(out, report, most);
		html_end_table(out);
	}
	buf_str(out, "</section>\n");
}

/* ---- the file system ---- */

static void put_stack(struct buf *out, const struct account *account)
{
	const struct file_system_usage *usage = &account->fs.usage;
	double whole = (double)usage->size_bytes, at = 0;

	buf_str(out,
	        "<svg class=\"stack\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
	html_text(out, _("The disk by what its space is used for; the table below has the same figures."));
	buf_str(out, "\">");
	for (int i = 0; whole > 0 && i < ACCOUNT_REASONS; i++) {
		double bytes = (double)account->lines[i].bytes;

		if (bytes <= 0)
			continue;
		buf_printf(out, "<rect class=\"k%d\" x=\"%.2f\" width=\"%.2f\" height=\"10\"/>", i, at * 1000 / whole,
		           bytes * 1000 / whole);
		at += bytes;
	}
	buf_str(out, "</svg>\n");
}

static void account_row(struct buf *out, const struct report *report, int reason)
{
	const struct account_line *line = &report->account.lines[reason];
	uint64_t used = report->account.fs.usage.used_bytes;
	char share[TEXT_FIGURE] = "";
	bool known = line->bytes || !line->partial;

	buf_str(out, "<tr><td class=\"n\">");
	if (!known)
		html_text(out, "?");
	else if (line->bytes < 0)
		html_delta(out, line->bytes, report->options.si);
	else
		html_size(out, (uint64_t)line->bytes, report->options.si);
	buf_str(out, "</td>");
	if (known && used)
		snprintf(share, sizeof(share), "%.1f%%", (double)line->bytes * 100 / (double)used);
	html_cell(out, "n", share);
	buf_printf(out, "<th scope=\"row\"><span class=\"key k%d\"></span>", reason);
	html_text(out, account_reason_words(reason));
	if (reason == ACCOUNT_TREE) {
		html_text(out, ", ");
		html_isolated(out, report->account.fs.path, REPORT_PATH_CELLS);
	}
	buf_str(out, "</th></tr>\n");
}

static void held_rows(struct buf *out, const struct report *report, const struct account_line *line)
{
	for (size_t i = 0; i < line->count && i < HELD_MOST; i++) {
		const struct account_entry *entry = &line->entries[i];

		buf_str(out, "<tr>");
		if (entry->bytes_known)
			html_cell_size(out, entry->bytes, report->options.si);
		else
			html_cell(out, "n", "?");
		buf_str(out, "<td></td><td class=\"soft sub\">");
		html_isolated(out, entry->path, REPORT_PATH_CELLS);
		if (entry->by && *entry->by) {
			html_text(out, "  ");
			html_isolated(out, entry->by, 60);
		}
		buf_str(out, "</td></tr>\n");
	}
}

void report_account(struct buf *out, const struct report *report)
{
	const struct html_head heads[] = {{_("Size"), "n"}, {_("Share"), "n"}, {_("Where"), ""}};
	const struct account *account = &report->account;
	const struct file_system_usage *usage = &account->fs.usage;
	const struct mount_entry *mount = account->fs.mount;
	struct buf why = {0};

	if (!report->has_account)
		return;
	html_section(out, "account", _("Where the disk's space is"), NULL);
	buf_str(out, "<p class=\"soft\">");
	if (mount) {
		html_isolated(out, mount->point, REPORT_PATH_CELLS);
		html_printf(out, " (%s): ", mount->type);
	}
	html_size(out, usage->used_bytes, report->options.si);
	html_printf(out, " %s ", _("used of"));
	html_size(out, usage->size_bytes, report->options.si);
	html_text(out, ", ");
	html_size(out, usage->available_bytes, report->options.si);
	html_printf(out, " %s", _("free"));
	buf_str(out, "</p>\n<figure>\n");
	put_stack(out, account);
	buf_str(out, "</figure>\n");
	html_table(out, _("What is used, by where it is"), heads, 3);
	for (int i = 0; i < ACCOUNT_REASONS; i++) {
		const struct account_line *line = &account->lines[i];

		if (i != ACCOUNT_TREE && i != ACCOUNT_UNEXPLAINED && !line->bytes && !line->partial)
			continue;
		account_row(out, report, i);
		if (i != ACCOUNT_TREE)
			held_rows(out, report, line);
	}
	html_end_table(out);
	account_explain(account, &why);
	if (why.length) {
		buf_str(out, "<p class=\"soft\">");
		html_printf(out, _("unexplained: %s"), why.data);
		buf_str(out, "</p>\n");
	}
	out->failed |= why.failed;
	buf_free(&why);
	buf_str(out, "</section>\n");
}
