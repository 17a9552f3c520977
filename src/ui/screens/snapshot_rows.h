/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_SNAPSHOT_ROWS_H
#define UI_SCREENS_SNAPSHOT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/model/model.h"

/*
 * The rows of the list of snapshots (H): the scan that runs on top, then its history with what was counted differently
 * at its place; or those of all roots and hosts.  Of neighbours that hold the same only the newest is a row, unless the
 * others have a label, are compared with or looked at.
 *
 * Made before each frame and borrowed from the model's lists: good until the next model_update().
 */

struct snapshot_row {
	bool now;
	const struct snapshot *snapshot; /* NULL: this run's tree, not saved */
	int64_t id;                      /* 0 = not saved */
	int64_t time;
	uint64_t bytes, items;
	uint64_t errors;   /* of now */
	bool partial, old; /* being read; being read again */
	bool has_growth;
	struct growth_figure growth; /* against the next older one of the same chain */
	bool differs;                /* counted differently: not compared with */
	unsigned folded;             /* older ones that hold the same, */
	int64_t folded_to;           /* the oldest of them */
};

struct snapshot_rows {
	struct snapshot_row *items;
	size_t count, capacity;
};

/** Anew.  0 or -ENOMEM. */
int snapshot_rows_make(struct snapshot_rows *rows, const struct model *model, bool everything);
void snapshot_rows_clear(struct snapshot_rows *rows);

/** The row of a snapshot, folded ones included; id 0 = that of now.  rows->count = none. */
size_t snapshot_rows_find(const struct snapshot_rows *rows, int64_t id);

#endif
