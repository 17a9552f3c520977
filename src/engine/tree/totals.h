/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_TOTALS_H
#define ENGINE_TREE_TOTALS_H

#include "base/figure.h"
#include "engine/tree/node.h"

/* Totals of directories, and how they climb. */

struct tree;

/** Sums that travel up the chain. */
struct totals {
	struct figure alloc, apparent;
	uint64_t items, files;
	uint64_t errors;
};

static inline void totals_add(struct totals *to, const struct totals *more)
{
	figure_add(&to->alloc, more->alloc);
	figure_add(&to->apparent, more->apparent);
	to->items += more->items;
	to->files += more->files;
	to->errors += more->errors;
}

/** A directory's totals.  Of one that grows or shrinks just now beyond 2⁶⁴, low and high may be of two moments. */
static inline struct figure cold_alloc(const struct node_cold *cold)
{
	return (struct figure){
		.low = atomic_load_explicit(&cold->alloc_bytes, memory_order_relaxed),
		.high = atomic_load_explicit(&cold->alloc_high, memory_order_relaxed),
	};
}

static inline struct figure cold_apparent(const struct node_cold *cold)
{
	return (struct figure){
		.low = atomic_load_explicit(&cold->apparent_bytes, memory_order_relaxed),
		.high = atomic_load_explicit(&cold->apparent_high, memory_order_relaxed),
	};
}

/** Add bytes to one NodeCold. */
void cold_add_figures(struct node_cold *cold, struct figure alloc, struct figure apparent);

/** Add sums to one NodeCold. */
void cold_add(struct node_cold *cold, const struct totals *totals);

/**
 * Add sums to `dir` and all its ancestors; from a far one on (far.h) they follow when it is complete.  Relaxed: exact
 * once they are complete.
 */
void tree_add_up(struct tree *tree, dir_id dir, const struct totals *totals);

#endif
