/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * again [-n RUNS] DISKTRACKER TREE FOLDER: what a tree costs that is known and has not changed.
 *
 * Exact scans, warm scans, full and lazy reconciles in turns, each storing its snapshot in a database in FOLDER: the
 * median wall and CPU time of the whole command, of the scan alone as it tells (`duration_ms`), and how many times less
 * than the exact one.  Prints a Markdown table.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

enum { MOST_RUNS = 99, TAKES = 4 };
enum { LAZY = 3 }; /* of the takes */
enum { WALL, CPU, SCAN, FIGURES };

static struct take {
	const char *name, *mode;
	const char *words[2];
	double figures[FIGURES][MOST_RUNS];
} takes[TAKES] = {
	{ .name = "`scan`", .mode = "\"mode\": \"exact\"", .words = { "scan" } },
	{ .name = "`scan --warm`", .mode = "\"mode\": \"warm\"", .words = { "scan", "--warm" } },
	{ .name = "`reconcile --full`", .mode = "\"mode\": \"exact\"", .words = { "reconcile", "--full" } },
	{ .name = "`reconcile`, lazy", .mode = "\"mode\": \"lazy\"", .words = { "reconcile" } },
};

static const char *program, *tree;
static char database[4096];

static void die(const char *what)
{
	fprintf(stderr, "again: %s\n", what);
	exit(1);
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Run it; what it printed ends up in `printed`. */
static void run(const struct take *take, double figures[FIGURES], char *printed, size_t size)
{
	struct rusage usage;
	size_t length = 0;
	ssize_t got;
	int out[2], status;

	if (pipe(out))
		die(strerror(errno));
	double start = clock_s(CLOCK_MONOTONIC);
	pid_t pid = fork();

	if (pid < 0)
		die(strerror(errno));
	if (!pid) {
		const char *const words[] = {program, "--ignore-config", "--db", database, "--json", take->words[0],
		                             tree,    take->words[1],    NULL};

		dup2(out[1], STDOUT_FILENO);
		execv(program, (char *const *)(unsigned long)words);
		_exit(127);
	}
	close(out[1]);
	while ((got = read(out[0], printed + length, size - 1 - length)) > 0)
		length += (size_t)got;
	printed[length] = '\0';
	close(out[0]);
	if (wait4(pid, &status, 0, &usage) != pid || status)
		die("the program failed");
	figures[WALL] = clock_s(CLOCK_MONOTONIC) - start;
	figures[CPU] = seconds(usage.ru_utime) + seconds(usage.ru_stime);
	const char *scan = strstr(printed, "\"duration_ms\": ");

	figures[SCAN] = scan ? atof(scan + strlen("\"duration_ms\": ")) / 1e3 : 0;
}

/* Somebody follows the tree, and comes to an end: what a lazy reconcile goes by. */
static void follow(void)
{
	char said[4096];
	size_t length = 0;
	int err[2], status;

	if (pipe(err))
		die(strerror(errno));
	pid_t pid = fork();

	if (pid < 0)
		die(strerror(errno));
	if (!pid) {
		dup2(err[1], STDERR_FILENO);
		execl(program, program, "--ignore-config", "--db", database, "watch", tree, NULL);
		_exit(127);
	}
	close(err[1]);
	for (said[0] = '\0'; !strstr(said, "watching"); said[length] = '\0') {
		ssize_t got = read(err[0], said + length, sizeof(said) - 1 - length);

		if (got <= 0)
			die("nobody follows the tree");
		length += (size_t)got;
	}
	kill(pid, SIGTERM);
	if (waitpid(pid, &status, 0) != pid)
		die("the follower is lost");
	close(err[0]);
}

int main(int argc, char **argv)
{
	static char printed[1 << 16];
	double figures[FIGURES], medians[TAKES][FIGURES];
	int runs = 7, option;

	while ((option = getopt(argc, argv, "n:")) == 'n')
		runs = atoi(optarg);
	if (option != -1 || argc - optind != 3 || runs < 1 || runs > MOST_RUNS) {
		fprintf(stderr, "usage: again [-n RUNS] DISKTRACKER TREE FOLDER\n");
		return 2;
	}
	program = argv[optind];
	tree = argv[optind + 1];
	snprintf(database, sizeof(database), "%s/again/data.db", argv[optind + 2]);
	*strrchr(database, '/') = '\0';
	if (mkdir(database, 0700))
		die(strerror(errno));
	strcat(database, "/data.db");
	/* The first scan knows nothing, and nobody has reconciled: not counted. */
	run(&takes[2], figures, printed, sizeof(printed));
	for (int i = 0; i < runs; i++)
		for (int t = 0; t < TAKES; t++) {
			if (t == LAZY)
				follow();
			run(&takes[t], figures, printed, sizeof(printed));
			if (!strstr(printed, takes[t].mode))
				die("it did not do what was asked");
			for (int f = 0; f < FIGURES; f++)
				takes[t].figures[f][i] = figures[f];
		}
	printf("| command | wall s | × | CPU s | × | scan alone s | × |\n|---|---:|---:|---:|---:|---:|---:|\n");
	for (int t = 0; t < TAKES; t++) {
		printf("| %s |", takes[t].name);
		for (int f = 0; f < FIGURES; f++) {
			medians[t][f] = median(takes[t].figures[f], runs);
			if (medians[t][f] > 0)
				printf(" %.2f | %.1f |", medians[t][f], medians[t / 2 * 2][f] / medians[t][f]);
			else
				printf(" | |");
		}
		putchar('\n');
	}
	return 0;
}
