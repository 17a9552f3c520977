/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/system/open_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

#define NAMES_MOST 3 /* that open_file_names() tells */

/* Everything in one piece behind the items. */
struct open_made {
	struct open_files shown; /* first: what the caller has */
	struct open_holder *holders;
	struct open_owner *owners;
	size_t owner_count;
};

static uint32_t key(dev_t dev, ino_t ino)
{
	return hash_u64(ino ^ (uint64_t)dev << 40);
}

bool open_list_wants(const struct open_list *list, dev_t dev)
{
	for (size_t i = 0; i < list->device_count; i++)
		if (list->devices[i] == dev)
			return true;
	return false;
}

uint32_t open_list_find(const struct open_list *list, dev_t dev, ino_t ino)
{
	HASH_EACH (&list->by_inode, key(dev, ino), i)
		if (list->files[i].dev == dev && list->files[i].ino == ino)
			return i;
	return HASH_NONE;
}

int open_list_add(struct open_list *list, const struct open_file *file, char *path, uint32_t *place)
{
	if (!path || alloc_room(&list->files, &list->capacity, list->count + 1) ||
	    hash_add(&list->by_inode, key(file->dev, file->ino), (uint32_t)list->count)) {
		free(path);
		return -ENOMEM;
	}
	*place = (uint32_t)list->count;
	list->files[list->count] = *file;
	list->files[list->count].path = path;
	list->count++;
	return 0;
}

int open_list_owner(struct open_list *list, pid_t pid, const char *name)
{
	if (alloc_room(&list->owners, &list->owner_capacity, list->owner_count + 1))
		return -ENOMEM;
	list->owners[list->owner_count] = (struct open_owner){pid, alloc_text(name)};
	return list->owners[list->owner_count++].name ? 0 : -ENOMEM;
}

int open_list_hold(struct open_list *list, uint32_t file)
{
	uint32_t owner = (uint32_t)list->owner_count - 1;

	if (alloc_room(&list->holds, &list->hold_capacity, list->hold_count + 1))
		return -ENOMEM;
	list->holds[list->hold_count++] = (struct open_hold){file, owner};
	return 0;
}

static int compare_holds(const void *x, const void *y)
{
	const struct open_hold *a = x, *b = y;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->owner < b->owner ? -1 : a->owner > b->owner;
}

static int compare_files(const void *x, const void *y)
{
	const struct open_file *a = x, *b = y;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* Each file gets its run of holders, each of them once. */
static void give_holders(struct open_list *list, struct open_holder *holders)
{
	size_t n = 0;

	if (list->hold_count)
		qsort(list->holds, list->hold_count, sizeof(*list->holds), compare_holds);
	for (size_t i = 0; i < list->hold_count; i++) {
		struct open_hold hold = list->holds[i];
		struct open_file *file = &list->files[hold.file];

		if (i && !compare_holds(&list->holds[i - 1], &hold))
			continue;
		if (!file->holder_count)
			file->holders = &holders[n];
		file->holder_count++;
		holders[n++] = (struct open_holder){list->owners[hold.owner].pid, list->owners[hold.owner].name};
	}
}

int open_list_finish(struct open_list *list, struct open_files **out)
{
	struct open_made *made = alloc_zero(struct open_made);

	if (made)
		made->holders = alloc_array(list->hold_count + 1, sizeof(*made->holders));
	if (!made || !made->holders) {
		free(made);
		return -ENOMEM;
	}
	give_holders(list, made->holders);
	if (list->count)
		qsort(list->files, list->count, sizeof(*list->files), compare_files);
	made->shown.items = list->files;
	made->shown.count = list->count;
	made->owners = list->owners;
	made->owner_count = list->owner_count;
	list->files = NULL;
	list->owners = NULL;
	list->count = list->owner_count = 0;
	*out = &made->shown;
	return 0;
}

static void free_parts(struct open_file *files, size_t count, struct open_owner *owners, size_t owner_count)
{
	for (size_t i = 0; i < count; i++)
		free((char *)files[i].path);
	for (size_t i = 0; i < owner_count; i++)
		free(owners[i].name);
	free(files);
	free(owners);
}

void open_list_free(struct open_list *list)
{
	free_parts(list->files, list->count, list->owners, list->owner_count);
	free(list->holds);
	hash_free(&list->by_inode);
}

void open_files_free(struct open_files *files)
{
	struct open_made *made = (struct open_made *)files;

	if (!made)
		return;
	free_parts(files->items, files->count, made->owners, made->owner_count);
	free(made->holders);
	free(made);
}

char *open_file_names(const struct open_file *file)
{
	struct buf names = {0};
	const char *told[NAMES_MOST];
	size_t n = 0;

	for (size_t i = 0; i < file->holder_count; i++) {
		const char *name = file->holders[i].name;
		bool known = false;

		for (size_t k = 0; k < n; k++)
			known |= !strcmp(told[k], name);
		if (known)
			continue;
		if (n == NAMES_MOST) {
			buf_str(&names, ", ...");
			break;
		}
		buf_str(&names, n ? ", " : "");
		buf_str(&names, name);
		told[n++] = name;
	}
	buf_str(&names, "");
	if (names.failed) {
		buf_free(&names);
		return NULL;
	}
	return names.data;
}
