/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The follower, given made batches: what it keeps for others, whatever happens to it. */
#include <criterion/criterion.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/watch/watcher.h"
#include "store/record/recorder.h"
#include "store/record/journal.h"
#include "store/index/overlay.h"
#include "store/record/size.h"
#include "nap.h"
#include "store_fixture.h"
#include "store_model.h"

#define ROOT "/srv/data"
#define DIRS 24

static struct fixture fixture;
static struct model model;
static struct tree *tree;

static void begin(void)
{
	fixture_begin(&fixture);
	model_begin(&model, 3, ROOT);
	model_grow(&model, 12, 40);
	tree = model_tree(&model);
}

static void end(void)
{
	tree_destroy(tree);
	model_end(&model);
	fixture_end(&fixture);
}

static struct recorder *start(bool log)
{
	struct recorder_options options = {.db = fixture.path, .root = ROOT, .options = "", .log = log};
	struct recorder *follow = NULL;
	struct err err = {{0}};

	cr_assert_eq(recorder_start(&options, &follow, &err), 0, "%s", err.text);
	return follow;
}

static void rebase(struct recorder *follow)
{
	struct err err = {{0}};

	cr_assert_eq(recorder_rebase(follow, tree, 0, false, &err), 0, "%s", err.text);
}

static void flush(struct recorder *follow)
{
	struct err err = {{0}};

	cr_assert_eq(recorder_flush(follow, &err), 0, "%s", err.text);
}

static struct size_answer size_of(const char *path)
{
	struct store *store = fixture_open(&fixture, 0);
	struct size_answer answer;
	struct sizes *sizes;
	struct err err = {{0}};

	cr_assert_eq(sizes_open(store, &sizes, &err), 0, "%s", err.text);
	cr_assert_eq(sizes_find(sizes, path, &answer, &err), 0, "%s", err.text);
	sizes_close(sizes);
	store_close(store);
	return answer;
}

static int64_t number(const char *sql)
{
	struct store *store = fixture_open(&fixture, 0);
	int64_t answer = fixture_number(store, sql);

	store_close(store);
	return answer;
}

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static void send(struct recorder *follow, const struct change_dir *dirs, size_t dir_count, const struct change *changes,
                 size_t change_count)
{
	struct batch batch = {.time_s = clock_wall_s(),
	                      .dirs = dirs,
	                      .dir_count = dir_count,
	                      .changes = changes,
	                      .change_count = change_count,
	                      .events = change_count};

	recorder_sink(follow, &batch);
}

