/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries are gathered until there are twice as many as wanted; then the better half stays, and what is worse than the
 * worst of it is passed over from then on.  So a pass over a million rows touches few of them twice.
 */
#include "engine/query/flat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "engine/image/image.h"
#include "engine/tree/row_sums.h"

#define PAUSE_ROWS 4096 /* between two calls of flat_pause() */

void flat_begin(struct flat *flat, const struct flat_query *query)
{
	*flat = (struct flat){.query = query};
}

void flat_clear(struct flat *flat)
{
	free(flat->entries);
	buf_free(&flat->names);
	*flat = (struct flat){0};
}

/* ---- the best ---- */

static uint64_t measured(const struct flat_query *query, const struct flat_entry *entry)
{
	return query->apparent ? entry->apparent_bytes : entry->alloc_bytes;
}

static uint64_t first_bytes(const void *name, size_t length)
{
	const unsigned char *bytes = name;
	uint64_t prefix = 0;

	for (size_t i = 0; i < 8; i++)
		prefix = prefix << 8 | (i < length ? bytes[i] : 0);
	return prefix;
}

static uint64_t key_of(const struct flat_query *query, const struct flat_entry *entry, const void *name, size_t length)
{
	uint64_t time = (uint64_t)entry->mtime_s ^ UINT64_C(1) << 63;

	switch (query->order) {
	case FLAT_LARGEST: return measured(query, entry);
	case FLAT_SMALLEST: return ~measured(query, entry);
	case FLAT_NEWEST: return time;
	case FLAT_OLDEST: return ~time;
	case FLAT_FIRST_NAME: return ~first_bytes(name, length);
	case FLAT_LAST_NAME: return first_bytes(name, length);
	case FLAT_GROWN: break;
	}
	return entry->growth_bytes > 0 ? (uint64_t)entry->growth_bytes : 0;
}

