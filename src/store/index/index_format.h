/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_INDEX_INDEX_FORMAT_H
#define STORE_INDEX_INDEX_FORMAT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/image/image.h"
#include "store/index/index.h"

/*
 * The file, all numbers in the byte order of the machine that wrote it (another one refuses it):
 *
 *   | header 128 B | root | options | section 0 | section 1 | ... | names |     each padded to 8
 *
 * A section is one array of struct image, in the order of `index_sections`.  No offset is stored: every length follows
 * from the number of directories and the counts in the header, so the file's size must come out exactly, and no section
 * can reach outside.
 * The header's checksum covers the header before it, the body's everything behind the header.
 *
 * A file is written once and replaced by renaming, so that who reads the older one keeps it.  Somebody may write into
 * it all the same: so what is walked along (shape, names) is read into memory and checked there, and only figures are
 * looked up in the file itself, where it is large and they are few (mapped.h).
 */

#define INDEX_VERSION 4u
#define INDEX_ORDER 0x01020304u

enum index_flag { INDEX_TRUSTED = 1 << 0 };

struct index_header {
	char magic[8];
	uint32_t version;
	uint32_t order; /* INDEX_ORDER as the writer's machine lays it out */
	uint64_t file_bytes;
	uint32_t count; /* directories */
	uint32_t flags; /* enum index_flag */
	uint64_t names_bytes;
	uint32_t root_bytes;
	uint32_t options_bytes;
	int64_t snapshot_id;
	int64_t taken_at;
	uint64_t covers_seq;
	uint32_t odd_count;
	uint8_t database[STORE_ID_BYTES]; /* store_id() of the one whose index it is */
	uint8_t reserved[12];             /* 0 */
	uint64_t body_sum[2];             /* XXH3-128 */
	uint64_t header_sum;              /* XXH3-64 of the bytes before it */
};

static_assert(sizeof(struct index_header) == 128, "index header");

/* Elements of a section: directories plus this, or the odd ones. */
enum { EACH = 0, ONE_MORE = 1, ONE_LESS = -1, ODD_ONES = 2 };

/* What leads from one place in an image to another must stay as it was checked. */
enum index_use { FIGURES, SHAPE };

struct index_section {
	size_t field;   /* of the pointer in struct image */
	size_t element; /* bytes */
	int many;
	enum index_use use;
};
#define INDEX_SECTIONS 22
extern const struct index_section index_sections[INDEX_SECTIONS];

/** Everything begins at a multiple of 8. */
static inline size_t index_padded(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/** Length of a section, and of the whole file, by the counts of the header. */
size_t index_section_bytes(size_t section, const struct index_header *header);
uint64_t index_file_bytes(const struct index_header *header);

/** Sets the sentence "path: what" with the path made safe; returns the code. */
int index_fail(struct err *err, int code, const char *path, const char *what);

#endif
