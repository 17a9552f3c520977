/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_CAUSES_CAUSES_GROWTH_H
#define STORE_CAUSES_CAUSES_GROWTH_H

#include "store/causes/causes_walk.h"
#include "store/diff/diff_walk.h"

/* A difference of two trees with its bytes given to places. */

/** A name, or several, of an inode with more than one, in the directory of a row. */
struct growth_link {
	uint64_t ino;
	uint16_t fs;
	uint32_t row;
	uint32_t names_a, names_b; /* in the directory, 0 = none */
	uint32_t nlink_a, nlink_b;
	uint64_t bytes_a, bytes_b;
};

struct growth_walk {
	const struct causes_query *query;
	struct cause_side *a, *b;
	struct diff_options options;
	struct diff_walk walk;
	struct diff diff;
	struct places places;
	struct place_state *states; /* of rows */
	int64_t *own;               /* what each row has by itself */
	char **file;                /* of each row: the one that changed most, or NULL, */
	int64_t *file_bytes;        /* and by how much */
	bool links;                 /* inodes are shared across directories: */
	struct growth_link *changes;
	size_t change_count, change_capacity;
	struct rest rest;
};

int growth_begin(struct growth_walk *growth, const struct causes_query *query, struct err *err);
void growth_end(struct growth_walk *growth);

/** causes_growth_links.c: inodes with several names, one after the other.  0 or -errno. */
int growth_links(struct growth_walk *growth);

/** causes_growth_moved.c: what moved takes its bytes from the cause it was of to the one it is of. */
int growth_moved(struct growth_walk *growth);

/** Path of a place; NULL without memory. */
char *growth_place_path(const struct growth_walk *growth, const struct cause_place *place);

static inline void growth_give(struct growth_walk *growth, uint32_t place, uint64_t bytes)
{
	struct cause_place *to = &growth->places.items[place];

	to->bytes = (int64_t)((uint64_t)to->bytes + bytes);
}

static inline void growth_own(struct growth_walk *growth, uint32_t row, uint64_t bytes)
{
	growth->own[row] = (int64_t)((uint64_t)growth->own[row] + bytes);
}

#endif
