/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_KERNEL_H
#define BASE_KERNEL_H

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/*
 * Linux's interface where a C library does not have all of it: an older glibc, musl.  Numbers and layouts are the
 * kernel's, and never change.
 */

#ifndef __GLIBC__
#define dirent64 dirent /* musl: the same, under one name */

static inline ssize_t getdents64(int fd, void *buffer, size_t size)
{
	return syscall(SYS_getdents64, fd, buffer, size);
}
#endif

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif

/**
 * The mount that the file lies in, 0 = the kernel does not say.  Asked for by STATX_MNT_ID; musl's struct statx has no
 * field for it.
 */
static inline uint64_t statx_mount(const struct statx *st)
{
	uint64_t id;

	memcpy(&id, (const char *)st + 144, sizeof(id));
	return st->stx_mask & STATX_MNT_ID ? id : 0;
}

#endif
