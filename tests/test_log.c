/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "store/db/handle.h"
#include "store/record/journal.h"
#include "store/record/mutation_log.h"
#include "store_fixture.h"

/* The log as `log` reads it, from rows that the journal wrote or that are put there by hand. */

static struct fixture fixture;

static void begin(void)
{
	fixture_begin(&fixture);
}

static void finish(void)
{
	fixture_end(&fixture);
}

static struct store *filled(const char *sql)
{
	struct store *store = fixture_open(&fixture, STORE_CREATE);

	cr_assert_eq(sqlite3_exec(store_handle(store), sql, NULL, NULL, NULL), SQLITE_OK, "%s: %s", sql,
	             sqlite3_errmsg(store_handle(store)));
	return store;
}

/* "TIME type path[<old][ by X][ dir][ old>new]\n" */
static int write_entry(void *context, const struct log_entry *entry)
{
	struct buf *out = context;

	buf_printf(out, "%lld %s %s", (long long)entry->time_s, log_word(entry->type), entry->path);
	if (entry->is_dir)
		buf_char(out, '/');
	if (entry->old_path)
		buf_printf(out, "<%s", entry->old_path);
	if (entry->sized)
		buf_printf(out, " %llu>%llu", (unsigned long long)entry->old_bytes,
		           (unsigned long long)entry->new_bytes);
	if (entry->by)
		buf_printf(out, " by %s", entry->by);
	buf_char(out, '\n');
	return 0;
}

static void reads(struct store *store, const struct log_filter *filter, const char *expected)
{
	struct buf out = {0};
	struct err err = {{0}};

	cr_assert_eq(log_read(store, filter, write_entry, &out, &err), 0, "%s", err.text);
	cr_expect_str_eq(out.data ? out.data : "", expected);
	buf_free(&out);
}

static void lists(struct store *store, const struct log_filter *filter, size_t most, uint64_t more,
                  const char *expected)
{
	struct log_list list = {.most = most};
	struct buf out = {0};
	struct err err = {{0}};

	cr_assert_eq(log_list_read(store, filter, &list, &err), 0, "%s", err.text);
	for (size_t i = 0; i < list.count; i++)
		write_entry(&out, &list.items[i]);
	cr_expect_str_eq(out.data ? out.data : "", expected);
	cr_expect_eq(list.more, more);
	log_list_clear(&list);
	buf_free(&out);
}

#define INSERT                                                                                                         \
	"INSERT INTO mutation_log(timestamp, mutation_type, path_blob, old_path_blob, old_size, new_size, \"by\","     \
	" is_dir) VALUES"
#define P(path) "CAST('" path "' AS BLOB)"

Test(log, of_a_path_and_what_it_lies_in, .init = begin, .fini = finish)
{
	struct store *store = filled(
		INSERT "(1, 0, " P("/a") ", NULL, 0, 9, 'mkdir', 1),"
		"(2, 0, " P("/a/b") ", NULL, 0, 5, 'x', 0),"
		"(3, 2, " P("/a") ", NULL, 5, 6, 'x', 1),"            /* of a folder above: not of this file */
		"(4, 3, " P("/a/c") ", " P("/a/b") ", 5, 5, 'mv', 0),"
		"(5, 2, " P("/a/bb") ", NULL, 1, 2, 'x', 0),"         /* begins like it */
		"(6, 3, " P("/z") ", " P("/a") ", 9, 9, 'mv', 1),"
		"(7, 1, " P("/a/b/deep") ", NULL, 3, 0, NULL, 0),"
		"(8, 1, " P("/") ", NULL, 3, 0, NULL, 1),"
		"(9, 3, " P("/a/b/in") ", " P("/elsewhere") ", 1, 1, NULL, 0);"
		"INSERT INTO dir_deltas(path_blob, previous_bytes, current_bytes, delta_bytes, recorded_at) VALUES"
		"(" P("/a/b") ", 7, 8, 1, 5), (" P("/a") ", 1, 2, 1, 5);"
		"INSERT INTO fs_events(timestamp, event_type, path_blob, delta_bytes, is_dir) VALUES"
		"(5, 4, " P("/a") ", 0, 1), (6, 5, " P("/") ", 0, 1), (6, 5, " P("/b") ", 0, 1),"
		"(2, 0, " P("/a/b") ", 5, 0)");

	reads(store, &(struct log_filter){.path = "/a/b", .since_s = INT64_MIN},
	      "9 rename /a/b/in</elsewhere 1>1\n8 delete // 3>0\n7 delete /a/b/deep 3>0\n6 rename /z/</a 9>9 by mv\n"
	      "6 resync //\n5 overflow /a/\n5 grow /a/b/ 7>8\n4 rename /a/c</a/b 5>5 by mv\n"
	      "2 create /a/b 0>5 by x\n1 create /a/ 0>9 by mkdir\n");
	reads(store, &(struct log_filter){.path = "/a/b", .since_s = 7},
	      "9 rename /a/b/in</elsewhere 1>1\n8 delete // 3>0\n7 delete /a/b/deep 3>0\n");
	reads(store, &(struct log_filter){.path = "/a/b", .since_s = 70}, "");
	reads(store, &(struct log_filter){.path = "/a/b/", .since_s = INT64_MIN, .deleted = true},
	      "8 delete // 3>0\n7 delete /a/b/deep 3>0\n");
	reads(store, &(struct log_filter){.path = "/", .since_s = INT64_MIN, .by = "mkdir"},
	      "1 create /a/ 0>9 by mkdir\n");
	store_close(store);
}

