/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/apply_compare.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/trace.h"
#include "engine/scan/dirfd.h"
#include "engine/tree/edit.h"
#include "engine/tree/link_names.h"

#define CLIMB_MOST 64 /* levels */

static void touch_name(void *context, dir_id dir, uint32_t row)
{
	struct apply *apply = context;

	batch_touch(apply->account, dir);
}

/* All directories that count the inode of this row will change with it. */
static void touch_link(struct apply *apply, uint64_t word)
{
	apply->shared_stale = true;
	link_names_each(apply->tree, (uint32_t)row_payload(word), touch_name, apply);
}

/* Does the row say what the entry says? */
static bool same_file(const struct node *node, const struct entry *entry)
{
	bool leaf = entry->flags & ROW_LEAF;
	unsigned flags = ROW_ERROR | ROW_EXCLUDED | ROW_OTHERFS | ROW_KERNFS;

	if (node->type != entry->type || ((node->flags ^ entry->flags) & flags))
		return false;
	if (leaf)
		return true;
	return node->alloc_bytes == entry->alloc_bytes && node->apparent_bytes == entry->apparent_bytes &&
	       node->mtime_s == node_seconds(entry->mtime_ns, entry->mtime_era) &&
	       node->nlink == (entry->nlink > 1 ? entry->nlink : 1) &&
	       (entry->nlink <= 1 || (node->ino == entry->ino && node->fs == entry->fs));
}

int apply_compare_file(struct apply *apply, dir_id dir, uint32_t row, const struct entry *entry)
{
	struct node before = apply_node(apply, dir, row), after;
	uint32_t old_link = apply_link(apply, dir, row);

	if (same_file(&before, entry))
		return 0;
	batch_touch(apply->account, dir);
	if (old_link)
		touch_link(apply, apply_word(apply_block(apply, dir), row));
	int result = edit_file(apply->tree, dir, row, entry);

	if (result)
		return result;
	uint32_t link = apply_link(apply, dir, row);

	apply->shared_stale |= link || old_link;
	/* Another inode took the name: the old one's other names have one link less. */
	if (old_link && link != old_link)
		link_names_each(apply->tree, old_link, apply_mark_name, apply);
	/* A name of a linked inode took this one: of the inode's other names perhaps none has had an event. */
	if (link && link != old_link)
		result = link_search_row(&apply->search, apply->tree, dir, row);
	after = apply_node(apply, dir, row);
	after.ino = entry->ino; /* the row of a plain file does not keep it */
	apply_record_change(apply, CHANGE_MODIFY, dir, entry->name, entry->length, &before, &after, NULL);
	return result;
}

static int go_deeper(struct apply *apply, dir_id dir)
{
	if (alloc_room(&apply->deeper.items, &apply->deeper.capacity, apply->deeper.count + 1))
		return -ENOMEM;
	apply->deeper.items[apply->deeper.count++] = dir;
	return 0;
}

/* What has the name now is not what the row is of: that went, and this is new. */
static int replace_row(struct apply *apply, dir_id dir, const struct entry *entry, dir_id was)
{
	int result = apply_add_pending(apply, &apply->missing, dir, entry->name, entry->length, NULL, was);

	if (result)
		return result;
	apply->missing.items[apply->missing.count - 1].replaced = true;
	return apply_add_pending(apply, &apply->fresh, dir, entry->name, entry->length, entry, DIR_NONE);
}

/*
 * Was it renamed, away from here or to here?  Then this may be another file than the row's, which has no inode to tell
 * by: apply_places() finds out.
 */
static bool renamed(const struct apply *apply, dir_id dir, const struct entry *entry)
{
	size_t count;
	const struct dirty_rename *renames = dirty_renames(apply->options.dirty, &count);

	HASH_EACH (&apply->renamed, hash_bytes(dir, entry->name, entry->length), i) {
		const struct dirty_rename *at = &renames[i];
		bool from = at->from == dir && at->from_length == entry->length &&
		            !memcmp(at->from_name, entry->name, entry->length);
		bool to = at->to == dir && at->to_length == entry->length &&
		          !memcmp(at->to_name, entry->name, entry->length);

		if (from != to && (from || apply_file_row(apply, at->from, at->from_name, at->from_length) >= 0))
			return !apply_is_own_database(apply, at->from, at->from_name, at->from_length) &&
			       !apply_is_own_database(apply, at->to, at->to_name, at->to_length);
	}
	return false;
}

static int compare_renamed(struct apply *apply, dir_id dir, uint32_t row, const struct entry *entry)
{
	struct node node = apply_node(apply, dir, row);
	bool same = same_file(&node, entry);
	int result = replace_row(apply, dir, entry, DIR_NONE);

	for (unsigned i = 0; !result && i < 2; i++) {
		const struct pending_names *in = i ? &apply->fresh : &apply->missing;

		in->items[in->count - 1].perhaps = true;
		in->items[in->count - 1].same = same;
	}
	return result;
}

