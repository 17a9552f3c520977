/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/apply_places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/scan/dirfd.h"
#include "engine/tree/edit.h"
#include "engine/watch/apply_compare.h"
#include "engine/tree/link_names.h"

/* Is the directory still where the tree has it? */
static bool still_there(struct apply *apply, dir_id dir)
{
	struct node node;
	struct stat st;
	char name[256];
	dir_id parent = tree_cold(apply->tree, dir)->parent;

	if (parent == DIR_NONE)
		return true;
	int fd = dirfd_open_path(apply->root, apply->tree, parent);

	if (fd < 0)
		return false;
	tree_dir_node(apply->tree, dir, &node);
	memcpy(name, node.name, node.name_length);
	name[node.name_length] = '\0';
	bool there = !fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) &&
	             st.st_ino == tree_cold(apply->tree, dir)->ino && S_ISDIR(st.st_mode);

	close(fd);
	return there;
}

/*
 * The kernel has one watch for an inode: where another NodeCold of it was read on the way, that one has it, and what
 * happened since was told of that one.
 * This one is read again, and takes the watch back.
 */
static int look_without_watch(struct apply *apply, dir_id top)
{
	struct subtree_survey survey = {0};
	int result = subtree_survey_take(&survey, apply->tree, top);

	for (size_t i = 0; !result && apply->options.watched && i < survey.dir_count; i++)
		if (!apply->options.watched(apply->options.opened_context, survey.dirs[i]))
			dirty_tree(apply->options.dirty, survey.dirs[i]);
	subtree_survey_free(&survey);
	return result;
}

/* Move a known directory here.  1 = done, 0 = it is no move, or -errno. */
static int move_directory(struct apply *apply, struct pending_name *to)
{
	if (to->entry.type != NODE_DIR || to->entry.flags & ROW_LEAF || to->entry.dir_flags & DIR_CACHE ||
	    !tree_alive(apply->tree, to->dir))
		return 0;
	to->entry.name = to->name;
	apply->by = to->by;
	dir_id moved = dir_index_find(&apply->dirs, apply->tree, &to->entry);

	if (moved == DIR_NONE || moved == DIR_ROOT || still_there(apply, moved))
		return 0;
	dir_id from = tree_cold(apply->tree, moved)->parent;
	struct node node, before = {0};
	unsigned char old_name[256];

	tree_dir_node(apply->tree, moved, &node);
	memcpy(old_name, node.name, node.name_length);
	char *old_path = batch_path(apply->account, moved, NULL, 0);
	batch_touch(apply->account, moved);
	batch_touch(apply->account, to->dir);
	batch_gone(apply->account, moved);
	batch_before(apply->account, moved, &before.alloc_bytes, &before.apparent_bytes);
	int result = edit_move(apply->tree, moved, to->dir, to->name, to->entry.length);

	if (result) {
		free(old_path);
		return result == -ELOOP ? 0 : result;
	}
	size_t old_length = node.name_length;

	apply->shared_stale = true;
	edit_own(apply->tree, moved, &to->entry);
	batch_subtree(apply->account, moved, true);
	if (to->deeper || apply->trees)
		dirty_tree(apply->options.dirty, moved);
	result = look_without_watch(apply, moved);
	apply_record_place(apply, from, old_name, old_length, moved, &before, false);
	apply_record_place(apply, to->dir, to->name, to->entry.length, moved, &before, true);
	tree_dir_node(apply->tree, moved, &node);
	apply_record_change(apply, CHANGE_RENAME, to->dir, to->name, to->entry.length, &node, &node, old_path);
	return result ? result : 1;
}

static struct pending_name *find_pending(const struct pending_names *names, dir_id dir, const char *name, size_t length)
{
	for (size_t i = 0; i < names->count; i++) {
		struct pending_name *pending = &names->items[i];

		if (pending->dir == dir && pending->entry.length == length && !memcmp(pending->name, name, length))
			return pending;
	}
	return NULL;
}

/* Names elsewhere of the inodes below are looked at again. */
static void mark_peers(struct apply *apply, const struct subtree_survey *survey)
{
	for (size_t i = 0; i < survey->link_count; i++)
		if (!i || survey->links[i].index != survey->links[i - 1].index)
			link_names_each(apply->tree, survey->links[i].index, apply_mark_name, apply);
}

