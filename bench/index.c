/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index [-n DIRECTORIES] DISKTRACKER FOLDER: what the index and its overlay cost.
 *
 * A synthetic tree of 1,000,000 directories becomes the index of a folder that is not there, in a database in FOLDER; 5
 * % of its directories change.
 * Prints a Markdown table of medians: writing, opening, looking up, merging, and the whole command `disktracker size`.
 * Every answer is checked against what was put in.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"
#include "base/buf.h"
#include "store/index/overlay.h"
#include "store/record/size.h"

#define ROOT "/nowhere/bench"

enum { DEPTH = 11, RUNS = 9, COMMANDS = 21, LOOKUPS = 200000, PATH_ROOM = DEPTH * 32 };

static struct directory {
	uint32_t parent, depth;
	uint64_t bytes, items, direct_bytes;
	char name[24];
} *dirs;
static uint32_t count = 1000000;
static uint64_t state = 1;

static uint64_t below(uint64_t n)
{
	return random_below(&state, n);
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "index: %s: %s\n", what, why);
	exit(1);
}

static void check(int rc, const char *what, const struct err *err)
{
	if (rc)
		die(what, err && err->text[0] ? err->text : strerror(-rc));
}

/* Medians of each. */
static struct span middle(const struct span *spans, int n)
{
	double wall[COMMANDS], cpu[COMMANDS];

	for (int i = 0; i < n; i++) {
		wall[i] = spans[i].wall;
		cpu[i] = spans[i].cpu;
	}
	return (struct span){median(wall, n), median(cpu, n)};
}

static void row(const char *what, const struct span *spans, int n, const char *note)
{
	struct span span = middle(spans, n);

	printf("| %s | %.2f | %.2f | %s |\n", what, span.wall, span.cpu, note);
}

/* ---- the tree ---- */

static void make_model(void)
{
	dirs = calloc(count, sizeof(*dirs));
	if (!dirs)
		die("model", strerror(errno));
	for (uint32_t i = 1; i < count; i++) {
		do /* as in T1 (mktree.c): older directories get more children */
			dirs[i].parent = (uint32_t)(pow((double)below(1u << 30) * 0x1p-30, 1.3) * i);
		while (dirs[dirs[i].parent].depth >= DEPTH);
		dirs[i].depth = dirs[dirs[i].parent].depth + 1;
		/* 6 to 17 bytes, as unlike as names are */
		snprintf(dirs[i].name, sizeof(dirs[i].name), "%.*s%05x", (int)below(12) + 1, "node_modules" + below(8),
		         i * 2654435761u >> 12);
	}
	for (uint32_t i = count; i-- > 0;) {
		dirs[i].direct_bytes = 4096 + below(64) * 4096;
		dirs[i].bytes += dirs[i].direct_bytes;
		dirs[i].items += 3;
		if (i) {
			dirs[dirs[i].parent].bytes += dirs[i].bytes;
			dirs[dirs[i].parent].items += dirs[i].items + 1;
		}
	}
}

/* Written from its end; returns the beginning. */
static const char *path_of(uint32_t i, char room[PATH_ROOM], size_t *length)
{
	char *at = room + PATH_ROOM - 1;

	*at = '\0';
	for (; i; i = dirs[i].parent) {
		size_t n = strlen(dirs[i].name);

		at -= n;
		memcpy(at, dirs[i].name, n);
		if (dirs[i].parent)
			*--at = '/';
	}
	*length = (size_t)(room + PATH_ROOM - 1 - at);
	return at;
}

static struct image *make_image(void)
{
	struct image_builder *builder = image_builder_create(ROOT, count);
	char room[PATH_ROOM];

	for (uint32_t i = 0; builder && i < count; i++) {
		size_t length;
		const char *path = path_of(i, room, &length);
		struct image_record record = {
			.path = path,
			.length = length,
			.alloc_bytes = dirs[i].bytes,
			.apparent_bytes = dirs[i].bytes,
			.items = dirs[i].items,
			.files = dirs[i].items,
			.direct_bytes = dirs[i].direct_bytes,
			.fingerprint = {i + 1, i + 1},
			.ino = i + 2,
			.mtime_ns = i,
			.ctime = i + 1,
			.birth = i + 1,
			.child_count = 3,
		};

		check(image_builder_add(builder, &record), "image", NULL);
	}
	struct image *image = builder ? image_builder_finish(builder) : NULL;

	if (!image)
		die("image", strerror(errno));
	return image;
}

/* ---- measuring ---- */

