/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/comparison.h"
#include "cli/database.h"
#include "cli/output.h"
#include "engine/watch/attribution.h"
#include "store/diff/diff.h"

#define TABLE_TOP 20
#define TABLE_MIN_DELTA (1024 * 1024)
#define TABLE_MIN_ITEMS 1

const char *diff_relative_path(const struct comparison *comparison, const char *path)
{
	const char *relative = path_below(path, comparison->base_b.data);

	if (!relative)
		relative = path_below(path, comparison->base_a.data);
	return relative ? relative : path;
}

static int depth_of(const char *relative)
{
	int depth = *relative != '\0';

	for (; *relative; relative++)
		depth += *relative == '/';
	return depth;
}

static uint64_t magnitude(int64_t delta)
{
	return delta < 0 ? -(uint64_t)delta : (uint64_t)delta;
}

static bool too_deep(const struct comparison *comparison, const struct diff_entry *entry, int depth)
{
	return depth >= 0 && depth_of(diff_relative_path(comparison, entry->path)) > depth;
}

static const char *unknown_words(const struct diff_entry *entry)
{
	switch (entry->reason) {
	case DIFF_UNREADABLE: return _("(not readable on one side)");
	case DIFF_UNMOUNTED: return _("(not mounted on one side)");
	case DIFF_LEFT_OUT: return _("(left out on one side)");
	default: return _("(too large to compare)");
	}
}

/* By the measure: sizes, or counts of items. */
static const char *figure_of_measure(char out[TEXT_FIGURE], const struct options *options,
                                     const struct comparison *comparison, uint64_t figure)
{
	return comparison->measure == DIFF_ITEMS ? text_count(out, figure) : text_size(out, figure, options->si);
}

static const char *delta_of_measure(char out[TEXT_FIGURE], const struct options *options,
                                    const struct comparison *comparison, int64_t delta)
{
	return comparison->measure == DIFF_ITEMS ? text_count_delta(out, delta) : text_delta(out, delta, options->si);
}

/*
 * How large a change is.  One that cancels out in sum, or a move, is as large as what it moves; of what is unknown
 * nothing can be said.
 */
static uint64_t change_bytes(const struct diff_entry *entry)
{
	uint64_t bytes = magnitude(entry->delta_bytes);

	if (entry->status == DIFF_UNKNOWN)
		return UINT64_MAX;
	if (entry->status == DIFF_MOVED && entry->bytes_b > bytes)
		bytes = entry->bytes_b;
	if (entry->status == DIFF_CHANGED && magnitude(entry->direct_delta_bytes) > bytes)
		bytes = magnitude(entry->direct_delta_bytes);
	return bytes;
}

/* Does the entry pass the filters asked for, the number of entries aside? */
static bool passes(const struct comparison *comparison, const struct diff_entry *entry, int depth, uint64_t min_delta)
{
	return !too_deep(comparison, entry, depth) && change_bytes(entry) >= min_delta;
}

/* Who made the change of an entry: NULL where nobody asks, or it is none of the comparison's own. */
static const unsigned char *who_of(const struct comparison *comparison, const struct diff_entry *entry)
{
	const struct diff *diff = &comparison->diff;

	if (!comparison->who || entry < diff->entries || entry >= diff->entries + diff->count)
		return NULL;
	return &comparison->who[entry - diff->entries];
}

/* ---- JSON ---- */

static const char *who_word(unsigned who)
{
	return who == (BY_COMMAND | BY_OTHERS) ? "both" : who == BY_COMMAND ? "command" : "others";
}

