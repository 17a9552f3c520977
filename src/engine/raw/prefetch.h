/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_RAW_PREFETCH_H
#define ENGINE_RAW_PREFETCH_H

#include <sys/types.h>

/*
 * A large tree that is not in memory costs a request to the disk for every few entries, one behind the other.  Read
 * before in the order of the disk - all tables of inodes, then all blocks of directories - it costs a few hundred large
 * ones.  What is read is thrown away: it only fills the kernel's cache, from which the ordinary scan then reads, so
 * that nothing can be wrong.
 */

/**
 * Do that for the ext2, ext3 or ext4 that is mounted from device `dev`.  Blocks until it is done, or *stop is not 0,
 * or it seems of no use: no permission, too little memory.  Thread: any.  0, or why not: -errno.
 */
int prefetch_run(dev_t dev, const _Atomic int *stop);

#endif
