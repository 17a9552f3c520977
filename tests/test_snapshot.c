/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saving snapshots and reading them back: what comes out is what went in, whatever happened in between. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/tree/build.h"
#include "store/files/file_list.h"
#include "store/snapshot/snapshot.h"
#include "nap.h"
#include "store_fixture.h"
#include "store_model.h"

static struct fixture f;
static struct store *store;

static void setup(void)
{
	fixture_begin(&f);
	store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
}

static void teardown(void)
{
	store_close(store);
	fixture_end(&f);
}

TestSuite(snapshot, .init = setup, .fini = teardown, .timeout = 300);

static void check_sound(void)
{
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check<>'ok'"),
	             0);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	/* One open version at most, and intervals of a directory that do not overlap. */
	cr_assert_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM dir_versions a JOIN dir_versions b ON a.dir_id=b.dir_id AND"
			" a.first_id<b.first_id"
			" AND a.last_id>=b.first_id"),
		0);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM dir_versions WHERE last_id<first_id"), 0);
}

static void check_dump(int64_t id, const struct buf *expected)
{
	struct buf got = {0};

	dump_snapshot(store, id, &got);
	cr_assert_eq(got.length, expected->length, "snapshot %lld", (long long)id);
	cr_assert(!memcmp(got.data, expected->data, got.length), "snapshot %lld differs:\n%s\n---\n%s", (long long)id,
	          got.data, expected->data);
	buf_free(&got);
}

static void dump_model(const struct model *model, struct buf *out)
{
	struct tree *tree = model_tree(model);

	dump_tree(tree, out);
	tree_destroy(tree);
}

Test(snapshot, reads_back_what_was_saved)
{
	struct model model;
	struct buf expected = {0};

	model_begin(&model, 7, "/srv/data");
	model_grow(&model, 60, 300);
	dump_model(&model, &expected);
	int64_t id = model_save(&model, store, 1000);

	check_dump(id, &expected);
	check_sound();
	struct snapshot snapshot;
	struct err err;

	cr_assert_eq(snapshot_get(store, id, &snapshot, &err), 0);
	cr_expect_str_eq(snapshot.scan_root, "/srv/data");
	cr_expect_str_eq(snapshot.host, store_host());
	cr_expect_str_eq(snapshot.source, "");
	cr_expect_null(snapshot.label);
	cr_expect_eq(strncmp(snapshot.program, "disktracker", 11), 0);
	cr_expect_eq(snapshot.started_at, 995);
	cr_expect_eq(snapshot.finished_at, 1000);
	snapshot_clear(&snapshot);
	cr_assert_eq(snapshot_get(store, 99, &snapshot, &err), -ENOENT);
	buf_free(&expected);
	model_end(&model);
}

Test(snapshot, random_histories_read_back_identically)
{
	for (uint64_t seed = 1; seed <= 25; seed++) {
		enum { STEPS = 12 };
		struct buf expected[STEPS] = {{0}};
		int64_t ids[STEPS];
		struct model model;
		char root[64];

		snprintf(root, sizeof(root), seed % 5 ? "/r%d" : "/", (int)seed); /* five chains share "/" */
		model_begin(&model, seed, root);
		model_grow(&model, 30, 100);
		for (int i = 0; i < STEPS; i++) {
			dump_model(&model, &expected[i]);
			ids[i] = model_save(&model, store, 1000 * (int64_t)seed + i);
			if (seed % 3 == 0 && i == STEPS / 2) { /* another connection goes on: no kept head */
				store_close(store);
				store = fixture_open(&f, STORE_STRICT);
			}
			model_change(&model, i % 3 ? 8 : 40);
		}
		for (int i = 0; i < STEPS; i++) {
			check_dump(ids[i], &expected[i]);
			buf_free(&expected[i]);
		}
		model_end(&model);
	}
	check_sound();
}

/* An equal tree costs one row and no more. */
Test(snapshot, an_unchanged_tree_writes_no_directory)
{
	struct model model;

	model_begin(&model, 3, "/x");
	model_grow(&model, 40, 200);
	model_save(&model, store, 1);
	int64_t versions = fixture_number(store, "SELECT count(*) FROM dir_versions");
	int64_t chunks = fixture_number(store, "SELECT count(*) FROM file_chunks");

	model_save(&model, store, 2);
	store_close(store); /* and without the kept head */
	store = fixture_open(&f, STORE_STRICT);
	int64_t id = model_save(&model, store, 3);

	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM dir_versions"), versions);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM file_chunks"), chunks);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM diff_cache"), 0);
	cr_assert_eq(fixture_number(store, "SELECT head_id FROM roots"), id);
	model_end(&model);
}

