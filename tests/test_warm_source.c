/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a snapshot for a warm scan: the same as read one by one, for any image of it; and when there are to be
 * none.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/files/file_list.h"
#include "store/index/index.h"
#include "store/record/warm_source.h"
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

TestSuite(warm_source, .init = setup, .fini = teardown, .timeout = 300);

static struct image *image_of(int64_t id)
{
	struct image *image;
	struct err err = {{0}};

	cr_assert_eq(snapshot_image(store, id, &image, &err), 0, "%s", err.text);
	return image;
}

static struct warm_source *load(const struct image *image, bool rows)
{
	struct warm_source *remembered;
	struct snapshot_list history;
	struct err err = {{0}};

	cr_assert_eq(snapshot_list(store, "/x", NULL, "", &history, &err), 0);
	cr_assert_eq(warm_source_load(store, image, &history, rows, &remembered, &err), 0, "%s", err.text);
	snapshot_list_clear(&history);
	return remembered;
}

struct expected {
	const struct file_list *list;
	size_t next, stop;
};

static int compare(void *taker, const struct warm_file *file)
{
	struct expected *expected = taker;

	if (expected->next == expected->stop)
		return 77;
	cr_assert_lt(expected->next, expected->list->count);
	const struct file_entry *entry = &expected->list->items[expected->next++];

	cr_assert_eq(file->name_length, entry->name_length);
	cr_assert_eq(memcmp(file->name, entry->name, entry->name_length), 0);
	cr_assert_eq(file->type, entry->type);
	cr_assert_eq(file->flags, entry->flags);
	cr_assert_eq(file->alloc_bytes, entry->alloc_bytes);
	cr_assert_eq(file->apparent_bytes, entry->apparent_bytes);
	cr_assert_eq(file->mtime_s, entry->mtime_s);
	cr_assert_eq(file->nlink, entry->nlink);
	return 0;
}

static void check(const struct image *image, bool rows)
{
	struct warm_source *remembered = load(image, rows);
	struct err err = {{0}};

	cr_assert_not_null(remembered);
	const struct warm_source *source = remembered;

	for (uint32_t dir = 0; dir < image->count; dir++) {
		struct file_list list;

		cr_assert_eq(file_list_read(store, image, dir, &list, &err), 0, "%s", err.text);
		struct expected expected = {.list = &list, .stop = SIZE_MAX};

		cr_assert_eq(source->files(source->context, dir, compare, &expected), 0);
		cr_assert_eq(expected.next, list.count);
		if (list.count > 1) {
			expected = (struct expected){.list = &list, .stop = 1};
			cr_assert_eq(source->files(source->context, dir, compare, &expected), 77,
			             "it stops where it is told to");
		}
		file_list_clear(&list);
	}
	warm_source_free(remembered);
}

Test(warm_source, equals_the_lists_read_one_by_one)
{
	struct model model;
	int64_t ids[6];
	struct buf path = {0};
	struct index_meta meta = {.root = (char *)"/x", .options = (char *)""};
	struct err err = {{0}};

	model_begin(&model, 3, "/x");
	model_grow(&model, 60, 2500);
	for (int i = 0; i < 6; i++) {
		ids[i] = model_save(&model, store, 100 + i);
		model_change(&model, 60);
	}
	for (int i = 0; i < 6; i++) {
		struct image *image = image_of(ids[i]), *mapped;

		check(image, true);
		check(image, false);
		meta.snapshot_id = ids[i];
		buf_clear(&path);
		cr_assert_eq(index_path(f.path, "/x", &path), 0);
		cr_assert_eq(index_write(path.data, image, &meta, &err), 0, "%s", err.text);
		struct index_meta read;

		cr_assert_eq(index_open(path.data, NULL, &mapped, &read, &err), 0, "%s", err.text);
		check(mapped, true);
		check(mapped, false);
		index_meta_clear(&read);
		image_free(mapped);
		image_free(image);
	}
	buf_free(&path);
	model_end(&model);
}

