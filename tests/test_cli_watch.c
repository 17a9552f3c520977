/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `watch` as a process of its own: lines appear as things change, what is stored is what `du` counts, and whatever ends it leaves a history that works. */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 60

static char work[64], tree[128], database[160], program[1024];

static void setup(void)
{
	const char *builddir = getenv("top_builddir"), *tmp = getenv("TMPDIR");

	snprintf(program, sizeof(program), "%s/disktracker", builddir ? builddir : ".");
	snprintf(work, sizeof(work), "%.30s/disktracker-watch-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(work));
	snprintf(tree, sizeof(tree), "%s/tree", work);
	snprintf(database, sizeof(database), "%s/data/data.db", work);
	cr_assert_eq(mkdir(tree, 0777), 0);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", work);
	cr_expect_eq(system(command), 0);
}

static void in_tree(const char *script)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd '%s' && { %s ; }", tree, script);
	cr_assert_eq(system(command), 0, "%s", script);
}

static const char *file_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", work, name);
	return path;
}

static char *contents(const char *name)
{
	static char text[1 << 20];
	FILE *file = fopen(file_of(name), "r");

	cr_assert_not_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static bool past_deadline(void)
{
	static int64_t end_s;
	struct timespec now;

	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!end_s)
		end_s = now.tv_sec + DEADLINE_S; /* each test is a process */
	return now.tv_sec > end_s;
}

/* Its stdout goes into the file of that name. */
static pid_t start(const char *out, const char *const *arguments)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid)
		return pid;
	int fd = open(file_of(out), O_WRONLY | O_CREAT | O_TRUNC, 0666), errors = open(file_of("err"), O_WRONLY | O_CREAT | O_TRUNC, 0666);

	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(fd, 1);
	dup2(errors, 2);
	close(fd);
	setenv("DISKTRACKER_DB", database, 1);
	setenv("HOME", work, 1);
	setenv("XDG_CONFIG_HOME", work, 1);
	unsetenv("DISKTRACKER_WATCH_BACKEND");
	execv(program, (char **)(void *)arguments);
	_exit(127);
}

static int ended(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid)
		if (past_deadline()) {
			kill(pid, SIGKILL);
			cr_assert_fail("it does not end");
		}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int run(const char *const *arguments)
{
	return ended(start("printed", arguments));
}

/* Started, and following: it has said so. */
static pid_t watch(const char *out, const char *flush)
{
	const char *arguments[] = {program, "watch", "--json", "--debounce", "10", "--flush", flush, tree, NULL};

	unlink(file_of("err"));
	pid_t pid = start(out, arguments);

	while (access(file_of("err"), F_OK) || !strstr(contents("err"), "watching"))
		if (past_deadline()) {
			kill(pid, SIGKILL);
			cr_assert_fail("it does not begin: %s", contents("err"));
		}
	return pid;
}

static uint64_t du(void)
{
	char command[256];
	unsigned long long bytes = 0;

	snprintf(command, sizeof(command), "du -s -B1 '%s'", tree);
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
	while (last(contents("out"), "total_bytes") != du())
		if (past_deadline())
			cr_assert_fail("the lines end with %s, du says %llu", contents("out") + strlen(contents("out")) / 2, (unsigned long long)du());
}

/* The newest snapshot, and how many there are. */
static unsigned snapshots(uint64_t *newest)
{
	const char *arguments[] = {program, "list", "--json", tree, NULL};

	cr_assert_eq(run(arguments), 0, "%s", contents("err"));
	const char *text = contents("printed");
	const char *first = strstr(text, "\"total_bytes\": ");

	*newest = first ? strtoull(first + strlen("\"total_bytes\": "), NULL, 10) : 0;
	return count_of(text, "\"id\": ");
}

/* What any other process is told of the tree, from index and overlay; whether somebody follows it. */
static uint64_t size_now(bool *live)
{
	const char *arguments[] = {program, "size", "--json", tree, NULL};

	cr_assert_eq(run(arguments), 0, "%s", contents("err"));
	*live = strstr(contents("printed"), "\"live\": true") != NULL;
	return last(contents("printed"), "bytes");
}

