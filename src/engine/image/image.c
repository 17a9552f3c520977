/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/image/image.h"

#include <errno.h>
#include <string.h>

void image_free(struct image *image)
{
	if (image)
		image->release(image);
}
#define FETCHED_AT_ONCE 24

uint32_t image_child_position(const struct image *image, uint32_t dir, const void *name, size_t length)
{
	uint32_t low = image->child_first[dir], high = image->child_first[dir + 1];

	/* Siblings lie far apart: of a few, all are asked for at once instead of one after the other. */
	if (high - low > 1 && high - low <= FETCHED_AT_ONCE) {
		for (uint32_t i = low; i < high; i++)
			__builtin_prefetch(&image->name_offset[image->children[i]]);
		for (uint32_t i = low; i < high; i++)
			__builtin_prefetch(image_name(image, image->children[i]));
	}
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint32_t child = image->children[middle];
		uint32_t child_length = image_name_length(image, child);
		int order = memcmp(name, image_name(image, child), length < child_length ? length : child_length);

		if (order == 0)
			order = (length > child_length) - (length < child_length);
		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return IMAGE_NONE;
}

uint32_t image_child(const struct image *image, uint32_t dir, const void *name, size_t length)
{
	uint32_t position = image_child_position(image, dir, name, length);

	return position == IMAGE_NONE ? IMAGE_NONE : image->children[position];
}

uint32_t image_lookup(const struct image *image, const char *relative, size_t length)
{
	uint32_t at = IMAGE_ROOT;

	if (length == 0)
		return at;
	for (const char *name = relative, *end = relative + length; at != IMAGE_NONE;) {
		const char *slash = memchr(name, '/', (size_t)(end - name));

		at = image_child(image, at, name, (size_t)((slash ? slash : end) - name));
		if (!slash)
			break;
		name = slash + 1;
	}
	return at;
}

int image_relative(const struct image *image, uint32_t dir, struct buf *out)
{
	size_t length = 0;

	for (uint32_t i = dir; i != IMAGE_ROOT; i = image->parent[i])
		length += image_name_length(image, i) + 1;
	if (length == 0)
		return 0;
	/* Written from its end; the slash before the first name is none. */
	length--;
	char *start = buf_room(out, length);

	if (!start)
		return -ENOMEM;
	for (uint32_t i = dir; i != IMAGE_ROOT; i = image->parent[i]) {
		uint32_t name_length = image_name_length(image, i);

		length -= name_length;
		memcpy(start + length, image_name(image, i), name_length);
		if (length)
			start[--length] = '/';
	}
	return 0;
}

unsigned image_depth(const struct image *image, uint32_t dir)
{
	unsigned depth = 0;

	for (; dir != IMAGE_ROOT; dir = image->parent[dir])
		depth++;
	return depth;
}

int64_t image_odd_bytes(const struct image *image, uint32_t dir)
{
	uint32_t low = 0, high = image->odd_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (image->odd[middle] == dir)
			return image->odd_bytes[middle];
		if (image->odd[middle] < dir)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

uint64_t image_direct_bytes(const struct image *image, uint32_t dir)
{
	uint64_t bytes = image->alloc_bytes[dir] + (uint64_t)image_odd_bytes(image, dir);

	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++)
		bytes -= image->alloc_bytes[image->children[i]];
	return (int64_t)bytes < 0 ? 0 : bytes; /* totals that are newer than what is odd */
}
