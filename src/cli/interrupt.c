/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#define INSIST_MS 1000

/*
 * A handler has no other way to say anything.  Written by it, read by any thread; lock-free, so safe in a handler.
 * Relaxed: nothing is published with them.
 */
static _Atomic bool raised;
static _Atomic int number;
static _Atomic bool asked;
/* When the last two came, CLOCK_MONOTONIC; the handler's alone. */
static _Atomic int64_t last_ms[2];
/*
 * Sequentially consistent with `raised` and `asked`: of a handler and interrupt_wake() at the same moment one sees the
 * other.
 */
static _Atomic int wake_fd = -1;

static void wake(void)
{
	int fd = atomic_load(&wake_fd), saved = errno;
	uint64_t one = 1;

	/* A full counter is a wake-up already. */
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		errno = saved;
}

/*
 * The second may be the same request again (timeout sends one to the program and one to its group), and an end takes
 * its time.  A third within a second is somebody who will not wait: the program ends by it, as it would have by the
 * first.  Two handlers at the same moment may take one count for another, which costs a signal more or less.
 */
static bool insists(void)
{
	struct timespec now;
	int64_t now_ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 1; /* 0 = none yet */
	int64_t before = atomic_exchange_explicit(&last_ms[0], now_ms, memory_order_relaxed);
	int64_t before_that = atomic_exchange_explicit(&last_ms[1], before, memory_order_relaxed);

	return before_that && now_ms - before_that <= INSIST_MS;
}

static void handle(int signal_number)
{
	if (insists()) {
		signal(signal_number, SIG_DFL);
		raise(signal_number); /* it comes when the handler returns */
	}
	atomic_store_explicit(&number, signal_number, memory_order_relaxed);
	atomic_store(&raised, true);
	wake();
}

static void handle_ask(int signal_number)
{
	(void)signal_number;
	atomic_store(&asked, true);
	wake();
}

void interrupt_catch_ask(void)
{
	struct sigaction action = {.sa_handler = handle_ask, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
}

bool interrupt_asked(void)
{
	return atomic_exchange(&asked, false);
}

void interrupt_wake(int fd)
{
	atomic_store(&wake_fd, fd);
	if (atomic_load(&raised) || atomic_load(&asked))
		wake();
}

void interrupt_catch(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct sigaction action, old;

		if (sigaction(signals[i], NULL, &old) || old.sa_handler == SIG_IGN)
			continue;
		action = (struct sigaction){.sa_handler = handle};
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
