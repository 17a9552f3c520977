/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_PROGRAM_H
#define TESTS_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The program as a process of its own, with a folder to work in that is gone at the end: a tree, and a database beside
 * it.  Failures end the test.
 */

struct program {
	char work[64], tree[128], database[160], path[1024]; /* as the program names them */
};
extern struct program program;

void program_begin(void);
void program_end(void);

/** A file of that name beside the tree, and what is in it; both valid until the next call. */
const char *program_file(const char *name);
char *program_text(const char *name);

/** Run a shell script in the tree. */
void program_in_tree(const char *script);

/** Start it: standard output goes into the file `out`, errors into "err".  The first argument is `program.path`. */
pid_t program_start(const char *out, const char *const *arguments);

/** Wait for its end: its status, or 1000 + the signal. */
int program_ended(pid_t pid);

/** Both; its output is in "printed". */
int program_run(const char *const *arguments);

/** Waits a moment.  Has a minute passed since the first call, or since program_patience()? */
bool program_late(void);
void program_patience(void);

#endif
