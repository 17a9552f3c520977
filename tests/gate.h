/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_GATE_H
#define TESTS_GATE_H

#include <stdbool.h>

/*
 * A disk that is slow where and as long as a test wants: listing a folder (getdents64) waits behind a gate, in
 * processes that this one starts from now on.
 * By seccomp's user notification; a thread of this process answers.
 */

/** False when the kernel does not allow it. */
bool gate_begin(void);

/** Listing this folder, or one below, waits from now on.  One gate at a time; opens the one before. */
void gate_close(const char *path);

void gate_open(void);

#endif
