/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_FOUND_STATES_H
#define CLI_FOUND_STATES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Older states of a folder that lie about already: snapshots of its file system, backups that keep its tree. */
struct found_state {
	char *folder;       /* where it lies */
	const char *layout; /* whose habit that is */
	int64_t time_s;     /* of when it is, Unix seconds */
};

struct found_states {
	struct found_state *items; /* oldest first, no two of one time */
	size_t count, capacity;
};

/**
 * Find the states of a folder (absolute, without symbolic links).  `place`: look there, too; NULL = only where the
 * programs that make them put them.  0 or -ENOMEM.
 */
int found_states_find(const char *path, const char *place, struct found_states *out, struct err *err);
void found_states_clear(struct found_states *states);

#endif
