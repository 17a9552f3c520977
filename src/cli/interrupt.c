/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

/* A handler has no other way to say anything.  Written by it, read by any thread; lock-free, so safe in a handler.  Relaxed: nothing is published with them. */
static _Atomic bool raised;
static _Atomic int number;
/* Sequentially consistent with `raised`: of a handler and interrupt_wake() at the same moment one sees the other. */
static _Atomic int wake_fd = -1;

static void wake(void)
{
	int fd = atomic_load(&wake_fd), saved = errno;
	uint64_t one = 1;

	/* A full counter is a wake-up already. */
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		errno = saved;
}

static void handle(int signal_number)
{
	atomic_store_explicit(&number, signal_number, memory_order_relaxed);
	atomic_store(&raised, true);
	wake();
}

void interrupt_wake(int fd)
{
	atomic_store(&wake_fd, fd);
	if (atomic_load(&raised))
		wake();
}

void interrupt_catch(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct sigaction action, old;

		if (sigaction(signals[i], NULL, &old) || old.sa_handler == SIG_IGN)
			continue;
		action = (struct sigaction){.sa_handler = handle, .sa_flags = (int)SA_RESETHAND};
		sigemptyset(&action.sa_mask);
		sigaction(signals[i], &action, NULL);
	}
}

const _Atomic bool *interrupt_flag(void)
{
	return &raised;
}

int interrupt_status(void)
{
	int signal_number = atomic_load_explicit(&number, memory_order_relaxed);

	return signal_number ? 128 + signal_number : 0;
}
