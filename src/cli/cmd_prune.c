/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Removing snapshots: by rules (prune), or those that are named (forget). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/retain.h"

/* What a snapshot is kept for, in words. */
static void say_reasons(struct buf *out, unsigned kept_for)
{
	buf_clear(out);
	for (unsigned reason = 1; reason <= kept_for; reason <<= 1)
		if (kept_for & reason)
			buf_printf(out, "%s%s", out->length ? ", " : "", _(retention_reason(reason)));
}

/* Those with kept_for = 0 are removed. */
static int print_json(const struct options *options, const struct snapshot_list *list, uint64_t freed_bytes)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_bool(&json, "dry_run", options->dry_run);
	document_size(&json, "freed_bytes", freed_bytes);
	document_array(&json, "removed");
	for (size_t i = 0; i < list->count; i++)
		if (!list->items[i].kept_for)
			document_int(&json, NULL, list->items[i].id);
	document_end_array(&json);
	document_array(&json, "kept");
	for (size_t i = 0; i < list->count; i++) {
		unsigned kept_for = list->items[i].kept_for;

		if (!kept_for)
			continue;
		document_object(&json, NULL);
		document_int(&json, "id", list->items[i].id);
		document_array(&json, "reasons");
		for (unsigned reason = 1; reason <= kept_for; reason <<= 1)
			if (kept_for & reason)
				document_text(&json, NULL, retention_reason(reason));
		document_end_array(&json);
		document_end_object(&json);
	}
	document_end_array(&json);
	document_end_object(&json);
	return output_json(&json);
}

static int print_table(const struct options *options, const struct snapshot_list *list, uint64_t freed_bytes)
{
	const struct table_column columns[] = {{_("id"), true},
	                                       {_("when"), false},
	                                       {_("size"), true},
	                                       {_("kept as"), false},
	                                       {_("root"), false}};
	char figure[TEXT_FIGURE], when[TEXT_FIGURE + 1], size[TEXT_FIGURE];
	struct buf text = {0}, safe = {0}, reasons = {0};
	struct table table;
	size_t removed = 0;

	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < list->count; i++) {
		const struct snapshot *one = &list->items[i];

		if (one->kept_for & KEEP_UNNAMED)
			continue;
		removed += !one->kept_for;
		snprintf(figure, sizeof(figure), "%lld", (long long)one->id);
		table_cell(&table, CELL_PLAIN, figure);
		snprintf(when, sizeof(when), "%s%s", text_time(figure, one->finished_at),
		         one->doubtful_date ? "?" : "");
		table_cell(&table, CELL_PLAIN, when);
		table_cell(&table, CELL_PLAIN, text_size(figure, one->total_bytes, options->si));
		say_reasons(&reasons, one->kept_for);
		if (one->kept_for)
			table_cell(&table, CELL_PLAIN, reasons.data ? reasons.data : "");
		else
			table_cell(&table, CELL_DIM, options->dry_run ? _("(would be removed)") : _("(removed)"));
		table_cell(&table, CELL_PLAIN, output_safe(&safe, one->scan_root));
	}
	buf_free(&reasons);
	buf_free(&safe);
	if (table.cell_count)
		table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	else
		table_drop(&table);
	text_count(figure, removed);
	if (options->dry_run)
		buf_printf(&text,
		           ngettext("%s snapshot would be removed\n", "%s snapshots would be removed\n", removed),
		           figure);
	else
		buf_printf(&text,
		           ngettext("%s snapshot removed, %s freed\n", "%s snapshots removed, %s freed\n", removed),
		           figure, text_size(size, freed_bytes, options->si));
	return output_text(&text);
}

static int print(const struct options *options, const struct snapshot_list *list, uint64_t freed_bytes)
{
	return options->json ? print_json(options, list, freed_bytes) : print_table(options, list, freed_bytes);
}

/* The root that PATH belongs to, if it is known. */
static int find_root(struct store *store, const struct options *options, struct buf *root, struct err *err)
{
	struct database_history history = {0};
	struct snapshot_list list = {0};
	int rc = database_root(store, NULL, options->words[0], root, err);

	if (!rc)
		rc = snapshot_list(store, root->data, NULL, NULL, &list, err);
	if (!rc && !list.count) /* with the sentence that every command has for this */
		rc = database_history(store, options->words[0], &history, err);
	snapshot_list_clear(&list);
	database_history_clear(&history);
	return rc;
}

