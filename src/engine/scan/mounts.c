/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/scan/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/mountinfo.h"
#include "base/path.h"
#include "engine/system/fs_kind.h"
#include "engine/system/mount_table.h"

/*
 * Which mounts below the root are entered?
 *
 *   1. hidden ones (covered by another mount) are not there
 *   2. by kind: kernel, network, FUSE, overlay and memory file systems only when asked for; with -x only the root's
 *      device
 *   3. two mounts of one device whose roots in it contain one another show the same files: the scan root's own wins,
 *      then the one with the outer root, then the bytewise smaller mount point; the loser is shown, unless it lies
 *      where the winner shows the same
 *   4. what lies behind a mount that is not entered is out of reach, and so wins nothing in 3
 */

static enum mount_verdict judge_kind(enum fs_kind kind, const struct scan_counting *counting)
{
	if (kind == FS_KERNEL)
		return counting->kernfs ? MOUNT_ENTER : MOUNT_KERNFS;
	if (kind != FS_DISK)
		return counting->cross_fs ? MOUNT_ENTER : MOUNT_OTHERFS;
	return MOUNT_ENTER;
}

enum mount_verdict mounts_judge(uint64_t magic, const struct scan_counting *counting)
{
	return judge_kind(fs_kind_of_magic(magic), counting);
}

int64_t mounts_list_end(uint64_t magic)
{
	/* ext4 with hashed directories (and those of one block): EXT4_HTREE_EOF_64BIT in fs/ext4/ext4.h. */
	return magic == 0xef53 ? INT64_MAX : 0;
}

bool mounts_rotational(dev_t dev)
{
	char link[PATH_MAX], path[128], digit;
	static const char *const files[] = {"queue/rotational", "../queue/rotational"}; /* a disk's, a partition's */

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	ssize_t n = readlink(path, link, sizeof(link) - 1);

	if (n <= 0)
		return false;
	link[n] = '\0';
	if (strstr(link, "/virtio") || strstr(link, "/virtual/") || strstr(link, "/vbd"))
		return false;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(dev), minor(dev), files[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		bool is = read(fd, &digit, 1) == 1 && digit == '1';

		close(fd);
		return is;
	}
	return false;
}

/* ---- the table ---- */

struct mount {
	uint64_t id;
	dev_t dev;
	const char *root;  /* path of its root in its file system; for the scan root's own: of the scan's root */
	const char *point; /* where it is mounted */
	enum fs_kind kind;
	bool hidden, own, gone;
	enum mount_verdict verdict;
};

struct mount_place {
	const char *name; /* in the mount's point */
	uint16_t length;
	mount_node first, next;
	uint8_t verdict;
};

struct mounts {
	struct mount_table table;
	struct mount *items; /* of the table, in its order */
	size_t count;
	char *own_root;
	struct mount_place *nodes; /* 0 is not used, 1 the scan's root */
	size_t node_count, node_capacity;
	bool lost; /* some have no node */
};

static int take_table(struct mounts *mounts, const char *file, const char *scanned)
{
	if (mount_table_read(&mounts->table, file, scanned))
		return -ENOMEM;
	mounts->count = mounts->table.count;
	mounts->items = alloc_array(mounts->count + 1, sizeof(*mounts->items));
	for (size_t i = 0; mounts->items && i < mounts->count; i++) {
		const struct mount_entry *entry = &mounts->table.items[i];

		mounts->items[i] = (struct mount){
			.id = entry->id,
			.dev = entry->dev,
			.root = entry->root,
			.point = entry->point,
			.kind = fs_kind_of_name(entry->type),
			.hidden = entry->hidden,
		};
	}
	return mounts->items ? 0 : -ENOMEM;
}

/* The mount the scan's root lies on: its files are those of the root's path in it. */
static int find_own(struct mounts *mounts, const char *root, dev_t root_dev, uint64_t root_mount)
{
	const struct mount_entry *entry = mount_table_of(&mounts->table, root, root_dev, root_mount);
	struct mount *own = entry ? &mounts->items[entry - mounts->table.items] : NULL;
	const char *rest = own ? path_below(root, own->point) : NULL;

	if (!rest)
		return 0;
	size_t a = strcmp(own->root, "/") ? strlen(own->root) : 0, b = strlen(rest);
	char *path = alloc_array(a + b + 2, 1);

	if (!path)
		return -ENOMEM;
	memcpy(path, own->root, a);
	if (*rest || !a)
		path[a++] = '/';
	memcpy(path + a, rest, b);
	mounts->own_root = path;
	own->root = path;
	own->own = true;
	return 0;
}