static int compare_row(struct apply *apply, dir_id dir, uint32_t row, const struct entry *entry, bool deeper)
{
	uint64_t word = apply_word(apply_block(apply, dir), row);
	bool enters = entry->type == NODE_DIR && !(entry->flags & ROW_LEAF);

	if (!apply_has_cold(word))
		return enters                         ? replace_row(apply, dir, entry, DIR_NONE)
		       : renamed(apply, dir, entry) ? compare_renamed(apply, dir, row, entry)
		                                      : apply_compare_file(apply, dir, row, entry);
	dir_id below = (dir_id)row_payload(word);

	if (!enters || !dir_index_same(apply->tree, below, entry))
		return replace_row(apply, dir, entry, below);
	batch_touch(apply->account, below);
	edit_own(apply->tree, below, entry);
	unsigned was = atomic_load_explicit(&tree_cold_mutable(apply->tree, below)->flags, memory_order_relaxed);

	/* Its tag, or a mount of the very same, came or went: read it again as a new one. */
	if ((entry->dir_flags ^ was) & (DIR_CACHE | DIR_MOUNT))
		return replace_row(apply, dir, entry, below);
	if (deeper)
		return go_deeper(apply, below);
	/*
	 * Its watch can have gone with another NodeCold of the same inode, which was read while it lay elsewhere for a
	 * moment.
	 */
	if (apply->options.watched && !apply->options.watched(apply->options.opened_context, below))
		dirty_tree(apply->options.dirty, below);
	return 0;
}

static int missing_row(struct apply *apply, dir_id dir, uint32_t row)
{
	const struct node_block *block = apply_block(apply, dir);
	const unsigned char *name = (const unsigned char *)block + block->rows[row].name;
	uint64_t word = apply_word(block, row);

	return apply_add_pending(apply, &apply->missing, dir, name + 1, name[0], NULL,
	                         apply_has_cold(word) ? (dir_id)row_payload(word) : DIR_NONE);
}

/* Names against rows, then against the disk.  `by`: who wrote in a directory of which all names are looked at. */
static int compare_names(struct apply *apply, dir_id dir, int fd, bool all, bool deeper, writers_id by)
{
	struct name_set *set = &apply->names;
	const struct node_block *block = apply_block(apply, dir);
	struct reading reading;
	bool unseen = false;
	size_t fresh = apply->fresh.count;
	int result = name_set_end(set);

	apply->by = by;
	for (uint32_t i = 0; !result && block && i < tree_count(block); i++) {
		const unsigned char *name = (const unsigned char *)block + block->rows[i].name;

		if (row_flags(apply_word(block, i)) & ROW_GONE)
			continue;
		struct name_set_item *item = name_set_find(set, name + 1, name[0]);

		/* Of two rows of one name, which a batch that failed half-way leaves, the last one came later. */
		if (item && item->row >= 0)
			result = missing_row(apply, dir, (uint32_t)item->row);
		if (item)
			item->row = i;
		else if (all)
			result = missing_row(apply, dir, i);
	}
	reading_begin(&reading, &apply->rules, &apply->path, dir, fd, scan_rules_node(&apply->rules, dir));
	if (!result)
		result = reading_path(&reading);
	for (size_t i = 0; !result && i < set->count; i++) {
		const struct name_set_item *item = &set->items[i];
		struct entry entry = {.name = item->name, .length = item->length};

		if (apply_stopped(apply))
			return -ECANCELED;
		apply->by = all ? by : item->by;
		result = reading_examine(&reading, item->type, &entry);
		if (result == -ENOENT) {
			result = item->row >= 0 ? missing_row(apply, dir, (uint32_t)item->row) : 0;
			unseen |= item->row < 0 && !all && !apply_is_own_database(apply, dir, item->name, item->length);
		} else if (!result && item->row >= 0)
			result = compare_row(apply, dir, (uint32_t)item->row, &entry, deeper);
		else if (!result)
			result = apply_add_pending(apply, &apply->fresh, dir, item->name, item->length, &entry,
			                           DIR_NONE);
	}
	if (unseen)
		apply_say_unseen(apply);
	/* What came here by a move has to be compared all the same. */
	for (size_t i = fresh; deeper && i < apply->fresh.count; i++)
		apply->fresh.items[i].deeper = true;
	return result;
}

/* Its place has to be looked at: it was moved, replaced or removed. */
static void look_at_place(struct apply *apply, dir_id dir)
{
	struct node node;

	tree_dir_node(apply->tree, dir, &node);
	dir_id parent = tree_cold(apply->tree, dir)->parent;

	if (parent != DIR_NONE && node.name_length)
		dirty_name(apply->options.dirty, parent, node.name, node.name_length);
}

/*
 * It, or a directory above, is not where the tree has it: that place is looked at, and then again what was to be looked
 * at here.
 */
static int look_later(struct apply *apply, const struct dirty_item *item)
{
	if (hash_add(&apply->unreached, hash_u32(item->dir), item->dir))
		return -ENOMEM;
	if (alloc_room(&apply->later.items, &apply->later.capacity, apply->later.count + 1))
		return -ENOMEM;
	apply->later.items[apply->later.count++] = *item;
	look_at_place(apply, item->dir);
	return 0;
}

