/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_LISTING_H
#define UI_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/model.h"

/*
 * The rows of one folder: which, in which order.  Rows name their entry (row of a block, directory of an image, place in a file list); the figures are
 * decoded when a row is painted, so that they are always of now and a frame costs what is visible.
 */

enum row_origin {
	ROW_LIVE,   /* in the live tree */
	ROW_GHOST,  /* in the baseline only: deleted since */
	ROW_STORED, /* of an old snapshot being browsed, or below a ghost */
};

/** One cell behind each figure. */
enum trust {
	TRUST_EXACT,
	TRUST_PARTIAL, /* ~ being read */
	TRUST_OLD,     /* … from an image, not validated */
	TRUST_UNKNOWN, /* ? */
};

/** A row decoded: everything a screen says about an entry. */
struct row {
	unsigned char name[256];
	uint8_t name_length;
	enum row_origin origin;
	enum node_type type;
	unsigned flags, dir_flags;  /* enum row_flag, enum dir_flag */
	dir_id dir;                 /* live folder, or DIR_NONE */
	uint32_t image_dir;         /* ghosts and stored rows: the folder in its image, else IMAGE_NONE */
	const struct image *image;  /* of image_dir */
	int64_t block_row;          /* live rows: index in the block of the folder shown; else -1 */
	bool is_dir, can_enter;
	char flag;                  /* ! . < > ^ @ H e or ' ' */
	uint64_t bytes;             /* by the measure shown (allocated or apparent); a ghost: 0 */
	uint64_t alloc_bytes, apparent_bytes;
	uint64_t items, files;
	uint32_t errors;
	int64_t mtime_s;            /* 0 = unknown */
	uint64_t ino;
	uint32_t nlink;
	uint16_t fs;
	enum trust trust;           /* of the figures above */
	int64_t growth_bytes;       /* by the measure shown; in "written" mode the bytes written */
	int64_t growth_items;
	enum trust growth_trust;
	bool growth_blank;          /* nothing can be said yet: the mark alone is shown */
	bool is_new, gone, moved;
	bool shared_known;
	uint64_t shared_bytes;      /* by the measure shown */
	struct node_extended extended;
};

#endif
