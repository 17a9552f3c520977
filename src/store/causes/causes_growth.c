/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a folder grew by.  The rows of a diff have all that changed; each has something by itself, and their sum is the
 * growth.  It goes to the place that the row's directory lies in, in the newer tree or, of what is gone, in the older.
 */
#include "store/causes/causes_growth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "store/files/file_chunk.h"

static struct cause_side *side_of(struct growth_walk *growth, const struct diff_row *row, uint32_t *dir)
{
	*dir = row->b == IMAGE_NONE ? row->a : row->b;
	return row->b == IMAGE_NONE ? growth->a : growth->b;
}

static int find_places(struct growth_walk *growth)
{
	const struct diff_walk *walk = &growth->walk;
	int rc = 0;

	for (size_t i = 0; !rc && i < walk->count; i++) {
		const struct diff_row *row = &walk->rows[i];
		uint32_t dir;
		struct cause_side *side = side_of(growth, row, &dir);

		if (i)
			rc = place_enter(&growth->places, side, dir, (uint32_t)i, &growth->states[row->parent],
			                 &growth->states[i]);
		else
			rc = place_start(&growth->places, side, dir, &growth->states[0]);
		if (causes_cancelled(growth->query))
			rc = -ECANCELED;
	}
	return rc;
}

/* Is there an inode that subdirectories share?  Only then is anything counted otherwise than directory by directory. */
static bool has_shared(const struct cause_side *side, const char *prefix)
{
	const struct image *image = side->image;
	uint32_t top = image_lookup(image, prefix, strlen(prefix));

	for (uint32_t i = 0; top != IMAGE_NONE && i < image->odd_count; i++)
		if (image->odd[i] >= top && image->odd[i] < image->end[top] && image->odd_bytes[i] > 0)
			return side->tree || (side->store && image->snapshot_id);
	return false;
}

static uint64_t shared_in(const struct image *image, uint32_t dir)
{
	int64_t odd = dir == IMAGE_NONE ? 0 : image_odd_bytes(image, dir);

	return odd > 0 ? (uint64_t)odd : 0;
}

/* What each row has by itself; where links are followed, without what its subdirectories share. */
static void find_own(struct growth_walk *growth)
{
	const struct diff_walk *walk = &growth->walk;

	for (size_t i = 0; i < walk->count; i++) {
		const struct diff_row *row = &walk->rows[i];

		if (row->unknown || row->delta == INT64_MAX || row->delta == -INT64_MAX)
			continue;
		growth->own[i] = (int64_t)((uint64_t)row->delta - (uint64_t)row->below);
		if (growth->links)
			growth_own(growth, (uint32_t)i, shared_in(walk->b, row->b) - shared_in(walk->a, row->a));
	}
}

/* ---- files ---- */

/* Of one row: the last changes were noted of it. */
static struct growth_link *change_of(struct growth_walk *growth, uint32_t row, uint64_t ino, uint16_t fs)
{
	for (size_t i = growth->change_count; i-- > 0 && growth->changes[i].row == row;)
		if (growth->changes[i].ino == ino)
			return &growth->changes[i];
	if (alloc_room(&growth->changes, &growth->change_capacity, growth->change_count + 1))
		return NULL;
	growth->changes[growth->change_count] = (struct growth_link){.ino = ino, .fs = fs, .row = row};
	return &growth->changes[growth->change_count++];
}

/*
 * A name of an inode with several.  Lists have inodes of such files only: where a file of that name had one name, or
 * has one now, it is taken for the same.
 */
static int note_link(struct growth_walk *growth, uint32_t at, const struct file_entry *a, const struct file_entry *b)
{
	const struct diff_row *row = &growth->walk.rows[at];
	uint64_t ino_a = a && a->nlink > 1 ? a->ino : 0, ino_b = b && b->nlink > 1 ? b->ino : 0;
	uint16_t fs_a = row->a == IMAGE_NONE ? 0 : growth->walk.a->fs[row->a],
		 fs_b = row->b == IMAGE_NONE ? 0 : growth->walk.b->fs[row->b];
	struct growth_link *change;

	if (a) {
		change = change_of(growth, at, ino_a ? ino_a : ino_b, ino_a ? fs_a : fs_b);
		if (!change)
			return -ENOMEM;
		change->names_a++;
		change->nlink_a = a->nlink;
		change->bytes_a = a->alloc_bytes;
	}
	if (b) {
		change = change_of(growth, at, ino_b ? ino_b : ino_a, ino_b ? fs_b : fs_a);
		if (!change)
			return -ENOMEM;
		change->names_b++;
		change->nlink_b = b->nlink;
		change->bytes_b = b->alloc_bytes;
	}
	return 0;
}

