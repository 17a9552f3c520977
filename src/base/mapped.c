/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads: any may open, close, read and fault.  A place in the table is claimed by its `start` (0 → 1, acquire), then
 * published by the release of the true one; the handler, which runs in the thread that faults and so within a mapping
 * that is open, reads it with acquire.
 */
#include "base/mapped.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ /* Linux 5.14 */
#define MADV_POPULATE_READ 22
#endif

#define GUARDS 16 /* a process maps one or two indexes at a time; what finds no place is read */
#define PAGE ((uintptr_t)4096)

/* A handler has no other way to know. */
static struct {
	_Atomic uintptr_t start, end; /* 0 = free, 1 = claimed */
	_Atomic bool spoiled;         /* the handler stores (release), readers load (acquire) */
} guards[GUARDS];
static struct sigaction before;       /* of SIGBUS, written once before the handler is there */

bool mapped_mend(const void *address)
{
	uintptr_t at = (uintptr_t)address;

	for (int i = 0; i < GUARDS; i++) {
		uintptr_t start = atomic_load_explicit(&guards[i].start, memory_order_acquire);
		uintptr_t end = atomic_load_explicit(&guards[i].end, memory_order_acquire);

		if (start <= 1 || at < start || at >= end)
			continue;
		at = at / PAGE * PAGE;
		atomic_store_explicit(&guards[i].spoiled, true, memory_order_release);
		/* All behind it as well: what was cut off is rarely one page. */
		return mmap((void *)at, end - at, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
		            -1, 0) != MAP_FAILED;
	}
	return false;
}

void mapped_say(void)
{
	static const char sentence[] =
		"disktracker: a file that was being read was cut short, or its disk failed (SIGBUS); what was stored"
		" before is safe\n";
	ssize_t written = write(STDERR_FILENO, sentence, sizeof(sentence) - 1);

	(void)written;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
	int saved = errno;
	bool mended = mapped_mend(info->si_addr);

	(void)context;
	if (!mended) {
		mapped_say();
		sigaction(number, &before, NULL); /* it faults again, as if we had never been there */
	}
	errno = saved;
}

static void install(void)
{
	struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, NULL, &before);
	sigaction(SIGBUS, &action, NULL);
}

void mapped_guard(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
}

static int claim(char *base, size_t bytes)
{
	mapped_guard();
	for (int i = 0; i < GUARDS; i++) {
		uintptr_t none = 0;

		if (!atomic_compare_exchange_strong_explicit(&guards[i].start, &none, 1, memory_order_acquire,
		                                             memory_order_relaxed))
			continue;
		atomic_store_explicit(&guards[i].spoiled, false, memory_order_relaxed);
		atomic_store_explicit(&guards[i].end, ((uintptr_t)base + bytes + PAGE - 1) / PAGE * PAGE,
		                      memory_order_relaxed);
		atomic_store_explicit(&guards[i].start, (uintptr_t)base, memory_order_release);
		return i;
	}
	return -1;
}

static int read_all(int fd, char *to, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t n = pread(fd, to + done, bytes - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

int mapped_open(struct mapped *mapped, int fd, size_t bytes, bool read)
{
	bool many = bytes >= MAPPED_LEAST && !read;
	int rc = 0;

	*mapped = (struct mapped){.bytes = bytes, .guard = -1};
	if (many) {
		mapped->base = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
		if (mapped->base == MAP_FAILED)
			return mapped->base = NULL, -errno;
		mapped->guard = claim(mapped->base, bytes);
		if (mapped->guard >= 0) {
			/* All of it, while a disk that fails is an error still.  Older kernels do not know how. */
			if (madvise(mapped->base, bytes, MADV_POPULATE_READ) < 0 && errno == EFAULT)
				rc = -EIO;
		} else {
			munmap(mapped->base, bytes);
			many = false;
		}
	}
	if (!many) {
		/* Pages of its own, not the heap's: given back as soon as it is closed. */
		mapped->base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
		                    0);
		if (mapped->base == MAP_FAILED)
			return mapped->base = NULL, -errno;
		rc = read_all(fd, mapped->base, bytes);
	}
	if (rc)
		mapped_close(mapped);
	return rc;
}

void mapped_close(struct mapped *mapped)
{
	if (mapped->base)
		munmap(mapped->base, mapped->bytes);
	if (mapped->guard >= 0)
		atomic_store_explicit(&guards[mapped->guard].start, 0, memory_order_release);
	*mapped = (struct mapped){.guard = -1};
}

bool mapped_spoiled(const struct mapped *mapped)
{
	return mapped->guard >= 0 && atomic_load_explicit(&guards[mapped->guard].spoiled, memory_order_acquire);
}
