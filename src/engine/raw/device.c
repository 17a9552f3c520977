/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/raw/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAGIC_EXT 0xef53

bool device_is_ext(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == MAGIC_EXT;
}

/* Its name below /dev, as the kernel has it: /dev/block/ is udev's, and not everywhere.  0 or -errno. */
static int name_of(dev_t dev, char *out, size_t size)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/uevent", major(dev), minor(dev));
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t got = read(fd, text, sizeof(text) - 1);

	close(fd);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	char *name = strstr(text, "DEVNAME=");

	if (!name || (name != text && name[-1] != '\n'))
		return -ENODEV;
	name += strlen("DEVNAME=");
	int length = snprintf(out, size, "/dev/%.*s", (int)strcspn(name, "\n"), name);

	return length > 0 && (size_t)length < size ? 0 : -ENAMETOOLONG;
}

int device_open(dev_t dev)
{
	char name[256];
	struct stat st;
	int rc = name_of(dev, name, sizeof(name));

	if (rc)
		return rc;
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_NOATIME);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		rc = -errno;
	else if (!S_ISBLK(st.st_mode) || st.st_rdev != dev)
		rc = -ENODEV;
	/* Large reads stay whole, and nothing is read that was not asked for. */
	if (!rc)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	if (rc)
		close(fd);
	return rc ? rc : fd;
}
