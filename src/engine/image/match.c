/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/image/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "engine/tree/far.h"
#include "engine/image/identity.h"
#include "engine/image/match_table.h"
#include "engine/tree/row_sums.h"

/* Filling a match and reading it.  How it works and who may do what when: match_table.h. */

/** Direct apparent bytes of a remembered directory that hard links below make uncertain. */
#define UNCERTAIN INT64_MIN

/* ---- words and sums ---- */

static void set_word(struct match *match, dir_id dir, uint32_t old, enum match_kind kind, uint64_t flags)
{
	struct match_chunk *chunk = match_table_chunk(match, dir);

	/* Nobody else writes it yet: it gets a branch only when something below it is listed. */
	if (chunk)
		atomic_store_explicit(&chunk->words[dir & (CHUNK_DIRS - 1)], old | (uint64_t)kind << KIND_SHIFT | flags,
		                      memory_order_relaxed);
}

/**
 * Add to the growth so far of `dir` and its ancestors; what lies far down passes it on when it is complete, as totals
 * do (far.h).
 */
static void add_up(struct match *match, dir_id dir, const int64_t figure[FIGURES])
{
	if (!match->live || !(figure[ALLOC] | figure[APPARENT] | figure[ITEMS]))
		return;
	for (; dir != DIR_NONE; dir = tree_cold(match->tree, dir)->parent) {
		struct match_chunk *chunk = match_table_chunk(match, dir);

		if (!chunk)
			return;
		for (int f = 0; f < FIGURES; f++)
			if (figure[f])
				atomic_fetch_add_explicit(&chunk->sums[dir & (CHUNK_DIRS - 1)].figure[f], figure[f],
				                          memory_order_relaxed);
		if (far_is(match->tree, dir))
			return;
	}
}

void match_pass(struct match *match, dir_id dir)
{
	struct match_chunk *chunk = match->live ? match_table_chunk(match, dir) : NULL;
	int64_t figure[FIGURES];

	if (!chunk)
		return;
	for (int f = 0; f < FIGURES; f++)
		figure[f] = atomic_load_explicit(&chunk->sums[dir & (CHUNK_DIRS - 1)].figure[f], memory_order_relaxed);
	add_up(match, tree_cold(match->tree, dir)->parent, figure);
}

/* ---- listing ---- */

static int live_flags(const struct node_cold *cold)
{
	return atomic_load_explicit(&cold->flags, memory_order_relaxed) &
	       (IMAGE_READ_ERROR | IMAGE_MOUNT | IMAGE_CACHE);
}

static bool is_replaced(const struct match *match, dir_id dir, uint32_t old)
{
	const struct node_cold *cold = tree_cold(match->tree, dir);
	struct identity was = identity_remembered(match->image, old),
			is = {.ino = cold->ino,
	                      .birth = cold->birth,
	                      .fs = cold->fs,
	                      .is_mount = live_flags(cold) & IMAGE_MOUNT};

	return identity_differs(&was, &is) && !tree_fs(match->tree, is.fs).fleeting;
}

/** Is `dir` the topmost of something that cannot be compared? */
static bool is_unknown(const struct match *match, dir_id dir, uint32_t old)
{
	int old_flags = old == IMAGE_NONE ? -1 : match->image->flags[old],
	    new_flags = live_flags(tree_cold(match->tree, dir));

	/* The root of a scan is no mount of it, though it may be one in an image of a folder above. */
	if (dir == DIR_ROOT)
		return old_flags >= 0 && image_unknown(old_flags & ~IMAGE_MOUNT, new_flags & ~IMAGE_MOUNT);
	return image_unknown(old_flags, new_flags);
}

/** Marks of the remembered children that were met: a bit each, on the stack up to a size. */
struct met {
	uint32_t first, count, seen;
	uint64_t *bits;
	uint64_t few[512];
};

/**
 * Without memory (a directory with very many subdirectories) all count as met: their ghosts are then missing in the
 * growth so far.
 */
static void met_begin(struct met *met, const struct image *image, uint32_t old)
{
	met->first = old == IMAGE_NONE ? 0 : image->child_first[old];
	met->count = old == IMAGE_NONE ? 0 : image->child_first[old + 1] - met->first;
	met->seen = 0;
	size_t words = ((size_t)met->count + 63) / 64;

	if (words <= sizeof(met->few) / sizeof(*met->few)) {
		met->bits = met->few;
		memset(met->few, 0, words * sizeof(*met->few));
	} else {
		met->bits = alloc_array(words, sizeof(*met->bits));
	}
}

