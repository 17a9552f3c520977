/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/i18n.h"

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
#define COUNTS (SCANS | IN_WATCH | IN_RECONCILE | IN_AROUND | IN_HISTORY)
#define BROWSES (IN_BROWSE | IN_CONFIG)
#define COMPARES (IN_DIFF | IN_EXPLAIN)
#define EXPORTS (IN_BROWSE | IN_SCAN | IN_EXPORT)

static const struct option_choice theme_choices[] = {
	{"auto", THEME_AUTO},
	{"dark", THEME_DARK},
	{"dark-bg", THEME_DARK_BG},
	{"light", THEME_LIGHT},
	{"high-contrast", THEME_HIGH_CONTRAST},
	{"colour-blind", THEME_COLOUR_BLIND},
	{"color-blind", THEME_COLOUR_BLIND},
	{"off", THEME_OFF},
	{NULL, 0},
};
static const struct option_choice format_choices[] = {
	{"ncdu", FORMAT_NCDU},     {"ncdu-bin", FORMAT_NCDU_BINARY},  {"csv", FORMAT_CSV},
	{"ndjson", FORMAT_NDJSON}, {"prometheus", FORMAT_PROMETHEUS}, {NULL, 0},
};
const struct option_choice option_backends[] = {
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
/* ncdu's columns. */
static const struct option_choice sort_choices[] = {
	{"disk-usage", SORT_SIZE},      {"apparent-size", SORT_SIZE}, {"name", SORT_NAME},
	{"itemcount", SORT_ITEMS}, {"mtime", SORT_MTIME},        {"growth", SORT_GROWTH},
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
         N_("stay on the file system of PATH, or enter network, FUSE, overlay and memory file systems too (default:"
            " local disks)"),
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
	{"threads", 't', NULL, N_("N"), COUNTS | IN_DF,
         N_("threads that scan (default: 4 for each processor, 8 to 32)"), NUMBER(threads, 1, 1024)},
	{"extended", 'e', "no-extended", NULL, SCANS | IN_EXPORT | IN_IMPORT,
         N_("keep owner and permissions of every entry; write them and the time of change to an export"),
         SET(extended, 1, 0)},
	{"no-prefetch", 0, "prefetch", NULL, COUNTS,
         N_("as root on ext4, do not read, or read (default), a large cold tree ahead in the order of the disk"),
         SET(prefetch, 0, 1)},
	{"raw", 0, NULL, NULL, IN_SCAN,
         N_("as root on ext2, ext3 or ext4, read its own tables through the device: several times faster"),
         SET(raw, 1, 0)},
	{"cold", 0, NULL, NULL, IN_SCAN, N_("do not compare with the snapshot before"), SET(cold, 1, 0)},
	{"look-in", 0, NULL, N_("FOLDER"), IN_HISTORY, N_("older states may lie there, too"), TEXT(look_in)},
	{"as", 0, NULL, N_("PATH"), IN_SCAN, N_("what lies here is the state of that folder"), TEXT(as)},
	{"at", 0, NULL, N_("TIME"), IN_SCAN,
         N_("the time of that state: of a mounted backup, a file system's snapshot"), TEXT(at)},
	{"fail-on-errors", 0, NULL, NULL, IN_SCAN, N_("exit with 3 when something could not be read"),
         SET(fail_on_errors, 1, 0)},
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
	{NULL, 'f', NULL, N_("FILE"), IN_BROWSE, N_("browse an export of this or another program (- = standard input)"),
         TEXT(input)},
	{NULL, 'o', NULL, N_("FILE"), EXPORTS | IN_AROUND,
         N_("write to the file (- = standard output); of a tree ncdu's JSON"), TEXT(output)},
	{NULL, 'O', NULL, N_("FILE"), EXPORTS, N_("write ncdu's binary format to the file"), TEXT(binary_output)},
	{"compress", 'c', "no-compress", NULL, EXPORTS | IN_CONFIG,
         N_("compress an export: with what the file's name says (.zst, .gz, .xz; default if it does), else with zstd"),
         SET(compress, TRI_ON, TRI_OFF)},
	{"compress-level", 0, NULL, N_("N"), EXPORTS | IN_CONFIG,
         N_("level of compression, 1 to 22, of gzip and xz 9 (default 4)"), NUMBER(compress_level, 1, 22)},
	{"export-block-size", 0, NULL, N_("KIB"), EXPORTS | IN_CONFIG,
         N_("size of a block in ncdu's binary format, 4 to 16000 (default 64, more in large files)"),
         NUMBER(export_block_kib, 4, 16000)},
	{"format", 0, NULL, "ncdu|ncdu-bin|csv|ndjson|prometheus", IN_EXPORT, N_("what to write (default ncdu)"),
         CHOICE(format, format_choices)},
	{"du-unit", 0, NULL, N_("SIZE"), IN_BROWSE | IN_IMPORT,
         N_("what one of du's sizes stands for (default 1024; 1 for du -b or -B1)"), SIZE(du_unit)},
	{"host", 0, NULL, N_("NAME"), IN_IMPORT | IN_LIST | IN_DIFF | IN_SIZE,
         N_("the machine an import is of, or whose snapshots are asked for (default this one; list: all)"), TEXT(host)},

	/* snapshots */
	{"from", 0, NULL, N_("REF"), COMPARES, N_("older snapshot (default: the one before --to)"), TEXT(from)},
	{"to", 0, NULL, N_("REF"), COMPARES, N_("newer snapshot (default: latest)"), TEXT(to)},
	{"last", 0, NULL, N_("DURATION"), COMPARES | IN_REPORT | IN_EXPORT | IN_LOG,
         N_("growth within that time, or what happened: 24h, 7d, 3mo"), TEXT(last)},
	{"html", 0, NULL, N_("FILE"), IN_REPORT,
         N_("write a page for a browser, all in one file (- = standard output)"), FILENAME(html)},
	{"snapshot", 0, NULL, N_("REF"), IN_EXPORT | IN_TOP, N_("which snapshot (default: latest)"), TEXT(snapshot)},
	{"top", 'n', NULL, N_("N"), COMPARES | IN_REPORT | IN_AROUND | IN_TOP | IN_LOG,
         N_("at most N entries (default 20, of a report 5 a part; --json of diff and log: all)"),
         NUMBER(top, 1, INT_MAX)},
	{"min-delta", 0, NULL, N_("SIZE"), IN_DIFF | IN_AROUND,
         N_("only changes of at least that size (default 1 MiB; with --json all)"), SIZE(min_delta)},
	{"min-size", 0, NULL, N_("SIZE"), IN_EXPORT, N_("only folders of at least that size (prometheus)"),
         SIZE(min_size)},
	{"depth", 0, NULL, N_("N"), IN_DIFF | IN_AROUND | IN_EXPORT, N_("at most N levels below PATH"),
         NUMBER(depth, 0, INT_MAX)},
	{"keep", 0, NULL, NULL, IN_AROUND, N_("store both snapshots"), SET(keep, 1, 0)},
	{"files", 0, NULL, NULL, IN_DIFF, N_("files too"), SET(files, 1, 0)},
	{"items", 0, NULL, NULL, IN_TIMELINE | IN_DIFF, N_("items instead of bytes"), SET(items, 1, 0)},
	{"dirs", 0, NULL, NULL, IN_TOP, N_("folders instead of files"), SET(dirs, 1, 0)},
	{"filter", 0, NULL, N_("TERMS"), IN_TOP,
         N_("only what holds: *.log >100M older:90d newer:7d type:video ext:iso"), TEXT(filter)},
	{"by", 0, NULL, N_("HOW"), IN_TOP | IN_LOG,
         N_("top: what it holds in groups, type|ext|age|owner; log: only what this service or command did"), TEXT(by)},
	{"deleted", 0, NULL, NULL, IN_LOG, N_("only what was deleted"), SET(deleted, 1, 0)},
	{"now", 0, NULL, NULL, IN_EXPLAIN, N_("what lies there now, not what it grew by"), SET(now, 1, 0)},
	{"check-rules", 0, NULL, NULL, IN_EXPLAIN, N_("look for mistakes in the files of causes, no more"),
         SET(check_rules, 1, 0)},
	{"max-size", 0, NULL, N_("WARN,CRIT"), IN_CHECK, N_("no more bytes than that (one value: critical)"),
         TEXT(max_size)},
	{"max-items", 0, NULL, N_("WARN,CRIT"), IN_CHECK, N_("no more items than that"), TEXT(max_items)},
	{"max-growth", 0, NULL, N_("WARN,CRIT"), IN_CHECK, N_("no more growth than that: SIZE/DURATION, 1G/24h"),
         TEXT(max_growth)},
	{"full-in", 0, NULL, N_("WARN,CRIT"), IN_CHECK, N_("no sooner full than that: 14d,3d"), TEXT(full_in)},
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
	{"dry-run", 0, NULL, NULL, IN_PRUNE | IN_FORGET | IN_HISTORY, N_("show what would be done, do nothing"),
         SET(dry_run, 1, 0)},

	/* following */
	{"backend", 0, NULL, "auto|inotify|fanotify", IN_WATCH, N_("who tells of changes (default auto)"),
         CHOICE(backend, option_backends)},
	{"debounce", 0, NULL, N_("MS"), IN_WATCH, N_("gather changes for so many milliseconds (default 250)"),
         NUMBER(debounce_ms, 1, 60000)},
	{"flush", 0, NULL, N_("SECONDS"), IN_WATCH,
         N_("store a snapshot so often while something changes (default 3600)"), NUMBER(flush_s, 1, INT_MAX)},
	{"quiet", 0, NULL, NULL, IN_COMMANDS, N_("no progress, no summary, no line for each change"), SET(quiet, 1, 0)},

	{"full", 0, NULL, NULL, IN_RECONCILE | IN_DOCTOR,
         N_("read everything, and show what was wrong, folder by folder"), SET(full, 1, 0)},
	{"repair", 0, NULL, NULL, IN_DOCTOR, N_("mend what can be mended: indexes, permissions"), SET(repair, 1, 0)},

	/* the browser */
	{"enable-shell", 0, "disable-shell", NULL, BROWSES,
         N_("allow shells in the browser (default, but not with -f)"), SET(can_shell, TRI_ON, TRI_OFF)},
	{"enable-delete", 0, "disable-delete", NULL, BROWSES,
         N_("allow deletion in the browser (default, but not with -f)"), SET(can_delete, TRI_ON, TRI_OFF)},
	{"enable-refresh", 0, "disable-refresh", NULL, BROWSES,
         N_("allow reading folders again (default, but not with -f)"), SET(can_refresh, TRI_ON, TRI_OFF)},
	{NULL, 'r', NULL, NULL, BROWSES, N_("read-only: nothing is deleted; twice (-rr): no shell either"),
         COUNT(read_only)},
	{"print", 0, NULL, NULL, IN_BROWSE,
         N_("draw on the terminal, print the folder of Q, or what is marked: cd \"$(disktracker --print)\""),
         SET(print, 1, 0)},
	{"si", 0, "no-si", NULL, IN_ALL | IN_CONFIG, N_("sizes in powers of 1000 (kB, MB)"), SET(si, 1, 0)},
	{"ascii", 0, "no-ascii", NULL, IN_ALL | IN_CONFIG, N_("nothing but ASCII on the screen"), SET(ascii, 1, 0)},
	{"apparent-size", 0, "disk-usage", NULL, BROWSES | IN_DIFF,
         N_("show apparent sizes, or what is allocated (default)"), SET(apparent, 1, 0)},
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
         .kind = OPTION_SORT, .choices = sort_choices},
	{"enable-natsort", 0, "disable-natsort", NULL, BROWSES, N_("names by the numbers in them (default)"),
         SET(natural, 1, 0)},
	{"group-directories-first", 0, "no-group-directories-first", NULL, BROWSES, N_("folders before files"),
         SET(dirs_first, 1, 0)},
	{"confirm-quit", 0, "no-confirm-quit", NULL, BROWSES, N_("ask before leaving"), SET(confirm_quit, 1, 0)},
	{"confirm-delete", 0, "no-confirm-delete", NULL, BROWSES,
         N_("ask before deleting (default); else it is for ever"), SET(confirm_delete, 1, 0)},
	{"color", 0, NULL, "auto|dark|dark-bg|light|high-contrast|colour-blind|off", IN_ALL | IN_CONFIG,
         N_("colours (default auto, off with NO_COLOR)"), CHOICE(color, theme_choices)},
	{"screen-reader", 0, "no-screen-reader", NULL, IN_ALL | IN_CONFIG,
         N_("for ears and fingers: nothing drawn, the cursor on the row, changes told"), SET(spoken, 1, 0)},
	{0},
};
