/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DIFF_DIFF_MATCH_H
#define STORE_DIFF_DIFF_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/image/identity.h"
#include "store/diff/diff.h"

/*
 * Which directory of the newer image is which one of the older, where the path alone does not tell: moved ones, found
 * by identity.
 */
struct diff_match {
	uint32_t *of_a, *of_b; /* the counterpart in the other image + 1; 0 = none by identity */
};

/** At one path: surely not the same directory? */
static inline bool diff_is_replaced(const struct image *a, uint32_t x, const struct image *b, uint32_t y)
{
	struct identity was = identity_remembered(a, x), is = identity_remembered(b, y);

	return identity_differs(&was, &is);
}

/**
 * Find the moved directories below a pair of folders.  Linear in what changed; a folder that moved as it was costs one
 * look, however large.
 * 0 or -ENOMEM.
 */
int diff_match_find(const struct image *a, uint32_t a_top, const struct image *b, uint32_t b_top,
                    struct diff_match *out);
void diff_match_free(struct diff_match *match);

/** Equal fingerprints: nothing below needs to be looked at. */
static inline bool diff_same_fingerprint(const struct image *a, uint32_t x, const struct image *b, uint32_t y)
{
	return a->fingerprint[x][0] == b->fingerprint[y][0] && a->fingerprint[x][1] == b->fingerprint[y][1];
}

/** What the flags say that a directory has on one side only. */
static inline enum diff_reason diff_reason_of(unsigned flags)
{
	return flags & IMAGE_READ_ERROR ? DIFF_UNREADABLE
	     : flags & IMAGE_MOUNT      ? DIFF_UNMOUNTED
	     : flags & IMAGE_CACHE      ? DIFF_LEFT_OUT
	                                : DIFF_COMPARABLE;
}

/** Readable, or mounted, or counted on one side only: their figures say nothing of each other. */
static inline enum diff_reason diff_half_known(const struct image *a, uint32_t x, const struct image *b, uint32_t y)
{
	return diff_reason_of(a->flags[x] ^ b->flags[y]);
}

/** memcmp order, shorter first: that of an image's siblings. */
int diff_compare_names(const struct image *a, uint32_t x, const struct image *b, uint32_t y);

#endif