Test(follow, others_see_what_is_flushed, .init = begin, .fini = end)
{
	struct recorder *follow = start(true), *second = NULL;
	struct recorder_options same = {.db = fixture.path, .root = ROOT, .options = ""};
	struct err err = {{0}};

	cr_assert(!size_of(ROOT).live);
	rebase(follow);
	cr_assert(size_of(ROOT).live);
	cr_assert_eq(recorder_start(&same, &second, &err), -EWOULDBLOCK);
	cr_assert(err.text[0]);

	struct change_dir dirs[] = {
		{.path = ROOT, .old_bytes = 5, .bytes = 1000, .apparent_bytes = 900, .items = 7, .files = 3},
		{.path = ROOT "/new", .bytes = 400, .apparent_bytes = 300, .items = 2, .files = 1},
		{.path = ROOT "/new/deep", .bytes = 200, .apparent_bytes = 100, .items = 1, .files = 1},
	};
	struct change changes[] = {
		{.kind = CHANGE_CREATE, .is_dir = true, .path = ROOT "/new", .dev = 1, .ino = 2, .new_bytes = 400},
		{.kind = CHANGE_RENAME,
	         .path = ROOT "/new/b",
	         .old_path = ROOT "/new/a",
	         .dev = 1,
	         .ino = 3,
	         .by = "logrotate, nginx.service",
	         .old_bytes = 8,
	         .new_bytes = 8},
		{.kind = CHANGE_MANY,
	         .is_dir = true,
	         .path = ROOT "/new/deep",
	         .dev = 1,
	         .ino = 4,
	         .old_bytes = 8,
	         .new_bytes = 80},
	};

	send(follow, dirs, 3, changes, 3);
	flush(follow);
	cr_assert_str_empty(recorder_trouble(follow));
	struct size_answer answer = size_of(ROOT "/new/deep");

	cr_assert(answer.known && answer.live && answer.bytes == 200 && answer.apparent_bytes == 100 &&
	          answer.items == 1);
	cr_assert_eq(size_of(ROOT).bytes, 1000);
	cr_assert_eq(number("SELECT count(*) FROM mutation_log"), 3);
	cr_assert_eq(number("SELECT count(*) FROM mutation_log WHERE mutation_type=3 AND old_path_blob=CAST('" ROOT
	                    "/new/a' AS BLOB) AND ino=3"),
	             1);
	cr_assert_eq(number("SELECT count(*) FROM mutation_log WHERE \"by\"='logrotate, nginx.service'"), 1);
	cr_assert_eq(number("SELECT count(*) FROM mutation_log WHERE \"by\" IS NULL"), 2);
	cr_assert_eq(number("SELECT count(*) FROM fs_events WHERE event_type=5"), 1);
	cr_assert_eq(number("SELECT delta_bytes FROM fs_events WHERE event_type=2 AND is_dir"), 72);
	cr_assert_eq(number("SELECT delta_bytes FROM dir_deltas WHERE path_utf8='" ROOT "'"), 995);

	/* Gone and here again: what was below it is not. */
	dirs[1].gone = true;
	send(follow, &dirs[1], 1, NULL, 0);
	dirs[1].gone = false;
	dirs[1].bytes = 50;
	send(follow, &dirs[1], 1, NULL, 0);
	flush(follow);
	cr_assert(!size_of(ROOT "/new/deep").known);
	cr_assert_eq(size_of(ROOT "/new").bytes, 50);

	/* The end: compacted, and true as of now. */
	recorder_stop(follow);
	answer = size_of(ROOT "/new");
	cr_assert(answer.known && !answer.live && answer.bytes == 50);
	cr_assert_eq(number("SELECT count(*) FROM overlay"), 0);
	cr_assert_eq(number("SELECT running FROM watch_state"), OVERLAY_UNFOLLOWED);
	cr_assert_eq(number("SELECT needs_full FROM watch_state"), 0);
}

Test(follow, deltas_come_at_most_every_ten_seconds, .init = begin, .fini = end)
{
	struct journal *journal = journal_create(ROOT);
	struct store *store = fixture_open(&fixture, STORE_CREATE);
	struct change_dir dir = {.path = ROOT "/a", .old_bytes = 10, .bytes = 20};
	struct batch batch = {.dirs = &dir, .dir_count = 1};
	int64_t second = 1000000000, now = 100 * second;
	struct err err = {{0}};

	journal_add(journal, &batch, now);
	cr_assert_eq(journal_ready(journal, now), 1);
	cr_assert_eq(journal_write(journal, store, 4, now, false, &err), 0, "%s", err.text);
	cr_assert_eq(journal_due_ns(journal), INT64_MAX);
	for (int i = 0; i < 5; i++) {
		dir.old_bytes = dir.bytes;
		dir.bytes += 10;
		journal_add(journal, &batch, now += second);
		cr_assert_eq(journal_write(journal, store, 4, now, false, &err), 0);
	}
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM dir_deltas"), 1);
	cr_assert_eq(journal_due_ns(journal), 110 * second);
	cr_assert_eq(journal_write(journal, store, 4, 110 * second, false, &err), 0);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM dir_deltas"), 2);
	cr_assert_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM dir_deltas WHERE previous_bytes=20 AND current_bytes=70 AND"
			" delta_bytes=50 AND snapshot_id=4"),
		1);
	/* Quiet for long: the next one is told at once. */
	cr_assert_eq(journal_write(journal, store, 4, 130 * second, false, &err), 0);
	journal_add(journal, &batch, 131 * second);
	cr_assert_eq(journal_ready(journal, 131 * second), 1);
	journal_destroy(journal);
	store_close(store);
}

/* However soon the end comes: the history ends with what is there. */
Test(follow, the_end_writes_the_last_delta, .init = begin, .fini = end)
{
	struct recorder *follow = start(true);
	struct change_dir dir = {.path = ROOT "/a", .old_bytes = 10, .bytes = 20};

	rebase(follow);
	send(follow, &dir, 1, NULL, 0);
	flush(follow);
	for (int i = 0; i < 3; i++) {
		dir.old_bytes = dir.bytes;
		dir.bytes += 10;
		send(follow, &dir, 1, NULL, 0);
	}
	recorder_stop(follow);
	cr_assert_eq(number("SELECT count(*) FROM dir_deltas"), 2);
	cr_assert_eq(number("SELECT current_bytes FROM dir_deltas ORDER BY id DESC LIMIT 1"), 50);
	cr_assert_eq(number("SELECT sum(delta_bytes) FROM dir_deltas"), 40);
}

