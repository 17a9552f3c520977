/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The browser keeps the record of what it shows: others read its figures, and whatever ends it leaves what it wrote
 * last.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gate.h"
#include "session.h"

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_follow, .fini = session_end_all);

static void followed(struct session *s)
{
	session_file(s, "app/data", 4 * MIB);
	session_file(s, "logs/app.log", 2 * MIB);
	session_open_whole(s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s->pty, 0, "[live]"));
}

static bool late(int64_t *until)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!*until)
		*until = now.tv_sec + PTY_DEADLINE_MS / 1000;
	poll(NULL, 0, 20);
	return now.tv_sec > *until;
}

/* What `size` tells of a path below the tree. */
static uint64_t size_of(const struct session *s, const char *path, bool *live)
{
	char absolute[8500], out[4096];
	const char *const args[] = {"size", "--json", absolute, NULL};

	snprintf(absolute, sizeof absolute, "%s%s%s", s->tree, *path ? "/" : "", path);
	if (session_command(s, args, out, sizeof out) != 0)
		return UINT64_MAX;
	const char *bytes = strstr(out, "\"bytes\": ");

	cr_assert(bytes, "%s", out);
	*live = strstr(out, "\"live\": true") != NULL;
	return strtoull(bytes + strlen("\"bytes\": "), NULL, 10);
}

static void wait_size_of(const struct session *s, const char *path, bool live)
{
	uint64_t told, true_bytes;
	int64_t until = 0;
	bool is_live = false;

	while ((told = size_of(s, path, &is_live)) != (true_bytes = session_walk(s, path).alloc_bytes) ||
	       is_live != live)
		cr_assert(!late(&until), "size tells %llu of '%s', live %d, where %llu lie", (unsigned long long)told,
		          path, is_live, (unsigned long long)true_bytes);
}

