/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/subtree.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

/* ---- surveys ---- */

static int survey_block(struct subtree_survey *survey, const struct node_block *block)
{
	for (uint32_t i = 0; i < tree_count(block); i++) {
		uint64_t word = row_word(block, i);

		if (row_flags(word) & (ROW_GONE | ROW_LEAF))
			continue;
		if (row_type(word) == NODE_DIR) {
			if (alloc_room(&survey->dirs, &survey->dir_capacity, survey->dir_count + 1))
				return -ENOMEM;
			survey->dirs[survey->dir_count++] = (dir_id)row_payload(word);
		} else if (row_flags(word) & ROW_LINK) {
			if (alloc_room(&survey->links, &survey->link_capacity, survey->link_count + 1))
				return -ENOMEM;
			survey->links[survey->link_count++] = (struct subtree_link){
				.index = (uint32_t)row_payload(word),
				.dir = block->dir};
		}
	}
	return 0;
}

static bool first_name(const struct subtree_survey *survey, size_t i)
{
	return !i || survey->links[i].index != survey->links[i - 1].index;
}

int subtree_survey_take(struct subtree_survey *survey, struct tree *tree, dir_id top)
{
	if (alloc_room(&survey->dirs, &survey->dir_capacity, 1))
		return -ENOMEM;
	survey->dirs[survey->dir_count++] = top;
	for (size_t i = 0; i < survey->dir_count; i++) {
		const struct node_block *block = tree_block(tree, survey->dirs[i]);

		if (block && survey_block(survey, block))
			return -ENOMEM;
	}
	if (survey->link_count)
		qsort(survey->links, survey->link_count, sizeof(*survey->links), links_order);

	struct node node;

	tree_dir_node(tree, top, &node);
	survey->totals = (struct totals){
		.alloc = cold_alloc(tree_cold(tree, top)),
		.apparent = cold_apparent(tree_cold(tree, top)),
		.items = node.items,
		.files = node.files,
		.errors = node.errors,
	};
	for (size_t i = 0; i < survey->link_count; i++) {
		if (!first_name(survey, i))
			continue;
		struct link_figures figures = link_figures(links_at(&tree->links, survey->links[i].index));

		figure_take(&survey->totals.alloc, figure_of(figures.alloc_bytes));
		figure_take(&survey->totals.apparent, figure_of(figures.apparent_bytes));
	}
	return 0;
}

void subtree_survey_free(struct subtree_survey *survey)
{
	free(survey->dirs);
	free(survey->links);
}

void subtree_forget_links(const struct subtree_survey *survey, struct tree *tree)
{
	for (size_t i = 0; i < survey->link_count; i++)
		links_forget(&tree->links, survey->links[i].index, survey->links[i].dir, DIR_NONE);
}

/* ---- what changes above ---- */

int subtree_delta_begin(struct subtree_delta *delta, struct tree *tree, dir_id above)
{
	*delta = (struct subtree_delta){.tree = tree, .above = above};
	for (dir_id at = above; at != DIR_NONE; at = tree_cold(tree, at)->parent)
		delta->levels++;
	delta->alloc_step = alloc_array(delta->levels + 1u, sizeof(*delta->alloc_step));
	delta->apparent_step = alloc_array(delta->levels + 1u, sizeof(*delta->apparent_step));
	if (delta->alloc_step && delta->apparent_step)
		return 0;
	subtree_delta_end(delta);
	return -ENOMEM;
}

static void step(struct figure *step, struct figure figure, int sign)
{
	if (sign > 0)
		figure_add(step, figure);
	else
		figure_take(step, figure);
}

void subtree_delta_totals(struct subtree_delta *delta, const struct totals *totals, int sign)
{
	step(&delta->alloc_step[0], totals->alloc, sign);
	step(&delta->apparent_step[0], totals->apparent, sign);
	delta->items += sign * (int64_t)totals->items;
	delta->files += sign * (int64_t)totals->files;
	delta->errors += sign * (int64_t)totals->errors;
}

void subtree_delta_link(struct subtree_delta *delta, uint32_t index, int sign)
{
	struct link_figures figures = link_figures(links_at(&delta->tree->links, index));
	uint32_t level = delta->levels - links_counted_depth(delta->tree, index, delta->above);

	step(&delta->alloc_step[0], figure_of(figures.alloc_bytes), sign);
	step(&delta->apparent_step[0], figure_of(figures.apparent_bytes), sign);
	step(&delta->alloc_step[level], figure_of(figures.alloc_bytes), -sign);
	step(&delta->apparent_step[level], figure_of(figures.apparent_bytes), -sign);
}

void subtree_delta_whole(struct subtree_delta *delta, const struct subtree_survey *survey, int sign)
{
	subtree_delta_totals(delta, &survey->totals, sign);
	delta->items += sign;
	if (delta->above == DIR_NONE)
		return;
	for (size_t i = 0; i < survey->link_count; i++)
		if (first_name(survey, i))
			subtree_delta_link(delta, survey->links[i].index, sign);
}

void subtree_delta_commit(struct subtree_delta *delta)
{
	struct figure alloc = {0}, apparent = {0};
	uint64_t counts = (uint64_t)delta->items + ((uint64_t)delta->files << 32);
	uint32_t level = 0;

	for (dir_id dir = delta->above; dir != DIR_NONE; dir = tree_cold(delta->tree, dir)->parent, level++) {
		struct node_cold *cold = tree_cold_mutable(delta->tree, dir);

		figure_add(&alloc, delta->alloc_step[level]);
		figure_add(&apparent, delta->apparent_step[level]);
		cold_add_figures(cold, alloc, apparent);
		if (counts)
			atomic_fetch_add_explicit(&cold->counts, counts, memory_order_relaxed);
		if (delta->errors)
			atomic_fetch_add_explicit(&cold->errors, (uint32_t)delta->errors, memory_order_relaxed);
	}
}

void subtree_delta_end(struct subtree_delta *delta)
{
	free(delta->alloc_step);
	free(delta->apparent_step);
	delta->alloc_step = NULL;
	delta->apparent_step = NULL;
}

/* ---- what was replaced ---- */

struct arena_span *subtree_spans(struct tree *tree, const struct subtree_survey *survey, size_t *n)
{
	struct arena_span *spans = alloc_array(survey->dir_count, sizeof(*spans));

	*n = 0;
	for (size_t i = 0; spans && i < survey->dir_count; i++) {
		uint32_t unit = atomic_load_explicit(&tree_cold_mutable(tree, survey->dirs[i])->block,
		                                     memory_order_relaxed);

		if (unit)
			spans[(*n)++] = (struct arena_span){.first = unit,
			                                    .n = slack_units(tree, arena_at(&tree->units, unit))};
	}
	return spans;
}

void subtree_bury(struct tree *tree, const struct subtree_survey *survey)
{
	for (size_t i = 0; i < survey->dir_count; i++)
		if (survey->dirs[i] != DIR_ROOT)
			atomic_fetch_or_explicit(&tree_cold_mutable(tree, survey->dirs[i])->flags, DIR_DEAD,
			                         memory_order_release);
}

/* ---- links ---- */

int subtree_change_link(struct tree *tree, const struct link_change *change)
{
	struct link *link = links_at(&tree->links, change->index);

	for (uint32_t i = 0; tree->changing && i < link->parent_count; i++)
		tree->changing(tree->changing_context, link_parents(link)[i]);
	int rc = links_change(tree, change);

	for (uint32_t i = 0; !rc && i < link->parent_count; i++)
		tree_unsum(tree, link_parents(link)[i]);
	return rc;
}
