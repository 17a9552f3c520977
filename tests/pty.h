/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_PTY_H
#define TESTS_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * A program in a pseudo-terminal whose output a terminal emulator (libvterm) reads: what a person would see, cell by
 * cell.
 * Single-threaded: nothing is read unless one of the waiting functions runs.  A wait is for a condition, up to a
 * deadline; a wait that fails prints the screen on stderr, so that the test's log shows what was there instead.  Rows
 * and columns count from 0.
 */
struct pty;

#define PTY_DEADLINE_MS 30000 /* generous: sanitizers and a busy machine; a passing test never waits for it */
#define PTY_COLOR_DEFAULT (-1)

struct pty_cell {
	/* UTF-8 of the character and what combines with it; "" = never written, or the right half of a wide one */
	char text[32];
	int width;          /* cells; 0 = the right half of a wide character */
	int fg, bg;         /* palette index 0…255, 0x1000000 | rgb, or PTY_COLOR_DEFAULT */
	bool bold, reverse, underline;
};

struct pty_options {
	int rows, cols;
	const char *cwd;    /* NULL = the caller's */
	/*
	 * Applied to a clean environment (PATH, HOME and TMPDIR of the caller, TERM=xterm-256color, LC_ALL=C.UTF-8,
	 * TZ=UTC0, sanitizers' options): "NAME=value" sets, "NAME" removes.  NULL-terminated; may be NULL.
	 */
	const char *const *env;
	const char *err;    /* file for the program's stderr; NULL = the terminal */
};

/** Start argv[0] (a path, or a name looked up in PATH) as leader of a new session.  NULL + errno. */
struct pty *pty_start(const char *const *argv, const struct pty_options *options);

/** Kill the program if it still runs, reap it, free everything.  NULL allowed. */
void pty_stop(struct pty *pty);

/** Close the terminal, as a window that is closed: the program gets SIGHUP and its descriptors fail. */
void pty_close_terminal(struct pty *pty);

pid_t pty_pid(const struct pty *pty);

/* ---- to the program ---- */

void pty_send(struct pty *pty, const char *keys);
void pty_send_bytes(struct pty *pty, const void *bytes, size_t n);
#define PTY_UP "\033OA"
#define PTY_DOWN "\033OB"
#define PTY_RIGHT "\033OC"
#define PTY_LEFT "\033OD"
#define PTY_HOME "\033OH"
#define PTY_END "\033OF"
#define PTY_PAGE_UP "\033[5~"
#define PTY_PAGE_DOWN "\033[6~"
#define PTY_DELETE "\033[3~"
#define PTY_BACKSPACE "\177"
#define PTY_ENTER "\r"
#define PTY_ESC "\033"

enum pty_button { PTY_BUTTON_LEFT = 0, PTY_WHEEL_UP = 64, PTY_WHEEL_DOWN = 65 };

/** Press and release (xterm's SGR report). */
void pty_mouse(struct pty *pty, enum pty_button button, int row, int col);

/** The window changes its size: emulator, kernel and SIGWINCH. */
void pty_resize(struct pty *pty, int rows, int cols);

/* ---- what is on the screen (as of the last wait) ---- */

int pty_rows(const struct pty *pty);
int pty_cols(const struct pty *pty);

/** A row as UTF-8, blanks at its end cut.  Valid until the eighth call after this one. */
const char *pty_row(const struct pty *pty, int row);

/** Cells [col, col + n) of a row, blanks kept.  Likewise. */
const char *pty_cells(const struct pty *pty, int row, int col, int n);

void pty_cell(const struct pty *pty, int row, int col, struct pty_cell *out);

/** First row that holds the text, from `from` on; -1 when none. */
int pty_find(const struct pty *pty, const char *text, int from);

/** Column where the text begins in a row; -1. */
int pty_find_col(const struct pty *pty, int row, const char *text);

/** Row of the cursor bar (most of its cells are reverse, or have its background) among rows [from, to); -1. */
int pty_cursor_row(const struct pty *pty, int from, int to);

bool pty_alternate(const struct pty *pty);      /* is the alternate screen shown? */
bool pty_cursor_visible(const struct pty *pty);
void pty_cursor(const struct pty *pty, int *row, int *col); /* where the terminal's own cursor is */
bool pty_mouse_on(const struct pty *pty);
bool pty_cooked(const struct pty *pty);         /* line discipline: canonical input with echo and signals */
unsigned pty_bells(const struct pty *pty);
unsigned pty_titles(const struct pty *pty);     /* how often something set the window's title */
unsigned pty_answers(const struct pty *pty);    /* how often the terminal was asked something */

/** All bytes the program wrote so far. */
const unsigned char *pty_log(const struct pty *pty, size_t *n);

/** The rows as text, a reverse one marked with '>'. */
void pty_dump(const struct pty *pty, FILE *out);

/* ---- waiting; false, with the screen on stderr, when the deadline passed ---- */

/** Until the condition holds and the program is quiet for a moment, so that no half frame is judged. */
bool pty_wait(struct pty *pty, bool (*holds)(const struct pty *pty, void *data), void *data, const char *what);

bool pty_wait_text(struct pty *pty, const char *text);              /* on any row */
bool pty_wait_row(struct pty *pty, int row, const char *text);      /* on that row */
bool pty_wait_gone(struct pty *pty, const char *text);              /* on no row */

/** Until the program ended; its wait status, or -1 (the deadline). */
int pty_wait_exit(struct pty *pty);

/** Until it ended or the time is over; true when it ended.  Silent. */
bool pty_ended(struct pty *pty, int timeout_ms);

#endif
