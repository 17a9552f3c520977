/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"
#include "store/diff/diff.h"

#define TABLE_TOP 20
#define TABLE_MIN_DELTA (1024 * 1024)

/* Two snapshots, the folder compared in each, and the growth between them. */
struct comparison {
	struct snapshot from, to;
	struct buf path;               /* the folder as the person means it: in the newer snapshot */
	struct buf base_a, base_b;     /* absolute paths of the folder in each */
	struct buf note;               /* what a person has to know about the pair */
	struct diff diff;
};

static void comparison_clear(struct comparison *comparison)
{
	snapshot_clear(&comparison->from);
	snapshot_clear(&comparison->to);
	buf_free(&comparison->path);
	buf_free(&comparison->note);
	buf_free(&comparison->base_a);
	buf_free(&comparison->base_b);
	diff_clear(&comparison->diff);
}

/* Are the two of different folders or machines? */
static bool across(const struct comparison *comparison)
{
	return strcmp(comparison->from.scan_root, comparison->to.scan_root) ||
	       strcmp(comparison->from.host, comparison->to.host);
}

/* ---- which snapshots ---- */

/* The first that was counted so: are there others of the folder? */
static void say_other_options(struct store *store, const struct snapshot *only, struct err *err)
{
	struct snapshot_list list;
	const struct snapshot *other = NULL;
	struct buf safe = {0};
	unsigned long count = 0;

	if (snapshot_list(store, only->scan_root, only->host, NULL, &list, NULL))
		return;
	for (size_t i = 0; i < list.count; i++)
		if (snapshot_is_scan(&list.items[i]) && strcmp(list.items[i].options, only->options)) {
			other = other ? other : &list.items[i];
			count++;
		}
	if (other)
		err_set(err, -ENOENT,
		        ngettext(
				"#%lld is the first that was counted like this; %lu other was counted differently, #%lld with %s: named by number they are compared all the same",
				"#%lld is the first that was counted like this; %lu others were counted differently, the newest, #%lld, with %s: named by number they are compared all the same",
				count),
		        (long long)only->id, count, (long long)other->id,
		        *other->options ? output_safe(&safe, other->options) : _("the default options"));
	buf_free(&safe);
	snapshot_list_clear(&list);
}

static int find_pair(struct store *store, const struct options *options, const struct database_history *history,
                     struct comparison *out, struct err *err)
{
	const char *from = options->last ? options->last : options->from ? options->from : "previous";
	int rc = database_find(store, history, options->to ? options->to : "latest", 0, &out->to, err);

	if (rc)
		return rc;
	buf_clear(&out->note);
	rc = database_find_noting(store, history, from, out->to.id, &out->from, &out->note, err);
	if (rc == -ENOENT && !strcmp(from, "previous"))
		say_other_options(store, &out->to, err);
	/* Ids may name anything; only two of them together may be of different folders or machines. */
	if (!rc && history->list.count && across(out)) {
		struct buf safe = {0};

		rc = err_set(
			err, -ENOENT,
			_("#%lld is of %s, #%lld is not: different folders or machines are compared when both snapshots are given by number"),
			(long long)out->from.id, output_safe(&safe, out->from.scan_root), (long long)out->to.id);
		buf_free(&safe);
		snapshot_clear(&out->from);
	}
	if (rc)
		snapshot_clear(&out->to);
	return rc;
}

/* A folder below several known roots: the deepest root that holds both snapshots. */
static int find_by_path(struct store *store, const struct options *options, const char *path, struct comparison *out,
                        struct err *err)
{
	struct database_history history;
	struct err outer;
	struct buf root = {0};
	int rc = database_history(store, path, &history, err);

	if (rc)
		return rc;
	buf_str(&out->path, history.path.data);
	rc = find_pair(store, options, &history, out, err);
	while (rc == -ENOENT && history.root.length > 1) {
		char *slash = strrchr(history.root.data, '/');

		buf_clear(&root);
		buf_add(&root, history.root.data, slash > history.root.data ? (size_t)(slash - history.root.data) : 1);
		database_history_clear(&history);
		/* The sentence about the deepest root is the one to keep. */
		if (database_history(store, root.data, &history, &outer))
			break;
		rc = find_pair(store, options, &history, out, &outer);
	}
	buf_free(&root);
	database_history_clear(&history);
	return rc;
}

