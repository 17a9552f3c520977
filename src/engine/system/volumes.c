/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/system/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"

static bool among(const char *type, const char *const *types)
{
	while (*types && strcmp(*types, type))
		types++;
	return *types;
}

/* Is it one that people keep files in? */
static bool shown(const struct mount_entry *entry, enum fs_kind kind)
{
	static const char *const images[] = {"squashfs", "erofs", "cramfs", NULL};
	static const char *const memory[] = {"tmpfs", NULL};
	static const char *const folders[] = {"/dev", "/proc", "/run", "/sys"};

	if (entry->hidden || kind == FS_KERNEL || kind == FS_AUTOFS || among(entry->type, images))
		return false;
	/* A container's own are those of another file system; inside it is the root. */
	if (kind == FS_OVERLAY)
		return !strcmp(entry->point, "/");
	for (size_t i = 0; kind != FS_DISK && i < sizeof(folders) / sizeof(*folders); i++)
		if (path_below(entry->point, folders[i]) && !path_below(entry->point, "/run/media"))
			return false;
	return kind != FS_MEMORY || among(entry->type, memory);
}

/* The better of two mounts of one file system: it shows more, or lies higher. */
static bool better(const struct mount_entry *a, const struct mount_entry *b)
{
	size_t root_a = strlen(a->root), root_b = strlen(b->root), point_a = strlen(a->point),
	       point_b = strlen(b->point);

	if (root_a != root_b)
		return root_a < root_b;
	return point_a != point_b ? point_a < point_b : strcmp(a->point, b->point) < 0;
}

static bool is_best(const struct mount_table *table, size_t of)
{
	for (size_t i = 0; i < table->count; i++)
		if (i != of && table->items[i].dev == table->items[of].dev &&
		    shown(&table->items[i], fs_kind_of_name(table->items[i].type)) &&
		    better(&table->items[i], &table->items[of]))
			return false;
	return true;
}

int volumes_list(struct volumes *volumes, const char *file)
{
	struct mount_table table;
	int rc = mount_table_read(&table, file, NULL);

	*volumes = (struct volumes){0};
	if (rc)
		return rc;
	volumes->items = alloc_array(table.count + 1, sizeof(*volumes->items));
	if (!volumes->items)
		rc = -ENOMEM;
	for (size_t i = 0; !rc && i < table.count; i++) {
		struct mount_entry *entry = &table.items[i];
		enum fs_kind kind = fs_kind_of_name(entry->type);

		if (!shown(entry, kind) || !is_best(&table, i))
			continue;
		volumes->items[volumes->count++] = (struct volume_entry){
			.point = alloc_text(entry->point),
			.source = alloc_text(entry->source),
			.type = alloc_text(entry->type),
			.kind = kind,
			.local = kind == FS_DISK || kind == FS_MEMORY || kind == FS_OVERLAY,
		};
		const struct volume_entry *last = &volumes->items[volumes->count - 1];

		volumes->local += last->local;
		rc = last->point && last->source && last->type ? 0 : -ENOMEM;
	}
	mount_table_free(&table);
	if (rc)
		volumes_free(volumes);
	else
		volumes_sort(volumes);
	return rc;
}

void volumes_free(struct volumes *volumes)
{
	for (size_t i = 0; i < volumes->count; i++) {
		free(volumes->items[i].point);
		free(volumes->items[i].source);
		free(volumes->items[i].type);
	}
	free(volumes->items);
	*volumes = (struct volumes){0};
}

bool volumes_ask(const char *point, struct file_system_usage *usage)
{
	int fd = open(point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool known = fd >= 0 && !file_system_usage(fd, usage) && usage->size_bytes;

	if (fd >= 0)
		close(fd);
	return known;
}

static int by_use(const void *x, const void *y)
{
	const struct volume_entry *a = x, *b = y;
	uint64_t used_a = a->known ? a->usage.used_bytes : 0, used_b = b->known ? b->usage.used_bytes : 0;

	if (a->local != b->local)
		return a->local ? -1 : 1;
	if (used_a != used_b)
		return used_a > used_b ? -1 : 1;
	return strcmp(a->point, b->point);
}

void volumes_sort(struct volumes *volumes)
{
	if (volumes->count)
		qsort(volumes->items, volumes->count, sizeof(*volumes->items), by_use);
}