/* What is logged then has a time before the last reading, by which it would be passed over. */
Test(follow, a_clock_that_is_set_back_is_noted, .init = begin, .fini = end)
{
	struct recorder *follow = start(true);
	struct change_dir dir = {.path = ROOT, .bytes = 77};
	struct batch batch = {.time_s = clock_wall_s() - 3600, .dirs = &dir, .dir_count = 1};

	rebase(follow);
	recorder_sink(follow, &batch);
	flush(follow);
	cr_assert_eq(number("SELECT needs_full FROM watch_state"), 1);
	cr_assert_eq(size_of(ROOT).bytes, 77);
	cr_assert(size_of(ROOT).live);
	rebase(follow);
	cr_assert_eq(number("SELECT needs_full FROM watch_state"), 0);
	recorder_stop(follow);
}

Test(follow, an_account_that_is_not_whole_wants_the_tree, .init = begin, .fini = end)
{
	struct recorder *follow = start(true);
	struct change_dir dir = {.path = ROOT, .bytes = 1};
	struct batch batch = {.time_s = 5, .dirs = &dir, .dir_count = 1, .incomplete = true};

	rebase(follow);
	uint64_t was = size_of(ROOT).bytes;

	cr_assert(!recorder_wants_rebase(follow));
	recorder_sink(follow, &batch);
	flush(follow);
	cr_assert(recorder_wants_rebase(follow));
	cr_assert_eq(number("SELECT needs_full FROM watch_state"), 1);
	struct size_answer answer = size_of(ROOT);

	cr_assert(!answer.live && answer.bytes == was);
	rebase(follow);
	cr_assert(!recorder_wants_rebase(follow));
	cr_assert(size_of(ROOT).live);
	cr_assert_eq(number("SELECT needs_full FROM watch_state"), 0);
	recorder_stop(follow);
}

Test(follow, a_large_overlay_wants_a_rebase, .init = begin, .fini = end)
{
	struct recorder *follow = start(false);
	char path[64];

	rebase(follow);
	for (int i = 0; i < 1100; i++) {
		struct change_dir dir = {.path = path, .bytes = 1};

		snprintf(path, sizeof(path), ROOT "/n%d", i);
		send(follow, &dir, 1, NULL, 0);
	}
	flush(follow);
	cr_assert(recorder_wants_rebase(follow));
	cr_assert_eq(number("SELECT count(*) FROM mutation_log"), 0);
	cr_assert_eq(number("SELECT count(*) FROM dir_deltas"), 0);
	rebase(follow);
	cr_assert(!recorder_wants_rebase(follow));
	cr_assert_eq(number("SELECT count(*) FROM overlay"), 0);
	recorder_stop(follow);
}

Test(follow, a_log_past_its_time_is_pruned, .init = begin, .fini = end)
{
	struct store *store = fixture_open(&fixture, STORE_CREATE);
	struct err err = {{0}};
	bool more = true;
	int chunks = 0;

	cr_assert_eq(
		store_exec(
			store,
			"INSERT INTO watch_state(watch_root, last_reconcile_time) VALUES(CAST('" ROOT
			"' AS BLOB), 15000);"
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000) INSERT INTO"
			" mutation_log(timestamp, mutation_type, path_blob)"
			" SELECT i, 0, CAST('" ROOT "/x' AS BLOB) FROM n;"
			"INSERT INTO fs_events(timestamp, event_type) SELECT timestamp, 0 FROM mutation_log",
			&err),
		0, "%s", err.text);
	for (; more; chunks++)
		cr_assert_eq(
			journal_prune(store, 20000, &(struct journal_limits){8000, 1000000, UINT64_MAX}, &more, &err),
			0, "%s", err.text);
	cr_assert_eq(chunks, 3); /* 5,000 at a time */
	cr_assert_eq(fixture_number(store, "SELECT min(timestamp) FROM mutation_log"), 12000);
	cr_assert_eq(fixture_number(store, "SELECT min(timestamp) FROM fs_events"), 12000);
	cr_assert_eq(fixture_number(store, "SELECT needs_full FROM watch_state"), 0);
	for (more = true; more;)
		cr_assert_eq(journal_prune(store, 20000, &(struct journal_limits){8000, 4000, UINT64_MAX}, &more, &err),
		             0, "%s", err.text);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM mutation_log"), 4000);
	cr_assert_eq(fixture_number(store, "SELECT needs_full FROM watch_state"), 1);
	store_close(store);
}

