/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_PRIVATE_MOUNTS_H
#define TESTS_PRIVATE_MOUNTS_H

/**
 * Give the calling process a mount namespace whose mounts nobody else sees: they go with the process, however it ends.
 * Also where `/` is no mount point, as in a plain chroot.  Needs root.  0, or -errno.
 */
int private_mounts(void);

/** The same, and an empty tmpfs on the folder; options as mount(8) takes them, or NULL. */
int private_tmpfs(const char *folder, const char *options);

#endif
