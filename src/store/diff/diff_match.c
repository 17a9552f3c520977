/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * 1. Descend both images by path where fingerprints differ.  What has no counterpart at its path, or one of another
 * identity, is a
 *    candidate with its whole subtree: it may have come from, or gone, elsewhere.  So is what lies below a directory
 *    known on one side only.
 * 2. The tops of these subtrees are paired by identity, and such pairs descended like those of step 1, which may bring
 * new tops, and so on.
 *    So a folder that moved, large as it may be, costs what changed in it.
 * 3. What remains is expanded: a hash of the identities of the smaller side, asked for each directory of the other.
 * An identity that occurs twice on a side proves nothing and pairs nothing.
 */
#include "store/diff/diff_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "engine/image/identity.h"

#define ROUNDS_MAX 16 /* of step 2; step 3 finds what they leave */
#define AMBIGUOUS UINT32_MAX

struct pair {
	uint32_t a, b;
};

struct side {
	const struct image *image;
	uint32_t *of;   /* counterpart on the other side + 1, 0 or AMBIGUOUS */
	uint32_t *tops; /* of candidate subtrees, in no order */
	size_t count, capacity;
};

struct finder {
	struct side a, b;
	struct pair *stack;
	size_t depth, capacity;
	/* Hash of one side: directory + 1, linear probing by inode. */
	const struct side *hashed;
	struct hash by_ino; /* its directories */
	bool ambiguous; /* some `of` is AMBIGUOUS */
};

int diff_compare_names(const struct image *a, uint32_t x, const struct image *b, uint32_t y)
{
	uint32_t x_length = image_name_length(a, x), y_length = image_name_length(b, y);
	uint32_t n = x_length < y_length ? x_length : y_length;
	int order = n ? memcmp(image_name(a, x), image_name(b, y), n) : 0;

	return order ? order : (x_length > y_length) - (x_length < y_length);
}

static bool same_identity(const struct image *a, uint32_t x, const struct image *b, uint32_t y)
{
	struct identity was = identity_remembered(a, x), is = identity_remembered(b, y);

	return !was.is_fleeting && !is.is_fleeting && identity_same(&was, &is);
}

/* ---- candidates ---- */

static int add_top(struct side *side, uint32_t dir)
{
	if (alloc_room(&side->tops, &side->capacity, side->count + 1))
		return -ENOMEM;
	side->tops[side->count++] = dir;
	return 0;
}

static int add_children(struct side *side, uint32_t dir)
{
	const struct image *image = side->image;
	int e = 0;

	for (uint32_t i = image->child_first[dir]; !e && i < image->child_first[dir + 1]; i++)
		e = add_top(side, image->children[i]);
	return e;
}

static int push(struct finder *f, uint32_t x, uint32_t y)
{
	if (alloc_room(&f->stack, &f->capacity, f->depth + 1))
		return -ENOMEM;
	f->stack[f->depth++] = (struct pair){x, y};
	return 0;
}

/* Two directories of one path. */
static int meet(struct finder *f, uint32_t x, uint32_t y)
{
	const struct image *a = f->a.image, *b = f->b.image;
	int e;

	if (diff_same_fingerprint(a, x, b, y))
		return 0;
	if (diff_is_replaced(a, x, b, y)) {
		e = add_top(&f->a, x);
		return e ? e : add_top(&f->b, y);
	}
	if (!diff_half_known(a, x, b, y))
		return push(f, x, y);
	e = add_children(&f->a, x);
	return e ? e : add_children(&f->b, y);
}

static int descend_children(struct finder *f, uint32_t x, uint32_t y)
{
	const struct image *a = f->a.image, *b = f->b.image;
	uint32_t i = a->child_first[x], i_end = a->child_first[x + 1], j = b->child_first[y],
		 j_end = b->child_first[y + 1];
	int e = 0;

	while (!e && (i < i_end || j < j_end)) {
		int order = i == i_end ? 1 : j == j_end ? -1 : diff_compare_names(a, a->children[i], b, b->children[j]);

		if (order < 0) {
			e = add_top(&f->a, a->children[i++]);
		} else if (order > 0) {
			e = add_top(&f->b, b->children[j++]);
		} else {
			e = meet(f, a->children[i], b->children[j]);
			i++;
			j++;
		}
	}
	return e;
}

static int descend(struct finder *f)
{
	int e = 0;

	while (!e && f->depth) {
		struct pair pair = f->stack[--f->depth];

		e = descend_children(f, pair.a, pair.b);
	}
	return e;
}

/* ---- identities ---- */

static int identities_begin(struct finder *f, const struct side *side, size_t count)
{
	hash_clear(&f->by_ino);
	f->hashed = side;
	return hash_reserve(&f->by_ino, count);
}

static void identity_enter(struct finder *f, uint32_t dir)
{
	uint64_t ino = f->hashed->image->ino[dir];

	if (ino)
		hash_add(&f->by_ino, hash_u64(ino), dir); /* there is room */
}

/*
 * The one directory of the hashed side with the identity of `dir`, or IMAGE_NONE when there is none or more than one.
 */
