/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
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
#include "cli/retain.h"
#include "cli/target.h"
#include "store/db/store.h"
#include "ui/term/term.h"
#include "ui/ui.h"

/*
 * Keys come from the terminal, whatever stdin was, an export perhaps: the terminal takes its place, for a shell that
 * the browser starts, too.
 */
static int take_terminal(struct err *err)
{
	int fd = open("/dev/tty", O_RDWR);

	if (fd < 0)
		return err_set(err, -ENOTTY, _("there is no terminal to read keys from: %s"), strerror(errno));
	if (fd != STDIN_FILENO) {
		if (dup2(fd, STDIN_FILENO) < 0) {
			int rc = -errno;

			close(fd);
			return err_set(err, rc, _("cannot read keys from the terminal: %s"), strerror(-rc));
		}
		close(fd);
	}
	return 0;
}

/* ncdu's `-f A -o B`: read one export, write another. */
static int convert(const struct options *options)
{
	struct import imported = {0};
	struct target target;
	struct err err = {{0}};
	int status = STATUS_DONE, rc;

	interrupt_catch();
	rc = import_file(options->input, options, &imported, &err);
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

static void say(struct ui_result *result, int *status)
{
	if (result->message)
		fprintf(stderr, "%s\n", result->message);
	if (result->removed)
		fprintf(stderr, "%s\n", result->removed);
	for (size_t at = 0; at < result->print.length;) {
		const char *path = result->print.data + at;
		struct buf line = {0};

		/*
		 * On a terminal as a word of the shell: no file name reaches one raw.  Elsewhere it is for a program.
		 */
		if (isatty(STDOUT_FILENO))
			text_shell(&line, path, strlen(path));
		else
			buf_str(&line, path);
		buf_char(&line, '\n');
		int printed = output_text(&line);

		if (!*status)
			*status = printed;
		at += strlen(path) + 1;
	}
	free(result->message);
	free(result->removed);
	buf_free(&result->print);
}

static int open_browser(const struct options *options)
{
	struct ui_start start = {.store = options->store, .path = options->word_count ? options->words[0] : "."};
	struct prune_policy retention;
	struct ui_result result = {0};
	struct import imported = {0};
	struct exclude *exclude = NULL;
	struct buf db = {0}, name = {0};
	struct err err = {{0}};
	int status = STATUS_DONE, rc = 0;

	if (options_backend(options, &start.backend, &err))
		return output_usage(NULL, &err);
	if (term_usable(&err)) {
		output_fail(&err);
		return STATUS_USAGE;
	}
	options_settings(options, options->input != NULL, &start.settings);
	start.settings.ascii = output_ascii(options);
	start.scan.wake_fd = -1;
	start.warm = options->warm && options->store;
	start.scan.threads = (unsigned)options->threads;
	start.scan.no_prefetch = !options->prefetch;
	start.scan.extended = options->extended;
	retain_policy(options, true, &retention);
	start.retention = options->prune ? &retention : NULL;
	start.mode = options->feedback == FEEDBACK_NONE ? UI_QUIET
	           : options->feedback == FEEDBACK_LINE ? UI_LINE
	                                                : UI_FULL;

	if (options->input) {
		rc = import_file(options->input, options, &imported, &err);
		start.path = NULL;
		start.tree = imported.tree;
		start.tree_name = output_safe(&name,
		                              strcmp(options->input, "-") ? options->input : _("standard input"));
		start.tree_time = imported.timestamp;
		start.store = start.warm = false;
	} else {
		char *root = realpath(start.path, NULL);

		rc = options_counting(options, &start.scan.counting, &exclude, &err);
		if (!rc && root)
			headless_idle_patterns(options, root);
		free(root);
	}
	if (!rc && !isatty(STDIN_FILENO))
		rc = take_terminal(&err);
	/* No home and no --db: browse without a memory rather than not at all. */
	if (!rc && start.store && store_default_path(options->db, &db)) {
		output_note(
			"%s",
			_("there is no place for the database, so nothing is saved: set HOME to a folder that is"
			  " there, or give --db FILE"));
		start.store = start.warm = false;
	}
	start.db = db.data;
	if (!rc) {
		start.tree = imported.tree;
		imported.tree = NULL; /* the browser's now */
		rc = ui_run(&start, &result, &err);
		if (!rc)
			status = result.status;
		say(&result, &status);
	}
	if (rc) {
		status = output_fail(&err);
		status = rc == -ENOTTY ? STATUS_USAGE : status;
	}
	tree_destroy(imported.tree);
	exclude_destroy(exclude);
	buf_free(&db);
	buf_free(&name);
	return status;
}

static int run(const struct options *options)
{
	if (options->input && options->word_count)
		return output_misused(NULL, _("-f browses an export: there is no PATH to scan"));
	if (options->output)
		return options->input ? convert(options) : cmd_scan_export(options);
	if (!options->print && !isatty(STDOUT_FILENO))
		return output_misused(
			NULL,
			_("standard output is no terminal: use --print to draw on the terminal all the same and print"
		          " the folder Q leaves in, or 'disktracker scan'"));
	return open_browser(options);
}

const struct command cmd_browse = {
	.name = "disktracker",
	.words = "[PATH]",
	.summary = N_("Browse a folder by size, and see what grew since the last time"),
	.example = "disktracker /var",
	.place = IN_BROWSE,
	.most_words = 1,
	.run = run,
};
