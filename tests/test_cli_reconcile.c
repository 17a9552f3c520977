/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `reconcile` behind a `watch`: lazy and exact when that came to its end, everything when it did not.  The oracle is an
 * independent walk.
 */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "against.h"
#include "program.h"

TestSuite(reconcile, .init = program_begin, .fini = program_end, .timeout = 300);

/* Folders of small old files, left alone for so long that a warm scan trusts them. */
static void make_tree(void)
{
	time_t from;

	program_in_tree(
		"for i in 0 1 2 3 4 5 6 7 8 9; do mkdir -p d$i/inner/deep d$i/empty; for f in d$i d$i/inner"
		" d$i/inner/deep; do\n"
		"	echo $i >$f/one; head -c 20000 /dev/zero >$f/two; ln -s one $f/three; touch -h -d 2001-01-01"
		" $f/*; done; done\n"
		"ln d0/two d1/linked; head -c 2M /dev/zero >d2/large");
	time(&from);
	while (time(NULL) - from < 4)
		cr_assert_not(program_late());
}

static pid_t watch(void)
{
	const char *const arguments[] = {program.path, "watch", program.tree, NULL};

	unlink(program_file("err"));
	pid_t pid = program_start("lines", arguments);

	while (access(program_file("err"), F_OK) || !strstr(program_text("err"), "watching"))
		if (program_late()) {
			kill(pid, SIGKILL);
			cr_assert_fail("it does not begin: %s", program_text("err"));
		}
	return pid;
}

/* What only a listing finds, a small old file that looks as before among it. */
static void change(const char *name)
{
	char script[1024];

	snprintf(
		script, sizeof(script),
		"printf xy >>d3/inner/one; touch -d 2001-01-01 d3/inner/one d3/inner/two; echo more >>d2/large; echo"
		" new >d4/inner/deep/%1$s\n"
		"mkdir d5/%1$s; echo x >d5/%1$s/x; rm -f d6/two; mv d7/inner d7/%1$s; mv d7/%1$s d8/empty/; echo"
		" more >>d1/linked",
		name);
	program_in_tree(script);
}

static void reconcile(const char *const *says)
{
	const char *const arguments[] = {program.path, "reconcile", "--json", program.tree, NULL};
	struct walked walked;

	cr_assert_eq(program_run(arguments), 0, "%s", program_text("err"));
	for (; *says; says++)
		cr_expect(strstr(program_text("printed"), *says), "%s in %s", *says, program_text("printed"));
	setenv("DISKTRACKER_DB", program.database, 1);
	walked = walked_take(program.tree);
	cr_expect_eq(against_snapshot(program.database, &walked, true), 0);
	cr_expect_eq(against_size(program.path, &walked, NULL, true), 0);
	walked_free(&walked);
}

Test(reconcile, after_a_clean_end_it_is_lazy_and_exact)
{
	make_tree();
	pid_t pid = watch();

	change("seen");
	kill(pid, SIGTERM);
	cr_assert_eq(program_ended(pid), 0);
	/* And when nobody looked: what changes its folder. */
	program_in_tree(
		"echo new >d9/later; rm d4/inner/one; mkdir -p d0/empty/a/b; echo x >d0/empty/a/b/c; mv d1/inner"
		" d1/moved; rm -r d5/inner; echo more >>d2/large; echo more >>d0/two");
	reconcile((const char *const[]){"\"need\": \"lazy\"", "\"mode\": \"lazy\"", "\"trusted\": true",
	                                "\"reason\": null", NULL});
	/* Since then nobody has looked: what changed without its folder being changed is found, too. */
	program_in_tree("printf zz >>d0/two; touch -d 2001-01-01 d0/two");
	reconcile((const char *const[]){"\"need\": \"full\"", "\"mode\": \"exact\"", "\"trusted\": false",
	                                "nobody has followed this folder since", NULL});
}

Test(reconcile, after_a_kill_it_reads_everything)
{
	const char *const size[] = {program.path, "size", "--json", program.tree, NULL};

	make_tree();
	pid_t pid = watch();

	change("seen");
	cr_assert_eq(program_run(size), 0);
	kill(pid, SIGKILL);
	cr_assert_eq(program_ended(pid), 1000 + SIGKILL);
	reconcile((const char *const[]){"\"need\": \"full\"", "\"mode\": \"exact\"", "\"trusted\": false",
	                                "did not come to an end", NULL});
	reconcile((const char *const[]){"\"mode\": \"exact\"", NULL});
}
