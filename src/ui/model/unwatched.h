/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_UNWATCHED_H
#define UI_MODEL_UNWATCHED_H

#include <stdbool.h>

#include "engine/tree/tree.h"
#include "engine/watch/watcher.h"

/*
 * Where watches are short: the folders with one below them, or themselves, that has none.  What is known of those is as
 * old as its last turn.
 * As of one moment: made anew when watches come and go.
 */
struct polled;

/** Linear in the tree; any thread, under a pin of its own.  NULL + errno. */
struct polled *polled_create(const struct tree *tree, const struct watcher *watcher);
void polled_destroy(struct polled *polled);

/** A folder, and all below. */
bool polled_below(const struct polled *polled, dir_id dir);

/** The folder itself: the files in it. */
bool polled_in(const struct polled *polled, dir_id dir);

#endif
