/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_MATCH_H
#define ENGINE_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/image.h"
#include "engine/tree.h"

/*
 * A live tree against an image of the same root (or of a folder above it): which remembered directory is this one, and how much has the subtree
 * grown so far.  The scanner's workers feed it as they publish; screens read it at any time.  A tree that was complete before is matched
 * by match_create_complete() (another baseline chosen: `[` `]`).
 *
 * Growth of a directory still being read = the direct deltas of its folders listed so far plus the vanished subfolders of those
 * (never "so far minus old"); of a complete one, total − remembered total, directories unreadable on either side contributing 0.
 */
struct match;

/** `prefix` = the tree's root relative to the image's root ("" when they are the same).  NULL + errno. */
struct match *match_create(const struct tree *tree, const struct image *image, const char *prefix);
struct match *match_create_complete(const struct tree *tree, const struct image *image, const char *prefix);
void match_destroy(struct match *match);

const struct image *match_image(const struct match *match);

/** The worker that lists `dir` calls this after the block is filled, before its pending count is lowered. */
void match_listed(struct match *match, dir_id dir);

/** The image's directory for a live one: IMAGE_NONE when it is new, or (with *known = false) not looked up yet. */
uint32_t match_dir(const struct match *match, dir_id dir, bool *known);

struct growth {
	int64_t alloc_bytes, apparent_bytes, items;
	bool partial;  /* `~`: still being read */
	bool unknown;  /* `?`: itself unreadable or not mounted on one side (figures 0) */
	bool stale;    /* `…`: nothing of it has been listed yet */
	bool is_new;   /* no remembered directory (identity and all) */
};

/** Growth of a whole subtree. */
void match_growth(const struct match *match, dir_id dir, struct growth *out);

#endif
