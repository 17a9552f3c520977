/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/model/unwatched.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { UNWATCHED_IN = 1, UNWATCHED_BELOW = 2 };

struct unwatched {
	dir_id limit;
	unsigned char is[]; /* by dir_id */
};

struct unwatched *unwatched_create(const struct tree *tree, const struct watcher *watcher)
{
	dir_id limit = tree_dir_limit(tree);
	struct unwatched *unwatched = alloc_array(sizeof(*unwatched) + limit, 1);

	if (!unwatched)
		return NULL;
	unwatched->limit = limit;
	unsigned pin = tree_pin(tree);

	for (dir_id dir = DIR_ROOT; dir < limit; dir++) {
		/* What was never listed holds nothing to be looked at. */
		if (!tree_alive(tree, dir) || !tree_block(tree, dir) || watcher_watched(watcher, dir))
			continue;
		unwatched->is[dir] |= UNWATCHED_IN;
		for (dir_id at = dir; at != DIR_NONE && at < limit && !(unwatched->is[at] & UNWATCHED_BELOW);
		     at = tree_cold(tree, at)->parent)
			unwatched->is[at] |= UNWATCHED_BELOW;
	}
	tree_unpin(tree, pin);
	return unwatched;
}

void unwatched_destroy(struct unwatched *unwatched)
{
	free(unwatched);
}

bool unwatched_below(const struct unwatched *unwatched, dir_id dir)
{
	return dir < unwatched->limit && unwatched->is[dir] & UNWATCHED_BELOW;
}

bool unwatched_in(const struct unwatched *unwatched, dir_id dir)
{
	return dir < unwatched->limit && unwatched->is[dir] & UNWATCHED_IN;
}
