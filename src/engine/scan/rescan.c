/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "engine/tree/subtree.h"
#include "engine/scan/scan_state.h"

/*
 * Reading a part of a complete tree again.  Threads: one caller at a time, who owns the tree's changes meanwhile;
 * readers read on.
 *
 *   1. a NodeCold without a parent is made for what lies at that place now, and an ordinary scan fills the tree below
 *   it, detached:
 *
 *          root                    fresh (parent none)
 *          ├─ dir (old)            └─ ...
 *          └─ ...
 *
 *   2. the differences for the ancestors are worked out: of plain figures one sum; of each hard link that has names on
 *   either side what
 *      it changes, and up to which ancestor: above, its other names make it count before and after alike
 *   3. attached: ancestors' totals, the row's word (one store: readers see the old subtree or the new one), Σ up to the
 *   root (subtree.h)
 *   4. what was replaced is marked dead, its blocks retired until no pin can see them
 *
 * The root keeps its NodeCold (its dir_id is a constant): the fresh block moves into it.
 */

#define POLL_NS 20000000

struct rescan {
	struct tree *tree;
	dev_t root_dev;      /* of the tree's root, */
	uint64_t root_mount; /* and its mount, 0 = not known */
	dir_id above;        /* nearest ancestor; DIR_NONE for the root */
	uint32_t row;        /* in its block */
	dir_id old;          /* DIR_NONE: a leaf row was there */
	dir_id fresh;        /* DIR_NONE: nothing is there any more */
	struct subtree_delta delta;
	struct subtree_survey before, after;
};

static struct node_row *row_of(struct tree *tree, dir_id dir, uint32_t row)
{
	struct node_block *block = arena_at(
		&tree->units, atomic_load_explicit(&tree_cold_mutable(tree, dir)->block, memory_order_acquire));

	return &block->rows[row];
}

/* ---- 2, 3: the differences, attached ---- */

/* The fresh root's contents move into DIR_ROOT. */
static void attach_root(struct rescan *rescan)
{
	struct tree *tree = rescan->tree;
	struct node_cold *root = tree_cold_mutable(tree, DIR_ROOT), *fresh = tree_cold_mutable(tree, rescan->fresh);
	uint32_t unit = atomic_load_explicit(&fresh->block, memory_order_relaxed);
	struct node_block *block = arena_at(&tree->units, unit);

	block->dir = DIR_ROOT;
	for (uint32_t i = 0; i < tree_count(block); i++) {
		uint64_t word = atomic_load_explicit(&block->rows[i].word, memory_order_relaxed);

		if (row_type(word) == NODE_DIR && !(row_flags(word) & (ROW_LEAF | ROW_GONE)))
			tree_cold_mutable(tree, (dir_id)row_payload(word))->parent = DIR_ROOT;
	}
	for (size_t i = 0; i < rescan->after.link_count; i++)
		if (rescan->after.links[i].dir == rescan->fresh)
			links_forget(&tree->links, rescan->after.links[i].index, rescan->fresh, DIR_ROOT);
	/* Same inode, so that only figures and times may differ; each is one store, like the totals. */
	__atomic_store_n(&root->mtime_ns, fresh->mtime_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&root->ctime_ns, fresh->ctime_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&root->own_apparent_bytes, fresh->own_apparent_bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&root->mtime_era, fresh->mtime_era, __ATOMIC_RELAXED);
	__atomic_store_n(&root->own_alloc_bytes, fresh->own_alloc_bytes, __ATOMIC_RELAXED);
	atomic_store_explicit(&root->sum[0], atomic_load_explicit(&fresh->sum[0], memory_order_relaxed),
	                      memory_order_relaxed);
	atomic_store_explicit(&root->sum[1], atomic_load_explicit(&fresh->sum[1], memory_order_relaxed),
	                      memory_order_relaxed);
	atomic_store_explicit(&root->alloc_bytes, atomic_load_explicit(&fresh->alloc_bytes, memory_order_relaxed),
	                      memory_order_relaxed);
	atomic_store_explicit(&root->apparent_bytes, atomic_load_explicit(&fresh->apparent_bytes, memory_order_relaxed),
	                      memory_order_relaxed);
	atomic_store_explicit(&root->alloc_high, atomic_load_explicit(&fresh->alloc_high, memory_order_relaxed),
	                      memory_order_relaxed);
	atomic_store_explicit(&root->apparent_high, atomic_load_explicit(&fresh->apparent_high, memory_order_relaxed),
	                      memory_order_relaxed);
	atomic_store_explicit(&root->counts, atomic_load_explicit(&fresh->counts, memory_order_relaxed),
	                      memory_order_relaxed);
	atomic_store_explicit(&root->errors, atomic_load_explicit(&fresh->errors, memory_order_relaxed),
	                      memory_order_relaxed);
	atomic_store_explicit(&root->flags, atomic_load_explicit(&fresh->flags, memory_order_relaxed),
	                      memory_order_relaxed);
	atomic_store_explicit(&root->block, unit, memory_order_release);
	atomic_fetch_or_explicit(&fresh->flags, DIR_DEAD, memory_order_release);
}

