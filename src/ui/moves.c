/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/moves.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct moves {
	const struct image *image;
	uint32_t *slots;  /* directory + 1 by a hash of its inode, linear probing; 0 = free */
	size_t mask;
};

static size_t slot_of(const struct moves *moves, uint64_t ino)
{
	return (size_t)((ino * 0x9e3779b97f4a7c15u) >> 20) & moves->mask;
}

struct moves *moves_create(const struct image *image)
{
	struct moves *moves = alloc_zero(struct moves);
	size_t size = 16;

	if (!moves)
		return NULL;
	while (size < (size_t)image->count * 2)
		size *= 2;
	moves->image = image;
	moves->mask = size - 1;
	moves->slots = alloc_array(size, sizeof *moves->slots);
	if (!moves->slots) {
		free(moves);
		return NULL;
	}
	for (uint32_t i = 0; i < image->count; i++) {
		size_t slot = slot_of(moves, image->ino[i]);

		if (!image->ino[i])
			continue; /* an import without inodes */
		while (moves->slots[slot])
			slot = (slot + 1) & moves->mask;
		moves->slots[slot] = i + 1;
	}
	return moves;
}

void moves_destroy(struct moves *moves)
{
	if (!moves)
		return;
	free(moves->slots);
	free(moves);
}

const struct image *moves_image(const struct moves *moves)
{
	return moves->image;
}

uint32_t moves_find(const struct moves *moves, const struct node_cold *dir, const void *name, size_t length)
{
	const struct image *image = moves->image;

	if (!dir->ino)
		return IMAGE_NONE;
	for (size_t slot = slot_of(moves, dir->ino); moves->slots[slot]; slot = (slot + 1) & moves->mask) {
		uint32_t i = moves->slots[slot] - 1;

		if (image->ino[i] != dir->ino)
			continue;
		if (dir->birth && image->birth[i] ? dir->birth == image->birth[i]
		                                  : dir->mtime_ns == image->mtime_ns[i] || (image_name_length(image, i) == length && !memcmp(image_name(image, i), name, length)))
			return i;
	}
	return IMAGE_NONE;
}
