/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can fail, made to fail, one call after the other: nothing stored is lost, and the next try succeeds. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fault_vfs.h"
#include "store/files/file_list.h"
#include "store/snapshot/snapshot.h"
#include "store_fixture.h"
#include "store_model.h"

static struct fixture f;

static void setup(void)
{
	fixture_begin(&f);
}

static void teardown(void)
{
	fixture_end(&f);
}

TestSuite(store_faults, .init = setup, .fini = teardown, .timeout = 600);

/* A database of two snapshots, and a third tree to save. */
static struct model model;
static struct buf dumps[3];
static int64_t ids[3];

static void dump_model(struct buf *out)
{
	struct tree *tree = model_tree(&model);

	buf_clear(out);
	dump_tree(tree, out);
	tree_destroy(tree);
}

static void make_history(void)
{
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);

	model_begin(&model, 4, "/x");
	model_grow(&model, 20, 60);
	for (int i = 0; i < 2; i++) {
		dump_model(&dumps[i]);
		ids[i] = model_save(&model, store, i);
		model_change(&model, 10);
	}
	dump_model(&dumps[2]);
	store_close(store);
}

static void free_history(void)
{
	for (int i = 0; i < 3; i++)
		buf_free(&dumps[i]);
	model_end(&model);
}

static void check_dump(struct store *store, int64_t id, const struct buf *expected)
{
	struct buf got = {0};

	dump_snapshot(store, id, &got);
	cr_assert(got.length == expected->length && !memcmp(got.data, expected->data, got.length), "snapshot %lld",
	          (long long)id);
	buf_free(&got);
}

static void check_sound(struct store *store)
{
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check<>'ok'"),
	             0);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

static void copy(const char *from, const char *to)
{
	static char block[1 << 16];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t n;

	cr_assert(in >= 0 && out >= 0);
	while ((n = read(in, block, sizeof(block))) > 0)
		cr_assert_eq(write(out, block, (size_t)n), n);
	close(in);
	close(out);
}

static int save(struct store *store, int64_t *id, struct err *err)
{
	struct tree *tree = model_tree(&model);
	struct snapshot_meta meta = {.options = "", .finished_at = 9};
	int rc = snapshot_save(store, tree, &meta, NULL, id, err);

	tree_destroy(tree);
	return rc;
}

/* Each write of a save in turn fails, once or from then on. */
static void each_write_of_a_save(int code, bool sticky)
{
	char template[320];
	long n, failures = 0;
	bool reached = true;

	fault_vfs_install();
	make_history();
	snprintf(template, sizeof(template), "%s.template", f.path);
	copy(f.path, template);
	for (n = 0; reached; n++) {
		struct err err = {{0}};
		int64_t id = 0;

		copy(template, f.path);
		struct store *store = fixture_open(&f, STORE_STRICT);

		fault_vfs_arm(n, code, sticky);
		int rc = save(store, &id, &err);

		reached = fault_vfs_count() > n;
		fault_vfs_arm(-1, 0, false);
		if (rc) {
			failures++;
			cr_assert_eq(rc, code == SQLITE_FULL ? -ENOSPC : -EIO, "write %ld: %d %s", n, rc, err.text);
			cr_assert(strstr(err.text, f.path), "%s", err.text);
			cr_assert_eq(store_banner(store) != NULL, code == SQLITE_FULL);
			cr_assert_eq(fixture_number(store, "SELECT count(*) FROM snapshots"), 2);
			for (int i = 0; i < 2; i++)
				check_dump(store, ids[i], &dumps[i]);
			cr_assert_eq(save(store, &id, &err), 0, "write %ld: the next try: %s", n, err.text);
			cr_assert_null(store_banner(store));
		}
		store_close(store);
		store = fixture_open(&f, STORE_STRICT);
		for (int i = 0; i < 2; i++)
			check_dump(store, ids[i], &dumps[i]);
		check_dump(store, id, &dumps[2]);
		check_sound(store);
		store_close(store);
	}
	cr_assert_gt(failures, 3);
	cr_assert_gt(n, 10);
	free_history();
}

Test(store_faults, no_space_once)
{
	each_write_of_a_save(SQLITE_FULL, false);
}

