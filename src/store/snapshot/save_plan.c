/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/snapshot/save_plan.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "store/diff/diff_match.h"

/* Estimates of what rows cost, in bytes; facts: 320 a directory, 75 a version, 32 a file. */
#define ROOM_DIR 160 /* and its path twice: table and index */
#define ROOM_VERSION 130
#define ROOM_FILE 40
#define ROOM_GROWTH 60
#define ROOM_FILES_MAX 4096 /* of one known directory: only some of its chunks are written again */

struct walk {
	const struct image *head, *fresh;
	const int64_t *head_dirs;
	const _Atomic bool *cancel;
	struct save_plan *out;
	int rc;
};

static void push_change(struct walk *walk, struct planned_dir change)
{
	struct save_plan *out = walk->out;
	struct planned_dir *changes = alloc_grow(out->changes, &out->change_capacity, out->change_count + 1,
	                                         sizeof(*changes));

	if (changes)
		(out->changes = changes)[out->change_count++] = change;
	else
		walk->rc = -ENOMEM;
}

static void push_closed(struct walk *walk, uint32_t a)
{
	struct save_plan *out = walk->out;
	uint32_t *closed = alloc_grow(out->closed, &out->closed_capacity, out->closed_count + 1, sizeof(*closed));

	if (closed)
		(out->closed = closed)[out->closed_count++] = a;
	else
		walk->rc = -ENOMEM;
}

static void push_growth(struct walk *walk, struct planned_growth row)
{
	struct save_plan *out = walk->out;
	struct planned_growth *growth = alloc_grow(out->growth, &out->growth_capacity, out->growth_count + 1,
	                                           sizeof(*growth));

	out->write_bytes += ROOM_GROWTH;
	if (growth)
		(out->growth = growth)[out->growth_count++] = row;
	else
		walk->rc = -ENOMEM;
}

/* One row of `dirs` is both. */
static bool same_row(const struct image *a, uint32_t i, const struct image *b, uint32_t j)
{
	return a->ino[i] == b->ino[j] && a->birth[i] == b->birth[j] && a->fs[i] == b->fs[j];
}

/* A delta is right modulo 2⁶⁴; whether it is more than a figure can say, the totals tell. */
static int64_t clamp_delta(uint64_t delta, uint64_t before, uint64_t after)
{
	int64_t whole = figure_growth(before, after);

	return whole == INT64_MAX || whole == -INT64_MAX ? whole : (int64_t)delta;
}

/*
 * A directory of the head that is gone, with all below it; its parent's path has `length` bytes.  One that is too deep
 * to be stored (an index has them) was folded.  Returns what of its delta is unknown.
 */
static int64_t close_dir(struct walk *walk, uint32_t a, size_t length, bool hidden)
{
	const struct image *head = walk->head;

	length += 1 + image_name_length(head, a);
	if (length > IMAGE_PATH_MAX)
		return 0;
	uint64_t bytes = head->alloc_bytes[a], below = 0;
	bool unknown = !hidden && ((head->flags[a] & IMAGE_MOUNT) || bytes == FIGURE_BEYOND); /* not mounted now */
	struct planned_growth growth = {.a = a, .b = IMAGE_NONE, .bytes_a = bytes, .unknown = unknown};

	push_closed(walk, a);
	for (uint32_t i = head->child_first[a]; !walk->rc && i < head->child_first[a + 1]; i++)
		below += (uint64_t)close_dir(walk, head->children[i], length, hidden || unknown);
	growth.delta_bytes = unknown ? 0 : clamp_delta(0 - bytes - below, bytes, 0);
	if (!hidden && !walk->rc && (unknown || growth.delta_bytes))
		push_growth(walk, growth);
	return unknown ? (int64_t)(0 - bytes) : (int64_t)below;
}

static uint64_t room_for(const struct image *image, uint32_t i, bool same, size_t length)
{
	uint64_t files = image->child_count[i];

	if (same)
		return ROOM_VERSION + (files < ROOM_FILES_MAX ? files : ROOM_FILES_MAX) * ROOM_FILE;
	return ROOM_VERSION + ROOM_DIR + 2 * length + files * ROOM_FILE;
}

static int64_t visit(struct walk *walk, uint32_t a, uint32_t b, size_t length, bool hidden);

