/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `watch` as a process of its own: lines appear as things change, what is stored is what `du` counts, and whatever ends
 * it leaves a history that works.
 */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <unistd.h>

#include "engine/system/process.h"
#include "private_mounts.h"
#include "program.h"

/* Started, and following: it has said so. */
static pid_t watch_by(const char *backend, const char *out, const char *flush)
{
	const char *arguments[] = {program.path, "watch",   "--json", "--backend",  backend, "--debounce",
	                           "10",         "--flush", flush,    program.tree, NULL};

	unlink(program_file("err"));
	pid_t pid = program_start(out, arguments);

	while (access(program_file("err"), F_OK) || !strstr(program_text("err"), "watching"))
		if (program_late()) {
			kill(pid, SIGKILL);
			cr_assert_fail("it does not begin: %s", program_text("err"));
		}
	return pid;
}

static pid_t watch(const char *out, const char *flush)
{
	return watch_by("auto", out, flush);
}

static uint64_t du(void)
{
	char command[256];
	unsigned long long bytes = 0;

	snprintf(command, sizeof(command), "du -s -B1 '%s'", program.tree);
	FILE *pipe = popen(command, "r");

	cr_assert_not_null(pipe);
	cr_assert_eq(fscanf(pipe, "%llu", &bytes), 1);
	pclose(pipe);
	return bytes;
}

/* The number behind the last `"key": `. */
static uint64_t last(const char *text, const char *key)
{
	char quoted[64];
	const char *at = NULL;

	snprintf(quoted, sizeof(quoted), "\"%s\": ", key);
	for (const char *next = text; (next = strstr(next, quoted)); next++)
		at = next;
	return at ? strtoull(at + strlen(quoted), NULL, 10) : UINT64_MAX;
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* Its lines have come to tell the size that du tells. */
static void wait_for_du(void)
{
	sync(); /* blocks that change at write-back change now */
	while (last(program_text("out"), "total_bytes") != du())
		if (program_late())
			cr_assert_fail("the lines end with %s, du says %llu",
			               program_text("out") + strlen(program_text("out")) / 2, (unsigned long long)du());
}

/* The newest snapshot, and how many there are. */
static unsigned snapshots(uint64_t *newest)
{
	const char *arguments[] = {program.path, "list", "--json", program.tree, NULL};

	cr_assert_eq(program_run(arguments), 0, "%s", program_text("err"));
	const char *text = program_text("printed");
	const char *first = strstr(text, "\"total_bytes\": ");

	*newest = first ? strtoull(first + strlen("\"total_bytes\": "), NULL, 10) : 0;
	return count_of(text, "\"id\": ");
}

/* What any other process is told of the tree, from index and overlay; whether somebody follows it. */
static uint64_t size_now(bool *live)
{
	const char *arguments[] = {program.path, "size", "--json", program.tree, NULL};

	cr_assert_eq(program_run(arguments), 0, "%s", program_text("err"));
	*live = strstr(program_text("printed"), "\"live\": true") != NULL;
	return last(program_text("printed"), "bytes");
}

Test(watch, tells_and_stores, .init = program_begin, .fini = program_end, .timeout = 120)
{
	uint64_t newest;

	program_in_tree("mkdir -p a/b c && head -c 1M /dev/zero >a/b/file");
	pid_t pid = watch("out", "3600");

	program_in_tree(
		"head -c 3M /dev/zero >c/new; mkdir -p d/e; mv a d/e/; rm -f d/e/a/b/file; i=0; while [ $i -lt 300"
		" ]; do echo x >c/$i; i=$((i+1)); done; ln c/1 d/link");
	wait_for_du();
	bool live;

	while (size_now(&live) != du() || !live)
		cr_assert(!program_late(), "size does not come to tell what du tells: %s", program_text("printed"));
	const char *text = program_text("out");

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		cr_assert_eq(strncmp(line, "{\"schema\": 1, \"time\": ", 22), 0, "%s", line);
		cr_assert(strchr(line, '\n') && strchr(line, '\n')[-1] == '}', "%s", line);
	}
	cr_assert_eq(snapshots(&newest), 1);
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	cr_assert_eq(snapshots(&newest), 2);
	cr_assert_eq(newest, du());
	cr_assert_eq(size_now(&live), du());
	cr_assert(!live);
}

