/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real program on what it may not read.  As root, which may read everything, it is run as another user. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nap.h"

#define NOBODY 65534

static char work[64];

static void shell(const char *format)
{
	char command[512];

	snprintf(command, sizeof(command), "cd '%s' && %s", work, format);
	cr_assert_eq(system(command), 0, "%s", command);
}

static void setup(void)
{
	const char *builddir = getenv("top_builddir"), *tmp = getenv("TMPDIR");
	char copy[1200];

	snprintf(work, sizeof(work), "%.30s/disktracker-unreadable-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(work));
	cr_assert_eq(chmod(work, 0777), 0);
	/* The folder of the build may be closed to others. */
	snprintf(copy, sizeof(copy), "cp '%s/disktracker' program", builddir ? builddir : ".");
	shell(copy);
	shell("mkdir -p tree/closed tree/open && echo x >tree/closed/x && echo x >tree/open/x && chmod 0 tree/closed"
	      " && chmod 0755 tree tree/open program");
}

static void teardown(void)
{
	shell("chmod -R u+rwX . && rm -rf -- *");
	rmdir(work);
}

static pid_t start(const char *const *arguments, const char *out, const char *err)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (!pid) {
		umask(0);
		if (chdir(work) || !freopen(out, "w", stdout) || !freopen(err, "w", stderr))
			_exit(126);
		if (!geteuid() && (setgid(NOBODY) || setuid(NOBODY)))
			_exit(126);
		setenv("DISKTRACKER_DB", "db/data.db", 1);
		setenv("HOME", ".", 1);
		execv("./program", (char **)(void *)arguments);
		_exit(127);
	}
	return pid;
}

