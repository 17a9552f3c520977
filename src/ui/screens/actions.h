/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_ACTIONS_H
#define UI_SCREENS_ACTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/i18n.h"

/*
 * The one table of what keys do: bindings, names, the words of the key row, the help screen are derived from it.
 * Only what works is in it.  The same key may stand in several rows whose contexts do not overlap.
 *
 *   X(id, "name", contexts, group, "keys", word of the key row or "", help)
 *
 * Keys: names (Up Down Left Right PgUp PgDn Home End Enter Esc Tab Space Backspace Delete), ^A for Ctrl-A, or the
 * character itself.
 * Neighbours in a key row that share a word are shown as one: `s n C M sort`.
 */

enum action_context {
	CONTEXT_BROWSER = 1 << 0,
	CONTEXT_SNAPSHOTS = 1 << 1,
	CONTEXT_DETAILS = 1 << 2,
	CONTEXT_HELP = 1 << 3,
	CONTEXT_DIALOG = 1 << 4, /* confirmations: Left, Right, Enter, Esc */
	/* a line is being typed: the prompt reads keys raw, only ^C, ^L, ^Z and Esc are actions */
	CONTEXT_PROMPT = 1 << 5,
	CONTEXT_ASK = 1 << 6, /* a question in the status line: its keys are read raw, too */
	CONTEXT_TIMELINE = 1 << 8,
	CONTEXT_BREAKDOWN = 1 << 9,
	CONTEXT_RESULT = 1 << 10, /* the result of a deletion in the status line: one key more */
	CONTEXT_ERRORS = 1 << 11, /* what was not deleted */
	CONTEXT_EXPLAIN = 1 << 12,
	CONTEXT_LOG = 1 << 13,
	CONTEXT_VOLUMES = 1 << 14,
	CONTEXT_LISTS = CONTEXT_BROWSER | CONTEXT_SNAPSHOTS | CONTEXT_HELP | CONTEXT_BREAKDOWN | CONTEXT_ERRORS |
	                CONTEXT_EXPLAIN | CONTEXT_LOG | CONTEXT_VOLUMES,
	CONTEXT_SCREENS = CONTEXT_BROWSER | CONTEXT_SNAPSHOTS | CONTEXT_DETAILS | CONTEXT_HELP | CONTEXT_DIALOG |
	                  CONTEXT_TIMELINE | CONTEXT_BREAKDOWN | CONTEXT_ERRORS | CONTEXT_EXPLAIN | CONTEXT_LOG |
	                  CONTEXT_VOLUMES,
	CONTEXT_ALL = CONTEXT_SCREENS | CONTEXT_PROMPT,
};

enum action_group {
	GROUP_GREW,
	GROUP_MOVE,
	GROUP_SHOW,
	GROUP_ACT,
	GROUP_SNAPSHOTS,
	GROUP_TIMELINE,
	GROUP_BREAKDOWN,
	GROUP_EXPLAIN,
	GROUP_VOLUMES,
	GROUP_NONE,
};

