/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "engine/tree/shared.h"
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

/* Result of a directory; or, of the inode at hand, how many of its names lie there. */
static struct shared_bytes *item_of(struct shared_table *table, dir_id dir)
{
	uint32_t i = hash_find(&table->by_dir, hash_u32(dir));

	return i == HASH_NONE ? NULL : &table->items[i];
}

/* The directory's item, made if need be; NULL without memory. */
static struct shared_bytes *item_for(struct shared_table *table, dir_id dir)
{
	struct shared_bytes *item = item_of(table, dir);

	if (item)
		return item;
	if (alloc_room(&table->items, &table->capacity, table->by_dir.count + 1u))
		return NULL;
	item = &table->items[table->by_dir.count];
	*item = (struct shared_bytes){0};
	return hash_add(&table->by_dir, hash_u32(dir), table->by_dir.count) ? NULL : item;
}

/* Count the inode where it is shared.  In `names` all counts are 0, and are again afterwards; the keys may stay. */
static bool count_link(const struct tree *tree, struct shared_table *table, struct shared_table *names,
                       struct link *link)
{
	const dir_id *parents = link_parents(link);
	struct link_figures figures = link_figures(link);

	for (uint32_t i = 0; i < link->parent_count; i++)
		for (dir_id dir = parents[i]; dir != DIR_NONE; dir = tree_cold(tree, dir)->parent) {
			struct shared_bytes *seen = item_for(names, dir);

			if (!seen)
				return false;
			seen->names++;
		}
	/* The same climbs again: each directory at its first visit, its count emptied by that. */
	for (uint32_t i = 0; i < link->parent_count; i++)
		for (dir_id dir = parents[i]; dir != DIR_NONE; dir = tree_cold(tree, dir)->parent) {
			struct shared_bytes *seen = item_of(names, dir);
			uint32_t found = seen->names;

			if (!found)
				break; /* and so were all above */
			seen->names = 0;
			if (found >= figures.nlink)
				continue;
			struct shared_bytes *item = item_for(table, dir);

			if (!item)
				return false;
			item->alloc_bytes = figure_sum(item->alloc_bytes, figures.alloc_bytes);
			item->apparent_bytes = figure_sum(item->apparent_bytes, figures.apparent_bytes);
		}
	return true;
}

int tree_compute_shared(struct tree *tree)
{
	struct shared_table *table = alloc_zero(struct shared_table);
	struct shared_table names = {0};
	bool done = table != NULL;

	for (unsigned s = 0; done && s < LINK_SHARDS; s++) {
		struct link_shard *shard = &tree->links.shards[s];

		pthread_mutex_lock(&shard->lock);
		HASH_ALL (&shard->by_inode, i)
			done = done && count_link(tree, table, &names, links_at(&tree->links, i));
		pthread_mutex_unlock(&shard->lock);
	}
	hash_free(&names.by_dir);
	free(names.items);
	if (!done) {
		if (table)
			shared_table_free(table);
		return -ENOMEM;
	}
	/* Only this thread writes the pointer; readers load it (acquire). */
	struct shared_table *old = atomic_load_explicit(&tree->shared, memory_order_relaxed);

	atomic_store_explicit(&tree->shared, table, memory_order_release);
	if (!old)
		return 0;
	old->retired = epochs_retire(&tree->epochs);
	table->next = old;
	for (struct shared_table **at = &table->next; *at;) {
		struct shared_table *gone = *at;

		if (!epochs_passed(&tree->epochs, gone->retired)) {
			at = &gone->next;
			continue;
		}
		*at = gone->next;
		shared_table_free(gone);
	}
	return 0;
}

bool tree_shared(const struct tree *tree, dir_id dir, uint64_t *alloc_bytes, uint64_t *apparent_bytes)
{
	unsigned pin = tree_pin(tree);
	struct shared_table *table = atomic_load_explicit(&tree->shared, memory_order_acquire);
	const struct shared_bytes *item = table ? item_of(table, dir) : NULL;

	*alloc_bytes = item ? item->alloc_bytes : 0;
	*apparent_bytes = item ? item->apparent_bytes : 0;
	tree_unpin(tree, pin);
	return table != NULL;
}
