/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/system/open_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/kernel.h"
#include "base/mountinfo.h"
#include "engine/system/open_list.h"
#include "engine/system/process.h"

#define DELETED " (deleted)" /* the kernel says so behind a path: and so may a name itself */
#define CANCEL_EVERY 256     /* descriptors */

/* Another number of a file system: one of btrfs's for each subvolume. */
struct alias {
	dev_t dev;
	bool wanted;
};

struct open_pass {
	struct open_list list;
	const _Atomic bool *cancel;
	struct alias *aliases;
	size_t alias_count, alias_capacity;
	unsigned unseen;
	/* the process that is looked at */
	pid_t pid;
	int folder; /* /proc/PID */
	bool owner; /* it has been entered in the list */
};

static bool cancelled(const struct open_pass *pass)
{
	return pass->cancel && atomic_load_explicit(pass->cancel, memory_order_relaxed);
}

/* ---- whose file system it is ---- */

static FILE *open_text(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file && fd >= 0)
		close(fd);
	return file;
}

/* The table's number of a mount that the process sees; 0 = it does not.  0 or -ENOMEM. */
static int table_device(int folder, uint64_t mount, dev_t *dev)
{
	FILE *table = open_text(folder, "mountinfo");
	char *line = NULL;
	size_t size = 0;
	struct mountinfo info;

	*dev = 0;
	errno = 0;
	while (table && !*dev && alloc_line(&line, &size, table) > 0)
		if (mountinfo_split(line, &info) && info.id == mount)
			*dev = info.dev;
	int rc = table && errno == ENOMEM ? -ENOMEM : 0;

	free(line);
	if (table)
		fclose(table);
	return rc;
}

/* 1 yes, 0 no, -ENOMEM.  Only numbers without a device behind them can be another's: each is asked about once. */
static int belongs(struct open_pass *pass, const struct statx *st)
{
	dev_t dev = makedev(st->stx_dev_major, st->stx_dev_minor);

	if (open_list_wants(&pass->list, dev))
		return 1;
	if (st->stx_dev_major || !pass->list.anonymous)
		return 0;
	for (size_t i = 0; i < pass->alias_count; i++)
		if (pass->aliases[i].dev == dev)
			return pass->aliases[i].wanted;
	dev_t number;

	if (alloc_room(&pass->aliases, &pass->alias_capacity, pass->alias_count + 1) ||
	    table_device(pass->folder, statx_mount(st), &number))
		return -ENOMEM;
	pass->aliases[pass->alias_count] = (struct alias){.dev = dev, .wanted = open_list_wants(&pass->list, number)};
	return pass->aliases[pass->alias_count++].wanted;
}

/* ---- one file of a process ---- */

/* The process holds it.  Its name is asked for when the first of its files is met. */
static int hold(struct open_pass *pass, uint32_t place)
{
	struct process process;
	int rc = 0;

	if (!pass->owner) {
		bool known = !process_read(pass->pid, &process);

		rc = open_list_owner(&pass->list, pass->pid, known ? process_name(&process) : "");
		pass->owner = !rc;
	}
	return rc ? rc : open_list_hold(&pass->list, place);
}

/* What a link of /proc says that it leads to; "" when it says nothing. */
static char *told_path(int folder, const char *link, bool deleted)
{
	char path[PATH_MAX];
	ssize_t n = readlinkat(folder, link, path, sizeof(path));
	size_t tail = strlen(DELETED);

	if (n < 0)
		n = 0;
	if (deleted && (size_t)n >= tail && !memcmp(path + n - tail, DELETED, tail))
		n -= (ssize_t)tail;
	return alloc_copy(path, (size_t)n);
}

/* What a link of /proc leads to.  0, also when it is nothing of ours; or -errno of the look itself, -ENOMEM. */
static int look(struct open_pass *pass, int folder, const char *link)
{
	struct statx st = {0};

	/* Who holds a file of a dead server is not waited for. */
	if (statx(folder, link, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
	          STATX_TYPE | STATX_NLINK | STATX_INO | STATX_BLOCKS | STATX_MNT_ID, &st))
		return -errno;
	/* A link's text may end as that of a deleted file: the number of names does not lie. */
	bool deleted = st.stx_mask & STATX_NLINK && !st.stx_nlink;
	int mine = S_ISDIR(st.stx_mode) && !deleted ? 0 : belongs(pass, &st);

	if (mine <= 0)
		return mine;
	struct open_file file = {
		.dev = makedev(st.stx_dev_major, st.stx_dev_minor),
		.ino = st.stx_ino,
		.bytes = figure_of_blocks(st.stx_blocks),
		.bytes_known = true,
		.deleted = deleted,
	};
	uint32_t place = open_list_find(&pass->list, file.dev, file.ino);
	int rc = 0;

	if (place == HASH_NONE)
		rc = open_list_add(&pass->list, &file, told_path(folder, link, deleted), &place);
	return rc ? rc : hold(pass, place);
}

/* Only lack of memory ends the pass: what cannot be looked at is gone, or not ours. */
static int only_memory(int rc)
{
	return rc == -ENOMEM ? rc : 0;
}

/* ---- what a process has ---- */

