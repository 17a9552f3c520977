/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody else has put where the index is to lie: nothing of it is believed, followed, waited for or written to.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/clock.h"
#include "store/record/recorder.h"
#include "store/index/index.h"
#include "store/index/overlay.h"
#include "store/record/size.h"
#include "store_fixture.h"
#include "store_model.h"

#define ROOT "/srv/data"
#define SOMEBODY 65534
#define HOSTILE 20 /* seconds: whoever waits for the other end of a pipe waits for ever */

static struct fixture fixture;
static struct model model;
static struct tree *tree;
static struct store *store;
static struct buf index_name, lock_name, folder_name;
static int64_t snapshot;

static struct snapshot_meta meta_of(void)
{
	return (struct snapshot_meta){.options = "", .started_at = 90, .finished_at = 100};
}

static void begin(void)
{
	struct err err = {{0}};

	fixture_begin(&fixture);
	model_begin(&model, 3, ROOT);
	model_grow(&model, 12, 40);
	tree = model_tree(&model);
	store = fixture_open(&fixture, STORE_CREATE);
	snapshot = model_save(&model, store, 100);
	cr_assert_eq(index_path(fixture.path, ROOT, &index_name), 0);
	cr_assert_eq(index_lock_path(fixture.path, ROOT, &lock_name), 0);
	buf_printf(&folder_name, "%s.index", fixture.path);
	struct snapshot_meta meta = meta_of();

	cr_assert_eq(snapshot_make_index(store, tree, &meta, snapshot, &err), 0, "%s", err.text);
}

static void end(void)
{
	store_close(store);
	tree_destroy(tree);
	model_end(&model);
	buf_free(&index_name);
	buf_free(&lock_name);
	buf_free(&folder_name);
	fixture_end(&fixture);
}

static int load(struct err *err)
{
	struct image *image;
	struct index_meta meta;
	int rc = index_load(store, ROOT, &image, &meta, err);

	if (!rc)
		image_free(image);
	if (!rc)
		index_meta_clear(&meta);
	return rc;
}

/* Whoever asks or writes is told `why`; sizes come from the snapshot. */
static void refused(const char *why)
{
	struct size_answer answer;
	struct sizes *sizes;
	struct err err = {{0}};

	cr_expect_eq(load(&err), -EPERM, "%s", err.text);
	cr_expect(strstr(err.text, why) && strstr(err.text, fixture.folder), "%s", err.text);
	cr_assert_eq(sizes_open(store, &sizes, &err), 0, "%s", err.text);
	cr_assert_eq(sizes_find(sizes, ROOT, &answer, &err), 0, "%s", err.text);
	cr_expect(answer.known && !answer.live);
	cr_expect(strstr(sizes_refused(sizes), why), "%s", sizes_refused(sizes));
	sizes_close(sizes);
}

static void cannot_be_locked(const char *why)
{
	struct snapshot_meta meta = meta_of();
	struct err err = {{0}};

	cr_expect_eq(index_lock(lock_name.data, &err), -EPERM);
	cr_expect(strstr(err.text, why), "%s", err.text);
	cr_expect(!index_locked(lock_name.data));
	cr_expect_eq(snapshot_make_index(store, tree, &meta, snapshot, &err), -EPERM);
}

