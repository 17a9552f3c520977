/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bring what is remembered of a folder up to date: read it, store a snapshot, write the index anew, and tell where
 * index and overlay had drifted from what lies on the disk.  Lazily where the account of what changed is whole: a warm
 * scan, in which what is noted since the newest snapshot is read in any case.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/headless.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "store/diff/diff.h"
#include "store/record/recorder.h"
#include "store/index/overlay.h"
#include "store/record/warm_source.h"
#include "store/snapshot/snapshot.h"

#define SHOWN 20 /* folders with drift that a person reads */

struct reconcile {
	const struct options *options;
	char *folder;               /* what was asked for */
	char *root;                 /* and what is read: a root that holds it */
	struct scan_counting counting;
	struct exclude *exclude;
	struct buf described;
	struct store *store;
	enum reconcile_kind kind;
	struct buf why;
	struct image *base;         /* the index, NULL = there is none */
	struct index_meta meta;     /* of it */
	struct image *known;        /* index and overlay */
	/* the newest snapshot, its image and what of it is trusted, when it is lazy; until it was read */
	struct snapshot before;
	struct image *image;
	struct warm_source *warm;
	bool trusted;               /* something was */
	struct scan *scan;
	struct scan_progress end;
	int64_t id;
	struct diff drift;
};

static const char *described(const struct reconcile *reconcile)
{
	return reconcile->described.data ? reconcile->described.data : "";
}

/*
 * What is remembered, before it is replaced.  A missing or damaged index is no failure: it is what this command is for.
 */
static int load_known(struct reconcile *reconcile, struct err *err)
{
	uint64_t seq;
	int rc = 0;

	if (!index_load(reconcile->store, reconcile->root, &reconcile->base, &reconcile->meta, NULL))
		rc = overlay_merge(reconcile->store, reconcile->base, &reconcile->meta, &reconcile->known, &seq, err);
	return rc == -ESTALE || rc == -EIO ? 0 : rc; /* nor is an overlay that does not fit it */
}

/* The deepest root scanned before, counted like this, that holds the folder; without one the folder itself. */
static int find_root(struct reconcile *reconcile, struct err *err)
{
	struct snapshot_list list;
	const char *deepest = NULL;
	int rc = snapshot_list(reconcile->store, NULL, store_host(), described(reconcile), &list, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < list.count; i++) {
		const struct snapshot *snapshot = &list.items[i];

		if (!(snapshot->source && *snapshot->source) && path_below(reconcile->folder, snapshot->scan_root) &&
		    (!deepest || strlen(snapshot->scan_root) > strlen(deepest)))
			deepest = snapshot->scan_root;
	}
	reconcile->root = alloc_text(deepest ? deepest : reconcile->folder);
	snapshot_list_clear(&list);
	return reconcile->root ? 0 : err_no_memory(err);
}

/* What may be left out when it is lazy; if nothing, everything is read, and `why` says it. */
static int load_trusted(struct reconcile *reconcile, struct err *err)
{
	const char *why = NULL;
	int rc = warm_source_newest(reconcile->store, reconcile->root, described(reconcile), WARM_SOURCE_DIRECTORIES,
	                            &reconcile->before, &reconcile->image, &reconcile->warm, err);

	if (rc)
		return rc;
	if (!reconcile->before.id)
		why = _("there is no snapshot of this folder: everything is read");
	else if (!reconcile->warm)
		why = _("the snapshots before took parts as they were: everything is read");
	if (why)
		reconcile->kind = RECONCILE_FULL;
	return why && buf_str(&reconcile->why, why) ? err_no_memory(err) : 0;
}