/* One id without a PATH: the other REF is looked for among the snapshots of its kind, of that folder and machine. */
static int find_by_id(struct store *store, const struct options *options, const char *id, struct comparison *out,
                      struct err *err)
{
	struct database_history history = {0};
	struct snapshot named;
	int rc = database_find(store, &history, id, 0, &named, err);

	if (rc)
		return rc;
	rc = snapshot_list(store, named.scan_root, named.host, named.options, &history.list, err);
	if (!rc) {
		size_t kept = 0;

		for (size_t i = 0; i < history.list.count; i++)
			if (snapshot_is_scan(&history.list.items[i]) == snapshot_is_scan(&named))
				history.list.items[kept++] = history.list.items[i];
			else
				snapshot_clear(&history.list.items[i]);
		history.list.count = kept;
		rc = find_pair(store, options, &history, out, err);
	}
	if (!rc)
		buf_str(&out->path, named.scan_root);
	snapshot_clear(&named);
	database_history_clear(&history);
	return rc;
}

static int find_snapshots(struct store *store, const struct options *options, struct comparison *out, struct err *err)
{
	bool from_id = options->from && database_is_id(options->from),
	     to_id = options->to && database_is_id(options->to);
	const char *path = options->word_count ? options->words[0] : NULL;
	struct database_history none = {0};
	int rc;

	if (from_id && to_id) {
		/* Across roots and hosts: nothing but the two ids counts. */
		rc = find_pair(store, options, &none, out, err);
		if (!rc && path) {
			struct database_history history;

			rc = database_history(store, path, &history, err);
			if (!rc)
				buf_str(&out->path, history.path.data);
			database_history_clear(&history);
		} else if (!rc) {
			buf_str(&out->path, out->to.scan_root);
		}
	} else if (!path && (from_id || to_id)) {
		rc = find_by_id(store, options, to_id ? options->to : options->from, out, err);
	} else {
		rc = find_by_path(store, options, path ? path : ".", out, err);
	}
	if (!rc && out->path.failed)
		rc = err_no_memory(err);
	return rc;
}

/* ---- comparing ---- */

static int join(struct buf *out, const char *root, const char *relative)
{
	buf_str(out, root);
	if (*relative && (!out->length || out->data[out->length - 1] != '/'))
		buf_char(out, '/');
	return buf_str(out, relative);
}

static int compare(struct store *store, const struct options *options, struct comparison *comparison, struct err *err)
{
	const char *in_b = path_below(comparison->path.data, comparison->to.scan_root);
	const char *in_a = path_below(comparison->path.data, comparison->from.scan_root);
	struct image *a = NULL, *b = NULL;
	int rc;

	/* In a snapshot of another root the folder is the one at the same place below it. */
	if (!in_b)
		in_b = in_a ? in_a : "";
	if (!in_a)
		in_a = in_b;
	join(&comparison->base_a, comparison->from.scan_root, in_a);
	rc = join(&comparison->base_b, comparison->to.scan_root, in_b);
	if (rc || comparison->base_a.failed)
		return err_no_memory(err);

	store_read_begin(store);
	rc = snapshot_image(store, comparison->from.id, &a, err);
	if (!rc)
		rc = snapshot_image(store, comparison->to.id, &b, err);
	if (!rc) {
		struct diff_options how = {.prefix_a = in_a,
		                           .prefix_b = in_b,
		                           .with_files = options->files,
		                           .max_depth = -1,
		                           .store = store};

		rc = diff_compute(a, b, &how, &comparison->diff, err);
		if (rc == -ENOENT) {
			struct buf safe = {0};

			err_set(err, rc, _("%s is in neither of the snapshots #%lld and #%lld"),
			        output_safe(&safe, comparison->path.data), (long long)comparison->from.id,
			        (long long)comparison->to.id);
			buf_free(&safe);
		}
	}
	store_read_end(store);
	if (a)
		image_free(a);
	if (b)
		image_free(b);
	return rc;
}

static const char *relative_path(const struct comparison *comparison, const char *path)
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
	return depth >= 0 && depth_of(relative_path(comparison, entry->path)) > depth;
}

