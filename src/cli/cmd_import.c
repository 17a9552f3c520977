/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/import.h"
#include "cli/headless.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "store/snapshot/ref.h"

static int print(const struct options *options, const struct snapshot *snapshot, const struct import *imported)
{
	char size[TEXT_FIGURE], items[TEXT_FIGURE], when[TEXT_FIGURE];
	struct buf text = {0}, root = {0}, host = {0};
	struct document json = {0};

	if (options->json) {
		document_object(&json, NULL);
		document_int(&json, "schema", 1);
		document_int(&json, "snapshot_id", snapshot->id);
		document_object(&json, "snapshot");
		database_json(&json, snapshot);
		document_end_object(&json);
		document_text(&json, "program", imported->program[0] ? imported->program : NULL);
		document_end_object(&json);
		return output_json(&json);
	}
	buf_printf(&text,
	           ngettext("#%lld saved: %s of %s, %s, %s in %s item\n", "#%lld saved: %s of %s, %s, %s in %s items\n",
	                    snapshot->total_items),
	           (long long)snapshot->id, output_safe(&root, snapshot->scan_root), output_safe(&host, snapshot->host),
	           text_time(when, snapshot->finished_at), text_size(size, snapshot->total_bytes, options->si),
	           text_count(items, snapshot->total_items));
	buf_free(&root);
	buf_free(&host);
	return output_text(&text);
}

static int run(const struct options *options)
{
	struct import imported = {0};
	struct snapshot snapshot = {0};
	struct store *store = NULL;
	char source[64];
	struct err err = {{0}};
	int64_t id = 0;
	int status, rc = options->label ? ref_check_label(options->label, &err) : 0;

	if (rc)
		return output_refused("import", rc, &err);
	interrupt_catch();
	rc = database_open(options, true, &store, &err);
	if (!rc)
		rc = import_file(options->words[0], options, &imported, &err);
	if (!rc) {
		int64_t taken = imported.timestamp ? imported.timestamp : clock_wall_s();
		struct snapshot_meta meta = {
			.options = "",
			.host = options->host,
			/* what one program has counted on one machine can be compared */
			.source = import_source(&imported, source),
			.label = options->label,
			.started_at = taken,
			.finished_at = taken,
		};

		headless_oddities(imported.tree);
		rc = snapshot_save(store, imported.tree, &meta, interrupt_flag(), &id, &err);
	}
	if (!rc)
		rc = snapshot_get(store, id, &snapshot, &err);
	status = rc ? output_fail(&err) : print(options, &snapshot, &imported);
	if (rc == -ECANCELED && interrupt_status())
		status = interrupt_status();
	snapshot_clear(&snapshot);
	tree_destroy(imported.tree);
	store_close(store);
	return status;
}

const struct command cmd_import = {
	.name = "import",
	.words = "FILE",
	.summary = N_("Store what another program has counted as a snapshot"),
	.example = "disktracker import --host web1 web1.json.zst",
	.place = IN_IMPORT,
	.least_words = 1,
	.most_words = 1,
	.run = run,
};
