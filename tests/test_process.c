/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/system/process.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

Test(process, a_control_group_names_a_unit)
{
	static const struct {
		const char *text, *unit;
	} cases[] = {
		{"", ""},
		{"0::/\n", ""},
		{"0::/system.slice/nginx.service\n", "nginx.service"},
		{"0::/system.slice/nginx.service", "nginx.service"},
		{"0::/system.slice/system-getty.slice/getty@tty1.service\n", "getty@tty1.service"},
		{"0::/system.slice/nginx.service/workers\n", "nginx.service"},
		{"0::/system.slice/nginx.service (deleted)\n", "nginx.service"},
		{"0::/init.scope\n", ""},
		{"0::/user.slice/user-1000.slice/session-3.scope\n", ""},
		{"0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", ""},
		{"0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-web-99.scope\n", ""},
		{"0::/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service\n", "sync.service"},
		{"0::/system.slice/docker-" ID ".scope\n", "docker-0123456789ab.scope"},
		{"0::/system.slice/docker-" ID ".scope/system.slice/nginx.service\n", "nginx.service"},
		{"0::/kubepods.slice/kubepods-pod12.slice/cri-containerd-" ID ".scope\n",
		 "cri-containerd-0123456789ab.scope"},
		{"0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator\n",
		 "machine-qemu\\x2d1\\x2dvm.scope"},
		{"0::/docker/" ID "\n", "docker-0123456789ab"},
		{"0::/../" ID "\n", "..-0123456789ab"},
		{"0::/" ID "\n", "container-0123456789ab"},
		{"0::/kubepods/burstable/pod77/" ID "\n", "container-0123456789ab"},
		{"0::/lxc.payload.web\n", "lxc-web"},
		{"0::/lxc.payload.web/system.slice/nginx.service\n", "nginx.service"},
		{"12:pids:/\n4:memory:/user.slice\n1:name=systemd:/system.slice/cron.service\n0::/\n", "cron.service"},
		{"0::/a:b/x:y.service\n", "x:y.service"},
		{"0:", ""},
		{"no such text", ""},
		{"0::/.service\n", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char unit[PROCESS_NAME];

		process_unit(cases[i].text, unit);
		cr_expect_str_eq(unit, cases[i].unit, "%s gives %s", cases[i].text, unit);
	}
}

Test(process, a_long_name_is_cut)
{
	char text[600] = "0::/system.slice/", unit[PROCESS_NAME];

	memset(text + strlen(text), 'x', 255);
	strcat(text, ".service\n");
	process_unit(text, unit);
	cr_expect_eq(strlen(unit), PROCESS_NAME - 1);
}

/* A child of this name that waits for the end of its input. */
static pid_t child(const char *name, int *end)
{
	int fds[2];
	char c;

	cr_assert_eq(pipe(fds), 0);
	int ready[2];

	cr_assert_eq(pipe(ready), 0);
	pid_t pid = fork();

	cr_assert(pid >= 0);
	if (!pid) {
		close(fds[1]);
		prctl(PR_SET_NAME, name);
		c = 'r';
		if (write(ready[1], &c, 1) != 1)
			_exit(1);
		_exit(read(fds[0], &c, 1) > 0);
	}
	close(fds[0]);
	close(ready[1]);
	cr_assert_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	*end = fds[1];
	return pid;
}

static void finish(pid_t pid, int end)
{
	close(end);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

Test(process, what_the_kernel_says)
{
	static const char odd[] = ") R 1 (\n\x1b\xff,";
	struct process process;
	int end;
	pid_t pid = child(odd, &end);

	cr_assert_eq(process_read(pid, &process), 0);
	cr_expect_str_eq(process.command, odd);
	cr_expect_eq(process.pid, pid);
	cr_expect_gt(process.start, 0);
	finish(pid, end);
	cr_expect_eq(process_read(pid, &process), -ESRCH);
	cr_expect_eq(process_read(0, &process), -ESRCH);
}

Test(process, names_are_remembered_for_a_round)
{
	struct process_names *names = process_names_create();
	int64_t now = clock_mono_ns();
	char gone[64];
	int end;
	pid_t pid = child("first", &end);
	struct process here;

	cr_assert_eq(process_read(pid, &here), 0);
	cr_assert_null(names ? process_names_find(names, 0) : "none");
	process_names_round(names, now);
	/* Where the tests themselves run in a service, that is the name. */
	cr_expect_str_eq(process_names_find(names, pid), process_name(&here));
	finish(pid, end);
	cr_expect_str_eq(process_names_find(names, pid), process_name(&here), "within the round");
	process_names_round(names, now + 5000000);
	cr_expect_str_eq(process_names_find(names, pid), process_name(&here), "it has just ended");
	snprintf(gone, sizeof(gone), "gone (%ld)", (long)pid);
	process_names_round(names, now + INT64_C(60000000000));
	cr_expect_str_eq(process_names_find(names, pid), gone, "by then it may be another");
	process_names_destroy(names);
}

Test(process, another_program_is_another_name)
{
	struct process_names *names = process_names_create();
	int fds[2], ready[2];
	char c;
	struct process here;

	cr_assert_eq(process_read(getpid(), &here), 0);
	if (here.unit[0])
		cr_skip("these tests run in a service");
	cr_assert(pipe(fds) == 0 && pipe(ready) == 0);
	pid_t pid = fork();

	if (!pid) {
		close(fds[1]);
		prctl(PR_SET_NAME, "before");
		if (write(ready[1], "r", 1) != 1 || read(fds[0], &c, 1) != 1)
			_exit(1);
		prctl(PR_SET_NAME, "after");
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		_exit(read(fds[0], &c, 1) > 0);
	}
	close(fds[0]);
	cr_assert_eq(read(ready[0], &c, 1), 1);
	process_names_round(names, 1);
	cr_expect_str_eq(process_names_find(names, pid), "before");
	cr_assert_eq(write(fds[1], "g", 1), 1);
	cr_assert_eq(read(ready[0], &c, 1), 1);
	cr_expect_str_eq(process_names_find(names, pid), "before", "asked once a round");
	process_names_round(names, 2);
	cr_expect_str_eq(process_names_find(names, pid), "after");
	finish(pid, fds[1]);
	close(ready[0]);
	close(ready[1]);
	process_names_destroy(names);
}

Test(process, many_are_forgotten_together)
{
	struct process_names *names = process_names_create();
	char gone[64];

	for (int round = 0; round < 3; round++) {
		process_names_round(names, 1);
		/* Beyond what the kernel gives out: nobody has these. */
		for (pid_t pid = 1 << 23; pid < (1 << 23) + 1500; pid++) {
			snprintf(gone, sizeof(gone), "gone (%ld)", (long)pid);
			cr_assert_str_eq(process_names_find(names, pid), gone);
		}
	}
	process_names_destroy(names);
}

Test(process, without_memory_nobody_is_named)
{
	struct process_names *names = process_names_create();

	process_names_round(names, 1);
	for (long n = 0; n < 2; n++) {
		alloc_fail_at(n, true);
		cr_expect_null(process_names_find(names, getpid()));
		alloc_fail_at(-1, false);
	}
	cr_expect_not_null(process_names_find(names, getpid()));
	process_names_destroy(names);
}