/* Any path against any rows: what concerns it is told, and nothing else. */
Test(log, against_all_rows_looked_at_one_by_one, .init = begin, .fini = finish, .timeout = 200)
{
	static const char *const paths[] = {"/", "/a", "/a/b", "/a/b/c", "/a/b0", "/a/b.", "/a/B", "/ab", "/a/b/c/d",
	                                    "/a/\xff\n", "/a/b/\xff", "/\xff"};
	enum { PATHS = sizeof(paths) / sizeof(*paths), ROWS = 3000 };
	static struct {
		int type, path, old;
	} rows[ROWS];
	struct buf sql = {0};
	uint64_t seed = 7;

	buf_str(&sql, "INSERT INTO mutation_log(timestamp, mutation_type, path_blob, old_path_blob, old_size, new_size)"
	              " VALUES");
	for (int i = 0; i < ROWS; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		rows[i].type = (int)(seed >> 60) & 3;
		rows[i].path = (int)(seed >> 40 & 0xffff) % PATHS;
		rows[i].old = rows[i].type == 3 ? (int)(seed >> 20 & 0xffff) % PATHS : -1;
		buf_printf(&sql, "%s(%d, %d, x'", i ? "," : "", i, rows[i].type);
		for (const char *at = paths[rows[i].path]; *at; at++)
			buf_printf(&sql, "%02x", (unsigned char)*at);
		buf_str(&sql, "', ");
		if (rows[i].old < 0)
			buf_str(&sql, "NULL");
		else
			buf_str(&sql, "x'");
		for (const char *at = rows[i].old < 0 ? "" : paths[rows[i].old]; *at; at++)
			buf_printf(&sql, "%02x", (unsigned char)*at);
		buf_printf(&sql, "%s, 1, 2)", rows[i].old < 0 ? "" : "'");
	}
	struct store *store = filled(sql.data);

	for (int p = 0; p < PATHS; p++) {
		struct buf want = {0};

		for (int i = ROWS; i--;) {
			bool told = false;

			for (int k = 0; k < 2; k++) {
				const char *path = !k ? paths[rows[i].path]
				                 : rows[i].old < 0 ? NULL : paths[rows[i].old];
				size_t n = path ? strlen(path) : 0, m = strlen(paths[p]);

				if (!path)
					continue;
				told |= !strcmp(path, paths[p]);
				told |= n > m && !strncmp(path, paths[p], m) && (path[m] == '/' || m == 1);
				told |= rows[i].type != 2 && m > n && !strncmp(path, paths[p], n) &&
				        (paths[p][n] == '/' || n == 1);
			}
			if (told)
				write_entry(&want, &(struct log_entry){
				            .time_s = i,
				            .type = (enum log_type)rows[i].type,
				            .sized = true,
				            .old_bytes = 1,
				            .new_bytes = 2,
				            .path = (char *)(uintptr_t)paths[rows[i].path],
				            .old_path = rows[i].old < 0 ? NULL : (char *)(uintptr_t)paths[rows[i].old],
				          });
		}
		cr_assert(want.length > 1000);
		reads(store, &(struct log_filter){.path = paths[p], .since_s = INT64_MIN}, want.data);
		buf_free(&want);
	}
	store_close(store);
	buf_free(&sql);
}

