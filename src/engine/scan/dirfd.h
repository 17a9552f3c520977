/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SCAN_DIRFD_H
#define ENGINE_SCAN_DIRFD_H

#include <stdatomic.h>
#include <stdint.h>

#include "engine/tree/tree.h"

/*
 * Descriptors of directories whose subdirectories wait to be opened relative to them: counted by descriptor number,
 * closed with the last reference, at most `budget` at once.  Beyond the budget a directory is opened again by its path
 * from the root.
 */
struct dirfds {
	int root;               /* of the tree's root, open while this lives */
	uint32_t limit;         /* descriptor numbers below it can be kept */
	_Atomic int32_t budget; /* how many may be kept */
	_Atomic int32_t kept;
	_Atomic uint32_t *refs; /* by descriptor number */
};

/** Raises RLIMIT_NOFILE as far as it goes.  Takes the root's descriptor over when it succeeds.  0 or -ENOMEM. */
int dirfds_init(struct dirfds *fds, int root);
void dirfds_destroy(struct dirfds *fds);

/** Keep an open directory for `refs` users: 0, or -EMFILE when there are too many; the caller then closes it. */
int dirfds_keep(struct dirfds *fds, int fd, uint32_t refs);

/** Give back one reference; the last one closes. */
void dirfds_drop(struct dirfds *fds, int fd);

/** Out of descriptors: keep fewer from now on. */
void dirfds_shrink(struct dirfds *fds);

/**
 * Open a subdirectory to read it, without touching its access time where that is allowed.  Never through a symbolic
 * link.  A descriptor or -errno.
 */
int dirfd_open(int parent, const char *name);

/**
 * Open a directory of the tree by its path, in pieces from the open root, however deep: never outside it, and only when
 * it is the inode the tree knows (-ESTALE otherwise).  A descriptor or -errno.
 */
int dirfd_open_path(int root, const struct tree *tree, dir_id dir);

#endif