/* Children of both, by name.  Returns what is unknown below; *folded is set when some of the new ones are too deep. */
static int64_t visit_children(struct walk *walk, uint32_t a, uint32_t b, size_t length, bool hidden, bool *folded)
{
	const struct image *head = walk->head, *fresh = walk->fresh;
	uint32_t i = a == IMAGE_NONE ? 0 : head->child_first[a], i_end = a == IMAGE_NONE ? 0 : head->child_first[a + 1];
	uint64_t unknown = 0;

	for (uint32_t j = fresh->child_first[b]; j < fresh->child_first[b + 1]; j++) {
		uint32_t child = fresh->children[j], old = IMAGE_NONE;
		size_t child_length = length + 1 + image_name_length(fresh, child);
		int order = -1;

		while (!walk->rc && i < i_end &&
		       (order = diff_compare_names(head, head->children[i], fresh, child)) < 0)
			unknown += (uint64_t)close_dir(walk, head->children[i++], length, hidden);
		if (i < i_end && !order)
			old = head->children[i++];
		if (child_length > IMAGE_PATH_MAX)
			*folded = true;
		else
			unknown += (uint64_t)visit(walk, old, child, child_length, hidden);
		if (walk->rc)
			return 0;
	}
	while (!walk->rc && i < i_end)
		unknown += (uint64_t)close_dir(walk, head->children[i++], length, hidden);
	return (int64_t)unknown;
}

/* Is it known on one side only?  As diff.c sees it, but for what only the lists of files tell. */
static bool half_known(const struct walk *walk, uint32_t a, uint32_t b)
{
	if (a == IMAGE_NONE)
		return walk->head && (walk->fresh->flags[b] & IMAGE_MOUNT);
	if (b == IMAGE_ROOT)
		return (walk->head->flags[a] ^ walk->fresh->flags[b]) & (IMAGE_READ_ERROR | IMAGE_CACHE);
	return diff_half_known(walk->head, a, walk->fresh, b);
}

/*
 * One directory of the new tree, `length` bytes of path; `a` = at the same path in the head.  `hidden`: below something
 * unknown, where no growth is told.  Returns the part of its delta that is unknown and so not its ancestors' either.
 */
static int64_t visit(struct walk *walk, uint32_t a, uint32_t b, size_t length, bool hidden)
{
	const struct image *head = walk->head, *fresh = walk->fresh;
	struct save_plan *out = walk->out;
	bool paired = a != IMAGE_NONE;
	bool same = paired && same_row(head, a, fresh, b);
	bool equal = same && diff_same_fingerprint(head, a, fresh, b);

	if (walk->cancel && atomic_load_explicit(walk->cancel, memory_order_relaxed))
		walk->rc = -ECANCELED;
	if (walk->rc)
		return 0;
	if (same && walk->head_dirs)
		out->dirs[b] = walk->head_dirs[a];
	if (equal && head->end[a] - a == fresh->end[b] - b) {
		if (walk->head_dirs)
			memcpy(out->dirs + b, walk->head_dirs + a, (head->end[a] - a) * sizeof(*out->dirs));
		return 0;
	}
	size_t at = out->change_count;
	bool folded = false;

	if (!equal) {
		push_change(walk, (struct planned_dir){.b = b, .a = a, .same = same});
		out->write_bytes += room_for(fresh, b, same, length);
	}
	if (paired && !same)
		push_closed(walk, a);
	if (walk->rc)
		return 0;

	uint64_t bytes_a = paired ? head->alloc_bytes[a] : 0, bytes_b = fresh->alloc_bytes[b];
	bool unknown = !hidden && half_known(walk, a, b);
	int64_t below = visit_children(walk, a, b, length, hidden || unknown, &folded);
	struct planned_growth growth = {.a = a, .b = b, .bytes_a = bytes_a, .bytes_b = bytes_b, .unknown = unknown};

	out->folded |= folded;
	if (!equal && !walk->rc)
		out->changes[at].folded = folded;
	unknown |= figure_growth(bytes_a, bytes_b) == FIGURE_UNKNOWN;
	growth.unknown = unknown;
	growth.delta_bytes = unknown ? 0 : clamp_delta(bytes_b - bytes_a - (uint64_t)below, bytes_a, bytes_b);
	if (head && !hidden && !walk->rc && (unknown || growth.delta_bytes))
		push_growth(walk, growth);
	return unknown ? (int64_t)(bytes_b - bytes_a) : below;
}

int save_plan_make(const struct image *head, const int64_t *head_dirs, const struct image *fresh,
                   const _Atomic bool *cancel, struct save_plan *out)
{
	struct walk walk = {.head = head, .fresh = fresh, .head_dirs = head_dirs, .cancel = cancel, .out = out};
	size_t root = strlen(fresh->root_path);

	*out = (struct save_plan){.dirs = alloc_array(fresh->count, sizeof(*out->dirs))};
	if (!out->dirs)
		return -ENOMEM;
	visit(&walk, head ? IMAGE_ROOT : IMAGE_NONE, IMAGE_ROOT, root == 1 ? 0 : root, false);
	if (walk.rc)
		save_plan_free(out);
	return walk.rc;
}

void save_plan_free(struct save_plan *plan)
{
	free(plan->changes);
	free(plan->closed);
	free(plan->growth);
	free(plan->dirs);
	*plan = (struct save_plan){0};
}
