/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_REMEMBERED_H
#define STORE_REMEMBERED_H

#include <stdint.h>

#include "base/err.h"
#include "engine/image.h"
#include "engine/scan.h"
#include "store/snapshot.h"
#include "store/store.h"

/*
 * All file lists of a snapshot in memory, packed as they are stored: what a warm scan builds unchanged directories from (scan.h).  About 35 bytes a file.
 */
struct remembered;

/**
 * What a warm scan may trust of a snapshot, for an image of it (snapshot_image(), or mapped from the index).  `history` holds its chain, newest first.
 * *out = NULL when the next scan is to be exact: every seventh is, and there must have been an exact one.  0, or -errno with a sentence.
 */
int remembered_load(struct store *store, const struct image *image, const struct snapshot_list *history, struct remembered **out, struct err *err);
void remembered_free(struct remembered *remembered);

/** For scan_options.warm; lives as long as `remembered`, which any threads may read. */
const struct warm_source *remembered_source(const struct remembered *remembered);

/** The image that it goes with. */
const struct image *remembered_image(const struct remembered *remembered);

#endif
