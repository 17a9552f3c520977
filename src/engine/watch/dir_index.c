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

static void enter(struct dir_index *index, const struct tree *tree, dir_id dir)
{
	const struct node_cold *cold = tree_cold(tree, dir);
	size_t i = home(cold->ino, cold->fs) & index->mask;

	while (index->slots[i] != DIR_NONE && index->slots[i] != dir)
		i = (i + 1) & index->mask;
	index->count += index->slots[i] == DIR_NONE;
	index->slots[i] = dir;
}

/* Room for twice the living. */
static int grow(struct dir_index *index, const struct tree *tree)
{
	size_t slots = SLOTS_FIRST, living = 0;

	for (size_t i = 0; index->slots && i <= index->mask; i++)
		living += index->slots[i] != DIR_NONE && tree_alive(tree, index->slots[i]);
	while (slots < living * 4)
		slots *= 2;
	struct dir_index grown = {.slots = alloc_array(slots, sizeof *grown.slots), .mask = slots - 1};

	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; index->slots && i <= index->mask; i++)
		if (index->slots[i] != DIR_NONE && tree_alive(tree, index->slots[i]))
			enter(&grown, tree, index->slots[i]);
	free(index->slots);
	*index = grown;
	return 0;
}

static int add(struct dir_index *index, const struct tree *tree, dir_id dir)
{
	if (index->count * 4 >= index->mask * 3 && grow(index, tree))
		return -ENOMEM;
	enter(index, tree, dir);
	return 0;
}

int dir_index_add(struct dir_index *index, const struct tree *tree, dir_id dir)
{
	return index->slots ? add(index, tree, dir) : 0;
}

static int fill(struct dir_index *index, struct tree *tree)
{
	struct subtree_survey survey = {0};
	int result = subtree_survey_take(&survey, tree, DIR_ROOT);

	for (size_t i = 0; !result && i < survey.dir_count; i++)
		result = add(index, tree, survey.dirs[i]);
	subtree_survey_free(&survey);
	if (result)
		dir_index_free(index);
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

bool dir_index_same(const struct tree *tree, dir_id dir, const struct entry *entry)
{
	struct identity was = identity_live(tree, dir), is = identity_found(entry);

	return identity_same(&was, &is);
}

dir_id dir_index_find(struct dir_index *index, struct tree *tree, const struct entry *entry)
{
	if (!index->slots && fill(index, tree))
		return DIR_NONE;
	for (size_t i = home(entry->ino, entry->fs) & index->mask; index->slots[i] != DIR_NONE;
	     i = (i + 1) & index->mask)
		if (tree_alive(tree, index->slots[i]) && dir_index_same(tree, index->slots[i], entry))
			return index->slots[i];
	return DIR_NONE;
}

void dir_index_free(struct dir_index *index)
{
	free(index->slots);
	*index = (struct dir_index){0};
}
