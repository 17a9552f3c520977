/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYSTEM_FILE_SYSTEM_H
#define ENGINE_SYSTEM_FILE_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "engine/system/fs_kind.h"
#include "engine/system/mount_table.h"

/* What a file system says of itself, statvfs(3). */
struct file_system_usage {
	uint64_t size_bytes, used_bytes;
	uint64_t available_bytes;                       /* to everybody */
	uint64_t reserved_bytes;                        /* free, for root alone: neither used nor available */
	uint64_t inodes, inodes_used, inodes_available; /* inodes 0: it makes them as it needs them */
};

/** Of an open file or directory, O_PATH too.  May wait for a server.  0 or -errno. */
int file_system_usage(int fd, struct file_system_usage *out);

/** Used, of what everybody can use, in percent rounded up as df(1) does; 100 of nothing. */
int file_system_percent(uint64_t used, uint64_t available);

/** The file system that a path lies in. */
struct fs_info {
	char *path; /* as asked for */
	struct mount_table table;
	const struct mount_entry *mount; /* in the table; NULL: it is not there (a chroot that is no mount point) */
	dev_t dev;                       /* its number in the table, else stat's */
	dev_t stat_dev;                  /* the path's own */
	ino_t ino;
	struct file_system_usage usage; /* for the path: of its project, where one has a limit */
	bool project;                   /* they are those of a project's quota */
};

/** `path` is absolute, without symbolic links.  0, or -errno with a sentence. */
int file_system_read(const char *path, struct fs_info *out, struct err *err);
void file_system_clear(struct fs_info *fs);

/** Ask again for the figures.  0 or -errno. */
int file_system_refresh(struct fs_info *fs);

/** What counts as used and belongs to no file. */
struct file_system_metadata {
	uint64_t bytes;
	bool known; /* all of it; else what is known */
};

/**
 * Journal, tables, reserves: as far as it is among the used bytes, and as far as the file system tells (XFS, btrfs;
 * ext2 to ext4 and tmpfs have none there).  `cancel` is polled; may be NULL.
 */
struct file_system_metadata file_system_metadata(const struct fs_info *fs, const _Atomic bool *cancel);

#endif