Test(snapshot, one_change_writes_its_ancestors_and_one_list)
{
	struct model model;

	model_begin(&model, 3, "/x");
	int a = model_add(&model, 0, "a", true), b = model_add(&model, a, "b", true),
	    c = model_add(&model, 0, "c", true);
	int file = model_file(&model, b, "log", 1000);

	model_file(&model, a, "other", 10);
	model_file(&model, c, "still", 10);
	model_save(&model, store, 1);
	model.nodes[file].apparent_bytes = 9000;
	model.nodes[file].alloc_bytes = 12288;
	model_save(&model, store, 2);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM dir_versions WHERE first_id=2"), 3); /* b, a, root */
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM file_chunks"), 4);
	cr_assert_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM diff_cache WHERE delta_bytes=8192 AND snapshot_a=1 AND snapshot_b=2"),
		3);
	cr_assert_eq(fixture_number(store, "SELECT delta_bytes FROM diff_cache WHERE path_blob=CAST('/x/a/b' AS BLOB)"),
	             8192);
	model_end(&model);
}

/* In a huge directory one change rewrites one chunk. */
Test(snapshot, a_huge_directory_is_cut)
{
	struct model model;
	char name[32];
	struct buf expected = {0};

	model_begin(&model, 3, "/x");
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		model_file(&model, 0, name, (uint64_t)i);
	}
	model_save(&model, store, 1);
	int64_t chunks = fixture_number(store, "SELECT count(*) FROM file_chunks");

	cr_assert_gt(chunks, 5);
	cr_assert_lt(chunks, 80);
	model.nodes[10000].apparent_bytes = 1 << 20;
	model.nodes[10000].alloc_bytes = 1 << 20;
	model.nodes[15000].alive = false;
	model_file(&model, 0, "file9999x", 1);
	dump_model(&model, &expected);
	int64_t id = model_save(&model, store, 2);

	cr_assert_leq(fixture_number(store, "SELECT count(*) FROM file_chunks"), chunks + 4);
	check_dump(id, &expected);
	buf_free(&expected);
	model_end(&model);
}

Test(snapshot, the_view_tells_what_was_there)
{
	struct model model;

	model_begin(&model, 3, "/x");
	int a = model_add(&model, 0, "a", true);

	model_add(&model, 0, "\xff", true);
	int file = model_file(&model, a, "f", 5000);

	model_save(&model, store, 1);
	model.nodes[a].mtime_s = 77;
	model.nodes[file].alive = false;
	model_save(&model, store, 2);
	cr_expect_eq(fixture_number(store, "SELECT count(*) FROM dir_snapshots WHERE snapshot_id=1"), 3);
	cr_expect_eq(
		fixture_number(
			store,
			"SELECT total_bytes FROM dir_snapshots WHERE snapshot_id=1 AND path_blob=CAST('/x/a' AS BLOB)"),
		4096 + 8192);
	cr_expect_eq(
		fixture_number(
			store,
			"SELECT total_bytes FROM dir_snapshots WHERE snapshot_id=2 AND path_blob=CAST('/x/a' AS BLOB)"),
		4096);
	cr_expect_eq(fixture_number(store, "SELECT mtime FROM dir_snapshots WHERE snapshot_id=2 AND path_utf8='/x/a'"),
	             77);
	cr_expect_eq(
		fixture_number(
			store,
			"SELECT file_count*100+child_count*10+depth FROM dir_snapshots WHERE snapshot_id=1 AND"
			" path_utf8='/x/a'"),
		111);
	cr_expect_eq(fixture_number(store, "SELECT dev FROM dir_snapshots WHERE snapshot_id=2 AND path_utf8='/x/a'"),
	             42);
	cr_expect_eq(
		fixture_number(store,
	                       "SELECT count(*) FROM dir_snapshots WHERE path_utf8 IS NULL AND path_blob=x'2f782fff'"),
		2);
	cr_expect_eq(
		fixture_number(store,
	                       "SELECT count(*) FROM snapshots WHERE scan_root='/x' AND program LIKE 'disktracker%'"),
		2);
	model_end(&model);
}

