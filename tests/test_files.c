/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File lists: packing, cutting, finding, and refusing what cannot be right. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/tree/build.h"
#include "store/files/file_list.h"
#include "store/files/chunk_ids.h"
#include "store/files/file_chunk.h"
#include "store/snapshot/snapshot.h"
#include "store/files/varint.h"
#include "store_fixture.h"
#include "store_model.h"

Test(files, varints)
{
	static const uint64_t values[] = {0,         1, 127, 128, 16383, 16384, 1ull << 32, INT64_MAX, UINT64_MAX - 1,
	                                  UINT64_MAX};
	unsigned char bytes[VARINT_MAX];

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		const unsigned char *at = bytes, *end = varint_put(bytes, values[i]);
		uint64_t got;

		cr_assert(varint_get(&at, end, &got));
		cr_assert_eq(got, values[i]);
		cr_assert_eq(at, end);
		at = bytes;
		cr_assert_not(varint_get(&at, end - 1, &got), "cut off");
		cr_assert_eq(unzigzag(zigzag(values[i])), values[i]);
	}
	static const unsigned char large[] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 2};
	const unsigned char *at = large;
	uint64_t got;

	cr_assert_not(varint_get(&at, large + sizeof(large), &got), "more than 64 bits");
	cr_assert_eq(zigzag((uint64_t)-1), 1);
	cr_assert_eq(zigzag(1), 2);
}

/* One directory with these entries, as a tree. */
static struct tree *tree_of(const struct build_entry *entries, size_t n)
{
	struct build_entry root = {.name = "", .alloc_bytes = 4096, .apparent_bytes = 4096, .nlink = 1, .ino = 2};
	struct build *build = build_create("/x", &root);

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(build_file(build, &entries[i]), 0);
	struct tree *tree = build_finish(build);

	cr_assert(tree);
	return tree;
}

static struct build_entry file_entry(const char *name, uint64_t allocated, uint64_t apparent, int64_t mtime_s)
{
	return (struct build_entry){.name = name,
	                            .name_length = strlen(name),
	                            .type = NODE_REG,
	                            .alloc_bytes = allocated,
	                            .apparent_bytes = apparent,
	                            .mtime_ns = mtime_s * 1000000000,
	                            .ino = 99,
	                            .nlink = 1};
}

static void unpack_all(const struct file_chunks *pack, struct file_list *list)
{
	size_t capacity = 0, start = 0;

	*list = (struct file_list){0};
	for (size_t i = 0; i < pack->count; start = pack->ends[i++])
		cr_assert_eq(file_list_unpack(pack->bytes + start, pack->ends[i] - start, list, &capacity), 0);
}

