/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/comparison.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/database.h"
#include "cli/output.h"

void comparison_clear(struct comparison *comparison)
{
	snapshot_clear(&comparison->from);
	snapshot_clear(&comparison->to);
	buf_free(&comparison->path);
	buf_free(&comparison->note);
	buf_free(&comparison->base_a);
	buf_free(&comparison->base_b);
	diff_clear(&comparison->diff);
}

bool comparison_across(const struct comparison *comparison)
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
				"#%lld is the first that was counted like this; %lu other was counted differently,"
				" #%lld with %s: named by number they are compared all the same",
				"#%lld is the first that was counted like this; %lu others were counted differently,"
				" the newest, #%lld, with %s: named by number they are compared all the same",
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
	if (!rc && history->list.count && comparison_across(out)) {
		struct buf safe = {0};

		rc = err_set(
			err, -ENOENT,
			_("#%lld is of %s, #%lld is not: different folders or machines are compared when both"
			  " snapshots are given by number"),
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
	int rc = database_history_of(store, options->host, path, &history, err);

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
		if (database_history_of(store, options->host, root.data, &history, &outer))
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

int comparison_find(struct store *store, const struct options *options, struct comparison *out, struct err *err)
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

			rc = database_history_of(store, options->host, path, &history, err);
			if (!rc)
				buf_str(&out->path, history.path.data);
			database_history_clear(&history);
		} else if (!rc) {
			buf_str(&out->path, out->to.scan_root);
		}
	} else if (!path && (from_id || to_id)) {
		rc = find_by_id(store, options, to_id ? options->to : options->from, out, err);
	} else {
		rc = find_by_path(store, options, path || options->host ? path : ".", out, err);
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

int comparison_folders(struct comparison *comparison, const char **in_a, const char **in_b, struct err *err)
{
	int rc;

	*in_b = path_below(comparison->path.data, comparison->to.scan_root);
	*in_a = path_below(comparison->path.data, comparison->from.scan_root);
	/* In a snapshot of another root the folder is the one at the same place below it. */
	if (!*in_b)
		*in_b = *in_a ? *in_a : "";
	if (!*in_a)
		*in_a = *in_b;
	join(&comparison->base_a, comparison->from.scan_root, *in_a);
	rc = join(&comparison->base_b, comparison->to.scan_root, *in_b);
	return rc || comparison->base_a.failed ? err_no_memory(err) : 0;
}

int comparison_make(struct store *store, const struct options *options, struct comparison *comparison, struct err *err)
{
	const char *in_a, *in_b;
	struct image *a = NULL, *b = NULL;
	int rc = comparison_folders(comparison, &in_a, &in_b, err);

	if (rc)
		return rc;
	store_read_begin(store);
	rc = snapshot_image(store, comparison->from.id, &a, err);
	if (!rc)
		rc = snapshot_image(store, comparison->to.id, &b, err);
	if (!rc) {
		struct diff_options how = {.measure = comparison->measure,
		                           .prefix_a = in_a,
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
	image_free(a);
	image_free(b);
	return rc;
}

/* A scan, or an export of one. */
static const char *counted_by(const struct snapshot *snapshot)
{
	return snapshot_is_scan(snapshot) ? "disktracker" : snapshot->source;
}

void comparison_note(const struct options *options, struct comparison *comparison)
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
	if (strcmp(counted_by(from), counted_by(to))) {
		struct buf a = {0}, b = {0};

		buf_printf(note, _("%s#%lld was counted by %s, #%lld by %s: part of this may be no growth"),
		           note->length ? "; " : "", (long long)from->id, output_safe(&a, counted_by(from)),
		           (long long)to->id, output_safe(&b, counted_by(to)));
		buf_free(&a);
		buf_free(&b);
	}
	if (doubtful)
		buf_printf(note, _("%s#%lld is dated %s: a clock was wrong"), note->length ? "; " : "",
		           (long long)doubtful->id, text_time(when, doubtful->finished_at));
}
