/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/explanation.h"
#include "cli/options.h"
#include "cli/path_history.h"
#include "cli/report_tree.h"
#include "engine/account/account.h"

/* What happened to a folder within a window, as the newest snapshot says; nothing is scanned. */
struct report {
	struct options options; /* as `diff` is asked for the parts */
	bool small;             /* the terminal */
	bool whole;             /* small changes too, for those that read all */
	struct comparison comparison;
	/* Entries of the comparison, borrowed: folders that grew, the largest growth first; new files, the largest. */
	struct diff growers;
	struct diff_entry **files;
	size_t file_count;
	struct path_history history;
	bool explained; /* by rules that could be read */
	struct explanation explanation;
	struct report_tree tree; /* what is there now; empty where the folder is gone */
	bool has_account;        /* the folder is there */
	struct account account;
};

/** Its options are set.  -errno with a sentence; to be cleared in any case. */
int report_make(struct store *store, struct report *report, struct err *err);
void report_clear(struct report *report);

/** Its document. */
int report_json(const struct report *report);

#endif