Test(store_faults, no_space_from_then_on)
{
	each_write_of_a_save(SQLITE_FULL, true);
}

Test(store_faults, disk_error_once)
{
	each_write_of_a_save(SQLITE_IOERR_WRITE, false);
}

Test(store_faults, disk_error_from_then_on)
{
	each_write_of_a_save(SQLITE_IOERR_WRITE, true);
}

/* The same for deleting. */
Test(store_faults, no_space_while_pruning)
{
	char template[320];
	bool reached = true;

	fault_vfs_install();
	make_history();
	snprintf(template, sizeof(template), "%s.template", f.path);
	copy(f.path, template);
	for (long n = 0; reached; n++) {
		struct err err = {{0}};

		copy(template, f.path);
		struct store *store = fixture_open(&f, STORE_STRICT);

		fault_vfs_arm(n, SQLITE_FULL, true);
		int rc = snapshot_delete(store, ids[1], &err);

		reached = fault_vfs_count() > n;
		fault_vfs_arm(-1, 0, false);
		if (rc)
			check_dump(store, ids[1], &dumps[1]);
		check_dump(store, ids[0], &dumps[0]);
		check_sound(store);
		store_close(store);
	}
	free_history();
}

/* Making a new database: each write fails; the browser still opens, and the next start finds nothing half. */
Test(store_faults, no_space_while_creating)
{
	bool reached = true;

	fault_vfs_install();
	for (long n = 0; reached; n++) {
		struct store *store;
		struct err err = {{0}};

		fault_vfs_arm(n, SQLITE_FULL, true);
		cr_assert_eq(store_open(f.path, STORE_CREATE, &store, &err), 0);
		reached = fault_vfs_count() > n;
		fault_vfs_arm(-1, 0, false);
		store_close(store);
		store = fixture_open(&f, STORE_CREATE);
		cr_assert_eq(store_mode(store), STORE_READ_WRITE, "write %ld", n);
		cr_assert_null(store_banner(store), "write %ld: %s", n, store_banner(store));
		check_sound(store);
		store_close(store);
		fixture_end(&f);
		fixture_begin(&f);
	}
}

/* Each allocation in turn: -ENOMEM with a sentence, or success; never half. */
Test(store_faults, every_allocation_of_a_save)
{
	make_history();
	for (long n = 0;; n++) {
		struct store *store = fixture_open(&f, STORE_STRICT);
		struct tree *tree = model_tree(&model);
		struct snapshot_meta meta = {.options = "", .finished_at = 9, .label = "named"};
		struct err err = {{0}};
		int64_t id = 0;

		alloc_fail_at(n, n % 2);
		int rc = snapshot_save(store, tree, &meta, NULL, &id, &err);
		bool reached = alloc_count() > n;

		alloc_fail_at(-1, false);
		tree_destroy(tree);
		if (rc) {
			cr_assert_eq(rc, -ENOMEM, "allocation %ld: %d %s", n, rc, err.text);
			cr_assert(err.text[0]);
			cr_assert_eq(fixture_number(store, "SELECT count(*) FROM snapshots"), 2);
		} else {
			check_dump(store, id, &dumps[2]);
			cr_assert_eq(snapshot_delete(store, id, &err), 0);
		}
		check_dump(store, ids[1], &dumps[1]);
		store_close(store);
		if (!reached)
			break;
	}
	free_history();
}

static int read_all(struct store *store, struct err *err)
{
	struct snapshot_list list;
	struct image *image = NULL;
	struct file_list files;
	int rc = snapshot_list(store, NULL, NULL, NULL, &list, err);

	snapshot_list_clear(&list);
	if (!rc)
		rc = snapshot_image(store, ids[1], &image, err);
	for (uint32_t i = 0; !rc && i < image->count; i++) {
		rc = file_list_read(store, image, i, &files, err);
		file_list_clear(&files);
	}
	image_free(image);
	return rc;
}

Test(store_faults, every_allocation_of_reading)
{
	bool reached = true;

	make_history();
	struct store *store = fixture_open(&f, STORE_STRICT);

	for (long n = 0; reached; n++) {
		struct err err = {{0}};

		alloc_fail_at(n, n % 2);
		int rc = read_all(store, &err);

		reached = alloc_count() > n;
		alloc_fail_at(-1, false);
		cr_assert(rc == 0 || (rc == -ENOMEM && err.text[0]), "allocation %ld: %d %s", n, rc, err.text);
	}
	store_close(store);
	free_history();
}

