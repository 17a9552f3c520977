/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * paint [-n RUNS] DISKTRACKER TREE FOLDER: how long a person waits.
 *
 * Starts the browser on TREE in a pseudo-terminal of 80×24, with a database in FOLDER, and takes the time from a key to
 * the byte of its answer: `?` until the help is painted, its `q` until the list is back, again and again while the scan
 * runs and after it; `d` until the growth is there; and from the start to the first row.  Prints a Markdown table in
 * milliseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

enum { MAX_SAMPLES = 100000 };

struct samples {
	const char *name;
	double values[MAX_SAMPLES];
	int count;
};

static const char *program, *tree;
static char database[4096];
static int tty;
static pid_t child;

/* What came since the last key; the end of it is kept, for a text that arrives in two reads. */
static char seen[1 << 17];
static size_t seen_length;

static void die(const char *what)
{
	fprintf(stderr, "paint: %s\n", what);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	exit(1);
}

static void start(void)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };

	seen_length = 0;
	child = forkpty(&tty, NULL, NULL, &size);
	if (child < 0)
		die(strerror(errno));
	if (child == 0) {
		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		execl(program, program, "--ignore-config", "--db", database, tree, (char *)NULL);
		_exit(127);
	}
}

static bool says(const char *text)
{
	return memmem(seen, seen_length, text, strlen(text)) != NULL;
}

/* Wait for the text in the output; false at the deadline or the program's end. */
static bool wait_for(const char *text, double limit_ms)
{
	double deadline = clock_ms() + limit_ms;

	while (!says(text)) {
		double left = deadline - clock_ms();
		struct pollfd wait = { .fd = tty, .events = POLLIN };

		if (left <= 0 || poll(&wait, 1, (int)left + 1) < 0)
			return false;
		if (!wait.revents)
			continue;
		if (seen_length > sizeof(seen) / 2) {
			memmove(seen, seen + seen_length - 256, 256);
			seen_length = 256;
		}
		ssize_t n = read(tty, seen + seen_length, sizeof(seen) - seen_length);

		if (n <= 0)
			return false;
		seen_length += (size_t)n;
	}
	return true;
}

/* Everything that is under way is read, so that what comes next answers the next key. */
static void drain(void)
{
	struct pollfd wait = { .fd = tty, .events = POLLIN };

	while (poll(&wait, 1, 0) > 0 && wait.revents & POLLIN && read(tty, seen, sizeof(seen)) > 0)
		;
	seen_length = 0;
}

static bool key(char c, const char *answer, struct samples *samples)
{
	drain();
	double from = clock_ms();

	if (write(tty, &c, 1) != 1 || !wait_for(answer, 5000))
		return false;
	if (samples && samples->count < MAX_SAMPLES)
		samples->values[samples->count++] = clock_ms() - from;
	return true;
}

static void leave(void)
{
	double deadline = clock_ms() + 20000;
	char bytes[4096];

	while (clock_ms() < deadline) {
		struct pollfd wait = { .fd = tty, .events = POLLIN };

		if (poll(&wait, 1, 20) == 0 && write(tty, "q", 1) < 0)
			break;
		if (wait.revents && read(tty, bytes, sizeof(bytes)) <= 0)
			break;
	}
	if (clock_ms() >= deadline)
		die("the browser does not leave");
	waitpid(child, NULL, 0);
	close(tty);
	child = 0;
}

static void print(struct samples *samples)
{
	int n = samples->count;

	if (n == 0) {
		printf("| %s | 0 | | | |\n", samples->name);
		return;
	}
	double *values = samples->values;

	printf("| %s | %d | %.1f | %.1f | %.1f |\n", samples->name, n, median(values, n), quantile(values, n, 0.99),
	       quantile(values, n, 1));
}

static struct samples fresh = {.name = "start to first row, unknown folder"},
		      known = {.name = "start to first row, known folder"},
		      scanning = {.name = "key to screen, while it scans and stores"},
		      idle = {.name = "key to screen, at rest"}, growth = {.name = "`d` to growth, at rest"};

/* Help and back: both paint the whole screen.  Of the list only its title has no word of the help in it. */
static void round_trip(struct samples *samples)
{
	if (!key('?', "GREW", samples) || !key('q', "disktracker", samples))
		die("no answer to a key");
}

/* Keys until the title says neither that a scan begins or runs nor that it is being stored. */
static void keys_while_scanning(void)
{
	do
		round_trip(&scanning);
	while (says("[opening]") || says("scanning]") || says("[saving]"));
}

/* The first row is the largest: its bar is whole. */
static void first_row(struct samples *samples)
{
	double from = clock_ms();

	start();
	if (!wait_for("\u2588", 10000))
		die("no first row");
	samples->values[samples->count++] = clock_ms() - from;
}

int main(int argc, char **argv)
{
	int runs = 3, option;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option == 'n')
			runs = atoi(optarg);
		else
			optind = argc;
	}
	if (optind != argc - 3 || runs < 1) {
		fprintf(stderr, "usage: paint [-n RUNS] DISKTRACKER TREE FOLDER\n");
		return 2;
	}
	program = argv[optind];
	tree = argv[optind + 1];
	snprintf(database, sizeof(database), "%s/bench-paint.db", argv[optind + 2]);
	for (int run = 0; run < runs && run < MAX_SAMPLES; run++) {
		for (int i = 0; i < 3; i++) {
			char path[sizeof(database) + 8];

			snprintf(path, sizeof(path), "%s%s", database, (const char *const[]){ "", "-wal", "-shm" }[i]);
			unlink(path);
		}
		first_row(&fresh);
		keys_while_scanning();
		leave();
		first_row(&known);
		keys_while_scanning();
		for (int i = 0; i < 20; i++)
			round_trip(&idle);
		if (!key('d', "growth", &growth))
			die("no growth");
		leave();
	}
	printf("| what | samples | median ms | 99 %% | worst |\n|---|---:|---:|---:|---:|\n");
	print(&fresh);
	print(&known);
	print(&scanning);
	print(&idle);
	print(&growth);
	return 0;
}
