/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that the kernel itself holds: those behind loop devices, and swap files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/mountinfo.h"
#include "engine/system/open_list.h"

#define BLOCK_DEVICES "/sys/block"
#define SWAPS "/proc/swaps"
#define DELETED " (deleted)"

/* Of a file whose name is known, as it is now. */
static int hold_named(struct open_list *list, const char *path, const char *holder)
{
	struct stat st;
	uint32_t place;
	int rc;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || !open_list_wants(list, st.st_dev))
		return 0;
	place = open_list_find(list, st.st_dev, st.st_ino);
	if (place == HASH_NONE) {
		struct open_file file = {
			.dev = st.st_dev,
			.ino = st.st_ino,
			.bytes = figure_of_blocks((uint64_t)st.st_blocks),
			.bytes_known = true,
		};

		rc = open_list_add(list, &file, alloc_text(path), &place);
		if (rc)
			return rc;
	}
	rc = open_list_owner(list, 0, holder);
	return rc ? rc : open_list_hold(list, place);
}

/* A loop device's file that has no name any more: the device says which it is, nobody how large. */
static int hold_deleted(struct open_list *list, const char *path, const char *holder)
{
	char device[NAME_MAX + 8];
	struct loop_info64 info;
	uint32_t place;
	int rc = 0;

	snprintf(device, sizeof(device), "/dev/%s", holder);
	int fd = open(device, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool told = fd >= 0 && !ioctl(fd, LOOP_GET_STATUS64, &info) && open_list_wants(list, (dev_t)info.lo_device);

	if (fd >= 0)
		close(fd);
	if (!told)
		return 0;
	place = open_list_find(list, (dev_t)info.lo_device, (ino_t)info.lo_inode);
	if (place == HASH_NONE) {
		struct open_file file = {
			.dev = (dev_t)info.lo_device,
			.ino = (ino_t)info.lo_inode,
			.deleted = true,
		};

		rc = open_list_add(list, &file, alloc_text(path), &place);
	}
	if (!rc)
		rc = open_list_owner(list, 0, holder);
	return rc ? rc : open_list_hold(list, place);
}

static int read_loop(struct open_list *list, const char *name)
{
	char text[PATH_MAX + 64], file[NAME_MAX + 64];
	struct stat st;

	snprintf(file, sizeof(file), BLOCK_DEVICES "/%s/loop/backing_file", name);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 1)
		return 0;
	n -= text[n - 1] == '\n';
	text[n] = '\0';
	size_t tail = strlen(DELETED);

	/* A name may end so, too: then the file is there. */
	if ((size_t)n <= tail || strcmp(text + n - tail, DELETED) || !stat(text, &st))
		return hold_named(list, text, name);
	text[(size_t)n - tail] = '\0';
	return hold_deleted(list, text, name);
}

static int read_loops(struct open_list *list)
{
	DIR *devices = opendir(BLOCK_DEVICES);
	int rc = 0;

	for (struct dirent *entry; !rc && devices && (entry = readdir(devices));)
		if (!strncmp(entry->d_name, "loop", 4))
			rc = read_loop(list, entry->d_name);
	if (devices)
		closedir(devices);
	return rc;
}

/* Filename Type Size Used Priority; blanks in a name are octal. */
static int read_swaps(struct open_list *list)
{
	FILE *table = fopen(SWAPS, "re");
	char *line = NULL, *save;
	size_t size = 0;
	int rc = 0;

	errno = 0;
	while (table && !rc && alloc_line(&line, &size, table) > 0) {
		char *path = strtok_r(line, " \t", &save), *type = path ? strtok_r(NULL, " \t", &save) : NULL;

		if (!type || strcmp(type, "file"))
			continue;
		mountinfo_unescape(path);
		rc = hold_named(list, path, "swap");
	}
	if (table && errno == ENOMEM)
		rc = -ENOMEM;
	free(line);
	if (table)
		fclose(table);
	return rc;
}

int open_kernel_read(struct open_list *list)
{
	int rc = read_loops(list);

	return rc ? rc : read_swaps(list);
}