/* Save as a scan that trusted, or not. */
static int64_t save(const struct model *model, int64_t time_s, bool trusted)
{
	struct snapshot_meta meta = {.options = "",
	                             .started_at = time_s,
	                             .finished_at = time_s + 5,
	                             .trusted = trusted};
	struct tree *tree = model_tree(model);
	struct err err = {{0}};
	int64_t id;

	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	tree_destroy(tree);
	return id;
}

Test(warm_source, every_seventh_scan_is_exact)
{
	struct model model;
	int64_t exact_s = 0;
	int warm = 0;

	model_begin(&model, 4, "/x");
	model_grow(&model, 5, 20);
	int64_t id = save(&model, 1000, false);

	exact_s = 1000;
	for (int i = 1; i < 30; i++) {
		struct image *image = image_of(id);
		struct warm_source *remembered = load(image, i % 2);

		cr_assert_eq(remembered != NULL, i % 7 != 0, "scan %d", i);
		if (remembered) {
			cr_assert_eq(remembered->exact_s, exact_s);
			cr_assert_eq(remembered->taken_s, 1000 + 10 * (i - 1));
			warm++;
		} else {
			exact_s = 1000 + 10 * i;
		}
		bool trusted = remembered;

		warm_source_free(remembered);
		id = save(&model, 1000 + 10 * i, trusted);
		image_free(image);
	}
	cr_assert_eq(warm, 25);
	model_end(&model);
}

Test(warm_source, none_without_an_exact_scan)
{
	struct model model;

	model_begin(&model, 4, "/x");
	struct image *image = image_of(save(&model, 1000, true));

	cr_assert_null(load(image, true));
	image->snapshot_id = 99;
	cr_assert_null(load(image, true), "of a snapshot that is not of the chain");
	image_free(image);
	model_end(&model);
}

Test(warm_source, a_garbled_list_is_not_known)
{
	struct model model;

	model_begin(&model, 5, "/x");
	model_grow(&model, 3, 30);
	struct image *image = image_of(save(&model, 1000, false));

	cr_assert_eq(sqlite3_exec(store_handle(store), "UPDATE file_chunks SET entries=CAST(x'01ff' AS BLOB)", NULL,
	                          NULL, NULL),
	             SQLITE_OK);
	for (int rows = 0; rows < 2; rows++) {
		struct warm_source *remembered = load(image, rows);
		const struct warm_source *source = remembered;
		struct expected none = {.stop = SIZE_MAX};
		int garbled = 0;

		for (uint32_t dir = 0; dir < image->count; dir++) {
			int rc = source->files(source->context, dir, compare, &none);

			cr_assert(!rc || rc == -EINVAL);
			garbled += rc != 0;
		}
		cr_assert_gt(garbled, 0);
		warm_source_free(remembered);
	}
	image_free(image);
	model_end(&model);
}

/* ---- the newest scan, and what of it is read in any case ---- */

static struct warm_source *newest(struct image **image)
{
	struct warm_source *remembered;
	struct snapshot before;
	struct err err = {{0}};

	cr_assert_eq(warm_source_newest(store, "/x", "", WARM_SOURCE_DIRECTORIES, &before, image, &remembered, &err), 0,
	             "%s", err.text);
	cr_assert_not_null(remembered);
	cr_expect_eq(before.id, (*image)->snapshot_id);
	snapshot_clear(&before);
	return remembered;
}

static bool forced(const struct warm_source *remembered, uint32_t dir)
{
	const uint64_t *bits = remembered->forced;

	return bits && bits[dir / 64] >> dir % 64 & 1;
}

/* How many are, below a directory too. */
static uint32_t count_forced(const struct warm_source *remembered, uint32_t first, uint32_t end)
{
	uint32_t n = 0;

	for (uint32_t i = first; i < end; i++)
		n += forced(remembered, i);
	return n;
}

