/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/export.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/target.h"

static int print_json(const struct snapshot *snapshot, const char *file)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_int(&json, "snapshot_id", snapshot->id);
	document_path(&json, "root", snapshot->scan_root);
	document_path(&json, "file", file);
	document_end_object(&json);
	return output_json(&json);
}

static int run(const struct options *options)
{
	const char *file = options->output ? options->output : "-";
	struct database_history history = {0};
	struct snapshot snapshot = {0};
	struct store *store = NULL;
	struct target target;
	struct err err = {{0}};
	int status, rc;

	if (options->json && !strcmp(file, "-"))
		return output_misused("export",
		                      _("--json and the export would both go to standard output: give -o FILE"));
	if (!options->output && isatty(STDOUT_FILENO))
		return output_misused(
			"export",
			_("an export is nothing to read on a terminal: give -o FILE, or -o - to have it here all"
		          " the same"));
	interrupt_catch();
	rc = database_open(options, false, &store, &err);
	if (!rc)
		rc = database_history(store, options->word_count ? options->words[0] : NULL, &history, &err);
	if (!rc)
		rc = database_find(store, &history, options->snapshot ? options->snapshot : "latest", 0, &snapshot,
		                   &err);
	if (!rc)
		rc = target_open(&target, file, options, &err);
	if (!rc) {
		rc = export_snapshot(store, &snapshot, options, &target, &err);
		if (rc)
			target_abandon(&target);
	}
	if (!rc)
		status = options->json ? print_json(&snapshot, file) : STATUS_DONE;
	else if (rc == -EPIPE)
		status = STATUS_PIPE;
	else
		status = output_fail(&err);
	if (rc == -ECANCELED && interrupt_status())
		status = interrupt_status();
	snapshot_clear(&snapshot);
	database_history_clear(&history);
	store_close(store);
	return status;
}

const struct command cmd_export = {
	.name = "export",
	.words = "[PATH]",
	.summary = N_("Write a snapshot to a file"),
	.example = "disktracker export -o tree.json.zst /srv",
	.place = IN_EXPORT,
	.most_words = 1,
	.run = run,
};
