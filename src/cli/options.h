/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/scan/exclude.h"
#include "engine/watch/notify.h"
#include "engine/scan/scan.h"
#include "ui/ui.h"

/*
 * The vocabulary of the command line: one table of options (option_table.c) from which parsing, config files, help and
 * the check of the manual page are derived.  Options may stand before and behind the command, clustered (`-1xo-`),
 * with `=` or a space.
 */

/** Where an option is accepted. */
enum option_place {
	IN_BROWSE = 1 << 0, /* no command: the browser, and ncdu's -o */
	IN_SCAN = 1 << 1,
	IN_LIST = 1 << 2,
	IN_DIFF = 1 << 3,
	IN_LABEL = 1 << 4,
	IN_PRUNE = 1 << 5,
	IN_EXPORT = 1 << 6,
	IN_IMPORT = 1 << 7,
	IN_TOP = 1 << 8,
	IN_SIZE = 1 << 9,
	IN_WATCH = 1 << 10,
	IN_DOCTOR = 1 << 11,
	IN_RECONCILE = 1 << 12,
	IN_FORGET = 1 << 13,
	IN_TIMELINE = 1 << 14,
	IN_REPORT = 1 << 15,
	IN_FREE = 1 << 16,
	IN_EXPLAIN = 1 << 17,
	IN_LOG = 1 << 18,
	IN_DF = 1 << 19,
	IN_CHECK = 1 << 20,
	IN_HISTORY = 1 << 21,
	IN_AROUND = 1 << 22,
	IN_CONFIG = 1 << 30,               /* a config file, whatever the command is; not part of IN_ALL */
	IN_COMMANDS = IN_CONFIG - IN_SCAN, /* every command */
	IN_ALL = IN_BROWSE | IN_COMMANDS,
};

enum option_mounts { MOUNTS_LOCAL, MOUNTS_SAME, MOUNTS_ALL };
enum option_feedback { FEEDBACK_DEFAULT, FEEDBACK_NONE, FEEDBACK_LINE, FEEDBACK_FULL };
enum option_format { FORMAT_NCDU, FORMAT_NCDU_BINARY, FORMAT_CSV, FORMAT_NDJSON, FORMAT_PROMETHEUS };
enum option_tri { TRI_DEFAULT = -1, TRI_OFF, TRI_ON };
enum option_theme { COLOR_DEFAULT = -1 }; /* else enum ui_theme */

/** `--exclude PATTERN` or `--exclude-from FILE`. */
struct option_exclusion {
	const char *text;
	bool is_file;
	bool forgiving; /* from a config line with @ */
};

/**
 * What was asked for.  Flags are ints so that one kind of table row sets them all.  Strings are borrowed from argv or
 * owned by `kept`.
 */
struct options {
	/* everywhere */
	const char *db;         /* NULL = the default place */
	int json, si, ascii;
	int spoken;             /* --screen-reader */
	int color;              /* enum ui_theme or COLOR_DEFAULT */

	/* how things are counted and scanned */
	int mounts;             /* enum option_mounts */
	int kernfs, follow_links, exclude_caches;
	struct option_exclusion *exclusions;
	size_t exclusion_count, exclusion_capacity;
	size_t exclusions_configured; /* the first of them come from configuration */
	int threads;            /* 0 = default */
	int extended;
	int feedback;           /* enum option_feedback */
	int slow_updates;

	/* import, export */
	const char *input;      /* -f */
	const char *output;     /* -o, -O */
	const char *binary_output; /* -O: it is output and format once all options are read */
	int compress;              /* enum option_tri; default: as the file is called */
	int compress_level;
	int export_block_kib;   /* 0 = ncdu's sizes */
	int format;             /* enum option_format */

	/* commands */
	int store, cold, warm;
	int raw;
	int prefetch;           /* read a large cold tree ahead */
	const char *label;
	const char *look_in;    /* where older states may lie, too */
	const char *html;       /* report: the page's file */
	const char *as, *at;    /* of what, and when: a declared state */
	const char *from, *to, *snapshot, *last;
	const char *max_size, *max_items, *max_growth, *full_in; /* of check */
	int top;                /* -n; -1 = not given */
	int64_t min_delta, min_size; /* -1 = not given */
	int depth;              /* -1 = any */
	int files, dirs, items;
	int deleted;            /* log */
	int keep;               /* the snapshots of `around` */
	const char *filter;     /* top */
	const char *by;         /* top: groups; log: a writer */
	int remove;
	int prune;              /* remove old snapshots behind a new one */
	int keep_last, keep_daily, keep_weekly, keep_monthly;
	int64_t older_than_s;   /* -1 = not given */
	int dry_run;
	const char *host;
	int64_t du_unit;        /* bytes that one of du's sizes stands for */
	int backend;            /* enum notify_backend; -1 = not given */
	int debounce_ms, flush_s;
	int quiet, fail_on_errors;
	int repair, full;
	int now, check_rules;

