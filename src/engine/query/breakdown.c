/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/query/breakdown.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "engine/tree/row_sums.h"

#define DAY_S 86400
#define AGE_OLDER (BREAKDOWN_AGES - 2)
#define AGE_UNKNOWN (BREAKDOWN_AGES - 1)

static const struct {
	const char *word, *title;
	int64_t within_s;
} ages[BREAKDOWN_AGES] = {
	{"1d", N_("within a day"), DAY_S},
	{"7d", N_("within 7 days"), 7 * DAY_S},
	{"30d", N_("within 30 days"), 30 * DAY_S},
	{"90d", N_("within 90 days"), 90 * DAY_S},
	{"1y", N_("within a year"), 365 * DAY_S},
	{"2y", N_("within 2 years"), 2 * 365 * DAY_S},
	{"5y", N_("within 5 years"), 5 * 365 * DAY_S},
	{"older", N_("older"), INT64_MAX},
	{"unknown", N_("not known"), 0},
};

/** What has this extension; without one, this kind. */
struct extension_sum {
	char extension[EXTENSION_BYTES];
	enum file_kind key, kind; /* key: KIND_COUNT where it has one, else the kind */
	struct breakdown_sum sum;
};

struct owner_sum {
	bool known;
	uint32_t uid;
	struct breakdown_sum sum;
};

struct linked_inode {
	uint64_t key;
	uint16_t fs;
};

struct breakdown {
	int64_t since_s[BREAKDOWN_AGES]; /* modified since then is of that age, or younger */
	struct hash by_extension;
	struct extension_sum *extensions;
	size_t extension_count, extension_capacity;
	struct breakdown_sum ages[BREAKDOWN_AGES];
	struct hash by_owner;
	struct owner_sum *owners;
	size_t owner_count, owner_capacity;
	struct hash by_inode;
	struct linked_inode *inodes;
	size_t inode_count, inode_capacity;
	size_t last_extension, last_owner; /* neighbours are often alike */
};

struct breakdown *breakdown_create(int64_t now_s)
{
	struct breakdown *breakdown = alloc_zero(struct breakdown);

	for (unsigned i = 0; breakdown && i < AGE_OLDER; i++)
		breakdown->since_s[i] = now_s - ages[i].within_s;
	return breakdown;
}

void breakdown_destroy(struct breakdown *breakdown)
{
	if (!breakdown)
		return;
	hash_free(&breakdown->by_extension);
	hash_free(&breakdown->by_owner);
	hash_free(&breakdown->by_inode);
	free(breakdown->extensions);
	free(breakdown->owners);
	free(breakdown->inodes);
	free(breakdown);
}

/* ---- entries ---- */

static void sum_entry(struct breakdown_sum *sum, const struct breakdown_entry *entry)
{
	sum->items += !entry->top;
	if (entry->again)
		return;
	sum->alloc_bytes = figure_sum(sum->alloc_bytes, entry->alloc_bytes);
	sum->apparent_bytes = figure_sum(sum->apparent_bytes, entry->apparent_bytes);
}

static void sum_sums(struct breakdown_sum *sum, const struct breakdown_sum *more)
{
	sum->items += more->items;
	sum->alloc_bytes = figure_sum(sum->alloc_bytes, more->alloc_bytes);
	sum->apparent_bytes = figure_sum(sum->apparent_bytes, more->apparent_bytes);
}

static uint32_t extension_hash(const char extension[EXTENSION_BYTES], enum file_kind kind)
{
	uint64_t words[2];

	memcpy(words, extension, sizeof(words));
	return hash_u64(words[0] ^ words[1] * 0xff51afd7ed558ccdu ^ (uint64_t)kind);
}

/** Its extension's; NULL without memory. */
static struct extension_sum *extension_of(struct breakdown *breakdown, const struct breakdown_entry *entry)
{
	/* Of those without an extension the kind tells them apart. */
	enum file_kind kind = entry->type == NODE_REG ? KIND_NONE
	                    : entry->type == NODE_DIR ? KIND_FOLDER
	                                              : KIND_SPECIAL;
	struct extension_sum *last = breakdown->extensions + breakdown->last_extension, *grown;
	char extension[EXTENSION_BYTES] = "";
	uint32_t hash;

