/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/alloc.h"

#define SELF (IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

int guard_open(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash == path ? 1 : (size_t)(slash - path);
	char *parent = alloc_copy(path, length);
	int guard = parent ? inotify_init1(IN_NONBLOCK | IN_CLOEXEC) : -1, result;

	if (guard < 0 || inotify_add_watch(guard, path, SELF) < 0 ||
	    (path[1] && inotify_add_watch(guard, parent, SELF | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO) < 0)) {
		result = parent ? -errno : -ENOMEM;
		if (guard >= 0)
			close(guard);
		guard = result;
	}
	free(parent);
	return guard;
}

void guard_take(int guard)
{
	char events[4096];

	while (read(guard, events, sizeof(events)) > 0)
		;
}
