/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/index/index_format.h"

#include <string.h>

#include "base/text.h"

const struct index_section index_sections[] = {
#define SECTION(field, many, use)                                                                                      \
	{                                                                                                              \
		offsetof(struct image, field), sizeof(*((struct image *)0)->field), many, use                          \
	}
	SECTION(parent, EACH, SHAPE),
	SECTION(end, EACH, SHAPE),
	SECTION(child_first, ONE_MORE, SHAPE),
	SECTION(children, ONE_LESS, SHAPE),
	SECTION(name_offset, ONE_MORE, SHAPE),
	SECTION(alloc_bytes, EACH, FIGURES),
	SECTION(apparent_bytes, EACH, FIGURES),
	SECTION(items, EACH, FIGURES),
	SECTION(files, EACH, FIGURES),
	SECTION(fingerprint, EACH, FIGURES),
	SECTION(ino, EACH, FIGURES),
	SECTION(mtime_ns, EACH, FIGURES),
	SECTION(mtime_era, EACH, FIGURES),
	SECTION(ctime, EACH, FIGURES),
	SECTION(birth, EACH, FIGURES),
	SECTION(errors, EACH, FIGURES),
	SECTION(newest, EACH, FIGURES),
	SECTION(child_count, EACH, FIGURES),
	SECTION(fs, EACH, SHAPE),
	SECTION(flags, EACH, FIGURES),
	SECTION(odd, ODD_ONES, SHAPE),
	SECTION(odd_bytes, ODD_ONES, FIGURES),
#undef SECTION
};

static_assert(sizeof(index_sections) / sizeof(*index_sections) == INDEX_SECTIONS, "every array of an image");

size_t index_section_bytes(size_t s, const struct index_header *header)
{
	size_t many = index_sections[s].many == ODD_ONES
	                    ? header->odd_count
	                    : (size_t)header->count + (size_t)(ptrdiff_t)index_sections[s].many;

	return many * index_sections[s].element;
}

uint64_t index_file_bytes(const struct index_header *header)
{
	uint64_t n = sizeof(*header) + index_padded(header->root_bytes) + index_padded(header->options_bytes);

	for (size_t s = 0; s < INDEX_SECTIONS; s++)
		n += index_padded(index_section_bytes(s, header));
	return n + index_padded(header->names_bytes);
}

int index_fail(struct err *err, int code, const char *path, const char *what)
{
	struct buf safe = {0};

	text_safe(&safe, path, strlen(path), false);
	err_set(err, code, "%s: %s", safe.data ? safe.data : "index", what);
	buf_free(&safe);
	return code;
}
