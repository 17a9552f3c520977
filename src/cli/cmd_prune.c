/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"

static int print_json(const struct options *options, const struct snapshot_list *removed, uint64_t freed_bytes)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_bool(&json, "dry_run", options->dry_run);
	document_uint(&json, "freed_bytes", freed_bytes);
	document_array(&json, "removed");
	for (size_t i = 0; i < removed->count; i++) {
		document_object(&json, NULL);
		database_json(&json, &removed->items[i]);
		document_end_object(&json);
	}
	document_end_array(&json);
	document_end_object(&json);
	return output_json(&json);
}

static int print_table(const struct options *options, const struct snapshot_list *removed, uint64_t freed_bytes)
{
	const struct table_column columns[] = {{_("id"), true}, {_("when"), false}, {_("size"), true}, {_("root"), false}};
	char figure[TEXT_FIGURE], size[TEXT_FIGURE];
	struct buf text = {0}, safe = {0};
	struct table table;

	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < removed->count; i++) {
		const struct snapshot *one = &removed->items[i];

		snprintf(figure, sizeof(figure), "%lld", (long long)one->id);
		table_cell(&table, CELL_PLAIN, figure);
		table_cell(&table, CELL_PLAIN, text_time(figure, one->finished_at));
		table_cell(&table, CELL_PLAIN, text_size(figure, one->total_bytes, options->si));
		table_cell(&table, CELL_PLAIN, output_safe(&safe, one->scan_root));
	}
	buf_free(&safe);
	if (removed->count)
		table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	else
		table_drop(&table);
	text_count(figure, removed->count);
	if (options->dry_run)
		buf_printf(&text, ngettext("%s snapshot would be removed\n", "%s snapshots would be removed\n", removed->count), figure);
	else
		buf_printf(&text, ngettext("%s snapshot removed, %s freed\n", "%s snapshots removed, %s freed\n", removed->count), figure,
		           text_size(size, freed_bytes, options->si));
	return output_text(&text);
}

static int run(const struct options *options)
{
	struct prune_policy policy = {
		.keep_last = options->keep_last,
		.keep_daily = options->keep_daily,
		.keep_weekly = options->keep_weekly,
		.keep_monthly = options->keep_monthly,
		.older_than_s = options->older_than_s > 0 ? options->older_than_s : 0,
	};
	struct snapshot_list removed = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	uint64_t freed_bytes = 0;
	int status, rc;

	policy.by_default = !policy.keep_last && !policy.keep_daily && !policy.keep_weekly && !policy.keep_monthly && options->older_than_s < 0;
	rc = database_open(options, !options->dry_run, &store, &err);
	if (!rc)
		rc = snapshot_prune(store, &policy, clock_wall_s(), options->dry_run, &removed, &freed_bytes, &err);
	if (rc)
		status = output_fail(&err);
	else
		status = options->json ? print_json(options, &removed, freed_bytes) : print_table(options, &removed, freed_bytes);
	snapshot_list_clear(&removed);
	if (store)
		store_close(store);
	return status;
}

const struct command cmd_prune = {
	.name = "prune",
	.words = "",
	.summary = N_("Remove old snapshots"),
	.place = IN_PRUNE,
	.run = run,
};
