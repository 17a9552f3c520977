/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/output.h"

/* ---- the table ---- */

#define FIELD(name) offsetof(struct options, name)
#define SET(name, on_value, off_value) .kind = OPTION_SET, .field = FIELD(name), .on = on_value, .off = off_value
#define COUNT(name) .kind = OPTION_COUNT, .field = FIELD(name)
#define TEXT(name) .kind = OPTION_TEXT, .field = FIELD(name)
#define FILENAME(name) .kind = OPTION_FILE, .field = FIELD(name)
#define NUMBER(name, least, most) .kind = OPTION_NUMBER, .field = FIELD(name), .on = least, .off = most
#define SIZE(name) .kind = OPTION_SIZE, .field = FIELD(name)
#define DURATION(name) .kind = OPTION_DURATION, .field = FIELD(name)
#define CHOICE(name, list) .kind = OPTION_CHOICE, .field = FIELD(name), .choices = list

#define SCANS (IN_BROWSE | IN_SCAN | IN_CONFIG)
#define COUNTS (SCANS | IN_WATCH | IN_RECONCILE)
#define BROWSES (IN_BROWSE | IN_CONFIG)
#define EXPORTS (IN_BROWSE | IN_SCAN | IN_EXPORT)

static const struct option_choice theme_choices[] = {
	{"auto", THEME_AUTO},   {"dark", THEME_DARK}, {"dark-bg", THEME_DARK_BG},
	{"light", THEME_LIGHT}, {"off", THEME_OFF},   {NULL, 0},
};
static const struct option_choice format_choices[] = {
	{"ncdu", FORMAT_NCDU}, {"csv", FORMAT_CSV}, {"ndjson", FORMAT_NDJSON}, {NULL, 0},
};
static const struct option_choice backend_choices[] = {
	{"auto", NOTIFY_AUTO}, {"inotify", NOTIFY_INOTIFY}, {"fanotify", NOTIFY_FANOTIFY}, {NULL, 0},
};
/* ncdu 2 spelt the last one wrong for a while and still takes it. */
static const struct option_choice graph_choices[] = {
	{"hash", STYLE_HASH},
	{"half-block", STYLE_HALF},
	{"eighth-block", STYLE_EIGHTH},
	{"eigth-block", STYLE_EIGHTH},
	{NULL, 0},
};
static const struct option_choice shared_choices[] = {
	{"off", SHARED_OFF}, {"shared", SHARED_SHARED}, {"unique", SHARED_UNIQUE}, {NULL, 0},
};

