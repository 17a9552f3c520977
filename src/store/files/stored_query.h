/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_FILES_STORED_QUERY_H
#define STORE_FILES_STORED_QUERY_H

#include "engine/query/breakdown.h"
#include "engine/query/changed.h"
#include "engine/query/flat.h"
#include "store/files/file_list.h"

/*
 * The questions of engine/query, asked of a snapshot: its files come from the lists in the database.  All on the
 * thread of the connection.  -errno with a sentence; -ECANCELED.
 */

/**
 * What a directory of an image holds; with `terms` only the files they hold for.  Not of a mapped index:
 * snapshot_image() has what its directories are.
 */
int stored_breakdown(struct breakdown *breakdown, struct store *store, const struct image *image, uint32_t dir,
                     const struct terms *terms, const _Atomic bool *cancel, struct err *err);

/** Its entries below. */
int stored_flat(struct flat *flat, struct store *store, const struct image *image, uint32_t dir, flat_pause *pause,
                void *context, struct err *err);

/** Whose files they are that may have grown: directories of a tree, or of an image (`tree` NULL). */
struct stored_growth {
	struct store *store;
	const struct tree *tree;
	const struct image *image;
	const struct image *base;
	const struct changed_dirs *dirs;
};

/** Files of those directories that are larger than they were, or new; what was only renamed in its folder is not. */
int stored_grown(struct flat *flat, const struct stored_growth *growth, flat_pause *pause, void *context,
                 struct err *err);

#endif
