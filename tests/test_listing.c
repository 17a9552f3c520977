/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/build.h"
#include "engine/image/match.h"
#include "ui/browser/listing.h"
#include "ui/model/model.h"

/* Rows of a folder against the slow and obvious way; small folders (merge sort) and large ones (radix). */

static uint64_t seed;

static unsigned number(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

struct entry {
	char name[48];
	uint64_t bytes, apparent;
	int64_t mtime;
	uint64_t items;
	bool dir;
};

static struct entry *entries;
static int count;

/** `n` entries with many equal figures; names share a beginning, some differ late. */
static struct tree *make(int n)
{
	struct build_entry root = {.name = "r", .name_length = 1, .type = NODE_DIR, .alloc_bytes = 4096};
	struct build *build = build_create("/r", &root);
	struct tree *tree;

	cr_assert(build);
	count = n;
	entries = calloc((size_t)n, sizeof *entries);
	for (int i = 0; i < n; i++) {
		struct entry *e = &entries[i];
		struct build_entry made;

		snprintf(e->name, sizeof e->name, "%s%05u-%d%s", number(3) ? "file-number-" : "file-", number(50), i,
		         number(2) ? ".with a long end" : "");
		e->dir = number(4) == 0;
		e->bytes = number(20) * 4096ull;
		e->apparent = e->bytes ? e->bytes - number(4096) : 0;
		e->mtime = 1600000000 + number(5) * 1000;
		made = (struct build_entry){.name = e->name,
		                            .name_length = strlen(e->name),
		                            .type = e->dir ? NODE_DIR : NODE_REG,
		                            .nlink = 1,
		                            .alloc_bytes = e->bytes,
		                            .apparent_bytes = e->apparent,
		                            .mtime_ns = e->mtime * 1000000000,
		                            .ino = (uint64_t)i + 10};
		if (e->dir) {
			e->items = number(3);
			cr_assert_eq(build_enter(build, &made), 0);
			for (uint64_t k = 0; k < e->items; k++) {
				char name[8];
				struct build_entry child = {.name = name, .type = NODE_REG, .nlink = 1};

				child.name_length = (size_t)snprintf(name, sizeof name, "%d", (int)k);
				cr_assert_eq(build_file(build, &child), 0);
			}
			cr_assert_eq(build_leave(build), 0);
		} else {
			cr_assert_eq(build_file(build, &made), 0);
		}
	}
	tree = build_finish(build);
	cr_assert(tree);
	return tree;
}

static struct listing_query asked;

/** Numbers with zeros before them up to 40 digits: then bytes tell the natural order. */
static const char *padded(const char *name, char out[2048])
{
	char *to = out;

	while (*name) {
		size_t digits = strspn(name, "0123456789");

		if (digits) {
			to += sprintf(to, "%0*d%.*s", 40 - (int)digits, 0, (int)digits, name);
			name += digits;
		} else {
			*to++ = *name++;
		}
	}
	*to = 0;
	return out;
}

static int obvious(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int64_t difference = 0;
	int order;

	if (asked.dirs_first && x->dir != y->dir)
		return x->dir ? -1 : 1;
	switch (asked.sort) {
	case SORT_SIZE:
		difference = asked.apparent ? (int64_t)x->apparent - (int64_t)y->apparent
		                            : (int64_t)x->bytes - (int64_t)y->bytes;
		break;
	case SORT_ITEMS: difference = (int64_t)x->items - (int64_t)y->items; break;
	case SORT_MTIME: difference = x->mtime - y->mtime; break;
	default: break;
	}
	if (difference)
		return (difference > 0) == asked.descending ? -1 : 1;
	order = 0;
	if (asked.natural) {
		char one[2048], other[2048];

		order = strcmp(padded(x->name, one), padded(y->name, other));
	}
	if (!order)
		order = strcmp(x->name, y->name);
	return asked.sort == SORT_NAME && asked.descending ? -order : order;
}

static void check(struct tree *tree)
{
	struct listing_source source = {.tree = tree, .base_dir = IMAGE_NONE};
	struct listing listing;
	struct row row;

	qsort(entries, (size_t)count, sizeof *entries, obvious);
	cr_assert_eq(listing_build(&listing, &asked, &source), 0);
	cr_assert_eq(listing.count, (size_t)count);
	for (int i = 0; i < count; i++) {
		cr_assert(listing_row(&listing, (size_t)i, &row));
		cr_assert_str_eq((char *)row.name, entries[i].name, "row %d by %d: %s, not %s", i, (int)asked.sort,
		                 row.name, entries[i].name);
		cr_assert_eq(row.bytes, asked.apparent ? entries[i].apparent : entries[i].bytes);
	}
	cr_assert_eq(listing_find(&listing, 0, entries[count / 2].name, strlen(entries[count / 2].name), false),
	             (size_t)count / 2);
	cr_assert_eq(listing_find(&listing, 0, "no such name", 12, false), SIZE_MAX);
	cr_assert_eq(listing_find(&listing, 0, entries[0].name, strlen(entries[0].name), true), SIZE_MAX,
	             "it is no ghost");
	listing_clear(&listing);
}

static void check_all(int n)
{
	struct tree *tree;

	seed = (uint64_t)n;
	tree = make(n);
	for (int sort = SORT_SIZE; sort <= SORT_MTIME; sort++)
		for (int bits = 0; bits < 16; bits++) {
			asked = (struct listing_query){.place = {.dir = DIR_ROOT, .image_dir = IMAGE_NONE},
			                               .sort = (enum ui_sort)sort,
			                               .descending = bits & 1,
			                               .dirs_first = bits & 2,
			                               .apparent = bits & 4,
			                               .natural = bits & 8,
			                               .show_hidden = true};
			check(tree);
		}
	tree_destroy(tree);
	free(entries);
}

Test(listing, few_rows_come_in_the_obvious_order)
{
	check_all(1);
	check_all(2);
	check_all(13);
	check_all(700);
}

Test(listing, many_rows_come_in_the_same_order)
{
	check_all(9000);
}

/* As ncdu 2 does by default. */
Test(listing, names_sort_by_the_numbers_in_them)
{
	static const char *const expected[] = {"a",
	                                       "a0",
	                                       "a1",
	                                       "a1b",
	                                       "a002",
	                                       "a2",
	                                       "a10",
	                                       "a10a2",
	                                       "a10a10",
	                                       "b99999999999999999999",
	                                       "b100000000000000000000",
	                                       "b~"};
	struct build_entry root = {.name = "r", .name_length = 1, .type = NODE_DIR, .alloc_bytes = 4096};
	struct build *build = build_create("/r", &root);
	struct listing_source source = {.base_dir = IMAGE_NONE};
	struct listing listing;
	struct tree *tree;
	struct row row;

	for (size_t i = sizeof expected / sizeof *expected; i--;) {
		struct build_entry made = {.name = expected[i],
		                           .name_length = strlen(expected[i]),
		                           .type = NODE_REG,
		                           .nlink = 1};

		cr_assert_eq(build_file(build, &made), 0);
	}
	source.tree = tree = build_finish(build);
	for (int descending = 0; descending < 2; descending++) {
		asked = (struct listing_query){.place = {.dir = DIR_ROOT, .image_dir = IMAGE_NONE},
		                               .sort = SORT_NAME,
		                               .natural = true,
		                               .descending = descending};
		cr_assert_eq(listing_build(&listing, &asked, &source), 0);
		for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
			cr_assert(listing_row(&listing, descending ? sizeof expected / sizeof *expected - 1 - i : i,
			                      &row));
			cr_assert_str_eq((char *)row.name, expected[i]);
		}
		listing_clear(&listing);
	}
	tree_destroy(tree);
}