/* clang-format off */
#define UI_ACTIONS(X)                                                                                                  \
	X(GROWTH, "growth", CONTEXT_BROWSER | CONTEXT_BREAKDOWN, GROUP_GREW, "d", N_("growth"),                        \
	  N_("growth: on, sort, off"))                                                                                 \
	X(OLDER, "older", CONTEXT_BROWSER, GROUP_GREW, "[ ,", N_("older/newer"), N_("older baseline"))                 \
	X(NEWER, "newer", CONTEXT_BROWSER, GROUP_GREW, "] .", N_("older/newer"), N_("newer baseline"))                 \
	X(FOLLOW, "follow", CONTEXT_BROWSER, GROUP_GREW, "F", N_("follow"), N_("follow the growth down"))              \
	X(LIVE, "live", CONTEXT_BROWSER, GROUP_GREW, "w", N_("live"), N_("live changes: on, sort, off"))               \
	X(LIVE_ZERO, "live-zero", CONTEXT_BROWSER, GROUP_GREW, "W", N_("zero"), N_("live changes from zero"))          \
	X(FLAT, "flat", CONTEXT_BROWSER, GROUP_GREW, "f", N_("files"), N_("flat: largest or grown files below"))       \
	X(SNAPSHOTS, "snapshots", CONTEXT_BROWSER, GROUP_GREW, "H", N_("snapshots"),                                   \
	  N_("snapshots: compare, open, label, delete"))                                                               \
	X(TIMELINE, "timeline", CONTEXT_BROWSER, GROUP_GREW, "T", "", N_("size over time of this entry"))              \
	X(EXPLAIN, "explain", CONTEXT_BROWSER, GROUP_GREW, "x", N_("explain"),                                         \
	  N_("explain the growth of this folder"))                                                                     \
	X(UP, "up", CONTEXT_LISTS | CONTEXT_DETAILS, GROUP_MOVE, "Up k", "", N_("one row up"))                         \
	X(DOWN, "down", CONTEXT_LISTS | CONTEXT_DETAILS, GROUP_MOVE, "Down j", "", N_("one row down"))                 \
	X(PAGE_UP, "page-up", CONTEXT_LISTS, GROUP_MOVE, "PgUp", "", N_("page up"))                                    \
	X(PAGE_DOWN, "page-down", CONTEXT_LISTS, GROUP_MOVE, "PgDn", "", N_("page down"))                              \
	X(HALF_UP, "half-up", CONTEXT_LISTS, GROUP_MOVE, "^U", "", N_("half a page up"))                               \
	X(HALF_DOWN, "half-down", CONTEXT_LISTS, GROUP_MOVE, "^D", "", N_("half a page down"))                         \
	X(FIRST, "first", CONTEXT_LISTS | CONTEXT_TIMELINE, GROUP_MOVE, "Home", "", N_("first row"))                   \
	X(LAST, "last", CONTEXT_LISTS | CONTEXT_TIMELINE, GROUP_MOVE, "End G", "", N_("last row"))                     \
	X(ENTER, "open", CONTEXT_BROWSER, GROUP_MOVE, "Enter", N_("open"), N_("open a folder, details of a file"))     \
	X(INTO, "into", CONTEXT_BROWSER, GROUP_MOVE, "Right l", "", N_("open a folder"))                               \
	X(PARENT, "parent", CONTEXT_BROWSER, GROUP_MOVE, "Left h < Backspace", N_("up"),                               \
	  N_("up to the parent folder"))                                                                               \
	X(SORT_SIZE, "sort-size", CONTEXT_BROWSER, GROUP_SHOW, "s", N_("sort"), N_("sort by size; again reverses"))    \
	X(SORT_NAME, "sort-name", CONTEXT_BROWSER, GROUP_SHOW, "n", N_("sort"), N_("sort by name; again reverses"))    \
	X(SORT_ITEMS, "sort-items", CONTEXT_BROWSER, GROUP_SHOW, "C", N_("sort"), N_("sort by items; again reverses")) \
	X(SORT_MTIME, "sort-mtime", CONTEXT_BROWSER, GROUP_SHOW, "M", N_("sort"),                                      \
	  N_("sort by time of change; again reverses"))                                                                \
	X(FILTER, "filter", CONTEXT_BROWSER, GROUP_SHOW, "/", N_("filter"), N_("filter by a pattern; Esc clears"))     \
	X(MEASURE, "measure", CONTEXT_BROWSER | CONTEXT_BREAKDOWN | CONTEXT_TIMELINE, GROUP_SHOW, "a", "",             \
	  N_("measure: space on disk, apparent size, items"))                                                          \
	X(BREAKDOWN, "breakdown", CONTEXT_BROWSER, GROUP_SHOW, "B", "", N_("breakdown by type, age, owner"))           \
	X(DIRS_FIRST, "dirs-first", CONTEXT_BROWSER, GROUP_SHOW, "t", "", N_("folders first"))                         \
	X(GRAPH, "graph", CONTEXT_BROWSER, GROUP_SHOW, "g", "", N_("bar, percent, both, none"))                        \
	X(SHARED, "shared", CONTEXT_BROWSER, GROUP_SHOW, "u", "", N_("column shared, unique, none"))                   \
	X(ITEMS, "items", CONTEXT_BROWSER, GROUP_SHOW, "c", "", N_("column items"))                                    \
	X(MTIME, "mtime", CONTEXT_BROWSER, GROUP_SHOW, "m", "", N_("column time of change"))                           \
	X(HIDDEN, "hidden", CONTEXT_BROWSER, GROUP_SHOW, "e", "", N_("hidden and excluded entries"))                   \
	X(INFO, "info", CONTEXT_BROWSER | CONTEXT_DETAILS, GROUP_ACT, "i", N_("info"), N_("details"))                  \
	X(LOG, "log", CONTEXT_DETAILS | CONTEXT_LOG, GROUP_ACT, "L", N_("log"),                                        \
	  N_("in details: what happened, and who did it"))                                                             \
	X(DISK, "disk", CONTEXT_DETAILS, GROUP_ACT, "d", N_("disk"),                                                   \
	  N_("in details: where the space of the disk is"))                                                            \
	X(MARK, "mark", CONTEXT_BROWSER, GROUP_ACT, "Space", N_("mark"), N_("mark, or take the mark away"))            \
	X(MARK_SHOWN, "mark-shown", CONTEXT_BROWSER, GROUP_ACT, "*", N_("mark"),                                       \
	  N_("mark what is shown, or unmark it"))                                                                      \
	X(DELETE, "delete", CONTEXT_BROWSER, GROUP_ACT, "D Delete", N_("delete"),                                      \
	  N_("delete what is marked or selected, asks first"))                                                         \
	X(NOT_DELETED, "not-deleted", CONTEXT_BROWSER, GROUP_ACT, "L", "",                                             \
	  N_("list what the last deletion left"))                                                                      \
	X(UNDO, "undo", CONTEXT_RESULT, GROUP_ACT, "u", "", N_("behind a deletion: put back from the trash"))          \
	X(COPY, "copy", CONTEXT_BROWSER, GROUP_ACT, "y", "", N_("copy the path, or those marked"))                     \
	X(OPEN, "open-file", CONTEXT_BROWSER, GROUP_ACT, "o", "", N_("open with its program"))                         \
	X(VIEW, "view", CONTEXT_BROWSER, GROUP_ACT, "v", "", N_("view in $PAGER"))                                     \
	X(SHELL, "shell", CONTEXT_BROWSER | CONTEXT_EXPLAIN, GROUP_ACT, "b", N_("shell"), N_("shell in this folder"))  \
	X(REFRESH, "refresh", CONTEXT_BROWSER, GROUP_ACT, "r", "", N_("read this folder again"))                       \
	X(REFRESH_ALL, "refresh-all", CONTEXT_BROWSER, GROUP_ACT, "R", "", N_("read everything again"))                \
	X(VOLUMES, "volumes", CONTEXT_BROWSER | CONTEXT_VOLUMES, GROUP_ACT, "V", "",                                   \
	  N_("volumes: every local file system"))                                                                      \
	X(COMPARE, "compare", CONTEXT_SNAPSHOTS | CONTEXT_TIMELINE, GROUP_SNAPSHOTS, "Enter", N_("compare with"),      \
	  N_("compare with this snapshot"))                                                                            \
	X(SNAPSHOT_OPEN, "snapshot-open", CONTEXT_SNAPSHOTS, GROUP_SNAPSHOTS, "o Right l", N_("open"),                 \
	  N_("browse this snapshot"))                                                                                  \
	X(SNAPSHOT_LABEL, "snapshot-label", CONTEXT_SNAPSHOTS, GROUP_SNAPSHOTS, "L", N_("label"),                      \
	  N_("name this snapshot"))                                                                                    \
	X(SNAPSHOT_DELETE, "snapshot-delete", CONTEXT_SNAPSHOTS, GROUP_SNAPSHOTS, "D Delete", N_("delete"),            \
	  N_("delete this snapshot"))                                                                                  \
	X(PICK_OLDER, "pick-older", CONTEXT_TIMELINE, GROUP_TIMELINE, "Left h Up k", N_("pick"),                       \
	  N_("pick the snapshot before"))                                                                              \
	X(PICK_NEWER, "pick-newer", CONTEXT_TIMELINE, GROUP_TIMELINE, "Right l Down j", N_("pick"),                    \
	  N_("pick the snapshot behind"))                                                                              \
	X(AXIS, "axis", CONTEXT_TIMELINE, GROUP_TIMELINE, "z", N_("axis from 0"),                                      \
	  N_("axis from 0, or near the least figure"))                                                                 \
	X(LIST_FILES, "list-files", CONTEXT_BREAKDOWN, GROUP_BREAKDOWN, "Enter f Right l", N_("list these files"),     \
	  N_("list the files of this group"))                                                                          \
	X(GO_THERE, "go-there", CONTEXT_EXPLAIN, GROUP_EXPLAIN, "Enter", N_("go there"), N_("go to where it is"))      \
	X(WHERE, "where", CONTEXT_EXPLAIN, GROUP_EXPLAIN, "Right l", N_("paths"), N_("all paths of this cause"))       \
	X(WHERE_BACK, "where-back", CONTEXT_EXPLAIN, GROUP_EXPLAIN, "Left h Backspace", "", N_("back to the causes"))  \
	X(VOLUME_OPEN, "volume-open", CONTEXT_VOLUMES, GROUP_VOLUMES, "Enter Right l", N_("open"),                     \
	  N_("open this file system"))                                                                                 \
	X(VOLUMES_AGAIN, "volumes-again", CONTEXT_VOLUMES, GROUP_VOLUMES, "r", N_("ask again"),                        \
	  N_("ask all of them again"))                                                                                 \
	X(NEXT, "next", CONTEXT_SNAPSHOTS | CONTEXT_DETAILS | CONTEXT_DIALOG | CONTEXT_TIMELINE | CONTEXT_BREAKDOWN |  \
	  CONTEXT_EXPLAIN | CONTEXT_LOG, GROUP_NONE, "Tab", "", N_("next page or button"))                             \
	X(HELP_NEXT, "help-next", CONTEXT_HELP, GROUP_NONE, "Space Tab Right l", N_("next page"), N_("next page"))     \
	X(HELP_PREVIOUS, "help-previous", CONTEXT_HELP, GROUP_NONE, "Left h Backspace", "", N_("page before"))         \
	X(HELP_1, "help-1", CONTEXT_HELP, GROUP_NONE, "1", N_("keys"), N_("the keys you need"))                        \
	X(HELP_2, "help-2", CONTEXT_HELP, GROUP_NONE, "2", N_("all keys"), N_("all keys"))                             \
	X(HELP_3, "help-3", CONTEXT_HELP, GROUP_NONE, "3", N_("marks"), N_("what the marks mean"))                     \
	X(BUTTON_LEFT, "button-left", CONTEXT_DIALOG, GROUP_NONE, "Left h Up k", "", N_("button to the left"))         \
	X(BUTTON_RIGHT, "button-right", CONTEXT_DIALOG, GROUP_NONE, "Right l Down j", "", N_("button to the right"))   \
	X(ACCEPT, "accept", CONTEXT_DIALOG | CONTEXT_DETAILS, GROUP_NONE, "Enter", "", N_("press the button"))         \
	X(KEEP, "keep", CONTEXT_PROMPT, GROUP_NONE, "Enter", N_("keep"), N_("keep what was typed"))                    \
	X(YES, "yes", CONTEXT_ASK, GROUP_NONE, "y", N_("yes"), N_("yes"))                                              \
	X(KEEP_READ, "keep-read", CONTEXT_ASK, GROUP_NONE, "s", N_("keep what was read"),                              \
	  N_("end the scan, keep what was read"))                                                                      \
	X(NO, "no", CONTEXT_ASK, GROUP_NONE, "n", N_("no"), N_("no"))                                                  \
	X(BACK, "back", CONTEXT_ALL, GROUP_ACT, "Esc", "", N_("one step back: prompt, filter, marks"))                 \
	X(HELP, "help", CONTEXT_LISTS | CONTEXT_DETAILS | CONTEXT_TIMELINE, GROUP_ACT, "?", N_("help"), N_("help"))    \
	X(QUIT, "quit", CONTEXT_SCREENS, GROUP_ACT, "q", N_("quit"), N_("close the top layer; quit"))                  \
	X(QUIT_PRINT, "quit-print", CONTEXT_BROWSER, GROUP_ACT, "Q", "",                                               \
	  N_("quit and print the folder, or what is marked"))                                                          \
	X(INTERRUPT, "interrupt", CONTEXT_ALL, GROUP_ACT, "^C", "", N_("as q"))                                        \
	X(REDRAW, "redraw", CONTEXT_ALL, GROUP_ACT, "^L", "", N_("paint the screen again"))                            \
	X(SUSPEND, "suspend", CONTEXT_ALL, GROUP_ACT, "^Z", "", N_("suspend"))
