/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FAULT_FILE_H
#define TESTS_FAULT_FILE_H

/*
 * write(), fsync(), rename() and renameat() of this program, one of which fails: for what is written past SQLite
 * (fault_vfs.h is for that).
 * And mmap(), which can put memory where every byte beyond it is a crash.
 */

#include <stdbool.h>

/**
 * Let the n-th of them from now (0 = the next), and all after it, fail with this errno; a write that fails has written
 * half.  -1 = none.
 */
void fault_file_arm(long n, int error);

/** Calls counted since it was armed. */
long fault_file_count(void);

/** Memory that is mapped from now on ends where memory ends. */
void fault_file_fence(bool on);

#endif
