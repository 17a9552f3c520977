/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * causes [-n DIRECTORIES] FOLDER: what explaining costs.
 *
 * Homes with projects, packages, builds and caches, 1,000,000 directories with three files each, are stored in a
 * database in FOLDER with an index, as a scan leaves them, and explained as `explain --now` does.  Prints a Markdown
 * table; the causes found are checked against what was made.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "engine/tree/build.h"
#include "store/causes/causes.h"
#include "store/snapshot/snapshot.h"

enum { START = 1700000000, RUNS = 5 };

static uint64_t state = 1, next_ino = 10, made, wanted, packages;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "causes: %s: %s\n", what, why && *why ? why : strerror(errno));
	exit(1);
}

static struct build_entry entry_of(const char *name, enum node_type type, uint64_t bytes)
{
	int64_t time = (START - (int64_t)random_below(&state, 90000000)) * 1000000000;

	return (struct build_entry){.name = name,
	                            .name_length = strlen(name),
	                            .type = type,
	                            .alloc_bytes = bytes,
	                            .apparent_bytes = bytes,
	                            .mtime_ns = time,
	                            .ctime_ns = time,
	                            .birth_ns = time - 1,
	                            .ino = next_ino++,
	                            .nlink = 1,
	                            .dev = 42};
}

static uint64_t bytes_made;

static void add_file(struct build *build, const char *name)
{
	struct build_entry entry = entry_of(name, NODE_REG, 4096 * (1 + random_below(&state, 16)));

	bytes_made += entry.alloc_bytes;
	if (build_file(build, &entry))
		die("build", NULL);
}

static void enter(struct build *build, const char *name)
{
	struct build_entry entry = entry_of(name, NODE_DIR, 4096);

	bytes_made += 4096;
	made++;
	if (build_enter(build, &entry))
		die("build", NULL);
	add_file(build, "index.js");
	add_file(build, "README.md");
	add_file(build, "data.bin");
}

static void leave(struct build *build)
{
	if (build_leave(build))
		die("build", NULL);
}

/* Folders below the one that is open. */
static void fill(struct build *build, const char *prefix, int count, int depth)
{
	char name[64];

	for (int i = 0; i < count && made < wanted; i++) {
		snprintf(name, sizeof(name), "%s-%d", prefix, i);
		enter(build, name);
		if (depth)
			fill(build, "lib", count / 2, depth - 1);
		leave(build);
	}
}

static void project(struct build *build, int number)
{
	char name[64];
	uint64_t before;

	snprintf(name, sizeof(name), "project-%d", number);
	enter(build, name);
	add_file(build, "package.json");
	fill(build, "src", 30, 1);
	before = bytes_made;
	enter(build, "node_modules");
	fill(build, "package", 60, 1);
	leave(build);
	packages += bytes_made - before;
	enter(build, "build"); /* looked into for a marker */
	fill(build, "out", 20, 0);
	leave(build);
	leave(build);
}

static struct tree *make_tree(void)
{
	struct build_entry root = entry_of("", NODE_DIR, 4096);
	struct build *build = build_create("/", &root);
	char name[64];

	if (!build)
		die("build", NULL);
	enter(build, "home");
	for (int user = 0; made < wanted; user++) {
		snprintf(name, sizeof(name), "user-%d", user);
		enter(build, name);
		enter(build, ".cache");
		enter(build, "pip");
		fill(build, "wheel", 40, 1);
		leave(build);
		leave(build);
		for (int i = 0; i < 10 && made < wanted; i++)
			project(build, i);
		leave(build);
	}
	leave(build);
	return build_finish(build);
}

static uint64_t told(const struct causes *causes, const char *name)
{
	for (size_t i = 0; i < causes->count; i++)
		if (!strcmp(causes->lines[i].name, name))
			return causes->lines[i].bytes;
	return 0;
}

static void row(const char *what, double ms, const char *rest)
{
	printf("| %s | %.1f | %s |\n", what, ms, rest);
}

