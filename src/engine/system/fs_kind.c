/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/system/fs_kind.h"

#include <stddef.h>
#include <string.h>

/* By name in mountinfo and by statfs f_type: linux/magic.h and the file systems' own sources. */
static const struct {
	const char *name;
	uint64_t magic;
	enum fs_kind kind;
	bool fleeting;
} kinds[] = {
	{"binfmt_misc", 0x42494e4d, FS_KERNEL},
	{"bpf", 0xcafe4a11, FS_KERNEL},
	{"cgroup", 0x27e0eb, FS_KERNEL},
	{"cgroup2", 0x63677270, FS_KERNEL},
	{"configfs", 0x62656570, FS_KERNEL},
	{"debugfs", 0x64626720, FS_KERNEL},
	{"devpts", 0x1cd1, FS_KERNEL},
	{"efivarfs", 0xde5e81e4, FS_KERNEL},
	{"fusectl", 0x65735543, FS_KERNEL},
	{"mqueue", 0x19800202, FS_KERNEL},
	{"nsfs", 0x6e736673, FS_KERNEL},
	{"proc", 0x9fa0, FS_KERNEL},
	{"pstore", 0x6165676c, FS_KERNEL},
	{"resctrl", 0x7655821, FS_KERNEL},
	{"rpc_pipefs", 0x67596969, FS_KERNEL},
	{"securityfs", 0x73636673, FS_KERNEL},
	{"selinuxfs", 0xf97cff8c, FS_KERNEL},
	{"smackfs", 0x43415d53, FS_KERNEL},
	{"sysfs", 0x62656572, FS_KERNEL},
	{"tracefs", 0x74726163, FS_KERNEL},
	{"9p", 0x01021997, FS_NETWORK, true},
	{"afs", 0x5346414f, FS_NETWORK},
	{"afs", 0x6b414653, FS_NETWORK},
	{"exfat", 0x2011bab0, FS_DISK, true},
	{"vfat", 0x4d44, FS_DISK, true},
	{"wslfs", 0x53464846, FS_DISK, true},
	{"autofs", 0x0187, FS_AUTOFS},
	{"ceph", 0x00c36400, FS_NETWORK},
	{"cifs", 0xff534d42, FS_NETWORK},
	{"coda", 0x73757245, FS_NETWORK},
	{"devtmpfs", 0x01021994, FS_MEMORY},
	{"fuse", 0x65735546, FS_FUSE, true},
	{"fuseblk", 0x65735546, FS_FUSE, true},
	{"gfs2", 0x01161970, FS_NETWORK},
	{"hugetlbfs", 0x958458f6, FS_MEMORY},
	{"lustre", 0x0bd00bd0, FS_NETWORK},
	{"ncpfs", 0x564c, FS_NETWORK},
	{"nfs", 0x6969, FS_NETWORK},
	{"nfs4", 0x6969, FS_NETWORK},
	{"ocfs2", 0x7461636f, FS_NETWORK},
	{"overlay", 0x794c7630, FS_OVERLAY, true},
	{"ramfs", 0x858458f6, FS_MEMORY},
	{"smb3", 0xfe534d42, FS_NETWORK},
	{"smbfs", 0x517b, FS_NETWORK},
	{"tmpfs", 0x01021994, FS_MEMORY},
	{"v9fs", 0x01021997, FS_NETWORK, true},
	{"virtiofs", 0x6a656a63, FS_NETWORK},
};

enum fs_kind fs_kind_of_name(const char *name)
{
	if (!strncmp(name, "fuse.", 5) || !strncmp(name, "fuseblk.", 8))
		return FS_FUSE;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return kinds[i].kind;
	return FS_DISK;
}

enum fs_kind fs_kind_of_magic(uint64_t magic)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].magic == magic)
			return kinds[i].kind;
	return FS_DISK;
}

bool fs_kind_is_fleeting(uint64_t magic)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].magic == magic)
			return kinds[i].fleeting;
	return false;
}
