/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *   walk ROOT                           what an independent walk finds, a line a directory, sorted by path:
 *                                       allocated bytes, apparent bytes, items, files, path (control bytes and
 *                                       backslashes as \ooo)
 *   walk size PROGRAM ROOT [SECONDS]    the same of `PROGRAM size` for every directory below, within so many seconds?
 *   walk snapshot DATABASE ROOT         the same in the newest snapshot of a database with one root?
 *
 * ROOT is an absolute path without symbolic links, as the program names it.  Exit 0: the same; 1: not; the first
 * differences are on stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "against.h"
#include "nap.h"

static long seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int size_becomes(const char *program, const char *root, long within)
{
	for (long end = seconds() + within;;) {
		struct walked walked = walked_take(root);
		bool last = seconds() >= end;
		int differences = against_size(program, &walked, NULL, last);

		walked_free(&walked);
		if (!differences || last)
			return differences;
		nap_us(50000);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2) {
		struct walked walked = walked_take(argv[1]);

		against_print(&walked);
		walked_free(&walked);
		return 0;
	}
	if ((argc == 4 || argc == 5) && !strcmp(argv[1], "size"))
		return size_becomes(argv[2], argv[3], argc == 5 ? strtol(argv[4], NULL, 10) : 0) != 0;
	if (argc == 4 && !strcmp(argv[1], "snapshot")) {
		struct walked walked = walked_take(argv[3]);
		int differences = against_snapshot(argv[2], &walked, true);

		walked_free(&walked);
		return differences != 0;
	}
	fprintf(stderr, "usage: walk ROOT | walk size PROGRAM ROOT [SECONDS] | walk snapshot DATABASE ROOT\n");
	return 2;
}