	if (entry->type == NODE_REG && kind_extension(entry->name, entry->length, extension))
		kind = KIND_COUNT;
	if (breakdown->extension_count && last->key == kind && !memcmp(last->extension, extension, EXTENSION_BYTES))
		return last;
	hash = extension_hash(extension, kind);
	HASH_EACH (&breakdown->by_extension, hash, i) {
		if (breakdown->extensions[i].key != kind ||
		    memcmp(breakdown->extensions[i].extension, extension, EXTENSION_BYTES))
			continue;
		breakdown->last_extension = i;
		return &breakdown->extensions[i];
	}
	if (alloc_room(&breakdown->extensions, &breakdown->extension_capacity, breakdown->extension_count + 1) ||
	    hash_add(&breakdown->by_extension, hash, (uint32_t)breakdown->extension_count))
		return NULL;
	breakdown->last_extension = breakdown->extension_count++;
	grown = &breakdown->extensions[breakdown->last_extension];
	*grown = (struct extension_sum){.key = kind, .kind = kind == KIND_COUNT ? kind_of_extension(extension) : kind};
	memcpy(grown->extension, extension, EXTENSION_BYTES);
	return grown;
}

static struct owner_sum *owner_of(struct breakdown *breakdown, const struct breakdown_entry *entry)
{
	struct owner_sum *last = breakdown->owners + breakdown->last_owner;
	uint32_t uid = entry->owner_known ? entry->uid : 0, hash = hash_u32(uid);

	if (breakdown->owner_count && last->known == entry->owner_known && last->uid == uid)
		return last;
	HASH_EACH (&breakdown->by_owner, hash, i) {
		if (breakdown->owners[i].known != entry->owner_known)
			continue;
		breakdown->last_owner = i;
		return &breakdown->owners[i];
	}
	if (alloc_room(&breakdown->owners, &breakdown->owner_capacity, breakdown->owner_count + 1) ||
	    hash_add(&breakdown->by_owner, hash, (uint32_t)breakdown->owner_count))
		return NULL;
	breakdown->last_owner = breakdown->owner_count++;
	breakdown->owners[breakdown->last_owner] = (struct owner_sum){.known = entry->owner_known, .uid = uid};
	return &breakdown->owners[breakdown->last_owner];
}

static unsigned age_of(const struct breakdown *breakdown, int64_t mtime_s)
{
	unsigned age = 0;

	if (!mtime_s)
		return AGE_UNKNOWN;
	while (age < AGE_OLDER && mtime_s < breakdown->since_s[age])
		age++;
	return age;
}

int breakdown_add(struct breakdown *breakdown, const struct breakdown_entry *entry)
{
	struct extension_sum *extension = extension_of(breakdown, entry);
	struct owner_sum *owner = owner_of(breakdown, entry);

	if (!extension || !owner)
		return -ENOMEM;
	sum_entry(&extension->sum, entry);
	sum_entry(&owner->sum, entry);
	sum_entry(&breakdown->ages[age_of(breakdown, entry->mtime_s)], entry);
	return 0;
}

int breakdown_first(struct breakdown *breakdown, uint64_t key, uint16_t fs)
{
	uint32_t hash = hash_u64(key ^ (uint64_t)fs << 48);

	HASH_EACH (&breakdown->by_inode, hash, i)
		if (breakdown->inodes[i].key == key && breakdown->inodes[i].fs == fs)
			return 0;
	if (alloc_room(&breakdown->inodes, &breakdown->inode_capacity, breakdown->inode_count + 1))
		return -ENOMEM;
	breakdown->inodes[breakdown->inode_count] = (struct linked_inode){key, fs};
	if (hash_add(&breakdown->by_inode, hash, (uint32_t)breakdown->inode_count))
		return -ENOMEM;
	breakdown->inode_count++;
	return 1;
}

/* ---- a live tree ---- */

