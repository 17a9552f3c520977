/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_TERM_CRASH_H
#define UI_TERM_CRASH_H

#include <termios.h>

/*
 * The terminal is given back whatever ends the process: a crash of any thread, or a signal that nobody waits for.  The
 * handlers stay once they are armed: a mapped file may still be in use (base/mapped.h).
 */

#define CRASH_BYTES 512

/** From now on: these bytes and modes for the terminal behind `fd`, then the signal's own end.  The loop's thread,
 * once. */
void crash_arm(int fd, const struct termios *modes, const char *bytes);

/** Not now: the terminal is as it was; then again. */
void crash_pause(void);
void crash_resume(int fd);

#endif