/* The number that a query gives; -1 when it gives none. */
static int64_t query(const struct session *s, const char *sql)
{
	sqlite3_stmt *row;
	sqlite3 *db;
	int64_t number = -1;

	cr_assert_eq(sqlite3_open_v2(s->db, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(row) == SQLITE_ROW)
		number = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return number;
}

static void wait_query(const struct session *s, const char *sql, int64_t number)
{
	int64_t until = 0, now;

	while ((now = query(s, sql)) != number)
		cr_assert(!late(&until), "%s: %lld instead of %lld", sql, (long long)now, (long long)number);
}

static void reconcile(const struct session *s, const char *says)
{
	const char *const args[] = {"reconcile", s->tree, NULL};
	char out[4096];

	cr_assert_eq(session_command(s, args, out, sizeof out), 0, "%s", out);
	cr_assert(strstr(out, says), "%s", out);
}

Test(pty_follow, others_are_told_what_it_shows)
{
	const char *const watch[] = {"watch", NULL, NULL};
	struct session s;
	char out[4096];

	session_begin(&s, NULL);
	followed(&s);
	wait_size_of(&s, "", true);
	session_file(&s, "logs/app.log", 5 * MIB);
	session_file(&s, "fresh/deep/file", 8 * MIB);
	session_remove(&s, "app");
	wait_size_of(&s, "", true);
	wait_size_of(&s, "logs", true);
	wait_size_of(&s, "fresh/deep", true);
	cr_assert(session_wait_size(&s, "/fresh", session_size(session_walk(&s, "fresh").alloc_bytes)),
	          "it goes on painting");
	bool live;
	cr_assert_eq(size_of(&s, "app", &live), UINT64_MAX, "what is gone is not there for others either");
	wait_query(&s, "SELECT count(*)>2 FROM mutation_log", 1);
	wait_query(&s, "SELECT count(*)>0 FROM dir_deltas", 1);
	wait_query(&s, "SELECT running FROM watch_state", 1);
	/* One at a time. */
	const char *second[] = {watch[0], s.tree, NULL};
	cr_assert_eq(session_command(&s, second, out, sizeof out), 1);
	cr_assert(strstr(out, "followed by another disktracker"), "%s", out);
	session_quit(&s);
	cr_assert_eq(query(&s, "SELECT running FROM watch_state"), 0);
	wait_size_of(&s, "", false);
	wait_size_of(&s, "fresh/deep", false);
	reconcile(&s, "all that was known of it was right");
	session_end(&s);
}

static bool lies(const struct session *s, const char *path)
{
	char absolute[8500];

	snprintf(absolute, sizeof absolute, "%s/%s", s->tree, path);
	return access(absolute, F_OK) == 0;
}

/* Four folders of four folders of files, and whatever comes to happen to them. */
static void random_change(const struct session *s)
{
	char folder[64], other[64], file[80];
	long what = random() % 8;

	snprintf(folder, sizeof folder, "%ld/%ld", random() % 4, random() % 4);
	snprintf(other, sizeof other, "%ld/%ld", random() % 4, random() % 4);
	snprintf(file, sizeof file, "%s/%ld", folder, random() % 6);
	if (what < 5)
		session_file(s, file, (uint64_t)(random() % 64) * 4096);
	else if (what == 5 && lies(s, file))
		session_remove(s, file);
	else if (what == 6 && lies(s, folder) && !lies(s, other))
		session_rename(s, folder, other);
	else if (what == 7 && random() % 4 == 0 && lies(s, folder))
		session_remove(s, folder);
}

/* Screen, `size` of every folder, what is stored next and what is left at the end: all as an independent walk tells. */
Test(pty_follow, a_storm)
{
	struct session s;
	char path[64];

	srandom(7);
	session_begin(&s, NULL);
	for (int i = 0; i < 100; i++)
		random_change(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 250; i++)
			random_change(&s);
		wait_size_of(&s, "", true);
		for (int i = 0; i < 20; i++) {
			snprintf(path, sizeof path, i < 4 ? "%d" : "%d/%d", i % 4, i / 4 - 1);
			if (lies(&s, path))
				wait_size_of(&s, path, true);
		}
		cr_assert(pty_wait_row(s.pty, 1, session_size(session_walk(&s, "").alloc_bytes)));
		for (int i = 0; i < 4; i++) {
			char name[16];

			snprintf(path, sizeof path, "%d", i);
			snprintf(name, sizeof name, "/%d", i);
			if (lies(&s, path))
				cr_assert(
					session_wait_size(&s, name, session_size(session_walk(&s, path).alloc_bytes)));
		}
	}
	pty_send(s.pty, "R");
	wait_query(&s, "SELECT count(*) FROM snapshots", 2);
	cr_assert_eq(query(&s, "SELECT total_bytes FROM snapshots ORDER BY id DESC"),
	             (int64_t)session_walk(&s, "").alloc_bytes);
	session_quit(&s);
	reconcile(&s, "all that was known of it was right");
	session_end(&s);
}

/* In the tree itself, and made while it is read: what is written there tells of changes, and must not be one. */
Test(pty_follow, its_own_database_is_not_told)
{
	struct session s;

	session_begin(&s, NULL);
	strcpy(stpcpy(s.db, s.tree), "/home/.local/data.db");
	followed(&s);
	session_file(&s, "logs/app.log", 5 * MIB);
	wait_query(&s, "SELECT count(*)>0 FROM mutation_log WHERE CAST(path_blob AS TEXT) LIKE '%/logs/app.log'", 1);
	session_file(&s, "logs/other.log", 1 * MIB);
	wait_query(&s, "SELECT count(*)>0 FROM mutation_log WHERE CAST(path_blob AS TEXT) LIKE '%/logs/other.log'", 1);
	cr_assert_eq(query(&s, "SELECT count(*) FROM mutation_log WHERE CAST(path_blob AS TEXT) LIKE '%/.local/%'"), 0);
	session_quit(&s);
	session_end(&s);
}