static int better_first(const void *left, const void *right)
{
	const struct flat_entry *a = left, *b = right;

	if (a->key != b->key)
		return a->key > b->key ? -1 : 1;
	/* Which of equal ones stay does not depend on when they were met. */
	if (a->dir != b->dir)
		return a->dir < b->dir ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/** Bring the `best` best of them to the front, in no order: quickselect with the partition of Hoare. */
static void select_best(struct flat_entry *entries, size_t count, size_t best)
{
	while (count > 16) {
		struct flat_entry pivot = entries[(count - 1) / 2], swap;
		size_t i = SIZE_MAX, j = count; /* SIZE_MAX: one before the first */

		for (;;) {
			do
				i++;
			while (better_first(&entries[i], &pivot) < 0);
			do
				j--;
			while (better_first(&pivot, &entries[j]) < 0);
			if (i >= j)
				break;
			swap = entries[i];
			entries[i] = entries[j];
			entries[j] = swap;
		}
		/* Up to j all are as good as the pivot, or better; behind it as bad, or worse. */
		if (best == ++j)
			return;
		if (best < j) {
			count = j;
		} else {
			entries += j;
			count -= j;
			best -= j;
		}
	}
	qsort(entries, count, sizeof(*entries), better_first);
}

/** The better ones stay, and their names alone. */
static int halve(struct flat *flat, size_t limit)
{
	struct buf names = {0};

	if (flat->count <= limit)
		return 0;
	select_best(flat->entries, flat->count, limit);
	flat->count = limit;
	flat->least = UINT64_MAX;
	for (size_t i = 0; i < limit; i++)
		flat->least = flat->entries[i].key < flat->least ? flat->entries[i].key : flat->least;
	for (size_t i = 0; i < limit; i++) {
		struct flat_entry *entry = &flat->entries[i];
		uint32_t at = (uint32_t)names.length;

		buf_add(&names, flat->names.data + entry->name, entry->name_length);
		entry->name = at;
	}
	if (names.failed) {
		buf_free(&names);
		return -ENOMEM;
	}
	buf_free(&flat->names);
	flat->names = names;
	return 0;
}

int flat_add(struct flat *flat, const struct flat_entry *entry, const void *name, size_t length)
{
	uint64_t key = key_of(flat->query, entry, name, length);

	flat->matched++;
	if (key < flat->least)
		return 0;
	if (flat->count >= 2 * flat->query->limit || flat->names.length > UINT32_MAX / 2) {
		if (halve(flat, flat->query->limit))
			return -ENOMEM;
		if (key < flat->least)
			return 0;
	}
	if (alloc_room(&flat->entries, &flat->capacity, flat->count + 1))
		return -ENOMEM;
	struct flat_entry *kept = &flat->entries[flat->count];

	*kept = *entry;
	kept->key = key;
	kept->name = (uint32_t)flat->names.length;
	kept->name_length = (uint8_t)length;
	if (buf_add(&flat->names, name, length))
		return -ENOMEM;
	flat->count++;
	return 0;
}

int flat_finish(struct flat *flat)
{
	return halve(flat, flat->query->limit);
}

int flat_copy_best(const struct flat *flat, size_t limit, struct flat *out)
{
	int rc;

	*out = (struct flat){.matched = flat->matched};
	out->entries = alloc_array(flat->count + 1, sizeof(*out->entries));
	if (!out->entries)
		return -ENOMEM;
	if (flat->count)
		memcpy(out->entries, flat->entries, flat->count * sizeof(*out->entries));
	out->count = out->capacity = flat->count;
	rc = buf_add(&out->names, flat->names.data ? flat->names.data : "", flat->names.length);
	if (!rc)
		rc = halve(out, limit);
	if (rc)
		flat_clear(out);
	return rc;
}

bool flat_matches(const struct flat_query *query, const struct flat_entry *entry, const void *name, size_t length,
                  const struct node_extended *owner)
{
	const struct terms_entry asked = {.name = name,
	                                  .length = length,
	                                  .type = (enum node_type)entry->type,
	                                  .bytes = measured(query, entry),
	                                  .mtime_s = entry->mtime_s,
	                                  .growth_known = entry->growth_known,
	                                  .growth_bytes = entry->growth_bytes,
	                                  .owner_known = owner && owner->known,
	                                  .uid = owner ? owner->uid : 0};

	return terms_match(&query->terms, &asked);
}

/* ---- a live tree ---- */

struct flat_search {
	struct flat *flat;
	const struct tree *tree;
	bool folders, owners;
	dir_id *stack;
	size_t capacity, depth, rows;
};

/** Too small to be among the best, by the word alone: nearly all rows of a large tree are. */
static inline bool is_small(const struct flat_search *search, uint64_t word)
{
	const struct flat_query *query = search->flat->query;

	return query->order == FLAT_LARGEST && search->flat->least && !terms_any(&query->terms) &&
	       !(row_flags(word) & (ROW_LINK | ROW_WIDE)) &&
	       (query->apparent ? row_apparent_bytes(word) : row_alloc_bytes(word)) < search->flat->least;
}

static int enter(struct flat_search *search, dir_id dir)
{
	if (alloc_room(&search->stack, &search->capacity, search->depth + 1))
		return -ENOMEM;
	search->stack[search->depth++] = dir;
	return 0;
}

static int look_at(struct flat_search *search, const struct node_block *block, uint32_t i, uint64_t word)
{
	const struct flat_query *query = search->flat->query;
	bool folder = row_enters(word), hidden = row_flags(word) & ROW_EXCLUDED;
	const unsigned char *name = (const unsigned char *)block + block->rows[i].name + 1;
	struct node_extended owner = {0};
	struct flat_entry entry;
	struct node node;

	if (!query->show_hidden && (name[0] == '.' || hidden))
		return 0;
	if (row_type(word) == NODE_DIR && !folder)
		return 0; /* excluded, or another file system: nothing of it was read */
	if (!folder && is_small(search, word)) {
		search->flat->matched++;
		return 0;
	}
	if (folder && !search->folders)
		return enter(search, (dir_id)row_payload(word));
	tree_node(search->tree, block, i, &node);
	if (query->order == FLAT_GROWN && (node.type != NODE_REG || node.mtime_s < query->written_since))
		return folder ? enter(search, node.dir) : 0;
	entry = (struct flat_entry){.dir = block->dir,
	                            .row = i,
	                            .below = node.dir,
	                            .nlink = node.nlink,
	                            .type = (uint8_t)node.type,
	                            .flags = (uint16_t)node.flags,
	                            .alloc_bytes = node.alloc_bytes,
	                            .apparent_bytes = node.apparent_bytes,
	                            .ino = node.ino,
	                            .mtime_s = node.mtime_s};
	if (query->order == FLAT_GROWN) {
		entry.growth_known = true;
		entry.growth_bytes = figure_growth(0, node.alloc_bytes);
	}
	if (search->owners)
		tree_extended(search->tree, block, i, &owner);
	if (flat_matches(query, &entry, node.name, node.name_length, &owner))
		return flat_add(search->flat, &entry, node.name, node.name_length);
	return folder ? enter(search, node.dir) : 0;
}

int flat_tree(struct flat *flat, const struct tree *tree, dir_id dir, flat_pause *pause, void *context)
{
	struct flat_search search = {.flat = flat,
	                             .tree = tree,
	                             .folders = terms_name_folders(&flat->query->terms),
	                             .owners = flat->query->terms.owner};
	unsigned pin = tree_pin(tree);
	int rc = 0;

	for (dir_id at = dir; !rc; at = search.stack[--search.depth]) {
		const struct node_block *block = tree_block(tree, at);

		for (uint32_t i = 0, count = block ? tree_count(block) : 0; i < count && !rc; i++) {
			uint64_t word = row_word(block, i);

			if (row_flags(word) & ROW_GONE)
				continue;
			rc = look_at(&search, block, i, word);
			if (!rc && ++search.rows % PAUSE_ROWS == 0 && pause && pause(flat, context))
				rc = -ECANCELED;
		}
		if (!search.depth)
			break;
	}
	tree_unpin(tree, pin);
	free(search.stack);
	return rc ? rc : flat_finish(flat);
}
