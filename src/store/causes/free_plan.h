/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_CAUSES_FREE_PLAN_H
#define STORE_CAUSES_FREE_PLAN_H

#include "store/causes/causes.h"

/*
 * Which commands give so many bytes back with the least danger: what is made again by itself before what is fetched
 * again before what is built again; of one kind what has lain there longest first.  A step counts what comes back:
 * inodes that have names elsewhere do not, nor blocks that other files share (btrfs, XFS; files from 1 MiB on).
 */

struct free_step {
	const struct cause_rule *rule;
	char *name;
	char *command;
	bool known;           /* else the command gives back what is unused: nobody knows how much, */
	uint64_t frees_bytes; /* at most this */
	uint64_t holds_bytes; /* in it, with what has names elsewhere */
	int64_t newest_s;     /* as cause_line */
	bool newest_exact;
	char **paths; /* the largest first */
	size_t path_count, omitted_paths;
};

struct free_plan {
	struct free_step *steps; /* in their order; those that are not known last */
	size_t count, known_count;
	uint64_t reached_bytes; /* by the known ones */
	/* A person's own data, the largest first: no command, only where it is. */
	struct free_personal {
		const struct cause_rule *rule;
		char *name, *path;
		uint64_t bytes;
	} * personal;
	size_t personal_count;
};

#define FREE_PERSONAL_MOST 20

/** As causes_find() of what lies there now.  Fewer bytes than wanted are no failure. */
int free_plan_make(const struct causes_query *query, uint64_t wanted_bytes, struct free_plan *out, struct err *err);
void free_plan_clear(struct free_plan *plan);

#endif
