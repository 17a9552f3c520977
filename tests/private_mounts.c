/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "private_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * In a chroot `/` need not be a mount point, and the mount that it lies in cannot be named.  Nothing mounted in there
 * may reach the namespace that this one is a copy of, so: out of the chroot (who stands outside of his root can walk
 * up), make all mounts private, and in again.
 */
static bool make_private(void)
{
	if (!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return true;
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool done = errno == EINVAL && root >= 0 && here >= 0 && !fchdir(root) && !chroot("tmp");
	struct stat below, above;

	while (done) {
		done = !stat(".", &below) && !stat("..", &above) && !chdir("..");
		if (below.st_ino == above.st_ino && below.st_dev == above.st_dev)
			break;
	}
	done = done && !chroot(".") && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (root >= 0)
		done = !fchdir(root) && !chroot(".") && !fchdir(here) && done;
	close(root);
	close(here);
	return done;
}

int private_mounts(void)
{
	return !unshare(CLONE_NEWNS) && make_private() ? 0 : errno ? -errno : -EPERM;
}

int private_tmpfs(const char *folder, const char *options)
{
	int rc = private_mounts();

	return !rc && mount("tmpfs", folder, "tmpfs", 0, options) ? -errno : rc;
}