static int remove_missing(struct apply *apply, const struct pending_name *gone)
{
	if (!tree_alive(apply->tree, gone->dir))
		return 0;
	apply->by = gone->by;
	/*
	 * By name, and of directories the one it was: it may have moved, and something else may have its name by now.
	 */
	int64_t row = -1;

	if (gone->was != DIR_NONE) {
		const struct node_cold *cold = tree_cold(apply->tree, gone->was);

		if (tree_alive(apply->tree, gone->was) && cold->parent == gone->dir)
			row = tree_own_row(apply_block(apply, gone->dir), cold->row, gone->was);
		if (row >= 0) {
			struct node node = apply_node(apply, gone->dir, (uint32_t)row);

			if (node.name_length != gone->entry.length || memcmp(node.name, gone->name, node.name_length))
				row = -1;
		}
	} else {
		row = tree_find(apply->tree, gone->dir, gone->name, gone->entry.length);
		if (row >= 0 && apply_has_cold(apply_word(apply_block(apply, gone->dir), (uint32_t)row)))
			row = -1;
	}
	if (row < 0)
		return 0;
	struct node node = apply_node(apply, gone->dir, (uint32_t)row), before = {0};
	uint32_t link = apply_link(apply, gone->dir, (uint32_t)row);
	struct subtree_survey survey = {0};
	int result = 0;

	batch_touch(apply->account, gone->dir);
	if (gone->was != DIR_NONE) {
		batch_gone(apply->account, gone->was);
		batch_before(apply->account, gone->was, &before.alloc_bytes, &before.apparent_bytes);
		result = subtree_survey_take(&survey, apply->tree, gone->was);
	}
	if (!result)
		result = edit_remove(apply->tree, gone->dir, (uint32_t)row);
	if (!result) {
		apply->shared_stale |= link || survey.link_count;
		if (link)
			link_names_each(apply->tree, link, apply_mark_name, apply);
		mark_peers(apply, &survey);
		if (gone->was != DIR_NONE)
			apply_record_place(apply, gone->dir, gone->name, gone->entry.length, gone->was, &before, false);
		apply_say_gone(apply, &survey);
		apply_record_change(apply, CHANGE_DELETE, gone->dir, gone->name, gone->entry.length, &node, NULL, NULL);
	}
	subtree_survey_free(&survey);
	return result;
}

static int insert_new(struct apply *apply, struct pending_name *new)
{
	struct entry *entry = &new->entry;
	bool enters = entry->type == NODE_DIR && !(entry->flags & ROW_LEAF);
	uint32_t row;

	entry->name = new->name;
	apply->by = new->by;
	if (!tree_alive(apply->tree, new->dir))
		return 0;
	if (tree_find(apply->tree, new->dir, new->name, entry->length) >= 0) {
		/* Found twice, or moved here meanwhile: what is there is compared next time. */
		dirty_name(apply->options.dirty, new->dir, new->name, entry->length);
		return 0;
	}
	batch_touch(apply->account, new->dir);
	if (!enters) {
		int result = edit_insert(apply->tree, new->dir, entry, &row);

		if (result)
			return result;
		uint32_t link = apply_link(apply, new->dir, row);
		struct node node = apply_node(apply, new->dir, row);

		node.ino = entry->ino;
		if (link) {
			apply->shared_stale = true;
			result = link_search_row(&apply->search, apply->tree, new->dir, row);
		}
		apply_record_change(apply, CHANGE_CREATE, new->dir, new->name, entry->length, NULL, &node, NULL);
		return result;
	}
	struct entry leaf = {.name = new->name,
	                     .length = entry->length,
	                     .type = NODE_DIR,
	                     .flags = ROW_ERROR,
	                     .extended = entry->extended};
	dir_id fresh;
	int result = edit_insert(apply->tree, new->dir, &leaf, &row);

	if (result)
		return result;
	result = scan_again(apply->tree, new->dir, row, &apply->rules.options, apply->options.stop, &fresh);
	if (result == -ENOENT) {
		/*
		 * Gone again, and its row is, too; or a directory above it has moved meanwhile, and it is still there.
		 */
		dirty_name(apply->options.dirty, new->dir, new->name, entry->length);
		return 0;
	}
	if (result) {
		/* A row that says nothing must not stay. */
		edit_remove(apply->tree, new->dir, row);
		return result;
	}
	struct node node;

	apply->shared_stale = true;
	apply_record_place(apply, new->dir, new->name, entry->length, fresh, &(struct node){0}, true);
	tree_dir_node(apply->tree, fresh, &node);
	apply_record_change(apply, CHANGE_CREATE, new->dir, new->name, entry->length, NULL, &node, NULL);
	if (apply->options.made)
		apply->options.made(apply->options.entry_context, fresh, figure_told_delta(figure_of(node.alloc_bytes)),
		                    figure_told_delta(figure_of(node.apparent_bytes)),
		                    dirty_by(apply->options.dirty, apply->by));
	return apply_subtree_came(apply, fresh);
}

