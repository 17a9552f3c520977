/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_SETTINGS_H
#define UI_MODEL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/scan/scan.h"
#include "engine/watch/notify.h"
#include "ui/term/canvas.h"
#include "ui/term/theme.h"

/* Settings of the browser; each is an option of ncdu's or ours (cli/options). */

enum ui_sort { SORT_SIZE, SORT_NAME, SORT_ITEMS, SORT_MTIME, SORT_GROWTH, SORT_LIVE };
enum ui_graph { GRAPH_BAR, GRAPH_PERCENT, GRAPH_BOTH, GRAPH_NONE };
enum ui_shared { SHARED_OFF, SHARED_SHARED, SHARED_UNIQUE };
enum ui_mode { UI_FULL, UI_LINE, UI_QUIET }; /* -2, -1, -0: how the scan's progress shows */

struct ui_settings {
	enum ui_theme theme;
	enum ui_sort sort;
	bool sort_descending;
	bool dirs_first;
	enum ui_graph graph;
	enum ui_graph_style graph_style;
	enum ui_shared shared;
	bool show_items, show_mtime, show_hidden;
	bool percent_when_wide; /* from 120 columns on, without being asked for */
	bool natural;           /* names by the numbers in them: file2 before file10 */
	bool apparent;          /* --apparent-size */
	bool by_items;          /* a: items are what is measured, not sizes */
	bool si;
	bool ascii;
	bool spoken; /* --screen-reader: nothing is drawn, the terminal's cursor is on the row, changes are told */
	bool confirm_quit, confirm_delete;
	bool can_shell, can_delete; /* -r, -rr, --disable-* */
	bool can_refresh;
	int update_ms; /* -q: 2000, else 50 */
};

struct ui_start {
	const char *path;      /* folder to scan, or NULL with `tree` */
	struct tree *tree;     /* an imported tree to browse instead (-f); the browser takes it over */
	const char *tree_name; /* its file, for the title */
	int64_t tree_time;
	struct scan_options scan;
	bool warm;                   /* the first scan trusts what seems unchanged since the snapshot before */
	enum notify_backend backend; /* who tells of changes */
	const char *db;              /* path of the database */
	bool store;                  /* keep the scan as a snapshot */
	/* what is kept behind one that was stored; NULL = all; lives as long as the browser */
	const struct prune_policy *retention;
	/* until the first scan is complete: the screen, one line on stderr, nothing (then the screen) */
	enum ui_mode mode;
	struct ui_settings settings;
};

#endif