Test(files, every_kind_survives)
{
	struct build_entry entries[] = {
		file_entry("zero", 0, 0, 0),
		file_entry("plain", 8192, 5000, 1700000000),
		file_entry("sparse", 512, 1ull << 40, 1700000001),
		file_entry("preallocated", 1ull << 41, 1, 4294967295),
		file_entry("odd", 12345, 1, 1),
		file_entry("huge", (1ull << 62) - 512, 1ull << 62, 5),
		file_entry("linked", 4096, 100, 7),
		file_entry("symlink", 0, 11, 7),
		file_entry("fifo", 0, 0, 7),
		file_entry("left out", 0, 0, 0),
		file_entry("mount", 0, 0, 0),
		file_entry("\x01\xff\n", 512, 12, 3),
	};

	entries[6].nlink = 3;
	entries[6].ino = UINT64_MAX;
	entries[7].type = NODE_SYMLINK;
	entries[8].type = NODE_SPECIAL;
	entries[9].flags = ROW_EXCLUDED;
	entries[10].type = NODE_DIR;
	entries[10].flags = ROW_OTHERFS;
	size_t n = sizeof(entries) / sizeof(*entries);
	struct tree *tree = tree_of(entries, n);
	struct file_chunks pack = {0};
	struct file_list list;

	cr_assert_eq(file_chunks_pack(&pack, tree, DIR_ROOT), 0);
	unpack_all(&pack, &list);
	cr_assert_eq(list.count, n);
	for (size_t i = 0; i < n; i++) {
		const struct file_entry *entry = file_list_find(&list, entries[i].name, entries[i].name_length);

		cr_assert_not_null(entry, "%s", (const char *)entries[i].name);
		cr_expect_eq(entry->type, entries[i].type);
		cr_expect_eq(entry->flags & ~(unsigned)ROW_LINK, entries[i].flags);
		cr_expect_eq(entry->alloc_bytes, entries[i].alloc_bytes, "%s: %llu", (const char *)entries[i].name,
		             (unsigned long long)entry->alloc_bytes);
		cr_expect_eq(entry->apparent_bytes, entries[i].apparent_bytes, "%s", (const char *)entries[i].name);
		cr_expect_eq(entry->mtime_s, entries[i].mtime_ns / 1000000000, "%s", (const char *)entries[i].name);
		cr_expect_eq(entry->nlink, entries[i].nlink);
		cr_expect_eq(entry->ino, entries[i].nlink > 1 ? entries[i].ino : 0);
	}
	cr_assert_null(file_list_find(&list, "zer", 3));
	cr_assert_null(file_list_find(&list, "zeros", 5));
	cr_assert_null(file_list_find(&list, "", 0));
	file_list_clear(&list);
	file_chunks_free(&pack);
	tree_destroy(tree);
}

/* The bytes do not depend on the order of listing. */
Test(files, order_of_listing_does_not_matter)
{
	enum { N = 5000 };
	static char names[N][24];
	static struct build_entry entries[N];
	struct file_chunks packs[2] = {{0}};
	struct file_list list;

	for (int i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "%x-file", (unsigned)i * 2654435761u);
		entries[i] = file_entry(names[i], 4096, (uint64_t)i, 1000 + i);
	}
	for (int round = 0; round < 2; round++) {
		struct tree *tree = tree_of(entries, N);

		cr_assert_eq(file_chunks_pack(&packs[round], tree, DIR_ROOT), 0);
		tree_destroy(tree);
		for (int i = 0; i < N / 2; i++) {
			struct build_entry swap = entries[i];

			entries[i] = entries[N - 1 - i];
			entries[N - 1 - i] = swap;
		}
	}
	cr_assert_eq(packs[0].length, packs[1].length);
	cr_assert_eq(memcmp(packs[0].bytes, packs[1].bytes, packs[0].length), 0);
	cr_assert_gt(packs[0].count, 1);
	unpack_all(&packs[0], &list);
	cr_assert_eq(list.count, N);
	file_list_clear(&list);
	file_chunks_free(&packs[0]);
	file_chunks_free(&packs[1]);
}

Test(files, no_files_no_chunks)
{
	struct tree *tree = tree_of(NULL, 0);
	struct file_chunks pack = {0};

	cr_assert_eq(file_chunks_pack(&pack, tree, DIR_ROOT), 0);
	cr_assert_eq(pack.count, 0);
	file_chunks_free(&pack);
	tree_destroy(tree);
}

/* Whatever the bytes: refused, or a list in order with sane names; read within its bounds (the sanitizer sees). */
Test(files, garbage_is_refused)
{
	struct model model;
	struct file_chunks pack = {0};
	int refused = 0;

	model_begin(&model, 5, "/x");
	model_grow(&model, 0, 60);
	struct tree *tree = model_tree(&model);

	cr_assert_eq(file_chunks_pack(&pack, tree, DIR_ROOT), 0);
	size_t length = pack.ends[0];

	for (int round = 0; round < 60000; round++) {
		size_t cut = model_random(&model) % 3 ? length : model_random(&model) % (length + 1);
		unsigned char *bytes = malloc(cut ? cut : 1); /* exactly: a byte too far is seen */
		struct file_list list = {0};
		size_t capacity = 0;

		memcpy(bytes, pack.bytes, cut);
		for (uint64_t i = model_random(&model) % 4; cut && i; i--)
			bytes[model_random(&model) % cut] = (unsigned char)model_random(&model);
		int rc = file_list_unpack(bytes, cut, &list, &capacity);

		cr_assert(rc == 0 || rc == -EINVAL);
		refused += rc != 0;
		for (size_t i = 0; i < list.count; i++) {
			cr_assert_gt(list.items[i].name_length, 0);
			cr_assert_null(memchr(list.items[i].name, '/', list.items[i].name_length));
		}
		file_list_clear(&list);
		free(bytes);
	}
	cr_assert_gt(refused, 10000);
	file_chunks_free(&pack);
	tree_destroy(tree);
	model_end(&model);
}