Test(watch, stores_every_so_often, .init = program_begin, .fini = program_end, .timeout = 120)
{
	uint64_t newest;
	pid_t pid = watch("out", "1");

	program_in_tree("head -c 1M /dev/zero >new");
	wait_for_du();
	while (snapshots(&newest) < 2 || newest != du())
		cr_assert(!program_late(), "no snapshot without an end");
	kill(pid, SIGINT);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
}

/* SIGUSR1 asks for a snapshot now, whether anything has changed or not; the service manager hears of each. */
Test(watch, tells_its_service_manager, .init = program_begin, .fini = program_end, .timeout = 120)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 60};
	char text[256];
	uint64_t newest;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", program.work);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	pid_t pid = watch("out", "3600");

	for (int i = 0; i < 4; i++) {
		static const char *const expected[] = {"STATUS=scanning", "READY=1\nSTATUS=#1", "STATUS=#2",
		                                       "STOPPING=1"};
		ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

		cr_assert_gt(n, 0);
		text[n] = '\0';
		cr_assert_str_eq(text, expected[i]);
		if (i == 1)
			kill(pid, SIGUSR1);
		if (i == 2)
			kill(pid, SIGTERM);
	}
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	cr_assert_eq(snapshots(&newest), 2);
	close(fd);
}

/* What is changed in the last moment is in the last snapshot. */
Test(watch, last_moment, .init = program_begin, .fini = program_end, .timeout = 120)
{
	uint64_t newest;

	for (int round = 0; round < 5; round++) {
		pid_t pid = watch("out", "3600");

		program_in_tree("mkdir -p m && echo x >m/$$ && head -c 100k /dev/zero >big$$");
		kill(pid, SIGTERM);
		cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
		snapshots(&newest);
		cr_assert_eq(newest, du());
	}
}

Test(watch, one_at_a_time, .init = program_begin, .fini = program_end, .timeout = 120)
{
	const char *again[] = {program.path, "watch", program.tree, NULL};
	uint64_t newest;
	pid_t pid = watch("out", "3600");

	cr_assert_eq(program_run(again), 1);
	cr_assert(strstr(program_text("err"), "followed by another disktracker already"), "%s", program_text("err"));
	cr_assert_str_empty(program_text("printed"));
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0);
	/* Nothing changed: nothing to store. */
	cr_assert_eq(snapshots(&newest), 1);
}

/* The database lies in the tree: storing is no change to be stored. */
Test(watch, its_own_database, .init = program_begin, .fini = program_end, .timeout = 120)
{
	uint64_t newest;

	snprintf(program.database, sizeof(program.database), "%s/data/data.db", program.tree);
	pid_t pid = watch("out", "3600");

	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	cr_assert_eq(snapshots(&newest), 1, "%s", program_text("out"));
	pid = watch("out", "3600");
	program_in_tree("echo x >file");
	while (!strstr(program_text("out"), "/tree/file\""))
		cr_assert(!program_late());
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	cr_assert_eq(snapshots(&newest), 3);
}

#if defined(__x86_64__)
/*
 * Does every thread sleep without a time to wake up at, in poll(…, -1) or futex(…, NULL)?  -1 when it cannot be seen.
 */
static int sleeps(pid_t pid)
{
	char path[64], line[256];
	int answer = 1;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);

	cr_assert_not_null(tasks);
	for (struct dirent *entry; (entry = readdir(tasks));) {
		unsigned long long a[4] = {0};
		int number = -1;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/syscall", (int)pid, entry->d_name);
		FILE *file = fopen(path, "r");

		if (!file || !fgets(line, sizeof(line), file))
			answer = -1;
		else if (sscanf(line, "%d %llx %llx %llx %llx", &number, &a[0], &a[1], &a[2], &a[3]) < 4 ||
		         !((number == 7 && (int)(unsigned)a[2] == -1) || (number == 202 && !a[3])))
			answer = answer < 0 ? answer : 0;
		if (file)
			fclose(file);
	}
	closedir(tasks);
	return answer;
}