Test(log, changes_that_follow_each_other_are_one, .init = begin, .fini = finish)
{
	struct store *store = filled(
		INSERT "(1, 2, " P("/l/a") ", NULL, 1, 2, 'x', 0), (2, 2, " P("/l/b") ", NULL, 5, 6, 'x', 0),"
		"(3, 2, " P("/l/a") ", NULL, 2, 5, 'x', 0), (4, 2, " P("/l/a") ", NULL, 5, 9, 'y', 0),"
		"(5, 2, " P("/l/b") ", NULL, 6, 4, 'x', 0), (6, 3, " P("/l/c") ", " P("/l/a") ", 9, 9, 'mv', 0),"
		"(7, 0, " P("/l/a") ", NULL, 0, 1, NULL, 0), (8, 2, " P("/l/a") ", NULL, 1, 3, 'gone (1)', 0),"
		"(9, 2, " P("/l/a") ", NULL, 3, 7, 'gone (2)', 0), (10, 2, " P("/l/b") ", NULL, 4, 8, NULL, 0);"
		"INSERT INTO fs_events(timestamp, event_type, path_blob, delta_bytes, is_dir)"
		" VALUES(5, 5, " P("/l") ", 0, 1);"
		"INSERT INTO dir_deltas(path_blob, previous_bytes, current_bytes, delta_bytes, recorded_at) VALUES"
		"(" P("/l") ", 1, 6, 5, 2), (" P("/l") ", 6, 30, 24, 10), (" P("/l") ", 30, 0, -30, 11)");

	lists(store, &(struct log_filter){.path = "/l", .since_s = INT64_MIN}, 0, 0,
	      "10 modify /l/b 4>8\n10 grow /l/ 1>30\n9 modify /l/a 1>7 by gone (2)\n7 create /l/a 0>1\n"
	      "6 rename /l/c</l/a 9>9 by mv\n5 modify /l/b 5>4 by x\n4 modify /l/a 5>9 by y\n3 modify /l/a 1>5 by x\n");
	/* What an entry sums up does not end where the list does. */
	lists(store, &(struct log_filter){.path = "/l", .since_s = INT64_MIN}, 3, 7,
	      "10 modify /l/b 4>8\n10 grow /l/ 1>30\n9 modify /l/a 1>7 by gone (2)\n");
	store_close(store);
}

Test(log, by_a_name_of_several, .init = begin, .fini = finish)
{
	struct store *store = filled(
		INSERT "(1, 2, " P("/a") ", NULL, 1, 2, 'nginx.service', 0), (2, 2, " P("/b") ", NULL, 1, 2, 'cp, "
		                                                                              "nginx.service', 0),"
		"(3, 2, " P("/c") ", NULL, 1, 2, 'nginx', 0), (4, 2, " P("/d") ", NULL, 1, 2, 'xnginx, nginxx, a "
		                                                               "nginx', 0),"
		"(5, 2, " P("/e") ", NULL, 1, 2, NULL, 0), (6, 2, " P("/f") ", NULL, NULL, NULL, 'a, "
		                                                            "nginx.service', NULL)");

	reads(store, &(struct log_filter){.path = "/", .since_s = INT64_MIN, .by = "nginx"},
	      "6 modify /f by a, nginx.service\n3 modify /c 1>2 by nginx\n2 modify /b 1>2 by cp, nginx.service\n"
	      "1 modify /a 1>2 by nginx.service\n");
	reads(store, &(struct log_filter){.path = "/", .since_s = INT64_MIN, .by = "nginx.service"},
	      "6 modify /f by a, nginx.service\n2 modify /b 1>2 by cp, nginx.service\n1 modify /a 1>2 by "
	      "nginx.service\n");
	store_close(store);
}

