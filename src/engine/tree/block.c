/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/far.h"
#include "engine/tree/tree_state.h"

/*
 * From entries to a published block.  Thread: the one that owns the directory; several when a huge one is read in
 * slices, each with a draft of its own.  The block itself is the writer's.
 */

static uint32_t clamp_mtime(int64_t s)
{
	return s < 0 ? 0 : s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

void block_begin(struct block_draft *draft, struct filler *filler, dir_id dir)
{
	draft->filler = filler;
	draft->dir = dir;
	draft->count = 0;
	draft->dirs = 0;
	draft->name_bytes = 0;
	draft->totals = (struct totals){0};
	draft->sum[0] = 0;
	draft->sum[1] = 0;
	draft->used = 0;
}

void block_end(struct block_draft *draft)
{
	free(draft->records);
	free(draft->owners);
	memset(draft, 0, sizeof(*draft));
}

/* The word's payload for plain figures, or false when they need a struct wide. */
static bool pack_figures(uint64_t alloc_bytes, uint64_t apparent_bytes, uint64_t *payload)
{
	if (alloc_bytes % 512 || apparent_bytes >> ROW_SIZE_BITS)
		return false;
	int64_t extra = (int64_t)(alloc_bytes / 512) - (int64_t)((apparent_bytes + 511) / 512);
	int64_t half = (int64_t)1 << (ROW_BLOCKS_BITS - 1);

	if (extra < -half || extra >= half)
		return false;
	*payload = apparent_bytes | ((uint64_t)extra & (((uint64_t)1 << ROW_BLOCKS_BITS) - 1)) << ROW_SIZE_BITS;
	return true;
}

/* One that was given back, zeroed; or DIR_NONE. */
static dir_id spare_dir(struct tree *tree)
{
	dir_id dir = DIR_NONE;

	pthread_mutex_lock(&tree->spare_dirs.lock);
	if (tree->spare_dirs.count)
		dir = tree->spare_dirs.items[--tree->spare_dirs.count];
	pthread_mutex_unlock(&tree->spare_dirs.lock);
	if (dir != DIR_NONE)
		memset(arena_at(&tree->colds, dir), 0, sizeof(struct node_cold));
	return dir;
}

dir_id cold_create(struct filler *filler, const struct entry *entry, dir_id parent)
{
	struct tree *tree = filler->tree;
	/* `items` is set before threads start: a first scan never takes the lock. */
	dir_id dir = tree->spare_dirs.items ? spare_dir(tree) : DIR_NONE;

	if (dir == DIR_NONE)
		dir = arena_take(&tree->colds, &filler->colds, 1);
	if (dir == DIR_NONE)
		return DIR_NONE;
	struct node_cold *cold = arena_at(&tree->colds, dir);

	atomic_store_explicit(&cold->alloc_bytes, entry->alloc_bytes, memory_order_relaxed);
	atomic_store_explicit(&cold->apparent_bytes, entry->apparent_bytes, memory_order_relaxed);
	cold->ino = entry->ino;
	cold->mtime_ns = entry->mtime_ns;
	cold->mtime_era = entry->mtime_era;
	cold->ctime_ns = entry->ctime_ns;
	cold->own_alloc_bytes = entry->alloc_bytes;
	cold->own_apparent_bytes = entry->apparent_bytes;
	cold->birth = entry->birth;
	cold->parent = parent;
	atomic_store_explicit(&cold->pending, 1, memory_order_relaxed);
	atomic_store_explicit(&cold->errors, entry->dir_flags & DIR_READ_ERROR ? 1 : 0, memory_order_relaxed);
	atomic_store_explicit(&cold->flags, (uint16_t)entry->dir_flags, memory_order_relaxed);
	cold->fs = entry->fs;
	return dir;
}

/* Owner and mode of the row to come, in trees that keep them. */
static int record_owner(struct block_draft *draft, const struct node_extended *extended)
{
	if (!draft->filler->tree->extended)
		return 0;
	if (alloc_room(&draft->owners, &draft->owner_capacity, (size_t)draft->count + 1))
		return -ENOMEM;
	draft->owners[draft->count] = node_owner(extended);
	return 0;
}

/* Payload of a name of a linked inode, and the figures that its hash holds. */
static __attribute__((noinline)) int record_link(struct block_draft *draft, const struct entry *entry,
                                                 uint64_t *payload, struct fingerprint_entry *print)
{
	struct tree *tree = draft->filler->tree;
	const struct link_key key = {
		.ino = entry->ino,
		.fs = entry->fs,
		.nlink = entry->nlink,
		.alloc_bytes = entry->alloc_bytes,
		.apparent_bytes = entry->apparent_bytes,
		.mtime_s = (int64_t)print->mtime_s,
	};
	uint32_t index;

	if (links_add(tree, &key, draft->dir, &index))
		return -ENOMEM;
	/* The first name to come decided the figures; what counts is what is kept. */
	struct link_figures figures = link_figures(links_at(&tree->links, index));

	print->alloc_bytes = figures.alloc_bytes;
	print->apparent_bytes = figures.apparent_bytes;
	print->ino = entry->ino;
	print->nlink = figures.nlink;
	*payload = index;
	return 0;
}

/* Payload of a file whose figures or time do not fit into a row.  0 without memory. */
static __attribute__((noinline)) uint32_t record_wide(struct filler *filler, const struct entry *entry, int64_t mtime_s)
{
	uint32_t index = arena_take(&filler->tree->wide, &filler->wide, 1);

	if (index)
		*(struct wide *)arena_at(&filler->tree->wide,
		                         index) = (struct wide){.alloc_bytes = entry->alloc_bytes,
		                                                .apparent_bytes = entry->apparent_bytes,
		                                                .mtime_s = mtime_s};
	return index;
}

int block_record(struct block_draft *draft, const struct entry *entry, struct record *record, dir_id *child)
{
	unsigned flags = entry->flags;
	bool leaf = flags & ROW_LEAF, linked = !leaf && entry->nlink > 1 && entry->type != NODE_DIR;
	int64_t mtime_s = leaf ? 0 : node_seconds(entry->mtime_ns, entry->mtime_era);
	dir_id dir = DIR_NONE;
	uint64_t payload = 0, alloc_bytes = leaf || linked ? 0 : entry->alloc_bytes,
		 apparent_bytes = leaf || linked ? 0 : entry->apparent_bytes;

	if (record_owner(draft, &entry->extended))
		return -ENOMEM;
	record->mtime = clamp_mtime(mtime_s);
	if (entry->type == NODE_DIR && !leaf) {
		dir = cold_create(draft->filler, entry, draft->dir);
		if (!dir)
			return -ENOMEM;
		payload = dir;
		draft->dirs++;
		draft->totals.errors += (entry->dir_flags & DIR_READ_ERROR) != 0;
	} else {
		struct fingerprint_entry print = {.type = (uint8_t)entry->type,
		                                  .flags = (uint8_t)(flags & FINGERPRINT_ROW_FLAGS),
		                                  .mtime_s = (uint64_t)mtime_s};

		if (linked) {
			if (record_link(draft, entry, &payload, &print))
				return -ENOMEM;
			flags |= ROW_LINK;
		} else if (!leaf) {
			print.alloc_bytes = alloc_bytes;
			print.apparent_bytes = apparent_bytes;
			print.nlink = 1;
			if (mtime_s != record->mtime || !pack_figures(alloc_bytes, apparent_bytes, &payload)) {
				payload = record_wide(draft->filler, entry, mtime_s);
				if (!payload)
					return -ENOMEM;
				flags |= ROW_WIDE;
			}
		}

		struct fingerprint hash = fingerprint_file(&print, entry->name, (uint8_t)entry->length);

		draft->sum[0] += hash.lo;
		draft->sum[1] += hash.hi;
		draft->totals.files += entry->type != NODE_DIR;
		draft->totals.errors += (flags & ROW_ERROR) != 0;
	}
	record->word = (uint64_t)entry->type | (uint64_t)flags << ROW_TYPE_BITS | payload << ROW_PAYLOAD_SHIFT;
	record->length = (uint8_t)entry->length;
	draft->count++;
	draft->name_bytes += 1 + entry->length;
	draft->totals.items++;
	figure_add_bytes(&draft->totals.alloc, alloc_bytes);
	figure_add_bytes(&draft->totals.apparent, apparent_bytes);
	if (child)
		*child = dir;
	return 0;
}

int block_add(struct block_draft *draft, const struct entry *entry, dir_id *child)
{
	/* In steps of 8, like the kernel's, so that every record is aligned. */
	size_t size = (offsetof(struct record, name) + entry->length + 1 + 7) / 8 * 8;

	if (alloc_room(&draft->records, &draft->capacity, draft->used + size))
		return -ENOMEM;
	struct record *record = (struct record *)(draft->records + draft->used);
	int rc = block_record(draft, entry, record, child);

	if (rc)
		return rc;
	record->size = (uint16_t)size;
	memcpy(record->name, entry->name, entry->length);
	record->name[entry->length] = '\0';
	draft->used += size;
	return 0;
}

int block_publish(struct block_draft *draft)
{
	struct block_writer writer;
	int rc = writer_begin(&writer, draft->filler, draft->dir, draft->count, draft->name_bytes);

	if (rc)
		return rc;
	writer_copy(&writer, draft->records, draft->used, draft->owners);
	rc = writer.alike ? unique_names(&writer, draft) : 0;
	if (rc)
		return rc;
	cold_add(tree_cold_mutable(draft->filler->tree, draft->dir), &draft->totals);
	writer_publish(&writer, draft);
	return 0;
}

bool cold_own(struct tree *tree, dir_id dir, const struct entry *entry)
{
	struct node_cold *cold = tree_cold_mutable(tree, dir);
	struct totals more = {
		.alloc = figure_difference(entry->alloc_bytes, cold->own_alloc_bytes),
		.apparent = figure_difference(entry->apparent_bytes, cold->own_apparent_bytes),
	};

	if (figure_is_zero(more.alloc) && figure_is_zero(more.apparent) && cold->mtime_ns == entry->mtime_ns &&
	    cold->ctime_ns == entry->ctime_ns)
		return false;
	__atomic_store_n(&cold->own_alloc_bytes, entry->alloc_bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&cold->own_apparent_bytes, entry->apparent_bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&cold->mtime_ns, entry->mtime_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&cold->mtime_era, entry->mtime_era, __ATOMIC_RELAXED);
	__atomic_store_n(&cold->ctime_ns, entry->ctime_ns, __ATOMIC_RELAXED);
	/* Of a far one the parent has the own figures already: these follow at once. */
	tree_add_up(tree, dir, &more);
	if (far_is(tree, dir))
		tree_add_up(tree, cold->parent, &more);
	return true;
}

int tree_plant(struct tree *tree, struct filler *filler, const struct entry *entry)
{
	dir_id root = cold_create(filler, entry, DIR_NONE);

	if (!root)
		return -ENOMEM;
	assert(root == DIR_ROOT);
	tree_set_extended_root(tree, &entry->extended);
	return 0;
}

void tree_vanish(struct tree *tree, dir_id dir)
{
	struct node_cold *cold = tree_cold_mutable(tree, dir);
	struct node_block *block = arena_at(
		&tree->units,
		atomic_load_explicit(&tree_cold_mutable(tree, cold->parent)->block, memory_order_acquire));

	atomic_fetch_or_explicit(&block->rows[cold->row].word, (uint64_t)ROW_GONE << ROW_TYPE_BITS,
	                         memory_order_release);
	atomic_fetch_or_explicit(&cold->flags, DIR_DEAD, memory_order_release);
	atomic_fetch_or_explicit(&tree_cold_mutable(tree, cold->parent)->flags, DIR_DEEPER, memory_order_relaxed);
	tree_add_up(tree, cold->parent,
	            &(struct totals){
			    .alloc = figure_difference(0, cold->own_alloc_bytes),
			    .apparent = figure_difference(0, cold->own_apparent_bytes),
			    .items = UINT64_MAX,
		    });
}
