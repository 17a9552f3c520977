/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/link_names.h"
#include "engine/tree/subtree.h"

/*
 * A new row is written into the slack, then `count` is stored (release): readers that load the count (acquire) see the
 * row whole.  A block without slack is copied into a larger one, dead rows dropped when there are many, and the old one
 * retired.  Dropping changes the indexes of rows: tree.c finds a directory's own row by its dir_id where the index it
 * is kept under does not lead to it.
 *
 * Trees with owners and modes keep those right behind the names, for which slack has no room: there every new row
 * copies its block.
 */

static struct node_block *block_of(const struct tree *tree, dir_id dir)
{
	return (struct node_block *)tree_block(tree, dir);
}

/* ---- an entry as it lies in a row ---- */

struct row_draft {
	struct block_draft block;
	struct totals totals; /* without linked bytes: those are counted already, see links_add() */
	union {               /* last: its name has no length of its own */
		struct record record;
		char room[sizeof(struct record) + 256];
	};
};

/* A link's kept figures are not what was just seen: the newest word counts. */
static int update_link(struct tree *tree, uint64_t word, const struct entry *entry)
{
	uint32_t index = (uint32_t)row_payload(word);
	struct link_figures kept = link_figures(links_at(&tree->links, index));
	const struct link_change change = {
		.index = index,
		.nlink = entry->nlink,
		.alloc_bytes = entry->alloc_bytes,
		.apparent_bytes = entry->apparent_bytes,
		.mtime_s = node_seconds(entry->mtime_ns, entry->mtime_era),
	};

	if (kept.nlink == change.nlink && kept.alloc_bytes == change.alloc_bytes &&
	    kept.apparent_bytes == change.apparent_bytes && kept.mtime_s == change.mtime_s)
		return 0;
	return subtree_change_link(tree, &change);
}

/* Word, mtime and totals of an entry; a linked one becomes a name in `dir`.  0 or -ENOMEM. */
static int row_draft_begin(struct row_draft *draft, struct tree *tree, dir_id dir, const struct entry *entry)
{
	memset(draft, 0, sizeof(*draft));
	block_begin(&draft->block, &tree->filler, dir);
	int rc = block_record(&draft->block, entry, &draft->record, NULL);

	if (!rc && row_flags(draft->record.word) & ROW_LINK)
		rc = update_link(tree, draft->record.word, entry);
	draft->totals = draft->block.totals;
	return rc;
}

static void row_draft_end(struct row_draft *draft)
{
	block_end(&draft->block);
}

/* What a row without NodeCold adds to its directory, linked bytes not among it. */
static struct totals totals_of(const struct tree *tree, const struct node_block *block, uint32_t row)
{
	struct node node;

	tree_node(tree, block, row, &node);
	struct totals totals = {
		.items = 1,
		.files = node.type != NODE_DIR,
		.errors = (node.flags & ROW_ERROR) != 0,
	};

	if (!(node.flags & ROW_LINK)) {
		totals.alloc = figure_of(node.alloc_bytes);
		totals.apparent = figure_of(node.apparent_bytes);
	}
	return totals;
}

/* ---- blocks that grow ---- */

