/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/trace.h"
#include "engine/tree/far.h"
#include "engine/scan/scan_state.h"

/*
 * Reading one directory: open, list, stat (examine.c), build and publish (publish.c).
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

#define RECORD_MOST 280  /* bytes of the largest entry: 19 + 255 + NUL, in steps of 8 */
#define SLICES_QUEUED 16 /* beyond that many of its own the lister helps */

static_assert(offsetof(struct dirent64, d_name) == offsetof(struct record, name),
              "records lie where the kernel's entries lay");
static_assert(offsetof(struct dirent64, d_type) == offsetof(struct record, length),
              "records lie where the kernel's entries lay");
static_assert(offsetof(struct dirent64, d_reclen) == offsetof(struct record, size),
              "records lie where the kernel's entries lay");

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Turn a kernel's entry into a record, where it lies.  0, -ENOMEM, or -ECANCELED. */
static int examine_record(const struct reading *reading, struct block_draft *listing, struct record *record)
{
	const unsigned char type = record->length; /* d_type */
	struct entry entry = {.name = record->name};
	int result = -ENOENT;

	if (!is_dots(record->name)) {
		entry.length = strlen(record->name);
		if (reading->fd < 0)
			memcpy(&entry.ino, record, sizeof(entry.ino)); /* d_ino */
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
static ssize_t order_records(struct scan_worker *worker, const struct buffer *buffer)
{
	const struct record *record;
	size_t n = 0;

	for (size_t at = 0; at < buffer->used; at += record->size, n++) {
		record = (const struct record *)(buffer->data + at);
		if (alloc_room(&worker->order, &worker->order_capacity, n + 1))
			return -ENOMEM;
		memcpy(&worker->order[n].ino, record, sizeof(worker->order[n].ino));
		worker->order[n].at = at;
	}
	if (n)
		qsort(worker->order, n, sizeof(*worker->order), compare_order);
	return (ssize_t)n;
}

/* Stat the entries of a buffer, on a disk with heads in the order of their inodes.  0, -ENOMEM, -ECANCELED. */
static int examine_buffer(const struct reading *reading, struct buffer *buffer)
{
	struct scan_worker *worker = reading->worker;
	/* Owners are kept in the order of the listing, so that with them there is no sorting. */
	bool ordered = reading->scan->rotational && !reading->scan->rules.options.extended;
	ssize_t n = ordered ? order_records(worker, buffer) : 0;
	size_t at = 0;

	if (n < 0)
		return (int)n;
	block_begin(&buffer->listing, &worker->filler, reading->dir);
	for (ssize_t i = 0; ordered ? i < n : at < buffer->used; i++) {
		struct record *record = (struct record *)(buffer->data + (ordered ? worker->order[i].at : at));
		int rc = examine_record(reading, &buffer->listing, record);

		if (rc)
			return rc;
		at += record->size;
	}
	return 0;
}

static void slice_done(const struct reading *reading, struct huge *huge)
{
	if (atomic_fetch_sub_explicit(&huge->unfinished, 1, memory_order_acq_rel) != 1)
		return;
	if (reading_finish(reading, huge->first, huge->broken))
		free(huge);
	else
		huge->fd = -1; /* the rest of it goes with the buffers */
}

static void read_slice(struct scan_worker *worker, struct buffer *slice)
{
	struct huge *huge = slice->huge;
	struct reading reading;

	reading_begin_work(&reading, worker, huge->dir, huge->fd, huge->node);
	atomic_store_explicit(&worker->reading, huge->dir, memory_order_release);
	int result = reading_path(&reading);

	if (!result)
		result = examine_buffer(&reading, slice);
	/* When the scan ends here, pool and buffers are cleared by scan_destroy(). */
	if (reading_goes_on(worker->scan, result))
		slice_done(&reading, huge);
	atomic_store_explicit(&worker->reading, DIR_NONE, memory_order_relaxed);
}

/* The worker's buffer is full: make it a slice of a huge directory, and take a new one. */
static int hand_over(struct reading *reading, struct huge **huge, bool last)
{
	struct scan_worker *worker = reading->worker;
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
		TRACE(TRACE_SCAN, "huge directory %u", reading->dir);
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
	struct scan_worker *worker = reading->worker;
	const int64_t end = mounts_list_end(reading->scan->rules.tree->fs[reading->fs].magic);

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
		cold_own(reading->scan->rules.tree, reading->dir, &own);
}

/* It could not be opened. */
static void not_read(struct reading *reading, int error)
{
	struct scan *scan = reading->scan;

	if (error == -ENOENT && tree_cold(scan->rules.tree, reading->dir)->parent != DIR_NONE)
		tree_vanish(scan->rules.tree, reading->dir);
	else
		tree_flag(scan->rules.tree, reading->dir, DIR_READ_ERROR);
	reading_finish(reading, NULL, false);
}

/* Stat what was listed, with `result`, and publish it; the descriptor with it. */
static void examine_listing(struct reading *reading, struct huge *huge, bool broken, int result)
{
	struct scan_worker *worker = reading->worker;

	if (!result)
		result = reading_path(reading);
	if (!result)
		result = examine_buffer(reading, worker->buffer);
	if (!result && huge) {
		struct buffer *last = worker->buffer;

		result = hand_over(reading, &huge, true);
		huge->broken = broken;
		huge->last = last;
	}
	/* Where it ends here, slices may be under way: they, and the descriptor, are left to the end of the scan. */
	if (!reading_goes_on(reading->scan, result)) {
		if (!huge && reading->fd >= 0)
			close(reading->fd);
	} else if (huge) {
		slice_done(reading, huge);
	} else {
		reading_finish(reading, worker->buffer, broken);
	}
}

static void read_listing(struct reading *reading)
{
	struct huge *huge = NULL;
	bool broken = false;
	int result = list(reading, &huge, &broken);

	examine_listing(reading, huge, broken, result);
}

/* ---- without opening it ---- */

struct tables_list {
	struct reading *reading;
	struct huge *huge;
};

/* An entry of the tables, as getdents64() would have written it. */
static int take_raw(void *context, uint64_t ino, unsigned char type, const char *name, size_t length)
{
	struct tables_list *list = context;
	struct scan_worker *worker = list->reading->worker;
	size_t bytes = (offsetof(struct dirent64, d_name) + length + 1 + 7) & ~(size_t)7;

	if (worker->buffer->used + bytes > BUFFER_ROOM) {
		int result = pool_stopped(worker->scan) ? -ECANCELED : hand_over(list->reading, &list->huge, false);

		if (result)
			return result;
	}
	struct dirent64 *entry = (struct dirent64 *)(worker->buffer->data + worker->buffer->used);

	entry->d_ino = ino;
	entry->d_reclen = (uint16_t)bytes;
	entry->d_type = type;
	memcpy(entry->d_name, name, length);
	entry->d_name[length] = '\0';
	worker->buffer->used += bytes;
	return 0;
}

/* Read a directory from the tables; false: it has to be opened. */
static bool read_raw(struct scan_worker *worker, dir_id dir, mount_node node)
{
	struct scan *scan = worker->scan;
	struct reading reading;
	struct tables_list list = {.reading = &reading};

	if (!tables_have(worker, dir, node))
		return false;
	reading_begin_work(&reading, worker, dir, -1, node);
	int result = raw_list(scan->raw, &worker->raw_room, tree_cold(scan->rules.tree, dir)->ino, take_raw, &list);

	if (result == RAW_ASK)
		return false;
	if (pool_stopped(scan))
		result = -ECANCELED;
	atomic_store_explicit(&worker->raw_listed, atomic_load_explicit(&worker->raw_listed, memory_order_relaxed) + 1,
	                      memory_order_relaxed);
	examine_listing(&reading, list.huge, false, result);
	return true;
}

/* The end of a directory that needs its parent no more. */
static void leave_directory(struct scan_worker *worker, int parent_fd)
{
	if (parent_fd >= 0)
		dirfds_drop(&worker->scan->fds, parent_fd);
	atomic_store_explicit(&worker->reading, DIR_NONE, memory_order_relaxed);
}

static void read_directory(struct scan_worker *worker, dir_id dir, int parent_fd, mount_node node)
{
	struct scan *scan = worker->scan;
	struct reading reading;

	atomic_store_explicit(&worker->reading, dir, memory_order_release);
	far_begin(scan->rules.tree, dir);
	if (!worker->buffer) {
		worker->buffer = buffer_get(scan);
		if (!worker->buffer) {
			pool_fail(scan, -ENOMEM);
			return;
		}
	}
	worker->buffer->used = 0;
	bool cache = atomic_load_explicit(&tree_cold_mutable(scan->rules.tree, dir)->flags, memory_order_relaxed) &
	             (DIR_CACHE | DIR_LOOP);
	int fd = cache ? -1 : READING_UNOPENED;

	if (dir == scan->rules.top)
		tables_begin(scan);
	if (scan->raw && !cache && read_raw(worker, dir, node)) {
		ahead_look(worker);
		leave_directory(worker, parent_fd);
		return;
	}
	if (scan->rules.options.warm && !cache && warm_read(worker, dir, parent_fd, node, &fd)) {
		leave_directory(worker, parent_fd);
		return;
	}
	bool opened = fd >= 0 || !scan->rules.options.opened; /* and told */

	if (fd == READING_UNOPENED)
		fd = reading_open(worker, dir, parent_fd);
	if (parent_fd >= 0)
		dirfds_drop(&scan->fds, parent_fd);
	reading_begin_work(&reading, worker, dir, fd, node);
	if (pool_stopped(scan)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	if (cache) {
		reading_finish(&reading, NULL, false);
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
		scan->rules.options.opened(scan->rules.options.opened_context, dir, fd);
	if (scan->rules.options.opened)
		look_at_own(&reading);
	read_listing(&reading);
	ahead_look(worker);
	atomic_store_explicit(&worker->reading, DIR_NONE, memory_order_relaxed);
}

/* ---- work ---- */

/* Each directory is read once, whoever comes first. */
static bool claim(struct scan *scan, dir_id dir)
{
	struct node_cold *cold = tree_cold_mutable(scan->rules.tree, dir);

	return !(atomic_fetch_or_explicit(&cold->flags, DIR_CLAIMED, memory_order_acq_rel) & DIR_CLAIMED);
}

static void run(struct scan_worker *worker, uint64_t item)
{
	struct scan *scan = worker->scan;
	struct buffer *slice = work_is_slice(item);

	if (slice) {
		read_slice(worker, slice);
		return;
	}
	dir_id dir = (dir_id)item;
	int fd = (int)(item >> ITEM_FD_SHIFT & ((1u << ITEM_FD_BITS) - 1)) - 1;

	if (claim(scan, dir))
		read_directory(worker, dir, fd, (mount_node)(item >> ITEM_NODE_SHIFT));
	else if (fd >= 0)
		dirfds_drop(&scan->fds, fd);
}

/* ---- what the screen looks at ---- */

/* The focused directory, then its children.  True when one was read. */
static bool read_focus(struct scan_worker *worker)
{
	struct scan *scan = worker->scan;
	uint64_t focus = atomic_load_explicit(&scan->focus, memory_order_acquire);
	dir_id dir = (dir_id)(focus >> 32);

	if (dir == DIR_NONE)
		return false;
	if (claim(scan, dir)) {
		read_directory(worker, dir, -1, scan_rules_node(&scan->rules, dir));
		return true;
	}
	/* Nobody may take its subdirectories before they are known to all. */
	if (!(atomic_load_explicit(&tree_cold_mutable(scan->rules.tree, dir)->flags, memory_order_acquire) &
	      DIR_LISTED))
		return false; /* somebody is at it */
	const struct node_block *block = tree_block(scan->rules.tree, dir);
	uint32_t row = (uint32_t)focus, count = tree_count(block);

	for (; row < count; row++) {
		struct node node;

		tree_node(scan->rules.tree, block, row, &node);
		if (node.dir == DIR_NONE || node.complete || tree_block(scan->rules.tree, node.dir))
			continue;
		/* Move on first: another worker then looks at the next row. */
		if (!atomic_compare_exchange_strong_explicit(&scan->focus, &focus, (uint64_t)dir << 32 | (row + 1),
		                                             memory_order_acq_rel, memory_order_relaxed))
			return false;
		if (!claim(scan, node.dir))
			return false;
		read_directory(worker, node.dir, -1, scan_rules_node(&scan->rules, node.dir));
		return true;
	}
	atomic_compare_exchange_strong_explicit(&scan->focus, &focus, 0, memory_order_acq_rel, memory_order_relaxed);
	return false;
}

int reading_start(struct scan *scan)
{
	static const struct pool_work work = {.urgent = read_focus, .run = run};

	return pool_start(scan, &work, work_dir(scan->rules.top, -1, scan_rules_node(&scan->rules, scan->rules.top)));
}
