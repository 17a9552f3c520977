/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scans under ThreadSanitizer: readers walk, look up, decode and climb while workers fill; others cancel, focus, read
 * again.
 * A race makes the sanitizer end the program with a status of its own.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "engine/image/image.h"
#include "engine/scan/scan.h"

static int passed, failed;

static void check(bool good, const char *what)
{
	if (good) {
		passed++;
	} else {
		failed++;
		fprintf(stderr, "FAILED: %s\n", what);
	}
}

struct reader {
	struct tree *tree;
	struct scan *scan;       /* or NULL */
	_Atomic bool stop;
	uint64_t seed, seen;
	dir_id last;             /* directory seen last */
};

/* What a screen does with a folder. */
static void look(struct reader *reader, dir_id dir, unsigned depth)
{
	const struct tree *tree = reader->tree;
	const struct node_block *block = tree_block(tree, dir);
	struct buf path = {0};
	struct node node;

	tree_dir_node(tree, dir, &node);
	reader->seen += node.alloc_bytes + node.items + (uint64_t)node.mtime_s;
	if (node.complete) {
		uint64_t print[2];

		tree_fingerprint(tree, dir, print);
		reader->seen += print[0] + tree_direct_bytes(tree, dir);
	}
	tree_path(tree, dir, &path);
	reader->seen += path.length;
	buf_free(&path);
	reader->last = dir;
	if (!block)
		return;
	for (uint32_t i = 0; i < tree_count(block); i++) {
		tree_node(tree, block, i, &node);
		reader->seen += node.name[0] + node.alloc_bytes + node.errors + node.nlink;
		if (node.dir != DIR_NONE && depth < 6)
			look(reader, node.dir, depth + 1);
	}
	uint64_t a, b;

	tree_shared(tree, dir, &a, &b);
}

static void *read_on(void *argument)
{
	struct reader *reader = argument;

	while (!atomic_load(&reader->stop)) {
		unsigned pin = tree_pin(reader->tree);

		look(reader, DIR_ROOT, 0);
		tree_unpin(reader->tree, pin);
		if (reader->scan) {
			struct scan_progress progress;
			struct buf path = {0};

			scan_progress(reader->scan, &progress);
			scan_reading(reader->scan, &path);
			buf_free(&path);
			scan_focus(reader->scan, disk_random(&reader->seed, 2) ? reader->last : DIR_ROOT);
		}
	}
	return NULL;
}

static void start_readers(struct reader *readers, pthread_t *threads, int n, struct tree *tree, struct scan *scan)
{
	for (int i = 0; i < n; i++) {
		readers[i] = (struct reader){ .tree = tree, .scan = scan, .seed = (uint64_t)i };
		if (pthread_create(&threads[i], NULL, read_on, &readers[i]))
			abort();
	}
}

static void stop_readers(struct reader *readers, pthread_t *threads, int n)
{
	for (int i = 0; i < n; i++) {
		atomic_store(&readers[i].stop, true);
		pthread_join(threads[i], NULL);
	}
}

#define READERS 2
#define FAR 70 /* levels: more than those whose figures are of the moment (far.h) */

static void fill_far_down(const char *folder)
{
	char *at;

	disk_chain(folder, "d", FAR);
	if (asprintf(&at, "%s", folder) < 0)
		abort();
	for (int i = 0; i < FAR; i++) {
		char *below;

		if (asprintf(&below, "%s/d", at) < 0)
			abort();
		free(at);
		at = below;
	}
	disk_fill(at, 2, 400);
	free(at);
}

int main(void)
{
	char *folder = disk_folder();
	struct scan_options options = { .threads = 4, .wake_fd = -1 };
	struct reader readers[READERS];
	pthread_t threads[READERS];
	struct err err = { "" };
	struct image *image = NULL;

	disk_fill(folder, 1, 900);
	disk_many(folder, "many", 9000);
	fill_far_down(folder);
	for (int i = 0; i < 8; i++) {
		options.baseline = image;
		struct scan *scan = scan_start(folder, &options, &err);

		check(scan != NULL, err.text);
		if (!scan)
			return 1;
		start_readers(readers, threads, READERS, scan_tree(scan), scan);
		if (i % 4 == 3)
			scan_cancel(scan);
		check(scan_wait(scan, -1), "ends");
		stop_readers(readers, threads, READERS);
		if (i % 4 != 3)
			check(!disk_check(scan_tree(scan)), "as walked");
		if (!image)
			image = image_from_tree(scan_tree(scan));
		scan_destroy(scan);
	}

	/* Subtrees are replaced under the readers' eyes. */
	options.baseline = NULL;
	struct scan *scan = scan_start(folder, &options, &err);

	check(scan && scan_wait(scan, -1), err.text);
	struct tree *tree = scan_take_tree(scan);
	uint64_t seed = 5;

	scan_destroy(scan);
	check(!tree_compute_shared(tree), "shared");
	start_readers(readers, threads, READERS, tree, NULL);
	for (int i = 0; i < 25; i++) {
		char *relative = disk_random_dir(folder, &seed), *path;
		dir_id dir = tree_lookup(tree, relative, strlen(relative)), fresh;

		if (asprintf(&path, "%s/%s", folder, relative) < 0)
			abort();
		disk_change(path, (uint64_t)i, 4, true);
		check(!scan_again(tree, dir, -1, &options, NULL, &fresh), "read again");
		free(relative);
		free(path);
	}
	stop_readers(readers, threads, READERS);
	check(!disk_consistent(tree), "consistent");
	tree_destroy(tree);
	image_free(image);
	disk_remove(folder);
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