/*
 * Figures move between the sorting of all rows and the decoding of those on the screen: what is shown is in order all
 * the same.
 */
Test(listing, rows_that_moved_since_are_brought_into_order)
{
	struct listing_source source = {.base_dir = IMAGE_NONE};
	struct listing listing;
	struct row rows[30];
	const size_t first = 5;

	seed = 3;
	source.tree = make(60);
	for (int sort = SORT_SIZE; sort <= SORT_ITEMS; sort++) {
		asked = (struct listing_query){.place = {.dir = DIR_ROOT, .image_dir = IMAGE_NONE},
		                               .sort = (enum ui_sort)sort,
		                               .descending = true,
		                               .show_hidden = true};
		cr_assert_eq(listing_build(&listing, &asked, &source), 0);
		for (size_t i = 0; i < 30; i++) {
			cr_assert(listing_row(&listing, first + i, &rows[i]));
			rows[i].bytes = number(1000) * 4096ull;
			rows[i].items = number(1000);
		}
		listing_reorder(&listing, first, rows, 30);
		for (size_t i = 0; i < 30; i++) {
			struct row row;

			cr_assert(!i || (sort == SORT_SIZE ? rows[i - 1].bytes >= rows[i].bytes
			                                   : sort != SORT_ITEMS || rows[i - 1].items >= rows[i].items));
			cr_assert(listing_row(&listing, first + i, &row));
			cr_assert_str_eq((char *)row.name, (char *)rows[i].name, "rows and items stay together");
		}
		listing_clear(&listing);
	}
	tree_destroy((struct tree *)source.tree);
	free(entries);
}

static struct tree *files_of(const struct file_entry *files, size_t n)
{
	struct build_entry root = {.name = "r", .name_length = 1, .type = NODE_DIR, .alloc_bytes = 4096};
	struct build *build = build_create("/r", &root);

	for (size_t i = 0; i < n; i++) {
		struct build_entry made = {.name = (const char *)files[i].name,
		                           .name_length = files[i].name_length,
		                           .type = NODE_REG,
		                           .nlink = 1,
		                           .alloc_bytes = files[i].alloc_bytes,
		                           .apparent_bytes = files[i].alloc_bytes,
		                           .mtime_ns = files[i].mtime_s * 1000000000};

		cr_assert_eq(build_file(build, &made), 0);
	}
	return build_finish(build);
}

