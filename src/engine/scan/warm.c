/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/scan/scan_state.h"

/*
 * What the image knows of the directories that are scanned.
 *
 * Counting: each completed directory against the image: unchanged, changed itself, or changed only below.  Thread: the
 * worker that completed it; everything below is final then.
 *
 * Trusting (a warm scan): a directory that seems unchanged is not listed.  It needs a descriptor only where something
 * of it is stat-ed, so that most folders cost no more than the statx() that their parent did.  Thread: the worker that
 * claimed it.
 *
 *     with rows      its files come from their stored list; those that may have grown in place unseen are stat-ed
 *     without        when none of them may have (image->newest), they are a rest: sums from the image, no list, no
 *                    rows.  Else it is listed, unless it
 *                    is so long that reading its list and stat-ing a few is less.  Where all its subdirectories are
 *                    leaves without files to look at, they are stat-ed from the descriptor of its parent, and nobody
 *                    opens it
 *
 * A directory with a rest has the fingerprint that the image knows.  Only where something below it changed its list is
 * read, to work out the new one.
 */

#define LATELY_S (30 * 24 * 3600) /* files modified this long before the last exact scan are looked at */
#define SETTLED_S 2               /* a time this close to the clock may still be that of a second change */
/* measured: to list and stat so many takes as long as to read their list from the store */
#define LONG_ENTRIES 8

/*
 * The fingerprint the directory would have if its subdirectories were as remembered; false when they are not even the
 * same by name.
 */
static bool print_without_deep(const struct scan *scan, dir_id dir, uint32_t old, struct fingerprint *out)
{
	const struct image *image = match_image(scan->match);
	const struct tree *tree = scan->rules.tree;
	const struct node_block *block = tree_block(tree, dir);
	struct fingerprint_dir in;
	uint32_t dirs = 0;

	tree_fingerprint_input(tree, dir, &in);
	for (uint32_t i = 0; i < tree_count(block); i++) {
		struct node node;

		tree_node(tree, block, i, &node);
		if (node.dir == DIR_NONE || node.flags & ROW_GONE)
			continue;
		uint32_t child = image_child(image, old, node.name, node.name_length);

		if (child == IMAGE_NONE)
			return false;
		struct fingerprint now = row_hash(tree, block, i);
		struct fingerprint then = {.lo = image->fingerprint[child][0], .hi = image->fingerprint[child][1]};

		then = fingerprint_subdir(then, node.name, node.name_length);
		in.sum[0] += then.lo - now.lo;
		in.sum[1] += then.hi - now.hi;
		dirs++;
	}
	if (dirs != image->child_first[old + 1] - image->child_first[old])
		return false;
	*out = fingerprint_dir(&in);
	return true;
}

static bool same_print(const struct image *image, uint32_t old, const uint64_t fingerprint[2])
{
	return image->fingerprint[old][0] == fingerprint[0] && image->fingerprint[old][1] == fingerprint[1];
}

static enum warm_class classify(const struct scan *scan, dir_id dir, const uint64_t fingerprint[2])
{
	const struct image *image = match_image(scan->match);
	const struct node_cold *cold = tree_cold(scan->rules.tree, dir);
	enum match_kind kind = match_kind(scan->match, dir);
	struct fingerprint print;
	bool known;

	if (kind == MATCH_REPLACED)
		return WARM_MISMATCH;
	uint32_t old = kind == MATCH_KNOWN ? match_dir(scan->match, dir, &known) : IMAGE_NONE;

	if (old == IMAGE_NONE)
		return WARM_UNKNOWN;
	if (tree_rest(scan->rules.tree, dir)) /* it was not touched */
		return same_print(image, old, fingerprint) ? WARM_TRUSTED : WARM_DEEP;
	bool touched = (image->mtime_ns[old] && image->mtime_ns[old] != cold->mtime_ns) ||
	               (image->ctime[old] && image->ctime[old] != node_fold_time(cold->ctime_ns));

