/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_IMAGE_MATCH_H
#define ENGINE_IMAGE_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/image/image.h"
#include "engine/tree/tree.h"

/*
 * A live tree against an image of the same root (or of a folder above it): which remembered directory is this one, and
 * how much has the subtree grown so far.  The scanner's workers feed it as they publish; screens read it at any time.
 * A tree that was complete before is matched by match_create_complete() (another baseline chosen: `[` `]`).
 *
 * Growth of a directory still being read = the direct deltas of its folders listed so far plus the vanished subfolders
 * of those (never "so far minus old"); of a complete one, total − remembered total, directories that cannot be compared
 * (image_unknown()) contributing 0.
 *
 * So the growth of a complete directory is exact, hard links too: its own and its files' part is what is left when the
 * growth of its subdirectories and ghosts is taken away.  Of one still being read, a hard link counts once
 * per directory that names it.
 *
 * Another directory under a name (identity_differs()) is new, and what had the name is a ghost, as in a diff.
 *
 * When a directory was read again (scan_again), make the match anew with match_create_complete().
 */
struct match;

/** `prefix` = the tree's root relative to the image's root ("" when they are the same).  NULL + errno. */
struct match *match_create(const struct tree *tree, const struct image *image, const char *prefix);
struct match *match_create_complete(const struct tree *tree, const struct image *image, const char *prefix);
void match_destroy(struct match *match);

const struct image *match_image(const struct match *match);

/**
 * The worker that lists `dir` calls this after the block is filled (or the directory turned out unreadable: then too,
 * with DIR_READ_ERROR set), before its pending count is lowered and before any of its subdirectories is offered to
 * another worker.
 */
void match_listed(struct match *match, dir_id dir);

/**
 * A far directory (far.h) is complete: its growth so far is its ancestors' from now on.  Thread: who lowered its
 * `pending` to 0.
 */
void match_pass(struct match *match, dir_id dir);

/**
 * The image's directory for a live one: IMAGE_NONE when there was none of that name, or (with *known = false) when it
 * is not looked up yet.
 */
uint32_t match_dir(const struct match *match, dir_id dir, bool *known);

enum match_kind {
	MATCH_UNSEEN, /* not looked up: its parent is not listed yet, or it was read again since */
	MATCH_KNOWN,  /* the same directory; match_dir() says which */
	MATCH_NEW,    /* nothing of that name */
	/* another directory had that name (identity.h): as new, and that one is a ghost, unless it is elsewhere now */
	MATCH_REPLACED,
	MATCH_FOLDED, /* too deep to have been stored by itself: its growth is unknown, and part of an ancestor's */
};

enum match_kind match_kind(const struct match *match, dir_id dir);

struct growth {
	/* bytes as of figure.h: FIGURE_UNKNOWN where a total is beyond 2⁶⁴ */
	int64_t alloc_bytes, apparent_bytes, items;
	bool partial; /* `~`: still being read */
	bool unknown; /* `?`: unreadable on a side or not mounted on one, or below such a one (figures 0) */
	bool stale;   /* `…`: nothing of it has been listed yet */
	bool gaps;    /* something below could not be compared, and is in none of the figures */
	bool is_new;  /* no remembered directory (identity and all): MATCH_NEW, MATCH_REPLACED */
};

/** Growth of a whole subtree. */
void match_growth(const struct match *match, dir_id dir, struct growth *out);

/**
 * The remembered subdirectories of a listed directory that are there no more: its ghosts, in name order.
 * *out is the caller's to free (NULL when there are none).  0 or -ENOMEM.
 */
int match_ghosts(const struct match *match, dir_id dir, uint32_t **out, size_t *count);

/** Growth of a ghost: what it held, negative; unknown when that could not be read, or was mounted. */
void match_ghost_growth(const struct match *match, uint32_t ghost, struct growth *out);

#endif
