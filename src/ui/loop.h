/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_LOOP_H
#define UI_LOOP_H

#include "ui/screens/screen.h"
#include "ui/term/term.h"

/*
 * Waits for keys, for results (an eventfd) and, only while something happens, for the next frame: at most 20 a second.
 * A key is answered at once.
 * SIGINT, SIGTERM, SIGHUP and a closed terminal end it.
 */

/** The eventfd that results and signals wake it by; -errno. */
int loop_wake_fd(void);

/** Until a screen asks to quit.  Returns the exit status: 0, 130 (SIGINT), 143, 129. */
int loop_run(struct screens *screens, struct terminal *term);

/** Handlers for SIGINT, SIGTERM, SIGHUP, SIGWINCH that write to `wake_fd`, and their removal. */
void loop_catch_signals(int wake_fd);
void loop_release_signals(void);

/** The signal that asked to end, 0 = none. */
int loop_signal(void);

#endif
