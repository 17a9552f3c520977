/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"
#include "store/snapshot/ref.h"

static int print(const struct options *options, int64_t id, const char *label)
{
	struct document json = {0};
	struct buf text = {0}, safe = {0};

	if (options->json) {
		document_object(&json, NULL);
		document_int(&json, "schema", 1);
		document_int(&json, "snapshot_id", id);
		document_text(&json, "label", label);
		document_end_object(&json);
		return output_json(&json);
	}
	if (label)
		buf_printf(&text, _("#%lld is now %s\n"), (long long)id, output_safe(&safe, label));
	else
		buf_printf(&text, _("#%lld has no label now\n"), (long long)id);
	buf_free(&safe);
	return output_text(&text);
}

static int run(const struct options *options)
{
	const char *label = options->word_count == 2 ? options->words[1] : NULL;
	struct database_history history = {0};
	struct snapshot snapshot = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	int status, rc;

	if (options->remove == (label != NULL))
		return output_misused("label", label ? _("--remove takes the label away: it goes without a NAME")
		                                     : _("label needs: REF NAME, or REF --remove"));
	rc = label ? ref_check_label(label, &err) : 0;
	if (rc)
		return output_refused("label", rc, &err);
	rc = database_open(options, true, &store, &err);
	if (!rc)
		rc = database_history(store, NULL, &history, &err);
	if (!rc)
		rc = database_find(store, &history, options->words[0], 0, &snapshot, &err);
	if (!rc)
		rc = snapshot_label(store, snapshot.id, label, &err);
	status = rc ? output_fail(&err) : print(options, snapshot.id, label);
	snapshot_clear(&snapshot);
	database_history_clear(&history);
	store_close(store);
	return status;
}

const struct command cmd_label = {
	.name = "label",
	.words = "REF NAME",
	.summary = N_("Name a snapshot"),
	.example = "disktracker label latest before-upgrade",
	.place = IN_LABEL,
	.least_words = 1,
	.most_words = 2,
	.run = run,
};