/** A plain file, which nearly all rows are: all of it lies in the row. */
static int add_plain(struct breakdown *breakdown, const struct node_block *block, uint32_t i, uint64_t word)
{
	const unsigned char *name = (const unsigned char *)block + block->rows[i].name;
	const struct breakdown_entry entry = {.name = name + 1,
	                                      .length = *name,
	                                      .type = row_type(word),
	                                      .alloc_bytes = row_alloc_bytes(word),
	                                      .apparent_bytes = row_apparent_bytes(word),
	                                      .mtime_s = __atomic_load_n(&block->rows[i].mtime, __ATOMIC_RELAXED)};

	return breakdown_add(breakdown, &entry);
}

/** One row; a directory's own inode. */
static int add_row(struct breakdown *breakdown, const struct tree *tree, const struct node_block *block, uint32_t i)
{
	struct breakdown_entry entry = {0};
	struct node_extended extended;
	struct node node;

	tree_node(tree, block, i, &node);
	entry = (struct breakdown_entry){.name = node.name,
	                                 .length = node.name_length,
	                                 .type = node.type,
	                                 .alloc_bytes = node.alloc_bytes,
	                                 .apparent_bytes = node.apparent_bytes,
	                                 .mtime_s = node.mtime_s};
	if (node.dir != DIR_NONE) {
		const struct node_cold *cold = tree_cold(tree, node.dir);

		entry.alloc_bytes = __atomic_load_n(&cold->own_alloc_bytes, __ATOMIC_RELAXED);
		entry.apparent_bytes = __atomic_load_n(&cold->own_apparent_bytes, __ATOMIC_RELAXED);
	} else if (node.flags & ROW_LINK) {
		/* The link's index: an inode that is not on the root's own file system has another. */
		int first = breakdown_first(breakdown, row_payload(row_word(block, i)), 0);

		if (first < 0)
			return first;
		entry.again = !first;
	}
	tree_extended(tree, block, i, &extended);
	entry.owner_known = extended.known;
	entry.uid = extended.uid;
	return breakdown_add(breakdown, &entry);
}

/** The directory that was asked for: its own inode, which is no item of its own. */
static int add_top(struct breakdown *breakdown, const struct tree *tree, dir_id dir)
{
	const struct node_cold *cold = tree_cold(tree, dir);
	const struct node_block *above = cold->parent != DIR_NONE ? tree_block(tree, cold->parent) : NULL;
	struct breakdown_entry entry = {.name = "", .type = NODE_DIR, .top = true};
	struct node_extended extended = {0};
	struct node node;

	tree_dir_node(tree, dir, &node);
	if (dir == DIR_ROOT)
		tree_extended_root(tree, &extended);
	for (uint32_t i = 0; above && i < tree_count(above) && !extended.known; i++)
		if (row_enters(row_word(above, i)) && row_payload(row_word(above, i)) == dir) {
			tree_extended(tree, above, i, &extended);
			break;
		}
	entry.alloc_bytes = __atomic_load_n(&cold->own_alloc_bytes, __ATOMIC_RELAXED);
	entry.apparent_bytes = __atomic_load_n(&cold->own_apparent_bytes, __ATOMIC_RELAXED);
	entry.mtime_s = node.mtime_s;
	entry.owner_known = extended.known;
	entry.uid = extended.uid;
	return breakdown_add(breakdown, &entry);
}

int breakdown_tree(struct breakdown *breakdown, const struct tree *tree, dir_id dir, const _Atomic bool *cancel)
{
	struct node_extended root = {0};
	dir_id *stack = NULL;
	size_t capacity = 0, depth = 0;
	unsigned pin = tree_pin(tree);
	int rc = add_top(breakdown, tree, dir);
	bool owners;

	tree_extended_root(tree, &root);
	owners = root.known;

	for (dir_id at = dir; !rc; at = stack[--depth]) {
		const struct node_block *block = tree_block(tree, at);

		if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
			rc = -ECANCELED;
		for (uint32_t i = 0, count = block ? tree_count(block) : 0; i < count && !rc; i++) {
			uint64_t word = row_word(block, i);

			if (row_flags(word) & ROW_GONE)
				continue;
			rc = !owners && row_type(word) != NODE_DIR && !row_flags(word)
			           ? add_plain(breakdown, block, i, word)
			           : add_row(breakdown, tree, block, i);
			if (rc || !row_enters(word))
				continue;
			if (alloc_room(&stack, &capacity, depth + 1)) {
				rc = -ENOMEM;
				break;
			}
			stack[depth++] = (dir_id)row_payload(word);
		}
		if (!depth)
			break;
	}
	tree_unpin(tree, pin);
	free(stack);
	return rc;
}

