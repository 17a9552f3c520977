/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store [-s SCALE] [-d DAYS] FOLDER: what remembering costs.
 *
 * A synthetic tree of 100,000 directories and 1,000,000 files (times SCALE) is stored as a snapshot in a database in
 * FOLDER, then once a
 * "day" with one file changed in 950 of the directories (1 %).  Prints a Markdown table: CPU and wall milliseconds
 * (medians over the days), directories a second, bytes; then what reading and comparing takes.  Every answer is checked
 * against what was changed.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"
#include "base/buf.h"
#include "engine/tree/build.h"
#include "engine/image/image.h"
#include "store/diff/diff.h"
#include "store/snapshot/snapshot.h"
#include "store/db/store.h"

enum { DIRECTORIES = 100000, FILES_EACH = 10, DEPTH = 10, START = 1700000000, DAY = 86400 };

struct directory {
	uint32_t parent, first_child, next_sibling, depth;
	int64_t mtime;
};

struct file {
	uint64_t bytes;
	int64_t mtime;
};

static struct directory *dirs;
static struct file *files; /* FILES_EACH of directory i from i × FILES_EACH on */
static uint32_t count;
static uint64_t state = 1;

static uint64_t below(uint64_t n)
{
	return random_below(&state, n);
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "store: %s: %s\n", what, why);
	exit(1);
}

static void check(int rc, const char *what, const struct err *err)
{
	if (rc)
		die(what, err && err->text[0] ? err->text : strerror(-rc));
}

static int by_cpu(const void *a, const void *b)
{
	double x = ((const struct span *)a)->cpu, y = ((const struct span *)b)->cpu;

	return (x > y) - (x < y);
}

static void make_model(void)
{
	dirs = calloc(count, sizeof(*dirs));
	files = calloc((size_t)count * FILES_EACH, sizeof(*files));
	if (!dirs || !files)
		die("model", strerror(errno));
	for (uint32_t i = 0; i < count; i++) {
		dirs[i].mtime = START - (int64_t)below(1000 * DAY);
		for (uint32_t f = 0; f < FILES_EACH; f++)
			files[(size_t)i * FILES_EACH + f] = (struct file){below(256) << below(12),
			                                                  START - (int64_t)below(1000 * DAY)};
		if (i == 0)
			continue;
		uint32_t parent;

		do
			parent = (uint32_t)below(i);
		while (dirs[parent].depth >= DEPTH);
		dirs[i].parent = parent;
		dirs[i].depth = dirs[parent].depth + 1;
		dirs[i].next_sibling = dirs[parent].first_child;
		dirs[parent].first_child = i;
	}
}

static uint64_t blocks(uint64_t bytes)
{
	return (bytes + 4095) / 4096 * 4096;
}

static struct build_entry directory_entry(uint32_t i, char name[32])
{
	struct build_entry entry = {
		.name = name,
		.name_length = (size_t)snprintf(name, 32, "dir-%06x", i * 2654435761u >> 8),
		.type = NODE_DIR,
		.alloc_bytes = 4096,
		.apparent_bytes = 4096,
		.mtime_ns = dirs[i].mtime * 1000000000,
		.ctime_ns = dirs[i].mtime * 1000000000,
		.birth_ns = dirs[i].mtime * 1000000000 - 1,
		.ino = 10 + i,
		.nlink = 1,
		.dev = 42,
	};

	return entry;
}

static void build_below(struct build *build, uint32_t i)
{
	char name[32];

	for (uint32_t f = 0; f < FILES_EACH; f++) {
		const struct file *file = &files[(size_t)i * FILES_EACH + f];
		struct build_entry entry = {
			.name = name,
			.name_length = (size_t)snprintf(name, sizeof(name), "file-%05x-%u.data", i & 0xfffff, f),
			.type = NODE_REG,
			.alloc_bytes = blocks(file->bytes),
			.apparent_bytes = file->bytes,
			.mtime_ns = file->mtime * 1000000000,
			.nlink = 1,
			.dev = 42,
		};

		check(build_file(build, &entry), "build a file", NULL);
	}
	for (uint32_t child = dirs[i].first_child; child; child = dirs[child].next_sibling) {
		struct build_entry entry = directory_entry(child, name);

		check(build_enter(build, &entry), "build a directory", NULL);
		build_below(build, child);
		check(build_leave(build), "build a directory", NULL);
	}
}

static struct tree *make_tree(void)
{
	char name[32];
	struct build_entry root = directory_entry(0, name);
	struct build *build = build_create("/synthetic", &root);

	if (!build)
		die("build", strerror(errno));
	build_below(build, 0);
	struct tree *tree = build_finish(build);

	if (!tree)
		die("build", strerror(errno));
	return tree;
}

/* One file in each of almost 1 % of the directories; the change of the allocated size of all. */
static int64_t live_a_day(int day)
{
	int64_t grown = 0;

	for (uint32_t n = 0; n < count * 95ull / 10000; n++) {
		struct file *file = &files[below((uint64_t)count * FILES_EACH)];
		uint64_t old = blocks(file->bytes);

		file->bytes = below(256) << below(13);
		file->mtime = START + (int64_t)day * DAY;
		grown += (int64_t)(blocks(file->bytes) - old);
	}
	return grown;
}

static struct span save(struct store *store, const struct tree *tree, int day, int64_t *id)
{
	struct snapshot_meta meta = {.options = "",
	                             .host = "bench",
	                             .started_at = START + (int64_t)day * DAY,
	                             .finished_at = START + (int64_t)day * DAY + 1};
	struct err err = {0};
	struct span from = span_begin();

	check(snapshot_save(store, tree, &meta, NULL, id, &err), "save", &err);
	return span_end(from);
}

