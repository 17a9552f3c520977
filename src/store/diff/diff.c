/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * 1. diff_match.c finds the directories that moved.
 * 2. Descend the newer image in pairs; each pair visited becomes a row, hung below its parent's.  Equal fingerprints
 * and unknown ones end the descent, as do paths that are too long to be told (IMAGE_PATH_MAX): what lies deeper is part
 * of the last one above.
 * 3. What of the older image no pair took is gone: rows below the row of its parent.
 * 4. diff_unknown.c collects what is unknown.  Deltas: bytes after − bytes before, on both sides without what is
 * unknown below; direct = delta − those
 *    of the rows below.
 * 5. diff_entries.c: rows that say something become entries.
 */
#include "store/diff/diff_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"

const char *diff_status_name(enum diff_status status)
{
	static const char *const names[] = {
		[DIFF_NEW] = "new",         [DIFF_DELETED] = "deleted", [DIFF_GREW] = "grew",
		[DIFF_SHRANK] = "shrank",   [DIFF_MOVED] = "moved",     [DIFF_UNKNOWN] = "unknown",
		[DIFF_CHANGED] = "changed",
	};

	return names[status];
}

const char *diff_reason_name(enum diff_reason reason)
{
	static const char *const names[] = {
		[DIFF_COMPARABLE] = NULL,     [DIFF_UNREADABLE] = "unreadable", [DIFF_UNMOUNTED] = "unmounted",
		[DIFF_LEFT_OUT] = "left out", [DIFF_BEYOND] = "beyond",
	};

	return names[reason];
}

/* ---- rows ---- */

static bool is_taken(const struct diff_walk *walk, uint32_t x)
{
	return walk->taken[x / 64] >> x % 64 & 1;
}

static int add_row(struct diff_walk *walk, uint32_t a, uint32_t b, uint32_t parent, bool moved,
                   enum diff_reason unknown)
{
	if (walk->count >= DIFF_ROW_NONE || alloc_room(&walk->rows, &walk->capacity, walk->count + 1))
		return -ENOMEM;
	bool both = a != IMAGE_NONE && b != IMAGE_NONE;

	walk->rows[walk->count++] = (struct diff_row){
		.a = a,
		.b = b,
		.parent = parent,
		.depth = parent == DIFF_ROW_NONE ? 0 : walk->rows[parent].depth + 1,
		.moved = moved,
		.unknown = unknown,
		.equal = both && diff_same_fingerprint(walk->a, a, walk->b, b),
	};
	if (a != IMAGE_NONE)
		walk->taken[a / 64] |= (uint64_t)1 << a % 64;
	return 0;
}

/* A child's path, when it is short enough to be told; else 0. */
static uint32_t child_length(const struct diff_walk *walk, uint32_t row, const struct image *image, uint32_t child)
{
	uint32_t length = walk->rows[row].path_length + 1 + image_name_length(image, child);

	return length <= IMAGE_PATH_MAX ? length : 0;
}

static int push(struct diff_walk *walk, uint32_t row)
{
	if (alloc_room(&walk->stack, &walk->stack_capacity, walk->depth + 1))
		return -ENOMEM;
	walk->stack[walk->depth++] = row;
	return 0;
}

/* ---- entries that are not directories of the image ---- */

/* Has it entries that look like directories but were not entered: mounts, unreadable, excluded ones? */
static bool has_leaf_dirs(const struct image *image, uint32_t dir)
{
	uint64_t files = image->files[dir];
	uint32_t dirs = image->child_first[dir + 1] - image->child_first[dir];

	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++)
		files -= image->files[image->children[i]];
	return image->child_count[dir] > dirs + files;
}

/* Is `child` of one image not gone from `parent` of the other, only not entered there?  *why is then set. */
static int is_shown(struct diff_walk *walk, bool in_a, uint32_t parent, const struct image *image, uint32_t child,
                    enum diff_reason *why)
{
	const struct image *other = in_a ? walk->a : walk->b;

	*why = DIFF_COMPARABLE;
	if (parent == IMAGE_NONE || !has_leaf_dirs(other, parent))
		return 0;
	int e = in_a ? diff_list_a(walk, parent) : diff_list_b(walk, parent);

	if (e)
		return e;
	const struct file_entry *entry = file_list_find(in_a ? &walk->list_a : &walk->list_b, image_name(image, child),
	                                                image_name_length(image, child));

	if (entry && entry->type == NODE_DIR)
		*why = diff_lost_reason(entry);
	return 0;
}

/* ---- descent ---- */