static void note(const char *sql, const struct image *image, uint32_t dir, const char *name)
{
	struct buf path = {0}, statement = {0};

	cr_assert_eq(image_relative(image, dir, &path), 0);
	buf_str(&path, name);
	for (size_t i = 0; i < path.length; i++)
		buf_printf(&statement, "%02x", (unsigned char)path.data[i]);
	char *text = NULL;

	cr_assert_gt(asprintf(&text, sql, statement.data), 0);
	cr_assert_eq(sqlite3_exec(store_handle(store), text, NULL, NULL, NULL), SQLITE_OK, "%s", text);
	free(text);
	buf_free(&path);
	buf_free(&statement);
}

Test(warm_source, what_is_noted_since_is_read_in_any_case)
{
	struct index_meta meta = {.root = (char *)"/x", .options = (char *)""};
	struct image *image, *later;
	struct buf path = {0};
	struct model model;
	struct err err = {{0}};
	uint32_t deep = 0;

	model_begin(&model, 7, "/x");
	model_grow(&model, 60, 500);
	meta.snapshot_id = save(&model, 1000, false);
	struct warm_source *remembered = newest(&image);

	cr_expect(remembered->rows, "no index: every list is wanted");
	cr_expect_null(remembered->forced);
	for (uint32_t i = 0; i < image->count; i++)
		if (image_depth(image, i) > image_depth(image, deep))
			deep = i;
	warm_source_free(remembered);

	/* The log: the folder of what changed.  The overlay: the folder itself. */
	note("INSERT INTO mutation_log(timestamp, mutation_type, path_blob) VALUES(2000, 1, CAST('/x/' || CAST(x'%s'"
	     " AS TEXT) AS BLOB))",
	     image, deep, "/file");
	image_free(image);
	remembered = newest(&image);
	cr_expect(forced(remembered, deep));
	cr_expect_eq(count_forced(remembered, 0, image->count), 1);
	warm_source_free(remembered);
	note("INSERT INTO overlay(root_id, path, seq) VALUES((SELECT id FROM roots), CAST(x'%s' AS BLOB), 1)", image,
	     image->parent[deep], "");
	image_free(image);
	remembered = newest(&image);
	cr_expect(forced(remembered, deep) && forced(remembered, image->parent[deep]));
	cr_expect_eq(count_forced(remembered, 0, image->count), 2);
	warm_source_free(remembered);

	/* An index of just the snapshot is its image; of a later state it says where that differs. */
	memcpy(meta.database, store_id(store), sizeof(meta.database));
	cr_assert_eq(index_path(f.path, "/x", &path), 0);
	struct tree *tree = model_tree(&model);

	later = image_from_tree(tree);
	cr_assert_not_null(later);
	cr_assert_eq(index_write(path.data, later, &meta, &err), 0, "%s", err.text);
	image_free(image);
	remembered = newest(&image);
	cr_expect(!remembered->rows && !image->store_id);
	cr_expect_eq(count_forced(remembered, 0, image->count), 2);
	warm_source_free(remembered);
	memset((void *)(uintptr_t)later->fingerprint[deep], 1, sizeof(*later->fingerprint));
	memset((void *)(uintptr_t)later->fingerprint[IMAGE_ROOT], 1, sizeof(*later->fingerprint));
	for (uint32_t i = later->parent[deep]; i; i = later->parent[i])
		memset((void *)(uintptr_t)later->fingerprint[i], 1, sizeof(*later->fingerprint));
	cr_assert_eq(index_write(path.data, later, &meta, &err), 0, "%s", err.text);
	image_free(image);
	remembered = newest(&image);
	cr_expect(remembered->rows && image->store_id);
	cr_expect_eq(count_forced(remembered, 0, image->count), image_depth(image, deep) + 1, "it and those around it");
	warm_source_free(remembered);
	image_free(image);
	image_free(later);
	tree_destroy(tree);
	buf_free(&path);
	model_end(&model);
}
