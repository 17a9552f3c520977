/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VOLUME_H
#define TESTS_VOLUME_H

#include <stdbool.h>

/** A real file system of a kind, in a file behind a loop device, mounted where nobody else sees it. */
struct volume {
	char *folder; /* holds the image, and more if a test wants to */
	char *point;  /* where it is mounted, in the folder */
	char reason[200];
};

/**
 * `kind` as mount(8) has it; tmpfs needs no image.  `options` go to mkfs, or NULL.  False: not possible here, with the
 * reason; nothing is left behind.
 */
bool volume_make(struct volume *volume, const char *kind, unsigned mib, const char *options);

/** Run a script of sh in the folder; its status. */
int volume_shell(const struct volume *volume, const char *script);

void volume_end(struct volume *volume);

#endif