static int take_file(struct growth_walk *growth, uint32_t at, const struct file_entry *a, const struct file_entry *b)
{
	const struct file_entry *named = b ? b : a;
	uint64_t delta = (b ? b->alloc_bytes : 0) - (a ? a->alloc_bytes : 0);
	uint32_t dir, pattern, place;
	struct cause_side *side = side_of(growth, &growth->walk.rows[at], &dir);
	int rc;

	if (named->type == NODE_DIR || (a && b && diff_is_lost(a) != diff_is_lost(b)))
		return 0;
	if ((a && a->nlink > 1) || (b && b->nlink > 1))
		return growth->links ? note_link(growth, at, a, b) : 0;
	if (!delta)
		return 0;
	rc = place_file(&growth->places, side, dir, &growth->states[at], named, &pattern);
	if (rc)
		return rc;
	if (pattern == UINT32_MAX) {
		int64_t size = (int64_t)delta;

		if (growth->states[at].place == PLACE_NONE && llabs(size) > llabs(growth->file_bytes[at])) {
			free(growth->file[at]);
			growth->file[at] = alloc_copy(named->name, named->name_length);
			growth->file_bytes[at] = size;
		}
		return 0;
	}
	place = place_add_file(&growth->places, side, dir, at, &growth->states[at], named, pattern);
	if (place == PLACE_NONE)
		return -ENOMEM;
	growth->places.items[place].gone = !b;
	growth_give(growth, place, delta);
	growth_own(growth, at, 0 - delta);
	return 0;
}

static int take_files(struct growth_walk *growth, uint32_t at)
{
	static const struct file_list none;
	const struct diff_row *row = &growth->walk.rows[at];
	const struct file_list *a = &none, *b = &none;
	int rc = 0;

	if (row->unknown || row->equal || (!growth->links && !place_takes_files(&growth->places, &growth->states[at])))
		return 0;
	if (row->a != IMAGE_NONE)
		rc = cause_list(growth->a, row->a, &a, growth->places.err);
	if (!rc && row->b != IMAGE_NONE)
		rc = cause_list(growth->b, row->b, &b, growth->places.err);
	for (size_t i = 0, j = 0; !rc && (i < a->count || j < b->count);) {
		const struct file_entry *x = i < a->count ? &a->items[i] : NULL,
					*y = j < b->count ? &b->items[j] : NULL;
		int order = !x ? 1 : !y ? -1 : file_names_compare(x->name, x->name_length, y->name, y->name_length);

		i += order <= 0;
		j += order >= 0;
		rc = take_file(growth, at, order <= 0 ? x : NULL, order >= 0 ? y : NULL);
	}
	return rc;
}

/* ---- paths ---- */

static void add_component(struct buf *out, const void *name, size_t length)
{
	if (length && (!out->length || out->data[out->length - 1] != '/'))
		buf_char(out, '/');
	buf_add(out, name, length);
}

char *growth_place_path(const struct growth_walk *growth, const struct cause_place *place)
{
	const struct diff_walk *walk = &growth->walk;
	struct buf out = {0}, relative = {0}, above = {0};

	if (place->row == UINT32_MAX) {
		diff_image_path(place->side->image, place->dir, &out);
	} else {
		const struct diff_row *row = &walk->rows[place->row];
		char *path = diff_row_path(walk, place->row);

		if (path)
			buf_str(&out, path);
		else
			out.failed = true;
		free(path);
		/* Below what moved: as it lay there before. */
		if (place->row && place->side == growth->a && row->a != place->dir) {
			if (image_relative(walk->a, place->dir, &relative) || image_relative(walk->a, row->a, &above))
				out.failed = true;
			else
				add_component(&out, relative.data + above.length + 1,
				              relative.length - above.length - 1);
		}
	}
	if (place->file)
		add_component(&out, place->file, place->file_length);
	buf_free(&relative);
	buf_free(&above);
	if (out.failed)
		buf_free(&out);
	return out.data;
}

/* ---- the whole ---- */

/* All together they are the growth: what could not be followed is the top's. */
static void balance(struct growth_walk *growth)
{
	uint64_t left = (uint64_t)growth->diff.net_bytes;

	if (growth->diff.net_bytes == FIGURE_UNKNOWN || growth->diff.net_bytes == INT64_MAX ||
	    growth->diff.net_bytes == -INT64_MAX)
		return;
	for (size_t i = 0; i < growth->walk.count; i++)
		left -= (uint64_t)growth->own[i];
	for (size_t i = 1; i < growth->places.count; i++)
		left -= (uint64_t)growth->places.items[i].bytes;
	growth_own(growth, 0, left);
}