/* However few rows: long paths make them heavy. */
Test(follow, the_logs_have_a_size, .init = begin, .fini = end)
{
	static const struct journal_limits keep = {1000000, 1000000, 1 << 20};
	struct store *store = fixture_open(&fixture, STORE_CREATE);
	struct err err = {{0}};

	for (int length = 10; length <= 4000; length *= 20) {
		char sql[1024];

		snprintf(
			sql, sizeof(sql),
			"DELETE FROM mutation_log; DELETE FROM fs_events; DELETE FROM dir_deltas; PRAGMA"
			" incremental_vacuum;"
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000) INSERT INTO"
			" mutation_log(timestamp, mutation_type, path_blob)"
			" SELECT 15000, 0, zeroblob(%d) FROM n;"
			"INSERT INTO fs_events(timestamp, event_type, path_blob) SELECT timestamp, 0, path_blob FROM"
			" mutation_log;"
			"INSERT INTO dir_deltas(recorded_at, path_blob) SELECT timestamp, path_blob FROM mutation_log",
			length);
		cr_assert_eq(store_exec(store, sql, &err), 0, "%s", err.text);
		for (bool more = true; more;)
			cr_assert_eq(journal_prune(store, 20000, &keep, &more, &err), 0, "%s", err.text);
		cr_assert_eq(store_exec(store, "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)", &err), 0,
		             "%s", err.text);
		int64_t bytes = fixture_number(store,
		                               "SELECT page_count*page_size FROM pragma_page_count, pragma_page_size");

		cr_assert_lt(bytes, 2 << 20, "%lld bytes", (long long)bytes);
		cr_assert_gt(bytes, 1 << 19, "%lld bytes", (long long)bytes);
		cr_assert_gt(fixture_number(store, "SELECT count(*) FROM mutation_log"), 10);
	}
	cr_assert_geq(journal_bytes(store), 1 << 20);
	cr_assert_leq(journal_bytes(store), 256 << 20);
	store_close(store);
}

/* It is done behind a rebase, when the tree has been read: nothing is missed. */
Test(follow, old_rows_go_once_the_tree_was_read, .init = begin, .fini = end)
{
	struct store *store = fixture_open(&fixture, STORE_CREATE);
	struct err err = {{0}};

	cr_assert_eq(
		store_exec(
			store,
			"INSERT INTO watch_state(watch_root) VALUES(CAST('" ROOT "' AS BLOB));"
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<12000) INSERT INTO"
			" mutation_log(timestamp, mutation_type, path_blob)"
			" SELECT i, 0, CAST('" ROOT "/x' AS BLOB) FROM n",
			&err),
		0, "%s", err.text);
	struct recorder *follow = start(true);

	rebase(follow);
	for (int64_t deadline = clock_mono_ns() + 30 * INT64_C(1000000000);
	     fixture_number(store, "SELECT count(*) FROM mutation_log") && clock_mono_ns() < deadline;)
		poll(NULL, 0, 5);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM mutation_log"), 0);
	cr_assert_eq(fixture_number(store, "SELECT needs_full FROM watch_state"), 0);
	recorder_stop(follow);
	store_close(store);
}

/*
 * Killed while pruning: what is left is the newest, without a gap, and what goes unreconciled is known to be missing.
 */
