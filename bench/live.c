/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live [-s SCALE] [-n RUNS] FOLDER [TREE]: how fast a followed tree becomes true again.
 *
 * 5,000 directories with 8 files each are made in FOLDER, scanned and followed with a tick of 50 ms.  Two processes
 * work in them for three seconds, as fast as they can: the time counts until the last event is applied, and the tree is
 * then compared with a new scan.  Then one process writes all the time, and it is measured how long a write elsewhere
 * takes to be in its folder's total.  TREE is scanned and followed; then all of it is looked at again, as after an
 * overflow.
 * At last nothing happens for ten seconds.  Prints a Markdown table of medians of RUNS.
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
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"
#include "engine/watch/watcher.h"

enum {
	DIRECTORIES = 5000,
	NARROW = 64,
	EACH = 4,
	WRITERS = 2,
	SECONDS = 3,
	TICK_MS = 50,
	PROBES = 200,
	RUNS_MAX = 100,
	IDLE_S = 10
};

static unsigned count = DIRECTORIES;
static char folder[4096];

static void die(const char *what)
{
	fprintf(stderr, "live: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void pause_us(long us)
{
	nanosleep(&(struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 }, NULL);
}

/* ---- a followed tree ---- */

struct followed {
	struct watcher *watcher;
	struct tree *tree;
};

static struct tree *scan(const char *path, struct watcher *watcher)
{
	struct scan_options options = { .wake_fd = -1 };
	struct err err = { "" };

	if (watcher)
		watcher_listen(watcher, &options);
	struct scan *scan = scan_start(path, &options, &err);

	if (!scan) {
		fprintf(stderr, "live: %s\n", err.text);
		exit(1);
	}
	while (!scan_wait(scan, -1))
		;
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static struct followed follow(const char *path)
{
	const struct watcher_options options = {.backend = NOTIFY_INOTIFY,
	                                        .share_percent = 90,
	                                        .tick_ms = TICK_MS,
	                                        .wake_fd = -1};
	struct followed followed;
	struct err err = { "" };

	if (watcher_create(&options, &followed.watcher, &err)) {
		fprintf(stderr, "live: %s\n", err.text);
		exit(1);
	}
	followed.tree = scan(path, followed.watcher);
	if (watcher_run(followed.watcher, followed.tree, &err)) {
		fprintf(stderr, "live: %s\n", err.text);
		exit(1);
	}
	return followed;
}

static void leave(struct followed *followed)
{
	watcher_destroy(followed->watcher);
	tree_destroy(followed->tree);
}

static void until_quiet(const struct followed *followed)
{
	/* Between the kernel's queue and ours something may be under way. */
	for (int still = 0; still < 10; pause_us(1000))
		still = watcher_quiet(followed->watcher) ? still + 1 : 0;
}

static bool exact(const struct followed *followed)
{
	struct tree *now = scan(folder, NULL);
	uint64_t is[2], there[2];

	tree_sum(followed->tree);
	tree_fingerprint(followed->tree, DIR_ROOT, is);
	tree_fingerprint(now, DIR_ROOT, there);
	bool same = is[0] == there[0] && is[1] == there[1];

	tree_destroy(now);
	return same;
}

/* ---- those who write ---- */

/*
 * A process that works in `dirs` folders until it is killed: it writes to their files (2 events each), every eighth
 * time it renames one (2 events).
 * Hardly any are made anew: ext4 takes its time for that.
 */
static pid_t write_files(unsigned number, unsigned dirs, long pause)
{
	pid_t child = fork();
	char path[4200], other[4300];

	if (child < 0)
		die("fork");
	if (child > 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0;; i++) {
		snprintf(path, sizeof(path), "%s/%u/w%u-%u", folder, (i * 7919u + number) % dirs, number,
		         i / dirs % EACH);
		if (i % 8) {
			int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

			if (fd < 0 || write(fd, "x", 1) != 1)
				_exit(1);
			close(fd);
		} else {
			snprintf(other, sizeof(other), "%s-renamed", path);
			if (rename(path, other) < 0)
				rename(other, path);
		}
		if (pause)
			pause_us(pause);
	}
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

struct flood {
	double events, cpu_ns;
	unsigned overflows;
	bool exact;
};

static struct flood flood(struct followed *followed, unsigned dirs)
{
	struct watcher_status before, after;
	pid_t writers[WRITERS];

	until_quiet(followed);
	watcher_status(followed->watcher, &before);
	double cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID), begin = clock_s(CLOCK_MONOTONIC);

	for (unsigned i = 0; i < WRITERS; i++)
		writers[i] = write_files(i, dirs, 0);
	pause_us(SECONDS * 1000000l);
	for (unsigned i = 0; i < WRITERS; i++)
		end(writers[i]);
	until_quiet(followed);
	double spent = clock_s(CLOCK_MONOTONIC) - begin;

	cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	watcher_status(followed->watcher, &after);
	double events = (double)(after.notify.events - before.notify.events);

	return (struct flood){events / spent, cpu * 1e9 / events, after.notify.overflows - before.notify.overflows,
	                      exact(followed)};
}

/* ---- from a write to its total ---- */

static uint64_t bytes_of(const struct followed *followed, dir_id dir)
{
	struct node node;

	tree_dir_node(followed->tree, dir, &node);
	return node.apparent_bytes;
}

static void probe(struct followed *followed, double *p50, double *p95)
{
	char path[4200];
	double latency[PROBES];
	uint64_t random = 1;

	snprintf(path, sizeof(path), "%s/%u", folder, count - 1);
	dir_id dir = tree_lookup(followed->tree, strrchr(path, '/') + 1, strlen(strrchr(path, '/') + 1));

	strcat(path, "/probe");
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || dir == DIR_NONE)
		die(path);
	pid_t writer = write_files(0, count / 2, 500);

	pause_us(300000);
	for (int i = 0; i < PROBES; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		pause_us(5000 + (long)((random >> 33) % 60000));
		uint64_t before = bytes_of(followed, dir);
		double begin = clock_s(CLOCK_MONOTONIC);

		if (write(fd, "x", 1) != 1)
			die(path);
		while (bytes_of(followed, dir) == before)
			pause_us(100);
		latency[i] = (clock_s(CLOCK_MONOTONIC) - begin) * 1e3;
	}
	end(writer);
	close(fd);
	*p50 = quantile(latency, PROBES, 0.5);
	*p95 = quantile(latency, PROBES, 0.95);
}

/* ---- after an overflow ---- */

static double look_at_all(struct followed *followed, double *cpu)
{
	until_quiet(followed);
	*cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID);
	double begin = clock_s(CLOCK_MONOTONIC);

	watcher_look(followed->watcher, DIR_ROOT, true);
	until_quiet(followed);
	*cpu = clock_s(CLOCK_PROCESS_CPUTIME_ID) - *cpu;
	return clock_s(CLOCK_MONOTONIC) - begin;
}

/* ---- in all ---- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static void make_tree(void)
{
	char path[4200];

	if (mkdir(folder, 0700) < 0)
		die(folder);
	for (unsigned i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%u", folder, i);
		if (mkdir(path, 0700) < 0)
			die(path);
		for (unsigned w = 0; w < WRITERS * EACH; w++) {
			snprintf(path, sizeof(path), "%s/%u/w%u-%u", folder, i, w / EACH, w % EACH);
			int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

			if (fd < 0)
				die(path);
			close(fd);
		}
	}
}

int main(int argc, char **argv)
{
	double events[2][RUNS_MAX], cpu[2][RUNS_MAX], p50[RUNS_MAX], p95[RUNS_MAX], whole[RUNS_MAX],
		whole_cpu[RUNS_MAX], idle = 0;
	unsigned overflows[2] = {0}, wrong[2] = {0};
	uint64_t entries = 0;
	long switches = 0;
	int runs = 5, option;
	double scale = 1;

	while ((option = getopt(argc, argv, "s:n:")) != -1) {
		if (option == 's')
			scale = strtod(optarg, NULL);
		else if (option == 'n')
			runs = atoi(optarg);
		else
			return 2;
	}
	if (argc - optind < 1 || argc - optind > 2 || runs < 1 || runs > RUNS_MAX || scale <= 0) {
		fprintf(stderr, "usage: live [-s SCALE] [-n RUNS] FOLDER [TREE]\n");
		return 2;
	}
	const char *tree = optind + 1 < argc ? argv[optind + 1] : NULL;

	snprintf(folder, sizeof(folder), "%s/bench-live", argv[optind]);
	count = (unsigned)(DIRECTORIES * scale) < 2 * NARROW ? 2 * NARROW : (unsigned)(DIRECTORIES * scale);
	for (int run = 0; run < runs; run++) {
		make_tree();
		struct followed followed = follow(folder);

		for (int wide = 0; wide < 2; wide++) {
			struct flood one = flood(&followed, wide ? count : NARROW);

			events[wide][run] = one.events;
			cpu[wide][run] = one.cpu_ns;
			overflows[wide] += one.overflows;
			wrong[wide] += !one.exact;
		}
		probe(&followed, &p50[run], &p95[run]);
		leave(&followed);
		if (nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
			die(folder);
	}
	if (tree) {
		struct followed followed = follow(tree);
		struct node root;
		struct rusage before, after;

		for (int run = 0; run < runs; run++)
			whole[run] = look_at_all(&followed, &whole_cpu[run]);
		tree_dir_node(followed.tree, DIR_ROOT, &root);
		entries = root.items;
		until_quiet(&followed);
		idle = clock_s(CLOCK_PROCESS_CPUTIME_ID);
		getrusage(RUSAGE_SELF, &before);
		pause_us(IDLE_S * 1000000l);
		idle = clock_s(CLOCK_PROCESS_CPUTIME_ID) - idle;
		getrusage(RUSAGE_SELF, &after);
		switches = after.ru_nvcsw - before.ru_nvcsw - 1; /* this one's sleep */
		leave(&followed);
	}

	printf("%u directories, medians of %d runs.\n\n", count, runs);
	printf("| figure | measured | aim |\n|---|---:|---:|\n");
	for (int wide = 0; wide < 2; wide++) {
		printf("| events a second, all applied, %d processes in %u folders | %.0f k | %s |\n", WRITERS,
		       wide ? count : NARROW, median(events[wide], runs) / 1e3, "100 k");
		printf("| CPU for each, ns | %.0f | |\n", median(cpu[wide], runs));
		printf("| overflows; trees that were not exact in the end | %u; %u | ; 0 |\n", overflows[wide],
		       wrong[wide]);
	}
	printf("| from a write to its total while others write, median, ms | %.0f | |\n", median(p50, runs));
	printf("| the same, 95 of 100, ms | %.0f | 60 |\n", median(p95, runs));
	if (tree) {
		printf("| all looked at again, as after an overflow, %.2f M entries, s | %.2f | 3 |\n",
		       (double)entries / 1e6, median(whole, runs));
		printf("| CPU for it, s | %.2f | |\n", median(whole_cpu, runs));
		printf("| CPU while nothing happens for %d s, ms; times a thread woke up | %.1f; %ld | 0; 0 |\n",
		       IDLE_S, idle * 1e3, switches);
	}
	return 0;
}