/* Unknown not because it could not be read: there is more than can be told. */
static bool is_beyond(const struct diff_entry *entry)
{
	return entry->bytes_a == FIGURE_BEYOND || entry->bytes_b == FIGURE_BEYOND;
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

/* ---- JSON ---- */

static void entry_json(struct document *json, const struct comparison *comparison, const struct diff_entry *entry,
                       bool relative)
{
	const char *path = relative ? relative_path(comparison, entry->path) : entry->path;
	const char *from = entry->path_from && relative ? relative_path(comparison, entry->path_from)
	                                                : entry->path_from;

	document_object(json, NULL);
	document_path(json, "path", path);
	document_text(json, "status", diff_status_name(entry->status));
	if (entry->status == DIFF_UNKNOWN) {
		if (is_beyond(entry)) {
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
	document_end_object(json);
}

static int print_json(const struct options *options, const struct comparison *comparison)
{
	const struct diff *diff = &comparison->diff;
	bool relative = across(comparison);
	uint64_t min_delta = options->min_delta > 0 ? (uint64_t)options->min_delta : 0, omitted = 0;
	size_t top = options->top < 0 ? SIZE_MAX : (size_t)options->top, listed = 0;
	int64_t omitted_bytes = diff->net_bytes;
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "root", comparison->to.scan_root);
	document_path(&json, "path", comparison->base_b.data);
	document_int(&json, "from", comparison->from.id);
	document_int(&json, "to", comparison->to.id);
	document_int(&json, "from_time", comparison->from.finished_at);
	document_int(&json, "to_time", comparison->to.finished_at);
	document_growth(&json, "net_bytes", diff->net_bytes);
	document_uint(&json, "unknown_entries", diff->unknown_entries);
	document_size(&json, "unknown_bytes", diff->unknown_bytes);
	document_text(&json, "note", comparison->note.length ? comparison->note.data : NULL);
	document_array(&json, "entries");
	for (size_t i = 0; i < diff->count; i++) {
		const struct diff_entry *entry = &diff->entries[i];

		if (listed >= top || !passes(comparison, entry, options->depth, min_delta)) {
			omitted++;
			continue;
		}
		entry_json(&json, comparison, entry, relative);
		listed++;
		if (entry->status != DIFF_UNKNOWN)
			omitted_bytes = figure_delta_sum(omitted_bytes, figure_negative(entry->direct_delta_bytes));
	}
	document_end_array(&json);
	document_object(&json, "omitted");
	document_uint(&json, "entries", omitted);
	document_growth(&json, "direct_delta_bytes", omitted_bytes);
	document_end_object(&json);
	document_end_object(&json);
	return output_json(&json);
}

/* ---- the table ---- */

static int by_path(const void *left, const void *right)
{
	return strcmp((*(const struct diff_entry *const *)left)->path,
	              (*(const struct diff_entry *const *)right)->path);
}

/*
 * Which entries say nothing of their own because one entry directly below owns 90 % of their growth.  That one has to
 * be shown in their place, so it must pass the filters.  NULL when out of memory.
 */
static bool *fold(const struct comparison *comparison, int depth, uint64_t min_delta)
{
	const struct diff *diff = &comparison->diff;
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
	const char *relative = relative_path(comparison, entry->path);
	char figure[TEXT_FIGURE];
	struct buf name = {0}, safe = {0};
	enum cell_role role = CELL_PLAIN;

	if (entry->status == DIFF_UNKNOWN) {
		table_cell(table, CELL_PLAIN, "?");
		table_cell(table, CELL_PLAIN, is_beyond(entry) ? text_size(figure, entry->bytes_b, options->si) : "?");
	} else {
		table_delta(table, entry->delta_bytes, options->si);
		table_cell(table, CELL_PLAIN,
		           entry->status == DIFF_DELETED ? "-" : text_size(figure, entry->bytes_b, options->si));
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
		           output_safe(&safe, relative_path(comparison, entry->path_from)));
	} else if (entry->status == DIFF_UNKNOWN) {
		buf_printf(&name, " %s",
		           is_beyond(entry) ? _("(too large to compare)")
		                            : _("(not readable, or not mounted, on one side)"));
	}
	table_cell(table, role, name.failed ? "?" : name.data);
	buf_free(&safe);
	buf_free(&name);
}

/* `/home/ana  #40 2026-11-17 22:40 -> #41 2026-11-18 09:02 (10 h)  +1.1 GiB` */
static void add_title(struct buf *text, const struct options *options, const struct comparison *comparison)
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

	buf_printf(text, "#%lld %s -> #%lld %s (%s%s)  %s\n", (long long)comparison->from.id,
	           text_time(older, comparison->from.finished_at), (long long)comparison->to.id,
	           text_time(newer, comparison->to.finished_at), back ? "-" : "", text_age(span, from, to),
	           text_delta(delta, comparison->diff.net_bytes, options->si));
	buf_free(&safe);
}

