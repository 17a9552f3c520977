/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_CAUSES_CAUSES_WALK_H
#define STORE_CAUSES_CAUSES_WALK_H

#include "store/causes/causes.h"

/*
 * The inside of causes_find(): causes_now.c gives the bytes of a tree to places, causes_growth.c those of a difference,
 * causes_links.c sees to inodes with several names, causes_rest.c keeps what no rule takes, causes.c tells.
 */

/** What no rule takes, while it is gathered: the largest, and the sum of the others. */
struct rest_item {
	int64_t bytes;
	uint32_t at; /* directory of the image, or row of the diff */
	char *file;  /* see cause_rest */
};

struct rest {
	struct rest_item *items;
	size_t count, capacity, most;
	size_t omitted;
	int64_t omitted_bytes;
	int64_t bytes; /* all */
};

/** Takes `file` over.  0 or -ENOMEM. */
int rest_add(struct rest *rest, uint32_t at, int64_t bytes, char *file);
/** The largest first, no more than `most`. */
void rest_finish(struct rest *rest);
void rest_clear(struct rest *rest);

/** A tree with its bytes given to places. */
struct now {
	const struct causes_query *query;
	struct cause_side *side;
	struct places places;
	uint32_t top, end;
	uint32_t *place_of; /* of directory top + i */
	int64_t *moved;     /* bytes given to directory top + i, or taken from it, beside its own */
	uint32_t *sets;     /* of directory top + i */
	struct rest rest;
	size_t *line_dirs; /* of the places' lines */
	bool *line_exact;
};

int now_begin(struct now *now, const struct causes_query *query, struct cause_side *side, const char *prefix,
              struct err *err);
void now_end(struct now *now);

/** Inodes with several names count at the first.  0 or -errno. */
int now_links(struct now *now);

static inline bool causes_cancelled(const struct causes_query *query)
{
	return query->cancel && atomic_load_explicit(query->cancel, memory_order_relaxed);
}

#endif
