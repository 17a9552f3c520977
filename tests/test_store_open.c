/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening the database: every state a file can be found in, each with one clear sentence and nothing lost. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <poll.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/db/schema.h"
#include "store/db/store.h"
#include "private_mounts.h"
#include "store_fixture.h"

static struct fixture f;

static void setup(void)
{
	fixture_begin(&f);
}

static void teardown(void)
{
	fixture_end(&f);
}

TestSuite(store_open, .init = setup, .fini = teardown, .timeout = 120);

/* Something to lose: one row that later openings must still see. */
static void put_row(struct store *store)
{
	cr_assert_eq(sqlite3_exec(store_handle(store), "INSERT INTO watch_state(watch_root) VALUES(randomblob(8))",
	                          NULL, NULL, NULL),
	             SQLITE_OK);
}

static void make_database(void)
{
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);

	put_row(store);
	store_close(store);
}

static int64_t rows(struct store *store)
{
	return fixture_number(store, "SELECT count(*) FROM watch_state");
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	cr_assert(!stat(path, &st), "%s", path);
	return st.st_mode & 07777;
}

/* Files of the folder whose names hold `part`. */
static int count_files(const char *folder, const char *part)
{
	DIR *dir = opendir(folder);
	int n = 0;

	cr_assert(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		n += strstr(entry->d_name, part) != NULL;
	closedir(dir);
	return n;
}

static void write_file(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

Test(store_open, makes_folder_and_file_for_the_owner_alone)
{
	char path[600], folder[512];

	umask(0);
	snprintf(folder, sizeof(folder), "%s/a/b", f.folder);
	snprintf(path, sizeof(path), "%s/data.db", folder);
	struct store *store = fixture_open_at(path, STORE_CREATE | STORE_STRICT);

	put_row(store);
	cr_assert_eq(store_mode(store), STORE_READ_WRITE);
	cr_assert_null(store_banner(store));
	cr_assert_eq(mode_of(folder), 0700);
	cr_assert_eq(mode_of(path), 0600);
	strcat(path, "-wal");
	cr_assert_eq(mode_of(path), 0600);
	strcpy(strstr(path, "-wal"), "-shm");
	cr_assert_eq(mode_of(path), 0600);
	cr_assert_gt(store_bytes(store), 0);
	store_close(store);
}

Test(store_open, sets_what_the_design_says)
{
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);

	cr_assert_eq(fixture_number(store, "PRAGMA user_version"), SCHEMA_VERSION);
	cr_assert_eq(fixture_number(store, "PRAGMA auto_vacuum"), 2);
	cr_assert_eq(fixture_number(store, "PRAGMA foreign_keys"), 1);
	cr_assert_eq(fixture_number(store, "PRAGMA synchronous"), 1);
	cr_assert_eq(fixture_number(store, "PRAGMA cache_size"), -65536);
	cr_assert_eq(fixture_number(store, "PRAGMA mmap_size"), 268435456);
	cr_assert_eq(fixture_number(store, "PRAGMA busy_timeout"), 5000);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'"), 1);
	store_close(store);
}

Test(store_open, has_every_relation_under_its_name)
{
	static const char *const selects[] = {
		"SELECT id, scan_root, started_at, finished_at, total_files, total_bytes, error_count, host,"
		" root_id, label, apparent_bytes,"
		" total_items, trusted, program FROM snapshots",
		"SELECT id, snapshot_id, path_blob, path_utf8, depth, total_bytes, file_count, mtime, dev, ino,"
		" fingerprint_lo, fingerprint_hi,"
		" direct_bytes, child_count FROM dir_snapshots",
		"SELECT id, snapshot_a, snapshot_b, path_blob, bytes_a, bytes_b, delta_bytes FROM diff_cache",
		"SELECT id, timestamp, event_type, path_blob, delta_bytes, is_dir FROM fs_events",
		"SELECT id, snapshot_id, path_blob, path_utf8, previous_bytes, current_bytes, delta_bytes,"
		" recorded_at FROM dir_deltas",
		"SELECT id, watch_root, last_event_time, last_reconcile_time, last_snapshot_id, needs_full FROM"
		" watch_state",
		"SELECT id, timestamp, mutation_type, dev, ino, path_blob, old_size, new_size, old_path_blob,"
		" \"by\", is_dir FROM mutation_log",
		"SELECT root_id, path, seq, bytes, apparent_bytes, items, files, gone, errors FROM overlay",
		"SELECT id, scan_root, host, options, source, head_id FROM roots",
		"SELECT id, root_id, path, fs, ino, btime, depth, utf8 FROM dirs",
		"SELECT snapshot_id, fs, dev FROM devices",
		"SELECT dir_id, first_id, last_id, total_bytes, apparent_bytes, file_count, item_count, mtime,"
		" fingerprint_lo, fingerprint_hi,"
		" direct_bytes, child_count, error_count, flags, lists FROM dir_versions",
		"SELECT snapshot_a, snapshot_b, dir_id, bytes_a, bytes_b, delta_bytes FROM diff_rows",
	};
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);

	for (size_t i = 0; i < sizeof(selects) / sizeof(*selects); i++)
		cr_expect_eq(sqlite3_exec(store_handle(store), selects[i], NULL, NULL, NULL), SQLITE_OK, "%s: %s",
		             selects[i], sqlite3_errmsg(store_handle(store)));
	cr_expect_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM sqlite_schema WHERE type='index' AND name IN ('idx_dir_snapshot_id',"
			" 'idx_dir_path_bytes', 'idx_dir_identity', 'idx_diff_delta', 'idx_fs_events_time',"
			" 'idx_dir_deltas_snapshot',"
			" 'idx_dir_deltas_path', 'idx_mutation_log_time', 'idx_mutation_log_identity')"),
		9);
	store_close(store);
}

