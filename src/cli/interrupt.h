/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdatomic.h>
#include <stdbool.h>

/*
 * SIGINT, SIGTERM and SIGHUP end a command in an orderly way: a scan is cancelled, a transaction rolled back, nothing
 * is stored.
 */

/**
 * From now on they only raise the flag; only the third within a second ends the program at once.  Ignored signals stay
 * ignored (nohup).
 */
void interrupt_catch(void);

/** Also write this eventfd when one comes, at once when one has come already, to end a poll(); -1 = none any more. */
void interrupt_wake(int fd);

/** From now on SIGUSR1 asks for something, and ends nothing. */
void interrupt_catch_ask(void);

/** Has one come since the last time? */
bool interrupt_asked(void);

/** True once one has come; for the `cancel` arguments of the layers below. */
const _Atomic bool *interrupt_flag(void);

/** Exit status for the signal that came: 130 for SIGINT; 0 = none. */
int interrupt_status(void);

#endif