	if (same_print(image, old, fingerprint))
		return touched ? WARM_SHALLOW : WARM_TRUSTED;
	if (!touched && print_without_deep(scan, dir, old, &print) &&
	    same_print(image, old, (uint64_t[2]){print.lo, print.hi}))
		return WARM_DEEP;
	return WARM_SHALLOW;
}

void warm_count(void *context, dir_id dir, const uint64_t fingerprint[2])
{
	struct scan *scan = context;
	enum warm_class class = classify(scan, dir, fingerprint);
	const struct image *image = match_image(scan->match);
	dir_id parent = tree_cold(scan->rules.tree, dir)->parent;
	bool known;

	atomic_fetch_add_explicit(&scan->warm[class], 1, memory_order_relaxed);
	/* Of another class its fingerprint may be the same all the same: only its times differ. */
	if (scan->rules.options.warm && class != WARM_TRUSTED && parent != DIR_NONE &&
	    !(class == WARM_SHALLOW && same_print(image, match_dir(scan->match, dir, &known), fingerprint)))
		atomic_fetch_or_explicit(&tree_cold_mutable(scan->rules.tree, parent)->flags, DIR_DEEPER,
		                         memory_order_relaxed);
}

/* ---- trusting ---- */

static bool same_times(const struct image *image, uint32_t old, uint64_t ino, int64_t mtime_ns, int64_t ctime_ns)
{
	return ino && ino == image->ino[old] && mtime_ns == image->mtime_ns[old] && image->ctime[old] &&
	       image->ctime[old] == node_fold_time(ctime_ns);
}

/* The image's directory that this one still seems to be, or IMAGE_NONE. */
static uint32_t unchanged(const struct scan *scan, dir_id dir)
{
	const struct scan_options *options = &scan->rules.options;
	bool known;

	/* Owners are not remembered, and what a symbolic link points to changes elsewhere. */
	if (!scan->match || options->extended || options->counting.follow_links ||
	    match_kind(scan->match, dir) != MATCH_KNOWN)
		return IMAGE_NONE;
	const struct image *image = match_image(scan->match);
	const struct node_cold *cold = tree_cold(scan->rules.tree, dir);
	uint32_t old = match_dir(scan->match, dir, &known);
	unsigned flags = atomic_load_explicit(&((struct node_cold *)(uintptr_t)cold)->flags, memory_order_relaxed);
	int64_t settled_s = options->warm->taken_s - SETTLED_S;

	if (old == IMAGE_NONE || image->flags[old] & (IMAGE_READ_ERROR | IMAGE_CACHE | IMAGE_FOLDED))
		return IMAGE_NONE;
	if (options->warm->forced && options->warm->forced[old / 64] >> old % 64 & 1)
		return IMAGE_NONE;
	if (dir != DIR_ROOT && (image->flags[old] ^ flags) & IMAGE_MOUNT)
		return IMAGE_NONE;
	if (!same_times(image, old, cold->ino, cold->mtime_ns, cold->ctime_ns) ||
	    node_seconds(cold->mtime_ns, cold->mtime_era) >= settled_s || node_seconds(cold->ctime_ns, 0) >= settled_s)
		return IMAGE_NONE;
	return old;
}

/* Of what is open now: it is watched only since then. */
static bool still_unchanged(const struct scan *scan, uint32_t old, int fd)
{
	struct entry entry;
	uint64_t mount;
	dev_t dev;

	return !scan_entry_of(fd, &entry, &mount, &dev) &&
	       same_times(match_image(scan->match), old, entry.ino, entry.mtime_ns, entry.ctime_ns);
}

/* A directory being made of what is remembered. */
struct recall {
	struct reading reading;
	int parent_fd;
	int *fd;
	int64_t lately_s;
	bool trusts;           /* a file was taken as it was */
	bool rests;            /* all of them were, */
	struct tree_rest rest; /* without rows */
};