/* Copy the rows of a directory into a block with more room.  0 or -ENOMEM. */
static int rebuild(struct tree *tree, struct block_slack *slack, uint32_t more_names)
{
	struct node_block *old = block_of(tree, slack->dir);
	uint32_t count = old ? tree_count(old) : 0, live = count - slack->dead;
	bool drop = slack->dead > count / 4;
	uint32_t kept = drop ? live : count;
	uint64_t names = more_names, rows = (uint64_t)kept + 1;

	for (uint32_t i = 0; i < count; i++)
		names += 1u + ((const unsigned char *)old)[old->rows[i].name];
	if (!tree->extended) {
		rows += kept / 4 + 3;
		names += names / 4 + 64;
	}
	uint64_t bytes = sizeof(*old) + rows * sizeof(*old->rows) + names;
	uint64_t owners_room = tree->extended ? 4 + rows * sizeof(struct node_owner) : 0;

	if (bytes + owners_room > UINT32_MAX)
		return -ENOMEM;
	uint32_t units = (uint32_t)((bytes + owners_room + 7) / 8);
	uint32_t unit = arena_take(&tree->units, &tree->filler.blocks, units);

	if (!unit)
		return -ENOMEM;
	struct node_block *block = arena_at(&tree->units, unit);
	uint32_t name = (uint32_t)(sizeof(*block) + rows * sizeof(*block->rows)), at = 0;

	block->dir = slack->dir;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t word = row_word(old, i);
		const unsigned char *from = (const unsigned char *)old + old->rows[i].name;

		if (drop && row_flags(word) & ROW_GONE)
			continue;
		block->rows[at].name = name;
		block->rows[at].mtime = __atomic_load_n(&old->rows[i].mtime, __ATOMIC_RELAXED);
		atomic_store_explicit(&block->rows[at].word, word, memory_order_relaxed);
		memcpy((char *)block + name, from, 1u + from[0]);
		name += 1u + from[0];
		if (row_type(word) == NODE_DIR && !(row_flags(word) & (ROW_LEAF | ROW_GONE)))
			atomic_store_explicit(&tree_cold_mutable(tree, (dir_id)row_payload(word))->row, at,
			                      memory_order_release);
		at++;
	}
	atomic_store_explicit(&block->count, at, memory_order_relaxed);
	/* Pairs with the acquire in tree_block(). */
	atomic_store_explicit(&tree_cold_mutable(tree, slack->dir)->block, unit, memory_order_release);
	if (slack->unit)
		tree_retire(tree, &(struct arena_span){.first = slack->unit, .n = slack->units}, 1);
	*slack = (struct block_slack){
		.dir = slack->dir,
		.unit = unit,
		.units = units,
		.rows = (uint32_t)rows,
		.name_next = name,
		.name_end = (uint32_t)bytes,
		.dead = drop ? 0 : slack->dead,
	};
	return 0;
}

/* Owners of a block whose names end at `names_end`, `count` of them, once more for a block with one row more. */
static int copy_owners(const struct tree *tree, dir_id dir, struct node_owner **owners, uint32_t *count)
{
	const struct node_block *block = block_of(tree, dir);

	*count = block ? tree_count(block) : 0;
	*owners = alloc_array(*count + 1u, sizeof **owners);
	if (!*owners)
		return -ENOMEM;
	for (uint32_t i = 0; i < *count; i++) {
		struct node_extended extended;

		tree_extended(tree, block, i, &extended);
		(*owners)[i] = node_owner(&extended);
	}
	return 0;
}

/* Make room for a row with a name of so many bytes: the slack, or NULL. */
static struct block_slack *make_room(struct tree *tree, dir_id dir, uint32_t length)
{
	struct block_slack *slack = slack_of(tree, dir);

	if (!slack)
		return NULL;
	uint32_t count = slack->unit ? tree_count(block_of(tree, dir)) : 0;

	if (!tree->extended && slack->unit && count < slack->rows && slack->name_end - slack->name_next >= 1 + length)
		return slack;
	return rebuild(tree, slack, 1 + length) ? NULL : slack;
}

/* Put a row behind the others; room has been made. */
static uint32_t append(struct tree *tree, struct block_slack *slack, const void *name, uint8_t length, uint32_t mtime,
                       uint64_t word)
{
	struct node_block *block = block_of(tree, slack->dir);
	uint32_t row = tree_count(block);

	block->rows[row].name = slack->name_next;
	block->rows[row].mtime = mtime;
	atomic_store_explicit(&block->rows[row].word, word, memory_order_relaxed);
	((unsigned char *)block)[slack->name_next] = length;
	memcpy((char *)block + slack->name_next + 1, name, length);
	slack->name_next += 1u + length;
	/* Pairs with the acquire in tree_count(). */
	atomic_store_explicit(&block->count, row + 1, memory_order_release);
	return row;
}

/* With owners: a copy of the block whose last row is the new one, owners behind its name. */
static int append_extended(struct tree *tree, dir_id dir, const void *name, uint8_t length, uint32_t mtime,
                           uint64_t word, const struct node_extended *extended, uint32_t *row)
{
	struct node_owner *owners;
	uint32_t count;

	if (copy_owners(tree, dir, &owners, &count))
		return -ENOMEM;
	struct block_slack *slack = slack_of(tree, dir);

	/* Indexes must stay: the owners lie in the order of the rows. */
	if (slack)
		slack->dead = 0;
	if (!slack || rebuild(tree, slack, 1u + length)) {
		free(owners);
		return -ENOMEM;
	}
	struct node_block *block = block_of(tree, dir);

	owners[count] = node_owner(extended);
	/*
	 * Behind the new row's name: what a reader of the shorter count finds there is not owners, for a moment; so
	 * those come first, twice.
	 */
	memcpy((char *)block + block_owners_at(slack->name_next + 1u + length), owners, (count + 1u) * sizeof(*owners));
	*row = append(tree, slack, name, length, mtime, word);
	free(owners);
	return 0;
}