static int look_at_descriptors(struct open_pass *pass)
{
	int fd = openat(pass->folder, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *descriptors = fd < 0 ? NULL : fdopendir(fd);
	unsigned n = 0;
	int rc = 0;

	if (!descriptors) {
		if (fd >= 0)
			close(fd);
		pass->unseen += errno == EACCES || errno == EPERM;
		return errno == ENOMEM ? -ENOMEM : 0;
	}
	for (struct dirent *entry; !rc && (entry = readdir(descriptors));) {
		if (entry->d_name[0] != '.')
			rc = only_memory(look(pass, fd, entry->d_name));
		if (!rc && ++n % CANCEL_EVERY == 0 && cancelled(pass))
			rc = -ECANCELED;
	}
	closedir(descriptors);
	return rc;
}

/* A mapping that only its text tells of: the kernel shows the file itself to root alone. */
static int take_told(struct open_pass *pass, dev_t dev, ino_t ino, const char *path)
{
	size_t n = strlen(path), tail = strlen(DELETED);
	struct stat st;
	bool there = !stat(path, &st) && st.st_ino == ino && st.st_dev == dev;
	struct open_file file = {
		.dev = dev,
		.ino = ino,
		.bytes = there ? figure_of_blocks((uint64_t)st.st_blocks) : 0,
		.bytes_known = there,
		.deleted = !there && n > tail && !strcmp(path + n - tail, DELETED),
	};
	uint32_t place;
	int rc = open_list_add(&pass->list, &file, alloc_copy(path, file.deleted ? n - tail : n), &place);

	return rc ? rc : hold(pass, place);
}

/* 7f0c-7f1c r-xp 00000000 fd:01 1311204          /usr/lib/libc.so.6 */
static int look_at_mapping(struct open_pass *pass, int files, char *line)
{
	unsigned long from, to, ino;
	unsigned dev_major, dev_minor;
	int at = 0;
	char link[64];

	if (sscanf(line, "%lx-%lx %*s %*x %x:%x %lu %n", &from, &to, &dev_major, &dev_minor, &ino, &at) < 5 || !ino)
		return 0;
	dev_t dev = makedev(dev_major, dev_minor);
	bool exact = open_list_wants(&pass->list, dev);
	uint32_t known = exact ? open_list_find(&pass->list, dev, ino) : HASH_NONE;

	if (!exact && (dev_major || !pass->list.anonymous))
		return 0;
	/* The table's number is not stat's everywhere, but where something is known under it, it is. */
	if (known != HASH_NONE)
		return hold(pass, known);
	snprintf(link, sizeof(link), "%lx-%lx", from, to);
	int rc = files < 0 ? -EPERM : look(pass, files, link);

	if (rc != -EPERM || !exact)
		return only_memory(rc);
	line[at + (int)strcspn(line + at, "\n")] = '\0';
	return line[at] == '/' ? take_told(pass, dev, ino, line + at) : 0;
}

static int look_at_mappings(struct open_pass *pass)
{
	int files = openat(pass->folder, "map_files", O_PATH | O_DIRECTORY | O_CLOEXEC);
	FILE *maps = open_text(pass->folder, "maps");
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	errno = 0;
	while (maps && !rc && alloc_line(&line, &size, maps) > 0)
		rc = look_at_mapping(pass, files, line);
	/* What is gone or refused is left out; half a list would be a lie. */
	if (maps && !rc && errno == ENOMEM)
		rc = -ENOMEM;
	free(line);
	if (maps)
		fclose(maps);
	if (files >= 0)
		close(files);
	return rc;
}

static int look_at_process(struct open_pass *pass, const char *name)
{
	static const char *const links[] = {"exe", "cwd", "root"};

	pass->pid = (pid_t)strtol(name, NULL, 10);
	pass->owner = false;
	int rc = look_at_descriptors(pass);

	for (size_t i = 0; !rc && i < sizeof(links) / sizeof(*links); i++)
		rc = only_memory(look(pass, pass->folder, links[i]));
	return rc ? rc : look_at_mappings(pass);
}

static int look_at_processes(struct open_pass *pass)
{
	DIR *processes = opendir("/proc");
	int rc = processes ? 0 : -errno;

	for (struct dirent *entry; !rc && (entry = readdir(processes));) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		pass->folder = openat(dirfd(processes), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (pass->folder < 0)
			continue;
		rc = cancelled(pass) ? -ECANCELED : look_at_process(pass, entry->d_name);
		close(pass->folder);
	}
	if (processes)
		closedir(processes);
	return rc;
}

int open_files_read(const dev_t *devices, size_t device_count, const _Atomic bool *cancel, struct open_files **out)
{
	struct open_pass pass = {.list = {.devices = devices, .device_count = device_count}, .cancel = cancel};

	for (size_t i = 0; i < device_count; i++)
		pass.list.anonymous |= !major(devices[i]);
	int rc = look_at_processes(&pass);

	if (!rc)
		rc = open_kernel_read(&pass.list);
	if (!rc)
		rc = open_list_finish(&pass.list, out);
	if (!rc)
		(*out)->unseen = pass.unseen;
	open_list_free(&pass.list);
	free(pass.aliases);
	return rc;
}
