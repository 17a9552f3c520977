/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_VOLUMES_H
#define UI_SCREENS_VOLUMES_H

#include "ui/model/model_volumes.h"
#include "ui/screens/screen.h"

/* The list of file systems (V).  Its rows are the model's; the cursor is on a place, not on a number. */
struct volumes_screen {
	char *chosen; /* where the one under the cursor is mounted; NULL = none yet */
	int cursor, top, page;
	int64_t opened_ns;
};

/* Where things are on a screen of so many rows. */
static inline int volumes_list_row(int rows)
{
	return rows >= 8 ? 2 : 1;
}

static inline int volumes_status_row(int rows)
{
	return action_row(rows) >= 0 ? rows - 2 : rows - 1;
}

void volumes_paint(const void *data, const struct model *model, struct canvas *canvas);

#endif