Test(follow, killed_while_pruning, .init = begin, .fini = end, .timeout = 300)
{
	struct store *store = fixture_open(&fixture, STORE_CREATE);
	struct err err = {{0}};
	uint64_t chance = 5, longest_us = 20000;
	unsigned between = 0;

	cr_assert_eq(store_exec(store,
	                        "INSERT INTO watch_state(watch_root, last_reconcile_time) VALUES(CAST('" ROOT
	                        "' AS BLOB), 0)",
	                        &err),
	             0);
	/* How long it takes depends on the machine: later where it had not begun, earlier where it was done. */
	for (int round = 0; between < 8 && round < 300; round++) {
		cr_assert_eq(
			store_exec(
				store,
				"UPDATE watch_state SET needs_full=0; DELETE FROM mutation_log;"
				"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<40000) INSERT"
				" INTO mutation_log(timestamp, mutation_type, path_blob)"
				" SELECT i, 0, CAST('" ROOT "/x' AS BLOB) FROM n",
				&err),
			0, "%s", err.text);
		int64_t last = fixture_number(store, "SELECT max(id) FROM mutation_log");
		pid_t child = fork();

		cr_assert_geq(child, 0);
		if (!child) {
			struct store *own = fixture_open(&fixture, 0);

			for (bool more = true; more;)
				journal_prune(own, 50000, &(struct journal_limits){1000000, 1000, UINT64_MAX}, &more,
				              NULL);
			pause();
		}
		nap_us((unsigned)(draw(&chance) % longest_us));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		int64_t left = fixture_number(store, "SELECT count(*) FROM mutation_log"),
			first = fixture_number(store, "SELECT min(id) FROM mutation_log");

		cr_assert_eq(fixture_number(store, "SELECT max(id) FROM mutation_log"), last);
		cr_assert_eq(last - first + 1, left, "round %d: a gap", round);
		cr_assert_geq(left, 1000);
		cr_assert_eq(fixture_number(store, "SELECT needs_full FROM watch_state"), left < 40000,
		             "round %d: %lld rows left", round, (long long)left);
		between += left < 40000 && left > 1000;
		longest_us = left == 40000 ? longest_us * 3 / 2 : left == 1000 ? longest_us * 3 / 4 + 1 : longest_us;
	}
	cr_assert_eq(between, 8);
	store_close(store);
}

Test(follow, what_has_to_be_read, .init = begin, .fini = end)
{
	struct store *store = fixture_open(&fixture, STORE_CREATE);
	struct change changes[] = {
		{.kind = CHANGE_CREATE, .path = ROOT "/a/f", .new_bytes = 1},
		{.kind = CHANGE_MODIFY, .path = ROOT "/b/g", .new_bytes = 1},
		{.kind = CHANGE_RENAME, .path = ROOT "/c/h", .old_path = ROOT "/d/h"},
		{.kind = CHANGE_DELETE, .path = ROOT "/a/e"},
	};
	static const char *const expected[] = {ROOT "/a", ROOT "/b", ROOT "/b/g", ROOT "/c", ROOT "/d"};
	enum reconcile_kind kind;
	struct buf why = {0};
	struct err err = {{0}};
	char **paths;
	size_t count;

	cr_assert_eq(reconcile_need(store, ROOT, &kind, &why, &err), 0);
	cr_assert(kind == RECONCILE_FULL && why.length);
	struct recorder *follow = start(true);

	rebase(follow);
	send(follow, NULL, 0, changes, 4);
	flush(follow);
	cr_assert_eq(reconcile_need(store, ROOT, &kind, &why, &err), 0);
	cr_assert_eq(kind, RECONCILE_NOTHING);
	recorder_stop(follow);
	cr_assert_eq(reconcile_need(store, ROOT, &kind, &why, &err), 0);
	cr_assert_eq(kind, RECONCILE_LAZY);
	cr_assert_eq(reconcile_paths(store, ROOT, &paths, &count, &err), 0, "%s", err.text);
	cr_assert_eq(count, 5);
	for (size_t i = 0; i < count; i++) {
		cr_assert_str_eq(paths[i], expected[i]);
		free(paths[i]);
	}
	free(paths);
	cr_assert_eq(store_exec(store, "UPDATE watch_state SET running=1", &err), 0);
	cr_assert_eq(reconcile_need(store, ROOT, &kind, &why, &err), 0);
	cr_assert_eq(kind, RECONCILE_FULL);
	cr_assert_eq(reconcile_done(store, ROOT, 9, clock_wall_s() + 1, &err), 0);
	buf_clear(&why);
	cr_assert_eq(reconcile_need(store, ROOT, &kind, &why, &err), 0);
	cr_assert_eq(kind, RECONCILE_FULL);
	cr_assert(strstr(why.data, "nobody has followed"), "%s", why.data);
	cr_assert_eq(reconcile_paths(store, ROOT, &paths, &count, &err), 0);
	cr_assert_eq(count, 0);
	free(paths);
	buf_free(&why);
	store_close(store);
}

