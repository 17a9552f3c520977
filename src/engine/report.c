/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/graft.h"

#define MANY 64 /* changes of one directory's entries that are told one by one */

struct touched {
	dir_id dir;
	bool fresh;              /* a new row: at this path since this batch, */
	bool born;               /* and nowhere before */
	uint32_t changes;        /* of its entries */
	size_t many;             /* index + 1 of its CHANGE_MANY */
	uint64_t alloc_bytes, apparent_bytes, counts; /* before */
};

struct report {
	const struct tree *tree;
	struct touched *touched;
	size_t touched_count, touched_capacity;
	uint32_t *hash;          /* index + 1 in touched, 0 = free */
	uint32_t mask;
	struct change *changes;
	size_t change_count, change_capacity;
	struct change_dir *dirs; /* those that are gone first, with their paths; the rest by report_finish() */
	size_t dir_count, dir_capacity;
	bool incomplete;
};

struct report *report_create(const struct tree *tree)
{
	struct report *report = alloc_zero(struct report);

	if (report)
		report->tree = tree;
	return report;
}

static void forget(struct report *report)
{
	for (size_t i = 0; i < report->change_count; i++) {
		free(report->changes[i].path);
		free(report->changes[i].old_path);
	}
	for (size_t i = 0; i < report->dir_count; i++)
		free(report->dirs[i].path);
	report->change_count = 0;
	report->dir_count = 0;
	report->touched_count = 0;
}

void report_destroy(struct report *report)
{
	if (!report)
		return;
	forget(report);
	free(report->touched);
	free(report->hash);
	free(report->changes);
	free(report->dirs);
	free(report);
}

void report_begin(struct report *report)
{
	forget(report);
	report->incomplete = false;
	if (report->hash)
		memset(report->hash, 0, ((size_t)report->mask + 1) * sizeof *report->hash);
}

static uint32_t *slot_of(const struct report *report, dir_id dir)
{
	uint32_t i = (dir * 2654435761u) & report->mask;

	while (report->hash[i] && report->touched[report->hash[i] - 1].dir != dir)
		i = (i + 1) & report->mask;
	return &report->hash[i];
}

static bool room_for_touched(struct report *report)
{
	if (report->hash && report->touched_count < report->mask / 4 * 3)
		return true;
	uint32_t slots = report->hash ? (report->mask + 1) * 2 : 256;
	uint32_t *hash = alloc_array(slots, sizeof *hash);

	if (!hash)
		return false;
	free(report->hash);
	report->hash = hash;
	report->mask = slots - 1;
	for (size_t i = 0; i < report->touched_count; i++)
		*slot_of(report, report->touched[i].dir) = (uint32_t)i + 1;
	return true;
}

/* The entry of a directory, made with what its totals are now; NULL without memory.  *had = it was there. */
static struct touched *touch(struct report *report, dir_id dir, bool *had)
{
	struct touched *grown;

	*had = false;
	if (!room_for_touched(report))
		goto lost;
	uint32_t *slot = slot_of(report, dir);

	if (*slot) {
		*had = true;
		return &report->touched[*slot - 1];
	}
	grown = alloc_grow(report->touched, &report->touched_capacity, report->touched_count + 1, sizeof *grown);
	if (!grown)
		goto lost;
	report->touched = grown;
	struct node_cold *cold = (struct node_cold *)(uintptr_t)tree_cold(report->tree, dir);

	grown[report->touched_count++] = (struct touched){
		.dir = dir,
		.alloc_bytes = atomic_load_explicit(&cold->alloc_bytes, memory_order_relaxed),
		.apparent_bytes = atomic_load_explicit(&cold->apparent_bytes, memory_order_relaxed),
		.counts = atomic_load_explicit(&cold->counts, memory_order_relaxed),
	};
	*slot = (uint32_t)report->touched_count;
	return &grown[report->touched_count - 1];
lost:
	report->incomplete = true;
	return NULL;
}

void report_touch(struct report *report, dir_id dir)
{
	bool had = false;

	for (; dir != DIR_NONE && !had; dir = tree_cold(report->tree, dir)->parent)
		if (!touch(report, dir, &had))
			return;
}

void report_subtree(struct report *report, dir_id top, bool moved)
{
	struct survey survey = { 0 };
	bool had;

	if (survey_take(&survey, (struct tree *)(uintptr_t)report->tree, top))
		report->incomplete = true;
	for (size_t i = 0; i < survey.dir_count; i++) {
		struct touched *in = touch(report, survey.dirs[i], &had);

		if (in) {
			in->fresh = true;
			in->born |= !moved;
		}
	}
	survey_free(&survey);
}

static char *path_of(struct report *report, dir_id dir, const void *name, size_t length)
{
	struct buf path = { 0 };

	tree_path(report->tree, dir, &path);
	if (name) {
		if (path.length && path.data[path.length - 1] != '/')
			buf_char(&path, '/');
		buf_add(&path, name, length);
	}
	if (path.failed) {
		report->incomplete = true;
		buf_free(&path);
		return NULL;
	}
	return path.data;
}

