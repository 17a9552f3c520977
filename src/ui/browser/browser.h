/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_BROWSER_BROWSER_H
#define UI_BROWSER_BROWSER_H

#include "ui/browser/listing.h"
#include "ui/browser/live_rate.h"
#include "ui/screens/prompt.h"
#include "ui/screens/screen.h"

/*
 * The main screen, its files from the ground up: listing.h makes the rows of a folder; columns.c says what of the
 * screen is where; cursor.c holds on to a row; place.c says which folder is shown; total.c what it holds;
 * browser_rows.c keeps rows up to date; grower.c is the way to what grew most; browser_paint.c, status_line.c and
 * key_row.c paint; browser_growth.c and browser_keys.c do what keys ask for; browser.c is the screen.
 */

/** The entry that the cursor holds on to. */
struct anchor {
	/* before it was moved in a folder it stays on the first row, whatever that is */
	bool bound;
	unsigned char name[256];
	uint8_t name_length;
	bool ghost;
	uint32_t folder; /* it lies in, in a flat list */
};

/** Where the cursor was in a folder that was left, and what its filter was. */
struct position {
	/* absolute, raw: a folder that was read again is another place with the same path */
	char *path;
	const struct image *image; /* of an old snapshot or a ghost; NULL = live */
	struct anchor anchor;
	size_t offset; /* rows between the top of the list and the cursor */
	char filter[TERMS_TEXT];
};

/** What was said last of all that a key can change. */
struct announced {
	struct place place;
	bool ever, flat, descending, whole, filtering;
	enum ui_sort sort;
	unsigned columns; /* bits */
	int64_t base;     /* the snapshot that is compared with, 0 = none */
};

#define BROWSER_POSITIONS 256 /* folders remembered; the oldest is forgotten */

struct browser {
	struct place place;
	bool placed;         /* there is a tree */
	struct buf relative; /* path of the place below the root of its tree or image, raw */
	struct listing listing;
	bool listed; /* the listing is of this place */

	size_t cursor, top; /* rows */
	struct anchor anchor;
	struct listing_item anchor_item;
	uint32_t anchor_block; /* of the listing it was in */

	enum ui_sort sort;
	bool descending;
	bool growth;              /* the column is on */
	enum ui_sort former_sort; /* d, once more, brings it back */
	bool former_descending;
	bool growth_explained;
	bool live;    /* w: the column is on */
	bool rebuild; /* W: rows of what went are to go, too */
	enum ui_sort live_former_sort;
	bool live_former_descending;

	bool flat;              /* f: the entries of everything below, not of the folder */
	struct position unflat; /* where the cursor was before it; no path */
	bool filtering; /* the prompt is open */
	struct prompt prompt;
	struct terms terms;          /* what its text says, read when it was */
	char terms_text[TERMS_TEXT]; /* this; */
	struct err terms_wrong;      /* which word is not understood, "" = all are */
	struct position unfiltered; /* the cursor before it, for a filter that is given up; no path */
	bool following;             /* F */
	char follow_name[64];       /* what it waits for, safe */
	bool asking;                /* quit? */
	dir_id read_next;           /* r, R while another folder was being read again; DIR_NONE = nothing */

	struct listing_task *sorting;
	int64_t built_ns, build_cost_ns;
	uint64_t built_batches; /* of the watcher, when the rows were built, */
	uint64_t built_reread;  /* and what had been read again then */
	bool paused;            /* rows and figures stay for a moment as they are shown */
	/* What is painted: the rows on the screen and what the folder holds, decoded together. */
	struct row *shown; /* of listing rows from shown_first on; one that went meanwhile has no name */
	size_t shown_first, shown_count, shown_capacity;
	struct row total;
	struct live_rate live_rate; /* of it */
	uint64_t path_batches;      /* and when `relative` was worked out */
	uint64_t written_asked_ns;
	uint64_t written_batches; /* of the watcher, when it was asked for */

	const struct view *view;        /* the one the place was chosen for */
	struct place home;              /* where it was before the view */
	dir_id focused;                 /* what the scan was asked to read first */
	const struct image *base_image; /* the baseline's, as seen last */
	struct position *positions;
	size_t position_count;
	struct announced announced; /* of no meaning but for --screen-reader */
};

/** The bottom screen.  0 or -errno. */
int browser_open(struct screens *screens);

/** REACT_GROWTH: a snapshot to compare with has been chosen; the growth column on, sorted by it. */
void browser_show_growth(struct screens *screens);

/** REACT_GO: to the entry at model->go_path, or the nearest folder above it that is there; frees the path. */
void browser_go_to(struct screens *screens);

/** The shell of REACT_SHELL has ended: its folder is read again. */
void browser_shell_done(struct screens *screens);

/* ---- cursor.c ---- */

/** The row under the cursor, as it is shown. */
bool browser_row(const struct browser *browser, struct row *row);

/** Let the cursor hold on to the row it is on. */
void browser_bind(struct browser *browser);

/** Put the cursor on a row, clamped, and scroll it into view. */
void browser_move(struct browser *browser, const struct model *model, size_t row);
void browser_scroll(struct browser *browser, const struct model *model);

/** After new rows: the cursor stays on its entry, at its height on the screen if it can. */
void browser_find_anchor(struct browser *browser, const struct model *model);

