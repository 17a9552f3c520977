/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_NAME_SET_H
#define ENGINE_WATCH_NAME_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"

/*
 * Names of one directory that are to be looked at: those that events named, or all that a listing gave.  Zeroed =
 * empty; one thread.
 */

struct name_set_item {
	const char *name; /* NUL-terminated; an offset until name_set_end() */
	uint8_t length;
	unsigned char type;      /* d_type */
	uint16_t by;             /* the caller's: who wrote to it */
	int64_t row;             /* in the tree, or -1; the caller's */
};

struct name_set {
	struct name_set_item *items;
	size_t count, capacity;
	struct buf names;
	struct hash by_name; /* items */
};

/** Start with none; memory is kept. */
void name_set_begin(struct name_set *set);

/** 0 or -ENOMEM. */
int name_set_add(struct name_set *set, const void *name, size_t length, unsigned char type, uint16_t by);

/** Add all names of an open directory, through a buffer of the caller's.  0 or -errno. */
int name_set_list(struct name_set *set, int fd, char *buffer, size_t size);

/** No more names come: they can be found, and pointed to.  0 or -ENOMEM. */
int name_set_end(struct name_set *set);

struct name_set_item *name_set_find(const struct name_set *set, const void *name, size_t length);

void name_set_free(struct name_set *set);

#endif