static int prepare(struct reconcile *reconcile, struct err *err)
{
	const struct options *options = reconcile->options;
	int rc;

	reconcile->folder = headless_root(options->word_count ? options->words[0] : ".", err);
	if (!reconcile->folder)
		return -EINVAL;
	rc = options_counting(options, &reconcile->counting, &reconcile->exclude, err);
	if (!rc)
		headless_idle_patterns(options, reconcile->folder);
	if (!rc && scan_counting_describe(&reconcile->counting, &reconcile->described))
		rc = err_no_memory(err);
	if (!rc)
		rc = database_open(options, true, &reconcile->store, err);
	if (!rc)
		rc = find_root(reconcile, err);
	if (!rc)
		rc = reconcile_need(reconcile->store, reconcile->root, &reconcile->kind, &reconcile->why, err);
	if (!rc && options->full && reconcile->kind == RECONCILE_LAZY)
		reconcile->kind = RECONCILE_FULL;
	if (!rc && reconcile->kind != RECONCILE_NOTHING)
		rc = load_known(reconcile, err);
	return !rc && reconcile->kind == RECONCILE_LAZY ? load_trusted(reconcile, err) : rc;
}

static int read_again(struct reconcile *reconcile, struct err *err)
{
	const struct scan_options scan = {
		.counting = reconcile->counting,
		.threads = (unsigned)reconcile->options->threads,
		.no_prefetch = !reconcile->options->prefetch,
		.baseline = reconcile->image,
		.warm = reconcile->warm,
		.wake_fd = -1,
	};
	int rc = headless_scan(reconcile->root, &scan, reconcile->options, true, &reconcile->scan, err);

	warm_source_free(reconcile->warm);
	reconcile->warm = NULL;
	if (rc)
		return rc;
	scan_progress(reconcile->scan, &reconcile->end);
	reconcile->trusted = headless_trusted(reconcile->scan);
	const struct snapshot_meta meta = {
		.options = described(reconcile),
		.started_at = reconcile->end.started_wall_s,
		.finished_at = reconcile->end.finished_wall_s,
		.trusted = reconcile->trusted,
		.remembered = reconcile->before.id,
	};
	const struct tree *tree = scan_tree(reconcile->scan);
	struct image *fresh = NULL;

	rc = snapshot_save(reconcile->store, tree, &meta, interrupt_flag(), &reconcile->id, err);
	if (!rc)
		rc = snapshot_make_index(reconcile->store, tree, &meta, reconcile->id, err);
	if (rc == -EPERM) { /* where the index would lie is not to be believed: the snapshot answers */
		output_note("%s", err->text);
		rc = 0;
	}
	if (!rc)
		rc = reconcile_done(reconcile->store, reconcile->root, reconcile->id, meta.finished_at, err);
	if (!rc && reconcile->known) {
		const struct diff_options how = {.prefix_a = "", .prefix_b = "", .max_depth = -1};

		fresh = image_from_tree(tree);
		rc = fresh ? diff_compute(reconcile->known, fresh, &how, &reconcile->drift, err)
		           : err_set(err, -errno, "%s", strerror(errno));
		image_free(fresh);
	}
	return rc;
}

static int print_json(const struct reconcile *reconcile)
{
	static const char *const kinds[] =
		{[RECONCILE_NOTHING] = "nothing", [RECONCILE_LAZY] = "lazy", [RECONCILE_FULL] = "full"};
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "root", reconcile->root);
	document_text(&json, "need", kinds[reconcile->kind]);
	document_text(&json, "reason", reconcile->why.length ? reconcile->why.data : NULL);
	document_text(&json, "mode", !reconcile->id ? "none" : reconcile->kind == RECONCILE_LAZY ? "lazy" : "exact");
	document_bool(&json, "trusted", reconcile->trusted);
	if (reconcile->id)
		document_int(&json, "snapshot_id", reconcile->id);
	else
		document_null(&json, "snapshot_id");
	document_growth(&json, "drift_bytes", reconcile->drift.net_bytes);
	document_array(&json, "drift");
	for (size_t i = 0; i < reconcile->drift.count; i++) {
		const struct diff_entry *entry = &reconcile->drift.entries[i];

		document_object(&json, NULL);
		document_path(&json, "path", entry->path);
		document_text(&json, "status", diff_status_name(entry->status));
		document_growth(&json, "delta_bytes", entry->delta_bytes);
		document_growth(&json, "direct_delta_bytes", entry->direct_delta_bytes);
		document_end_object(&json);
	}
	document_end_array(&json);
	document_end_object(&json);
	return output_json(&json);
}

