/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SCAN_MOUNTS_H
#define ENGINE_SCAN_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/scan/scan.h"

/*
 * The mounts below a scan's root, read from /proc/self/mountinfo (proc_pid_mountinfo(5)) before the scan, and what the
 * scan does with each.  Held as a tree of path components, so that a scan knows a mount point by its name before it
 * touches it:
 * a dead network mount or an autofs trigger is never asked anything.  Immutable; any number of threads.
 */
struct mounts;

enum mount_verdict {
	MOUNT_NONE, /* no mount point */
	MOUNT_ENTER,
	MOUNT_OTHERFS, /* shown, not entered: `>` */
	MOUNT_KERNFS,  /* `^` */
};

/** A place in that tree of path components. */
typedef uint16_t mount_node;
#define MOUNT_NODE_NONE 0 /* no mount point at or below */
#define MOUNT_NODE_BITS 11

/**
 * `root` is the resolved path, `root_mount` its mount's id (statx), 0 when unknown.  `table` is the file to read, NULL
 * for the kernel's.
 * Without a readable table nothing is known, and the scan decides by device as it meets them.  NULL + errno (ENOMEM).
 */
struct mounts *mounts_read(const char *root, dev_t root_dev, uint64_t root_mount, const struct scan_counting *counting,
                           const char *table);

/** The same of the kernel's table, for the folder that lies at `root` now. */
struct mounts *mounts_below(const char *root, const struct scan_counting *counting);
void mounts_free(struct mounts *mounts);

/** Is every mount below the root known, so that what has no node has no mount below it? */
bool mounts_all_known(const struct mounts *mounts);

/** The node of a path relative to the root; "" = the root itself. */
mount_node mounts_find(const struct mounts *mounts, const char *relative);

/** The child of that name: its node, and what to do when it is a mount point itself. */
mount_node mounts_child(const struct mounts *mounts, mount_node node, const char *name, size_t length,
                        enum mount_verdict *verdict);

/**
 * A descriptor that poll(2) reports POLLPRI on when the kernel's table has become another one since it was opened, or
 * since it was reported last.
 * The caller closes it.  -errno: there is no /proc.
 */
int mounts_notify(void);

/**
 * Tell where below the root a mount came, went, or is to be treated otherwise; `place` is relative to it, and may be
 * told twice.
 * Mounts that another one hides are not there.  0 or -ENOMEM: nothing was told.
 */
int mounts_compare(const struct mounts *before, const struct mounts *now, const char *root,
                   void (*changed)(void *context, const char *place), void *context);

/** What to do with a mount of this kind (statfs f_type), met below the root. */
enum mount_verdict mounts_judge(uint64_t magic, const struct scan_counting *counting);

/**
 * Position (d_off of the last entry) that says a listing of this kind of file system is at its end; 0 = none is known.
 * A call that left room in the buffer says nothing: a pending signal, a stop by Ctrl-Z among them, ends it early
 * (filldir64() in fs/readdir.c).
 */
int64_t mounts_list_end(uint64_t magic);

/** Is it a disk with heads?  (Virtual disks that say so are not believed.) */
bool mounts_rotational(dev_t dev);

#endif