Test(snapshot, what_is_unreadable_is_not_shrunk)
{
	struct model model;

	model_begin(&model, 3, "/x");
	int a = model_add(&model, 0, "a", true), b = model_add(&model, a, "b", true);

	model_file(&model, b, "big", 1 << 20);
	int file = model_file(&model, 0, "f", 4096);

	model_save(&model, store, 1);
	model.nodes[b].unreadable = true;
	model.nodes[file].alloc_bytes = 8192;
	model_save(&model, store, 2);
	cr_expect_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM diff_cache WHERE path_blob=CAST('/x/a/b' AS BLOB) AND delta_bytes"
			" IS NULL"),
		1);
	cr_expect_eq(fixture_number(store, "SELECT count(*) FROM diff_cache WHERE path_blob=CAST('/x/a' AS BLOB)"), 0);
	cr_expect_eq(fixture_number(store, "SELECT delta_bytes FROM diff_cache WHERE path_blob=CAST('/x' AS BLOB)"),
	             4096);
	model_end(&model);
}

/* A disk that is not mounted has not shrunk: neither it, nor what contained it, gone too. */
Test(snapshot, what_is_not_mounted_is_not_shrunk)
{
	struct model model;

	model_begin(&model, 3, "/x");
	int a = model_add(&model, 0, "a", true), disk = model_add(&model, a, "disk", true);

	model.nodes[disk].mount = true;
	model_file(&model, disk, "big", 1 << 20);
	model_save(&model, store, 1);
	model.nodes[disk].alive = false;
	model_save(&model, store, 2);
	cr_expect_eq(fixture_number(store, "SELECT count(*) FROM diff_cache WHERE snapshot_b=2"), 1);
	cr_expect_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM diff_cache WHERE path_blob=CAST('/x/a/disk' AS BLOB) AND delta_bytes"
			" IS NULL"),
		1);
	model.nodes[disk].alive = true;
	model_save(&model, store, 3);
	cr_expect_eq(fixture_number(store, "SELECT count(*) FROM diff_cache WHERE snapshot_b=3"), 1);
	cr_expect_eq(
		fixture_number(store, "SELECT count(*) FROM diff_cache WHERE snapshot_b=3 AND delta_bytes IS NULL"), 1);
	model.nodes[a].alive = false;
	model_save(&model, store, 4);
	cr_expect_eq(
		fixture_number(
			store,
			"SELECT delta_bytes FROM diff_cache WHERE snapshot_b=4 AND path_blob=CAST('/x/a' AS BLOB)"),
		-4096);
	cr_expect_eq(fixture_number(
			     store,
			     "SELECT delta_bytes FROM diff_cache WHERE snapshot_b=4 AND path_blob=CAST('/x' AS BLOB)"),
	             -4096);
	model_end(&model);
}

Test(snapshot, keeps_the_newest_eight_pairs)
{
	struct model model;

	model_begin(&model, 3, "/x");
	int file = model_file(&model, 0, "f", 4096);

	for (int i = 1; i <= 14; i++) {
		model.nodes[file].alloc_bytes += 512;
		model_save(&model, store, i);
	}
	cr_assert_eq(fixture_number(store, "SELECT count(DISTINCT snapshot_b) FROM diff_cache"), 8);
	cr_assert_eq(fixture_number(store, "SELECT min(snapshot_b) FROM diff_cache"), 7);
	model_end(&model);
}

/* A directory that comes back is the same one. */
Test(snapshot, a_disk_that_comes_and_goes_is_stored_once)
{
	struct model model;
	char name[32];

	model_begin(&model, 3, "/x");
	int disk = model_add(&model, 0, "disk", true);

	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		model_file(&model, model_add(&model, disk, name, true), "f", 100);
	}
	model_save(&model, store, 1);
	int64_t dirs = fixture_number(store, "SELECT count(*) FROM dirs"),
		chunks = fixture_number(store, "SELECT count(*) FROM file_chunks");

	for (int i = 2; i < 8; i++) {
		model.nodes[disk].alive = !model.nodes[disk].alive;
		model_save(&model, store, i);
	}
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM dirs"), dirs);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM file_chunks"), chunks);
	check_sound();
	model_end(&model);
}