/*
 * Does it lie in one that could not be reached?  Then neither can it, and nobody opens it from the root on: where every
 * level of a deep tree was renamed, that would be each of them times its depth.
 */
static bool is_unreached(const struct apply *apply, dir_id dir)
{
	for (unsigned i = 0; apply->unreached.count && i < CLIMB_MOST && dir != DIR_NONE; i++) {
		dir = tree_cold(apply->tree, dir)->parent;
		if (dir != DIR_NONE && hash_find(&apply->unreached, hash_u32(dir)) != HASH_NONE)
			return true;
	}
	return false;
}

/* Read a directory again whole, detached: it can be read again, or no longer. */
static int reread(struct apply *apply, dir_id dir)
{
	dir_id parent = tree_cold(apply->tree, dir)->parent, fresh;
	struct subtree_survey before = {0};
	unsigned char name[256];
	struct node node;

	tree_dir_node(apply->tree, dir, &node);
	if (node.name_length)
		memcpy(name, node.name, node.name_length);
	batch_touch(apply->account, dir);
	TRACE(TRACE_WATCH, "read again: directory %u", dir);
	apply->shared_stale = true;
	int result = subtree_survey_take(&before, apply->tree, dir);

	if (!result)
		result = scan_again(apply->tree, dir, -1, &apply->rules.options, apply->options.stop, &fresh);
	if (result == -ENOENT) {
		/* As in insert_new(): its row is gone, but it may be there. */
		result = 0;
		if (parent != DIR_NONE)
			dirty_name(apply->options.dirty, parent, name, node.name_length);
	} else if (!result) {
		result = apply_subtree_came(apply, fresh);
	}
	apply_say_gone(apply, &before);
	subtree_survey_free(&before);
	return result;
}

static int apply_dir(struct apply *apply, const struct dirty_item *item)
{
	dir_id dir = item->dir;
	struct node_cold *cold = tree_cold_mutable(apply->tree, dir);
	struct entry own;
	uint64_t mount;
	dev_t dev;

	if (!tree_alive(apply->tree, dir) || atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_CACHE)
		return 0;
	if (is_unreached(apply, dir))
		return look_later(apply, item);
	int fd = dirfd_open_path(apply->root, apply->tree, dir);
	bool unreadable = atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_READ_ERROR;

	if (fd == -EACCES || fd == -EPERM || fd == -EIO)
		return unreadable ? 0 : reread(apply, dir);
	if (fd == -ENOMEM)
		return fd;
	if (fd < 0)
		return look_later(apply, item);
	/* Names that its file system does not know can be told only by reading all of them. */
	if (unreadable || atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_NUMBERS) {
		close(fd);
		return reread(apply, dir);
	}
	bool all = item->kind != DIRTY_NAMES;

	if (all && apply->options.opened)
		apply->options.opened(apply->options.opened_context, dir, fd);
	int result = scan_entry_of(fd, &own, &mount, &dev);

	if (!result) {
		batch_touch(apply->account, dir);
		edit_own(apply->tree, dir, &own);
		name_set_begin(&apply->names);
		if (all) {
			result = name_set_list(&apply->names, fd, apply->buffer, sizeof apply->buffer);
			if (item->names_lost && item->kind == DIRTY_LIST)
				apply_say_unseen(apply);
		} else {
			const unsigned char *name = item->names;

			for (uint32_t i = 0; !result && i < item->name_count; i++, name += 1 + name[0])
				result = name_set_add(&apply->names, name + 1, name[0], DT_UNKNOWN,
				                   item->name_by ? item->name_by[i] : WRITERS_NONE);
		}
	}
	if (!result)
		result = compare_names(apply, dir, fd, all, item->kind == DIRTY_TREE,
		                       item->kind == DIRTY_LIST ? item->by : WRITERS_NONE);
	close(fd);
	if (result == -EIO || result == -ENOTDIR)
		return reread(apply, dir);
	/* It was looked at, and so is all below it: nothing of it is taken on trust any more. */
	if (!result && item->kind == DIRTY_TREE)
		atomic_fetch_and_explicit(&cold->flags, (uint16_t)~DIR_TRUSTED, memory_order_relaxed);
	return result == -ENOENT ? look_later(apply, item) : result;
}

int apply_compare(struct apply *apply, const struct dirty_item *items, size_t count)
{
	int result = 0;

	apply->deeper.count = 0;
	for (size_t i = 0; !result && i < count; i++) {
		result = apply_stopped(apply) ? -ECANCELED : apply_dir(apply, &items[i]);
		/* Below a DIRTY_TREE: those found on the way, each of them once. */
		while (!result && apply->deeper.count) {
			const struct dirty_item below = {.dir = apply->deeper.items[--apply->deeper.count],
			                                 .kind = DIRTY_TREE};

			result = apply_stopped(apply) ? -ECANCELED : apply_dir(apply, &below);
		}
	}
	return result;
}
