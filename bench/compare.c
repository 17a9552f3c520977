/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare [-n RUNS] [-c] NAME COMMAND [NAME COMMAND]...
 *
 * Runs the commands in turns, so that a change of the machine's mood meets them all, after one round that is not
 * counted; prints a line for each: NAME, then medians of wall seconds, CPU seconds and peak KiB, and the least wall
 * seconds, apart by tabs.
 *
 * -c  cold: drops the kernel's caches before each run (root).
 * A COMMAND is a shell's; its output goes nowhere.  One that begins with `tty ` runs in a pseudo-terminal and is sent
 * `q` until it ends: a browser that scans and leaves.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

enum { MAX_RUNS = 101 };

struct subject {
	const char *name, *command;
	double wall[MAX_RUNS], cpu[MAX_RUNS], peak[MAX_RUNS];
};

static void drop_caches(void)
{
	sync();
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "3", 1) != 1) {
		fprintf(stderr, "compare: cannot drop the caches: %s\n", strerror(errno));
		exit(1);
	}
	close(fd);
}

static void become(const char *command)
{
	char line[4096];

	snprintf(line, sizeof(line), "exec %s", command);
	execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	_exit(127);
}

/* Swallow what it paints; ask it to leave every 10 ms. */
static void see_off(int tty)
{
	char out[65536];

	for (;;) {
		struct pollfd wait = { .fd = tty, .events = POLLIN };

		if (poll(&wait, 1, 10) == 0) {
			if (write(tty, "q", 1) < 0)
				return;
		} else if (read(tty, out, sizeof(out)) <= 0) {
			return;
		}
	}
}

static void run(struct subject *subject, int i, bool cold)
{
	bool in_tty = strncmp(subject->command, "tty ", 4) == 0;
	int tty = -1, status;
	struct rusage usage;
	pid_t child;

	if (cold)
		drop_caches();
	double begin = clock_s(CLOCK_MONOTONIC);

	if (in_tty) {
		struct winsize size = { .ws_row = 24, .ws_col = 80 };

		child = forkpty(&tty, NULL, NULL, &size);
	} else {
		child = fork();
	}
	if (child < 0) {
		perror("compare: fork");
		exit(1);
	}
	if (child == 0) {
		if (in_tty) {
			setenv("TERM", "xterm-256color", 1);
			become(subject->command + 4);
		}
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		become(subject->command);
	}
	if (in_tty)
		see_off(tty);
	while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR)
		;
	if (tty >= 0)
		close(tty);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "compare: %s failed (status %#x): %s\n", subject->name, (unsigned)status,
		        subject->command);
		exit(1);
	}
	if (i < 0)
		return;
	subject->wall[i] = clock_s(CLOCK_MONOTONIC) - begin;
	subject->cpu[i] = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	                  (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	subject->peak[i] = (double)usage.ru_maxrss;
}

int main(int argc, char **argv)
{
	int runs = 5, option;
	bool cold = false;

	while ((option = getopt(argc, argv, "n:c")) != -1) {
		switch (option) {
		case 'n': runs = atoi(optarg); break;
		case 'c': cold = true; break;
		default: optind = argc;
		}
	}
	int count = (argc - optind) / 2;

	if (count == 0 || (argc - optind) % 2 || runs < 1 || runs > MAX_RUNS) {
		fprintf(stderr, "usage: compare [-n RUNS] [-c] NAME COMMAND [NAME COMMAND]...\n");
		return 2;
	}
	struct subject *subjects = calloc((size_t)count, sizeof(*subjects));

	if (!subjects) {
		perror("compare");
		return 1;
	}
	for (int s = 0; s < count; s++) {
		subjects[s].name = argv[optind + 2 * s];
		subjects[s].command = argv[optind + 2 * s + 1];
	}
	/* Cold runs need no warming up; and every other round goes backwards: nobody always follows the same one. */
	for (int i = cold ? 0 : -1; i < runs; i++) {
		for (int s = 0; s < count; s++)
			run(&subjects[i % 2 ? count - 1 - s : s], i, cold);
	}
	for (int s = 0; s < count; s++) {
		double wall = median(subjects[s].wall, runs);

		printf("%s\t%.3f\t%.3f\t%.0f\t%.3f\n", subjects[s].name, wall, median(subjects[s].cpu, runs),
		       median(subjects[s].peak, runs), subjects[s].wall[0]);
	}
	free(subjects);
	return 0;
}
