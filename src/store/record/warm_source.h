/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_RECORD_WARM_SOURCE_H
#define STORE_RECORD_WARM_SOURCE_H

#include <stdint.h>

#include "base/err.h"
#include "engine/image/image.h"
#include "engine/scan/scan.h"
#include "store/snapshot/snapshot.h"
#include "store/db/store.h"

/*
 * Where a warm scan gets what it goes by (struct warm_source): an image of a snapshot, its file lists, and which
 * directories are read in any case.
 */

/**
 * What a warm scan may trust of a snapshot, for an image of it (snapshot_mapped(), snapshot_image()).  `history` holds
 * its chain, newest first.
 * `rows`: all its file lists are read into memory now, about 35 bytes a file.  Without, a list is read when it is
 * wanted, through `store`, which nobody else uses before warm_source_free(); the tree is then good for its directories
 * only.
 * *out = NULL when the next scan is to be exact: every seventh is, and there must have been an exact one.  0, or -errno
 * with a sentence.
 */
int warm_source_load(struct store *store, const struct image *image, const struct snapshot_list *history, bool rows,
                     struct warm_source **out, struct err *err);
void warm_source_free(struct warm_source *source);

enum warm_source_need {
	WARM_SOURCE_NOTHING,     /* only which snapshot it is */
	WARM_SOURCE_IMAGE,       /* for an exact scan */
	WARM_SOURCE_DIRECTORIES, /* for a warm scan whose tree is good for its directories only */
	WARM_SOURCE_ROWS,        /* for one with rows */
};

/**
 * What the next scan of a root goes by: the newest scan of it that was counted the same way (before->id 0 = there is
 * none), an image of it, and what may be trusted of that (NULL as above).  What is known to have changed since, by the
 * log, the overlay or the index, is read in any case.
 * What it sets is the caller's, when it fails, too.
 */
int warm_source_newest(struct store *store, const char *root, const char *options, enum warm_source_need how,
                       struct snapshot *before, struct image **image, struct warm_source **out, struct err *err);

/**
 * The same for a state of a root at a declared time, in the chain of that source: the nearest one by date.  It is
 * trusted whenever there is one: what lies in a file system's snapshot does not change.
 */
int warm_source_declared(struct store *store, const char *root, const char *options, const char *source, int64_t at,
                         bool warm, struct snapshot *before, struct image **image, struct warm_source **out,
                         struct err *err);

/** The image that it goes with. */
const struct image *warm_source_image(const struct warm_source *source);

#endif
