/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mapped.h"

#define BYTES (MAPPED_LEAST + (1 << 20))

static int make_file(size_t bytes)
{
	char name[] = "/tmp/disktracker-mapped-XXXXXX";
	int fd = mkstemp(name);

	cr_assert_geq(fd, 0);
	unlink(name);
	cr_assert_eq(ftruncate(fd, (off_t)bytes), 0);
	cr_assert_eq(pwrite(fd, "end", 3, (off_t)bytes - 3), 3);
	return fd;
}

Test(mapped, few_bytes_are_read_and_stay)
{
	int fd = make_file(100000);
	struct mapped mapped;

	cr_assert_eq(mapped_open(&mapped, fd, 100000, false), 0);
	cr_assert_eq(ftruncate(fd, 0), 0);
	cr_expect_eq(memcmp(mapped.base + mapped.bytes - 3, "end", 3), 0);
	cr_expect(!mapped_spoiled(&mapped));
	mapped_close(&mapped);
	cr_expect_eq(mapped_open(&mapped, fd, 100000, false), -EIO, "it is shorter than that now");
	close(fd);
}

static void *sum_up(void *argument)
{
	const struct mapped *mapped = argument;
	static atomic_ulong sink;
	unsigned long sum = 0;

	for (int turn = 0; turn < 20; turn++)
		for (size_t at = 0; at < mapped->bytes; at += 4096)
			sum += (unsigned char)mapped->base[at];
	atomic_fetch_add(&sink, sum);
	return NULL;
}

/* Every reader goes on with zeros, and can know. */
Test(mapped, many_bytes_are_mapped_and_may_be_lost, .timeout = 120)
{
	int fd = make_file(BYTES);
	struct mapped cut, whole;
	pthread_t threads[4];
	int other = make_file(BYTES);

	cr_assert_eq(mapped_open(&cut, fd, BYTES, false), 0);
	cr_assert_eq(mapped_open(&whole, other, BYTES, false), 0);
	cr_expect_eq(memcmp(cut.base + BYTES - 3, "end", 3), 0);
	cr_expect(!mapped_spoiled(&cut));
	for (int i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, sum_up, &cut), 0);
	cr_assert_eq(ftruncate(fd, 8192), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(cut.base[BYTES - 3], 0);
	cr_expect(mapped_spoiled(&cut));
	cr_expect_eq(memcmp(whole.base + BYTES - 3, "end", 3), 0);
	cr_expect(!mapped_spoiled(&whole), "each for itself");
	mapped_close(&cut);
	mapped_close(&whole);
	close(fd);
	close(other);
}

/* More than the table holds: the rest is read. */
Test(mapped, any_number_at_once, .timeout = 120)
{
	int fd = make_file(BYTES);
	struct mapped mapped[20];

	for (int i = 0; i < 20; i++)
		cr_assert_eq(mapped_open(&mapped[i], fd, BYTES, i < 1), 0);
	cr_assert_eq(ftruncate(fd, 0), 0);
	cr_expect(!memcmp(mapped[0].base + BYTES - 3, "end", 3) && !mapped_spoiled(&mapped[0]),
	          "it was asked to be read");
	for (int i = 1; i < 20; i++)
		cr_expect_eq(memcmp(mapped[i].base + BYTES - 3, "end", 3) != 0, mapped_spoiled(&mapped[i]));
	for (int i = 0; i < 20; i++)
		mapped_close(&mapped[i]);
	close(fd);
}

/* An error of the bus that is none of ours still ends the process. */
Test(mapped, others_die_of_it)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("the sanitizer would report it");
#endif
	int fd = make_file(BYTES), status;
	struct mapped mapped;

	cr_assert_eq(mapped_open(&mapped, fd, BYTES, false), 0);
	pid_t pid = fork();

	if (!pid) {
		raise(SIGBUS);
		raise(SIGBUS);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	mapped_close(&mapped);
	close(fd);
}
