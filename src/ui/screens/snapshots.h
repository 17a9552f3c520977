/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_SNAPSHOTS_H
#define UI_SCREENS_SNAPSHOTS_H

#include "ui/screens/prompt.h"
#include "ui/screens/screen.h"
#include "ui/screens/snapshot_rows.h"

/*
 * The list of snapshots (H): the scan that runs on top, then its history; after Tab those of all roots and hosts.
 *
 * Its rows are made anew before each frame: the lists change under the screen when the store answers.  What the cursor
 * stands on is a snapshot's id.
 */

#define CURSOR_NOW 0 /* id of the first row, the tree of this run */

struct snapshots {
	bool everything;
	int64_t cursor_id;
	struct snapshot_rows rows;
	int cursor, top; /* row numbers; follow cursor_id in update() */
	int page;        /* rows shown */
	bool typing;     /* a label, in the status row */
	struct prompt prompt;
	int64_t subject; /* snapshot being labelled or about to be deleted */
};

/* Where things are on a screen of so many rows. */
static inline int snapshots_list_row(int rows)
{
	return rows >= 8 ? 2 : 1;
}

static inline int snapshots_status_row(int rows)
{
	return action_row(rows) >= 0 ? rows - 2 : rows - 1;
}

/** "with -x, without --exclude *.o", against how this run counts; raw. */
int snapshots_differing_words(const struct model *model, const struct snapshot_row *entry, struct buf *out);

void snapshots_paint(const void *data, const struct model *model, struct canvas *canvas);

#endif
