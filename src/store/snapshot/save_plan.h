/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_SAVE_PLAN_H
#define STORE_SNAPSHOT_SAVE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/image/image.h"

/*
 * What a new snapshot must write: the new tree beside the head of its chain, descended only where fingerprints differ.
 */

/** A directory of the new tree that gets a row. */
struct planned_dir {
	uint32_t b; /* in the new image */
	bool same;  /* the head has it at this path: only its version is new */
	bool folded;
};

struct save_plan {
	struct planned_dir *changes; /* in preorder of the new image */
	size_t change_count, change_capacity;
	uint32_t *closed; /* directories of the head that are gone, or another identity now */
	size_t closed_count, closed_capacity;
	int64_t *dirs;        /* per directory of the new image: row of `dirs`, 0 = to be looked up or given */
	bool folded;          /* some are not stored */
	uint64_t write_bytes; /* estimate */
};

/**
 * `head` NULL = all is new; `head_dirs` are its rows of `dirs`, NULL = not at hand.  0, -ENOMEM or -ECANCELED.  Linear
 * in what changed.
 */
int save_plan_make(const struct image *head, const int64_t *head_dirs, const struct image *fresh,
                   const _Atomic bool *cancel, struct save_plan *out);
void save_plan_free(struct save_plan *plan);

#endif
