/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/apply.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/scan/dirfd.h"
#include "engine/tree/edit.h"
#include "engine/tree/subtree.h"
#include "engine/watch/link_search.h"
#include "engine/watch/dir_index.h"
#include "engine/watch/name_set.h"
#include "engine/scan/scan_state.h"

/*
 * A batch, in an order that makes moves visible as moves:
 *
 *   1. every dirty directory is opened (identity checked), itself stat-ed; its dirty names, or all of them, are
 *   examined by the rules of the scan.
 *      Files that changed are edited at once.  What is new, and what is missing, is put aside.
 *   2. what is new and a directory that the tree knows from elsewhere, and that is not there any more, moves here with
 *   its subtree; a file that is new where the
 *      kernel says that one went which is missing moves, too: its row does not say which inode it is
 *   3. what is missing, and still where it was, is removed; the other names of a linked inode are marked to be looked
 *   at again: its link count changed
 *   4. what is new otherwise is inserted; a directory as a leaf that scan_again() enters, detached.  A linked inode
 *   with names that the tree does not know as
 *      such (they were the only one so far) has them looked for by its figures
 *
 * Everything is re-read by name through descriptors that lead from the root without symbolic links.  What changes
 * meanwhile comes again as an event.
 */

#define BUFFER_BYTES 65536
#define WAIT_NS 200000000 /* for the word where a file went that left the name it got */

/** A name put aside. */
struct aside {
	dir_id dir;              /* in which it is new or missing */
	dir_id was;              /* missing: the directory it was, or DIR_NONE */
	bool replaced;           /* missing: something else has its name, and is put aside as new */
	bool deeper;             /* new: what lies below is not known to be true either */
	struct entry entry;      /* new: what is there; its name points into `name` */
	char name[256];
};

struct asides {
	struct aside *items;
	size_t count, capacity;
};

struct apply {
	struct apply_options options;
	struct tree *tree;
	struct report *report;
	int root;                /* O_PATH; -1 between batches: it would keep a medium from being unmounted */
	/* a scan that never runs: how names are examined, and its options those of the scans that do */
	struct scan *rules;
	struct worker worker;    /* of it */
	struct asides fresh, missing;
	struct looks looks;
	struct known known;
	bool begun;              /* the first batch is done */
	/*
	 * something in this batch is DIRTY_TREE: it swallowed the marks below, and what moves out of it takes them
	 * along
	 */
	bool trees;
	bool shared_stale;       /* links came or went */
	struct { dir_id *items; size_t count, capacity; } deeper; /* directories still to be listed whole */
	/* what could not be opened where the tree has it */
	struct { struct dirty_item *items; size_t count, capacity; } later;
	struct hunt hunt;        /* other names of new links */
	char buffer[BUFFER_BYTES];
};

static bool stopped(const struct apply *apply)
{
	return apply->options.stop &&
	       atomic_load_explicit((_Atomic bool *)(uintptr_t)apply->options.stop, memory_order_relaxed);
}

/* Out of memory somewhere: nothing stays wrong, it is all read again. */
static void give_up(struct apply *apply)
{
	dirty_tree(apply->options.dirty, DIR_ROOT);
}

static const struct node_block *block_of(const struct apply *apply, dir_id dir)
{
	return tree_block(apply->tree, dir);
}

static uint64_t word_of(const struct node_block *block, uint32_t row)
{
	return atomic_load_explicit(&((struct node_block *)(uintptr_t)block)->rows[row].word, memory_order_relaxed);
}

static bool has_cold(uint64_t word)
{
	return row_type(word) == NODE_DIR && !(row_flags(word) & (ROW_LEAF | ROW_GONE));
}

/* ---- put aside ---- */

