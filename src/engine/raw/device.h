/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_RAW_DEVICE_H
#define ENGINE_RAW_DEVICE_H

#include <stdbool.h>
#include <sys/types.h>

/** Is the directory open as `fd` on ext2, ext3 or ext4? */
bool device_is_ext(int fd);

/**
 * Open the block device that a mounted file system lies on, to read it: `dev` is stat's st_dev, and what is opened has
 * that number.  Reads go through the same pages that the file system has its tables in, and so are never old.  A
 * descriptor, or -errno; being root may not be enough (containers).
 */
int device_open(dev_t dev);

#endif