Test(watch, tells_and_stores, .init = setup, .fini = teardown, .timeout = 120)
{
	uint64_t newest;

	in_tree("mkdir -p a/b c && head -c 1M /dev/zero >a/b/file");
	pid_t pid = watch("out", "3600");

	in_tree("head -c 3M /dev/zero >c/new; mkdir -p d/e; mv a d/e/; rm -f d/e/a/b/file; i=0; while [ $i -lt 300 ]; do echo x >c/$i; i=$((i+1)); done; ln c/1 d/link");
	wait_for_du();
	bool live;

	while (size_now(&live) != du() || !live)
		cr_assert(!past_deadline(), "size does not come to tell what du tells: %s", contents("printed"));
	const char *text = contents("out");

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		cr_assert_eq(strncmp(line, "{\"schema\": 1, \"time\": ", 22), 0, "%s", line);
		cr_assert(strchr(line, '\n') && strchr(line, '\n')[-1] == '}', "%s", line);
	}
	cr_assert_eq(snapshots(&newest), 1);
	kill(pid, SIGTERM);
	cr_assert_eq(ended(pid), 0, "%s", contents("err"));
	cr_assert_eq(snapshots(&newest), 2);
	cr_assert_eq(newest, du());
	cr_assert_eq(size_now(&live), du());
	cr_assert(!live);
}

Test(watch, stores_every_so_often, .init = setup, .fini = teardown, .timeout = 120)
{
	uint64_t newest;
	pid_t pid = watch("out", "1");

	in_tree("head -c 1M /dev/zero >new");
	wait_for_du();
	while (snapshots(&newest) < 2 || newest != du())
		cr_assert(!past_deadline(), "no snapshot without an end");
	kill(pid, SIGINT);
	cr_assert_eq(ended(pid), 0, "%s", contents("err"));
}

/* What is changed in the last moment is in the last snapshot. */
Test(watch, last_moment, .init = setup, .fini = teardown, .timeout = 120)
{
	uint64_t newest;

	for (int round = 0; round < 5; round++) {
		pid_t pid = watch("out", "3600");

		in_tree("mkdir -p m && echo x >m/$$ && head -c 100k /dev/zero >big$$");
		kill(pid, SIGTERM);
		cr_assert_eq(ended(pid), 0, "%s", contents("err"));
		snapshots(&newest);
		cr_assert_eq(newest, du());
	}
}

Test(watch, one_at_a_time, .init = setup, .fini = teardown, .timeout = 120)
{
	const char *again[] = {program, "watch", tree, NULL};
	uint64_t newest;
	pid_t pid = watch("out", "3600");

	cr_assert_eq(run(again), 1);
	cr_assert(strstr(contents("err"), "followed by another disktracker already"), "%s", contents("err"));
	cr_assert_str_empty(contents("printed"));
	kill(pid, SIGTERM);
	cr_assert_eq(ended(pid), 0);
	/* Nothing changed: nothing to store. */
	cr_assert_eq(snapshots(&newest), 1);
}

/* The database lies in the tree: storing is no change to be stored. */
Test(watch, its_own_database, .init = setup, .fini = teardown, .timeout = 120)
{
	uint64_t newest;

	snprintf(database, sizeof(database), "%s/data/data.db", tree);
	pid_t pid = watch("out", "3600");

	kill(pid, SIGTERM);
	cr_assert_eq(ended(pid), 0, "%s", contents("err"));
	cr_assert_eq(snapshots(&newest), 1, "%s", contents("out"));
	pid = watch("out", "3600");
	in_tree("echo x >file");
	while (!strstr(contents("out"), "/tree/file\""))
		cr_assert(!past_deadline());
	kill(pid, SIGTERM);
	cr_assert_eq(ended(pid), 0, "%s", contents("err"));
	cr_assert_eq(snapshots(&newest), 3);
}