static void attach_row(struct rescan *rescan)
{
	struct tree *tree = rescan->tree;
	struct node_row *row = row_of(tree, rescan->above, rescan->row);
	uint64_t word = atomic_load_explicit(&row->word, memory_order_relaxed);

	if (rescan->fresh != DIR_NONE) {
		struct node_cold *fresh = tree_cold_mutable(tree, rescan->fresh);

		fresh->parent = rescan->above;
		fresh->row = rescan->row;
		word = NODE_DIR | (uint64_t)rescan->fresh << ROW_PAYLOAD_SHIFT;
	} else {
		word |= (uint64_t)ROW_GONE << ROW_TYPE_BITS;
	}
	subtree_delta_commit(&rescan->delta);
	atomic_store_explicit(&row->word, word, memory_order_release);
	tree_unsum(tree, rescan->above);
}

static int attach(struct rescan *rescan)
{
	struct tree *tree = rescan->tree;
	struct links *links = &tree->links;
	int result = 0;

	/* The old subtree's names are forgotten, the fresh subtree still hangs in the air: neither is found above. */
	subtree_forget_links(&rescan->before, tree);
	subtree_delta_whole(&rescan->delta, &rescan->before, -1);
	if (rescan->fresh != DIR_NONE)
		subtree_delta_whole(&rescan->delta, &rescan->after, 1);
	if (rescan->above == DIR_NONE)
		attach_root(rescan);
	else
		attach_row(rescan);
	/* The last word on an inode is the newest: a file may grow while its names are met. */
	for (size_t i = 0; !result && i < links->change_count; i++)
		result = subtree_change_link(tree, &links->changes[i]);
	if (!tree->lazy)
		tree_sum(tree);
	return result;
}

/* ---- 1: what is there now ---- */

/* The place: parent's descriptor and name, or the root.  A descriptor or -errno. */
static int open_place(struct rescan *rescan, char name[256], int *parent)
{
	const char *path = tree_root_path(rescan->tree);
	int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct entry own;
	int result;

	*parent = -1;
	if (root < 0)
		return -errno;
	result = scan_entry_of(root, &own, &rescan->root_mount, &rescan->root_dev);
	if (result) {
		close(root);
		return result;
	}
	if (rescan->above == DIR_NONE) {
		int fd = dirfd_open_path(root, rescan->tree, DIR_ROOT);

		close(root);
		return fd;
	}
	const struct node_block *block = tree_block(rescan->tree, rescan->above);
	const unsigned char *at = (const unsigned char *)block + block->rows[rescan->row].name;

	size_t length = rescan->old == DIR_NONE ? at[0] : tree_disk_length(rescan->tree, rescan->old, at + 1, at[0]);

	memcpy(name, at + 1, length);
	name[length] = '\0';
	*parent = dirfd_open_path(root, rescan->tree, rescan->above);
	close(root);
	return *parent < 0 ? *parent : dirfd_open(*parent, name);
}

