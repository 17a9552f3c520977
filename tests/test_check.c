/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the doctor finds: each is told once, mended with `repair`, and not there any more afterwards. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/record/check.h"
#include "store/index/overlay.h"
#include "store_fixture.h"
#include "store_model.h"

#define ROOT "/srv/data"

static struct fixture fixture;
static struct store *store;
static struct model model;
static struct buf told, index_name;
static struct tree *tree;
static int64_t id;

/* ROOT has been scanned: one snapshot, its index. */
static void begin(void)
{
	struct snapshot_meta meta = {.options = "", .started_at = 4999, .finished_at = 5000};
	struct err err = {{0}};

	fixture_begin(&fixture);
	store = fixture_open(&fixture, STORE_CREATE);
	model_begin(&model, 3, ROOT);
	model_grow(&model, 12, 40);
	tree = model_tree(&model);
	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	cr_assert_eq(snapshot_make_index(store, tree, &meta, id, &err), 0, "%s", err.text);
	told = index_name = (struct buf){0};
	cr_assert_eq(index_path(store_path(store), ROOT, &index_name), 0);
}

static void end(void)
{
	tree_destroy(tree);
	model_end(&model);
	store_close(store);
	buf_free(&told);
	buf_free(&index_name);
	fixture_end(&fixture);
}

TestSuite(check, .init = begin, .fini = end);

static void found(void *context, const char *what, enum check_state state, const char *sentence)
{
	(void)context, (void)what;
	if (state != CHECK_GOOD)
		buf_printf(&told, "%c %s\n", "ghwr"[state], sentence);
}

/* All that is not good: a letter for its state, and the sentence. */
static const char *findings(bool repair)
{
	struct err err = {{0}};

	buf_clear(&told);
	cr_assert_eq(check_indexes(store, repair, found, NULL, &err), 0, "%s", err.text);
	return told.data && told.length ? told.data : "";
}

/* `sentence` is told, and only it; with `repair` what is told is `repaired`, and nothing afterwards. */
static void expect(const char *sentence, const char *repaired)
{
	const char *text = findings(false);

	cr_assert(strstr(text, sentence) && strchr(text, '\n') == text + strlen(text) - 1, "%s", text);
	text = findings(true);
	cr_assert(strstr(text, repaired), "%s", text);
	text = findings(false);
	cr_assert_str_empty(text, "%s", text);
}

static void run(const char *sql)
{
	struct err err = {{0}};

	cr_assert_eq(store_exec(store, sql, &err), 0, "%s", err.text);
}

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	cr_assert_geq(fd, 0);
	close(fd);
}

static uint64_t flush(const char *root, uint64_t covers, uint64_t bytes)
{
	struct overlay_chain chain = {root, ""};
	struct overlay_row row = {.path = "", .bytes = bytes};
	struct err err = {{0}};
	uint64_t seq;

	cr_assert_eq(overlay_flush(store, &chain, covers, 6000, &row, 1, &seq, &err), 0, "%s", err.text);
	return seq;
}

Test(check, all_is_well)
{
	cr_assert_str_empty(findings(false), "%s", told.data);
	flush(ROOT, 0, 77);
	cr_assert_str_empty(findings(false), "%s", told.data);
	cr_assert_str_empty(findings(true), "%s", told.data);
	cr_assert_eq(fixture_number(store, "SELECT bytes FROM overlay"), 77);
}

Test(check, what_a_crash_was_writing)
{
	struct buf temporary = {0}, lock = {0};

	buf_printf(&temporary, "%s.tmp", index_name.data);
	touch(temporary.data);
	/* Not while somebody writes it. */
	cr_assert_eq(index_lock_path(store_path(store), ROOT, &lock), 0);
	int fd = index_lock(lock.data, NULL);

	cr_assert_geq(fd, 0);
	cr_assert_str_empty(findings(true), "%s", told.data);
	close(fd);
	expect("left behind by a crash", "was removed");
	cr_assert_eq(access(temporary.data, F_OK), -1);
	cr_assert_eq(access(index_name.data, F_OK), 0);
	buf_free(&temporary);
	buf_free(&lock);
}

Test(check, rows_that_the_index_holds)
{
	uint64_t seq = flush(ROOT, 0, 77);
	struct image *image;
	struct index_meta meta;
	struct err err = {{0}};

	cr_assert_eq(index_open(index_name.data, ROOT, &image, &meta, &err), 0, "%s", err.text);
	meta.covers_seq = seq;
	cr_assert_eq(index_write(index_name.data, image, &meta, &err), 0, "%s", err.text);
	image_free(image);
	index_meta_clear(&meta);
	expect("1 noted change is in its index already", "was removed");
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM overlay"), 0);
}

Test(check, an_index_from_a_copy)
{
	run("UPDATE roots SET pruned_seq=9, overlay_seq=9");
	expect("older than what was noted since, which is gone", "made anew from snapshot");
}

