/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/remove/extents.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/alloc.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

#define EXTENTS 256 /* asked for at once */

bool extents_may_share(uint64_t magic)
{
	return magic == BTRFS_SUPER_MAGIC || magic == XFS_SUPER_MAGIC;
}

uint64_t extents_shared(int fd, const _Atomic bool *cancel)
{
	struct fiemap *map = alloc_array(1, sizeof(*map) + EXTENTS * sizeof(struct fiemap_extent));
	uint64_t shared = 0, at = 0;
	bool more = map != NULL;

	while (more && !(cancel && atomic_load_explicit(cancel, memory_order_relaxed))) {
		memset(map, 0, sizeof(*map));
		map->fm_start = at;
		map->fm_length = FIEMAP_MAX_OFFSET - at;
		map->fm_extent_count = EXTENTS;
		if (ioctl(fd, FS_IOC_FIEMAP, map) || !map->fm_mapped_extents)
			break;
		for (uint32_t i = 0; i < map->fm_mapped_extents; i++) {
			const struct fiemap_extent *extent = &map->fm_extents[i];

			if (extent->fe_flags & FIEMAP_EXTENT_SHARED)
				shared += extent->fe_length;
			at = extent->fe_logical + extent->fe_length;
			more = !(extent->fe_flags & FIEMAP_EXTENT_LAST);
		}
	}
	free(map);
	return shared;
}
