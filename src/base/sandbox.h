/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

/**
 * Old container runtimes answer system calls that they do not know with EPERM.  The C library does without statx(),
 * clone3() and faccessat2() only where the answer is ENOSYS: with EPERM no thread can be started, no file looked at.
 * So where that is found, a filter of our own says ENOSYS first.
 * First thing in main(), before any thread.
 */
void sandbox_mend(void);

#endif
