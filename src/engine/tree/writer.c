/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/tree_state.h"

/*
 * From records to a block that everybody sees.  Thread: the one that finishes the directory.
 *
 * Publication: rows, names, the children's NodeColds and `count` are written first, then the directory's `block`
 * (release).  The children's units of pending are added before that, so that nobody can see a child and a parent that
 * does not wait for it.
 *
 * While names are copied they are hashed, and the hashes are held against each other in a small table.  Two that are
 * equal are no proof that a name is there twice; none is proof that it is not, which is all that nearly every
 * directory costs.
 */

#define TAGS_KEPT 16384u /* slots that wait for the next directory; a larger table is freed */
#define TAGS_CROWDED 64  /* slots in a row that are taken: somebody chose the names */

static void tags_free(struct filler *filler)
{
	free(filler->tags);
	filler->tags = NULL;
	filler->tag_slots = 0;
}

void filler_init(struct filler *filler, struct tree *tree)
{
	memset(filler, 0, sizeof(*filler));
	filler->tree = tree;
}

void filler_end(struct filler *filler)
{
	arena_end(&filler->tree->units, &filler->blocks);
	arena_end(&filler->tree->colds, &filler->colds);
	arena_end(&filler->tree->wide, &filler->wide);
	tags_free(filler);
}

/* ---- names, copied and hashed ---- */

/* A table for so many tags, at most half full.  0 or -ENOMEM. */
static int tags_begin(struct block_writer *writer, struct filler *filler, uint32_t count)
{
	unsigned bits = 33 - (unsigned)__builtin_clz(count | 1);
	size_t slots = (size_t)1 << bits;

	if (slots <= filler->tag_slots) {
		memset(filler->tags, 0, slots * sizeof(*filler->tags));
	} else {
		free(filler->tags);
		filler->tags = alloc_array(slots, sizeof(*filler->tags));
		filler->tag_slots = filler->tags ? slots : 0;
	}
	writer->tags = filler->tags;
	writer->tag_shift = 32 - bits;
	return writer->tags ? 0 : -ENOMEM;
}