static uint32_t identity_find(const struct finder *f, const struct image *image, uint32_t dir)
{
	uint32_t found = IMAGE_NONE;

	if (image->ino[dir] == 0)
		return IMAGE_NONE;
	HASH_EACH (&f->by_ino, hash_u64(image->ino[dir]), other) {
		if (!same_identity(f->hashed->image, other, image, dir))
			continue;
		if (found != IMAGE_NONE)
			return IMAGE_NONE;
		found = other;
	}
	return found;
}

static bool is_paired(const struct side *side, uint32_t dir)
{
	return side->of[dir] && side->of[dir] != AMBIGUOUS;
}

/* Pair `dir` of one side with its like on the hashed one. */
static void pair_up(struct finder *f, struct side *side, uint32_t dir)
{
	struct side *hashed = f->hashed == &f->a ? &f->a : &f->b;
	uint32_t like = identity_find(f, side->image, dir);

	if (like == IMAGE_NONE)
		return;
	if (hashed->of[like]) { /* a second one that claims it: neither may */
		if (hashed->of[like] != AMBIGUOUS)
			side->of[hashed->of[like] - 1] = 0;
		hashed->of[like] = AMBIGUOUS;
		f->ambiguous = true;
		return;
	}
	hashed->of[like] = dir + 1;
	side->of[dir] = like + 1;
}

static void drop_paired(struct side *side)
{
	size_t kept = 0;

	for (size_t i = 0; i < side->count; i++) {
		if (!is_paired(side, side->tops[i]))
			side->tops[kept++] = side->tops[i];
	}
	side->count = kept;
}

/* Pair tops with tops; those that also changed wait on the stack. */
static int match_tops(struct finder *f)
{
	int e = identities_begin(f, &f->a, f->a.count);

	if (e)
		return e;
	for (size_t i = 0; i < f->a.count; i++)
		identity_enter(f, f->a.tops[i]);
	for (size_t i = 0; i < f->b.count; i++)
		pair_up(f, &f->b, f->b.tops[i]);
	for (size_t i = 0; !e && i < f->b.count; i++) {
		uint32_t y = f->b.tops[i];

		if (is_paired(&f->b, y))
			e = meet(f, f->b.of[y] - 1, y);
	}
	drop_paired(&f->a);
	drop_paired(&f->b);
	return e;
}

static size_t expanded(const struct side *side)
{
	size_t count = 0;

	for (size_t i = 0; i < side->count; i++)
		count += side->image->end[side->tops[i]] - side->tops[i];
	return count;
}

static int match_all(struct finder *f)
{
	size_t count_a = expanded(&f->a), count_b = expanded(&f->b);
	struct side *small = count_a < count_b ? &f->a : &f->b, *large = small == &f->a ? &f->b : &f->a;
	int e = identities_begin(f, small, count_a < count_b ? count_a : count_b);

	if (e)
		return e;
	for (size_t i = 0; i < small->count; i++) {
		for (uint32_t dir = small->tops[i]; dir < small->image->end[small->tops[i]]; dir++)
			identity_enter(f, dir);
	}
	for (size_t i = 0; i < large->count; i++) {
		for (uint32_t dir = large->tops[i]; dir < large->image->end[large->tops[i]]; dir++)
			pair_up(f, large, dir);
	}
	return 0;
}

static int find(struct finder *f, uint32_t a_top, uint32_t b_top)
{
	int e = push(f, a_top, b_top);

	if (!e)
		e = descend(f);
	for (int round = 0; !e && round < ROUNDS_MAX && f->a.count && f->b.count; round++) {
		e = match_tops(f);
		if (!f->depth)
			break;
		if (!e)
			e = descend(f);
	}
	if (!e && f->a.count && f->b.count)
		e = match_all(f);
	return e;
}

static void clear_ambiguous(struct side *side)
{
	for (uint32_t i = 0; i < side->image->count; i++) {
		if (side->of[i] == AMBIGUOUS)
			side->of[i] = 0;
	}
}

int diff_match_find(const struct image *a, uint32_t a_top, const struct image *b, uint32_t b_top,
                    struct diff_match *out)
{
	*out = (struct diff_match){alloc_array(a->count, sizeof(*out->of_a)),
	                           alloc_array(b->count, sizeof(*out->of_b))};
	struct finder f = {.a = {.image = a, .of = out->of_a}, .b = {.image = b, .of = out->of_b}};
	int e = out->of_a && out->of_b ? 0 : -ENOMEM;

	/* Slots of file systems, and inodes at all, compare only within one root. */
	if (!e && a_top != IMAGE_NONE && b_top != IMAGE_NONE && strcmp(a->root_path, b->root_path) == 0)
		e = find(&f, a_top, b_top);
	if (f.ambiguous) {
		clear_ambiguous(&f.a);
		clear_ambiguous(&f.b);
	}
	free(f.stack);
	free(f.a.tops);
	free(f.b.tops);
	hash_free(&f.by_ino);
	if (e)
		diff_match_free(out);
	return e;
}

void diff_match_free(struct diff_match *match)
{
	free(match->of_a);
	free(match->of_b);
	*match = (struct diff_match){0};
}
