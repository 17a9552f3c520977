/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * own_mounts COMMAND [ARGUMENT...]: COMMAND where nobody else sees what it mounts, in a chroot too; an ordinary user is
 * root there of a user namespace.  It ends with 77, like a test that is skipped, where no such place can be had.
 */
#include "private_mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SKIPPED 77

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

static bool become_root(void)
{
	char users[32], groups[32];

	snprintf(users, sizeof(users), "0 %u 1", geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", getegid());
	return !unshare(CLONE_NEWUSER) && write_file("/proc/self/setgroups", "deny") &&
		write_file("/proc/self/uid_map", users) && write_file("/proc/self/gid_map", groups);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if ((geteuid() && !become_root()) || private_mounts())
		return SKIPPED;
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