static struct change_dir *add_dir(struct report *report)
{
	struct change_dir *grown = alloc_grow(report->dirs, &report->dir_capacity, report->dir_count + 1, sizeof *grown);

	if (!grown) {
		report->incomplete = true;
		return NULL;
	}
	report->dirs = grown;
	grown[report->dir_count] = (struct change_dir){ 0 };
	return &grown[report->dir_count++];
}

void report_gone(struct report *report, dir_id dir)
{
	char *path = path_of(report, dir, NULL, 0);
	struct change_dir *gone = path ? add_dir(report) : NULL;
	struct node node;

	if (!gone) {
		free(path);
		return;
	}
	tree_dir_node(report->tree, dir, &node);
	*gone = (struct change_dir){ .path = path, .gone = true, .old_bytes = node.alloc_bytes };
}

void report_change(struct report *report, const struct change *change, dir_id dir, const void *name, size_t length)
{
	bool had;
	struct touched *in = touch(report, dir, &had);

	if (in && ++in->changes > MANY) {
		/* One row for the directory; what came before it stays told. */
		free(change->old_path);
		if (in->many) {
			struct change *many = &report->changes[in->many - 1];

			many->old_bytes += change->old_bytes;
			many->new_bytes += change->new_bytes;
			return;
		}
	}
	struct change *grown = alloc_grow(report->changes, &report->change_capacity, report->change_count + 1, sizeof *grown);

	if (!grown) {
		report->incomplete = true;
		if (!in || in->changes <= MANY)
			free(change->old_path);
		return;
	}
	report->changes = grown;
	bool many = in && in->changes > MANY;
	struct change *at = &grown[report->change_count++];

	*at = *change;
	if (many) {
		*at = (struct change){
			.kind = CHANGE_MANY, .is_dir = true, .old_bytes = change->old_bytes, .new_bytes = change->new_bytes,
			.ino = tree_cold(report->tree, dir)->ino, .dev = tree_fs(report->tree, tree_cold(report->tree, dir)->fs).dev,
		};
		in->many = report->change_count;
	}
	at->path = path_of(report, dir, many ? NULL : name, length);
	if (!at->path) {
		free(at->old_path);
		report->change_count--;
		if (in)
			in->many = 0;
	}
}

void report_before(const struct report *report, dir_id dir, uint64_t *alloc_bytes, uint64_t *apparent_bytes)
{
	uint32_t *slot = report->hash ? slot_of(report, dir) : NULL;
	struct node node;

	if (slot && *slot) {
		const struct touched *was = &report->touched[*slot - 1];

		*alloc_bytes = was->born ? 0 : was->alloc_bytes;
		*apparent_bytes = was->born ? 0 : was->apparent_bytes;
		return;
	}
	tree_dir_node(report->tree, dir, &node);
	*alloc_bytes = node.alloc_bytes;
	*apparent_bytes = node.apparent_bytes;
}

void report_growth(const struct report *report, void (*tell)(void *context, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes), void *context)
{
	for (size_t i = 0; i < report->touched_count; i++) {
		dir_id dir = report->touched[i].dir;
		uint64_t alloc_bytes, apparent_bytes;
		struct node node;

		if (!tree_alive(report->tree, dir))
			continue;
		report_before(report, dir, &alloc_bytes, &apparent_bytes);
		tree_dir_node(report->tree, dir, &node);
		tell(context, dir, (int64_t)(node.alloc_bytes - alloc_bytes), (int64_t)(node.apparent_bytes - apparent_bytes));
	}
}

void report_finish(struct report *report, struct batch *batch)
{
	struct node root;

	for (size_t i = 0; i < report->touched_count; i++) {
		const struct touched *was = &report->touched[i];
		struct node node;

		if (!tree_alive(report->tree, was->dir))
			continue;
		tree_dir_node(report->tree, was->dir, &node);
		if (!was->fresh && node.alloc_bytes == was->alloc_bytes && node.apparent_bytes == was->apparent_bytes &&
		    (node.items | node.files << 32) == was->counts)
			continue;
		char *path = path_of(report, was->dir, NULL, 0);
		struct change_dir *dir = path ? add_dir(report) : NULL;

		if (!dir) {
			free(path);
			continue;
		}
		*dir = (struct change_dir){
			.dir = was->dir, .path = path, .old_bytes = was->fresh ? 0 : was->alloc_bytes,
			.old_apparent_bytes = was->fresh ? 0 : was->apparent_bytes,
			.bytes = node.alloc_bytes, .apparent_bytes = node.apparent_bytes, .items = node.items, .files = node.files,
		};
	}
	tree_dir_node(report->tree, DIR_ROOT, &root);
	batch->changes = report->changes;
	batch->change_count = report->change_count;
	batch->dirs = report->dirs;
	batch->dir_count = report->dir_count;
	batch->incomplete = report->incomplete;
	uint32_t *slot = report->hash ? slot_of(report, DIR_ROOT) : NULL;

	batch->delta_bytes = slot && *slot ? (int64_t)(root.alloc_bytes - report->touched[*slot - 1].alloc_bytes) : 0;
}
