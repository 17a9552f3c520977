/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <unistd.h>

#include "engine/scan/scan_state.h"

/* The end of a directory: its block is built and seen by all, its subdirectories become work. */

/* Offer the subdirectories, the first one to be taken first.  The descriptor is theirs, or closed. */
static void offer_children(const struct reading *reading, const struct node_block *block, uint32_t dirs)
{
	struct scan_worker *worker = reading->worker;
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

			node = mounts_child(scan->rules.mounts, reading->node, name + 1, (uint8_t)name[0], &verdict);
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
	struct scan_worker *worker = reading->worker;
	struct scan *scan = reading->scan;

	tree_add_up(scan->rules.tree, reading->dir, &all->totals);
	writer_publish(writer, all);
	if (scan->match)
		match_listed(scan->match, reading->dir);
	if (scan->known)
		match_listed(scan->known, reading->dir);
	/* Pairs with the acquire in read_focus(). */
	atomic_fetch_or_explicit(&tree_cold_mutable(scan->rules.tree, reading->dir)->flags, DIR_LISTED,
	                         memory_order_release);
	atomic_store_explicit(&worker->listed, atomic_load_explicit(&worker->listed, memory_order_relaxed) + 1,
	                      memory_order_relaxed);
	if (!atomic_load_explicit(&scan->first_seen, memory_order_relaxed) &&
	    !atomic_exchange_explicit(&scan->first_seen, true, memory_order_relaxed))
		pool_wake_loop(scan);
	if (all->dirs)
		offer_children(reading, writer->block, all->dirs);
	else if (reading->fd >= 0)
		close(reading->fd);
	if (tree_lower(scan->rules.tree, reading->dir))
		pool_stop(scan, SCAN_DONE);
}

/*
 * Build the block of what the buffers hold and publish it.  Takes over the descriptor (-1 = none) and, when it
 * succeeds, a huge directory's buffers.
 */
bool reading_finish(const struct reading *reading, struct buffer *first, bool broken)
{
	struct scan_worker *worker = reading->worker;
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
		tree_flag(scan->rules.tree, reading->dir, DIR_READ_ERROR);
	reading_publish(reading, &writer, &all);
	return true;
}
