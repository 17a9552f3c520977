/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/match_private.h"

/* Where a directory was before: a look-up by inode, made once, then read by anyone. */

static uint32_t hash_ino(uint64_t ino)
{
	return (uint32_t)(ino * 0x9e3779b97f4a7c15u >> 32);
}

int match_index_moves(struct match *match)
{
	const struct image *image = match->image;
	uint32_t end = match->root == IMAGE_NONE ? 0 : image->end[match->root], size = 16;
	struct moves *none = NULL;

	if (atomic_load_explicit(&match->moves, memory_order_acquire))
		return 0;
	while (size / 2 < end && size < UINT32_C(1) << 31)
		size *= 2;
	struct moves *moves = alloc_array(1, sizeof(*moves) + (size_t)size * sizeof(moves->slots[0]));

	if (!moves)
		return -ENOMEM;
	moves->mask = size - 1;
	for (uint32_t i = match->root; i < end; i++) {
		uint32_t at = hash_ino(image->ino[i]) & moves->mask;

		if (!image->ino[i])
			continue;
		while (moves->slots[at])
			at = (at + 1) & moves->mask;
		moves->slots[at] = i + 1;
	}
	if (!atomic_compare_exchange_strong_explicit(&match->moves, &none, moves, memory_order_acq_rel, memory_order_acquire))
		free(moves);
	return 0;
}

/** DESIGN §6: file system, inode, birth time; without a birth time also the same modification time or name, since inodes are used again at once. */
static bool was_it(const struct match *match, const struct node_cold *cold, uint32_t old)
{
	const struct image *image = match->image;

	if (image->ino[old] != cold->ino || image->fs[old] != cold->fs)
		return false;
	if (image->birth[old] && cold->birth)
		return image->birth[old] == cold->birth;
	if (image->mtime_ns[old] == cold->mtime_ns)
		return true;
	const struct node_block *block = tree_block(match->tree, cold->parent);
	const unsigned char *name = (const unsigned char *)block + block->rows[cold->row].name;

	return *name == image_name_length(image, old) && memcmp(name + 1, image_name(image, old), *name) == 0;
}

uint32_t match_moved_from(const struct match *match, dir_id dir)
{
	const struct moves *moves = atomic_load_explicit(&((struct match *)match)->moves, memory_order_acquire);
	const struct node_cold *cold = tree_cold(match->tree, dir);
	enum match_kind kind = match_kind(match, dir);
	uint32_t found = IMAGE_NONE;

	if (!moves || (kind != MATCH_NEW && kind != MATCH_REPLACED) || cold->parent == DIR_NONE || !cold->ino || match_inodes_are_fleeting(match, cold->fs))
		return IMAGE_NONE;
	unsigned pin = tree_pin(match->tree);

	for (uint32_t at = hash_ino(cold->ino) & moves->mask; moves->slots[at]; at = (at + 1) & moves->mask) {
		if (!was_it(match, cold, moves->slots[at] - 1))
			continue;
		/* Two of them prove nothing. */
		if (found != IMAGE_NONE) {
			found = IMAGE_NONE;
			break;
		}
		found = moves->slots[at] - 1;
	}
	tree_unpin(match->tree, pin);
	return found;
}