Test(files, list_of_ids)
{
	static const int64_t ids[] = {5, 6, 7, 3, INT64_MAX, 1};
	struct chunk_ids in = {0}, out = {0};
	unsigned char bytes[64];

	for (size_t i = 0; i < 6; i++)
		cr_assert_eq(chunk_ids_add(&in, ids[i]), 0);
	size_t length = chunk_ids_write(&in, bytes);

	cr_assert_leq(length, chunk_ids_room(&in));
	cr_assert_eq(chunk_ids_read(&out, bytes, length), 0);
	cr_assert_eq(out.count, 6);
	cr_assert_arr_eq(out.items, ids, sizeof(ids));
	cr_assert_eq(chunk_ids_read(&out, NULL, 0), 0);
	cr_assert_eq(chunk_ids_read(&out, "\x00", 1), -EINVAL, "0 is no id");
	cr_assert_eq(chunk_ids_read(&out, "\x01", 1), -EINVAL, "nor is -1");
	cr_assert_eq(chunk_ids_read(&out, "\x80", 1), -EINVAL, "cut off");
	free(in.items);
	free(out.items);
}

static struct fixture f;

static void setup(void)
{
	fixture_begin(&f);
}

static void teardown(void)
{
	fixture_end(&f);
}

/* Read everything of every snapshot; failures are fine, crashes are not. */
static int read_everything(struct store *store)
{
	struct snapshot_list list;
	struct err err;
	int failures = snapshot_list(store, NULL, NULL, NULL, &list, &err) != 0;

	for (size_t i = 0; i < list.count; i++) {
		struct image *image;
		int rc = snapshot_image(store, list.items[i].id, &image, &err);

		failures += rc != 0;
		cr_assert(rc || image);
		for (uint32_t dir = 0; !rc && dir < image->count; dir++) {
			struct file_list files;

			failures += file_list_read(store, image, dir, &files, &err) != 0;
			file_list_clear(&files);
		}
		if (!rc)
			image_free(image);
	}
	snapshot_list_clear(&list);
	return failures;
}

static void make_history(struct model *model, struct store *store, int snapshots)
{
	model_begin(model, 8, "/x");
	model_grow(model, 25, 120);
	for (int i = 0; i < snapshots; i++) {
		model_save(model, store, i);
		model_change(model, 10);
	}
}