/* ---- a full disk ---- */

Test(follow, a_full_disk_is_waited_for, .init = begin, .fini = end)
{
	if (!fixture_tmpfs(&fixture, "4m"))
		cr_skip_test("mounting is not allowed");
	struct recorder *follow = start(true);
	struct change_dir dir = {.path = ROOT, .bytes = 123456};
	struct err err = {{0}};
	char fill[320];
	static char block[1 << 16];

	rebase(follow);
	snprintf(fill, sizeof(fill), "%s/fill", fixture.folder);
	FILE *file = fopen(fill, "w");

	cr_assert_not_null(file);
	setvbuf(file, NULL, _IONBF, 0);
	while (fwrite(block, 1, sizeof(block), file) == sizeof(block))
		;
	fclose(file);
	int rc = 0;

	/* The log has room of its own for a while. */
	for (int i = 0; i < 2000 && !rc; i++) {
		char path[400];
		struct change change = {.kind = CHANGE_CREATE, .path = path};

		memset(path, 'x', sizeof(path) - 1);
		path[sizeof(path) - 1] = '\0';
		send(follow, &dir, 1, &change, 1);
		if (i % 100 == 99)
			rc = recorder_flush(follow, &err);
	}
	cr_assert_eq(rc, -ENOSPC, "%d: %s", rc, err.text);
	cr_assert(*recorder_trouble(follow));
	/* Nor can the index be written: the older one stays, with its overlay. */
	cr_assert_eq(recorder_rebase(follow, tree, 0, false, &err), -ENOSPC);
	cr_assert(recorder_wants_rebase(follow));
	dir.bytes = 654321;
	send(follow, &dir, 1, NULL, 0);
	cr_assert_eq(unlink(fill), 0);
	flush(follow);
	cr_assert_str_empty(recorder_trouble(follow));
	cr_assert_eq(size_of(ROOT).bytes, 654321);
	cr_assert(size_of(ROOT).live);
	recorder_stop(follow);
}

/* ---- kill -9 ---- */

/* Batch k of a history that is the same in parent and child: state of every directory after it. */
struct state {
	bool alive[DIRS];
	uint64_t bytes[DIRS]; /* [0] = the root: round and k */
};

static const char *path_of(int i)
{
	static char paths[DIRS][64];

	strcpy(paths[i], i < 4 ? ROOT : path_of(i / 4));
	if (i)
		sprintf(paths[i] + strlen(paths[i]), "/d%d", i);
	return paths[i];
}

static int parent_of(int i)
{
	return i < 4 ? 0 : i / 4;
}

/* Apply batch k; its account goes to `dirs`. */
static size_t next_state(struct state *state, uint64_t round, uint64_t k, uint64_t *seed, struct change_dir *dirs)
{
	size_t count = 0;
	int i = 1 + (int)(draw(seed) % (DIRS - 1));

	while (parent_of(i) && !state->alive[parent_of(i)])
		i = parent_of(i);
	if (state->alive[i] && draw(seed) % 3 == 0) {
		for (int d = DIRS - 1; d >= i; d--) {
			int up = d;

			while (up > i)
				up = parent_of(up);
			if (up == i)
				state->alive[d] = false;
		}
		dirs[count++] = (struct change_dir){.path = (char *)path_of(i), .gone = true};
	} else {
		state->alive[i] = true;
		state->bytes[i] = k * 100 + (uint64_t)i;
		dirs[count++] = (struct change_dir){.path = (char *)path_of(i), .bytes = state->bytes[i]};
	}
	state->bytes[0] = round << 32 | k;
	dirs[count++] = (struct change_dir){.path = (char *)path_of(0), .bytes = state->bytes[0]};
	return count;
}

static struct tree *state_tree(const struct state *state)
{
	struct model mirror;
	int nodes[DIRS] = {0};

	model_begin(&mirror, 1, ROOT);
	for (int i = 1; i < DIRS; i++)
		if (state->alive[i])
			nodes[i] = model_add(&mirror, nodes[parent_of(i)], strrchr(path_of(i), '/') + 1, true);
	struct tree *made = model_tree(&mirror);

	model_end(&mirror);
	return made;
}

