/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/options.h"

/* Exit statuses. */
enum command_status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,       /* one sentence on stderr, nothing on stdout */
	STATUS_USAGE = 2,
	STATUS_UNREADABLE = 3,   /* --fail-on-errors: done, and something could not be read */
	STATUS_INTERRUPTED = 130, /* SIGINT; 128 + the signal for others */
	STATUS_PIPE = 141,       /* nobody reads our output any more: silent, as if SIGPIPE had ended us */
};

/** A command is a const entry that carries its own usage. */
struct command {
	const char *name;
	const char *words;       /* usage of its bare words, "[PATH]" */
	const char *summary;     /* N_() */
	const char *example;     /* a command line, the first line of the help */
	unsigned place;          /* enum option_place: which options are its own */
	size_t least_words, most_words;
	int (*run)(const struct options *options); /* exit status; has printed its sentence when it failed */
};

/** The browser, or with -o a scan that is exported: what is done without a command. */
extern const struct command cmd_browse;

extern const struct command cmd_scan;
extern const struct command cmd_list;
extern const struct command cmd_diff;
extern const struct command cmd_explain;
extern const struct command cmd_free;
extern const struct command cmd_label;
extern const struct command cmd_prune;
extern const struct command cmd_forget;
extern const struct command cmd_export;
extern const struct command cmd_import;
extern const struct command cmd_top;
extern const struct command cmd_watch;
extern const struct command cmd_doctor;
extern const struct command cmd_reconcile;
extern const struct command cmd_history;
extern const struct command cmd_size;
extern const struct command cmd_around;
extern const struct command cmd_df;
extern const struct command cmd_timeline;
extern const struct command cmd_log;
extern const struct command cmd_report;
extern const struct command cmd_check;

/** The commands in the order of the help; NULL behind the last. */
const struct command *command_at(size_t i);

/** The command of that name, or NULL. */
const struct command *command_find(const char *name);

/** The command whose name a word is nearest to, as far as a slip of the finger goes; or NULL. */
const struct command *command_nearest(const char *word);

#endif
