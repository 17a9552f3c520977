/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/apply_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/edit.h"

bool apply_stopped(const struct apply *apply)
{
	return apply->options.stop &&
	       atomic_load_explicit((_Atomic bool *)(uintptr_t)apply->options.stop, memory_order_relaxed);
}

int apply_add_pending(const struct apply *apply, struct pending_names *names, dir_id dir, const void *name,
                      size_t length, const struct entry *entry, dir_id was)
{
	if (alloc_room(&names->items, &names->capacity, names->count + 1))
		return -ENOMEM;
	struct pending_name *pending = &names->items[names->count++];

	*pending = (struct pending_name){.dir = dir, .was = was, .by = apply->by};
	memcpy(pending->name, name, length);
	pending->name[length] = '\0';
	if (entry)
		pending->entry = *entry;
	pending->entry.length = length;
	return 0;
}

bool apply_is_own_database(const struct apply *apply, dir_id dir, const void *name, size_t length)
{
	return apply->options.own_database &&
	       apply->options.own_database(apply->options.opened_context, dir, name, length);
}

void apply_record_entry(const struct apply *apply, dir_id dir, const char *name, size_t length,
                        const struct node *before, const struct node *after)
{
	int64_t alloc_bytes = figure_told_delta(
		figure_difference(after ? after->alloc_bytes : 0, before ? before->alloc_bytes : 0));
	int64_t apparent_bytes = figure_told_delta(
		figure_difference(after ? after->apparent_bytes : 0, before ? before->apparent_bytes : 0));

	if (apply->options.entry)
		apply->options.entry(apply->options.entry_context, dir, name, length, DIR_NONE, alloc_bytes,
		                     apparent_bytes, after != NULL, dirty_by(apply->options.dirty, apply->by));
}

void apply_record_change(struct apply *apply, enum change_kind kind, dir_id dir, const char *name, size_t length,
                         const struct node *before, const struct node *after, char *old_path)
{
	const struct node *any = after ? after : before;
	struct change change = {
		.kind = kind,
		.is_dir = any->dir != DIR_NONE,
		.old_path = old_path,
		.ino = any->ino,
		.dev = tree_fs(apply->tree, tree_cold(apply->tree, dir)->fs).dev,
		.old_bytes = before ? before->alloc_bytes : 0,
		.new_bytes = after ? after->alloc_bytes : 0,
		.by = dirty_by(apply->options.dirty, apply->by),
	};

	if (apply_is_own_database(apply, dir, name, length))
		free(old_path);
	else
		batch_change(apply->account, &change, dir, name, length);
	/* Of a move only that it came: the place it left is told of by itself. */
	if (any->dir == DIR_NONE)
		apply_record_entry(apply, dir, name, length, kind == CHANGE_RENAME ? NULL : before, after);
}

void apply_record_place(const struct apply *apply, dir_id dir, const void *name, size_t length, dir_id is,
                        const struct node *before, bool there)
{
	int64_t alloc_bytes = figure_told_delta(figure_of(before->alloc_bytes)),
		apparent_bytes = figure_told_delta(figure_of(before->apparent_bytes));

	if (apply->options.entry)
		apply->options.entry(apply->options.entry_context, dir, name, length, is,
		                     there ? alloc_bytes : -alloc_bytes, there ? apparent_bytes : -apparent_bytes,
		                     there, dirty_by(apply->options.dirty, apply->by));
}

struct node apply_node(const struct apply *apply, dir_id dir, uint32_t row)
{
	struct node node;

	tree_node(apply->tree, apply_block(apply, dir), row, &node);
	return node;
}

int64_t apply_file_row(const struct apply *apply, dir_id dir, const char *name, size_t length)
{
	int64_t row = tree_alive(apply->tree, dir) ? tree_find(apply->tree, dir, name, length) : -1;

	return row < 0 || apply_has_cold(apply_word(apply_block(apply, dir), (uint32_t)row)) ? -1 : row;
}

uint32_t apply_link(const struct apply *apply, dir_id dir, uint32_t row)
{
	uint64_t word = apply_word(apply_block(apply, dir), row);

	return row_flags(word) & ROW_LINK ? (uint32_t)row_payload(word) : 0;
}

void apply_mark_name(void *context, dir_id dir, uint32_t row)
{
	struct apply *apply = context;
	const struct node_block *block = apply_block(apply, dir);
	const unsigned char *name = (const unsigned char *)block + block->rows[row].name;

	dirty_name(apply->options.dirty, dir, name + 1, name[0]);
}

void apply_say_unseen(const struct apply *apply)
{
	if (apply->options.unseen)
		apply->options.unseen(apply->options.opened_context);
}

void apply_say_gone(const struct apply *apply, const struct subtree_survey *survey)
{
	for (size_t i = 0; apply->options.gone && i < survey->dir_count; i++)
		if (!tree_alive(apply->tree, survey->dirs[i]))
			apply->options.gone(apply->options.opened_context, survey->dirs[i]);
}

int apply_subtree_came(struct apply *apply, dir_id top)
{
	struct subtree_survey survey = {0};
	int result = subtree_survey_take(&survey, apply->tree, top);

	batch_subtree(apply->account, top, false);
	for (size_t i = 0; !result && i < survey.dir_count; i++) {
		result = dir_index_add(&apply->dirs, apply->tree, survey.dirs[i]);
		if (!result && survey.link_count)
			result = link_search_rows(&apply->search, apply->tree, survey.dirs[i]);
	}
	subtree_survey_free(&survey);
	return result;
}
