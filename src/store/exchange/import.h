/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_IMPORT_H
#define STORE_EXCHANGE_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/tree/tree.h"

/*
 * What another program has counted, as a tree: ncdu's JSON and its binary format, gdu's JSON, the output of du, a cache
 * of QDirStat.  Told apart by how they begin; compressed with gzip, zstd or xz, or not.
 */

struct import {
	struct tree *tree; /* owned by the caller */
	int64_t timestamp; /* of the export; of the file, where it has none; 0 = nobody knows */
	char program[64];  /* who wrote it, with its version where that is told: "ncdu 1.18" */
};

struct import_options {
	uint64_t du_unit; /* bytes that one of du's sizes stands for; 0 = 1024 */
	bool elsewhere;   /* it is of another machine: relative paths mean nothing here */
};

/** For whoever shows how far it is; relaxed, any thread may read. */
struct import_progress {
	_Atomic uint64_t items;
	_Atomic uint64_t bytes; /* taken from the descriptor, compressed or not */
};

/**
 * Read an export from a descriptor, which need not be seekable.  Memory is bounded by the tree it makes, but for du,
 * whose whole text is kept.  `name`: what sentences call it, made safe by text_safe().  `options`, `cancel`, `progress`
 * may be NULL.
 *
 * -EINVAL with a sentence that names `name`, and where it goes wrong: truncated, names that are empty, "." or "..", or
 * hold a slash, nesting over 100,000 levels...
 * -ECANCELED within 100 ms of `cancel`, also while a pipe is silent.  -ENOMEM, -EIO...: likewise with a sentence.
 *
 * gdu's JSON: directories have no figures of their own (they stay 0), and of a file's links only those after the first
 * say so: they keep their link mark and get figures 0, so that the totals are gdu's.
 */
int import_read(int fd, const char *name, const struct import_options *options, const _Atomic bool *cancel,
                struct import_progress *progress, struct import *out, struct err *err);

/** The program alone, without its version: which chain of snapshots it belongs to.  Never empty. */
const char *import_source(const struct import *import, char out[64]);

#endif
