/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/kernel.h"
#include "engine/tree/far.h"
#include "engine/scan/scan_state.h"

/*
 * Reading one directory: open, list, stat, build, publish.
 *
 *   small (one buffer)   one worker does it all; the entries become records where the kernel wrote them, the records
 *                        become the block
 *   huge                 each full buffer is offered as a slice while the listing goes on; whoever finishes last builds
 *                        the block
 *
 *     lister      getdents │ push slice 1 │ getdents │ push slice 2 │ ... │ stat the rest │ unfinished−1
 *     a thief                        steal 1, stat                  │ unfinished−1
 *     the last to lower `unfinished` (acq_rel): sums of all slices, block, publish, children
 *
 * Nobody else touches a directory meanwhile: it was claimed.  A record's memory belongs to whoever took its slice, then
 * to the finisher.
 */

#define STAT_MASK                                                                                                      \
	(STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO | STATX_SIZE | STATX_BLOCKS | STATX_MTIME | STATX_CTIME |   \
	 STATX_BTIME)
#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)
#define RECORD_MOST 280          /* bytes of the largest entry: 19 + 255 + NUL, in steps of 8 */
#define SLICES_QUEUED 16         /* beyond that many of its own the lister helps */
#define DESCRIPTOR_PATIENCE_NS 2000000000

static_assert(offsetof(struct dirent64, d_name) == offsetof(struct record, name),
              "records lie where the kernel's entries lay");
static_assert(offsetof(struct dirent64, d_type) == offsetof(struct record, length),
              "records lie where the kernel's entries lay");
static_assert(offsetof(struct dirent64, d_reclen) == offsetof(struct record, size),
              "records lie where the kernel's entries lay");

/* ---- buffers ---- */

struct buffer *buffer_get(struct scan *scan)
{
	pthread_mutex_lock(&scan->lock);
	struct buffer *buffer = scan->free_buffers;