Test(pty_follow, killed)
{
	struct session s;
	bool live;

	session_begin(&s, NULL);
	followed(&s);
	session_file(&s, "logs/app.log", 5 * MIB);
	session_file(&s, "fresh/deep/file", 8 * MIB);
	wait_size_of(&s, "", true);
	uint64_t last = session_walk(&s, "").alloc_bytes;

	kill(pty_pid(s.pty), SIGKILL);
	cr_assert_neq(pty_wait_exit(s.pty), -1);
	session_file(&s, "logs/unseen.log", 3 * MIB);
	cr_assert_eq(size_of(&s, "", &live), last, "the state of the last flush");
	cr_assert(!live);
	reconcile(&s, "did not come to an end");
	wait_size_of(&s, "", false);
	wait_size_of(&s, "logs", false);
	/* And once more: this time the browser itself puts it right. */
	session_open_whole(&s, 24, 80, NULL, NULL);
	wait_size_of(&s, "", true);
	kill(pty_pid(s.pty), SIGKILL);
	cr_assert_neq(pty_wait_exit(s.pty), -1);
	session_remove(&s, "fresh");
	session_open_whole(&s, 24, 80, NULL, NULL);
	wait_size_of(&s, "", true);
	cr_assert_eq(query(&s, "SELECT needs_full FROM watch_state"), 0);
	session_quit(&s);
	reconcile(&s, "all that was known of it was right");
	session_end(&s);
}

/* Somebody follows the root already: his figures are shown, and the record is left to him. */
Test(pty_follow, a_watch_is_there_first)
{
	struct session s;
	int status;

	session_begin(&s, NULL);
	session_file(&s, "app/data", 4 * MIB);
	pid_t watch = fork();
	cr_assert(watch >= 0);
	if (watch == 0) {
		int null = open("/dev/null", O_RDWR);

		if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
		    dup2(null, STDERR_FILENO) < 0)
			_exit(126);
		execl(session_program(), "disktracker", "--db", s.db, "watch", "--quiet", s.tree, (char *)NULL);
		_exit(127);
	}
	int64_t until = 0;
	while (access(s.db, F_OK))
		cr_assert(!late(&until));
	wait_size_of(&s, "", true);
	session_file(&s, "logs/app.log", 2 * MIB);
	wait_size_of(&s, "", true);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	cr_assert(pty_wait_row(s.pty, 22, "another disktracker follows this folder"));
	session_file(&s, "logs/new.log", 3 * MIB);
	cr_assert(session_wait_size(&s, "/logs", session_size(session_walk(&s, "logs").alloc_bytes)));
	wait_size_of(&s, "", true);
	/* Made once: what is written to it afterwards may be a row of its own. */
	wait_query(
		&s,
		"SELECT count(*) FROM mutation_log WHERE mutation_type=0 AND CAST(path_blob AS TEXT) LIKE"
		" '%/logs/new.log'",
		1);
	session_quit(&s);
	wait_size_of(&s, "", true);
	kill(watch, SIGTERM);
	cr_assert_eq(waitpid(watch, &status, 0), watch);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x", (unsigned)status);
	session_end(&s);
}

/* Past a twentieth of the index, and a thousand rows at least, the overlay is merged while all goes on. */
Test(pty_follow, the_index_is_written_anew)
{
	struct session s;
	char path[64];

	session_begin(&s, NULL);
	followed(&s);
	wait_size_of(&s, "", true);
	for (int i = 0; i < 1200; i++) {
		snprintf(path, sizeof path, "many/%d", i);
		session_file(&s, "many/file", MIB);
		session_folder(&s, path);
	}
	wait_size_of(&s, "", true);
	/* It is seen to be due when something happens. */
	int64_t until = 0;
	for (int i = 1; query(&s, "SELECT pruned_seq FROM roots") <= 0; i++) {
		cr_assert(!late(&until), "it is not merged");
		session_file(&s, "logs/app.log", (2 + (uint64_t)i % 2) * MIB);
	}
	cr_assert(session_wait_size(&s, "/many", session_size(session_walk(&s, "many").alloc_bytes)));
	wait_size_of(&s, "", true);
	wait_size_of(&s, "many", true);
	session_quit(&s);
	wait_size_of(&s, "", false);
	reconcile(&s, "all that was known of it was right");
	session_end(&s);
}