static int put_row(struct tree *tree, dir_id dir, const struct entry *entry, uint32_t mtime, uint64_t word,
                   uint32_t *row)
{
	if (tree->extended)
		return append_extended(tree, dir, entry->name, (uint8_t)entry->length, mtime, word, &entry->extended,
		                       row);
	struct block_slack *slack = make_room(tree, dir, (uint32_t)entry->length);

	if (!slack)
		return -ENOMEM;
	*row = append(tree, slack, entry->name, (uint8_t)entry->length, mtime, word);
	return 0;
}

/* ---- files ---- */

/* Take back what row_draft_begin() counted of a link. */
static void take_back(struct tree *tree, dir_id dir, uint64_t word, struct subtree_delta *delta)
{
	if (!(row_flags(word) & ROW_LINK))
		return;
	links_forget(&tree->links, (uint32_t)row_payload(word), dir, DIR_NONE);
	subtree_delta_link(delta, (uint32_t)row_payload(word), -1);
}

int edit_insert(struct tree *tree, dir_id dir, const struct entry *entry, uint32_t *row)
{
	struct row_draft draft;
	struct subtree_delta delta;
	int rc = subtree_delta_begin(&delta, tree, dir);

	if (rc)
		return rc;
	rc = row_draft_begin(&draft, tree, dir, entry);
	if (!rc) {
		rc = put_row(tree, dir, entry, draft.record.mtime, draft.record.word, row);
		if (rc)
			take_back(tree, dir, draft.record.word, &delta);
		else
			subtree_delta_totals(&delta, &draft.totals, 1);
		subtree_delta_commit(&delta);
		tree_unsum(tree, dir);
	}
	row_draft_end(&draft);
	subtree_delta_end(&delta);
	return rc;
}

/* A mark for each row of an inode. */
struct touch {
	struct tree *tree;
	uint32_t mtime;
};

static void touch_row(void *context, dir_id dir, uint32_t row)
{
	struct touch *touch = context;

	__atomic_store_n(&block_of(touch->tree, dir)->rows[row].mtime, touch->mtime, __ATOMIC_RELAXED);
	tree_unsum(touch->tree, dir);
}

int edit_file(struct tree *tree, dir_id dir, uint32_t row, const struct entry *entry)
{
	struct node_block *block = block_of(tree, dir);
	uint64_t old = row_word(block, row);
	struct row_draft draft;
	struct subtree_delta delta;
	int rc = subtree_delta_begin(&delta, tree, dir);

	if (rc)
		return rc;
	struct totals before = totals_of(tree, block, row);

	rc = row_draft_begin(&draft, tree, dir, entry);
	if (rc)
		goto out;
	uint64_t word = draft.record.word;

	/* Its old name goes after the new one came: an inode that stays is counted all along. */
	take_back(tree, dir, old, &delta);
	subtree_delta_totals(&delta, &before, -1);
	subtree_delta_totals(&delta, &draft.totals, 1);
	subtree_delta_commit(&delta);
	__atomic_store_n(&block->rows[row].mtime, draft.record.mtime, __ATOMIC_RELAXED);
	atomic_store_explicit(&block->rows[row].word, word, memory_order_release);
	tree_unsum(tree, dir);
	/* The other names are names of the same inode. */
	if (row_flags(word) & ROW_LINK)
		link_names_each(tree, (uint32_t)row_payload(word), touch_row,
		                &(struct touch){.tree = tree, .mtime = draft.record.mtime});
out:
	row_draft_end(&draft);
	subtree_delta_end(&delta);
	return rc;
}

/* ---- directories ---- */

void edit_own(struct tree *tree, dir_id dir, const struct entry *entry)
{
	/* A cache counts as nothing. */
	if (!(atomic_load_explicit(&tree_cold_mutable(tree, dir)->flags, memory_order_relaxed) & DIR_CACHE) &&
	    cold_own(tree, dir, entry))
		tree_unsum(tree, dir);
}