static int put_aside(struct asides *asides, dir_id dir, const void *name, size_t length, const struct entry *entry,
                     dir_id was)
{
	struct aside *grown = alloc_grow(asides->items, &asides->capacity, asides->count + 1, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	asides->items = grown;
	struct aside *aside = &grown[asides->count++];

	aside->dir = dir;
	aside->was = was;
	aside->replaced = false;
	aside->deeper = false;
	memcpy(aside->name, name, length);
	aside->name[length] = '\0';
	aside->entry = entry ? *entry : (struct entry){0};
	aside->entry.length = length;
	return 0;
}

/* ---- telling ---- */

static bool is_ours(const struct apply *apply, dir_id dir, const void *name, size_t length)
{
	return apply->options.ours && apply->options.ours(apply->options.opened_context, dir, name, length);
}

/*
 * For the live column: what no directory has under this name was that and is this, either of them NULL where there is
 * none.
 */
static void tell_entry(const struct apply *apply, dir_id dir, const char *name, size_t length,
                       const struct node *before, const struct node *after)
{
	int64_t alloc_bytes = figure_told_delta(
		figure_difference(after ? after->alloc_bytes : 0, before ? before->alloc_bytes : 0));
	int64_t apparent_bytes = figure_told_delta(
		figure_difference(after ? after->apparent_bytes : 0, before ? before->apparent_bytes : 0));

	if (apply->options.entry)
		apply->options.entry(apply->options.entry_context, dir, name, length, DIR_NONE, alloc_bytes,
		                     apparent_bytes, after != NULL);
}

/* What an entry was and is, either of them NULL where there is none. */
static void tell(struct apply *apply, enum change_kind kind, dir_id dir, const char *name, size_t length,
                 const struct node *before, const struct node *after, char *old_path)
{
	const struct node *any = after ? after : before;
	struct change change = {
		.kind = kind, .is_dir = any->dir != DIR_NONE, .old_path = old_path, .ino = any->ino,
		.dev = tree_fs(apply->tree, tree_cold(apply->tree, dir)->fs).dev,
		.old_bytes = before ? before->alloc_bytes : 0, .new_bytes = after ? after->alloc_bytes : 0,
	};

	if (is_ours(apply, dir, name, length))
		free(old_path);
	else
		report_change(apply->report, &change, dir, name, length);
	/* Of a move only that it came: the place it left is told of by itself. */
	if (any->dir == DIR_NONE)
		tell_entry(apply, dir, name, length, kind == CHANGE_RENAME ? NULL : before, after);
}

/* A directory goes from a place, or comes to it by moving; `before`: what it had when the batch began. */
static void tell_place(const struct apply *apply, dir_id dir, const void *name, size_t length, dir_id is,
                       const struct node *before, bool there)
{
	int64_t alloc_bytes = figure_told_delta(figure_of(before->alloc_bytes)),
		apparent_bytes = figure_told_delta(figure_of(before->apparent_bytes));

	if (apply->options.entry)
		apply->options.entry(apply->options.entry_context, dir, name, length, is,
		                     there ? alloc_bytes : -alloc_bytes, there ? apparent_bytes : -apparent_bytes,
		                     there);
}

static struct node node_at(const struct apply *apply, dir_id dir, uint32_t row)
{
	struct node node;

	tree_node(apply->tree, block_of(apply, dir), row, &node);
	return node;
}

/* ---- 1: look ---- */

/* Other names of a linked inode are looked at again: its count, or it, changed. */
static void mark_name(void *context, dir_id dir, uint32_t row)
{
	struct apply *apply = context;
	const struct node_block *block = block_of(apply, dir);
	const unsigned char *name = (const unsigned char *)block + block->rows[row].name;

	dirty_name(apply->options.dirty, dir, name + 1, name[0]);
}

static void touch_name(void *context, dir_id dir, uint32_t row)
{
	struct apply *apply = context;

	report_touch(apply->report, dir);
}

/* All directories that count the inode of this row will change with it. */
static void touch_link(struct apply *apply, uint64_t word)
{
	apply->shared_stale = true;
	edit_each_name(apply->tree, (uint32_t)row_payload(word), touch_name, apply);
}

/* Index of the link a file is a name of, or 0. */
static uint32_t link_at(const struct apply *apply, dir_id dir, uint32_t row)
{
	uint64_t word = word_of(block_of(apply, dir), row);

	return row_flags(word) & ROW_LINK ? (uint32_t)row_payload(word) : 0;
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

/* A file's row against what is there now. */
static int compare_file(struct apply *apply, dir_id dir, uint32_t row, const struct entry *entry)
{
	struct node before = node_at(apply, dir, row), after;
	uint32_t old_link = link_at(apply, dir, row);

	if (same_file(&before, entry))
		return 0;
	report_touch(apply->report, dir);
	if (old_link)
		touch_link(apply, word_of(block_of(apply, dir), row));
	int result = edit_file(apply->tree, dir, row, entry);

	if (result)
		return result;
	uint32_t link = link_at(apply, dir, row);

	apply->shared_stale |= link || old_link;
	/* Another inode took the name: the old one's other names have one link less. */
	if (old_link && link != old_link)
		edit_each_name(apply->tree, old_link, mark_name, apply);
	/* A name of a linked inode took this one: of the inode's other names perhaps none has had an event. */
	if (link && link != old_link)
		result = hunt_row(&apply->hunt, apply->tree, dir, row);
	after = node_at(apply, dir, row);
	after.ino = entry->ino; /* the row of a plain file does not keep it */
	tell(apply, CHANGE_MODIFY, dir, entry->name, entry->length, &before, &after, NULL);
	return result;
}

static int go_deeper(struct apply *apply, dir_id dir)
{
	dir_id *grown = alloc_grow(apply->deeper.items, &apply->deeper.capacity, apply->deeper.count + 1,
	                           sizeof *grown);

	if (!grown)
		return -ENOMEM;
	apply->deeper.items = grown;
	grown[apply->deeper.count++] = dir;
	return 0;
}

/* What has the name now is not what the row is of: that went, and this is new. */
static int replace_row(struct apply *apply, dir_id dir, const struct entry *entry, dir_id was)
{
	int result = put_aside(&apply->missing, dir, entry->name, entry->length, NULL, was);

	if (result)
		return result;
	apply->missing.items[apply->missing.count - 1].replaced = true;
	return put_aside(&apply->fresh, dir, entry->name, entry->length, entry, DIR_NONE);
}

static int compare_row(struct apply *apply, dir_id dir, uint32_t row, const struct entry *entry, bool deeper)
{
	uint64_t word = word_of(block_of(apply, dir), row);
	bool enters = entry->type == NODE_DIR && !(entry->flags & ROW_LEAF);

	if (!has_cold(word))
		return enters ? replace_row(apply, dir, entry, DIR_NONE) : compare_file(apply, dir, row, entry);
	dir_id below = (dir_id)row_payload(word);

	if (!enters || !known_same(apply->tree, below, entry))
		return replace_row(apply, dir, entry, below);
	report_touch(apply->report, below);
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
	const struct node_block *block = block_of(apply, dir);
	const unsigned char *name = (const unsigned char *)block + block->rows[row].name;
	uint64_t word = word_of(block, row);

	return put_aside(&apply->missing, dir, name + 1, name[0], NULL,
	                 has_cold(word) ? (dir_id)row_payload(word) : DIR_NONE);
}

static void say_unseen(const struct apply *apply)
{
	if (apply->options.unseen)
		apply->options.unseen(apply->options.opened_context);
}

/* Names against rows, then against the disk. */
static int compare_names(struct apply *apply, dir_id dir, int fd, bool all, bool deeper)
{
	struct looks *looks = &apply->looks;
	const struct node_block *block = block_of(apply, dir);
	struct reading reading;
	bool unseen = false;
	size_t fresh = apply->fresh.count;
	int result = looks_end(looks);

	for (uint32_t i = 0; !result && block && i < tree_count(block); i++) {
		const unsigned char *name = (const unsigned char *)block + block->rows[i].name;

		if (row_flags(word_of(block, i)) & ROW_GONE)
			continue;
		struct look *look = looks_find(looks, name + 1, name[0]);

		/* Of two rows of one name, which a batch that failed half-way leaves, the last one came later. */
		if (look && look->row >= 0)
			result = missing_row(apply, dir, (uint32_t)look->row);
		if (look)
			look->row = i;
		else if (all)
			result = missing_row(apply, dir, i);
	}
	reading_begin(&reading, &apply->worker, dir, fd, scan_node_of(apply->rules, dir));
	if (!result)
		result = reading_path(&reading);
	for (size_t i = 0; !result && i < looks->count; i++) {
		const struct look *look = &looks->items[i];
		struct entry entry = { .name = look->name, .length = look->length };

		if (stopped(apply))
			return -ECANCELED;
		result = reading_examine(&reading, look->type, &entry);
		if (result == -ENOENT) {
			result = look->row >= 0 ? missing_row(apply, dir, (uint32_t)look->row) : 0;
			unseen |= look->row < 0 && !all && !is_ours(apply, dir, look->name, look->length);
		}
		else if (!result && look->row >= 0)
			result = compare_row(apply, dir, (uint32_t)look->row, &entry, deeper);
		else if (!result)
			result = put_aside(&apply->fresh, dir, look->name, look->length, &entry, DIR_NONE);
	}
	if (unseen)
		say_unseen(apply);
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

/* A subtree came: tell of it, know it, and look for the other names of its links. */
static int welcome(struct apply *apply, dir_id top)
{
	struct subtree_survey survey = {0};
	int result = subtree_survey_take(&survey, apply->tree, top);

	report_subtree(apply->report, top, false);
	for (size_t i = 0; !result && i < survey.dir_count; i++) {
		result = known_add(&apply->known, apply->tree, survey.dirs[i]);
		if (!result && survey.link_count)
			result = hunt_rows(&apply->hunt, apply->tree, survey.dirs[i]);
	}
	subtree_survey_free(&survey);
	return result;
}

/*
 * It, or a directory above, is not where the tree has it: that place is looked at, and then again what was to be looked
 * at here.
 */
static int elsewhere(struct apply *apply, const struct dirty_item *item)
{
	struct dirty_item *grown = alloc_grow(apply->later.items, &apply->later.capacity, apply->later.count + 1,
	                                      sizeof *grown);

	if (!grown)
		return -ENOMEM;
	apply->later.items = grown;
	grown[apply->later.count++] = *item;
	look_at_place(apply, item->dir);
	return 0;
}

static void say_gone(const struct apply *apply, const struct subtree_survey *survey)
{
	for (size_t i = 0; apply->options.gone && i < survey->dir_count; i++)
		if (!tree_alive(apply->tree, survey->dirs[i]))
			apply->options.gone(apply->options.opened_context, survey->dirs[i]);
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
	report_touch(apply->report, dir);
	apply->shared_stale = true;
	int result = subtree_survey_take(&before, apply->tree, dir);

	if (!result)
		result = scan_again(apply->tree, dir, -1, &apply->rules->options, apply->options.stop, &fresh);
	if (result == -ENOENT) {
		/* As in insert_new(): its row is gone, but it may be there. */
		result = 0;
		if (parent != DIR_NONE)
			dirty_name(apply->options.dirty, parent, name, node.name_length);
	} else if (!result) {
		result = welcome(apply, fresh);
	}
	say_gone(apply, &before);
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
	int fd = dirfd_open_path(apply->root, apply->tree, dir);
	bool unreadable = atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_READ_ERROR;

	if (fd == -EACCES || fd == -EPERM || fd == -EIO)
		return unreadable ? 0 : reread(apply, dir);
	if (fd == -ENOMEM)
		return fd;
	if (fd < 0)
		return elsewhere(apply, item);
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
		report_touch(apply->report, dir);
		edit_own(apply->tree, dir, &own);
		looks_begin(&apply->looks);
		if (all) {
			result = looks_list(&apply->looks, fd, apply->buffer, sizeof apply->buffer);
			if (item->names_lost && item->kind == DIRTY_LIST)
				say_unseen(apply);
		} else {
			const unsigned char *name = item->names;

			for (uint32_t i = 0; !result && i < item->name_count; i++, name += 1 + name[0])
				result = looks_add(&apply->looks, name + 1, name[0], DT_UNKNOWN);
		}
	}
	if (!result)
		result = compare_names(apply, dir, fd, all, item->kind == DIRTY_TREE);
	close(fd);
	if (result == -EIO || result == -ENOTDIR)
		return reread(apply, dir);
	return result == -ENOENT ? elsewhere(apply, item) : result;
}

/* ---- 2: moves ---- */

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
static int try_move(struct apply *apply, struct aside *to)
{
	if (to->entry.type != NODE_DIR || to->entry.flags & ROW_LEAF || to->entry.dir_flags & DIR_CACHE ||
	    !tree_alive(apply->tree, to->dir))
		return 0;
	to->entry.name = to->name;
	dir_id moved = known_find(&apply->known, apply->tree, &to->entry);

	if (moved == DIR_NONE || moved == DIR_ROOT || still_there(apply, moved))
		return 0;
	dir_id from = tree_cold(apply->tree, moved)->parent;
	struct node node, before = {0};
	unsigned char old_name[256];

	tree_dir_node(apply->tree, moved, &node);
	memcpy(old_name, node.name, node.name_length);
	char *old_path = report_path(apply->report, moved, NULL, 0);
	report_touch(apply->report, moved);
	report_touch(apply->report, to->dir);
	report_gone(apply->report, moved);
	report_before(apply->report, moved, &before.alloc_bytes, &before.apparent_bytes);
	int result = edit_move(apply->tree, moved, to->dir, to->name, to->entry.length);

	if (result) {
		free(old_path);
		return result == -ELOOP ? 0 : result;
	}
	size_t old_length = node.name_length;

	apply->shared_stale = true;
	edit_own(apply->tree, moved, &to->entry);
	report_subtree(apply->report, moved, true);
	if (to->deeper || apply->trees)
		dirty_tree(apply->options.dirty, moved);
	result = look_without_watch(apply, moved);
	tell_place(apply, from, old_name, old_length, moved, &before, false);
	tell_place(apply, to->dir, to->name, to->entry.length, moved, &before, true);
	tree_dir_node(apply->tree, moved, &node);
	tell(apply, CHANGE_RENAME, to->dir, to->name, to->entry.length, &node, &node, old_path);
	return result ? result : 1;
}

static struct aside *find_aside(const struct asides *asides, dir_id dir, const char *name, size_t length)
{
	for (size_t i = 0; i < asides->count; i++) {
		struct aside *aside = &asides->items[i];

		if (aside->dir == dir && aside->entry.length == length && !memcmp(aside->name, name, length))
			return aside;
	}
	return NULL;
}

/* The row of a name that is no directory, or -1. */
static int64_t file_row(const struct apply *apply, dir_id dir, const char *name, size_t length)
{
	int64_t row = tree_alive(apply->tree, dir) ? tree_find(apply->tree, dir, name, length) : -1;

	return row < 0 || has_cold(word_of(block_of(apply, dir), (uint32_t)row)) ? -1 : row;
}

/* A file got another name: what is missing there is what is new here. */
static int move_file(struct apply *apply, struct aside *from, struct aside *to)
{
	int64_t old_row = file_row(apply, from->dir, from->name, from->entry.length);
	uint32_t row;

	if (old_row < 0 || !tree_alive(apply->tree, to->dir) ||
	    tree_find(apply->tree, to->dir, to->name, to->entry.length) >= 0)
		return 0;
	struct node before = node_at(apply, from->dir, (uint32_t)old_row);

	if (before.type != to->entry.type || before.flags & ROW_LEAF || to->entry.flags & ROW_LEAF)
		return 0;
	struct entry entry = to->entry;

	entry.name = to->name;
	report_touch(apply->report, from->dir);
	report_touch(apply->report, to->dir);
	char *old_path = report_path(apply->report, from->dir, from->name, from->entry.length);
	int result = edit_insert(apply->tree, to->dir, &entry, &row);

	/* Its row may be another one since. */
	if (!result) {
		old_row = file_row(apply, from->dir, from->name, from->entry.length);
		result = edit_remove(apply->tree, from->dir, (uint32_t)old_row);
	}
	if (result) {
		free(old_path);
		return result;
	}
	struct node after = node_at(apply, to->dir, row);

	after.ino = entry.ino;
	if (link_at(apply, to->dir, row)) {
		apply->shared_stale = true;
		result = hunt_row(&apply->hunt, apply->tree, to->dir, row);
	}
	tell_entry(apply, from->dir, from->name, from->entry.length, &before, NULL);
	tell(apply, CHANGE_RENAME, to->dir, to->name, entry.length, &before, &after, old_path);
	from->dir = to->dir = DIR_NONE;
	return result;
}

/* Those that the kernel told of. */
static int move_files(struct apply *apply)
{
	size_t count;
	const struct dirty_rename *renames = dirty_renames(apply->options.dirty, &count);
	int64_t now_ns = clock_mono_ns();
	int result = 0;

	for (size_t i = 0; !result && i < count; i++) {
		const struct dirty_rename *rename = &renames[i];
		struct aside *from = find_aside(&apply->missing, rename->from, rename->from_name, rename->from_length);
		struct aside *to = find_aside(&apply->fresh, rename->to, rename->to_name, rename->to_length);

		if (!from || is_ours(apply, rename->from, rename->from_name, rename->from_length) ||
		    is_ours(apply, rename->to, rename->to_name, rename->to_length))
			continue;
		if (to) {
			result = stopped(apply) ? -ECANCELED : move_file(apply, from, to);
		} else if (!from->replaced && (!rename->until_ns || now_ns < rename->until_ns) &&
		           tree_alive(apply->tree, rename->to) &&
		           tree_find(apply->tree, rename->to, rename->to_name, rename->to_length) < 0) {
			/*
			 * It went on while it was looked for: it must not be gone in between.  Its row keeps its name
			 * that long, so it cannot wait where another has that.
			 */
			dirty_rename_again(apply->options.dirty, rename,
			                   rename->until_ns ? rename->until_ns : now_ns + WAIT_NS);
			from->dir = DIR_NONE;
		}
	}
	return result;
}

/* ---- 3: what is missing ---- */

/* Names elsewhere of the inodes below are looked at again. */
static void mark_peers(struct apply *apply, const struct subtree_survey *survey)
{
	for (size_t i = 0; i < survey->link_count; i++)
		if (!i || survey->links[i].index != survey->links[i - 1].index)
			edit_each_name(apply->tree, survey->links[i].index, mark_name, apply);
}

static int remove_missing(struct apply *apply, const struct aside *gone)
{
	if (!tree_alive(apply->tree, gone->dir))
		return 0;
	/*
	 * By name, and of directories the one it was: it may have moved, and something else may have its name by now.
	 */
	int64_t row = -1;

	if (gone->was != DIR_NONE) {
		const struct node_cold *cold = tree_cold(apply->tree, gone->was);

		if (tree_alive(apply->tree, gone->was) && cold->parent == gone->dir)
			row = tree_own_row(block_of(apply, gone->dir), cold->row, gone->was);
		if (row >= 0) {
			struct node node = node_at(apply, gone->dir, (uint32_t)row);

			if (node.name_length != gone->entry.length || memcmp(node.name, gone->name, node.name_length))
				row = -1;
		}
	} else {
		row = tree_find(apply->tree, gone->dir, gone->name, gone->entry.length);
		if (row >= 0 && has_cold(word_of(block_of(apply, gone->dir), (uint32_t)row)))
			row = -1;
	}
	if (row < 0)
		return 0;
	struct node node = node_at(apply, gone->dir, (uint32_t)row), before = {0};
	uint32_t link = link_at(apply, gone->dir, (uint32_t)row);
	struct subtree_survey survey = {0};
	int result = 0;

	report_touch(apply->report, gone->dir);
	if (gone->was != DIR_NONE) {
		report_gone(apply->report, gone->was);
		report_before(apply->report, gone->was, &before.alloc_bytes, &before.apparent_bytes);
		result = subtree_survey_take(&survey, apply->tree, gone->was);
	}
	if (!result)
		result = edit_remove(apply->tree, gone->dir, (uint32_t)row);
	if (!result) {
		apply->shared_stale |= link || survey.link_count;
		if (link)
			edit_each_name(apply->tree, link, mark_name, apply);
		mark_peers(apply, &survey);
		if (gone->was != DIR_NONE)
			tell_place(apply, gone->dir, gone->name, gone->entry.length, gone->was, &before, false);
		say_gone(apply, &survey);
		tell(apply, CHANGE_DELETE, gone->dir, gone->name, gone->entry.length, &node, NULL, NULL);
	}
	subtree_survey_free(&survey);
	return result;
}

/* ---- 4: what is new ---- */

static int insert_new(struct apply *apply, struct aside *new)
{
	struct entry *entry = &new->entry;
	bool enters = entry->type == NODE_DIR && !(entry->flags & ROW_LEAF);
	uint32_t row;

	entry->name = new->name;
	if (!tree_alive(apply->tree, new->dir))
		return 0;
	if (tree_find(apply->tree, new->dir, new->name, entry->length) >= 0) {
		/* Found twice, or moved here meanwhile: what is there is compared next time. */
		dirty_name(apply->options.dirty, new->dir, new->name, entry->length);
		return 0;
	}
	report_touch(apply->report, new->dir);
	if (!enters) {
		int result = edit_insert(apply->tree, new->dir, entry, &row);

		if (result)
			return result;
		uint32_t link = link_at(apply, new->dir, row);
		struct node node = node_at(apply, new->dir, row);

		node.ino = entry->ino;
		if (link) {
			apply->shared_stale = true;
			result = hunt_row(&apply->hunt, apply->tree, new->dir, row);
		}
		tell(apply, CHANGE_CREATE, new->dir, new->name, entry->length, NULL, &node, NULL);
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
	result = scan_again(apply->tree, new->dir, row, &apply->rules->options, apply->options.stop, &fresh);
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
	tell_place(apply, new->dir, new->name, entry->length, fresh, &(struct node){0}, true);
	tree_dir_node(apply->tree, fresh, &node);
	tell(apply, CHANGE_CREATE, new->dir, new->name, entry->length, NULL, &node, NULL);
	return welcome(apply, fresh);
}

/* ---- a batch ---- */

/* An inode's figures are about to change for all directories that count it, whoever found out. */
static void touch_changing(void *context, dir_id dir)
{
	struct apply *apply = context;

	report_touch(apply->report, dir);
}

static int look_everywhere(struct apply *apply, const struct dirty_item *items, size_t count)
{
	int result = 0;

	apply->deeper.count = 0;
	for (size_t i = 0; !result && i < count; i++) {
		result = stopped(apply) ? -ECANCELED : apply_dir(apply, &items[i]);
		/* Below a DIRTY_TREE: those found on the way, each of them once. */
		while (!result && apply->deeper.count) {
			const struct dirty_item below = {.dir = apply->deeper.items[--apply->deeper.count],
			                                 .kind = DIRTY_TREE};

			result = stopped(apply) ? -ECANCELED : apply_dir(apply, &below);
		}
	}
	return result;
}

static void close_root(struct apply *apply)
{
	close(apply->root);
	apply->root = -1;
}

/* Open the root: the folder that the tree is of.  0 or -errno, -ESTALE when it is another one. */
static int open_root(struct apply *apply)
{
	struct entry own;
	uint64_t mount;
	dev_t dev;
	int result;

	apply->root = open(tree_root_path(apply->tree), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (apply->root < 0)
		return -errno;
	result = scan_entry_of(apply->root, &own, &mount, &dev);
	if (!result && (own.ino != tree_cold(apply->tree, DIR_ROOT)->ino || dev != tree_fs(apply->tree, 0).dev))
		result = -ESTALE;
	if (result)
		close_root(apply);
	return result;
}

/* What was taken from the queue, as one batch: the root is open. */
static int apply_items(struct apply *apply, const struct dirty_item *items, size_t count)
{
	apply->fresh.count = 0;
	apply->missing.count = 0;
	apply->later.count = 0;
	apply->trees = false;
	for (size_t i = 0; i < count; i++)
		apply->trees |= items[i].kind == DIRTY_TREE;
	apply->tree->lazy = true;
	apply->rules->options.written_since_ns = clock_wall_ns() - apply->options.lately_ns;
	int result = 0;

	/* While it was scanned a file may have got a second name after its row was written. */
	for (dir_id dir = DIR_ROOT;
	     !result && !apply->begun && tree_has_links(apply->tree) && dir < tree_dir_limit(apply->tree); dir++)
		if (tree_alive(apply->tree, dir))
			result = stopped(apply) ? -ECANCELED : hunt_rows(&apply->hunt, apply->tree, dir);
	apply->begun = true;
	if (!result)
		result = look_everywhere(apply, items, count);

	for (size_t i = 0; !result && i < apply->fresh.count; i++) {
		int moved = stopped(apply) ? -ECANCELED : try_move(apply, &apply->fresh.items[i]);

		if (moved < 0)
			result = moved;
		else if (moved)
			apply->fresh.items[i].dir = DIR_NONE;
	}
	if (!result)
		result = move_files(apply);
	for (size_t i = 0; !result && i < apply->missing.count; i++)
		result = stopped(apply) ? -ECANCELED : remove_missing(apply, &apply->missing.items[i]);
	for (size_t i = 0; !result && i < apply->fresh.count; i++)
		if (apply->fresh.items[i].dir != DIR_NONE)
			result = stopped(apply) ? -ECANCELED : insert_new(apply, &apply->fresh.items[i]);
	if (!result)
		result = hunt_end(&apply->hunt, apply->tree, apply->options.dirty, clock_mono_ns());
	for (size_t i = 0; i < apply->later.count; i++) {
		const struct dirty_item *item = &apply->later.items[i];

		if (!tree_alive(apply->tree, item->dir))
			say_unseen(apply); /* what was to be looked at went with it */
		else if (item->dir == DIR_ROOT)
			continue;
		else if (item->kind == DIRTY_TREE)
			dirty_tree(apply->options.dirty, item->dir);
		else
			dirty_list(apply->options.dirty, item->dir);
	}
	apply->tree->lazy = false;
	if (apply->shared_stale && atomic_load_explicit(&apply->tree->shared, memory_order_relaxed) &&
	    !tree_compute_shared(apply->tree))
		apply->shared_stale = false;
	tree_reclaim(apply->tree);
	if (result && result != -ECANCELED) {
		give_up(apply);
		return 0;
	}
	return result;
}

int apply_batch(struct apply *apply, const struct dirty_item *items, size_t count)
{
	int result = open_root(apply);

	if (result == -ENOMEM || result == -EMFILE || result == -ENFILE) {
		give_up(apply);
		return 0;
	}
	if (result)
		return -ESTALE;
	result = apply_items(apply, items, count);
	close_root(apply);
	return result;
}

int64_t apply_hunt(struct apply *apply, int64_t now_ns)
{
	int64_t next_ns = hunt_due(&apply->hunt);

	if (next_ns > now_ns)
		return next_ns;
	if (open_root(apply))
		return INT64_MAX;
	next_ns = hunt_run(&apply->hunt, apply->tree, apply->root, apply->options.dirty, now_ns);
	close_root(apply);
	return next_ns;
}

/*
 * The row of a place is looked at again, whatever lies there now: by its name, since what it was may not be reached any
 * more.
 */
static void look_at_mount(void *context, const char *place)
{
	struct apply *apply = context;
	const char *slash = strrchr(place, '/'), *name = slash ? slash + 1 : place;
	dir_id parent = tree_lookup(apply->tree, place, slash ? (size_t)(slash - place) : 0);

	if (parent != DIR_NONE && strlen(name) < 256)
		dirty_name(apply->options.dirty, parent, name, strlen(name));
}

int apply_mounts(struct apply *apply)
{
	const char *path = tree_root_path(apply->tree);
	struct entry own;
	struct mounts *now;
	uint64_t mount;
	dev_t dev;
	int result = open_root(apply);

	if (result)
		return result;
	result = scan_entry_of(apply->root, &own, &mount, &dev);
	close_root(apply);
	now = result ? NULL : mounts_read(path, dev, mount, &apply->options.counting, NULL);
	if (!now || mounts_compare(apply->rules->mounts, now, path, look_at_mount, apply))
		give_up(apply);
	if (now)
		scan_use_mounts(apply->rules, now);
	return 0;
}

int apply_create(const struct apply_options *options, struct apply **out, struct err *err)
{
	struct apply *apply = alloc_zero(struct apply);
	const struct scan_options scanning = {
		.counting = options->counting,
		.threads = 2,
		.extended = options->tree->extended,
		.opened = options->opened,
		.written = options->written,
		.opened_context = options->opened_context,
		.wake_fd = -1,
	};
	int result = -ENOMEM;

	if (!apply)
		return err_no_memory(err);
	apply->options = *options;
	apply->tree = options->tree;
	apply->report = options->report;
	apply->root = -1;
	int fd = open(tree_root_path(apply->tree), O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		result = -errno;
		goto fail;
	}
	apply->rules = scan_create(apply->tree, tree_root_path(apply->tree), fd, &scanning);
	if (!apply->rules) {
		close(fd);
		goto fail;
	}
	apply->rules->taken = true;
	apply->rules->top = DIR_ROOT;
	dirfds_destroy(&apply->rules->fds); /* it never runs */
	struct mounts *mounts = options->mounts ? *options->mounts
	                                        : mounts_below(tree_root_path(apply->tree), &options->counting);

	if (!mounts)
		goto fail;
	scan_use_mounts(apply->rules, mounts);
	if (options->mounts)
		*options->mounts = NULL;
	apply->worker.scan = apply->rules;
	apply->tree->changing = touch_changing;
	apply->tree->changing_context = apply;
	*out = apply;
	return 0;
fail:
	apply_destroy(apply);
	return err_set(err, result, "the folder cannot be followed: %s", strerror(-result));
}

void apply_destroy(struct apply *apply)
{
	if (!apply)
		return;
	if (apply->tree)
		apply->tree->changing = NULL;
	if (apply->rules)
		scan_free(apply->rules);
	if (apply->root >= 0)
		close(apply->root);
	buf_free(&apply->worker.path);
	looks_free(&apply->looks);
	free(apply->fresh.items);
	free(apply->missing.items);
	known_free(&apply->known);
	free(apply->deeper.items);
	free(apply->later.items);
	hunt_free(&apply->hunt);
	free(apply);
}