/* A NodeCold for what was opened, or cannot be read; in `fresh`.  0 or -errno. */
static int plant_fresh(struct rescan *rescan, struct filler *filler, int fd, bool unreadable, dev_t *dev)
{
	struct tree *tree = rescan->tree;
	struct entry entry;
	struct statfs fs;
	uint64_t mount;
	int result = scan_entry_of(fd, &entry, &mount, dev);

	if (result)
		return result;
	int slot = tree_fs_slot(tree, *dev, fstatfs(fd, &fs) ? 0 : (uint64_t)(uint32_t)fs.f_type);

	if (slot < 0)
		return slot;
	entry.fs = (uint16_t)slot;
	if (rescan->above == DIR_NONE)
		entry.dir_flags = 0; /* as in scan_start() */
	else if (slot != tree_cold(tree, rescan->above)->fs)
		entry.dir_flags |= DIR_MOUNT;
	if (unreadable)
		entry.dir_flags |= DIR_READ_ERROR;
	rescan->fresh = cold_create(filler, &entry, DIR_NONE);
	if (!rescan->fresh)
		return -ENOMEM;
	if (rescan->old != DIR_NONE && rescan->above != DIR_NONE) {
		unsigned numbered = atomic_load_explicit(&tree_cold_mutable(tree, rescan->old)->flags,
		                                         memory_order_relaxed) &
		                    DIR_NUMBERED;

		atomic_fetch_or_explicit(&tree_cold_mutable(tree, rescan->fresh)->flags, (uint16_t)numbered,
		                         memory_order_relaxed);
	}
	if (unreadable) {
		struct block_draft listing = {0};

		block_begin(&listing, filler, rescan->fresh);
		result = block_publish(&listing);
		if (!result)
			tree_lower(tree, rescan->fresh);
		block_end(&listing);
	}
	return result;
}

/* Scan what is below `fresh`.  Takes the descriptor over.  0, -ECANCELED, -ENOMEM, -errno. */
static int read_fresh(struct rescan *rescan, int fd, dev_t dev, const struct scan_options *options,
                      const _Atomic bool *cancel)
{
	struct scan_options mine = *options;
	struct buf path = {0};
	struct scan_progress progress;

	mine.baseline = NULL;
	mine.wake_fd = -1;
	mine.extended = rescan->tree->extended;
	int result = tree_path(rescan->tree, rescan->above != DIR_NONE ? rescan->above : DIR_ROOT, &path);

	if (!result && rescan->above != DIR_NONE) {
		const struct node_block *block = tree_block(rescan->tree, rescan->above);
		const char *name = (const char *)block + block->rows[rescan->row].name;

		if (path.data[path.length - 1] != '/')
			buf_char(&path, '/');
		buf_add(&path, name + 1, (uint8_t)name[0]);
	}
	struct scan *scan = path.failed ? NULL : scan_create(rescan->tree, path.data, fd, &mine);

	buf_free(&path);
	if (!scan) {
		close(fd);
		return -ENOMEM;
	}
	scan->taken = true; /* the tree is not the scan's */
	result = scan_begin(scan, rescan->fresh, dev,
	                    mounts_read(tree_root_path(rescan->tree), rescan->root_dev, rescan->root_mount,
	                                &options->counting, NULL));
	if (result) {
		scan_free(scan);
		return result;
	}
	while (!scan_wait(scan, POLL_NS))
		if (cancel && atomic_load_explicit((_Atomic bool *)(uintptr_t)cancel, memory_order_relaxed))
			scan_cancel(scan);
	scan_progress(scan, &progress);
	if (atomic_load_explicit(&scan->alive, memory_order_acquire))
		rescan->tree->kept = true;
	scan_destroy(scan);
	return progress.state == SCAN_DONE ? 0 : progress.state == SCAN_FAILED ? -ENOMEM : -ECANCELED;
}

