/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/far.h"

#include <stdlib.h>

#include "base/alloc.h"

void far_begin(struct tree *tree, dir_id dir)
{
	dir_id at = tree_cold_mutable(tree, dir)->parent;

	for (unsigned levels = 1; at != DIR_NONE && levels < FAR_LEVELS && !far_is(tree, at); levels++)
		at = tree_cold_mutable(tree, at)->parent;
	if (at != DIR_NONE)
		atomic_fetch_or_explicit(&tree_cold_mutable(tree, dir)->flags, DIR_FAR, memory_order_relaxed);
}

/* ---- linked inodes ---- */

int far_counted(struct tree *tree, dir_id dir, uint64_t alloc_bytes, uint64_t apparent_bytes)
{
	struct far_links *far = &tree->links.far;
	int rc = 0;

	pthread_mutex_lock(&far->lock);
	uint32_t i = hash_find(&far->by_dir, hash_u32(dir));

	if (i == HASH_NONE) {
		rc = alloc_room(&far->items, &far->capacity, far->count + 1);
		if (!rc)
			rc = hash_add(&far->by_dir, hash_u32(dir), (uint32_t)far->count);
		if (!rc) {
			i = (uint32_t)far->count++;
			far->items[i] = (struct far_link){0};
		}
	}
	if (!rc) {
		figure_add_bytes(&far->items[i].alloc, alloc_bytes);
		figure_add_bytes(&far->items[i].apparent, apparent_bytes);
	}
	pthread_mutex_unlock(&far->lock);
	return rc;
}

static struct far_link counted(struct tree *tree, dir_id dir)
{
	struct far_links *far = &tree->links.far;

	pthread_mutex_lock(&far->lock);
	uint32_t i = hash_find(&far->by_dir, hash_u32(dir));
	struct far_link link = i == HASH_NONE ? (struct far_link){0} : far->items[i];

	pthread_mutex_unlock(&far->lock);
	return link;
}

void far_forget(struct tree *tree)
{
	struct far_links *far = &tree->links.far;

	pthread_mutex_lock(&far->lock);
	hash_free(&far->by_dir);
	free(far->items);
	far->items = NULL;
	far->count = far->capacity = 0;
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