/** Where the cursor is (no path, no filter), and back there: the rows of the next update() find it. */
struct position browser_position(const struct browser *browser);
void browser_take_position(struct browser *browser, const struct position *position);

/* ---- place.c ---- */

bool place_same(const struct place *a, const struct place *b);

/** A view opened or closed, a baseline changed below our feet, a folder replaced. */
void browser_check_place(struct browser *browser, struct model *model);

/**
 * Show a folder; remembers where the cursor was in the one left, and returns to where it was in this one, or to the
 * entry `name` (may be NULL).
 */
void browser_go(struct browser *browser, struct model *model, const struct place *place, const void *name,
                size_t length);

/** The folder shown in what is remembered of the tree, while it has not been read yet; else IMAGE_NONE. */
uint32_t browser_remembered_dir(const struct browser *browser, const struct model *model);

/** The folder above; false at the top. */
bool browser_parent(struct browser *browser, struct model *model);

/** Into a row that can be entered. */
void browser_enter(struct browser *browser, struct model *model, const struct row *row);

/** Absolute raw path of the folder shown. */
int browser_path(const struct browser *browser, const struct model *model, struct buf *out);

/** Absolute raw path of an entry of the list. */
int browser_row_path(const struct browser *browser, const struct model *model, const struct row *row, struct buf *out);

/** Is the folder shown below the root of this image?  *dir is the one with its path there, or IMAGE_NONE. */
bool browser_dir_in_image(const struct browser *browser, const struct model *model, const struct image *image,
                          uint32_t *dir);

/* ---- total.c ---- */

/** What the folder shown holds and how much it grew, by the measure shown; blank and trust as in a row. */
void browser_total(const struct browser *browser, const struct model *model, struct row *total);

/* ---- flat.c ---- */

/** f: on, off. */
void browser_toggle_flat(struct browser *browser, struct model *model);

/** Off; the cursor goes where it was.  False when it was off. */
bool browser_leave_flat(struct browser *browser, struct model *model);

/** To where an entry of the flat list lies. */
void browser_go_there(struct browser *browser, struct model *model, const struct row *row);

/** The flat list that is asked for, as far as it was found; NULL = nothing yet. */
const struct flat_list *browser_flat_list(const struct browser *browser, struct model *model);

/* ---- breakdown.c ---- */

/** B: what lies below the folder shown, in groups.  0 or -errno. */
int browser_breakdown(struct browser *browser, struct screens *screens);

/* ---- filter.c ---- */

/** What the text of the filter says: read anew when it is another one. */
void browser_read_filter(struct browser *browser, const struct model *model);

/* ---- browser_rows.c ---- */

/** Bring the rows up to date.  Returns when to look again because of a pause, SCREEN_NEVER = at the next change. */
int64_t browser_refresh_rows(struct browser *browser, struct model *model, int64_t now_ns);

/** What is painted, of one moment and in order: workers and the applier change figures between two reads. */
void browser_decode_shown(struct browser *browser, const struct model *model);

/* ---- grower.c ---- */

/** One step down to what grew most.  True when a folder was entered: then the next step may follow. */
bool browser_follow_step(struct browser *browser, struct model *model);

/* ---- browser_paint.c, status_line.c, key_row.c ---- */

void browser_paint(const void *state, const struct model *model, struct canvas *canvas);

/** Is the result of the last deletion in the status line? */
bool browser_shows_result(const struct browser *browser, const struct model *model);

/** What was said, what is under way, or what the cursor's row has marks for. */
void browser_paint_status(const struct browser *browser, const struct model *model, struct canvas *canvas, int row);

/** What can be done now, by the mode. */
void browser_paint_keys(const struct browser *browser, const struct model *model, struct canvas *canvas, int row);

/* ---- announce.c ---- */

/** For --screen-reader: say what is another thing than at the last frame. */
void browser_announce(struct browser *browser, struct model *model);

/* ---- browser_growth.c ---- */

/** By a column; once more: the other way round. */
void browser_sort_by(struct browser *browser, enum ui_sort sort, bool descending);
void browser_sort_by_growth(struct browser *browser);

/** d and w: off → on and sorted by it; on but sorted otherwise → sorted by it; on and sorted → off. */
void browser_toggle_growth(struct browser *browser, struct model *model);
void browser_toggle_live(struct browser *browser, struct model *model);

/** [ and ]: compare with the next older or newer snapshot that differs, or write another window of time. */
void browser_step_baseline(struct browser *browser, struct model *model, bool older);

/* ---- browser_explain.c ---- */

/** x */
unsigned browser_explain(const struct browser *browser, struct screens *screens);

/* ---- browser_timeline.c ---- */

/** T: the size over time of the row under the cursor, or of the folder shown. */
unsigned browser_timeline(const struct browser *browser, struct screens *screens);

/* ---- browser_entries.c ---- */

/** Marks, deletion, copying, opening; REACT_PASS: none of these. */
unsigned browser_act_on_entries(struct browser *browser, struct screens *screens, enum action action);
unsigned browser_quit_and_print(struct browser *browser, struct model *model);

/** "3 marked, 1.2 GiB"; false when nothing is. */
bool browser_marks_say(const struct model *model, struct buf *out);

/* ---- browser_keys.c ---- */

unsigned browser_handle(void *state, struct screens *screens, const struct input *input, enum action action);

#endif
