/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_HEADLESS_H
#define CLI_HEADLESS_H

#include <stdbool.h>

#include "cli/options.h"
#include "engine/scan/scan.h"
#include "store/snapshot/snapshot.h"

/* A scan without the browser: one line of progress on stderr, and signals that cancel it. */

/**
 * The absolute path of a folder to scan, without symbolic links; allocated.  NULL with a sentence when there is none.
 */
char *headless_root(const char *path, struct err *err);

/**
 * Say which exclude patterns can match nothing in the folder.  Those of configuration and files are meant for other
 * folders too: of them only what can match nowhere.
 */
void headless_idle_patterns(const struct options *options, const char *root);

/**
 * Scan to the end.  `line`: show progress when stderr is a terminal.  *out is the ended scan, whose tree is complete;
 * the caller destroys it.
 * 0; -ECANCELED after a signal (interrupt_status()); or -errno with a sentence.
 */
int headless_scan(const char *path, const struct scan_options *scan, const struct options *options, bool line,
                  struct scan **out, struct err *err);

/** Was something not read, but taken as it was? */
bool headless_trusted(const struct scan *scan);

/** Say on stderr what a file system, or an export, should not hold and holds, and how it is counted. */
void headless_oddities(const struct tree *tree);

/**
 * Say on stderr that the newest snapshot is dated later than now (its id 0: there is none).  Which of the two clocks
 * was wrong nobody knows.  Once: what is stored next follows it.
 */
void headless_clock(const struct snapshot *newest, int64_t now_s);

/** Say on stderr how many entries could not be read, when there are any. */
void headless_errors(const struct scan_progress *progress);

#endif