Test(store_open, missing_file_without_create_is_empty_and_silent)
{
	struct store *store = fixture_open(&f, STORE_STRICT);

	cr_assert_eq(store_mode(store), STORE_MEMORY);
	cr_assert_null(store_banner(store));
	cr_assert_eq(rows(store), 0);
	store_close(store);
	cr_assert_neq(access(f.path, F_OK), 0, "a reading command leaves nothing behind");
}

/* Our header, and nothing right behind it; a log beside it. */
static void damage(void)
{
	char wal[600];
	int fd;

	make_database();
	fd = open(f.path, O_WRONLY);
	cr_assert(fd >= 0);
	for (int i = 0; i < 8; i++)
		cr_assert_eq(pwrite(fd, "garbage!", 8, 100 + i * 8), 8);
	close(fd);
	snprintf(wal, sizeof(wal), "%s-wal", f.path);
	write_file(wal, "log", 3);
}

Test(store_open, damaged_file_is_set_aside_with_its_log)
{
	struct store *store;
	struct err err;

	damage();
	cr_assert_eq(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err), -EIO);
	cr_assert(strstr(err.text, "damaged") && strstr(err.text, f.path), "%s", err.text);
	cr_assert_eq(count_files(f.folder, ".corrupt-"), 0, "a command touches nothing");

	store = fixture_open(&f, STORE_CREATE);
	cr_assert_eq(store_mode(store), STORE_READ_WRITE);
	cr_assert(strstr(store_banner(store), "set aside"), "%s", store_banner(store));
	put_row(store);
	store_close(store);
	cr_assert_geq(count_files(f.folder, "data.db.corrupt-"), 2);
	cr_assert_eq(count_files(f.folder, "-wal"), 1, "the log went with it");
	make_database(); /* the new one is sound */
}

/* ---- what is not ours ---- */

static ssize_t read_file(const char *path, char *bytes, size_t room)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, room);

	if (fd >= 0)
		close(fd);
	return n;
}

/*
 * Whoever opens it, browser or command, to read or to write: the file stays as it is, under its name, with nothing
 * beside it.
 */
static void stays_untouched(const char *name, const char *file, int error)
{
	static const unsigned flags[] = {0, STORE_STRICT, STORE_CREATE, STORE_CREATE | STORE_STRICT};
	static char before[65536], after[65536];
	ssize_t n = read_file(file, before, sizeof(before));
	int files = count_files(f.folder, "");
	struct stat was, is;

	cr_assert(!stat(file, &was));
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		struct store *store;
		struct err err;
		int rc = store_open(name, flags[i], &store, &err);

		if (flags[i] & STORE_STRICT) {
			cr_expect_eq(rc, error, "%s: %d, %s", name, rc, err.text);
			cr_expect(strstr(err.text, "--db") || strstr(err.text, "move it away"), "%s", err.text);
		} else {
			cr_assert_eq(rc, 0, "%s", err.text);
			cr_expect_eq(store_mode(store), STORE_MEMORY);
			cr_expect(strstr(store_banner(store), "nothing is saved"), "%s", store_banner(store));
			store_close(store);
		}
		cr_expect(!stat(file, &is) && is.st_ino == was.st_ino && is.st_mode == was.st_mode &&
		          is.st_mtim.tv_nsec == was.st_mtim.tv_nsec);
		cr_expect(read_file(file, after, sizeof(after)) == n && !memcmp(before, after, (size_t)n),
		          "%s was written", file);
		cr_expect_eq(count_files(f.folder, ""), files, "something was left beside %s", file);
	}
}