static struct tree *deep_tree(int depth, const char *name)
{
	struct build_entry entry = {.name = name,
	                            .name_length = strlen(name),
	                            .alloc_bytes = 4096,
	                            .apparent_bytes = 4096,
	                            .nlink = 1,
	                            .ino = 2};
	struct build *build = build_create("/deep", &entry);

	for (int i = 0; i < depth; i++) {
		entry.ino++;
		cr_assert_eq(build_enter(build, &entry), 0);
	}
	return build_finish(build);
}

Test(snapshot, deep_directories_are_folded)
{
	struct tree *tree = deep_tree(5000, "dir");
	struct snapshot_meta meta = {.options = "", .finished_at = 1};
	struct err err;
	int64_t id;

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
		struct image *image;

		cr_assert_eq(snapshot_image(store, id, &image, &err), 0, "%s", err.text);
		cr_expect_eq(image->count, 1 + (4096 - 5) / 4);
		cr_expect_eq(image->alloc_bytes[0], 5001 * 4096);
		cr_expect_eq(image->flags[image->count - 1] & IMAGE_FOLDED, IMAGE_FOLDED);
		cr_expect_eq(image->flags[image->count - 2] & IMAGE_FOLDED, 0);
		image_free(image);
	}
	cr_expect_eq(fixture_number(store, "SELECT count(*) FROM dir_versions"), 1 + (4096 - 5) / 4,
	             "the second one writes nothing");
	cr_expect_leq(fixture_number(store, "SELECT max(length(path)) FROM dirs"), 4096);
	tree_destroy(tree);
}

static int64_t save_with(const struct model *model, const struct snapshot_meta *meta)
{
	struct tree *tree = model_tree(model);
	struct err err = {{0}};
	int64_t id = 0;
	int rc = snapshot_save(store, tree, meta, NULL, &id, &err);

	tree_destroy(tree);
	return rc ? rc : id;
}

/* Newest is what was stored last, whatever its clock said; imports come behind, by the dates that were declared. */
Test(snapshot, list_is_newest_first_and_filtered)
{
	struct model model, other;
	const struct snapshot_meta late = {.options = "", .source = "late.json", .finished_at = 150},
				   early = {.options = "", .source = "early.json", .finished_at = 50};
	const int64_t expected[] = {200, 300, 100, 150, 50};
	struct snapshot_list list;
	struct err err;

	model_begin(&model, 3, "/x");
	model_begin(&other, 4, "/y");
	model_save(&model, store, 100);
	model_save(&model, store, 300);
	save_with(&model, &late);
	save_with(&model, &early);
	model_save(&other, store, 200);
	cr_assert_eq(snapshot_list(store, NULL, NULL, NULL, &list, &err), 0);
	cr_assert_eq(list.count, 5);
	for (size_t i = 0; i < 5; i++)
		cr_expect_eq(list.items[i].finished_at, expected[i]);
	snapshot_list_clear(&list);
	cr_assert_eq(snapshot_list(store, "/x", store_host(), "", &list, &err), 0);
	cr_expect_eq(list.count, 4);
	snapshot_list_clear(&list);
	cr_assert_eq(snapshot_list(store, "/x", "elsewhere", NULL, &list, &err), 0);
	cr_expect_eq(list.count, 0);
	snapshot_list_clear(&list);
	model_end(&model);
	model_end(&other);
}

/* In the list each says what it has grown since the one below; that nobody could read something says so. */
static void check_steps(void)
{
	struct snapshot_list list;
	struct err err;

	cr_assert_eq(snapshot_list(store, NULL, NULL, NULL, &list, &err), 0, "%s", err.text);
	for (size_t i = 0; i < list.count; i++) {
		const struct snapshot *one = &list.items[i], *older = i + 1 < list.count ? one + 1 : NULL;

		cr_assert_eq(one->since_id, older ? older->id : 0, "#%d since #%d", (int)one->id, (int)one->since_id);
		if (!older)
			continue;
		struct growth_figure growth = snapshot_growth(older, one);

		cr_assert(growth.known, "#%d since #%d", (int)one->id, (int)older->id);
		if (!growth.unknown_entries)
			cr_assert_eq(growth.bytes, (int64_t)(one->total_bytes - older->total_bytes));
	}
	snapshot_list_clear(&list);
}

