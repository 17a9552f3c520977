/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/report_html.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/cmd_diff.h"
#include "cli/page/html.h"
#include "cli/page/style.h"
#include "cli/report_pictures.h"
#include "cli/report_reasons.h"

#define FOLDERS_MOST 12 /* directly in the folder, in the table that is open */
#define POINTS_MOST 400 /* the newest, in the table of sizes */

/* ---- the sentences at its head ---- */

static const struct timeline_point *newest(const struct report *report)
{
	return &report->history.timeline.points[report->history.timeline.count - 1];
}

static void put_head(struct buf *out, const struct report *report)
{
	const struct comparison *comparison = &report->comparison;
	const char *path = comparison->base_b.data;

	/* Nothing may be loaded, run or sent, whatever a name in it might have become. */
	buf_str(out, "<!DOCTYPE html>\n<html lang=\"");
	/* Translators: the language of your translation as pages name it (BCP 47), such as de or pt-BR. */
	html_text(out, _("en"));
	buf_str(out, "\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	             "'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
	             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	             "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	             "<meta name=\"robots\" content=\"noindex\"/>\n"
	             "<meta name=\"generator\" content=\"DiskTracker " PACKAGE_VERSION "\"/>\n<title>");
	html_name(out, path, strlen(path), 60);
	html_printf(out, " - %s", _("disk usage"));
	buf_str(out, "</title>\n<style>\n");
	buf_str(out, page_style);
	buf_str(out, "</style>\n</head>\n");
}

static void put_title(struct buf *out, const struct report *report)
{
	const struct comparison *comparison = &report->comparison;
	const struct snapshot *from = &comparison->from, *to = &comparison->to;
	char older[TEXT_FIGURE], newer[TEXT_FIGURE], span[TEXT_FIGURE];

	buf_str(out, "<header>\n<h1>");
	html_isolated(out, comparison->base_b.data, 2 * REPORT_PATH_CELLS);
	buf_str(out, "</h1>\n<p class=\"soft\">");
	html_printf(out, _("Disk usage on %s, as of %s (snapshot #%lld)"), to->host, text_time(newer, to->finished_at),
	            (long long)to->id);
	buf_str(out, "</p>\n<p class=\"soft\">");
	if (from->id != to->id)
		html_printf(out, _("compared with %s, %s before (snapshot #%lld)"), text_time(older, from->finished_at),
		            text_age(span, from->finished_at, to->finished_at), (long long)from->id);
	else
		html_text(out, _("not compared with an older snapshot"));
	buf_str(out, "</p>\n</header>\n");
	if (comparison->note.length) {
		buf_str(out, "<p class=\"note\" role=\"note\">");
		html_text(out, comparison->note.data);
		buf_str(out, "</p>\n");
	}
}

static void begin_tile(struct buf *out, const char *title)
{
	buf_str(out, "<div><dt>");
	html_text(out, title);
	buf_str(out, "</dt><dd class=\"big\">");
}

static void end_tile(struct buf *out, const char *about)
{
	buf_str(out, "</dd>");
	if (about) {
		buf_str(out, "<dd>");
		html_text(out, about);
		buf_str(out, "</dd>");
	}
	buf_str(out, "</div>\n");
}

static void put_size_tile(struct buf *out, const struct report *report)
{
	const struct timeline_point *last = newest(report);
	bool known = timeline_known(last), there = known && last->what != TIMELINE_ABSENT;

	begin_tile(out, _("Size"));
	if (there)
		html_size(out, last->bytes, report->options.si);
	else
		html_text(out, known ? "-" : "?");
	if (there)
		html_text(out, last->partial ? "~" : last->trusted ? "…" : "");
	end_tile(out, !known          ? _("it was not read")
	              : !there        ? _("it was not there")
	              : last->partial ? _("~ something in it could not be read")
	              : last->trusted ? _("… partly taken as it was before")
	                              : _("allocated on the disk"));
}

static void put_growth_tile(struct buf *out, const struct report *report)
{
	const struct comparison *comparison = &report->comparison;
	const struct diff *diff = &comparison->diff;
	char span[TEXT_FIGURE], about[160], count[TEXT_FIGURE];

	begin_tile(out, _("Growth"));
	html_delta(out, diff->net_bytes, report->options.si);
	if (diff->unknown_entries)
		snprintf(about, sizeof(about),
		         ngettext("%s entry could not be compared", "%s entries could not be compared",
		                  diff->unknown_entries),
		         text_count(count, diff->unknown_entries));
	else if (comparison->from.id == comparison->to.id)
		snprintf(about, sizeof(about), "%s", _("nothing older to compare with"));
	else
		snprintf(about, sizeof(about), _("in %s"),
		         text_age(span, comparison->from.finished_at, comparison->to.finished_at));
	end_tile(out, about);
}

