/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/far.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "engine/tree/tree_state.h"

#define SLOTS_FIRST 64

struct far_link {
	dir_id dir;
	struct figure alloc, apparent;
};

bool far_is(const struct tree *tree, dir_id dir)
{
	struct node_cold *cold = arena_at(&tree->colds, dir);

	return atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_FAR;
}

void far_begin(struct tree *tree, dir_id dir)
{
	dir_id at = tree_cold(tree, dir)->parent;

	for (unsigned levels = 1; at != DIR_NONE && levels < FAR_LEVELS && !far_is(tree, at); levels++)
		at = tree_cold(tree, at)->parent;
	if (at != DIR_NONE)
		atomic_fetch_or_explicit(&tree_cold_mutable(tree, dir)->flags, DIR_FAR, memory_order_relaxed);
}

/* ---- linked inodes ---- */

static struct far_link *slot_of(struct far_link *items, uint32_t mask, dir_id dir)
{
	uint32_t i = (dir * 2654435761u) & mask;

	while (items[i].dir != DIR_NONE && items[i].dir != dir)
		i = (i + 1) & mask;
	return &items[i];
}

static int make_room(struct far_links *far)
{
	uint32_t slots = far->items ? (far->mask + 1) * 2 : SLOTS_FIRST;

	if (far->items && far->count < far->mask / 4 * 3)
		return 0;
	struct far_link *grown = alloc_array(slots, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	for (uint32_t i = 0; far->items && i <= far->mask; i++)
		if (far->items[i].dir != DIR_NONE)
			*slot_of(grown, slots - 1, far->items[i].dir) = far->items[i];
	free(far->items);
	far->items = grown;
	far->mask = slots - 1;
	return 0;
}

int far_counted(struct tree *tree, dir_id dir, uint64_t alloc_bytes, uint64_t apparent_bytes)
{
	struct far_links *far = &tree->links.far;

	pthread_mutex_lock(&far->lock);
	int result = make_room(far);

	if (!result) {
		struct far_link *link = slot_of(far->items, far->mask, dir);

		far->count += link->dir == DIR_NONE;
		link->dir = dir;
		figure_add_bytes(&link->alloc, alloc_bytes);
		figure_add_bytes(&link->apparent, apparent_bytes);
	}
	pthread_mutex_unlock(&far->lock);
	return result;
}

static struct far_link counted(struct tree *tree, dir_id dir)
{
	struct far_links *far = &tree->links.far;
	struct far_link link = {0};

	pthread_mutex_lock(&far->lock);
	if (far->items)
		link = *slot_of(far->items, far->mask, dir);
	pthread_mutex_unlock(&far->lock);
	return link;
}

void far_forget(struct tree *tree)
{
	struct far_links *far = &tree->links.far;

	pthread_mutex_lock(&far->lock);
	free(far->items);
	far->items = NULL;
	far->mask = far->count = 0;
	pthread_mutex_unlock(&far->lock);
}

/* ---- the end of one ---- */

void far_pass(struct tree *tree, dir_id dir)
{
	struct node_cold *cold = tree_cold_mutable(tree, dir);
	uint64_t counts = atomic_load_explicit(&cold->counts, memory_order_relaxed);
	struct far_link ahead = counted(tree, dir);
	struct totals totals = {
		.alloc = cold_alloc(cold),
		.apparent = cold_apparent(cold),
		.items = counts & UINT32_MAX,
		.files = counts >> 32,
		.errors = atomic_load_explicit(&cold->errors, memory_order_relaxed),
	};

	/* Its own figures, and itself as an entry, came with the parent's rows. */
	figure_add_bytes(&ahead.alloc, cold->own_alloc_bytes);
	figure_add_bytes(&ahead.apparent, cold->own_apparent_bytes);
	figure_take(&totals.alloc, ahead.alloc);
	figure_take(&totals.apparent, ahead.apparent);
	tree_add_up(tree, cold->parent, &totals);
	atomic_fetch_and_explicit(&cold->flags, (uint16_t)~DIR_FAR, memory_order_relaxed);
}
