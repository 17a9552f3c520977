/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FAULT_VFS_H
#define TESTS_FAULT_VFS_H

#include <stdbool.h>

/*
 * A layer over SQLite's own way to the disk that lets one of its writes fail: everything that can change a file
 * (writing, truncating, syncing, growing the shared memory, deleting, making) is counted.
 */

/** Make it the default for all connections opened from now on. */
void fault_vfs_install(void);

/**
 * Let the n-th write from now (0 = the next) fail with this code of SQLite, and all after it when `sticky`.  -1 = none.
 */
void fault_vfs_arm(long n, int code, bool sticky);

/** Writes counted since it was armed. */
long fault_vfs_count(void);

#endif