Test(snapshot, imports_are_in_the_order_of_their_dates)
{
	for (unsigned seed = 1; seed < 12; seed++) {
		struct model model;
		unsigned random = seed;
		int64_t ids[10];

		model_begin(&model, seed, "/x");
		model_grow(&model, 8, 20);
		for (int i = 0; i < 10; i++) {
			struct snapshot_meta meta = {.options = "", .source = "ncdu", .host = "h"};

			model_change(&model, 6);
			meta.finished_at = meta.started_at = 1000 + rand_r(&random) % 8;
			ids[i] = save_with(&model, &meta);
			cr_assert_gt(ids[i], 0);
			check_steps();
		}
		for (int i = 0; i < 10; i++) {
			struct err err;

			cr_assert_eq(snapshot_delete(store, ids[(i * 7 + seed) % 10], &err), 0, "%s", err.text);
			check_steps();
		}
		model_end(&model);
	}
}

Test(snapshot, chains_are_apart)
{
	struct model model;

	model_begin(&model, 3, "/x");
	model_grow(&model, 10, 20);
	save_with(&model, &(struct snapshot_meta){.options = "", .finished_at = 1});
	save_with(&model, &(struct snapshot_meta){.options = "-x", .finished_at = 2});
	save_with(&model, &(struct snapshot_meta){.options = "", .host = "other", .finished_at = 3});
	save_with(&model, &(struct snapshot_meta){.options = "", .source = "an import", .finished_at = 4});
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM roots"), 4);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM diff_cache"), 0);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM (SELECT DISTINCT dir_id FROM dir_versions)"),
		     4 * fixture_number(store, "SELECT count(*) FROM dir_snapshots WHERE snapshot_id=1"));
	model_end(&model);
}

Test(snapshot, baseline)
{
	struct model x, below, root;
	struct err err;
	int64_t id;
	unsigned other;

	model_begin(&x, 3, "/x");
	model_add(&x, model_add(&x, 0, "sub", true), "deeper", true);
	model_begin(&below, 3, "/x/sub");
	model_begin(&root, 3, "/");
	cr_assert_eq(snapshot_baseline(store, "/x", "", &id, &other, &err), 0);
	cr_expect_eq(id, 0);
	int64_t in_root = model_save(&root, store, 50); /* has no /x */
	int64_t in_x = model_save(&x, store, 100);

	save_with(&x, &(struct snapshot_meta){.options = "-x", .finished_at = 200});
	save_with(&x, &(struct snapshot_meta){.options = "", .host = "other", .finished_at = 300});
	save_with(&x, &(struct snapshot_meta){.options = "", .source = "import", .finished_at = 400});
	cr_assert_eq(snapshot_baseline(store, "/x", "", &id, &other, &err), 0);
	cr_expect_eq(id, in_x);
	cr_expect_eq(other, 1);
	cr_assert_eq(snapshot_baseline(store, "/x/sub/deeper", "", &id, &other, &err), 0);
	cr_expect_eq(id, in_x);
	cr_expect_eq(other, 0);
	cr_assert_eq(snapshot_baseline(store, "/x/nothing", "", &id, &other, &err), 0);
	cr_expect_eq(id, 0);
	cr_assert_eq(snapshot_baseline(store, "/", "", &id, &other, &err), 0);
	cr_expect_eq(id, in_root);
	int64_t own = model_save(&below, store, 20); /* older, but its own */

	cr_assert_eq(snapshot_baseline(store, "/x/sub", "", &id, &other, &err), 0);
	cr_expect_eq(id, own);
	model_end(&x);
	model_end(&below);
	model_end(&root);
}

