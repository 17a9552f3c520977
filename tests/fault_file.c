/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fault_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Definitions of the program come before those of the C library, for the libraries as well; they go straight to the
 * kernel.
 */

static long fail_at = -1, counted;
static int fail_error;
static bool fenced;

void fault_file_arm(long n, int error)
{
	fail_at = n;
	fail_error = error;
	counted = 0;
}

long fault_file_count(void)
{
	return counted;
}

static bool refuses(void)
{
	return fail_at >= 0 && counted++ >= fail_at;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	bool fails = refuses();

	if (!fails || n > 1) {
		ssize_t done = syscall(SYS_write, fd, bytes, fails ? n / 2 : n);

		if (!fails || counted == fail_at + 1) /* the rest of it fails */
			return done;
	}
	errno = fail_error;
	return -1;
}

int fsync(int fd)
{
	if (!refuses())
		return (int)syscall(SYS_fsync, fd);
	errno = fail_error;
	return -1;
}

int rename(const char *from, const char *to)
{
	if (!refuses())
		return (int)syscall(SYS_rename, from, to);
	errno = fail_error;
	return -1;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	if (!refuses())
		return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
	errno = fail_error;
	return -1;
}

/* ---- the fence ---- */

#define PAGE ((size_t)4096)

void fault_file_fence(bool on)
{
	fenced = on;
}

static size_t rounded(size_t n)
{
	return (n + PAGE - 1) / PAGE * PAGE;
}

/* What was fenced: nothing else is unmapped like it. */
static struct {
	char *start;
	size_t room;
} fences[16];

/* Memory that the program maps for itself gets its end right before a page that nobody may touch. */
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	size_t slot = 0;

	while (slot < sizeof(fences) / sizeof(*fences) && fences[slot].start)
		slot++;
	if (!fenced || fd >= 0 || slot == sizeof(fences) / sizeof(*fences))
		return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
	/* Aligned to 8. */
	size_t room = rounded(length), skip = (room - length) / 8 * 8;
	char *start = (char *)syscall(SYS_mmap, NULL, room + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	                              -1, 0);

	if (start == MAP_FAILED)
		return start;
	if (syscall(SYS_mprotect, start + room, PAGE, PROT_NONE)) {
		syscall(SYS_munmap, start, room + PAGE);
		return MAP_FAILED;
	}
	fences[slot].start = start;
	fences[slot].room = room;
	return start + skip;
}

int munmap(void *address, size_t length)
{
	for (size_t i = 0; i < sizeof(fences) / sizeof(*fences); i++)
		if (fences[i].start && (char *)address >= fences[i].start &&
		    (char *)address < fences[i].start + fences[i].room) {
			char *start = fences[i].start;

			fences[i].start = NULL;
			return (int)syscall(SYS_munmap, start, fences[i].room + PAGE);
		}
	return (int)syscall(SYS_munmap, address, length);
}