/* Rows that say what cannot be: a sentence each, and no crash. */
Test(files, hostile_rows, .init = setup, .fini = teardown, .timeout = 120)
{
	static const char *const hostile[] = {
		"UPDATE file_chunks SET entries=x'00'",
		"UPDATE file_chunks SET entries=x''",
		"UPDATE file_chunks SET entries='text'",
		"DELETE FROM file_chunks",
		"UPDATE dir_versions SET lists=x'ffffffffffffffffffff'",
		"UPDATE dir_versions SET lists=zeroblob(5)",
		"UPDATE dirs SET path=x''",
		"UPDATE dirs SET path=CAST('/y' AS BLOB) WHERE id=3",
		"UPDATE dirs SET path=CAST('/x' AS BLOB)",
		"UPDATE dirs SET path=CAST('/x/' AS BLOB) WHERE id=2",
		"UPDATE dirs SET path=CAST('/x//a' AS BLOB) WHERE id=2",
		"UPDATE dirs SET path=zeroblob(5000) WHERE id=2",
		"UPDATE dirs SET path=CAST('/x/' AS BLOB)||zeroblob(300) WHERE id=2",
		"UPDATE dirs SET fs=70000",
		"UPDATE dirs SET btime=-1",
		"UPDATE dir_versions SET mtime=9223372036854775807",
		"UPDATE dir_versions SET flags=-1",
		"UPDATE dir_versions SET child_count='x', error_count=-5",
		"UPDATE dir_versions SET last_id=0",
		"UPDATE dir_versions SET first_id=first_id-100",
		"DELETE FROM dirs WHERE id=1",
		"DELETE FROM dirs WHERE id=4",
		"UPDATE roots SET scan_root=x''",
		"UPDATE roots SET head_id=77",
		"UPDATE snapshots SET total_items=-1",
	};

	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
		struct model model;
		struct snapshot_meta meta = {.options = "", .finished_at = 9};
		struct err err = {{0}};
		int64_t id;

		make_history(&model, store, 3);
		cr_assert_eq(read_everything(store), 0);
		cr_assert_eq(sqlite3_exec(store_handle(store), "PRAGMA foreign_keys=OFF", NULL, NULL, NULL), SQLITE_OK);
		cr_assert_eq(sqlite3_exec(store_handle(store), hostile[i], NULL, NULL, NULL), SQLITE_OK, "%s: %s",
		             hostile[i], sqlite3_errmsg(store_handle(store)));
		read_everything(store);
		store_close(store);
		store = fixture_open(&f, STORE_STRICT);
		struct tree *tree = model_tree(&model);
		int rc = snapshot_save(store, tree, &meta, NULL, &id, &err);

		cr_assert(rc == 0 || rc == -EIO, "%s: %d %s", hostile[i], rc, err.text);
		cr_assert(rc == 0 || err.text[0]);
		rc = snapshot_delete(store, 2, &err);
		cr_assert(rc == 0 || rc == -EIO, "%s: %d %s", hostile[i], rc, err.text);
		read_everything(store);
		tree_destroy(tree);
		model_end(&model);
		store_close(store);
		fixture_end(&f);
		fixture_begin(&f);
	}
}

/* Bytes of the file itself: SQLite or we refuse, nobody crashes. */
Test(files, random_damage, .init = setup, .fini = teardown, .timeout = 300)
{
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
	struct model model;
	struct buf whole = {0};
	char block[8192];
	size_t n;
	int damaged = 0;

	make_history(&model, store, 4);
	store_close(store);
	FILE *file = fopen(f.path, "rb");

	while ((n = fread(block, 1, sizeof(block), file)))
		buf_add(&whole, block, n);
	fclose(file);
	for (int round = 0; round < 150; round++) {
		char *bytes = malloc(whole.length);
		struct err err;

		memcpy(bytes, whole.data, whole.length);
		for (uint64_t hits = 1 + model_random(&model) % 60; hits; hits--)
			bytes[model_random(&model) % whole.length] = (char)model_random(&model);
		fixture_end(&f);
		fixture_begin(&f);
		file = fopen(f.path, "wb");
		cr_assert_eq(fwrite(bytes, 1, whole.length, file), whole.length);
		fclose(file);
		free(bytes);
		if (store_open(f.path, STORE_STRICT, &store, &err)) {
			cr_assert(err.text[0]);
			damaged++;
			continue;
		}
		damaged += read_everything(store) != 0;
		struct tree *tree = model_tree(&model);
		struct snapshot_meta meta = {.options = "", .finished_at = 9};
		int64_t id;

		snapshot_save(store, tree, &meta, NULL, &id, &err);
		snapshot_delete(store, 2, &err);
		tree_destroy(tree);
		store_close(store);
	}
	cr_assert_gt(damaged, 20);
	buf_free(&whole);
	model_end(&model);
}
