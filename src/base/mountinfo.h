/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_MOUNTINFO_H
#define BASE_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MOUNTINFO "/proc/self/mountinfo"

/* A line of mountinfo, proc_pid_mountinfo(5).  The strings point into the line. */
struct mountinfo {
	uint64_t id, parent; /* of the mount; parent: of the one it lies on */
	dev_t dev;
	char *root, *point; /* what of the file system is shown, and where */
	char *type;         /* of the file system */
	char *source;       /* the device, or whatever it calls itself */
};

/** Take a line apart, in place; false when it is none. */
bool mountinfo_split(char *line, struct mountinfo *out);

/** Undo the octal escapes of the kernel's tables, in place. */
void mountinfo_unescape(char *s);

#endif
