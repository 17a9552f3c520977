/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the program may be trusted with: files that were there before, and an end that is asked for. */
#include <criterion/criterion.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "private_mounts.h"
#include "program.h"

/* ---- exports ---- */

/* Files beside the tree whose names hold `part`. */
static int beside(const char *part)
{
	DIR *dir = opendir(program.work);
	int n = 0;

	cr_assert_not_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		n += strstr(entry->d_name, part) != NULL;
	closedir(dir);
	return n;
}

static void put(const char *name, const char *text, mode_t mode)
{
	int fd = open(program_file(name), O_WRONLY | O_CREAT | O_TRUNC, 0666);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(fchmod(fd, mode), 0);
	close(fd);
}

static int export_to(const char *name)
{
	char file[256];

	snprintf(file, sizeof(file), "%s", program_file(name));
	const char *arguments[] = {program.path, "export", "-o", file, program.tree, NULL};

	return program_run(arguments);
}

static void scan(void)
{
	const char *arguments[] = {program.path, "scan", program.tree, NULL};

	cr_assert_eq(program_run(arguments), 0, "%s", program_text("err"));
}

Test(trust, an_export_takes_the_place_of_the_one_before, .init = program_begin, .fini = program_end, .timeout = 120)
{
	struct stat st;
	char target[256];

	program_in_tree("echo x >file; mkdir d");
	scan();
	put("good.json", "yesterday", 0640);
	cr_assert_eq(export_to("good.json"), 0, "%s", program_text("err"));
	cr_assert_eq(program_text("good.json")[0], '[');
	cr_assert(!stat(program_file("good.json"), &st) && (st.st_mode & 07777) == 0640);
	/* A link stays one; what it leads to is replaced, and made where there is nothing. */
	put("real.json", "yesterday", 0600);
	cr_assert_eq(symlink("real.json", program_file("link.json")), 0);
	cr_assert_eq(export_to("link.json"), 0, "%s", program_text("err"));
	cr_assert(!lstat(program_file("link.json"), &st) && S_ISLNK(st.st_mode));
	cr_assert(!lstat(program_file("real.json"), &st) && S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0600);
	cr_assert_eq(program_text("real.json")[0], '[');
	snprintf(target, sizeof(target), "%s", program_file("new.json"));
	cr_assert_eq(symlink(target, program_file("dangling.json")), 0);
	cr_assert_eq(export_to("dangling.json"), 0, "%s", program_text("err"));
	cr_assert(!lstat(target, &st) && S_ISREG(st.st_mode));
	cr_assert_eq(symlink("loop", program_file("loop")), 0);
	cr_assert_eq(export_to("loop"), 1);
	/* What is no file is written to. */
	const char *stdout_arguments[] = {program.path, "export", "-o", "/dev/stdout", program.tree, NULL};

	cr_assert_eq(program_run(stdout_arguments), 0, "%s", program_text("err"));
	cr_assert_eq(program_text("printed")[0], '[');
	cr_assert_eq(export_to("../../../dev/null"), 0, "%s", program_text("err"));
	cr_assert(!stat("/dev/null", &st) && S_ISCHR(st.st_mode));
	cr_assert_eq(beside(".json."), 0, "something was left behind");
}

Test(trust, an_export_that_fails_leaves_the_one_before, .init = program_begin, .fini = program_end, .timeout = 120)
{
	char command[512], small[256], file[300];
	struct stat st;

	program_in_tree("i=0; while [ $i -lt 2000 ]; do echo x >a-file-with-a-name-$i; i=$((i+1)); done");
	scan();
	snprintf(small, sizeof(small), "%s", program_file("small"));
	cr_assert_eq(mkdir(small, 0700), 0);
	if (private_tmpfs(small, "size=64k"))
		cr_skip_test("a mount namespace cannot be had");
	snprintf(file, sizeof(file), "%s/good.json", small);
	put("small/good.json", "yesterday", 0600);
	for (int compressed = 0; compressed < 2; compressed++) {
		const char *plain[] = {program.path, "export", "-o", file, program.tree, NULL};
		const char *packed[] = {program.path, "export",     "-c", "--compress-level", "1", "-o",
		                        file,         program.tree, NULL};

		if (compressed) { /* no room for the smallest */
			snprintf(command, sizeof(command), "head -c 64k /dev/zero >'%s/ballast' 2>/dev/null; true",
			         small);
			cr_assert_eq(system(command), 0);
		}
		cr_assert_eq(program_run(compressed ? packed : plain), 1, "%s", program_text("err"));
		cr_assert(strstr(program_text("err"), "No space left"), "%s", program_text("err"));
		cr_assert_str_eq(program_text("small/good.json"), "yesterday");
		cr_assert(!stat(file, &st) && st.st_size == 9);
		snprintf(command, sizeof(command), "test \"$(ls -A '%s' | grep -v ballast)\" = good.json", small);
		cr_assert_eq(system(command), 0, "something was left behind");
	}
	cr_assert_eq(umount2(small, MNT_DETACH), 0);
}