Test(index_folder, is_ours_alone_and_beside_its_database, .init = begin, .fini = end)
{
	struct stat st;
	struct err err = {{0}};

	cr_assert_eq(stat(folder_name.data, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0700);
	cr_expect_eq(st.st_uid, geteuid());
	cr_expect_eq(load(&err), 0, "%s", err.text);
}

Test(index_folder, another_user_owns_the_folder, .init = begin, .fini = end)
{
	if (geteuid())
		cr_skip_test("gives a folder away: root only");
	cr_assert_eq(chown(folder_name.data, SOMEBODY, SOMEBODY), 0);
	refused("another user");
	cannot_be_locked("another user");
}

Test(index_folder, another_user_owns_the_file, .init = begin, .fini = end)
{
	if (geteuid())
		cr_skip_test("gives a file away: root only");
	cr_assert_eq(chown(index_name.data, SOMEBODY, SOMEBODY), 0);
	refused("another user");
	cr_assert_eq(chown(lock_name.data, SOMEBODY, SOMEBODY), 0);
	cannot_be_locked("another user");
}

Test(index_folder, others_may_write, .init = begin, .fini = end)
{
	struct err err = {{0}};

	cr_assert_eq(chmod(folder_name.data, 0770), 0);
	refused("chmod go-w");
	cannot_be_locked("chmod go-w");
	cr_assert_eq(chmod(folder_name.data, 0755), 0); /* reading does no harm */
	cr_expect_eq(load(&err), 0, "%s", err.text);
	cr_assert_eq(chmod(index_name.data, 0602), 0);
	refused("chmod go-w");
}

Test(index_folder, a_pipe_is_not_waited_for, .init = begin, .fini = end, .timeout = HOSTILE)
{
	cr_assert_eq(unlink(index_name.data), 0);
	cr_assert_eq(mkfifo(index_name.data, 0600), 0);
	refused("not a file");
	cr_assert_eq(unlink(lock_name.data), 0);
	cr_assert_eq(mkfifo(lock_name.data, 0600), 0);
	cannot_be_locked("not a file");
}

Test(index_folder, a_pipe_in_place_of_the_folder, .init = begin, .fini = end, .timeout = HOSTILE)
{
	struct buf command = {0};

	buf_printf(&command, "rm -r %s && mkfifo %s", folder_name.data, folder_name.data);
	cr_assert_eq(system(command.data), 0);
	refused("not a folder");
	cannot_be_locked("not a folder");
	buf_free(&command);
}

/* Root is led to write elsewhere: by the folder, by the index, by what it is written as, by the lock. */
Test(index_folder, no_link_is_followed, .init = begin, .fini = end)
{
	struct buf elsewhere = {0}, command = {0}, temporary = {0};
	struct snapshot_meta meta = meta_of();
	struct err err = {{0}};
	struct stat st;

	buf_printf(&elsewhere, "%s/elsewhere", fixture.folder);
	buf_printf(&command, "echo mine >%s", elsewhere.data);
	cr_assert_eq(system(command.data), 0);
	buf_printf(&temporary, "%s.tmp", index_name.data);
	cr_assert_eq(unlink(index_name.data), 0);
	cr_assert_eq(symlink(elsewhere.data, index_name.data), 0);
	cr_assert_eq(symlink(elsewhere.data, temporary.data), 0);
	refused("not a file");
	cr_expect_eq(snapshot_make_index(store, tree, &meta, snapshot, &err), 0, "%s", err.text);
	cr_expect(!lstat(index_name.data, &st) && S_ISREG(st.st_mode));
	cr_assert_eq(unlink(lock_name.data), 0);
	cr_assert_eq(symlink(elsewhere.data, lock_name.data), 0);
	cannot_be_locked("not a file");
	cr_expect(!lstat(elsewhere.data, &st) && st.st_size == 5);

	buf_clear(&command);
	buf_printf(&command, "rm -r %s && mkdir -m 700 %s.d && ln -s %s.d %s", folder_name.data, elsewhere.data,
	           elsewhere.data, folder_name.data);
	cr_assert_eq(system(command.data), 0);
	refused("not a folder");
	cannot_be_locked("not a folder");
	buf_clear(&command);
	buf_printf(&command, "rmdir %s.d", elsewhere.data); /* nothing came into it */
	cr_expect_eq(system(command.data), 0);
	buf_free(&elsewhere);
	buf_free(&command);
	buf_free(&temporary);
}

/* A database that another one has taken the place of, or an index that was copied from elsewhere. */
Test(index_folder, an_index_names_its_database, .init = begin, .fini = end)
{
	struct buf other = {0}, command = {0};
	struct err err = {{0}};
	struct model twin;

	cr_assert_eq(load(&err), 0, "%s", err.text);
	buf_printf(&other, "%s/other.db", fixture.folder);
	struct store *second = fixture_open_at(other.data, STORE_CREATE);

	cr_expect_neq(memcmp(store_id(store), store_id(second), STORE_ID_BYTES), 0);
	model_begin(&twin, 3, ROOT);
	model_save(&twin, second, 100);
	buf_printf(&command, "cp -r %s %s.index", folder_name.data, other.data);
	cr_assert_eq(system(command.data), 0);
	struct image *image;
	struct index_meta meta;

	cr_expect_eq(index_load(second, ROOT, &image, &meta, &err), -EINVAL);
	cr_expect(strstr(err.text, "of another database"), "%s", err.text);
	cr_expect_null(image);
	store_close(second);
	model_end(&twin);
	buf_free(&other);
	buf_free(&command);
}

/* It keeps its id over closing, and a copy has it too. */
Test(index_folder, the_id_lasts, .init = begin, .fini = end)
{
	unsigned char id[STORE_ID_BYTES], none[STORE_ID_BYTES] = {0};

	memcpy(id, store_id(store), sizeof(id));
	cr_expect_neq(memcmp(id, none, sizeof(id)), 0);
	store_close(store);
	store = fixture_open(&fixture, 0);
	cr_expect_eq(memcmp(id, store_id(store), sizeof(id)), 0);
}

/* The log is kept, snapshots answer, and nobody is told that the root is followed. */
Test(index_folder, following_does_without, .init = begin, .fini = end, .timeout = 2 * HOSTILE)
{
	const struct recorder_options options = {.db = fixture.path, .root = ROOT, .options = "", .log = true};
	const struct change change = {.kind = CHANGE_CREATE, .path = ROOT "/new", .dev = 1, .ino = 2, .new_bytes = 400};
	const struct change_dir dir = {.path = ROOT, .old_bytes = 5, .bytes = 1000, .items = 7, .files = 3};
	const struct batch batch = {.time_s = clock_wall_s(),
	                            .dirs = &dir,
	                            .dir_count = 1,
	                            .changes = &change,
	                            .change_count = 1,
	                            .events = 1};
	struct recorder *follow;
	struct err err = {{0}};
	bool live;

	cr_assert_eq(chmod(folder_name.data, 0777), 0);
	cr_assert_eq(recorder_start(&options, &follow, &err), 0, "%s", err.text);
	cr_expect(strstr(err.text, "chmod go-w"), "%s", err.text);
	cr_assert_eq(recorder_rebase(follow, tree, snapshot, false, &err), 0, "%s", err.text);
	recorder_sink(follow, &batch);
	cr_assert_eq(recorder_flush(follow, &err), 0, "%s", err.text);
	cr_expect_str_empty(recorder_trouble(follow));
	cr_expect_eq(fixture_number(store, "SELECT count(*) FROM mutation_log"), 1);
	cr_expect_eq(fixture_number(store, "SELECT count(*) FROM overlay"), 0);
	cr_assert_eq(overlay_live(store, ROOT, &live, &err), 0);
	cr_expect(!live);
	recorder_stop(follow);
	cr_expect_eq(fixture_number(store, "SELECT running FROM watch_state"), 0);
}

/*
 * Named as the version before did: both databases of a folder in index/, told apart by the hash of database and root.
 */
Test(index_folder, what_an_earlier_version_left_is_removed, .init = begin, .fini = end)
{
	struct snapshot_meta meta = meta_of();
	struct buf older = {0}, path = {0};
	struct err err = {{0}};
	char ours[64];
	XXH128_hash_t hash = XXH3_128bits("data.db\0" ROOT, sizeof("data.db\0" ROOT) - 1);

	snprintf(ours, sizeof(ours), "%016llx%016llx", (unsigned long long)hash.high64, (unsigned long long)hash.low64);
	buf_printf(&older, "%s/index", fixture.folder);
	cr_assert_eq(mkdir(older.data, 0700), 0);
	static const char *const left[] = {".mmap", ".mmap.tmp", ".lock"};

	for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++) {
		buf_clear(&path);
		buf_printf(&path, "%s/%s%s", older.data, ours, left[i]);
		FILE *file = fopen(path.data, "w");

		cr_assert_not_null(file);
		if (i == 0)
			fputs(INDEX_MAGIC "and so on", file);
		fclose(file);
	}
	buf_clear(&path);
	buf_printf(&path, "%s/00112233445566778899aabbccddeeff.mmap", older.data);
	FILE *stranger = fopen(path.data, "w");

	fputs(INDEX_MAGIC "of another database", stranger);
	fclose(stranger);
	cr_assert_eq(snapshot_make_index(store, tree, &meta, snapshot, &err), 0, "%s", err.text);
	cr_expect_eq(access(path.data, F_OK), 0, "another database's");
	cr_assert_eq(unlink(path.data), 0);
	cr_assert_eq(snapshot_make_index(store, tree, &meta, snapshot, &err), 0, "%s", err.text);
	cr_expect_neq(access(older.data, F_OK), 0, "it was empty");
	buf_free(&older);
	buf_free(&path);
}
