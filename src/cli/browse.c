/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Without a command: the browser, on a folder or on an export; with ncdu's -o an export instead. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "cli/cmd_scan.h"
#include "cli/command.h"
#include "cli/export.h"
#include "cli/headless.h"
#include "cli/import.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/target.h"
#include "store/store.h"
#include "ui/ui.h"

static int usage(const char *sentence)
{
	struct err err;

	err_set(&err, -EINVAL, "%s", sentence);
	return output_usage(NULL, &err);
}

/* ncdu's `-f A -o B`: read one export, write another. */
static int convert(const struct options *options)
{
	struct ncdu_import imported = {0};
	struct target target;
	struct err err = {{0}};
	int status = STATUS_DONE, rc;

	interrupt_catch();
	rc = import_file(options->input, &imported, &err);
	if (!rc) {
		rc = target_open(&target, options->output, options, &err);
		if (!rc) {
			rc = export_tree(imported.tree, options, imported.timestamp, &target, &err);
			if (rc)
				target_abandon(&target);
		}
		tree_destroy(imported.tree);
	}
	if (rc)
		status = rc == -EPIPE ? STATUS_PIPE : output_fail(&err);
	return rc == -ECANCELED && interrupt_status() ? interrupt_status() : status;
}

static int run(const struct options *options)
{
	if (options->input && options->word_count)
		return usage(_("-f browses an export: there is no PATH to scan"));
	if (options->output)
		return options->input ? convert(options) : cmd_scan_export(options);
	if (!isatty(STDOUT_FILENO))
		return usage(_("standard output is no terminal, so there is nowhere to show the browser; 'disktracker scan' works without one"));
	return usage(_("the browser is not linked in yet"));
}

const struct command cmd_browse = {
	.name = "disktracker",
	.words = "[PATH]",
	.summary = N_("Browse a folder by size, and see what grew since the last time"),
	.place = IN_BROWSE,
	.most_words = 1,
	.run = run,
};