static int run(const struct options *options)
{
	struct prune_policy policy = retention_default;
	struct snapshot_list list = {0};
	struct store *store = NULL;
	struct buf root = {0};
	struct err err = {{0}};
	uint64_t freed_bytes = 0;
	int status, rc;

	interrupt_catch(); /* what has begun is brought to its end */
	retain_policy(options, false, &policy);
	rc = database_open(options, !options->dry_run, &store, &err);
	if (!rc && options->word_count)
		rc = find_root(store, options, &root, &err);
	policy.root = root.data;
	if (!rc)
		rc = snapshot_prune(store, &policy, clock_wall_s(), options->dry_run, &list, &freed_bytes, &err);
	status = rc ? output_fail(&err) : print(options, &list, freed_bytes);
	snapshot_list_clear(&list);
	buf_free(&root);
	store_close(store);
	return status;
}

const struct command cmd_prune = {
	.name = "prune",
	.words = "[PATH]",
	.summary = N_("Remove old snapshots"),
	.example = "disktracker prune --keep-daily 30 --dry-run",
	.place = IN_PRUNE,
	.most_words = 1,
	.run = run,
};

/* ---- forget ---- */

static bool contains(const int64_t *ids, size_t count, int64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Every REF, before anything is removed; one that is named twice counts once. */
static int find_named(struct store *store, const struct options *options, int64_t *ids, int64_t *chains, size_t *count,
                      struct err *err)
{
	struct database_history history;
	int rc = database_history(store, NULL, &history, err);

	*count = 0;
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < options->word_count; i++) {
		struct snapshot named;

		rc = database_find(store, &history, options->words[i], 0, &named, err);
		if (rc)
			break;
		if (!contains(ids, *count, named.id)) {
			ids[*count] = named.id;
			chains[(*count)++] = named.root_id;
		}
		snapshot_clear(&named);
	}
	database_history_clear(&history);
	return rc;
}

/* The named ones, and what else their chains have: that stays. */
static int list_chains(struct store *store, const int64_t *ids, const int64_t *chains, size_t count,
                       struct snapshot_list *list, struct err *err)
{
	struct snapshot_list all;
	int rc = snapshot_list(store, NULL, NULL, NULL, &all, err);

	*list = (struct snapshot_list){.items = all.items};
	for (size_t i = 0; i < all.count; i++)
		if (contains(chains, count, all.items[i].root_id)) {
			all.items[i].kept_for = contains(ids, count, all.items[i].id) ? 0 : KEEP_UNNAMED;
			list->items[list->count++] = all.items[i];
		} else {
			snapshot_clear(&all.items[i]);
		}
	return rc;
}

static int run_forget(const struct options *options)
{
	int64_t *ids = alloc_array(options->word_count, sizeof(*ids)),
		*chains = alloc_array(options->word_count, sizeof(*chains));
	struct snapshot_list list = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	uint64_t freed_bytes = 0;
	size_t count = 0;
	int status;

	interrupt_catch();
	int rc = ids && chains ? database_open(options, !options->dry_run, &store, &err) : err_no_memory(&err);

	if (!rc)
		rc = find_named(store, options, ids, chains, &count, &err);
	if (!rc)
		rc = list_chains(store, ids, chains, count, &list, &err);
	if (!rc)
		rc = snapshot_remove(store, ids, count, options->dry_run, &freed_bytes, &err);
	status = rc ? output_fail(&err) : print(options, &list, freed_bytes);
	snapshot_list_clear(&list);
	free(ids);
	free(chains);
	store_close(store);
	return status;
}

const struct command cmd_forget = {
	.name = "forget",
	.words = "REF...",
	.summary = N_("Remove these snapshots"),
	.example = "disktracker forget 41 42",
	.place = IN_FORGET,
	.least_words = 1,
	.most_words = SIZE_MAX,
	.run = run_forget,
};
