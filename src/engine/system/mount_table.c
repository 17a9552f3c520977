/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/system/mount_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/mountinfo.h"
#include "base/path.h"

static int take_line(struct mount_table *table, char *line, const char *around)
{
	struct mountinfo info;

	if (!mountinfo_split(line, &info) ||
	    (around && !path_below(info.point, around) && !path_below(around, info.point)))
		return 0;
	if (alloc_room(&table->items, &table->capacity, table->count + 1))
		return -ENOMEM;
	struct mount_entry *entry = &table->items[table->count++];

	*entry = (struct mount_entry){
		.id = info.id,
		.parent = info.parent,
		.dev = info.dev,
		.root = alloc_text(info.root),
		.point = alloc_text(info.point),
		.type = alloc_text(info.type),
		.source = alloc_text(info.source),
	};
	return entry->root && entry->point && entry->type && entry->source ? 0 : -ENOMEM;
}

/* Who lies where, for tables of ten thousand. */
struct mount_lookup {
	const struct mount_table *table;
	struct hash by_place; /* parent and point */
	struct hash by_id;
};

/* Does a mount on `parent` lie at that place? */
static bool lies_at(const struct mount_lookup *lookup, uint64_t parent, const char *point, size_t length)
{
	HASH_EACH (&lookup->by_place, hash_bytes(parent, point, length), i) {
		const struct mount_entry *entry = &lookup->table->items[i];

		/* The first of all may say that it lies on itself. */
		if (entry->parent == parent && entry->id != parent && !strncmp(entry->point, point, length) &&
		    !entry->point[length])
			return true;
	}
	return false;
}

/* Is there one on the same place on top of it, or one of its parent's that covers its place? */
static bool covered(const struct mount_lookup *lookup, const struct mount_entry *entry)
{
	size_t length = strlen(entry->point);

	if (lies_at(lookup, entry->id, entry->point, length))
		return true;
	/* All folders above the place. */
	while (length > 1) {
		while (length > 1 && entry->point[length - 1] != '/')
			length--;
		length -= length > 1;
		if (lies_at(lookup, entry->parent, entry->point, length))
			return true;
	}
	return false;
}

static const struct mount_entry *parent_of(const struct mount_lookup *lookup, const struct mount_entry *entry)
{
	HASH_EACH (&lookup->by_id, hash_u64(entry->parent), i)
		if (lookup->table->items[i].id == entry->parent)
			return &lookup->table->items[i];
	return NULL;
}

/* What is covered is hidden, and with it what lies on it. */
static int find_hidden(struct mount_table *table)
{
	struct mount_lookup lookup = {.table = table};
	int rc = hash_reserve(&lookup.by_place, table->count);

	if (!rc)
		rc = hash_reserve(&lookup.by_id, table->count);
	for (size_t i = 0; !rc && i < table->count; i++) {
		const struct mount_entry *entry = &table->items[i];

		hash_add(&lookup.by_place, hash_bytes(entry->parent, entry->point, strlen(entry->point)), (uint32_t)i);
		hash_add(&lookup.by_id, hash_u64(entry->id), (uint32_t)i);
	}
	for (size_t i = 0; !rc && i < table->count; i++)
		table->items[i].hidden = covered(&lookup, &table->items[i]);
	for (bool again = !rc; again;) {
		again = false;
		for (size_t i = 0; i < table->count; i++) {
			struct mount_entry *entry = &table->items[i];
			const struct mount_entry *parent = entry->hidden ? NULL : parent_of(&lookup, entry);

			/* On the place of a stacked parent it is on top of the stack, not under it. */
			if (parent && parent != entry && parent->hidden && strcmp(entry->point, parent->point)) {
				entry->hidden = true;
				again = true;
			}
		}
	}
	hash_free(&lookup.by_place);
	hash_free(&lookup.by_id);
	return rc;
}

int mount_table_read(struct mount_table *table, const char *name, const char *around)
{
	FILE *file = fopen(name ? name : MOUNTINFO, "re");
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	*table = (struct mount_table){0};
	if (!file)
		return 0;
	errno = 0;
	while (!rc && alloc_line(&line, &size, file) > 0)
		rc = take_line(table, line, around);
	if (errno == ENOMEM)
		rc = -ENOMEM;
	free(line);
	fclose(file);
	if (!rc)
		rc = find_hidden(table);
	if (rc)
		mount_table_free(table);
	return rc;
}

void mount_table_free(struct mount_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		free(table->items[i].root);
		free(table->items[i].point);
		free(table->items[i].type);
		free(table->items[i].source);
	}
	free(table->items);
	*table = (struct mount_table){0};
}

struct mount_entry *mount_table_find(const struct mount_table *table, uint64_t id)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->items[i].id == id)
			return &table->items[i];
	return NULL;
}

struct mount_entry *mount_table_of(const struct mount_table *table, const char *path, dev_t dev, uint64_t mount)
{
	struct mount_entry *of = NULL;

	if (mount)
		return mount_table_find(table, mount);
	for (size_t i = 0; i < table->count; i++) {
		struct mount_entry *entry = &table->items[i];

		if (!entry->hidden && entry->dev == dev && path_below(path, entry->point) &&
		    (!of || strlen(entry->point) > strlen(of->point)))
			of = entry;
	}
	return of;
}
