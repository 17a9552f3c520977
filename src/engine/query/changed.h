/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_QUERY_CHANGED_H
#define ENGINE_QUERY_CHANGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/image/identity.h"
#include "engine/image/match.h"

/*
 * The directories below one whose files may be others than they were: equal fingerprints leave out whole subtrees, so
 * that the cost follows what changed.  What has moved is held against what it was in its former place.  What cannot be
 * compared (image_unknown()) is not among them.
 */

struct changed_dir {
	uint32_t dir;    /* of the tree, or of the image */
	uint32_t before; /* in the baseline's image; IMAGE_NONE = it is new */
};

struct changed_dirs {
	struct changed_dir *items;
	size_t count, capacity;
};

/**
 * Of a live tree, matched with its baseline; `identities` may be NULL: what moved is then new.  Fingerprints must be of
 * now: tree_sum(), and nothing changes the tree meanwhile.  Directories that are being read are left out.  0 or
 * -ENOMEM.
 */
int changed_in_tree(struct changed_dirs *out, const struct tree *tree, dir_id dir, const struct match *match,
                    const struct identities *identities);

/** Of an image, against `before` in another one; IMAGE_NONE = all of it is new. */
int changed_in_image(struct changed_dirs *out, const struct image *image, uint32_t dir, const struct image *base,
                     uint32_t before, const struct identities *identities);

void changed_clear(struct changed_dirs *dirs);

#endif
