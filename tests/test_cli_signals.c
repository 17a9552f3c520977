/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real program and signals: whatever the moment, a scan is stored whole or not at all. */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FOLDERS 200
#define FILES 100
#define DEADLINE_S 60

static char work[64], tree[128], database[128], program[1024];

static void make_tree(void)
{
	const char *builddir = getenv("top_builddir"), *tmp = getenv("TMPDIR");

	snprintf(program, sizeof(program), "%s/disktracker", builddir ? builddir : ".");
	snprintf(work, sizeof(work), "%.30s/disktracker-signals-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(work));
	snprintf(tree, sizeof(tree), "%s/tree", work);
	snprintf(database, sizeof(database), "%s/data.db", work);
	cr_assert_eq(mkdir(tree, 0777), 0);
	for (int i = 0; i < FOLDERS; i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/%d", tree, i);
		cr_assert_eq(mkdir(path, 0777), 0);
		for (int k = 0; k < FILES; k++) {
			snprintf(path, sizeof(path), "%s/%d/%d", tree, i, k);
			int fd = open(path, O_CREAT | O_WRONLY, 0666);

			cr_assert_geq(fd, 0);
			close(fd);
		}
	}
}

static void remove_tree(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", work);
	cr_expect_eq(system(command), 0);
}

static pid_t start(const char *const *arguments, const char *out, bool ignore)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid)
		return pid;
	int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666), null = open("/dev/null", O_RDWR);

	dup2(null, 0);
	dup2(fd, 1);
	dup2(null, 2);
	if (ignore)
		signal(SIGINT, SIG_IGN);
	execv(program, (char **)(void *)arguments);
	_exit(127);
}

static long threads(pid_t pid)
{
	char path[64];
	struct stat st;

	/* A folder of /proc/PID/task for each; its link count is their number and two. */
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	return stat(path, &st) ? 0 : (long)st.st_nlink - 2;
}

static int run(const char *const *arguments, const char *out)
{
	int status;
	pid_t pid = start(arguments, out, false);

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Snapshots that the database lists. */
static int stored(void)
{
	const char *arguments[] = {program, "list", "--json", "--db", database, NULL};
	char out[128], line[4096];
	int count = 0;

	snprintf(out, sizeof(out), "%s/list", work);
	cr_assert_eq(run(arguments, out), 0);
	FILE *file = fopen(out, "r");

	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, "\"id\"") != NULL;
	fclose(file);
	return count;
}

/* Scan, and send the signal as soon as the workers run.  The exit status. */
static int scan_and_signal(int number, bool ignore)
{
	const char *arguments[] = {program, "scan", "--json", "-t", "1", "--db", database, tree, NULL};
	char out[128];
	struct stat st;
	time_t end = time(NULL) + DEADLINE_S;
	int status;

	snprintf(out, sizeof(out), "%s/scan", work);
	pid_t pid = start(arguments, out, ignore);

	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			break;
		if (threads(pid) > 1)
			kill(pid, number);
		cr_assert_lt(time(NULL), end, "the scan neither ends nor is interrupted");
		sched_yield();
		if (threads(pid) > 1) {
			cr_assert_eq(waitpid(pid, &status, 0), pid);
			break;
		}
	}
	cr_assert(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	cr_assert_eq(stat(out, &st), 0);
	cr_expect_eq(WEXITSTATUS(status) == 0, st.st_size > 0, "printed %ld bytes, exit status %d", (long)st.st_size, WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

static void interrupts(int number)
{
	int kept = 0, interrupted = 0;

	make_tree();
	/* The scan may win the race; then it is complete. */
	for (int i = 0; i < 100 && interrupted < 5; i++) {
		int status = scan_and_signal(number, false);

		cr_expect(status == 0 || status == 128 + number, "exit status %d", status);
		kept += status == 0;
		interrupted += status != 0;
		cr_expect_eq(stored(), kept);
	}
	cr_expect_gt(interrupted, 0);
	remove_tree();
}

Test(signals, sigint_during_a_scan_stores_nothing)
{
	interrupts(SIGINT);
}

Test(signals, sigterm_during_a_scan_stores_nothing)
{
	interrupts(SIGTERM);
}

Test(signals, ignored_ones_stay_ignored)
{
	make_tree();
	cr_expect_eq(scan_and_signal(SIGINT, true), 0);
	cr_expect_eq(stored(), 1);
	remove_tree();
}
