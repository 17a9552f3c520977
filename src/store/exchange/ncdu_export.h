/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_NCDU_EXPORT_H
#define STORE_EXCHANGE_NCDU_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/tree/tree.h"
#include "store/snapshot/snapshot.h"

/*
 * Exports in ncdu's formats: JSON (https://dev.yorhel.nl/ncdu/jsonfmt) and binary (https://dev.yorhel.nl/ncdu/binfmt).
 * They are read by import.h.
 */

struct ncdu_export_options {
	bool extended; /* -e: mtime, and uid, gid, mode where known */
	/* -1 = all; a deeper directory is written as one with no children and its totals as own figures */
	int depth;
	int64_t timestamp;  /* Unix seconds */
	bool binary;        /* else JSON */
	int level;          /* of compression in the binary format */
	size_t block_bytes; /* of its blocks before compression; 0 = ncdu's sizes */
};

/**
 * Write a complete tree to a descriptor, siblings in name order, so that equal trees give equal bytes.  -errno (EPIPE
 * among them).
 */
int ncdu_export_tree(const struct tree *tree, const struct ncdu_export_options *options, int fd, struct err *err);

/** The same of a snapshot. */
int ncdu_export_snapshot(struct store *store, const struct image *image, const struct ncdu_export_options *options,
                         int fd, struct err *err);

#endif