static struct image *read_image(struct store *store, int64_t id, struct span *span)
{
	struct image *image;
	struct err err = {0};
	struct span from = span_begin();

	check(snapshot_image(store, id, &image, &err), "read", &err);
	*span = span_end(from);
	return image;
}

static struct span compare(struct store *store, const struct image *a, const struct image *b, int64_t expected)
{
	struct diff_options options = { .prefix_a = "", .prefix_b = "", .max_depth = -1, .store = store };
	struct diff diff = {0};
	struct err err = {0};
	struct span from = span_begin();

	check(diff_compute(a, b, &options, &diff, &err), "compare", &err);
	struct span span = span_end(from);

	if (diff.net_bytes != expected)
		die("compare", "the growth found is not the growth made");
	diff_clear(&diff);
	return span;
}

static void row(const char *what, struct span span, const char *rest)
{
	printf("| %s | %.1f | %.1f | %s |\n", what, span.wall, span.cpu, rest);
}

int main(int argc, char **argv)
{
	double scale = 1;
	int days = 30, option;
	char path[4096], rest[128];

	while ((option = getopt(argc, argv, "s:d:")) != -1) {
		switch (option) {
		case 's': scale = atof(optarg); break;
		case 'd': days = atoi(optarg); break;
		default: optind = argc;
		}
	}
	count = (uint32_t)(DIRECTORIES * scale);
	if (optind != argc - 1 || count < 100 || days < 2) {
		fprintf(stderr, "usage: store [-s SCALE] [-d DAYS] FOLDER\n");
		return 2;
	}
	snprintf(path, sizeof(path), "%s/bench-store.db", argv[optind]);

	struct store *store;
	struct err err = {0};

	check(store_open(path, STORE_CREATE | STORE_STRICT, &store, &err), "open", &err);
	make_model();
	uint64_t file_count = (uint64_t)count * FILES_EACH, empty = store_bytes(store);
	int64_t *ids = calloc((size_t)days + 1, sizeof(*ids)), *grown = calloc((size_t)days + 1, sizeof(*grown));
	struct span *daily = calloc((size_t)days, sizeof(*daily));

	if (!ids || !grown || !daily)
		die("memory", strerror(errno));
	struct tree *tree = make_tree();

	printf("%u directories, %llu files; %d days, each with a file changed in 1 %% of the directories.\n\n", count,
	       (unsigned long long)file_count, days);
	printf("| step | wall ms | CPU ms | |\n|---|---:|---:|---|\n");
	struct span span = save(store, tree, 0, &ids[0]);
	uint64_t first = store_bytes(store) - empty;

	snprintf(rest, sizeof(rest), "%.0f k directories/s of CPU; %.0f B per directory with its %d files (aim %d)",
	         count / span.cpu, (double)first / count, FILES_EACH, 330 + 35 * FILES_EACH);
	row("first snapshot", span, rest);
	for (int day = 1; day <= days; day++) {
		grown[day] = live_a_day(day);
		tree_destroy(tree);
		tree = make_tree();
		daily[day - 1] = save(store, tree, day, &ids[day]);
	}
	qsort(daily, (size_t)days, sizeof(*daily), by_cpu);
	span = daily[days / 2];
	snprintf(rest, sizeof(rest), "%.0f k directories/s of CPU; %.1f B per directory (aim 6)", count / span.cpu,
	         (double)(store_bytes(store) - empty - first) / days / count);
	row("a day's snapshot, 1 % changed", span, rest);

	struct image *newest = read_image(store, ids[days], &span);
	row("image of the newest snapshot", span, "");
	struct image *before = read_image(store, ids[days - 1], &span);
	row("image of the one before", span, "");
	struct image *oldest = read_image(store, ids[0], &span);
	row("image of the oldest snapshot", span, "");
	struct span from = span_begin();
	struct image *live = image_from_tree(tree);

	if (!live)
		die("image", strerror(errno));
	row("image of the tree in memory", span_end(from), "");

	int64_t all = 0;

	for (int day = 1; day <= days; day++)
		all += grown[day];
	row("diff, newest pair", compare(store, before, newest, grown[days]), "images at hand (aim 5)");
	row("diff, live tree", compare(store, before, live, grown[days]), "images at hand (aim 5)");
	row("diff, oldest and newest", compare(store, oldest, newest, all),
	    "images at hand; with reading the oldest: aim 250");

	/* Look-ups of paths that are there, in random order. */
	enum { LOOKUPS = 100000 };
	char (*paths)[512] = calloc(LOOKUPS, sizeof(*paths));
	struct buf buf = {0};
	uint64_t found = 0;

	if (!paths)
		die("memory", strerror(errno));
	for (int i = 0; i < LOOKUPS; i++) {
		buf_clear(&buf);
		check(image_relative(newest, (uint32_t)below(newest->count), &buf), "path", NULL);
		snprintf(paths[i], sizeof(*paths), "%s", buf.data ? buf.data : "");
	}
	from = span_begin();
	for (int i = 0; i < LOOKUPS; i++)
		found += image_lookup(newest, paths[i], strlen(paths[i])) != IMAGE_NONE;
	span = span_end(from);
	if (found != LOOKUPS)
		die("look-up", "a path was not found");
	snprintf(rest, sizeof(rest), "%.2f µs each (aim 1.0; 2.5 at 1 M)", span.cpu * 1e3 / LOOKUPS);
	row("100,000 look-ups by path", span, rest);

	buf_free(&buf);
	free(paths);
	image_free(newest);
	image_free(before);
	image_free(oldest);
	image_free(live);
	tree_destroy(tree);
	store_close(store);
	unlink(path);
	free(ids);
	free(grown);
	free(daily);
	free(dirs);
	free(files);
	return 0;
}
