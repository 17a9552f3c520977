/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYSTEM_OPEN_FILES_H
#define ENGINE_SYSTEM_OPEN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The files of some file systems that somebody holds open, from one pass over /proc: descriptors, mappings, programs
 * that run, folders that somebody stands in, loop devices, swap files.  A list once made never changes.
 *
 * Not found: what is in flight between two processes, what the kernel serves to other machines, other pid namespaces
 * seen from inside one.
 */

struct open_holder {
	pid_t pid;        /* 0 = the kernel */
	const char *name; /* its unit or its command (process.h); "loop0", "swap" */
};

/** Directories only when they are deleted: standing in a folder keeps nobody from removing it. */
struct open_file {
	dev_t dev; /* as stat() tells it */
	ino_t ino;
	uint64_t bytes;   /* allocated */
	bool bytes_known; /* false: the kernel does not tell: behind a loop device; mapped, and we are not root */
	bool deleted;     /* it has no name any more, and goes when the last of them lets go of it */
	const char *path; /* where it lies, or lay, for who holds it: a container has names of its own.  Bytes */
	const struct open_holder *holders; /* each process once */
	size_t holder_count;
};

struct open_files {
	struct open_file *items; /* the largest first */
	size_t count;
	unsigned unseen; /* processes whose files are not ours to see */
};

/**
 * All that lie in these file systems, named by st_dev or by the number in the kernel's mount table: where the two
 * differ (btrfs, with one per subvolume) the table's stands for the whole.
 * Takes about a microsecond a descriptor: not for the thread that paints.  Asks no server of a network file system.
 * `cancel` is polled; may be NULL.  0, -ECANCELED, -ENOMEM, -errno when there is no /proc.
 */
int open_files_read(const dev_t *devices, size_t device_count, const _Atomic bool *cancel, struct open_files **out);

/** The names of who holds it: "nginx.service", "rsyslogd, tail"; at most three, then "...".  Bytes.  To be freed. */
char *open_file_names(const struct open_file *file);

void open_files_free(struct open_files *files);

#endif