Test(store_faults, every_allocation_of_pruning)
{
	bool reached = true;

	make_history();
	struct store *store = fixture_open(&f, STORE_STRICT);

	for (long n = 0; reached; n++) {
		struct snapshot_list removed;
		struct err err = {{0}};
		uint64_t freed;

		alloc_fail_at(n, n % 2);
		int rc = snapshot_prune(store, &(struct prune_policy){.keep_last = 1}, 100, n % 3 != 0, &removed,
		                        &freed, &err);

		reached = alloc_count() > n;
		alloc_fail_at(-1, false);
		cr_assert(rc == 0 || (rc == -ENOMEM && err.text[0]), "allocation %ld: %d %s", n, rc, err.text);
		cr_assert(rc || n % 3 == 0 || retention_removes(&removed) ||
		          fixture_number(store, "SELECT count(*) FROM snapshots") == 1);
		snapshot_list_clear(&removed);
		check_dump(store, ids[1], &dumps[1]);
		if (fixture_number(store, "SELECT count(*) FROM snapshots") == 2)
			check_dump(store, ids[0], &dumps[0]);
	}
	check_sound(store);
	store_close(store);
	free_history();
}

Test(store_faults, every_allocation_of_opening)
{
	bool reached = true;

	for (long n = 0; reached; n++) {
		struct store *store = NULL;
		struct err err = {{0}};

		alloc_fail_at(n, n % 2);
		int rc = store_open(f.path, n % 3 ? STORE_CREATE : STORE_CREATE | STORE_STRICT, &store, &err);

		reached = alloc_count() > n;
		alloc_fail_at(-1, false);
		cr_assert(rc || store, "allocation %ld", n);
		cr_assert(!rc || (rc == -ENOMEM && err.text[0]), "allocation %ld: %d %s", n, rc, err.text);
		store_close(store);
		fixture_end(&f);
		fixture_begin(&f);
	}
}

static void fill(void)
{
	static char block[4096];
	char path[320];

	snprintf(path, sizeof(path), "%s/ballast", f.folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	cr_assert(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

static void drain(void)
{
	char path[320];

	snprintf(path, sizeof(path), "%s/ballast", f.folder);
	cr_assert_eq(unlink(path), 0);
}

/* The disk fills up while the program runs; and is full when it starts: browse, and save once there is room. */
Test(store_faults, a_full_disk)
{
	struct err err = {{0}};
	int64_t id;

	if (!fixture_tmpfs(&f, "12m"))
		cr_skip_test("mounting is not allowed");
	make_history();
	for (int when = 0; when < 2; when++) {
		struct store *store = when ? NULL : fixture_open(&f, STORE_CREATE);

		fill();
		if (when)
			store = fixture_open(&f, STORE_CREATE);
		cr_expect_eq(save(store, &id, &err), -ENOSPC);
		cr_expect_str_eq(store_banner(store), "disk full: this scan is not saved yet; earlier snapshots work");
		for (int i = 0; i < 2; i++)
			check_dump(store, ids[i], &dumps[i]);
		drain();
		cr_expect_eq(save(store, &id, &err), 0, "%s", err.text);
		cr_expect_null(store_banner(store));
		check_dump(store, id, &dumps[2]);
		check_sound(store);
		store_close(store);
	}
	free_history();
}

/* Room for less than is needed: said before a byte is written. */
Test(store_faults, the_room_is_looked_at_first)
{
	struct err err = {{0}};
	int64_t id;

	if (!fixture_tmpfs(&f, "2m"))
		cr_skip_test("mounting is not allowed");
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);

	model_begin(&model, 4, "/x");
	for (int i = 0; i < 30000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "file number %d", i);
		model_file(&model, 0, name, 1);
	}
	uint64_t before = store_bytes(store);

	cr_assert_eq(save(store, &id, &err), -ENOSPC);
	cr_assert(strstr(err.text, "needed"), "%s", err.text);
	cr_assert_eq(store_bytes(store), before);
	store_close(store);
	model_end(&model);
}