/* Whatever is still to be written, and whoever keeps us from it: leaving takes a moment. */
Test(pty_follow, leaving_in_a_hurry)
{
	struct session s;
	char path[64];
	sqlite3 *db;

	session_begin(&s, NULL);
	followed(&s);
	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof path, "many/%d", i);
		if (!i)
			session_file(&s, "many/file", MIB);
		session_folder(&s, path);
	}
	session_quit(&s);
	reconcile(&s, "stored as");
	wait_size_of(&s, "", false);
	wait_size_of(&s, "many", false);

	session_open_whole(&s, 24, 80, NULL, NULL);
	wait_size_of(&s, "", true);
	cr_assert_eq(sqlite3_open(s.db, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	session_file(&s, "logs/app.log", 7 * MIB);
	cr_assert(session_wait_size(&s, "/logs", session_size(session_walk(&s, "logs").alloc_bytes)));
	session_quit(&s);
	cr_assert_eq(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	reconcile(&s, "did not come to an end");
	wait_size_of(&s, "logs", false);
	session_end(&s);
}

/* The disk does not answer: it is left all the same, and does not say that all was noted. */
Test(pty_follow, a_disk_that_hangs)
{
	struct session s;
	char path[8500], name[32];

	if (!gate_begin())
		cr_skip_test("no user notification of seccomp here");
	session_begin(&s, NULL);
	followed(&s);
	wait_size_of(&s, "", true);
	snprintf(path, sizeof path, "%s/logs", s.tree);
	gate_close(path);
	/* So many at once that the folder is listed. */
	kill(pty_pid(s.pty), SIGSTOP);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "logs/%d", i);
		session_file(&s, name, 0);
	}
	kill(pty_pid(s.pty), SIGCONT);
	pty_send(s.pty, "q");
	int status = pty_wait_exit(s.pty);
	cr_assert(status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x", (unsigned)status);
	gate_open();
	reconcile(&s, "everything is read");
	wait_size_of(&s, "logs", false);
	session_end(&s);
}

/* How often its threads have gone to sleep. */
static unsigned long sleeps(pid_t pid)
{
	char path[512], line[256];
	unsigned long sum = 0, n;
	struct dirent *entry;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	DIR *tasks = opendir(path);
	cr_assert(tasks);
	while ((entry = readdir(tasks))) {
		snprintf(path, sizeof path, "/proc/%d/task/%s/status", pid, entry->d_name);
		FILE *status = entry->d_name[0] == '.' ? NULL : fopen(path, "r");

		while (status && fgets(line, sizeof line, status))
			if (sscanf(line, "voluntary_ctxt_switches: %lu", &n) == 1)
				sum += n;
		if (status)
			fclose(status);
	}
	closedir(tasks);
	return sum;
}

/* Where all is watched and nothing happens no thread wakes: there comes a time of two seconds in which none did. */
Test(pty_follow, it_sleeps)
{
	struct session s;
	int64_t until = 0;
	unsigned long before = 0, now;

	if (getenv("TSAN_OPTIONS"))
		cr_skip_test("that sanitizer has a thread that wakes");
	session_begin(&s, NULL);
	session_file(&s, "app/data", 4 * MIB);
	/* The other backend hears of the whole disk, on which a test is not alone. */
	session_open_whole(&s, 24, 80, NULL, (const char *const[]){ "DISKTRACKER_WATCH_BACKEND=inotify", NULL });
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	pty_send(s.pty, "w");
	cr_assert(pty_wait_row(s.pty, 1, "live no change"));
	for (;; before = now) {
		for (int i = 0; i < 100; i++)
			cr_assert(!late(&until), "it goes on waking up");
		now = sleeps(pty_pid(s.pty));
		if (now == before)
			break;
	}
	session_quit(&s);
	session_end(&s);
}
