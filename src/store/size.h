/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SIZE_H
#define STORE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/store.h"

/*
 * The size of a path as last known, without scanning: from overlay and index, or the newest snapshot where that is newer or there is no index.
 * Of all scanned folders of this machine that contain the path the one known latest answers, then the others.
 */
struct sizes;

struct size_answer {
	bool known;
	bool is_dir;
	bool live;                  /* somebody follows the folder just now */
	uint64_t bytes, apparent_bytes, items;
	int64_t as_of;              /* Unix seconds; now, when live.  A file's: when the snapshot that lists it was taken */
};

/** The store must outlive it.  What it has mapped is kept for the next path. */
int sizes_open(struct store *store, struct sizes **out, struct err *err);
void sizes_close(struct sizes *sizes);

/** Why an index was refused, one of those asked so far: what they would have answered comes from snapshots.  "" = none was. */
const char *sizes_refused(const struct sizes *sizes);

/** `path` is absolute, without symbolic links.  An unknown path is no failure. */
int sizes_find(struct sizes *sizes, const char *path, struct size_answer *out, struct err *err);

#endif