static void make_foreign(const char *path, const char *sql)
{
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

Test(store_open, what_is_not_ours_stays_as_it_is)
{
	static const char *const foreign[] = {
		"CREATE TABLE cookies(a)",
		"PRAGMA journal_mode=WAL; CREATE TABLE cookies(a)",
		"PRAGMA application_id=7; PRAGMA user_version=2; CREATE TABLE snapshots(id)",
		"PRAGMA user_version=0; VACUUM; PRAGMA user_version=1; PRAGMA user_version=0",
	};
	static const size_t lengths[] = {1, 46, 99, 100, 8192, 20000};
	static char text[20000];
	char link[600];

	memset(text, 't', sizeof(text));
	snprintf(link, sizeof(link), "%s/link.db", f.folder);
	cr_assert_eq(symlink(f.path, link), 0);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		write_file(f.path, text, lengths[i]);
		stays_untouched(f.path, f.path, -EINVAL);
		stays_untouched(link, f.path, -EINVAL);
	}
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
		unlink(f.path);
		make_foreign(f.path, foreign[i]);
		stays_untouched(f.path, f.path, -EINVAL);
		stays_untouched(link, f.path, -EINVAL);
	}
}

Test(store_open, through_a_link_nothing_is_set_aside_or_filled)
{
	char link[600];
	struct store *store;
	struct err err;

	snprintf(link, sizeof(link), "%s/link.db", f.folder);
	cr_assert_eq(symlink(f.path, link), 0);
	cr_assert_eq(store_open(link, STORE_CREATE | STORE_STRICT, &store, &err), -EINVAL);
	cr_assert(strstr(err.text, "leads nowhere"), "%s", err.text);
	cr_assert_neq(access(f.path, F_OK), 0);

	write_file(f.path, "", 0);
	cr_assert_eq(store_open(link, STORE_CREATE | STORE_STRICT, &store, &err), -EINVAL);
	store = fixture_open_at(link, STORE_CREATE);
	cr_assert_eq(store_mode(store), STORE_MEMORY);
	store_close(store);
	struct stat st;

	cr_assert(!stat(f.path, &st) && !st.st_size);
	unlink(f.path);

	damage();
	store = fixture_open_at(link, STORE_CREATE);
	cr_assert_eq(store_mode(store), STORE_MEMORY);
	cr_assert(strstr(store_banner(store), "damaged"), "%s", store_banner(store));
	store_close(store);
	cr_assert_eq(count_files(f.folder, ".corrupt-"), 0);

	/* A whole one is one like any other. */
	store = fixture_open(&f, STORE_CREATE);
	store_close(store);
	store = fixture_open_at(link, STORE_CREATE | STORE_STRICT);
	cr_assert_eq(store_mode(store), STORE_READ_WRITE);
	store_close(store);
}

Test(store_open, truncated_database_is_damaged)
{
	make_database();
	cr_assert_eq(truncate(f.path, 3 * 4096), 0);
	struct store *store;
	struct err err;

	cr_assert_eq(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err), -EIO);
	store = fixture_open(&f, STORE_CREATE);
	cr_assert_eq(store_mode(store), STORE_READ_WRITE);
	cr_assert_eq(rows(store), 0);
	cr_assert_geq(count_files(f.folder, "data.db.corrupt-"), 1);
	store_close(store);
}

Test(store_open, empty_file_is_never_taken_in_silence)
{
	write_file(f.path, "", 0);
	struct store *store = fixture_open(&f, STORE_STRICT);

	cr_assert_eq(store_mode(store), STORE_MEMORY);
	cr_assert(strstr(store_banner(store), "empty"));
	store_close(store);
	store = fixture_open(&f, STORE_CREATE);
	cr_assert_eq(store_mode(store), STORE_READ_WRITE);
	cr_assert(strstr(store_banner(store), "was empty"), "%s", store_banner(store));
	store_close(store);
	cr_assert_eq(count_files(f.folder, ".corrupt-"), 0);
	store = fixture_open(&f, STORE_CREATE);
	cr_assert_null(store_banner(store));
	store_close(store);
}

