/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_FINGERPRINT_H
#define ENGINE_TREE_FINGERPRINT_H

#include <stdint.h>

#include "engine/tree/node.h"

/*
 * Fingerprints: of a directory XXH3-128 over (own record, number of entries, Σ), Σ = two independent 64-bit
 * sums of its entries' XXH3-128, so that the order of listing does not matter and an entry can be taken out again.  All
 * input little-endian, padded with zeros:
 *
 *   entry      alloc u64, apparent u64, mtime u64 (s), ino u64 (nlink > 1, else 0), nlink u32, type u8, flags u8, name
 *              length u8, 0, name
 *   subdir     fingerprint 2 × u64, 16 × 0, 0 u32, type u8, flags u8, name length u8, 0, name
 *   directory  ino u64, alloc u64, apparent u64, mtime i64 (s), flags u32, entries u32, Σ 2 × u64
 *
 * The flags of an entry are enum row_flag without ROW_LINK, ROW_WIDE and ROW_GONE: how a row is kept is not what it
 * says.
 */

struct fingerprint {
	uint64_t lo, hi;
};

/** Row flags that are part of it. */
#define FINGERPRINT_ROW_FLAGS (ROW_ERROR | ROW_EXCLUDED | ROW_OTHERFS | ROW_KERNFS)
/** Directory flags that are part of it. */
#define FINGERPRINT_DIR_FLAGS (DIR_READ_ERROR | DIR_MOUNT | DIR_CACHE)

struct fingerprint_entry {
	uint64_t alloc_bytes, apparent_bytes, mtime_s, ino;
	uint32_t nlink;
	uint8_t type, flags;
};

/** Hash of a file, or of a leaf directory.  Figures of excluded entries are 0. */
struct fingerprint fingerprint_file(const struct fingerprint_entry *entry, const void *name, uint8_t length);

/** Hash of a subdirectory as its parent's entry. */
struct fingerprint fingerprint_subdir(struct fingerprint of, const void *name, uint8_t length);

struct fingerprint_dir {
	uint64_t ino, alloc_bytes, apparent_bytes;
	int64_t mtime_s;
	uint32_t flags, entries;
	uint64_t sum[2];
};

struct fingerprint fingerprint_dir(const struct fingerprint_dir *dir);

#endif