static int give_all(struct growth_walk *growth)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < growth->walk.count; i++) {
		int64_t own = growth->own[i], file = growth->file_bytes[i];
		char *name = NULL;

		if (growth->states[i].place != PLACE_NONE) {
			growth_give(growth, growth->states[i].place, (uint64_t)own);
			continue;
		}
		if ((own < 0) == (file < 0) && llabs(file) >= llabs(own) / 2) {
			name = growth->file[i];
			growth->file[i] = NULL;
		}
		rc = rest_add(&growth->rest, (uint32_t)i, own, name);
	}
	rest_finish(&growth->rest);
	return rc;
}

static int count_unknown(struct growth_walk *growth)
{
	const struct diff_walk *walk = &growth->walk;
	const struct diff_row *top = &walk->rows[0];
	uint64_t before = top->a == IMAGE_NONE ? 0 : walk->a->alloc_bytes[top->a],
		 after = top->b == IMAGE_NONE ? 0 : walk->b->alloc_bytes[top->b];

	for (size_t i = 0; i < walk->count; i++) {
		const struct diff_row *row = &walk->rows[i];
		uint64_t x = row->a == IMAGE_NONE ? 0 : walk->a->alloc_bytes[row->a],
			 y = row->b == IMAGE_NONE ? 0 : walk->b->alloc_bytes[row->b];

		growth->diff.unknown_entries += row->unknown != DIFF_COMPARABLE;
		if (row->unknown)
			growth->diff.unknown_bytes = figure_sum(growth->diff.unknown_bytes, x > y ? x : y);
	}
	for (size_t i = 0; i < walk->lost_count; i++)
		growth->diff.unknown_bytes = figure_sum(growth->diff.unknown_bytes,
		                                        walk->lost[i].bytes_a + walk->lost[i].bytes_b);
	growth->diff.unknown_entries += walk->lost_count;
	growth->diff.net_bytes = !top->equal && figure_growth(before, after) == FIGURE_UNKNOWN ? FIGURE_UNKNOWN
	                                                                                       : top->delta;
	return 0;
}

static int take(struct growth_walk *growth)
{
	int rc = count_unknown(growth);

	growth->states = alloc_array(growth->walk.count, sizeof(*growth->states));
	growth->own = alloc_array(growth->walk.count, sizeof(*growth->own));
	growth->file = alloc_array(growth->walk.count, sizeof(*growth->file));
	growth->file_bytes = alloc_array(growth->walk.count, sizeof(*growth->file_bytes));
	if (!growth->states || !growth->own || !growth->file || !growth->file_bytes)
		return -ENOMEM;
	growth->links = has_shared(growth->a, growth->query->prefix_a) ||
	                has_shared(growth->b, growth->query->prefix_b);
	rc = rc ? rc : find_places(growth);
	find_own(growth);
	for (size_t i = 0; !rc && i < growth->walk.count; i++) {
		rc = take_files(growth, (uint32_t)i);
		if (causes_cancelled(growth->query))
			rc = -ECANCELED;
	}
	if (!rc && growth->links)
		rc = growth_links(growth);
	if (!rc)
		rc = growth_moved(growth);
	if (rc)
		return rc;
	balance(growth);
	return give_all(growth);
}

int growth_begin(struct growth_walk *growth, const struct causes_query *query, struct err *err)
{
	int rc;

	*growth = (struct growth_walk){.query = query, .a = query->a, .b = query->b};
	growth->options = (struct diff_options){.prefix_a = query->prefix_a,
	                                        .prefix_b = query->prefix_b,
	                                        .max_depth = -1,
	                                        .store = query->a->store ? query->a->store : query->b->store,
	                                        .tree = query->b->tree};
	growth->rest.most = query->most ? query->most : CAUSES_MOST;
	rc = places_begin(&growth->places, query->rules, err);
	if (!rc)
		rc = diff_walk_begin(&growth->walk, query->a->image, query->b->image, &growth->options, &growth->diff,
		                     err);
	if (!rc && growth->walk.count)
		rc = take(growth);
	return rc;
}

void growth_end(struct growth_walk *growth)
{
	for (size_t i = 0; growth->file && i < growth->walk.count; i++)
		free(growth->file[i]);
	free(growth->file);
	free(growth->file_bytes);
	free(growth->own);
	free(growth->states);
	free(growth->changes);
	rest_clear(&growth->rest);
	places_end(&growth->places);
	diff_walk_end(&growth->walk);
}