/* ---- signals ---- */

/* Send it, and wait until it has been taken (or the process has ended). */
static void send(pid_t pid, int number)
{
	char path[64], line[256];
	unsigned long long waiting;

	kill(pid, number);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	do {
		FILE *file = fopen(path, "r");

		waiting = 0;
		while (file && fgets(line, sizeof(line), file)) {
			unsigned long long bits = 0;

			if (sscanf(line, "SigPnd: %llx", &bits) == 1 || sscanf(line, "ShdPnd: %llx", &bits) == 1)
				waiting |= bits;
			if (line[0] == 'S' && strstr(line, "zombie"))
				break;
		}
		if (file)
			fclose(file);
		cr_assert(!program_late(), "the signal is not taken");
	} while (waiting >> (number - 1) & 1);
}

static pid_t watching(void)
{
	const char *arguments[] = {program.path, "watch", "--flush", "3600", program.tree, NULL};

	unlink(program_file("err"));
	pid_t pid = program_start("out", arguments);

	while (access(program_file("err"), F_OK) || !strstr(program_text("err"), "watching"))
		cr_assert(!program_late(), "%s", program_text("err"));
	return pid;
}

static sqlite3 *locked(void)
{
	sqlite3 *db;

	cr_assert_eq(sqlite3_open(program.database, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	cr_assert_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	return db;
}

static int64_t number(const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *row;
	int64_t n = -1;

	cr_assert_eq(sqlite3_open(program.database, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	if (sqlite3_step(row) == SQLITE_ROW)
		n = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return n;
}

/* `timeout` sends two.  The end cannot be there before the second: what it stores waits for a lock. */
Test(trust, a_second_request_to_end_waits_for_the_first, .init = program_begin, .fini = program_end, .timeout = 120)
{
	pid_t pid = watching();

	program_in_tree("echo x >file");
	while (!strstr(program_text("out"), "file"))
		cr_assert(!program_late());
	sqlite3 *db = locked();

	send(pid, SIGTERM);
	send(pid, SIGTERM);
	sqlite3_close(db);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	cr_assert_eq(number("SELECT count(*) FROM snapshots"), 2);
	cr_assert_eq(number("SELECT max(running) FROM watch_state"), 0);
}

Test(trust, the_third_within_a_second_ends_at_once, .init = program_begin, .fini = program_end, .timeout = 120)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	for (int i = 0; i < 3; i++) {
		pid_t pid = watching();

		program_in_tree("echo x >>file");
		while (!strstr(program_text("out"), "file"))
			cr_assert(!program_late());
		sqlite3 *db = locked();

		siginfo_t info = {0};

		/* Under load they may lie further apart: then another one is needed. */
		while (!info.si_pid && !program_late()) {
			send(pid, signals[i]);
			cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
		}
		cr_assert_eq(program_ended(pid), 1000 + signals[i]);
		sqlite3_close(db);
	}
}

/* ---- the database under a watch ---- */

static pid_t watching_every_second(void)
{
	const char *arguments[] = {program.path, "watch", "--flush", "1", program.tree, NULL};

	unlink(program_file("err"));
	pid_t pid = program_start("out", arguments);

	while (access(program_file("err"), F_OK) || !strstr(program_text("err"), "watching"))
		cr_assert(!program_late(), "%s", program_text("err"));
	program_patience();
	return pid;
}

static void data_folder(void)
{
	snprintf(program.database, sizeof(program.database), "%s/data/data.db", program.work);
	setenv("DISKTRACKER_DB", program.database, 1);
	cr_assert_eq(mkdir(program_file("data"), 0700), 0);
}

/* Things happen until it has ended. */
static int ended_by_changes(pid_t pid)
{
	siginfo_t info = {0};

	while (!info.si_pid && !program_late()) {
		program_in_tree("echo x >>file");
		cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	}
	return program_ended(pid);
}

Test(trust, a_database_that_was_deleted_is_begun_anew, .init = program_begin, .fini = program_end, .timeout = 180)
{
	struct stat st;

	data_folder();
	pid_t pid = watching_every_second();

	program_in_tree("rm ../data/data.db ../data/data.db-*");
	do {
		program_in_tree("echo x >>file");
		cr_assert(!program_late(), "%s", program_text("err"));
	} while (stat(program.database, &st) || !strstr(program_text("err"), "was replaced or deleted"));
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	cr_assert_geq(number("SELECT count(*) FROM snapshots"), 1);
	cr_assert_eq(number("SELECT running FROM watch_state"), 0);
	/* And it is whole: another program makes of it what is there. */
	const char *doctor[] = {program.path, "doctor", "--full", NULL};

	cr_assert_eq(program_run(doctor), 0, "%s", program_text("printed"));
}

Test(trust, a_watch_whose_database_went_with_its_folder_ends, .init = program_begin, .fini = program_end,
     .timeout = 180)
{
	data_folder();
	pid_t pid = watching_every_second();

	program_in_tree("rm -r ../data; mkdir ../data");
	cr_assert_eq(ended_by_changes(pid), 1);
	cr_assert(strstr(program_text("err"), "nothing can be stored any more"), "%s", program_text("err"));
	cr_assert_neq(access(program.database, F_OK), 0);
}

Test(trust, a_watch_whose_database_became_another_programs_ends, .init = program_begin, .fini = program_end,
     .timeout = 180)
{
	data_folder();
	pid_t pid = watching_every_second();

	program_in_tree("rm ../data/data.db ../data/data.db-*; echo thesis >../data/data.db");
	cr_assert_eq(ended_by_changes(pid), 1);
	cr_assert(strstr(program_text("err"), "no database"), "%s", program_text("err"));
	cr_assert_str_eq(program_text("data/data.db"), "thesis\n");
}

Test(trust, a_watch_whose_database_was_unmounted_ends, .init = program_begin, .fini = program_end, .timeout = 180)
{
	data_folder();
	if (private_tmpfs(program_file("data"), "size=12m,mode=0700"))
		cr_skip_test("a mount namespace cannot be had");
	pid_t pid = watching_every_second();

	cr_assert_eq(umount2(program_file("data"), MNT_DETACH), 0);
	cr_assert_eq(ended_by_changes(pid), 1);
	cr_assert(strstr(program_text("err"), "nothing can be stored any more"), "%s", program_text("err"));
	cr_assert_neq(access(program.database, F_OK), 0, "a snapshot where the file system was mounted");
}

/* ---- a full disk ---- */

/* Fill it to the last block. */
static void fill(const char *folder)
{
	char command[300];

	snprintf(command, sizeof(command),
	         "cat /dev/zero >'%s/fill' 2>/dev/null; cat /dev/zero >'%s/fill2' 2>/dev/null; true", folder, folder);
	cr_assert_eq(system(command), 0);
}

Test(trust, a_full_disk_is_what_prune_and_forget_are_for, .init = program_begin, .fini = program_end, .timeout = 180)
{
	const char *doctor[] = {program.path, "doctor", "--full", NULL},
		   *prune[] = {program.path, "prune", "--keep-last", "2", NULL};
	const char *forget[] = {program.path, "forget", "5", NULL},
		   *again[] = {program.path, "scan", program.tree, NULL};
	struct stat before, after;

	data_folder();
	if (private_tmpfs(program_file("data"), "size=12m,mode=0700"))
		cr_skip_test("a mount namespace cannot be had");
	for (int i = 0; i < 6; i++) {
		program_in_tree(
			"for d in 1 2 3 4 5; do mkdir -p $d; for f in 1 2 3 4 5 6 7 8 9; do for g in 0 1 2 3 4 5 6 7"
			" 8 9; do echo $$ >$d/$f$g-$$; done; done; done");
		scan();
	}
	fill(program_file("data"));
	cr_assert_eq(program_run(again), 1);
	cr_assert(strstr(program_text("err"), "nothing was saved") || strstr(program_text("err"), "no space"), "%s",
	          program_text("err"));
	cr_assert(!stat(program.database, &before));
	cr_assert_eq(program_run(prune), 0, "%s", program_text("err"));
	cr_assert(!stat(program.database, &after));
	cr_assert_lt(after.st_size, before.st_size);
	cr_assert_eq(program_run(doctor), 0, "%s", program_text("printed"));
	fill(program_file("data"));
	cr_assert_eq(program_run(forget), 0, "%s", program_text("err"));
	cr_assert_eq(program_run(doctor), 0, "%s", program_text("printed"));
	program_in_tree("rm ../data/fill*");
	cr_assert_eq(number("SELECT count(*) FROM snapshots"), 1);
	scan();
	cr_assert_eq(number("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'"), 1);
	umount2(program_file("data"), MNT_DETACH);
}