#define READ_IT 1

static int open_it(struct recall *recall)
{
	struct reading *reading = &recall->reading;

	if (*recall->fd == READING_UNOPENED)
		*recall->fd = reading_open(reading->worker, reading->dir, recall->parent_fd);
	reading->fd = *recall->fd;
	if (pool_stopped(reading->scan))
		return -ECANCELED;
	return reading->fd < 0 ? READ_IT : 0;
}

/* Add what lies under that name now.  It is still of that type, or the directory has changed meanwhile. */
static int add_now(struct recall *recall, const void *name, size_t length, enum node_type type)
{
	char terminated[256];
	struct entry entry = {.name = terminated, .length = length};

	if (length >= sizeof(terminated))
		return READ_IT; /* no name that a file system has */
	memcpy(terminated, name, length);
	terminated[length] = '\0';
	int result = reading_examine(&recall->reading, type == NODE_DIR ? DT_DIR : DT_REG, &entry);

	if (result)
		return result == -ENOENT ? READ_IT : result;
	if (entry.type != type || entry.flags)
		return READ_IT;
	return block_add(&recall->reading.worker->remembered, &entry, NULL);
}

static int take_file(void *taker, const struct warm_file *file)
{
	struct recall *recall = taker;

	if (pool_stopped(recall->reading.scan))
		return -ECANCELED;
	/* What was a mount, or could not be read, may be otherwise now without the directory having changed. */
	if (file->flags & ROW_LEAF & ~ROW_EXCLUDED || (file->type == NODE_DIR && !(file->flags & ROW_EXCLUDED)))
		return READ_IT;
	if (!(file->flags & ROW_EXCLUDED)) {
		/* A linked file may have been written to, or lost or got a name, elsewhere. */
		if (file->nlink > 1 || (file->type == NODE_REG && (file->alloc_bytes >= IMAGE_LARGE_BYTES ||
		                                                   file->mtime_s >= recall->lately_s))) {
			int result = recall->reading.fd >= 0 ? 0 : open_it(recall);

			return result ? result : add_now(recall, file->name, file->name_length, file->type);
		}
		recall->trusts = true;
	}
	const int64_t mtime_ns = node_time(file->mtime_s, 0);
	const struct entry entry = {
		.name = (const char *)file->name,
		.length = file->name_length,
		.type = file->type,
		.flags = file->flags & ROW_EXCLUDED,
		.alloc_bytes = file->alloc_bytes,
		.apparent_bytes = file->apparent_bytes,
		.mtime_ns = mtime_ns,
		.mtime_era = node_era(file->mtime_s, mtime_ns),
		.nlink = 1,
		.fs = recall->reading.fs,
	};

	return block_add(&recall->reading.worker->remembered, &entry, NULL);
}

/* May there be files in it that have to be looked at? */
static bool wants_look(const struct recall *recall, const struct image *image, uint32_t old)
{
	return !image->newest[old] || image->newest[old] >= recall->lately_s;
}

/* The entries that are not subdirectories: their sums. */
static int recall_sums(struct recall *recall, const struct image *image, uint32_t old)
{
	const struct scan *scan = recall->reading.scan;
	const struct node_cold *cold = tree_cold(scan->rules.tree, recall->reading.dir);
	struct totals *totals = &recall->reading.worker->remembered.totals;
	struct tree_rest rest = {
		.alloc_bytes = image_direct_bytes(image, old) - cold->own_alloc_bytes,
		.apparent_bytes = image->apparent_bytes[old] - cold->own_apparent_bytes,
		.entries = image->child_count[old],
		.newest = image->newest[old],
	};
	uint64_t files = image->files[old];

	for (uint32_t i = image->child_first[old]; i < image->child_first[old + 1]; i++) {
		rest.entries--;
		rest.apparent_bytes -= image->apparent_bytes[image->children[i]];
		files -= image->files[image->children[i]];
	}
	recall->rest = rest;
	recall->trusts = recall->rests = rest.entries > 0;
	totals->items += rest.entries;
	totals->files += files;
	/* No total is beyond 2⁶⁴ here: such directories are looked at (image.c). */
	figure_add_bytes(&totals->alloc, rest.alloc_bytes);
	figure_add_bytes(&totals->apparent, rest.apparent_bytes);
	return 0;
}