/* ---- files that got another name ---- */

/* Can what is missing there be what is new here? */
static bool may_move(const struct apply *apply, const struct pending_name *from, const struct pending_name *to)
{
	int64_t row = apply_file_row(apply, from->dir, from->name, from->entry.length);
	bool back = from->dir == to->dir && from->entry.length == to->entry.length &&
	            !memcmp(from->name, to->name, to->entry.length);

	/* What came back to its name was never away. */
	if (row < 0 || back || !tree_alive(apply->tree, to->dir) ||
	    (from->perhaps && from->same && to->perhaps && to->same))
		return false;
	struct node node = apply_node(apply, from->dir, (uint32_t)row);

	return node.type == to->entry.type && !(node.flags & ROW_LEAF) && !(to->entry.flags & ROW_LEAF);
}

/* What had the name goes: something else came in its place. */
static int clear_place(struct apply *apply, const struct pending_name *to, writers_id by)
{
	struct pending_name *old = NULL;

	if (to->perhaps)
		old = find_pending(&apply->missing, to->dir, to->name, to->entry.length);
	if (!old)
		return 0;
	old->by = by;
	int result = remove_missing(apply, old);

	old->dir = DIR_NONE;
	return result;
}

/* A file got another name: what is missing there is what is new here. */
static int move_file(struct apply *apply, const struct dirty_rename *rename, struct pending_name *from,
                     struct pending_name *to)
{
	struct entry entry = to->entry;
	uint32_t row;

	int result = clear_place(apply, to, rename->by);

	apply->by = rename->by;
	if (result || tree_find(apply->tree, to->dir, to->name, to->entry.length) >= 0)
		return result;
	int64_t old_row = apply_file_row(apply, from->dir, from->name, from->entry.length);
	struct node before = apply_node(apply, from->dir, (uint32_t)old_row);

	entry.name = to->name;
	batch_touch(apply->account, from->dir);
	batch_touch(apply->account, to->dir);
	char *old_path = batch_path(apply->account, from->dir, from->name, from->entry.length);

	result = edit_insert(apply->tree, to->dir, &entry, &row);
	/* Its row may be another one since. */
	if (!result) {
		old_row = apply_file_row(apply, from->dir, from->name, from->entry.length);
		result = edit_remove(apply->tree, from->dir, (uint32_t)old_row);
	}
	if (result) {
		free(old_path);
		return result;
	}
	struct node after = apply_node(apply, to->dir, row);

	after.ino = entry.ino;
	if (apply_link(apply, to->dir, row)) {
		apply->shared_stale = true;
		result = link_search_row(&apply->search, apply->tree, to->dir, row);
	}
	/* It was also written to. */
	if (before.alloc_bytes != after.alloc_bytes)
		apply->by = dirty_both(apply->options.dirty, from->by, to->by);
	apply_record_entry(apply, from->dir, from->name, from->entry.length, &before, NULL);
	apply_record_change(apply, CHANGE_RENAME, to->dir, to->name, entry.length, &before, &after, old_path);
	/* Another one that has its old name is new there. */
	if (from->perhaps) {
		struct pending_name *next = find_pending(&apply->fresh, from->dir, from->name, from->entry.length);

		if (next)
			next->perhaps = false;
	}
	from->dir = to->dir = DIR_NONE;
	return result;
}

