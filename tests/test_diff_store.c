/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Growth between stored snapshots: what needs their file lists. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/tree/build.h"
#include "store/diff/diff.h"
#include "store/snapshot/snapshot.h"
#include "store_fixture.h"

#define MIB ((uint64_t)1 << 20)

static struct fixture fixture;
static struct store *store;

static void begin(void)
{
	fixture_begin(&fixture);
	store = fixture_open(&fixture, STORE_CREATE);
}

static void end(void)
{
	store_close(store);
	fixture_end(&fixture);
}

TestSuite(diff_store, .init = begin, .fini = end);

/* A line of a listing: `NAME` a file, `NAME/` a folder that is entered, `..` leaves it. */
struct line {
	const char *name;
	uint64_t bytes;
	unsigned flags;     /* enum row_flag */
	unsigned dir_flags;
	uint64_t ino;       /* of a file: linked */
	int64_t mtime_s;
};

static struct image *take(const struct line *lines, size_t count)
{
	static int64_t when = 1000;
	struct build_entry root = {.name = "",
	                           .type = NODE_DIR,
	                           .alloc_bytes = 4096,
	                           .apparent_bytes = 4096,
	                           .mtime_ns = 1,
	                           .ino = 1,
	                           .nlink = 1,
	                           .dev = 1};
	struct build *build = build_create("/srv", &root);

	for (size_t i = 0; i < count; i++) {
		const struct line *line = &lines[i];
		size_t length = strlen(line->name);

		if (strcmp(line->name, "..") == 0) {
			cr_assert_eq(build_leave(build), 0);
			continue;
		}
		bool dir = line->name[length - 1] == '/';
		struct build_entry e = {.name = line->name,
		                        .name_length = length - dir,
		                        .type = dir ? NODE_DIR : NODE_REG,
		                        .flags = line->flags,
		                        .dir_flags = line->dir_flags,
		                        .alloc_bytes = line->bytes,
		                        .apparent_bytes = line->bytes,
		                        .ino = line->ino,
		                        .nlink = !dir && line->ino ? 5 : 1,
		                        .dev = 1,
		                        .mtime_ns = line->mtime_s * 1000000000};

		cr_assert_eq(dir && !line->flags ? build_enter(build, &e) : build_file(build, &e), 0, "%s", line->name);
	}
	struct tree *tree = build_finish(build);
	struct snapshot_meta meta = {.options = "", .started_at = when, .finished_at = when};
	struct err err = {{0}};
	struct image *image;
	int64_t id;

	when++;
	cr_assert(tree);
	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	tree_destroy(tree);
	cr_assert_eq(snapshot_image(store, id, &image, &err), 0, "%s", err.text);
	return image;
}

#define TAKE(lines) take(lines, sizeof(lines) / sizeof(*(lines)))

static struct diff compute(const struct image *a, const struct image *b, bool with_files)
{
	struct diff_options options = {.prefix_a = "",
	                               .prefix_b = "",
	                               .with_files = with_files,
	                               .max_depth = -1,
	                               .store = store};
	struct diff diff;
	struct err err = {{0}};
	int64_t sum = 0;

	cr_assert_eq(diff_compute(a, b, &options, &diff, &err), 0, "%s", err.text);
	for (size_t i = 0; i < diff.count; i++)
		sum += diff.entries[i].direct_delta_bytes;
	cr_assert_eq(sum, diff.net_bytes, "%" PRId64 " instead of %" PRId64, sum, diff.net_bytes);
	return diff;
}

/* The entries as lines `status path delta direct`, in order of the diff. */
static void expect_diff(const struct diff *diff, const char *want)
{
	struct buf got = {0};

	for (size_t i = 0; i < diff->count; i++) {
		const struct diff_entry *e = &diff->entries[i];

		buf_printf(&got, "%s %s%s %" PRId64 " %" PRId64 "\n", diff_status_name(e->status), e->path,
		           e->is_dir ? "/" : "", e->delta_bytes, e->direct_delta_bytes);
	}
	cr_expect_str_eq(got.data ? got.data : "", want);
	buf_free(&got);
}

