/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/scan_private.h"

/*
 * Reading a part of a complete tree again.  Threads: one caller at a time, who owns the tree's changes meanwhile; readers read on.
 *
 *   1. a NodeCold without a parent is made for what lies at that place now, and an ordinary scan fills the tree below it, detached:
 *
 *          root                    fresh (parent none)
 *          ├─ dir (old)            └─ ...
 *          └─ ...
 *
 *   2. the differences for the ancestors are worked out: of plain figures one sum; of each hard link that has names on either side what
 *      it changes, and up to which ancestor: above, its other names make it count before and after alike
 *   3. attached: ancestors' totals, the row's word (one store: readers see the old subtree or the new one), Σ up to the root
 *   4. what was replaced is marked dead, its blocks retired until no pin can see them
 *
 * The root keeps its NodeCold (its dir_id is a constant): the fresh block moves into it.
 */

#define POLL_NS 20000000

/* A name of a linked inode. */
struct linked {
	uint32_t index;
	dir_id dir;
};

/* What lies in a subtree. */
struct survey {
	dir_id *dirs;            /* itself first */
	size_t dir_count, dir_capacity;
	struct linked *links;    /* sorted by index */
	size_t link_count, link_capacity;
	struct totals totals;    /* of the subtree; bytes of linked inodes taken out */
};

/* What an ancestor's totals change by: bytes as differences from one level to the next, level 0 = the nearest. */
struct again {
	struct tree *tree;
	dir_id above;            /* nearest ancestor; DIR_NONE for the root */
	uint32_t row;            /* in its block */
	dir_id old;              /* DIR_NONE: a leaf row was there */
	dir_id fresh;            /* DIR_NONE: nothing is there any more */
	uint32_t levels;
	int64_t *alloc_step, *apparent_step; /* levels + 1 */
	struct survey before, after;
};

static struct node_row *row_of(struct tree *tree, dir_id dir, uint32_t row)
{
	struct node_block *block = arena_at(&tree->units, atomic_load_explicit(&tree_cold_mutable(tree, dir)->block, memory_order_acquire));

	return &block->rows[row];
}

/* ---- 2: the differences ---- */