	if (buffer) {
		scan->free_buffers = buffer->next;
		scan->free_count--;
		pthread_mutex_unlock(&scan->lock);
	} else {
		pthread_mutex_unlock(&scan->lock);
		buffer = mmap(NULL, SCAN_BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (buffer == MAP_FAILED)
			return NULL;
		pthread_mutex_lock(&scan->lock);
		buffer->older = scan->buffers;
		if (scan->buffers)
			scan->buffers->newer = buffer;
		scan->buffers = buffer;
		pthread_mutex_unlock(&scan->lock);
	}
	buffer->next = NULL;
	buffer->huge = NULL;
	buffer->used = 0;
	return buffer;
}

void buffer_put(struct scan *scan, struct buffer *buffer)
{
	block_end(&buffer->listing);
	buffer->huge = NULL;
	pthread_mutex_lock(&scan->lock);
	if (scan->free_count < scan->threads) {
		buffer->next = scan->free_buffers;
		scan->free_buffers = buffer;
		scan->free_count++;
		buffer = NULL;
	} else {
		if (buffer->newer)
			buffer->newer->older = buffer->older;
		else
			scan->buffers = buffer->older;
		if (buffer->older)
			buffer->older->newer = buffer->newer;
	}
	pthread_mutex_unlock(&scan->lock);
	if (buffer)
		munmap(buffer, SCAN_BUFFER_BYTES);
}

/* ---- one entry ---- */

static enum node_type type_of_dirent(unsigned char type)
{
	return type == DT_DIR ? NODE_DIR : type == DT_REG ? NODE_REG : type == DT_LNK ? NODE_SYMLINK : NODE_SPECIAL;
}

static enum node_type type_of_mode(unsigned mode)
{
	return S_ISDIR(mode) ? NODE_DIR : S_ISREG(mode) ? NODE_REG : S_ISLNK(mode) ? NODE_SYMLINK : NODE_SPECIAL;
}

static int64_t to_ns(const struct statx_timestamp *time)
{
	return node_time_clamped(time->tv_sec, time->tv_nsec);
}

static void entry_take(struct entry *entry, const struct statx *st, unsigned mask)
{
	entry->type = type_of_mode(st->stx_mode);
	entry->alloc_bytes = figure_of_blocks(st->stx_blocks);
	entry->apparent_bytes = st->stx_size;
	entry->mtime_ns = node_time(st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec);
	entry->mtime_era = node_era(st->stx_mtime.tv_sec, entry->mtime_ns);
	entry->ino = st->stx_ino;
	entry->nlink = st->stx_nlink;
	if (entry->type == NODE_DIR) {
		entry->ctime_ns = to_ns(&st->stx_ctime);
		if (st->stx_mask & STATX_BTIME)
			entry->birth = node_fold_time(to_ns(&st->stx_btime));
	}
	if (mask & STATX_UID)
		entry->extended = (struct node_extended){
			.uid = st->stx_uid, .gid = st->stx_gid, .mode = st->stx_mode, .known = true,
		};
}

static bool excluded(const struct reading *reading, const char *name, size_t length, bool is_dir)
{
	const struct scan *scan = reading->scan;
	struct buf *path = &reading->worker->path;

	if (scan->by_name_only)
		return exclude_name(scan->options.counting.exclude, name, length, is_dir);
	size_t before = path->length;
	bool match = !buf_add(path, name, length) &&
	             exclude_path(scan->options.counting.exclude, path->data, path->length, is_dir);

	path->length = before;
	return match;
}

/* Does the subdirectory hold a valid CACHEDIR.TAG (https://bford.info/cachedir/)? */
static bool is_cache(const struct reading *reading, int fd, const char *name, size_t length)
{
	static const char tag[] = "/CACHEDIR.TAG", signature[] = "Signature: 8a477f597d28d172789f06886806bc55";
	char path[256 + sizeof tag], head[sizeof signature - 1];

	memcpy(path, name, length);
	memcpy(path + length, tag, sizeof tag);
	int file = openat(fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME);

	if (file < 0 && errno == EPERM)
		file = openat(fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	/*
	 * Whether it counts would be a guess.  (Who keeps a tree true borrows a scan that nobody runs, and looks
	 * again.)
	 */
	if (file < 0 && (errno == EMFILE || errno == ENFILE) &&
	    atomic_load_explicit(&reading->scan->alive, memory_order_relaxed))
		pool_fail(reading->scan, -errno);
	if (file < 0)
		return false;
	bool is = read(file, head, sizeof head) == (ssize_t)sizeof head && !memcmp(head, signature, sizeof head);

	close(file);
	return is;
}

/* Kind of file system at a place, without opening it. */
static uint64_t magic_at(int fd, const char *name)
{
	struct statfs fs;
	int at = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	uint64_t magic = 0;

	if (at < 0)
		return 0;
	if (!fstatfs(at, &fs))
		magic = (uint64_t)(uint32_t)fs.f_type;
	close(at);
	return magic;
}

/*
 * The entry is a mount point, or on another device than its directory (a btrfs subvolume).  `verdict` is what the mount
 * table said: MOUNT_ENTER or, where it knew nothing, MOUNT_NONE.  0 or -ENOMEM.
 */
static int cross(const struct reading *reading, struct entry *entry, const struct statx *st, enum mount_verdict verdict)
{
	const struct scan_counting *counting = &reading->scan->options.counting;
	struct tree *tree = reading->scan->tree;
	dev_t dev = makedev(st->stx_dev_major, st->stx_dev_minor);

	if (counting->same_fs && dev != tree_fs(tree, 0).dev) {
		entry->flags = ROW_OTHERFS;
		return 0;
	}
	/* Of a file that was followed to elsewhere nobody asks. */
	uint64_t magic = entry->type == NODE_DIR ? magic_at(reading->fd, entry->name) : 0;

	if (verdict == MOUNT_NONE && entry->type == NODE_DIR)
		verdict = mounts_judge(magic, counting);
	if (verdict == MOUNT_OTHERFS || verdict == MOUNT_KERNFS) {
		entry->flags = verdict == MOUNT_KERNFS ? ROW_KERNFS : ROW_OTHERFS;
		return 0;
	}
	int slot = tree_fs_slot(tree, dev, magic);

	if (slot < 0)
		return slot;
	entry->fs = (uint16_t)slot;
	if (entry->type == NODE_DIR)
		entry->dir_flags |= DIR_MOUNT;
	return 0;
}

/*
 * Is the subdirectory one that it lies in?  What is made up by a program, or by another machine, may be so; on disks of
 * our own links to directories do not exist, and nobody climbs for each.
 */
static bool is_above(const struct reading *reading, const struct entry *entry)
{
	const struct tree *tree = reading->scan->tree;

	if (!entry->ino || !mounts_may_loop(tree->fs[entry->fs].magic))
		return false;
	for (dir_id dir = reading->dir; dir != DIR_NONE; dir = tree_cold(tree, dir)->parent)
		if (tree_cold(tree, dir)->ino == entry->ino && tree_cold(tree, dir)->fs == entry->fs)
			return true;
	return false;
}

int reading_examine(const struct reading *reading, unsigned char type, struct entry *entry)
{
	const struct scan *scan = reading->scan;
	const struct scan_counting *counting = &scan->options.counting;
	enum mount_verdict verdict = MOUNT_NONE;
	unsigned mask = STAT_MASK;
	struct statx st;

	entry->type = type_of_dirent(type);
	entry->fs = reading->fs;
	if (counting->exclude && type != DT_UNKNOWN && excluded(reading, entry->name, entry->length, type == DT_DIR)) {
		entry->flags = ROW_EXCLUDED;
		return 0;
	}
	if (reading->node) {
		mounts_child(scan->mounts, reading->node, entry->name, entry->length, &verdict);
		if (verdict == MOUNT_OTHERFS || verdict == MOUNT_KERNFS) {
			if (type == DT_UNKNOWN)
				entry->type = NODE_DIR;
			entry->flags = verdict == MOUNT_KERNFS ? ROW_KERNFS : ROW_OTHERFS;
			return 0;
		}
	}
	if (scan->options.extended)
		mask |= STATX_UID | STATX_GID;
	int failed = statx(reading->fd, entry->name, STAT_FLAGS, mask, &st) ? errno : 0;

	/* An abandoned worker that comes back from here must leave the tree alone. */
	if (pool_stopped(scan))
		return -ECANCELED;
	if (failed == ENOENT)
		return -ENOENT; /* deleted since it was listed */
	if (failed) {
		entry->flags = ROW_ERROR;
		return 0;
	}
	if (counting->follow_links && S_ISLNK(st.stx_mode)) {
		struct statx target;

		if (!statx(reading->fd, entry->name, AT_NO_AUTOMOUNT, mask, &target) && !S_ISDIR(target.stx_mode))
			st = target;
		if (pool_stopped(scan))
			return -ECANCELED;
	}
	entry_take(entry, &st, mask);
	bool is_dir = entry->type == NODE_DIR;

	if (scan->options.written && entry->type == NODE_REG && to_ns(&st.stx_ctime) > scan->options.written_since_ns)
		scan->options.written(scan->options.opened_context, reading->dir, entry->name, entry->length);

	if (counting->exclude && type == DT_UNKNOWN && excluded(reading, entry->name, entry->length, is_dir))
		entry->flags = ROW_EXCLUDED;
	else if (__builtin_expect(st.stx_dev_minor != reading->dev_minor || st.stx_dev_major != reading->dev_major
	                          || (is_dir && st.stx_attributes & STATX_ATTR_MOUNT_ROOT), 0)) {
		int result = cross(reading, entry, &st, verdict);

		if (result)
			return result;
	}
	if (is_dir && !entry->flags && is_above(reading, entry)) {
		tree_odd(scan->tree, TREE_CONTAINS_ITSELF, reading->dir, 1);
		entry->dir_flags |= DIR_LOOP | DIR_READ_ERROR;
		entry->alloc_bytes = 0;
		entry->apparent_bytes = 0;
	} else if (is_dir && !entry->flags && counting->exclude_caches &&
	           is_cache(reading, reading->fd, entry->name, entry->length)) {
		entry->dir_flags |= DIR_CACHE;
		entry->alloc_bytes = 0;
		entry->apparent_bytes = 0;
	}
	return 0;
}

int reading_stat_beneath(const struct reading *reading, int fd, const char *path, struct entry *entry)
{
	struct statx st;
	int failed = statx(fd, path, STAT_FLAGS, STAT_MASK, &st) ? errno : 0;

	if (pool_stopped(reading->scan))
		return -ECANCELED;
	if (failed)
		return -failed;
	if (!S_ISDIR(st.stx_mode) || st.stx_dev_minor != reading->dev_minor || st.stx_dev_major != reading->dev_major ||
	    st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return -ESTALE;
	entry_take(entry, &st, STAT_MASK);
	entry->fs = reading->fs;
	return 0;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Turn a kernel's entry into a record, where it lies.  0, -ENOMEM, or -ECANCELED. */
static int settle(const struct reading *reading, struct block_draft *listing, struct record *record)
{
	const unsigned char type = record->length; /* d_type */
	struct entry entry = { .name = record->name };
	int result = -ENOENT;

	if (!is_dots(record->name)) {
		entry.length = strlen(record->name);
		result = reading_examine(reading, type, &entry);
	}
	if (result == -ENOENT) {
		record->length = 0;
		return 0;
	}
	return result ? result : block_record(listing, &entry, record, NULL);
}

static int compare_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b; /* ino comes first */

	return (x > y) - (x < y);
}

/* Where the records of a buffer lie, in the order of their inodes: worker->order.  Their number, or -ENOMEM. */
static ssize_t order_records(struct worker *worker, const struct buffer *buffer)
{
	const struct record *record;
	size_t n = 0;

	for (size_t at = 0; at < buffer->used; at += record->size, n++) {
		record = (const struct record *)(buffer->data + at);
		void *grown = alloc_grow(worker->order, &worker->order_capacity, n + 1, sizeof *worker->order);

		if (!grown)
			return -ENOMEM;
		worker->order = grown;
		memcpy(&worker->order[n].ino, record, sizeof worker->order[n].ino);
		worker->order[n].at = at;
	}
	if (n)
		qsort(worker->order, n, sizeof *worker->order, compare_order);
	return (ssize_t)n;
}

/* Stat the entries of a buffer, on a disk with heads in the order of their inodes.  0, -ENOMEM, -ECANCELED. */
static int settle_all(const struct reading *reading, struct buffer *buffer)
{
	struct worker *worker = reading->worker;
	/* Owners are kept in the order of the listing, so that with them there is no sorting. */
	bool ordered = reading->scan->rotational && !reading->scan->options.extended;
	ssize_t n = ordered ? order_records(worker, buffer) : 0;
	size_t at = 0;

	if (n < 0)
		return (int)n;
	block_begin(&buffer->listing, &worker->filler, reading->dir);
	for (ssize_t i = 0; ordered ? i < n : at < buffer->used; i++) {
		struct record *record = (struct record *)(buffer->data + (ordered ? worker->order[i].at : at));
		int rc = settle(reading, &buffer->listing, record);

		if (rc)
			return rc;
		at += record->size;
	}
	return 0;
}

/* ---- the end of a directory ---- */

/* Offer the subdirectories, the first one to be taken first.  The descriptor is theirs, or closed. */
static void offer_children(const struct reading *reading, const struct node_block *block, uint32_t dirs)
{
	struct worker *worker = reading->worker;
	struct scan *scan = reading->scan;
	struct node_block *rows = (struct node_block *)(uintptr_t)block;
	int fd = reading->fd;

	if (fd >= 0 && dirfds_keep(&scan->fds, fd, dirs)) {
		close(fd);
		fd = -1;
	}
	uint32_t left = dirs;

	for (uint32_t i = tree_count(block); left;) {
		uint64_t word = atomic_load_explicit(&rows->rows[--i].word, memory_order_relaxed);

		if (!row_enters(word))
			continue;
		mount_node node = MOUNT_NODE_NONE;
		enum mount_verdict verdict;

		if (reading->node) {
			const char *name = (const char *)block + block->rows[i].name;

			node = mounts_child(scan->mounts, reading->node, name + 1, (uint8_t)name[0], &verdict);
		}
		if (pool_push(worker, work_dir((dir_id)row_payload(word), fd, node)))
			return; /* the scan ends; what is open is closed with it */
		left--;
	}
	/* One of them is this worker's next. */
	pool_wake(scan, dirs - 1);
}

void reading_publish(const struct reading *reading, struct block_writer *writer, const struct block_draft *all)
{
	struct worker *worker = reading->worker;
	struct scan *scan = reading->scan;

	tree_add_up(scan->tree, reading->dir, &all->totals);
	writer_publish(writer, all);
	if (scan->match)
		match_listed(scan->match, reading->dir);
	if (scan->known)
		match_listed(scan->known, reading->dir);
	/* Pairs with the acquire in read_focus(). */
	atomic_fetch_or_explicit(&tree_cold_mutable(scan->tree, reading->dir)->flags, DIR_LISTED, memory_order_release);
	atomic_store_explicit(&worker->listed, atomic_load_explicit(&worker->listed, memory_order_relaxed) + 1,
	                      memory_order_relaxed);
	if (!atomic_load_explicit(&scan->first_seen, memory_order_relaxed)
	    && !atomic_exchange_explicit(&scan->first_seen, true, memory_order_relaxed))
		scan_wake(scan);
	if (all->dirs)
		offer_children(reading, writer->block, all->dirs);
	else if (reading->fd >= 0)
		close(reading->fd);
	if (tree_lower(scan->tree, reading->dir))
		pool_stop(scan, SCAN_DONE);
}

/*
 * Build the block of what the buffers hold and publish it.  Takes over the descriptor (-1 = none) and, when it
 * succeeds, a huge directory's buffers.
 */
static bool finish(const struct reading *reading, struct buffer *first, bool broken)
{
	struct worker *worker = reading->worker;
	struct scan *scan = reading->scan;
	struct block_writer writer;
	struct block_draft all;

	block_begin(&all, &worker->filler, reading->dir);
	for (struct buffer *buffer = first; buffer; buffer = buffer->next) {
		all.count += buffer->listing.count;
		all.dirs += buffer->listing.dirs;
		all.name_bytes += buffer->listing.name_bytes;
		all.sum[0] += buffer->listing.sum[0];
		all.sum[1] += buffer->listing.sum[1];
		totals_add(&all.totals, &buffer->listing.totals);
	}
	if (writer_begin(&writer, &worker->filler, reading->dir, all.count, all.name_bytes)) {
		pool_fail(scan, -ENOMEM);
		if (reading->fd >= 0)
			close(reading->fd);
		return false;
	}
	for (struct buffer *buffer = first, *next; buffer; buffer = next) {
		next = buffer->next;
		writer_copy(&writer, buffer->data, buffer->used, buffer->listing.owners);
		if (buffer->huge)
			buffer_put(scan, buffer);
	}
	if (writer.alike && unique_names(&writer, &all)) {
		pool_fail(scan, -ENOMEM);
		if (reading->fd >= 0)
			close(reading->fd);
		return true; /* the buffers are given back */
	}
	if (broken)
		tree_flag(scan->tree, reading->dir, DIR_READ_ERROR);
	reading_publish(reading, &writer, &all);
	return true;
}

/* ---- the beginning ---- */

static uint64_t listed_by_all(const struct scan *scan)
{
	uint64_t listed = 0;

	for (unsigned i = 0; i < scan->threads; i++)
		listed += atomic_load_explicit(&scan->workers[i].listed, memory_order_relaxed);
	return listed;
}

int reading_open(struct worker *worker, dir_id dir, int parent_fd)
{
	struct scan *scan = worker->scan;
	const struct node_cold *cold = tree_cold(scan->tree, dir);
	uint64_t listed = 0;
	int64_t patience = 0;
	char name[256];

	if (parent_fd >= 0) {
		const unsigned char *at = (const unsigned char *)tree_block(scan->tree, cold->parent);

		at += ((const struct node_block *)at)->rows[cold->row].name;
		size_t length = tree_disk_length(scan->tree, dir, at + 1, at[0]);

		memcpy(name, at + 1, length);
		name[length] = '\0';
	}
	for (;;) {
		int fd = parent_fd >= 0 ? dirfd_open(parent_fd, name)
		                        : dirfd_open_path(scan->fds.root, scan->tree, dir);

		if (fd != -EMFILE && fd != -ENFILE)
			return fd;
		/* Others hold them; as they finish there will be some.  While they do, it is worth waiting. */
		if (!patience)
			dirfds_shrink(&scan->fds);
		if (!patience || listed_by_all(scan) != listed) {
			listed = listed_by_all(scan);
			patience = clock_mono_ns() + DESCRIPTOR_PATIENCE_NS;
		}
		if (pool_stopped(scan) || clock_mono_ns() > patience)
			return fd;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}

void reading_begin(struct reading *reading, struct worker *worker, dir_id dir, int fd, mount_node node)
{
	struct tree *tree = worker->scan->tree;
	struct tree_fs fs;

	*reading = (struct reading){ .worker = worker, .scan = worker->scan, .dir = dir, .fd = fd, .node = node };
	reading->fs = tree_cold(tree, dir)->fs;
	fs = tree->fs[reading->fs];
	reading->dev_major = major(fs.dev);
	reading->dev_minor = minor(fs.dev);
}

int reading_path(const struct reading *reading)
{
	const struct scan *scan = reading->scan;
	struct buf *path = &reading->worker->path;

	if (!scan->options.counting.exclude || scan->by_name_only)
		return 0;
	buf_clear(path);
	buf_str(path, scan->top_path);
	if (path->length && path->data[path->length - 1] != '/')
		buf_char(path, '/');
	tree_relative(scan->tree, reading->dir, path);
	if (path->length && path->data[path->length - 1] != '/')
		buf_char(path, '/');
	return path->failed ? -ENOMEM : 0;
}

bool reading_goes_on(struct scan *scan, int result)
{
	if (result == -ECANCELED)
		return false;
	if (result) {
		pool_fail(scan, -ENOMEM);
		return false;
	}
	return true;
}

static void slice_done(const struct reading *reading, struct huge *huge)
{
	if (atomic_fetch_sub_explicit(&huge->unfinished, 1, memory_order_acq_rel) != 1)
		return;
	if (finish(reading, huge->first, huge->broken))
		free(huge);
	else
		huge->fd = -1; /* the rest of it goes with the buffers */
}

void read_slice(struct worker *worker, struct buffer *slice)
{
	struct huge *huge = slice->huge;
	struct reading reading;

	reading_begin(&reading, worker, huge->dir, huge->fd, huge->node);
	atomic_store_explicit(&worker->reading, huge->dir, memory_order_release);
	int result = reading_path(&reading);

	if (!result)
		result = settle_all(&reading, slice);
	/* When the scan ends here, pool and buffers are cleared by scan_destroy(). */
	if (reading_goes_on(worker->scan, result))
		slice_done(&reading, huge);
	atomic_store_explicit(&worker->reading, DIR_NONE, memory_order_relaxed);
}

/* The worker's buffer is full: make it a slice of a huge directory, and take a new one. */
static int hand_over(struct reading *reading, struct huge **huge, bool last)
{
	struct worker *worker = reading->worker;
	struct buffer *buffer = worker->buffer;

	if (!*huge) {
		*huge = alloc_zero(struct huge);
		if (!*huge)
			return -ENOMEM;
		(*huge)->dir = reading->dir;
		(*huge)->fd = reading->fd;
		(*huge)->node = reading->node;
		(*huge)->first = buffer;
		atomic_init(&(*huge)->unfinished, 1);
	} else {
		(*huge)->last->next = buffer;
	}
	(*huge)->last = buffer;
	buffer->huge = *huge;
	worker->buffer = buffer_get(reading->scan);
	if (!worker->buffer)
		return -ENOMEM;
	if (last)
		return 0;
	atomic_fetch_add_explicit(&(*huge)->unfinished, 1, memory_order_relaxed);
	if (pool_push(worker, work_slice(buffer)))
		return -ENOMEM;
	pool_wake(reading->scan, 1);
	if (deque_size(&worker->deque) < SLICES_QUEUED)
		return 0;
	uint64_t item = deque_pop(&worker->deque);

	if (!item)
		return 0;
	struct buffer *slice = work_is_slice(item);

	if (slice)
		read_slice(worker, slice);
	else
		return pool_push(worker, item); /* all slices are taken: a directory from before */
	return 0;
}

/* d_off of the last of the entries just listed: the directory's position. */
static int64_t last_position(const char *entries, size_t bytes)
{
	const struct dirent64 *last = (const struct dirent64 *)entries;

	for (const char *at = entries; at < entries + bytes; at += last->d_reclen)
		last = (const struct dirent64 *)at;
	return last->d_off;
}

/*
 * List into the worker's buffer, handing over each that is full.  0, -ENOMEM, -ECANCELED; *broken when the file system
 * failed.
 */
static int list(struct reading *reading, struct huge **huge, bool *broken)
{
	struct worker *worker = reading->worker;
	const int64_t end = mounts_list_end(reading->scan->tree->fs[reading->fs].magic);

	for (;;) {
		struct buffer *buffer = worker->buffer;
		size_t room = BUFFER_ROOM - buffer->used;
		ssize_t got = getdents64(reading->fd, buffer->data + buffer->used, room);

		if (pool_stopped(reading->scan))
			return -ECANCELED;
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			*broken = got < 0 && errno != ENOENT; /* ENOENT: removed meanwhile, and so empty */
			return 0;
		}
		/* Spares the call that says 0. */
		if (end && last_position(buffer->data + buffer->used, (size_t)got) == end) {
			buffer->used += (size_t)got;
			return 0;
		}
		buffer->used += (size_t)got;
		room -= (size_t)got;
		if (room >= RECORD_MOST * 8)
			continue;
		int result = hand_over(reading, huge, false);

		if (result)
			return result;
	}
}

/* Somebody watches it since it was opened.  Its own figures are older: what happened in between is told to nobody. */
static void look_at_own(const struct reading *reading)
{
	struct entry own;
	uint64_t mount;
	dev_t dev;

	if (!scan_entry_of(reading->fd, &own, &mount, &dev))
		cold_own(reading->scan->tree, reading->dir, &own);
}

/* It could not be opened. */
static void not_read(struct reading *reading, int error)
{
	struct scan *scan = reading->scan;

	if (error == -ENOENT && tree_cold(scan->tree, reading->dir)->parent != DIR_NONE)
		tree_vanish(scan->tree, reading->dir);
	else
		tree_flag(scan->tree, reading->dir, DIR_READ_ERROR);
	finish(reading, NULL, false);
}

void read_directory(struct worker *worker, dir_id dir, int parent_fd, mount_node node)
{
	struct scan *scan = worker->scan;
	struct huge *huge = NULL;
	struct reading reading;
	bool broken = false;

	atomic_store_explicit(&worker->reading, dir, memory_order_release);
	far_begin(scan->tree, dir);
	if (!worker->buffer) {
		worker->buffer = buffer_get(scan);
		if (!worker->buffer) {
			pool_fail(scan, -ENOMEM);
			return;
		}
	}
	worker->buffer->used = 0;
	bool cache = atomic_load_explicit(&tree_cold_mutable(scan->tree, dir)->flags, memory_order_relaxed) &
	             (DIR_CACHE | DIR_LOOP);
	int fd = cache ? -1 : READING_UNOPENED;

	if (scan->options.warm && !cache && warm_read(worker, dir, parent_fd, node, &fd)) {
		if (parent_fd >= 0)
			dirfds_drop(&scan->fds, parent_fd);
		atomic_store_explicit(&worker->reading, DIR_NONE, memory_order_relaxed);
		return;
	}
	bool opened = fd >= 0 || !scan->options.opened; /* and told */

	if (fd == READING_UNOPENED)
		fd = reading_open(worker, dir, parent_fd);
	if (parent_fd >= 0)
		dirfds_drop(&scan->fds, parent_fd);
	reading_begin(&reading, worker, dir, fd, node);
	if (pool_stopped(scan))
		goto stop;
	if (cache) {
		finish(&reading, NULL, false);
		return;
	}
	/* That is no folder's fault: a tree with holes is none. */
	if (fd == -EMFILE || fd == -ENFILE) {
		pool_fail(scan, fd);
		return;
	}
	if (fd < 0) {
		not_read(&reading, fd);
		return;
	}
	if (!opened)
		scan->options.opened(scan->options.opened_context, dir, fd);
	if (scan->options.opened)
		look_at_own(&reading);
	int result = list(&reading, &huge, &broken);

	if (!result)
		result = reading_path(&reading);
	if (!result)
		result = settle_all(&reading, worker->buffer);
	if (!result && huge) {
		struct buffer *last = worker->buffer;

		result = hand_over(&reading, &huge, true);
		huge->broken = broken;
		huge->last = last;
	}
	if (!reading_goes_on(scan, result))
		goto stop_huge;
	if (huge)
		slice_done(&reading, huge);
	else
		finish(&reading, worker->buffer, broken);
	atomic_store_explicit(&worker->reading, DIR_NONE, memory_order_relaxed);
	return;
stop_huge:
	/* Slices of it may be under way: they, and the descriptor, are left to the end of the process or the scan. */
	if (huge)
		return;
stop:
	if (fd >= 0)
		close(fd);
}
