/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "engine/tree/tree_state.h"

/*
 * Names of one directory are unique in a tree, so that whatever finds by name (images, snapshots, growth) finds one
 * thing.  Some file systems list a name twice, and imports may.  The second counts as well, as du counts it, and is
 * shown as "NAME (2)".
 *
 * Nearly always there is none, and the writer of the block knows it; see there.
 */

/* The names of a directory, as they are to be; each is one length byte, then its bytes. */
struct names {
	const unsigned char **at;
	bool *numbered;             /* it has another name than its file system knows, */
	unsigned char (*made)[256]; /* in memory of its own */
	uint32_t found;             /* how many do */
	struct hash taken;
	uint64_t seed;
};

/* Take a name, that of `i`; the index of who has it already, or `i`. */
static uint32_t take(struct names *names, const unsigned char *name, uint32_t i)
{
	uint32_t hash = (uint32_t)XXH3_64bits_withSeed(name, (size_t)name[0] + 1, names->seed);

	HASH_EACH (&names->taken, hash, other)
		if (!memcmp(names->at[other], name, (size_t)name[0] + 1))
			return other;
	names->at[i] = name;
	hash_add(&names->taken, hash, i); /* there is room: each is entered once */
	return i;
}

static const unsigned char *name_at(const struct node_block *block, uint32_t i)
{
	return (const unsigned char *)block + block->rows[i].name;
}

/* "NAME (n)", within 255 bytes. */
static void number(unsigned char out[256], const unsigned char *name, uint32_t n)
{
	char ending[16];
	size_t more = (size_t)snprintf(ending, sizeof(ending), " (%u)", n),
	       keep = name[0] + more > 255 ? 255 - more : name[0];

	memcpy(out + 1, name + 1, keep);
	memcpy(out + 1 + keep, ending, more);
	out[0] = (unsigned char)(keep + more);
}

/* All names, the second ones numbered.  0 or -ENOMEM. */
static int number_names(struct names *names, const struct node_block *block, uint32_t count)
{
	names->at = alloc_array(count, sizeof(*names->at));
	names->numbered = alloc_array(count, sizeof(*names->numbered));
	if (!names->at || !names->numbered || hash_reserve(&names->taken, count))
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		names->found += names->numbered[i] = take(names, name_at(block, i), i) != i;
	if (!names->found)
		return 0;
	uint32_t *next = alloc_array(count, sizeof(*next)); /* number that the last of that name got */

	names->made = alloc_array(names->found, sizeof(*names->made));
	if (!next || !names->made) {
		free(next);
		return -ENOMEM;
	}
	for (uint32_t i = 0, m = 0; i < count; i++) {
		if (!names->numbered[i])
			continue;
		uint32_t first = take(names, name_at(block, i), i);

		do {
			next[first] = next[first] ? next[first] + 1 : 2;
			number(names->made[m], name_at(block, first), next[first]);
		} while (take(names, names->made[m], i) != i);
		m++;
	}
	free(next);
	return 0;
}

/* A block like the other one, with these names.  Hashes of rows hold the names. */
static int copy(struct block_writer *to, const struct block_writer *from, const struct names *names,
                struct block_draft *of)
{
	struct tree *tree = from->filler->tree;
	const struct node_block *old = from->block;
	uint32_t count = tree_count(old);
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += 1u + names->at[i][0];
	int rc = writer_begin(to, from->filler, old->dir, count, bytes);

	if (rc)
		return rc;
	for (uint32_t i = 0; i < count; i++) {
		struct node_row *row = &to->block->rows[i];
		uint64_t word = row_word(old, i);

		row->name = to->name;
		row->mtime = old->rows[i].mtime;
		atomic_store_explicit(&row->word, word, memory_order_relaxed);
		memcpy((char *)to->block + to->name, names->at[i], 1u + names->at[i][0]);
		to->name += 1u + names->at[i][0];
		if (!names->numbered[i])
			continue;
		if (row_enters(word)) {
			atomic_fetch_or_explicit(&tree_cold_mutable(tree, (dir_id)row_payload(word))->flags,
			                         DIR_NUMBERED, memory_order_relaxed);
			continue;
		}
		struct fingerprint was = row_hash(tree, old, i), is = row_hash(tree, to->block, i);

		of->sum[0] += is.lo - was.lo;
		of->sum[1] += is.hi - was.hi;
	}
	if (to->owners)
		memcpy((char *)to->block + to->owners, (const char *)old + from->owners,
		       count * sizeof(struct node_owner));
	return 0;
}

static int make_unique(struct block_writer *writer, struct names *names, struct block_draft *of)
{
	struct tree *tree = writer->filler->tree;
	dir_id dir = writer->block->dir;
	struct block_writer fresh;
	int rc = number_names(names, writer->block, tree_count(writer->block));

	if (rc || !names->found)
		return rc;
	rc = copy(&fresh, writer, names, of);
	if (rc)
		return rc;
	tree_odd(tree, TREE_LISTED_TWICE, dir, names->found);
	atomic_fetch_or_explicit(&tree_cold_mutable(tree, dir)->flags, DIR_NUMBERS, memory_order_relaxed);
	arena_give(&tree->units, (struct arena_span){.first = writer->unit, .n = writer->units});
	*writer = fresh;
	return 0;
}

int unique_names(struct block_writer *writer, struct block_draft *of)
{
	struct names names = {.seed = writer->filler->tree->seed};
	int rc = make_unique(writer, &names, of);

	hash_free(&names.taken);
	free(names.at);
	free(names.numbered);
	free(names.made);
	return rc;
}