/* One directory of the newer image below `row`; *x = the child of that name in the older one, or IMAGE_NONE. */
static int visit_child(struct diff_walk *walk, uint32_t row, uint32_t x, uint32_t y)
{
	const struct image *a = walk->a, *b = walk->b;
	uint32_t by_identity = walk->match.of_b[y];
	enum diff_reason unknown = DIFF_COMPARABLE;
	bool moved = false;

	if (by_identity && !is_taken(walk, by_identity - 1)) {
		moved = by_identity - 1 != x;
		x = by_identity - 1;
	} else if (x != IMAGE_NONE && (walk->match.of_a[x] || is_taken(walk, x) || diff_is_replaced(a, x, b, y))) {
		x = IMAGE_NONE; /* that one lives elsewhere now, or is gone */
	}
	if (x != IMAGE_NONE) {
		unknown = diff_half_known(a, x, b, y);
	} else if (b->flags[y] & IMAGE_MOUNT) {
		unknown = DIFF_UNMOUNTED;
	} else {
		int e = is_shown(walk, true, walk->rows[row].a, b, y, &unknown);

		if (e)
			return e;
	}
	int e = add_row(walk, x, y, row, moved, unknown);

	if (e)
		return e;
	struct diff_row *added = &walk->rows[walk->count - 1];

	added->path_length = child_length(walk, row, b, y);
	return added->equal || added->unknown ? 0 : push(walk, (uint32_t)walk->count - 1);
}

static int visit_children(struct diff_walk *walk, uint32_t row)
{
	const struct image *a = walk->a, *b = walk->b;
	uint32_t x = walk->rows[row].a, y = walk->rows[row].b;
	uint32_t i = x == IMAGE_NONE ? 0 : a->child_first[x], i_end = x == IMAGE_NONE ? 0 : a->child_first[x + 1];

	for (uint32_t j = b->child_first[y]; j < b->child_first[y + 1]; j++) {
		uint32_t child = b->children[j], twin = IMAGE_NONE;
		int order = 1;

		if (!child_length(walk, row, b, child))
			continue;
		while (i < i_end && (order = diff_compare_names(a, a->children[i], b, child)) < 0)
			i++;
		if (i < i_end && order == 0)
			twin = a->children[i];
		/* Nothing changed and nothing moved: no row. */
		if (twin != IMAGE_NONE && !walk->match.of_b[child] && !walk->match.of_a[twin] &&
		    diff_same_fingerprint(a, twin, b, child)) {
			walk->taken[twin / 64] |= (uint64_t)1 << twin % 64;
			continue;
		}
		int e = visit_child(walk, row, twin, child);

		if (e)
			return e;
	}
	return 0;
}

/* What is gone from below the row's directory. */
static int visit_gone(struct diff_walk *walk, uint32_t row)
{
	const struct image *a = walk->a;
	uint32_t x = walk->rows[row].a, y = walk->rows[row].b;

	if (x == IMAGE_NONE || walk->rows[row].equal || walk->rows[row].unknown)
		return 0;
	for (uint32_t i = a->child_first[x]; i < a->child_first[x + 1]; i++) {
		uint32_t child = a->children[i];
		enum diff_reason unknown = diff_reason_of(a->flags[child] & IMAGE_MOUNT);
		int e = 0;

		if (is_taken(walk, child) || !child_length(walk, row, a, child))
			continue;
		if (!unknown)
			e = is_shown(walk, false, y, a, child, &unknown);
		if (!e)
			e = add_row(walk, child, IMAGE_NONE, row, false, unknown);
		if (e)
			return e;
		walk->rows[walk->count - 1].path_length = child_length(walk, row, a, child);
	}
	return 0;
}

static int descend(struct diff_walk *walk, uint32_t a_top, uint32_t b_top)
{
	bool both = a_top != IMAGE_NONE && b_top != IMAGE_NONE;
	/* Where the folder compared is itself a mount does not matter: one image may begin at it. */
	unsigned differ = both ? walk->a->flags[a_top] ^ walk->b->flags[b_top] : 0;
	enum diff_reason unknown = diff_reason_of(differ & (IMAGE_READ_ERROR | IMAGE_CACHE));
	int e = add_row(walk, a_top, b_top, DIFF_ROW_NONE, false, unknown);

	if (!e)
		walk->rows[0].path_length = (uint32_t)(strlen(walk->b->root_path) + strlen(walk->options->prefix_b) +
		                                       1);
	if (!e && b_top != IMAGE_NONE && !walk->rows[0].equal && !unknown)
		e = push(walk, 0);
	while (!e && walk->depth)
		e = visit_children(walk, walk->stack[--walk->depth]);
	for (size_t row = 0; !e && row < walk->count; row++) /* grows meanwhile */
		e = visit_gone(walk, (uint32_t)row);
	return e;
}

/* ---- deltas ---- */

