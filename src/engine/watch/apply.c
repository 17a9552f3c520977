/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/scan/dirfd.h"
#include "engine/tree/edit.h"
#include "engine/watch/apply_compare.h"
#include "engine/watch/apply_places.h"

/*
 * A batch, in an order that makes moves visible as moves:
 *
 *   1. (apply_compare.c) every dirty directory is opened (identity checked), itself stat-ed; its dirty names, or all of
 *      them, are examined by the rules of the scan.  Files that changed are edited at once.  What is new, and what is
 *      missing, becomes pending.
 *   2. (apply_places.c) what is new and a directory that the tree knows from elsewhere, and that is not there any more,
 *      moves here with its subtree; a file that is new where the kernel says that one went which is missing moves, too:
 *      its row does not say which inode it is
 *   3. what is missing, and still where it was, is removed; the other names of a linked inode are marked to be
 *      looked at again: its link count changed
 *   4. what is new otherwise is inserted; a directory as a leaf that scan_again() enters, detached.  A linked inode
 *      with names that the tree does not know as such (they were the only one so far) has them looked for by its
 *      figures
 *
 * Between batches a name has one row; from 2 to 3 it can have two, of which the later is that of what came.
 *
 * Everything is re-read by name through descriptors that lead from the root without symbolic links.  What changes
 * meanwhile comes again as an event.
 */

/* Out of memory somewhere: nothing stays wrong, it is all read again. */
static void give_up(struct apply *apply)
{
	dirty_tree(apply->options.dirty, DIR_ROOT);
}

/* An inode's figures are about to change for all directories that count it, whoever found out. */
static void touch_changing(void *context, dir_id dir)
{
	struct apply *apply = context;

	batch_touch(apply->account, dir);
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

/* What could not be reached is looked at with the next batch, where it has gone by then. */
static void mark_later(struct apply *apply)
{
	for (size_t i = 0; i < apply->later.count; i++) {
		const struct dirty_item *item = &apply->later.items[i];

		if (!tree_alive(apply->tree, item->dir))
			apply_say_unseen(apply); /* what was to be looked at went with it */
		else if (item->dir == DIR_ROOT)
			continue;
		else if (item->kind == DIRTY_TREE)
			dirty_tree(apply->options.dirty, item->dir);
		else
			dirty_list(apply->options.dirty, item->dir);
	}
}

/* What was taken from the queue, as one batch: the root is open. */
static int apply_items(struct apply *apply, const struct dirty_item *items, size_t count)
{
	apply->fresh.count = 0;
	apply->missing.count = 0;
	apply->later.count = 0;
	hash_clear(&apply->unreached);
	apply->trees = false;
	apply->by = WRITERS_NONE;
	apply_know_renames(apply);
	for (size_t i = 0; i < count; i++)
		apply->trees |= items[i].kind == DIRTY_TREE;
	apply->tree->lazy = true;
	apply->rules.options.written_since_ns = clock_wall_ns() - apply->options.lately_ns;
	int result = 0;

	/* While it was scanned a file may have got a second name after its row was written. */
	for (dir_id dir = DIR_ROOT;
	     !result && !apply->begun && tree_has_links(apply->tree) && dir < tree_dir_limit(apply->tree); dir++)
		if (tree_alive(apply->tree, dir))
			result = apply_stopped(apply) ? -ECANCELED : link_search_rows(&apply->search, apply->tree, dir);
	apply->begun = true;
	if (!result)
		result = apply_compare(apply, items, count);
	if (!result)
		result = apply_places(apply);
	if (!result)
		result = link_search_end(&apply->search, apply->tree, apply->options.dirty, clock_mono_ns());
	mark_later(apply);
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

int64_t apply_link_search(struct apply *apply, int64_t now_ns)
{
	int64_t next_ns = link_search_due(&apply->search);

	if (next_ns > now_ns)
		return next_ns;
	if (open_root(apply))
		return INT64_MAX;
	next_ns = link_search_run(&apply->search, apply->tree, apply->root, apply->options.dirty, now_ns);
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
	if (!now || mounts_compare(apply->rules.mounts, now, path, look_at_mount, apply))
		give_up(apply);
	if (now)
		scan_rules_use_mounts(&apply->rules, now);
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

	if (!apply)
		return err_no_memory(err);
	apply->options = *options;
	apply->tree = options->tree;
	apply->account = options->account;
	apply->root = -1;
	if (scan_rules_init(&apply->rules, apply->tree, tree_root_path(apply->tree), &scanning))
		goto fail;
	struct mounts *mounts = options->mounts ? *options->mounts
	                                        : mounts_below(tree_root_path(apply->tree), &options->counting);

	if (!mounts)
		goto fail;
	scan_rules_use_mounts(&apply->rules, mounts);
	if (options->mounts)
		*options->mounts = NULL;
	apply->tree->changing = touch_changing;
	apply->tree->changing_context = apply;
	*out = apply;
	return 0;
fail:
	apply_destroy(apply);
	return err_no_memory(err);
}

void apply_destroy(struct apply *apply)
{
	if (!apply)
		return;
	if (apply->tree)
		apply->tree->changing = NULL;
	scan_rules_free(&apply->rules);
	if (apply->root >= 0)
		close(apply->root);
	buf_free(&apply->path);
	name_set_free(&apply->names);
	free(apply->fresh.items);
	free(apply->missing.items);
	dir_index_free(&apply->dirs);
	hash_free(&apply->renamed);
	free(apply->deeper.items);
	free(apply->later.items);
	hash_free(&apply->unreached);
	link_search_free(&apply->search);
	free(apply);
}
