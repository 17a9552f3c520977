/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_MAPPED_H
#define BASE_MAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of a file in memory: read, or mapped where they are many.  Who cuts a mapped file short, or a disk that
 * fails, takes the ground from under its readers' feet (SIGBUS).  Then zeros take the place of what is lost, the
 * mapping is marked spoiled, and its reader goes on to find that out.
 */
struct mapped {
	char *base;
	size_t bytes;
	int guard;                  /* place in the table of guarded mappings, -1 = these bytes were read, and stay */
};

#define MAPPED_LEAST ((size_t)64 << 20) /* fewer bytes are read in any case */

/**
 * The first `bytes` bytes of an open file; `read`: however many they are.  0 or -errno; -EIO when the file is shorter.
 */
int mapped_open(struct mapped *mapped, int fd, size_t bytes, bool read);
void mapped_close(struct mapped *mapped);

/** Is something lost?  Ask behind the use of what was read.  Any thread. */
bool mapped_spoiled(const struct mapped *mapped);

/**
 * Handle SIGBUS from now on: what cannot be mended is said before the process dies of it.  (The database maps its file,
 * too.)  In main(), before any thread; else the first large mapping does it.
 */
void mapped_guard(void);

/** Say it.  Async-signal-safe. */
void mapped_say(void);

/** For a handler of SIGBUS: was it a guarded mapping, and is its ground firm again?  Async-signal-safe. */
bool mapped_mend(const void *address);

#endif