const struct option option_table[] = {
	/* general */
	{"help", 'h', NULL, NULL, IN_ALL, N_("show this help"), .kind = OPTION_HELP},
	{"version", 'V', NULL, NULL, IN_BROWSE, N_("show the version"), .kind = OPTION_VERSION},
	{NULL, 'v', NULL, NULL, IN_BROWSE, NULL, .kind = OPTION_VERSION},
	{"db", 0, NULL, N_("FILE"), IN_ALL | IN_CONFIG,
         N_("the database (default: DISKTRACKER_DB, or in the user's data folder)"), FILENAME(db)},
	{"json", 0, NULL, NULL, IN_COMMANDS, N_("one JSON document on standard output (disktracker-json(5))"),
         SET(json, 1, 0)},
	{"ignore-config", 0, NULL, NULL, IN_ALL, N_("read no configuration file"), .kind = OPTION_IGNORE_CONFIG},

	/* scanning */
	{"one-file-system", 'x', "cross-file-system", NULL, COUNTS,
         N_("stay on the file system of PATH, or enter network, FUSE, overlay and memory file systems too (default: local disks)"),
         SET(mounts, MOUNTS_SAME, MOUNTS_ALL)},
	{"exclude", 0, NULL, N_("PATTERN"), COUNTS, N_("leave out what matches the pattern; may be repeated"),
         .kind = OPTION_PATTERN},
	{"exclude-from", 'X', NULL, N_("FILE"), COUNTS, N_("leave out what matches a pattern of the file"),
         .kind = OPTION_PATTERNS},
	{"exclude-caches", 0, "include-caches", NULL, COUNTS,
         N_("leave out, or count (default), folders with a CACHEDIR.TAG"), SET(exclude_caches, 1, 0)},
	{"follow-symlinks", 'L', "no-follow-symlinks", NULL, COUNTS, N_("count the files that symbolic links point to"),
         SET(follow_links, 1, 0)},
	{"include-kernfs", 0, "exclude-kernfs", NULL, COUNTS,
         N_("enter, or leave out (default), kernel file systems such as /proc"), SET(kernfs, 1, 0)},
	{"threads", 't', NULL, N_("N"), COUNTS, N_("threads that scan (default: 4 for each processor, 8 to 32)"),
         NUMBER(threads, 1, 1024)},
	{"extended", 'e', "no-extended", NULL, SCANS | IN_EXPORT | IN_IMPORT,
         N_("keep owner and permissions of every entry; write them and the time of change to an export"),
         SET(extended, 1, 0)},
	{"cold", 0, NULL, NULL, IN_SCAN, N_("do not compare with the snapshot before"), SET(cold, 1, 0)},
	{"warm", 0, NULL, NULL, IN_BROWSE | IN_SCAN,
         N_("trust folders that seem unchanged since the snapshot before: many times faster"), SET(warm, 1, 0)},
	{"no-store", 0, "store", NULL, SCANS, N_("keep no snapshot"), SET(store, 0, 1)},
	{"no-prune", 0, "prune", NULL, SCANS | IN_WATCH,
         N_("keep all older snapshots (default: remove those that prune would)"), SET(prune, 0, 1)},
	{"label", 0, NULL, N_("NAME"), IN_SCAN | IN_IMPORT, N_("name the snapshot"), TEXT(label)},
	{NULL, '0', NULL, NULL, SCANS | IN_IMPORT, N_("no feedback while scanning or importing"),
         SET(feedback, FEEDBACK_NONE, 0)},
	{NULL, '1', NULL, NULL, SCANS | IN_IMPORT, N_("one line of feedback"), SET(feedback, FEEDBACK_LINE, 0)},
	{NULL, '2', NULL, NULL, SCANS | IN_IMPORT, N_("feedback on the whole screen (default in the browser)"),
         SET(feedback, FEEDBACK_FULL, 0)},
	{"slow-ui-updates", 'q', "fast-ui-updates", NULL, SCANS,
         N_("renew the screen every 2 s only, or at once (default)"), SET(slow_updates, 1, 0)},

	/* exports */
	{NULL, 'f', NULL, N_("FILE"), IN_BROWSE,
         N_("browse an export of ncdu, gdu or this program (- = standard input)"), TEXT(input)},
	{NULL, 'o', NULL, N_("FILE"), EXPORTS, N_("write ncdu's JSON to the file (- = standard output)"), TEXT(output)},
	{"compress", 'c', "no-compress", NULL, EXPORTS | IN_CONFIG, N_("compress an export with zstd"),
         SET(compress, 1, 0)},
	{"compress-level", 0, NULL, N_("N"), EXPORTS | IN_CONFIG, N_("level of compression, 1 to 22 (default 4)"),
         NUMBER(compress_level, 1, 22)},
	{"export-block-size", 0, NULL, N_("KIB"), EXPORTS | IN_CONFIG, NULL, NUMBER(export_block_kib, 4, 16000)},
	{"format", 0, NULL, "ncdu|csv|ndjson", IN_EXPORT, N_("what to write (default ncdu)"),
         CHOICE(format, format_choices)},
	{"host", 0, NULL, N_("NAME"), IN_IMPORT, N_("the machine the export comes from"), TEXT(host)},

	/* snapshots */
	{"from", 0, NULL, N_("REF"), IN_DIFF, N_("older snapshot (default: the one before --to)"), TEXT(from)},
	{"to", 0, NULL, N_("REF"), IN_DIFF, N_("newer snapshot (default: latest)"), TEXT(to)},
	{"last", 0, NULL, N_("DURATION"), IN_DIFF, N_("growth within that time: 24h, 7d, 3mo"), TEXT(last)},
	{"snapshot", 0, NULL, N_("REF"), IN_EXPORT | IN_TOP, N_("which snapshot (default: latest)"), TEXT(snapshot)},
	{"top", 'n', NULL, N_("N"), IN_DIFF | IN_TOP, N_("at most N entries (default 20; diff --json: all)"),
         NUMBER(top, 1, INT_MAX)},
	{"min-delta", 0, NULL, N_("SIZE"), IN_DIFF,
         N_("only changes of at least that size (default 1 MiB; with --json all)"), SIZE(min_delta)},
	{"depth", 0, NULL, N_("N"), IN_DIFF | IN_EXPORT, N_("at most N levels below PATH"), NUMBER(depth, 0, INT_MAX)},
	{"files", 0, NULL, NULL, IN_DIFF, N_("files too"), SET(files, 1, 0)},
	{"dirs", 0, NULL, NULL, IN_TOP, N_("folders instead of files"), SET(dirs, 1, 0)},
	{"remove", 0, NULL, NULL, IN_LABEL, N_("take the name away"), SET(remove, 1, 0)},
	{"keep-last", 0, NULL, N_("N"), IN_PRUNE | IN_CONFIG, N_("keep the newest N of every root"),
         NUMBER(keep_last, 0, INT_MAX)},
	{"keep-daily", 0, NULL, N_("N"), IN_PRUNE | IN_CONFIG,
         N_("keep the newest of each of the last N days that have one"), NUMBER(keep_daily, 0, INT_MAX)},
	{"keep-weekly", 0, NULL, N_("N"), IN_PRUNE | IN_CONFIG, N_("the same by weeks"),
         NUMBER(keep_weekly, 0, INT_MAX)},
	{"keep-monthly", 0, NULL, N_("N"), IN_PRUNE | IN_CONFIG, N_("the same by months"),
         NUMBER(keep_monthly, 0, INT_MAX)},
	{"older-than", 0, NULL, N_("DURATION"), IN_PRUNE, N_("remove only what is older"), DURATION(older_than_s)},
	{"dry-run", 0, NULL, NULL, IN_PRUNE | IN_FORGET, N_("show what would be removed, remove nothing"),
         SET(dry_run, 1, 0)},

	/* following */
	{"backend", 0, NULL, "auto|inotify|fanotify", IN_WATCH, N_("who tells of changes (default auto)"),
         CHOICE(backend, backend_choices)},
	{"debounce", 0, NULL, N_("MS"), IN_WATCH, N_("gather changes for so many milliseconds (default 250)"),
         NUMBER(debounce_ms, 1, 60000)},
	{"flush", 0, NULL, N_("SECONDS"), IN_WATCH,
         N_("store a snapshot so often while something changes (default 3600)"), NUMBER(flush_s, 1, INT_MAX)},
	{"quiet", 0, NULL, NULL, IN_WATCH, N_("no line for each change"), SET(quiet, 1, 0)},

	{"full", 0, NULL, NULL, IN_RECONCILE | IN_DOCTOR,
         N_("read everything, and show what was wrong, folder by folder"), SET(full, 1, 0)},
	{"repair", 0, NULL, NULL, IN_DOCTOR, N_("mend what can be mended: indexes, permissions"), SET(repair, 1, 0)},

	/* the browser */
	{"enable-shell", 0, "disable-shell", NULL, BROWSES,
         N_("allow shells in the browser (default, but not with -f)"), SET(can_shell, TRI_ON, TRI_OFF)},
	{"enable-delete", 0, "disable-delete", NULL, BROWSES, NULL, SET(can_delete, TRI_ON, TRI_OFF)},
	{"enable-refresh", 0, "disable-refresh", NULL, BROWSES,
         N_("allow reading folders again (default, but not with -f)"), SET(can_refresh, TRI_ON, TRI_OFF)},
	{NULL, 'r', NULL, NULL, BROWSES, N_("read-only; twice (-rr): no shell either"), COUNT(read_only)},
	{"print", 0, NULL, NULL, IN_BROWSE,
         N_("draw on the terminal, print the folder that Q leaves in: cd \"$(disktracker --print)\""),
         SET(print, 1, 0)},
	{"si", 0, "no-si", NULL, IN_ALL | IN_CONFIG, N_("sizes in powers of 1000 (kB, MB)"), SET(si, 1, 0)},
	{"ascii", 0, "no-ascii", NULL, IN_ALL | IN_CONFIG, N_("nothing but ASCII on the screen"), SET(ascii, 1, 0)},
	{"apparent-size", 0, "disk-usage", NULL, BROWSES, N_("show apparent sizes, or what is allocated (default)"),
         SET(apparent, 1, 0)},
	{"show-hidden", 0, "hide-hidden", NULL, BROWSES, N_("show (default) hidden and excluded entries"),
         SET(show_hidden, 1, 0)},
	{"show-itemcount", 0, "hide-itemcount", NULL, BROWSES, N_("show the number of items"), SET(show_items, 1, 0)},
	{"show-mtime", 0, "hide-mtime", NULL, BROWSES, N_("show the time of the last change"), SET(show_mtime, 1, 0)},
	{"show-graph", 0, "hide-graph", NULL, BROWSES, N_("show (default) the bars"), SET(show_graph, 1, 0)},
	{"show-percent", 0, "hide-percent", NULL, BROWSES, N_("show percentages (default from 120 columns on)"),
         SET(show_percent, TRI_ON, TRI_OFF)},
	{"graph-style", 0, NULL, "hash|half-block|eighth-block", BROWSES,
         N_("how bars are drawn (default eighth-block)"), CHOICE(graph_style, graph_choices)},
	{"shared-column", 0, NULL, "off|shared|unique", BROWSES,
         N_("size shared with, or not shared with, folders elsewhere (default off)"), CHOICE(shared, shared_choices)},
	{"sort", 0, NULL, N_("COLUMN"), BROWSES,
         N_("disk-usage (default), apparent-size, name, itemcount, mtime or growth, each with -asc or -desc"),
         .kind = OPTION_SORT},
	{"enable-natsort", 0, "disable-natsort", NULL, BROWSES, N_("names by the numbers in them (default)"),
         SET(natural, 1, 0)},
	{"group-directories-first", 0, "no-group-directories-first", NULL, BROWSES, N_("folders before files"),
         SET(dirs_first, 1, 0)},
	{"confirm-quit", 0, "no-confirm-quit", NULL, BROWSES, N_("ask before leaving"), SET(confirm_quit, 1, 0)},
	{"confirm-delete", 0, "no-confirm-delete", NULL, BROWSES, NULL, SET(confirm_delete, 1, 0)},
	{"color", 0, NULL, "auto|dark|dark-bg|light|off", IN_ALL | IN_CONFIG,
         N_("colours (default auto, off with NO_COLOR)"), CHOICE(color, theme_choices)},
	{0},
};

