/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"

static int print_json(const struct snapshot_list *list)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_array(&json, "snapshots");
	for (size_t i = 0; i < list->count; i++) {
		document_object(&json, NULL);
		database_json(&json, &list->items[i]);
		document_end_object(&json);
	}
	document_end_array(&json);
	document_end_object(&json);
	return output_json(&json);
}

/* The snapshot before it in its chain, or NULL. */
static const struct snapshot *before(const struct snapshot_list *list, size_t i)
{
	for (size_t k = i + 1; k < list->count; k++)
		if (list->items[k].root_id == list->items[i].root_id)
			return &list->items[k];
	return NULL;
}

/* By which program, or with which options; "" = a scan with the usual ones. */
static const char *how_counted(const struct snapshot *snapshot)
{
	return snapshot_is_scan(snapshot) ? snapshot->options : snapshot->source;
}

static int print_table(const struct options *options, const struct snapshot_list *list)
{
	const struct table_column columns[] = {
		{"", false},        {_("id"), true},       {_("when"), false},  {_("age"), true},
		{_("size"), true},  {_("growth"), true},   {_("items"), true},  {_("root"), false},
		{_("host"), false}, {_("counted"), false}, {_("label"), false},
	};
	bool ascii = output_ascii(options), hosts = false, counted = false;
	char figure[TEXT_FIGURE], when[TEXT_FIGURE + 1];
	struct buf safe = {0}, text = {0};
	int64_t now = clock_wall_s();
	struct table table;

	/* Other machines are named only when there are some, how things were counted where that differs. */
	for (size_t i = 0; i < list->count; i++) {
		hosts |= strcmp(list->items[i].host, store_host()) != 0;
		counted |= strcmp(how_counted(&list->items[i]), how_counted(&list->items[0])) != 0;
	}
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < list->count; i++) {
		const struct snapshot *one = &list->items[i], *older = before(list, i);

		table_cell(&table, CELL_DIM, one->trusted ? (ascii ? ":" : "…") : one->error_count ? "!" : "");
		snprintf(figure, sizeof(figure), "%lld", (long long)one->id);
		table_cell(&table, CELL_PLAIN, figure);
		snprintf(when, sizeof(when), "%s%s", text_time(figure, one->finished_at),
		         one->doubtful_date ? "?" : "");
		table_cell(&table, CELL_PLAIN, when);
		table_cell(&table, CELL_PLAIN, one->doubtful_date ? "?" : text_age(figure, one->finished_at, now));
		table_cell(&table, CELL_PLAIN, text_size(figure, one->total_bytes, options->si));
		if (older)
			table_growth(&table, snapshot_growth(older, one), options->si);
		else
			table_cell(&table, CELL_PLAIN, "");
		table_cell(&table, CELL_PLAIN, text_count(figure, one->total_items));
		table_cell(&table, CELL_PLAIN, output_safe(&safe, one->scan_root));
		table_cell(&table, CELL_PLAIN, hosts ? output_safe(&safe, one->host) : "");
		table_cell(&table, CELL_PLAIN, counted ? output_safe(&safe, how_counted(one)) : "");
		table_cell(&table, CELL_PLAIN, one->label ? output_safe(&safe, one->label) : "");
	}
	buf_free(&safe);
	table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	return output_text(&text);
}

static int run(const struct options *options)
{
	struct snapshot_list list = {0};
	struct buf root = {0}, safe = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	int status = STATUS_DONE;
	int rc = database_open(options, false, &store, &err);

	/* Of PATH's root every snapshot, however it was counted and whatever machine it is of. */
	if (!rc && options->word_count)
		rc = database_root(store, options->host, options->words[0], &root, &err);
	if (!rc)
		rc = snapshot_list(store, root.data, options->host, NULL, &list, &err);
	if (rc)
		status = output_fail(&err);
	else if (options->json)
		status = print_json(&list);
	else if (list.count)
		status = print_table(options, &list);
	else if (options->host && options->word_count) /* an answer, not a failure */
		output_note(
			_("there is no snapshot of %s on that machine; 'disktracker list --host NAME' shows what there"
		          " is"),
			output_safe(&safe, root.data));
	else if (options->host)
		output_note(_("there is no snapshot of the machine %s; 'disktracker list' names them"),
		            output_safe(&safe, options->host));
	else
		output_note("%s", _("there is no snapshot yet; make one with: disktracker scan PATH"));
	snapshot_list_clear(&list);
	buf_free(&root);
	buf_free(&safe);
	store_close(store);
	return status;
}

const struct command cmd_list = {
	.name = "list",
	.words = "[PATH]",
	.summary = N_("List the stored snapshots"),
	.example = "disktracker list /srv",
	.place = IN_LIST,
	.most_words = 1,
	.run = run,
};
