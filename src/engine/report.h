/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_REPORT_H
#define ENGINE_REPORT_H

#include "engine/watcher.h"

/*
 * The account of one batch of changes: what was done to which entry, and what it made of each directory's totals.  Thread: the applier.
 * Nothing fails: without memory the account is marked incomplete.
 */
struct report;

struct report *report_create(const struct tree *tree);
void report_destroy(struct report *report);

/** Start afresh. */
void report_begin(struct report *report);

/** The totals of this directory and its ancestors are about to change: remember what they were. */
void report_touch(struct report *report, dir_id dir);

/** A subtree has come (read, or moved here): its directories count as new rows.  Their ancestors have been touched. */
void report_subtree(struct report *report, dir_id top);

/** A directory is about to go from this place, with all below. */
void report_gone(struct report *report, dir_id dir);

/** One entry changed: `name` in `dir`.  `old_path` (RENAME) is taken over. */
void report_change(struct report *report, const struct change *change, dir_id dir, const void *name, size_t length);

/** The batch so far; valid until report_begin().  Paths are made here. */
void report_finish(struct report *report, struct batch *batch);

#endif