/* Directories to look up, one behind the other in memory: what is measured is the index, not the questions. */
static struct question {
	const char *path;
	size_t length;
	uint64_t bytes;
	bool changes;
} *asked;

static void make_questions(void)
{
	char *text = malloc((size_t)LOOKUPS * PATH_ROOM);

	asked = calloc(LOOKUPS, sizeof(*asked));
	if (!asked || !text)
		die("questions", strerror(errno));
	for (int i = 0; i < LOOKUPS; i++) {
		uint32_t dir = (uint32_t)below(count);
		char room[PATH_ROOM];

		asked[i] = (struct question){.path = text, .bytes = dirs[dir].bytes, .changes = dir % 20 == 0};
		const char *path = path_of(dir, room, &asked[i].length);

		memcpy(text, path, asked[i].length + 1);
		text += asked[i].length + 1;
	}
}

static void time_lookups(const struct image *image)
{
	struct span spans[RUNS];
	char note[64];

	for (int run = 0; run < RUNS; run++) {
		struct span from = span_begin();

		for (int i = 0; i < LOOKUPS; i++) {
			uint32_t at = image_lookup(image, asked[i].path, asked[i].length);

			if (at == IMAGE_NONE || image->alloc_bytes[at] != asked[i].bytes)
				die("look-up", asked[i].path);
		}
		spans[run] = span_end(from);
	}
	snprintf(note, sizeof(note), "%.2f µs of CPU each (aim 2.5)", middle(spans, RUNS).cpu * 1e3 / LOOKUPS);
	row("200,000 look-ups of random paths in the image", spans, RUNS, note);
}

static void time_sizes(struct store *store, const char *what, bool changed)
{
	enum { EACH = LOOKUPS / 10 };
	struct span spans[RUNS];
	struct sizes *sizes;
	struct err err = {{0}};
	char note[64];

	check(sizes_open(store, &sizes, &err), "sizes", &err);
	for (int run = 0; run < RUNS; run++) {
		struct span from = span_begin();

		for (int i = 0; i < EACH; i++) {
			struct size_answer answer;
			char path[PATH_ROOM + sizeof(ROOT) + 1];

			snprintf(path, sizeof(path), ROOT "%s%s", asked[i].length ? "/" : "", asked[i].path);
			check(sizes_find(sizes, path, &answer, &err), "size", &err);
			if (!answer.known || answer.bytes != asked[i].bytes + (changed && asked[i].changes))
				die("size", path);
		}
		spans[run] = span_end(from);
	}
	sizes_close(sizes);
	snprintf(note, sizeof(note), "%.2f µs of CPU each", middle(spans, RUNS).cpu * 1e3 / EACH);
	row(what, spans, RUNS, note);
}

/* Every 20th directory is a byte larger. */
static void time_flush(struct store *store, uint64_t covers)
{
	size_t rows_count = (count + 19) / 20;
	struct overlay_row *rows = calloc(rows_count, sizeof(*rows));
	char (*rooms)[PATH_ROOM] = calloc(rows_count, sizeof(*rooms));
	struct overlay_chain chain = {ROOT, ""};
	struct span spans[RUNS];
	struct err err = {{0}};
	char note[64];
	uint64_t seq;

	if (!rows || !rooms)
		die("rows", strerror(errno));
	for (size_t k = 0; k < rows_count; k++) {
		uint32_t i = (uint32_t)k * 20;

		rows[k] = (struct overlay_row){.bytes = dirs[i].bytes + 1,
		                               .apparent_bytes = dirs[i].bytes,
		                               .items = dirs[i].items,
		                               .files = dirs[i].items};
		rows[k].path = path_of(i, rooms[k], &rows[k].length);
	}
	struct span from = span_begin();

	check(overlay_flush(store, &chain, covers, 1000, rows, rows_count, &seq, &err), "flush", &err);
	spans[0] = span_end(from);
	snprintf(note, sizeof(note), "%.1f µs of CPU a row, in one transaction",
	         spans[0].cpu * 1e3 / (double)rows_count);
	row("overlay: 5 % of the directories written at once", spans, 1, note);
	/* As a follower does it: a few rows at a time. */
	enum { BATCH = 20 };
	for (int run = 0; run < RUNS; run++) {
		from = span_begin();
		check(overlay_flush(store, &chain, covers, 1000, rows + (size_t)run * BATCH % (rows_count - BATCH),
		                    BATCH, &seq, &err),
		      "flush", &err);
		spans[run] = span_end(from);
	}
	row("overlay: a flush of 20 directories", spans, RUNS, "");
	free(rows);
	free(rooms);
}

