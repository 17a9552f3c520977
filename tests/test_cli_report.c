/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file system of its own that fills up steadily: what timeline, report and check say of it, against statvfs(3). */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "private_mounts.h"
#include "program.h"

#define MIB ((uint64_t)1 << 20)
#define DAY 86400
#define FIRST 1763000000

static void end(void)
{
	umount2(program.tree, MNT_DETACH);
	program_end();
}

TestSuite(cli_report, .fini = end, .timeout = 300);

static void at_day(int day)
{
	char time[32];

	snprintf(time, sizeof(time), "%d", FIRST + day * DAY);
	setenv("DISKTRACKER_TEST_TIME", time, 1);
}

static int command(const char *name, const char *option, const char *value)
{
	const char *const arguments[] = {program.path, name, "--json", program.tree, option, value, NULL};

	return program_run(arguments);
}

/* The figure of a member, which is there. */
static long long figure(const char *text, const char *member)
{
	const char *at = strstr(text, member);

	cr_assert(at, "%s in %s", member, text);
	return atoll(at + strlen(member));
}

static uint64_t available(void)
{
	struct statvfs fs;

	cr_assert_eq(statvfs(program.tree, &fs), 0);
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}

/* Two MiB a day, eight days. */
static void fill(void)
{
	char script[128];

	for (int day = 0; day < 8; day++) {
		snprintf(script, sizeof(script), "head -c %llu /dev/zero >log",
		         (unsigned long long)(2 * MIB * (day + 1)));
		program_in_tree(script);
		at_day(day);
		const char *const scan[] = {program.path, "scan", program.tree, NULL};

		cr_assert_eq(program_run(scan), 0);
	}
}

Test(cli_report, of_a_file_system_that_fills_up)
{
	program_begin();
	if (private_tmpfs(program.tree, "size=64m"))
		cr_skip_test("no mount namespace of one's own");
	fill();

	/* What is free, at two MiB a day. */
	long long days = (long long)((available() + MIB) / (2 * MIB));

	cr_assert_eq(command("timeline", NULL, NULL), 0);
	char *text = program_text("printed");

	cr_expect_eq(figure(text, "\"bytes_per_day\": "), 2 * MIB);
	cr_expect_eq(figure(text, "\"full_in_days\": "), days);

	/* A file without a name, held open by this process. */
	char held[256];

	snprintf(held, sizeof(held), "%s/held", program.tree);
	int fd = open(held, O_RDWR | O_CREAT, 0600);

	cr_assert(fd >= 0 && !unlink(held));
	for (uint64_t i = 0; i < 3 * MIB; i += sizeof(held))
		cr_assert_eq(write(fd, held, sizeof(held)), sizeof(held));
	cr_assert_eq(command("report", "-n", "1"), 0);
	text = program_text("printed");
	cr_expect_eq(figure(text, "\"net_bytes\": "), 14 * MIB);
	cr_expect(strstr(text, "\"new_files\": [],"), "it grew, it is not new");

	struct statvfs fs;
	long long sum = 0;

	cr_assert_eq(statvfs(program.tree, &fs), 0);
	for (const char *at = text; (at = strstr(at, "{\"reason\": ")) != NULL; at++)
		sum += figure(at, "\"bytes\": ");
	cr_expect_eq(sum, (long long)((fs.f_blocks - fs.f_bfree) * fs.f_frsize), "the account adds up");
	cr_expect_eq(figure(text, "\"reason\": \"tree\", \"bytes\": "), 16 * MIB);
	cr_expect_eq(figure(text, "\"reason\": \"deleted_open\", \"bytes\": "), 3 * MIB);
	close(fd);

	/* The same of limits around it. */
	char limit[64];

	snprintf(limit, sizeof(limit), "%lldd,%lldd", days + 1, days - 1);
	cr_expect_eq(command("check", "--full-in", limit), 1);
	snprintf(limit, sizeof(limit), "%lldd,%lldd", days + 2, days + 1);
	cr_expect_eq(command("check", "--full-in", limit), 2);
	snprintf(limit, sizeof(limit), "%lldd", days - 1);
	cr_expect_eq(command("check", "--full-in", limit), 0);
	cr_expect_eq(command("check", "--max-growth", "14M/7d"), 0);
	cr_expect_eq(command("check", "--max-growth", "14335K/7d"), 2);
}