static bool table_end(const struct option *option)
{
	return !option->name && !option->letter;
}

/* ---- values ---- */

void options_init(struct options *options)
{
	*options = (struct options){
		.color = COLOR_DEFAULT,
		.show_percent = TRI_DEFAULT,
		.compress_level = 4,
		.export_block_kib = 64,
		.store = 1,
		.prune = 1,
		.top = -1,
		.min_delta = -1,
		.depth = -1,
		.older_than_s = -1,
		.backend = -1,
		.debounce_ms = 250,
		.flush_s = 3600,
		.can_shell = TRI_DEFAULT,
		.can_delete = TRI_DEFAULT,
		.can_refresh = TRI_DEFAULT,
		.show_hidden = 1,
		.show_graph = 1,
		.graph_style = STYLE_EIGHTH,
		.shared = SHARED_OFF,
		.sort = SORT_SIZE,
		.sort_descending = 1,
		.natural = 1,
		.confirm_delete = 1,
	};
}

void options_free(struct options *options)
{
	for (size_t i = 0; i < options->kept_count; i++)
		free(options->kept[i]);
	free(options->kept);
	free(options->words);
	free(options->exclusions);
	options_init(options);
}

static int *int_field(struct options *options, size_t field)
{
	return (int *)(void *)((char *)options + field);
}