/* What is to be read again: `dir`, or its leaf row of that number.  0, -ENOENT, -EINVAL. */
static int find_place(struct rescan *rescan, dir_id dir, int64_t row)
{
	struct tree *tree = rescan->tree;

	if (!tree_alive(tree, dir))
		return -ENOENT;
	if (row < 0) {
		rescan->above = tree_cold(tree, dir)->parent;
		rescan->row = tree_cold(tree, dir)->row;
		rescan->old = dir;
		return 0;
	}
	const struct node_block *block = tree_block(tree, dir);

	if (!block || row >= tree_count(block))
		return -EINVAL;
	uint64_t word = atomic_load_explicit(&row_of(tree, dir, (uint32_t)row)->word, memory_order_relaxed);

	if (!(row_flags(word) & ROW_LEAF) || row_flags(word) & ROW_GONE)
		return -EINVAL;
	rescan->above = dir;
	rescan->row = (uint32_t)row;
	rescan->before.totals.errors = (row_flags(word) & ROW_ERROR) != 0;
	rescan->before.totals.files = row_type(word) != NODE_DIR;
	return 0;
}

/* Read what is there now, into `fresh`; *gone when nothing is.  0 or -errno. */
static int read_place(struct rescan *rescan, const struct scan_options *options, const _Atomic bool *cancel, bool *gone)
{
	char name[256] = "";
	int parent, fd = open_place(rescan, name, &parent), result = 0;
	bool unreadable = fd == -EACCES || fd == -EPERM || fd == -EIO;
	struct filler filler;
	dev_t dev = 0;

	filler_init(&filler, rescan->tree);
	/*
	 * Another kind of entry has that name now, or a directory above is not what it was: what the tree knew is not
	 * there any more.
	 */
	*gone = fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP || (fd == -ESTALE && rescan->above != DIR_NONE);
	if (unreadable && parent >= 0) {
		fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	if (fd < 0)
		result = *gone && rescan->above != DIR_NONE ? 0 : fd;
	else
		result = plant_fresh(rescan, &filler, fd, unreadable, &dev);
	if (!result && fd >= 0 && !unreadable) {
		result = read_fresh(rescan, fd, dev, options, cancel);
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
	if (parent >= 0)
		close(parent);
	filler_end(&filler);
	return result;
}

/* What was there gives way to what is there now, `*fresh`.  0, -ENOENT when nothing is, or -ENOMEM. */
static int replace(struct rescan *rescan, bool gone, dir_id *fresh)
{
	struct tree *tree = rescan->tree;
	int result = 0;
	size_t n;

	if (rescan->old != DIR_NONE)
		result = subtree_survey_take(&rescan->before, tree, rescan->old);
	if (!result && rescan->fresh != DIR_NONE)
		result = subtree_survey_take(&rescan->after, tree, rescan->fresh);
	if (result)
		return result;
	/* Before it is attached: the root's NodeCold is given another block. */
	struct arena_span *spans = subtree_spans(tree, &rescan->before, &n);

	result = attach(rescan);
	subtree_bury(tree, &rescan->before);
	tree_retire(tree, spans, n);
	free(spans);
	*fresh = rescan->above == DIR_NONE ? DIR_ROOT : rescan->fresh;
	if (gone)
		result = -ENOENT;
	if (!tree->lazy && atomic_load_explicit(&tree->shared, memory_order_relaxed) && tree_compute_shared(tree) &&
	    !result)
		result = -ENOMEM;
	return result;
}

int scan_again(struct tree *tree, dir_id dir, int64_t row, const struct scan_options *options,
               const _Atomic bool *cancel, dir_id *fresh)
{
	struct rescan rescan = {.tree = tree};
	bool gone = false;
	int result = find_place(&rescan, dir, row);

	*fresh = DIR_NONE;
	if (!result)
		result = subtree_delta_begin(&rescan.delta, tree, rescan.above);
	if (result)
		return result;
	tree->completed = NULL;
	tree_reclaim(tree);
	tree->links.note_changes = true;
	tree->links.change_count = 0;
	result = read_place(&rescan, options, cancel, &gone);
	if (!result)
		result = replace(&rescan, gone, fresh);
	tree->links.note_changes = false;
	tree->links.change_count = 0;
	tree_reclaim(tree);
	subtree_survey_free(&rescan.before);
	subtree_survey_free(&rescan.after);
	subtree_delta_end(&rescan.delta);
	return result;
}
