/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_PROGRAMS_H
#define UI_PROGRAMS_H

#include "ui/model/model.h"
#include "ui/term/term.h"

/*
 * Other programs, started from the browser.  No name of a file ever becomes part of a command: a shell gets its folder
 * by fchdir(), others get a path as an argument of its own.  What fails is said in the status line.
 */

/** The person's shell in a folder; the terminal is its until it ends. */
void programs_shell(struct model *model, struct terminal *term, const char *path);

/** The same with $PAGER (else less, else more) on a file. */
void programs_view(struct model *model, struct terminal *term, const char *path);

/** Have the desktop open it, detached from us and our terminal. */
void programs_open(struct model *model, const char *path);

#endif