/* A file with another name than before has moved, if it cannot be another one. */
Test(listing, a_renamed_file_has_moved)
{
#define ENTRY(n, bytes, time)                                                                                          \
	{                                                                                                              \
		.name = (const unsigned char *)(n), .name_length = sizeof(n) - 1, .type = NODE_REG,                    \
		.alloc_bytes = (bytes), .apparent_bytes = (bytes), .mtime_s = (time), .nlink = 1                       \
	}
	struct file_entry then[] = {ENTRY("old name", 8192, 100), ENTRY("twin 1", 4096, 200),
	                            ENTRY("twin 2", 4096, 200), ENTRY("written", 512, 300)};
	struct file_entry now[] = {ENTRY("another", 4096, 200), ENTRY("new name", 8192, 100),
	                           ENTRY("rewritten", 512, 301)};
	struct tree *before = files_of(then, 4), *after = files_of(now, 3);
	struct baseline base = {.image = image_from_tree(before), .prefix = ""};
	struct match *match = match_create_complete(after, base.image, "");
	struct files files = {.ready = true, .list = {.items = then, .count = 4}};
	struct listing_source source = {.tree = after,
	                                .base = &base,
	                                .base_dir = IMAGE_ROOT,
	                                .base_known = true,
	                                .base_files = &files,
	                                .remembered_dir = IMAGE_NONE};
	struct listing listing;
	int renamed = 0;

	base.match = match;
	asked = (struct listing_query){.place = {.dir = DIR_ROOT, .image_dir = IMAGE_NONE},
	                               .growth = GROWTH_SINCE,
	                               .show_hidden = true};
	cr_assert_eq(listing_build(&listing, &asked, &source), 0);
	for (size_t i = 0; i < listing.count; i++) {
		struct row row;

		cr_assert(listing_row(&listing, i, &row));
		if (row.moved)
			cr_assert_str_eq((char *)row.name, "new name");
		cr_assert_neq(row.moved && row.is_new, true);
		renamed += row.moved;
	}
	cr_assert_eq(renamed, 1);
	listing_clear(&listing);
	match_destroy(match);
	image_free(base.image);
	tree_destroy(before);
	tree_destroy(after);
}

Test(listing, an_empty_folder_has_no_rows)
{
	struct build_entry root = {.name = "r", .name_length = 1, .type = NODE_DIR, .alloc_bytes = 4096};
	struct tree *tree = build_finish(build_create("/r", &root));
	struct listing_source source = {.tree = tree, .base_dir = IMAGE_NONE};
	struct listing listing;
	struct row row;

	asked = (struct listing_query){.place = {.dir = DIR_ROOT, .image_dir = IMAGE_NONE}};
	cr_assert_eq(listing_build(&listing, &asked, &source), 0);
	cr_assert_eq(listing.count, 0);
	cr_assert(!listing_row(&listing, 0, &row));
	listing_clear(&listing);
	tree_destroy(tree);
}

Test(listing, a_filter_is_a_part_of_the_name_or_a_glob)
{
	static const struct {
		const char *filter, *name;
		bool matches;
	} cases[] = {
		{"", "anything", true},
		{"log", "app.log", true},
		{"log", "App.LOG", true},
		{"LOG", "app.log", false},
		{"LOG", "app.LOG", true},
		{"*.log", "app.log", true},
		{"*.log", "app.log.1", false},
		{"a?p*", "app.log", true},
		{"[ab]*", "beta", true},
		{"[ab]*", "Beta", true},
		{"[ab]*", "gamma", false},
		{"*", ".hidden", true},
		{"zzz", "app.log", false},
		{"[", "a[b", false},
		{"\xff",
	         "a\xff"
	         "b",
	         true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct terms terms;

		cr_assert_eq(terms_parse(cases[i].filter, 0, &terms, NULL), 0);
		cr_assert_eq(terms_match_name(&terms, cases[i].name, strlen(cases[i].name)), cases[i].matches,
		             "%s on %s", cases[i].filter, cases[i].name);
	}
}

Test(listing, memory_running_out_is_said)
{
	struct tree *tree;
	struct listing_source source;
	struct listing listing;
	int failures = 0;

	seed = 5;
	tree = make(9000);
	source = (struct listing_source){.tree = tree, .base_dir = IMAGE_NONE};
	asked = (struct listing_query){.place = {.dir = DIR_ROOT, .image_dir = IMAGE_NONE},
	                               .sort = SORT_SIZE,
	                               .show_hidden = true};
	for (long at = 0;; at++) {
		int status;

		alloc_fail_at(at, false);
		status = listing_build(&listing, &asked, &source);
		alloc_fail_at(-1, false);
		if (!status && failures && listing.count == 9000) {
			listing_clear(&listing);
			/* The counters of the radix are a luxury: it goes on without. */
			if (at > 40)
				break;
			continue;
		}
		if (status) {
			cr_assert_eq(status, -12);
			cr_assert_null(listing.items);
			failures++;
		} else {
			listing_clear(&listing);
		}
		cr_assert(at < 1000);
	}
	cr_assert(failures > 0);
	tree_destroy(tree);
	free(entries);
}