/* Nothing happens: no timer runs. */
Test(watch, idle, .init = program_begin, .fini = program_end, .timeout = 120)
{
	program_in_tree("mkdir -p a/b/c");
	/* By fanotify it hears what others do on the disk. */
	pid_t pid = watch_by("inotify", "out", "3600");
	int answer;

	program_patience(); /* what was made just before is looked at again after 40 s */
	while (!(answer = sleeps(pid)))
		cr_assert(!program_late(), "a thread wakes up though nothing happens");
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	if (answer < 0)
		cr_skip_test("no right to look at system calls");
}
#endif

/* Who reads its lines goes away: it ends silently; or stands still: it can be ended, and stores. */
Test(watch, readers, .init = program_begin, .fini = program_end, .timeout = 120)
{
	uint64_t newest;

	cr_assert_eq(mkfifo(program_file("fifo"), 0666), 0);
	int reader = open(program_file("fifo"), O_RDWR | O_CLOEXEC);

	cr_assert_geq(reader, 0);
	pid_t pid = watch("fifo", "3600");

	program_in_tree("i=0; while [ $i -lt 2000 ]; do echo x >f$i; i=$((i+1)); done");
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	snapshots(&newest);
	cr_assert_eq(newest, du());

	close(reader);
	reader = open(program_file("fifo"), O_RDWR | O_CLOEXEC);
	pid = watch("fifo", "3600");
	close(reader);
	program_in_tree("echo x >last");
	cr_assert_eq(program_ended(pid), 141, "%s", program_text("err"));
	snapshots(&newest);
	cr_assert_eq(newest, du());
}

/* The folder goes, however little happens in it: said at once, and nothing stored in its name. */
Test(watch, gone, .init = program_begin, .fini = program_end, .timeout = 120)
{
	static const char *const ways[] = {
		"mv tree moved && mkdir tree && echo x >moved/a/y",
		"mv tree moved2 && mkdir tree",
		"rmdir tree",
		"rm -rf tree",
		"mkdir other && mv -T other tree",
	};
	uint64_t newest;

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		char script[128];

		mkdir(program.tree, 0777);
		if (i == 0 || i == 3)
			program_in_tree("mkdir -p a/b && echo x >a/x");
		pid_t pid = watch("out", "3600");

		snprintf(script, sizeof(script), "cd .. && %s", ways[i]);
		program_in_tree(script);
		cr_assert_eq(program_ended(pid), 1, "%s", ways[i]);
		cr_assert(strstr(program_text("err"), "is gone"), "%s: %s", ways[i], program_text("err"));
		mkdir(program.tree, 0777);
		cr_assert_eq(snapshots(&newest), i + 1, "%s", ways[i]);
	}
}

/*
 * A medium can be unmounted while it is followed: then it is gone, and nothing of what lies there now is stored.  What
 * is mounted below the folder is counted.
 */
static void mounted_by(const char *backend)
{
	uint64_t newest;

	int result = private_mounts();

	if (result)
		cr_skip_test("no mount namespace: %s", strerror(-result));
	program_in_tree(
		"cd .. && truncate -s 8M img && mkfs.ext4 -q -F img && cp img small && { mount -o loop img tree ||"
		" touch no-loop-devices; }");
	if (!access(program_file("no-loop-devices"), F_OK))
		cr_skip_test("no loop devices");
	program_in_tree("mkdir -p a/b && echo x >a/x");
	pid_t pid = watch_by(backend, "out", "3600");

	program_in_tree("mount -o loop ../small a/b && head -c 1000000 /dev/zero >a/b/f && sync");
	wait_for_du();
	program_in_tree(
		"echo more >a/b/g; cd / && n=0; until umount \"$OLDPWD\"/a/b; do n=$((n + 1)); [ $n -lt 600 ] ||"
		" exit 1; sleep 0.1; done");
	wait_for_du();
	program_in_tree("cd .. && n=0; until umount tree; do n=$((n + 1)); [ $n -lt 600 ] || exit 1; sleep 0.1; done");
	cr_assert_eq(program_ended(pid), 1);
	cr_assert(strstr(program_text("err"), "is gone, its file system was unmounted"), "%s", program_text("err"));
	cr_assert_eq(snapshots(&newest), 1);
}

