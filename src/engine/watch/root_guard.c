/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/root_guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define SELF (IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define NAMES (IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)

/* Cut the last component off. */
static void to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	slash[slash == path] = '\0';
}

enum root_fate root_guard_fate(const struct tree *tree)
{
	struct stat there, above;
	struct node root;
	char *parent;

	tree_dir_node(tree, DIR_ROOT, &root);
	dev_t dev = tree_fs(tree, root.fs).dev;

	if (stat(tree_root_path(tree), &there))
		return ROOT_REMOVED;
	if (there.st_ino == root.ino && there.st_dev == dev)
		return ROOT_THERE;
	if (there.st_dev == dev)
		return ROOT_REPLACED;
	parent = alloc_copy(tree_root_path(tree), strlen(tree_root_path(tree)));
	if (!parent)
		return ROOT_REPLACED;
	to_parent(parent);
	bool mounted = stat(parent, &above) || above.st_dev != there.st_dev;

	free(parent);
	return mounted ? ROOT_COVERED : ROOT_UNMOUNTED;
}

int root_guard_open(const char *path)
{
	int guard = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), result = guard < 0 ? -errno : 0;
	uint32_t names = NAMES;
	char *above = alloc_copy(path, strlen(path));

	if (!result && !above)
		result = -ENOMEM;
	/* Itself if it is there, and the folder it lies in, or the nearest that there is. */
	if (!result && inotify_add_watch(guard, path, SELF) < 0) {
		result = errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
		names |= IN_CREATE;
	}
	for (bool more = path[1]; !result && more;) {
		to_parent(above);
		more = inotify_add_watch(guard, above, SELF | names) < 0 && above[1];
		if (more && errno != ENOENT && errno != ENOTDIR)
			result = -errno;
	}
	free(above);
	if (result && guard >= 0)
		close(guard);
	return result ? result : guard;
}

void root_guard_take(int guard)
{
	char events[4096];

	while (read(guard, events, sizeof(events)) > 0)
		;
}
