/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_NCDU_BINARY_H
#define STORE_EXCHANGE_NCDU_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * ncdu's binary format (https://dev.yorhel.nl/ncdu/binfmt): a signature, blocks, of which the last is an index of the
 * others.  A data block is one zstd frame full of items, each a CBOR map (RFC 8949).  Integers are big-endian.
 *
 *   block        length u32 (type in its upper 4 bits) | content | the same length once more
 *   data (0)     number u32 | zstd frame
 *   index (1)    where each numbered block is, offset << 24 | length, u64 each | itemref of the root u64
 *   itemref      number of the block << 24 | offset in its uncompressed content
 */
#define BINARY_SIGNATURE "\xbfncduEX1"
#define BINARY_SIGNATURE_LENGTH ((size_t)8)
#define BINARY_DATA 0u
#define BINARY_INDEX 1u
#define BINARY_BLOCK_MOST (((size_t)1 << 24) - 1) /* bytes of a block, and of its uncompressed content */
#define BINARY_INDEX_MOST (((uint64_t)1 << 28) - 1)
#define BINARY_FILE_MOST ((uint64_t)1 << 40)
#define BINARY_DATA_EXTRA 12u /* bytes of a data block that are not its frame */
#define BINARY_NO_ITEM UINT64_MAX

/* clang-format off */
enum binary_key {
	KEY_TYPE, KEY_NAME, KEY_PREV, KEY_ASIZE, KEY_DSIZE, KEY_DEV, KEY_RDERR, KEY_CUMASIZE, KEY_CUMDSIZE,
	KEY_SHRASIZE, KEY_SHRDSIZE, KEY_ITEMS, KEY_SUB, KEY_INO, KEY_NLINK, KEY_UID, KEY_GID, KEY_MODE, KEY_MTIME,
	/*
	 * Ours, written as text, which ncdu passes over: it says that a leaf is a folder; a time before 1970 (ncdu's is
	 * unsigned); of the root when it was counted, and by whom.
	 */
	KEY_OWN_DIR, KEY_OWN_MTIME, KEY_OWN_TIMESTAMP, KEY_OWN_PROGRAM,
	KEY_COUNT
};

enum binary_type {
	BINARY_DIR = 0, BINARY_REG = 1, BINARY_NOTREG = 2, BINARY_LINK = 3,
	BINARY_ERROR = -1, BINARY_EXCLUDED = -2, BINARY_OTHERFS = -3, BINARY_KERNFS = -4,
};
/* clang-format on */

static const char binary_own_keys[KEY_COUNT - KEY_OWN_DIR][10] = {"dir", "mtime", "timestamp", "program"};

/* ---- CBOR ---- */

/* clang-format off */
enum cbor_major { CBOR_UNSIGNED, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_SIMPLE };
/* clang-format on */

#define CBOR_FALSE 20u
#define CBOR_TRUE 21u

/** The head of a value: its kind and argument.  `open`: its length is not told, or (CBOR_SIMPLE) it ends such a one. */
struct cbor_head {
	enum cbor_major major;
	bool open;
	uint64_t argument;
};

static inline uint64_t binary_get(const unsigned char *at, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

static inline void binary_put(unsigned char *at, unsigned bytes, uint64_t value)
{
	for (unsigned i = bytes; i-- > 0; value >>= 8)
		at[i] = (unsigned char)value;
}

#endif
