/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nap.h"
#include "base/clock.h"
#include "disk.h"
#include "engine/tree/tree_state.h"
#include "engine/watch/watcher.h"

/*
 * Readers walk a tree, by pins only, while the applier changes it.  ThreadSanitizer looks on; at the end the tree
 * equals a fresh scan.  SEEDS (4): how many.
 */

static struct watcher *watcher;
static struct tree *tree;
static char *folder;
static _Atomic bool over;
static _Atomic uint64_t seen;

static struct tree *scanned(struct watcher *with)
{
	struct scan_options options = { .threads = 2, .wake_fd = -1 };
	struct err err = {0};

	if (with)
		watcher_listen(with, &options);
	struct scan *scan = scan_start(folder, &options, &err);

	if (!scan) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	scan_wait(scan, -1);
	struct tree *taken = scan_take_tree(scan);

	scan_destroy(scan);
	return taken;
}

static uint64_t look(dir_id dir, unsigned depth)
{
	const struct node_block *block = tree_block(tree, dir);
	uint64_t sum = 0;

	for (uint32_t i = 0; block && i < tree_count(block); i++) {
		int64_t alloc_bytes, apparent_bytes;
		struct node node;

		tree_node(tree, block, i, &node);
		if (node.flags & ROW_GONE)
			continue;
		for (unsigned c = 0; c < node.name_length; c++)
			sum += node.name[c];
		sum += node.alloc_bytes + node.items;
		if (node.dir != DIR_NONE && depth < 40) {
			struct buf path = {0};

			tree_relative(tree, node.dir, &path);
			buf_free(&path);
			live_growth_dir(watcher_live(watcher), node.dir, &alloc_bytes, &apparent_bytes);
			sum += look(node.dir, depth + 1);
		} else if (node.name_length) {
			live_growth_entry(watcher_live(watcher), dir, node.name, node.name_length, &alloc_bytes,
			                  &apparent_bytes);
		}
	}
	return sum;
}

static void *reader(void *argument)
{
	uint64_t sum = 0;

	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		unsigned pin = tree_pin(tree);

		sum += look(DIR_ROOT, 0);
		tree_unpin(tree, pin);
		atomic_fetch_add_explicit(&seen, 1, memory_order_relaxed);
	}
	return (void *)(uintptr_t)sum;
}

static bool becomes_true(void)
{
	int64_t deadline = clock_mono_ns() + (int64_t)60 * 1000000000;
	bool done = false;

	sync();
	while (!done && clock_mono_ns() < deadline) {
		nap_us(20000);
		if (!watcher_quiet(watcher))
			continue;
		watcher_hold(watcher);
		struct tree *fresh = scanned(NULL);
		uint64_t a[2], b[2];

		tree_sum(tree);
		tree_fingerprint(tree, DIR_ROOT, a);
		tree_fingerprint(fresh, DIR_ROOT, b);
		done = a[0] == b[0] && a[1] == b[1] && !disk_compare(tree, fresh, false);
		tree_destroy(fresh);
		watcher_release(watcher);
	}
	return done;
}

int main(void)
{
	const char *seeds = getenv("SEEDS");
	uint64_t last = seeds ? strtoull(seeds, NULL, 10) : 4;
	unsigned passed = 0, failed = 0;

	for (uint64_t seed = 1; seed <= last; seed++) {
		struct err err = {0};
		pthread_t readers[2];

		folder = disk_folder();
		const struct watcher_options options = {.backend = NOTIFY_INOTIFY,
		                                        .root = folder,
		                                        .share_percent = 90,
		                                        .tick_ms = 1,
		                                        .recheck_s = 1,
		                                        .wake_fd = -1};

		disk_fill(folder, seed, 150);
		if (watcher_create(&options, &watcher, &err)) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
		tree = scanned(watcher);
		if (watcher_run(watcher, tree, &err)) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
		atomic_store(&over, false);
		for (int i = 0; i < 2; i++)
			if (pthread_create(&readers[i], NULL, reader, NULL))
				return 1;
		for (uint64_t round = 0; round < 15; round++)
			disk_change(folder, seed * 100 + round, 12, true);
		bool same = becomes_true();

		atomic_store(&over, true);
		for (int i = 0; i < 2; i++)
			pthread_join(readers[i], NULL);
		passed += same;
		failed += !same;
		watcher_destroy(watcher);
		tree_destroy(tree);
		disk_remove(folder);
	}
	if (!atomic_load(&seen))
		failed++;
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