/* Every directory once, by names alone. */
static double match_all(const struct cause_rules *rules, const struct image *image)
{
	uint32_t *sets = calloc(image->count, sizeof(*sets));
	struct rule_match *match = rule_match_create(rules);
	double from = clock_ms();

	if (!sets || !match)
		die("match", NULL);
	sets[0] = RULE_SET_ROOT;
	for (uint32_t i = 1; i < image->count; i++)
		sets[i] = rule_match_step(match, sets[image->parent[i]], image_name(image, i),
		                          image_name_length(image, i));
	double span = clock_ms() - from;

	rule_match_destroy(match);
	free(sets);
	return span;
}

static void store_it(struct store *store, const struct tree *tree, struct snapshot *out)
{
	struct snapshot_meta meta = {.options = "", .started_at = START, .finished_at = START + 1};
	struct err err = {{0}};
	int64_t id;

	if (snapshot_save(store, tree, &meta, NULL, &id, &err) ||
	    snapshot_make_index(store, tree, &meta, id, &err) || snapshot_get(store, id, out, &err))
		die("store", err.text);
}

static double explain(struct store *store, const struct snapshot *snapshot, const struct cause_rules *rules,
                      struct causes *out)
{
	double from = clock_ms();
	struct image *image = snapshot_mapped(store, snapshot);
	struct cause_side side = {.image = image, .store = store, .listed = IMAGE_NONE};
	struct causes_query query = {.rules = rules, .b = &side, .prefix_a = "", .prefix_b = ""};
	struct err err = {{0}};

	if (!image)
		die("index", "it is not that of the snapshot");
	if (causes_find(&query, out, &err))
		die("explain", err.text);
	cause_side_clear(&side);
	image_free(image);
	return clock_ms() - from;
}

int main(int argc, char **argv)
{
	double times[RUNS], matching[RUNS], loading;
	char path[4096], rest[128];
	struct cause_rules rules;
	struct snapshot snapshot;
	struct store *store;
	struct causes causes;
	struct err err = {{0}};
	int option;

	wanted = 1000000;
	while ((option = getopt(argc, argv, "n:")) == 'n')
		wanted = strtoull(optarg, NULL, 10);
	if (optind != argc - 1 || option != -1 || wanted < 1000) {
		fprintf(stderr, "usage: causes [-n DIRECTORIES] FOLDER\n");
		return 2;
	}
	snprintf(path, sizeof(path), "%s/bench-causes.db", argv[optind]);
	loading = clock_ms();
	if (cause_rules_load(&rules, NULL, &err))
		die("rules", err.text);
	loading = clock_ms() - loading;
	if (store_open(path, STORE_CREATE | STORE_STRICT, &store, &err))
		die("open", err.text);

	struct tree *tree = make_tree();
	struct image *image = tree ? image_from_tree(tree) : NULL;

	if (!image)
		die("tree", NULL);
	store_it(store, tree, &snapshot);
	for (int i = 0; i < RUNS; i++) {
		matching[i] = match_all(&rules, image);
		times[i] = explain(store, &snapshot, &rules, &causes);
		if (told(&causes, "npm packages") != packages)
			die("explain", "the packages found are not those made");
		if (i + 1 < RUNS)
			causes_clear(&causes);
	}
	printf("%u directories, %llu files.\n\n| step | ms | |\n|---|---:|---|\n", image->count,
	       (unsigned long long)image->files[0]);
	snprintf(rest, sizeof(rest), "%zu patterns of %zu causes", rules.pattern_count, rules.count);
	row("read and compile the rules", loading, rest);
	snprintf(rest, sizeof(rest), "%.3f µs a directory (aim 0.2)", median(matching, RUNS) * 1e3 / image->count);
	row("match every directory", median(matching, RUNS), rest);
	snprintf(rest, sizeof(rest), "%zu causes (aim 500 for 1 M directories)", causes.count);
	row("explain what lies there, from the index", median(times, RUNS), rest);
	causes_clear(&causes);
	snapshot_clear(&snapshot);
	cause_rules_clear(&rules);
	image_free(image);
	tree_destroy(tree);
	store_close(store);
	unlink(path);
	return 0;
}
