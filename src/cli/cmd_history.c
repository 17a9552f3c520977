/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/cmd_scan.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/found_states.h"
#include "cli/headless.h"
#include "cli/interrupt.h"
#include "cli/output.h"

struct state_history {
	const struct options *options;
	char *path;
	struct found_states states;
	int64_t *ids; /* of each: the snapshot that it is; 0 = it is none yet */
};

/* Those that are stored already: of that folder, and of that second. */
static int find_stored(struct state_history *history, struct err *err)
{
	struct snapshot_list list = {0};
	struct store *store = NULL;
	int rc = database_open(history->options, false, &store, err);

	if (!rc)
		rc = snapshot_list(store, history->path, NULL, NULL, &list, err);
	for (size_t i = 0; !rc && i < list.count; i++)
		for (size_t k = 0; k < history->states.count; k++)
			if (!strcmp(list.items[i].source, SOURCE_DECLARED) &&
			    list.items[i].finished_at == history->states.items[k].time_s)
				history->ids[k] = list.items[i].id;
	snapshot_list_clear(&list);
	store_close(store);
	return rc;
}

/* Each like `scan FOLDER --as PATH --at TIME --warm`, oldest first: each warm from the one before it. */
static int store_states(struct state_history *history)
{
	int status = STATUS_DONE;

	for (size_t i = 0; status == STATUS_DONE && i < history->states.count; i++) {
		const struct found_state *state = &history->states.items[i];
		struct options options = *history->options;
		const char *words[] = {state->folder};
		char time[24];

		if (history->ids[i])
			continue;
		snprintf(time, sizeof(time), "%lld", (long long)state->time_s);
		options.words = words;
		options.word_count = 1;
		options.as = history->path;
		options.at = time;
		options.warm = 1;
		status = cmd_scan_declared(&options, &history->ids[i]);
	}
	return status;
}

static int print_json(const struct state_history *history)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "root", history->path);
	document_array(&json, "snapshots");
	for (size_t i = 0; i < history->states.count; i++) {
		const struct found_state *state = &history->states.items[i];

		document_object(&json, NULL);
		if (history->ids[i])
			document_int(&json, "snapshot_id", history->ids[i]);
		else
			document_null(&json, "snapshot_id");
		document_int(&json, "time", state->time_s);
		document_text(&json, "layout", state->layout);
		document_path(&json, "path", state->folder);
		document_end_object(&json);
	}
	document_end_array(&json);
	document_end_object(&json);
	return output_json(&json);
}

static int print_table(const struct state_history *history)
{
	const struct table_column columns[] = {{_("id"), true},
	                                       {_("when"), false},
	                                       {_("kept by"), false},
	                                       {_("in"), false}};
	char figure[TEXT_FIGURE];
	struct buf text = {0}, safe = {0};
	struct table table;

	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < history->states.count; i++) {
		const struct found_state *state = &history->states.items[i];

		snprintf(figure, sizeof(figure), "%lld", (long long)history->ids[i]);
		table_cell(&table, CELL_PLAIN, history->ids[i] ? figure : "-");
		table_cell(&table, CELL_PLAIN, text_time(figure, state->time_s));
		table_cell(&table, CELL_PLAIN, state->layout);
		table_cell(&table, CELL_PLAIN, output_safe(&safe, state->folder));
	}
	buf_free(&safe);
	table_finish(&table, options_color(history->options, STDOUT_FILENO), &text);
	return output_text(&text);
}

static int print(const struct state_history *history)
{
	if (history->options->json)
		return print_json(history);
	return history->options->quiet ? STATUS_DONE : print_table(history);
}

static int run(const struct options *options)
{
	struct state_history history = {.options = options};
	struct buf safe = {0};
	struct err err = {{0}};
	char *place = NULL;
	int status = STATUS_DONE, rc = 0;

	interrupt_catch();
	history.path = headless_root(options->word_count ? options->words[0] : ".", &err);
	if (history.path && options->look_in)
		place = headless_root(options->look_in, &err);
	if (!history.path || (options->look_in && !place))
		rc = -ENOENT;
	if (!rc)
		rc = found_states_find(history.path, place, &history.states, &err);
	if (!rc && !history.states.count)
		rc = err_set(
			&err, -ENOENT,
			_("no older state of %s was found: btrfs, snapper, Timeshift, ZFS and rsnapshot are known;"
		          " --look-in FOLDER says where they are, and 'scan FOLDER --as PATH --at TIME' takes any"),
			output_safe(&safe, history.path));
	if (!rc && !(history.ids = alloc_array(history.states.count, sizeof(*history.ids))))
		rc = err_no_memory(&err);
	if (!rc)
		rc = find_stored(&history, &err);
	if (rc)
		status = output_fail(&err);
	else if (!options->dry_run)
		status = store_states(&history);
	if (status == STATUS_DONE)
		status = print(&history);
	found_states_clear(&history.states);
	free(history.ids);
	free(history.path);
	free(place);
	buf_free(&safe);
	return status;
}

const struct command cmd_history = {
	.name = "history",
	.words = "[PATH]",
	.summary = N_("Store older states of a folder that lie about already"),
	.example = "disktracker history --dry-run /home",
	.place = IN_HISTORY,
	.most_words = 1,
	.run = run,
};
