/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UI_SESSION_H
#define TESTS_UI_SESSION_H

#include "engine/tree/build.h"
#include "ui/browser/browser.h"
#include "ui/screens/layers.h"
#include "ui/model/model_state.h"
#include "ui/screens/screen.h"

/*
 * A session of the browser without terminal, scan and database: trees from text, growth against another such tree, keys
 * typed, the canvas read.
 *
 * A tree is told in lines: `name|1024` a file of so many bytes (allocated and apparent), `name/|4096` a folder that is
 * entered with the bytes of its own inode, `..` leaves it; before the name: `!` unreadable, `<` excluded, `>` another
 * file system, `^` a kernel file system, `@` a symbolic link, `H` a file with two links; behind the size, optionally,
 * the time of change (Unix seconds) and the inode of a folder.
 */

#define SESSION_NOW 1763716440 /* 2025-11-21 09:14:00 UTC */

struct session_ui {
	struct model model;
	struct screens screens;
	struct ui_start start;
	struct tree *tree, *before;
	struct image *image;
	struct baseline baseline;
	struct buf text;
};

struct tree *session_tree(const char *root, const char *lines);

/**
 * A browser of `rows` × `cols` on a tree; `before` (NULL = none) is snapshot #41, three days old, files known in every
 * folder that was asked for.
 */
void session_open(struct session_ui *session, int rows, int cols, const char *lines, const char *before);
void session_close(struct session_ui *session);

/**
 * Type: characters are themselves, <Name> is a key of the table (`<Enter>`, `<^C>`).  Each key is followed by a frame.
 * Returns the last reactions.
 */
unsigned session_type(struct session_ui *session, const char *keys);

unsigned session_mouse(struct session_ui *session, enum input_kind kind, int row, int col);

/** A frame now; the screen as text, valid until the next call. */
const char *session_screen(struct session_ui *session);
const char *session_roles(struct session_ui *session);

/** One row of the screen. */
const char *session_row(struct session_ui *session, int row);

#endif
