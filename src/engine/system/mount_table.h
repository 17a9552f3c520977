/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYSTEM_MOUNT_TABLE_H
#define ENGINE_SYSTEM_MOUNT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A line of the kernel's table (base/mountinfo.h). */
struct mount_entry {
	uint64_t id, parent;
	dev_t dev;   /* the file system's number here; stat() may have others (btrfs: one per subvolume) */
	char *root;  /* path of what is mounted in its file system */
	char *point; /* where */
	char *type, *source;
	bool hidden; /* nothing of it can be reached by a path: others lie on it */
};

struct mount_table {
	struct mount_entry *items; /* in the kernel's order: what lies on something comes behind it */
	size_t count, capacity;
};

/**
 * Read the table: `file`, or NULL for the kernel's.  `around`: only mounts above, at and below that path; NULL = all.
 * One that cannot be read is empty.  0 or -ENOMEM, the table is then empty.
 */
int mount_table_read(struct mount_table *table, const char *file, const char *around);
void mount_table_free(struct mount_table *table);

/** The mount of that number, or NULL. */
struct mount_entry *mount_table_find(const struct mount_table *table, uint64_t id);

/**
 * The mount that a path lies in: `mount` is its number as statx() tells it; where that is 0 the deepest one of the
 * device.  NULL when the table does not know.
 */
struct mount_entry *mount_table_of(const struct mount_table *table, const char *path, dev_t dev, uint64_t mount);

#endif
