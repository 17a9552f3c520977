/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_REMOVE_EXTENTS_H
#define ENGINE_REMOVE_EXTENTS_H

#include <stdbool.h>
#include <stdint.h>

/* Blocks that several files, or snapshots, hold together: deleting one of these frees nothing of them. */

/** Can files of this file system (statfs) share extents: btrfs, XFS? */
bool extents_may_share(uint64_t magic);

/** Bytes of an open file in extents that others refer to as well; 0 where that cannot be told. */
uint64_t extents_shared(int fd, const _Atomic bool *cancel);

#endif
