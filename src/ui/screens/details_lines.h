/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_DETAILS_LINES_H
#define UI_SCREENS_DETAILS_LINES_H

#include "ui/screens/details_tasks.h"
#include "ui/screens/row.h"
#include "ui/screens/screen.h"

/*
 * What the details of an entry say, line by line.  The row's figures come from the tree, or for ghosts and old
 * snapshots from an image; owner, mode, inode and mount from a look at the disk.  A line stands only where there is
 * something to say.
 */

#define DETAILS_LINES_MAX 200
#define DETAILS_LABEL_CELLS 10 /* "path      " */

struct details_line {
	const char *label; /* translated, "" = goes on */
	char lead[64];     /* a first part in a colour of its own */
	enum role lead_role;
	char *text; /* safe */
	enum role role;
};

struct details {
	struct row row; /* its image is not kept: it may be gone before this screen */
	int64_t image_id, image_time;
	char *path;    /* raw, absolute */
	dir_id folder; /* of a live row: the one it lies in */
	struct model *model;
	const struct screens *screens;
	char *moved_from;                      /* raw, relative to what it is compared with; NULL = it was not moved */
	struct disk_check *checking, *checked; /* running; finished */
	bool names_shown;                      /* Tab: where the links' other names are, in place of the other lines */
	struct name_search *searching, *searched; /* running; finished */
	struct details_line lines[DETAILS_LINES_MAX];
	int count, top, widest; /* lines, first one shown, cells of the widest */
	uint64_t generation;    /* of the model, when the lines were made; its width, too */
	int cols;
	int64_t made_at_s;
};

/** Anew, with the row as the list shows it in this frame. */
void details_make_lines(struct details *details);
void details_clear_lines(struct details *details);

#endif
