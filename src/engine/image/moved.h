/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_IMAGE_MOVED_H
#define ENGINE_IMAGE_MOVED_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/image/identity.h"
#include "engine/image/match.h"

/*
 * How much of each folder's growth is nothing but folders that moved in or out: what is to be taken from it for what
 * was written there.
 * A move within a folder is none of that folder's growth.
 */
struct moved;

/**
 * Of a complete tree that was matched; `identities` are those of the match's image.  One pass over the directories, for
 * a background thread; takes a pin.
 * NULL + errno.
 */
struct moved *moved_compute(const struct tree *tree, const struct match *match, const struct identities *identities);
void moved_destroy(struct moved *moved);

/** Computed from that match? */
const struct match *moved_match(const struct moved *moved);

struct moved_figures {
	int64_t alloc_bytes, apparent_bytes, items;
};

/** 0 where nothing moved. */
struct moved_figures moved_figures(const struct moved *moved, dir_id dir);

#endif
