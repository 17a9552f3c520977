/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metadata among the used bytes, by file system.
 *
 *   ext2, ext3, ext4   none: statvfs() leaves tables and journal out of the size already (bsddf).  Of what is in no
 *                      table but in no folder either, the file of the resize inode is the largest, a few blocks
 *   XFS                the log is not in the size.  Inode chunks, the heads of allocation groups, and what is free but
 *                      kept for itself: so much more is free by its map than statvfs() says
 *   btrfs              trees, in two copies mostly, and the global reserve, which counts as used though it is empty
 *   tmpfs              none
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/fsmap.h>
#include <linux/types.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "engine/system/file_system.h"

static bool cancelled(const _Atomic bool *cancel)
{
	return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

/* ---- XFS: fs/xfs/libxfs/xfs_fs.h ---- */

struct xfs_geometry {
	__u32 blocksize, rtextsize, agblocks, agcount, logblocks, sectsize, inodesize, imaxpct;
	__u64 datablocks, rtblocks, rtextents, logstart;
	__u8 uuid[16];
	__u32 sunit, swidth;
	__s32 version;
	__u32 flags, logsectsize, rtsectsize, dirblocksize;
};

struct xfs_counts {
	__u64 freedata, freertx, freeino, allocino;
};

#define XFS_GEOMETRY _IOR('X', 100, struct xfs_geometry)
#define XFS_COUNTS _IOR('X', 113, struct xfs_counts)
#define XFS_TREES (1u << 17 | 1u << 19 | 1u << 20) /* free inodes, reverse map, reference counts: one more root each */
#define MAP_AT_ONCE 4096                           /* extents */

/* As the kernel writes a device number in 32 bits. */
static __u32 encoded(dev_t dev)
{
	return (major(dev) << 8) | (minor(dev) & 0xff) | ((minor(dev) & ~0xffu) << 12);
}

/* Bytes that are free by the map of the data device.  0, or -errno. */
static int mapped_free(int fd, dev_t dev, const _Atomic bool *cancel, uint64_t *out)
{
	struct fsmap_head *map = alloc_array(1, fsmap_sizeof(MAP_AT_ONCE));
	int rc = map ? 0 : -ENOMEM;

	*out = 0;
	if (map) {
		map->fmh_count = MAP_AT_ONCE;
		map->fmh_keys[0].fmr_device = map->fmh_keys[1].fmr_device = encoded(dev);
		map->fmh_keys[1].fmr_flags = UINT32_MAX;
		map->fmh_keys[1].fmr_physical = map->fmh_keys[1].fmr_owner = UINT64_MAX;
		map->fmh_keys[1].fmr_offset = UINT64_MAX;
	}
	for (bool more = true; !rc && more;) {
		rc = cancelled(cancel) ? -ECANCELED : ioctl(fd, FS_IOC_GETFSMAP, map) ? -errno : 0;
		for (__u32 i = 0; !rc && i < map->fmh_entries; i++)
			if (map->fmh_recs[i].fmr_flags & FMR_OF_SPECIAL_OWNER &&
			    map->fmh_recs[i].fmr_owner == FMR_OWN_FREE)
				*out += map->fmh_recs[i].fmr_length;
		more = !rc && map->fmh_entries && !(map->fmh_recs[map->fmh_entries - 1].fmr_flags & FMR_OF_LAST);
		if (more)
			fsmap_advance(map);
	}
	free(map);
	return rc;
}

static struct file_system_metadata xfs_metadata(int fd, const struct fs_info *fs, const _Atomic bool *cancel)
{
	struct file_system_metadata metadata = {0};
	struct xfs_geometry geometry;
	struct xfs_counts counts;
	uint64_t by_map;

	if (ioctl(fd, XFS_GEOMETRY, &geometry) || ioctl(fd, XFS_COUNTS, &counts))
		return metadata;
	/* Four sectors of heads; the roots of two trees of free space, of inodes, and of those that it may have. */
	uint64_t heads = (4 * (uint64_t)geometry.sectsize + geometry.blocksize - 1) / geometry.blocksize + 3 +
	                 (uint64_t)__builtin_popcount(geometry.flags & XFS_TREES);

	metadata.bytes = counts.allocino * geometry.inodesize + heads * geometry.blocksize * geometry.agcount;
	if (mapped_free(fd, fs->dev, cancel, &by_map))
		return metadata;
	uint64_t told = fs->usage.size_bytes - fs->usage.used_bytes;

	metadata.bytes += by_map > told ? by_map - told : 0;
	metadata.known = true;
	return metadata;
}

/* ---- btrfs ---- */

static uint64_t copies(uint64_t profile)
{
	if (profile & BTRFS_BLOCK_GROUP_RAID1C4)
		return 4;
	if (profile & BTRFS_BLOCK_GROUP_RAID1C3)
		return 3;
	return profile & (BTRFS_BLOCK_GROUP_RAID1 | BTRFS_BLOCK_GROUP_RAID10 | BTRFS_BLOCK_GROUP_DUP) ? 2 : 1;
}

/* statvfs() divides all by the copies that data have (btrfs_statfs() in fs/btrfs/super.c), the reserve excepted. */
static struct file_system_metadata btrfs_sum(const struct btrfs_ioctl_space_args *spaces)
{
	struct file_system_metadata metadata = {.known = true};
	uint64_t raw = 0, reserve = 0, factor = 1;

	for (uint64_t i = 0; i < spaces->total_spaces; i++) {
		const struct btrfs_ioctl_space_info *space = &spaces->spaces[i];

		if (space->flags & BTRFS_SPACE_INFO_GLOBAL_RSV)
			reserve += space->total_bytes;
		else if (space->flags & BTRFS_BLOCK_GROUP_DATA)
			factor = copies(space->flags);
		else
			raw += space->used_bytes * copies(space->flags);
		/* Small file systems may mix both: then nobody knows. */
		if (space->flags & BTRFS_BLOCK_GROUP_DATA && space->flags & BTRFS_BLOCK_GROUP_METADATA)
			metadata.known = false;
	}
	metadata.bytes = raw / factor + reserve;
	return metadata;
}

static struct file_system_metadata btrfs_metadata(int fd)
{
	struct file_system_metadata metadata = {0};
	struct btrfs_ioctl_space_args count = {0}, *spaces;
	size_t size;

	if (ioctl(fd, BTRFS_IOC_SPACE_INFO, &count) ||
	    !alloc_mul(count.total_spaces, sizeof(struct btrfs_ioctl_space_info), &size))
		return metadata;
	spaces = alloc_array(1, sizeof(*spaces) + size);
	if (!spaces)
		return metadata;
	spaces->space_slots = count.total_spaces;
	if (!ioctl(fd, BTRFS_IOC_SPACE_INFO, spaces) && spaces->total_spaces <= spaces->space_slots)
		metadata = btrfs_sum(spaces);
	free(spaces);
	return metadata;
}

struct file_system_metadata file_system_metadata(const struct fs_info *fs, const _Atomic bool *cancel)
{
	static const char *const without[] = {"ext2", "ext3", "ext4", "tmpfs", "ramfs"};
	const char *type = fs->mount ? fs->mount->type : "";
	struct file_system_metadata metadata = {0};

	for (size_t i = 0; i < sizeof(without) / sizeof(*without); i++)
		metadata.known |= !strcmp(type, without[i]);
	if (strcmp(type, "xfs") && strcmp(type, "btrfs"))
		return metadata;
	int fd = open(fs->mount->point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return metadata;
	metadata = *type == 'x' ? xfs_metadata(fd, fs, cancel) : btrfs_metadata(fd);
	close(fd);
	return metadata;
}