static void met_add(struct met *met, uint32_t position)
{
	met->seen++;
	if (met->bits)
		met->bits[(position - met->first) / 64] |= UINT64_C(1) << (position - met->first) % 64;
}

static bool met_has(const struct met *met, uint32_t k)
{
	return met->bits[k / 64] >> k % 64 & 1;
}

static void met_end(struct met *met)
{
	if (met->bits != met->few)
		free(met->bits);
}

/** Directories still to be listed, when nobody else calls. */
struct dir_queue {
	dir_id *dirs;
	size_t count, capacity;
};

struct listed {
	struct match *match;
	dir_id dir;
	uint64_t word;
	bool compare; /* dir is neither unknown nor inside of one */
	struct met met;
	struct dir_queue *queue; /* where subdirectories go, or NULL */
};

/** Look up a subdirectory's row among the remembered children. */
static void list_subdirectory(struct listed *listed, const struct node_block *block, uint32_t i, uint64_t row)
{
	struct match *match = listed->match;
	const struct image *image = match->image;
	const unsigned char *name = (const unsigned char *)block + block->rows[i].name;
	uint32_t parent_old = old_of(listed->word);
	uint32_t position = listed->met.count ? image_child_position(image, parent_old, name + 1, *name) : IMAGE_NONE;
	uint32_t old = position == IMAGE_NONE ? IMAGE_NONE : image->children[position];

	if (row_flags(row) & ROW_LEAF) {
		if (old != IMAGE_NONE) {
			met_add(&listed->met, position);
			if (listed->compare)
				match_add_unknown(match, listed->dir, DIR_NONE, true, old);
		}
		return;
	}
	dir_id child = (dir_id)row_payload(row);
	enum match_kind kind = old == IMAGE_NONE ? MATCH_NEW : MATCH_KNOWN;

	if (old != IMAGE_NONE && is_replaced(match, child, old)) {
		/* What had the name is a ghost, wherever it may be now; nothing of it is compared with this one. */
		kind = MATCH_REPLACED;
		old = IMAGE_NONE;
	} else if (old != IMAGE_NONE) {
		met_add(&listed->met, position);
	} else if (kind_of(listed->word) == MATCH_FOLDED ||
	           (parent_old != IMAGE_NONE && image->flags[parent_old] & IMAGE_FOLDED)) {
		kind = MATCH_FOLDED;
	}
	set_word(match, child, old, kind, listed->compare ? 0 : WORD_INSIDE);
	if (listed->queue && listed->queue->count < listed->queue->capacity)
		listed->queue->dirs[listed->queue->count++] = child;
}

/** The directory's own part of the growth: its inode and files, new − old; and one item per entry. */
static void direct_growth(const struct listed *listed, const struct row_sums *sums, int64_t figure[FIGURES])
{
	const struct match *match = listed->match;
	const struct node_cold *cold = tree_cold(match->tree, listed->dir);
	uint32_t old = old_of(listed->word);
	bool certain = !sums->links;

	figure[ALLOC] = sums->links ? (int64_t)tree_direct_bytes(match->tree, listed->dir)
	                            : (int64_t)(sums->alloc_bytes + cold->own_alloc_bytes);
	figure[APPARENT] = (int64_t)(sums->apparent_bytes + cold->own_apparent_bytes);
	figure[ITEMS] = sums->entries;
	if (old != IMAGE_NONE) {
		int64_t apparent = match->direct_apparent[old - match->root];

		/* Modulo 2⁶⁴: what is beyond comes out right where the difference is not. */
		figure[ALLOC] = (int64_t)((uint64_t)figure[ALLOC] - image_direct_bytes(match->image, old));
		figure[ITEMS] -= match->image->child_count[old];
		if (apparent == UNCERTAIN)
			certain = false;
		else
			figure[APPARENT] = (int64_t)((uint64_t)figure[APPARENT] - (uint64_t)apparent);
	}
	if (!certain)
		figure[APPARENT] = figure[ALLOC]; /* as good as can be said before all links are known */
}

