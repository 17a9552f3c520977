/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SESSION_H
#define TESTS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pty.h"

/*
 * A person's session: the real program in a pseudo-terminal, on a made tree, with a database of its own, all in one
 * temporary folder.
 * Every function fails the test (cr_assert) when it cannot do what it says.
 */
struct session {
	char dir[4096];     /* the temporary folder */
	char tree[4200];    /* DIR/tree: what is opened */
	char db[4200];      /* DIR/data/data.db */
	char err[4200];     /* DIR/stderr of the last run */
	struct pty *pty;    /* of the program running now, or NULL */
	const char *const *through; /* words before the program's: what starts it; NULL-terminated, or NULL */
};

/** Make the folder, with an empty tree.  `where` = an existing folder to make it in, NULL = $TMPDIR. */
void session_begin(struct session *session, const char *where);

/** Stop the program and remove everything. */
void session_end(struct session *session);

/**
 * For the end of a test that may have failed half-way (TestSuite(…, .fini = session_end_all)): remove the folders that
 * are left.
 */
void session_end_all(void);

/** Start `disktracker --db DB ARGS... TREE`.  args and env: NULL-terminated, may be NULL. */
void session_open(struct session *session, int rows, int cols, const char *const *args, const char *const *env);

/** The same, then wait until the tree is read whole. */
void session_open_whole(struct session *session, int rows, int cols, const char *const *args, const char *const *env);

/** `q`, then wait for the end: the program must exit with 0 and leave the terminal as it was. */
void session_quit(struct session *session);

/** What the last run wrote on stderr.  Valid until the next call. */
const char *session_stderr(const struct session *session);

/** Path of the program under test. */
const char *session_program(void);

/** Run the program without a terminal, stdout and stderr into `out` (of n bytes); its exit status. */
int session_command(const struct session *session, const char *const *args, char *out, size_t n);

/* ---- the tree ---- */

/** A file of that many allocated bytes (a multiple of 4096) at a path below the tree; folders on the way are made. */
void session_file(const struct session *session, const char *path, uint64_t bytes);
void session_folder(const struct session *session, const char *path);
void session_remove(const struct session *session, const char *path); /* with everything below */
void session_rename(const struct session *session, const char *from, const char *to);

struct walk {
	uint64_t alloc_bytes, apparent_bytes, items;
};

/** Sums of a path ("" = the tree) by an independent walk: own inode and everything below, linked inodes once. */
struct walk session_walk(const struct session *session, const char *path);

/** What `size` says of the tree, in a process of its own, is what a walk finds. */
void session_check_size(const struct session *session);

/** "612.4 MiB" as the screen writes it; by arithmetic of its own. */
const char *session_size(uint64_t bytes);
const char *session_delta(int64_t bytes);

/* ---- what the screen shows ---- */

#define LIST_TOP 3
#define SIZE_COL 3      /* 9 cells and the mark of trust */
#define GROWTH_COL 14   /* 10 cells and the mark of trust */

/** List row of an entry, by its painted name (a folder's with "/" before it); -1. */
int session_row(const struct session *session, const char *name);

/** Cells [col, col + n) of a row without blanks around. */
const char *session_cells(const struct session *session, int row, int col, int n);

/** Wait until that row of that entry shows this size, or this growth (its mark of trust included). */
bool session_wait_size(struct session *session, const char *name, const char *text);
bool session_wait_growth(struct session *session, const char *name, const char *text);

/** Wait until the entry is on the cursor's row. */
bool session_wait_cursor(struct session *session, const char *name);

/** Move the cursor there with the arrow keys. */
void session_go(struct session *session, const char *name);

#endif