static inline uint64_t word_at(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/*
 * Copy a name with its length in front, n bytes, in words that overlap.  Its tag: a hash of all of them, never 0.  The
 * factors are odd, so that what two names differ in gets into the upper bits.  `from` lies in a record: eight bytes
 * before it can be read.
 */
static inline uint32_t copy_name(unsigned char *to, const unsigned char *from, size_t n)
{
	uint64_t last = word_at(from + n - 8), hash;

	if (n < 8) {
		memcpy(to, from, n);
		hash = (last >> (64 - 8 * n)) * 0x9e3779b97f4a7c15u;
		return (uint32_t)(hash >> 32) | 1;
	}
	uint64_t first = word_at(from);

	hash = first * 0x9e3779b97f4a7c15u + last * 0xc2b2ae3d27d4eb4fu;
	if (n > 16) {
		uint64_t second = word_at(from + 8), third = word_at(from + n - 16);

		hash += second * 0xa0761d6478bd642fu + third * 0xe7037ed1a0b428dbu;
		for (size_t at = 16; at + 16 < n; at += 8) {
			uint64_t word = word_at(from + at);

			hash = (hash ^ word) * 0x8ebc6af09c88c6e3u;
			memcpy(to + at, &word, sizeof(word));
		}
		memcpy(to + 8, &second, sizeof(second));
		memcpy(to + n - 16, &third, sizeof(third));
	}
	memcpy(to, &first, sizeof(first));
	memcpy(to + n - 8, &last, sizeof(last));
	return (uint32_t)(hash >> 32) | 1;
}

/* Where a tag goes whose slot is taken: a free one; or any, when the names are alike. */
static uint32_t next_slot(struct block_writer *writer, uint32_t tag, uint32_t slot)
{
	for (unsigned steps = 0; writer->tags[slot] && !writer->alike;
	     slot = (slot + 1) & UINT32_MAX >> writer->tag_shift)
		writer->alike = writer->tags[slot] == tag || ++steps == TAGS_CROWDED;
	return slot;
}

int writer_begin(struct block_writer *writer, struct filler *filler, dir_id dir, uint32_t count, uint64_t name_bytes)
{
	bool extended = filler->tree->extended;
	uint64_t bytes = sizeof(struct node_block) + (uint64_t)count * sizeof(struct node_row) + name_bytes;

	if (extended)
		bytes = (bytes + 3) / 4 * 4 + (uint64_t)count * sizeof(struct node_owner);
	if (bytes > UINT32_MAX)
		return -ENOMEM;
	*writer = (struct block_writer){.filler = filler, .units = (uint32_t)((bytes + 7) / 8)};
	if (tags_begin(writer, filler, count))
		return -ENOMEM;
	uint32_t unit = arena_take(&filler->tree->units, &filler->blocks, writer->units);

	if (!unit)
		return -ENOMEM;
	writer->block = arena_at(&filler->tree->units, unit);
	writer->unit = unit;
	writer->name = (uint32_t)(sizeof(struct node_block) + (size_t)count * sizeof(struct node_row));
	writer->owners = extended ? block_owners_at(writer->name + (uint32_t)name_bytes) : 0;
	writer->block->dir = dir;
	atomic_store_explicit(&writer->block->count, count, memory_order_relaxed);
	return 0;
}

void writer_copy(struct block_writer *writer, const char *records, size_t bytes, const struct node_owner *owners)
{
	struct node_block *block = writer->block;
	unsigned char *base = (unsigned char *)block;
	const unsigned shift = writer->tag_shift;
	uint32_t *tags = writer->tags, first = writer->row, name = writer->name;
	struct node_row *row = &block->rows[first];
	const struct record *record;

	for (const char *at = records; at < records + bytes; at += record->size) {
		record = (const struct record *)at;
		if (!record->length)
			continue;
		uint64_t word = record->word;

		row->name = name;
		row->mtime = record->mtime;
		atomic_store_explicit(&row->word, word, memory_order_relaxed);
		uint32_t n = 1u + record->length, tag = copy_name(base + name, &record->length, n), slot = tag >> shift;

		if (tags[slot])
			slot = next_slot(writer, tag, slot);
		tags[slot] = tag;
		name += n;
		if (row_enters(word))
			tree_cold_mutable(writer->filler->tree, (dir_id)row_payload(word))->row =
				(uint32_t)(row - block->rows);
		row++;
	}
	writer->row = (uint32_t)(row - block->rows);
	writer->name = name;
	if (writer->owners && owners)
		memcpy(base + writer->owners + (size_t)first * sizeof(*owners), owners,
		       (size_t)(writer->row - first) * sizeof(*owners));
}

static_assert(sizeof(struct tree_rest) <= REST_ROWS * sizeof(struct node_row), "takes the place of rows");

void writer_rest(struct block_writer *writer, const struct tree_rest *rest)
{
	struct node_block *block = writer->block;
	uint32_t rows = tree_count(block) - REST_ROWS;

	memcpy(&block->rows[rows], rest, sizeof(*rest));
	atomic_store_explicit(&block->count, rows, memory_order_relaxed);
	atomic_fetch_or_explicit(&tree_cold_mutable(writer->filler->tree, block->dir)->flags, DIR_REST,
	                         memory_order_relaxed);
}

void writer_publish(struct block_writer *writer, const struct block_draft *of)
{
	struct node_cold *cold = tree_cold_mutable(writer->filler->tree, writer->block->dir);

	if (writer->filler->tag_slots > TAGS_KEPT)
		tags_free(writer->filler);
	if (of->dirs)
		atomic_fetch_add_explicit(&cold->pending, of->dirs, memory_order_relaxed);
	atomic_fetch_add_explicit(&cold->sum[0], of->sum[0], memory_order_relaxed);
	atomic_fetch_add_explicit(&cold->sum[1], of->sum[1], memory_order_relaxed);
	/* Pairs with the acquire in tree_block(). */
	atomic_store_explicit(&cold->block, writer->unit, memory_order_release);
}
