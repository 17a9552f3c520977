/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_PROMPT_H
#define UI_SCREENS_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/term/canvas.h"
#include "ui/term/input.h"

/* One line being typed, in the status line: filter, label.  Plain data, embedded in a screen's state. */

struct prompt {
	char text[256]; /* UTF-8, NUL-terminated */
	size_t length;  /* bytes */
	size_t cursor;  /* byte offset of a character */
};

enum prompt_result { PROMPT_NONE, PROMPT_MOVED, PROMPT_CHANGED, PROMPT_DONE, PROMPT_CANCELLED };

void prompt_set(struct prompt *prompt, const char *text);

/**
 * One key, or a character that was pasted: characters, Backspace, Delete, Left, Right, Home, End, ^A, ^E, ^U, ^W, ^K;
 * Enter = DONE, Esc and ^C = CANCELLED; NONE = not for a prompt (Up, Down, ...).
 */
enum prompt_result prompt_key(struct prompt *prompt, const struct input *input);

/** `label` and the text in a row, scrolled so that the cursor is seen; sets the canvas' cursor. */
void prompt_paint(const struct prompt *prompt, struct canvas *canvas, int row, const char *label);

#endif