/**
 * It was there when its parent was listed, and gone when its own turn came: the remembered one is a ghost of the
 * parent's after all.
 */
static void list_vanished(struct match *match, dir_id dir, uint64_t word)
{
	dir_id parent = tree_cold(match->tree, dir)->parent;
	int64_t figure[FIGURES] = {[ITEMS] = -1};

	if (word & WORD_INSIDE)
		return;
	if (old_of(word) != IMAGE_NONE)
		match_take_ghost(match, old_of(word), parent, figure);
	add_up(match, parent, figure);
}

static bool has_vanished(const struct match *match, dir_id dir)
{
	const struct node_cold *cold = tree_cold(match->tree, dir);
	const struct node_block *block = cold->parent == DIR_NONE ? NULL : tree_block(match->tree, cold->parent);

	return block && row_flags(row_word(block, cold->row)) & ROW_GONE;
}

static void list(struct match *match, dir_id dir, struct dir_queue *queue)
{
	struct listed listed = {.match = match, .dir = dir, .queue = queue};
	const struct node_block *block = tree_block(match->tree, dir);
	uint32_t count = block ? tree_count(block) : 0;
	uint64_t word = load_word(match, dir);
	struct row_sums sums = {0};
	int64_t figure[FIGURES] = {0};

	if (kind_of(word) == MATCH_UNSEEN)
		return; /* there was no memory for its word */
	if (count == 0 && has_vanished(match, dir)) {
		list_vanished(match, dir, word);
		return;
	}
	if (!(word & WORD_INSIDE) && is_unknown(match, dir, old_of(word))) {
		atomic_fetch_or_explicit(word_of(match, dir), WORD_UNKNOWN, memory_order_relaxed);
		word |= WORD_UNKNOWN;
		dir_id parent = tree_cold(match->tree, dir)->parent;

		match_add_unknown(match, parent, dir, false, old_of(word));
		/* The parent counted it as an entry more. */
		if (old_of(word) == IMAGE_NONE)
			add_up(match, parent, (int64_t[FIGURES]){[ITEMS] = -1});
	}
	listed.word = word;
	listed.compare = !(word & (WORD_UNKNOWN | WORD_INSIDE));
	met_begin(&listed.met, match->image, old_of(word));
	for (uint32_t i = 0; i < count; i++) {
		uint64_t row = row_word(block, i);

		row_sums_add(&sums, match->tree, block, i, row);
		if (row_type(row) == NODE_DIR && !(row_flags(row) & ROW_GONE))
			list_subdirectory(&listed, block, i, row);
	}
	if (listed.compare) {
		if (match->live && !tree_rest(match->tree, dir)) /* a rest is what it was */
			direct_growth(&listed, &sums, figure);
		if (listed.met.seen < listed.met.count && listed.met.bits) {
			for (uint32_t k = 0; k < listed.met.count; k++) {
				if (met_has(&listed.met, k))
					continue;
				uint32_t ghost = match->image->children[listed.met.first + k];

				match_take_ghost(match, ghost, dir, figure);
			}
		} else if (listed.met.seen < listed.met.count) {
			/* unknown ones may be among the ghosts */
			atomic_store_explicit(&match->lost, true, memory_order_relaxed);
		}
		add_up(match, dir, figure);
	}
	met_end(&listed.met);
}

void match_listed(struct match *match, dir_id dir)
{
	list(match, dir, NULL);
}

/* ---- life ---- */

/** What each remembered directory holds directly in apparent size: images have only the allocated one. */
static int compute_direct_apparent(struct match *match)
{
	const struct image *image = match->image;
	uint32_t root = match->root, end = image->end[root];
	int64_t *direct = alloc_resize(NULL, end - root, sizeof(*direct));

	if (!direct)
		return -ENOMEM;
	for (uint32_t i = root; i < end; i++) {
		direct[i - root] = (int64_t)image->apparent_bytes[i];
		if (i > root)
			direct[image->parent[i] - root] -= (int64_t)image->apparent_bytes[i];
	}
	/*
	 * Where the allocated rest is not what the directory holds, links between its subdirectories disturb it; so
	 * with the apparent one.
	 */
	for (uint32_t o = 0; o < image->odd_count; o++)
		if (image->odd[o] >= root && image->odd[o] < end)
			direct[image->odd[o] - root] = UNCERTAIN;
	match->direct_apparent = direct;
	return 0;
}