void diff_entry_json(struct document *json, const struct comparison *comparison, const struct diff_entry *entry)
{
	bool relative = comparison_across(comparison);
	const char *path = relative ? diff_relative_path(comparison, entry->path) : entry->path;
	const char *from = entry->path_from && relative ? diff_relative_path(comparison, entry->path_from)
	                                                : entry->path_from;
	const unsigned char *who = who_of(comparison, entry);

	document_object(json, NULL);
	document_path(json, "path", path);
	document_text(json, "status", diff_status_name(entry->status));
	if (entry->status == DIFF_UNKNOWN) {
		if (entry->reason == DIFF_BEYOND) {
			document_size(json, "bytes_a", entry->bytes_a);
			document_size(json, "bytes_b", entry->bytes_b);
		} else {
			document_null(json, "bytes_a");
			document_null(json, "bytes_b");
		}
		document_null(json, "delta_bytes");
		document_null(json, "direct_delta_bytes");
	} else {
		document_size(json, "bytes_a", entry->bytes_a);
		document_size(json, "bytes_b", entry->bytes_b);
		document_growth(json, "delta_bytes", entry->delta_bytes);
		document_growth(json, "direct_delta_bytes", entry->direct_delta_bytes);
	}
	document_bool(json, "is_dir", entry->is_dir);
	document_path(json, "path_from", from);
	if (entry->status == DIFF_UNKNOWN)
		document_text(json, "reason", diff_reason_name(entry->reason));
	if (who)
		document_text(json, "by", who_word(*who));
	document_end_object(json);
}

static void put_id(struct document *json, const char *key, int64_t id)
{
	if (id)
		document_int(json, key, id);
	else
		document_null(json, key);
}

void diff_json(struct document *json, const struct options *options, const struct comparison *comparison)
{
	const struct diff *diff = &comparison->diff;
	uint64_t min_delta = options->min_delta > 0 ? (uint64_t)options->min_delta : 0, omitted = 0;
	size_t top = options->top < 0 ? SIZE_MAX : (size_t)options->top, listed = 0;
	int64_t omitted_bytes = diff->net_bytes;

	document_int(json, "schema", 1);
	document_path(json, "root", comparison->to.scan_root);
	document_path(json, "path", comparison->base_b.data);
	put_id(json, "from", comparison->from.id);
	put_id(json, "to", comparison->to.id);
	document_int(json, "from_time", comparison->from.finished_at);
	document_int(json, "to_time", comparison->to.finished_at);
	if (comparison->measure)
		document_text(json, "measure", comparison->measure == DIFF_ITEMS ? "items" : "apparent");
	document_growth(json, "net_bytes", diff->net_bytes);
	document_uint(json, "unknown_entries", diff->unknown_entries);
	document_size(json, "unknown_bytes", diff->unknown_bytes);
	document_text(json, "note", comparison->note.length ? comparison->note.data : NULL);
	document_array(json, "entries");
	for (size_t i = 0; i < diff->count; i++) {
		const struct diff_entry *entry = &diff->entries[i];

		if (listed >= top || !passes(comparison, entry, options->depth, min_delta)) {
			omitted++;
			continue;
		}
		diff_entry_json(json, comparison, entry);
		listed++;
		if (entry->status != DIFF_UNKNOWN)
			omitted_bytes = figure_delta_sum(omitted_bytes, figure_negative(entry->direct_delta_bytes));
	}
	document_end_array(json);
	document_object(json, "omitted");
	document_uint(json, "entries", omitted);
	document_growth(json, "direct_delta_bytes", omitted_bytes);
	document_end_object(json);
}

/* ---- the table ---- */

static int by_path(const void *left, const void *right)
{
	return strcmp((*(const struct diff_entry *const *)left)->path,
	              (*(const struct diff_entry *const *)right)->path);
}

bool *diff_fold(const struct comparison *comparison, const struct diff *diff, int depth, uint64_t min_delta)
{
	bool *folded = alloc_array(diff->count, sizeof(*folded));
	const struct diff_entry **sorted = alloc_array(diff->count, sizeof(const struct diff_entry *));
	struct buf parent = {0};

	if (!folded || !sorted)
		goto fail;
	for (size_t i = 0; i < diff->count; i++)
		sorted[i] = &diff->entries[i];
	qsort(sorted, diff->count, sizeof(const struct diff_entry *), by_path);
	for (size_t i = 0; i < diff->count; i++) {
		const struct diff_entry *child = &diff->entries[i];
		const char *slash = strrchr(child->path, '/');

		if (!slash || !passes(comparison, child, depth, min_delta))
			continue;
		buf_clear(&parent);
		if (buf_add(&parent, child->path, slash > child->path ? (size_t)(slash - child->path) : 1))
			goto fail;
		struct diff_entry wanted = {.path = parent.data};
		const struct diff_entry *key = &wanted;
		const struct diff_entry **found = bsearch(&key, sorted, diff->count, sizeof(const struct diff_entry *),
		                                          by_path);

		if (!found || *found == child || (*found)->status == DIFF_UNKNOWN)
			continue;
		int64_t whole = (*found)->delta_bytes, part = child->delta_bytes;

		if ((whole < 0) == (part < 0) && whole && magnitude(part) >= magnitude(whole) - magnitude(whole) / 10)
			folded[*found - diff->entries] = true;
	}
	free(sorted);
	buf_free(&parent);
	return folded;
fail:
	free(sorted);
	free(folded);
	buf_free(&parent);
	return NULL;
}