static int compare_linked(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static int survey_block(struct survey *survey, const struct node_block *block)
{
	for (uint32_t i = 0; i < tree_count(block); i++) {
		uint64_t word = atomic_load_explicit(&((struct node_block *)(uintptr_t)block)->rows[i].word, memory_order_relaxed);

		if (row_flags(word) & (ROW_GONE | ROW_LEAF))
			continue;
		if (row_type(word) == NODE_DIR) {
			dir_id *grown = alloc_grow(survey->dirs, &survey->dir_capacity, survey->dir_count + 1, sizeof *grown);

			if (!grown)
				return -ENOMEM;
			survey->dirs = grown;
			grown[survey->dir_count++] = (dir_id)row_payload(word);
		} else if (row_flags(word) & ROW_LINK) {
			struct linked *grown = alloc_grow(survey->links, &survey->link_capacity, survey->link_count + 1, sizeof *grown);

			if (!grown)
				return -ENOMEM;
			survey->links = grown;
			grown[survey->link_count++] = (struct linked){ .index = (uint32_t)row_payload(word), .dir = block->dir };
		}
	}
	return 0;
}

static int survey_take(struct survey *survey, struct tree *tree, dir_id top)
{
	survey->dirs = alloc_grow(NULL, &survey->dir_capacity, 1, sizeof *survey->dirs);
	if (!survey->dirs)
		return -ENOMEM;
	survey->dirs[survey->dir_count++] = top;
	for (size_t i = 0; i < survey->dir_count; i++) {
		const struct node_block *block = tree_block(tree, survey->dirs[i]);

		if (block && survey_block(survey, block))
			return -ENOMEM;
	}
	if (survey->link_count)
		qsort(survey->links, survey->link_count, sizeof *survey->links, compare_linked);

	struct node node;

	tree_dir_node(tree, top, &node);
	survey->totals = (struct totals){
		.alloc_bytes = node.alloc_bytes, .apparent_bytes = node.apparent_bytes,
		.items = node.items, .files = node.files, .errors = node.errors,
	};
	for (size_t i = 0; i < survey->link_count; i++) {
		if (i && survey->links[i].index == survey->links[i - 1].index)
			continue;
		struct link_figures figures = link_figures(links_at(&tree->links, survey->links[i].index));

		survey->totals.alloc_bytes -= figures.alloc_bytes;
		survey->totals.apparent_bytes -= figures.apparent_bytes;
	}
	return 0;
}

static void survey_free(struct survey *survey)
{
	free(survey->dirs);
	free(survey->links);
}

/* One inode comes to or leaves (sign) the ancestors that no other name of it makes count it. */
static void step_link(struct again *again, uint32_t index, int sign)
{
	struct link_figures figures = link_figures(links_at(&again->tree->links, index));
	uint32_t level = again->levels - links_counted_depth(again->tree, index, again->above);

	again->alloc_step[0] += sign * (int64_t)figures.alloc_bytes;
	again->apparent_step[0] += sign * (int64_t)figures.apparent_bytes;
	again->alloc_step[level] -= sign * (int64_t)figures.alloc_bytes;
	again->apparent_step[level] -= sign * (int64_t)figures.apparent_bytes;
}

/* Forget the old subtree's names, then count what leaves and what comes.  The fresh subtree hangs in the air: its names touch no ancestor. */
static void step_links(struct again *again)
{
	const struct survey *before = &again->before, *after = &again->after;

	for (size_t i = 0; i < before->link_count; i++)
		links_forget(&again->tree->links, before->links[i].index, before->links[i].dir, DIR_NONE);
	if (again->above == DIR_NONE)
		return;
	for (size_t i = 0; i < before->link_count; i++)
		if (!i || before->links[i].index != before->links[i - 1].index)
			step_link(again, before->links[i].index, -1);
	for (size_t i = 0; i < after->link_count; i++)
		if (!i || after->links[i].index != after->links[i - 1].index)
			step_link(again, after->links[i].index, 1);
}

/* ---- 3: attached ---- */

static void add_to_ancestors(struct again *again)
{
	const struct totals *before = &again->before.totals, *after = &again->after.totals;
	int64_t alloc_bytes = (int64_t)(after->alloc_bytes - before->alloc_bytes);
	int64_t apparent_bytes = (int64_t)(after->apparent_bytes - before->apparent_bytes);
	/* The row itself: it counted, and counts unless nothing is there. */
	uint64_t items = after->items - before->items - (again->fresh == DIR_NONE);
	uint64_t counts = items + ((after->files - before->files) << 32);
	uint32_t errors = (uint32_t)(after->errors - before->errors), level = 0;

	for (dir_id dir = again->above; dir != DIR_NONE; dir = tree_cold(again->tree, dir)->parent, level++) {
		struct node_cold *cold = tree_cold_mutable(again->tree, dir);

		alloc_bytes += again->alloc_step[level];
		apparent_bytes += again->apparent_step[level];
		atomic_fetch_add_explicit(&cold->alloc_bytes, (uint64_t)alloc_bytes, memory_order_relaxed);
		atomic_fetch_add_explicit(&cold->apparent_bytes, (uint64_t)apparent_bytes, memory_order_relaxed);
		atomic_fetch_add_explicit(&cold->counts, counts, memory_order_relaxed);
		atomic_fetch_add_explicit(&cold->errors, errors, memory_order_relaxed);
	}
}

/* Add to dir's Σ, storing a word of its rows on the way, and carry on to the root what follows: its own hash in its parent's Σ. */
static void resum(struct tree *tree, dir_id dir, struct fingerprint more, struct node_row *row, uint64_t word)
{
	for (;;) {
		struct node_cold *cold = tree_cold_mutable(tree, dir);
		const struct node_block *block = cold->parent != DIR_NONE ? tree_block(tree, cold->parent) : NULL;
		struct fingerprint before = { 0 }, after;

		if (block)
			before = row_hash(tree, block, cold->row);
		if (row)
			atomic_store_explicit(&row->word, word, memory_order_release);
		row = NULL;
		atomic_fetch_add_explicit(&cold->sum[0], more.lo, memory_order_relaxed);
		atomic_fetch_add_explicit(&cold->sum[1], more.hi, memory_order_relaxed);
		if (!block)
			return;
		after = row_hash(tree, block, cold->row);
		more = (struct fingerprint){ .lo = after.lo - before.lo, .hi = after.hi - before.hi };
		dir = cold->parent;
	}
}

/* Hashes of the rows of `dir` that name the inode. */
static struct fingerprint sum_of_names(struct tree *tree, dir_id dir, uint32_t index)
{
	const struct node_block *block = tree_block(tree, dir);
	struct fingerprint sum = { 0 };

	for (uint32_t i = 0; block && i < tree_count(block); i++) {
		uint64_t word = atomic_load_explicit(&((struct node_block *)(uintptr_t)block)->rows[i].word, memory_order_relaxed);

		if (!(row_flags(word) & ROW_LINK) || row_flags(word) & ROW_GONE || row_payload(word) != index)
			continue;
		struct fingerprint hash = row_hash(tree, block, i);

		sum.lo += hash.lo;
		sum.hi += hash.hi;
	}
	return sum;
}

static int compare_dirs(const void *a, const void *b)
{
	dir_id x = *(const dir_id *)a, y = *(const dir_id *)b;

	return (x > y) - (x < y);
}

/* Let an inode's new figures count: totals of all that count it, hashes of all that name it. */
static int apply_change(struct tree *tree, const struct link_change *change)
{
	struct link *link = links_at(&tree->links, change->index);
	uint32_t n = link->parent_count, distinct = 0;
	dir_id *dirs = alloc_array(n, sizeof *dirs);
	struct fingerprint *before = alloc_array(n, sizeof *before);
	int result = -ENOMEM;

	if (dirs && before) {
		memcpy(dirs, link_parents(link), n * sizeof *dirs);
		if (n)
			qsort(dirs, n, sizeof *dirs, compare_dirs);
		for (uint32_t i = 0; i < n; i++)
			if (!i || dirs[i] != dirs[i - 1])
				dirs[distinct++] = dirs[i];
		for (uint32_t i = 0; i < distinct; i++)
			before[i] = sum_of_names(tree, dirs[i], change->index);
		result = links_change(tree, change);
		for (uint32_t i = 0; !result && i < distinct; i++) {
			struct fingerprint after = sum_of_names(tree, dirs[i], change->index);
			struct fingerprint more = { .lo = after.lo - before[i].lo, .hi = after.hi - before[i].hi };

			resum(tree, dirs[i], more, NULL, 0);
		}
	}
	free(dirs);
	free(before);
	return result;
}

/* The fresh root's contents move into DIR_ROOT. */
static void attach_root(struct again *again)
{
	struct tree *tree = again->tree;
	struct node_cold *root = tree_cold_mutable(tree, DIR_ROOT), *fresh = tree_cold_mutable(tree, again->fresh);
	uint32_t unit = atomic_load_explicit(&fresh->block, memory_order_relaxed);
	struct node_block *block = arena_at(&tree->units, unit);

	block->dir = DIR_ROOT;
	for (uint32_t i = 0; i < tree_count(block); i++) {
		uint64_t word = atomic_load_explicit(&block->rows[i].word, memory_order_relaxed);

		if (row_type(word) == NODE_DIR && !(row_flags(word) & (ROW_LEAF | ROW_GONE)))
			tree_cold_mutable(tree, (dir_id)row_payload(word))->parent = DIR_ROOT;
	}
	for (size_t i = 0; i < again->after.link_count; i++)
		if (again->after.links[i].dir == again->fresh)
			links_forget(&tree->links, again->after.links[i].index, again->fresh, DIR_ROOT);
	/* Same inode, so that only figures and times may differ; each is one store, like the totals. */
	__atomic_store_n(&root->mtime_ns, fresh->mtime_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&root->ctime_ns, fresh->ctime_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&root->own_apparent_bytes, fresh->own_apparent_bytes, __ATOMIC_RELAXED);
	__atomic_store_n(&root->own_blocks, fresh->own_blocks, __ATOMIC_RELAXED);
	atomic_store_explicit(&root->sum[0], atomic_load_explicit(&fresh->sum[0], memory_order_relaxed), memory_order_relaxed);
	atomic_store_explicit(&root->sum[1], atomic_load_explicit(&fresh->sum[1], memory_order_relaxed), memory_order_relaxed);
	atomic_store_explicit(&root->alloc_bytes, atomic_load_explicit(&fresh->alloc_bytes, memory_order_relaxed), memory_order_relaxed);
	atomic_store_explicit(&root->apparent_bytes, atomic_load_explicit(&fresh->apparent_bytes, memory_order_relaxed), memory_order_relaxed);
	atomic_store_explicit(&root->counts, atomic_load_explicit(&fresh->counts, memory_order_relaxed), memory_order_relaxed);
	atomic_store_explicit(&root->errors, atomic_load_explicit(&fresh->errors, memory_order_relaxed), memory_order_relaxed);
	atomic_store_explicit(&root->flags, atomic_load_explicit(&fresh->flags, memory_order_relaxed), memory_order_relaxed);
	atomic_store_explicit(&root->block, unit, memory_order_release);
	atomic_fetch_or_explicit(&fresh->flags, DIR_DEAD, memory_order_release);
}

static void attach_row(struct again *again)
{
	struct tree *tree = again->tree;
	struct node_row *row = row_of(tree, again->above, again->row);
	const struct node_block *block = tree_block(tree, again->above);
	uint64_t word = atomic_load_explicit(&row->word, memory_order_relaxed);
	struct fingerprint minus = row_hash(tree, block, again->row), plus = { 0 };

	if (again->fresh != DIR_NONE) {
		struct node_cold *fresh = tree_cold_mutable(tree, again->fresh);
		const unsigned char *name = (const unsigned char *)block + row->name;

		fresh->parent = again->above;
		fresh->row = again->row;
		word = NODE_DIR | (uint64_t)again->fresh << ROW_PAYLOAD_SHIFT;
		uint64_t print[2];

		tree_fingerprint(tree, again->fresh, print);
		plus = fingerprint_subdir((struct fingerprint){ .lo = print[0], .hi = print[1] }, name + 1, name[0]);
	} else {
		word |= (uint64_t)ROW_GONE << ROW_TYPE_BITS;
	}
	add_to_ancestors(again);
	resum(tree, again->above, (struct fingerprint){ .lo = plus.lo - minus.lo, .hi = plus.hi - minus.hi }, row, word);
}

static int attach(struct again *again)
{
	struct tree *tree = again->tree;
	struct links *links = &tree->links;
	int result = 0;

	step_links(again);
	if (again->above == DIR_NONE)
		attach_root(again);
	else
		attach_row(again);
	/* The last word on an inode is the newest: a file may grow while its names are met. */
	for (size_t i = 0; !result && i < links->change_count; i++)
		result = apply_change(tree, &links->changes[i]);
	return result;
}

/* ---- 4: what was replaced ---- */

/* Where the blocks of the old subtree lie: before it is detached, since the root's NodeCold is given another. */
static struct arena_span *blocks_of(struct tree *tree, const struct survey *survey, size_t *n)
{
	struct arena_span *spans = alloc_array(survey->dir_count, sizeof *spans);

	*n = 0;
	for (size_t i = 0; spans && i < survey->dir_count; i++) {
		uint32_t unit = atomic_load_explicit(&tree_cold_mutable(tree, survey->dirs[i])->block, memory_order_relaxed);

		if (unit)
			spans[(*n)++] = (struct arena_span){ .first = unit, .n = block_units(tree, arena_at(&tree->units, unit)) };
	}
	return spans;
}

static void bury(struct again *again, const struct arena_span *spans, size_t n)
{
	const struct survey *before = &again->before;

	for (size_t i = 0; i < before->dir_count; i++)
		if (before->dirs[i] != DIR_ROOT)
			atomic_fetch_or_explicit(&tree_cold_mutable(again->tree, before->dirs[i])->flags, DIR_DEAD, memory_order_release);
	tree_retire(again->tree, spans, n);
}

/* ---- 1: what is there now ---- */

/* The place: parent's descriptor and name, or the root.  A descriptor or -errno. */
static int open_place(struct again *again, char name[256], int *parent)
{
	const char *path = tree_root_path(again->tree);
	int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	*parent = -1;
	if (root < 0)
		return -errno;
	if (again->above == DIR_NONE) {
		int fd = dirfd_open_path(root, again->tree, DIR_ROOT);

		close(root);
		return fd;
	}
	const struct node_block *block = tree_block(again->tree, again->above);
	const unsigned char *at = (const unsigned char *)block + block->rows[again->row].name;

	memcpy(name, at + 1, at[0]);
	name[at[0]] = '\0';
	*parent = dirfd_open_path(root, again->tree, again->above);
	close(root);
	return *parent < 0 ? *parent : dirfd_open(*parent, name);
}

/* A NodeCold for what was opened, or cannot be read; in `fresh`.  0 or -errno. */
static int plant_fresh(struct again *again, struct filler *filler, int fd, bool unreadable, dev_t *dev, uint64_t *mount)
{
	struct tree *tree = again->tree;
	struct entry entry;
	struct statfs fs;
	int result = scan_entry_of(fd, &entry, mount, dev);

	if (result)
		return result;
	int slot = tree_fs_slot(tree, *dev, fstatfs(fd, &fs) ? 0 : (uint64_t)(uint32_t)fs.f_type);

	if (slot < 0)
		return slot;
	entry.fs = (uint16_t)slot;
	if (again->above != DIR_NONE && slot != tree_cold(tree, again->above)->fs)
		entry.dir_flags |= DIR_MOUNT;
	if (unreadable)
		entry.dir_flags |= DIR_READ_ERROR;
	again->fresh = cold_create(filler, &entry, DIR_NONE);
	if (!again->fresh)
		return -ENOMEM;
	if (unreadable) {
		struct listing listing = { 0 };

		listing_begin(&listing, filler, again->fresh);
		result = listing_publish(&listing);
		if (!result)
			tree_lower(tree, again->fresh);
		listing_end(&listing);
	}
	return result;
}

/* Scan what is below `fresh`.  Takes the descriptor over.  0, -ECANCELED, -ENOMEM, -errno. */
static int read_fresh(struct again *again, int fd, dev_t dev, uint64_t mount, const struct scan_options *options, const _Atomic bool *cancel)
{
	struct scan_options mine = *options;
	struct buf path = { 0 };
	struct scan_progress progress;

	mine.baseline = NULL;
	mine.wake_fd = -1;
	mine.extended = again->tree->extended;
	int result = tree_path(again->tree, again->above != DIR_NONE ? again->above : DIR_ROOT, &path);

	if (!result && again->above != DIR_NONE) {
		const struct node_block *block = tree_block(again->tree, again->above);
		const char *name = (const char *)block + block->rows[again->row].name;

		if (path.data[path.length - 1] != '/')
			buf_char(&path, '/');
		buf_add(&path, name + 1, (uint8_t)name[0]);
	}
	struct scan *scan = path.failed ? NULL : scan_create(again->tree, path.data, fd, &mine);

	buf_free(&path);
	if (!scan) {
		close(fd);
		return -ENOMEM;
	}
	scan->taken = true; /* the tree is not the scan's */
	result = scan_begin(scan, again->fresh, dev, mount);
	if (result) {
		scan_free(scan);
		return result;
	}
	while (!scan_wait(scan, POLL_NS))
		if (cancel && atomic_load_explicit((_Atomic bool *)(uintptr_t)cancel, memory_order_relaxed))
			scan_cancel(scan);
	scan_progress(scan, &progress);
	if (atomic_load_explicit(&scan->alive, memory_order_acquire))
		again->tree->kept = true;
	scan_destroy(scan);
	return progress.state == SCAN_DONE ? 0 : progress.state == SCAN_FAILED ? -ENOMEM : -ECANCELED;
}

int scan_again(struct tree *tree, dir_id dir, int64_t row, const struct scan_options *options, const _Atomic bool *cancel, dir_id *fresh)
{
	struct again again = { .tree = tree };
	struct filler filler;
	char name[256] = "";
	uint64_t mount = 0;
	dev_t dev = 0;
	int parent = -1, result = 0;

	*fresh = DIR_NONE;
	if (!tree_alive(tree, dir))
		return -ENOENT;
	if (row >= 0) {
		const struct node_block *block = tree_block(tree, dir);

		if (!block || row >= tree_count(block))
			return -EINVAL;
		uint64_t word = atomic_load_explicit(&row_of(tree, dir, (uint32_t)row)->word, memory_order_relaxed);

		if (!(row_flags(word) & ROW_LEAF) || row_flags(word) & ROW_GONE)
			return -EINVAL;
		again.above = dir;
		again.row = (uint32_t)row;
		again.before.totals.errors = (row_flags(word) & ROW_ERROR) != 0;
		again.before.totals.files = row_type(word) != NODE_DIR;
	} else {
		again.above = tree_cold(tree, dir)->parent;
		again.row = tree_cold(tree, dir)->row;
		again.old = dir;
	}
	for (dir_id at = again.above; at != DIR_NONE; at = tree_cold(tree, at)->parent)
		again.levels++;
	again.alloc_step = alloc_array(again.levels + 1u, sizeof *again.alloc_step);
	again.apparent_step = alloc_array(again.levels + 1u, sizeof *again.apparent_step);
	if (!again.alloc_step || !again.apparent_step) {
		result = -ENOMEM;
		goto out;
	}
	tree->completed = NULL;
	tree_reclaim(tree);
	filler_init(&filler, tree);
	tree->links.note_changes = true;
	tree->links.change_count = 0;

	int fd = open_place(&again, name, &parent);
	bool unreadable = fd == -EACCES || fd == -EPERM || fd == -EIO;
	/* Another kind of entry has that name now, or a directory above is not what it was: what the tree knew is not there any more. */
	bool gone = fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP || (fd == -ESTALE && again.above != DIR_NONE);

	if (unreadable && parent >= 0)
		fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	else if (fd < 0 && (!gone || again.above == DIR_NONE))
		result = fd;
	if (!result && !gone) {
		result = fd < 0 ? -errno : plant_fresh(&again, &filler, fd, unreadable, &dev, &mount);
		if (!result && !unreadable) {
			result = read_fresh(&again, fd, dev, mount, options, cancel);
			fd = -1;
		}
		if (fd >= 0)
			close(fd);
	}
	if (!result && again.old != DIR_NONE)
		result = survey_take(&again.before, tree, again.old);
	if (!result && again.fresh != DIR_NONE)
		result = survey_take(&again.after, tree, again.fresh);
	if (!result) {
		size_t n;
		struct arena_span *spans = blocks_of(tree, &again.before, &n);

		result = attach(&again);
		bury(&again, spans, n);
		free(spans);
		*fresh = again.above == DIR_NONE ? DIR_ROOT : again.fresh;
		if (gone)
			result = -ENOENT;
		if (atomic_load_explicit(&tree->shared, memory_order_relaxed) && tree_compute_shared(tree) && !result)
			result = -ENOMEM;
	}
	tree->links.note_changes = false;
	tree->links.change_count = 0;
	tree_reclaim(tree);
out:
	if (parent >= 0)
		close(parent);
	survey_free(&again.before);
	survey_free(&again.after);
	free(again.alloc_step);
	free(again.apparent_step);
	return result;
}
