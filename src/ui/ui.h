/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_UI_H
#define UI_UI_H

#include "base/buf.h"
#include "base/err.h"
#include "ui/model/settings.h"

struct ui_result {
	int status;                 /* exit status: 0, 1, 130, 128 + signal */
	/* Q: paths to print on stdout, a NUL behind each: the folder's, or of what is marked; to be freed */
	struct buf print;
	char *message;              /* for stderr: "#42 saved: 182.4 GiB, +29.1 GiB since #41", or NULL; to be freed */
	char *removed;              /* the same: what retention has removed meanwhile */
};

/**
 * Run the browser until the person leaves it; the terminal is restored on return.  0, or -errno with a sentence (no
 * terminal, no such folder, …).
 */
int ui_run(const struct ui_start *start, struct ui_result *result, struct err *err);

#endif
