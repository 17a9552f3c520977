/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real program where little is allowed: it does its work, or says in one sentence why not; it never does half of
 * it.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "private_mounts.h"
#include "program.h"

#define FOLDERS 61 /* of the tree, itself among them */

static void begin(void)
{
	program_begin();
	program_in_tree(
		"i=0; while [ $i -lt 30 ]; do mkdir -p $i/below && echo $i >$i/file && echo $i >$i/below/file;"
		" i=$((i + 1)); done");
}

TestSuite(poor, .init = begin, .fini = program_end, .timeout = 300);

/* What makes the place a poor one; in the child, so that only the program feels it. */
struct place {
	int resource; /* -1 = no limit */
	rlim_t most;
	bool forbidden;
};

/* As an old container runtime does: what it does not know is forbidden. */
static bool forbid(unsigned number)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {.len = sizeof(steps) / sizeof(*steps), .filter = steps};

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}

static int run_in(const struct place *place, const char *const *arguments)
{
	const struct rlimit limit = {.rlim_cur = place->most, .rlim_max = place->most};
	pid_t pid = fork();

	if (pid)
		return program_ended(pid);
	if (!freopen("/dev/null", "r", stdin) || !freopen(program_file("printed"), "w", stdout) ||
	    !freopen(program_file("err"), "w", stderr))
		_exit(126);
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	setenv("DISKTRACKER_DB", program.database, 1);
	setenv("HOME", program.work, 1);
	setenv("XDG_CONFIG_HOME", program.work, 1);
	if (place->resource >= 0 && setrlimit((unsigned)place->resource, &limit))
		_exit(126);
	if (place->forbidden && !(forbid(SYS_statx) && forbid(435 /* clone3 */) && forbid(437 /* openat2 */) &&
	                          forbid(439 /* faccessat2 */)))
		_exit(126);
	execv(program.path, (char **)(void *)arguments);
	_exit(125);
}

static bool is_whole(void)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "\"directories\": %d,", FOLDERS);
	return strstr(program_text("printed"), wanted) && strstr(program_text("printed"), "\"error_count\": 0,");
}

Test(poor, descriptors)
{
	const char *scan[] = {program.path, "scan", "--json", program.tree, NULL};
	const char *pass[] = {program.path, "scan", "--json", "--no-store", program.tree, NULL};
	const char *size[] = {program.path, "size", program.tree, NULL};
	int worked = 0;

	cr_assert_eq(program_run(scan), 0, "%s", program_text("err"));
	/* Fewer than five are too few for the dynamic linker even. */
	for (rlim_t most = 5; most <= 16; most++) {
		const char *const *commands[] = {scan, pass, size};

		for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
			int status = run_in(&(struct place){RLIMIT_NOFILE, most, false}, commands[i]);
			const char *said = program_text("err");

			program_patience();
			cr_expect(status == 0 || status == 1 || status == 127,
			          "%lu descriptors, command %zu: status %d, %s", (unsigned long)most, i, status, said);
			if (status == 1)
				cr_expect(strstr(said, "oo many open files"), "%lu descriptors, command %zu: %s",
				          (unsigned long)most, i, said);
			if (status == 0 && i < 2)
				cr_expect(is_whole(), "%lu descriptors, command %zu: %s", (unsigned long)most, i,
				          program_text("printed"));
			worked += status == 0 && i == 0;
		}
	}
	cr_expect_gt(worked, 0);
}

Test(poor, addresses)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("the sanitizer itself needs addresses");
#endif
	const char *scan[] = {program.path, "scan", "--json", program.tree, NULL};
	const char *size[] = {program.path, "size", program.tree, NULL};
	const char *diff[] = {program.path, "diff", program.tree, NULL};

	cr_assert_eq(program_run(scan), 0, "%s", program_text("err"));
	/* The more there is, the better: it must not be luck. */
	for (rlim_t mib = 200; mib <= 16384; mib += mib / 3) {
		cr_expect_eq(run_in(&(struct place){RLIMIT_AS, mib << 20, false}, scan), 0, "%lu MiB: %s",
		             (unsigned long)mib, program_text("err"));
		cr_expect(is_whole(), "%lu MiB", (unsigned long)mib);
		cr_expect_eq(run_in(&(struct place){RLIMIT_AS, mib << 20, false}, size), 0, "%lu MiB: %s",
		             (unsigned long)mib, program_text("err"));
		cr_expect_eq(run_in(&(struct place){RLIMIT_AS, mib << 20, false}, diff), 0, "%lu MiB: %s",
		             (unsigned long)mib, program_text("err"));
		program_patience();
	}
}

Test(poor, system_calls_that_are_forbidden)
{
	const char *scan[] = {program.path, "scan", "--json", "-t", "4", program.tree, NULL};
	const char *size[] = {program.path, "size", "--json", program.tree, NULL};
	const struct place forbidden = {-1, 0, true};
	char before[4096];

	cr_assert_eq(program_run(scan), 0, "%s", program_text("err"));
	cr_assert(is_whole());
	cr_assert_eq(program_run(size), 0, "%s", program_text("err"));
	snprintf(before, sizeof(before), "%.*s", (int)strcspn(strstr(program_text("printed"), "\"bytes\""), ","),
	         strstr(program_text("printed"), "\"bytes\""));
	cr_assert_eq(run_in(&forbidden, scan), 0, "%s", program_text("err"));
	cr_expect(is_whole(), "%s", program_text("printed"));
	cr_assert_eq(run_in(&forbidden, size), 0, "%s", program_text("err"));
	cr_expect(strstr(program_text("printed"), before), "%s instead of %s", program_text("printed"), before);
}

Test(poor, without_proc)
{
	const char *scan[] = {program.path, "scan", "--json", program.tree, NULL};
	const char *size[] = {program.path, "size", program.tree, NULL};
	const char *doctor[] = {program.path, "doctor", NULL};

#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("the sanitizer itself needs /proc");
#endif
	if (private_tmpfs("/proc", NULL))
		cr_skip_test("mounting is not allowed");
	cr_expect_eq(program_run(scan), 0, "%s", program_text("err"));
	cr_expect(is_whole(), "%s", program_text("printed"));
	cr_expect_eq(program_run(scan), 0, "%s", program_text("err"));
	cr_expect_eq(program_run(size), 0, "%s", program_text("err"));
	cr_expect_eq(program_run(doctor), 0, "%s%s", program_text("printed"), program_text("err"));
}

/* Nothing of ours can be mended there: it is said, and the process dies of it. */
Test(poor, an_error_of_the_bus_is_said)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("the sanitizer takes the signal itself");
#endif
	const char *watch[] = {program.path, "watch", program.tree, NULL};
	pid_t pid = program_start("printed", watch);

	while (access(program_file("err"), R_OK) || !strstr(program_text("err"), "watching"))
		cr_assert(!program_late(), "it does not begin to watch");
	kill(pid, SIGBUS);
	for (int i = 0; i < 200 && !kill(pid, SIGBUS); i++) /* the first is said */
		program_late();
	cr_expect_eq(program_ended(pid), 1000 + SIGBUS);
	cr_expect(strstr(program_text("err"), "was cut short"), "%s", program_text("err"));
}
