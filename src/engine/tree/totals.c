/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/totals.h"

#include "engine/tree/far.h"

/* Whoever sees the low word wrap carries: in whatever order several add, the high words sum up. */
static void add_figure(_Atomic uint64_t *low, _Atomic int32_t *high, struct figure more)
{
	uint64_t before = atomic_fetch_add_explicit(low, more.low, memory_order_relaxed);
	int32_t carry = more.high + (before + more.low < before);

	if (carry)
		atomic_fetch_add_explicit(high, carry, memory_order_relaxed);
}

void cold_add_figures(struct node_cold *cold, struct figure alloc, struct figure apparent)
{
	if (!figure_is_zero(alloc))
		add_figure(&cold->alloc_bytes, &cold->alloc_high, alloc);
	if (!figure_is_zero(apparent))
		add_figure(&cold->apparent_bytes, &cold->apparent_high, apparent);
}

void cold_add(struct node_cold *cold, const struct totals *totals)
{
	cold_add_figures(cold, totals->alloc, totals->apparent);
	if (totals->items)
		atomic_fetch_add_explicit(&cold->counts, totals->items | totals->files << 32, memory_order_relaxed);
	if (totals->errors)
		atomic_fetch_add_explicit(&cold->errors, (uint32_t)totals->errors, memory_order_relaxed);
}

void tree_add_up(struct tree *tree, dir_id dir, const struct totals *totals)
{
	for (; dir != DIR_NONE; dir = tree_cold_mutable(tree, dir)->parent) {
		cold_add(tree_cold_mutable(tree, dir), totals);
		if (far_is(tree, dir))
			return;
	}
}
