/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/remove/trash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/path.h"
#include "engine/remove/trash_place.h"
#include "engine/system/mount_table.h"

#define LOOK_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)

/** Not over something else, where the file system can promise that. */
static int rename_new(int from, const char *name, int to, const char *new_name)
{
	struct statx st;

	if (!renameat2(from, name, to, new_name, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (!statx(to, new_name, LOOK_FLAGS, STATX_TYPE, &st))
		return -EEXIST;
	return renameat(from, name, to, new_name) ? -errno : 0;
}

static void free_thing(struct trashed *thing)
{
	free(thing->path);
	free(thing->trash);
	free(thing->name);
}

/** Written down before it is moved, behind the others: what is in the trash can be taken out again. */
static int remember(struct trash_result *result, const struct choice *choice, const struct choice_item *item,
                    const struct trash_place *trash, struct trashed **thing)
{
	const struct choice_dir *place = &choice->dirs[item->place];

	if (alloc_room(&result->items, &result->capacity, result->count + 1))
		return -ENOMEM;
	*thing = &result->items[result->count];
	**thing = (struct trashed){
		.path = alloc_text(item->path),
		.trash = alloc_text(trash->path),
		.ino = item->ino,
		.dev = item->dev,
		.parent_ino = place->ino,
		.parent_dev = place->dev,
	};
	return (*thing)->path && (*thing)->trash ? 0 : -ENOMEM;
}

/** What was moved has to be what was chosen: it is looked at before, and again under its new name. */
static int move_item(const struct choice *choice, const struct choice_item *item, int place,
                     const struct trash_place *trash, const char *name)
{
	struct statx st;
	int rc;

	if (statx(place, item->name, LOOK_FLAGS, CHOICE_STATX, &st))
		return -errno;
	if (!choice_is_item(choice, item, &st))
		return -ESTALE;
	rc = rename_new(place, item->name, trash->files, name);
	if (rc)
		return rc;
	if (!statx(trash->files, name, LOOK_FLAGS, CHOICE_STATX, &st) && choice_is_item(choice, item, &st))
		return 0;
	rename_new(trash->files, name, place, item->name);
	return -ESTALE;
}

static enum removal_why why_not(int rc)
{
	switch (rc) {
	case -ESTALE: return REMOVAL_CHANGED;
	case -EXDEV: return REMOVAL_NO_TRASH;
	case -EBUSY: return REMOVAL_MOUNT;
	default: return REMOVAL_FAILED;
	}
}

/** A mount goes along with the folder that it lies in: whoever empties the trash would empty it, too. */
static bool holds_mount(const struct mount_table *mounts, const struct choice_item *item)
{
	if (item->dir == CHOICE_NONE)
		return false;
	for (size_t i = 0; i < mounts->count; i++)
		if (path_below(mounts->items[i].point, item->path))
			return true;
	return false;
}

static int trash_item(struct removal *removal, struct trash_result *result, const struct choice_item *item, int place,
                      const struct trash_place *trash, const struct mount_table *mounts)
{
	struct trashed *thing = NULL;
	int rc = item->rc;

	if (!rc && holds_mount(mounts, item)) {
		removal_fail(&removal->errors, alloc_text(item->path), REMOVAL_MOUNT, 0);
		return 0;
	}
	if (!rc && path_below(item->path, trash->path)) {
		removal_fail(&removal->errors, alloc_text(item->path), REMOVAL_IN_TRASH, 0);
		return 0;
	}
	if (!rc)
		rc = remember(result, removal->choice, item, trash, &thing);
	if (!rc)
		rc = trash_write_note(trash, item->path, item->name, &thing->name);
	if (!rc) {
		rc = move_item(removal->choice, item, place, trash, thing->name);
		if (rc)
			trash_remove_note(trash, thing->name);
	}
	if (!rc) {
		atomic_fetch_add_explicit(&removal->entries, item->items + 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&removal->bytes, item->bytes, memory_order_relaxed);
		result->bytes = figure_sum(result->bytes, item->bytes);
		result->entries += item->items + 1;
		result->count++;
		return 0;
	}
	if (thing)
		free_thing(thing);
	if (rc != -ENOENT)
		removal_fail(&removal->errors, alloc_text(item->path), why_not(rc), rc);
	return rc == -ENOMEM ? rc : 0;
}

/** The folders among the newest things of the result, whose sizes others may want to know. */
static void note_sizes(const struct trash_place *trash, const struct trash_result *result, size_t first,
                       const struct trash_size *sizes, size_t count)
{
	if (result->count > first && count)
		trash_note_sizes(trash, sizes, count); /* a cache: what fails costs others some time */
}

/** Entries of one folder, `count` of them. */
static int trash_folder(struct removal *removal, struct trash_result *result, const struct choice_item *items,
                        size_t count, const struct mount_table *mounts)
{
	const struct choice *choice = removal->choice;
	char *path = alloc_text(items->path);
	struct trash_size *sizes = alloc_array(count, sizeof(*sizes));
	struct trash_place trash = {.dir = -1, .files = -1, .info = -1};
	int place = choice_open(choice, items->place), rc = place < 0 ? place : 0;
	size_t first = result->count, folders = 0;

	if (!path || !sizes)
		rc = -ENOMEM;
	if (!rc) {
		char *slash = strrchr(path, '/');

		slash[slash == path] = 0;
		rc = trash_open(&trash, place, path);
	}
	if (rc) {
		for (size_t i = 0; i < count; i++)
			removal_fail(&removal->errors, alloc_text(items[i].path), why_not(rc), rc);
	}
	for (size_t i = 0; i < count && !rc; i++) {
		size_t before = result->count;

		if (atomic_load_explicit(removal->cancel, memory_order_relaxed))
			break;
		rc = trash_item(removal, result, &items[i], place, &trash, mounts);
		if (result->count > before && items[i].dir != CHOICE_NONE)
			sizes[folders++] = (struct trash_size){result->items[before].name, items[i].bytes};
	}
	note_sizes(&trash, result, first, sizes, folders);
	trash_close(&trash);
	if (place >= 0)
		close(place);
	free(path);
	free(sizes);
	return rc == -ENOMEM ? rc : 0;
}

int trash_run(struct removal *removal, struct trash_result *result)
{
	const struct choice *choice = removal->choice;
	struct mount_table mounts;
	size_t end;
	int rc = mount_table_read(&mounts, NULL, tree_root_path(choice->tree));

	for (size_t i = 0; i < choice->item_count && !rc; i = end) {
		for (end = i; end < choice->item_count && choice->items[end].place == choice->items[i].place; end++)
			;
		if (atomic_load_explicit(removal->cancel, memory_order_relaxed))
			break;
		rc = trash_folder(removal, result, &choice->items[i], end - i, &mounts);
	}
	mount_table_free(&mounts);
	return rc;
}

/* ---- back again ---- */

static bool is(const struct statx *st, uint64_t ino, uint64_t dev)
{
	return st->stx_ino == ino && choice_dev(st) == dev;
}

/** Put one back: into the very folder it was in.  0 or -errno. */
static int put_back(const struct trashed *thing)
{
	struct trash_place trash;
	char *folder = alloc_text(thing->path), *slash = folder ? strrchr(folder, '/') : NULL;
	struct trash_size none = {0};
	int rc = folder ? trash_open_again(&trash, thing->trash) : -ENOMEM, place = -1;
	struct statx st;

	if (rc) {
		free(folder);
		return rc;
	}
	slash[slash == folder] = 0;
	place = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place < 0 || statx(place, "", AT_EMPTY_PATH, CHOICE_STATX, &st))
		rc = -errno;
	else if (!is(&st, thing->parent_ino, thing->parent_dev))
		rc = -ESTALE;
	else if (statx(trash.files, thing->name, LOOK_FLAGS, CHOICE_STATX, &st))
		rc = -errno;
	else if (!is(&st, thing->ino, thing->dev))
		rc = -ESTALE;
	else
		rc = rename_new(trash.files, thing->name, place, strrchr(thing->path, '/') + 1);
	if (!rc) {
		trash_remove_note(&trash, thing->name);
		trash_note_sizes(&trash, &none, 0);
	}
	if (place >= 0)
		close(place);
	trash_close(&trash);
	free(folder);
	return rc;
}

void trash_undo(struct trash_result *result, struct removal_errors *errors)
{
	size_t kept = 0;

	for (size_t i = 0; i < result->count; i++) {
		struct trashed *thing = &result->items[i];
		int rc = thing->path && thing->trash ? put_back(thing) : -ENOMEM;

		if (!rc) {
			free_thing(thing);
			continue;
		}
		removal_fail(errors, thing->path ? alloc_text(thing->path) : NULL,
		             rc == -EEXIST || rc == -ESTALE ? REMOVAL_CHANGED : REMOVAL_FAILED, rc);
		result->items[kept++] = *thing;
	}
	result->count = kept;
}

void trash_result_clear(struct trash_result *result)
{
	for (size_t i = 0; i < result->count; i++)
		free_thing(&result->items[i]);
	free(result->items);
	*result = (struct trash_result){0};
}