Test(diff_store, files)
{
	static const struct line before[] = {
		{"log/", 4096, 0, 0, 10, 0},  {"syslog", 8192, 0, 0, 0, 0}, {"old", 4096, 0, 0, 0, 0},
		{"same", 512, 0, 0, 0, 0},    {"empty", 0, 0, 0, 0, 0},     {"..", 0, 0, 0, 0, 0},
		{"gone/", 4096, 0, 0, 11, 0}, {"g", 1024, 0, 0, 0, 0},      {"..", 0, 0, 0, 0, 0},
	};
	static const struct line after[] = {
		{"log/", 4096, 0, 0, 10, 0}, {"syslog", 40960, 0, 0, 0, 0}, {"new", 2048, 0, 0, 0, 0},
		{"same", 512, 0, 0, 0, 0},   {"..", 0, 0, 0, 0, 0},         {"fresh/", 4096, 0, 0, 12, 0},
		{"n", 1536, 0, 0, 0, 0},     {"..", 0, 0, 0, 0, 0},
	};
	struct image *a = TAKE(before), *b = TAKE(after);
	struct diff diff = compute(a, b, true);

	expect_diff(&diff,
		"grew /srv/log/syslog 32768 32768\n"
		"grew /srv/ 31232 0\n"
		"grew /srv/log/ 30720 0\n"
		"new /srv/fresh/ 5632 4096\n"
		"deleted /srv/gone/ -5120 -4096\n"
		"deleted /srv/log/old -4096 -4096\n"
		"new /srv/log/new 2048 2048\n"
		"new /srv/fresh/n 1536 1536\n"
		"deleted /srv/gone/g -1024 -1024\n");
	diff_clear(&diff);
	diff = compute(a, b, false);
	expect_diff(&diff,
		"grew /srv/ 31232 0\n"
		"grew /srv/log/ 30720 30720\n"
		"new /srv/fresh/ 5632 5632\n"
		"deleted /srv/gone/ -5120 -5120\n");
	diff_clear(&diff);
	diff = compute(a, a, true);
	cr_expect_eq(diff.count, 0);
	diff_clear(&diff);
	image_free(a);
	image_free(b);
}

/* Two files that change places leave their folder as it was. */
Test(diff_store, files_of_a_folder_without_growth)
{
	static const struct line before[] = {{"p/", 4096, 0, 0, 10, 0},
	                                     {"a", 8192, 0, 0, 0, 0},
	                                     {"b", 4096, 0, 0, 0, 0},
	                                     {"..", 0, 0, 0, 0, 0}};
	static const struct line after[] = {{"p/", 4096, 0, 0, 10, 0},
	                                    {"a", 4096, 0, 0, 0, 0},
	                                    {"b", 8192, 0, 0, 0, 0},
	                                    {"..", 0, 0, 0, 0, 0}};
	struct image *a = TAKE(before), *b = TAKE(after);
	struct diff diff = compute(a, b, true);

	expect_diff(&diff,
	            "shrank /srv/p/a -4096 -4096\ngrew /srv/p/b 4096 4096\nchanged /srv/ 0 0\nchanged /srv/p/ 0 0\n");
	diff_clear(&diff);
	image_free(a);
	image_free(b);
}

Test(diff_store, linked_files_count_once)
{
	static const struct line before[] = {{"p/", 4096, 0, 0, 10, 0}, {"..", 0, 0, 0, 0, 0}};
	static const struct line after[] = {{"p/", 4096, 0, 0, 10, 0}, {"l1", 8192, 0, 0, 77, 0},
	                                    {"l2", 8192, 0, 0, 77, 0}, {"q/", 4096, 0, 0, 11, 0},
	                                    {"l3", 8192, 0, 0, 77, 0}, {"..", 0, 0, 0, 0, 0},
	                                    {"..", 0, 0, 0, 0, 0}};
	struct image *a = TAKE(before), *b = TAKE(after);
	struct diff diff = compute(a, b, true);

	/* l3 is the same inode again: p's direct delta takes it back. */
	expect_diff(&diff,
		"grew /srv/ 12288 0\n"
		"grew /srv/p/ 12288 -8192\n"
		"new /srv/p/q/ 12288 4096\n"
		"new /srv/p/l1 8192 8192\n"
		"new /srv/p/q/l3 8192 8192\n");
	diff_clear(&diff);
	image_free(a);
	image_free(b);
}

