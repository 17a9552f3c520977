/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/snapshot/save_plan.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/diff/diff_match.h"

/* Estimates of what rows cost, in bytes; facts: 320 a directory, 75 a version, 32 a file. */
#define ROOM_DIR 160 /* and its path twice: table and index */
#define ROOM_VERSION 130
#define ROOM_FILE 40
#define ROOM_GROWTH 60
#define ROOM_FILES_MAX 4096 /* of one known directory: only some of its chunks are written again */

struct plan_walk {
	const struct image *head, *fresh;
	const int64_t *head_dirs;
	const _Atomic bool *cancel;
	struct save_plan *out;
	int rc;
};

static void push_change(struct plan_walk *walk, struct planned_dir change)
{
	struct save_plan *out = walk->out;

	if (!alloc_room(&out->changes, &out->change_capacity, out->change_count + 1))
		out->changes[out->change_count++] = change;
	else
		walk->rc = -ENOMEM;
}

static void push_closed(struct plan_walk *walk, uint32_t a)
{
	struct save_plan *out = walk->out;

	out->write_bytes += ROOM_GROWTH;
	if (!alloc_room(&out->closed, &out->closed_capacity, out->closed_count + 1))
		out->closed[out->closed_count++] = a;
	else
		walk->rc = -ENOMEM;
}

/* One row of `dirs` is both. */
static bool same_row(const struct image *a, uint32_t i, const struct image *b, uint32_t j)
{
	return a->ino[i] == b->ino[j] && a->birth[i] == b->birth[j] && a->fs[i] == b->fs[j];
}

/*
 * A directory of the head that is gone, with all below it; its parent's path has `length` bytes.  One that is too deep
 * to be stored (an index has them) was folded.
 */
static void close_dir(struct plan_walk *walk, uint32_t a, size_t length)
{
	const struct image *head = walk->head;

	length += 1 + image_name_length(head, a);
	if (length > IMAGE_PATH_MAX)
		return;
	push_closed(walk, a);
	for (uint32_t i = head->child_first[a]; !walk->rc && i < head->child_first[a + 1]; i++)
		close_dir(walk, head->children[i], length);
}

static uint64_t room_for(const struct image *image, uint32_t i, bool same, size_t length)
{
	uint64_t files = image->child_count[i];

	if (same)
		return ROOM_VERSION + (files < ROOM_FILES_MAX ? files : ROOM_FILES_MAX) * ROOM_FILE;
	return ROOM_VERSION + ROOM_DIR + 2 * length + files * ROOM_FILE;
}

static void visit(struct plan_walk *walk, uint32_t a, uint32_t b, size_t length);

/* Children of both, by name.  Returns whether some of the new ones are too deep to be stored. */
static bool visit_children(struct plan_walk *walk, uint32_t a, uint32_t b, size_t length)
{
	const struct image *head = walk->head, *fresh = walk->fresh;
	uint32_t i = a == IMAGE_NONE ? 0 : head->child_first[a], i_end = a == IMAGE_NONE ? 0 : head->child_first[a + 1];
	bool folded = false;

	for (uint32_t j = fresh->child_first[b]; !walk->rc && j < fresh->child_first[b + 1]; j++) {
		uint32_t child = fresh->children[j], old = IMAGE_NONE;
		size_t child_length = length + 1 + image_name_length(fresh, child);
		int order = -1;

		while (!walk->rc && i < i_end &&
		       (order = diff_compare_names(head, head->children[i], fresh, child)) < 0)
			close_dir(walk, head->children[i++], length);
		if (i < i_end && !order)
			old = head->children[i++];
		if (child_length > IMAGE_PATH_MAX)
			folded = true;
		else
			visit(walk, old, child, child_length);
	}
	while (!walk->rc && i < i_end)
		close_dir(walk, head->children[i++], length);
	return folded;
}

/* One directory of the new tree, `length` bytes of path; `a` = at the same path in the head. */
static void visit(struct plan_walk *walk, uint32_t a, uint32_t b, size_t length)
{
	const struct image *head = walk->head, *fresh = walk->fresh;
	struct save_plan *out = walk->out;
	bool paired = a != IMAGE_NONE;
	bool same = paired && same_row(head, a, fresh, b);
	bool equal = same && diff_same_fingerprint(head, a, fresh, b);

	if (walk->cancel && atomic_load_explicit(walk->cancel, memory_order_relaxed))
		walk->rc = -ECANCELED;
	if (walk->rc)
		return;
	if (same && walk->head_dirs)
		out->dirs[b] = walk->head_dirs[a];
	if (equal && head->end[a] - a == fresh->end[b] - b) {
		if (walk->head_dirs)
			memcpy(out->dirs + b, walk->head_dirs + a, (head->end[a] - a) * sizeof(*out->dirs));
		return;
	}
	size_t at = out->change_count;

	if (!equal) {
		push_change(walk, (struct planned_dir){.b = b, .same = same});
		out->write_bytes += room_for(fresh, b, same, length) + ROOM_GROWTH;
	}
	if (paired && !same)
		push_closed(walk, a);
	bool folded = visit_children(walk, a, b, length);

	out->folded |= folded;
	if (!equal && !walk->rc)
		out->changes[at].folded = folded;
}

int save_plan_make(const struct image *head, const int64_t *head_dirs, const struct image *fresh,
                   const _Atomic bool *cancel, struct save_plan *out)
{
	struct plan_walk walk = {.head = head, .fresh = fresh, .head_dirs = head_dirs, .cancel = cancel, .out = out};
	size_t root = strlen(fresh->root_path);

	*out = (struct save_plan){.dirs = alloc_array(fresh->count, sizeof(*out->dirs))};
	if (!out->dirs)
		return -ENOMEM;
	visit(&walk, head ? IMAGE_ROOT : IMAGE_NONE, IMAGE_ROOT, root == 1 ? 0 : root);
	if (walk.rc)
		save_plan_free(out);
	return walk.rc;
}

void save_plan_free(struct save_plan *plan)
{
	free(plan->changes);
	free(plan->closed);
	free(plan->dirs);
	*plan = (struct save_plan){0};
}
