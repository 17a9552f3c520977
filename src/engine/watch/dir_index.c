/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/dir_index.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "engine/tree/subtree.h"
#include "engine/image/identity.h"

#define SLOTS_FIRST 1024

static size_t home(uint64_t ino, uint16_t fs)
{
	uint64_t x = (ino + ((uint64_t)fs << 48)) * 0x9e3779b97f4a7c15u;

	return (size_t)(x ^ x >> 32);
}

static void enter(struct known *known, const struct tree *tree, dir_id dir)
{
	const struct node_cold *cold = tree_cold(tree, dir);
	size_t i = home(cold->ino, cold->fs) & known->mask;

	while (known->slots[i] != DIR_NONE && known->slots[i] != dir)
		i = (i + 1) & known->mask;
	known->count += known->slots[i] == DIR_NONE;
	known->slots[i] = dir;
}

/* Room for twice the living. */
static int grow(struct known *known, const struct tree *tree)
{
	size_t slots = SLOTS_FIRST, living = 0;

	for (size_t i = 0; known->slots && i <= known->mask; i++)
		living += known->slots[i] != DIR_NONE && tree_alive(tree, known->slots[i]);
	while (slots < living * 4)
		slots *= 2;
	struct known grown = { .slots = alloc_array(slots, sizeof *grown.slots), .mask = slots - 1 };

	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; known->slots && i <= known->mask; i++)
		if (known->slots[i] != DIR_NONE && tree_alive(tree, known->slots[i]))
			enter(&grown, tree, known->slots[i]);
	free(known->slots);
	*known = grown;
	return 0;
}

static int add(struct known *known, const struct tree *tree, dir_id dir)
{
	if (known->count * 4 >= known->mask * 3 && grow(known, tree))
		return -ENOMEM;
	enter(known, tree, dir);
	return 0;
}

int known_add(struct known *known, const struct tree *tree, dir_id dir)
{
	return known->slots ? add(known, tree, dir) : 0;
}

static int fill(struct known *known, struct tree *tree)
{
	struct subtree_survey survey = {0};
	int result = subtree_survey_take(&survey, tree, DIR_ROOT);

	for (size_t i = 0; !result && i < survey.dir_count; i++)
		result = add(known, tree, survey.dirs[i]);
	subtree_survey_free(&survey);
	if (result)
		known_free(known);
	return result;
}

static struct identity identity_found(const struct entry *entry)
{
	return (struct identity){
		.ino = entry->ino,
		.mtime_ns = entry->mtime_ns,
		.birth = entry->birth,
		.fs = entry->fs,
		.name = entry->name,
		.name_length = (uint8_t)entry->length,
	};
}

bool known_same(const struct tree *tree, dir_id dir, const struct entry *entry)
{
	struct identity was = identity_live(tree, dir), is = identity_found(entry);

	return identity_same(&was, &is);
}

dir_id known_find(struct known *known, struct tree *tree, const struct entry *entry)
{
	if (!known->slots && fill(known, tree))
		return DIR_NONE;
	for (size_t i = home(entry->ino, entry->fs) & known->mask; known->slots[i] != DIR_NONE;
	     i = (i + 1) & known->mask)
		if (tree_alive(tree, known->slots[i]) && known_same(tree, known->slots[i], entry))
			return known->slots[i];
	return DIR_NONE;
}

void known_free(struct known *known)
{
	free(known->slots);
	*known = (struct known){0};
}