/* A name of this command line in a sentence; what a person typed may hold anything. */
static const char *shown(struct buf *buf, const char *text)
{
	buf_clear(buf);
	if (text_safe(buf, text, strlen(text), false))
		return "?";
	return buf->data ? buf->data : "";
}

static int refuse_value(const struct option *option, const char *value, const char *wanted, struct err *err)
{
	struct buf safe = {0};

	if (option->name)
		err_set(err, -EINVAL, _("--%s: '%s' is not %s"), option->name, shown(&safe, value), wanted);
	else
		err_set(err, -EINVAL, _("-%c: '%s' is not %s"), option->letter, shown(&safe, value), wanted);
	buf_free(&safe);
	return -EINVAL;
}

static int out_of_memory(struct err *err)
{
	return err_no_memory(err);
}

static int add_exclusion(struct options *options, struct option_exclusion exclusion, struct err *err)
{
	struct option_exclusion *grown = alloc_grow(options->exclusions, &options->exclusion_capacity,
	                                            options->exclusion_count + 1, sizeof(*grown));

	if (!grown)
		return out_of_memory(err);
	options->exclusions = grown;
	grown[options->exclusion_count++] = exclusion;
	return 0;
}

static int set_number(struct options *options, const struct option *option, const char *value, struct err *err)
{
	char wanted[96], *end;

	errno = 0;
	long n = strtol(value, &end, 10);

	if (*value >= '0' && *value <= '9' && !*end && !errno && n >= option->on && n <= option->off) {
		*int_field(options, option->field) = (int)n;
		return 0;
	}
	if (option->off == INT_MAX)
		snprintf(wanted, sizeof(wanted), _("a number from %d on"), option->on);
	else
		snprintf(wanted, sizeof(wanted), _("a number from %d to %d"), option->on, option->off);
	return refuse_value(option, value, wanted, err);
}

