/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_BROWSER_BROWSER_H
#define UI_BROWSER_BROWSER_H

#include "ui/browser/listing.h"
#include "ui/browser/live_rate.h"
#include "ui/screens/prompt.h"
#include "ui/screens/screen.h"

/*
 * The main screen.  browser.c holds what its keys do, place.c which folder is shown, browser_rows.c which rows,
 * grower.c where F leads, total.c what the folder holds, browser_paint.c how it is painted.
 */

/** Where the cursor was in a folder that was left, and what its filter was. */
struct position {
	/* absolute, raw: a folder that was read again is another place with the same path */
	char *path;
	const struct image *image;  /* of an old snapshot or a ghost; NULL = live */
	bool bound;
	unsigned char name[256];
	uint8_t name_length;
	bool ghost;
	size_t offset;              /* rows between the top of the list and the cursor */
	char filter[256];
};

#define BROWSER_POSITIONS 256       /* folders remembered; the oldest is forgotten */

struct browser {
	struct place place;
	bool placed;                /* there is a tree */
	struct buf relative;        /* path of the place below the root of its tree or image, raw */
	struct listing listing;
	bool listed;                /* the listing is of this place */

	size_t cursor, top;         /* rows */
	/*
	 * the cursor holds on to its node; before it was moved in a folder it stays on the first row, whatever that is
	 */
	bool bound;
	unsigned char anchor[256];  /* the node it holds on to */
	uint8_t anchor_length;
	bool anchor_ghost;
	struct listing_item anchor_item;
	uint32_t anchor_block;      /* of the listing it was in */

	enum ui_sort sort;
	bool descending;
	bool growth;                /* the column is on */
	enum ui_sort former_sort;   /* d, once more, brings it back */
	bool former_descending;
	bool growth_explained;
	bool live;                  /* w: the column is on */
	bool zeroed;                /* W: rows of what went are to go, too */
	enum ui_sort live_former_sort;
	bool live_former_descending;

	bool filtering;             /* the prompt is open */
	struct prompt prompt;
	struct position unfiltered; /* the cursor before it, for a filter that is given up; no path */
	bool following;             /* F */
	char follow_name[64];       /* what it waits for, safe */
	bool asking;                /* quit? */
	dir_id read_next;           /* r, R while another folder was being read again; DIR_NONE = nothing */

	struct listing_task *sorting;
	int64_t built_ns, build_cost_ns;
	uint64_t built_batches;     /* of the watcher, when the rows were built, */
	uint64_t built_reread;      /* and what had been read again then */
	bool paused;                /* rows and figures stay for a moment as they are shown */
	/* What is painted: the rows on the screen and what the folder holds, decoded together. */
	struct row *shown;          /* of listing rows from shown_first on; one that went meanwhile has no name */
	size_t shown_first, shown_count, shown_capacity;
	struct row total;
	struct live_rate live_rate; /* of it */
	uint64_t path_batches;      /* and when `relative` was worked out */
	uint64_t written_asked_ns;
	uint64_t written_batches;   /* of the watcher, when it was asked for */

	const struct view *view;    /* the one the place was chosen for */
	struct place home;          /* where it was before the view */
	dir_id focused;             /* what the scan was asked to read first */
	const struct image *base_image; /* the baseline's, as seen last */
	struct position *positions;
	size_t position_count;
};

/** The bottom screen.  0 or -errno. */
int browser_open(struct screens *screens);

/** REACT_GROWTH: a snapshot to compare with has been chosen; the growth column on, sorted by it. */
void browser_show_growth(struct screens *screens);

/** The shell of REACT_SHELL has ended: its folder is read again. */
void browser_shell_done(struct screens *screens);

/* ---- place.c ---- */

bool place_same(const struct place *a, const struct place *b);

/** Where the cursor is (no path, no filter), and back there: the rows of the next update() find it. */
struct position browser_position(const struct browser *browser);
void browser_take_position(struct browser *browser, const struct position *position);

/** A view opened or closed, a baseline changed below our feet, a folder replaced. */
void browser_check_place(struct browser *browser, struct model *model);

/**
 * Show a folder; remembers where the cursor was in the one left, and returns to where it was in this one, or to the
 * entry `name` (may be NULL).
 */
void browser_go(struct browser *browser, struct model *model, const struct place *place, const void *name,
                size_t length);

/** The folder shown in what is remembered of the tree, while it has not been read yet; else IMAGE_NONE. */
uint32_t browser_last_dir(const struct browser *browser, const struct model *model);

/** The folder above; false at the top. */
bool browser_parent(struct browser *browser, struct model *model);

/** Into a row that can be entered. */
void browser_enter(struct browser *browser, struct model *model, const struct row *row);

/** Absolute raw path of the folder shown. */
int browser_path(const struct browser *browser, const struct model *model, struct buf *out);

/* ---- browser_rows.c ---- */

/** What the growth column holds now. */
enum growth_kind browser_growth(const struct browser *browser, const struct model *model);

/** Is the live column shown? */
bool browser_live(const struct browser *browser, const struct model *model);

/** The row under the cursor, as it is shown. */
bool browser_row(const struct browser *browser, struct row *row);

/** Let the cursor hold on to the row it is on. */
void browser_bind(struct browser *browser);

/** Put the cursor on a row, clamped, and scroll it into view. */
void browser_move(struct browser *browser, const struct model *model, size_t row);

int64_t browser_update(void *state, struct model *model, int64_t now_ns);

/* ---- grower.c ---- */

/** One step down to what grew most.  True when a folder was entered: then the next step may follow. */
bool browser_follow_step(struct browser *browser, struct model *model);

/* ---- total.c ---- */

/** Growth of the folder shown, by the measure shown; blank and trust as in a row. */
void browser_total(const struct browser *browser, const struct model *model, struct row *total);

/** The filter's sums from `col` on, its text at the right edge. */
void browser_paint_filter(const struct browser *browser, const struct model *model, struct canvas *canvas, int row,
                          int col);

/* ---- browser_paint.c ---- */

/** Which rows of the screen are what; -1 = not shown. */
struct browser_layout {
	int totals, heads, list, list_rows, status, keys;
};
struct browser_layout browser_layout(const struct model *model);

void browser_paint(const void *state, const struct model *model, struct canvas *canvas);

/* ---- browser_keys.c ---- */

/** The key row: what can be done now, by the mode. */
void browser_paint_keys(const struct browser *browser, const struct model *model, struct canvas *canvas, int row);

#endif