static struct match *create(const struct tree *tree, const struct image *image, const char *prefix, bool live)
{
	struct match *match = alloc_zero(struct match);

	if (!match)
		return NULL;
	match->tree = tree;
	match->image = image;
	match->root = image_lookup(image, prefix, strlen(prefix));
	match->live = live;
	match->branch_count = match->unknown_count = 1;
	pthread_mutex_init(&match->lock, NULL);
	/* 2 MiB of addresses; pages of it are used as directories come. */
	match->chunks = alloc_array(CHUNKS, sizeof(*match->chunks));
	if (!match->chunks)
		goto fail;
	if (match->root != IMAGE_NONE && (match_collect_odd(match) || (live && compute_direct_apparent(match))))
		goto fail;
	if (!match_table_chunk(match, DIR_ROOT))
		goto fail;
	set_word(match, DIR_ROOT, match->root, match->root == IMAGE_NONE ? MATCH_NEW : MATCH_KNOWN, 0);
	return match;
fail:
	match_destroy(match);
	errno = ENOMEM;
	return NULL;
}

struct match *match_create(const struct tree *tree, const struct image *image, const char *prefix)
{
	return create(tree, image, prefix, true);
}

struct match *match_create_complete(const struct tree *tree, const struct image *image, const char *prefix)
{
	struct match *match = create(tree, image, prefix, false);

	if (!match)
		return NULL;
	/* Parents before children, whatever their ids: breadth first. */
	struct dir_queue queue = {.capacity = tree_dir_limit(tree)};

	queue.dirs = alloc_resize(NULL, queue.capacity, sizeof(*queue.dirs));
	if (!queue.dirs) {
		match_destroy(match);
		errno = ENOMEM;
		return NULL;
	}
	unsigned pin = tree_pin(tree);

	queue.dirs[queue.count++] = DIR_ROOT;
	for (size_t at = 0; at < queue.count; at++)
		list(match, queue.dirs[at], &queue);
	tree_unpin(tree, pin);
	free(queue.dirs);
	return match;
}

void match_destroy(struct match *match)
{
	if (!match)
		return;
	if (match->chunks)
		for (size_t i = 0; i < CHUNKS; i++)
			free(atomic_load_explicit(&match->chunks[i], memory_order_relaxed));
	free(match->chunks);
	free(match->direct_apparent);
	free(match->odd);
	free(match->branches);
	free(match->unknowns);
	pthread_mutex_destroy(&match->lock);
	free(match);
}

/* ---- readers ---- */

const struct image *match_image(const struct match *match)
{
	return match->image;
}

uint32_t match_dir(const struct match *match, dir_id dir, bool *known)
{
	uint64_t word = load_word(match, dir);

	*known = kind_of(word) != MATCH_UNSEEN;
	return *known ? old_of(word) : IMAGE_NONE;
}

enum match_kind match_kind(const struct match *match, dir_id dir)
{
	return kind_of(load_word(match, dir));
}

/* `figure` is right modulo 2⁶⁴; whether it is what can be told, the totals say. */
static int64_t told(int64_t figure, uint64_t before, struct figure now, bool partial)
{
	uint64_t after = figure_told(now);
	int64_t whole = figure_growth(before, after);

	if (partial)
		return before > INT64_MAX || after > INT64_MAX ? FIGURE_UNKNOWN : figure;
	return whole == FIGURE_UNKNOWN || whole == INT64_MAX || whole == -INT64_MAX ? whole : figure;
}

