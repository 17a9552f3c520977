/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_TERM_INPUT_H
#define UI_TERM_INPUT_H

#include <stdint.h>

/* What the person did, as plain data: keys.c makes it from bytes, tests make it by hand. */

enum input_kind {
	INPUT_KEY,
	INPUT_CLICK,        /* left button pressed at row, col */
	INPUT_DOUBLE_CLICK, /* again within 0.4 s on the same row; the first was a click already */
	INPUT_WHEEL_UP,
	INPUT_WHEEL_DOWN,
	INPUT_TEXT, /* a character that was pasted: text for a prompt, never a command */
	/* the terminal said which colour its background has: 0xRRGGBB in `key`; does not leave term.c */
	INPUT_BACKGROUND,
};

/**
 * Codes of keys: a Unicode character is itself (Ctrl-A … Ctrl-Z are 1 … 26, Esc 27, Tab 9, Enter 13, Backspace 127),
 * special keys lie above Unicode.
 */
enum input_key {
	IN_TAB = 9,
	IN_ENTER = 13,
	IN_ESC = 27,
	IN_BACKSPACE = 127,
	IN_UP = 0x110000,
	IN_DOWN,
	IN_LEFT,
	IN_RIGHT,
	IN_PAGE_UP,
	IN_PAGE_DOWN,
	IN_HOME,
	IN_END,
	IN_DELETE,
	IN_BACK_TAB,
	IN_UNKNOWN, /* a key, but none of ours: F1, Ctrl-Up, ... */
};

#define IN_CTRL(letter) ((letter)&0x1f)

struct input {
	enum input_kind kind;
	uint32_t key; /* INPUT_KEY, INPUT_TEXT */
	int row, col; /* mouse, 0-based cells */
};

#endif
