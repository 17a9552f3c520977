/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DiskTracker: where did the disk go, and what grew since last time?
 *
 * The map of the program.  Includes go down only:
 *
 *   src/cli     what a person types: options.c (one table of options), config.c (files of them), command.c (table of
 *               commands), cmd_*.c
 *      |        (one command each), browse.c (options -> the browser); output.c, document.c, target.c (what comes out)
 *   src/ui      the screens: a loop that turns keys and what the layers below report into cells, one file that turns
 *               cells into curses
 *      |
 *   src/store   what lasts: snapshots in SQLite, growth between them, ncdu's exports
 *      |
 *   src/engine  the tree in memory: scan.c and its workers fill an arena that others read meanwhile; images, remembered
 *   trees
 *      |
 *   src/base    libc only: memory, sentences, sizes, times, names made safe
 *
 * `disktracker scan` as an example: main -> cmd_scan -> headless_scan -> scan_start (threads fill the tree) ->
 * snapshot_save (one transaction)
 * -> a summary.  Docs: ARCHITECTURE.md for the structures and the formats on disk, disktracker(1), disktracker-json(5).
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mapped.h"
#include "base/sandbox.h"
#include "base/trace.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/config.h"
#include "cli/help.h"
#include "cli/output.h"
#include "config.h"

static int show(const struct command *command)
{
	struct buf text = {0};

	if (command)
		help_command(&text, command);
	else
		buf_str(&text, "disktracker " PACKAGE_VERSION "\n");
	return output_text(&text);
}

static int usage(const struct command *command, struct err *err)
{
	return output_usage(command == &cmd_browse ? NULL : command->name, err);
}

static int check_words(const struct command *command, const struct options *options, struct err *err)
{
	struct buf safe = {0};

	if (options->word_count < command->least_words)
		return err_set(err, -EINVAL, _("%s needs: %s"), command->name, command->words);
	if (options->word_count <= command->most_words)
		return 0;
	if (command == &cmd_browse)
		err_set(err, -EINVAL, _("%s is no command, and only one folder is browsed at a time"),
		        output_safe(&safe, options->words[0]));
	else
		err_set(err, -EINVAL, _("too many arguments: %s"),
		        output_safe(&safe, options->words[command->most_words]));
	buf_free(&safe);
	return -EINVAL;
}

/**
 * Neither the name of a command (that has been looked for) nor of anything that is there; with a slash it was meant as
 * a path.
 */
static bool is_unknown(const char *word)
{
	struct stat there;

	return word && !strchr(word, '/') && lstat(word, &there) && errno == ENOENT;
}

static int unknown_word(const char *word)
{
	const struct command *nearest = command_nearest(word);
	struct buf safe = {0};
	struct err err;

	if (nearest)
		err_set(&err, -EINVAL, _("no such command or folder: %s; did you mean '%s'?"), output_safe(&safe, word),
		        nearest->name);
	else
		err_set(&err, -EINVAL, _("no such command or folder: %s"), output_safe(&safe, word));
	buf_free(&safe);
	return output_usage(NULL, &err);
}

int main(int argc, char *argv[])
{
	const struct command *command = NULL;
	struct options_glance glance;
	struct options options;
	struct err err = {{0}};
	int status, rc = 0;
	bool good;

	sandbox_mend();
	mapped_guard();
	i18n_start();
	if (trace_start(getenv("DISKTRACKER_TRACE"), &err))
		return output_fail(&err);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow (ulimit -f) is an error like a full disk */

	if (argc > 1 && !strcmp(argv[1], "--complete"))
		return complete(argc - 2, argv + 2);
	options_glance(argc, argv, &glance);
	if (glance.word && !strcmp(glance.word, "help")) {
		/* `help COMMAND` is `COMMAND --help`. */
		glance.help = true;
		glance.word = glance.path;
		if (glance.word && !command_find(glance.word))
			return unknown_word(glance.word);
	}
	if (glance.word)
		command = command_find(glance.word);
	if (!command)
		command = &cmd_browse;
	if (glance.help || glance.version)
		return show(glance.help ? command : NULL);

	output_begin(glance.json, glance.path);
	options_init(&options);
	if (!glance.ignore_config)
		rc = config_load(&options, &err);
	options.exclusions_configured = options.exclusion_count;
	good = !rc &&
	       !options_parse(&options, argc, argv, command->place, command == &cmd_browse ? NULL : command->name,
	                      &err) &&
	       !check_words(command, &options, &err);
	if (rc) {
		status = output_fail(&err);
	} else if (command == &cmd_browse && !options.input && is_unknown(glance.word)) {
		status = unknown_word(glance.word);
	} else if (!good) {
		status = usage(command, &err);
	} else {
		/* Writing to a closed pipe is then an error like others; the browser's shells must not inherit it. */
		if (command != &cmd_browse || options.output)
			signal(SIGPIPE, SIG_IGN);
		status = command->run(&options);
	}
	options_free(&options);
	return status;
}