static int compare_claims(const void *x, const void *y)
{
	const struct mount *a = *(struct mount *const *)x, *b = *(struct mount *const *)y;
	size_t la = strlen(a->root), lb = strlen(b->root);

	if (a->own != b->own)
		return a->own ? -1 : 1;
	if (la != lb)
		return la < lb ? -1 : 1;
	return strcmp(a->point, b->point);
}

/* Is the mount's place behind another mount of the list that is not entered? */
static bool out_of_reach(struct mount *const *list, size_t n, const struct mount *mount)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] != mount && !list[i]->own && (list[i]->gone || list[i]->verdict != MOUNT_ENTER) &&
		    path_below(mount->point, list[i]->point) && strcmp(mount->point, list[i]->point))
			return true;
	return false;
}

/* Is it bound to the very place that the other shows it at?  Then it is met once, and not twice. */
static bool in_place(const struct mount *mount, const struct mount *other, const char *root)
{
	const char *rest = path_below(mount->point, other->own ? root : other->point);
	const char *shown = path_below(mount->root, other->root);

	return rest && shown && !strcmp(shown, rest);
}

static int judge(struct mounts *mounts, const char *root, dev_t root_dev, const struct scan_counting *counting)
{
	struct mount **list = alloc_array(mounts->count, sizeof(struct mount *));
	size_t n = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < mounts->count; i++) {
		struct mount *mount = &mounts->items[i];

		if (mount->own || (!mount->hidden && path_below(mount->point, root) && strcmp(mount->point, root)))
			list[n++] = mount;
	}
	qsort(list, n, sizeof(*list), compare_claims);
	/* The table's numbers: btrfs gives stat others. */
	dev_t own_dev = n && list[0]->own ? list[0]->dev : root_dev;

	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < n; i++) {
			struct mount *mount = list[i];

			if (mount->own || mount->gone) {
				mount->verdict = MOUNT_ENTER;
				continue;
			}
			mount->verdict = (counting->same_fs || counting->same_volume) && mount->dev != own_dev
			                       ? MOUNT_OTHERFS
			                       : judge_kind(mount->kind, counting);
			/* Those before it have the better claim. */
			for (size_t k = 0; k < i && mount->verdict == MOUNT_ENTER; k++)
				if (!list[k]->gone && list[k]->verdict == MOUNT_ENTER && list[k]->dev == mount->dev &&
				    path_below(mount->root, list[k]->root) && !in_place(mount, list[k], root))
					mount->verdict = MOUNT_OTHERFS;
			/* The root's own wins from inside, too. */
			if (mount->verdict == MOUNT_ENTER && list[0]->own && list[0]->dev == mount->dev &&
			    path_below(list[0]->root, mount->root))
				mount->verdict = MOUNT_OTHERFS;
		}
		for (size_t i = 0; i < n; i++)
			if (!list[i]->own && !list[i]->gone && out_of_reach(list, n, list[i])) {
				list[i]->gone = true;
				again = true;
			}
	}
	free(list);
	return 0;
}

/* ---- the tree of components ---- */

static mount_node new_node(struct mounts *mounts, const char *name, size_t length)
{
	if (mounts->node_count >= 1u << MOUNT_NODE_BITS)
		return MOUNT_NODE_NONE; /* more than that are met unprepared */
	if (alloc_room(&mounts->nodes, &mounts->node_capacity, mounts->node_count + 1))
		return MOUNT_NODE_NONE;
	mounts->nodes[mounts->node_count] = (struct mount_place){.name = name, .length = (uint16_t)length};
	return (mount_node)mounts->node_count++;
}

static void plant(struct mounts *mounts, const char *rest, enum mount_verdict verdict)
{
	mount_node at = 1;

	while (*rest) {
		rest += *rest == '/';
		size_t length = strcspn(rest, "/");
		mount_node child = mounts->nodes[at].first;

		while (child &&
		       (mounts->nodes[child].length != length || memcmp(mounts->nodes[child].name, rest, length)))
			child = mounts->nodes[child].next;
		if (!child) {
			child = new_node(mounts, rest, length);
			if (!child) {
				mounts->lost = true;
				return;
			}
			mounts->nodes[child].next = mounts->nodes[at].first;
			mounts->nodes[at].first = child;
		}
		at = child;
		rest += length;
	}
	mounts->nodes[at].verdict = (uint8_t)verdict;
}