static void put_rate_tile(struct buf *out, const struct report *report)
{
	const struct trend *trend = &report->history.bytes;
	char span[TEXT_FIGURE], about[96];

	if (!trend->known)
		return;
	begin_tile(out, _("A day"));
	html_delta(out, trend->per_day, report->options.si);
	snprintf(about, sizeof(about), trend->holds ? _("a steady trend over %s") : _("over %s, not a steady trend"),
	         text_span(span, trend->span_s));
	end_tile(out, about);
}

static void put_disk_tiles(struct buf *out, const struct report *report)
{
	const struct file_system_usage *usage = &report->account.fs.usage;
	int64_t days = report->history.full_days;
	char size[TEXT_FIGURE], about[96];

	if (report->has_account) {
		begin_tile(out, _("Free"));
		html_size(out, usage->available_bytes, report->options.si);
		snprintf(about, sizeof(about), _("of %s, %d%% used"),
		         text_size(size, usage->size_bytes, report->options.si),
		         file_system_percent(usage->used_bytes, usage->available_bytes));
		end_tile(out, about);
	}
	begin_tile(out, _("Disk full"));
	if (days >= 0) {
		buf_printf(out, "<data value=\"%" PRId64 "\">", days);
		if (!days)
			html_text(out, _("in less than a day"));
		else
			html_printf(out, ngettext("in about %lld day", "in about %lld days", (unsigned long)days),
			            (long long)days);
		buf_str(out, "</data>");
		end_tile(out, _("if it goes on like this"));
	} else {
		html_text(out, _("no forecast"));
		end_tile(out, _("needs a steady rise over three snapshots"));
	}
}

/* ---- now ---- */

static const struct html_head tree_heads[] = {{N_("Size"), "n"},
                                              {N_("Share"), "n"},
                                              {N_("Items"), "n opt"},
                                              {N_("Name"), ""}};

static void begin_tree_table(struct buf *out, const char *caption)
{
	struct html_head heads[4];

	for (int i = 0; i < 4; i++)
		heads[i] = (struct html_head){_(tree_heads[i].text), tree_heads[i].class};
	html_table(out, caption, heads, 4);
}

static void tree_row(struct buf *out, const struct report *report, size_t i, bool bar)
{
	const struct report_tree *tree = &report->tree;
	const struct report_cell *cell = &tree->cells[i];
	char figure[TEXT_FIGURE] = "";
	struct buf path = {0};

	report_tree_path(tree, i, &path);
	out->failed |= path.failed;
	buf_str(out, "<tr>");
	html_cell_size(out, cell->bytes, report->options.si);
	if (tree->cells[0].bytes)
		snprintf(figure, sizeof(figure), "%.1f%%", (double)cell->bytes * 100 / (double)tree->cells[0].bytes);
	html_cell(out, "n", figure);
	html_cell(out, "n opt", cell->dir == IMAGE_NONE ? "" : text_count(figure, cell->items));
	buf_str(out, "<th scope=\"row\">");
	html_isolated(out, path.data ? report_below(report, path.data) : "", bar ? REPORT_PATH_CELLS : 100);
	if (cell->dir != IMAGE_NONE)
		html_text(out, "/");
	if (bar)
		html_bar(out, tree->cells[0].bytes ? (double)cell->bytes / (double)tree->cells[0].bytes : 0, "now");
	buf_str(out, "</th></tr>\n");
	buf_free(&path);
}

/* A folder's entries, each before what is in it. */
static void tree_rows(struct buf *out, const struct report *report, size_t folder)
{
	const struct report_cell *cell = &report->tree.cells[folder];

	for (size_t i = 0; i < cell->count; i++) {
		tree_row(out, report, cell->first + i, false);
		tree_rows(out, report, cell->first + i);
	}
}

static void put_now(struct buf *out, const struct report *report)
{
	const struct report_tree *tree = &report->tree;
	const struct report_cell *root = tree->cells;
	char count[TEXT_FIGURE];

	html_section(out, "now", _("What is there now"), NULL);
	if (!tree->count || !root->count) {
		buf_str(out, "<p>");
		html_text(out, tree->count ? _("It is empty.") : _("It is not there."));
		buf_str(out, "</p>\n</section>\n");
		return;
	}
	buf_str(out, "<figure>\n");
	report_treemap(out, report);
	buf_str(out, "<figcaption>");
	html_text(out, _("Each area is as large as what it stands for: folders in the colour of the one they lie in;"
	                 " grey is everything else there. Rest the pointer on one to read its path and size."));
	buf_str(out, "</figcaption>\n</figure>\n");
	begin_tree_table(out, _("The largest directly in it"));
	for (size_t i = 0; i < root->count && i < FOLDERS_MOST; i++)
		tree_row(out, report, root->first + i, true);
	html_end_table(out);
	buf_str(out, "<details><summary>");
	html_printf(out, ngettext("All %s area as a table", "All %s areas as a table", tree->count - 1),
	            text_count(count, tree->count - 1));
	buf_str(out, "</summary>\n");
	begin_tree_table(out, NULL);
	tree_rows(out, report, 0);
	html_end_table(out);
	buf_str(out, "</details>\n</section>\n");
}

