/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYSTEM_FS_KIND_H
#define ENGINE_SYSTEM_FS_KIND_H

#include <stdbool.h>
#include <stdint.h>

/** Where what a file system shows really is. */
enum fs_kind {
	FS_DISK, /* on a disk of this machine; also whatever is not known */
	FS_KERNEL,
	FS_MEMORY,
	FS_OVERLAY, /* on others of this machine */
	FS_FUSE,    /* a program answers, or does not */
	FS_NETWORK, /* another machine answers, or does not */
	FS_AUTOFS,  /* nowhere yet: to look is to mount */
};

/** By its name in the kernel's mount table. */
enum fs_kind fs_kind_of_name(const char *name);

/** By statfs f_type, as are the next two. */
enum fs_kind fs_kind_of_magic(uint64_t magic);

/** Does a program or another machine answer, with whatever it likes? */
static inline bool fs_kind_is_remote(uint64_t magic)
{
	enum fs_kind kind = fs_kind_of_magic(magic);

	return kind == FS_FUSE || kind == FS_NETWORK;
}

/** Are its inode numbers made up anew now and then, so that they do not tell what a directory was? */
bool fs_kind_is_fleeting(uint64_t magic);

#endif
