/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real program and signals: whatever the moment, a scan is stored whole or not at all. */
#include <criterion/criterion.h>

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

#include "nap.h"

#define FOLDERS 100
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
	/*
	 * Inherited, so that it is ignored from the very first moment, or not, whatever this program itself has
	 * inherited.
	 */
	void (*before)(int) = signal(SIGINT, ignore ? SIG_IGN : SIG_DFL);
	pid_t pid = fork();

	if (pid)
		signal(SIGINT, before);
	cr_assert_geq(pid, 0);
	if (pid)
		return pid;
	int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666), null = open("/dev/null", O_RDWR);

	dup2(null, 0);
	dup2(fd, 1);
	dup2(null, 2);
	execv(program, (char **)(void *)arguments);
	_exit(127);
}

/* Has the program put its handler in place? */
static bool catches(pid_t pid, int number)
{
	char path[64], line[256];
	unsigned long long caught = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		sscanf(line, "SigCgt: %llx", &caught);
	fclose(file);
	return caught >> (number - 1) & 1;
}

/* Between two looks at a condition. */
static void pause_a_moment(void)
{
	nap_us(200);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
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

/*
 * Scan, and send the signal that long after it can be caught: into the scan, the storing, or the end.  The exit status.
 */
static int scan_and_signal(int number, int64_t delay_ns)
{
	const char *arguments[] = {program, "scan", "--json", "--no-prune", "-t", "1", "--db", database, tree, NULL};
	int64_t end = now_ns() + DEADLINE_S * 1000000000ll, at = 0;
	char out[128];
	struct stat st;
	bool sent = false;
	int status;

	snprintf(out, sizeof(out), "%s/scan", work);
	pid_t pid = start(arguments, out, false);

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (!at && catches(pid, number))
			at = now_ns() + delay_ns;
		if (at && !sent && now_ns() >= at) {
			kill(pid, number);
			sent = true;
		}
		cr_assert_lt(now_ns(), end, "the scan neither ends nor is interrupted");
		pause_a_moment();
	}
	cr_assert(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	cr_assert_eq(stat(out, &st), 0);
	cr_expect_eq(WEXITSTATUS(status) == 0, st.st_size > 0, "printed %ld bytes, exit status %d", (long)st.st_size,
	             WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

static void interrupts(int number)
{
	int kept = 0, interrupted = 0;

	make_tree();
	for (int i = 0; i < 20; i++) {
		int status = scan_and_signal(number, i * 4000000ll);

		cr_expect(status == 0 || status == 128 + number, "exit status %d", status);
		kept += status == 0;
		interrupted += status != 0;
		cr_expect_eq(stored(), kept);
	}
	cr_expect_gt(interrupted, 0, "no scan was interrupted");
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
	const char *arguments[] = {program, "scan", "--db", database, tree, NULL};
	char out[128];
	int status;

	make_tree();
	snprintf(out, sizeof(out), "%s/scan", work);
	pid_t pid = start(arguments, out, true);

	/* Both before and after it has looked at its signals. */
	while (waitpid(pid, &status, WNOHANG) != pid) {
		kill(pid, SIGINT);
		pause_a_moment();
	}
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	cr_expect_eq(stored(), 1);
	remove_tree();
}