struct mounts *mounts_read(const char *root, dev_t root_dev, uint64_t root_mount, const struct scan_counting *counting,
                           const char *table)
{
	struct mounts *mounts = alloc_zero(struct mounts);

	if (!mounts)
		return NULL;
	if (take_table(mounts, table, root))
		goto fail;
	if (find_own(mounts, root, root_dev, root_mount) || judge(mounts, root, root_dev, counting))
		goto fail;
	new_node(mounts, "", 0);
	if (!new_node(mounts, "", 0))
		goto fail;
	for (size_t i = 0; i < mounts->count; i++) {
		struct mount *mount = &mounts->items[i];
		const char *rest = path_below(mount->point, root);

		if (!mount->own && !mount->hidden && rest && *rest)
			plant(mounts, rest, mount->verdict);
	}
	return mounts;
fail:
	mounts_free(mounts);
	errno = ENOMEM;
	return NULL;
}

struct mounts *mounts_below(const char *root, const struct scan_counting *counting)
{
	struct statx st = {0};

	/* If it is not there, nothing lies below it. */
	if (statx(AT_FDCWD, root, AT_NO_AUTOMOUNT, STATX_MNT_ID, &st))
		return mounts_read(root, 0, 0, counting, "/dev/null");
	return mounts_read(root, makedev(st.stx_dev_major, st.stx_dev_minor),
	                   st.stx_mask & STATX_MNT_ID ? st.stx_mnt_id : 0, counting, NULL);
}

void mounts_free(struct mounts *mounts)
{
	if (!mounts)
		return;
	mount_table_free(&mounts->table);
	free(mounts->own_root);
	free(mounts->items);
	free(mounts->nodes);
	free(mounts);
}

bool mounts_all_known(const struct mounts *mounts)
{
	return mounts->count && !mounts->lost;
}

mount_node mounts_find(const struct mounts *mounts, const char *relative)
{
	mount_node node = mounts->nodes[1].first ? 1 : MOUNT_NODE_NONE;
	enum mount_verdict verdict;

	while (node && *relative) {
		size_t length = strcspn(relative, "/");

		node = mounts_child(mounts, node, relative, length, &verdict);
		relative += length;
		relative += *relative == '/';
	}
	return node;
}

mount_node mounts_child(const struct mounts *mounts, mount_node node, const char *name, size_t length,
                        enum mount_verdict *verdict)
{
	*verdict = MOUNT_NONE;
	for (mount_node child = mounts->nodes[node].first; child; child = mounts->nodes[child].next) {
		const struct mount_place *at = &mounts->nodes[child];

		if (at->length != length || memcmp(at->name, name, length))
			continue;
		*verdict = (enum mount_verdict)at->verdict;
		return child;
	}
	return MOUNT_NODE_NONE;
}

/* ---- changes ---- */

int mounts_notify(void)
{
	int fd = open(MOUNTINFO, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* In an order in which equal ones, and those of one place, are neighbours. */
static int compare_mounts(const void *x, const void *y)
{
	const struct mount *a = *(struct mount *const *)x, *b = *(struct mount *const *)y;
	int by_point = strcmp(a->point, b->point), by_root = by_point ? 0 : strcmp(a->root, b->root);

	if (by_point || by_root)
		return by_point ? by_point : by_root;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return (a->verdict > b->verdict) - (a->verdict < b->verdict);
}

/* Those that can be met below the root; NULL without memory. */
static struct mount **met(const struct mounts *mounts, const char *root, size_t *count)
{
	struct mount **list = alloc_array(mounts->count + 1, sizeof(*list));

	*count = 0;
	for (size_t i = 0; list && i < mounts->count; i++) {
		struct mount *mount = &mounts->items[i];
		const char *rest = path_below(mount->point, root);

		if (!mount->own && !mount->hidden && rest && *rest)
			list[(*count)++] = mount;
	}
	if (list)
		qsort(list, *count, sizeof(*list), compare_mounts);
	return list;
}

int mounts_compare(const struct mounts *before, const struct mounts *now, const char *root,
                   void (*changed)(void *context, const char *place), void *context)
{
	size_t old_count, new_count, i = 0, k = 0;
	struct mount **old = met(before, root, &old_count), **new = met(now, root, &new_count);
	int result = old && new ? 0 : -ENOMEM;

	while (!result && (i < old_count || k < new_count)) {
		int order = i == old_count ? 1 : k == new_count ? -1 : compare_mounts(&old[i], &new[k]);

		if (order)
			changed(context, path_below(order < 0 ? old[i]->point : new[k]->point, root));
		i += order <= 0;
		k += order >= 0;
	}
	free(old);
	free(new);
	return result;
}
