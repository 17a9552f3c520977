/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * 1. Descend both images by path where fingerprints differ.  What has no counterpart at its path, or one of another identity, is a
 *    candidate with its whole subtree: it may have come from, or gone, elsewhere.
 * 2. Candidates that moved as they were (equal fingerprints) are paired first and need not be expanded.
 * 3. The rest is expanded: a hash of the older side's identities, asked for each directory of the newer one.
 * An identity that occurs twice on a side proves nothing and pairs nothing.
 */
#include "store/diff_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct pair {
	uint32_t a, b;
};

/* Tops of candidate subtrees, in no order. */
struct tops {
	uint32_t *items;
	size_t count, capacity;
};

struct finder {
	const struct image *a, *b;
	struct pair *stack;
	size_t depth, capacity;
	struct tops tops_a, tops_b;
	struct diff_match *match;
	/* Hash of the older side: directory + 1, linear probing by inode. */
	uint32_t *slots;
	size_t mask;
	bool ambiguous;            /* some of_a is AMBIGUOUS */
};

#define AMBIGUOUS UINT32_MAX

int diff_compare_names(const struct image *a, uint32_t x, const struct image *b, uint32_t y)
{
	uint32_t x_length = image_name_length(a, x), y_length = image_name_length(b, y);
	uint32_t n = x_length < y_length ? x_length : y_length;
	int order = n ? memcmp(image_name(a, x), image_name(b, y), n) : 0;

	return order ? order : (x_length > y_length) - (x_length < y_length);
}

/* DESIGN §6: file system, inode, birth time; without a birth time also the same mtime or name, since inodes are reused at once. */
static bool same_identity(const struct finder *f, uint32_t x, uint32_t y)
{
	if (f->a->ino[x] == 0 || f->a->ino[x] != f->b->ino[y] || f->a->fs[x] != f->b->fs[y])
		return false;
	if (f->a->birth[x] && f->b->birth[y])
		return f->a->birth[x] == f->b->birth[y];
	return f->a->mtime_ns[x] == f->b->mtime_ns[y] || diff_compare_names(f->a, x, f->b, y) == 0;
}

/* At one path: surely not the same directory?  Without inodes (imports) nobody can say. */
static bool other_identity(const struct finder *f, uint32_t x, uint32_t y)
{
	return f->a->ino[x] && f->b->ino[y] && !same_identity(f, x, y);
}