/* Exit status; what it prints is in out and err. */
static int run(const char *const *arguments)
{
	pid_t pid = start(arguments, "out", "err");
	int status;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const char *contents(const char *name)
{
	static char text[8192];
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", work, name);
	FILE *file = fopen(path, "r");

	text[0] = '\0';
	if (!file)
		return text;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

Test(unreadable, a_folder_is_counted_and_the_scan_is_done, .init = setup, .fini = teardown)
{
	cr_expect_eq(run((const char *[]){"disktracker", "scan", "--json", "tree", NULL}), 0);
	cr_expect(strstr(contents("out"), "\"error_count\": 1,"), "%s", contents("out"));
	cr_expect_str_eq(contents("err"), "disktracker: 1 entry could not be read: what is in it is not counted\n");
	cr_expect_eq(run((const char *[]){"disktracker", "list", "--json", NULL}), 0);
	cr_expect(strstr(contents("out"), "\"error_count\": 1,"), "%s", contents("out"));
	cr_expect_eq(
		run((const char *[]){"disktracker", "scan", "--no-store", "--fail-on-errors", "--quiet", "tree", NULL}),
		3);
	cr_expect_str_eq(contents("out"), "");
	cr_expect_eq(run((const char *[]){"disktracker", "scan", "--no-store", "--fail-on-errors", "tree/open", NULL}),
	             0);
	/* Nobody knows its size, nor all of the tree's. */
	cr_expect_eq(
		run((const char *[]){"disktracker", "size", "--json", "tree/closed", "tree/closed/in", "tree", NULL}),
		1);
	cr_expect(strstr(contents("out"), "tree/closed\", \"bytes\": null, ") &&
	                  strstr(contents("out"), "\"reason\": \"it cannot be read\""),
	          "%s", contents("out"));
	cr_expect(strstr(contents("out"), "tree/closed/in\", \"bytes\": null, "), "%s", contents("out"));
	cr_expect(strstr(contents("out"), "\"partial\": true, \"reason\": \"something below cannot be read\""), "%s",
	          contents("out"));
	cr_expect_eq(run((const char *[]){"disktracker", "size", "tree/closed", "tree", NULL}), 1);
	cr_expect(strstr(contents("out"), " -    - ") && strstr(contents("out"), "tree/closed  (it cannot be read)") &&
	                  strstr(contents("out"), "B~ "),
	          "%s", contents("out"));
	/* Readable again: unknown is not growth. */
	shell("chmod 0755 tree/closed");
	cr_expect_eq(run((const char *[]){"disktracker", "scan", "tree", NULL}), 0);
	cr_expect_str_eq(contents("err"), "");
	cr_expect_eq(run((const char *[]){"disktracker", "diff", "--json", "tree", NULL}), 0);
	cr_expect(strstr(contents("out"), "\"net_bytes\": 0,"), "%s", contents("out"));
	cr_expect(strstr(contents("out"), "\"unknown_entries\": 1,"), "%s", contents("out"));
}

static void expect_growth(const char *scanned, const char *listed)
{
	cr_expect_eq(run((const char *[]){"disktracker", "scan", "tree", NULL}), 0);
	cr_expect(strstr(contents("out"), scanned), "%s", contents("out"));
	cr_expect_eq(run((const char *[]){"disktracker", "list", "--json", NULL}), 0);
	cr_expect(strstr(contents("out"), listed), "%s", contents("out"));
	cr_expect_eq(run((const char *[]){"disktracker", "diff", "--json", "tree", NULL}), 0);
	/* The newest's growth in list is diff's. */
	const char *net = strstr(listed, "\"growth_bytes\"");
	char expected[64];

	snprintf(expected, sizeof(expected), "\"net_bytes%s", net + strlen("\"growth_bytes"));
	*strchr(expected, ',') = '\0';
	cr_expect(strstr(contents("out"), expected), "%s in %s", expected, contents("out"));
}

/* Whoever tells the growth between two snapshots tells the same: what could not be read is in none of them. */
Test(unreadable, is_not_shrunk, .init = setup, .fini = teardown)
{
	shell("chmod 0755 tree/closed && head -c 64K /dev/zero >tree/closed/big");
	cr_expect_eq(run((const char *[]){"disktracker", "scan", "tree", NULL}), 0);
	shell("chmod 0 tree/closed");
	expect_growth("#2 saved, ? since #1",
	              "\"growth_since\": 1, \"growth_bytes\": 0, \"growth_unknown_entries\": 1,");
	cr_expect(strstr(contents("out"), "\"unknown_entries\": 1,"), "%s", contents("out"));
	shell("head -c 8K /dev/zero >tree/open/y");
	expect_growth("#3 saved, +8.0 KiB since #2",
	              "\"growth_since\": 2, \"growth_bytes\": 8192, \"growth_unknown_entries\": 0,");
	shell("chmod 0755 tree/closed && head -c 4K /dev/zero >tree/open/z");
	expect_growth("#4 saved, +4.0 KiB~ since #3",
	              "\"growth_since\": 3, \"growth_bytes\": 4096, \"growth_unknown_entries\": 1,");
	/* Without those between, both sides are known: what grew in the folder meanwhile is growth. */
	shell("head -c 128K /dev/zero >tree/closed/big");
	cr_expect_eq(run((const char *[]){"disktracker", "scan", "tree", NULL}), 0);
	cr_expect_eq(run((const char *[]){"disktracker", "forget", "3", "2", "4", NULL}), 0);
	cr_expect_eq(run((const char *[]){"disktracker", "list", "--json", NULL}), 0);
	cr_expect(
		strstr(contents("out"), "\"growth_since\": 1, \"growth_bytes\": 77824, \"growth_unknown_entries\": 0,"),
		"%s", contents("out"));
	cr_expect_eq(run((const char *[]){"disktracker", "list", NULL}), 0);
	cr_expect(strstr(contents("out"), "+76.0 KiB "), "%s", contents("out"));
}

Test(unreadable, unmounted_is_not_shrunk, .init = setup, .fini = teardown)
{
	const char *builddir = getenv("top_builddir");
	char run[600];

	shell("cat >steps <<'EOF'\n"
	      "export DISKTRACKER_DB=db2/data.db HOME=. && mkdir -p tree/m && chmod 0755 tree/closed && mount -t"
	      " tmpfs none tree/m || exit 77\n"
	      "head -c 1M /dev/zero >tree/m/file && ./program scan --cross-file-system tree >/dev/null && umount"
	      " tree/m && ./program scan --cross-file-system tree >out &&\n"
	      "./program list >>out && ./program diff --json tree >>out\n"
	      "EOF");
	snprintf(run, sizeof(run), "'%s/tests/own_mounts' sh steps || [ $? = 77 ] && touch out",
	         builddir ? builddir : ".");
	shell(run);
	if (!*contents("out"))
		cr_skip_test("no mounts in a name space here");
	cr_expect(strstr(contents("out"), "#2 saved, ? since #1"), "%s", contents("out"));
	cr_expect(strstr(contents("out"), "\"net_bytes\": 0,"), "%s", contents("out"));
	cr_expect(strstr(contents("out"), "\"reason\": \"unmounted\""), "%s", contents("out"));
	cr_expect_null(strstr(contents("out"), "-1.0 MiB"), "%s", contents("out"));
}

/* Ask for sizes until the answer has this, or has it no longer. */
static void size_until(const char *path, const char *text, bool there)
{
	const char *const arguments[] = {"disktracker", "size", "--json", path, NULL};

	for (int i = 0; i < 3000; i++) {
		run(arguments);
		if (!strstr(contents("out"), text) != there)
			return;
		nap_us(20000);
	}
	cr_assert_fail("%s %s: %s", there ? "no" : "still", text, contents("out"));
}

/* What can no longer be read while it is followed is said at once, and no longer when it can be read again. */
Test(unreadable, while_it_is_followed, .init = setup, .fini = teardown, .timeout = 300)
{
	static const char below[] = "\"partial\": true, \"reason\": \"something below cannot be read\"";
	static const char itself[] = "tree/open\", \"bytes\": null, ";
	int status;

	shell("chmod 0755 tree/closed && mkdir -p tree/above/empty && chmod 0755 tree/above tree/above/empty");
	pid_t pid = start((const char *[]){"disktracker", "watch", "tree", NULL}, "watched", "watching");

	while (!strstr(contents("watching"), "watching"))
		nap_us(20000);
	size_until("tree", "\"live\": true", true);
	size_until("tree", below, false);
	shell("chmod 0 tree/open");
	size_until("tree", below, true);
	size_until("tree/open", itself, true);
	cr_expect(strstr(contents("out"), "\"reason\": \"it cannot be read\""), "%s", contents("out"));
	shell("chmod 0755 tree/open");
	size_until("tree", below, false);
	size_until("tree/open", itself, false);
	/* Nothing but that changes. */
	shell("chmod 0 tree/above/empty");
	size_until("tree/above", below, true);
	cr_assert_eq(kill(pid, SIGTERM), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	size_until("tree/above", below, true);
	size_until("tree/open", itself, false);
}

Test(unreadable, the_root_is_a_failure, .init = setup, .fini = teardown)
{
	cr_expect_eq(run((const char *[]){"disktracker", "scan", "tree/closed", NULL}), 1);
	cr_expect_str_eq(contents("out"), "");
	cr_expect(strstr(contents("err"), "tree/closed"), "%s", contents("err"));
	cr_expect_eq(run((const char *[]){"disktracker", "list", "--json", NULL}), 0);
	cr_expect_null(strstr(contents("out"), "\"id\""));
}

Test(unreadable, a_place_that_cannot_be_written_is_named, .init = setup, .fini = teardown)
{
	cr_expect_eq(run((const char *[]){"disktracker", "scan", "--db", "tree/closed/data.db", "tree/open", NULL}), 1);
	cr_expect_str_eq(contents("out"), "");
	cr_expect(strstr(contents("err"), "tree/closed"), "%s", contents("err"));
	cr_expect_eq(run((const char *[]){"disktracker", "-o", "tree/closed/export", "tree/open", NULL}), 1);
	cr_expect(strstr(contents("err"), "tree/closed/export"), "%s", contents("err"));
}
