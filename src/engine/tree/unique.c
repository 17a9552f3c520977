/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/alloc.h"
#include "engine/tree/tree_state.h"

/*
 * Names of one directory are unique in a tree, so that whatever finds by name (images, snapshots, growth) finds one
 * thing.  Some file systems list a name twice, and imports may.  The second counts as well, as du counts it, and is
 * shown as "NAME (2)".
 *
 * Nearly always there is none, and to see that is all it costs: one hash and one look into a small table for each name,
 * while the names are warm.
 */

#define FEW 256 /* entries whose table lies on the stack */

struct name {
	const unsigned char *at; /* its length, then its bytes */
};

/* Names that are taken: index + 1 and the rest of the hash, 0 = free; at most half full. */
struct taken {
	uint64_t *slots;
	uint32_t mask;
	uint64_t seed;
	const struct node_block *block;
	const struct name *names; /* NULL: the block's own */
};

static uint32_t slots_for(uint32_t count)
{
	uint32_t slots = 4;

	while (slots < count * 2 && slots < UINT32_C(1) << 31)
		slots *= 2;
	return slots;
}

static const unsigned char *name_at(const struct node_block *block, uint32_t i)
{
	return (const unsigned char *)block + block->rows[i].name;
}

/* Take a name, that of `i`; the index of who has it already, or `i`. */
static uint32_t take(struct taken *taken, const unsigned char *name, uint32_t i)
{
	uint64_t hash = XXH3_64bits_withSeed(name, (size_t)name[0] + 1, taken->seed);
	uint64_t rest = hash >> 32 << 32;

	for (uint32_t at = (uint32_t)hash & taken->mask;; at = (at + 1) & taken->mask) {
		uint64_t slot = taken->slots[at];

		if (!slot) {
			taken->slots[at] = rest | (i + 1);
			return i;
		}
		uint32_t other = (uint32_t)slot - 1;

		if ((slot ^ rest) >> 32 == 0 &&
		    !memcmp(taken->names ? taken->names[other].at : name_at(taken->block, other), name,
		            (size_t)name[0] + 1))
			return other;
	}
}

/* Has the block a name twice? */
static int look(const struct tree *tree, const struct node_block *block, uint32_t count, bool *twice)
{
	uint64_t few[2 * FEW];
	uint32_t slots = slots_for(count);
	struct taken taken = {.slots = count <= FEW ? few : alloc_array(slots, sizeof *few),
	                      .mask = slots - 1,
	                      .seed = tree->seed,
	                      .block = block};

	if (!taken.slots)
		return -ENOMEM;
	if (taken.slots == few)
		memset(few, 0, slots * sizeof *few);
	for (uint32_t i = 0; i < count && !*twice; i++)
		*twice = take(&taken, name_at(block, i), i) != i;
	if (taken.slots != few)
		free(taken.slots);
	return 0;
}

/* ---- the rare case ---- */

/* "NAME (n)", within 255 bytes. */
static void number(unsigned char out[256], const unsigned char *name, uint32_t n)
{
	char ending[16];
	size_t more = (size_t)snprintf(ending, sizeof ending, " (%u)", n),
	       keep = name[0] + more > 255 ? 255 - more : name[0];

	memcpy(out + 1, name + 1, keep);
	memcpy(out + 1 + keep, ending, more);
	out[0] = (unsigned char)(keep + more);
}

