/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_CAUSES_CAUSES_H
#define STORE_CAUSES_CAUSES_H

#include <stdatomic.h>

#include "store/causes/cause_place.h"

/*
 * Explaining bytes: what lies in a folder now, or what it grew by, as causes and the rest.
 *
 * Every byte is told once.  A directory's own bytes are those of the place it lies in, the innermost; an inode with
 * several names is the first one's, in the order of paths; of growth it stays with a directory that names it before
 * and after.  What cannot be compared contributes nothing.  So the causes and the rest add up to the total, or to the
 * growth that diff tells, exactly.
 */

#define CAUSES_MOST 1000 /* paths that are told of a cause, and of the rest; the others are summed */

struct cause_path {
	char *path;          /* absolute, raw */
	char *place;         /* where the cause begins, if that is above the folder asked about; else NULL */
	char *name;          /* what is known of it beside its path (cause_names.h), raw; or NULL */
	int64_t delta_bytes; /* modulo nothing: sums beyond 2⁶³ make the whole unknown */
	int64_t newest_s;    /* as cause_line */
	bool gone, is_file;
};

struct cause_line {
	const struct cause_rule *rule;
	char *name;
	const char *pattern;      /* that took most of it; NULL = CACHEDIR.TAG */
	int64_t delta_bytes;      /* of now: what it holds */
	uint64_t bytes;           /* it holds now */
	int64_t newest_s;         /* modified last, INT64_MIN = not known; */
	bool newest_exact;        /* by its files too, else by its folders alone */
	size_t dirs;              /* that are its */
	struct cause_path *paths; /* the largest first */
	size_t path_count;
	size_t omitted_paths;
	int64_t omitted_bytes;
};

/** What no rule takes, by the directory that owns it. */
struct cause_rest {
	char *path;
	char *file; /* in it, that is most of it; or NULL */
	int64_t delta_bytes;
	bool gone;
};

struct causes {
	struct cause_line *lines; /* the largest first */
	size_t count;
	struct cause_rest *rest; /* likewise */
	size_t rest_count, omitted_rest;
	int64_t rest_bytes, omitted_rest_bytes;
	int64_t net_bytes; /* = Σ delta_bytes + rest_bytes; FIGURE_UNKNOWN where a total is beyond 2⁶⁴ */
	uint64_t unknown_entries, unknown_bytes; /* as in a diff */
};

struct causes_query {
	const struct cause_rules *rules;
	struct cause_side *a, *b;        /* a: older, NULL = what lies there now */
	const char *prefix_a, *prefix_b; /* the folder, relative to each image's root */
	size_t most;                     /* paths told of a cause; 0 = CAUSES_MOST */
	const atomic_bool *cancel;       /* NULL = never */
};

/** 0; -ENOENT: no such folder; -ECANCELED; -ENOMEM; or the store's error, with a sentence. */
int causes_find(const struct causes_query *query, struct causes *out, struct err *err);
void causes_clear(struct causes *causes);

/** Whole days between its last change and `at_s`, -1 = not known. */
int64_t cause_idle_days(int64_t newest_s, int64_t at_s);

#endif