static int set_choice(struct options *options, const struct option *option, const char *value, struct err *err)
{
	for (const struct option_choice *choice = option->choices; choice->name; choice++)
		if (!strcmp(choice->name, value)) {
			*int_field(options, option->field) = choice->value;
			return 0;
		}
	return refuse_value(option, value, option->argument, err);
}

/* ncdu's columns; each has the direction that ncdu gives it when none is said. */
static int set_sort(struct options *options, const struct option *option, const char *value, struct err *err)
{
	static const struct {
		const char *name;
		enum ui_sort sort;
		bool descending, apparent;
	} columns[] = {
		{"disk-usage", SORT_SIZE, true, false}, {"apparent-size", SORT_SIZE, true, true},
		{"name", SORT_NAME, false, false},      {"itemcount", SORT_ITEMS, true, false},
		{"mtime", SORT_MTIME, false, false},    {"growth", SORT_GROWTH, true, false},
	};

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		size_t length = strlen(columns[i].name);
		const char *order = value + length;

		if (strncmp(value, columns[i].name, length))
			continue;
		bool ascending = !strcmp(order, "-asc"), descending = !strcmp(order, "-desc");

		if (*order && !ascending && !descending)
			continue;
		options->sort = columns[i].sort;
		options->sort_descending = *order ? descending : columns[i].descending;
		/* There is one size column: sorted by apparent size it has to show it. */
		if (columns[i].apparent)
			options->apparent = 1;
		return 0;
	}
	return refuse_value(option, value, _("a column to sort by"), err);
}

static int apply(struct options *options, const struct option *option, const char *value, bool opposite, bool forgiving,
                 struct err *err)
{
	void *field = (char *)options + option->field;

	switch (option->kind) {
	case OPTION_SET:
		*(int *)field = opposite ? option->off : option->on;
		return 0;
	case OPTION_COUNT:
		++*(int *)field;
		return 0;
	case OPTION_TEXT:
	case OPTION_FILE:
		if (!*value)
			return refuse_value(option, value, option->argument, err);
		*(const char **)field = value;
		return 0;
	case OPTION_NUMBER:
		return set_number(options, option, value, err);
	case OPTION_SIZE: {
		uint64_t bytes;

		if (text_parse_size(value, &bytes) || bytes > INT64_MAX)
			return refuse_value(option, value, _("a size such as 10M, 1.5GiB or 4096"), err);
		*(int64_t *)field = (int64_t)bytes;
		return 0;
	}
	case OPTION_DURATION: {
		int64_t seconds;

		if (text_parse_duration(value, &seconds))
			return refuse_value(option, value, _("a time such as 90s, 15m, 24h, 7d, 2w, 3mo or 1y"), err);
		*(int64_t *)field = seconds;
		return 0;
	}
	case OPTION_CHOICE:
		return set_choice(options, option, value, err);
	case OPTION_SORT:
		return set_sort(options, option, value, err);
	case OPTION_PATTERN:
	case OPTION_PATTERNS:
		return add_exclusion(options,
		                     (struct option_exclusion){value, option->kind == OPTION_PATTERNS, forgiving}, err);
	case OPTION_IGNORE_CONFIG: /* options_glance() has seen these */
	case OPTION_HELP:
	case OPTION_VERSION:
		return 0;
	}
	return 0;
}

/* ---- the command line ---- */

/* Walks the words of a command line, one option or bare word at a time. */
struct walk {
	char *const *argv;
	int argc, at;
	const char *cluster; /* rest of `-xe…`, or NULL */
	bool plain;          /* behind `--` */
};

struct step {
	const char *word;            /* a bare word, or NULL for an option */
	bool plain;
	const struct option *option;
	bool opposite;
	const char *value;
};

static const struct option *find_letter(char letter)
{
	for (const struct option *option = option_table; !table_end(option); option++)
		if (letter && option->letter == letter)
			return option;
	return NULL;
}

