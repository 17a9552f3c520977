/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_ACCOUNT_VIEW_H
#define UI_SCREENS_ACCOUNT_VIEW_H

#include "engine/account/account.h"
#include "ui/screens/screen.h"

/*
 * Where the used bytes of the folder's file system are (d in details): worked out by a task, from the tree that is
 * there, without reading the disk.
 */

struct account_task; /* account_view.c */

struct account_line_shown {
	char *text; /* safe */
	enum role role;
};

struct account_view {
	struct model *model;
	char *path;                   /* raw, absolute */
	struct account_task *running; /* NULL = it has ended */
	struct err err;               /* why there is no account; "" = there is one, or will be */
	bool known;
	struct account account;
	struct account_line_shown *lines;
	size_t count, capacity;
	int top, cols; /* the first line shown; for which width they were made, 0 = anew */
};

/** Show an account that is there, or (NULL) will be; it is taken over. */
struct account_view *account_view_create(struct model *model, const char *path, struct account *account);

/** Open what was created; it is closed in any case. */
int account_view_push(struct screens *screens, struct account_view *view);

#endif