/*
 * Follow until killed.  Every so often the index is written anew; its figures of directories are then overlaid again by
 * the next batch at once.
 */
static void follow_for_ever(uint64_t round, _Atomic uint64_t *progress)
{
	struct state state = {.alive = {true}};
	struct change_dir dirs[DIRS + 2];
	struct recorder *follow = start(true);
	uint64_t seed = round;

	rebase(follow);
	for (uint64_t k = 1;; k++) {
		struct change change = {.kind = CHANGE_MODIFY, .path = ROOT "/f", .new_bytes = k};
		size_t count = next_state(&state, round, k, &seed, dirs);

		send(follow, dirs, count, &change, 1);
		atomic_store(progress, k);
		if (k % 3 == 0)
			flush(follow);
		if (k % 40 == 0) {
			struct tree *whole = state_tree(&state);
			struct err err;

			/*
			 * The made tree has other figures than the history: all are told again in the batch that
			 * follows.
			 */
			cr_assert_eq(recorder_rebase(follow, whole, 0, false, &err), 0);
			tree_destroy(whole);
			count = 0;
			for (int i = 0; i < DIRS; i++)
				if (state.alive[i])
					dirs[count++] = (struct change_dir){.path = (char *)path_of(i),
					                                    .bytes = state.bytes[i]};
			send(follow, dirs, count, NULL, 0);
			flush(follow);
		}
	}
}

Test(follow, killed_at_any_moment, .init = begin, .fini = end, .timeout = 300)
{
	uint64_t chance = 99;
	unsigned seen = 0;
	_Atomic uint64_t *progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	                                  -1, 0);

	cr_assert_neq((void *)progress, MAP_FAILED);
	tree_destroy(tree);
	struct state none = {.alive = {true}};

	tree = state_tree(&none);
	for (unsigned round = 1; round <= 25; round++) {
		atomic_store(progress, 0);
		pid_t child = fork();

		cr_assert_geq(child, 0);
		if (!child) {
			follow_for_ever(round, progress);
			_exit(0);
		}
		/* Somewhere in or behind a batch: it goes on meanwhile. */
		uint64_t moment = draw(&chance) % 150;

		for (int64_t deadline = clock_mono_ns() + 30 * INT64_C(1000000000);
		     atomic_load(progress) < moment && clock_mono_ns() < deadline;)
			poll(NULL, 0, 1);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);

		struct size_answer root = size_of(ROOT);
		struct state state = {.alive = {true}};
		struct change_dir dirs[DIRS + 2];

		cr_assert(!root.live);
		if (!root.known)
			continue; /* before the first index */
		/*
		 * Between an index that was written anew and the batch behind it, the made tree's own figures show:
		 * nothing to compare.
		 */
		struct store *store = fixture_open(&fixture, 0);
		int64_t told = fixture_number(
			store,
			"SELECT bytes FROM overlay WHERE path=CAST('' AS BLOB) AND seq>(SELECT pruned_seq FROM roots)");

		store_close(store);
		if (told < 0 || (uint64_t)told != root.bytes)
			continue;
		seen++;
		/* Of the round before, when this one did not come to its first index. */
		uint64_t seed = (uint64_t)told >> 32, k = (uint64_t)told & UINT32_MAX;

		for (uint64_t i = 1, of = seed; i <= k; i++)
			next_state(&state, of, i, &seed, dirs);
		for (int i = 1; i < DIRS; i++) {
			struct size_answer answer = size_of(path_of(i));

			cr_assert_eq(answer.known, state.alive[i], "round %u, batch %llu: %s", round,
			             (unsigned long long)k, path_of(i));
			cr_assert(!answer.known || answer.bytes == state.bytes[i],
			          "round %u, batch %llu: %s: %llu, not %llu", round, (unsigned long long)k, path_of(i),
			          (unsigned long long)answer.bytes, (unsigned long long)state.bytes[i]);
		}
		/* What was not told is known to be missing. */
		struct store *next = fixture_open(&fixture, 0);
		enum reconcile_kind kind;
		struct err err;

		cr_assert_eq(reconcile_need(next, ROOT, &kind, NULL, &err), 0);
		cr_assert_eq(kind, RECONCILE_FULL);
		store_close(next);
	}
	cr_assert_gt(seen, 8, "%u of the moments could be compared", seen);
}