static const struct option *find_name(const char *name, size_t length, bool *opposite)
{
	for (const struct option *option = option_table; !table_end(option); option++) {
		const char *names[2] = {option->name, option->opposite};

		for (int i = 0; i < 2; i++)
			if (names[i] && strlen(names[i]) == length && !memcmp(names[i], name, length)) {
				*opposite = i == 1;
				return option;
			}
	}
	return NULL;
}

static int unknown(const char *text, struct err *err)
{
	struct buf safe = {0};

	err_set(err, -EINVAL, _("unknown option %s"), shown(&safe, text));
	buf_free(&safe);
	return -EINVAL;
}

static int missing(const struct option *option, struct err *err)
{
	if (option->name)
		return err_set(err, -EINVAL, _("--%s needs an argument: %s"), option->name, option->argument);
	return err_set(err, -EINVAL, _("-%c needs an argument: %s"), option->letter, option->argument);
}

static int step_letter(struct walk *walk, struct step *out, struct err *err)
{
	char letter = *walk->cluster++;
	char text[3] = {'-', letter, 0};

	if (!*walk->cluster)
		out->value = NULL;
	out->option = find_letter(letter);
	if (!out->option)
		return unknown(text, err);
	if (out->option->argument) {
		if (*walk->cluster)
			out->value = walk->cluster;
		else if (walk->at < walk->argc)
			out->value = walk->argv[walk->at++];
		else
			return missing(out->option, err);
		walk->cluster = NULL;
	} else if (!*walk->cluster) {
		walk->cluster = NULL;
	}
	return 1;
}

static int step_name(struct walk *walk, const char *word, struct step *out, struct err *err)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t length = equals ? (size_t)(equals - name) : strlen(name);

	out->option = find_name(name, length, &out->opposite);
	if (!out->option)
		return unknown(word, err);
	if (!out->option->argument) {
		if (equals)
			return err_set(err, -EINVAL, _("--%.*s takes no argument"), (int)length, name);
		return 1;
	}
	if (equals)
		out->value = equals + 1;
	else if (walk->at < walk->argc)
		out->value = walk->argv[walk->at++];
	else
		return missing(out->option, err);
	return 1;
}

/* 1: a step, 0: the end, -EINVAL with a sentence. */
static int walk_next(struct walk *walk, struct step *out, struct err *err)
{
	*out = (struct step){0};
	if (walk->cluster)
		return step_letter(walk, out, err);
	if (walk->at >= walk->argc)
		return 0;
	const char *word = walk->argv[walk->at++];

	if (!walk->plain && !strcmp(word, "--")) {
		walk->plain = true;
		return walk_next(walk, out, err);
	}
	if (walk->plain || word[0] != '-' || !word[1]) {
		out->word = word;
		out->plain = walk->plain;
		return 1;
	}
	if (word[1] == '-')
		return step_name(walk, word, out, err);
	walk->cluster = word + 1;
	return step_letter(walk, out, err);
}

void options_glance(int argc, char *const argv[], struct options_glance *out)
{
	struct walk walk = {.argv = argv, .argc = argc, .at = 1};
	struct step step;
	bool first = true;

	*out = (struct options_glance){0};
	while (walk_next(&walk, &step, NULL) > 0) {
		if (step.word) {
			if (first && !step.plain)
				out->word = step.word;
			first = false;
			continue;
		}
		out->help |= step.option->kind == OPTION_HELP;
		out->version |= step.option->kind == OPTION_VERSION;
		out->ignore_config |= step.option->kind == OPTION_IGNORE_CONFIG;
	}
}

static int add_word(struct options *options, const char *word, struct err *err)
{
	const char **grown = alloc_grow(options->words, &options->word_capacity, options->word_count + 1,
	                                sizeof(*grown));

	if (!grown)
		return out_of_memory(err);
	options->words = grown;
	grown[options->word_count++] = word;
	return 0;
}

static int refuse_place(const struct step *step, const char *command, struct err *err)
{
	const struct option *option = step->option;
	char letter[2] = {option->letter, 0};
	const char *dashes = option->name ? "--" : "-";
	const char *name = step->opposite ? option->opposite : option->name ? option->name : letter;

	if (command)
		return err_set(err, -EINVAL, _("%s%s is no option of %s"), dashes, name, command);
	return err_set(err, -EINVAL, _("%s%s is an option of commands, not of the browser"), dashes, name);
}

int options_parse(struct options *options, int argc, char *const argv[], unsigned place, const char *command,
                  struct err *err)
{
	struct walk walk = {.argv = argv, .argc = argc, .at = 1};
	struct step step;
	bool named = command != NULL; /* the command's word is still to come */
	int more, rc;

