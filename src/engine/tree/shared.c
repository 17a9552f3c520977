/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/shared.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "engine/tree/tree_state.h"

/*
 * Shared bytes: of each directory, the inodes below it that also have names outside: names found below < nlink.
 *
 * One inode with names in P1…Pk: climbing from every Pi to the root counts, per directory, how many of the names lie at
 * or below it; where that is less than nlink the inode is shared there.  Two hash tables by dir_id: the result, and the
 * names of the inode at hand.
 *
 * Threads: one computes; the finished table is published (release) and never changes.  A table that was replaced is
 * kept until nobody can be reading it: tree_shared() pins.
 */

struct shared_slot {
	dir_id dir; /* DIR_NONE = free */
	uint32_t names;
	uint64_t alloc_bytes, apparent_bytes;
};

struct shared_table {
	uint32_t mask, count;
	uint64_t retired;          /* epoch of its replacement */
	struct shared_table *next; /* older ones, replaced and not yet freed */
	struct shared_slot *slots;
};

static struct shared_slot *slot_of(const struct shared_table *table, dir_id dir)
{
	uint32_t i = (dir * 0x9e3779b1u >> 7) & table->mask;

	while (table->slots[i].dir != DIR_NONE && table->slots[i].dir != dir)
		i = (i + 1) & table->mask;
	return &table->slots[i];
}

static bool grow(struct shared_table *table, uint32_t slots)
{
	struct shared_table grown = { .mask = slots - 1, .slots = alloc_array(slots, sizeof *grown.slots) };

	if (!grown.slots)
		return false;
	for (uint32_t i = 0; table->slots && i <= table->mask; i++)
		if (table->slots[i].dir != DIR_NONE)
			*slot_of(&grown, table->slots[i].dir) = table->slots[i];
	free(table->slots);
	table->slots = grown.slots;
	table->mask = grown.mask;
	return true;
}

/* The directory's slot, made if need be; NULL without memory. */
static struct shared_slot *slot_for(struct shared_table *table, dir_id dir)
{
	struct shared_slot *slot = slot_of(table, dir);

	if (slot->dir != DIR_NONE)
		return slot;
	if (table->count >= table->mask / 4 * 3) {
		if (table->mask > UINT32_MAX / 4 || !grow(table, (table->mask + 1) * 2))
			return NULL;
		slot = slot_of(table, dir);
	}
	slot->dir = dir;
	table->count++;
	return slot;
}

/* Count the inode where it is shared.  In `names` all counts are 0, and are again afterwards; the keys may stay. */
static bool count_link(const struct tree *tree, struct shared_table *table, struct shared_table *names,
                       struct link *link)
{
	const dir_id *parents = link_parents(link);
	struct link_figures figures = link_figures(link);
	bool counted = true;

	for (uint32_t i = 0; counted && i < link->parent_count; i++)
		for (dir_id dir = parents[i]; counted && dir != DIR_NONE; dir = tree_cold(tree, dir)->parent) {
			struct shared_slot *slot = slot_for(names, dir);

			if (slot)
				slot->names++;
			else
				counted = false;
		}
	/* The same climbs again: each directory at its first visit, its slot emptied by that. */
	for (uint32_t i = 0; counted && i < link->parent_count; i++)
		for (dir_id dir = parents[i]; dir != DIR_NONE; dir = tree_cold(tree, dir)->parent) {
			struct shared_slot *seen = slot_of(names, dir);

			if (!seen->names)
				break; /* and so were all above */
			uint32_t found = seen->names;

			seen->names = 0;
			if (found >= figures.nlink)
				continue;
			struct shared_slot *slot = slot_for(table, dir);

			if (!slot)
				return false;
			slot->alloc_bytes = figure_sum(slot->alloc_bytes, figures.alloc_bytes);
			slot->apparent_bytes = figure_sum(slot->apparent_bytes, figures.apparent_bytes);
		}
	return counted;
}

static void table_free(struct shared_table *table)
{
	if (!table)
		return;
	free(table->slots);
	free(table);
}

int tree_compute_shared(struct tree *tree)
{
	struct shared_table *table = alloc_zero(struct shared_table);
	struct shared_table names = {0};
	bool done = table && grow(table, 64) && grow(&names, 64);

	for (unsigned s = 0; done && s < LINK_SHARDS; s++) {
		struct link_shard *shard = &tree->links.shards[s];

		pthread_mutex_lock(&shard->lock);
		for (uint32_t i = 0; done && shard->slots && i <= shard->mask; i++)
			if (shard->slots[i])
				done = count_link(tree, table, &names, links_at(&tree->links, shard->slots[i]));
		pthread_mutex_unlock(&shard->lock);
	}
	free(names.slots);
	if (!done) {
		table_free(table);
		return -ENOMEM;
	}
	/* Only this thread writes the pointer; readers load it (acquire). */
	struct shared_table *old = atomic_load_explicit(&tree->shared, memory_order_relaxed);

	atomic_store_explicit(&tree->shared, table, memory_order_release);
	if (old) {
		old->retired = epochs_retire(&tree->epochs);
		table->next = old;
		for (struct shared_table **at = &table->next; *at;) {
			if (!epochs_passed(&tree->epochs, (*at)->retired)) {
				at = &(*at)->next;
				continue;
			}
			struct shared_table *gone = *at;

			*at = gone->next;
			table_free(gone);
		}
	}
	return 0;
}

void shared_destroy(struct tree *tree)
{
	struct shared_table *table = atomic_load_explicit(&tree->shared, memory_order_relaxed);

	while (table) {
		struct shared_table *next = table->next;

		table_free(table);
		table = next;
	}
}

bool tree_shared(const struct tree *tree, dir_id dir, uint64_t *alloc_bytes, uint64_t *apparent_bytes)
{
	unsigned pin = tree_pin(tree);
	struct tree *shared_of = (struct tree *)(uintptr_t)tree;
	const struct shared_table *table = atomic_load_explicit(&shared_of->shared, memory_order_acquire);
	const struct shared_slot *slot = table ? slot_of(table, dir) : NULL;

	*alloc_bytes = slot ? slot->alloc_bytes : 0;
	*apparent_bytes = slot ? slot->apparent_bytes : 0;
	tree_unpin(tree, pin);
	return slot != NULL;
}
