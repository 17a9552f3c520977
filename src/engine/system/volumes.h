/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYSTEM_VOLUMES_H
#define ENGINE_SYSTEM_VOLUMES_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/system/file_system.h"

/* A file system that people keep files in, by the mount that shows most of it. */
struct volume_entry {
	char *point, *source, *type;
	enum fs_kind kind;
	bool local; /* it answers for certain: no other machine, and no program, is behind it */
	bool known; /* it was asked: */
	struct file_system_usage usage;
};

struct volumes {
	struct volume_entry *items; /* local ones first */
	size_t count, local;
};

/**
 * Those in the kernel's mount table (`file`; NULL = the kernel's): disks, memory, and what is on other machines, but
 * nothing that the system keeps for itself, and no read-only images, which are always full.  Nothing is asked of them.
 * 0 or -ENOMEM.
 */
int volumes_list(struct volumes *volumes, const char *file);
void volumes_free(struct volumes *volumes);

/** How full the file system at that place is; may hang where the disk does.  False: it does not say. */
bool volumes_ask(const char *point, struct file_system_usage *usage);

/** The largest in use first; what is not known behind, others last, each by place. */
void volumes_sort(struct volumes *volumes);

#endif
