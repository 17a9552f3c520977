/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/slack.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "engine/tree/tree_state.h"

static struct block_slack *find(const struct slack *slack, dir_id dir)
{
	uint32_t i = hash_find(&slack->by_dir, hash_u32(dir));

	return i == HASH_NONE ? NULL : &slack->blocks[i];
}

static uint32_t unit_of(const struct tree *tree, dir_id dir)
{
	const struct node_cold *cold = arena_at(&tree->colds, dir);

	return atomic_load_explicit(&cold->block, memory_order_relaxed);
}

static bool is_current(const struct tree *tree, const struct block_slack *slack)
{
	const struct node_cold *cold = arena_at(&tree->colds, slack->dir);

	return !(atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_DEAD) &&
	       unit_of(tree, slack->dir) == slack->unit;
}

/* An entry more, before the table grows without those of dead directories and replaced blocks.  NULL without memory. */
static struct block_slack *enter(struct tree *tree, dir_id dir)
{
	struct slack *slack = &tree->slack;

	if (slack->count == slack->capacity) {
		size_t kept = 0;

		hash_clear(&slack->by_dir);
		for (size_t i = 0; i < slack->count; i++) {
			if (!is_current(tree, &slack->blocks[i]))
				continue;
			slack->blocks[kept] = slack->blocks[i];
			hash_add(&slack->by_dir, hash_u32(slack->blocks[kept].dir), (uint32_t)kept); /* there is room */
			kept++;
		}
		slack->count = kept;

		if (alloc_room(&slack->blocks, &slack->capacity, kept + kept / 2 + 1))
			return NULL;
	}
	if (hash_add(&slack->by_dir, hash_u32(dir), (uint32_t)slack->count))
		return NULL;
	return &slack->blocks[slack->count++];
}

/* Units of a block that is no larger than it has to be. */
static uint32_t tight_units(const struct tree *tree, const struct node_block *block)
{
	uint32_t count = tree_count(block);
	uint64_t bytes = sizeof(*block);

	if (count) {
		uint32_t name = block->rows[count - 1].name;

		bytes = (uint64_t)name + 1 + ((const unsigned char *)block)[name];
		if (tree->extended)
			bytes = block_owners_at((uint32_t)bytes) + (uint64_t)count * sizeof(struct node_owner);
	}
	return (uint32_t)((bytes + 7) / 8);
}

struct block_slack *slack_of(struct tree *tree, dir_id dir)
{
	struct block_slack *slack = find(&tree->slack, dir);
	uint32_t unit = unit_of(tree, dir);

	if (slack && slack->unit == unit)
		return slack;
	if (!slack)
		slack = enter(tree, dir);
	if (!slack)
		return NULL;
	*slack = (struct block_slack){.dir = dir, .unit = unit};
	if (unit) {
		const struct node_block *block = arena_at(&tree->units, unit);

		slack->units = tight_units(tree, block);
		slack->rows = tree_count(block);
		for (uint32_t i = 0; i < slack->rows; i++)
			slack->dead += (row_flags(row_word(block, i)) & ROW_GONE) != 0;
	}
	return slack;
}

void slack_forget(struct tree *tree, dir_id dir)
{
	struct block_slack *slack = find(&tree->slack, dir);

	/* No block lies there. */
	if (slack)
		*slack = (struct block_slack){.dir = dir};
}

uint32_t slack_units(const struct tree *tree, const struct node_block *block)
{
	const struct block_slack *slack = find(&tree->slack, block->dir);

	return slack && slack->units && arena_at(&tree->units, slack->unit) == (const void *)block
	             ? slack->units
	             : tight_units(tree, block);
}

void slack_free(struct slack *slack)
{
	hash_free(&slack->by_dir);
	free(slack->blocks);
}