	while ((more = walk_next(&walk, &step, err)) > 0) {
		if (step.word) {
			if (named) {
				named = false;
				continue;
			}
			rc = add_word(options, step.word, err);
		} else if (!(step.option->places & place)) {
			rc = refuse_place(&step, command, err);
		} else {
			rc = apply(options, step.option, step.value, step.opposite, false, err);
		}
		if (rc)
			return rc;
	}
	return more;
}

/* ---- one line of a config file ---- */

static char *keep(struct options *options, char *text)
{
	char **grown = alloc_grow(options->kept, &options->kept_capacity, options->kept_count + 1, sizeof(*grown));

	if (!grown || !text) {
		if (grown)
			options->kept = grown;
		free(text);
		return NULL;
	}
	options->kept = grown;
	return grown[options->kept_count++] = text;
}

/* `~/…` and `~user/…`, as a shell would; anything that cannot be expanded stays as it is.  NULL when out of memory. */
static char *expand_home(const char *text)
{
	struct buf out = {0};
	const char *rest = strchr(text, '/');
	const char *home = NULL;

	if (!rest)
		rest = text + strlen(text);
	if (text[0] == '~') {
		char *user = alloc_copy(text + 1, (size_t)(rest - text - 1));

		if (!user)
			return NULL;
		if (!*user)
			home = getenv("HOME");
		if (!home) {
			const struct passwd *entry = *user ? getpwnam(user) : getpwuid(getuid());

			home = entry ? entry->pw_dir : NULL;
		}
		free(user);
	}
	if (home) {
		buf_str(&out, home);
		buf_str(&out, rest);
	} else {
		buf_str(&out, text);
	}
	if (out.failed)
		buf_free(&out);
	return out.data;
}

int options_config(struct options *options, const char *name, const char *argument, bool forgiving, struct err *err)
{
	const struct option *option = NULL;
	bool opposite = false;

	if (name[0] == '-' && name[1] == '-')
		option = find_name(name + 2, strlen(name + 2), &opposite);
	else if (name[0] == '-' && name[1] && !name[2])
		option = find_letter(name[1]);
	else if (name[0] == '-' && name[1]) {
		/* A cluster as on the command line, `-rr` or `-t4`. */
		const char *rest = name + 2;
		char first[3] = {'-', name[1], 0};

		option = find_letter(name[1]);
		if (option && option->argument)
			return argument ? unknown(name, err) : options_config(options, first, rest, forgiving, err);
		struct buf again = {0};

		buf_char(&again, '-');
		buf_str(&again, rest);
		int rc = again.failed ? out_of_memory(err) : options_config(options, first, NULL, forgiving, err);

		if (!rc)
			rc = options_config(options, again.data, argument, forgiving, err);
		buf_free(&again);
		return rc;
	}
	if (!option || !(option->places & IN_CONFIG))
		return unknown(name, err);
	if (!option->argument)
		return argument ? err_set(err, -EINVAL, _("%s takes no argument"), name)
		                : apply(options, option, NULL, opposite, forgiving, err);
	if (!argument)
		return missing(option, err);
	bool path = option->kind == OPTION_PATTERN || option->kind == OPTION_PATTERNS || option->kind == OPTION_FILE;
	char *kept = keep(options, path ? expand_home(argument) : alloc_copy(argument, strlen(argument)));

	return kept ? apply(options, option, kept, opposite, forgiving, err) : out_of_memory(err);
}

/* ---- help ---- */

int options_help(struct buf *out, unsigned places)
{
	enum { COLUMN = 28, WIDTH = 80 };

	for (const struct option *option = option_table; !table_end(option); option++) {
		if (!option->help || !(option->places & places))
			continue;
		size_t start = out->length;

		if (option->letter)
			buf_printf(out, "  -%c%s", option->letter, option->name ? ", " : "");
		else
			buf_str(out, "      ");
		if (option->name)
			buf_printf(out, "--%s", option->name);
		if (option->argument)
			buf_printf(out, " %s", _(option->argument));
		if (option->opposite)
			buf_printf(out, ", --%s", option->opposite);

		/* The meaning, wrapped at words, in a column of its own. */
		const char *text = _(option->help);
		size_t at = out->length - start;

		if (at + 2 > COLUMN) {
			buf_char(out, '\n');
			at = 0;
		}
		buf_printf(out, "%*s", (int)(COLUMN - at), "");
		at = COLUMN;
		while (*text) {
			size_t word = strcspn(text, " ");

			if (at > COLUMN && at + 1 + word > WIDTH) {
				buf_printf(out, "\n%*s", COLUMN, "");
				at = COLUMN;
			} else if (at > COLUMN) {
				buf_char(out, ' ');
				at++;
			}
			buf_add(out, text, word);
			at += word;
			text += word;
			while (*text == ' ')
				text++;
		}
		buf_char(out, '\n');
	}
	return out->failed ? -ENOMEM : 0;
}