Test(watch, mounts, .init = program_begin, .fini = program_end, .timeout = 120)
{
	mounted_by("inotify");
}

Test(watch, mounts_by_fanotify, .init = program_begin, .fini = program_end, .timeout = 120)
{
	mounted_by("fanotify");
}

/* What `size --json` says of a path below the tree. */
static void size_of(const char *name, int status)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", program.tree, name);
	const char *arguments[] = {program.path, "size", "--json", path, NULL};

	cr_assert_eq(program_run(arguments), status, "%s: %s", program_text("printed"), program_text("err"));
}

/* Nobody notes files: one in a folder that is followed is looked at. */
Test(watch, files, .init = program_begin, .fini = program_end, .timeout = 120)
{
	program_in_tree("mkdir -p a out && head -c 5000 /dev/zero >a/log && echo x >a/going");
	pid_t pid = watch("out", "3600");

	program_in_tree("head -c 900000 /dev/zero >>a/log; head -c 70000 /dev/zero >a/new; rm a/going; sync");
	size_of("a/log", 0);
	cr_assert_eq(last(program_text("printed"), "apparent_bytes"), 905000, "%s", program_text("printed"));
	cr_assert(strstr(program_text("printed"), "\"live\": true"), "%s", program_text("printed"));
	size_of("a/new", 0);
	cr_assert_eq(last(program_text("printed"), "apparent_bytes"), 70000);
	size_of("a/going", 1);
	cr_assert(strstr(program_text("printed"), "\"bytes\": null") &&
	                  strstr(program_text("printed"), "\"reason\": \"it is gone\""),
	          "%s", program_text("printed"));
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0);
}