/* All names, the second ones numbered, in memory of their own: *made.  0 or -ENOMEM. */
static int rename_all(const struct tree *tree, const struct node_block *block, uint32_t count, struct name *names,
                      unsigned char *numbered, unsigned char (**made)[256])
{
	uint32_t slots = slots_for(count * 2);
	struct taken taken = {.slots = alloc_array(slots, sizeof *taken.slots),
	                      .mask = slots - 1,
	                      .seed = tree->seed,
	                      .names = names};
	uint32_t *next = alloc_array(count, sizeof *next); /* number that the last of that name got */
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++)
		names[i].at = name_at(block, i);
	for (uint32_t i = 0; taken.slots && i < count; i++)
		found += numbered[i] = take(&taken, names[i].at, i) != i;
	*made = alloc_array(found + 1, sizeof **made);
	if (!taken.slots || !next || !*made) {
		free(taken.slots);
		free(next);
		return -ENOMEM;
	}
	for (uint32_t i = 0, m = 0; i < count; i++) {
		if (!numbered[i])
			continue;
		uint32_t first = take(&taken, names[i].at, i);

		names[i].at = (*made)[m];
		do {
			next[first] = next[first] ? next[first] + 1 : 2;
			number((*made)[m], name_at(block, first), next[first]);
		} while (take(&taken, (*made)[m], i) != i);
		m++;
	}
	free(taken.slots);
	free(next);
	return 0;
}

/* A block like the other one, with these names.  Hashes of rows hold the names. */
static int copy(struct block_writer *to, struct filler *filler, const struct block_writer *from,
                const struct name *names, const unsigned char *numbered, struct block_draft *of)
{
	const struct node_block *old = from->block;
	uint32_t count = tree_count(old);
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += 1u + names[i].at[0];
	int result = writer_begin(to, filler, old->dir, count, bytes);

	if (result)
		return result;
	for (uint32_t i = 0; i < count; i++) {
		struct node_row *row = &to->block->rows[i];
		uint64_t word = atomic_load_explicit(&((struct node_block *)(uintptr_t)old)->rows[i].word,
		                                     memory_order_relaxed);
		bool entered = row_type(word) == NODE_DIR && !(row_flags(word) & ROW_LEAF);

		row->name = to->name;
		row->mtime = old->rows[i].mtime;
		atomic_store_explicit(&row->word, word, memory_order_relaxed);
		memcpy((char *)to->block + to->name, names[i].at, 1u + names[i].at[0]);
		to->name += 1u + names[i].at[0];
		if (!numbered[i])
			continue;
		if (entered) {
			atomic_fetch_or_explicit(&tree_cold_mutable(filler->tree, (dir_id)row_payload(word))->flags,
			                         DIR_NUMBERED, memory_order_relaxed);
			continue;
		}
		struct fingerprint was = row_hash(filler->tree, old, i), is = row_hash(filler->tree, to->block, i);

		of->sum[0] += is.lo - was.lo;
		of->sum[1] += is.hi - was.hi;
	}
	if (to->owners)
		memcpy((char *)to->block + to->owners, (const char *)old + from->owners,
		       count * sizeof(struct node_owner));
	return 0;
}

int unique_names(struct block_writer *writer, struct filler *filler, struct block_draft *of)
{
	struct tree *tree = filler->tree;
	uint32_t count = tree_count(writer->block), found = 0;
	bool twice = false;
	int result = count > 1 ? look(tree, writer->block, count, &twice) : 0;

	if (result || !twice)
		return result;
	struct name *names = alloc_array(count, sizeof *names);
	unsigned char *numbered = alloc_array(count, 1), (*made)[256] = NULL;
	struct block_writer fresh = {0};

	result = names && numbered ? rename_all(tree, writer->block, count, names, numbered, &made) : -ENOMEM;
	if (!result)
		result = copy(&fresh, filler, writer, names, numbered, of);
	if (!result) {
		for (uint32_t i = 0; i < count; i++)
			found += numbered[i];
		tree_odd(tree, TREE_LISTED_TWICE, writer->block->dir, found);
		atomic_fetch_or_explicit(&tree_cold_mutable(tree, writer->block->dir)->flags, DIR_NUMBERS,
		                         memory_order_relaxed);
		arena_give(&tree->units,
		           (struct arena_span){.first = writer->unit, .n = block_units(tree, writer->block)});
		*writer = fresh;
	}
	free(names);
	free(numbered);
	free(made);
	return result;
}
