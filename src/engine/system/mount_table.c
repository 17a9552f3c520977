/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/system/mount_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/mountinfo.h"
#include "base/path.h"

static int take_line(struct mount_table *table, char *line, const char *around)
{
	struct mountinfo info;

	if (!mountinfo_split(line, &info) ||
	    (around && !path_below(info.point, around) && !path_below(around, info.point)))
		return 0;
	struct mount_entry *grown = alloc_grow(table->items, &table->capacity, table->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	table->items = grown;
	struct mount_entry *entry = &grown[table->count++];

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

/*
 * A mount is hidden by one on the same place on top of it, by a later one of its parent's that covers its place, or
 * with its parent.
 */
static void find_hidden(struct mount_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		for (size_t k = 0; k < table->count; k++) {
			struct mount_entry *a = &table->items[i], *b = &table->items[k];

			if (a == b || a->id == b->id)
				continue;
			if (b->parent == a->id && !strcmp(a->point, b->point))
				a->hidden = true;
			if (b->parent == a->parent && path_below(a->point, b->point) && strcmp(a->point, b->point))
				a->hidden = true;
		}
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < table->count; i++) {
			struct mount_entry *a = &table->items[i], *parent = mount_table_find(table, a->parent);

			/* On the place of a stacked parent it is on top of the stack, not under it. */
			if (!a->hidden && parent && parent != a && parent->hidden && strcmp(a->point, parent->point)) {
				a->hidden = true;
				again = true;
			}
		}
	}
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
	if (rc)
		mount_table_free(table);
	else
		find_hidden(table);
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
