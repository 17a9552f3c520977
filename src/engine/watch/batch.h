/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_BATCH_H
#define ENGINE_WATCH_BATCH_H

#include "engine/watch/watcher.h"

/*
 * The account of one batch of changes: what was done to which entry, and what it made of each directory's totals.
 * Thread: the applier.
 * Nothing fails: without memory the account is marked incomplete.
 */
struct batch_account;

struct batch_account *batch_create(const struct tree *tree);
void batch_destroy(struct batch_account *account);

/** Start afresh. */
void batch_begin(struct batch_account *account);

/** The totals of this directory and its ancestors are about to change: remember what they were. */
void batch_touch(struct batch_account *account, dir_id dir);

/**
 * A subtree has come: its directories count as new rows.  `moved` (touched before, with its ancestors): it brings what
 * it has; else it was just read.
 */
void batch_subtree(struct batch_account *account, dir_id top, bool moved);

/**
 * The absolute path of a directory, or of a name in it, the caller's; NULL when it is too long to be told
 * (IMAGE_PATH_MAX), or without memory.
 */
char *batch_path(struct batch_account *account, dir_id dir, const void *name, size_t length);

/** A directory is about to go from this place, with all below. */
void batch_gone(struct batch_account *account, dir_id dir);

/** One entry changed: `name` in `dir`.  `old_path` (RENAME; NULL = it was too long to be told) is taken over. */
void batch_change(struct batch_account *account, const struct change *change, dir_id dir, const void *name,
                  size_t length);

/** What a directory had when the batch began. */
void batch_before(const struct batch_account *account, dir_id dir, uint64_t *alloc_bytes, uint64_t *apparent_bytes);

/** By how much each directory that is there has grown in the batch, wherever it lies now. */
void batch_growth(const struct batch_account *account,
                  void (*tell)(void *context, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes), void *context);

/** The batch so far; valid until batch_begin().  Paths are made here. */
void batch_finish(struct batch_account *account, struct batch *batch);

#endif