/* clang-format on */

enum action {
	ACTION_NONE,
#define X(id, name, contexts, group, keys, word, help) ACTION_##id,
	UI_ACTIONS(X)
#undef X
		ACTION_COUNT,
};

struct action_info {
	const char *name;
	unsigned contexts; /* enum action_context */
	enum action_group group;
	const char *keys;        /* separated by blanks, the first is the one shown */
	const char *word, *help; /* untranslated: _() where shown */
};

const struct action_info *action_info(enum action action);

/** What a key does in a context, or ACTION_NONE. */
enum action action_for_key(unsigned context, uint32_t key);

/** Code (enum input_key) of a key's name of `length` bytes, 0 when it is none. */
uint32_t action_key_code(const char *name, int length);

/**
 * Where a key leads in a list, from row `at` of 0 … `last`, by pages or `half` of one; -1 = it is none that moves.
 */
int64_t action_moves_to(enum action action, int64_t at, int64_t last, int64_t page, int64_t half);

struct canvas;

/** The row of keys on a screen of so many rows; -1 = there is no room for one. */
int action_row(int rows);

/**
 * Paint a key row: the actions in order as far as they fit, neighbours with the same word as one, `? help` (when
 * `help`) at the right edge; each part can be clicked.  `words` may override an action's word (`d off`): pairs of
 * action and word, ended by ACTION_NONE; NULL = none.
 */
struct action_word {
	enum action action;
	const char *word;
};
void action_paint_row(struct canvas *canvas, int row, const enum action *actions, int count,
                      const struct action_word *words, bool help);

#endif
