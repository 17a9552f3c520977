/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_RECORD_SIZE_H
#define STORE_RECORD_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db/store.h"

/*
 * The size of a path as last known, without scanning: from overlay and index, or the newest snapshot where that is
 * newer or there is no index.
 * Of all scanned folders of this machine that contain the path the one known latest answers, then the others.  A file
 * in a folder that somebody follows is looked at:
 * what is noted are folders.
 */
struct sizes;

struct size_answer {
	bool known;                 /* else there are no figures, and `reason` may say why */
	bool is_dir;
	bool live;                  /* somebody follows the folder just now, whole, and can write what he sees */
	bool unread;                /* there is such a directory, and what is in it is not known */
	bool gone;                  /* it was there */
	bool trusted;               /* parts of it were taken as they had been (--warm), or only looked at in turn */
	bool partial;               /* something below could not be read, is not watched, or is not written yet */
	uint64_t bytes, apparent_bytes, items;
	/*
	 * Unix seconds; now, when live.  A file's: when the snapshot that lists it was taken; now, where it was looked
	 * at
	 */
	int64_t as_of;
	const char *reason;         /* why there are no figures, or only a part; a constant sentence, NULL = none */
};

/** The store must outlive it.  What it has mapped is kept for the next path. */
int sizes_open(struct store *store, struct sizes **out, struct err *err);

/** The same of a machine (NULL: this one).  Of another one snapshots answer, imported ones too. */
int sizes_open_of(struct store *store, const char *host, struct sizes **out, struct err *err);
void sizes_close(struct sizes *sizes);

/**
 * Why an index was refused, one of those asked so far: what they would have answered comes from snapshots.  "" = none
 * was.
 */
const char *sizes_refused(const struct sizes *sizes);

/** `path` is absolute, without symbolic links.  An unknown path is no failure. */
int sizes_find(struct sizes *sizes, const char *path, struct size_answer *out, struct err *err);

#endif