/* Those that the kernel told of, in the order in which they were renamed. */
static int move_files(struct apply *apply)
{
	size_t count;
	const struct dirty_rename *renames = dirty_renames(apply->options.dirty, &count);
	int64_t now_ns = clock_mono_ns();
	int result = 0;

	for (size_t i = 0; !result && i < count; i++) {
		const struct dirty_rename *rename = &renames[i];
		struct pending_name *from = find_pending(&apply->missing, rename->from, rename->from_name,
		                                         rename->from_length);
		struct pending_name *to = find_pending(&apply->fresh, rename->to, rename->to_name, rename->to_length);

		if (!from || apply_is_own_database(apply, rename->from, rename->from_name, rename->from_length) ||
		    apply_is_own_database(apply, rename->to, rename->to_name, rename->to_length))
			continue;
		if (to) {
			if (apply_stopped(apply))
				result = -ECANCELED;
			else if (may_move(apply, from, to))
				result = move_file(apply, rename, from, to);
		} else if (!from->replaced && (!rename->until_ns || now_ns < rename->until_ns) &&
		           tree_alive(apply->tree, rename->to) &&
		           tree_find(apply->tree, rename->to, rename->to_name, rename->to_length) < 0) {
			/*
			 * It went on while it was looked for: it must not be gone in between.  Its row keeps its name
			 * that long, so it cannot wait where another has that.
			 */
			dirty_rename_again(apply->options.dirty, rename,
			                   rename->until_ns ? rename->until_ns
			                                    : now_ns + apply->options.rename_wait_ns);
			from->dir = DIR_NONE;
		}
	}
	return result;
}

/* Of those that were perhaps renamed: they were not. */
static int compare_others(struct apply *apply)
{
	int result = 0;

	for (size_t i = 0; !result && i < apply->fresh.count; i++) {
		struct pending_name *new = &apply->fresh.items[i];

		if (new->dir == DIR_NONE || !new->perhaps)
			continue;
		struct pending_name *old = find_pending(&apply->missing, new->dir, new->name, new->entry.length);
		int64_t row = old ? apply_file_row(apply, new->dir, new->name, new->entry.length) : -1;

		if (row < 0)
			continue;
		new->entry.name = new->name;
		apply->by = new->by;
		result = apply_stopped(apply)
		                 ? -ECANCELED
		                 : apply_compare_file(apply, new->dir, (uint32_t)row, &new->entry);
		old->dir = new->dir = DIR_NONE;
	}
	return result;
}

void apply_know_renames(struct apply *apply)
{
	size_t count;
	const struct dirty_rename *renames = dirty_renames(apply->options.dirty, &count);

	hash_clear(&apply->renamed);
	if (hash_reserve(&apply->renamed, count * 2))
		return;
	for (size_t i = 0; i < count; i++) {
		const struct dirty_rename *at = &renames[i];

		hash_add(&apply->renamed, hash_bytes(at->from, at->from_name, at->from_length), (uint32_t)i);
		hash_add(&apply->renamed, hash_bytes(at->to, at->to_name, at->to_length), (uint32_t)i);
	}
}

int apply_places(struct apply *apply)
{
	int result = 0;

	for (size_t i = 0; !result && i < apply->fresh.count; i++) {
		int moved = apply_stopped(apply) ? -ECANCELED : move_directory(apply, &apply->fresh.items[i]);

		if (moved < 0)
			result = moved;
		else if (moved)
			apply->fresh.items[i].dir = DIR_NONE;
	}
	if (!result)
		result = move_files(apply);
	if (!result)
		result = compare_others(apply);
	for (size_t i = 0; !result && i < apply->missing.count; i++)
		result = apply_stopped(apply) ? -ECANCELED : remove_missing(apply, &apply->missing.items[i]);
	for (size_t i = 0; !result && i < apply->fresh.count; i++)
		if (apply->fresh.items[i].dir != DIR_NONE)
			result = apply_stopped(apply) ? -ECANCELED : insert_new(apply, &apply->fresh.items[i]);
	return result;
}
