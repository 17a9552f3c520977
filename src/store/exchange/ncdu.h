/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_NCDU_H
#define STORE_EXCHANGE_NCDU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/tree/tree.h"
#include "store/snapshot/snapshot.h"

/* Exports and imports in ncdu's JSON format (https://dev.yorhel.nl/ncdu/jsonfmt), and gdu's variant of it. */

struct ncdu_export_options {
	bool extended;             /* -e: mtime, and uid, gid, mode where known */
	/* -1 = all; a deeper directory is written as one with no children and its totals as own figures */
	int depth;
	int64_t timestamp;         /* Unix seconds */
};

/**
 * Write a complete tree to a descriptor, siblings in name order, so that equal trees give equal bytes.  -errno (EPIPE
 * among them).
 */
int ncdu_export_tree(const struct tree *tree, const struct ncdu_export_options *options, int fd, struct err *err);

/** The same of a snapshot. */
int ncdu_export_snapshot(struct store *store, const struct image *image, const struct ncdu_export_options *options,
                         int fd, struct err *err);

struct ncdu_import {
	struct tree *tree;         /* owned by the caller */
	int64_t timestamp;         /* of the export; 0 = it has none */
	char program[64];          /* progname and progver */
};

/**
 * Read an export from a descriptor (gzip and zstd recognised), in memory bounded by the tree it makes.  `name`: what
 * sentences call it, made safe by text_safe().  -EINVAL with a sentence that names `name` and the line or
 * byte where it goes wrong: not JSON, truncated, names that are empty, "." or "..", or hold a slash, a duplicate name,
 * nesting over 100,000 levels.
 * -ECANCELED within 100 ms of `cancel` (may be NULL), also while a pipe is silent.  -ENOMEM, -EIO...: likewise with a
 * sentence.
 *
 * gdu's variant: directories have no figures of their own (they stay 0), and of a file's links only those after the
 * first say so: they keep their link mark and get figures 0, so that the totals are gdu's.
 */
int ncdu_import(int fd, const char *name, const _Atomic bool *cancel, struct ncdu_import *out, struct err *err);

/** For whoever shows how far it is; relaxed, any thread may read. */
struct ncdu_progress {
	_Atomic uint64_t items;
	_Atomic uint64_t bytes;    /* taken from the descriptor, compressed or not */
};

/** The same, counting into `progress` (or NULL). */
int ncdu_import_watched(int fd, const char *name, const _Atomic bool *cancel, struct ncdu_progress *progress,
                        struct ncdu_import *out, struct err *err);

#endif