Test(snapshot, labels)
{
	struct model model;
	struct err err;

	model_begin(&model, 3, "/x");
	int64_t a = model_save(&model, store, 1), b = model_save(&model, store, 2);

	cr_assert_eq(snapshot_label(store, a, "before upgrade", &err), 0);
	cr_assert_eq(snapshot_label(store, a, "before upgrade", &err), 0, "again");
	cr_assert_eq(snapshot_label(store, b, "before upgrade", &err), -EEXIST);
	cr_expect(strstr(err.text, "snapshot 1"), "%s", err.text);
	cr_assert_eq(snapshot_label(store, b, "latest", &err), -EINVAL);
	cr_assert_eq(snapshot_label(store, b, "7d", &err), -EINVAL);
	cr_assert_eq(snapshot_label(store, b, "", &err), -EINVAL);
	cr_assert_eq(snapshot_label(store, b, "\xff", &err), -EINVAL);
	cr_assert_eq(snapshot_label(store, 99, "new", &err), -ENOENT);
	struct snapshot snapshot;

	snapshot_get(store, a, &snapshot, &err);
	cr_assert_str_eq(snapshot.label, "before upgrade");
	snapshot_clear(&snapshot);
	cr_assert_eq(snapshot_label(store, a, NULL, &err), 0);
	cr_assert_eq(save_with(&model, &(struct snapshot_meta){.options = "", .label = "before upgrade"}), 3);
	cr_assert_eq(save_with(&model, &(struct snapshot_meta){.options = "", .label = "before upgrade"}), -EEXIST);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM snapshots"), 3);
	model_end(&model);
}

Test(snapshot, cancel_leaves_nothing)
{
	struct model model;
	struct tree *tree;
	_Atomic bool cancel = true;
	struct snapshot_meta meta = {.options = ""};
	struct err err;
	int64_t id;

	model_begin(&model, 3, "/x");
	model_grow(&model, 10, 10);
	tree = model_tree(&model);
	cr_assert_eq(snapshot_save(store, tree, &meta, &cancel, &id, &err), -ECANCELED);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM snapshots"), 0);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM dirs"), 0);
	tree_destroy(tree);
	model_end(&model);
}

/* Two programs save the same folder: the second compares again with the first one's. */
Test(snapshot, two_programs_one_chain)
{
	struct store *second = fixture_open(&f, STORE_STRICT), *mine = store;
	struct model model;
	struct buf expected[6] = {{0}};
	int64_t ids[6];

	model_begin(&model, 11, "/x");
	model_grow(&model, 20, 60);
	for (int i = 0; i < 6; i++) {
		dump_model(&model, &expected[i]);
		ids[i] = model_save(&model, i % 2 ? second : mine, i);
		model_change(&model, 10);
	}
	for (int i = 0; i < 6; i++) {
		check_dump(ids[i], &expected[i]);
		buf_free(&expected[i]);
	}
	check_sound();
	store_close(second);
	model_end(&model);
}

Test(snapshot, ten_programs_lose_nothing)
{
	for (int i = 0; i < 10; i++)
		if (!fork()) {
			struct model model;
			struct store *mine = fixture_open(&f, STORE_STRICT);

			model_begin(&model, 5, "/x"); /* the same start for all */
			model_grow(&model, 20, 60);
			for (int j = 0; j < 4; j++) {
				model_save(&model, mine, 10 * i + j);
				model_change(&model, 5);
			}
			store_close(mine);
			_exit(0);
		}
	for (int i = 0, status; i < 10; i++) {
		wait(&status);
		cr_expect_eq(status, 0);
	}
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM snapshots"), 40);
	for (int64_t id = 1; id <= 40; id++) {
		struct buf dump = {0};

		dump_snapshot(store, id, &dump);
		buf_free(&dump);
	}
	check_sound();
}

Test(snapshot, many_reads_see_one_state)
{
	struct store *other = fixture_open(&f, STORE_STRICT);
	struct model model;
	struct image *image;
	struct file_list files;
	struct err err;

	model_begin(&model, 5, "/x");
	model_file(&model, 0, "f", 100);
	int64_t id = model_save(&model, store, 1);

	cr_assert_eq(snapshot_image(store, id, &image, &err), 0);
	store_read_begin(store);
	store_read_begin(store);
	cr_assert_eq(file_list_read(store, image, IMAGE_ROOT, &files, &err), 0);
	file_list_clear(&files);
	cr_assert_eq(snapshot_delete(other, id, &err), 0, "%s", err.text);
	store_read_end(store);
	cr_assert_eq(file_list_read(store, image, IMAGE_ROOT, &files, &err), 0);
	cr_assert_eq(files.count, 1);
	file_list_clear(&files);
	store_read_end(store);
	cr_assert_eq(file_list_read(store, image, IMAGE_ROOT, &files, &err), -ENOENT);
	image_free(image);
	model_save(&model, store, 2);
	store_close(other);
	model_end(&model);
}