static int print_text(const struct reconcile *reconcile)
{
	const struct table_column columns[] = {{_("growth"), true}, {_("path"), false}};
	const struct diff *drift = &reconcile->drift;
	struct buf text = {0}, safe = {0};
	char figure[TEXT_FIGURE];
	struct table table;
	size_t different = drift->count -
	                   (drift->unknown_entries < drift->count ? (size_t)drift->unknown_entries : drift->count);
	size_t shown = !reconcile->options->full ? 0 : drift->count < SHOWN ? drift->count : SHOWN;

	if (strcmp(reconcile->folder, reconcile->root))
		buf_printf(&text, _("%s belongs to a larger folder that is known\n"),
		           output_safe(&safe, reconcile->folder));
	if (!reconcile->id) {
		buf_printf(&text, _("%s is being followed: what is known of it is true\n"),
		           output_safe(&safe, reconcile->root));
	} else {
		if (reconcile->why.length && !reconcile->options->full)
			buf_printf(&text, "%s\n", reconcile->why.data);
		buf_printf(&text,
		           reconcile->kind == RECONCILE_LAZY
		                   ? _("%s was read where something may have changed, and stored as #%lld")
		                   : _("%s was read again and stored as #%lld"),
		           output_safe(&safe, reconcile->root), (long long)reconcile->id);
		if (!reconcile->known)
			buf_str(&text, _("; it was not known before\n"));
		else if (!different && !drift->unknown_entries && reconcile->trusted)
			buf_str(&text, _("; what was read was as it was known, the rest was taken as it was\n"));
		else if (!different && !drift->unknown_entries)
			buf_str(&text, _("; all that was known of it was right\n"));
		else
			buf_printf(&text,
			           ngettext("; %s folder was different, by %s\n",
			                    "; %s folders were different, by %s\n", different),
			           text_count(figure, different),
			           text_delta((char[TEXT_FIGURE]){0}, drift->net_bytes, reconcile->options->si));
		if (drift->unknown_entries)
			buf_printf(
				&text,
				ngettext(
					"%s entry could not be compared: it was not readable, or not mounted, then"
					" or now\n",
					"%s entries could not be compared: they were not readable, or not mounted,"
					" then or now\n",
					drift->unknown_entries),
				text_count(figure, drift->unknown_entries));
		if (shown) {
			table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
			for (size_t i = 0; i < shown; i++) {
				if (drift->entries[i].status == DIFF_UNKNOWN)
					table_cell(&table, CELL_PLAIN, "?");
				else
					table_delta(&table, drift->entries[i].delta_bytes, reconcile->options->si);
				table_cell(&table, CELL_PLAIN, output_safe(&safe, drift->entries[i].path));
			}
			table_finish(&table, options_color(reconcile->options, STDOUT_FILENO), &text);
		}
	}
	buf_free(&safe);
	return output_text(&text);
}

static int run(const struct options *options)
{
	struct reconcile reconcile = {.options = options};
	struct err err = {{0}};
	int status;
	int rc = prepare(&reconcile, &err);

	if (!rc && reconcile.kind != RECONCILE_NOTHING)
		rc = read_again(&reconcile, &err);
	if (!rc) {
		headless_errors(&reconcile.end);
		status = options->json ? print_json(&reconcile) : print_text(&reconcile);
	} else {
		status = output_fail(&err);
		if (rc == -ECANCELED && interrupt_status())
			status = interrupt_status();
	}
	diff_clear(&reconcile.drift);
	warm_source_free(reconcile.warm);
	scan_destroy(reconcile.scan);
	snapshot_clear(&reconcile.before);
	image_free(reconcile.image);
	image_free(reconcile.known);
	image_free(reconcile.base);
	index_meta_clear(&reconcile.meta);
	store_close(reconcile.store);
	buf_free(&reconcile.why);
	buf_free(&reconcile.described);
	exclude_destroy(reconcile.exclude);
	free(reconcile.folder);
	free(reconcile.root);
	return status;
}

const struct command cmd_reconcile = {
	.name = "reconcile",
	.words = "[PATH]",
	.summary = N_("Read what changed of a folder again and tell what was remembered wrongly"),
	.example = "disktracker reconcile /srv",
	.place = IN_RECONCILE,
	.most_words = 1,
	.run = run,
};