static void time_merge(struct store *store, const char *path)
{
	struct span spans[RUNS];
	struct err err = {{0}};

	for (int run = 0; run < 5; run++) {
		struct image *base, *merged;
		struct index_meta meta;
		uint64_t covers;

		check(index_open(path, ROOT, &base, &meta, &err), "open", &err);
		struct span from = span_begin();

		check(overlay_merge(store, base, &meta, &merged, &covers, &err), "merge", &err);
		spans[run] = span_end(from);
		if (merged->count != base->count || merged->alloc_bytes[0] != dirs[0].bytes + 1)
			die("merge", "wrong");
		image_free(merged);
		image_free(base);
		index_meta_clear(&meta);
	}
	row("index and overlay merged", spans, 5, "");
	struct span from = span_begin();

	check(overlay_compact(store, ROOT, &err), "compaction", &err);
	spans[0] = span_end(from);
	row("compaction: opened, merged, written, pruned", spans, 1, "");
}

static void time_command(const char *program, const char *db)
{
	struct span spans[COMMANDS];
	char path[PATH_ROOM + sizeof(ROOT) + 1];

	snprintf(path, sizeof(path), ROOT "/%s", asked[0].path);
	for (int run = 0; run < COMMANDS; run++) {
		struct rusage usage;
		int status;
		struct span from = span_begin();
		pid_t child = fork();

		if (child == 0) {
			int null = open("/dev/null", O_WRONLY);

			dup2(null, STDOUT_FILENO);
			execl(program, program, "size", "--ignore-config", "--db", db, path, (char *)NULL);
			_exit(127);
		}
		if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status)
			die("disktracker size", "failed");
		spans[run].wall = span_end(from).wall;
		spans[run].cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
		                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
	}
	row("`disktracker size PATH`, from exec to exit", spans, COMMANDS, "");
}

int main(int argc, char **argv)
{
	struct buf db = {0}, path = {0};
	struct span spans[RUNS];
	struct err err = {{0}};
	struct store *store;
	char note[128];
	int option;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option == 'n')
			count = (uint32_t)strtoul(optarg, NULL, 10);
		else
			optind = argc;
	}
	if (optind != argc - 2 || count < 1000) {
		fprintf(stderr, "usage: index [-n DIRECTORIES] DISKTRACKER FOLDER\n");
		return 2;
	}
	buf_printf(&db, "%s/bench-index.db", argv[optind + 1]);
	for (int i = 0; i < 3; i++) {
		buf_clear(&path);
		buf_printf(&path, "%s%s", db.data, (const char *const[]){"", "-wal", "-shm"}[i]);
		unlink(path.data);
	}
	buf_clear(&path);
	check(store_open(db.data, STORE_CREATE | STORE_STRICT, &store, &err), "database", &err);
	check(index_path(store_path(store), ROOT, &path), "path", NULL);
	make_model();
	make_questions();

	struct image *image = make_image();
	struct index_meta meta = {.root = (char *)ROOT, .options = (char *)"", .taken_at = 1000};

	printf("| %u directories | wall ms | CPU ms | |\n|---|---:|---:|---|\n", image->count);
	for (int run = 0; run < RUNS; run++) {
		struct span from = span_begin();

		check(overlay_rebase(store, image, &meta, &err), "write", &err);
		spans[run] = span_end(from);
	}
	struct stat st;

	if (stat(path.data, &st))
		die("index", strerror(errno));
	double names = (double)image->name_offset[image->count] / image->count;

	snprintf(note, sizeof(note), "%.1f bytes a directory, %.1f of them its name (aim 75 to 100)",
	         (double)st.st_size / image->count, names);
	row("index written and synced", spans, RUNS, note);
	image_free(image);
	for (int run = 0; run < RUNS; run++) {
		struct span from = span_begin();
		struct index_meta read;

		check(index_open(path.data, ROOT, &image, &read, &err), "open", &err);
		spans[run] = span_end(from);
		index_meta_clear(&read);
		if (run < RUNS - 1)
			image_free(image);
	}
	row("index mapped and checked", spans, RUNS, "");
	time_lookups(image);
	image_free(image);
	time_sizes(store, "20,000 sizes of random paths, no overlay", false);
	time_command(argv[optind], db.data);
	time_flush(store, meta.covers_seq);
	time_sizes(store, "20,000 sizes of random paths, 5 % in the overlay", true);
	time_command(argv[optind], db.data);
	time_merge(store, path.data);
	store_close(store);
	unlink(path.data);
	buf_free(&db);
	buf_free(&path);
	return 0;
}