void match_growth(const struct match *match, dir_id dir, struct growth *out)
{
	const struct node_cold *cold = tree_cold(match->tree, dir);
	bool complete = tree_complete(match->tree, dir);
	uint64_t word = load_word(match, dir);
	enum match_kind kind = kind_of(word);
	uint32_t old = old_of(word);
	int64_t figure[FIGURES] = {0};

	*out = (struct growth){.is_new = kind == MATCH_NEW || kind == MATCH_REPLACED};
	if (!complete && (kind == MATCH_UNSEEN || !atomic_load_explicit(&cold->block, memory_order_acquire))) {
		out->stale = true;
		return;
	}
	if (kind == MATCH_UNSEEN || kind == MATCH_FOLDED || word & (WORD_UNKNOWN | WORD_INSIDE) ||
	    atomic_load_explicit(&match->lost, memory_order_relaxed)) {
		out->unknown = true;
		return;
	}
	/* Unreadable on both sides: what little is known of it counts in its ancestors, but says nothing of itself. */
	if (atomic_load_explicit(&cold->flags, memory_order_relaxed) & (DIR_READ_ERROR | DIR_STALE) ||
	    (old != IMAGE_NONE && match->image->flags[old] & IMAGE_READ_ERROR)) {
		out->unknown = true;
		return;
	}
	if (complete) {
		int64_t unknown[FIGURES] = {0};
		uint32_t branch = (uint32_t)(word >> BRANCH_SHIFT);

		out->gaps = branch;
		if (branch)
			match_sum_unknown((struct match *)match, branch, unknown);
		add_live(match, dir, figure);
		if (old != IMAGE_NONE)
			subtract_old(match, old, figure);
		for (int f = 0; f < FIGURES; f++)
			figure[f] -= unknown[f];
	} else {
		struct match_chunk *chunk = atomic_load_explicit(&match->chunks[dir >> CHUNK_BITS],
		                                                 memory_order_acquire);

		out->partial = true;
		for (int f = 0; f < FIGURES && match->live; f++)
			figure[f] = atomic_load_explicit(&chunk->sums[dir & (CHUNK_DIRS - 1)].figure[f],
			                                 memory_order_relaxed);
	}
	out->alloc_bytes = told(figure[ALLOC], old == IMAGE_NONE ? 0 : match->image->alloc_bytes[old], cold_alloc(cold),
	                        !complete);
	out->apparent_bytes = told(figure[APPARENT], old == IMAGE_NONE ? 0 : match->image->apparent_bytes[old],
	                           cold_apparent(cold), !complete);
	out->items = figure[ITEMS];
}

int match_ghosts(const struct match *match, dir_id dir, uint32_t **out, size_t *count)
{
	const struct image *image = match->image;
	uint64_t word = load_word(match, dir);
	struct met met;
	int rc = 0;

	*out = NULL;
	*count = 0;
	if (kind_of(word) == MATCH_UNSEEN || old_of(word) == IMAGE_NONE || !tree_block(match->tree, dir))
		return 0;
	met_begin(&met, image, old_of(word));
	if (!met.bits)
		return -ENOMEM;
	unsigned pin = tree_pin(match->tree);
	const struct node_block *block = tree_block(match->tree, dir);

	for (uint32_t i = 0, rows = tree_count(block); i < rows && met.seen < met.count; i++) {
		uint64_t row = row_word(block, i);
		const unsigned char *name = (const unsigned char *)block + block->rows[i].name;

		if (row_type(row) != NODE_DIR || row_flags(row) & ROW_GONE)
			continue;
		uint32_t position = image_child_position(image, old_of(word), name + 1, *name);
		bool replaced = !(row_flags(row) & ROW_LEAF) &&
		                match_kind(match, (dir_id)row_payload(row)) == MATCH_REPLACED;

		if (position != IMAGE_NONE && !replaced)
			met_add(&met, position);
	}
	tree_unpin(match->tree, pin);
	if (met.seen < met.count) {
		*out = alloc_array(met.count - met.seen, sizeof(**out));
		if (!*out)
			rc = -ENOMEM;
		for (uint32_t k = 0; k < met.count && *out; k++)
			if (!met_has(&met, k))
				(*out)[(*count)++] = image->children[met.first + k];
	}
	met_end(&met);
	return rc;
}

void match_ghost_growth(const struct match *match, uint32_t ghost, struct growth *out)
{
	int64_t figure[FIGURES] = {0};

	*out = (struct growth){.unknown = match->image->flags[ghost] & (IMAGE_READ_ERROR | IMAGE_MOUNT)};
	if (out->unknown)
		return;
	match_take_ghost((struct match *)match, ghost, DIR_NONE, figure);
	out->alloc_bytes = told(figure[ALLOC], match->image->alloc_bytes[ghost], figure_of(0), false);
	out->apparent_bytes = told(figure[APPARENT], match->image->apparent_bytes[ghost], figure_of(0), false);
	out->items = figure[ITEMS];
}
