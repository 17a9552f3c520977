/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every allocation of every command fails once: it must end with a sentence and nothing lost, and the next run must
 * succeed.
 */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "cli/command.h"

static char work[64], database[128], out[128];

static int run(const char *line)
{
	static char text[1024];
	char *argv[32] = {"disktracker"};
	const struct command *command = NULL;
	struct options options;
	int argc = 1, status;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	command = command_find(argv[1]);
	cr_assert_not_null(command, "%s", line);
	options_init(&options);
	status = options_parse(&options, argc, argv, command->place, command->name, NULL) ? 1 : command->run(&options);
	options_free(&options);
	return status;
}

static void setup(void)
{
	const char *tmp = getenv("TMPDIR"), *srcdir = getenv("top_srcdir");
	char line[1024];

	snprintf(work, sizeof(work), "%.30s/disktracker-memory-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(work));
	snprintf(database, sizeof(database), "%s/data.db", work);
	snprintf(out, sizeof(out), "%s/out", work);
	setenv("DISKTRACKER_DB", database, 1);
	setenv("DISKTRACKER_TEST_TIME", "1763259200", 1);
	/* What commands say is not looked at here. */
	cr_assert(freopen(out, "w", stdout));
	cr_assert(freopen("/dev/null", "w", stderr));
	snprintf(line, sizeof(line), "import %s/tests/commands/old.json --label before", srcdir ? srcdir : ".");
	cr_assert_eq(run(line), 0);
	snprintf(line, sizeof(line), "import %s/tests/commands/new.json", srcdir ? srcdir : ".");
	cr_assert_eq(run(line), 0);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", work);
	cr_expect_eq(system(command), 0);
}

static off_t printed(void)
{
	struct stat st;

	cr_assert_eq(fstat(STDOUT_FILENO, &st), 0);
	return st.st_size;
}

static void forget_all(void)
{
	char command[512];

	snprintf(command, sizeof(command), "rm -f '%s' '%s-wal' '%s-shm'", database, database, database);
	cr_assert_eq(system(command), 0);
}

/*
 * `fresh`: with an empty database each time, where a longer list of snapshots would take more memory than the run
 * before.  `each`: so many allocations fail one after the other, of those behind only some.
 */
static void exhaust_with(const char *line, bool fresh, long each)
{
	for (int sticky = 0; sticky < 2; sticky++)
		for (long n = 0;; n += n < each ? 1 : n / 50) {
			off_t before = printed();

			if (fresh)
				forget_all();
			alloc_fail_at(n, sticky);
			int status = run(line);
			bool reached = alloc_count() > n;

			alloc_fail_at(-1, false);
			/* A cache that could not be filled is no failure. */
			cr_assert(status == 0 || (status == 1 && reached), "%s: exit status %d at allocation %ld", line,
			          status, n);
			cr_assert(status == 0 || printed() == before,
			          "%s: failed at allocation %ld, and printed all the same", line, n);
			if (!reached)
				break;
		}
	cr_assert_eq(run(line), 0, "%s: fails without reason", line);
}

static void exhaust(const char *line)
{
	exhaust_with(line, false, LONG_MAX);
}

TestSuite(memory, .init = setup, .fini = teardown, .timeout = 300);

Test(memory, list)
{
	exhaust("list");
	exhaust("list --json");
	exhaust("list /data/logs");
}

Test(memory, diff)
{
	exhaust("diff --from 1 --to 2");
	exhaust("diff --from before --to 2 /data/projects --files --json");
}

Test(memory, top)
{
	exhaust("top /data -n 3");
	exhaust("top /data --dirs --json");
}

Test(memory, timeline_and_report)
{
	exhaust("timeline /data");
	exhaust("timeline /data/logs/app.log --json");
	/* Most of what it takes is the causes, which have a test of their own, and whatever files are open here. */
	exhaust_with("report /data", false, 300);
	exhaust_with("report /data/projects --json", false, 300);
}

/* It answers all the same: that it does not know. */
Test(memory, check)
{
	for (long n = 0;; n++) {
		alloc_fail_at(n, n & 1);
		int status = run("check /data --max-size 1G --max-growth 1G/7d,10M/7d");
		bool reached = alloc_count() > n;

		alloc_fail_at(-1, false);
		cr_assert(reached ? status == 3 || status == 2 || status == 1 : status == 2, "%d at allocation %ld",
		          status, n);
		if (!reached)
			break;
	}
}

Test(memory, label_and_prune)
{
	exhaust("label 2 name");
	exhaust("label 2 --remove --json");
	exhaust("prune --dry-run --keep-last 1");
}

Test(memory, export)
{
	char line[1024];

	snprintf(line, sizeof(line), "export -o %s/export --format csv", work);
	exhaust(line);
	snprintf(line, sizeof(line), "export -o %s/export --json --snapshot 1", work);
	exhaust(line);
}

Test(memory, import)
{
	char line[1024];

	snprintf(line, sizeof(line), "import %s/tests/commands/old.json",
	         getenv("top_srcdir") ? getenv("top_srcdir") : ".");
	exhaust(line);
}

Test(memory, scan)
{
	char line[1024];

	snprintf(line, sizeof(line), "mkdir -p %s/tree/a/b && echo x >%s/tree/a/x && ln %s/tree/a/x %s/tree/a/b/y",
	         work, work, work, work);
	cr_assert_eq(system(line), 0);
	snprintf(line, sizeof(line), "scan -t 1 --exclude z %s/tree", work);
	exhaust_with(line, true, LONG_MAX);
	snprintf(line, sizeof(line), "scan -t 1 --no-store --json %s/tree", work);
	exhaust(line);
}
