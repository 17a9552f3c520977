/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/model/unwatched.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { POLLED_IN = 1, POLLED_BELOW = 2 };

struct polled {
	dir_id limit;
	unsigned char is[]; /* by dir_id */
};

struct polled *polled_create(const struct tree *tree, const struct watcher *watcher)
{
	dir_id limit = tree_dir_limit(tree);
	struct polled *polled = alloc_array(sizeof *polled + limit, 1);

	if (!polled)
		return NULL;
	polled->limit = limit;
	unsigned pin = tree_pin(tree);

	for (dir_id dir = DIR_ROOT; dir < limit; dir++) {
		/* What was never listed holds nothing to be looked at. */
		if (!tree_alive(tree, dir) || !tree_block(tree, dir) || watcher_watched(watcher, dir))
			continue;
		polled->is[dir] |= POLLED_IN;
		for (dir_id at = dir; at != DIR_NONE && at < limit && !(polled->is[at] & POLLED_BELOW);
		     at = tree_cold(tree, at)->parent)
			polled->is[at] |= POLLED_BELOW;
	}
	tree_unpin(tree, pin);
	return polled;
}

void polled_destroy(struct polled *polled)
{
	free(polled);
}

bool polled_below(const struct polled *polled, dir_id dir)
{
	return dir < polled->limit && polled->is[dir] & POLLED_BELOW;
}

bool polled_in(const struct polled *polled, dir_id dir)
{
	return dir < polled->limit && polled->is[dir] & POLLED_IN;
}
