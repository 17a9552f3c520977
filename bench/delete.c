/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * delete [-n RUNS] [-s SCALE] MKTREE FOLDER: what deleting a tree costs, beside `rm -rf`.
 *
 * Each run makes T1 (times SCALE) twice in FOLDER with the program MKTREE; `rm -rf` deletes one, DiskTracker's deletion
 * the other, every other run the other way round.  What was chosen is written down from a scanned tree, as in the
 * dialog: that is a figure of its own.  Medians, as a Markdown table.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/remove/remove.h"
#include "engine/scan/scan.h"
#include "measure.h"

enum { MOST_RUNS = 99, TAKES = 4 };

static const _Atomic bool cancel; /* never */

static void die(const char *what)
{
	fprintf(stderr, "delete: %s\n", what);
	exit(1);
}

static void run(const char *const *words)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(127);
		execvp(words[0], (char *const *)words);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die(words[0]);
}

static double cpu_ms(void)
{
	double ms = 0;

	for (int i = 0; i < 2; i++) {
		struct rusage usage;

		getrusage(i ? RUSAGE_CHILDREN : RUSAGE_SELF, &usage);
		ms += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
		      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
	}
	return ms;
}

struct figures {
	double wall[TAKES][MOST_RUNS], cpu[TAKES][MOST_RUNS];
	uint64_t entries;
};

static void remove_by_rm(const char *path, struct figures *figures, int at)
{
	double began = clock_ms(), cpu = cpu_ms();

	run((const char *const[]){"rm", "-rf", path, NULL});
	figures->wall[0][at] = clock_ms() - began;
	figures->cpu[0][at] = cpu_ms() - cpu;
}

static void remove_by_us(const char *folder, const char *name, struct figures *figures, int at)
{
	struct scan_options options = {.wake_fd = -1};
	struct err err = {""};
	struct scan *scan = scan_start(folder, &options, &err);
	struct removal removal;
	struct choice *choice;
	struct tree *tree;
	double began, cpu;

	if (!scan || !scan_wait(scan, -1))
		die(err.text);
	tree = scan_take_tree(scan);
	scan_destroy(scan);
	usleep(20000); /* what was made in the tick of the choice would stay */
	began = clock_ms(), cpu = cpu_ms();
	if (choice_create(tree, &(struct choice_name){DIR_ROOT, name, strlen(name)}, 1, NULL, &choice))
		die("the choice failed");
	figures->wall[1][at] = clock_ms() - began;
	figures->cpu[1][at] = cpu_ms() - cpu;
	began = clock_ms(), cpu = cpu_ms();
	if (choice_list(choice, NULL))
		die("the list failed");
	figures->wall[2][at] = clock_ms() - began;
	figures->cpu[2][at] = cpu_ms() - cpu;
	removal_init(&removal, choice, &cancel);
	began = clock_ms(), cpu = cpu_ms();
	if (removal_run(&removal) || removal.errors.total || removal.entries != choice->entries)
		die("not all was deleted");
	figures->wall[3][at] = clock_ms() - began;
	figures->cpu[3][at] = cpu_ms() - cpu;
	figures->entries = removal.entries;
	removal_errors_clear(&removal.errors);
	choice_destroy(choice);
	tree_destroy(tree);
}

int main(int argc, char **argv)
{
	static const char *const names[] = {"`rm -rf`", "the choice written down", "listed behind the question",
	                                    "**deleted for ever**"};
	static struct figures figures;
	const char *scale = "0.2";
	int runs = 3, option;
	double rm;

	while ((option = getopt(argc, argv, "n:s:")) != -1)
		if (option == 'n')
			runs = atoi(optarg);
		else if (option == 's')
			scale = optarg;
		else
			return 2;
	if (argc - optind != 2 || runs < 1 || runs > MOST_RUNS) {
		fputs("usage: delete [-n RUNS] [-s SCALE] MKTREE FOLDER\n", stderr);
		return 2;
	}
	for (int i = 0; i < runs; i++) {
		char theirs[4096], ours[4096];

		snprintf(theirs, sizeof(theirs), "%s/delete-theirs", argv[optind + 1]);
		snprintf(ours, sizeof(ours), "%s/delete-ours", argv[optind + 1]);
		run((const char *const[]){argv[optind], "-s", scale, theirs, NULL});
		if (mkdir(ours, 0777))
			die(strerror(errno));
		strcat(ours, "/tree");
		run((const char *const[]){argv[optind], "-s", scale, ours, NULL});
		*strrchr(ours, '/') = 0;
		sync();
		for (int k = 0; k < 2; k++) {
			if (k == i % 2)
				remove_by_rm(theirs, &figures, i);
			else
				remove_by_us(ours, "tree", &figures, i);
			sync();
		}
		rmdir(ours);
	}
	rm = median(figures.wall[0], runs);
	printf("| deletion of %lu entries | wall ms | x rm | CPU ms |\n|---|---:|---:|---:|\n",
	       (unsigned long)figures.entries);
	for (int i = 0; i < TAKES; i++)
		printf("| %s | %.0f | %.2f | %.0f |\n", names[i], median(figures.wall[i], runs),
		       median(figures.wall[i], runs) / rm, median(figures.cpu[i], runs));
	return 0;
}