/*
 * Subdirectories that have none themselves, and will not be listed, are stat-ed from the parent's descriptor: then
 * nobody needs one of this directory.  Only what is just as remembered is taken; at anything else the directory is
 * opened.
 */
static int recall_leaves(struct recall *recall, const struct image *image, uint32_t old)
{
	const struct scan *scan = recall->reading.scan;
	const struct node_cold *cold = tree_cold(scan->rules.tree, recall->reading.dir);
	uint32_t n = image->child_first[old + 1] - image->child_first[old];
	char path[2 * 256 + 1];

	if (!n || recall->reading.fd >= 0 || recall->parent_fd < 0 || recall->reading.node ||
	    scan->rules.options.counting.exclude_caches || image->end[old] != old + 1 + n)
		return READ_IT;
	for (uint32_t child = old + 1; child <= old + n; child++)
		if (wants_look(recall, image, child))
			return READ_IT;
	const unsigned char *name = (const unsigned char *)tree_block(scan->rules.tree, cold->parent);

	block_begin(&recall->reading.worker->remembered, &recall->reading.worker->filler, recall->reading.dir);
	name += ((const struct node_block *)name)->rows[cold->row].name;
	memcpy(path, name + 1, *name);
	path[*name] = '/';
	for (uint32_t child = old + 1; child <= old + n; child++) {
		size_t length = image_name_length(image, child); /* of a mapped image: at most 255 */
		struct entry entry = {.name = path + *name + 1, .length = length};

		memcpy(path + *name + 1, image_name(image, child), length);
		path[*name + 1 + length] = '\0';
		int result = reading_stat_beneath(&recall->reading, recall->parent_fd, path, &entry);

		if (result)
			return result == -ECANCELED ? result : READ_IT;
		if (!same_times(image, child, entry.ino, entry.mtime_ns, entry.ctime_ns))
			return READ_IT;
		result = block_add(&recall->reading.worker->remembered, &entry, NULL);
		if (result)
			return result;
	}
	return 0;
}

/* The others, from its own. */
static int recall_subdirectories(struct recall *recall, const struct image *image, uint32_t old)
{
	struct scan_worker *worker = recall->reading.worker;
	uint32_t first = image->child_first[old], end = image->child_first[old + 1];
	int result = first < end && recall->reading.fd < 0 ? open_it(recall) : 0;

	block_begin(&worker->remembered, &worker->filler, recall->reading.dir);
	for (uint32_t i = first; !result && i < end; i++) {
		uint32_t child = image->children[i];

		result = add_now(recall, image_name(image, child), image_name_length(image, child), NODE_DIR);
	}
	return result;
}

static int recall_directory(struct recall *recall, uint32_t old)
{
	const struct scan *scan = recall->reading.scan;
	const struct image *image = match_image(scan->match);
	bool rows = scan->rules.options.warm->rows || wants_look(recall, image, old);

	if (rows && !scan->rules.options.warm->rows && image->child_count[old] < LONG_ENTRIES)
		return READ_IT;
	int result = rows ? READ_IT : recall_leaves(recall, image, old);

	if (result == READ_IT)
		result = recall_subdirectories(recall, image, old);
	if (!result)
		result = rows ? scan->rules.options.warm->files(scan->rules.options.warm->context, old, take_file,
		                                                recall)
		              : recall_sums(recall, image, old);
	return result;
}