	/* the browser */
	int can_shell, can_delete, can_refresh; /* enum option_tri */
	int read_only;          /* times -r was given */
	int print;              /* stdout is for what Q prints, the screen is on /dev/tty */
	int show_hidden, show_items, show_mtime, show_graph;
	int show_percent;       /* enum option_tri */
	int graph_style, shared; /* enum ui_graph_style, ui_shared */
	int sort, sort_descending;
	int apparent, natural, dirs_first, confirm_quit, confirm_delete;

	/* bare words behind the command */
	const char **words;
	size_t word_count, word_capacity;
	size_t plain_count; /* the last of them stand behind `--` */

	char **kept;            /* strings that config files gave */
	size_t kept_count, kept_capacity;
};

struct option_choice {
	const char *name;
	int value;
};

enum option_kind {
	OPTION_SET,      /* int field = on; the opposite stores off */
	OPTION_COUNT,    /* int field + 1 */
	OPTION_TEXT,     /* const char *field = argument */
	OPTION_FILE,     /* the same; ~ is expanded in config files */
	OPTION_NUMBER,   /* int field, within on … off */
	OPTION_SIZE,     /* int64_t field, bytes */
	OPTION_DURATION, /* int64_t field, seconds */
	OPTION_CHOICE,   /* int field = value of the argument in `choices` */
	OPTION_SORT,     /* COLUMN[-asc|-desc], a column of `choices` */
	OPTION_PATTERN,  /* --exclude */
	OPTION_PATTERNS, /* --exclude-from */
	OPTION_IGNORE_CONFIG,
	OPTION_HELP,
	OPTION_VERSION,
};

struct option {
	const char *name;     /* long, without dashes; NULL: short only */
	char letter;          /* short; 0: long only */
	const char *opposite; /* long option that takes it back, or NULL */
	const char *argument; /* name of its argument in the help, or NULL */
	unsigned places;      /* enum option_place */
	const char *help;     /* N_(); NULL: accepted, not listed */
	enum option_kind kind;
	size_t field;         /* offset in struct options */
	int on, off;
	const struct option_choice *choices;
};

/** The table; ends with a row without name and letter. */
extern const struct option option_table[];

/** What --backend takes; ends with a row without name. */
extern const struct option_choice option_backends[];

/** Defaults. */
void options_init(struct options *options);
void options_free(struct options *options);

/** What must be known before anything is applied. */
struct options_glance {
	const char *word;   /* first bare word before any `--`, or NULL: perhaps the command */
	const char *path;   /* the next one, or NULL */
	bool help, version, ignore_config, json;
};

/** Look through the command line without applying it; errors are left to options_parse(). */
void options_glance(int argc, char *const argv[], struct options_glance *out);

/**
 * Apply the words argv[1…] on top of what is there.  `place` is the command's; `command` its name, which as first bare
 * word is left out of `words`, or NULL.  0; -EINVAL with a sentence: unknown, not of this command, argument missing or
 * wrong; -ENOMEM.
 */
int options_parse(struct options *options, int argc, char *const argv[], unsigned place, const char *command,
                  struct err *err);

/**
 * Apply one line of a config file: a name and, after blanks or `=`, its argument; either may be NULL.  Copies what it
 * keeps.
 * `forgiving`: errors in this option's file (--exclude-from) are to be ignored later too.
 */
int options_config(struct options *options, const char *name, const char *argument, bool forgiving, struct err *err);

/**
 * The counting part for a scan.  *exclude (NULL when there are no patterns) is to be destroyed by the caller after the
 * tree.  -errno with a sentence.
 */
int options_counting(const struct options *options, struct scan_counting *counting, struct exclude **exclude,
                     struct err *err);

/**
 * The browser's settings.  `imported`: browsing an export, where shell, delete and refresh are off unless asked for.
 */
void options_settings(const struct options *options, bool imported, struct ui_settings *out);

/** Who tells of changes: --backend, else DISKTRACKER_WATCH_BACKEND.  -EINVAL with a sentence. */
int options_backend(const struct options *options, enum notify_backend *out, struct err *err);

/** In which colours commands print: growth and shrinkage in red and green, or in orange and blue. */
enum paint { PAINT_OFF, PAINT_RED_GREEN, PAINT_ORANGE_BLUE };

/** Colours wanted on this descriptor: a terminal, NO_COLOR unset, --color not off. */
enum paint options_color(const struct options *options, int fd);

#endif
