/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/fingerprint.h"

#include <endian.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* What is hashed, byte by byte; see the table in the header. */
struct hashed_entry {
	uint64_t word[4];
	uint32_t nlink;
	uint8_t type, flags, length, zero;
	char name[256];
};

struct hashed_dir {
	uint64_t word[4];
	uint32_t flags, entries;
	uint64_t sum[2];
};

static_assert(offsetof(struct hashed_entry, name) == 40, "hashed as it lies");
static_assert(sizeof(struct hashed_dir) == 56, "hashed as it lies");

static struct fingerprint hash(const void *bytes, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(bytes, n);

	return (struct fingerprint){ .lo = h.low64, .hi = h.high64 };
}

struct fingerprint fingerprint_file(const struct fingerprint_entry *entry, const void *name, uint8_t length)
{
	struct hashed_entry in;

	in.word[0] = htole64(entry->alloc_bytes);
	in.word[1] = htole64(entry->apparent_bytes);
	in.word[2] = htole64(entry->mtime_s);
	in.word[3] = htole64(entry->ino);
	in.nlink = htole32(entry->nlink);
	in.type = entry->type;
	in.flags = entry->flags;
	in.length = length;
	in.zero = 0;
	memcpy(in.name, name, length);
	return hash(&in, offsetof(struct hashed_entry, name) + length);
}

struct fingerprint fingerprint_subdir(struct fingerprint of, const void *name, uint8_t length)
{
	struct hashed_entry in;

	in.word[0] = htole64(of.lo);
	in.word[1] = htole64(of.hi);
	in.word[2] = 0;
	in.word[3] = 0;
	in.nlink = 0;
	in.type = NODE_DIR;
	in.flags = 0;
	in.length = length;
	in.zero = 0;
	memcpy(in.name, name, length);
	return hash(&in, offsetof(struct hashed_entry, name) + length);
}

struct fingerprint fingerprint_dir(const struct fingerprint_dir *dir)
{
	struct hashed_dir in = {
		.word = {htole64(dir->ino), htole64(dir->alloc_bytes), htole64(dir->apparent_bytes),
	                 htole64((uint64_t)dir->mtime_s)},
		.flags = htole32(dir->flags),
		.entries = htole32(dir->entries),
		.sum = {htole64(dir->sum[0]), htole64(dir->sum[1])},
	};

	return hash(&in, sizeof in);
}