Test(store_open, empty_file_that_is_not_ours_alone)
{
	char other[600], wal[600];

	write_file(f.path, "", 0);
	snprintf(other, sizeof(other), "%s/other", f.folder);
	cr_assert_eq(link(f.path, other), 0);
	struct store *store;
	struct err err;

	cr_assert_eq(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err), -EINVAL);
	cr_assert(strstr(err.text, "empty"), "%s", err.text);
	unlink(other);
	if (!geteuid()) {
		cr_assert_eq(chown(f.path, 1, 1), 0);
		cr_assert_eq(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err), -EINVAL);
		cr_assert_eq(chown(f.path, 0, 0), 0);
	}
	/* With its log it was a database: what has emptied it is not made good by a new one. */
	snprintf(wal, sizeof(wal), "%s-wal", f.path);
	write_file(wal, "log", 3);
	cr_assert_eq(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err), -EIO);
	store = fixture_open(&f, STORE_CREATE);
	cr_assert_eq(store_mode(store), STORE_MEMORY);
	cr_assert(strstr(store_banner(store), "damaged"), "%s", store_banner(store));
	store_close(store);
	cr_assert_eq(count_files(f.folder, ".corrupt-"), 0);
}

Test(store_open, empty_file_of_a_command_is_begun_and_said)
{
	write_file(f.path, "", 0);
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);

	cr_assert_eq(store_mode(store), STORE_READ_WRITE);
	cr_assert(strstr(store_banner(store), "was empty"));
	put_row(store);
	store_close(store);
	store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
	cr_assert_eq(rows(store), 1);
	store_close(store);
}

Test(store_open, folder_in_its_place)
{
	struct store *store;
	struct err err;

	cr_assert_eq(mkdir(f.path, 0700), 0);
	cr_assert_eq(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err), -EISDIR);
	cr_assert(strstr(err.text, "folder"), "%s", err.text);
	store = fixture_open(&f, STORE_CREATE);
	cr_assert_eq(store_mode(store), STORE_MEMORY);
	cr_assert(strstr(store_banner(store), "nothing is saved"), "%s", store_banner(store));
	put_row(store);
	store_close(store);
}

Test(store_open, pipe_in_its_place)
{
	struct store *store;
	struct err err;

	cr_assert_eq(mkfifo(f.path, 0600), 0);
	cr_assert_eq(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err), -EINVAL);
	cr_assert(strstr(err.text, "not a file"), "%s", err.text);
}

Test(store_open, newer_schema_is_read_only)
{
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);

	put_row(store);
	cr_assert_eq(sqlite3_exec(store_handle(store), "PRAGMA user_version=999", NULL, NULL, NULL), SQLITE_OK);
	store_close(store);
	store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
	cr_assert_eq(store_mode(store), STORE_READ_ONLY);
	cr_assert(strstr(store_banner(store), "newer"), "%s", store_banner(store));
	cr_assert_eq(rows(store), 1);
	cr_assert_neq(sqlite3_exec(store_handle(store), "DELETE FROM watch_state", NULL, NULL, NULL), SQLITE_OK);
	store_close(store);
}

Test(store_open, locked_by_another_program)
{
	make_database();
	sqlite3 *db;
	struct store *store;
	struct err err;

	cr_assert_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	cr_assert_eq(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err), -EBUSY);
	cr_assert(strstr(err.text, "another program"), "%s", err.text);
	store = fixture_open(&f, STORE_CREATE);
	cr_assert_eq(store_mode(store), STORE_MEMORY);
	sqlite3_close(db);
	/* The next save finds it free again. */
	cr_assert_eq(store_writable(store, &err), 0, "%s", err.text);
	cr_assert_eq(store_mode(store), STORE_READ_WRITE);
	cr_assert_null(store_banner(store));
	cr_assert_eq(rows(store), 1);
	store_close(store);
}

/* As another user, so that permissions mean something; root alone can become one. */
static void as_nobody(void (*run)(void))
{
	if (geteuid() != 0)
		cr_skip_test("needs root to become another user");
	pid_t pid = fork();

	if (!pid) {
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(99);
		run();
		_exit(0);
	}
	int status;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "line %d", WEXITSTATUS(status));
}

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1); \
		} \
	} while (0)

static void nobody_reads(void)
{
	struct store *store;
	struct err err;

	CHECK(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err) == 0);
	CHECK(store_mode(store) == STORE_READ_ONLY);
	CHECK(strstr(err.text, "belongs to root"));
	CHECK(rows(store) == 1);
	CHECK(store_writable(store, &err) == -EROFS);
	store_close(store);
}