static void bury_row(struct tree *tree, struct block_slack *slack, dir_id dir, uint32_t row)
{
	struct node_row *at = &block_of(tree, dir)->rows[row];
	uint64_t word = atomic_load_explicit(&at->word, memory_order_relaxed);

	atomic_store_explicit(&at->word, word | (uint64_t)ROW_GONE << ROW_TYPE_BITS, memory_order_release);
	if (slack)
		slack->dead++;
	tree_unsum(tree, dir);
}

int edit_remove(struct tree *tree, dir_id dir, uint32_t row)
{
	struct node_block *block = block_of(tree, dir);
	uint64_t word = row_word(block, row);
	bool whole = row_type(word) == NODE_DIR && !(row_flags(word) & ROW_LEAF);
	struct subtree_survey survey = {0};
	struct arena_span *spans = NULL;
	struct subtree_delta delta = {0};
	struct block_slack *slack;
	size_t n = 0;
	int rc = subtree_delta_begin(&delta, tree, dir);

	slack = rc ? NULL : slack_of(tree, dir);
	if (!rc && !slack)
		rc = -ENOMEM;
	if (!rc && whole)
		rc = subtree_survey_take(&survey, tree, (dir_id)row_payload(word));
	if (rc)
		goto out;
	if (whole) {
		spans = subtree_spans(tree, &survey, &n);
		subtree_forget_links(&survey, tree);
		subtree_delta_whole(&delta, &survey, -1);
	} else {
		struct totals totals = totals_of(tree, block, row);

		take_back(tree, dir, word, &delta);
		subtree_delta_totals(&delta, &totals, -1);
	}
	subtree_delta_commit(&delta);
	bury_row(tree, slack, dir, row);
	if (whole) {
		subtree_bury(tree, &survey);
		tree_retire(tree, spans, n);
	}
out:
	free(spans);
	subtree_survey_free(&survey);
	subtree_delta_end(&delta);
	return rc;
}

int edit_move(struct tree *tree, dir_id moved, dir_id parent, const char *name, size_t length)
{
	struct node_cold *cold = tree_cold_mutable(tree, moved);
	dir_id from = cold->parent;
	struct subtree_survey survey = {0};
	struct subtree_delta out = {0}, in = {0};
	struct entry entry = {.name = name, .length = length, .type = NODE_DIR};
	uint32_t row, old_row;
	int rc = 0;

	for (dir_id at = parent; at != DIR_NONE; at = tree_cold(tree, at)->parent)
		if (at == moved)
			return -ELOOP;
	struct block_slack *slack = rc ? NULL : slack_of(tree, from);

	if (!rc && !slack)
		rc = -ENOMEM;
	if (!rc)
		rc = subtree_survey_take(&survey, tree, moved);
	if (!rc)
		rc = subtree_delta_begin(&out, tree, from);
	if (!rc)
		rc = subtree_delta_begin(&in, tree, parent);
	if (!rc && tree->extended) {
		struct node_extended *extended = &entry.extended;

		tree_extended(tree, block_of(tree, from), cold->row, extended);
	}
	/* The new row first: until its parent is another one the directory calls itself by the old. */
	if (!rc)
		rc = put_row(tree, parent, &entry, 0, NODE_DIR | (uint64_t)moved << ROW_PAYLOAD_SHIFT, &row);
	if (rc)
		goto done;
	/* put_row() may have moved the table of slack, and the rows of the block they share. */
	slack = slack_of(tree, from);
	old_row = cold->row;
	/* In the air its names are found neither there nor here. */
	cold->parent = DIR_NONE;
	for (size_t i = 0; i < survey.link_count; i++)
		links_uncount(&tree->links, survey.links[i].index);
	subtree_delta_whole(&out, &survey, -1);
	subtree_delta_whole(&in, &survey, 1);
	subtree_delta_commit(&out);
	subtree_delta_commit(&in);
	cold->row = row;
	cold->parent = parent;
	bury_row(tree, slack, from, old_row);
	tree_unsum(tree, parent);
done:
	subtree_survey_free(&survey);
	subtree_delta_end(&out);
	subtree_delta_end(&in);
	return rc;
}