/* ---- groups ---- */

uint64_t breakdown_measured(const struct breakdown_sum *sum, enum breakdown_measure measure)
{
	return measure == BREAKDOWN_ITEMS    ? sum->items
	     : measure == BREAKDOWN_APPARENT ? sum->apparent_bytes
	                                     : sum->alloc_bytes;
}

struct sorted_group {
	uint64_t key;
	size_t at;
	struct breakdown_group group;
};

static int larger_first(const void *left, const void *right)
{
	const struct sorted_group *a = left, *b = right;

	if (a->key != b->key)
		return a->key > b->key ? -1 : 1;
	return a->at < b->at ? -1 : 1;
}

/** A type's extensions that hold most: what has the i-th is passed on when a larger one comes. */
static void note_extension(struct breakdown_group *group, uint64_t best[BREAKDOWN_KINDS_EXTENSIONS],
                           const struct extension_sum *extension, uint64_t measured)
{
	unsigned at = BREAKDOWN_KINDS_EXTENSIONS;

	while (at && (!*group->extensions[at - 1] || best[at - 1] < measured))
		at--;
	if (at == BREAKDOWN_KINDS_EXTENSIONS)
		return;
	for (unsigned i = BREAKDOWN_KINDS_EXTENSIONS - 1; i > at; i--) {
		memcpy(group->extensions[i], group->extensions[i - 1], sizeof(*group->extensions));
		best[i] = best[i - 1];
	}
	memcpy(group->extensions[at], extension->extension, sizeof(*group->extensions));
	best[at] = measured;
}

static size_t groups_by_type(const struct breakdown *breakdown, enum breakdown_measure measure,
                             struct sorted_group *groups)
{
	uint64_t best[KIND_COUNT][BREAKDOWN_KINDS_EXTENSIONS] = {{0}};

	for (enum file_kind kind = 0; kind < KIND_COUNT; kind++)
		groups[kind].group.kind = kind;
	for (size_t i = 0; i < breakdown->extension_count; i++) {
		const struct extension_sum *extension = &breakdown->extensions[i];
		struct breakdown_group *group = &groups[extension->kind].group;

		sum_sums(&group->sum, &extension->sum);
		if (*extension->extension)
			note_extension(group, best[extension->kind], extension,
			               breakdown_measured(&extension->sum, measure));
	}
	return KIND_COUNT;
}

static size_t group_count(const struct breakdown *breakdown, enum breakdown_by by)
{
	switch (by) {
	case BREAKDOWN_TYPE: return KIND_COUNT;
	case BREAKDOWN_EXTENSION: return breakdown->extension_count;
	case BREAKDOWN_AGE: return BREAKDOWN_AGES;
	default: return breakdown->owner_count;
	}
}

int breakdown_groups(const struct breakdown *breakdown, enum breakdown_by by, enum breakdown_measure measure,
                     struct breakdown_group **out, size_t *count)
{
	size_t all = group_count(breakdown, by), kept = 0;
	struct sorted_group *groups = alloc_array(all + 1, sizeof(*groups));
	struct breakdown_group *list = alloc_array(all + 1, sizeof(*list));

