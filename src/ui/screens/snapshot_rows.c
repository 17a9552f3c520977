/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/snapshot_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"

static uint64_t measure(const struct model *model, const struct snapshot *snapshot)
{
	return model->settings.apparent ? snapshot->apparent_bytes : snapshot->total_bytes;
}

static struct snapshot_row *add(struct snapshot_rows *rows)
{
	if (alloc_room(&rows->items, &rows->capacity, rows->count + 1))
		return NULL;
	rows->items[rows->count] = (struct snapshot_row){0};
	return &rows->items[rows->count++];
}

/** What `newer` has grown since `older`; NULL: the tree of now, which is not saved yet. */
static void compare(const struct model *model, struct snapshot_row *row, const struct snapshot *newer,
                    const struct snapshot *older)
{
	struct growth_figure *growth = &row->growth;

	if (!older)
		return;
	row->has_growth = true;
	if (newer)
		*growth = snapshot_growth(older, newer);
	else
		growth->known = !older->error_count && !row->errors;
	if (model->settings.apparent)
		growth->known &= !growth->unknown_entries;
	if (!newer || model->settings.apparent)
		growth->bytes = figure_growth(measure(model, older), newer ? measure(model, newer) : row->bytes);
	if (newer && row->now) /* and what has changed since it was saved */
		growth->bytes += (int64_t)(row->bytes - measure(model, newer));
}

/** This run's tree; its own snapshot stands for it once there is one. */
static int add_now(struct snapshot_rows *rows, const struct model *model)
{
	struct snapshot_row *row = add(rows);
	const struct snapshot *older = NULL;
	struct node root;

	if (!row)
		return -ENOMEM;
	tree_dir_node(model->tree, DIR_ROOT, &root);
	row->now = true;
	row->id = model->saved_id;
	row->time = model->scan ? model->progress.started_wall_s : model->start ? model->start->tree_time : 0;
	row->bytes = model->settings.apparent ? root.apparent_bytes : root.alloc_bytes;
	row->items = root.items;
	row->errors = root.errors;
	row->partial = !root.complete;
	row->old = model->rereading && root.complete;
	/* The history may be that of a folder above this one: nothing to compare with then. */
	for (size_t i = 0; i < model->history.count; i++) {
		const struct snapshot *snapshot = &model->history.items[i];

		if (snapshot->id == model->saved_id) {
			row->snapshot = snapshot;
			row->time = snapshot->finished_at;
		} else if (!older && !strcmp(snapshot->scan_root, tree_root_path(model->tree))) {
			older = snapshot;
		}
	}
	compare(model, row, row->snapshot, older);
	return 0;
}

/** Is it one more that holds the same as the row above? */
static bool folds(const struct model *model, const struct snapshot_row *above, const struct snapshot *snapshot)
{
	const struct baseline *base = model_base(model);

	return above && !above->now && above->snapshot->root_id == snapshot->root_id &&
	       snapshot_equal(above->snapshot, snapshot) && !snapshot->label && (!base || base->id != snapshot->id) &&
	       (!model->view || model->view->id != snapshot->id);
}

/** `list` goes on at `at`: the next older one of the same chain is what it has grown against. */
static int add_snapshot(struct snapshot_rows *rows, const struct model *model, const struct snapshot_list *list,
                        size_t at, bool differs)
{
	struct snapshot_row *row = rows->count ? &rows->items[rows->count - 1] : NULL;
	const struct snapshot *snapshot = &list->items[at], *older = NULL;

	for (size_t i = at + 1; i < list->count && !older; i++)
		if (list->items[i].root_id == snapshot->root_id)
			older = &list->items[i];
	if (folds(model, row, snapshot)) {
		row->folded++;
		row->folded_to = snapshot->id;
	} else {
		row = add(rows);
		if (!row)
			return -ENOMEM;
		row->snapshot = snapshot;
		row->id = snapshot->id;
		row->time = snapshot->finished_at;
		row->bytes = measure(model, snapshot);
		row->items = snapshot->total_items;
		row->differs = differs;
	}
	compare(model, row, snapshot, older);
	return 0;
}

int snapshot_rows_make(struct snapshot_rows *rows, const struct model *model, bool everything)
{
	const struct snapshot_list *list = everything ? &model->everything : &model->history,
				   *others = &model->differing;
	size_t i = 0, j = everything ? others->count : 0; /* all of them are in the other list already */
	int rc = 0;

	rows->count = 0;
	if (!everything && model->tree)
		rc = add_now(rows, model);
	while (!rc && (i < list->count || j < others->count)) {
		if (i < list->count && !everything && model->tree && list->items[i].id == model->saved_id)
			i++;
		else if (j >= others->count || (i < list->count && list->items[i].id > others->items[j].id))
			rc = add_snapshot(rows, model, list, i++, false);
		else
			rc = add_snapshot(rows, model, others, j++, true);
	}
	return rc;
}

void snapshot_rows_clear(struct snapshot_rows *rows)
{
	free(rows->items);
	*rows = (struct snapshot_rows){0};
}

size_t snapshot_rows_find(const struct snapshot_rows *rows, int64_t id)
{
	size_t i = 0;

	while (i < rows->count) {
		const struct snapshot_row *row = &rows->items[i];

		if (row->now ? !id : row->id == id || (row->folded && id < row->id && id >= row->folded_to))
			break;
		i++;
	}
	return i;
}