static void add_row(struct table *table, const struct options *options, const struct comparison *comparison,
                    const struct diff_entry *entry)
{
	const char *relative = diff_relative_path(comparison, entry->path);
	char figure[TEXT_FIGURE];
	const unsigned char *who = who_of(comparison, entry);
	struct buf name = {0}, safe = {0};
	enum cell_role role = CELL_PLAIN;

	if (entry->status == DIFF_UNKNOWN) {
		table_cell(table, CELL_PLAIN, "?");
		table_cell(table, CELL_PLAIN,
		           entry->reason == DIFF_BEYOND ? figure_of_measure(figure, options, comparison, entry->bytes_b)
		                                        : "?");
	} else {
		table_cell(table,
		           entry->delta_bytes > 0   ? CELL_GROW
		           : entry->delta_bytes < 0 ? CELL_SHRINK
		                                    : CELL_PLAIN,
		           delta_of_measure(figure, options, comparison, entry->delta_bytes));
		table_cell(table, CELL_PLAIN,
		           entry->status == DIFF_DELETED
		                   ? "-"
		                   : figure_of_measure(figure, options, comparison, entry->bytes_b));
	}
	buf_str(&name, *relative ? output_safe(&safe, relative) : ".");
	if (entry->is_dir)
		buf_char(&name, '/');
	if (entry->status == DIFF_NEW) {
		buf_printf(&name, " %s", _("(new)"));
		role = CELL_NEW;
	} else if (entry->status == DIFF_DELETED) {
		buf_printf(&name, " %s", _("(gone)"));
		role = CELL_DIM;
	} else if (entry->status == DIFF_MOVED && entry->path_from) {
		buf_printf(&name, _(" (moved from %s)"),
		           output_safe(&safe, diff_relative_path(comparison, entry->path_from)));
	} else if (entry->status == DIFF_UNKNOWN) {
		buf_printf(&name, " %s", unknown_words(entry));
	}
	if (who && *who != BY_COMMAND)
		buf_printf(&name, "  %s", *who & BY_COMMAND ? _("by the command and others") : _("by others"));
	table_cell(table, role, name.failed ? "?" : name.data);
	buf_free(&safe);
	buf_free(&name);
}

void diff_title(struct buf *text, const struct options *options, const struct comparison *comparison)
{
	char delta[TEXT_FIGURE], older[TEXT_FIGURE], newer[TEXT_FIGURE], span[TEXT_FIGURE];
	struct buf safe = {0};

	buf_printf(text, "%s  ", output_safe(&safe, comparison->base_b.data));
	if (strcmp(comparison->base_b.data, comparison->to.scan_root))
		buf_printf(text, _("in %s  "), output_safe(&safe, comparison->to.scan_root));
	if (strcmp(comparison->base_a.data, comparison->base_b.data))
		buf_printf(text, _("against %s  "), output_safe(&safe, comparison->base_a.data));
	/* Asked for the other way round the span is negative; along the sequence a clock was wrong. */
	bool back = comparison->from.id > comparison->to.id &&
	            comparison->from.finished_at > comparison->to.finished_at;
	int64_t from = back ? comparison->to.finished_at : comparison->from.finished_at,
		to = back ? comparison->from.finished_at : comparison->to.finished_at;

	if (comparison->from.id)
		buf_printf(text, "#%lld %s -> #%lld %s (%s%s)  ", (long long)comparison->from.id,
		           text_time(older, comparison->from.finished_at), (long long)comparison->to.id,
		           text_time(newer, comparison->to.finished_at), back ? "-" : "", text_age(span, from, to));
	buf_printf(text, "%s\n", delta_of_measure(delta, options, comparison, comparison->diff.net_bytes));
	buf_free(&safe);
}