/* ---- kill -9 ---- */

/* A program that saves for ever; killed at any moment, it must leave what it had committed, and nothing half. */
static void save_for_ever(int report)
{
	struct store *mine = fixture_open(&f, STORE_STRICT);
	struct model model;

	model_begin(&model, 21, "/x");
	model_grow(&model, 40, 200);
	for (int64_t time = fixture_number(mine, "SELECT ifnull(max(finished_at), 0) FROM snapshots") + 1;; time++) {
		/* The model of this moment follows from the time alone. */
		struct model now;

		model_begin(&now, (uint64_t)time, "/x");
		model_grow(&now, 30, 150);
		int64_t id = model_save(&now, mine, time);

		model_end(&now);
		if (write(report, &id, sizeof(id)) != sizeof(id))
			_exit(1);
	}
}

Test(snapshot, killed_while_saving)
{
	struct model random;
	int64_t committed = 0;

	model_begin(&random, 99, "/");
	for (int round = 0; round < 15; round++) {
		int ends[2];

		cr_assert_eq(pipe(ends), 0);
		pid_t pid = fork();

		if (!pid) {
			close(ends[0]);
			save_for_ever(ends[1]);
		}
		close(ends[1]);
		int64_t id;

		if (read(ends[0], &id, sizeof(id)) == sizeof(id))
			committed = id;
		nap_us((unsigned)(model_random(&random) % 20000)); /* somewhere within the next saves */
		kill(pid, SIGKILL);
		while (read(ends[0], &id, sizeof(id)) == sizeof(id))
			committed = id;
		close(ends[0]);
		cr_assert_eq(waitpid(pid, NULL, 0), pid);
		store_close(store);
		store = fixture_open(&f, STORE_STRICT);
		check_sound();
		cr_assert_geq(fixture_number(store, "SELECT max(id) FROM snapshots"), committed);
	}
	/* Every snapshot, old and new, is what its moment was. */
	struct snapshot_list list;
	struct err err;

	cr_assert_eq(snapshot_list(store, NULL, NULL, NULL, &list, &err), 0);
	for (size_t i = 0; i < list.count; i++) {
		struct model then;
		struct buf expected = {0};

		model_begin(&then, (uint64_t)list.items[i].finished_at, "/x");
		model_grow(&then, 30, 150);
		dump_model(&then, &expected);
		check_dump(list.items[i].id, &expected);
		buf_free(&expected);
		model_end(&then);
	}
	snapshot_list_clear(&list);
	model_end(&random);
}

struct holder {
	sqlite3 *other;
	int asked, until_ms;
};

/* Whoever holds the lock lets go of it after so long. */
static bool let_go(void *context, const char *path, int waited_ms)
{
	struct holder *holder = context;

	cr_assert(strstr(path, "data.db"), "%s", path);
	holder->asked++;
	if (waited_ms >= holder->until_ms)
		sqlite3_exec(holder->other, "ROLLBACK", NULL, NULL, NULL);
	return holder->until_ms > 0;
}

/* A finished scan is not thrown away for a lock that is held longer than 5 s. */
Test(snapshot, a_lock_is_waited_for)
{
	struct holder holder = {.until_ms = 5500};
	const struct snapshot_meta meta = {.options = ""};
	struct model model;
	struct tree *tree;
	struct err err = {{0}};
	int64_t id;

	model_begin(&model, 3, "/x");
	tree = model_tree(&model);
	cr_assert_eq(sqlite3_open(store_path(store), &holder.other), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(holder.other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	store_wait_with(store, let_go, &holder);
	cr_expect_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	cr_expect_gt(holder.asked, 50);
	/* Who gives up is told what that means. */
	holder.until_ms = 0;
	cr_assert_eq(sqlite3_exec(holder.other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_exec(holder.other, "UPDATE roots SET options=options", NULL, NULL, NULL);
	holder.until_ms = -1;
	cr_expect_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), -EBUSY);
	cr_expect(strstr(err.text, "nothing was saved: "), "%s", err.text);
	sqlite3_close(holder.other);
	tree_destroy(tree);
	model_end(&model);
}