/* ---- what the layers below take ---- */

int options_counting(const struct options *options, struct scan_counting *counting, struct exclude **exclude,
                     struct err *err)
{
	struct exclude *patterns = NULL;
	int rc = 0;

	*exclude = NULL;
	*counting = (struct scan_counting){
		.same_fs = options->mounts == MOUNTS_SAME,
		.cross_fs = options->mounts == MOUNTS_ALL,
		.kernfs = options->kernfs,
		.follow_links = options->follow_links,
		.exclude_caches = options->exclude_caches,
	};
	if (!options->exclusion_count)
		return 0;
	patterns = exclude_create();
	if (!patterns)
		return out_of_memory(err);
	for (size_t i = 0; !rc && i < options->exclusion_count; i++) {
		const struct option_exclusion *one = &options->exclusions[i];

		rc = one->is_file ? exclude_add_file(patterns, one->text, err) : exclude_add(patterns, one->text, err);
		if (rc != -ENOMEM && one->forgiving)
			rc = 0;
	}
	if (rc) {
		exclude_destroy(patterns);
		return rc;
	}
	*exclude = patterns;
	counting->exclude = patterns;
	return 0;
}

static bool allowed(int asked, bool by_default)
{
	return asked == TRI_DEFAULT ? by_default : asked == TRI_ON;
}

void options_settings(const struct options *options, bool imported, struct ui_settings *out)
{
	const char *no_color = getenv("NO_COLOR");
	int color = options->color;

	if (color == COLOR_DEFAULT)
		color = no_color && *no_color ? THEME_OFF : THEME_AUTO;
	*out = (struct ui_settings){
		.theme = (enum ui_theme)color,
		.sort = (enum ui_sort)options->sort,
		.sort_descending = options->sort_descending,
		.dirs_first = options->dirs_first,
		.graph = options->show_graph ? (options->show_percent > 0 ? GRAPH_BOTH : GRAPH_BAR)
	                                     : (options->show_percent > 0 ? GRAPH_PERCENT : GRAPH_NONE),
		.graph_style = (enum ui_graph_style)options->graph_style,
		.shared = (enum ui_shared)options->shared,
		.show_items = options->show_items,
		.show_mtime = options->show_mtime,
		.show_hidden = options->show_hidden,
		.natural = options->natural,
		.percent_when_wide = options->show_percent == TRI_DEFAULT,
		.apparent = options->apparent,
		.si = options->si,
		.ascii = options->ascii,
		.confirm_quit = options->confirm_quit,
		.confirm_delete = options->confirm_delete,
		.can_shell = allowed(options->can_shell, !imported) && options->read_only < 2,
		.can_delete = allowed(options->can_delete, !imported) && options->read_only < 1,
		.can_refresh = allowed(options->can_refresh, !imported),
		.update_ms = options->slow_updates ? 2000 : 50,
	};
}

bool options_color(const struct options *options, int fd)
{
	const char *no_color = getenv("NO_COLOR");

	if (options->color == THEME_OFF || !isatty(fd))
		return false;
	return options->color != COLOR_DEFAULT || !no_color || !*no_color;
}

int options_backend(const struct options *options, enum notify_backend *out, struct err *err)
{
	const char *name = getenv("DISKTRACKER_WATCH_BACKEND");
	struct buf safe = {0};
	int rc;

	*out = options->backend >= 0 ? (enum notify_backend)options->backend : NOTIFY_AUTO;
	if (options->backend >= 0 || !name || !*name)
		return 0;
	for (const struct option_choice *choice = backend_choices; choice->name; choice++)
		if (!strcmp(choice->name, name)) {
			*out = (enum notify_backend)choice->value;
			return 0;
		}
	rc = err_set(err, -EINVAL, _("DISKTRACKER_WATCH_BACKEND: '%s' is not %s"), output_safe(&safe, name),
	             "auto|inotify|fanotify");
	buf_free(&safe);
	return rc;
}