static int compute(struct diff_walk *walk)
{
	int e = diff_correct(walk);

	for (size_t i = walk->count; !e && i-- > 0;) {
		struct diff_row *row = &walk->rows[i];
		uint64_t delta = 0;

		int64_t whole = figure_growth(row->a == IMAGE_NONE ? 0 : walk->a->alloc_bytes[row->a],
		                              row->b == IMAGE_NONE ? 0 : walk->b->alloc_bytes[row->b]);

		if (!row->unknown && !row->equal && whole == FIGURE_UNKNOWN)
			row->unknown = DIFF_BEYOND;
		if (row->unknown || row->equal)
			continue;
		if (row->b != IMAGE_NONE)
			delta += walk->b->alloc_bytes[row->b] - diff_unknown_below(&walk->after, walk->b, row->b);
		if (row->a != IMAGE_NONE)
			delta -= walk->a->alloc_bytes[row->a] - diff_unknown_below(&walk->before, walk->a, row->a);
		row->delta = whole == INT64_MAX || whole == -INT64_MAX ? whole : (int64_t)delta;
		if (row->parent != DIFF_ROW_NONE)
			walk->rows[row->parent].below = (int64_t)((uint64_t)walk->rows[row->parent].below + delta);
	}
	return e;
}

/* ---- the whole ---- */

void diff_walk_end(struct diff_walk *walk)
{
	diff_match_free(&walk->match);
	for (size_t i = 0; i < walk->lost_count; i++)
		free(walk->lost[i].name);
	file_list_clear(&walk->list_a);
	file_list_clear(&walk->list_b);
	free(walk->lost);
	free(walk->taken);
	free(walk->rows);
	free(walk->stack);
	free(walk->before.items);
	free(walk->before.sums);
	free(walk->after.items);
	free(walk->after.sums);
}

int diff_walk_begin(struct diff_walk *walk, const struct image *a, const struct image *b,
                    const struct diff_options *options, struct diff *out, struct err *err)
{
	uint32_t a_top = image_lookup(a, options->prefix_a, strlen(options->prefix_a));
	uint32_t b_top = image_lookup(b, options->prefix_b, strlen(options->prefix_b));

	*walk = (struct diff_walk){.a = a,
	                           .b = b,
	                           .options = options,
	                           .out = out,
	                           .err = err,
	                           .listed_a = IMAGE_NONE,
	                           .listed_b = IMAGE_NONE};
	*out = (struct diff){0};
	if (a_top == IMAGE_NONE && b_top == IMAGE_NONE)
		return err_set(err, -ENOENT, _("the folder is in neither of the two snapshots"));
	if (a_top != IMAGE_NONE && b_top != IMAGE_NONE && diff_same_fingerprint(a, a_top, b, b_top))
		return 0;
	if (err)
		err->text[0] = '\0';
	walk->taken = alloc_array((size_t)a->count / 64 + 1, sizeof(*walk->taken));
	int e = walk->taken ? diff_match_find(a, a_top, b, b_top, &walk->match) : -ENOMEM;

	if (!e)
		e = descend(walk, a_top, b_top);
	return e ? e : compute(walk);
}

int diff_failed(int e, struct err *err)
{
	if (!err || !err->text[0]) /* the store's own sentence says more */
		err_set(err, e, "%s", e == -ENOMEM ? _("out of memory") : strerror(-e));
	return e;
}

/** An image whose totals are of the measure.  *figures are to be freed.  0 or -ENOMEM. */
static int measure_image(const struct image *image, enum diff_measure measure, struct image *out, uint64_t **figures)
{
	*out = *image;
	*figures = NULL;
	if (measure == DIFF_APPARENT)
		out->alloc_bytes = image->apparent_bytes;
	if (measure != DIFF_ITEMS)
		return 0;
	*figures = alloc_array(image->count, sizeof(**figures));
	for (uint32_t i = 0; *figures && i < image->count; i++)
		(*figures)[i] = (uint64_t)image->items[i] + 1;
	out->alloc_bytes = *figures;
	return *figures ? 0 : -ENOMEM;
}

int diff_compute(const struct image *a, const struct image *b, const struct diff_options *options, struct diff *out,
                 struct err *err)
{
	struct image measured_a, measured_b;
	uint64_t *figures_a, *figures_b = NULL;
	struct diff_walk walk;
	int e = measure_image(a, options->measure, &measured_a, &figures_a);

	if (!e)
		e = measure_image(b, options->measure, &measured_b, &figures_b);
	if (!e) {
		e = diff_walk_begin(&walk, &measured_a, &measured_b, options, out, err);
		if (!e && walk.count)
			e = diff_list_entries(&walk);
		diff_walk_end(&walk);
	} else {
		*out = (struct diff){0};
	}
	free(figures_a);
	free(figures_b);
	if (e) {
		diff_clear(out);
		diff_failed(e, err);
	}
	return e;
}

void diff_clear(struct diff *diff)
{
	for (size_t i = 0; i < diff->count; i++) {
		free(diff->entries[i].path);
		free(diff->entries[i].path_from);
	}
	free(diff->entries);
	*diff = (struct diff){0};
}
