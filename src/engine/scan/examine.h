/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SCAN_EXAMINE_H
#define ENGINE_SCAN_EXAMINE_H

#include "engine/scan/scan_rules.h"

/** What the entries of one directory have in common, for whoever looks at them: a worker, or the applier. */
struct reading {
	const struct scan_rules *rules;
	struct scan_worker *worker; /* NULL: the applier's */
	struct scan *scan;          /* the worker's */
	struct buf *path;           /* room for the directory's, when patterns need it; borrowed */
	dir_id dir;
	int fd; /* of the open directory; borrowed */
	mount_node node;
	uint16_t fs;
	uint32_t dev_major, dev_minor;
};

/** For no worker. */
void reading_begin(struct reading *reading, const struct scan_rules *rules, struct buf *path, dir_id dir, int fd,
                   mount_node node);

/** Patterns with a slash need the directory's path: to be called before its entries are examined.  0 or -ENOMEM. */
int reading_path(const struct reading *reading);

/**
 * What lies under a name now, by the rules of the scan.  entry->name (NUL-terminated) and length are set, all else is
 * 0, but for the inode where the directory was read without being opened (fd -1); `type` is the kernel's d_type.
 * 0, -ENOENT (nothing any more), -ENOMEM, -ECANCELED (the scan was stopped).
 */
int reading_examine(const struct reading *reading, unsigned char type, struct entry *entry);

/**
 * What an open directory (O_PATH will do) says of itself, DIR_MOUNT at the top of a mount; its mount's id (0 = unknown)
 * and device.  0 or -errno.
 */
int scan_entry_of(int fd, struct entry *entry, uint64_t *mount, dev_t *dev);

#endif