/* Shown on one side, entered on the other: not gone, not new, but unknown. */
Test(diff_store, mounts_that_are_only_shown)
{
	static const struct line before[] = {
		{"mnt/", 4096, 0, 0, 10, 0}, {"nas/", 4096, 0, 0, 11, 0},   {"big", 90 * MIB, 0, 0, 0, 0},
		{"..", 0, 0, 0, 0, 0},       {"plain/", 4096, 0, 0, 12, 0}, {"..", 0, 0, 0, 0, 0},
		{"..", 0, 0, 0, 0, 0},
	};
	static const struct line after[] = {
		{"mnt/", 4096, 0, 0, 10, 0}, {"nas/", 0, ROW_OTHERFS, 0, 0, 0}, {"..", 0, 0, 0, 0, 0},
	};
	struct image *a = TAKE(before), *b = TAKE(after);
	struct diff diff = compute(a, b, true);

	expect_diff(&diff,
		"shrank /srv/ -4096 0\n"
		"shrank /srv/mnt/ -4096 0\n"
		"deleted /srv/mnt/plain/ -4096 -4096\n"
		"unknown /srv/mnt/nas/ 0 0\n");
	cr_expect_eq(diff.unknown_entries, 1);
	cr_expect_eq(diff.unknown_bytes, 90 * MIB + 4096);
	/* And so says what is kept of it. */
	cr_expect_eq(fixture_number(store, "SELECT count(*) FROM diff_cache"), 4);
	cr_expect_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM diff_cache WHERE path_blob=CAST('/srv/mnt/nas' AS BLOB) AND"
			" delta_bytes IS NULL"),
		1);
	cr_expect_eq(
		fixture_number(store, "SELECT delta_bytes FROM diff_cache WHERE path_blob=CAST('/srv/mnt' AS BLOB)"),
		-4096);
	image_free(TAKE(before));
	cr_expect_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM diff_cache WHERE snapshot_b=3 AND path_blob=CAST('/srv/mnt/nas' AS"
			" BLOB) AND delta_bytes IS NULL"),
		1);
	cr_expect_eq(
		fixture_number(
			store,
			"SELECT delta_bytes FROM diff_cache WHERE snapshot_b=3 AND path_blob=CAST('/srv' AS BLOB)"),
		4096);
	diff_clear(&diff);
	diff = compute(b, a, true);
	expect_diff(&diff,
		"grew /srv/ 4096 0\n"
		"grew /srv/mnt/ 4096 0\n"
		"new /srv/mnt/plain/ 4096 4096\n"
		"unknown /srv/mnt/nas/ 0 0\n");
	diff_clear(&diff);
	image_free(a);
	image_free(b);
}

/* A folder that can be listed but not searched: its files cannot be stat-ed. */
Test(diff_store, files_that_cannot_be_read)
{
	static const struct line before[] = {
		{"p/", 4096, 0, 0, 10, 0}, {"f", 10 * MIB, 0, 0, 0, 0}, {"d/", 4096, 0, 0, 11, 0},
		{"x", MIB, 0, 0, 0, 0},    {"..", 0, 0, 0, 0, 0},       {"..", 0, 0, 0, 0, 0},
		{"g", 4096, 0, 0, 0, 0},
	};
	static const struct line after[] = {
		{"p/", 4096, 0, 0, 10, 0}, {"f", 0, ROW_ERROR, 0, 0, 0}, {"d/", 0, ROW_ERROR, 0, 0, 0},
		{"..", 0, 0, 0, 0, 0},     {"g", 8192, 0, 0, 0, 0},
	};
	struct image *a = TAKE(before), *b = TAKE(after);

	for (int files = 0; files < 2; files++) {
		struct diff diff = compute(a, b, files);

		expect_diff(
			&diff,
			files ? "grew /srv/ 4096 0\ngrew /srv/g 4096 4096\nunknown /srv/p/d/ 0 0\nunknown"
				" /srv/p/f 0 0\n"
			      : "grew /srv/ 4096 4096\nunknown /srv/p/d/ 0 0\nunknown /srv/p/f 0 0\n");
		cr_expect_eq(diff.unknown_entries, 2);
		cr_expect_eq(diff.unknown_bytes, 11 * MIB + 4096);
		diff_clear(&diff);
		diff = compute(b, a, files);
		cr_expect_eq(diff.net_bytes, -4096);
		cr_expect_eq(diff.unknown_bytes, 11 * MIB + 4096);
		diff_clear(&diff);
	}
	image_free(a);
	image_free(b);
}