Test(check, an_overlay_that_makes_no_tree)
{
	flush(ROOT, 0, 77);
	run("UPDATE overlay SET items=1<<40");
	const char *text = findings(false);

	cr_assert(strstr(text, "w " ROOT ": what was noted since it was written cannot be right"), "%s", text);
	cr_assert(strstr(findings(true), "made anew from snapshot"), "%s", told.data);
	cr_assert_str_empty(findings(false), "%s", told.data);
}

Test(check, an_index_of_an_older_scan)
{
	struct snapshot_meta meta = {.options = "", .started_at = 7999, .finished_at = 8000};
	struct err err = {{0}};

	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	expect("which answers in its place", "made anew from snapshot");
}

Test(check, an_index_that_contradicts_its_snapshot)
{
	run("UPDATE snapshots SET total_bytes=total_bytes+1");
	cr_assert(strstr(findings(false), "w " ROOT ": it does not agree with snapshot #1"), "%s", told.data);
}

Test(check, an_index_that_is_damaged_or_missing)
{
	cr_assert_eq(truncate(index_name.data, 300), 0);
	expect("cut short", "made anew from snapshot");
	cr_assert_eq(unlink(index_name.data), 0);
	expect("there is none yet", "made anew from snapshot");
}

Test(check, a_gap_is_for_reconcile)
{
	run("INSERT INTO watch_state(watch_root, running) VALUES(CAST('" ROOT "' AS BLOB), 1)");
	cr_assert(strstr(findings(true), "disktracker reconcile"), "%s", told.data);
}

Test(check, folders_that_nobody_knows)
{
	flush("/gone", 0, 5);
	run("INSERT INTO watch_state(watch_root) VALUES(X'2F676F6E65'), (X'2F6F7468657265')");
	run("INSERT INTO overlay(root_id, path, seq) VALUES(99, X'61', 1), (99, X'62', 1)");
	const char *text = findings(false);

	cr_assert(strstr(text, "h /gone: something was noted") && strstr(text, "h /othere: something was noted") &&
	                  strstr(text, "h 2 rows of overlay belong"),
	          "%s", text);
	text = findings(true);
	cr_assert(strstr(text, "r /gone, of which") && strstr(text, "r /othere, of which") &&
	                  strstr(text, "r 2 rows of overlay"),
	          "%s", text);
	cr_assert_str_empty(findings(false), "%s", told.data);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM roots"), 1);
	cr_assert_eq(
		fixture_number(store, "SELECT (SELECT count(*) FROM overlay) + (SELECT count(*) FROM watch_state)"), 0);
}

/* What was logged stays as long as its folder is known; "/srv/database" does not lie in "/srv/data". */
Test(check, logs_of_folders_that_nobody_knows)
{
	run("INSERT INTO watch_state(watch_root) VALUES(CAST('" ROOT "' AS BLOB));"
	    "INSERT INTO mutation_log(timestamp, mutation_type, path_blob) VALUES(1, 0, CAST('" ROOT
	    "' AS BLOB)), (1, 0, CAST('" ROOT "/x' AS BLOB)), (1, 0, CAST('" ROOT "base' AS BLOB));"
	    "INSERT INTO fs_events(timestamp, event_type, path_blob) VALUES(1, 0, CAST('" ROOT
	    "/x' AS BLOB)), (1, 4, NULL);"
	    "INSERT INTO dir_deltas(path_blob, recorded_at) VALUES(CAST('/elsewhere' AS BLOB), 1)");
	const char *text = findings(false);

	cr_assert(strstr(text, "1 row of mutation_log") && strstr(text, "1 row of dir_deltas") &&
	                  !strstr(text, "fs_events"),
	          "%s", text);
	findings(true);
	cr_assert_str_empty(findings(false), "%s", told.data);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM mutation_log"), 2);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM fs_events"), 2);
	run("UPDATE watch_state SET watch_root=X'2F'; INSERT INTO roots(scan_root, host, options, source)"
	    " VALUES(X'2F', 'other host', '', '')");
	run("INSERT INTO mutation_log(timestamp, mutation_type, path_blob) VALUES(1, 0, CAST('/any' AS BLOB))");
	cr_assert_str_empty(findings(false), "%s", told.data);
}

/* An index file without a snapshot goes; one that cannot be read is told of. */
Test(check, files_that_nobody_knows)
{
	struct err err = {{0}};
	char stray[400];

	cr_assert_eq(snapshot_delete(store, id, &err), 0, "%s", err.text);
	cr_assert_eq(access(index_name.data, F_OK), -1);
	cr_assert_str_empty(findings(false), "%s", told.data);
	snprintf(stray, sizeof(stray), "%s/data.db.index/0123.mmap", fixture.folder);
	touch(stray);
	cr_assert(strstr(findings(true), "nobody knows of which folder it is"), "%s", told.data);
	cr_assert_eq(access(stray, F_OK), 0);
}

/* ---- the database itself ---- */

static const char *in_database(bool full)
{
	struct err err = {{0}};

	buf_clear(&told);
	cr_assert_eq(check_database(store, full, found, NULL, &err), 0, "%s", err.text);
	return told.data && told.length ? told.data : "";
}

