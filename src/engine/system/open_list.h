/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYSTEM_OPEN_LIST_H
#define ENGINE_SYSTEM_OPEN_LIST_H

#include "base/hash.h"
#include "engine/system/open_files.h"

/* What a pass over the machine has found so far, between open_files.c and open_kernel.c.  One thread. */

/* One who holds something; the same for all that it holds. */
struct open_owner {
	pid_t pid;
	char *name;
};

/* Owner `owner` holds file `file`. */
struct open_hold {
	uint32_t file, owner;
};

struct open_list {
	const dev_t *devices;
	size_t device_count;
	bool anonymous; /* some of them have no device behind them */
	struct open_file *files;
	size_t count, capacity;
	struct hash by_inode;
	struct open_owner *owners;
	size_t owner_count, owner_capacity;
	struct open_hold *holds;
	size_t hold_count, hold_capacity;
};

/** Is the number one of those that are looked for? */
bool open_list_wants(const struct open_list *list, dev_t dev);

/** The file's place; HASH_NONE when it is not there. */
uint32_t open_list_find(const struct open_list *list, dev_t dev, ino_t ino);

/** Enter a file with a path, which the list then owns (NULL = there was no memory for it).  0 or -ENOMEM. */
int open_list_add(struct open_list *list, const struct open_file *file, char *path, uint32_t *place);

/** Enter somebody who may hold files.  0 or -ENOMEM. */
int open_list_owner(struct open_list *list, pid_t pid, const char *name);

/** The owner entered last holds this file: said as often as one likes.  0 or -ENOMEM. */
int open_list_hold(struct open_list *list, uint32_t file);

/** Hand it over.  0 or -ENOMEM; the list is to be freed in any case. */
int open_list_finish(struct open_list *list, struct open_files **out);

void open_list_free(struct open_list *list);

/** open_kernel.c: what the kernel itself holds: loop devices, swap files.  0 or -ENOMEM. */
int open_kernel_read(struct open_list *list);

#endif