/* ---- growth ---- */

static void put_growth(struct buf *out, const struct report *report)
{
	const struct html_head heads[] = {{_("Growth"), "n"}, {_("Size"), "n"}, {_("Folder"), ""}};
	const struct diff *growers = &report->growers;
	bool si = report->options.si;

	html_section(out, "growth", _("What grew"), growers->count ? NULL : _("No folder in it grew."));
	if (growers->count)
		html_table(out, NULL, heads, 3);
	for (size_t i = 0; i < report_shown(report, growers->count); i++) {
		const struct diff_entry *entry = &growers->entries[i];

		buf_str(out, "<tr>");
		html_cell_delta(out, entry->delta_bytes, si);
		html_cell_size(out, entry->bytes_b, si);
		buf_str(out, "<th scope=\"row\">");
		html_isolated(out, diff_relative_path(&report->comparison, entry->path), REPORT_PATH_CELLS);
		html_text(out, "/");
		if (entry->status == DIFF_NEW)
			html_printf(out, " %s", _("(new)"));
		report_growth_bar(out, entry->delta_bytes, growers->entries[0].delta_bytes);
		buf_str(out, "</th></tr>\n");
	}
	if (growers->count)
		html_end_table(out);
	buf_str(out, "</section>\n");
}

static void put_files(struct buf *out, const struct report *report)
{
	const struct html_head heads[] = {{_("Size"), "n"}, {_("File"), ""}};

	if (!report->file_count)
		return;
	html_section(out, "files", _("New files"), _("The largest of those that were not there before."));
	html_table(out, NULL, heads, 2);
	for (size_t i = 0; i < report_shown(report, report->file_count); i++) {
		buf_str(out, "<tr>");
		html_cell_size(out, report->files[i]->bytes_b, report->options.si);
		buf_str(out, "<th scope=\"row\">");
		html_isolated(out, diff_relative_path(&report->comparison, report->files[i]->path), REPORT_PATH_CELLS);
		buf_str(out, "</th></tr>\n");
	}
	html_end_table(out);
	buf_str(out, "</section>\n");
}

/* ---- over time ---- */

static void point_row(struct buf *out, const struct report *report, size_t i)
{
	const struct timeline_point *point = &report->history.timeline.points[i];
	char figure[TEXT_FIGURE];
	bool si = report->options.si;

	buf_printf(out, "<tr><th scope=\"row\">");
	html_text(out, text_time(figure, point->time_s));
	html_text(out, point->doubtful_date ? "?" : "");
	buf_str(out, "</th>");
	if (timeline_known(point)) {
		html_cell_size(out, point->bytes, si);
		html_cell(out, "n opt", text_count(figure, point->items));
	} else {
		html_cell(out, "n", "?");
		html_cell(out, "n opt", "?");
	}
	if (i)
		html_cell_delta(out, timeline_growth(point - 1, point, TIMELINE_BYTES), si);
	else
		html_cell(out, "n", "");
	buf_str(out, "</tr>\n");
}

static void put_time(struct buf *out, const struct report *report)
{
	const struct html_head heads[] = {{_("When"), ""}, {_("Size"), "n"}, {_("Items"), "n opt"}, {_("Growth"), "n"}};
	size_t count = report->history.timeline.count, told = count < POINTS_MOST ? count : POINTS_MOST;
	char figure[TEXT_FIGURE];

	html_section(out, "time", _("Size over time"), count < 2 ? _("There is one snapshot so far.") : NULL);
	if (count > 1) {
		buf_str(out, "<figure>\n");
		report_line(out, report);
		buf_str(out, "</figure>\n");
	}
	buf_str(out, "<details><summary>");
	html_printf(out, ngettext("%s snapshot as a table", "%s snapshots as a table", told), text_count(figure, told));
	buf_str(out, "</summary>\n");
	html_table(out, told < count ? _("The newest of them") : NULL, heads, 4);
	for (size_t i = count; i > count - told; i--)
		point_row(out, report, i - 1);
	html_end_table(out);
	buf_str(out, "</details>\n</section>\n");
}

/* ---- the page ---- */

void report_html(struct buf *out, const struct report *report)
{
	put_head(out, report);
	buf_str(out, "<body>\n<main>\n");
	put_title(out, report);
	buf_str(out, "<dl class=\"tiles\">\n");
	put_size_tile(out, report);
	put_growth_tile(out, report);
	put_rate_tile(out, report);
	put_disk_tiles(out, report);
	buf_str(out, "</dl>\n");
	put_growth(out, report);
	put_now(out, report);
	put_time(out, report);
	report_causes(out, report);
	put_files(out, report);
	report_account(out, report);
	buf_str(out, "<footer><p>");
	html_text(out, _("Made by DiskTracker. Sizes are what is allocated on the disk."));
	buf_str(out, "</p></footer>\n</main>\n</body>\n</html>\n");
}