static int add_top(struct tops *tops, uint32_t dir)
{
	uint32_t *items = alloc_grow(tops->items, &tops->capacity, tops->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	tops->items = items;
	items[tops->count++] = dir;
	return 0;
}

static int push(struct finder *f, uint32_t x, uint32_t y)
{
	struct pair *stack = alloc_grow(f->stack, &f->capacity, f->depth + 1, sizeof(*stack));

	if (!stack)
		return -ENOMEM;
	f->stack = stack;
	stack[f->depth++] = (struct pair){x, y};
	return 0;
}

static int descend_children(struct finder *f, uint32_t x, uint32_t y)
{
	const struct image *a = f->a, *b = f->b;
	uint32_t i = a->child_first[x], i_end = a->child_first[x + 1], j = b->child_first[y], j_end = b->child_first[y + 1];

	while (i < i_end || j < j_end) {
		int order = i == i_end ? 1 : j == j_end ? -1 : diff_compare_names(a, a->children[i], b, b->children[j]);
		int e;

		if (order < 0) {
			e = add_top(&f->tops_a, a->children[i++]);
		} else if (order > 0) {
			e = add_top(&f->tops_b, b->children[j++]);
		} else {
			uint32_t u = a->children[i++], v = b->children[j++];

			if (diff_same_fingerprint(a, u, b, v) || diff_half_known(a, u, b, v))
				continue;
			if (!other_identity(f, u, v)) {
				e = push(f, u, v);
			} else {
				e = add_top(&f->tops_a, u);
				if (!e)
					e = add_top(&f->tops_b, v);
			}
		}
		if (e)
			return e;
	}
	return 0;
}

static size_t hash(uint64_t ino)
{
	return (size_t)(ino * 0x9e3779b97f4a7c15u >> 20);
}

static int hash_create(struct finder *f, size_t count)
{
	size_t size = 16;

	while (size < 2 * count)
		size *= 2;
	free(f->slots);
	f->slots = alloc_array(size, sizeof(*f->slots));
	f->mask = size - 1;
	return f->slots ? 0 : -ENOMEM;
}

static void hash_add(struct finder *f, uint32_t x)
{
	size_t at;

	if (f->a->ino[x] == 0)
		return;
	for (at = hash(f->a->ino[x]) & f->mask; f->slots[at]; at = (at + 1) & f->mask)
		;
	f->slots[at] = x + 1;
}

/* The one older directory of that identity, or IMAGE_NONE when there is none or more than one. */
static uint32_t hash_find(const struct finder *f, uint32_t y)
{
	uint32_t found = IMAGE_NONE;
	uint64_t ino = f->b->ino[y];

	if (ino == 0)
		return IMAGE_NONE;
	for (size_t at = hash(ino) & f->mask; f->slots[at]; at = (at + 1) & f->mask) {
		uint32_t x = f->slots[at] - 1;

		if (f->a->ino[x] != ino || !same_identity(f, x, y))
			continue;
		if (found != IMAGE_NONE)
			return IMAGE_NONE;
		found = x;
	}
	return found;
}

static void pair_up(struct finder *f, uint32_t x, uint32_t y)
{
	uint32_t *of_a = &f->match->of_a[x];

	if (*of_a) { /* a second one that claims it: neither may */
		if (*of_a != AMBIGUOUS)
			f->match->of_b[*of_a - 1] = 0;
		*of_a = AMBIGUOUS;
		f->ambiguous = true;
		return;
	}
	*of_a = y + 1;
	f->match->of_b[y] = x + 1;
}

/* Drop the tops that are paired: equal subtrees, with nothing to find below. */
static void drop_paired(struct tops *tops, const uint32_t *of)
{
	size_t kept = 0;

	for (size_t i = 0; i < tops->count; i++) {
		if (!of[tops->items[i]] || of[tops->items[i]] == AMBIGUOUS)
			tops->items[kept++] = tops->items[i];
	}
	tops->count = kept;
}

static int match_tops(struct finder *f)
{
	int e = hash_create(f, f->tops_a.count);

	if (e)
		return e;
	for (size_t i = 0; i < f->tops_a.count; i++)
		hash_add(f, f->tops_a.items[i]);
	for (size_t i = 0; i < f->tops_b.count; i++) {
		uint32_t y = f->tops_b.items[i], x = hash_find(f, y);

		if (x != IMAGE_NONE && diff_same_fingerprint(f->a, x, f->b, y))
			pair_up(f, x, y);
	}
	drop_paired(&f->tops_a, f->match->of_a);
	drop_paired(&f->tops_b, f->match->of_b);
	return 0;
}

static int match_all(struct finder *f)
{
	size_t count = 0;

	for (size_t i = 0; i < f->tops_a.count; i++)
		count += f->a->end[f->tops_a.items[i]] - f->tops_a.items[i];
	int e = hash_create(f, count);

	if (e)
		return e;
	for (size_t i = 0; i < f->tops_a.count; i++) {
		for (uint32_t x = f->tops_a.items[i]; x < f->a->end[f->tops_a.items[i]]; x++)
			hash_add(f, x);
	}
	for (size_t i = 0; i < f->tops_b.count; i++) {
		for (uint32_t y = f->tops_b.items[i]; y < f->b->end[f->tops_b.items[i]]; y++) {
			uint32_t x = hash_find(f, y);

			if (x != IMAGE_NONE)
				pair_up(f, x, y);
		}
	}
	return 0;
}

int diff_match_find(const struct image *a, uint32_t a_top, const struct image *b, uint32_t b_top, struct diff_match *out)
{
	struct finder f = {.a = a, .b = b, .match = out};

	*out = (struct diff_match){alloc_array(a->count, sizeof(*out->of_a)), alloc_array(b->count, sizeof(*out->of_b))};
	int e = out->of_a && out->of_b ? 0 : -ENOMEM;

	/* Slots of file systems, and inodes at all, compare only within one root. */
	if (!e && a_top != IMAGE_NONE && b_top != IMAGE_NONE && strcmp(a->root_path, b->root_path) == 0) {
		e = push(&f, a_top, b_top);
		while (!e && f.depth) {
			struct pair pair = f.stack[--f.depth];

			e = descend_children(&f, pair.a, pair.b);
		}
		if (!e && f.tops_a.count && f.tops_b.count)
			e = match_tops(&f);
		if (!e && f.tops_a.count && f.tops_b.count)
			e = match_all(&f);
	}
	for (uint32_t x = 0; f.ambiguous && x < a->count; x++) {
		if (out->of_a[x] == AMBIGUOUS)
			out->of_a[x] = 0;
	}
	free(f.stack);
	free(f.tops_a.items);
	free(f.tops_b.items);
	free(f.slots);
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
