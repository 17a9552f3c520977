/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_EXPLAIN_H
#define UI_SCREENS_EXPLAIN_H

#include "ui/model/model_causes.h"
#include "ui/screens/screen.h"

/*
 * Why a folder grew (x), after Tab what lies in it: causes, the rest in the last row; after Right the paths of one.
 */

struct explain_screen {
	struct causes_subject subject;
	char *path; /* the subject's */
	bool growth;
	bool paths; /* those of row `of` are listed */
	int of;     /* the row of the causes */
	int cursor, top, page;
	int former_cursor, former_top; /* among the causes */
};

/** Rows listed now. */
int explain_count(const struct explain_screen *state, const struct model *model);

/** Path of a listed row, NULL = it has none; *gone: nothing is there any more.  `file` (or NULL) lies in it. */
const char *explain_path(const struct explain_screen *state, const struct model *model, int row, const char **file,
                         bool *gone);

/** The cause of a listed row, NULL = no rule takes it. */
const struct cause_line *explain_line(const struct explain_screen *state, const struct model *model, int row);

/** What frees the row under the cursor, for the folder explained; safe.  Appends nothing when there is no such. */
int explain_advice(const struct explain_screen *state, const struct model *model, struct buf *out);

static inline int explain_list_row(int rows)
{
	return rows < 8 ? 1 : rows < 10 ? 2 : 3;
}

static inline int explain_status_row(int rows)
{
	return action_row(rows) >= 0 ? rows - 2 : rows - 1;
}

/** The screen alone: model->causes is asked for already.  0 or -errno. */
int explain_show(struct screens *screens, const struct causes_subject *subject, bool growth);

void explain_paint(const void *data, const struct model *model, struct canvas *canvas);

#endif
