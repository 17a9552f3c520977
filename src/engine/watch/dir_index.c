/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/dir_index.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/tree/subtree.h"
#include "engine/image/identity.h"

static uint32_t hash_of(uint64_t ino, uint16_t fs)
{
	return hash_u64(ino + ((uint64_t)fs << 48));
}

static int enter(struct hash *by_identity, const struct tree *tree, dir_id dir)
{
	uint32_t hash = hash_of(tree_cold(tree, dir)->ino, tree_cold(tree, dir)->fs);

	HASH_EACH (by_identity, hash, known)
		if (known == dir)
			return 0;
	return hash_add(by_identity, hash, dir);
}

/* The living once more, in place of those that died. */
static int renew(struct dir_index *index, const struct tree *tree)
{
	struct hash living = {0};
	int rc = 0;

	HASH_ALL (&index->by_identity, dir)
		if (!rc && tree_alive(tree, dir))
			rc = enter(&living, tree, dir);
	if (rc) {
		hash_free(&living);
		return rc;
	}
	hash_free(&index->by_identity);
	index->by_identity = living;
	index->most = living.count * 2 + 1024;
	return 0;
}

static int add(struct dir_index *index, const struct tree *tree, dir_id dir)
{
	if (index->by_identity.count >= index->most && renew(index, tree))
		return -ENOMEM;
	return enter(&index->by_identity, tree, dir);
}

int dir_index_add(struct dir_index *index, const struct tree *tree, dir_id dir)
{
	return index->filled ? add(index, tree, dir) : 0;
}

static int fill(struct dir_index *index, struct tree *tree)
{
	struct subtree_survey survey = {0};
	int result = subtree_survey_take(&survey, tree, DIR_ROOT);

	for (size_t i = 0; !result && i < survey.dir_count; i++)
		result = add(index, tree, survey.dirs[i]);
	subtree_survey_free(&survey);
	index->filled = !result;
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
	if (!index->filled && fill(index, tree))
		return DIR_NONE;
	HASH_EACH (&index->by_identity, hash_of(entry->ino, entry->fs), dir)
		if (tree_alive(tree, dir) && dir_index_same(tree, dir, entry))
			return dir;
	return DIR_NONE;
}

void dir_index_free(struct dir_index *index)
{
	hash_free(&index->by_identity);
	*index = (struct dir_index){0};
}
