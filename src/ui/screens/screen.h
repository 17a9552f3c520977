/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_SCREEN_H
#define UI_SCREENS_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/screens/actions.h"
#include "ui/screens/row.h"
#include "ui/term/canvas.h"
#include "ui/term/input.h"
#include "ui/model/model.h"

/*
 * A screen is a const table of operations and a state; screens lie on a stack, the browser at the bottom.  Only the top
 * one gets input; painting begins at the highest screen that is no overlay and goes up.  Everything here runs on the
 * loop's thread and must not block:
 * no file system, no SQLite (post a job: model.h).
 */

struct screens;

/** What the loop has to do after an input, or'ed. */
enum reaction {
	REACT_NONE = 0, /* nothing changed: not even painted */
	REACT_PAINT = 1 << 0,
	REACT_CLOSE = 1 << 1,   /* pop this screen; its close() runs */
	REACT_QUIT = 1 << 2,    /* leave the program */
	REACT_SUSPEND = 1 << 3, /* Ctrl-Z */
	REACT_REDRAW = 1 << 4,  /* repaint the terminal from nothing */
	REACT_SHELL = 1 << 5,   /* run the shell in model->shell_path, curses away meanwhile; then shell_done() */
	REACT_GROWTH = 1 << 6,  /* the browser is to show growth, and to sort by it */
	REACT_OPEN = 1 << 8,    /* have model->open_path opened by its program */
	REACT_VIEW = 1 << 9,    /* the same by $PAGER, curses away meanwhile */
	REACT_COPY = 1 << 10,   /* model->copy goes to the terminal's clipboard */
	REACT_GO = 1 << 11,     /* the browser is to go to the entry at model->go_path */
	REACT_PASS = 1 << 7,    /* not mine: the stack applies its default (^L, ^Z; q, Esc and ^C close the layer) */
};

#define SCREEN_NEVER INT64_MAX

struct screen_ops {
	const char *name;
	unsigned context; /* one enum action_context: which bindings hold */
	bool overlay;     /* painted over the screen below, which stays visible */

	/**
	 * Which context's words the key row shows now, where that is not `context`: CONTEXT_PROMPT, CONTEXT_ASK.  A
	 * click on one is then its key.  NULL = always `context`.
	 */
	unsigned (*typing)(const void *state);

	/**
	 * One input.  `action` is what actions.h makes of the key in this context, or of the cell clicked
	 * (canvas_click()); ACTION_NONE leaves the raw input.
	 * May change the state and the model, may push screens (screens_push()).  Returns reactions.
	 */
	unsigned (*handle)(void *state, struct screens *screens, const struct input *input, enum action action);

	/**
	 * Bring the state up to date with the model before a frame (new rows, results of jobs); `now_ns` is monotonic.
	 * Returns when it wants a frame again at the latest though nothing happens (monotonic ns), or SCREEN_NEVER.
	 * NULL = never.
	 */
	int64_t (*update)(void *state, struct model *model, int64_t now_ns);

	/** Paint the whole canvas (an overlay: its box only). */
	void (*paint)(const void *state, const struct model *model, struct canvas *canvas);

	/** The row under the cursor, as the list shows it in this frame; false: none.  NULL = no list of entries. */
	bool (*row)(const void *state, struct row *row);

	/** Free the state.  NULL = nothing to free. */
	void (*close)(void *state);
};

#define SCREENS_DEPTH 8

struct screens {
	struct model *model;
	struct {
		const struct screen_ops *ops;
		void *state;
	} items[SCREENS_DEPTH];
	int count;
	struct canvas canvas; /* as painted last: clicks are looked up in it */
};

/** Put a screen on top; the stack owns the state from now on (it is closed when the stack is full, too: -ENOSPC). */
int screens_push(struct screens *screens, const struct screen_ops *ops, void *state);

/** Close the top screen. */
void screens_pop(struct screens *screens);

/** Give the top screen one input.  Returns the reactions left for the loop (all but CLOSE and PASS). */
unsigned screens_handle(struct screens *screens, const struct input *input);

/** update() of all screens; returns the earliest time wanted. */
int64_t screens_update(struct screens *screens, int64_t now_ns);

/** Paint all visible screens on screens->canvas (sized model->rows × model->cols).  0 or -ENOMEM. */
int screens_paint(struct screens *screens);

/** The row under the cursor of the bottom screen. */
bool screens_row(const struct screens *screens, struct row *row);

/** Close everything. */
void screens_clear(struct screens *screens);

#endif
