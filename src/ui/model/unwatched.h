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
struct unwatched;

/** Linear in the tree; any thread, under a pin of its own.  NULL + errno. */
struct unwatched *unwatched_create(const struct tree *tree, const struct watcher *watcher);
void unwatched_destroy(struct unwatched *unwatched);

/** A folder, and all below. */
bool unwatched_below(const struct unwatched *unwatched, dir_id dir);

/** The folder itself: the files in it. */
bool unwatched_in(const struct unwatched *unwatched, dir_id dir);

#endif