/* What was done is found; what undoes it makes all well again. */
static void finds(const char *damage, const char *sentence)
{
	run("SAVEPOINT damage");
	run(damage);
	cr_expect(strstr(in_database(false), sentence), "%s: %s", damage, in_database(false));
	run("ROLLBACK TO damage; RELEASE damage");
	cr_assert_str_empty(in_database(true), "%s: %s", damage, in_database(true));
}

Test(check, rows_are_what_was_written)
{
	cr_assert_str_empty(in_database(true), "%s", in_database(true));
	finds("UPDATE snapshots SET finished_at=finished_at+1", "not what was written: snapshots 1");
	finds("UPDATE snapshots SET label='x'", "not what was written: snapshots 1");
	finds("UPDATE roots SET options='x'", "not what was written: roots 1");
	finds("UPDATE devices SET dev=dev+1", "not what was written: devices 1");
	finds("UPDATE dirs SET btime=btime+1 WHERE id=3", "not what was written: dirs 3");
	finds("UPDATE dir_versions SET mtime_ns=mtime_ns+1 WHERE dir_id=3", "not what was written: dir_versions 3");
	finds("UPDATE file_chunks SET entries=entries||x'00' WHERE id=2", "not what was written: file_chunks 2");
	finds("UPDATE roots SET head_id=7", "not its head");
	finds("UPDATE dir_versions SET last_id=0 WHERE dir_id=3", "overlap");
	/* What a follower notes, a directory that went and came again among it. */
	for (int kind = 0; kind < 3; kind++) {
		struct overlay_chain chain = {ROOT, ""};
		struct overlay_row row = {.path = "x",
		                          .length = 1,
		                          .bytes = 512,
		                          .kind = kind == 1 ? OVERLAY_GONE : OVERLAY_CHANGED};
		struct err err = {{0}};
		uint64_t seq;

		cr_assert_eq(overlay_flush(store, &chain, 0, 6000 + kind, &row, 1, &seq, &err), 0, "%s", err.text);
		finds("UPDATE overlay SET bytes=bytes+1", "not what was written: overlay 1");
		finds("UPDATE overlay SET gone=1-(gone<>0)", "not what was written: overlay 1");
	}
	/* The chain of a folder that is followed before it was ever stored. */
	flush("/srv/other", 0, 77);
	finds("UPDATE roots SET host='x' WHERE id=2", "not what was written: roots 2");
	/* A label that is given is part of it. */
	struct err err = {{0}};

	cr_assert_eq(snapshot_label(store, id, "named", &err), 0, "%s", err.text);
	cr_assert_str_empty(in_database(true), "%s", in_database(true));
}

/* Rows without a checksum, as earlier versions wrote them. */
Test(check, snapshots_are_what_their_fingerprints_say)
{
	static const char *const damages[] = {
		"UPDATE file_chunks SET entries=(SELECT entries FROM file_chunks WHERE id=2) WHERE id=1",
		("UPDATE dir_versions SET lists=NULL WHERE dir_id=(SELECT dir_id FROM dir_versions WHERE"
		 " length(lists) LIMIT 1)"),
		"UPDATE dir_versions SET own_bytes=own_bytes+512 WHERE dir_id=2",
		"UPDATE dir_versions SET fingerprint_hi=fingerprint_hi+1 WHERE dir_id=2",
		"UPDATE dir_versions SET child_count=child_count+1 WHERE dir_id=2",
		"UPDATE dir_versions SET mtime=mtime+1 WHERE dir_id=2",
		"UPDATE dirs SET ino=ino+1 WHERE id=2",
		"UPDATE dirs SET path=path||x'78' WHERE id=(SELECT max(id) FROM dirs)",
		"DELETE FROM dir_versions WHERE dir_id=(SELECT max(id) FROM dirs)",
	};

	run("UPDATE snapshots SET sum=NULL; UPDATE dirs SET sum=NULL; UPDATE dir_versions SET sum=NULL; UPDATE"
	    " file_chunks SET sum=NULL");
	cr_assert(strstr(in_database(false), "h some snapshots are of an earlier version"), "%s", in_database(false));
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		run("SAVEPOINT damage");
		run(damages[i]);
		cr_expect_null(strstr(in_database(false), "w snapshot #1"));
		cr_expect(strstr(in_database(true), "w snapshot #1"), "%s: %s", damages[i], in_database(true));
		run("ROLLBACK TO damage; RELEASE damage");
		cr_assert_null(strstr(in_database(true), "w "), "%s: %s", damages[i], in_database(true));
	}
}

Test(check, relations_are_as_they_were_made)
{
	run("DROP VIEW diff_cache; CREATE VIEW diff_cache AS SELECT 1");
	cr_expect(strstr(in_database(false), "diff_cache is missing or another"), "%s", in_database(false));
	run("DROP INDEX idx_diff_delta");
	cr_expect(strstr(in_database(false), "the schema is not this program's"), "%s", in_database(false));
}