	*out = list;
	*count = 0;
	if (!groups || !list) {
		free(groups);
		free(list);
		*out = NULL;
		return -ENOMEM;
	}
	if (by == BREAKDOWN_TYPE)
		groups_by_type(breakdown, measure, groups);
	for (size_t i = 0; i < all; i++) {
		struct breakdown_group *group = &groups[i].group;

		if (by == BREAKDOWN_EXTENSION) {
			group->kind = breakdown->extensions[i].kind;
			memcpy(group->extensions[0], breakdown->extensions[i].extension, sizeof(*group->extensions));
			group->sum = breakdown->extensions[i].sum;
		} else if (by == BREAKDOWN_AGE) {
			group->age = (unsigned)i;
			group->sum = breakdown->ages[i];
		} else if (by == BREAKDOWN_OWNER) {
			group->owner_known = breakdown->owners[i].known;
			group->uid = breakdown->owners[i].uid;
			group->sum = breakdown->owners[i].sum;
		}
		groups[i].key = breakdown_measured(&group->sum, measure);
		groups[i].at = i;
		if (group->sum.items || group->sum.alloc_bytes || group->sum.apparent_bytes)
			groups[kept++] = groups[i];
	}
	qsort(groups, kept, sizeof(*groups), larger_first);
	for (size_t i = 0; i < kept; i++)
		list[i] = groups[i].group;
	free(groups);
	*count = kept;
	return 0;
}

struct breakdown_sum breakdown_total(const struct breakdown *breakdown)
{
	struct breakdown_sum total = {0};

	for (unsigned i = 0; i < BREAKDOWN_AGES; i++)
		sum_sums(&total, &breakdown->ages[i]);
	return total;
}

bool breakdown_owners(const struct breakdown *breakdown)
{
	for (size_t i = 0; i < breakdown->owner_count; i++)
		if (breakdown->owners[i].known)
			return true;
	return false;
}

const struct breakdown_group *breakdown_find(enum breakdown_by by, const struct breakdown_group *groups, size_t count,
                                             const struct breakdown_group *group)
{
	for (size_t i = 0; i < count; i++) {
		const struct breakdown_group *other = &groups[i];
		bool same = by == BREAKDOWN_TYPE ? other->kind == group->kind
		          : by == BREAKDOWN_EXTENSION
		                  ? other->kind == group->kind && !strcmp(other->extensions[0], group->extensions[0])
		          : by == BREAKDOWN_AGE ? other->age == group->age
		                                : other->owner_known == group->owner_known && other->uid == group->uid;

		if (same)
			return other;
	}
	return NULL;
}

/* ---- words ---- */

const char *breakdown_word(enum breakdown_by by, const struct breakdown_group *group, char out[16])
{
	switch (by) {
	case BREAKDOWN_TYPE: return kind_word(group->kind);
	case BREAKDOWN_EXTENSION:
		return *group->extensions[0]    ? group->extensions[0]
		     : group->kind == KIND_NONE ? ""
		                                : kind_word(group->kind);
	case BREAKDOWN_AGE: return ages[group->age].word;
	default: break;
	}
	if (!group->owner_known)
		return "unknown";
	snprintf(out, 16, "%u", group->uid);
	return out;
}

const char *breakdown_age_title(unsigned age)
{
	return ages[age].title;
}

const char *breakdown_terms(enum breakdown_by by, const struct breakdown_group *group, char out[48])
{
	out[0] = 0;
	if (by == BREAKDOWN_OWNER && group->owner_known) {
		snprintf(out, 48, "owner:%u", group->uid);
	} else if (by == BREAKDOWN_AGE && group->age != AGE_UNKNOWN) {
		int length = group->age != AGE_OLDER ? snprintf(out, 48, "newer:%s", ages[group->age].word) : 0;

		if (group->age)
			snprintf(out + length, 48 - (size_t)length, "%solder:%s", length ? " " : "",
			         ages[group->age - 1].word);
	} else if (by == BREAKDOWN_EXTENSION && *group->extensions[0]) {
		snprintf(out, 48, "ext:%s", group->extensions[0]);
	} else if ((by == BREAKDOWN_TYPE || by == BREAKDOWN_EXTENSION) && group->kind != KIND_FOLDER) {
		snprintf(out, 48, "type:%s", kind_word(group->kind));
	}
	return out;
}
