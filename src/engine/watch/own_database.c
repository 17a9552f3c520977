/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/own_database.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void own_database_init(struct own_database *own, const char *path)
{
	*own = (struct own_database){0};
	if (path && strchr(path, '/'))
		own->path = alloc_copy(path, strlen(path));
}

void own_database_free(struct own_database *own)
{
	free(own->path);
}

void own_database_find(struct own_database *own, const struct tree *tree)
{
	const char *root = tree_root_path(tree);
	size_t length = strlen(root);

	if (length && root[length - 1] == '/')
		length--;
	own->folder = own->index = DIR_NONE;
	if (!own->path || strncmp(own->path, root, length) || own->path[length] != '/')
		return;
	const char *relative = own->path + length + 1, *slash = strrchr(relative, '/');

	own->folder = tree_lookup(tree, relative, slash ? (size_t)(slash - relative) : 0);
	char name[NAME_MAX + 1];
	int n = snprintf(name, sizeof(name), "%s.index", slash ? slash + 1 : relative);
	int64_t row = own->folder == DIR_NONE || n > NAME_MAX ? -1 : tree_find(tree, own->folder, name, (size_t)n);

	if (row >= 0) {
		struct node node;

		tree_node(tree, tree_block(tree, own->folder), (uint32_t)row, &node);
		own->index = node.dir;
	}
}

bool own_database_has(const struct own_database *own, dir_id dir, const void *name, size_t length)
{
	const char *base = own->path ? strrchr(own->path, '/') + 1 : NULL;

	if (dir == DIR_NONE || !base)
		return false;
	if (dir == own->index)
		return true;
	return dir == own->folder && length >= strlen(base) && !memcmp(name, base, strlen(base));
}

/* Is all of it our own doing? */
static bool has_item(const struct own_database *own, const struct dirty_item *item)
{
	const unsigned char *name = item->names;

	if (item->dir == own->index)
		return item->dir != DIR_NONE && item->kind != DIRTY_TREE;
	if (item->kind != DIRTY_NAMES || !item->name_count)
		return false;
	for (uint32_t i = 0; i < item->name_count; i++, name += 1 + name[0])
		if (!own_database_has(own, item->dir, name + 1, name[0]))
			return false;
	return true;
}

bool own_database_defer(struct own_database *own, const struct dirty_item *items, size_t count)
{
	unsigned kept = own->waiting_count;

	for (size_t i = 0; i < count; i++) {
		unsigned k = 0;

		if (!has_item(own, &items[i]))
			return false;
		while (k < kept && own->waiting[k] != items[i].dir)
			k++;
		if (k == OWN_DIRS_MOST)
			return false;
		own->waiting[k] = items[i].dir;
		kept = k == kept ? kept + 1 : kept;
	}
	own->waiting_count = kept;
	return true;
}

size_t own_database_take(struct own_database *own, struct dirty_item items[OWN_DIRS_MOST])
{
	size_t count = own->waiting_count;

	for (size_t i = 0; i < count; i++)
		items[i] = (struct dirty_item){.dir = own->waiting[i], .kind = DIRTY_LIST};
	own->waiting_count = 0;
	return count;
}
