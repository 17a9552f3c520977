/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_APPLY_PLACES_H
#define ENGINE_WATCH_APPLY_PLACES_H

#include "engine/watch/apply_state.h"

/**
 * Pending names find their places: what is new here and missing there moves, what is missing otherwise goes, what is
 * new otherwise comes.  The root is open.  0 or -errno.
 */
int apply_places(struct apply *apply);

/**
 * A batch begins: let a name find the renames that it is part of.  Without memory a file that came in another's place
 * is told as that one changed.
 */
void apply_know_renames(struct apply *apply);

#endif
