/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_CAUSES_CAUSE_LIVE_H
#define STORE_CAUSES_CAUSE_LIVE_H

#include "store/causes/cause_place.h"

/**
 * The cause of one entry of a live folder, by the tree alone: for the screen, in no time.  `places` is of one thread
 * and used again and again.  *name is the places'.  NULL = no rule takes it, or there is no memory.  Takes a pin.
 */
const struct cause_rule *cause_of_live(struct places *places, const struct tree *tree, dir_id folder, const void *entry,
                                       size_t length, bool is_dir, const char **name);

#endif
