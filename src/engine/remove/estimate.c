/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/remove/estimate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/path.h"
#include "engine/remove/extents.h"
#include "engine/system/open_files.h"

#define OPEN_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static bool is_cancelled(const _Atomic bool *cancel)
{
	return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

/* ---- shared extents ---- */

static bool shares_extents(const struct choice *choice, uint32_t dir)
{
	uint64_t magic = tree_fs(choice->tree, tree_cold(choice->tree, choice->dirs[dir].dir)->fs).magic;

	return extents_may_share(magic);
}

/** Files with several names are left to them: they are told where they have some elsewhere. */
static void add_shared(const struct choice *choice, const _Atomic bool *cancel, struct estimate *out)
{
	uint32_t number = CHOICE_NONE;
	int folder = -1;

	for (size_t i = 0; i < choice->large_count && !is_cancelled(cancel); i++) {
		const struct choice_large *large = &choice->large[i];
		struct stat st;
		uint64_t bytes;
		int fd;

		if (!shares_extents(choice, large->dir))
			continue;
		if (large->dir != number) {
			if (folder >= 0)
				close(folder);
			number = large->dir;
			folder = choice_open(choice, number);
		}
		fd = folder < 0 ? -1 : openat(folder, large->name, OPEN_FLAGS);
		if (fd < 0)
			continue;
		if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1) {
			bytes = extents_shared(fd, cancel);
			/* extents are told by their length in the file: compressed ones take less */
			out->shared_bytes = figure_sum(out->shared_bytes, bytes < large->bytes ? bytes : large->bytes);
		}
		close(fd);
	}
	if (folder >= 0)
		close(folder);
}

/* ---- open files ---- */

/** What lies at the path now: the open file itself, with its last name? */
static bool is_last_name(const struct open_file *file)
{
	struct statx st;

	return !statx(AT_FDCWD, file->path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, CHOICE_STATX, &st) &&
	       st.stx_ino == file->ino && choice_dev(&st) == file->dev && st.stx_nlink == 1;
}

/** The chosen entries: files by their inodes, folders in a list. */
struct chosen_items {
	struct hash files;
	uint32_t *folders;
	size_t folder_count;
};

static int index_items(const struct choice *choice, struct chosen_items *items)
{
	int rc = 0;

	*items = (struct chosen_items){.folders = alloc_array(choice->item_count, sizeof(*items->folders))};
	for (size_t i = 0; i < choice->item_count && items->folders && !rc; i++)
		if (choice->items[i].dir != CHOICE_NONE)
			items->folders[items->folder_count++] = (uint32_t)i;
		else if (!choice->items[i].rc && choice->items[i].nlink == 1)
			rc = hash_add(&items->files, hash_u64(choice->items[i].ino), (uint32_t)i);
	return items->folders ? rc : -ENOMEM;
}

static bool is_chosen(const struct choice *choice, const struct chosen_items *items, const struct open_file *file)
{
	HASH_EACH (&items->files, hash_u64(file->ino), i)
		if (choice->items[i].ino == file->ino && choice->items[i].dev == file->dev)
			return true;
	for (size_t i = 0; i < items->folder_count; i++)
		if (path_below(file->path, choice->items[items->folders[i]].path))
			return is_last_name(file);
	return false;
}

static int add_open_file(const struct open_file *file, struct estimate *out)
{
	const struct open_holder *holder = file->holders;
	struct buf words = {0};

	if (alloc_room(&out->open, &out->open_capacity, out->open_count + 1))
		return -ENOMEM;
	if (holder->pid)
		buf_printf(&words, "%s (%ld)", holder->name, (long)holder->pid);
	else
		buf_str(&words, holder->name);
	if (file->holder_count > 1)
		buf_printf(&words, ngettext(" and %zu more", " and %zu more", file->holder_count - 1),
		           file->holder_count - 1);
	out->open[out->open_count] = (struct estimate_open){.path = alloc_text(file->path),
	                                                    .holder = words.data,
	                                                    .bytes = file->bytes,
	                                                    .bytes_known = file->bytes_known};
	if (file->bytes_known)
		out->open_bytes = figure_sum(out->open_bytes, file->bytes);
	return out->open[out->open_count++].path && words.data && !words.failed ? 0 : -ENOMEM;
}

static int add_open(const struct choice *choice, const _Atomic bool *cancel, struct estimate *out)
{
	struct chosen_items items = {0};
	struct open_files *files;
	dev_t devices[16];
	size_t count = 0, k;
	int rc;

	for (size_t i = 0; i < choice->dir_count && count < 16; i++) {
		for (k = 0; k < count && devices[k] != choice->dirs[i].dev; k++)
			;
		if (k == count)
			devices[count++] = choice->dirs[i].dev;
	}
	rc = open_files_read(devices, count, cancel, &files);
	if (rc) /* without /proc nobody can be named */
		return rc == -ENOMEM || rc == -ECANCELED ? rc : 0;
	rc = index_items(choice, &items);
	for (size_t i = 0; i < files->count && !rc; i++) {
		const struct open_file *file = &files->items[i];

		if (!file->deleted && file->holder_count && is_chosen(choice, &items, file))
			rc = add_open_file(file, out);
	}
	out->open_unseen = files->unseen > 0;
	open_files_free(files);
	hash_free(&items.files);
	free(items.folders);
	return rc;
}

static void take(uint64_t *from, uint64_t bytes)
{
	*from = bytes < *from ? *from - bytes : 0;
}

int estimate_make(const struct choice *choice, const _Atomic bool *cancel, struct estimate *out)
{
	int rc;

	*out = (struct estimate){.elsewhere_bytes = choice->elsewhere};
	add_shared(choice, cancel, out);
	rc = add_open(choice, cancel, out);
	if (!rc && is_cancelled(cancel))
		rc = -ECANCELED;
	out->frees_bytes = choice->bytes;
	take(&out->frees_bytes, out->elsewhere_bytes);
	take(&out->frees_bytes, out->shared_bytes);
	take(&out->frees_bytes, out->open_bytes);
	if (rc)
		estimate_clear(out);
	return rc;
}

void estimate_clear(struct estimate *estimate)
{
	for (size_t i = 0; i < estimate->open_count; i++) {
		free(estimate->open[i].path);
		free(estimate->open[i].holder);
	}
	free(estimate->open);
	*estimate = (struct estimate){0};
}
