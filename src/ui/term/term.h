/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_TERM_TERM_H
#define UI_TERM_TERM_H

#include <stdbool.h>

#include "base/err.h"
#include "ui/term/canvas.h"
#include "ui/term/input.h"
#include "ui/term/theme.h"

/*
 * The terminal: the only file that knows curses.  One at a time, one thread (the loop's).
 * From term_open() to term_close() whatever ends the process, a crash of any thread or a signal that nobody waits for,
 * restores the terminal before the process dies of it.
 */
struct terminal;

/** Is it a terminal that curses knows, and whose cursor can be moved?  Else -ENOTTY with a sentence.  Before anything
 * else: it costs nothing. */
int term_usable(struct err *err);

/** Full screen, raw keys, mouse.  Draws on stdout (else /dev/tty), reads stdin when that is a terminal (else /dev/tty).
 * -errno with a sentence. */
int term_open(enum ui_theme theme, struct terminal **out, struct err *err);

/** Restores the terminal.  NULL is fine. */
void term_close(struct terminal *term);

/** Readable when a key waits. */
int term_fd(const struct terminal *term);

/** Ask the terminal for its size, after SIGWINCH too. */
void term_size(struct terminal *term, int *rows, int *cols);

/** Show the canvas: only rows that differ from the last one are handed on. */
void term_draw(struct terminal *term, const struct canvas *canvas);

/** The next draw repaints everything. */
void term_redraw(struct terminal *term);

/** One input that waits; false when there is none.  Never blocks. */
bool term_read(struct terminal *term, struct input *input);

/** When term_read() is to be called although nothing came (a lone Esc is known by the silence behind it); monotonic ns,
 * INT64_MAX = never. */
int64_t term_deadline(const struct terminal *term);

/** Hand bytes to the terminal's clipboard (OSC 52).  False: it is none that knows that.  It gives no answer. */
bool term_copy(struct terminal *term, const void *bytes, size_t n);

/** The terminal as it was before, for a shell or a stop; then back. */
void term_leave(struct terminal *term);
void term_return(struct terminal *term);

/** Can this locale and terminal show the marks and graphs (UTF-8, narrow marks)? */
bool term_unicode(void);

#endif