/* Its figures are old, and so are those of all folders around it. */
static void flag_trusted(struct tree *tree, dir_id dir)
{
	for (; dir != DIR_NONE; dir = tree_cold_mutable(tree, dir)->parent)
		if (atomic_fetch_or_explicit(&tree_cold_mutable(tree, dir)->flags, DIR_TRUSTED, memory_order_relaxed) &
		    DIR_TRUSTED)
			return;
}

bool warm_read(struct scan_worker *worker, dir_id dir, int parent_fd, mount_node node, int *fd)
{
	struct scan *scan = worker->scan;
	struct block_draft *listing = &worker->remembered;
	uint32_t old = unchanged(scan, dir);
	struct block_writer writer;

	if (old == IMAGE_NONE)
		return false;
	if (scan->rules.options.opened) {
		*fd = reading_open(worker, dir, parent_fd);
		if (*fd < 0)
			return false;
		scan->rules.options.opened(scan->rules.options.opened_context, dir, *fd);
		if (!still_unchanged(scan, old, *fd))
			return false;
	}
	struct recall recall = {.parent_fd = parent_fd,
	                        .fd = fd,
	                        .lately_s = scan->rules.options.warm->exact_s - LATELY_S};

	reading_begin_work(&recall.reading, worker, dir, *fd >= 0 ? *fd : -1, node);
	int result = reading_path(&recall.reading);

	if (!result)
		result = recall_directory(&recall, old);

	/* Of what was not known in the store, or cannot be trusted, too. */
	if (result > 0 || (result < 0 && result != -ENOMEM && result != -ECANCELED))
		return false;
	if (!result)
		result = writer_begin(&writer, &worker->filler, dir, listing->count + (recall.rests ? REST_ROWS : 0),
		                      listing->name_bytes);
	if (!reading_goes_on(scan, result)) {
		if (recall.reading.fd >= 0)
			close(recall.reading.fd);
		return true;
	}
	writer_copy(&writer, listing->records, listing->used, listing->owners);
	if (recall.rests)
		writer_rest(&writer, &recall.rest);
	if (recall.trusts)
		flag_trusted(scan->rules.tree, dir);
	reading_publish(&recall.reading, &writer, listing);
	return true;
}

/* ---- the fingerprint of a rest ---- */

static int add_print(void *taker, const struct warm_file *file)
{
	bool leaf = file->flags & ROW_LEAF;
	const struct fingerprint_entry entry = {
		.alloc_bytes = file->alloc_bytes,
		.apparent_bytes = file->apparent_bytes,
		.mtime_s = (uint64_t)file->mtime_s,
		.nlink = leaf ? 0 : file->nlink,
		.type = (uint8_t)file->type,
		.flags = (uint8_t)(file->flags & FINGERPRINT_ROW_FLAGS),
	};
	struct fingerprint print = fingerprint_file(&entry, file->name, file->name_length);
	struct fingerprint_dir *in = taker;

	in->sum[0] += print.lo;
	in->sum[1] += print.hi;
	in->entries++;
	return 0;
}

void warm_rest_fingerprint(void *context, dir_id dir)
{
	struct scan *scan = context;
	const struct warm_source *source = scan->rules.options.warm;
	const struct image *image = match_image(scan->match);
	struct node_cold *cold = tree_cold_mutable(scan->rules.tree, dir);
	bool known;
	uint32_t old = match_dir(scan->match, dir, &known);
	struct fingerprint print = {.lo = image->fingerprint[old][0], .hi = image->fingerprint[old][1]};

	if (atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_DEEPER) {
		struct fingerprint_dir in;

		tree_fingerprint_input(scan->rules.tree, dir, &in);
		int result = source->files(source->context, old, add_print, &in);

		if (result)
			pool_fail(scan, result);
		print = fingerprint_dir(&in);
	}
	atomic_store_explicit(&cold->sum[0], print.lo, memory_order_relaxed);
	atomic_store_explicit(&cold->sum[1], print.hi, memory_order_relaxed);
}
