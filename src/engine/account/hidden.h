/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_ACCOUNT_HIDDEN_H
#define ENGINE_ACCOUNT_HIDDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/system/mount_table.h"

/* What lies under a mount point, and would be seen if nothing were mounted there. */
struct hidden_place {
	const char *point; /* in the table */
	uint64_t bytes;    /* allocated, each inode once */
	bool partial;      /* not all could be read */
};

struct hidden_places {
	struct hidden_place *items;
	size_t count, capacity;
	bool refused; /* something is mounted there, and to look below it is not allowed: only root may */
};

/**
 * Look under all that is mounted on this mount, through a copy of it on which nothing is, which nobody else sees
 * (open_tree(2)).  Adds to the places; those of one table may go into one list.  A file that has names elsewhere is
 * left out: it is counted there.
 * `cancel` is polled; may be NULL.  0, -ECANCELED, -ENOMEM.
 */
int hidden_read(const struct mount_table *table, const struct mount_entry *mount, const _Atomic bool *cancel,
                struct hidden_places *places);
void hidden_free(struct hidden_places *places);

#endif
