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
 * What a warm scan goes by (scan.h): an image of a snapshot, its file lists, and which directories are read in any
 * case.
 */
struct remembered;

/**
 * What a warm scan may trust of a snapshot, for an image of it (snapshot_mapped(), snapshot_image()).  `history` holds
 * its chain, newest first.
 * `rows`: all its file lists are read into memory now, about 35 bytes a file.  Without, a list is read when it is
 * wanted, through `store`, which nobody else uses before remembered_free(); the tree is then good for its directories
 * only.
 * *out = NULL when the next scan is to be exact: every seventh is, and there must have been an exact one.  0, or -errno
 * with a sentence.
 */
int remembered_load(struct store *store, const struct image *image, const struct snapshot_list *history, bool rows,
                    struct remembered **out, struct err *err);
void remembered_free(struct remembered *remembered);

enum remember {
	REMEMBER_NOTHING,     /* only which snapshot it is */
	REMEMBER_IMAGE,       /* for an exact scan */
	REMEMBER_DIRECTORIES, /* for a warm scan whose tree is good for its directories only */
	REMEMBER_ROWS,        /* for one with rows */
};

/**
 * What the next scan of a root goes by: the newest scan of it that was counted the same way (before->id 0 = there is
 * none), an image of it, and what may be trusted of that (NULL as above).  What is known to have changed since, by the
 * log, the overlay or the index, is read in any case.
 * What it sets is the caller's, when it fails, too.
 */
int remembered_newest(struct store *store, const char *root, const char *options, enum remember how,
                      struct snapshot *before, struct image **image, struct remembered **out, struct err *err);

/** For scan_options.warm; lives as long as `remembered`, which any threads may read. */
const struct warm_source *remembered_source(const struct remembered *remembered);

/** The image that it goes with. */
const struct image *remembered_image(const struct remembered *remembered);

#endif
