/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/query/changed.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"

static int push(struct changed_dirs *dirs, uint32_t dir, uint32_t before)
{
	if (alloc_room(&dirs->items, &dirs->capacity, dirs->count + 1))
		return -ENOMEM;
	dirs->items[dirs->count++] = (struct changed_dir){dir, before};
	return 0;
}

void changed_clear(struct changed_dirs *dirs)
{
	free(dirs->items);
	*dirs = (struct changed_dirs){0};
}

/* ---- a live tree ---- */

struct changed_walk {
	const struct tree *tree;
	const struct match *match;
	const struct image *base;
	const struct identities *identities;
	struct changed_dirs stack;
};

/** The one that it was; false where it cannot be compared. */
static bool was(const struct changed_walk *walk, dir_id dir, uint32_t parent_before, uint32_t *before)
{
	struct growth growth;
	bool known;

	match_growth(walk->match, dir, &growth);
	if (growth.unknown || growth.stale)
		return false;
	*before = match_dir(walk->match, dir, &known);
	if (!known)
		return false;
	if (*before == IMAGE_NONE || growth.is_new) {
		*before = walk->identities ? identities_find_live(walk->identities, walk->tree, dir) : IMAGE_NONE;
		/* Below what moved: the folder of that name in the former place, unless it is surely another one. */
		if (*before == IMAGE_NONE && parent_before != IMAGE_NONE) {
			struct identity now = identity_live(walk->tree, dir), then;
			struct node node;

			tree_dir_node(walk->tree, dir, &node);
			*before = image_child(walk->base, parent_before, node.name, node.name_length);
			if (*before != IMAGE_NONE) {
				then = identity_remembered(walk->base, *before);
				*before = identity_differs(&then, &now) ? IMAGE_NONE : *before;
			}
		}
	}
	return *before == IMAGE_NONE || !(walk->base->flags[*before] & (IMAGE_READ_ERROR | IMAGE_CACHE));
}

static bool same_as_before(const struct changed_walk *walk, dir_id dir, uint32_t before)
{
	uint64_t now[2];

	if (before == IMAGE_NONE)
		return false;
	tree_fingerprint(walk->tree, dir, now);
	return now[0] == walk->base->fingerprint[before][0] && now[1] == walk->base->fingerprint[before][1];
}

/** One directory: it, and what is to be looked at below it. */
static int step(struct changed_walk *walk, struct changed_dir at, struct changed_dirs *out)
{
	const struct node_block *block = tree_block(walk->tree, at.dir);
	unsigned flags = atomic_load_explicit(&tree_cold(walk->tree, at.dir)->flags, memory_order_relaxed);
	int rc = 0;

	if (!block || flags & (DIR_READ_ERROR | DIR_STALE | DIR_CACHE) ||
	    (tree_complete(walk->tree, at.dir) && same_as_before(walk, at.dir, at.before)))
		return 0;
	rc = push(out, at.dir, at.before);
	for (uint32_t i = 0, count = tree_count(block); i < count && !rc; i++) {
		uint64_t word = row_word(block, i);
		uint32_t before;

		if (row_enters(word) && !(row_flags(word) & ROW_GONE) &&
		    was(walk, (dir_id)row_payload(word), at.before, &before))
			rc = push(&walk->stack, (dir_id)row_payload(word), before);
	}
	return rc;
}

int changed_in_tree(struct changed_dirs *out, const struct tree *tree, dir_id dir, const struct match *match,
                    const struct identities *identities)
{
	struct changed_walk walk = {.tree = tree, .match = match, .base = match_image(match), .identities = identities};
	unsigned pin = tree_pin(tree);
	uint32_t before;
	int rc = 0;

	*out = (struct changed_dirs){0};
	if (was(&walk, dir, IMAGE_NONE, &before))
		rc = push(&walk.stack, dir, before);
	while (walk.stack.count && !rc)
		rc = step(&walk, walk.stack.items[--walk.stack.count], out);
	tree_unpin(tree, pin);
	changed_clear(&walk.stack);
	if (rc)
		changed_clear(out);
	return rc;
}

/* ---- an image ---- */

int changed_in_image(struct changed_dirs *out, const struct image *image, uint32_t dir, const struct image *base,
                     uint32_t before, const struct identities *identities)
{
	struct changed_dirs stack = {0};
	int rc = push(&stack, dir, before);

	*out = (struct changed_dirs){0};
	while (stack.count && !rc) {
		struct changed_dir at = stack.items[--stack.count];

		if (at.before != IMAGE_NONE &&
		    (image_unknown(base->flags[at.before], image->flags[at.dir]) ||
		     (base->flags[at.before] | image->flags[at.dir]) & (IMAGE_READ_ERROR | IMAGE_CACHE) ||
		     (image->fingerprint[at.dir][0] == base->fingerprint[at.before][0] &&
		      image->fingerprint[at.dir][1] == base->fingerprint[at.before][1])))
			continue;
		rc = push(out, at.dir, at.before);
		for (uint32_t i = image->child_first[at.dir]; i < image->child_first[at.dir + 1] && !rc; i++) {
			uint32_t child = image->children[i], then = IMAGE_NONE;
			struct identity now = identity_remembered(image, child), old;

			if (at.before != IMAGE_NONE)
				then = image_child(base, at.before, image_name(image, child),
				                   image_name_length(image, child));
			if (then != IMAGE_NONE) {
				old = identity_remembered(base, then);
				then = identity_differs(&old, &now) ? IMAGE_NONE : then;
			}
			if (then == IMAGE_NONE && identities)
				then = identities_find(identities, &now);
			if (then != IMAGE_NONE || !(image->flags[child] & IMAGE_MOUNT))
				rc = push(&stack, child, then);
		}
	}
	changed_clear(&stack);
	if (rc)
		changed_clear(out);
	return rc;
}
