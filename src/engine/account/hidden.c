/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/account/hidden.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/hash.h"
#include "base/kernel.h"
#include "base/path.h"

#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)

/* A file with several names, and how many of them were met. */
struct hidden_link {
	dev_t dev;
	ino_t ino;
	uint32_t names, met;
	uint64_t bytes;
};

struct hidden_walk {
	int copy; /* of the mount, without what lies on it */
	const _Atomic bool *cancel;
	struct hidden_place *place;
	char **folders; /* still to be read, relative to the copy */
	size_t folder_count, folder_capacity;
	struct hidden_link *links;
	size_t link_count, link_capacity;
	struct hash by_inode;
};

static bool cancelled(const _Atomic bool *cancel)
{
	return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

/* ---- one place ---- */

static int count_link(struct hidden_walk *walk, const struct statx *st, uint64_t bytes)
{
	dev_t dev = makedev(st->stx_dev_major, st->stx_dev_minor);
	uint32_t key = hash_u64(st->stx_ino);

	HASH_EACH (&walk->by_inode, key, i)
		if (walk->links[i].ino == st->stx_ino && walk->links[i].dev == dev) {
			walk->links[i].met++;
			return 0;
		}
	if (alloc_room(&walk->links, &walk->link_capacity, walk->link_count + 1))
		return -ENOMEM;
	walk->links[walk->link_count] = (struct hidden_link){dev, st->stx_ino, st->stx_nlink, 1, bytes};
	return hash_add(&walk->by_inode, key, (uint32_t)walk->link_count++);
}

static int later(struct hidden_walk *walk, const char *folder, const char *name)
{
	if (alloc_room(&walk->folders, &walk->folder_capacity, walk->folder_count + 1))
		return -ENOMEM;
	walk->folders[walk->folder_count] = name ? alloc_print("%s/%s", folder, name) : alloc_text(folder);
	return walk->folders[walk->folder_count] ? (walk->folder_count++, 0) : -ENOMEM;
}

/* `folder` and `name` make its path in the copy; `name` alone leads there from `at`. */
static int count(struct hidden_walk *walk, int at, const char *folder, const char *name)
{
	struct statx st;

	if (statx(at, name ? name : folder, STAT_FLAGS, STATX_BASIC_STATS, &st)) {
		walk->place->partial |= errno != ENOENT;
		return 0;
	}
	uint64_t bytes = figure_of_blocks(st.stx_blocks);

	if (!S_ISDIR(st.stx_mode) && st.stx_nlink > 1)
		return count_link(walk, &st, bytes);
	walk->place->bytes = figure_sum(walk->place->bytes, bytes);
	return S_ISDIR(st.stx_mode) ? later(walk, folder, name) : 0;
}

static int read_folder(struct hidden_walk *walk, const char *folder)
{
	int fd = openat(walk->copy, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc = 0;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);

	if (!list) {
		walk->place->partial = true;
		if (fd >= 0)
			close(fd);
		return 0;
	}
	for (struct dirent *entry; !rc && (entry = readdir(list));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		rc = cancelled(walk->cancel) ? -ECANCELED : count(walk, fd, folder, entry->d_name);
	}
	closedir(list);
	return rc;
}

static int walk_place(int copy, const char *relative, const _Atomic bool *cancel, struct hidden_place *place)
{
	struct hidden_walk walk = {.copy = copy, .cancel = cancel, .place = place};
	int rc = count(&walk, copy, relative, NULL);

	while (!rc && walk.folder_count) {
		char *folder = walk.folders[--walk.folder_count];

		rc = read_folder(&walk, folder);
		free(folder);
	}
	/* The other names are in the tree, and there it is counted. */
	for (size_t i = 0; i < walk.link_count; i++)
		if (walk.links[i].met >= walk.links[i].names)
			place->bytes = figure_sum(place->bytes, walk.links[i].bytes);
	while (walk.folder_count)
		free(walk.folders[--walk.folder_count]);
	free(walk.folders);
	free(walk.links);
	hash_free(&walk.by_inode);
	return rc;
}

/* ---- all that lie on a mount ---- */

static bool lies_on(const struct mount_entry *entry, const struct mount_entry *mount)
{
	return entry->parent == mount->id && entry != mount && strcmp(entry->point, mount->point);
}

/* Is its place hidden by another that lies on the same mount, or told once already? */
static bool under_another(const struct mount_table *table, const struct mount_entry *mount, size_t of)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct mount_entry *other = &table->items[i], *entry = &table->items[of];

		if (i == of || !lies_on(other, mount) || !path_below(entry->point, other->point))
			continue;
		if (strcmp(entry->point, other->point) || i < of)
			return true;
	}
	return false;
}

/* The mount as it would be with nothing on it; -EPERM and others. */
static int open_copy(const struct mount_entry *mount)
{
	struct statx st;
	int at = open(mount->point, O_PATH | O_DIRECTORY | O_CLOEXEC), copy = at < 0 ? -errno : 0;

	/* The place may be another's by now. */
	if (!copy && (statx(at, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) || statx_mount(&st) != mount->id))
		copy = -ESTALE;
	if (!copy) {
		copy = (int)syscall(SYS_open_tree, at, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		copy = copy < 0 ? -errno : copy;
	}
	if (at >= 0)
		close(at);
	return copy;
}

int hidden_read(const struct mount_table *table, const struct mount_entry *mount, const _Atomic bool *cancel,
                struct hidden_places *places)
{
	int copy = -1, rc = 0;

	for (size_t i = 0; !rc && i < table->count; i++) {
		struct mount_entry *entry = &table->items[i];

		if (!lies_on(entry, mount) || under_another(table, mount, i))
			continue;
		if (copy == -1)
			copy = open_copy(mount);
		if (copy < 0) {
			places->refused = true;
			break;
		}
		if (alloc_room(&places->items, &places->capacity, places->count + 1)) {
			rc = -ENOMEM;
			break;
		}
		places->items[places->count] = (struct hidden_place){.point = entry->point};
		rc = walk_place(copy, path_below(entry->point, mount->point), cancel, &places->items[places->count++]);
	}
	if (copy >= 0)
		close(copy);
	return rc;
}

void hidden_free(struct hidden_places *places)
{
	free(places->items);
	*places = (struct hidden_places){0};
}