Test(store_open, foreign_database_is_read)
{
	make_database();
	chmod(f.folder, 0755);
	chmod(f.path, 0644);
	as_nobody(nobody_reads);
}

static void nobody_is_refused(void)
{
	struct store *store;
	struct err err;

	CHECK(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err) == -EACCES);
	CHECK(strstr(err.text, "belongs to root") && strstr(err.text, "chown"));
	CHECK(store_open(f.path, STORE_CREATE, &store, &err) == 0);
	CHECK(store_mode(store) == STORE_MEMORY);
	CHECK(strstr(store_banner(store), "belongs to root"));
	store_close(store);
}

Test(store_open, unreadable_database_is_said)
{
	make_database();
	chmod(f.folder, 0755);
	as_nobody(nobody_is_refused);
}

static void nobody_cannot_create(void)
{
	struct store *store;
	struct err err;

	CHECK(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err) == -EACCES);
	CHECK(strstr(err.text, "cannot be created"));
	CHECK(store_open(f.path, STORE_CREATE, &store, &err) == 0);
	CHECK(store_mode(store) == STORE_MEMORY);
	store_close(store);
}

Test(store_open, folder_that_cannot_be_written)
{
	chmod(f.folder, 0755);
	as_nobody(nobody_cannot_create);
}

Test(store_open, read_only_medium)
{
	make_database();
	struct store *store;
	struct err err;

	if (private_mounts() || mount(f.folder, f.folder, NULL, MS_BIND, NULL))
		cr_skip_test("mounting is not allowed");
	cr_assert_eq(mount(NULL, f.folder, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	int rc = store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err);
	int64_t n = rc ? -1 : rows(store);
	enum store_mode mode = rc ? STORE_MEMORY : store_mode(store);

	if (!rc)
		store_close(store);
	umount2(f.folder, MNT_DETACH);
	cr_assert_eq(rc, 0, "%s", err.text);
	cr_assert_eq(mode, STORE_READ_ONLY);
	cr_assert(strstr(err.text, "read-only"), "%s", err.text);
	cr_assert_eq(n, 1);
}

/* What an earlier version kept is read; what it did not is said in a sentence, not in SQLite's words. */
Test(store_open, an_earlier_version_on_a_read_only_medium)
{
	make_database();
	struct store *store;
	struct err err, sentence;
	int64_t n;

	store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
	cr_assert_eq(sqlite3_exec(store_handle(store),
	                          "ALTER TABLE mutation_log DROP COLUMN is_dir;"
	                          " ALTER TABLE mutation_log DROP COLUMN \"by\"; PRAGMA user_version=8",
	                          NULL, NULL, NULL),
	             SQLITE_OK);
	store_close(store);
	if (private_mounts() || mount(f.folder, f.folder, NULL, MS_BIND, NULL))
		cr_skip_test("mounting is not allowed");
	cr_assert_eq(mount(NULL, f.folder, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	int rc = store_open(f.path, STORE_STRICT, &store, &err);
	int asked = rc ? 0 : store_ask(store, "SELECT is_dir FROM mutation_log", NULL, 0, &n, &sentence);
	int64_t kept = rc ? -1 : rows(store);

	if (!rc)
		store_close(store);
	umount2(f.folder, MNT_DETACH);
	cr_assert_eq(rc, 0, "%s", err.text);
	cr_assert_eq(kept, 1);
	cr_assert_eq(asked, -EROFS);
	cr_assert(strstr(sentence.text, "earlier version"), "%s", sentence.text);
}

/* Fill a file system to its last block. */
static void fill(const char *folder)
{
	static char block[4096];
	char path[600];

	snprintf(path, sizeof(path), "%s/ballast", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	cr_assert(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	while (write(fd, block, 1) > 0)
		;
	close(fd);
}

static void drain(const char *folder)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/ballast", folder);
	unlink(path);
}

Test(store_open, full_disk_with_a_history)
{
	struct err err;

	if (!fixture_tmpfs(&f, "8m"))
		cr_skip_test("mounting is not allowed");
	make_database();
	fill(f.folder);
	struct store *store = fixture_open(&f, STORE_CREATE);

	cr_expect_eq(store_mode(store), STORE_READ_WRITE);
	cr_expect_str_eq(store_banner(store), "disk full: this scan is not saved yet; earlier snapshots work");
	cr_expect_eq(rows(store), 1);
	cr_expect_eq(store_writable(store, &err), -ENOSPC);
	cr_expect_eq(rows(store), 1, "still readable after a vain attempt");
	drain(f.folder);
	cr_expect_eq(store_writable(store, &err), 0, "%s", err.text);
	cr_expect_null(store_banner(store));
	put_row(store);
	cr_expect_eq(rows(store), 2);
	store_close(store);
}

Test(store_open, full_disk_sees_an_unmerged_log)
{
	if (!fixture_tmpfs(&f, "8m"))
		cr_skip_test("mounting is not allowed");
	/* A program killed before it merged its log: the row is only in data.db-wal. */
	pid_t pid = fork();

	if (!pid) {
		struct store *store;
		struct err err;

		if (store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err))
			_exit(1);
		sqlite3_exec(store_handle(store), "INSERT INTO watch_state(watch_root) VALUES(x'2f')", NULL, NULL,
		             NULL);
		_exit(0);
	}
	int status;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	char shm[600];

	snprintf(shm, sizeof(shm), "%s-shm", f.path);
	unlink(shm);
	fill(f.folder);
	struct store *store = fixture_open(&f, STORE_CREATE);

	cr_expect_eq(rows(store), 1);
	cr_expect_not_null(store_banner(store));
	store_close(store);
}

Test(store_open, full_disk_without_a_history)
{
	struct err err;

	if (!fixture_tmpfs(&f, "1m"))
		cr_skip_test("mounting is not allowed");
	fill(f.folder);
	struct store *store;

	cr_expect_eq(store_open(f.path, STORE_CREATE | STORE_STRICT, &store, &err), -ENOSPC);
	store = fixture_open(&f, STORE_CREATE);
	cr_expect_eq(store_mode(store), STORE_MEMORY);
	cr_expect_str_eq(store_banner(store), "disk full: this scan is not saved yet");
	cr_expect_neq(access(f.path, F_OK), 0, "no empty file is left");
	cr_expect_eq(store_writable(store, &err), -ENOSPC);
	drain(f.folder);
	fixture_remount(&f, "8m");
	cr_expect_eq(store_writable(store, &err), 0, "%s", err.text);
	cr_expect_eq(store_mode(store), STORE_READ_WRITE);
	cr_expect_null(store_banner(store));
	put_row(store);
	store_close(store);
	store = fixture_open(&f, STORE_STRICT);
	cr_expect_eq(rows(store), 1);
	store_close(store);
}

/* ---- what goes while it is open ---- */

static void move_away(const char *suffix)
{
	char from[600], to[600];

	snprintf(from, sizeof(from), "%s%s", f.path, suffix);
	snprintf(to, sizeof(to), "%s/old%s", f.folder, suffix);
	rename(from, to);
}

static void replace_with(const char *text)
{
	move_away("");
	move_away("-wal");
	move_away("-shm");
	if (text)
		write_file(f.path, text, strlen(text));
}

Test(store_open, a_deleted_one_is_begun_anew_before_writing)
{
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
	struct err err = {{0}};

	put_row(store);
	cr_assert_eq(store_writable(store, &err), 0, "%s", err.text);
	cr_assert_eq(store_opened(store), 1);
	cr_assert_eq(rows(store), 1, "what is still there is not opened again");
	replace_with(NULL);
	cr_assert_eq(store_writable(store, &err), 0, "%s", err.text);
	cr_assert_eq(store_opened(store), 2);
	cr_assert(strstr(store_banner(store), "replaced or deleted"), "%s", store_banner(store));
	cr_assert_eq(rows(store), 0);
	put_row(store);
	store_close(store);
	store = fixture_open(&f, STORE_STRICT);
	cr_assert_eq(rows(store), 1);
	store_close(store);
}

/* Its log stays behind under its name, and another connection of this program has it open: it is not the new one's. */
Test(store_open, the_log_of_one_that_went_is_not_the_next_ones)
{
	char other[600], old[600];
	struct err err = {{0}};

	snprintf(other, sizeof(other), "%s/other.db", f.folder);
	snprintf(old, sizeof(old), "%s/old.db", f.folder);
	struct store *store = fixture_open_at(other, STORE_CREATE | STORE_STRICT);

	for (int i = 0; i < 3; i++)
		put_row(store);
	store_close(store);
	for (int deleted = 0; deleted < 2; deleted++) {
		struct store *second;

		unlink(f.path);
		store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
		second = fixture_open(&f, STORE_CREATE | STORE_STRICT);
		for (int i = 0; i < 5; i++) {
			cr_assert_eq(store_writable(store, &err), 0, "%s", err.text);
			put_row(store);
			cr_assert_eq(store_writable(second, &err), 0, "%s", err.text);
			put_row(second);
		}
		cr_assert_eq(rename(f.path, old), 0);
		if (!deleted)
			cr_assert_eq(rename(other, f.path), 0);
		cr_assert_eq(store_writable(store, &err), 0, "%s", err.text);
		cr_assert_eq(rows(store), deleted ? 0 : 3);
		put_row(store);
		cr_assert_eq(store_writable(second, &err), 0, "%s", err.text);
		cr_assert_eq(rows(second), deleted ? 1 : 4);
		put_row(second);
		cr_assert_eq(rows(store), deleted ? 2 : 5);
		cr_assert_eq(
			fixture_number(store, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"),
			1);
		store_close(store);
		store_close(second);
		store = fixture_open_at(old, STORE_STRICT);
		cr_assert_eq(rows(store), 10, "what was written before is in the file it was written to");
		store_close(store);
	}
}

Test(store_open, what_is_in_its_place_and_not_ours_is_not_written)
{
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
	struct err err = {{0}};
	char text[16] = "";

	replace_with("thesis");
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(store_writable(store, &err), -ESTALE, "%s", err.text);
		cr_assert(strstr(err.text, "no database"), "%s", err.text);
	}
	cr_assert_eq(read_file(f.path, text, sizeof(text)), 6);
	cr_assert_str_eq(text, "thesis");
	/* Ours again. */
	unlink(f.path);
	cr_assert_eq(store_writable(store, &err), 0, "%s", err.text);
	cr_assert_eq(store_mode(store), STORE_READ_WRITE);
	store_close(store);
}

Test(store_open, where_its_folder_went_nothing_is_begun)
{
	char folder[512], path[600];

	snprintf(folder, sizeof(folder), "%s/data", f.folder);
	snprintf(path, sizeof(path), "%s/data.db", folder);
	struct store *store = fixture_open_at(path, STORE_CREATE | STORE_STRICT);
	struct err err = {{0}};
	char away[600];

	snprintf(away, sizeof(away), "%s-away", folder);
	cr_assert_eq(rename(folder, away), 0);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(store_writable(store, &err), -ESTALE, "%s", err.text);
		cr_assert(strstr(err.text, "nothing can be stored"), "%s", err.text);
		if (!i)
			cr_assert_eq(mkdir(folder, 0700), 0);
	}
	cr_assert_eq(count_files(folder, "data"), 0);
	cr_assert_eq(rmdir(folder), 0);
	cr_assert_eq(rename(away, folder), 0);
	cr_assert_eq(store_writable(store, &err), 0, "it is back: %s", err.text);
	store_close(store);
}

static void *let_go(void *context)
{
	poll(NULL, 0, 300);
	sqlite3_exec(context, "COMMIT", NULL, NULL, NULL);
	return NULL;
}

/* A file that has no log yet, as it is just after it was made, and somebody writes it. */
Test(store_open, who_gives_it_a_log_waits_for_who_writes)
{
	struct store *store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
	pthread_t thread;
	sqlite3 *db;

	store_close(store);
	cr_assert_eq(sqlite3_open(f.path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, "PRAGMA journal_mode=DELETE; BEGIN IMMEDIATE", NULL, NULL, NULL),
	             SQLITE_OK);
	cr_assert_eq(pthread_create(&thread, NULL, let_go, db), 0);
	store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
	cr_expect_eq(store_mode(store), STORE_READ_WRITE);
	pthread_join(thread, NULL);
	sqlite3_close(db);
	store_close(store);
}

/* Ten programs at once make one database. */
Test(store_open, many_programs_create_it_once)
{
	for (int i = 0; i < 10; i++)
		if (!fork()) {
			struct store *store;
			struct err err;

			CHECK(store_open(f.path, STORE_CREATE, &store, &err) == 0);
			if (store_banner(store))
				fprintf(stderr, "%s\n", store_banner(store));
			CHECK(store_mode(store) == STORE_READ_WRITE);
			CHECK(!store_banner(store));
			char sql[100];

			snprintf(sql, sizeof(sql), "INSERT INTO watch_state(watch_root) VALUES(CAST('/%d' AS BLOB))",
			         i);
			CHECK(sqlite3_exec(store_handle(store), sql, NULL, NULL, NULL) == SQLITE_OK);
			store_close(store);
			_exit(0);
		}
	for (int i = 0, status; i < 10; i++) {
		wait(&status);
		cr_expect_eq(status, 0);
	}
	struct store *store = fixture_open(&f, STORE_STRICT);

	cr_assert_eq(rows(store), 10);
	store_close(store);
}

Test(store_open, default_path)
{
	struct buf path = {0};

	unsetenv("DISKTRACKER_DB");
	setenv("XDG_DATA_HOME", "/x/data", 1);
	setenv("HOME", "/usr", 1);
	cr_assert_eq(store_default_path("given.db", &path), 0);
	cr_assert_str_eq(path.data, "given.db");
	buf_clear(&path);
	store_default_path(NULL, &path);
	cr_assert_str_eq(path.data, "/x/data/disktracker/data.db");
	buf_clear(&path);
	setenv("XDG_DATA_HOME", "relative", 1);
	store_default_path(NULL, &path);
	cr_assert_str_eq(path.data, "/usr/.local/share/disktracker/data.db");
	buf_clear(&path);
	static const char *const no_home[] = {"/nonexistent", "/", "/dev/null"};

	for (size_t i = 0; i < sizeof(no_home) / sizeof(*no_home); i++) {
		setenv("HOME", no_home[i], 1);
		cr_expect_eq(store_default_path(NULL, &path), -ENOENT, "%s", no_home[i]);
	}
	setenv("DISKTRACKER_DB", "/d.db", 1);
	store_default_path(NULL, &path);
	cr_assert_str_eq(path.data, "/d.db");
	buf_free(&path);
	cr_assert_gt(strlen(store_host()), 0);
}

static void is_owned(const char *home, const char *below, unsigned owner, unsigned mode)
{
	char path[600];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", home, below);
	cr_assert_eq(stat(path, &st), 0, "%s", path);
	cr_expect_eq(st.st_uid, owner, "%s is %u's", below, (unsigned)st.st_uid);
	cr_expect_eq(st.st_gid, owner, "%s is group %u's", below, (unsigned)st.st_gid);
	cr_expect_eq(st.st_mode & 07777, mode, "%s: mode %o", below, (unsigned)st.st_mode & 07777);
}

/* `sudo` with the home of whoever called it: nothing is made in there that locks him out. */
Test(store_open, folders_in_anothers_home_are_his)
{
	const unsigned somebody = 65534;
	char home[500], path[600];

	if (geteuid())
		cr_skip_test("gives a folder away: root only");
	umask(022);
	snprintf(home, sizeof(home), "%s/home", f.folder);
	cr_assert(!mkdir(home, 0755) && !chown(home, somebody, somebody));
	snprintf(path, sizeof(path), "%s/.local/share/disktracker/data.db", home);
	struct store *store = fixture_open_at(path, STORE_CREATE | STORE_STRICT);

	cr_expect(store_banner(store) && strstr(store_banner(store), path), "%s", store_banner(store));
	store_close(store);
	is_owned(home, "/.local", somebody, 0755);
	is_owned(home, "/.local/share", somebody, 0755);
	is_owned(home, "/.local/share/disktracker", somebody, 0700);
	is_owned(home, "/.local/share/disktracker/data.db", 0, 0600);
	store = fixture_open_at(path, STORE_CREATE | STORE_STRICT);
	cr_expect_null(store_banner(store), "it is said once");
	store_close(store);
}

Test(store_open, hostile_folder_name)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/a?b%%20\xff\n#c", f.folder);
	cr_assert_eq(mkdir(path, 0700), 0);
	strcat(path, "/data.db");
	struct store *store = fixture_open_at(path, STORE_CREATE | STORE_STRICT);

	put_row(store);
	store_close(store);
	chmod(path, 0400);
	store = fixture_open_at(path, STORE_STRICT);
	cr_assert_eq(rows(store), 1);
	store_close(store);
}

/* Its indexes are found beside it wherever the program goes, the folders that were made for it included. */
Test(store_open, a_folder_that_is_made_first)
{
	char wanted[600], given[600];

	cr_assert_eq(chdir(f.folder), 0);
	cr_assert_eq(symlink(".", "link"), 0);
	for (int i = 0; i < 2; i++) {
		snprintf(given, sizeof(given), "%snew%d/deeper/data.db", i ? "link/" : "", i);
		snprintf(wanted, sizeof(wanted), "%s/new%d/deeper/data.db", f.folder, i);
		struct store *store = fixture_open_at(given, STORE_CREATE | STORE_STRICT);

		cr_assert_str_eq(store_path(store), wanted);
		store_close(store);
		cr_assert_eq(mode_of(wanted), 0600);
		store = fixture_open_at(given, STORE_STRICT);
		cr_assert_str_eq(store_path(store), wanted);
		store_close(store);
	}
}
