/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_ROW_H
#define UI_SCREENS_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/image/image.h"
#include "engine/tree/tree.h"
#include "ui/term/canvas.h"

enum row_origin {
	ROW_LIVE,  /* in the live tree */
	ROW_GHOST, /* in the baseline only, or seen to go while the tree was followed: deleted since */
	/* of an old snapshot being browsed, below a ghost, or as last known of a folder that is not read yet */
	ROW_STORED,
};

/** One cell behind each figure. */
enum trust {
	TRUST_EXACT,
	TRUST_PARTIAL, /* ~ being read */
	TRUST_OLD,     /* … from an image, not validated */
	TRUST_UNKNOWN, /* ? */
};

static inline void trust_lower(enum trust *trust, enum trust to)
{
	if (*trust < to)
		*trust = to;
}

/** The mark behind a figure, "" when it is exact. */
const char *trust_mark(enum trust trust);

/** Paint it.  Returns the column behind. */
int trust_paint(struct canvas *canvas, int row, int col, enum trust trust);

/** A row decoded: everything a screen says about an entry. */
struct row {
	unsigned char name[256];
	uint8_t name_length;
	enum row_origin origin;
	enum node_type type;
	unsigned flags, dir_flags; /* enum row_flag, enum dir_flag */
	dir_id dir;                /* live folder, or DIR_NONE */
	uint32_t folder;           /* it lies in: a live row's dir_id, a stored one's number in its image; */
	bool elsewhere;            /* which is not the one that is shown, but below it */
	uint32_t image_dir;        /* ghosts and stored rows: the folder in its image, else IMAGE_NONE */
	const struct image *image; /* of image_dir */
	int64_t block_row;         /* live rows: index in the block of the folder shown; else -1 */
	bool is_dir, can_enter;
	char flag;      /* ! . < > ^ @ H e or ' ' */
	bool by_items;  /* the measure shown is items, itself among them, not allocated or apparent size */
	uint64_t bytes; /* by the measure shown; a ghost: 0 */
	uint64_t alloc_bytes, apparent_bytes;
	uint64_t items, files;
	uint32_t errors;
	int64_t mtime_s; /* 0 = unknown */
	uint64_t ino;
	uint32_t nlink;
	uint16_t fs;
	enum trust trust;     /* of the figures above */
	int64_t growth_bytes; /* by the measure shown; in "written" mode the bytes written */
	int64_t growth_items;
	enum trust growth_trust;
	bool growth_blank;  /* nothing can be said yet: the mark alone is shown */
	int64_t live_bytes; /* changed since the column was set to zero, by the measure shown */
	enum trust live_trust;
	bool unmatched; /* came, or moved, after the tree was matched: not looked up in the baseline yet */
	bool is_new, gone, moved;
	uint32_t moved_from; /* moved: the folder in the image that it is compared with */
	bool unwatched;      /* not, or not all of it, watched: as of its last turn */
	bool seen_gone;      /* gone, and no baseline knows it: the live column does */
	bool shared_known;
	uint64_t shared_bytes; /* by the measure shown */
	struct node_extended extended;
};

#endif