void diff_rows(struct buf *out, const struct options *options, const struct comparison *comparison,
               const struct diff *diff, const char *head, enum paint color)
{
	const struct table_column columns[] = {{_("growth"), true},
	                                       {comparison->measure == DIFF_ITEMS ? _("items") : _("size"), true},
	                                       {head, false}};
	uint64_t min_delta = options->min_delta >= 0           ? (uint64_t)options->min_delta
	                   : comparison->measure == DIFF_ITEMS ? TABLE_MIN_ITEMS
	                                                       : TABLE_MIN_DELTA;
	size_t top = options->top < 0 ? TABLE_TOP : (size_t)options->top, shown = 0, smaller = 0;
	bool *folded = diff_fold(comparison, diff, options->depth, min_delta);
	char count[TEXT_FIGURE], delta[TEXT_FIGURE];
	int64_t smaller_bytes = 0, deeper_bytes = 0;
	size_t deeper = 0;
	struct table table;

	if (!folded) {
		out->failed = true;
		return;
	}
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < diff->count; i++) {
		const struct diff_entry *entry = &diff->entries[i];

		/* What is deeper than asked for is part of a row above it, not a change of its own. */
		if (folded[i])
			continue;
		if (too_deep(comparison, entry, options->depth)) {
			deeper += entry->status != DIFF_UNKNOWN;
			deeper_bytes += entry->status != DIFF_UNKNOWN ? entry->direct_delta_bytes : 0;
			continue;
		}
		if (shown < top && passes(comparison, entry, options->depth, min_delta)) {
			add_row(&table, options, comparison, entry);
			shown++;
		} else if (entry->status != DIFF_UNKNOWN && (entry->delta_bytes || entry->direct_delta_bytes)) {
			smaller++;
			smaller_bytes = figure_delta_sum(smaller_bytes, entry->direct_delta_bytes);
		}
	}
	free(folded);
	if (shown)
		table_finish(&table, color, out);
	else
		table_drop(&table);
	if (smaller)
		buf_printf(out, ngettext("%s smaller change %s\n", "%s smaller changes %s\n", smaller),
		           text_count(count, smaller), delta_of_measure(delta, options, comparison, smaller_bytes));
	if (deeper)
		buf_printf(out, ngettext("%s change %s deeper than that\n", "%s changes %s deeper than that\n", deeper),
		           text_count(count, deeper), delta_of_measure(delta, options, comparison, deeper_bytes));
	if (!smaller && !deeper && !shown)
		buf_printf(out, "%s\n", _("nothing changed"));
}

void diff_table(struct buf *out, const struct options *options, const struct comparison *comparison, enum paint color)
{
	diff_title(out, options, comparison);
	diff_rows(out, options, comparison, &comparison->diff, _("name"), color);
}

static int print(const struct options *options, const struct comparison *comparison)
{
	struct document json = {0};
	struct buf text = {0};

	if (!options->json) {
		diff_table(&text, options, comparison, options_color(options, STDOUT_FILENO));
		return output_text(&text);
	}
	document_object(&json, NULL);
	diff_json(&json, options, comparison);
	document_end_object(&json);
	return output_json(&json);
}

static int run(const struct options *options)
{
	struct comparison comparison = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	int64_t seconds;
	int status, rc;

	if (options->last && (options->from || options->to))
		return output_misused("diff", _("--last is a window up to now: it goes without --from and --to"));
	if (options->last && text_parse_duration(options->last, &seconds))
		return output_misused("diff", _("--last needs a time such as 24h, 7d or 3mo"));
	comparison.measure = options->items ? DIFF_ITEMS : options->apparent ? DIFF_APPARENT : DIFF_ALLOCATED;
	rc = database_open(options, false, &store, &err);
	if (!rc)
		rc = comparison_find(store, options, &comparison, &err);
	if (!rc)
		rc = comparison_make(store, options, &comparison, &err);
	if (!rc)
		comparison_note(options, &comparison);
	if (!rc && comparison.note.length)
		output_note("%s", comparison.note.data);
	if (rc)
		status = output_fail(&err);
	else
		status = print(options, &comparison);
	comparison_clear(&comparison);
	store_close(store);
	return status;
}

const struct command cmd_diff = {
	.name = "diff",
	.words = "[PATH]",
	.summary = N_("Show what grew between two snapshots"),
	.example = "disktracker diff --last 7d /srv",
	.place = IN_DIFF,
	.most_words = 1,
	.run = run,
};
