/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query [-n RUNS] TREE: what a question costs that is asked of a whole tree.
 *
 * Scans TREE, then searches it for its largest files, with and without a filter, adds it up by kind, and asks for the
 * first rows of a search as the screen does.  Prints a Markdown table in milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/query/breakdown.h"
#include "engine/query/flat.h"
#include "engine/scan/scan.h"
#include "measure.h"

#define MOST_RUNS 99
#define EARLY_MS 8.0 /* when the browser shows what was found so far */
#define EARLY_ENTRIES 1000

static double first_ms; /* the first rows were there */

static struct tree *read_tree(const char *path)
{
	struct scan_options options = { .wake_fd = -1 };
	struct err err = { "" };
	struct scan *scan = scan_start(path, &options, &err);

	if (!scan) {
		fprintf(stderr, "query: %s\n", err.text);
		exit(1);
	}
	while (!scan_wait(scan, -1))
		;
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static bool look(struct flat *flat, void *context)
{
	double began = *(double *)context, now = clock_ms();
	struct flat early;

	if (first_ms || now - began < EARLY_MS)
		return false;
	if (!flat_copy_best(flat, EARLY_ENTRIES, &early))
		flat_clear(&early);
	first_ms = clock_ms() - began;
	return false;
}

/* One search; what it found. */
static size_t search(const struct tree *tree, const char *filter, enum flat_order order)
{
	struct flat_query query = { .show_hidden = true, .order = order, .limit = *filter ? 200000 : 10000 };
	struct flat flat;
	double began = clock_ms();
	size_t found;

	if (terms_parse(filter, time(NULL), &query.terms, NULL))
		exit(1);
	first_ms = 0;
	flat_begin(&flat, &query);
	if (flat_tree(&flat, tree, DIR_ROOT, look, &began))
		exit(1);
	found = flat.matched;
	flat_clear(&flat);
	return found;
}

static size_t add_up(const struct tree *tree)
{
	struct breakdown *breakdown = breakdown_create(time(NULL));
	struct breakdown_group *groups;
	size_t count;

	if (!breakdown || breakdown_tree(breakdown, tree, DIR_ROOT, NULL) ||
	    breakdown_groups(breakdown, BREAKDOWN_TYPE, BREAKDOWN_ALLOCATED, &groups, &count))
		exit(1);
	free(groups);
	breakdown_destroy(breakdown);
	return count;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name, *filter;
		enum flat_order order;
	} searches[] = {
		{"largest 10,000 files", "", FLAT_LARGEST},   {"newest 10,000 files", "", FLAT_NEWEST},
		{"filter `a`", "a", FLAT_LARGEST},            {"filter `*.c`", "*.c", FLAT_LARGEST},
		{"filter `>1M`", ">1M", FLAT_LARGEST},        {"filter `type:video`", "type:video", FLAT_LARGEST},
		{"filter `older:1y`", "older:1y", FLAT_LARGEST},
	};
	double values[MOST_RUNS], cpu[MOST_RUNS], first[MOST_RUNS];
	int runs = 7, option;
	size_t found = 0;

	while ((option = getopt(argc, argv, "n:")) != -1)
		runs = option == 'n' ? atoi(optarg) : 0;
	if (runs < 1 || runs > MOST_RUNS || optind != argc - 1) {
		fprintf(stderr, "usage: query [-n RUNS] TREE\n");
		return 2;
	}
	struct tree *tree = read_tree(argv[optind]);
	struct node root;

	tree_dir_node(tree, DIR_ROOT, &root);
	printf("| of everything below, %llu entries | ms | CPU ms | first rows, ms | found |\n|---|---|---|---|---|\n",
	       (unsigned long long)root.items);
	for (size_t s = 0; s < sizeof(searches) / sizeof(*searches); s++) {
		for (int run = 0; run < runs; run++) {
			struct span span = span_begin();

			found = search(tree, searches[s].filter, searches[s].order);
			span = span_end(span);
			values[run] = span.wall;
			cpu[run] = span.cpu;
			first[run] = first_ms ? first_ms : values[run];
		}
		printf("| %s | %.1f | %.1f | %.1f | %zu |\n", searches[s].name, median(values, runs), median(cpu, runs),
		       median(first, runs), found);
	}
	for (int run = 0; run < runs; run++) {
		struct span span = span_begin();

		found = add_up(tree);
		span = span_end(span);
		values[run] = span.wall;
		cpu[run] = span.cpu;
	}
	printf("| breakdown by type, extension, age, owner | %.1f | %.1f | | %zu |\n", median(values, runs),
	       median(cpu, runs), found);
	tree_destroy(tree);
	return 0;
}
