/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/trace.h"

static int evaluated;

static int evaluate(void)
{
	return ++evaluated;
}

Test(trace, lines_of_the_areas_asked_for)
{
	char folder[] = "/tmp/trace.XXXXXX", file[64], spec[96], text[4096] = "", areas[2][16];
	struct err err;
	struct stat st;
	double seconds;
	int thread;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/trace", folder);
	snprintf(spec, sizeof(spec), "scan,ui:%s", file);
	TRACE(TRACE_SCAN, "before it is asked for: %d", evaluate());
	cr_assert_eq(trace_start(spec, &err), 0);
	TRACE(TRACE_SCAN, "begin %s", "a\nb\x1b[2J");
	TRACE(TRACE_STORE, "not asked for: %d", evaluate());
	TRACE(TRACE_UI, "frame %d", 7);
	cr_expect_eq(evaluated, 0);

	FILE *in = fopen(file, "r");

	cr_assert_not_null(in);
	cr_expect_eq(fread(text, 1, sizeof(text) - 1, in) > 0, true);
	fclose(in);
	cr_expect_eq(sscanf(text, "%lf %d %15[a-z]: %*[^\n] %*f %*d %15[a-z]", &seconds, &thread, areas[0], areas[1]),
	             4);
	cr_expect_eq(thread, getpid());
	cr_expect_str_eq(areas[0], "scan");
	cr_expect_str_eq(areas[1], "ui");
	cr_expect_not_null(strstr(text, "begin a\\x0ab\\x1b[2J\n"), "%s", text);
	cr_expect_not_null(strstr(text, ": frame 7\n"));
	cr_expect_eq(stat(file, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600u, "paths are nobody else's");
	unlink(file);
	rmdir(folder);
}

Test(trace, wrong)
{
	static const char *const wrong[] = {"scan", "scan:", ":/dev/null", "scam:/dev/null", "scan,:/dev/null",
	                                    "scan:/dev/null/file"};
	struct err err;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_expect_lt(trace_start(wrong[i], &err), 0, "%s", wrong[i]);
	cr_expect_eq(trace_start(NULL, &err), 0);
	cr_expect_eq(trace_start("", &err), 0);
	cr_expect_eq(trace_areas, 0);
}
