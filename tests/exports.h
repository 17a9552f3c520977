/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_EXPORTS_H
#define TESTS_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "engine/tree/build.h"
#include "store/exchange/import.h"

/* What the tests of exports and imports have in common: trees to write, bytes to read.  Failures end by assertion. */

#define EXPORTS_STAMP 1795348385

/** A file in memory with these bytes, at its beginning. */
int exports_file(const void *bytes, size_t n);

/** All bytes of a file. */
struct buf exports_bytes(int fd);

/** A tree as ncdu's JSON. */
struct buf exports_json(const struct tree *tree, bool extended, int depth);

/** Read an export called x.json. */
int exports_import(const void *bytes, size_t n, struct import *out, struct err *err);

struct build_entry exports_entry(const char *name, enum node_type type, uint64_t alloc, uint64_t apparent);

/** A file, or a directory, which is entered. */
void exports_add(struct build *build, const struct build_entry *what);

/** A tree with one of everything. */
struct tree *exports_sample(bool extended);

/** A random one: names of all bytes, sizes of all widths, links. */
struct tree *exports_random(unsigned seed);

/** Compress, appending. */
void exports_gzip(const void *bytes, size_t n, struct buf *out);
void exports_zstd(const void *bytes, size_t n, struct buf *out);
void exports_xz(const void *bytes, size_t n, struct buf *out);

#endif
