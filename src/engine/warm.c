/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/scan_private.h"

/*
 * What the image knows of the directories that are scanned.
 *
 * Counting: each completed directory against the image: unchanged, changed itself, or changed only below.  Thread: the worker that completed it;
 * everything below is final then.
 *
 * Trusting (a warm scan): a directory that seems unchanged is not listed.  It needs a descriptor only where something of it is stat-ed, so that most
 * folders cost no more than the statx() that their parent did.  Thread: the worker that claimed it.
 */

#define LARGE_BYTES (UINT64_C(1) << 20)       /* such files are looked at, */
#define LATELY_S (30 * 24 * 3600)             /* and those modified this long before the last exact scan */
#define SETTLED_S 2                           /* a time this close to the clock may still be that of a second change */

/* The fingerprint the directory would have if its subdirectories were as remembered; false when they are not even the same by name. */
static bool print_without_deep(const struct scan *scan, dir_id dir, uint32_t old, struct fingerprint *out)
{
	const struct image *image = match_image(scan->match);
	const struct tree *tree = scan->tree;
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
		struct fingerprint then = { .lo = image->fingerprint[child][0], .hi = image->fingerprint[child][1] };

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

static enum warm_class classify(const struct scan *scan, dir_id dir, const uint64_t fingerprint[2])
{
	const struct image *image = match_image(scan->match);
	const struct node_cold *cold = tree_cold(scan->tree, dir);
	enum match_kind kind = match_kind(scan->match, dir);
	struct fingerprint print;
	bool known;

	if (kind == MATCH_REPLACED)
		return WARM_MISMATCH;
	uint32_t old = kind == MATCH_KNOWN ? match_dir(scan->match, dir, &known) : IMAGE_NONE;

	if (old == IMAGE_NONE)
		return WARM_UNKNOWN;
	bool touched = (image->mtime_ns[old] && image->mtime_ns[old] != cold->mtime_ns)
		|| (image->ctime[old] && image->ctime[old] != node_fold_time(cold->ctime_ns));

	if (image->fingerprint[old][0] == fingerprint[0] && image->fingerprint[old][1] == fingerprint[1])
		return touched ? WARM_SHALLOW : WARM_TRUSTED;
	if (!touched && print_without_deep(scan, dir, old, &print)
	    && image->fingerprint[old][0] == print.lo && image->fingerprint[old][1] == print.hi)
		return WARM_DEEP;
	return WARM_SHALLOW;
}

void warm_count(void *context, dir_id dir, const uint64_t fingerprint[2])
{
	struct scan *scan = context;

	atomic_fetch_add_explicit(&scan->warm[classify(scan, dir, fingerprint)], 1, memory_order_relaxed);
}

/* ---- trusting ---- */

static bool same_times(const struct image *image, uint32_t old, uint64_t ino, int64_t mtime_ns, int64_t ctime_ns)
{
	return ino && ino == image->ino[old] && mtime_ns == image->mtime_ns[old] && image->ctime[old] && image->ctime[old] == node_fold_time(ctime_ns);
}

/* The image's directory that this one still seems to be, or IMAGE_NONE. */
static uint32_t unchanged(const struct scan *scan, dir_id dir)
{
	const struct scan_options *options = &scan->options;
	bool known;

	/* Owners are not remembered, and what a link points to changes elsewhere. */
	if (!scan->match || options->extended || options->counting.follow_links || match_kind(scan->match, dir) != MATCH_KNOWN)
		return IMAGE_NONE;
	const struct image *image = match_image(scan->match);
	const struct node_cold *cold = tree_cold(scan->tree, dir);
	uint32_t old = match_dir(scan->match, dir, &known);
	unsigned flags = atomic_load_explicit(&((struct node_cold *)(uintptr_t)cold)->flags, memory_order_relaxed);
	int64_t settled_ns = (options->warm->taken_s - SETTLED_S) * 1000000000;

	if (old == IMAGE_NONE || image->flags[old] & (IMAGE_READ_ERROR | IMAGE_CACHE | IMAGE_FOLDED))
		return IMAGE_NONE;
	if (dir != DIR_ROOT && (image->flags[old] ^ flags) & IMAGE_MOUNT)
		return IMAGE_NONE;
	if (!same_times(image, old, cold->ino, cold->mtime_ns, cold->ctime_ns) || cold->mtime_ns >= settled_ns || cold->ctime_ns >= settled_ns)
		return IMAGE_NONE;
	return old;
}

/* Of what is open now: it is watched only since then. */
static bool still_unchanged(const struct scan *scan, uint32_t old, int fd)
{
	struct entry entry;
	uint64_t mount;
	dev_t dev;

	return !scan_entry_of(fd, &entry, &mount, &dev) && same_times(match_image(scan->match), old, entry.ino, entry.mtime_ns, entry.ctime_ns);
}

/* A directory being made of what is remembered. */
struct recall {
	struct reading reading;
	int parent_fd;
	int *fd;
	int64_t lately_s;
	bool trusts;                    /* a file was taken as it was */
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

/* Add what lies under that name now; nothing if it is gone. */
static int add_now(struct recall *recall, const void *name, size_t length, enum node_type type)
{
	static const unsigned char types[] = { [NODE_DIR] = DT_DIR, [NODE_REG] = DT_REG, [NODE_SYMLINK] = DT_LNK, [NODE_SPECIAL] = DT_UNKNOWN };
	char terminated[256];
	struct entry entry = { .name = terminated, .length = length };

	memcpy(terminated, name, length);
	terminated[length] = '\0';
	int result = reading_examine(&recall->reading, types[type], &entry);

	if (result)
		return result == -ENOENT ? 0 : result;
	return listing_add(&recall->reading.worker->remembered, &entry, NULL);
}

static int take_file(void *taker, const struct warm_file *file)
{
	struct recall *recall = taker;

	if (pool_stopped(recall->reading.scan))
		return -ECANCELED;
	/* What was a mount, or could not be read, may be otherwise now without the directory having changed. */
	if (file->nlink > 1 || file->flags & ROW_LEAF & ~ROW_EXCLUDED || (file->type == NODE_DIR && !(file->flags & ROW_EXCLUDED)))
		return READ_IT;
	if (!(file->flags & ROW_EXCLUDED)) {
		if (file->apparent_bytes >= LARGE_BYTES || file->alloc_bytes >= LARGE_BYTES || file->mtime_s >= recall->lately_s) {
			int result = recall->reading.fd >= 0 ? 0 : open_it(recall);

			return result ? result : add_now(recall, file->name, file->name_length, file->type);
		}
		recall->trusts = true;
	}
	const struct entry entry = {
		.name = (const char *)file->name,
		.length = file->name_length,
		.type = file->type,
		.flags = file->flags & ROW_EXCLUDED,
		.alloc_bytes = file->alloc_bytes,
		.apparent_bytes = file->apparent_bytes,
		.mtime_ns = file->mtime_s * 1000000000,
		.nlink = 1,
		.fs = recall->reading.fs,
	};

	return listing_add(&recall->reading.worker->remembered, &entry, NULL);
}

static int recall_directory(struct recall *recall, uint32_t old)
{
	const struct warm_source *source = recall->reading.scan->options.warm;
	const struct image *image = match_image(recall->reading.scan->match);
	uint32_t first = image->child_first[old], end = image->child_first[old + 1];
	int result = first < end ? open_it(recall) : 0;

	if (!result)
		result = reading_path(&recall->reading);
	if (!result)
		result = source->files(source->context, old, take_file, recall);
	for (uint32_t i = first; !result && i < end; i++) {
		uint32_t child = image->children[i];

		result = add_now(recall, image_name(image, child), image_name_length(image, child), NODE_DIR);
	}
	return result;
}

/* Its figures are old, and so are those of all folders around it. */
static void flag_trusted(struct tree *tree, dir_id dir)
{
	for (; dir != DIR_NONE; dir = tree_cold_mutable(tree, dir)->parent)
		if (atomic_fetch_or_explicit(&tree_cold_mutable(tree, dir)->flags, DIR_TRUSTED, memory_order_relaxed) & DIR_TRUSTED)
			return;
}

bool warm_read(struct worker *worker, dir_id dir, int parent_fd, mount_node node, int *fd)
{
	struct scan *scan = worker->scan;
	struct listing *listing = &worker->remembered;
	uint32_t old = unchanged(scan, dir);
	struct block_writer writer;

	if (old == IMAGE_NONE)
		return false;
	if (scan->options.opened) {
		*fd = reading_open(worker, dir, parent_fd);
		if (*fd < 0)
			return false;
		scan->options.opened(scan->options.opened_context, dir, *fd);
		if (!still_unchanged(scan, old, *fd))
			return false;
	}
	struct recall recall = { .parent_fd = parent_fd, .fd = fd, .lately_s = scan->options.warm->exact_s - LATELY_S };

	reading_begin(&recall.reading, worker, dir, *fd >= 0 ? *fd : -1, node);
	listing_begin(listing, &worker->filler, dir);
	int result = recall_directory(&recall, old);

	/* Of what was not known in the store, or cannot be trusted, too. */
	if (result > 0 || (result < 0 && result != -ENOMEM && result != -ECANCELED))
		return false;
	if (!result)
		result = block_begin(&writer, &worker->filler, dir, listing->count, listing->name_bytes);
	if (!reading_goes_on(scan, result)) {
		if (recall.reading.fd >= 0)
			close(recall.reading.fd);
		return true;
	}
	block_copy(&writer, listing->records, listing->used, listing->owners);
	if (recall.trusts)
		flag_trusted(scan->tree, dir);
	reading_publish(&recall.reading, &writer, listing);
	return true;
}
