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
	uint32_t a; /* at the same path in the head, or IMAGE_NONE */
	bool same;  /* and the same identity: only its version is new */
	bool folded;
};

/** A path whose total changed. */
struct planned_growth {
	uint32_t a, b; /* IMAGE_NONE where it is absent */
	uint64_t bytes_a, bytes_b;
	int64_t delta_bytes;
	/*
	 * unreadable or not mounted on one side, or a total is beyond 2⁶⁴: no figures, and nothing of it in its
	 * ancestors' deltas
	 */
	bool unknown;
};

struct save_plan {
	struct planned_dir *changes; /* in preorder of the new image */
	size_t change_count, change_capacity;
	uint32_t *closed; /* directories of the head that are gone, or another identity now */
	size_t closed_count, closed_capacity;
	struct planned_growth *growth; /* none without a head */
	size_t growth_count, growth_capacity;
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
