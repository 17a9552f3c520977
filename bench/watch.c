/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch [-s SCALE] [-n RUNS] FOLDER: what following a tree costs.
 *
 * 100,000 directories (times SCALE, but no more than the kernel lets us watch) are made in FOLDER and watched through
 * open descriptors, by bare system calls and by notify_add() in turns; then two processes work in them for three
 * seconds, as fast as they can, while the dirty queue is taken every 50 ms; RUNS times.  Prints a Markdown table of
 * medians.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"
#include "engine/watch/notify.h"

/* What notify_add() asks for. */
#define MASK                                                                                                           \
	(IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |                \
	 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

enum {
	DIRECTORIES = 100000,
	EACH = 100,
	OPEN = 250,
	WRITERS = 2,
	BUSY = 64,
	SECONDS = 3,
	TICK_MS = 50,
	RUNS_MAX = 100
};

static unsigned count;
static char folder[4096];

static void die(const char *what)
{
	fprintf(stderr, "watch: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void path_of(char *path, size_t size, unsigned i)
{
	snprintf(path, size, "%u/%u", i / EACH, i % EACH);
}

static void make_tree(void)
{
	char path[64];

	if (mkdir(folder, 0700) < 0 || chdir(folder) < 0)
		die(folder);
	for (unsigned i = 0; i < count; i++) {
		if (i % EACH == 0) {
			snprintf(path, sizeof(path), "%u", i / EACH);
			if (mkdir(path, 0700) < 0)
				die(path);
		}
		path_of(path, sizeof(path), i);
		if (mkdir(path, 0700) < 0)
			die(path);
	}
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

/* Memory of the process that no file backs, in bytes. */
static long anonymous(void)
{
	long pages = 0, shared = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%*d %ld %ld", &pages, &shared) != 2)
		die("/proc/self/statm");
	fclose(file);
	return (pages - shared) * sysconf(_SC_PAGESIZE);
}

/* Watch all: through `notify`, or else on the bare descriptor.  Watches a second; only the adding is timed. */
static double add_all(struct notify *notify, int raw)
{
	int fds[OPEN];
	double spent = 0;
	char path[64];

	for (unsigned from = 0; from < count; from += OPEN) {
		unsigned n = count - from < OPEN ? count - from : OPEN;

		for (unsigned i = 0; i < n; i++) {
			path_of(path, sizeof(path), from + i);
			fds[i] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			if (fds[i] < 0)
				die(path);
		}
		double begin = clock_s(CLOCK_MONOTONIC);

		for (unsigned i = 0; i < n; i++) {
			if (notify) {
				int result = notify_add(notify, 2 + from + i, fds[i]);

				if (result < 0) {
					errno = -result;
					die("notify_add");
				}
			} else {
				snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[i]);
				if (inotify_add_watch(raw, path, MASK) < 0)
					die("inotify_add_watch");
			}
		}
		spent += clock_s(CLOCK_MONOTONIC) - begin;
		for (unsigned i = 0; i < n; i++)
			close(fds[i]);
	}
	return count / spent;
}

enum work { MAKE, RENAME };

/*
 * A process that works in the first folders until it is killed: makes, writes and removes files (4 events each), or
 * renames one to and fro (2 each).
 */
static pid_t write_files(unsigned number, enum work work)
{
	pid_t child = fork();
	char path[64], other[96];

	if (child < 0)
		die("fork");
	if (child > 0)
		return child;
	for (unsigned i = 0;; i++) {
		snprintf(path, sizeof(path), "0/%u/writer%u-%u", i % BUSY, number, i);
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0 || write(fd, "x", 1) != 1)
			_exit(1);
		close(fd);
		snprintf(other, sizeof(other), "%s-renamed", path);
		for (unsigned n = 0; work == RENAME && n < 1000; n++)
			if (rename(n % 2 ? other : path, n % 2 ? path : other) < 0)
				_exit(1);
		unlink(path);
	}
}

struct flood {
	double events, cpu_ns;
	unsigned overflows;
};

static struct flood flood(struct notify *notify, struct dirty *dirty, enum work work)
{
	struct notify_status before, after;
	pid_t writers[WRITERS];
	double begin, end, cpu;

	notify_status(notify, &before);
	cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
	begin = clock_s(CLOCK_MONOTONIC);
	for (unsigned i = 0; i < WRITERS; i++)
		writers[i] = write_files(i, work);
	while ((end = clock_s(CLOCK_MONOTONIC)) < begin + SECONDS) {
		struct timespec tick = { .tv_nsec = TICK_MS * 1000000 };
		size_t items;

		nanosleep(&tick, NULL);
		dirty_take(dirty, NULL, &items);
		dirty_release(dirty);
	}
	notify_status(notify, &after);
	cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	for (unsigned i = 0; i < WRITERS; i++) {
		kill(writers[i], SIGKILL);
		waitpid(writers[i], NULL, 0);
	}
	double events = (double)(after.events - before.events);

	return (struct flood){ events / (end - begin), cpu * 1e9 / events, after.overflows - before.overflows };
}

int main(int argc, char **argv)
{
	double scale = 1, bare[RUNS_MAX], ours[RUNS_MAX], memory[RUNS_MAX], events[2][RUNS_MAX], cpu[2][RUNS_MAX];
	struct notify_options options = { .share_percent = 90 };
	struct notify_status status;
	unsigned overflows[2] = {0};
	struct err err;
	int runs = 5, option;

	while ((option = getopt(argc, argv, "s:n:f")) != -1) {
		if (option == 's')
			scale = strtod(optarg, NULL);
		else if (option == 'n')
			runs = atoi(optarg);
		else if (option == 'f') /* as root */
			options.backend = NOTIFY_FANOTIFY;
		else
			return 2;
	}
	if (optind + 1 != argc || runs < 1 || runs > RUNS_MAX || scale <= 0) {
		fprintf(stderr, "usage: watch [-f] [-s SCALE] [-n RUNS] FOLDER\n");
		return 2;
	}
	snprintf(folder, sizeof(folder), "%s/bench-watch", argv[optind]);
	count = (unsigned)(DIRECTORIES * scale);
	if (count < BUSY)
		count = BUSY;

	for (int run = 0; run < runs; run++) {
		struct notify *notify;

		options.dirty = dirty_create(0, -1);
		if (!options.dirty || notify_start(&options, &notify, &err) < 0) {
			fprintf(stderr, "watch: %s\n", options.dirty ? err.text : "out of memory");
			return 1;
		}
		notify_status(notify, &status);
		if (run == 0) {
			/* Two instances are never full at the same time. */
			if (count > status.limit)
				count = (unsigned)status.limit;
			make_tree();
		}
		notify_stop(notify);

		int raw = inotify_init1(IN_CLOEXEC);

		if (raw < 0)
			die("inotify_init1");
		bare[run] = add_all(NULL, raw);
		close(raw);

		/* The kernel takes its time to free them, and counts them until then. */
		sleep(1);
		if (notify_start(&options, &notify, &err) < 0) {
			fprintf(stderr, "watch: %s\n", err.text);
			return 1;
		}
		long before = anonymous();

		ours[run] = add_all(notify, -1);
		memory[run] = (double)(anonymous() - before) / count;
		for (int work = MAKE; work <= RENAME; work++) {
			struct flood one = flood(notify, options.dirty, (enum work)work);

			events[work][run] = one.events;
			cpu[work][run] = one.cpu_ns;
			overflows[work] += one.overflows;
		}
		notify_stop(notify);
		dirty_destroy(options.dirty);
	}
	if (chdir("/") < 0 || nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
		die(folder);

	printf("%u directories, medians of %d runs.\n\n", count, runs);
	printf("| figure | measured | aim |\n|---|---:|---:|\n");
	printf("| watches added a second, by open descriptor | %.0f k | 80 k |\n", median(ours, runs) / 1e3);
	printf("| the same by bare system calls | %.0f k | |\n", median(bare, runs) / 1e3);
	/* Of the first run: later ones find the memory that it gave back. */
	printf("| bytes of the process per watch | %.1f | 300 |\n", memory[0]);
	for (int work = MAKE; work <= RENAME; work++) {
		const char *what = work == MAKE ? "make, write and remove files" : "rename files";

		printf("| events read a second while %d processes %s | %.0f k | %s |\n", WRITERS, what,
		       median(events[work], runs) / 1e3, work == MAKE ? "" : "250 k");
		printf("| CPU for each, ns | %.0f | |\n", median(cpu[work], runs));
		printf("| overflows meanwhile | %u | 0 |\n", overflows[work]);
	}
	return 0;
}