static int print_table(const struct options *options, const struct comparison *comparison)
{
	const struct table_column columns[] = {{_("growth"), true}, {_("size"), true}, {_("name"), false}};
	const struct diff *diff = &comparison->diff;
	uint64_t min_delta = options->min_delta >= 0 ? (uint64_t)options->min_delta : TABLE_MIN_DELTA;
	size_t top = options->top < 0 ? TABLE_TOP : (size_t)options->top, shown = 0, smaller = 0;
	bool *folded = fold(comparison, options->depth, min_delta);
	char count[TEXT_FIGURE], delta[TEXT_FIGURE];
	int64_t smaller_bytes = 0, deeper_bytes = 0;
	size_t deeper = 0;
	struct buf text = {0};
	struct table table;

	if (!folded) {
		text.failed = true;
		return output_text(&text);
	}
	add_title(&text, options, comparison);
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
		table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	else
		table_drop(&table);
	if (smaller)
		buf_printf(&text, ngettext("%s smaller change %s\n", "%s smaller changes %s\n", smaller),
		           text_count(count, smaller), text_delta(delta, smaller_bytes, options->si));
	if (deeper)
		buf_printf(&text,
		           ngettext("%s change %s deeper than that\n", "%s changes %s deeper than that\n", deeper),
		           text_count(count, deeper), text_delta(delta, deeper_bytes, options->si));
	if (!smaller && !deeper && !shown)
		buf_printf(&text, "%s\n", _("nothing changed"));
	return output_text(&text);
}

static int usage(const char *sentence)
{
	struct err err;

	err_set(&err, -EINVAL, "%s", sentence);
	return output_usage("diff", &err);
}

static void note_pair(const struct options *options, struct comparison *comparison)
{
	const struct snapshot *from = &comparison->from, *to = &comparison->to,
			      *doubtful = from->doubtful_date ? from
	                                : to->doubtful_date   ? to
	                                                      : NULL;
	struct buf *note = &comparison->note;
	char when[TEXT_FIGURE];

	if (options->last && from->id == to->id)
		buf_printf(note, _("%sthere is no snapshot of the last %s: the newest is #%lld of %s"),
		           note->length ? "; " : "", options->last, (long long)to->id,
		           text_time(when, to->finished_at));
	if (strcmp(from->options, to->options))
		buf_printf(note, _("%s#%lld and #%lld were counted with different options: not all of this is growth"),
		           note->length ? "; " : "", (long long)from->id, (long long)to->id);
	if (doubtful)
		buf_printf(note, _("%s#%lld is dated %s: a clock was wrong"), note->length ? "; " : "",
		           (long long)doubtful->id, text_time(when, doubtful->finished_at));
}

static int run(const struct options *options)
{
	struct comparison comparison = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	int64_t seconds;
	int status, rc;

	if (options->last && (options->from || options->to))
		return usage(_("--last is a window up to now: it goes without --from and --to"));
	if (options->last && text_parse_duration(options->last, &seconds))
		return usage(_("--last needs a time such as 24h, 7d or 3mo"));
	rc = database_open(options, false, &store, &err);
	if (!rc)
		rc = find_snapshots(store, options, &comparison, &err);
	if (!rc)
		rc = compare(store, options, &comparison, &err);
	if (!rc)
		note_pair(options, &comparison);
	if (!rc && comparison.note.length)
		output_note("%s", comparison.note.data);
	if (rc)
		status = output_fail(&err);
	else
		status = options->json ? print_json(options, &comparison) : print_table(options, &comparison);
	comparison_clear(&comparison);
	if (store)
		store_close(store);
	return status;
}

const struct command cmd_diff = {
	.name = "diff",
	.words = "[PATH]",
	.summary = N_("Show what grew between two snapshots"),
	.place = IN_DIFF,
	.most_words = 1,
	.run = run,
};