/* Another program writes at the moment it is asked to end: its last snapshot waits for its turn. */
Test(watch, stores_behind_another_writer, .init = program_begin, .fini = program_end, .timeout = 120)
{
	uint64_t newest;
	sqlite3 *db;
	pid_t pid = watch("out", "3600");
	unsigned before = snapshots(&newest);

	program_in_tree("head -c 70000 /dev/zero >file");
	wait_for_du();
	cr_assert_eq(sqlite3_open_v2(program.database, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	cr_assert_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	kill(pid, SIGTERM);
	poll(NULL, 0, 1500);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	cr_assert_eq(snapshots(&newest), before + 1);
	cr_assert_eq(newest, du());
}

/* ---- the log ---- */

/* First column of the first row of a query of ours; -1 when there is none. */
static int64_t number(const char *sql)
{
	sqlite3_stmt *row;
	sqlite3 *db;
	int64_t answer = -1;

	cr_assert_eq(sqlite3_open_v2(program.database, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(row) == SQLITE_ROW)
		answer = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return answer;
}

/* Who was seen writing is in its lines and in the log: by fanotify, since inotify does not say. */
Test(watch, says_who, .init = program_begin, .fini = program_end, .timeout = 120)
{
	struct process here;
	char path[PATH_MAX], expected[300], sql[300];

	if (geteuid())
		cr_skip_test("fanotify needs root");
	cr_assert_eq(process_read(getpid(), &here), 0);
	pid_t pid = watch_by("fanotify", "out", "3600");

	snprintf(path, sizeof(path), "%s/file", program.tree);
	FILE *file = fopen(path, "w");

	cr_assert(file && fputs("x", file) >= 0 && !fclose(file));
	snprintf(expected, sizeof(expected), "\"by\": \"%s\"}", process_name(&here));
	while (!strstr(program_text("out"), "/file\""))
		cr_assert(!program_late());
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	cr_assert(strstr(program_text("out"), expected), "%s", program_text("out"));
	snprintf(sql, sizeof(sql), "SELECT count(*)>0 FROM mutation_log WHERE mutation_type=0 AND \"by\"='%s'",
	         process_name(&here));
	cr_assert_eq(number(sql), 1);
}

/*
 * How many rows of the log are of that type and path below the tree, and fulfil the condition; it is waited for the
 * first.
 */
static int64_t logged(int type, const char *path, const char *condition)
{
	char sql[512];
	int64_t count;

	snprintf(sql, sizeof(sql),
	         "SELECT count(*) FROM mutation_log WHERE mutation_type=%d AND path_blob=CAST('%s/%s' AS BLOB) AND %s",
	         type, program.tree, path, condition);
	while (!(count = number(sql)))
		cr_assert(!program_late(), "not in the log: %s", sql);
	return count;
}

/* One thing after the other, and what the log says of it. */
Test(watch, log, .init = program_begin, .fini = program_end, .timeout = 120)
{
	enum { CREATE, DELETE, MODIFY, RENAME };
	char sql[512];

	program_in_tree("mkdir dir many && head -c 4096 /dev/zero >../spare");
	pid_t pid = watch("out", "3600");

	program_in_tree("mv ../spare dir/file");
	cr_assert_eq(logged(CREATE, "dir/file",
	                    "old_size=0 AND new_size=4096 AND old_path_blob IS NULL AND ino<>0 AND dev<>0"),
	             1);
	program_in_tree("head -c 8192 /dev/zero >>dir/file");
	logged(MODIFY, "dir/file", "old_size=4096 AND new_size>4096");
	logged(MODIFY, "dir/file", "new_size=12288");
	program_in_tree("mkdir sub");
	cr_assert_eq(logged(CREATE, "sub", "old_size=0"), 1);
	program_in_tree("mv dir sub/moved");
	snprintf(sql, sizeof(sql), "old_path_blob=CAST('%s/dir' AS BLOB) AND new_size=old_size AND new_size>=12288",
	         program.tree);
	cr_assert_eq(logged(RENAME, "sub/moved", sql), 1);
	program_in_tree("rm sub/moved/file");
	cr_assert_eq(logged(DELETE, "sub/moved/file", "old_size=12288 AND new_size=0"), 1);
	program_in_tree("rmdir sub/moved");
	cr_assert_eq(logged(DELETE, "sub/moved", "new_size=0"), 1);
	program_in_tree("head -c 4096 /dev/zero >../spare; mv ../spare sub/one");
	logged(CREATE, "sub/one", "new_size=4096");
	program_in_tree("mv sub/one sub/other");
	snprintf(sql, sizeof(sql),
	         "old_path_blob=CAST('%s/sub/one' AS BLOB) AND new_size=4096 AND old_size=4096 AND ino<>0",
	         program.tree);
	cr_assert_eq(logged(RENAME, "sub/other", sql), 1);
	cr_assert_eq(
		number("SELECT count(*) FROM mutation_log WHERE mutation_type=1 AND CAST(path_blob AS TEXT) LIKE"
		       " '%/sub/one'"),
		0);
	/* Which inode it was is known of a linked one only. */
	program_in_tree("ln sub/other sub/another");
	logged(CREATE, "sub/another", "ino<>0");
	logged(MODIFY, "sub/other", "1");
	program_in_tree("rm sub/another");
	logged(DELETE, "sub/another", "ino<>0 AND dev<>0");
	program_in_tree("rm sub/other");
	logged(DELETE, "sub/other", "ino=0 AND dev<>0");

	/* Far more than 64 names come together: of most of them the folder tells, in a row or a few. */
	cr_assert_eq(kill(pid, SIGSTOP), 0);
	program_in_tree("i=0; while [ $i -lt 1000 ]; do echo x >many/f$i; i=$((i+1)); done");
	cr_assert_eq(kill(pid, SIGCONT), 0);
	logged(MODIFY, "many", "new_size>old_size");
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	snprintf(
		sql, sizeof(sql),
		"SELECT count(*) FROM mutation_log WHERE path_blob>=CAST('%s/many/' AS BLOB) AND"
		" path_blob<CAST('%s/many0' AS BLOB)",
		program.tree, program.tree);
	cr_assert_leq(number(sql), 4 * 64);
	/* The rows of files, and that of the folder for the others, add up to what was written. */
	snprintf(
		sql, sizeof(sql),
		"SELECT sum(new_size-old_size) FROM mutation_log WHERE path_blob>=CAST('%s/many' AS BLOB) AND"
		" path_blob<CAST('%s/many0' AS BLOB)",
		program.tree, program.tree);
	cr_assert_eq(number(sql), 1000 * 4096);
	cr_assert_eq(number("SELECT count(*) FROM mutation_log WHERE mutation_type NOT BETWEEN 0 AND 3"), 0);
	/* What the deltas say of the whole, from the first snapshot to the last. */
	snprintf(
		sql, sizeof(sql),
		"SELECT sum(delta_bytes) - (SELECT max(total_bytes*(id=2)) - max(total_bytes*(id=1)) FROM snapshots)"
		" FROM dir_deltas WHERE path_utf8='%s'",
		program.tree);
	cr_assert_eq(number(sql), 0);
}

/*
 * Paths of more than 4096 bytes are told of the last folder that has a shorter one: 1,000 levels of 4 KB once wrote 780
 * MB.
 */
Test(watch, deep_tree, .init = program_begin, .fini = program_end, .timeout = 120)
{
	struct stat st;
	char sql[512];

	program_in_tree("mkdir top");
	pid_t pid = watch("out", "3600");

	program_in_tree(
		"perl -e '$n = \"n\" x 255; chdir \"top\"; for (1 .. 1000) { mkdir $n or die; chdir $n or die } open"
		" F, \">file\"; print F \"x\" x 5000'");
	wait_for_du();
	program_in_tree("mv top other");
	snprintf(sql, sizeof(sql), "old_path_blob=CAST('%s/top' AS BLOB) AND new_size=old_size", program.tree);
	cr_assert_eq(logged(3, "other", sql), 1);
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	cr_assert_eq(number("SELECT max(length(path_blob)) > 4096 FROM mutation_log"), 0);
	cr_assert_eq(number("SELECT max(length(path_blob)) > 4096 OR count(*) = 0 FROM dir_deltas"), 0);
	cr_assert_eq(number("SELECT max(length(path_blob)) > 4096 FROM fs_events"), 0);
	cr_assert_eq(number("SELECT total_bytes FROM snapshots ORDER BY id DESC LIMIT 1"), (int64_t)du());
	cr_assert_eq(stat(program.database, &st), 0);
	cr_assert_lt(st.st_size, 4 << 20);
}

/*
 * Each level renamed: they find their places one after the other.  Who is asked to end meanwhile ends, stores no tree
 * of no moment, and says that not all is known: a reading brings it up.
 */
Test(watch, deep_tree_renamed, .init = program_begin, .fini = program_end, .timeout = 120)
{
	const char *const reconcile[] = {program.path, "reconcile", "--json", program.tree, NULL};

	program_in_tree(
		"mkdir top && perl -e 'chdir \"top\"; for (1 .. 3000) { mkdir \"n\" or die; chdir \"n\" or die }'");
	pid_t pid = watch("out", "3600");

	program_in_tree(
		"perl -e 'chdir \"top\"; for (1 .. 3000) { rename \"n\", \"m\" or die; chdir \"m\" or die }'");
	while (!strstr(program_text("out"), "batch"))
		cr_assert(!program_late(), "no batch");
	kill(pid, SIGTERM);
	int status = program_ended(pid);

	cr_assert(!status || (status == 1 && strstr(program_text("err"), "the last changes are not stored")), "%d, %s",
	          status, program_text("err"));
	cr_assert_eq(number("SELECT needs_full FROM watch_state"), 1);
	cr_assert_eq(program_run(reconcile), 0, "%s", program_text("err"));
	cr_assert(strstr(program_text("printed"), "\"mode\": \"exact\""), "%s", program_text("printed"));
	cr_assert_eq(number("SELECT count(*) FROM dirs p JOIN dir_versions v ON v.dir_id=p.id"
	                    " WHERE v.last_id>1000000000 AND p.path LIKE '%/n'"),
	             0);
}

/* ---- limits ---- */

/* Fewer watches than folders: the rest is looked at in turn, and a snapshot says so. */
Test(watch, polled, .init = program_begin, .fini = program_end, .timeout = 120)
{
	uint64_t newest;
	char command[2048];

	if (system("unshare -Ur sh -c 'echo 12 >/proc/sys/user/max_inotify_watches' 2>/dev/null"))
		cr_skip_test("no user namespaces with a limit of their own");
	program_in_tree("i=0; while [ $i -lt 40 ]; do mkdir -p d$i/e; i=$((i+1)); done");
	snprintf(command, sizeof(command),
	         "echo 12 >/proc/sys/user/max_inotify_watches && exec '%s' watch --json --flush 1 '%s'", program.path,
	         program.tree);
	const char *const arguments[] = {"/usr/bin/env", "unshare", "-Ur", "sh", "-c", command, NULL};
	char path[sizeof(program.path)];

	strcpy(path, program.path);
	strcpy(program.path, arguments[0]);
	pid_t pid = program_start("out", arguments);

	strcpy(program.path, path);
	while (access(program_file("err"), F_OK) || !strstr(program_text("err"), "max_user_watches"))
		cr_assert(!program_late(), "%s", program_text("err"));
	cr_assert_eq(number("SELECT trusted FROM snapshots WHERE id=1"), 0); /* all of it was read */
	program_in_tree("for d in d*; do echo x >$d/e/file; done");
	while (snapshots(&newest) < 2 || newest != du())
		cr_assert(!program_late(), "what is polled does not catch up");
	cr_assert_eq(number("SELECT trusted FROM snapshots ORDER BY id DESC LIMIT 1"), 1);
	/* Nobody is told that figures are live which are only looked at in turn. */
	size_of("", 0);
	cr_assert(strstr(program_text("printed"), "\"live\": false") &&
	                  strstr(program_text("printed"), "\"partial\": true"),
	          "%s", program_text("printed"));
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0);
}

/* More events than the kernel keeps: said, and no snapshot is stored of what is not known. */
Test(watch, overflow, .init = program_begin, .fini = program_end, .timeout = 120)
{
	uint64_t newest;

	program_in_tree("mkdir many last");
	pid_t pid = watch_by("inotify", "out", "1");

	cr_assert_eq(kill(pid, SIGSTOP), 0);
	program_in_tree(
		"perl -e 'for (1 .. 9000) { open my $f, \">\", \"many/$_\" or die; close $f } unlink"
		" glob(\"many/*\")'; head -c 100k /dev/zero >last/file");
	cr_assert_eq(kill(pid, SIGCONT), 0);
	wait_for_du();
	while (snapshots(&newest) < 2 || newest != du())
		cr_assert(!program_late(), "no snapshot of what is there");
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0);
	cr_assert_gt(number("SELECT count(*) FROM fs_events WHERE event_type=4"), 0);
}

/* The database has no room for a while: said once, and made up for. */
Test(watch, full_disk, .init = program_begin, .fini = program_end, .timeout = 120)
{
	uint64_t newest;

	mkdir(program_file("data"), 0700);
	if (private_tmpfs(program_file("data"), "size=12m,mode=0700"))
		cr_skip_test("mounting is not allowed");
	pid_t pid = watch("out", "1");

	program_in_tree(
		"cat /dev/zero >../data/fill 2>/dev/null; for i in 1 2 3 4 5 6 7 8; do for k in 1 2 3 4 5 6 7 8 9;"
		" do mkdir -p $i$i$i/$k/$k$k$k; done; sleep .3; done");
	while (!strstr(program_text("err"), "changes are kept in memory") ||
	       !strstr(program_text("err"), " free on the disk that holds"))
		cr_assert(!program_late(), "%s", program_text("err"));
	cr_assert_eq(count_of(program_text("err"), "kept in memory"), 1, "%s", program_text("err"));
	cr_assert_eq(count_of(program_text("err"), " free on the disk that holds"), 1, "%s", program_text("err"));
	size_of("", 0);
	cr_assert(strstr(program_text("printed"), "\"live\": false") &&
	                  strstr(program_text("printed"), "\"partial\": true"),
	          "%s", program_text("printed"));
	program_in_tree("rm ../data/fill; echo x >file");
	while (number("SELECT total_bytes FROM snapshots ORDER BY id DESC LIMIT 1") != (int64_t)du())
		cr_assert(!program_late(), "%s", program_text("err"));
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0, "%s", program_text("err"));
	snapshots(&newest);
	cr_assert_eq(newest, du());
	umount2(program_file("data"), MNT_DETACH);
}