#if defined(__x86_64__)
/*
 * Does every thread sleep without a time to wake up at, in poll(…, -1)?  Or in a futex, as the follower does: that prunes its logs once, a minute after its
 * beginning.  -1 when it cannot be seen.
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
		         !((number == 7 && (int)(unsigned)a[2] == -1) || number == 202))
			answer = answer < 0 ? answer : 0;
		if (file)
			fclose(file);
	}
	closedir(tasks);
	return answer;
}

/* Nothing happens: no timer runs. */
Test(watch, idle, .init = setup, .fini = teardown, .timeout = 120)
{
	in_tree("mkdir -p a/b/c");
	pid_t pid = watch("out", "3600");
	int answer;

	while (!(answer = sleeps(pid)))
		cr_assert(!past_deadline(), "a thread wakes up though nothing happens");
	kill(pid, SIGTERM);
	cr_assert_eq(ended(pid), 0, "%s", contents("err"));
	if (answer < 0)
		cr_skip_test("no right to look at system calls");
}
#endif

/* Who reads its lines goes away: it ends silently; or stands still: it can be ended, and stores. */
Test(watch, readers, .init = setup, .fini = teardown, .timeout = 120)
{
	uint64_t newest;

	cr_assert_eq(mkfifo(file_of("fifo"), 0666), 0);
	int reader = open(file_of("fifo"), O_RDWR | O_CLOEXEC);

	cr_assert_geq(reader, 0);
	pid_t pid = watch("fifo", "3600");

	in_tree("i=0; while [ $i -lt 2000 ]; do echo x >f$i; i=$((i+1)); done");
	kill(pid, SIGTERM);
	cr_assert_eq(ended(pid), 0, "%s", contents("err"));
	snapshots(&newest);
	cr_assert_eq(newest, du());

	close(reader);
	reader = open(file_of("fifo"), O_RDWR | O_CLOEXEC);
	pid = watch("fifo", "3600");
	close(reader);
	in_tree("echo x >last");
	cr_assert_eq(ended(pid), 141, "%s", contents("err"));
	snapshots(&newest);
	cr_assert_eq(newest, du());
}

/* The folder goes: said, and nothing stored in its name. */
Test(watch, gone, .init = setup, .fini = teardown, .timeout = 120)
{
	uint64_t newest;

	in_tree("mkdir a && echo x >a/x");
	pid_t pid = watch("out", "3600");

	in_tree("cd .. && mv tree moved && mkdir tree && echo x >moved/a/y");
	cr_assert_eq(ended(pid), 1);
	cr_assert(strstr(contents("err"), "is gone"), "%s", contents("err"));
	cr_assert_eq(snapshots(&newest), 1);
}

/* Killed at any moment, of scan, following or storing: the history works, and the next one goes on. */
Test(watch, killed, .init = setup, .fini = teardown, .timeout = 300)
{
	uint64_t newest, seed = 7;
	unsigned before = 0;

	in_tree("i=0; while [ $i -lt 200 ]; do mkdir -p d$i/e; echo x >d$i/e/f; i=$((i+1)); done");
	for (int round = 0; round < 12; round++) {
		const char *arguments[] = {program, "watch", "--json", "--debounce", "1", "--flush", "1", tree, NULL};

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		pid_t pid = start("out", arguments);

		for (int i = 0; i < 10; i++)
			in_tree("echo x >>d$(($$ % 200))/e/g; mkdir -p n$$ && mv n$$ d1/e/ && echo y >d1/e/n$$/z");
		nanosleep(&(struct timespec){.tv_nsec = (long)(seed >> 33) % 400000000}, NULL);
		kill(pid, SIGKILL);
		ended(pid);
		const char *doctor[] = {program, "doctor", NULL};

		cr_assert_eq(run(doctor), 0, "round %d: %s", round, contents("printed"));
		unsigned now = snapshots(&newest);

		cr_assert_geq(now, before, "round %d: a snapshot is lost", round);
		before = now;
	}
	pid_t pid = watch("out", "3600");

	in_tree("echo x >end");
	wait_for_du();
	kill(pid, SIGTERM);
	cr_assert_eq(ended(pid), 0, "%s", contents("err"));
	snapshots(&newest);
	cr_assert_eq(newest, du());
}