/* Rows of a program that did not write what they are of: their event did. */
Test(log, rows_of_earlier_versions, .init = begin, .fini = finish)
{
	static const char rows[] =
		"INSERT INTO mutation_log(timestamp, mutation_type, path_blob, old_size, new_size)"
		" VALUES(1, 0, " P("/d") ", 0, 1),"
		"(1, 0, " P("/f") ", 0, 1), (2, 1, " P("/d") ", 1, 0);"
		"INSERT INTO fs_events(timestamp, event_type, path_blob, delta_bytes, is_dir)"
		" VALUES(1, 0, " P("/d") ", 1, 1),"
		"(1, 0, " P("/f") ", 1, 0), (2, 1, " P("/d") ", -1, 1);";
	static const char expected[] = "2 delete /d/ 1>0\n1 create /f 0>1\n1 create /d/ 0>1\n";
	struct store *store = filled(rows);

	reads(store, &(struct log_filter){.path = "/", .since_s = INT64_MIN}, expected);
	/* And one that could not be brought up to date. */
	cr_assert_eq(sqlite3_exec(store_handle(store),
	                          "ALTER TABLE mutation_log DROP COLUMN \"by\"; ALTER TABLE mutation_log DROP "
	                          "COLUMN is_dir",
	                          NULL, NULL, NULL),
	             SQLITE_OK);
	reads(store, &(struct log_filter){.path = "/", .since_s = INT64_MIN}, expected);
	store_close(store);
}

/* What the journal writes is read as it was told. */
Test(log, of_the_journal, .init = begin, .fini = finish)
{
	struct store *store = fixture_open(&fixture, STORE_CREATE);
	struct journal *journal = journal_create("/r");
	struct err err = {{0}};
	const struct change changes[] = {
		{.kind = CHANGE_CREATE, .path = (char *)"/r/new", .new_bytes = 5, .by = "a, b"},
		{.kind = CHANGE_MANY,
	         .is_dir = true,
	         .path = (char *)"/r/many",
	         .old_bytes = 1,
	         .new_bytes = UINT64_MAX},
		{.kind = CHANGE_RENAME,
	         .is_dir = true,
	         .path = (char *)"/r/to",
	         .old_path = (char *)"/r/from",
	         .by = "\xff\n"},
	};
	const struct batch batch = {.time_s = 77, .changes = changes, .change_count = 3, .overflows = 1};

	journal_add(journal, &batch, 0);
	journal_resync(journal, 78);
	cr_assert_eq(journal_write(journal, store, 0, 1, true, &err), 0, "%s", err.text);
	reads(store, &(struct log_filter){.path = "/r", .since_s = INT64_MIN},
	      "78 resync /r/\n77 rename /r/to/</r/from 0>0 by \xff\n\n77 modify /r/many/ 1>18446744073709551615\n"
	      "77 create /r/new 0>5 by a, b\n77 overflow /r/\n");
	journal_destroy(journal);
	store_close(store);
}

Test(log, followed_or_not, .init = begin, .fini = finish)
{
	struct store *store = filled("INSERT INTO watch_state(watch_root) VALUES('/home/ana'), (" P("/srv/\xff") ")");
	static const struct {
		const char *path;
		int followed;
	} cases[] = {{"/home/ana", 1}, {"/home/ana/x", 1}, {"/", 1}, {"/home", 1}, {"/home/anas", 0},
	             {"/srv/\xff/y", 1}, {"/usr", 0}};
	struct err err = {{0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect_eq(log_followed(store, cases[i].path, &err), cases[i].followed, "%s", cases[i].path);
	store_close(store);
}

static int enough(void *context, const struct log_entry *entry)
{
	(void)entry;
	return ++*(int *)context == 2;
}

Test(log, ends_when_it_was_enough_or_without_memory, .init = begin, .fini = finish)
{
	struct store *store = filled(INSERT "(1, 2, " P("/a") ", NULL, 1, 2, 'x', 0),"
	                                    "(2, 2, " P("/b") ", NULL, 1, 2, 'cp', 0),"
	                                    "(3, 1, " P("/c") ", NULL, 1, 2, 'n', 0),"
	                                    "(4, 3, " P("/d") ", " P("/e") ", 1, 2, 'x', 0)");
	const struct log_filter filter = {.path = "/", .since_s = INT64_MIN};
	struct err err = {{0}};
	int count = 0;

	cr_assert_eq(log_read(store, &filter, enough, &count, &err), 0);
	cr_expect_eq(count, 2);
	for (long n = 0, done = 0; !done; n++) {
		struct log_list list = {0};

		alloc_fail_at(n, false);
		int rc = log_list_read(store, &filter, &list, &err);

		done = alloc_count() <= n;
		alloc_fail_at(-1, false);
		cr_expect_eq(rc, done ? 0 : -12, "%ld: %d", n, rc);
		cr_expect(!done || list.count == 4);
		log_list_clear(&list);
	}
	store_close(store);
}