/* An unreadable folder that is gone, and a new one: they are what they are. */
Test(diff_store, unreadable_folders_come_and_go)
{
	static const struct line before[] = {{"u/", 4096, 0, DIR_READ_ERROR, 10, 0}, {"..", 0, 0, 0, 0, 0}};
	static const struct line after[] = {{"v/", 4096, 0, DIR_READ_ERROR, 11, 0}, {"..", 0, 0, 0, 0, 0}};
	struct image *a = TAKE(before), *b = TAKE(after);
	struct diff diff = compute(a, b, false);

	expect_diff(&diff, "deleted /srv/u/ -4096 -4096\nnew /srv/v/ 4096 4096\nchanged /srv/ 0 0\n");
	diff_clear(&diff);
	image_free(a);
	image_free(b);
}

/*
 * What went here and came there is one file, where there is no doubt: by size and time, and by name where several have
 * these.
 */
Test(diff_store, files_that_move)
{
	static const struct line before[] = {
		{"a/", 4096, 0, 0, 10, 1},    {"big", 65536, 0, 0, 0, 100},    {"one", 4096, 0, 0, 0, 200},
		{"two", 4096, 0, 0, 0, 200},  {"three", 4096, 0, 0, 0, 200},   {"unsure", 8192, 0, 0, 0, 300},
		{"no time", 512, 0, 0, 0, 0}, {"linked", 2048, 0, 0, 77, 400}, {"..", 0, 0, 0, 0, 0},
		{"b/", 4096, 0, 0, 11, 1},    {"..", 0, 0, 0, 0, 0},
	};
	static const struct line after[] = {
		{"a/", 4096, 0, 0, 10, 1},
		{"renamed", 65536, 0, 0, 0, 100},
		{"..", 0, 0, 0, 0, 0},
		{"b/", 4096, 0, 0, 11, 1},
		{"one", 4096, 0, 0, 0, 200},
		{"other", 4096, 0, 0, 0, 200},
		{"another", 4096, 0, 0, 0, 200},
		{"unsure 1", 8192, 0, 0, 0, 300},
		{"unsure 2", 8192, 0, 0, 0, 300},
		{"has no time", 512, 0, 0, 0, 0},
		{"still linked", 2048, 0, 0, 77, 400},
		{"..", 0, 0, 0, 0, 0},
	};
	struct image *a = TAKE(before), *b = TAKE(after);
	struct diff diff = compute(a, b, true);
	int moved = 0;

	expect_diff(&diff, "grew /srv/b/ 31232 6144\n"
			   "shrank /srv/a/ -23040 -6144\n"
			   "grew /srv/ 8192 0\n"
			   "deleted /srv/a/unsure -8192 -8192\n"
			   "new /srv/b/unsure 1 8192 8192\n"
			   "new /srv/b/unsure 2 8192 8192\n"
			   "deleted /srv/a/three -4096 -4096\n"
			   "deleted /srv/a/two -4096 -4096\n"
			   "new /srv/b/another 4096 4096\n"
			   "new /srv/b/other 4096 4096\n"
			   "deleted /srv/a/no time -512 -512\n"
			   "new /srv/b/has no time 512 512\n"
			   "moved /srv/a/renamed 0 0\n"
			   "moved /srv/b/one 0 0\n"
			   "moved /srv/b/still linked 0 0\n");
	for (size_t i = 0; i < diff.count; i++) {
		const struct diff_entry *e = &diff.entries[i];

		if (e->status != DIFF_MOVED)
			continue;
		moved++;
		cr_assert(!e->is_dir && e->bytes_a == e->bytes_b && e->path_from);
		cr_assert_str_eq(e->path_from, strstr(e->path, "renamed")  ? "/srv/a/big"
		                               : strstr(e->path, "linked") ? "/srv/a/linked"
		                                                           : "/srv/a/one");
	}
	cr_assert_eq(moved, 3);
	diff_clear(&diff);
	image_free(a);
	image_free(b);
}
